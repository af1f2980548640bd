//go:build !race

package reconcile_test

import (
	"testing"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/m365"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/reconcile"
)

func TestOneBadMailboxIsItsOwnTrouble(t *testing.T) { // 12, and Mattermost's batch that ends with one failure
	w := newWorkplace(t, 4, nil)
	for i, state := range []m365.State{m365.Live, m365.NoMailbox, m365.OnPremises, m365.Live} {
		w.must(w.tenant.ChangeMailbox(w.people[i], func(m *m365.Mailbox) { m.State = state }))
		if state == m365.Live {
			w.meeting(w.people[i], "10:00", "11:00")
		}
	}
	w.live()
	for _, i := range []int{1, 2} {
		m := w.box(w.people[i])
		if m.Health.State != calendar.NoMailbox && m.Health.State != calendar.OnServer || m.Health.Sentence == "" || !m.HealthSince.Equal(w.now) {
			t.Errorf("mailbox %d is %+v since %v", i, m.Health, m.HealthSince)
		}
	}
	w.at("10:00")
	w.wantsTold(w.people[0], "meeting until 11:00")
	w.wantsTold(w.people[3], "meeting until 11:00")
	w.wantsTold(w.people[1], "available")

	since := w.box(w.people[1]).HealthSince
	var pauses []time.Duration
	for range 7 { // ever more rarely
		w.comes(w.box(w.people[1]).DueAt)
		before := w.now
		w.must(w.reconciler.Pass(w.ctx, w.org.ID(), w.source))
		pauses = append(pauses, w.box(w.people[1]).DueAt.Sub(before))
	}
	for i, want := range []time.Duration{2, 4, 8, 16, 24, 24, 24} {
		if pauses[i] != want*time.Hour {
			t.Errorf("tried again after %v, want hours growing to a day", pauses)
			break
		}
	}
	if m := w.box(w.people[1]); !m.HealthSince.Equal(since) {
		t.Errorf("it is so since %v, want %v", m.HealthSince, since)
	}
	w.must(w.tenant.ChangeMailbox(w.people[1], func(m *m365.Mailbox) { m.State = m365.Live }))
	w.reads()
	w.wantsHealth(w.people[1], calendar.Fine)
}

func TestAMailboxMovedAwayKeepsItsLastAgenda(t *testing.T) { // unknown is not empty
	w := newWorkplace(t, 2, nil)
	anna := w.people[0]
	w.meeting(anna, "10:00", "11:00")
	w.live()
	w.must(w.tenant.ChangeMailbox(anna, func(m *m365.Mailbox) { m.State = m365.OnPremises }))
	w.comes(w.now.Add(6 * time.Minute))
	w.works()
	if m := w.box(anna); m.Health.State == calendar.Fine || len(m.Agenda) != 1 || !m.ReadAt.Equal(w.time(monday, "08:00")) {
		t.Errorf("it is %s, with %d events, read %v", m.Health.State, len(m.Agenda), m.ReadAt)
	}
	w.at("10:00")
	w.wantsTold(anna, "meeting until 11:00")
	w.at("11:00")
	w.wantsTold(anna, "available")
}

func TestAMailboxMovedAwayInMidPass(t *testing.T) {
	w := newWorkplace(t, 1, nil)
	anna := w.people[0]
	for i := range 1200 { // two pages
		at := w.time(monday, "10:00").Add(time.Duration(i) * time.Second)
		_, err := w.tenant.AddEvent(anna, m365.Event{Start: at, End: w.time(monday, "11:00")})
		w.must(err)
	}
	w.live()
	w.server.Fault(m365.Fault{Kind: m365.NotThere, Mailbox: anna, Path: "calendarView", After: 1, Times: m365.Forever})
	w.reads()
	if m := w.box(anna); m.Health.State != calendar.NoMailbox || len(m.Agenda) != 1200 {
		t.Errorf("it is %s with %d events, want the whole agenda that was read before", m.Health.State, len(m.Agenda))
	}
	w.at("10:30")
	w.wantsTold(anna, "busy until 11:00")
}

func TestNoRightSaysSoAndComesBack(t *testing.T) { // 13, 25
	w := newWorkplace(t, 2, nil)
	anna, bo := w.people[0], w.people[1]
	w.meeting(anna, "10:00", "11:00")
	group := w.tenant.AddGroup(m365.Group{DisplayName: "Telefoni", MailEnabled: true, SecurityEnabled: true})
	w.must(w.tenant.AddMember(group, anna))
	w.tenant.AccessPolicy(group)
	w.live()
	w.wantsHealth(anna, calendar.Fine)
	if m := w.wantsHealth(bo, calendar.Denied); m.Health.Sentence == "" || m.DueAt.Sub(w.now) != time.Hour {
		t.Errorf("no right: %q, again in %v", m.Health.Sentence, m.DueAt.Sub(w.now))
	}
	w.must(w.tenant.AddMember(group, bo))
	w.comes(w.now.Add(time.Hour))
	w.works()
	w.wantsHealth(bo, calendar.Fine)
}

func TestAStormOf429StopsNobodyElse(t *testing.T) { // 11
	w := newWorkplace(t, 30, nil)
	bad := w.people[7]
	for _, p := range w.people {
		w.meeting(p, "10:00", "11:00")
	}
	w.server.Fault(m365.Fault{Kind: m365.Throttled, Mailbox: bad, Code: "ApplicationThrottled", RetryAfter: "600", Times: m365.Forever})
	w.live()
	w.wantsHealth(bad, calendar.Throttled)
	if m := w.box(bad); !m.Health.Until.After(w.now) || m.DueAt.Before(m.Health.Until) {
		t.Errorf("throttled until %v, read again at %v", m.Health.Until, m.DueAt)
	}
	w.at("10:00")
	for _, p := range w.people {
		if p == bad {
			w.wantsTold(p, "available")
		} else {
			w.wantsTold(p, "meeting until 11:00")
		}
	}
	w.server.ClearFaults()
	w.works()
	w.wantsHealth(bad, calendar.Fine)
	w.wantsTold(bad, "meeting until 11:00")
}

func TestTroubleWithTheSourceIsOneNotThousands(t *testing.T) {
	w := newWorkplace(t, 5, nil)
	for _, p := range w.people {
		w.meeting(p, "10:00", "17:00")
	}
	w.live()
	w.at("10:00")
	w.server.Fault(m365.Fault{Kind: m365.Token, Code: "7000222", Times: m365.Forever}) // the secret has run out
	w.comes(w.now.Add(2 * time.Hour))                                                  // and so has the token
	w.works()
	for _, p := range w.people {
		w.wantsHealth(p, calendar.Fine)
		w.wantsTold(p, "meeting until 17:00")
	}
	trouble, ok := w.reconciler.Trouble(w.org.ID(), w.source)
	if !ok || trouble.Reason.Code == "" || trouble.Reason.Code == "internal" {
		t.Errorf("the source's trouble is %+v, %v", trouble, ok)
	}
	if due, err := w.store.DueMailboxes(w.ctx, w.now, 10); err != nil || len(due) > 0 {
		t.Errorf("%d mailboxes are to be read at once all the same (%v)", len(due), err)
	}
	w.server.ClearFaults()
	w.comes(w.now.Add(16 * time.Minute))
	w.works()
	if _, ok := w.reconciler.Trouble(w.org.ID(), w.source); ok || !w.box(w.people[0]).ReadAt.Equal(w.now) {
		t.Errorf("the source is not read again: trouble %v, read at %v", ok, w.box(w.people[0]).ReadAt)
	}
}

func TestAnUnchangedReadingWritesOnlyThatItWasRead(t *testing.T) {
	w := newWorkplace(t, 1, nil)
	anna := w.people[0]
	w.meeting(anna, "10:00", "11:00")
	w.live()
	before := w.box(anna)
	day, err := w.org.Day(w.ctx, anna)
	w.must(err)
	w.comes(w.now.Add(10 * time.Minute))
	w.works()
	after := w.box(anna)
	same, err := w.org.Day(w.ctx, anna)
	w.must(err)
	if !after.ReadAt.Equal(w.now) || !after.ChangedAt.Equal(before.ChangedAt) || day.Generation != same.Generation {
		t.Errorf("read at %v, changed at %v, day %d then %d", after.ReadAt, after.ChangedAt, day.Generation, same.Generation)
	}
	if after.DueAt.Sub(w.now) > 5*time.Minute || after.DueAt.Sub(w.now) < 4*time.Minute || after.DueCause != reconcile.CauseSweep {
		t.Errorf("swept in %v (%s), want about five minutes", after.DueAt.Sub(w.now), after.DueCause)
	}
}

func TestWhatHasBeenIsKeptAsLongAsIsSaid(t *testing.T) {
	for days, want := range map[int][]string{8: {"2026-11-23", "2026-11-25", "2026-11-30", "2026-12-01"}, 0: {"2026-11-30", "2026-12-01"}} {
		w := newWorkplace(t, 1, func(c *organization.Calendar) { c.Reading.Behind = days })
		anna := w.people[0]
		for _, day := range []string{"2026-11-23", "2026-11-25", "2026-11-30", "2026-12-01"} {
			w.event(anna, day+" 10:00", day+" 11:00", m365.Event{Subject: day})
		}
		w.live()
		for d := range 9 {
			w.comes(w.time(monday, "08:00").AddDate(0, 0, d))
			w.works()
		}
		var got []string
		for _, e := range w.box(anna).Agenda {
			got = append(got, e.Start.In(w.zone).Format(time.DateOnly))
		}
		if len(got) != len(want) {
			t.Errorf("with %d days kept the agenda holds %v, want %v", days, got, want)
		}
		w.comes(w.time("2026-12-12", "08:00"))
		w.works()
		if n := len(w.box(anna).Agenda); n > 0 {
			t.Errorf("%d events are kept long after", n)
		}
	}
}

func TestAnAbsenceBeyondTheWindowIsReadOn(t *testing.T) {
	w := newWorkplace(t, 2, func(c *organization.Calendar) { c.Reading.Ahead, c.Reading.Far = 14, 60 })
	anna, bo := w.people[0], w.people[1]
	w.event(anna, "2026-12-01", "2027-01-04", m365.Event{Subject: "SEM: Thailand"})
	w.event(bo, "2026-12-01", "2027-01-04", m365.Event{Subject: "Projektet pågår"}) // says nothing
	w.server.ResetRequests()
	w.live()
	if to := w.box(anna).CoversTo; !to.After(w.time("2027-01-20", "00:00")) {
		t.Errorf("her calendar is known to %v, want 60 days", to)
	}
	if to := w.box(bo).CoversTo; to.After(w.time("2026-12-10", "00:00")) {
		t.Errorf("his calendar is known to %v, want 14 days", to)
	}
	w.at("2026-12-01 09:00")
	w.reads()
	if back := w.told(anna).Back; back.Kind != activity.BackDay && back.Kind != activity.BackTime || back.At.In(w.zone).Format(time.DateOnly) != "2027-01-04" {
		t.Errorf("she is back %+v, want 4 January", back)
	}
}

func TestSettingsOfMailboxesCount(t *testing.T) { // 20, and automatic replies
	w := newWorkplace(t, 2, func(c *organization.Calendar) {
		c.Replies.On = true
		c.Hours.On, c.Hours.Mailbox = true, true
		week := activity.OfficeHours(8*60, 17*60)
		c.Hours.Week = &week
	})
	anna, bo := w.people[0], w.people[1]
	w.must(w.tenant.ChangeMailbox(anna, func(m *m365.Mailbox) {
		m.Replies = m365.Replies{Status: "scheduled", Start: w.time(monday, "09:00"), End: w.time(monday, "12:00"), External: "<p>hemligt</p>"}
		m.Hours = m365.Hours{Days: []string{"monday"}, Start: "08:00:00", End: "14:00:00"}
	}))
	w.live()
	settings := reconcile.MailboxSettings{Reconciler: w.reconciler}
	w.must(settings.Run(w.ctx))
	w.works()
	w.at("09:30")
	w.wantsTold(anna, "out")
	w.at("12:00")
	w.wantsTold(anna, "available")
	w.at("14:30")
	w.wantsTold(anna, "gone")
	w.wantsTold(bo, "available")
	w.at("17:30")
	w.wantsTold(bo, "gone")
	if at, err := settings.Next(w.ctx); err != nil || !at.Equal(w.time(monday, "09:00")) {
		t.Errorf("read again at %v (%v), want an hour after the first", at, err)
	}
}

// TestNewMailboxesHaveTheirHoursSoon though the settings of their source were read a
// moment before they were enrolled.
func TestNewMailboxesHaveTheirHoursSoon(t *testing.T) {
	w := newWorkplace(t, 2, nil)
	settings := reconcile.MailboxSettings{Reconciler: w.reconciler}
	w.must(w.org.PutConnection(w.ctx, organization.Connection{Source: w.source}, 0))
	w.must(settings.Run(w.ctx))
	for _, want := range []time.Duration{5 * time.Second, time.Hour} {
		w.works()
		due, err := settings.Next(w.ctx)
		if w.must(err); due.Sub(w.now) != want {
			t.Fatalf("read in %v, want %v", due.Sub(w.now), want)
		}
		w.comes(due)
		w.must(settings.Run(w.ctx))
	}
	if zone := w.box(w.people[0]).Zone; zone == "" {
		t.Error("the zone is not known")
	}
}

func TestSettingsThatMayNotBeReadHinderNothing(t *testing.T) {
	w := newWorkplace(t, 1, nil)
	w.tenant.Revoke("MailboxSettings.Read")
	w.comes(w.now.Add(90 * time.Minute)) // the token of before has run out
	w.meeting(w.people[0], "10:00", "11:00")
	w.live()
	w.must(reconcile.MailboxSettings{Reconciler: w.reconciler}.Run(w.ctx))
	w.at("10:00")
	w.wantsTold(w.people[0], "meeting until 11:00")
}

func TestOneWhoChangedMailboxIsReadAnew(t *testing.T) {
	w := newWorkplace(t, 1, nil)
	anna := w.people[0]
	w.live()
	before := w.box(anna)
	w.edit(anna, func(p *m365.Person) { p.Mail = "anna.gift@" + w.tenant.Domain })
	w.change()
	w.works()
	if m := w.box(anna); m.Address == before.Address || !m.ReadAt.Equal(w.now) {
		t.Errorf("the mailbox is %s, read at %v", m.Address, m.ReadAt)
	}
}
