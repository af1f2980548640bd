package m365_test

import (
	"sync"
	"testing"
	"time"

	"github.com/telefonist/telefonist/m365"
)

// A tenant changes while several read it; nobody stands still for another.
func TestATenantIsReadWhileItChanges(t *testing.T) {
	w := start(t, m365.Options{People: 200, Seed: 1, PageSize: 20, MembersPage: 30})
	w.signIn()
	users, groups := w.round("/v1.0/users/delta"), w.round("/v1.0/groups/delta")
	var work sync.WaitGroup
	for _, path := range []string{"/v1.0/users", "/v1.0/users/delta", "/v1.0/groups/delta", users, groups, "/v1.0/groups?$expand=members", "/v1.0/users/$count"} {
		work.Go(func() {
			for range 10 {
				if a := w.get(path, "ConsistencyLevel", "eventual"); a.status != 200 {
					t.Errorf("%s: %d %s", path, a.status, a.body)
				}
			}
		})
	}
	work.Go(func() { w.tenant.Drift(150) })
	work.Go(func() {
		for range 20 {
			w.tenant.Grant("Member.Read.Hidden")
			w.tenant.Revoke("Member.Read.Hidden")
			if len(w.tenant.People()) == 0 || len(w.tenant.Groups()) == 0 {
				t.Error("nobody is left")
			}
		}
	})
	work.Wait()
}

// Calendars change while several read them, and people, groups and policies
// with them.
func TestCalendarsAreReadWhileTheyChange(t *testing.T) {
	w := office(t, "Calendars.ReadWrite", "MailboxSettings.Read")
	w.signIn()
	people := staff(w.tenant)
	w.tenant.Everyday(ordinary(t, people[0], people[1]))
	group := w.tenant.Groups()[0].ID
	day := at(t, "UTC", "2026-11-23 00:00")
	var work sync.WaitGroup
	for _, p := range people[:3] {
		work.Go(func() {
			for range 20 {
				for _, part := range w.batchOf(view(p, "2026-11-23", "2026-11-30"), view(p, "2026-11-23", "2026-12-30")+"&$top=100",
					"/v1.0/users/"+p.ID+"/events", "/v1.0/users/"+p.ID+"/mailboxSettings") {
					if part.Status != 200 {
						t.Errorf("%d %s", part.Status, part.Body)
					}
				}
			}
		})
	}
	work.Go(func() {
		for i := range 50 {
			id, err := w.tenant.AddEvent(people[i%3].ID, m365.Event{
				Start: day, End: day.Add(time.Hour), Attendees: []string{people[0].ID, people[1].ID, people[2].ID}, Recurrence: &m365.Recurrence{Type: "daily"},
			})
			if err != nil {
				t.Error(err)
			}
			list, err := w.tenant.Events(people[(i+1)%3].ID, day.AddDate(0, 0, 1), day.AddDate(0, 0, 2))
			if err != nil || len(list) == 0 {
				t.Errorf("%d events, %v", len(list), err)
				continue
			}
			_ = w.tenant.Respond(people[(i+1)%3].ID, list[0].ID, m365.Accepted) // of some it is the organizer
			_ = w.tenant.ChangeEvent(people[i%3].ID, id, func(e *m365.Event) { e.Location = "Siljan" })
			if err := w.tenant.DeleteEvent(people[i%3].ID, id); err != nil {
				t.Error(err)
			}
		}
	})
	work.Go(func() {
		for range 50 {
			w.tenant.RBAC(group, "Calendars.Read")
			w.tenant.RBAC(group)
			if err := w.tenant.ChangeMailbox(people[0].ID, func(m *m365.Mailbox) { m.KeepDeclined = !m.KeepDeclined }); err != nil {
				t.Error(err)
			}
			if _, err := w.tenant.Mailbox(people[1].Mail); err != nil {
				t.Error(err)
			}
		}
	})
	work.Go(func() {
		for range 50 {
			w.tenant.AddPerson(m365.Person{GivenName: "Ny", Surname: "Person"})
		}
	})
	work.Wait()
}
