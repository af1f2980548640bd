package main

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/desk"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/reconcile"
	"github.com/telefonist/telefonist/store"
)

// measureOffice reads the directory of the office, whose calendars the next steps
// read, and links everybody.
func measureOffice(ctx context.Context, b *bench) error {
	r, err := b.round(ctx, store.ByHand, true)
	if err != nil {
		return err
	}
	if err := b.reconciler.Approve(ctx, b.org.ID(), r.ID, "bench"); err != nil {
		return err
	}
	if err := b.reconciler.Round(ctx, b.org.ID(), b.replicator); err != nil {
		return err
	}
	r, err = b.last(ctx)
	b.figure("people", float64(r.Counts["done"]), "people")
	return err
}

// counted counts the views that are asked of a source: each is one page where
// nobody has more than a thousand events.
type counted struct {
	calendar.Source
	views *atomic.Int64
}

func (c counted) Read(ctx context.Context, mailboxes []calendar.Mailbox, w calendar.Window) []calendar.Reading {
	c.views.Add(int64(len(mailboxes)))
	return c.Source.Read(ctx, mailboxes, w)
}

// counting has b's readings counted.
func (b *bench) counting() *atomic.Int64 {
	var views atomic.Int64
	open := b.reconciler.OpenCalendar
	b.reconciler.OpenCalendar = func(ctx context.Context, org organization.ID, source string) (reconcile.Calendar, error) {
		c, err := open(ctx, org, source)
		c.Reader = counted{c.Reader, &views}
		return c, err
	}
	return &views
}

// reading waits until all mailboxes have been read after a time, and tells what
// that took of batches.
func (b *bench) reading(ctx context.Context, after time.Time, views *atomic.Int64) error {
	links, err := b.org.LinksOfReplicator(ctx, b.replicator)
	if err != nil {
		return err
	}
	for unread := int64(1); unread > 0; time.Sleep(time.Second) { // each look counts all rows
		counts, err := b.org.MailboxCounts(ctx)
		if err != nil {
			return err
		}
		unread = int64(len(links))
		for _, c := range counts {
			if c.Health != calendar.Never && (c.Health != calendar.Fine || c.Oldest.After(after)) {
				unread -= c.Mailboxes
			}
		}
	}
	pages := (views.Load() + 19) / 20
	_, batches, err := b.requests()
	b.figure("pages", float64(views.Load()), "pages")
	b.figure("batches", float64(batches), "batches")
	b.figure("batches.share", float64(batches)/float64(pages), "of ⌈pages/20⌉")
	return err
}

// measureCalendars reads the calendars of 10,000 people for the first time,
// computes their days and tells the built-in switchboard.
func measureCalendars(ctx context.Context, b *bench) error {
	if err := b.connect(ctx); err != nil {
		return err
	}
	if err := b.forgetRequests(); err != nil {
		return err
	}
	views := b.counting()
	var stop func()
	err := b.timed(func() error {
		stop = b.work(ctx)
		return b.reading(ctx, time.Time{}, views)
	})
	defer stop()
	if err != nil {
		return err
	}
	counts, err := b.org.MailboxCounts(ctx)
	for _, c := range counts {
		b.figure("mailboxes."+string(c.Health), float64(c.Mailboxes), "mailboxes")
	}
	return err
}

// measureSweep reads all of them again, one of a hundred having changed.
func measureSweep(ctx context.Context, b *bench) error {
	views := b.counting()
	stop := b.work(ctx)
	defer stop()
	time.Sleep(time.Second)
	if err := b.settled(ctx); err != nil { // what a start has computed and swept
		return err
	}
	n := 0
	for page, err := range b.mailboxes(ctx) {
		if err != nil {
			return err
		}
		for _, m := range page {
			if n++; n%100 != 0 || m.Health.State != calendar.Fine {
				continue
			}
			if err := b.meet(m.Person, "Avstämning", time.Now().Add(time.Hour)); err != nil {
				return err
			}
		}
	}
	if err := b.forgetRequests(); err != nil {
		return err
	}
	views.Store(0)
	begin := time.Now()
	if err := b.timed(func() error {
		if err := b.reconciler.ReadAgain(ctx, b.org.ID(), nil, reconcile.CauseSweep); err != nil {
			return err
		}
		return b.reading(ctx, begin, views)
	}); err != nil {
		return err
	}
	changed := 0
	for page, err := range b.mailboxes(ctx) {
		if err != nil {
			return err
		}
		for _, m := range page {
			if m.ChangedAt.After(begin) {
				changed++
			}
		}
	}
	b.figure("changed", float64(changed), "mailboxes")
	return nil
}

// meet puts an hour into somebody's calendar.
func (b *bench) meet(person, subject string, from time.Time) error {
	return b.ask("people/"+person+"/events", fmt.Sprintf(`{"subject":%q,"start":%q,"end":%q}`,
		subject, from.UTC().Format(time.RFC3339), from.Add(time.Hour).UTC().Format(time.RFC3339)))
}

// measureTry tries other settings on 10,000 people, for the days behind and ahead
// that are held.
func measureTry(ctx context.Context, b *bench) error {
	d := &desk.Desk{Store: b.store, Log: b.reconciler.Log, Now: time.Now, Reconcile: b.reconciler}
	s := organization.DefaultCalendar()
	week := activity.OfficeHours(8*60, 16*60+30)
	s.Preset, s.Hours.On, s.Hours.Week = activity.ByStatus, true, &week
	return b.timed(func() error {
		trial, err := d.As(desk.AtSocket()).In(b.org.ID()).TryCalendarSettings(ctx, s, nil)
		b.figure("people", float64(trial.Differ+trial.Same), "people")
		b.figure("differ", float64(trial.Differ), "people")
		return err
	})
}

// measureDays computes three days of a person with 60 events, with hours.
func measureDays(_ context.Context, b *bench) error {
	zone, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		return err
	}
	today := calendar.DateOf(time.Now().In(zone))
	week := activity.OfficeHours(8*60, 17*60)
	in := activity.Input{From: today.Add(-1).Midnight(zone), To: today.Add(3).Midnight(zone), Zone: zone, Set: activity.Nine(), Calendar: true,
		Events: agendaOf(7, time.Now()), Known: today.Add(35).Midnight(zone), Rules: activity.ByBoth.Rules(activity.Nine(), nil),
		Hours: &week, OffHours: activity.Gone, FreeDays: activity.FreeDays{Country: "SE"}}
	const n = 20_000
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	begin := time.Now()
	for range n {
		activity.Make(in)
	}
	took := time.Since(begin)
	runtime.ReadMemStats(&after)
	b.figure("events", float64(len(in.Events)), "events")
	b.figure("rate", n/took.Seconds(), "days/s")
	b.figure("allocations", float64(after.Mallocs-before.Mallocs)/n, "allocations/day")
	b.figure("bytes", float64(after.TotalAlloc-before.TotalAlloc)/n, "B/day")
	return nil
}
