package outlook_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the same rules on every machine

	"github.com/google/go-cmp/cmp"

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/calendar/outlook"
	"github.com/telefonist/telefonist/graph"
	"github.com/telefonist/telefonist/m365"
)

// world is a simulated tenant and its calendars as outlook reads them.
type world struct {
	t      *testing.T
	server *m365.Server
	tenant *m365.Tenant
	source outlook.Source
	staff  []m365.Person
}

func newWorld(t *testing.T, people int) *world {
	t.Helper()
	tenant := m365.New(m365.Options{Seed: 5, People: people, Roles: []string{"Calendars.Read", "MailboxSettings.Read"}})
	server := m365.NewServer(tenant)
	if err := server.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	w := &world{t: t, server: server, tenant: tenant}
	w.source = outlook.Source{Client: w.client(), Country: "SE", Now: time.Now}
	for _, p := range tenant.People() {
		if p.Purpose == "user" {
			w.staff = append(w.staff, p)
		}
	}
	return w
}

func (w *world) client() *graph.Client {
	w.t.Helper()
	c, err := graph.New(graph.Config{
		Cloud:  graph.Cloud{Login: w.server.URL(), Graph: w.server.URL(), CA: w.server.CA()},
		Tenant: w.tenant.ID, ClientID: w.tenant.ClientID, Credentials: []graph.Credential{{Secret: w.tenant.Secret()}},
		Backoff: time.Millisecond,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

func (w *world) add(who int, e m365.Event) string {
	w.t.Helper()
	id, err := w.tenant.AddEvent(w.staff[who].ID, e)
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

var stockholm = func() *time.Location {
	l, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		panic(err)
	}
	return l
}()

// all keeps everything there is to keep.
var all = &calendar.Keep{Words: []string{"budget"}, Categories: []string{"Röd"}, Subject: true, Place: true, Note: true}

func (w *world) mailboxes(n int) (list []calendar.Mailbox) {
	for _, p := range w.staff[:n] {
		list = append(list, calendar.Mailbox{Person: "p-" + p.ID, EntraID: p.ID, Address: p.Mail, Zone: stockholm, Keep: all})
	}
	return list
}

// day is a time on a day of November 2026 in Stockholm.
func day(d, hour, minute int) time.Time { return time.Date(2026, 11, d, hour, minute, 0, 0, stockholm) }

var window = calendar.Window{From: day(20, 0, 0), To: day(20, 0, 0).AddDate(0, 0, 36)}

func (w *world) read(mailboxes []calendar.Mailbox) []calendar.Reading {
	w.t.Helper()
	out := w.source.Read(w.t.Context(), mailboxes, window)
	if len(out) != len(mailboxes) {
		w.t.Fatalf("%d answers for %d mailboxes", len(out), len(mailboxes))
	}
	return out
}

// withoutKeys makes events comparable; the keys are checked to be there.
func withoutKeys(t *testing.T, events []calendar.Event) []calendar.Event {
	t.Helper()
	keys := map[string]bool{}
	for i := range events {
		if len(events[i].Key) != 16 || keys[events[i].Key] {
			t.Errorf("key %q", events[i].Key)
		}
		keys[events[i].Key] = true
		events[i].Key = ""
	}
	return events
}

func TestWhatIsReadOfAnEvent(t *testing.T) {
	w := newWorld(t, 30)
	anna, bo := w.staff[0], w.staff[1]
	w.add(0, m365.Event{Subject: "SV: sem: Budget i fjällen", Location: "Åre", Start: day(23, 9, 0), End: day(23, 10, 0), ShowAs: "oof", Categories: []string{"Röd", "Blå"}, Body: "never"})
	w.add(0, m365.Event{Subject: "Läkare; knä", Location: "Sahlgrenska", Start: day(24, 9, 0), End: day(24, 10, 0), Sensitivity: "private", Categories: []string{"Röd"}})
	w.add(0, m365.Event{Subject: "Okänt", Start: day(25, 9, 0), End: day(25, 10, 0), ShowAs: "limbo", Sensitivity: "secret"})
	w.add(1, m365.Event{Subject: "Kundmöte", Start: day(26, 9, 0), End: day(26, 10, 0), Attendees: []string{anna.Mail}})
	got := w.read(w.mailboxes(2))
	utc := func(t time.Time) time.Time { return t.UTC() }
	want := []calendar.Event{
		{Start: utc(day(23, 9, 0)), End: utc(day(23, 10, 0)), ShowAs: calendar.OutOfOffice, Sensitivity: calendar.Normal, Response: calendar.Organizer,
			Own: calendar.Yes, Others: calendar.No, Prefix: "SEM", Mark: ":", Words: []string{"budget"}, Categories: []string{"Röd"},
			Subject: "SV: sem: Budget i fjällen", Place: "Åre", Note: "Budget i fjällen"},
		{Start: utc(day(24, 9, 0)), End: utc(day(24, 10, 0)), ShowAs: calendar.Busy, Sensitivity: calendar.Private, Response: calendar.Organizer,
			Own: calendar.Yes, Others: calendar.No}, // "Läkare" is a prefix that no rule asks for
		{Start: utc(day(25, 9, 0)), End: utc(day(25, 10, 0)), ShowAs: calendar.ShowUnknown, Sensitivity: calendar.Private, Response: calendar.Organizer,
			Own: calendar.Yes, Others: calendar.No},
		{Start: utc(day(26, 9, 0)), End: utc(day(26, 10, 0)), ShowAs: calendar.Tentative, Sensitivity: calendar.Normal, Response: calendar.NotResponded,
			Own: calendar.No, Others: calendar.Yes, Subject: "Kundmöte"},
	}
	if d := cmp.Diff(want, withoutKeys(t, got[0].Events)); d != "" {
		t.Errorf("Anna's (-want +got):\n%s", d)
	}
	if e := got[1].Events; len(e) != 1 || e[0].Own != calendar.Yes || e[0].Others != calendar.Yes {
		t.Errorf("%s's: %+v", bo.DisplayName, e)
	}

	// Without a Keep nothing that somebody has written is kept.
	bare := w.mailboxes(1)
	bare[0].Keep = nil
	for _, e := range w.read(bare)[0].Events {
		if e.Subject+e.Place+e.Note != "" || e.Words != nil || e.Categories != nil {
			t.Errorf("kept %+v", e)
		}
	}
	ignore := w.mailboxes(1)
	ignore[0].Keep = &calendar.Keep{Private: calendar.Ignore}
	if e := w.read(ignore)[0].Events; len(e) != 2 {
		t.Errorf("private ones are ignored, yet: %+v", e)
	}
}

// TestDatesOfAllDayEvents is pain 20 of time zones: an all-day event is dates,
// wherever it was made and however it is told.
func TestDatesOfAllDayEvents(t *testing.T) {
	w := newWorld(t, 30)
	for name, c := range map[string]struct{ zone, at string }{
		"Stockholm":  {"W. Europe Standard Time", "Europe/Stockholm"},
		"New York":   {"Eastern Standard Time", "America/New_York"},
		"Honolulu":   {"Hawaiian Standard Time", "Pacific/Honolulu"},
		"Auckland":   {"New Zealand Standard Time", "Pacific/Auckland"},
		"Kiritimati": {"Line Islands Standard Time", "Pacific/Kiritimati"},
		"UTC":        {"UTC", "UTC"},
		"its own":    {"tzone://Microsoft/Custom", "Europe/Stockholm"},
	} {
		l, err := time.LoadLocation(c.at)
		if err != nil {
			t.Fatal(err)
		}
		id := w.add(0, m365.Event{Subject: name, AllDay: true, Zone: c.zone, Start: time.Date(2026, 12, 1, 0, 0, 0, 0, l), End: time.Date(2026, 12, 3, 0, 0, 0, 0, l)})
		got := w.read(w.mailboxes(1))[0]
		if len(got.Events) != 1 || got.Events[0].First != "2026-12-01" || got.Events[0].After != "2026-12-03" || !got.Events[0].Start.IsZero() {
			t.Errorf("%s: %+v", name, got)
		}
		if err := w.tenant.DeleteEvent(w.staff[0].ID, id); err != nil {
			t.Fatal(err)
		}
	}
}

// TestMidnightsThatHangNowhere is how Graph itself tells of an all-day event:
// midnight to midnight, whichever zone is asked for.
func TestMidnightsThatHangNowhere(t *testing.T) {
	for name, c := range map[string]struct{ event, want string }{
		"floating":       {all2("2026-11-24T00:00:00.0000000", "2026-11-25T00:00:00.0000000", "New Zealand Standard Time"), "2026-11-24 2026-11-25"},
		"floating, days": {all2("2026-03-28T00:00:00.0000000", "2026-03-31T00:00:00.0000000", "W. Europe Standard Time"), "2026-03-28 2026-03-31"},
		"shifted":        {all2("2026-11-23T23:00:00.0000000", "2026-11-24T23:00:00.0000000", "W. Europe Standard Time"), "2026-11-24 2026-11-25"},
		"shifted, DST":   {all2("2026-03-28T23:00:00.0000000", "2026-03-29T22:00:00.0000000", "W. Europe Standard Time"), "2026-03-29 2026-03-30"},
		"a zone unknown": {all2("2026-06-18T22:00:00.0000000", "2026-06-19T22:00:00.0000000", "Hemmasnickrad tid"), "2026-06-19 2026-06-20"},
		"no length":      {all2("2026-11-24T00:00:00.0000000", "2026-11-24T00:00:00.0000000", ""), "2026-11-24 2026-11-25"},
		"no clock":       {`{"id":"x","isAllDay":true,"start":null,"end":{}}`, ""},
		"no times":       {`{"id":"x","start":{"dateTime":"soon","timeZone":"UTC"},"end":null}`, ""},
		"another zone":   {`{"id":"x","start":{"dateTime":"2026-11-24T10:00:00","timeZone":"W. Europe Standard Time"},"end":{"dateTime":"2026-11-24T11:00:00","timeZone":"Hemmasnickrad tid"}}`, "09:00 10:00"},
		"backwards":      {`{"id":"x","start":{"dateTime":"2026-11-24T10:00:00","timeZone":"UTC"},"end":{"dateTime":"2026-11-24T09:00:00","timeZone":"UTC"}}`, "10:00 10:00"},
	} {
		source := answering(t, `{"id":"0","status":200,"body":{"value":[`+c.event+`]}}`)
		got := ""
		r := source.Read(t.Context(), []calendar.Mailbox{{EntraID: "a", Zone: stockholm}}, window)[0]
		for _, e := range r.Events {
			if got = string(e.First + " " + e.After); !e.AllDay() {
				got = e.Start.Format("15:04") + " " + e.End.Format("15:04")
			}
		}
		if got != c.want || r.Health.State != calendar.Fine {
			t.Errorf("%s: %q, want %q (%+v)", name, got, c.want, r.Health)
		}
	}
}

func all2(start, end, zone string) string {
	return fmt.Sprintf(`{"id":"x","isAllDay":true,"start":{"dateTime":%q,"timeZone":"UTC"},"end":{"dateTime":%q,"timeZone":"UTC"},"originalStartTimeZone":%q}`, start, end, zone)
}

// answering is a source whose every batch is answered so.
func answering(t *testing.T, answers string) outlook.Source {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/v1.0/$batch", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"responses":[`+answers+`]}`)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/token") {
			_, _ = io.WriteString(w, `{"token_type":"Bearer","expires_in":3599,"access_token":"x"}`)
			return
		}
		fmt.Fprintf(w, `{"issuer":"https://%[1]s/x/v2.0","authorization_endpoint":"https://%[1]s/x/oauth2/v2.0/authorize","token_endpoint":"https://%[1]s/x/oauth2/v2.0/token"}`, r.Host)
	})
	server := httptest.NewTLSServer(mux)
	t.Cleanup(server.Close)
	c, err := graph.New(graph.Config{Cloud: graph.Cloud{Login: server.URL, Graph: server.URL}, Tenant: "11111111-2222-3333-4444-555555555555",
		ClientID: "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", Credentials: []graph.Credential{{Secret: "x"}},
		Transport: server.Client().Transport, Backoff: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	return outlook.Source{Client: c, Country: "SE", Now: func() time.Time { return day(21, 12, 0) }}
}

// TestARescheduledSeriesLeavesNoGhosts is pain 9, and 8: what is read is the
// window, never what changed in it.
func TestARescheduledSeriesLeavesNoGhosts(t *testing.T) {
	w := newWorld(t, 30)
	id := w.add(0, m365.Event{Subject: "Standup", Start: day(23, 9, 0), End: day(23, 9, 15), Recurrence: &m365.Recurrence{Type: "daily", Count: 5}})
	before := w.read(w.mailboxes(1))[0].Events
	if len(before) != 5 {
		t.Fatalf("read %+v", before)
	}
	moved := day(25, 14, 0)
	if err := w.tenant.ChangeEvent(w.staff[0].ID, id, func(e *m365.Event) {
		e.Exceptions = map[string]*m365.Event{"2026-11-25": {Subject: "Standup", Start: moved, End: moved.Add(time.Hour)}, "2026-11-26": nil}
	}); err != nil {
		t.Fatal(err)
	}
	after := w.read(w.mailboxes(1))[0].Events
	if len(after) != 4 || !after[2].Start.Equal(moved) || after[2].Key != before[2].Key || after[3].Key != before[4].Key {
		t.Errorf("one moved and one cancelled: %+v, before %+v", after, before)
	}
	if err := w.tenant.ChangeEvent(w.staff[0].ID, id, func(e *m365.Event) {
		e.Start, e.End = day(24, 8, 0), day(24, 8, 15)
		e.Recurrence = &m365.Recurrence{Type: "weekly", Days: []string{"tuesday"}, Count: 2}
		e.Exceptions = nil
	}); err != nil {
		t.Fatal(err)
	}
	got := w.read(w.mailboxes(1))[0].Events
	if len(got) != 2 || !got[0].Start.Equal(day(24, 8, 0)) || !got[1].Start.Equal(day(24, 8, 0).AddDate(0, 0, 7)) {
		t.Errorf("moved to Tuesdays: %+v", got)
	}
}

func TestTheSameReadsTheSame(t *testing.T) {
	w := newWorld(t, 30)
	for i := range 40 {
		w.add(0, m365.Event{Subject: fmt.Sprint("x", i), Start: day(23+i%3, 9, 0), End: day(23+i%3, 10, 0), AllDay: false})
	}
	first, second := w.read(w.mailboxes(1)), w.read(w.mailboxes(1))
	if d := cmp.Diff(first, second); d != "" {
		t.Errorf("(-first +second):\n%s", d)
	}
	if len(first[0].Events) != 40 {
		t.Errorf("%d events", len(first[0].Events))
	}
}

// TestOneBadMailboxIsItsOwnAffair is pain 12: each has its health, and 97 others
// are read.
func TestOneBadMailboxIsItsOwnAffair(t *testing.T) {
	w := newWorld(t, 140)
	list := w.mailboxes(97)
	for i := range list {
		w.add(i, m365.Event{Subject: "Möte", Start: day(23, 9, 0), End: day(23, 10, 0)})
	}
	group := w.tenant.AddGroup(m365.Group{DisplayName: "Läsbara", SecurityEnabled: true})
	for i := range list {
		if i != 3 {
			if err := w.tenant.AddMember(group, w.staff[i].ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	w.tenant.RBAC(group, "Calendars.Read")
	w.tenant.Revoke("Calendars.Read")
	w.source.Client = w.client()
	for who, state := range map[int]m365.State{7: m365.NoMailbox, 8: m365.OnPremises} {
		if err := w.tenant.ChangeMailbox(w.staff[who].ID, func(m *m365.Mailbox) { m.State = state }); err != nil {
			t.Fatal(err)
		}
	}
	w.server.Fault(m365.Fault{Kind: m365.Throttled, RetryAfter: "600", Times: m365.Forever, Mailbox: w.staff[11].ID})
	w.server.Fault(m365.Fault{Kind: m365.Unavailable, Times: m365.Forever, Mailbox: w.staff[12].ID})
	w.server.Fault(m365.Fault{Kind: m365.Throttled, Times: 2, Mailbox: w.staff[13].ID})
	list = append(list, calendar.Mailbox{Person: "no id"}, calendar.Mailbox{EntraID: "00000000-0000-4000-8000-000000000000"})
	before := time.Now()
	got := w.read(list)
	want := map[int]calendar.State{3: calendar.Denied, 7: calendar.NoMailbox, 8: calendar.NoMailbox, 11: calendar.Throttled, 12: calendar.Failed,
		97: calendar.NoMailbox, 98: calendar.NoMailbox}
	for i, r := range got {
		state, bad := want[i]
		switch {
		case bad && (r.Health.State != state || r.Events != nil):
			t.Errorf("%d: %+v, want %s", i, r, state)
		case bad && i < 97 && i != 12 && r.Health.Sentence == "":
			t.Errorf("%d: no sentence", i)
		case !bad && (r.Health.State != calendar.Fine || len(r.Events) != 1):
			t.Errorf("%d: %+v", i, r)
		}
	}
	if until := got[11].Health.Until; until.Before(before.Add(9*time.Minute)) || until.After(time.Now().Add(10*time.Minute)) {
		t.Errorf("throttled until %v", until)
	}
	if s := got[3].Health.Sentence; s != "ErrorAccessDenied: Access is denied. Check credentials and try again." {
		t.Errorf("the sentence is %q", s)
	}
	if h := w.source.Try(t.Context(), list[3]); h.State != calendar.Denied {
		t.Errorf("outside: %+v", h)
	}
	if h := w.source.Try(t.Context(), list[0]); h.State != calendar.Fine {
		t.Errorf("inside: %+v", h)
	}
}

func TestHealthOfTheWholeSource(t *testing.T) {
	w := newWorld(t, 20)
	list := w.mailboxes(3)
	w.server.Fault(m365.Fault{Kind: m365.Token, Code: "7000222", Times: m365.Forever})
	for _, r := range w.read(list) {
		if r.Health.State != calendar.NoSource || !strings.Contains(r.Health.Sentence, "secret-expired") {
			t.Errorf("without a sign-in: %+v", r.Health)
		}
	}
	w.server.ClearFaults()
	w.server.Fault(m365.Fault{Kind: m365.Throttled, RetryAfter: "120", Times: m365.Forever, Path: "/$batch"})
	for _, r := range w.read(list) {
		if r.Health.State != calendar.Throttled || r.Health.Until.IsZero() {
			t.Errorf("the whole app is throttled: %+v", r.Health)
		}
	}
	w.server.ClearFaults()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, r := range w.source.Read(ctx, list, window) {
		if r.Health.State != calendar.NoSource || r.Events != nil {
			t.Errorf("nobody waits: %+v", r)
		}
	}
	_ = w.server.Close()
	for _, r := range w.read(list) {
		if r.Health.State != calendar.NoSource {
			t.Errorf("nobody answers: %+v", r.Health)
		}
	}
}
