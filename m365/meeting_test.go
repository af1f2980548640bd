package m365_test

import (
	"slices"
	"testing"
	"time"

	"github.com/telefonist/telefonist/m365"
)

// agenda is what a calendar shows in a week: times, words and answers.
func agenda(t *testing.T, tenant *m365.Tenant, p m365.Person) []string {
	t.Helper()
	from := at(t, "UTC", "2026-11-23 00:00")
	list, err := tenant.Events(p.ID, from, from.AddDate(0, 0, 7))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range list {
		out = append(out, e.Start.Format("Mon 15:04 ")+e.Subject+" "+e.ShowAs+" "+e.Response)
	}
	return out
}

// A series of meetings: what the organizer does to one of them all see, and
// what somebody invited does to his own nobody else.
func TestASeriesOfMeetings(t *testing.T) {
	tenant := m365.New(m365.Options{People: 30, Seed: 1})
	anna, bo, cilla := staff(tenant)[0], staff(tenant)[1], staff(tenant)[2]
	id, err := tenant.AddEvent(anna.ID, m365.Event{
		Subject: "Möte", Start: at(t, "UTC", "2026-11-23 09:00"), End: at(t, "UTC", "2026-11-23 10:00"), Zone: "UTC", Attendees: []string{bo.ID, cilla.ID},
		Responses: map[string]string{bo.ID: m365.Accepted}, Recurrence: &m365.Recurrence{Type: "daily", Count: 4},
	})
	if err != nil {
		t.Fatal(err)
	}
	check := func(step string, p m365.Person, want ...string) {
		t.Helper()
		if got := agenda(t, tenant, p); !slices.Equal(got, want) {
			t.Errorf("%s:\ngot  %q\nwant %q", step, got, want)
		}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	occurrence := func(p m365.Person, n int) m365.Event {
		t.Helper()
		from := at(t, "UTC", "2026-11-23 00:00")
		list, err := tenant.Events(p.ID, from, from.AddDate(0, 0, 7))
		must(err)
		return list[n]
	}
	check("his, made", bo, "Mon 09:00 Möte busy accepted", "Tue 09:00 Möte busy accepted", "Wed 09:00 Möte busy accepted", "Thu 09:00 Möte busy accepted")
	must(tenant.ChangeEvent(anna.ID, occurrence(anna, 1).ID, func(e *m365.Event) { e.Start, e.End = e.Start.Add(6*time.Hour), e.End.Add(6*time.Hour) }))
	must(tenant.DeleteEvent(anna.ID, occurrence(anna, 2).ID))
	check("hers, one moved, one called off", anna, "Mon 09:00 Möte busy organizer", "Tue 15:00 Möte busy organizer", "Thu 09:00 Möte busy organizer")
	check("his, one moved, one called off", bo,
		"Mon 09:00 Möte busy accepted", "Tue 15:00 Möte busy accepted", "Wed 09:00 Canceled: Möte free accepted", "Thu 09:00 Möte busy accepted")
	if a, b := occurrence(anna, 1), occurrence(bo, 1); a.UID != b.UID || a.Type != "exception" || b.Type != "exception" || occurrence(bo, 0).UID == b.UID {
		t.Errorf("the one that was moved: %+v, %+v", a, b)
	}
	must(tenant.Respond(bo.ID, occurrence(bo, 0).ID, m365.Declined))
	must(tenant.Respond(bo.ID, occurrence(bo, 0).ID, m365.TentativelyAccepted))
	must(tenant.DeleteEvent(bo.ID, occurrence(bo, 1).ID))
	check("his, after his own changes", bo, "Tue 15:00 Möte tentative tentativelyAccepted", "Thu 09:00 Möte busy accepted")
	must(tenant.ChangeEvent(anna.ID, id, func(e *m365.Event) { e.Subject = "Nytt" }))
	check("his, after hers", bo, "Tue 15:00 Möte tentative tentativelyAccepted", "Thu 09:00 Nytt busy accepted")
	check("cilla's, who never answered", cilla, "Mon 09:00 Nytt tentative notResponded", "Tue 15:00 Möte tentative notResponded",
		"Wed 09:00 Canceled: Möte free notResponded", "Thu 09:00 Nytt tentative notResponded")
	must(tenant.ChangeEvent(anna.ID, id, func(e *m365.Event) { e.Start, e.End = e.Start.Add(time.Hour), e.End.Add(time.Hour) }))
	moved := []string{"Mon 10:00 Nytt tentative notResponded", "Tue 10:00 Nytt tentative notResponded", "Wed 10:00 Nytt tentative notResponded", "Thu 10:00 Nytt tentative notResponded"}
	check("his, after the series was moved", bo, moved...)
	must(tenant.ChangeEvent(anna.ID, id, func(e *m365.Event) { e.Attendees = []string{cilla.Mail} }))
	check("cilla's, who stays", cilla, moved...)
	if e := occurrence(bo, 0); !e.Cancelled || e.ShowAs != "free" {
		t.Errorf("his, after he was let off: %+v", e)
	}
}

func TestDeclinedMeetings(t *testing.T) {
	tenant := m365.New(m365.Options{People: 30, Seed: 1})
	anna, bo, keeper := staff(tenant)[0], staff(tenant)[1], staff(tenant)[2]
	if err := tenant.ChangeMailbox(keeper.ID, func(m *m365.Mailbox) { m.KeepDeclined = true }); err != nil {
		t.Fatal(err)
	}
	start := at(t, "UTC", "2026-11-23 09:00")
	id, err := tenant.AddEvent(anna.ID, m365.Event{Subject: "Möte", Start: start, End: start.Add(time.Hour), Attendees: []string{bo.ID, keeper.ID}})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []m365.Person{bo, keeper} {
		list, err := tenant.Events(p.ID, start, start.Add(time.Hour))
		if err != nil || len(list) != 1 || tenant.Respond(p.ID, list[0].ID, m365.Declined) != nil {
			t.Fatalf("%v, %v", list, err)
		}
	}
	if got := agenda(t, tenant, bo); got != nil {
		t.Errorf("declined: %q", got)
	}
	if got := agenda(t, tenant, keeper); !slices.Equal(got, []string{"Mon 09:00 Möte free declined"}) {
		t.Errorf("declined and kept: %q", got)
	}
	e, err := tenant.Event(anna.ID, id)
	if err != nil || e.Responses[bo.Mail] != m365.Declined || e.Responses[keeper.Mail] != m365.Declined {
		t.Errorf("the organizer's: %+v, %v", e, err)
	}
	if tenant.Respond(anna.ID, id, m365.Accepted) == nil || tenant.Respond(bo.ID, "x", m365.Accepted) == nil || tenant.Respond(bo.ID, id, "maybe") == nil {
		t.Error("an answer that can't be was taken")
	}
}

// An invitation from outside stands in one calendar alone.
func TestAnInvitationFromOutside(t *testing.T) {
	tenant := m365.New(m365.Options{People: 30, Seed: 1})
	p := staff(tenant)[0]
	start := at(t, "UTC", "2026-11-23 09:00")
	id, err := tenant.AddEvent(p.ID, m365.Event{Subject: "Möte", Start: start, End: start.Add(time.Hour), Organizer: "kund@partner.example", ShowAs: "tentative"})
	if err != nil {
		t.Fatal(err)
	}
	if got := agenda(t, tenant, p); !slices.Equal(got, []string{"Mon 09:00 Möte tentative notResponded"}) {
		t.Errorf("before the answer: %q", got)
	}
	if err := tenant.Respond(p.ID, id, m365.Accepted); err != nil {
		t.Fatal(err)
	}
	if got := agenda(t, tenant, p); !slices.Equal(got, []string{"Mon 09:00 Möte busy accepted"}) {
		t.Errorf("after the answer: %q", got)
	}
}
