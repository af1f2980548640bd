package exchange_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/m365"
)

func keys(r calendar.Reading) (all []string) {
	for _, e := range r.Events {
		all = append(all, e.Key)
	}
	slices.Sort(all)
	return all
}

// TestKeysStay: an event is known again at each reading, by each way, after it was
// moved where the way tells that, and two at the same time are told apart.
func TestKeysStay(t *testing.T) {
	for right, moves := range map[m365.ExchangeRight]bool{m365.RightReviewer: true, m365.RightLimitedDetails: true, m365.RightTimes: false} {
		w := newWorld(t, 30, m365.ExchangeOptions{})
		w.do(w.x.Grant("monitor", right))
		id := w.add(0, m365.Event{Subject: "Flyttas", Start: day(23, 9, 0), End: day(23, 10, 0)})
		for range 2 {
			w.add(0, m365.Event{Subject: "Samtidigt", Start: day(24, 9, 0), End: day(24, 10, 0)})
		}
		w.add(0, m365.Event{Subject: "Serie", Start: day(20, 13, 0), End: day(20, 14, 0), Recurrence: &m365.Recurrence{Type: "daily", Count: 5}})
		first := w.read(w.mailboxes(1))[0]
		all := keys(first)
		if len(slices.Compact(slices.Clone(all))) != 8 || slices.ContainsFunc(all, func(k string) bool { return len(k) != 16 }) {
			t.Errorf("%s: keys %q", right, all)
		}
		if again := keys(w.read(w.mailboxes(1))[0]); !slices.Equal(all, again) {
			t.Errorf("%s: keys %q, then %q", right, all, again)
		}
		w.do(w.tenant.ChangeEvent(w.staff[0].ID, id, func(e *m365.Event) { e.Start, e.End = day(25, 9, 0), day(25, 10, 0) }))
		if moved := keys(w.read(w.mailboxes(1))[0]); slices.Equal(all, moved) != moves {
			t.Errorf("%s: after it was moved: %q, before %q", right, moved, all)
		}
	}
}

// TestDatesOfAllDayEvents: an all-day event is dates, wherever it was made, as far
// as availability shows that.
func TestDatesOfAllDayEvents(t *testing.T) {
	for _, v := range []m365.ExchangeVersion{m365.Exchange2007SP1, m365.Exchange2019} {
		for name, c := range map[string]struct {
			zone, at string
			known    bool // by availability too
		}{
			"Stockholm": {"W. Europe Standard Time", "Europe/Stockholm", true},
			"Paris":     {"Romance Standard Time", "Europe/Paris", true}, // the same midnights
			"New York":  {"Eastern Standard Time", "America/New_York", false},
			"Auckland":  {"New Zealand Standard Time", "Pacific/Auckland", false},
		} {
			w := newWorld(t, 30, m365.ExchangeOptions{Version: v})
			w.do(w.x.Grant("monitor", m365.RightReviewer, w.staff[0].ID))
			l, err := time.LoadLocation(c.at)
			w.do(err)
			for who := range 2 {
				w.add(who, m365.Event{Subject: name, AllDay: true, Zone: c.zone, Start: time.Date(2026, 12, 1, 0, 0, 0, 0, l), End: time.Date(2026, 12, 3, 0, 0, 0, 0, l)})
			}
			for i, r := range w.read(w.mailboxes(2)) {
				if len(r.Events) != 1 || r.Health.State != calendar.Fine {
					t.Errorf("%s, %s: %+v", v, name, r)
					continue
				}
				e := r.Events[0]
				if dates := e.First == "2026-12-01" && e.After == "2026-12-03" && e.Start.IsZero(); dates != (i == 0 || c.known) {
					t.Errorf("%s, %s, by %s: %+v", v, name, r.Way.Kind, e)
				}
			}
		}
	}
}

// TestNothingPrivateIsKept whatever a server shows.
func TestNothingPrivateIsKept(t *testing.T) {
	for _, v := range m365.ExchangeVersions() {
		for _, right := range []m365.ExchangeRight{m365.RightFullAccess, m365.RightReviewer, m365.RightLimitedDetails, m365.RightTimes} {
			w := newWorld(t, 30, m365.ExchangeOptions{Version: v})
			w.do(w.x.Grant("monitor", right))
			for i, mark := range []string{"private", "personal", "confidential"} {
				w.add(0, m365.Event{Subject: "Läkare: hemligheten", Location: "hemliga kliniken", Categories: []string{"Röd"}, Sensitivity: mark, Start: day(23+i, 9, 0), End: day(23+i, 10, 0)})
			}
			r := w.read(w.mailboxes(1))[0]
			for _, e := range r.Events {
				shown := strings.ToLower(e.Subject + e.Place + e.Note + e.Prefix + strings.Join(e.Categories, ""))
				// Availability with details marks nothing but what is private.
				if (e.Private() || r.Way.Kind != calendar.Details) && shown != "" {
					t.Errorf("%s, %s: %+v", v, right, e)
				}
			}
			ignore := w.mailboxes(1)
			ignore[0].Keep = &calendar.Keep{Private: calendar.Ignore}
			for _, e := range w.read(ignore)[0].Events {
				if e.Private() {
					t.Errorf("%s, %s, ignored: %+v", v, right, e)
				}
			}
		}
	}
}

func TestSettings(t *testing.T) {
	w := newWorld(t, 30, m365.ExchangeOptions{})
	begin := day(23, 16, 0)
	change := func(who int, f func(*m365.Mailbox)) { w.do(w.tenant.ChangeMailbox(w.staff[who].ID, f)) }
	change(1, func(m *m365.Mailbox) {
		m.Zone = "GTB Standard Time" // Bucharest's clock
		m.Hours = m365.Hours{Days: []string{"monday", "wednesday"}, Start: "07:30", End: "12:00", Zone: "GTB Standard Time"}
		m.Replies = m365.Replies{Status: "scheduled", Start: begin, End: begin.AddDate(0, 0, 14), Internal: "SECRET"}
	})
	change(2, func(m *m365.Mailbox) { m.Replies = m365.Replies{Status: "alwaysEnabled"} })
	w.do(w.x.GrantImpersonation("monitor", "*"))
	list := w.mailboxes(4)
	w.read(list)
	list[3].Way.Kind = calendar.Times
	change(3, func(m *m365.Mailbox) { m.Replies = m365.Replies{Status: "alwaysEnabled"} })
	got := w.source.Settings(t.Context(), append(list, calendar.Mailbox{}))
	fine := calendar.Health{State: calendar.Fine}
	week := []time.Weekday{1, 2, 3, 4, 5}
	usual := calendar.Hours{Days: week, From: 8 * 60, To: 17 * 60}
	want := []calendar.Settings{
		{Health: fine, Zone: "Europe/Stockholm", Hours: usual},
		{Health: fine, Zone: "Europe/Helsinki", Hours: calendar.Hours{Days: []time.Weekday{1, 3}, From: 7*60 + 30, To: 12 * 60}, // the same clock
			Replies: calendar.Replies{On: true, From: begin.UTC(), To: begin.AddDate(0, 0, 14).UTC()}},
		{Health: fine, Zone: "Europe/Stockholm", Hours: usual, Replies: calendar.Replies{On: true}},
		{Health: fine, Zone: "Europe/Stockholm", Hours: usual}, // who reads times alone isn't told of replies
		{Health: calendar.Health{State: calendar.NoMailbox}},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// TestAnAccountWithoutAMailbox may do what needs none.
func TestAnAccountWithoutAMailbox(t *testing.T) {
	for _, v := range m365.ExchangeVersions() {
		w := newWorld(t, 30, m365.ExchangeOptions{Version: v, Accounts: []m365.ExchangeAccount{{User: "monitor", Password: password}}})
		w.do(w.x.Grant("monitor", m365.RightReviewer))
		if n := kinds(w.read(w.mailboxes(5))); n["details"] != 5 {
			t.Errorf("%s, without impersonation: %v", v, n)
		}
		w.do(w.x.GrantImpersonation("monitor", "*"))
		w.source = w.open(4)
		if n := kinds(w.read(w.mailboxes(5))); n["impersonation"] != 5 {
			t.Errorf("%s, with impersonation: %v", v, n)
		}
	}
}
