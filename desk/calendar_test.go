package desk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/store"
)

// read keeps a reading of somebody's calendar.
func (o *office) read(person string, agenda ...calendar.Event) {
	o.Helper()
	in := o.desk.Store.In(o.org)
	m, err := in.Mailbox(o.Context(), person)
	o.must(err)
	_, err = in.SaveReadings(o.Context(), []store.ReadingRow{{
		Person: person, Generation: m.Generation, Wakes: m.Wakes, Health: calendar.Health{State: calendar.Fine}, DueAt: o.now.Add(time.Hour), ReadAt: o.now,
		CoversFrom: o.now.AddDate(0, 0, -14), CoversTo: o.now.AddDate(0, 0, 30), Hash: []byte("1"), Agenda: agenda,
	}})
	o.must(err)
}

// TestTryingChangesNothing but says what would differ, for whom, and what would have
// to be read first.
func TestTryingChangesNothing(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	v := o.as(User, organization.Administrator, "")
	meeting := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	o.read(anna, calendar.Event{Key: "e1", Start: meeting, End: meeting.Add(90 * time.Minute), ShowAs: calendar.Busy, Response: calendar.Organizer})
	before, err := v.CalendarSettings(ctx)
	o.must(err)
	s := before.Calendar
	same, err := v.TryCalendarSettings(ctx, s, nil)
	o.must(err)
	if same.Differ != 0 || same.Same != 4 || same.Unread != nil {
		t.Errorf("the settings as they are: %+v", same)
	}
	s.Preset = activity.NoPreset
	s.Rules = []activity.Rule{{ID: "r1", If: activity.Condition{Word: "jour"}, Then: activity.Busy}}
	got, err := v.TryCalendarSettings(ctx, s, nil)
	o.must(err)
	if got.Differ != 1 || got.Same != 3 || got.Minutes != 90 || len(got.People) != 1 || got.People[0].Person != anna {
		t.Fatalf("got %+v", got)
	}
	d := got.People[0].Differences[0]
	if !d.From.Equal(meeting) || d.Before.Key != activity.Busy || d.After.Key != activity.Available {
		t.Errorf("the difference: %+v", d)
	}
	if diff := cmp.Diff([]string{"jour"}, got.Unread); diff != "" || got.Reread != 1 {
		t.Errorf("unread in %d mailboxes (-want +got):\n%s", got.Reread, diff)
	}
	if one, err := v.TryCalendarSettings(ctx, s, []string{bo}); err != nil || one.Differ+one.Same != 1 {
		t.Errorf("for one: %+v, %v", one, err)
	}
	after, err := v.CalendarSettings(ctx)
	o.must(err)
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("the settings (-before +after):\n%s", diff)
	}
	if _, err := o.as(User, organization.Attendant, "").TryCalendarSettings(ctx, s, nil); !errors.Is(err, ErrForbidden) {
		t.Errorf("an attendant: %v", err)
	}
}

// TestWouldClose counts telephones that hours and automatic replies would close, at
// 10:12 on a Monday.
func TestWouldClose(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	v := o.as(User, organization.Administrator, "")
	_, err := o.desk.Store.In(o.org).SaveSettings(ctx, []store.SettingsRow{{Person: bo, Replies: calendar.Replies{On: true}}})
	o.must(err)
	with := func(change func(*organization.Calendar)) organization.Calendar {
		s, err := v.CalendarSettings(ctx)
		o.must(err)
		change(&s.Calendar)
		return s.Calendar
	}
	day, afternoon := activity.OfficeHours(8*60, 17*60), activity.OfficeHours(13*60, 17*60)
	for _, tc := range []struct {
		name           string
		s              organization.Calendar
		hours, replies Closed
	}{
		{"as it is", with(func(*organization.Calendar) {}), Closed{}, Closed{}},
		{"office hours", with(func(s *organization.Calendar) { s.Hours.On, s.Hours.Week = true, &day }), Closed{0, 4}, Closed{}},
		{"afternoons", with(func(s *organization.Calendar) { s.Hours.On, s.Hours.Week = true, &afternoon }), Closed{4, 4}, Closed{}},
		{"replies", with(func(s *organization.Calendar) { s.Replies.On = true }), Closed{}, Closed{1, 1}},
	} {
		got, err := v.WouldClose(ctx, tc.s)
		o.must(err)
		want := Closing{People: 4, Hours: tc.hours, Replies: tc.replies, LastWeek: o.now.Add(-lastWeek)}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, diff)
		}
	}
}

// TestProof is a check of a connection with one mailbox inside and one outside.
func TestProof(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	v := o.as(User, organization.Administrator, "")
	all, err := v.CalendarConnections(ctx)
	o.must(err)
	source := all[0].Source
	if _, err := v.CheckCalendar(ctx, source, Proof{}); !errors.Is(err, ErrNotOffered) {
		t.Errorf("without drivers: %v", err)
	}
	says := map[string]calendar.Health{
		"in@example.se": {State: calendar.Fine}, "out@example.se": {State: calendar.Denied, Sentence: "Access is denied."}, "open@example.se": {State: calendar.Fine},
	}
	o.desk.CheckCalendar = func(context.Context, organization.ID, string) ([]directory.CheckLine, error) {
		return []directory.CheckLine{{Subject: "Calendars.Read", Outcome: directory.CheckFine}}, nil
	}
	o.desk.Probe = func(_ context.Context, org organization.ID, from, address string) calendar.Health {
		if org != o.org || from != source {
			t.Errorf("probed %s in %s of %s", address, from, org)
		}
		return says[address]
	}
	for _, tc := range []struct {
		p      Proof
		proven bool
	}{
		{Proof{}, false},
		{Proof{Inside: "in@example.se"}, false},
		{Proof{Inside: " In@Example.se ", Outside: "out@example.se"}, true},
		{Proof{}, true}, // what was proven stays
		{Proof{Inside: "in@example.se", Outside: "open@example.se"}, false},
		{Proof{Inside: "out@example.se", Outside: "out@example.se"}, false},
	} {
		c, err := v.CheckCalendar(ctx, source, tc.p)
		o.must(err)
		kept, err := v.CalendarConnections(ctx)
		o.must(err)
		if !c.OK() || c.Proven() != tc.proven || kept[0].Checked == nil || kept[0].Checked.Proven() != tc.proven {
			t.Errorf("%+v: got %+v, kept %+v", tc.p, c, kept[0].Checked)
		}
	}
	if _, err := v.CheckCalendar(ctx, source, Proof{Inside: "nobody"}); errorText(err) != "invalid: inside: email" {
		t.Errorf("no address: %v", err)
	}
	o.desk.CheckCalendar = func(context.Context, organization.ID, string) ([]directory.CheckLine, error) {
		return nil, &directory.Trouble{Code: "signin.secret"}
	}
	c, err := v.CheckCalendar(ctx, source, Proof{})
	o.must(err)
	if c.OK() || len(c.Lines) != 1 || c.Lines[0].Code != "signin.secret" {
		t.Errorf("a refused sign-in: %+v", c)
	}
}

// TestDoubleAddresses lists subscribers that a switchboard can't tell apart, or does
// not know.
func TestDoubleAddresses(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	in := o.desk.Store.In(o.org)
	board, err := in.PutSwitchboard(ctx, organization.Switchboard{Name: "Växeln", Kind: "presence", Register: BuiltinRegister}, []byte{}, 0)
	o.must(err)
	v := o.as(User, organization.Administrator, "")
	addresses := map[string]string{"201": "sip:a@pbx", "202": "sip:b@pbx", "203": "sip:a@pbx"}
	o.desk.Reconcile.OpenSwitchboard = func(context.Context, organization.ID, string) (pbx.Connection, error) {
		return pbx.Connection{Address: func(s pbx.Subscriber) (string, error) {
			if a := addresses[s.Get(pbx.Extension)]; a != "" {
				return a, nil
			}
			return "", &pbx.Refusal{Code: "noAddress"}
		}}, nil
	}
	got, err := v.SwitchboardAddresses(ctx, board.ID)
	o.must(err)
	said := func(all []Addressed) (s string) {
		for _, a := range all {
			s += strings.TrimSpace(a.Extension+" "+a.Address+" "+a.Reason.Code) + ","
		}
		return s
	}
	if len(got.Doubles) != 1 || said(got.Doubles[0]) != "201 sip:a@pbx,203 sip:a@pbx," {
		t.Errorf("doubles: %+v", got.Doubles)
	}
	if got.Total != 4 || said(got.Sample) != "202 sip:b@pbx," || said(got.Missing) != "204  noAddress," {
		t.Errorf("got %+v", got)
	}
	if _, err := v.SwitchboardAddresses(ctx, "other"); !errors.Is(err, ErrNotFound) {
		t.Errorf("another switchboard: %v", err)
	}
}

// TestCalendarsAreCarried to another server in test mode, with switchboards paused
// and without their passwords.
func TestCalendarsAreCarried(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	o.desk.Kinds = []organization.Kind{{Name: "entra"}}
	o.desk.Switchboards = []organization.Kind{{Name: "presence", Fields: []organization.Field{{Name: "host"}}}}
	in := o.desk.Store.In(o.org)
	_, err := in.PutSwitchboard(ctx, organization.Switchboard{
		Name: "Växeln", Kind: "presence", Register: BuiltinRegister, Settings: map[string]string{"host": "pbx.example"}, Hint: "hem•••",
	}, []byte("sealed password"), 0)
	o.must(err)
	c, err := in.Connections(ctx)
	o.must(err)
	c[0].Live = organization.Live{All: true}
	o.must(in.PutConnection(ctx, c[0].Connection, c[0].Generation))
	o.read(anna, calendar.Event{Key: "e1", Start: o.now, End: o.now.Add(time.Hour), ShowAs: calendar.Busy, Subject: "hemligt möte"})
	var file bytes.Buffer
	operator := o.desk.As(AtSocket())
	o.must(operator.In(o.org).ExportOrganization(ctx, &file))
	for _, never := range []string{"sealed password", "hemligt", "c2VhbGVk"} {
		if strings.Contains(file.String(), never) {
			t.Errorf("it is in the file: %s", never)
		}
	}
	text := file.String()
	made, err := operator.ImportOrganization(ctx, strings.NewReader(text))
	o.must(err)
	there := o.desk.Store.In(made.ID)
	connections, err := there.Connections(ctx)
	o.must(err)
	if len(connections) != 1 || connections[0].Source != c[0].Source || !connections[0].Live.Test() {
		t.Errorf("calendars: %+v", connections)
	}
	boards, err := there.Switchboards(ctx)
	o.must(err)
	if len(boards) != 1 || !boards[0].Paused || boards[0].Hint != "" || boards[0].Name != "Växeln" || boards[0].Settings["host"] != "pbx.example" {
		t.Errorf("switchboards: %+v", boards)
	}
	if _, sealed, err := there.SealedSwitchboard(ctx, boards[0].ID); err != nil || len(sealed) != 0 {
		t.Errorf("its password: %d bytes, %v", len(sealed), err)
	}
	p, err := there.Preference(ctx, anna)
	o.must(err)
	if diff := cmp.Diff([]string{dag}, p.Delegates); diff != "" {
		t.Errorf("Anna's delegates (-want +got):\n%s", diff)
	}
	var bad map[string]any
	o.must(json.Unmarshal([]byte(text), &bad))
	bad["calendars"] = []map[string]any{{"source": "nowhere"}}
	changed, err := json.Marshal(bad)
	o.must(err)
	if _, err := operator.ImportOrganization(ctx, bytes.NewReader(changed)); errorText(err) != "invalid: calendars: option" {
		t.Errorf("calendars of no source: %v", err)
	}
}
