package reconcile_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/m365"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/pbx/builtin"
	"github.com/telefonist/telefonist/reconcile"
	"github.com/telefonist/telefonist/store"
)

// workplace is an office whose calendars are read, with a switchboard of its own
// beside the built-in one. It stands still until it is told what time it is.
type workplace struct {
	*office
	people []string
	zone   *time.Location
	clock  *reconcile.Clock
	days   reconcile.Days
	board  *switchboard
}

// monday is the day on which a workplace begins: an ordinary one, in November.
const monday = "2026-11-23"

// newWorkplace hires n people, links them, and reads their calendars for the first
// time at eight on a Monday. change may alter the organization's settings.
func newWorkplace(t *testing.T, n int, change func(*organization.Calendar)) *workplace {
	t.Helper()
	return newWorkplaceIn(t, "Europe/Stockholm", n, change)
}

func newWorkplaceIn(t *testing.T, zone string, n int, change func(*organization.Calendar)) *workplace {
	t.Helper()
	now := time.Now
	tenant := m365.New(m365.Options{People: -1, Seed: 1, PageSize: 20, Now: func() time.Time { return now() },
		Roles: append(slices.Clone(m365.DefaultRoles), "Calendars.Read")})
	w := &workplace{office: openOffice(t, tenant, nil), board: &switchboard{standing: map[string]activity.State{}}}
	now = w.instant
	var err error
	w.zone, err = time.LoadLocation(zone)
	w.must(err)
	w.reconciler.OpenCalendar = w.drivers.Calendar
	w.reconciler.OpenSwitchboard = func(_ context.Context, org organization.ID, id string) (reconcile.Switchboard, error) {
		if id == store.Builtin {
			return reconcile.Switchboard{Activities: builtin.Open(w.store.In(org)), Local: true}, nil
		}
		w.board.now = w.now
		return reconcile.Switchboard{Activities: w.board, AtOnce: 4}, nil
	}
	w.clock = &reconcile.Clock{Reconciler: w.reconciler}
	w.days = reconcile.Days{Reconciler: w.reconciler}
	w.comes(w.time(monday, "08:00").Add(-time.Hour))
	w.settings(func(c *organization.Calendar) {
		c.Zone = zone
		if change != nil {
			change(c)
		}
	})
	w.people = w.staff(n)
	w.start()
	w.comes(w.time(monday, "08:00"))
	return w
}

// settings changes the organization's calendar settings.
func (w *workplace) settings(change func(*organization.Calendar)) {
	w.Helper()
	org, generation, err := w.org.Organization(w.ctx)
	w.must(err)
	change(&org.Settings.Calendar)
	w.must(w.org.SetOrganization(w.ctx, org, generation))
}

// live connects the calendars, for everybody and in earnest.
func (w *workplace) live() *workplace {
	w.Helper()
	return w.connected(organization.Connection{Live: organization.Live{All: true}})
}

// connected connects the calendars, or connects them differently, and works.
func (w *workplace) connected(c organization.Connection) *workplace {
	w.Helper()
	c.Source = w.source
	generation := int64(0)
	if have, err := w.org.Connection(w.ctx, w.source); err == nil {
		generation = have.Generation
	}
	w.must(w.org.PutConnection(w.ctx, c, generation))
	w.works()
	return w
}

// attached adds the switchboard.
func (w *workplace) attached() *workplace {
	w.Helper()
	s, err := w.org.PutSwitchboard(w.ctx, organization.Switchboard{Name: "SIP", Kind: "presence", Register: store.Builtin}, nil, 0)
	w.must(err)
	w.board.id = s.ID
	return w
}

// time is when a day's clock says so.
func (w *workplace) time(day, clock string) time.Time {
	w.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", day+" "+clock, w.zone)
	w.must(err)
	return at
}

// event puts something into a person's calendar, from and to as "2026-11-23 10:00",
// or as days for an event of whole ones.
func (w *workplace) event(person, from, to string, e m365.Event) (id string) {
	w.Helper()
	layout := "2006-01-02 15:04"
	if len(from) == len(time.DateOnly) {
		layout, e.AllDay = time.DateOnly, true
	}
	var err error
	e.Start, err = time.ParseInLocation(layout, from, w.zone)
	w.must(err)
	e.End, err = time.ParseInLocation(layout, to, w.zone)
	w.must(err)
	id, err = w.tenant.AddEvent(person, e)
	w.must(err)
	return id
}

// meeting is one with somebody else, today.
func (w *workplace) meeting(person, from, to string) string {
	w.Helper()
	day := w.now.In(w.zone).Format(time.DateOnly)
	return w.event(person, day+" "+from, day+" "+to, m365.Event{Subject: "Budget", Attendees: []string{"kund@kunden.example"}})
}

// reads reads the calendars of people again, everybody's where none are named.
func (w *workplace) reads(people ...string) {
	w.Helper()
	w.must(w.reconciler.ReadAgain(w.ctx, w.org.ID(), people, reconcile.CauseByHand))
	w.works()
}

// works does everything that is due now, as the engine would.
func (w *workplace) works() {
	w.Helper()
	w.must(w.reconciler.Enroll(w.ctx, w.org.ID()))
	w.must(w.reconciler.Pass(w.ctx, w.org.ID(), w.source))
	w.computes()
	w.tells()
}

// computes computes the days that are due.
func (w *workplace) computes() {
	w.Helper()
	for range 1000 {
		at, err := w.days.Next(w.ctx)
		w.must(err)
		if at.IsZero() || at.After(w.now) {
			return
		}
		w.must(w.days.Run(w.ctx))
	}
	w.Fatal("days are due for ever")
}

// tells tells what is due.
func (w *workplace) tells() {
	w.Helper()
	for range 1000 {
		_, err := w.clock.Tick(w.ctx)
		w.must(err)
		w.clock.Idle()
		at, err := w.store.NextTellingDue(w.ctx)
		w.must(err)
		if at.IsZero() || at.After(w.now) {
			return
		}
		w.clock.Wake()
	}
	w.Fatal("tellings are due for ever")
}

// at lets the time come, of the same day or "2026-11-24 10:00", with nothing but
// the clock and what computes days at work.
func (w *workplace) at(clock string) {
	w.Helper()
	if len(clock) == len("15:04") {
		clock = w.now.In(w.zone).Format(time.DateOnly) + " " + clock
	}
	w.comes(w.time(clock[:10], clock[11:]))
	for range 2 { // what the clock finds may have days computed again
		w.computes()
		w.tells()
	}
}

// told is what the built-in switchboard was told of a person, as colleagues see it.
func (w *workplace) told(person string) activity.State {
	w.Helper()
	all, err := w.org.Tellings(w.ctx, person)
	w.must(err)
	for _, t := range all {
		if t.Switchboard == store.Builtin {
			if t.Inside.Key != "" {
				return t.Inside
			}
			return t.Told
		}
	}
	return activity.State{}
}

// wantsTold fails where something else stands for a person, written "meeting until
// 11:00" or "available"; the end may be left out.
func (w *workplace) wantsTold(person, want string) {
	w.Helper()
	if got := w.say(w.told(person), want); got != want {
		w.Errorf("at %s the switchboard was told %q, want %q", w.now.In(w.zone).Format("Mon 15:04:05"), got, want)
	}
}

// say writes a state as want is written.
func (w *workplace) say(s activity.State, want string) string {
	text := string(s.Key)
	if !s.Until.IsZero() && len(want) > len(text) {
		text += " until " + s.Until.In(w.zone).Format("15:04")
	}
	return text
}

// box is a person's mailbox.
func (w *workplace) box(person string) store.Mailbox {
	w.Helper()
	m, err := w.org.Mailbox(w.ctx, person)
	w.must(err)
	return m
}

// wantsHealth fails where a mailbox is in another state.
func (w *workplace) wantsHealth(person string, want calendar.State) store.Mailbox {
	w.Helper()
	m := w.box(person)
	if m.Health.State != want {
		w.Errorf("the mailbox is %s (%s), want %s", m.Health.State, m.Health.Sentence, want)
	}
	return m
}

// switchboard is a small one: it holds what stands for each subscriber, gives out
// receipts, and can be away.
type switchboard struct {
	id  string
	now time.Time

	mu       sync.Mutex
	standing map[string]activity.State // by name
	calls    []call
	away     bool
	refuse   map[string]bool // names it knows nothing of
	refresh  time.Duration   // how long what it was told lasts, 0 for ever
}

type call struct {
	name    string
	state   activity.State
	receipt string
}

func (b *switchboard) SetActivity(_ context.Context, s pbx.Subscriber, a activity.State, receipt string) (string, time.Time, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls = append(b.calls, call{s.Name(), a, receipt})
	switch {
	case b.away:
		return "", time.Time{}, fmt.Errorf("no route to host")
	case b.refuse[s.Name()]:
		return "", time.Time{}, &pbx.Refusal{Code: "noAddress"}
	case a.Key == activity.Available:
		delete(b.standing, s.Name())
		return "", time.Time{}, nil
	}
	b.standing[s.Name()] = a
	if b.refresh == 0 {
		return fmt.Sprint(len(b.calls)), time.Time{}, nil
	}
	return fmt.Sprint(len(b.calls)), b.now.Add(b.refresh), nil
}

// of is what stands for somebody, and how often it was called since the last time
// this was asked.
func (b *switchboard) of(name string) (activity.Key, int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := len(b.calls)
	b.calls = nil
	return b.standing[name].Key, n
}

// openWith opens calendars that do something once they have been read.
func (w *workplace) openWith(open func(context.Context, organization.ID, string) (reconcile.Calendar, error), after func()) func(context.Context, organization.ID, string) (reconcile.Calendar, error) {
	return func(ctx context.Context, org organization.ID, source string) (reconcile.Calendar, error) {
		cal, err := open(ctx, org, source)
		cal.Reader = readerThen{cal.Reader, after}
		return cal, err
	}
}

type readerThen struct {
	calendar.Source
	after func()
}

func (r readerThen) Read(ctx context.Context, boxes []calendar.Mailbox, window calendar.Window) []calendar.Reading {
	defer r.after()
	return r.Source.Read(ctx, boxes, window)
}
