package reconcile

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
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
	if err := c.tell(ctx, c.takeReady(now)); err != nil {
		return now, err
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

// takeReady takes out what was loaded and whose instant has come.
func (c *Clock) takeReady(now time.Time) []telling {
	n := len(c.ready)
	for n > 0 && !c.ready[n-1].at.After(now) {
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

// drop leaves out of what was loaded earlier what has been loaded anew.
func (c *Clock) drop(fresh []telling) {
	some := false
	anew := make(map[tellingKey]bool, len(fresh))
	for i := range fresh {
		key := fresh[i].key()
		anew[key] = true
		some = some || c.known[key]
		delete(c.known, key)
	}
	if some {
		c.ready = slices.DeleteFunc(c.ready, func(t telling) bool { return anew[t.key()] })
	}
}

// load tells what is due, and loads what will be so soon.
func (c *Clock) load(ctx context.Context) error {
	if err := c.tellDue(ctx); err != nil {
		return err
	}
	now := c.Now()
	until := now.Add(lookAhead)
	c.ready, c.known = c.ready[:0], map[tellingKey]bool{}
	for after := (store.Place{}); ; {
		page, err := c.page(ctx, until, after, now)
		if err != nil {
			return err
		}
		for _, t := range page.tellings {
			c.ready = append(c.ready, t)
			c.known[t.key()] = true
		}
		if len(c.ready) >= readyAtMost && !page.last {
			until = c.ready[len(c.ready)-1].at
			c.look(until) // the rest is loaded when these have been told
			break
		}
		if page.last {
			break
		}
		after = page.after
	}
	slices.SortStableFunc(c.ready, func(a, b telling) int { return b.at.Compare(a.at) })
	c.horizon = until
	return nil
}

// look has rows looked at again at that time, or hardly later.
func (c *Clock) look(at time.Time) {
	if at.After(c.Now()) {
		at = at.Add(lookGrain - 1).Truncate(lookGrain)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if i, ok := slices.BinarySearchFunc(c.again, at, time.Time.Compare); !ok {
		c.again = slices.Insert(c.again, i, at)
	}
}

// looks is true where rows are to be looked at now.
func (c *Clock) looks(now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for n < len(c.again) && !c.again[n].After(now) {
		n++
	}
	c.again = slices.Delete(c.again, 0, n)
	return n > 0
}

// page is some tellings that are due, in their order.
type page struct {
	tellings []telling
	after    store.Place
	last     bool
}

// page loads tellings that are due before a time, those left out that are under
// way already.
func (c *Clock) page(ctx context.Context, before time.Time, after store.Place, now time.Time) (page, error) {
	flying := c.flying() // before the rows are read, which may be saved meanwhile
	rows, err := c.Store.DueTellings(ctx, before, after, pageOfDue)
	if err != nil {
		return page{}, fmt.Errorf("load tellings: %w", err)
	}
	p := page{last: len(rows) < pageOfDue, tellings: make([]telling, 0, len(rows))}
	books := map[organization.ID]*terms{}
	for i := range rows {
		row := &rows[i]
		if flying[tellingKey{row.Organization, row.Switchboard, row.Subscriber}] {
			continue
		}
		t := books[row.Organization]
		if t == nil {
			if t, err = c.terms(ctx, c.Store.In(row.Organization)); err != nil {
				return page{}, err
			}
			books[row.Organization] = t
		}
		p.tellings = append(p.tellings, prepare(row, t, now))
	}
	if !p.last {
		p.after = rows[len(rows)-1].After()
	}
	return p, nil
}

// prepare finds what is to be told of a row at its instant.
func prepare(row *store.DueTelling, t *terms, now time.Time) telling {
	one := telling{TellingState: row.TellingState, terms: t, at: row.DueAt}
	if one.at.Before(now) {
		one.at = now
	}
	if row.Leaving {
		one.want = available
		return one
	}
	span, ok := row.Day.At(one.at)
	if !ok {
		one.blank = true
		return one
	}
	one.want, one.until = span.State, row.Day.Next(one.at)
	return one
}

// available is what stands where nothing does.
var available = activity.State{Key: activity.Available, Open: true}

// tell tells some tellings whose instant has come. What the built-in switchboard
// is told is written, which is all there is to it; what others are told is handed
// to their lanes.
func (c *Clock) tell(ctx context.Context, due []telling) error {
	blank := map[organization.ID][]string{}
	for some := range slices.Chunk(due, toldAtOnce) {
		now := c.Now()
		rows := make([]store.ToldRow, 0, len(some))
		for i := range some {
			t := &some[i]
			switch {
			case t.blank:
				rows = append(rows, waits(t))
				blank[t.Organization] = append(blank[t.Organization], t.Person)
			case !t.until.IsZero() && !t.until.After(now): // too late for it: what stands now is loaded
				c.look(now)
			case t.Switchboard == store.Builtin:
				rows = append(rows, c.told(t, now))
			default:
				row, told := c.outside(t, now)
				if told {
					rows = append(rows, row)
				} else {
					c.hand(ctx, *t)
				}
			}
		}
		save := c.save
		if len(due) > toldAtOnce {
			save = c.saveFirst
		}
		if err := save(ctx, rows); err != nil {
			return err
		}
	}
	for org, people := range blank {
		if err := c.Store.In(org).StaleDays(ctx, people); err != nil {
			return fmt.Errorf("compute again: %w", err)
		}
		c.wake(WorkDays)
	}
	return nil
}

// save writes what was told, before anything else is written, even where we are
// being stopped.
func (c *Clock) save(ctx context.Context, rows []store.ToldRow) error {
	if len(rows) == 0 {
		return nil
	}
	stale, err := c.Store.SaveTold(context.WithoutCancel(ctx), rows)
	if err != nil {
		return fmt.Errorf("keep what was told: %w", err)
	}
	if stale > 0 {
		c.clock.ring() // made due meanwhile
	}
	return nil
}

// saveFirst is save for one of many batches of an instant, whose lines in the
// history wait until all have been told.
func (c *Clock) saveFirst(ctx context.Context, rows []store.ToldRow) error {
	lines, stale, err := c.Store.SaveToldFirst(context.WithoutCancel(ctx), rows)
	c.history = append(c.history, lines...)
	if err != nil {
		return fmt.Errorf("keep what was told: %w", err)
	}
	if stale > 0 {
		c.clock.ring()
	}
	return nil
}

// record writes the lines that wait into the history, beside the clock and behind
// it.
func (c *Clock) record(ctx context.Context) {
	if len(c.history) == 0 {
		return
	}
	lines := c.history
	c.history = nil
	c.group.Go(func() {
		if err := c.Store.AddHistory(context.WithoutCancel(ctx), lines); err != nil {
			c.Log.Error("keeping the history of what was told", "lines", len(lines), "error", err)
		}
	})
}

// waits is a row of a person whose day does not hold this moment: it is looked at
// again when her day has been computed.
func waits(t *telling) store.ToldRow {
	row := store.ToldRow{TellingState: t.TellingState, Kind: store.Unchanged}
	row.DueAt = time.Time{}
	return row
}

// told is what comes of telling the built-in switchboard.
func (c *Clock) told(t *telling, now time.Time) store.ToldRow {
	row := store.ToldRow{TellingState: t.TellingState, Kind: store.Unchanged}
	row.DueAt = t.until
	c.dueAgain(row.DueAt)
	outward := t.outward()
	inside := activity.State{}
	if !t.want.Same(outward) {
		inside = t.want
	}
	switch {
	case t.Leaving:
		row.Kind = store.Forgotten
	case t.Told.Key != "" && t.Told.Same(outward) && t.Inside.Same(inside):
		return row
	default:
		row.Kind = store.Changed
	}
	row.Told, row.Inside = outward, inside
	row.ToldAt, row.Late, row.Answer, row.Tries = now, max(0, now.Sub(t.DueAt)), pbx.Reason{}, 0
	return row
}

// dueAgain has a row looked at at its time, which may be before more is loaded.
func (c *Clock) dueAgain(at time.Time) {
	if !at.IsZero() && at.Before(c.Now().Add(lookAhead)) {
		c.look(at)
	}
}

// outward is what may leave us, with what a sentence is made with.
func (t *telling) outward() activity.State {
	s := t.want.Outward(t.terms.set)
	s.Language, s.Zone = t.terms.language, t.terms.Zone
	return s
}

// earliest is the earlier of two times, of which a zero one is none.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
