package main

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/drivers"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/store"
)

// measureStorm is nine o'clock: of everybody a fifth has a meeting that begins at
// one second; and then the end of working hours, at which all of them have gone.
// Told is the built-in switchboard. How late is counted from the second to when
// the state was written into its row; "done" is when the last of them had been
// committed.
func measureStorm(ctx context.Context, b *bench) error { return b.storm(ctx, store.Builtin) }

// measureStormSIP is the same with a presence server over TCP beside the built-in
// switchboard, in another process, which answers each publication at once. How late
// is counted to its answer.
func measureStormSIP(ctx context.Context, b *bench) error {
	address, end, err := b.startSink()
	if err != nil {
		return err
	}
	defer end()
	s, err := b.org.PutSwitchboard(ctx, organization.Switchboard{Name: "SIP", Kind: drivers.Presence, Register: store.Builtin,
		Settings: map[string]string{"server": address, "transport": "tcp", "address": "sip:{extension}@pbx.example.se"}}, nil, 0)
	if err != nil {
		return err
	}
	return b.storm(ctx, store.Builtin, s.ID)
}

func (b *bench) storm(ctx context.Context, boards ...string) error {
	if err := b.forgetRequests(); err != nil {
		return err
	}
	begin := time.Now()
	stop := b.work(ctx)
	defer stop()
	time.Sleep(time.Second)
	if err := b.settled(ctx); err != nil { // a start computes everything anew
		return err
	}
	start := time.Since(begin)
	b.figure("start", start.Seconds(), "s")
	for _, storm := range []func(context.Context, time.Duration, []string) error{b.nineOClock, b.closing} {
		wait := 10*time.Second + start
		err := storm(ctx, wait, boards)
		for ; errors.Is(err, errTooLate); err = storm(ctx, wait, boards) {
			wait *= 2
		}
		if err != nil {
			return err
		}
	}
	requests, _, err := b.requests()
	b.figure("requests", float64(requests), "requests to Microsoft")
	return err
}

// errTooLate says that the days for a second were computed after it, or hardly
// before.
var errTooLate = errors.New("the days were computed too late")

// nineOClock has a meeting begin for every fifth, at a second when that has been
// read and computed.
func (b *bench) nineOClock(ctx context.Context, wait time.Duration, boards []string) error {
	at := time.Now().Add(wait).Truncate(time.Second)
	var some []store.Mailbox
	for page, err := range b.mailboxes(ctx) {
		if err != nil {
			return err
		}
		for _, m := range page {
			if numberOf(m.Person)%5 == 0 {
				some = append(some, m)
			}
		}
	}
	if err := b.read(ctx, some, func(n int) []calendar.Event {
		return append(agendaOf(n, at), calendar.Event{Key: "nine", Start: at, End: at.Add(50 * time.Minute), ShowAs: calendar.Busy,
			Own: calendar.Yes, Others: calendar.Yes})
	}); err != nil {
		return err
	}
	b.reconciler.Wake("days")
	return b.storming(ctx, "meetings", at, len(some), boards)
}

// closing has working hours end for everybody, at a full minute.
func (b *bench) closing(ctx context.Context, wait time.Duration, boards []string) error {
	at := time.Now().Add(wait + time.Minute).Truncate(time.Minute)
	if err := b.set(ctx, func(c *organization.Calendar) {
		zone, err := time.LoadLocation(c.Zone)
		if err != nil {
			zone = time.UTC
		}
		local := at.In(zone)
		var week activity.Hours
		for d := range week.Week {
			week.Week[d] = []activity.Shift{{From: 0, To: 60*local.Hour() + local.Minute()}}
		}
		c.Hours.On, c.Hours.Week = true, &week
	}); err != nil {
		return err
	}
	if err := b.reconciler.Enroll(ctx, b.org.ID()); err != nil {
		return err
	}
	return b.storming(ctx, "closing", at, b.people, boards)
}

// storming waits for a second at which many change, and tells how late they were
// told.
func (b *bench) storming(ctx context.Context, name string, at time.Time, want int, boards []string) error {
	if err := b.settled(ctx); err != nil {
		return err
	}
	if left := time.Until(at); left < 3*time.Second {
		return fmt.Errorf("%s: %w: %v before", name, errTooLate, left)
	}
	told, deaf := b.store.Listen()
	defer deaf()
	var last atomic.Int64
	go func() {
		for e := range told {
			if e.Kind == store.Activities {
				last.Store(time.Now().UnixNano())
			}
		}
	}()
	time.Sleep(time.Until(at))
	before := cpu()
	time.Sleep(time.Second)
	if err := b.settled(ctx); err != nil {
		return err
	}
	b.figure(name+".cpu", (cpu() - before).Seconds(), "s")
	b.figure(name+".done", time.Unix(0, last.Load()).Sub(at).Seconds(), "s")
	for i, board := range boards {
		label := name
		if i > 0 {
			label += ".SIP"
		}
		late, err := b.lateness(ctx, board, at)
		if err != nil {
			return err
		}
		if err := b.late(label, late, want); err != nil {
			return err
		}
	}
	return nil
}

// lateness is how late each of those was told whom a switchboard was told of since
// a time.
func (b *bench) lateness(ctx context.Context, board string, since time.Time) ([]time.Duration, error) {
	var all []time.Duration
	for after := int64(0); ; {
		rows, next, err := b.org.TellingsOf(ctx, board, false, after, 5000)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			if !r.ToldAt.Before(since) && r.Answer.Code == "" {
				all = append(all, r.Late)
			}
		}
		if after = next; after == 0 {
			return all, nil
		}
	}
}
