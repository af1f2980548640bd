package api

import (
	"context"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/telefonist/telefonist/client"
	"github.com/telefonist/telefonist/desk"
)

type (
	noticePage struct {
		InOrganization
		Paging
	}
	seeing struct {
		InOrganization
		Body client.Seen
	}
	testMail struct {
		InOrganization
		Body client.TestMail
	}
)

var notices = []route{
	inside("GET", "/notices", "Notices", "Read what was told in the console, the newest first",
		func(ctx context.Context, v *desk.Visit, in *noticePage) (client.Notices, error) {
			p, err := v.Notices(ctx, in.Before, in.Limit)
			return client.Notices{Notices: each(p.Notices, notice), Seen: p.Seen, Unseen: p.Unseen}, err
		}),
	done("POST", "/notices/seen", "SeeNotices", "Note that everything up to a notice was seen",
		func(ctx context.Context, v *desk.Visit, in *seeing) error { return v.SeeNotices(ctx, in.Body.UpTo) }),
	inside("GET", "/mails", "Mails", "List what was sent by e-mail or waits to be",
		func(ctx context.Context, v *desk.Visit, _ *InOrganization) (client.List[client.Mail], error) {
			all, err := v.Mails(ctx)
			return listed(all, err, mail)
		}),
	inside("GET", "/mails/preview", "PreviewMail", "The digest as it would be sent",
		func(ctx context.Context, v *desk.Visit, _ *InOrganization) (client.MailText, error) {
			m, err := v.PreviewMail(ctx)
			return client.MailText(m), err
		}),
	done("POST", "/mails/test", "TestMail", "Send a mail now",
		func(ctx context.Context, v *desk.Visit, in *testMail) error { return v.TestMail(ctx, in.Body.To) }),
	watch,
}

func notice(n desk.Notice) client.Notice {
	return client.Notice{ID: n.ID, At: n.At, Kind: n.Kind, Subject: n.Subject, Data: n.Data}
}

func mail(m desk.Mail) client.Mail {
	return client.Mail{ID: m.ID, To: m.To, Subject: m.Subject, Due: m.Due, Tries: m.Tries, Answer: m.Answer, Created: m.Created}
}

// watch tells, as server-sent events, what kind of thing changes from now on.
func watch(s *server) {
	op := operation(http.MethodGet, "/organizations/{org}/events", "Watch", "Tell what kind of thing changes, as server-sent events", http.StatusOK)
	huma.Register(s.huma, op, func(ctx context.Context, in *InOrganization) (*huma.StreamResponse, error) {
		v, err := s.visit(ctx, in.Org)
		if err != nil {
			return nil, s.problemOf(ctx, err)
		}
		kinds, err := v.Watch(ctx)
		if err != nil {
			return nil, s.problemOf(ctx, err)
		}
		return &huma.StreamResponse{Body: func(hctx huma.Context) {
			_, w := humago.Unwrap(hctx)
			w.Header().Set("Content-Type", "text/event-stream")
			flush := http.NewResponseController(w).Flush
			fmt.Fprint(w, ": listening\n\n")
			if flush() != nil {
				return
			}
			for kind := range kinds {
				if _, err := fmt.Fprintf(w, "data: %s\n\n", kind); err != nil || flush() != nil {
					return
				}
			}
		}}, nil
	})
}
