//go:build peers

package exchange

import (
	"slices"
	"strings"
	"time"

	"github.com/telefonist/telefonist/m365"
)

var stockholm = func() *time.Location {
	zone, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		panic(err)
	}
	return zone
}()

// week is the first Monday that is at least two days off, so that whatever the hour is
// nothing in it has begun.
var week = func() time.Time {
	now := time.Now().In(stockholm)
	day := time.Date(now.Year(), now.Month(), now.Day()+2, 0, 0, 0, 0, stockholm)
	for day.Weekday() != time.Monday {
		day = day.AddDate(0, 0, 1)
	}
	return day
}()

// at is a time in that week, 0 its Monday, or in those about it.
func at(day, hour, minute int) time.Time {
	return time.Date(week.Year(), week.Month(), week.Day()+day, hour, minute, 0, 0, stockholm)
}

// hour is a full one, so many from this.
func hour(ahead int) time.Time {
	return time.Now().Truncate(time.Hour).Add(time.Duration(ahead) * time.Hour)
}

// hire adds somebody with a mailbox, and what stands in it.
func (s *servers) hire(name string, events ...m365.Event) m365.Person {
	s.Helper()
	nick := strings.Map(func(r rune) rune {
		if i := strings.IndexRune("åäöÅÄÖéÉ /,", r); i >= 0 {
			return '-'
		}
		return r
	}, strings.ToLower(name))
	mail := nick + "@" + s.tenant.Domain
	id := s.tenant.AddPerson(m365.Person{DisplayName: name, Mail: mail, UserPrincipalName: mail, UserType: "Member", Purpose: "user",
		AccountEnabled: true, Licenses: []string{"05e9a617-0261-4cee-bb44-138d3ef5d965"}})
	for _, e := range events {
		_, err := s.tenant.AddEvent(id, e)
		must(s.T, err)
	}
	p, err := s.tenant.Person(id)
	must(s.T, err)
	return p
}

// colleague is whom meetings are with; he has a calendar like everybody.
const colleague = "Erik Åkesson"

func (s *servers) erik() string {
	all := s.tenant.People()
	return all[slices.IndexFunc(all, func(p m365.Person) bool { return p.DisplayName == colleague })].Mail
}

// staff hires people in whose calendars stands everything there is. It returns all who
// work there.
func (s *servers) staff() []m365.Person {
	s.Helper()
	s.hire(colleague)
	erik := []string{s.erik()}
	s.hire("Adam Nu",
		m365.Event{Subject: "Ledningsgrupp", Location: "Vättern", Start: hour(-1), End: hour(3), Attendees: erik},
		m365.Event{Subject: "SEM: Fjällen", Start: hour(4), End: hour(30), ShowAs: "oof"})
	s.hire("Berit Prefix",
		m365.Event{Subject: "SEM: Kreta", Start: at(1, 0, 0), End: at(3, 0, 0), AllDay: true, ShowAs: "oof"},
		m365.Event{Subject: "LUN: Eva", Start: at(0, 11, 30), End: at(0, 12, 30)},
		m365.Event{Subject: "SJU: feber", Start: at(4, 8, 0), End: at(4, 17, 0), ShowAs: "oof"},
		m365.Event{Subject: "HEM; snickare", Start: at(3, 8, 0), End: at(3, 12, 0), ShowAs: "free"},
		m365.Event{Subject: "SV: MOT: Budget", Location: "Mälaren", Start: at(3, 13, 0), End: at(3, 14, 0), Attendees: erik})
	s.hire("Cecilia Dag",
		m365.Event{Subject: "Födelsedag", Start: at(0, 0, 0), End: at(1, 0, 0), AllDay: true, ShowAs: "free"},
		m365.Event{Subject: "Mässa", Start: at(1, 0, 0), End: at(2, 0, 0), AllDay: true, ShowAs: "oof"},
		m365.Event{Subject: "Dygnet runt", Start: at(2, 0, 0), End: at(3, 0, 0), ShowAs: "oof"},
		m365.Event{Subject: "Långhelg", Start: at(4, 0, 0), End: at(7, 0, 0), AllDay: true, ShowAs: "oof"})
	s.series("David Serie")
	s.hire("Elin Lager",
		m365.Event{Subject: "Projekt", Start: at(0, 9, 0), End: at(0, 12, 0)},
		m365.Event{Subject: "Möte i mötet", Start: at(0, 10, 0), End: at(0, 11, 0), Attendees: erik},
		m365.Event{Subject: "Tandläkare", Start: at(0, 10, 30), End: at(0, 13, 0), ShowAs: "oof"},
		m365.Event{Subject: "Kanske", Start: at(1, 9, 0), End: at(1, 10, 0), ShowAs: "tentative"},
		m365.Event{Subject: "Ledigt", Start: at(1, 13, 0), End: at(1, 14, 0), ShowAs: "free"},
		m365.Event{Subject: "Direkt efter", Start: at(2, 9, 0), End: at(2, 10, 0)},
		m365.Event{Subject: "Direkt före", Start: at(2, 10, 0), End: at(2, 11, 0), Attendees: erik},
		m365.Event{Subject: "På minuten", Start: at(2, 13, 7), End: at(2, 13, 52)})
	s.hire("Fatima Inbjuden",
		m365.Event{Subject: "SEM: Anna", Organizer: s.erik(), Response: "accepted", Start: at(0, 9, 0), End: at(0, 10, 0)},
		m365.Event{Subject: "Nej tack", Organizer: s.erik(), Response: "declined", ShowAs: "free", Start: at(0, 13, 0), End: at(0, 14, 0)},
		m365.Event{Subject: "Inte svarat", Organizer: s.erik(), ShowAs: "tentative", Start: at(1, 9, 0), End: at(1, 10, 0)},
		m365.Event{Subject: "Inställt", Organizer: s.erik(), Cancelled: true, ShowAs: "free", Start: at(1, 13, 0), End: at(1, 14, 0)},
		m365.Event{Subject: "Inställt, kvar som upptagen", Organizer: s.erik(), Response: "accepted", Cancelled: true, Start: at(2, 13, 0), End: at(2, 14, 0)},
		m365.Event{Subject: "Julbord", Organizer: s.erik(), Response: "accepted", AllDay: true, ShowAs: "oof", Start: at(3, 0, 0), End: at(4, 0, 0)})
	s.zones()
	s.hire("Ivar Privat",
		m365.Event{Subject: "Personligt", Sensitivity: "personal", Start: at(1, 9, 0), End: at(1, 10, 0)},
		m365.Event{Subject: "Hemligt", Sensitivity: "confidential", Start: at(2, 9, 0), End: at(2, 10, 0), Attendees: erik})
	s.hours("Jonna Kväll", m365.Hours{Days: []string{"monday", "wednesday", "saturday"}, Start: "14:00", End: "22:00"})
	for _, told := range guide(s.T).events() {
		s.hire(told, s.told(told))
	}
	for name, e := range s.facts() {
		s.hire(name, e)
	}
	return s.tenant.People()
}

// told is an event that the guide tells in words, on the Tuesday.
func (s *servers) told(told string) m365.Event {
	words := strings.Fields(told)
	is := func(word string) bool { return slices.Contains(words, word) }
	e := m365.Event{Subject: "Något", Location: "Vättern", ShowAs: words[0], Start: at(1, 9, 0), End: at(1, 15, 0)}
	if is("allday") {
		e.AllDay, e.Start, e.End = true, at(1, 0, 0), at(2, 0, 0)
	}
	if is("private") {
		e.Sensitivity = "private"
	}
	switch {
	case !is("own"):
		e.Organizer, e.Response = s.erik(), m365.Accepted
	case is("others"):
		e.Attendees = []string{s.erik()}
	}
	for _, word := range words {
		if word == strings.ToUpper(word) {
			e.Subject = word + ": något"
		}
	}
	return e
}

// series are recurrent, with exceptions, across the change to summer time, too.
func (s *servers) series(name string) {
	s.Helper()
	p := s.hire(name)
	daily, err := s.tenant.AddEvent(p.ID, m365.Event{Subject: "Avstämning", Start: at(-7, 9, 0), End: at(-7, 9, 30), Attendees: []string{s.erik()},
		Recurrence: &m365.Recurrence{Type: "weekly", Days: []string{"monday", "tuesday", "wednesday", "friday"}}})
	must(s.T, err)
	must(s.T, s.tenant.ChangeEvent(p.ID, daily, func(e *m365.Event) {
		key := func(d int) string { return at(d, 0, 0).Format(time.DateOnly) }
		moved := *e
		moved.Recurrence, moved.Exceptions = nil, nil
		moved.Start, moved.End, moved.Subject = at(1, 15, 0), at(1, 16, 0), "UTE: Flyttad"
		e.Exceptions = map[string]*m365.Event{key(1): &moved, key(2): nil}
	}))
	_, err = s.tenant.AddEvent(p.ID, m365.Event{Subject: "SLU: tidigt", Start: at(-28, 15, 0), End: at(-28, 17, 0), ShowAs: "oof",
		Recurrence: &m365.Recurrence{Type: "weekly", Interval: 2, Days: []string{"thursday"}, FirstDay: "monday"}})
	must(s.T, err)
}

// zones has people and events elsewhere.
func (s *servers) zones() {
	s.Helper()
	london := s.hire("Gustav Grönwall",
		m365.Event{Subject: "Kundmöte", Zone: "Tokyo Standard Time", Start: at(0, 13, 0), End: at(0, 14, 0)})
	must(s.T, s.tenant.ChangeMailbox(london.ID, func(m *m365.Mailbox) { m.Zone = "GMT Standard Time" }))
	there, err := time.LoadLocation("Europe/London")
	must(s.T, err)
	for _, e := range []m365.Event{
		{Subject: "Semester", Zone: "GMT Standard Time", AllDay: true, ShowAs: "oof"},
		{Subject: "Flyg", Zone: "GMT Standard Time", ShowAs: "oof"},
	} {
		day, length := 1, 24*time.Hour
		if !e.AllDay {
			day, length = 3, 10*time.Hour
		}
		e.Start = time.Date(week.Year(), week.Month(), week.Day()+day, 0, 0, 0, 0, there)
		e.End = e.Start.Add(length)
		_, err := s.tenant.AddEvent(london.ID, e)
		must(s.T, err)
	}
}

// hours gives somebody working hours of his own.
func (s *servers) hours(name string, h m365.Hours) {
	s.Helper()
	p := s.hire(name, m365.Event{Subject: "Sent", Start: at(2, 20, 0), End: at(2, 23, 0)})
	must(s.T, s.tenant.ChangeMailbox(p.ID, func(m *m365.Mailbox) { m.Hours = h }))
}
