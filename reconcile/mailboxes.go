package reconcile

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/store"
)

// Why a mailbox is read, kept with it.
const (
	CauseNew    = "new"      // it was enrolled
	CauseTold   = "notified" // Microsoft told of a change
	CauseSweep  = "sweep"    // it was not read for a while
	CauseAgain  = "again"    // it could not be read
	CauseByHand = "byHand"   // somebody asked for it
	CauseRules  = "rules"    // more of its events is wanted than before
)

// Mailboxes reads the calendars that are due, of several sources at once and of
// each a few hundred at once. Its Next and Run are given to an engine, by
// [WorkMailboxes].
type Mailboxes struct {
	*Reconciler
	due   []store.DueMailbox // found and not begun yet, the urgent first; Run's alone
	found time.Time

	mu      sync.Mutex
	under   map[whose]bool // whose mailboxes are being read
	batches map[place]int  // under way, by source
	done    bell
	group   sync.WaitGroup
}

// whose is a person of an organization: an entry's id may stand in several.
type whose struct {
	org    organization.ID
	person string
}

// gathering is what is read together: mailboxes of a source that are asked for in one
// request, or those that are not.
type gathering struct {
	place
	together bool
}

const (
	readAtOnce    = 100 // mailboxes in a call of a driver
	batchesAtOnce = 4   // such calls under way for a source; a driver has its own limit of requests
	// dueAtOnce are rows of each source that are looked at: those under way are among
	// them, and as many that follow.
	dueAtOnce = 3 * batchesAtOnce * readAtOnce
	lookAgain = 500 * time.Millisecond
)

// Next is when the next mailbox is due.
func (m *Mailboxes) Next(ctx context.Context) (time.Time, error) {
	return m.Store.NextMailboxDue(ctx)
}

// Run starts reading what is due and returns; where nothing can be started it
// waits for something to change first. While thousands wait, their rows are not
// looked at for each batch that ends, but as often as somebody urgent may wait.
func (m *Mailboxes) Run(ctx context.Context) error {
	if now := m.Now(); len(m.due) == 0 || now.Sub(m.found) >= lookAgain || now.Before(m.found) {
		due, err := m.Store.DueMailboxes(ctx, now, dueAtOnce)
		if err != nil {
			return fmt.Errorf("find due mailboxes: %w", err)
		}
		urgentFirst(due)
		m.due, m.found = due, now
	}
	if m.start(ctx) {
		return nil
	}
	select {
	case <-ctx.Done():
	case <-m.done.rung():
	case <-m.post.rung():
	case <-time.After(time.Second):
	}
	return nil
}

// Wait waits for what is under way; its context has ended it.
func (m *Mailboxes) Wait() { m.group.Wait() }

// start begins as many batches as there is room for.
func (m *Mailboxes) start(ctx context.Context) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.under == nil {
		m.under, m.batches = map[whose]bool{}, map[place]int{}
	}
	waiting, room := map[gathering][]string{}, map[place]int{}
	later := m.due[:0]
	for _, d := range m.due {
		b := gathering{place{org: d.Organization, source: d.Source}, d.Way.Together()}
		if _, ok := room[b.place]; !ok {
			room[b.place] = batchesAtOnce - m.batches[b.place]
		}
		switch {
		case m.under[whose{d.Organization, d.Person}]: // found again if it still is due then
		case len(waiting[b])%readAtOnce > 0:
			waiting[b] = append(waiting[b], d.Person)
		case room[b.place] > 0:
			room[b.place]--
			waiting[b] = append(waiting[b], d.Person)
		default:
			later = append(later, d)
		}
	}
	m.due = later
	for b, people := range waiting {
		for some := range slices.Chunk(people, readAtOnce) {
			m.begin(ctx, b.place, some)
		}
	}
	return len(waiting) > 0
}

// begin reads a batch; the caller holds the lock.
func (m *Mailboxes) begin(ctx context.Context, at place, people []string) {
	m.batches[at]++
	for _, p := range people {
		m.under[whose{at.org, p}] = true
	}
	m.group.Go(func() {
		if err := m.readMailboxes(ctx, at.org, at.source, people); err != nil && ctx.Err() == nil {
			m.Log.Error("reading mailboxes", "organization", at.org, "source", at.source, "error", err)
			sleep(ctx, firstRetry) // whatever it was, it is not to be asked at full speed
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		m.batches[at]--
		for _, p := range people {
			delete(m.under, whose{at.org, p})
		}
		m.done.ring()
	})
}

// urgentFirst puts those that somebody waits for before those that are swept.
func urgentFirst(due []store.DueMailbox) {
	rank := func(cause string) int {
		return max(0, slices.Index([]string{CauseTold, CauseByHand, CauseNew, CauseRules, CauseAgain, CauseSweep}, cause))
	}
	slices.SortStableFunc(due, func(a, b store.DueMailbox) int { return cmp.Compare(rank(a.Cause), rank(b.Cause)) })
}

// everybody is more mailboxes than a source has.
const everybody = 10_000_000

// Pass reads every mailbox of a source that is due now, once.
func (r *Reconciler) Pass(ctx context.Context, org organization.ID, source string) error {
	due, err := r.Store.DueMailboxes(ctx, r.Now(), everybody)
	if err != nil {
		return fmt.Errorf("find due mailboxes: %w", err)
	}
	var people []string
	for _, d := range due {
		if d.Organization == org && d.Source == source {
			people = append(people, d.Person)
		}
	}
	for some := range slices.Chunk(people, readAtOnce) {
		if err := r.readMailboxes(ctx, org, source, some); err != nil {
			return err
		}
	}
	return nil
}

// ReadAgain has mailboxes read at once, nil for all of the organization.
func (r *Reconciler) ReadAgain(ctx context.Context, org organization.ID, people []string, cause string) error {
	o := r.Store.In(org)
	if people == nil {
		if err := o.WakeSource(ctx, "", r.Now(), cause); err != nil {
			return fmt.Errorf("read again: %w", err)
		}
	}
	if err := o.WakeMailboxes(ctx, people, r.Now(), cause); err != nil {
		return fmt.Errorf("read again: %w", err)
	}
	r.wake(WorkMailboxes)
	return nil
}
