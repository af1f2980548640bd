package reconcile

import (
	"errors"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/store"
)

// The kinds of work of the calendar flow, by the names under which an engine
// knows them:
//
//	e.Add(reconcile.WorkEnroll, enrolling.Next, enrolling.Run)       // *Enrolling
//	e.Add(reconcile.WorkMailboxes, mailboxes.Next, mailboxes.Run)    // *Mailboxes
//	e.Add(reconcile.WorkSettings, settings.Next, settings.Run)       // MailboxSettings
//	e.Add(reconcile.WorkDays, days.Next, days.Run)                   // Days
//	e.Add(reconcile.WorkEvents, events.Next, events.Run)             // *EventSubscriptions
//
// and [Clock.Run] beside it, in a goroutine of its own: it keeps seconds, which an
// engine does not. [Reconciler.Wake] is the engine's Wake, and everything that
// [store.Store.Listen] tells goes to [Reconciler.Heard].
const (
	WorkEnroll    = "enroll"
	WorkMailboxes = "mailboxes"
	WorkSettings  = "mailboxSettings"
	WorkDays      = "days"
	WorkEvents    = "eventSubscriptions"
	WorkClock     = "clock" // the clock's own; an engine knows nothing of it
)

// wake has a kind of work look at its rows at once.
func (r *Reconciler) wake(kind string) {
	switch kind {
	case WorkClock:
		r.clock.ring()
		return
	case WorkMailboxes:
		r.post.ring()
	}
	if r.Wake != nil {
		r.Wake(kind)
	}
}

// Heard tells what has been committed, by us or by others: what follows from it
// is looked at.
func (r *Reconciler) Heard(e store.Event) {
	switch e.Kind {
	case store.Subscribers:
		if !r.archive.asks(e.Organization) {
			return
		}
		fallthrough
	case store.Links, store.Calendars, store.Replicators, store.Organizations, store.People, store.Sources:
		r.changed.add(e.Organization)
		r.wake(WorkEnroll)
	case store.Mailboxes:
		r.wake(WorkMailboxes)
		r.wake(WorkDays)
		r.wake(WorkClock)
	case store.Choices:
		r.wake(WorkDays)
		r.wake(WorkClock)
	case store.Activities:
		r.wake(WorkClock)
	}
}

// bell wakes one who sleeps; rung while nobody does, it is heard later.
type bell struct {
	once sync.Once
	c    chan struct{}
}

func (b *bell) rung() <-chan struct{} {
	b.once.Do(func() { b.c = make(chan struct{}, 1) })
	return b.c
}

func (b *bell) ring() {
	b.rung()
	select {
	case b.c <- struct{}{}:
	default:
	}
}

// changes are organizations of which something has changed.
type changes struct {
	mu  sync.Mutex
	all map[organization.ID]bool
}

func (c *changes) add(org organization.ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all == nil {
		c.all = map[organization.ID]bool{}
	}
	c.all[org] = true
}

// take returns them and begins anew.
func (c *changes) take() []organization.ID {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []organization.ID
	for org := range c.all {
		all = append(all, org)
	}
	c.all = nil
	return all
}

func (c *changes) some() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.all) > 0
}

// abreast calls f for each of n things, as many at once as there are processors.
func abreast(n int, f func(i int) error) error {
	var next atomic.Int64
	failed := make([]error, min(n, runtime.GOMAXPROCS(0)))
	var group sync.WaitGroup
	for w := range failed {
		group.Go(func() {
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				if err := f(int(i)); err != nil {
					failed[w] = errors.Join(failed[w], err)
				}
			}
		})
	}
	group.Wait()
	return errors.Join(failed...)
}
