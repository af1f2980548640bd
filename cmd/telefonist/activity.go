package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/telefonist/telefonist/client"
	"github.com/telefonist/telefonist/language"
)

// activityCommand is about what people are doing.
type activityCommand struct {
	List  activityList  `cmd:"" default:"withargs" help:"List what everybody is doing."`
	Set   activitySet   `cmd:"" help:"Set a person's activity by hand."`
	Back  activityBack  `cmd:"" help:"Say that a person is back: the events that say otherwise are silenced."`
	Clear activityClear `cmd:"" help:"End what was set by hand: the calendar holds again."`
}

type activityList struct {
	customer
	Search   string `help:"Part of a name, a number …" placeholder:"TEXT"`
	Activity string `help:"Only those with this activity: its key or its name." placeholder:"ACTIVITY"`
	All      bool   `help:"Print everybody, not only the first hundred."`
}

func (c *activityList) Run(ctx context.Context, t *terminal) error {
	return c.in(ctx, t, func(s *session, o *client.Organization) error {
		key, err := s.activityKey(ctx, o, c.Activity)
		if err != nil {
			return err
		}
		board, err := o.Board(ctx, client.BoardQuery{Search: c.Search, Activity: key, Limit: firstChanges})
		if err != nil {
			return err
		}
		for next := board.Next; next != "" && c.All; {
			page, err := o.Board(ctx, client.BoardQuery{Search: c.Search, Activity: key, After: next, Limit: 500})
			if err != nil {
				return err
			}
			board.Items, next = append(board.Items, page.Items...), page.Next
			board.Next = next
		}
		return show(s, board, func() { s.board(board) })
	})
}

func (s *session) board(b client.Board) {
	if len(b.Items) == 0 {
		s.say("people.nothingFound")
		return
	}
	rows := s.table("cli.name", "subscriber.extension", "cli.activity", "cli.note", "cli.mode")
	for _, p := range b.Items {
		rows.row(p.Name, p.Extension, s.stands(p.State), s.noteOf(p.State), s.modeOf(p.Live))
	}
	rows.end()
	if b.Test > 0 {
		s.say("cli.activity.test", language.Count("n", int(b.Test)))
	}
	if b.Next != "" {
		s.say("cli.people.more")
	}
}

func (s *session) stands(state *client.State) string {
	if state == nil {
		return "–"
	}
	return state.Text
}

// noteOf is what stands beside an activity: the note, who set it, and where calls go.
func (s *session) noteOf(state *client.State) string {
	if state == nil {
		return ""
	}
	parts := []string{state.Note, state.Subject, state.Place}
	if state.Manual && state.By != "" {
		parts = append(parts, s.words.T("manual.setby", language.Text("name", state.By), language.Text("time", s.when(state.Set))))
	}
	parts = append(parts, s.forwarded(state.Forward))
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), ". ")
}

func (s *session) modeOf(live bool) string {
	if live {
		return s.words.T("mode.live")
	}
	return s.words.T("mode.test")
}

// activityKey finds an activity by its key or by its name in any language.
func (s *session) activityKey(ctx context.Context, o *client.Organization, ref string) (string, error) {
	if ref == "" {
		return "", nil
	}
	all, err := o.ActivityNames(ctx)
	if err != nil {
		return "", err
	}
	for _, a := range all {
		if strings.EqualFold(a.Key, ref) {
			return a.Key, nil
		}
		for _, name := range a.Names {
			if strings.EqualFold(name, ref) {
				return a.Key, nil
			}
		}
	}
	one, err := choose(s, "cli.the.activity", all, ref, func(a client.Activity) thing { return thing{a.Key, a.Names[s.words.Tag()], a.Key} })
	return one.Key, err
}

// somebody finds one whose calendar is read, by object id, address or name.
func (s *session) somebody(ctx context.Context, o *client.Organization, ref string) (client.PersonName, error) {
	if objectID.MatchString(ref) {
		return client.PersonName{ID: ref, Name: ref}, nil
	}
	found, err := o.FindPeople(ctx, ref)
	if err != nil {
		return client.PersonName{}, err
	}
	if len(found) == 1 {
		return found[0], nil
	}
	return choose(s, "cli.the.person", found, ref, func(p client.PersonName) thing { return thing{p.ID, p.Name, p.ID} })
}

// someone is embedded in commands about one person's activity.
type someone struct {
	customer
	Person string `arg:"" help:"Address, name or object id."`
}

func (c someone) at(ctx context.Context, t *terminal, work func(*session, *client.Organization, client.PersonName) error) error {
	return c.in(ctx, t, func(s *session, o *client.Organization) error {
		p, err := s.somebody(ctx, o, c.Person)
		if err != nil {
			return err
		}
		return work(s, o, p)
	})
}

type activitySet struct {
	someone
	Activity string `arg:"" help:"Key or name: lunch, meeting, holiday …"`
	Until    string `help:"When it ends: 15:00, 2026-11-23 or \"2026-11-23 15:00\"; until further notice without it." placeholder:"TIME" xor:"end"`
	Today    bool   `help:"It ends with the day." xor:"end"`
	Note     string `help:"What is told beside it." placeholder:"TEXT"`
	Forward  string `help:"Where calls are to go: voicemail, a number or a colleague's address or name. It is kept and shown; no switchboard forwards yet." placeholder:"WHERE"`
	Open     bool   `help:"The telephone takes calls meanwhile." xor:"phone"`
	Closed   bool   `help:"It does not." xor:"phone"`
}

func (c *activitySet) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, func(s *session, o *client.Organization, p client.PersonName) error {
		key, err := s.activityKey(ctx, o, c.Activity)
		if err != nil {
			return err
		}
		choice := client.Choice{Activity: key, Lasts: "open", Note: c.Note}
		switch {
		case c.Today:
			choice.Lasts = "day"
		case c.Until != "":
			choice.Lasts = "until"
			if choice.Until, err = s.moment(c.Until); err != nil {
				return err
			}
		}
		switch {
		case c.Open:
			choice.Phone = "open"
		case c.Closed:
			choice.Phone = "closed"
		}
		if choice.Forward, err = s.forwardTo(ctx, o, c.Forward); err != nil {
			return err
		}
		row, err := o.Choose(ctx, p.ID, choice)
		if err != nil {
			return err
		}
		return s.stood(row)
	})
}

// stood prints what a person is doing now.
func (s *session) stood(row client.PersonActivity) error {
	return show(s, row, func() {
		s.say("cli.activity.now", language.Text("name", printable(row.Name)), language.Text("activity", s.stands(row.State)))
		s.forwards(row.State)
		if !row.Live {
			s.say("msg.testmode")
		}
	})
}

type activityBack struct{ someone }

func (c *activityBack) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, func(s *session, o *client.Organization, p client.PersonName) error {
		row, err := o.Back(ctx, p.ID)
		if err != nil {
			return err
		}
		return s.stood(row)
	})
}

type activityClear struct{ someone }

func (c *activityClear) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, func(s *session, o *client.Organization, p client.PersonName) error {
		row, err := o.Clear(ctx, p.ID)
		if err != nil {
			return err
		}
		return s.stood(row)
	})
}

// moment reads a time as it is typed, in the organization's zone: of day, of a day,
// or a day at its beginning.
func (s *session) moment(text string) (time.Time, error) {
	now := time.Now().In(s.where())
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	for _, layout := range []string{"2006-01-02 15:04", "2006-01-02T15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, text, s.where()); err == nil {
			return t, nil
		}
	}
	if t, err := time.Parse("15:04", text); err == nil {
		return time.Date(now.Year(), now.Month(), now.Day(), t.Hour(), t.Minute(), 0, 0, s.where()), nil
	}
	return time.Time{}, s.failed("cli.moment", language.Text("value", text))
}
