package api

import (
	"context"
	"slices"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/client"
	"github.com/telefonist/telefonist/desk"
	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/language"
	"github.com/telefonist/telefonist/organization"
)

type (
	saveCalendar struct {
		InOrganization
		IfMatching
		Body client.CalendarSettings
	}
	tryCalendar struct {
		InOrganization
		Body client.Trying
	}
	closingCalendar struct {
		InOrganization
		Body client.CalendarSettings
	}
	newConnection struct {
		InOrganization
		Body client.NewConnection
	}
	saveConnection struct {
		OneThing
		IfMatching
		Body client.NewConnection
	}
	settingLive struct {
		OneThing
		Body client.SetLive
	}
	proving struct {
		OneThing
		Body client.Proof
	}
	calendarScripting struct {
		OneThing
		Group    string `query:"group" doc:"Address or object id of the group"`
		Settings bool   `query:"settings" doc:"Hours and automatic replies, too"`
		Inside   string `query:"inside"`
		Outside  string `query:"outside"`
	}
	mailboxQuery struct {
		InOrganization
		Searching
		Source string `query:"source"`
		State  string `query:"state" enum:"never,fine,noMailbox,onServer,denied,throttled,failed,noSource"`
		Way    string `query:"way" enum:"impersonation,fullAccess,reviewer,details,times"`
		After  string `query:"after" doc:"What the page before gave as next"`
		Limit  int    `query:"limit" minimum:"0" maximum:"500"`
	}
)

var calendars = []route{
	inside("GET", "/calendar", "CalendarSettings", "How calendars become activities",
		func(ctx context.Context, v *desk.Visit, _ *InOrganization) (client.Calendar, error) {
			s, err := v.CalendarSettings(ctx)
			return calendarSettings(s), err
		}),
	inside("PUT", "/calendar", "SaveCalendarSettings", "Change that, whole",
		func(ctx context.Context, v *desk.Visit, in *saveCalendar) (client.Calendar, error) {
			generation, err := in.generation()
			if err != nil {
				return client.Calendar{}, err
			}
			settings, err := translated[organization.Calendar](in.Body)
			if err != nil {
				return client.Calendar{}, err
			}
			s, err := v.SaveCalendarSettings(ctx, settings, generation)
			return calendarSettings(s), err
		}),
	inside("GET", "/calendar/guide", "Guide", "What the pages for staff are made from: how one writes in Outlook, what we read, keep and show",
		func(ctx context.Context, v *desk.Visit, _ *InOrganization) (client.Calendar, error) {
			s, err := v.Guide(ctx)
			return calendarSettings(s), err
		}),
	inside("POST", "/calendar/try", "TryCalendarSettings", "Say what other settings would change; nothing is changed",
		func(ctx context.Context, v *desk.Visit, in *tryCalendar) (client.Trial, error) {
			settings, err := translated[organization.Calendar](in.Body.Settings)
			if err != nil {
				return client.Trial{}, err
			}
			t, err := v.TryCalendarSettings(ctx, settings, in.Body.People)
			return trial(ctx, t), err
		}),
	inside("POST", "/calendar/closing", "WouldClose", "Count the telephones that hours and automatic replies would close, now and last week",
		func(ctx context.Context, v *desk.Visit, in *closingCalendar) (client.Closing, error) {
			settings, err := translated[organization.Calendar](in.Body)
			if err != nil {
				return client.Closing{}, err
			}
			c, err := v.WouldClose(ctx, settings)
			return closing(c), err
		}),
	inside("GET", "/calendar/connections", "CalendarConnections", "List the sources whose calendars are read",
		func(ctx context.Context, v *desk.Visit, _ *InOrganization) (client.List[client.Connection], error) {
			all, err := v.CalendarConnections(ctx)
			return listed(all, err, connection(ctx))
		}),
	inside("POST", "/calendar/connections", "AddCalendarConnection", "Begin to read a source's calendars, in test mode; Microsoft 365 takes over who is in service on an Exchange server",
		func(ctx context.Context, v *desk.Visit, in *newConnection) (client.Connection, error) {
			c, err := v.AddCalendarConnection(ctx, in.Body.Source, in.Body.Group)
			return connection(ctx)(c), err
		}),
	inside("PUT", "/calendar/connections/{id}", "SaveCalendarConnection", "Choose whose calendars of a source are read, or stop reading them",
		func(ctx context.Context, v *desk.Visit, in *saveConnection) (client.Connection, error) {
			generation, err := in.generation()
			if err != nil {
				return client.Connection{}, err
			}
			c, err := v.SaveCalendarConnection(ctx, in.ID, in.Body.Group, in.Body.Off, generation)
			return connection(ctx)(c), err
		}),
	done("DELETE", "/calendar/connections/{id}", "RemoveCalendarConnection", "Forget what was read of a source's calendars",
		func(ctx context.Context, v *desk.Visit, in *OneThing) error {
			return v.RemoveCalendarConnection(ctx, in.ID)
		}),
	inside("POST", "/calendar/connections/{id}/live", "SetLive", "Put all, a group or a person in service, or back into test mode",
		func(ctx context.Context, v *desk.Visit, in *settingLive) (client.Connection, error) {
			who := desk.Who{All: in.Body.All, Group: in.Body.Group, Person: in.Body.Person}
			c, err := v.SetLive(ctx, in.ID, who, in.Body.Live)
			return connection(ctx)(c), err
		}),
	inside("POST", "/calendar/connections/{id}/check", "CheckCalendar", "Try a connection's calendars, and prove whose can be read",
		func(ctx context.Context, v *desk.Visit, in *proving) (client.CalendarCheck, error) {
			c, err := v.CheckCalendar(ctx, in.ID, desk.Proof(in.Body))
			return calendarCheck(c, callOf(ctx).printer), err
		}),
	exported("/calendar/connections/{id}/script", "CalendarScript", "Write the script that lets the application read one group's calendars",
		func(ctx context.Context, v *desk.Visit, in *calendarScripting, f *file) error {
			text, err := v.CalendarScript(ctx, in.ID, in.Group, in.Settings, desk.Proof{Inside: in.Inside, Outside: in.Outside})
			if err != nil {
				return err
			}
			f.name, f.mime = "mailboxes.ps1", "text/plain; charset=utf-8"
			_, err = f.Write([]byte(text))
			return err
		}),
	done("POST", "/calendar/connections/{id}/read", "ReadMailboxes", "Have all calendars of a connection read again",
		func(ctx context.Context, v *desk.Visit, in *OneThing) error { return v.ReadMailboxes(ctx, in.ID) }),
	inside("GET", "/calendar/mailboxes", "Mailboxes", "List how reading calendars goes, by name",
		func(ctx context.Context, v *desk.Visit, in *mailboxQuery) (client.Mailboxes, error) {
			page, err := v.Mailboxes(ctx, desk.MailboxFilter{
				Source: in.Source, State: calendar.State(in.State), Way: calendar.WayKind(in.Way), Search: in.Search, After: in.After, Limit: in.Limit,
			})
			w := client.Mailboxes{Counts: map[string]int64{}, Ways: counted(page.Ways), Items: each(page.Rows, mailbox(ctx)), Next: page.Next}
			for state, n := range page.Counts {
				w.Counts[string(state)] = n
			}
			return w, err
		}),
	done("POST", "/calendar/mailboxes/{id}/read", "ReadMailbox", "Have a person's calendar read now",
		func(ctx context.Context, v *desk.Visit, in *OneThing) error { return v.ReadMailbox(ctx, in.ID) }),
}

func calendarSettings(s desk.CalendarSettings) client.Calendar {
	settings, _ := translated[client.CalendarSettings](s.Calendar) // ours, so it fits
	return client.Calendar{
		Settings: settings, Preset: each(s.Preset, rule), Activities: each(s.Set(), activityOf), Generation: s.Generation,
	}
}

func rule(r activity.Rule) client.ActivityRule {
	w, _ := translated[client.ActivityRule](r)
	return w
}

// activityOf is an activity with all its names.
func activityOf(a activity.Activity) client.Activity {
	return client.Activity{
		Key: string(a.Key), Open: a.Open, Sensitive: a.Sensitive, Names: named(a), Outside: namedOutside(a), RPID: a.RPID,
		PlaceType: a.PlaceType, Basic: a.Basic, Asterisk: a.Asterisk, Prefix: a.Prefix,
	}
}

func named(a activity.Activity) map[string]string {
	names := map[string]string{}
	for _, tag := range language.NoteTags() {
		names[tag] = language.ForNotes(tag).Activity(string(a.Key), a.Names)
	}
	return names
}

func namedOutside(a activity.Activity) map[string]string {
	names := map[string]string{}
	for _, tag := range language.NoteTags() {
		names[tag] = language.ForNotes(tag).Outside(string(a.Key), a.Outside, a.Names)
	}
	return names
}

func trial(ctx context.Context, t desk.Trial) client.Trial {
	return client.Trial{
		From: t.From.UTC(), To: t.To.UTC(), Differ: t.Differ, Same: t.Same, Minutes: t.Minutes, Unread: t.Unread, Reread: t.Reread,
		Closing: closing(t.Closing),
		People: each(t.People, func(p desk.TriedPerson) client.TriedPerson {
			return client.TriedPerson{ID: p.Person, Name: p.Name, Minutes: p.Minutes, Differences: each(p.Differences, func(d desk.Difference) client.Difference {
				return client.Difference{From: d.From.UTC(), To: d.To.UTC(), Before: state(ctx, d.Before), After: state(ctx, d.After)}
			})}
		}),
	}
}

func closing(c desk.Closing) client.Closing {
	return client.Closing{People: c.People, Hours: client.Closed(c.Hours), Replies: client.Closed(c.Replies)}
}

func connection(ctx context.Context) func(desk.CalendarConnection) client.Connection {
	p := callOf(ctx).printer
	return func(c desk.CalendarConnection) client.Connection {
		w := client.Connection{
			Source: c.Source, Name: c.SourceName, Off: c.Off, Group: c.Group, Mode: "partly",
			Live:   client.Live{All: c.Live.All, Groups: slices.Clone(c.Live.Groups), People: slices.Clone(c.Live.People)},
			Server: c.Server, Mailboxes: map[string]int64{}, Ways: counted(c.Ways), Oldest: c.Oldest, Throttled: c.Throttled, Created: c.Created, Generation: c.Generation,
		}
		switch {
		case c.Live.All:
			w.Mode = "live"
		case c.Live.Test():
			w.Mode = "test"
		}
		for state, n := range c.Mailboxes {
			w.Mailboxes[string(state)] = n
		}
		if c.Checked != nil {
			check := calendarCheck(*c.Checked, p)
			w.Checked = &check
		}
		return w
	}
}

func calendarCheck(c desk.CalendarCheck, p *language.Printer) client.CalendarCheck {
	w := client.CalendarCheck{
		At: c.At, OK: c.OK(), Proven: c.Proven(), Inside: probe(c.Inside), Outside: probe(c.Outside),
		Lines: each(c.Lines, func(l directory.CheckLine) client.CheckLine {
			return client.CheckLine{
				Subject: l.Subject, Outcome: string(l.Outcome), Code: l.Code, Args: l.Args, Text: p.Reason("check.", l.Code, l.Args),
			}
		}),
	}
	switch {
	case c.Proven():
		w.Text = p.T("proof.fine", language.Text("inside", c.Inside.Address), language.Text("outside", c.Outside.Address))
	case c.Outside != nil && c.Outside.State == calendar.Fine:
		w.Text = p.T("proof.outsideRead", language.Text("outside", c.Outside.Address))
	case c.Inside != nil && c.Inside.State != calendar.Fine:
		w.Text = p.T("proof.insideUnread", language.Text("inside", c.Inside.Address))
	}
	return w
}

func probe(p *desk.Probe) *client.Probe {
	if p == nil {
		return nil
	}
	return &client.Probe{Address: p.Address, State: string(p.State), Sentence: p.Sentence}
}

func mailbox(ctx context.Context) func(desk.MailboxRow) client.Mailbox {
	p := callOf(ctx).printer
	return func(m desk.MailboxRow) client.Mailbox {
		return client.Mailbox{
			Person: m.Person, Name: m.Name, Address: m.Address, Home: m.Home, Source: m.Source, Way: way(p, m), Sought: each(m.Sought, sought), Live: m.Live, Health: string(m.Health.State),
			Sentence: m.Health.Sentence, Until: m.Health.Until, Since: m.Since, Cure: cure(p, m.Cure), Read: m.ReadAt, Heard: m.Heard,
			Due: m.DueAt, Tries: m.Tries, Zone: m.Zone, Replies: m.Replies,
		}
	}
}

func way(p *language.Printer, m desk.MailboxRow) *client.Way {
	if !m.Server {
		return nil
	}
	w := &client.Way{Kind: string(m.Way.Kind), Since: m.WaySince, Server: m.Way.Server, Refused: m.Way.Refused, Better: m.Better}
	if w.Kind != "" {
		w.Text = p.T("way." + w.Kind)
	}
	return w
}

func sought(s desk.SoughtLine) client.Sought {
	return client.Sought{Source: s.Source, Name: s.SourceName, Health: string(s.State), Sentence: s.Sentence}
}

// counted is counts by the words of the wire.
func counted[K ~string](counts map[K]int64) map[string]int64 {
	w := make(map[string]int64, len(counts))
	for k, n := range counts {
		w[string(k)] = n
	}
	return w
}

func cure(p *language.Printer, code string) *client.Reason {
	if code == "" {
		return nil
	}
	return &client.Reason{Code: code, Text: p.T("cure." + code)}
}
