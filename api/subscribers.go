package api

import (
	"bytes"
	"context"
	"net/http"

	"github.com/telefonist/telefonist/client"
	"github.com/telefonist/telefonist/desk"
	"github.com/telefonist/telefonist/pbx"
)

type (
	subscriberQuery struct {
		InOrganization
		Searching
		After string `query:"after" doc:"What the page before gave as next"`
		Limit int    `query:"limit" minimum:"0" maximum:"500"`
	}
	newSubscriber struct {
		InOrganization
		Body client.Fields
	}
	saveSubscriber struct {
		OneThing
		IfMatching
		Body client.Fields
	}
	importingCSV struct {
		InOrganization
		Preview bool   `query:"preview" doc:"Say what the file would do; change nothing"`
		RawBody []byte `contentType:"text/csv"`
	}
	lookingUp struct {
		InOrganization
		Number string `query:"number" required:"true" doc:"In any spelling"`
	}
)

var subscribers = []route{
	inside("GET", "/subscribers", "Subscribers", "List entries by name; of a search the best first",
		func(ctx context.Context, v *desk.Visit, in *subscriberQuery) (client.Subscribers, error) {
			page, err := v.Subscribers(ctx, desk.SubscriberFilter{Search: in.Search, After: in.After, Limit: in.Limit})
			return client.Subscribers{Subscribers: each(page.Subscribers, subscriber), Next: page.Next, Total: page.Total}, err
		}),
	inside("POST", "/subscribers", "AddSubscriber", "Make an entry by hand; without an extension it is a contact",
		func(ctx context.Context, v *desk.Visit, in *newSubscriber) (client.Subscriber, error) {
			s, err := v.AddSubscriber(ctx, in.Body.Fields)
			return subscriber(s), err
		}),
	inside("GET", "/subscribers/{id}", "Subscriber", "Read an entry",
		func(ctx context.Context, v *desk.Visit, in *OneThing) (client.Subscriber, error) {
			s, err := v.Subscriber(ctx, in.ID)
			return subscriber(s), err
		}),
	inside("PATCH", "/subscribers/{id}", "SaveSubscriber", "Change fields of an entry; empty ones are cleared, others stay",
		func(ctx context.Context, v *desk.Visit, in *saveSubscriber) (client.Subscriber, error) {
			generation, err := in.generation()
			if err != nil {
				return client.Subscriber{}, err
			}
			s, err := v.SaveSubscriber(ctx, in.ID, in.Body.Fields, generation)
			return subscriber(s), err
		}),
	done("DELETE", "/subscribers/{id}", "DeleteSubscriber", "Take an entry away",
		func(ctx context.Context, v *desk.Visit, in *OneThing) error { return v.DeleteSubscriber(ctx, in.ID) }),
	done("PUT", "/subscribers/{id}/protected", "Protect", "Mark an entry as skyddade personuppgifter",
		func(ctx context.Context, v *desk.Visit, in *OneThing) error { return v.Protect(ctx, in.ID, true) }),
	done("DELETE", "/subscribers/{id}/protected", "Unprotect", "Take the mark away",
		func(ctx context.Context, v *desk.Visit, in *OneThing) error { return v.Protect(ctx, in.ID, false) }),
	inside(http.MethodPost, "/subscribers/import", "Import", "Apply a CSV file",
		func(ctx context.Context, v *desk.Visit, in *importingCSV) (client.Import, error) {
			read := v.Import
			if in.Preview {
				read = v.PreviewImport
			}
			p, err := read(ctx, bytes.NewReader(in.RawBody))
			words := callOf(ctx).printer
			return client.Import{
				Changes: each(p.Changes, plannedChange(ctx)), Same: p.Same,
				Problems: each(p.Problems, func(b pbx.Problem) client.ImportProblem {
					return client.ImportProblem{
						Line: b.Line, Field: string(b.Field), Name: b.Name, Skip: b.Skip, Reason: reasonIn(words, "csv.")(b.Reason),
					}
				}),
			}, err
		}, files),
	exported("/subscribers/export", "ExportSubscribers", "Write the register",
		func(ctx context.Context, v *desk.Visit, in *exporting, f *file) error {
			return v.ExportSubscribers(ctx, f, f.as("subscribers", desk.Format(in.Format)), callOf(ctx).printer.Tag())
		}),
	inside("GET", "/lookup", "Lookup", "Tell who has a number",
		func(ctx context.Context, v *desk.Visit, in *lookingUp) (client.Hit, error) {
			h, err := v.Lookup(ctx, in.Number)
			w := client.Hit{Number: string(h.Number), Name: h.Name, Shared: h.Shared}
			if err == nil && !h.Shared {
				s := subscriber(desk.SubscriberRow{Subscriber: h.Entry})
				w.Subscriber = &s
			}
			return w, err
		}),
}

func subscriber(s desk.SubscriberRow) client.Subscriber {
	return client.Subscriber{
		ID: s.ID, Name: s.Name(), Number: string(s.PrimaryNumber()), Fields: values(s.Fields), Created: s.Created,
		Changed: s.Changed, Generation: s.Generation,
	}
}
