package m365_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/telefonist/telefonist/m365"
)

// ordinary gives everybody a lunch each day, a standup on mondays, and the
// first two people a meeting that the first one called.
func ordinary(t *testing.T, first, second m365.Person) m365.Everyday {
	loc, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		t.Fatal(err)
	}
	return m365.Everyday{
		Events: func(p m365.Person, from, to time.Time) []m365.Event {
			var out []m365.Event
			for day := from.In(loc).AddDate(0, 0, -1); day.Before(to); day = day.AddDate(0, 0, 1) {
				y, m, d := day.Date()
				add := func(key string, hour int, e m365.Event) {
					e.ID = fmt.Sprintf("%s %04d-%02d-%02d", key, y, m, d)
					e.Start = time.Date(y, m, d, hour, 0, 0, 0, loc)
					e.End = e.Start.Add(time.Hour)
					if e.Start.Before(to) && e.End.After(from) {
						out = append(out, e)
					}
				}
				add("lunch", 12, m365.Event{Subject: "Lunch"})
				if p.ID == first.ID || p.ID == second.ID {
					add("möte", 14, m365.Event{
						Subject: "Möte", UID: "möte " + day.Format(time.DateOnly), Organizer: first.Mail, Attendees: []string{second.Mail},
						Responses: map[string]string{second.Mail: m365.Accepted}, Response: map[bool]string{true: m365.Accepted}[p.ID == second.ID],
					})
				}
			}
			begin := time.Date(2026, 11, 2, 9, 0, 0, 0, loc)
			if begin.Before(to) {
				out = append(out, m365.Event{ID: "standup", Subject: "Standup", Start: begin, End: begin.Add(15 * time.Minute), Recurrence: &m365.Recurrence{Type: "weekly"}})
			}
			return out
		},
		Mailbox: func(p m365.Person) m365.Mailbox {
			return m365.Mailbox{Zone: "Europe/Stockholm", Hours: m365.Hours{Days: []string{"monday"}, Start: "07:00", End: "16:00"}}
		},
	}
}

func subjects(events []m365.Event) []string {
	var out []string
	for _, e := range events {
		out = append(out, e.Start.Format("15:04 ")+e.Subject)
	}
	return out
}

// Ordinary events are asked for, not held; what is changed hides them, in the
// calendars of all who are invited.
func TestEverydayEventsAndWhatChangesThem(t *testing.T) {
	w := office(t, "Calendars.ReadWrite", "MailboxSettings.Read")
	anna, bertil := staff(w.tenant)[0], staff(w.tenant)[1]
	w.tenant.Everyday(ordinary(t, anna, bertil))
	from, to := at(t, "Europe/Stockholm", "2026-11-23 00:00"), at(t, "Europe/Stockholm", "2026-11-24 00:00")
	look := func(p m365.Person) []m365.Event {
		t.Helper()
		list, err := w.tenant.Events(p.ID, from, to)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	day := []string{"08:00 Standup", "11:00 Lunch", "13:00 Möte"}
	hers, his := look(anna), look(bertil)
	if !slices.Equal(subjects(hers), day) || !slices.Equal(subjects(his), day) {
		t.Fatalf("hers %v, his %v", subjects(hers), subjects(his))
	}
	if hers[2].UID != his[2].UID || hers[2].ID == his[2].ID || hers[2].Response != "organizer" || his[2].Response != m365.Accepted || hers[1].UID == his[1].UID {
		t.Errorf("the meeting:\n%+v\n%+v", hers[2], his[2])
	}
	again := look(anna)
	for i := range hers {
		if hers[i].ID != again[i].ID {
			t.Errorf("%s has another id the next time", hers[i].Subject)
		}
	}
	folder := "/v1.0/users/" + anna.ID
	if a := w.get(folder + "/mailboxSettings/workingHours"); a.String(t, "startTime") != "07:00:00.0000000" || a.String(t, "timeZone", "name") != "Europe/Stockholm" {
		t.Errorf("hours: %s", a.body)
	}
	for _, e := range hers {
		if a := w.get(folder + "/events/" + url.PathEscape(e.ID)); a.status != 200 || a.String(t, "subject") != e.Subject {
			t.Errorf("%s by its id: %d %s", e.Subject, a.status, a.body)
		}
	}
	// moved to the next day: gone here, there both days' are
	if a := w.do(http.MethodPatch, folder+"/events/"+url.PathEscape(hers[2].ID), `{"start":{"dateTime":"2026-11-24T08:00:00","timeZone":"UTC"},"end":{"dateTime":"2026-11-24T09:00:00","timeZone":"UTC"}}`); a.status != 200 || a.String(t, "id") != hers[2].ID {
		t.Fatalf("moved: %d %s", a.status, a.body)
	}
	w.must(w.tenant.DeleteEvent(anna.ID, hers[1].ID))
	if a := w.do(http.MethodDelete, folder+"/events/"+url.PathEscape(hers[0].ID), ""); a.status != 204 {
		t.Fatalf("deleted one of a series: %d %s", a.status, a.body)
	}
	if got := subjects(look(anna)); got != nil {
		t.Errorf("left of her day: %v", got)
	}
	if got := subjects(look(bertil)); !slices.Equal(got, day[:2]) {
		t.Errorf("left of his day: %v", got)
	}
	from, to = from.AddDate(0, 0, 1), to.AddDate(0, 0, 1)
	if got, want := subjects(look(bertil)), []string{"08:00 Möte", "11:00 Lunch", "13:00 Möte"}; !slices.Equal(got, want) {
		t.Errorf("his next day: %v", got)
	}
	from, to = from.AddDate(0, 0, 6), to.AddDate(0, 0, 6)
	if got := subjects(look(anna)); !slices.Equal(got, day) {
		t.Errorf("her next monday: %v", got)
	}
	w.must(w.tenant.DeleteEvent(anna.ID, look(anna)[2].ID))
	if got := look(bertil)[2]; !got.Cancelled || got.Subject != "Canceled: Möte" {
		t.Errorf("called off: %+v", got)
	}
	if list := w.page(folder + "/events?$top=1000").Value; len(list) < 300 {
		t.Errorf("events lists %d", len(list))
	}
}

// Reading the calendars of many who have only ordinary days holds nothing.
func BenchmarkAWeekOfEverydayEvents(b *testing.B) {
	tenant := m365.New(m365.Options{People: 1000, Seed: 1})
	people := staff(tenant)
	loc := time.UTC
	tenant.Everyday(m365.Everyday{Events: func(p m365.Person, from, to time.Time) []m365.Event {
		var out []m365.Event
		for i := range 50 {
			start := time.Date(2026, 11, 2+i, 9, 0, 0, 0, loc)
			out = append(out, m365.Event{ID: "m", Subject: "Möte", Start: start, End: start.Add(time.Hour)})
		}
		return out
	}})
	from := time.Date(2026, 11, 1, 0, 0, 0, 0, loc)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if _, err := tenant.Events(people[i%len(people)].ID, from, from.AddDate(0, 0, 36)); err != nil {
			b.Fatal(err)
		}
		i++
	}
}
