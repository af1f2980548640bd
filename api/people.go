package api

import (
	"context"

	"github.com/telefonist/telefonist/client"
	"github.com/telefonist/telefonist/desk"
	"github.com/telefonist/telefonist/directory"
)

type (
	peopleQuery struct {
		OneThing
		Searching
		State string `query:"state" enum:"offered,linked,ignored,outside,elsewhere,left,problems"`
		After string `query:"after" doc:"What the page before gave as next"`
		Limit int    `query:"limit" minimum:"0" maximum:"500"`
	}
	deciding struct {
		OneThing
		Body client.Decisions
	}
	explaining struct {
		InOrganization
		Query string `query:"query" required:"true" doc:"An address, a name or an object id"`
	}
)

var people = []route{
	inside("GET", "/replicators/{id}/people", "People", "List a replicator's people by name, with how many stand under each tab",
		func(ctx context.Context, v *desk.Visit, in *peopleQuery) (client.People, error) {
			page, err := v.People(ctx, desk.PeopleFilter{
				Replicator: in.ID, State: desk.StandingState(in.State), Search: in.Search, After: in.After, Limit: in.Limit,
			})
			w := client.People{Counts: map[string]int64{}, People: each(page.People, person(ctx)), Next: page.Next}
			for state, n := range page.Counts {
				w.Counts[string(state)] = n
			}
			return w, err
		}),
	inside("POST", "/replicators/{id}/decisions", "Decide", "Link, create, ignore, unignore, unlink, remove or keep people",
		func(ctx context.Context, v *desk.Visit, in *deciding) (client.Undone, error) {
			id, err := v.Decide(ctx, in.ID, each(in.Body.Decisions, func(d client.Decision) desk.Decision {
				return desk.Decision{Do: desk.Do(d.Do), Person: d.Person, Subscriber: d.Subscriber}
			}))
			return client.Undone{Round: id}, err
		}),
	inside("GET", "/explain", "Explain", "Tell everything about a person, now",
		func(ctx context.Context, v *desk.Visit, in *explaining) (client.List[client.Explanation], error) {
			all, err := v.Explain(ctx, in.Query)
			return listed(all, err, explanation(ctx))
		}),
	exported("/people/{id}/data", "PersonData", "Write all that is kept of one person (GDPR article 15)",
		func(ctx context.Context, v *desk.Visit, in *OneThing, f *file) error {
			f.as("person", desk.JSON)
			return v.PersonData(ctx, in.ID, f)
		}),
}

func person(ctx context.Context) func(desk.PersonRow) client.Person {
	p := callOf(ctx).printer
	return func(r desk.PersonRow) client.Person {
		return client.Person{
			ID: r.Person, Name: r.Name, State: string(r.State), Why: reasonOrNone(p, "standing.", r.Why),
			Problems: each(r.Problems, reasonIn(p, "problem.")), Suggestions: each(r.Suggestions, suggestion(ctx)),
			Links: each(r.Links, link), Hidden: r.Hidden,
		}
	}
}

func suggestion(ctx context.Context) func(desk.Suggestion) client.Suggestion {
	p := callOf(ctx).printer
	return func(s desk.Suggestion) client.Suggestion {
		return client.Suggestion{
			Subscriber: s.Subscriber, Name: s.Name, Extension: s.Extension, Reason: reasonIn(p, "suggestion.")(s.Reason), Sure: s.Sure,
		}
	}
}

func link(l desk.PersonLink) client.Link {
	return client.Link{
		Subscriber: l.Subscriber, Register: l.Register, Replicator: l.Replicator, State: string(l.State),
		Written: values(l.Written), Left: string(l.Left), LeftAt: l.LeftAt, Linked: l.LinkedAt, By: l.LinkedBy,
	}
}

func explanation(ctx context.Context) func(desk.Explanation) client.Explanation {
	p := callOf(ctx).printer
	return func(e desk.Explanation) client.Explanation {
		w := client.Explanation{
			Replicator: e.Replicator.ID, ReplicatorName: e.Replicator.Name, ID: e.Person.ID, Name: e.Person.Name(),
			Directory: map[string]string{}, ReadNow: e.ReadNow, Gone: string(e.Gone), InScope: e.Verdict.In,
			Why: string(e.Verdict.Why), Group: e.GroupName, State: string(e.State),
			Suggestions: each(e.Suggestions, suggestion(ctx)), History: each(e.History, change(ctx)),
		}
		for f, v := range e.Person.Fields {
			w.Directory[string(f)] = v
		}
		if e.Verdict.Why == directory.WhyCondition {
			c := e.Verdict.Condition
			w.Condition = &client.Condition{Field: string(c.Field), Operator: string(c.Operator), Value: c.Value}
		}
		if e.Link != nil {
			l := link(*e.Link)
			w.Link = &l
		}
		if e.Subscriber != nil {
			s := subscriber(desk.SubscriberRow{Subscriber: *e.Subscriber})
			w.Subscriber = &s
		}
		w.Fields = each(e.Fields, func(f desk.FieldLine) client.FieldLine {
			line := client.FieldLine{
				Field: string(f.Field), From: string(f.From), When: string(f.When), Raw: f.Raw, Wanted: f.Wanted, Held: f.Held, Written: f.Written,
			}
			if f.Problem != nil {
				line.Problem = reasonOrNone(p, "problem.", *f.Problem)
			}
			return line
		})
		return w
	}
}
