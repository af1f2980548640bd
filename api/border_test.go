package api_test

import (
	"strings"
	"testing"
	"time"

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/store"
)

// agenda is what a reading of somebody's mailbox brings.
func (s *staff) agenda(t *testing.T, person string, events ...calendar.Event) {
	t.Helper()
	m, err := s.in.Mailbox(t.Context(), person)
	if err != nil {
		t.Fatal(err)
	}
	lost, err := s.in.SaveReadings(t.Context(), []store.ReadingRow{{
		Person: person, Generation: m.Generation, Wakes: m.Wakes, Health: calendar.Health{State: calendar.Fine}, ReadAt: s.now,
		CoversFrom: s.now.AddDate(0, 0, -1), CoversTo: s.now.AddDate(0, 0, 35), Hash: []byte(person), Agenda: events,
	}})
	if err != nil || lost != nil {
		t.Fatal(lost, err)
	}
	if err := s.in.StaleDays(t.Context(), []string{person}); err != nil {
		t.Fatal(err)
	}
	s.tell(t)
}

// TestWhereSickEndsAndOutBeginsNothingChanges: the calendar of one says sick until
// noon and then out, that of the other out all the time. Neither what stands, nor the
// history, nor an ETag tells them apart, before, at and after the border.
func TestWhereSickEndsAndOutBeginsNothingChanges(t *testing.T) {
	s := newStaff(t, "Anna Ek", "Anna Ek")
	sick, out := s.people[0], s.people[1]
	begins := s.now.Add(time.Minute)
	s.now = begins
	noon, ends := begins.Add(2*time.Hour), begins.Add(4*time.Hour)
	event := func(key, prefix string, from, to time.Time) calendar.Event {
		return calendar.Event{Key: key, Start: from, End: to, ShowAs: calendar.Busy, Sensitivity: calendar.Normal, Own: calendar.Yes, Others: calendar.No,
			Prefix: prefix, Mark: ":"}
	}
	s.agenda(t, sick, event("a", "SJU", begins, noon), event("b", "UTE", noon, ends))
	s.agenda(t, out, event("c", "UTE", begins, noon), event("d", "UTE", noon, ends))
	path := "/organizations/1/people/"
	entries, err := s.in.Tellings(t.Context(), sick)
	if err != nil {
		t.Fatal(err)
	}
	others, err := s.in.Tellings(t.Context(), out)
	if err != nil {
		t.Fatal(err)
	}
	alike := strings.NewReplacer(sick, out, "201", "202", entries[0].Subscriber, others[0].Subscriber)
	from, to := begins.Add(-time.Hour).UTC().Format(time.RFC3339), ends.Add(time.Hour).UTC().Format(time.RFC3339)
	var list answered
	for i, at := range []time.Time{begins.Add(time.Hour), noon, noon.Add(time.Hour)} {
		s.now = at
		s.tell(t)
		for _, what := range []string{"/activity", "/explain", "/day?from=" + from + "&to=" + to, "/told?from=" + from + "&to=" + to} {
			a, b := s.get(t, s.attended, path+sick+what), s.get(t, s.attended, path+out+what)
			if a.status != 200 || !strings.Contains(a.body, `"out"`) || alike.Replace(a.body) != b.body {
				t.Errorf("%v %s tells them apart:\n%d %s\n%d %s", at, what, a.status, a.body, b.status, b.body)
			}
		}
		now := s.get(t, s.attended, "/organizations/1/activities")
		if i > 0 && (now.body != list.body || now.header.Get("ETag") != list.header.Get("ETag")) {
			t.Errorf("%v: the list has changed:\n%s\n%s", at, list.body, now.body)
		}
		list = now
		inside := `"activity":"sick"`
		if i > 0 {
			inside = `"activity":"out"`
		}
		if got := s.get(t, s.admin, path+sick+"/activity"); !strings.Contains(got.body, inside) {
			t.Errorf("%v: an administrator sees %s, want %s", at, got.body, inside)
		}
		told, err := s.in.Tellings(t.Context(), sick)
		if err != nil || !told[0].ToldAt.Equal(others[0].ToldAt) {
			t.Errorf("%v: told at %v, %v; the other at %v", at, told[0].ToldAt, err, others[0].ToldAt)
		}
	}
}
