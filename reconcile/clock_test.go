package reconcile_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/m365"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/reconcile"
	"github.com/telefonist/telefonist/store"
)

func TestASwitchboardIsToldWhatChangesAndNoMore(t *testing.T) {
	w := newWorkplace(t, 1, nil).attached()
	anna := w.people[0]
	w.meeting(anna, "10:00", "11:00")
	w.live()
	if key, calls := w.board.of("Person00 Ek"); key != "" || calls != 0 {
		t.Errorf("it has %q after %d calls, though nothing stands", key, calls)
	}
	w.at("10:00")
	if key, calls := w.board.of("Person00 Ek"); key != activity.Meeting || calls != 1 {
		t.Errorf("it has %q after %d calls, want a meeting after one", key, calls)
	}
	w.at("10:30")
	if _, calls := w.board.of("Person00 Ek"); calls != 0 {
		t.Errorf("%d calls while nothing changes", calls)
	}
	w.at("11:00")
	if key, calls := w.board.of("Person00 Ek"); key != "" || calls != 1 {
		t.Errorf("it has %q after %d calls, want nothing after one", key, calls)
	}
}

func TestWhatIsToldAgainInTime(t *testing.T) {
	w := newWorkplace(t, 1, nil).attached()
	w.board.refresh = 20 * time.Minute
	w.meeting(w.people[0], "10:00", "11:00")
	w.live()
	for _, at := range []string{"10:00", "10:20", "10:40"} {
		w.at(at)
		if key, calls := w.board.of("Person00 Ek"); key != activity.Meeting || calls != 1 {
			t.Errorf("at %s: %q, %d calls", at, key, calls)
		}
	}
	w.at("11:00")
	if key, _ := w.board.of("Person00 Ek"); key != "" {
		t.Errorf("after the meeting it has %q", key)
	}
	w.at("12:00")
	if _, calls := w.board.of("Person00 Ek"); calls != 0 {
		t.Errorf("%d calls though nothing stands", calls)
	}
	told, err := w.org.ToldBetween(w.ctx, w.people[0], w.time(monday, "00:00"), w.now, 100)
	w.must(err)
	n := 0
	for _, one := range told {
		if one.Switchboard == w.board.id {
			n++
		}
	}
	if n != 2 {
		t.Errorf("the history has %d lines for the switchboard, want the meeting and its end", n)
	}
}

func TestASwitchboardThatWasAwayGetsWhatIsTrueNow(t *testing.T) {
	w := newWorkplace(t, 30, nil).attached()
	for _, p := range w.people {
		w.meeting(p, "10:00", "11:00")
		w.event(p, monday+" 12:00", monday+" 13:00", m365.Event{Subject: "LUN:"})
	}
	w.live()
	w.board.away = true
	w.at("10:00")
	_, calls := w.board.of("")
	for m := range 120 {
		w.comes(w.time(monday, "10:00").Add(time.Duration(m) * time.Minute))
		w.computes()
		w.tells()
	}
	if _, more := w.board.of(""); more > 60 || calls > 2*16*4 {
		t.Errorf("asked %d and then %d times while it was away", calls, more)
	}
	w.wantsTold(w.people[0], "available") // the built-in one was not held up
	w.board.away = false
	w.comes(w.time(monday, "12:00"))
	for m := range 10 {
		w.comes(w.time(monday, "12:00").Add(time.Duration(m) * time.Minute))
		w.tells()
	}
	w.board.mu.Lock()
	defer w.board.mu.Unlock()
	for i := range w.people {
		if got := w.board.standing[fmt.Sprintf("Person%02d Ek", i)].Key; got != activity.Lunch {
			t.Errorf("person %d has %q, want lunch", i, got)
		}
	}
	for _, c := range w.board.calls {
		if c.state.Key == activity.Meeting {
			t.Errorf("it was told of a meeting that is long over")
		}
	}
}

func TestARefusalIsKeptAndTriedRarely(t *testing.T) {
	w := newWorkplace(t, 2, nil).attached()
	w.board.refuse = map[string]bool{"Person00 Ek": true}
	for _, p := range w.people {
		for h := 9; h < 17; h++ {
			w.event(p, fmt.Sprintf("%s %02d:00", monday, h), fmt.Sprintf("%s %02d:30", monday, h), m365.Event{})
		}
	}
	w.live()
	asked := 0
	for m := 9 * 60; m < 17*60; m += 10 {
		w.comes(w.time(monday, "00:00").Add(time.Duration(m) * time.Minute))
		w.tells()
		for _, c := range w.board.taken() {
			if c.name == "Person00 Ek" {
				asked++
			}
		}
	}
	if asked == 0 || asked > 5 {
		t.Errorf("asked %d times in eight hours for somebody it refuses, want a few", asked)
	}
	all, err := w.org.Tellings(w.ctx, w.people[0])
	w.must(err)
	for _, one := range all {
		if one.Switchboard == w.board.id && (one.Answer.Code != "noAddress" || one.Tries == 0) {
			t.Errorf("its answer is %+v", one)
		}
	}
	w.event(w.people[1], monday+" 17:00", monday+" 17:30", m365.Event{})
	w.reads()
	w.at("17:10")
	if key, _ := w.board.of("Person01 Ek"); key != activity.Busy {
		t.Errorf("the other one has %q", key)
	}
}

func (b *switchboard) taken() []call {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := b.calls
	b.calls = nil
	return all
}

func TestNothingIsToldInTestMode(t *testing.T) {
	w := newWorkplace(t, 3, nil).attached()
	for _, p := range w.people {
		w.meeting(p, "10:00", "11:00")
	}
	w.connected(organization.Connection{})
	w.at("10:00")
	w.wantsTold(w.people[0], "meeting until 11:00") // shown and explained
	if _, calls := w.board.of(""); calls != 0 {
		t.Errorf("%d calls in test mode", calls)
	}
	w.connected(organization.Connection{Live: organization.Live{People: []string{w.people[1]}}})
	for i, want := range []activity.Key{"", activity.Meeting, ""} {
		if key, _ := w.board.of(fmt.Sprintf("Person%02d Ek", i)); key != want {
			t.Errorf("person %d has %q, want %q", i, key, want)
		}
	}
	w.connected(organization.Connection{Live: organization.Live{All: true}})
	if n := len(w.board.standing); n != 3 {
		t.Errorf("%d stand when all are live", n)
	}
	w.connected(organization.Connection{})
	if n := len(w.board.standing); n != 0 {
		t.Errorf("%d still stand, back in test mode", n)
	}
	w.wantsTold(w.people[0], "meeting until 11:00")
}

func TestLiveForAGroup(t *testing.T) {
	w := newWorkplace(t, 3, nil).attached()
	group := w.tenant.AddGroup(m365.Group{DisplayName: "Piloter", SecurityEnabled: true})
	w.must(w.tenant.AddMember(group, w.people[0]))
	for _, p := range w.people {
		w.meeting(p, "10:00", "11:00")
	}
	w.connected(organization.Connection{Live: organization.Live{Groups: []string{group}}})
	w.run(store.ByHand, true) // reads who is in it
	w.works()
	w.at("10:00")
	if n := len(w.board.standing); n != 1 {
		t.Errorf("%d are told of, want one", n)
	}
	w.must(w.tenant.AddMember(group, w.people[1]))
	w.must(w.tenant.RemoveMember(group, w.people[0]))
	w.change()
	w.works()
	if key, _ := w.board.of("Person01 Ek"); key != activity.Meeting || len(w.board.standing) != 1 {
		t.Errorf("after one took the other's place %d stand, she with %q", len(w.board.standing), key)
	}
}

func TestOnlyAChosenGroupIsRead(t *testing.T) {
	w := newWorkplace(t, 3, nil)
	group := w.tenant.AddGroup(m365.Group{DisplayName: "Telefoni", SecurityEnabled: true})
	inner := w.tenant.AddGroup(m365.Group{DisplayName: "Växeln", SecurityEnabled: true})
	w.must(w.tenant.AddMember(group, inner))
	w.must(w.tenant.AddMember(inner, w.people[2]))
	w.connected(organization.Connection{Group: group})
	if _, err := w.org.Mailbox(w.ctx, w.people[2]); err == nil {
		t.Error("somebody is read though it is not known who is in the group")
	}
	w.run(store.ByHand, true)
	w.works()
	counts, err := w.org.MailboxCounts(w.ctx)
	w.must(err)
	if len(counts) != 1 || counts[0].Mailboxes != 1 || w.box(w.people[2]).ReadAt.IsZero() {
		t.Errorf("mailboxes: %+v, want that of the one in the group", counts)
	}
	w.connected(organization.Connection{Group: "11111111-2222-3333-4444-555555555555"}) // nobody knows it
	if w.box(w.people[2]).ReadAt.IsZero() {
		t.Error("a group that is not known was taken for one that is empty")
	}
}

func TestTurningOffKeepsEverything(t *testing.T) {
	w := newWorkplace(t, 1, nil).attached()
	anna := w.people[0]
	w.meeting(anna, "10:00", "11:00")
	w.live()
	w.at("10:00")
	w.connected(organization.Connection{Off: true, Live: organization.Live{All: true}})
	w.wantsTold(anna, "available")
	if key, _ := w.board.of("Person00 Ek"); key != "" {
		t.Errorf("the switchboard still has %q", key)
	}
	w.comes(w.now.Add(30 * time.Minute))
	w.works()
	if m := w.box(anna); len(m.Agenda) != 1 || m.ReadAt.After(w.time(monday, "10:00")) {
		t.Errorf("%d events, read at %v; want what there was, and no reading", len(m.Agenda), m.ReadAt)
	}
	w.live()
	w.wantsTold(anna, "meeting until 11:00")
	for _, off := range []func(*organization.Calendar){func(c *organization.Calendar) { c.Off = true }, func(c *organization.Calendar) { c.Off = false }} {
		w.settings(off)
		w.works()
	}
	w.wantsTold(anna, "meeting until 11:00")
	no := true
	w.must(w.reconciler.SavePreference(w.ctx, w.org.ID(), anna, organization.Person{Off: &no}, 0))
	w.works()
	w.wantsTold(anna, "available")
}

func TestRulesChangeWhatStands(t *testing.T) {
	w := newWorkplace(t, 1, nil)
	anna := w.people[0]
	w.event(anna, monday+" 10:00", monday+" 11:00", m365.Event{Subject: "Padel med Bo", Categories: []string{"Fritid"}})
	w.live()
	w.at("10:00")
	w.wantsTold(anna, "busy until 11:00")
	w.settings(func(c *organization.Calendar) {
		c.Rules = []activity.Rule{{ID: "padel", If: activity.Condition{Word: "padel", Category: "fritid"}, Then: activity.Lunch}}
	})
	w.works() // the words were not kept: it is read again
	w.wantsTold(anna, "lunch until 11:00")
}

func TestAClockThatJumpedAndAStop(t *testing.T) {
	w := newWorkplace(t, 1, nil).attached()
	anna := w.people[0]
	for _, day := range []string{monday, "2026-11-24", "2026-11-30"} {
		w.event(anna, day+" 10:00", day+" 11:00", m365.Event{Attendees: []string{"a@b.example"}})
	}
	w.live()
	for _, step := range []struct{ at, want string }{
		{monday + " 10:30", "meeting until 11:00"},
		{monday + " 08:30", "available"},           // the clock was set back
		{monday + " 10:15", "meeting until 11:00"}, // and forward
		{"2026-11-24 10:30", "meeting until 11:00"},
		{"2026-11-30 10:30", "meeting until 11:00"}, // the machine stood still for days
		{"2026-11-30 11:00", "available"},
		{monday + " 07:00", "available"}, // and a week back
	} {
		w.at(step.at)
		w.wantsTold(anna, step.want)
		key, _ := w.board.of("Person00 Ek")
		if want := map[bool]activity.Key{true: activity.Meeting}[step.want != "available"]; key != want {
			t.Errorf("at %s the switchboard has %q, want %q", step.at, key, want)
		}
	}
}

func TestTheClockKeepsSeconds(t *testing.T) {
	w := newWorkplace(t, 1, nil)
	anna := w.people[0]
	w.live()
	begin := time.Now().Add(1500 * time.Millisecond).Truncate(time.Second).Add(time.Second)
	_, err := w.tenant.AddEvent(anna, m365.Event{Start: begin, End: begin.Add(time.Second), Attendees: []string{"a@b.example"}})
	w.must(err)
	w.comes(time.Now())
	w.reads()
	events, cancel := w.store.Listen()
	defer cancel()
	ctx, stop := context.WithCancel(w.ctx)
	done := make(chan struct{})
	w.reconciler.Now = time.Now
	clock := &reconcile.Clock{Reconciler: w.reconciler}
	go func() { clock.Run(ctx); close(done) }()
	defer func() { stop(); <-done }()
	seen := []activity.Key{}
	for len(seen) < 2 {
		<-events
		if key := w.told(anna).Key; len(seen) == 0 && key == activity.Meeting || len(seen) == 1 && key == activity.Available {
			seen = append(seen, key)
		}
	}
	told, err := w.org.ToldBetween(w.ctx, anna, begin.Add(-time.Second), begin.Add(time.Minute), 10)
	w.must(err)
	for i, want := range []time.Time{begin, begin.Add(time.Second)} {
		if at := told[i].At; at.Before(want) {
			t.Errorf("told at %v, before its time %v", at, want)
		}
	}
}
