package m365_test

import (
	"slices"
	"testing"
	"time"

	"github.com/telefonist/telefonist/m365"
)

// at is a time of day in a place, as instant.
func at(t *testing.T, place, clock string) time.Time {
	t.Helper()
	loc, err := time.LoadLocation(place)
	if err != nil {
		t.Fatal(err)
	}
	when, err := time.ParseInLocation("2006-01-02 15:04", clock, loc)
	if err != nil {
		t.Fatal(err)
	}
	return when.UTC()
}

// staff are ordinary people with mailboxes.
func staff(tenant *m365.Tenant) []m365.Person {
	return slices.DeleteFunc(tenant.People(), func(p m365.Person) bool {
		return p.Purpose != "user" || !p.AccountEnabled || p.UserType != "Member"
	})
}

func TestAMeetingStandsInEveryCalendar(t *testing.T) {
	tenant := m365.New(m365.Options{People: 30, Seed: 1})
	people := staff(tenant)
	anna, bertil, cilla := people[0], people[1], people[2]
	start, end := at(t, "Europe/Stockholm", "2026-11-23 10:00"), at(t, "Europe/Stockholm", "2026-11-23 11:00")
	id, err := tenant.AddEvent(anna.ID, m365.Event{
		Subject: "Planering", Start: start, End: end, Attendees: []string{bertil.ID, cilla.Mail, "gast@partner.example"},
		Responses: map[string]string{cilla.Mail: m365.Accepted},
	})
	if err != nil {
		t.Fatal(err)
	}
	look := func(p m365.Person) m365.Event {
		t.Helper()
		list, err := tenant.Events(p.ID, start, end)
		if err != nil || len(list) != 1 {
			t.Fatalf("%s sees %v, %v", p.DisplayName, list, err)
		}
		return list[0]
	}
	own, his, hers := look(anna), look(bertil), look(cilla)
	if own.ID != id || own.Response != "organizer" || own.ShowAs != "busy" || own.Type != "singleInstance" {
		t.Errorf("the organizer's own: %+v", own)
	}
	if his.UID != own.UID || his.ID == own.ID || his.Response != "notResponded" || his.ShowAs != "tentative" || his.Organizer != anna.Mail {
		t.Errorf("of one who has not answered: %+v", his)
	}
	if hers.Response != m365.Accepted || hers.ShowAs != "busy" {
		t.Errorf("of one who accepted: %+v", hers)
	}
	if err := tenant.Respond(bertil.Mail, his.ID, m365.Accepted); err != nil {
		t.Fatal(err)
	}
	if his := look(bertil); his.ShowAs != "busy" || look(anna).Responses[bertil.Mail] != m365.Accepted {
		t.Errorf("after the answer: %+v, organizer %+v", his, look(anna))
	}
	if err := tenant.ChangeEvent(anna.ID, id, func(e *m365.Event) { e.Location = "Vättern" }); err != nil {
		t.Fatal(err)
	}
	if his := look(bertil); his.Location != "Vättern" || his.Response != m365.Accepted {
		t.Errorf("after a new room: %+v", his)
	}
	start, end = start.Add(time.Hour), end.Add(time.Hour)
	if err := tenant.ChangeEvent(anna.ID, id, func(e *m365.Event) { e.Start, e.End = start, end }); err != nil {
		t.Fatal(err)
	}
	if his := look(bertil); his.Response != "notResponded" || his.ShowAs != "tentative" || !his.Start.Equal(start) {
		t.Errorf("after it was moved: %+v", his)
	}
	if err := tenant.DeleteEvent(anna.ID, id); err != nil {
		t.Fatal(err)
	}
	if his := look(bertil); !his.Cancelled || his.ShowAs != "free" || his.Subject != "Canceled: Planering" {
		t.Errorf("after it was called off: %+v", his)
	}
	if list, err := tenant.Events(anna.ID, start, end); len(list) != 0 || err != nil {
		t.Errorf("the organizer still has %v, %v", list, err)
	}
}
