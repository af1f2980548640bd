package reconcile

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/store"
)

// Clock tells switchboards what stands, at the second it begins. Clock and
// delivery are one loop: tellings that are due within some seconds are loaded; at
// their instant what their day says is compared with what was told; where that
// differs it is told; and what was told is written, with when it is looked at
// next. Nothing is asked of Microsoft for it, and no row is read by itself.
//
// Nothing of importance is kept in memory: what is loaded is a copy of rows, and
// a row that is lost from here is found again when its time has come.
type Clock struct {
	*Reconciler

	ready   []telling // loaded ahead of their time, the first to be told last
	known   map[tellingKey]bool
	horizon time.Time // all that is due before it has been loaded
	last    time.Time // when it last looked

	history []store.HistoryRow // what was told at this instant and is not in it yet

	mu    sync.Mutex
	again []time.Time // when something that is not loaded is due, in order

	lanes map[laneKey]*lane
	group sync.WaitGroup
}

const (
	lookAhead   = 5 * time.Second
	lookGrain   = 10 * time.Millisecond
	lookSlack   = time.Second // of which so much is left when the next is loaded
	readyAtMost = 20_000      // tellings that are kept loaded
	pageOfDue   = 2_000
	toldAtOnce  = 500 // rows of a transaction
)

type tellingKey struct {
	org                     organization.ID
	switchboard, subscriber string
}

// telling is one that is to be told, with what its day says from its instant on.
type telling struct {
	store.TellingState
	terms *terms
	at    time.Time      // when it is to be told
	until time.Time      // how long what is wanted stands, zero not known
	want  activity.State // whole
	blank bool           // nothing is known of her day
}

func (t *telling) key() tellingKey {
	return tellingKey{t.Organization, t.Switchboard, t.Subscriber}
}

// Run tells until ctx ends, and waits for what is under way.
func (c *Clock) Run(ctx context.Context) {
	defer c.group.Wait()
	if err := c.Store.RecallHistory(ctx); err != nil && ctx.Err() == nil {
		c.Log.Error("the clock", "error", err)
	}
	pause := firstPause
	for ctx.Err() == nil {
		next, err := c.Tick(ctx)
		wait := next.Sub(c.Now())
		if err != nil && ctx.Err() == nil {
			c.Log.Error("the clock", "error", err, "again", pause)
			wait, pause = pause, min(2*pause, lookAhead)
			c.horizon = time.Time{}
		} else {
			pause = firstPause
		}
		c.sleep(ctx, wait)
	}
}

const firstPause = 200 * time.Millisecond

// sleep waits until d has passed or the bell rings. A clock that is set forward or
// back meanwhile costs no more than a look ahead.
func (c *Clock) sleep(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(min(d, lookAhead))
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-c.clock.rung():
		c.look(c.Now())
	}
}

// Tick tells what is due now and returns when it is to be called again: at the
// latest after some seconds.
func (c *Clock) Tick(ctx context.Context) (time.Time, error) {
	defer c.record(ctx)
	now := c.Now()
	if c.last.Sub(now) > lookAhead {
		if err := c.setBack(ctx); err != nil {
			return now, err
		}
	}
	c.last = now
	select {
	case <-c.clock.rung():
		c.look(now)
	default:
	}
	for due := c.takeReady(now); len(due) > 0; due = c.takeReady(now) {
		if err := c.tell(ctx, due); err != nil {
			return now, err
		}
	}
	if c.looks(now) {
		if err := c.tellDue(ctx); err != nil {
			return now, err
		}
	}
	if c.mustLoad(c.Now()) {
		if err := c.load(ctx); err != nil {
			return now, err
		}
	}
	next := c.horizon
	if n := len(c.ready); n > 0 {
		next = c.ready[n-1].at
	}
	if c.ready == nil || next.After(c.horizon.Add(-lookSlack)) && !c.soon(c.Now()) {
		next = c.horizon.Add(-lookSlack)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.again) > 0 {
		next = earliest(next, c.again[0])
	}
	return next, nil
}

// mustLoad is true where what is loaded comes to its end, but not in the second
// before something is to be told: loading thousands takes a part of one.
func (c *Clock) mustLoad(now time.Time) bool {
	return !c.horizon.After(now) || !c.horizon.After(now.Add(lookSlack)) && !c.soon(now)
}

// soon is true where something that is loaded is to be told within a second.
func (c *Clock) soon(now time.Time) bool {
	n := len(c.ready)
	return n > 0 && !c.ready[n-1].at.After(now.Add(lookSlack))
}

// Wake has the clock look at what is due at once.
func (c *Clock) Wake() { c.clock.ring() }

// Idle waits until all that was handed to switchboards has been told.
func (c *Clock) Idle() { c.group.Wait() }

// setBack begins anew after the machine's clock was set back by more than may pass
// unseen: what has been told may lie ahead, and is due when that is over. All days
// are computed again, and after them looked at what was told.
func (c *Clock) setBack(ctx context.Context) error {
	c.Log.Warn("the clock was set back", "from", c.last)
	c.ready, c.known, c.horizon = nil, nil, time.Time{}
	all, err := c.Store.AllOrganizations(ctx)
	if err != nil {
		return fmt.Errorf("set back: %w", err)
	}
	for _, org := range all {
		if err := c.Store.In(org).StaleDays(ctx, nil); err != nil {
			return fmt.Errorf("set back: %w", err)
		}
	}
	c.wake(WorkDays)
	return nil
}

// takeReady takes out what was loaded and whose instant has come, a page at a time: a
// telling is more than a kilobyte.
func (c *Clock) takeReady(now time.Time) []telling {
	n := len(c.ready)
	for n > 0 && len(c.ready)-n < pageOfDue && !c.ready[n-1].at.After(now) {
		n--
	}
	due := slices.Clone(c.ready[n:])
	clear(c.ready[n:])
	c.ready = c.ready[:n]
	slices.Reverse(due)
	for i := range due {
		delete(c.known, due[i].key())
	}
	return due
}

// tellDue tells everything that is due by its row, page by page.
func (c *Clock) tellDue(ctx context.Context) error {
	for after := (store.Place{}); ; {
		now := c.Now()
		page, err := c.page(ctx, now, after, now)
		if err != nil {
			return err
		}
		if len(page.tellings) > 0 {
			c.drop(page.tellings)
			if err := c.tell(ctx, page.tellings); err != nil {
				return err
			}
		}
		if page.last {
			return nil
		}
		after = page.after
	}
}

// earliest is the earlier of two times, of which a zero one is none.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
