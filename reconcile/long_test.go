//go:build !race

package reconcile_test

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/m365"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/reconcile"
	"github.com/telefonist/telefonist/store"
)

// What is here takes long and does one thing at a time: the race detector, under
// which it would take ten times as long, would find nothing in it that it doesn't find
// in the others.

func TestWhatWorksOnceGoesOnWorking(t *testing.T) { // 18
	w := newWorkplace(t, 1, nil)
	anna := w.people[0]
	for h := 8; h < 17; h++ {
		from, to := time.Duration(h)*time.Hour+5*time.Minute, time.Duration(h)*time.Hour+25*time.Minute
		for day := range 5 {
			midnight := w.time(monday, "00:00").AddDate(0, 0, day)
			_, err := w.tenant.AddEvent(anna, m365.Event{Start: midnight.Add(from), End: midnight.Add(to), Attendees: []string{"x@y.example"}})
			w.must(err)
		}
	}
	w.live()
	for day := range 5 {
		for m := 8 * 60; m < 17*60; m += 5 {
			w.comes(w.time(monday, "00:00").AddDate(0, 0, day).Add(time.Duration(m) * time.Minute))
			w.computes()
			w.tells()
			want := activity.Available
			if m%60 >= 5 && m%60 < 25 {
				want = activity.Meeting
			}
			if got := w.told(anna).Key; got != want {
				t.Fatalf("on %s: %s, want %s", w.now.In(w.zone).Format("Mon 15:04"), got, want)
			}
		}
	}
}

func TestSummerTimeBeginsAndEnds(t *testing.T) { // 20
	for zone, nights := range map[string][2]string{
		"Europe/Stockholm": {"2027-03-28", "2027-10-31"}, "Europe/Amsterdam": {"2027-03-28", "2027-10-31"}, "America/New_York": {"2027-03-14", "2027-11-07"},
	} {
		w := newWorkplaceIn(t, zone, 1, nil)
		anna := w.people[0]
		w.must(w.tenant.ChangeMailbox(anna, func(m *m365.Mailbox) { m.Zone = zone }))
		w.event(anna, monday+" 09:00", monday+" 09:30", m365.Event{Attendees: []string{"a@b.example"}, Zone: zone, Recurrence: &m365.Recurrence{Type: "daily"}})
		w.live()
		for _, night := range nights {
			first, err := time.ParseInLocation(time.DateOnly, night, w.zone)
			w.must(err)
			w.event(anna, night, first.AddDate(0, 0, 1).Format(time.DateOnly), m365.Event{Subject: "SEM: ledig", Zone: zone})
			for day := -1; day <= 2; day++ {
				date := first.AddDate(0, 0, day).Format(time.DateOnly)
				w.at(date + " 00:00")
				w.reads()
				standing := map[string]string{"08:59": "available", "09:00": "meeting until 09:30", "09:30": "available", "23:59": "available"}
				if day == 0 {
					standing = map[string]string{"00:00": "holiday", "09:10": "holiday", "23:59": "holiday"}
				}
				for _, at := range []string{"00:00", "08:59", "09:00", "09:10", "09:30", "23:59"} {
					if want, ok := standing[at]; ok {
						w.at(date + " " + at)
						w.wantsTold(anna, want)
					}
				}
			}
		}
	}
}

func TestMidsommarafton(t *testing.T) {
	w := newWorkplace(t, 1, func(c *organization.Calendar) {
		week := activity.OfficeHours(8*60, 17*60)
		c.Hours.On, c.Hours.Week = true, &week
		c.Hours.FreeDays = activity.FreeDays{Country: "SE", Halves: true, HalfEnds: 12 * 60}
	})
	anna := w.people[0]
	w.event(anna, "2027-06-24 15:00", "2027-06-24 16:00", m365.Event{Attendees: []string{"a@b.example"}})
	w.live()
	for _, step := range []struct{ at, want string }{
		{"2027-06-24 09:00", "available"}, {"2027-06-24 15:30", "meeting until 16:00"}, {"2027-06-24 16:00", "available"}, {"2027-06-24 17:00", "gone"},
		{"2027-06-25 10:00", "gone"}, {"2027-06-26 10:00", "gone"}, {"2027-06-28 08:00", "available"},
	} {
		w.at(step.at)
		w.reads()
		w.wantsTold(anna, step.want)
	}
}

func TestNight(t *testing.T) {
	stockholm, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		t.Fatal(err)
	}
	at := func(text string) time.Time {
		t.Helper()
		v, err := time.ParseInLocation("2006-01-02 15:04", text, stockholm)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	window := func(from, to int) organization.Schedule {
		return organization.Schedule{Mode: organization.Nightly, From: from, To: to, Zone: "Europe/Stockholm"}
	}
	for _, c := range []struct {
		name     string
		schedule organization.Schedule
		now      string
		want     string
	}{
		{"tonight", window(3*60, 3*60+1), "2026-11-21 22:00", "2026-11-22 03:00"},
		{"this morning", window(3*60, 3*60+1), "2026-11-21 02:59", "2026-11-21 03:00"},
		{"just now is over", window(3*60, 3*60+1), "2026-11-21 03:00", "2026-11-22 03:00"},
		{"before summer time", window(4*60, 4*60+1), "2026-03-28 12:00", "2026-03-29 04:00"},
		{"an hour that does not exist", window(2*60+30, 2*60+31), "2026-03-28 12:00", "2026-03-29 03:30"},
		{"an hour there twice", window(2*60+30, 2*60+31), "2026-10-24 12:00", "2026-10-25 02:30"},
		{"over midnight, before", window(23*60+59, 0), "2026-11-21 12:00", "2026-11-21 23:59"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := reconcile.Night(c.schedule, "personal", at(c.now))
			if got.In(stockholm).Format("2006-01-02 15:04") != c.want {
				t.Errorf("got %v, want %s", got.In(stockholm), c.want)
			}
		})
	}
	t.Run("spread over the window, once a day", func(t *testing.T) {
		minutes := map[int]bool{}
		for i := range 50 {
			id := store.NewID() + string(rune('a'+i%26))
			s, now := window(22*60, 5*60), at("2026-01-01 00:00")
			for range 370 {
				next := reconcile.Night(s, id, now)
				if d := next.Sub(now); d <= 0 || d > 25*time.Hour {
					t.Fatalf("after %v comes %v", now, next)
				}
				if h := next.In(stockholm).Hour(); h >= 5 && h < 22 {
					t.Fatalf("%v is outside the window", next.In(stockholm))
				}
				now = next
			}
			minutes[now.In(stockholm).Hour()*60+now.In(stockholm).Minute()] = true
		}
		if len(minutes) < 25 {
			t.Errorf("50 replicators start in %d minutes", len(minutes))
		}
	})
}

func TestSchedule(t *testing.T) {
	for _, c := range []struct {
		mode  organization.ScheduleMode
		due   time.Duration // after the round, 0 for never
		cause store.Cause
		whole bool
	}{
		{organization.ByHand, 0, "", false},
		{organization.Soon, time.Minute, store.OnChange, false},
		{organization.Nightly, 17 * time.Hour, store.Nightly, true}, // 02:00 UTC, 3 in Stockholm
	} {
		t.Run(string(c.mode), func(t *testing.T) {
			o := emptyOffice(t, func(r *organization.Replicator) {
				r.Schedule = organization.Schedule{Mode: c.mode, From: 180, To: 181, Zone: "Europe/Stockholm"}
			})
			o.staff(1)
			o.start()
			rep, err := o.org.Replicator(o.ctx, o.replicator)
			o.must(err)
			want := time.Time{}
			if c.due > 0 {
				want = o.now.Add(c.due)
			}
			if !rep.DueAt.Equal(want) || rep.DueCause != c.cause || rep.DueWhole != c.whole {
				t.Errorf("due at %v for %q, whole %v; want %v for %q, %v", rep.DueAt, rep.DueCause, rep.DueWhole, want, c.cause, c.whole)
			}
		})
	}
}

// From a server's trouble nobody's activity follows, and no storm on it.
func TestAServersTroubles(t *testing.T) {
	for name, c := range map[string]struct {
		options  m365.ExchangeOptions
		begin    func(*serverRoom)
		code     string // of the trouble, "" where it may be mailboxes' own
		requests int    // at most, in an hour
		cure     func(*serverRoom)
	}{
		"another password": {m365.ExchangeOptions{Lockout: 5},
			func(r *serverRoom) { r.must(r.x.SetPassword("monitor", "Nytt!24")) }, "exchange.refused", 5,
			func(r *serverRoom) { r.password("Nytt!24") }},
		"a locked account": {m365.ExchangeOptions{},
			func(r *serverRoom) { r.must(r.x.Disable("monitor", true)) }, "", 5,
			func(r *serverRoom) { r.must(r.x.Disable("monitor", false)); r.password("Hemligt!23") }},
		"a busy server": {m365.ExchangeOptions{},
			func(r *serverRoom) {
				r.must(r.x.Fault(m365.ExchangeFault{Kind: m365.ExchangeBusy, BackOff: time.Minute, Times: m365.Forever, For: 5 * time.Minute}))
			}, "", 100, func(*serverRoom) {}},
		"a server that is away": {m365.ExchangeOptions{},
			func(r *serverRoom) {
				r.must(r.x.Fault(m365.ExchangeFault{Kind: m365.ExchangeUnavailable, Times: m365.Forever}))
			}, "", 100, func(r *serverRoom) { r.x.ClearFaults() }},
	} {
		t.Run(name, func(t *testing.T) {
			r := newServerRoom(t, 8, c.options, m365.NoTLS)
			r.must(r.x.GrantEverybody(m365.RightLimitedDetails))
			r.own(r.people...)
			for _, p := range r.people {
				r.meeting(p, "10:00", "17:00")
			}
			r.settles()
			for _, p := range r.people {
				r.wantsHealth(p, calendar.Fine)
			}
			r.at("10:00")
			c.begin(r)
			r.x.ResetRequests()
			r.sweeps(3*time.Minute, time.Minute)
			r.sweeps(57*time.Minute, 6*time.Minute)
			for _, p := range r.people {
				r.wantsTold(p, "meeting until 17:00")
			}
			if n := len(r.x.Requests()); n > c.requests {
				t.Errorf("%d requests in an hour, want at most %d", n, c.requests)
			}
			if tries, locked, err := r.x.BadPasswords("monitor"); err != nil || locked || tries > 4 { // one on each connection
				t.Errorf("%d bad passwords were tried; locked: %v, %v", tries, locked, err)
			}
			trouble, hindered := r.reconciler.Trouble(r.org.ID(), r.source)
			if c.code != "" && (!hindered || trouble.Reason.Code != c.code) {
				t.Errorf("the trouble is %+v, want %s", trouble, c.code)
			}
			c.cure(r)
			r.passes(30 * time.Minute)
			r.passes(30 * time.Minute)
			for _, p := range r.people {
				r.wantsHealth(p, calendar.Fine)
			}
			if trouble, hindered := r.reconciler.Trouble(r.org.ID(), r.source); hindered {
				t.Errorf("after the cure there still is trouble: %+v", trouble)
			}
		})
	}
}

// Whatever mailboxes and services have been through, once things are well again one
// pass by each candidate ends where the mailbox is, with what stands in it.
func TestMailboxesEndWhereTheyAre(t *testing.T) {
	p := newPlant(t, 3, true, nil)
	services := []*service{p.cloud, p.server(organization.Connection{}), p.server(organization.Connection{})}
	states := []calendar.State{calendar.NoMailbox, calendar.OnServer, calendar.Denied, calendar.Failed, calendar.Throttled, calendar.NoSource}
	p.settles()
	rapid.Check(t, func(rt *rapid.T) {
		for range rapid.IntRange(1, 6).Draw(rt, "steps") {
			s := services[rapid.IntRange(0, 2).Draw(rt, "service")]
			address := p.address(p.people[rapid.IntRange(0, 2).Draw(rt, "person")])
			switch what := rapid.IntRange(0, len(states)+2).Draw(rt, "what"); {
			case what < len(states):
				s.says(address, states[what])
			case what == len(states):
				s.away = errors.New("no route to host")
			case what == len(states)+1:
				s.away = nil
			default:
				s.holds(address, calendar.Times, p.now.Add(time.Hour), p.now.Add(2*time.Hour))
			}
			before := map[string]int{}
			for _, person := range p.people {
				before[person] = len(p.box(person).Agenda)
				for _, s := range services {
					s.times(p.address(person))
				}
			}
			p.passes(time.Duration(rapid.IntRange(1, 200).Draw(rt, "minutes")) * time.Minute)
			for _, person := range p.people {
				for _, s := range services {
					if n := s.times(p.address(person)); n > 1 {
						rt.Fatalf("a mailbox was asked for %d times at once", n)
					}
				}
				if m := p.box(person); len(m.Agenda) < before[person] && m.Health.State != calendar.Fine {
					rt.Fatalf("a mailbox that is %s has lost its agenda", m.Health.State)
				}
			}
		}
		right := map[string]*service{}
		for _, person := range p.people {
			right[person] = services[rapid.IntRange(0, 2).Draw(rt, "right")]
			for _, s := range services {
				s.away = nil
				s.says(p.address(person), calendar.NoMailbox)
			}
			right[person].holds(p.address(person), calendar.Times, p.now.Add(30*time.Hour), p.now.Add(31*time.Hour))
		}
		p.passes(26 * time.Hour) // longer than anything waits
		for _, person := range p.people {
			m := p.box(person)
			if m.Source != right[person].source || m.Health.State != calendar.Fine || m.Sought != nil || len(m.Agenda) == 0 ||
				m.Agenda[len(m.Agenda)-1].Key != right[person].boxes[m.Address].Events[0].Key {
				rt.Fatalf("the mailbox is %+v", m)
			}
		}
	})
}
