//go:build !race

package reconcile_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/m365"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/reconcile"
	"github.com/telefonist/telefonist/store"
)

func TestTryChangesNothing(t *testing.T) {
	w := newWorkplace(t, 3, nil)
	anna := w.people[0]
	w.event(anna, monday+" 10:00", monday+" 11:00", m365.Event{Subject: "Padel", ShowAs: "busy"})
	w.live()
	other := organization.DefaultCalendar()
	other.Rules = []activity.Rule{{ID: "upptagen", If: activity.Condition{ShowAs: "busy"}, Then: activity.Lunch}, {ID: "ord", If: activity.Condition{Word: "padel"}, Then: activity.Home}}
	from, to := w.time(monday, "00:00"), w.time(monday, "00:00").AddDate(0, 0, 7)
	differ := map[string]int{}
	var unread []string
	w.must(w.reconciler.Try(w.ctx, w.org.ID(), other, nil, func(now, then reconcile.Known) error {
		for _, d := range activity.Compare(activity.Make(now.Input(from, to)), activity.Make(then.Input(from, to))) {
			differ[now.Person] += int(d.To.Sub(d.From) / time.Minute)
			if d.Before.Key != activity.Busy || d.After.Key != activity.Lunch {
				t.Errorf("%s would become %s", d.Before.Key, d.After.Key)
			}
		}
		unread = then.Unread(now)
		return nil
	}))
	if len(differ) != 1 || differ[anna] != 60 || !slices.Equal(unread, []string{"padel"}) {
		t.Errorf("differs: %v, to be read again for %v", differ, unread)
	}
	w.at("10:00")
	w.wantsTold(anna, "busy until 11:00")
}

func TestWhoseRuleItIs(t *testing.T) {
	w := newWorkplace(t, 1, func(c *organization.Calendar) {
		c.Rules = []activity.Rule{{ID: "av", Off: true}, {ID: "husets", If: activity.Condition{Prefix: "KAFFE"}, Then: activity.Lunch}}
	})
	anna := w.people[0]
	w.live()
	w.must(w.reconciler.SavePreference(w.ctx, w.org.ID(), anna, organization.Person{Rules: []activity.Rule{{ID: "egen", If: activity.Condition{Word: "spring"}, Then: activity.Gone}}}, 0))
	k, err := w.reconciler.Person(w.ctx, w.org.ID(), anna)
	w.must(err)
	rules := k.Input(w.now, w.now.Add(time.Hour)).Rules
	if len(rules) != len(k.Owners) || len(rules) < 10 {
		t.Fatalf("%d rules, %d owners", len(rules), len(k.Owners))
	}
	for i, r := range rules {
		want := reconcile.OfPreset
		switch r.ID {
		case "egen":
			want = reconcile.OfPerson
		case "husets":
			want = reconcile.OfOrganization
		}
		if k.Owners[i] != want {
			t.Errorf("rule %q is %s's, want %s", r.ID, k.Owners[i], want)
		}
	}
	if _, err := w.reconciler.Person(w.ctx, w.org.ID(), "nobody"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a person who is not read: %v", err)
	}
}

func TestBackIsBackFromEverything(t *testing.T) {
	w := newWorkplace(t, 1, func(c *organization.Calendar) {
		week := activity.OfficeHours(8*60, 16*60)
		c.Hours.On, c.Hours.Week = true, &week
	})
	anna := w.people[0]
	w.meeting(anna, "10:00", "12:00")
	w.meeting(anna, "10:30", "11:00")
	w.event(anna, monday, "2026-11-24", m365.Event{Subject: "SEM: ledig"})
	w.live()
	back := func() {
		t.Helper()
		w.must(w.reconciler.Choose(w.ctx, w.org.ID(), anna, func(k reconcile.Known, _ activity.Span, c *store.ChoiceState) bool {
			*c = k.Back(w.now, "karin")
			return true
		}))
		w.tells()
	}
	w.at("10:40")
	w.wantsTold(anna, "holiday")
	back()
	w.wantsTold(anna, "available")
	w.at("13:00")
	w.wantsTold(anna, "available")
	w.at("18:00")
	w.wantsTold(anna, "gone")
	back()
	w.wantsTold(anna, "available")
	w.at("2026-11-24 07:00")
	w.wantsTold(anna, "available") // until the hours that said otherwise are over
	w.at("2026-11-24 16:30")
	w.wantsTold(anna, "gone")
}

func TestSomebodyAbroadHasOtherDays(t *testing.T) { // 20
	w := newWorkplace(t, 2, nil)
	anna, bo := w.people[0], w.people[1]
	w.event(bo, "2026-11-24", "2026-11-25", m365.Event{Subject: "SEM: ledig"})
	w.must(w.tenant.ChangeMailbox(anna, func(m *m365.Mailbox) { m.Zone = "Eastern Standard Time" }))
	_, err := w.tenant.AddEvent(anna, m365.Event{Subject: "SEM: ledig", AllDay: true, Zone: "tzone://Microsoft/Custom",
		Start: w.time("2026-11-24", "06:00"), End: w.time("2026-11-25", "06:00")})
	w.must(err)
	w.live()
	w.must(reconcile.MailboxSettings{Reconciler: w.reconciler}.Run(w.ctx))
	w.works()
	if got := w.box(anna).Zone; got != "America/New_York" {
		t.Fatalf("her zone is %q", got)
	}
	for _, step := range []struct{ at, anna, bo string }{
		{"2026-11-24 00:30", "available", "holiday"}, {"2026-11-24 06:30", "holiday", "holiday"},
		{"2026-11-25 01:00", "holiday", "available"}, {"2026-11-25 06:00", "available", "available"},
	} {
		w.at(step.at)
		w.wantsTold(anna, step.anna)
		w.wantsTold(bo, step.bo)
	}
}

func TestWhatSomebodyWaitsForIsReadFirst(t *testing.T) {
	due := []store.DueMailbox{{Person: "sweep", Cause: reconcile.CauseSweep}, {Person: "again", Cause: reconcile.CauseAgain},
		{Person: "new", Cause: reconcile.CauseNew}, {Person: "told", Cause: reconcile.CauseTold}}
	reconcile.UrgentFirst(due)
	var got []string
	for _, d := range due {
		got = append(got, d.Person)
	}
	if want := []string{"told", "new", "again", "sweep"}; !slices.Equal(got, want) {
		t.Errorf("read in the order %v, want %v", got, want)
	}
}
