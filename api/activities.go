package api

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/client"
	"github.com/telefonist/telefonist/desk"
	"github.com/telefonist/telefonist/organization"
)

type (
	boardQuery struct {
		InOrganization
		Searching
		Activity string `query:"activity"`
		After    string `query:"after" doc:"What the page before gave as next"`
		Limit    int    `query:"limit" minimum:"0" maximum:"500"`
	}
	choosing struct {
		OneThing
		Body client.Choice
	}
	between struct {
		OneThing
		From time.Time `query:"from" required:"true"`
		To   time.Time `query:"to" required:"true"`
	}
	onDay struct {
		OneThing
		From time.Time `query:"from" doc:"RFC 3339; the beginning of today where the person is, where it is not given"`
		To   time.Time `query:"to" doc:"RFC 3339; the end of the day of from, where it is not given"`
	}
	atInstant struct {
		OneThing
		At time.Time `query:"at" doc:"RFC 3339; now where it is not given"`
	}
	searchPeople struct {
		InOrganization
		Searching
	}
	savePreference struct {
		OneThing
		IfMatching
		Body client.PersonSettings
	}
	newPersonToken struct {
		OneThing
		Body client.NewPersonToken
	}
	onePersonToken struct {
		OneThing
		Token string `path:"token"`
	}
	choosingMine struct{ Body client.Choice }
)

var activities = []route{
	inside("GET", "/board", "Board", "What everybody is doing, by name",
		func(ctx context.Context, v *desk.Visit, in *boardQuery) (client.Board, error) {
			page, err := v.Board(ctx, desk.BoardFilter{Search: in.Search, Activity: activity.Key(in.Activity), After: in.After, Limit: in.Limit})
			w := client.Board{Items: each(page.Rows, doing(ctx)), Next: page.Next, Test: page.Test}
			for key, n := range page.Counts {
				if w.Counts == nil {
					w.Counts = map[string]int64{}
				}
				w.Counts[string(key)] = n
			}
			return w, err
		}),
	everybody("/activities", "Activities", "What everybody is doing, whole: with an ETag, or as events that tell what changes"),
	everybody("/activities/stream", "WatchActivities", "What everybody is doing, and then what changes, as server-sent events"),
	inside("GET", "/activity-names", "ActivityNames", "List the activities there are, in their order of rank",
		func(ctx context.Context, v *desk.Visit, _ *InOrganization) (client.List[client.Activity], error) {
			all, err := v.ActivityNames(ctx)
			return listed([]activity.Activity(all), err, activityOf)
		}),
	inside("GET", "/people/{id}/activity", "Activity", "What a person is doing, until when, and when he is back",
		func(ctx context.Context, v *desk.Visit, in *OneThing) (client.PersonActivity, error) {
			row, err := v.Activity(ctx, in.ID)
			return doing(ctx)(row), err
		}),
	inside("PUT", "/people/{id}/activity", "Choose", "Set a person's activity by hand",
		func(ctx context.Context, v *desk.Visit, in *choosing) (client.PersonActivity, error) {
			row, err := v.Choose(ctx, in.ID, choice(in.Body))
			return doing(ctx)(row), err
		}),
	inside("DELETE", "/people/{id}/activity", "Back", "The person is back: what was set by hand ends, and the events that say otherwise are silenced",
		func(ctx context.Context, v *desk.Visit, in *OneThing) (client.PersonActivity, error) {
			row, err := v.Back(ctx, in.ID)
			return doing(ctx)(row), err
		}),
	inside("POST", "/people/{id}/activity/clear", "Clear", "What was set by hand ends: the calendar holds again",
		func(ctx context.Context, v *desk.Visit, in *OneThing) (client.PersonActivity, error) {
			row, err := v.Clear(ctx, in.ID)
			return doing(ctx)(row), err
		}),
	inside("GET", "/people/{id}/day", "Day", "A person's timeline, with what it follows from",
		func(ctx context.Context, v *desk.Visit, in *onDay) (client.Day, error) {
			d, err := v.Day(ctx, in.ID, in.From, in.To)
			return day(ctx, d), err
		}),
	inside("GET", "/people/{id}/explain", "Reasons", "Why a person's activity is, or was, what it is",
		func(ctx context.Context, v *desk.Visit, in *atInstant) (client.Reasons, error) {
			if in.At.IsZero() {
				in.At = callOf(ctx).now
			}
			r, err := v.Reasons(ctx, in.ID, in.At)
			if err != nil {
				return client.Reasons{}, err
			}
			return reasons(ctx, r), nil
		}),
	inside("GET", "/people/{id}/told", "Told", "What switchboards were told of a person",
		func(ctx context.Context, v *desk.Visit, in *between) (client.List[client.Told], error) {
			all, err := v.Told(ctx, in.ID, in.From, in.To)
			return listed(all, err, told(ctx))
		}),
	inside("GET", "/people", "FindPeople", "Find people whose calendars are read, by part of a name or address",
		func(ctx context.Context, v *desk.Visit, in *searchPeople) (client.List[client.PersonName], error) {
			all, err := v.FindPeople(ctx, in.Search)
			return listed(all, err, personName)
		}),
	inside("GET", "/people/{id}/preference", "Preference", "Read a person's own settings",
		func(ctx context.Context, v *desk.Visit, in *OneThing) (client.Preference, error) {
			p, err := v.Preference(ctx, in.ID)
			return preference(p), err
		}),
	inside("PUT", "/people/{id}/preference", "SavePreference", "Change a person's own settings, whole; If-Match is \"0\" where nothing was ever set",
		func(ctx context.Context, v *desk.Visit, in *savePreference) (client.Preference, error) {
			generation, err := in.generation()
			if err != nil {
				return client.Preference{}, err
			}
			settings, err := translated[organization.Person](in.Body)
			if err != nil {
				return client.Preference{}, err
			}
			p, err := v.SavePreference(ctx, in.ID, settings, generation)
			return preference(p), err
		}),
	inside("GET", "/people/{id}/tokens", "PersonTokens", "List the tokens of a person's own telephones and buttons",
		func(ctx context.Context, v *desk.Visit, in *OneThing) (client.List[client.PersonToken], error) {
			all, err := v.PersonTokens(ctx, in.ID)
			return listed(all, err, personToken)
		}),
	inside("POST", "/people/{id}/tokens", "AddPersonToken", "Make a token for a person's own telephone or button; its text is told once",
		func(ctx context.Context, v *desk.Visit, in *newPersonToken) (client.PersonToken, error) {
			text, t, err := v.AddPersonToken(ctx, in.ID, in.Body.Name)
			w := personToken(t)
			w.Text = text
			return w, err
		}),
	done("DELETE", "/people/{id}/tokens/{token}", "RevokePersonToken", "Make a person's token worthless",
		func(ctx context.Context, v *desk.Visit, in *onePersonToken) error {
			return v.RevokePersonToken(ctx, in.ID, in.Token)
		}),
}

// mine is what a person's own token opens.
var mine = []route{
	globally("GET", "/me/activity", "MyActivity", "What the person is doing whose token this is",
		func(ctx context.Context, c *desk.Caller, _ *nothing) (client.PersonActivity, error) {
			v, person, err := myself(c)
			if err != nil {
				return client.PersonActivity{}, err
			}
			row, err := v.Activity(ctx, person)
			return doing(ctx)(row), err
		}),
	globally("PUT", "/me/activity", "ChooseMine", "Set it by hand",
		func(ctx context.Context, c *desk.Caller, in *choosingMine) (client.PersonActivity, error) {
			v, person, err := myself(c)
			if err != nil {
				return client.PersonActivity{}, err
			}
			row, err := v.Choose(ctx, person, choice(in.Body))
			return doing(ctx)(row), err
		}),
	globally("DELETE", "/me/activity", "BackMine", "He is back",
		func(ctx context.Context, c *desk.Caller, _ *nothing) (client.PersonActivity, error) {
			v, person, err := myself(c)
			if err != nil {
				return client.PersonActivity{}, err
			}
			row, err := v.Back(ctx, person)
			return doing(ctx)(row), err
		}),
}

// myself is the person whose token a call came with.
func myself(c *desk.Caller) (*desk.Visit, string, error) {
	a := c.Actor()
	for org, role := range a.Roles {
		if role == organization.PersonRole && a.About != "" {
			return c.In(org), a.About, nil
		}
	}
	return nil, "", desk.ErrForbidden
}

func choice(c client.Choice) desk.NewChoice {
	n := desk.NewChoice{
		Activity: activity.Key(c.Activity), Lasts: desk.Lasts(c.Lasts), Until: c.Until, Phone: activity.Phone(c.Phone), Note: c.Note,
	}
	if c.Forward != nil {
		n.Forward = activity.Forward{Kind: activity.ForwardKind(c.Forward.Kind), To: c.Forward.To}
	}
	return n
}

func personName(p desk.PersonName) client.PersonName {
	return client.PersonName{ID: p.Person, Name: p.Name}
}

func personToken(t desk.PersonToken) client.PersonToken {
	return client.PersonToken{ID: t.ID, Name: t.Name, By: t.By, Created: t.Created, Used: t.Used, Revoked: t.Revoked}
}

func preference(p desk.Preference) client.Preference {
	settings, _ := translated[client.PersonSettings](p.Person) // ours, so it fits
	allowed, _ := translated[client.Privacy](p.Allowed)
	return client.Preference{Settings: settings, Delegates: each(p.Named, personName), Allowed: allowed, Generation: p.Generation}
}

// everybody writes what everybody is doing: a list with an ETag, or, where events
// are asked for, first all and then what changes.
func everybody(path, id, summary string) route {
	return func(s *server) {
		op := operation(http.MethodGet, "/organizations/{org}"+path, id, summary, http.StatusOK)
		register(s, op, func(ctx context.Context, in *InOrganization, w http.ResponseWriter, r *http.Request) error {
			v, err := s.visit(ctx, in.Org)
			if err != nil {
				return err
			}
			if strings.HasSuffix(path, "/stream") || strings.Contains(r.Header.Get("Accept"), "text/event-stream") {
				return s.stream(ctx, v, w)
			}
			return s.all(ctx, v, w, r)
		})
	}
}

// doing is a row of the board.
func doing(ctx context.Context) func(desk.BoardRow) client.PersonActivity {
	return func(r desk.BoardRow) client.PersonActivity {
		w := client.PersonActivity{
			ID: r.Person, Subscriber: r.Subscriber, Name: r.Name, Extension: r.Extension, Number: r.Number, Department: r.Department,
			Live: r.Live, Hidden: r.Hidden,
		}
		if r.Seen.Known() {
			one := state(ctx, r.Seen)
			w.State = &one
		}
		if !r.Seen.Outward {
			w.Health, w.Read = string(r.Health), r.ReadAt
		}
		return w
	}
}

var errNotStreamed = errors.New("this connection can't be streamed to")
