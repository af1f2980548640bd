//go:build !race

package reconcile_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/m365"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/reconcile"
	"github.com/telefonist/telefonist/store"
)

// The tests are named after what people complain of in other products; the numbers
// are those of the collection they come from.

func TestAMeetingIsToldAtItsSecondAndUntilItEnds(t *testing.T) {
	w := newWorkplace(t, 2, nil)
	anna, bo := w.people[0], w.people[1]
	w.meeting(anna, "10:00", "11:00")
	w.live()
	w.wantsHealth(anna, calendar.Fine)
	w.wantsTold(anna, "available")
	w.at("09:59")
	w.wantsTold(anna, "available")
	w.server.ResetRequests()
	w.at("10:00")
	w.wantsTold(anna, "meeting until 11:00")
	w.wantsTold(bo, "available")
	w.at("11:00")
	w.wantsTold(anna, "available")
	if n := len(w.server.Requests()); n > 0 {
		t.Errorf("%d requests were made of Microsoft when answers changed, want none", n)
	}
}

func TestSeriesAreReadWhole(t *testing.T) { // 8: occurrences arrive as empty stubs
	w := newWorkplace(t, 1, nil)
	anna := w.people[0]
	w.event(anna, monday+" 09:00", monday+" 09:15", m365.Event{Subject: "Morgonmöte", Attendees: []string{"bo@kunden.example"},
		Recurrence: &m365.Recurrence{Type: "daily"}})
	w.live()
	for _, day := range []string{monday, "2026-11-24", "2026-11-27", "2026-12-02"} {
		w.at(day + " 09:00")
		if day != monday {
			w.reads()
		}
		w.wantsTold(anna, "meeting until 09:15")
		w.at(day + " 09:15")
		w.wantsTold(anna, "available")
	}
}

func TestOneOccurrenceMovedAndOneCancelled(t *testing.T) { // 8, and FreePBX's lost exceptions
	w := newWorkplace(t, 1, nil)
	anna := w.people[0]
	moved := &m365.Event{Subject: "Morgonmöte", Attendees: []string{"bo@kunden.example"}, ShowAs: "busy",
		Start: w.time("2026-11-24", "14:00"), End: w.time("2026-11-24", "14:30")}
	w.event(anna, monday+" 09:00", monday+" 09:15", m365.Event{Subject: "Morgonmöte", Attendees: []string{"bo@kunden.example"},
		Recurrence: &m365.Recurrence{Type: "daily"}, Exceptions: map[string]*m365.Event{"2026-11-24": moved, "2026-11-25": nil}})
	w.live()
	for at, want := range map[string]string{
		"2026-11-24 09:05": "available", "2026-11-24 14:10": "meeting until 14:30", "2026-11-25 09:05": "available", "2026-11-26 09:05": "meeting until 09:15",
	} {
		k, err := w.reconciler.Person(w.ctx, w.org.ID(), anna)
		w.must(err)
		when := w.time(at[:10], at[11:])
		span, _ := activity.Make(k.Input(when.Add(-time.Hour), when.Add(time.Hour))).At(when)
		if got := w.say(span.State, want); got != want {
			t.Errorf("at %s: %q, want %q", at, got, want)
		}
	}
}

func TestARescheduledSeriesLeavesNoGhosts(t *testing.T) { // 9
	w := newWorkplace(t, 1, nil)
	anna := w.people[0]
	id := w.event(anna, monday+" 09:00", monday+" 10:00", m365.Event{Attendees: []string{"bo@kunden.example"}, Recurrence: &m365.Recurrence{Type: "daily"}})
	w.live()
	w.must(w.tenant.ChangeEvent(anna, id, func(e *m365.Event) {
		e.Start, e.End = e.Start.Add(4*time.Hour), e.End.Add(4*time.Hour)
	}))
	w.reads()
	w.at("09:30")
	w.wantsTold(anna, "available")
	w.at("13:30")
	w.wantsTold(anna, "meeting until 14:00")
	w.at("2026-11-24 09:30")
	w.wantsTold(anna, "available")
}

func TestAThousandEventsADayComeOnSeveralPages(t *testing.T) { // Mattermost follows no nextLink
	w := newWorkplace(t, 1, nil)
	anna := w.people[0]
	for i := range 1100 {
		at := w.time("2026-11-24", "00:00").Add(time.Duration(i) * time.Minute)
		_, err := w.tenant.AddEvent(anna, m365.Event{Start: at, End: at.Add(time.Minute), ShowAs: "free"})
		w.must(err)
	}
	w.event(anna, "2026-11-24 20:00", "2026-11-24 21:00", m365.Event{})
	w.live()
	if n := len(w.box(anna).Agenda); n != 1101 {
		t.Errorf("%d events were read, want 1101", n)
	}
	w.at("2026-11-24 20:30")
	w.wantsTold(anna, "busy until 21:00")
}

func TestPrivateAsTheOrganizationAndThePersonWant(t *testing.T) { // 14
	for want, as := range map[string]calendar.PrivateAs{"available": calendar.Ignore, "out until 11:00": calendar.StatusOnly, "sick until 11:00": calendar.Everything} {
		w := newWorkplace(t, 1, func(c *organization.Calendar) {
			c.Privacy.Private = as
			c.Rules = []activity.Rule{{ID: "läkare", If: activity.Condition{Word: "läkare"}, Then: activity.Sick}}
		})
		anna := w.people[0]
		w.event(anna, monday+" 10:00", monday+" 11:00", m365.Event{Subject: "Läkare på Odenplan", ShowAs: "oof", Sensitivity: "private"})
		w.live()
		w.at("10:00")
		w.wantsTold(anna, want)
	}
}

func TestNothingOfAPrivateEventIsKept(t *testing.T) { // 13: application permissions see everything
	w := newWorkplace(t, 1, func(c *organization.Calendar) {
		c.Privacy.Subject, c.Privacy.Place, c.Privacy.Note = organization.Colleagues, organization.Colleagues, true
	})
	anna := w.people[0]
	w.event(anna, monday+" 10:00", monday+" 11:00", m365.Event{Subject: "Uppsägning av Bo", Location: "Rum Hemligt", Body: "hemlig text",
		Sensitivity: "confidential", Attendees: []string{"facket@kunden.example"}})
	w.event(anna, monday+" 12:00", monday+" 13:00", m365.Event{Subject: "Öppet hus", Location: "Matsalen", Body: "hemlig text"})
	w.live()
	text, err := json.Marshal(w.box(anna).Agenda)
	w.must(err)
	for _, secret := range []string{"Uppsägning", "Hemligt", "hemlig", "facket"} {
		if strings.Contains(string(text), secret) {
			t.Errorf("%q was kept", secret)
		}
	}
	if !strings.Contains(string(text), "Öppet hus") || !strings.Contains(string(text), "Matsalen") {
		t.Errorf("what is shared was not kept: %s", text)
	}
}

func TestASharedSubjectIsDroppedWhenItsEventEnds(t *testing.T) {
	w := newWorkplace(t, 1, func(c *organization.Calendar) { c.Privacy.Subject = organization.Colleagues })
	anna := w.people[0]
	w.meeting(anna, "10:00", "11:00")
	w.live()
	w.at("10:30")
	if got := w.told(anna).Subject; got != "Budget" {
		t.Errorf("the subject is %q while the meeting lasts", got)
	}
	w.at("11:00")
	day, err := w.org.Day(w.ctx, anna)
	w.must(err)
	text, err := json.Marshal([]any{w.box(anna).Agenda, day, w.told(anna)})
	w.must(err)
	if strings.Contains(string(text), "Budget") {
		t.Errorf("the subject is still held: %s", text)
	}
	w.reads()
	if text, _ = json.Marshal(w.box(anna).Agenda); strings.Contains(string(text), "Budget") {
		t.Errorf("the subject is held again: %s", text)
	}
	history, err := w.org.ToldBetween(w.ctx, anna, w.time(monday, "00:00"), w.now.Add(time.Hour), 100)
	w.must(err)
	if text, _ = json.Marshal(history); strings.Contains(string(text), "Budget") || len(history) < 3 {
		t.Errorf("the history is %s", text)
	}
}

func TestHealthLooksLikeAwayFromOutside(t *testing.T) { // 15
	w := newWorkplace(t, 2, nil).attached()
	anna, bo := w.people[0], w.people[1]
	w.event(anna, monday+" 10:00", monday+" 17:00", m365.Event{Subject: "VAB", Categories: []string{"x"}})
	w.event(bo, monday+" 10:00", monday+" 17:00", m365.Event{Subject: "UTE: kund"})
	w.settings(func(c *organization.Calendar) {
		c.Rules = []activity.Rule{{ID: "vab", If: activity.Condition{Word: "vab"}, Then: activity.Sick}}
	})
	w.live()
	w.at("10:00")
	w.wantsTold(anna, "sick until 17:00")
	w.board.mu.Lock()
	defer w.board.mu.Unlock()
	a, b := w.board.standing["Person00 Ek"], w.board.standing["Person01 Ek"]
	x, _ := json.Marshal([]any{a, a.Public})
	y, _ := json.Marshal([]any{b, b.Public})
	strip := func(s string) string { return strings.ReplaceAll(s, b.Since.Format(time.RFC3339), "") }
	if a.Key != activity.Out || strip(string(x)) != strip(string(y)) {
		t.Errorf("the ill one is told as\n%s\nthe other as\n%s", x, y)
	}
}

func TestAManualChoiceStandsUntilBack(t *testing.T) { // 16: what was set by hand is overwritten, or comes back
	w := newWorkplace(t, 1, nil)
	anna := w.people[0]
	w.meeting(anna, "10:00", "11:00")
	w.meeting(anna, "13:00", "14:00")
	w.live()
	w.at("10:10")
	choose := func(f func(reconcile.Known, *store.ChoiceState)) {
		t.Helper()
		w.must(w.reconciler.Choose(w.ctx, w.org.ID(), anna, func(k reconcile.Known, _ activity.Span, c *store.ChoiceState) bool {
			f(k, c)
			return true
		}))
		w.tells()
	}
	choose(func(_ reconcile.Known, c *store.ChoiceState) {
		c.Choice = activity.Choice{Activity: activity.Lunch, From: w.now, Until: w.now.Add(2 * time.Hour), At: w.now, By: "karin"}
	})
	w.wantsTold(anna, "lunch until 12:10")
	if s := w.told(anna); !s.Manual || s.By != "karin" || !s.At.Equal(w.now) {
		t.Errorf("what stands does not say who set it: %+v", s)
	}
	w.at("11:00")
	w.reads()
	w.wantsTold(anna, "lunch until 12:10")
	w.at("12:10")
	w.wantsTold(anna, "available")
	w.at("13:10")
	w.wantsTold(anna, "meeting until 14:00")
	choose(func(k reconcile.Known, c *store.ChoiceState) { *c = k.Back(w.now, "") })
	w.wantsTold(anna, "available")
	w.reads()
	w.wantsTold(anna, "available")
	w.meeting(anna, "13:20", "13:40") // another one: that is not silenced
	w.reads()
	w.at("13:20")
	w.wantsTold(anna, "meeting until 13:40")
	w.at("13:40")
	w.wantsTold(anna, "available")
}

func TestOverlapsAreNotPatchedTogether(t *testing.T) { // 17
	w := newWorkplace(t, 1, nil)
	anna := w.people[0]
	w.meeting(anna, "10:00", "12:00")
	w.meeting(anna, "10:30", "11:00")
	w.meeting(anna, "12:00", "12:30")
	w.live()
	w.at("11:00") // Mattermost ends the long one with the short one
	w.wantsTold(anna, "meeting until 12:30")
	w.at("12:00") // and leaves a gap between those that adjoin
	w.wantsTold(anna, "meeting until 12:30")
	w.at("12:30")
	w.wantsTold(anna, "available")
	w.at("2026-11-24 10:00")
	w.meeting(anna, "10:00", "12:00")
	short := w.meeting(anna, "10:30", "11:00")
	w.reads()
	w.at("10:45")
	w.must(w.tenant.DeleteEvent(anna, short)) // Rocket.Chat frees whoever is in another one
	w.reads()
	w.wantsTold(anna, "meeting until 12:00")
}

func TestWholeDaysTentativeAndElsewhere(t *testing.T) { // 19
	w := newWorkplace(t, 5, nil)
	w.event(w.people[0], monday, "2026-11-28", m365.Event{Subject: "SEM: fjällen"}) // shown as free, as Outlook has it
	w.event(w.people[1], monday+" 10:00", monday+" 11:00", m365.Event{Subject: "Kanske", ShowAs: "tentative"})
	w.event(w.people[2], monday+" 10:00", monday+" 11:00", m365.Event{Subject: "Hemma", ShowAs: "workingElsewhere"})
	w.event(w.people[3], monday, "2026-11-24", m365.Event{Subject: "Namnsdag"})
	w.event(w.people[4], monday+" 10:00", monday+" 11:00", m365.Event{Subject: "Okänt", ShowAs: "unknown"})
	w.live()
	w.at("10:30")
	for i, want := range []activity.Key{activity.Holiday, activity.Available, activity.Home, activity.Available, activity.Available} {
		if got := w.told(w.people[i]).Key; got != want {
			t.Errorf("the %dth is told as %s, want %s", i, got, want)
		}
	}
	if back := w.told(w.people[0]).Back; back.Kind == activity.BackNone || !back.At.After(w.time("2026-11-27", "23:00")) {
		t.Errorf("back from holiday: %+v", back)
	}
}

func TestDeclinedAndCancelledDoNotCount(t *testing.T) {
	w := newWorkplace(t, 2, nil)
	anna, bo := w.people[0], w.people[1]
	w.must(w.tenant.ChangeMailbox(bo, func(m *m365.Mailbox) { m.KeepDeclined = true }))
	id := w.event(anna, monday+" 10:00", monday+" 11:00", m365.Event{Subject: "Möte", Attendees: []string{bo}, Responses: map[string]string{bo: "declined"}})
	w.live()
	w.at("10:10")
	w.wantsTold(anna, "meeting until 11:00")
	w.wantsTold(bo, "available")
	w.must(w.tenant.DeleteEvent(anna, id))
	w.reads()
	w.wantsTold(anna, "available")
	w.wantsTold(bo, "available")
}

func TestPeopleWhoLeaveTakeTheirActivitiesWithThem(t *testing.T) {
	w := newWorkplace(t, 2, nil).attached()
	anna := w.people[0]
	w.meeting(anna, "10:00", "17:00")
	w.live()
	w.at("10:00")
	w.wantsTold(anna, "meeting until 17:00")
	w.must(w.reconciler.Choose(w.ctx, w.org.ID(), anna, func(_ reconcile.Known, _ activity.Span, c *store.ChoiceState) bool {
		c.Choice = activity.Choice{Activity: activity.Gone, From: w.now, At: w.now}
		return true
	}))
	w.tells()
	if key, _ := w.board.of("Person00 Ek"); key != activity.Gone {
		t.Errorf("the switchboard has %q", key)
	}
	w.must(w.tenant.Disable(anna))
	w.run(store.ByHand, true)
	w.works()
	if _, err := w.org.Mailbox(w.ctx, anna); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the mailbox of somebody who left: %v", err)
	}
	if key, _ := w.board.of("Person00 Ek"); key != "" {
		t.Errorf("the switchboard still has %q for somebody who left", key)
	}
	if all, err := w.org.Tellings(w.ctx, anna); err != nil || len(all) > 0 {
		t.Errorf("tellings: %v, %v", all, err)
	}
	w.must(w.tenant.Enable(anna))
	w.run(store.ByHand, true)
	w.works()
	w.works()
	w.wantsTold(anna, "gone") // what she chose is still there
}
