package reconcile

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/store"
)

// lane is the way to one switchboard: several subscribers at once as it allows,
// each by itself in order, and of what was to be told only the newest. One that
// does not answer is asked ever more rarely, and gets what is true when it is back.
type lane struct {
	clock *Clock
	key   laneKey

	mu       sync.Mutex
	queue    []telling
	flying   map[string]bool // subscribers queued or being told
	running  bool
	failures int // in a row, of all subscribers
	away     time.Time
}

type laneKey struct {
	org         organization.ID
	switchboard string
}

const (
	patienceOfCall = 40 * time.Second // a transaction of SIP gives up after 32
	firstAway      = 2 * time.Second
	lastAway       = 5 * time.Minute
	failuresToAway = 3
	perWorker      = 16 // calls of a worker between two writes
)

func (c *Clock) lane(t store.TellingState) *lane {
	key := laneKey{t.Organization, t.Switchboard}
	if c.lanes == nil {
		c.lanes = map[laneKey]*lane{}
	}
	if c.lanes[key] == nil {
		c.lanes[key] = &lane{clock: c, key: key, flying: map[string]bool{}}
	}
	return c.lanes[key]
}

// flying are the tellings that lanes have.
func (c *Clock) flying() map[tellingKey]bool {
	all := map[tellingKey]bool{}
	for key, l := range c.lanes {
		l.mu.Lock()
		for s := range l.flying {
			all[tellingKey{key.org, key.switchboard, s}] = true
		}
		l.mu.Unlock()
	}
	return all
}

// outside is what comes of a telling to another switchboard where nothing has to be
// sent.
func (c *Clock) outside(t *telling, now time.Time) (row store.ToldRow, done bool) {
	if !t.Live || t.Leaving {
		t.want, t.until = available, time.Time{}
	}
	row = store.ToldRow{TellingState: t.TellingState, Kind: store.Unchanged}
	row.DueAt = t.until
	want := t.outward()
	standing := t.Told.Key != "" && !withdrawn(t.Told) || t.Receipt != ""
	if !standing && withdrawn(want) {
		if t.Leaving {
			row.Kind = store.Forgotten
		}
		c.dueAgain(row.DueAt)
		return row, true
	}
	if standing && t.Receipt == "" && t.Answer.Code == "" && t.Told.Same(want) {
		c.dueAgain(row.DueAt)
		return row, true
	}
	l := c.lane(t.TellingState)
	l.mu.Lock()
	defer l.mu.Unlock()
	if row.DueAt = l.away; row.DueAt.After(now) {
		return row, true
	}
	return row, false
}

// withdrawn is true for what is told by taking back what stood.
func withdrawn(s activity.State) bool { return s.Key == activity.Available && s.Open }

// hand gives a telling to its lane.
func (c *Clock) hand(ctx context.Context, t telling) {
	l := c.lane(t.TellingState)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.flying[t.Subscriber] {
		return
	}
	l.flying[t.Subscriber] = true
	l.queue = append(l.queue, t)
	if !l.running {
		l.running = true
		c.group.Go(func() { l.run(ctx) })
	}
}

// run tells what is queued until nothing is.
func (l *lane) run(ctx context.Context) {
	for {
		batch := l.take(ctx)
		if len(batch) == 0 {
			return
		}
		rows, err := l.deliver(ctx, batch)
		if err == nil {
			err = l.clock.save(ctx, rows)
		}
		if err != nil && ctx.Err() == nil {
			l.clock.Log.Error("telling a switchboard", "organization", l.key.org, "switchboard", l.key.switchboard, "error", err)
		}
		l.mu.Lock()
		for i := range batch {
			delete(l.flying, batch[i].Subscriber)
		}
		l.mu.Unlock()
		l.clock.clock.ring() // what was made due meanwhile
	}
}

// take takes a batch from the queue: a single one where the last was not answered.
func (l *lane) take(ctx context.Context) []telling {
	atOnce := 1
	if board, err := l.clock.OpenSwitchboard(ctx, l.key.org, l.key.switchboard); err == nil {
		atOnce = max(board.AtOnce, 1)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	n := min(len(l.queue), atOnce*perWorker)
	switch {
	case l.away.After(l.clock.Now()):
		n = min(len(l.queue), daysAtOnce) // they are only put off
	case l.failures > 0:
		n = min(n, 1)
	}
	if n == 0 || ctx.Err() != nil {
		l.queue, l.running = nil, false
		clear(l.flying)
		return nil
	}
	batch := l.queue[:n:n]
	l.queue = l.queue[n:]
	return batch
}

// deliver tells a batch, as many at once as the switchboard allows, and says what
// came of each that was told or tried.
func (l *lane) deliver(ctx context.Context, batch []telling) ([]store.ToldRow, error) {
	board, err := l.clock.OpenSwitchboard(ctx, l.key.org, l.key.switchboard)
	if err != nil {
		return l.gone(batch, err), nil
	}
	ids := make([]string, len(batch))
	for i := range batch {
		ids[i] = batch[i].Subscriber
	}
	found, err := l.clock.Store.In(l.key.org).SubscribersOf(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("read subscribers: %w", err)
	}
	entries := make(map[string]pbx.Subscriber, len(found))
	for _, s := range found {
		entries[s.ID] = s.Subscriber
	}
	rows := make([]*store.ToldRow, len(batch))
	room := make(chan struct{}, max(board.AtOnce, 1))
	var group sync.WaitGroup
	for i := range batch {
		room <- struct{}{}
		group.Go(func() {
			defer func() { <-room }()
			rows[i] = l.one(ctx, board, entries, &batch[i])
		})
	}
	group.Wait()
	var kept []store.ToldRow
	for _, r := range rows {
		if r != nil {
			kept = append(kept, *r)
		}
	}
	return kept, nil
}

// one tells one subscriber; nil where that has been overtaken.
func (l *lane) one(ctx context.Context, board Switchboard, entries map[string]pbx.Subscriber, t *telling) *store.ToldRow {
	now := l.clock.Now()
	if !t.until.IsZero() && !t.until.After(now) || ctx.Err() != nil {
		return nil // what is true now is loaded
	}
	if until := l.awayUntil(); until.After(now) {
		row := store.ToldRow{TellingState: t.TellingState, Kind: store.Unchanged}
		row.DueAt = until
		return &row
	}
	want := t.outward()
	s, ok := entries[t.Subscriber]
	if !ok {
		return l.refused(t, &pbx.Refusal{Code: "noSubscriber"})
	}
	call, cancel := context.WithTimeout(ctx, patienceOfCall)
	defer cancel()
	receipt, again, err := board.Activities.SetActivity(call, s, want, t.Receipt)
	var refusal *pbx.Refusal
	switch {
	case errors.As(err, &refusal):
		l.answered()
		return l.refused(t, refusal)
	case err != nil && ctx.Err() != nil:
		return nil
	case err != nil:
		return l.failed(t, err)
	}
	l.answered()
	return l.accepted(t, want, receipt, again)
}

func (l *lane) accepted(t *telling, want activity.State, receipt string, again time.Time) *store.ToldRow {
	now := l.clock.Now()
	row := store.ToldRow{TellingState: t.TellingState, Kind: store.Changed}
	switch {
	case t.Leaving:
		row.Kind = store.Forgotten
	case t.Told.Same(want):
		row.Kind = store.Tried
	}
	if row.Kind != store.Tried {
		row.ToldAt, row.Late = now, l.clock.late(t, now)
	}
	row.Told, row.Inside, row.Receipt, row.Answer, row.Tries = want, activity.State{}, receipt, pbx.Reason{}, 0
	row.DueAt = earliest(t.until, again)
	l.clock.dueAgain(row.DueAt)
	return &row
}

// refused is what comes of a no: it is kept, and tried rarely, because something
// must be changed first.
func (l *lane) refused(t *telling, refusal *pbx.Refusal) *store.ToldRow {
	row := store.ToldRow{TellingState: t.TellingState, Kind: store.Tried}
	if t.Leaving {
		row.Kind = store.Forgotten // there is nobody to take it back from
		row.Told = available
	}
	row.Answer, row.Tries = refusal.Reason(), t.Tries+1
	row.DueAt = l.clock.Now().Add(min(firstRare<<min(t.Tries, 10), lastRare))
	return &row
}

// failed is what comes of no answer: it is tried again soon, or, where nobody gets
// an answer, when the switchboard is asked again.
func (l *lane) failed(t *telling, err error) *store.ToldRow {
	now := l.clock.Now()
	row := store.ToldRow{TellingState: t.TellingState, Kind: store.Tried}
	row.Answer, row.Tries = pbx.Reason{Code: "noAnswer"}, t.Tries+1
	row.DueAt = now.Add(min(firstAway<<min(t.Tries, 10), lastAway))
	if away := l.unanswered(err, now); away.After(now) {
		row.DueAt = away
	}
	l.clock.dueAgain(row.DueAt)
	return &row
}

// gone is a switchboard that cannot be opened: it is as if it did not answer.
func (l *lane) gone(batch []telling, err error) []store.ToldRow {
	l.mu.Lock()
	l.failures = max(l.failures, failuresToAway)
	l.mu.Unlock()
	var rows []store.ToldRow
	for i := range batch {
		rows = append(rows, *l.failed(&batch[i], err))
	}
	return rows
}

func (l *lane) awayUntil() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.away
}

func (l *lane) answered() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failures, l.away = 0, time.Time{}
}

// unanswered counts a call that was not answered, and says until when the
// switchboard is left alone.
func (l *lane) unanswered(err error, now time.Time) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.away.After(now) {
		return l.away // others found out before
	}
	l.failures++
	if l.failures < failuresToAway {
		return time.Time{}
	}
	wait := min(firstAway<<min(l.failures-failuresToAway, 10), lastAway)
	var asked interface{ RetryAfter() time.Duration }
	if errors.As(err, &asked) {
		wait = max(wait, asked.RetryAfter())
	}
	l.away = now.Add(wait)
	l.clock.Log.Warn("a switchboard does not answer", "organization", l.key.org, "switchboard", l.key.switchboard,
		"failures", l.failures, "wait", wait, "error", err)
	return l.away
}
