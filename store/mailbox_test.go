package store

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/organization"
)

// read is a whole reading of the person's mailbox as it now stands.
func (o office) read(person string, hash string, events ...calendar.Event) ReadingRow {
	o.Helper()
	m := must(o.Mailbox(o.Context(), person))(o)
	row := ReadingRow{Person: person, Generation: m.Generation, Wakes: m.Wakes, Health: calendar.Health{State: calendar.Fine},
		ReadAt: o.clock.at, DueAt: o.clock.at.Add(5 * time.Minute), DueCause: "sweep", CoversFrom: begun, CoversTo: begun.Add(35 * 24 * time.Hour)}
	if hash != "" {
		row.Hash, row.Agenda = []byte(hash), events
	}
	return row
}

func (o office) save(rows ...ReadingRow) (lost []string) {
	o.Helper()
	return must(o.SaveReadings(o.Context(), rows))(o)
}

func TestAFailedReadingKeepsTheAgenda(t *testing.T) {
	o := newOffice(t)
	event := calendar.Event{Key: "e", Start: begun, End: begun.Add(time.Hour), ShowAs: calendar.Busy, Prefix: "MOT"}
	o.ok(o.SaveDays(t.Context(), []DayRow{meeting("anna", 1, begun, begun.Add(time.Hour))}))
	if lost := o.save(o.read("anna", "one", event)); lost != nil || !must(o.Day(t.Context(), "anna"))(t).Stale {
		t.Fatal("a new agenda without a day: lost", lost)
	}
	good := must(o.Mailbox(t.Context(), "anna"))(t)
	o.clock.pass(time.Hour)
	failed := o.read("anna", "")
	failed.ReadAt, failed.CoversFrom, failed.CoversTo, failed.Tries = time.Time{}, time.Time{}, time.Time{}, 1
	failed.Health = calendar.Health{State: calendar.Throttled, Sentence: "Too many requests", Until: begun.Add(2 * time.Hour)}
	o.save(failed)
	o.clock.pass(time.Hour)
	failed.Generation++
	failed.Tries = 2
	o.save(failed)
	now := must(o.Mailbox(t.Context(), "anna"))(t)
	want := good
	want.Health, want.HealthSince, want.Tries = failed.Health, begun.Add(time.Hour), 2
	want.DueAt, want.Generation = failed.DueAt, good.Generation+2
	if d := cmp.Diff(want, now); d != "" {
		t.Error(d)
	}
	o.clock.pass(time.Hour)
	same := o.read("anna", "") // the answer was the same
	o.save(same)
	if m := must(o.Mailbox(t.Context(), "anna"))(t); !m.ReadAt.Equal(o.clock.at) || !m.ChangedAt.Equal(begun) || len(m.Agenda) != 1 || m.Tries != 0 {
		t.Errorf("after the same answer: %+v", m)
	}
}

func TestWhatComesDuringAReading(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	before := o.read("anna", "one")
	o.clock.pass(time.Second)
	o.ok(o.HeardMailboxes(ctx, []string{"anna"}, o.clock.at.Add(2*time.Second)))
	if lost := o.save(before); lost != nil {
		t.Fatal("a notification undid the reading", lost)
	}
	m := must(o.Mailbox(ctx, "anna"))(t)
	if m.DueAt.After(o.clock.at.Add(2*time.Second)) || m.DueCause != "notified" || !m.HeardAt.Equal(o.clock.at) || string(m.Hash) != "one" {
		t.Errorf("the notification was lost: %+v", m)
	}
	row := o.read("anna", "two")
	o.ok(o.Enroll(ctx, o.source, []Enrolled{{Person: "anna", EntraID: "anna", Address: "new@example.se", Name: "Anna"},
		{Person: "bo", EntraID: "bo", Address: "bo@example.se", Name: "Bo"}}))
	day := meeting("anna", must(o.Day(ctx, "anna"))(t).Generation, begun, begun.Add(time.Hour))
	row.Day = &day
	if lost := o.save(row, o.read("bo", "b")); !slices.Equal(lost, []string{"anna"}) {
		t.Errorf("lost %v: her address had changed", lost)
	}
	if m := must(o.Mailbox(ctx, "anna"))(t); string(m.Hash) != "one" || !m.DueAt.Equal(o.clock.at) || !must(o.Day(ctx, "anna"))(t).Stale {
		t.Errorf("what was lost was kept: %+v", m)
	}
}

func TestDueMailboxes(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	due := func(at time.Time) (people []string) {
		for _, d := range must(o.DueMailboxes(ctx, at, 9))(t) {
			people = append(people, d.Person)
		}
		return people
	}
	o.save(o.read("anna", "a"), o.read("bo", "b"))
	if got := due(begun); got != nil {
		t.Error("due", got)
	}
	o.ok(o.WakeMailboxes(ctx, []string{"anna"}, begun.Add(time.Hour), "hand")) // later than it is due anyway
	if next := must(o.NextMailboxDue(ctx))(t); !next.Equal(begun.Add(5 * time.Minute)) {
		t.Error("next", next)
	}
	o.ok(o.WakeMailboxes(ctx, []string{"bo"}, begun, "hand"))
	if got := due(begun); !slices.Equal(got, []string{"bo"}) {
		t.Error("due", got)
	}
	o.ok(o.WakeSource(ctx, o.source, begun.Add(time.Second), "settings"))
	if got := due(begun.Add(time.Second)); !slices.Equal(got, []string{"bo", "anna"}) {
		t.Error("due", got)
	}
	o.ok(o.SetThrottled(ctx, o.source, begun.Add(time.Minute)))
	if next := must(o.NextMailboxDue(ctx))(t); due(begun.Add(30*time.Second)) != nil || !next.Equal(begun.Add(time.Minute)) {
		t.Error("throttled: next", next)
	}
	if got := due(begun.Add(time.Minute)); len(got) != 2 {
		t.Error("after it was throttled:", got)
	}
	c := must(o.Connection(ctx, o.source))(t)
	c.Off = true
	o.ok(o.PutConnection(ctx, c.Connection, c.Generation))
	if next := must(o.NextMailboxDue(ctx))(t); due(begun.Add(time.Hour)) != nil || !next.IsZero() {
		t.Error("off: next", next)
	}
}

func TestConnections(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	c := organization.Connection{Source: o.source, Group: "g", Live: organization.Live{People: []string{"anna"}}}
	o.is(o.PutConnection(ctx, c, 0), ErrExists)
	o.ok(o.PutConnection(ctx, c, 1))
	o.is(o.PutConnection(ctx, c, 1), ErrConflict)
	o.is(o.PutConnection(ctx, organization.Connection{Source: "nowhere"}, 0), ErrNotFound)
	o.ok(o.SetPermissions(ctx, o.source, `{"settings":true}`))
	if due := must(o.DueSettings(ctx, begun, 9))(t); len(due) != 1 || due[0].Source != o.source {
		t.Errorf("due: %+v", due)
	}
	o.ok(o.SetSettingsDue(ctx, o.source, begun.Add(time.Hour)))
	if due, next := must(o.DueSettings(ctx, begun, 9))(t), must(o.NextSettingsDue(ctx))(t); len(due) > 0 || !next.Equal(begun.Add(time.Hour)) {
		t.Errorf("due: %+v, next %v", due, next)
	}
	want := []ConnectionState{{Connection: c, Generation: 2, Permissions: `{"settings":true}`, CheckedAt: begun,
		SettingsDue: begun.Add(time.Hour), Created: begun}}
	if d := cmp.Diff(want, must(o.Connections(ctx))(t)); d != "" {
		t.Error(d)
	}
}

func TestMailboxesAreListedByNameAndHealth(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	fine := o.read("anna", "a")
	fine.Way = calendar.Way{Kind: calendar.Reviewer, Server: "Exchange2016"}
	o.save(fine)
	denied := o.read("bo", "")
	denied.ReadAt, denied.Health = time.Time{}, calendar.Health{State: calendar.Denied, Sentence: "Access is denied."}
	o.save(denied)
	for _, tc := range []struct {
		filter MailboxFilter
		want   []string
	}{
		{MailboxFilter{}, []string{"anna", "bo"}},
		{MailboxFilter{Health: calendar.Denied}, []string{"bo"}},
		{MailboxFilter{Way: calendar.Reviewer}, []string{"anna"}},
		{MailboxFilter{Health: calendar.Fine, Way: calendar.Times}, nil},
		{MailboxFilter{Text: "BO@"}, []string{"bo"}},
		{MailboxFilter{Source: o.source, Text: "ann"}, []string{"anna"}},
		{MailboxFilter{Source: "another"}, nil},
	} {
		var got []string
		for after := ""; ; {
			page, next, err := o.Mailboxes(ctx, tc.filter, after, 1)
			o.ok(err)
			for _, m := range page {
				got = append(got, m.Person)
			}
			if after = next; next == "" {
				break
			}
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%+v: got %v, want %v", tc.filter, got, tc.want)
		}
	}
	want := []MailboxCount{{Source: o.source, Health: calendar.Denied, Mailboxes: 1}, {Source: o.source, Health: calendar.Fine, Mailboxes: 1, Oldest: begun, Ways: map[calendar.WayKind]int64{calendar.Reviewer: 1}}}
	got := byID(must(o.MailboxCounts(ctx))(t), func(c MailboxCount) string { return string(c.Health) })
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestAnotherSourceLeavesAMailboxAlone(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	second := must(o.AddSource(ctx, organization.Source{Name: "Samma igen", Kind: "entra"}))(t).ID
	o.ok(o.PutConnection(ctx, organization.Connection{Source: second}, 0))
	o.ok(o.Enroll(ctx, second, []Enrolled{{Person: "anna", EntraID: "other"}, {Person: "anna", EntraID: "twice"}}))
	if m := must(o.Mailbox(ctx, "anna"))(t); m.Source != o.source || m.EntraID != "anna" {
		t.Errorf("taken over: %+v", m)
	}
	o.ok(o.DeleteConnection(ctx, second))
	if m := must(o.Mailbox(ctx, "anna"))(t); m.Source != o.source {
		t.Error("gone with the other's")
	}
}

func TestSettingsThatDifferMakeDaysStale(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	for _, p := range []string{"anna", "bo"} {
		o.ok(o.SaveDays(ctx, []DayRow{meeting(p, must(o.Day(ctx, p))(t).Generation, begun, begun.Add(time.Hour))}))
	}
	rows := []SettingsRow{{Person: "anna", Zone: "Europe/Stockholm", Hours: calendar.Hours{Days: []time.Weekday{time.Monday}, From: 480, To: 1020},
		Replies: calendar.Replies{On: true, From: begun, To: begun.Add(time.Hour)}}, {Person: "bo"}, {Person: "nobody", Zone: "UTC"}}
	o.clock.pass(time.Minute)
	if changed := must(o.SaveSettings(ctx, rows))(t); !slices.Equal(changed, []string{"anna"}) {
		t.Error("changed", changed)
	}
	if changed := must(o.SaveSettings(ctx, rows))(t); changed != nil {
		t.Error("changed again", changed)
	}
	m := must(o.Mailbox(ctx, "anna"))(t)
	if d := cmp.Diff(rows[0], SettingsRow{m.Person, m.Zone, m.Hours, m.Replies}); d != "" || !m.SettingsAt.Equal(o.clock.at) {
		t.Error(d, m.SettingsAt)
	}
	if due := must(o.DueDays(ctx, o.clock.at, 9))(t); len(due) != 1 || due[0].Person != "anna" || must(o.Day(ctx, "bo"))(t).Stale {
		t.Errorf("due: %+v", due)
	}
}

func TestADayFromWhatIsNoLongerSoIsComputedAgain(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	old := must(o.Day(ctx, "anna"))(t).Generation
	choice := ChoiceState{Person: "anna", Choice: activity.Choice{Activity: activity.Lunch, From: begun, At: begun},
		Silences: []activity.Silence{{Event: "e", Until: begun.Add(time.Hour)}}}
	day := meeting("anna", old, begun, begun.Add(time.Hour))
	o.ok(o.SaveChoice(ctx, choice, &day))
	if d := must(o.Day(ctx, "anna"))(t); d.Stale || d.Generation != old+1 || len(d.Spans) != 3 || !d.DueAt.Equal(day.DueAt) {
		t.Errorf("day: %+v", d)
	}
	late := meeting("anna", old, begun.Add(time.Hour), begun.Add(2*time.Hour)) // computed before the choice
	o.ok(o.SaveDays(ctx, []DayRow{late, meeting("gone", 1, begun, begun.Add(time.Hour))}))
	d := must(o.Day(ctx, "anna"))(t)
	if !d.Stale || !d.Spans[1].From.Equal(begun) {
		t.Errorf("the older day was kept: %+v", d)
	}
	if due := must(o.DueDays(ctx, begun, 9))(t); len(due) != 2 { // bo's was never computed
		t.Errorf("due: %+v", due)
	}
	o.is(o.SaveChoice(ctx, choice, nil), ErrConflict) // it is there meanwhile
	choice.Generation = 1
	got := must(o.Choice(ctx, "anna"))(t)
	if diff := cmp.Diff(choice, got); diff != "" {
		t.Error(diff)
	}
	if open := must(o.OpenChoices(ctx, begun.Add(-time.Second), 9))(t); len(open) > 0 {
		t.Errorf("open: %+v", open)
	}
	if open := must(o.OpenChoices(ctx, begun, 9))(t); len(open) != 1 || open[0].Person != "anna" {
		t.Errorf("open: %+v", open)
	}
	o.ok(o.SetAsked(ctx, "anna", 1))
	if open := must(o.OpenChoices(ctx, begun, 9))(t); len(open) > 0 || must(o.Choice(ctx, "anna"))(t).AskedAt.IsZero() {
		t.Errorf("open though asked: %+v", open)
	}
	o.ok(o.SaveChoice(ctx, ChoiceState{Person: "anna", Generation: 1}, nil)) // back
	o.is(o.SetAsked(ctx, "anna", 1), ErrConflict)
	if all := must(o.Choices(ctx))(t); len(all) > 0 {
		t.Errorf("choices: %+v", all)
	}
	o.ok(o.SavePreference(ctx, "anna", organization.Person{Delegates: []string{"bo"}}, 0))
	o.is(o.SavePreference(ctx, "anna", organization.Person{}, 0), ErrConflict)
	if p := must(o.Preferences(ctx))(t); len(p) != 1 || p[0].ID != "anna" || !slices.Equal(p[0].Delegates, []string{"bo"}) {
		t.Errorf("preferences: %+v", p)
	}
	subjects := must(o.Subjects(ctx, []string{"bo", "anna", "nobody"}, true))(t)
	if len(subjects) != 2 || subjects[0].Person != "anna" || subjects[0].DayGeneration != must(o.Day(ctx, "anna"))(t).Generation ||
		subjects[0].Choice.Generation != 2 || subjects[1].Choice.Person != "bo" {
		t.Errorf("subjects: %+v", subjects)
	}
	o.ok(o.StaleDays(ctx, nil))
	if due := must(o.DueDays(ctx, begun, 9))(t); len(due) != 2 {
		t.Errorf("due: %+v", due)
	}
	if next := must(o.NextDayDue(ctx))(t); !next.Equal(begun) {
		t.Error("next", next)
	}
}

func TestPeoplesTokensAndLinks(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	token := must(o.AddPersonToken(ctx, PersonToken{Person: "anna", Name: "knapp", By: "anna"}, "hash"))(t)
	_, err := o.AddPersonToken(ctx, PersonToken{Person: "bo"}, "hash")
	o.is(err, ErrExists)
	org, found, err := o.FindPersonToken(ctx, "hash")
	o.ok(err)
	if d := cmp.Diff(token, found); d != "" || org != o.ID() {
		t.Error(org, d)
	}
	o.ok(o.TouchPersonToken(ctx, token.ID))
	o.is(o.RevokePersonToken(ctx, "bo", token.ID), ErrNotFound)
	o.ok(o.RevokePersonToken(ctx, "anna", token.ID))
	o.is(o.RevokePersonToken(ctx, "anna", token.ID), ErrNotFound)
	if list := must(o.PersonTokens(ctx, "anna"))(t); len(list) != 1 || list[0].Used.IsZero() || list[0].Revoked.IsZero() {
		t.Errorf("tokens: %+v", list)
	}
	must(o.AddPersonLink(ctx, PersonLink{Person: "anna", Expires: begun.Add(15 * time.Minute)}, "link"))(t)
	must(o.AddPersonLink(ctx, PersonLink{Person: "bo", Expires: begun.Add(15 * time.Minute)}, "other"))(t)
	if org, l, err := o.FindPersonLink(ctx, "link"); err != nil || org != o.ID() || l.Person != "anna" {
		t.Error(org, l, err)
	}
	if who := must(o.UsePersonLink(ctx, "link"))(t); who != "anna" {
		t.Error("link of", who)
	}
	_, err = o.UsePersonLink(ctx, "link")
	o.is(err, ErrNotFound)
	o.clock.pass(15 * time.Minute)
	_, err = o.UsePersonLink(ctx, "other")
	o.is(err, ErrNotFound)
	o.ok(o.PurgePersonLinks(ctx, o.clock.at.Add(time.Second)))
	_, _, err = o.FindPersonLink(ctx, "link")
	o.is(err, ErrNotFound)
}

func TestEventSubscriptionsStandBesideTheDirectorys(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	o.ok(o.PutSubscription(ctx, o.source, Subscription{Resource: "users", ID: "u", Due: begun}))
	o.ok(o.PutSubscriptions(ctx, o.source, []Subscription{{Resource: "events/anna", ID: "a", Due: begun}, {Resource: "events/bo", Due: begun.Add(time.Hour)}}))
	o.ok(o.PutSubscriptions(ctx, o.source, []Subscription{{Resource: "events/bo", ID: "b", Due: begun.Add(time.Minute)}}))
	if all := must(o.AllSubscriptions(ctx))(t); len(all) != 1 || len(must(o.Subscriptions(ctx, o.source))(t)) != 1 {
		t.Errorf("the directory's: %+v", all)
	}
	if list := must(o.EventSubscriptions(ctx, o.source))(t); len(list) != 2 {
		t.Errorf("mailboxes': %+v", list)
	}
	if due := must(o.DueEventSubscriptions(ctx, begun, 9))(t); len(due) != 1 || due[0].Resource != "events/anna" {
		t.Errorf("due: %+v", due)
	}
	if _, _, sub, err := o.FindSubscription(ctx, "b"); err != nil || sub.Resource != "events/bo" {
		t.Error(sub, err)
	}
	o.ok(o.DeleteSubscriptions(ctx, o.source, []string{"events/anna"}))
	if next := must(o.NextEventSubscriptionDue(ctx))(t); !next.Equal(begun.Add(time.Minute)) {
		t.Error("next", next)
	}
}

// What was stored before there were calendars is read over the defaults.
func TestSettingsFromBeforeCalendars(t *testing.T) {
	h := newHouse(t)
	if _, err := h.writer.ExecContext(t.Context(), `UPDATE organization SET settings = '{"language":"en","country":"SE"}' WHERE organization = $1`, h.ID()); err != nil {
		t.Fatal(err)
	}
	org, _, err := h.Organization(t.Context())
	h.ok(err)
	if d := cmp.Diff(organization.Settings{Language: "en", Country: "SE", Calendar: organization.DefaultCalendar()}, org.Settings); d != "" {
		t.Error(d)
	}
}

func TestAPersonsDataHasHerCalendarAndGoesWithHer(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	o.fold(everybody("c", person("anna", "displayName", "Anna"), person("bo", "displayName", "Bo")))
	events := []calendar.Event{
		{Key: "own", Start: begun, End: begun.Add(time.Hour), Own: calendar.Yes, Subject: "Tandläkare", Place: "Stan"},
		{Key: "invited", Start: begun, End: begun.Add(time.Hour), Own: calendar.No, Subject: "Förhandling", Place: "Rum 5"}}
	row := o.read("anna", "hash", events...)
	day := meeting("anna", 1, begun, begun.Add(time.Hour))
	day.Spans[1].State.Subject = "Förhandling"
	row.Day = &day
	o.save(row)
	o.ok(o.SaveChoice(ctx, ChoiceState{Person: "anna", Choice: activity.Choice{Activity: activity.Lunch, At: begun}}, nil))
	o.ok(o.SavePreference(ctx, "anna", organization.Person{Language: "en"}, 0))
	must(o.AddPersonToken(ctx, PersonToken{Person: "anna"}, "hash"))(t)
	o.tell()
	c := must(o.ExportPerson(ctx, o.source, "anna"))(t).Calendar
	if m := c.Mailbox; m == nil || len(m.Agenda) != 2 || m.Agenda[0].Subject != "Tandläkare" || m.Agenda[1].Subject+m.Agenda[1].Place != "" {
		t.Errorf("mailbox: %+v", c.Mailbox)
	}
	if c.Day.Spans[1].State.Subject != "" || c.Choice.Choice.Activity != activity.Lunch || c.Preference.Language != "en" ||
		len(c.Tellings) != 1 || len(c.Told) != 1 || len(c.Tokens) != 1 {
		t.Errorf("exported: %+v", c)
	}
	o.ok(o.DeleteLink(ctx, Builtin, o.subscribers["anna"]))
	o.ok(o.Enroll(ctx, o.source, []Enrolled{{Person: "bo", EntraID: "bo", Address: "bo@example.se", Name: "Bo"}}))
	o.tell()
	o.fold(directory.Page{Part: directory.PeoplePart, Gone: []directory.Gone{{ID: "anna", Reason: directory.SoftDeleted}}, Cursor: "d", Last: true})
	o.ok(o.PurgePeople(ctx, o.source, o.clock.at.Add(time.Hour)))
	kept := dump(t, o.Store, o.ID())
	for _, table := range []string{"choice", "preference", "person_token", "told", "mailbox", "day", "telling"} {
		for _, row := range kept[table] {
			if strings.Contains(row, "|anna|") {
				t.Errorf("%s has %s", table, row)
			}
		}
	}
	if len(kept["telling"]) != 1 {
		t.Errorf("tellings: %v", kept["telling"])
	}
}
