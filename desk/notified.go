package desk

import (
	"context"
	"crypto/subtle"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/reconcile"
	"github.com/telefonist/telefonist/store"
)

// Notifications come in thousands at once and want an answer within three
// seconds, however busy the database is. So they are first kept in memory, one for
// each subscription, and written down by one writer who takes all there are; who
// brought them waits for that as long as Microsoft has patience. What is lost when
// the process ends in between, the sweep finds.

// maxWaiting bounds what waits in memory: more are turned away, to come again.
const maxWaiting = 200_000

// noticeBatch is how many are looked up between two writes.
const noticeBatch = 500

// arrivals are notifications that are not written down yet.
type arrivals struct {
	mu      sync.Mutex
	waiting map[Notification]bool
	written chan struct{} // closed when those that wait now have been written
	busy    bool          // somebody writes
	forged  atomic.Int64
}

// ErrFull says that more notifications wait than memory is meant for.
var ErrFull = errors.New("too many notifications wait")

// Notified notes what notifications say is due, and returns once that is written,
// or when ctx ends: it is then written later. Items that are unknown or whose
// clientState does not fit are passed over and counted ([Desk.Forged]): they may
// be forged, and Microsoft is answered the same. [ErrFull] means that they must
// come again.
// https://learn.microsoft.com/graph/change-notifications-delivery-webhooks
func (c *Caller) Notified(ctx context.Context, items []Notification) error {
	if err := c.may("Notified"); err != nil {
		return err
	}
	written, err := c.desk.arrived.add(items)
	if err != nil || written == nil {
		return err
	}
	if c.desk.arrived.begin() {
		go c.desk.writeArrivals(context.WithoutCancel(ctx))
	}
	select {
	case <-written:
	case <-ctx.Done():
	}
	return nil
}

// Forged is how many notifications were passed over since the start.
func (d *Desk) Forged() int64 { return d.arrived.forged.Load() }

// add keeps items; the channel closes when they are written. It is nil where there
// is nothing to write.
func (a *arrivals) add(items []Notification) (<-chan struct{}, error) {
	if len(items) == 0 {
		return nil, nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.waiting)+len(items) > maxWaiting {
		return nil, ErrFull
	}
	if a.waiting == nil {
		a.waiting, a.written = map[Notification]bool{}, make(chan struct{})
	}
	for _, n := range items {
		a.waiting[n] = true
	}
	return a.written, nil
}

// begin makes the caller the writer, unless there is one.
func (a *arrivals) begin() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.busy {
		return false
	}
	a.busy = true
	return true
}

// take takes all that wait; nil ends the writer's work.
func (a *arrivals) take() (map[Notification]bool, chan struct{}) {
	a.mu.Lock()
	defer a.mu.Unlock()
	all, written := a.waiting, a.written
	a.waiting, a.written = nil, nil
	a.busy = all != nil
	return all, written
}

// writeArrivals writes until nothing waits.
func (d *Desk) writeArrivals(ctx context.Context) {
	for {
		all, written := d.arrived.take()
		if all == nil {
			return
		}
		if err := d.note(ctx, all); err != nil {
			// The sweep reads what is not heard of; to keep trying would only grow the heap.
			d.Log.ErrorContext(ctx, "notifications could not be noted", "notifications", len(all), "error", err)
		}
		close(written)
	}
}

// place is a source of an organization.
type place struct {
	org    organization.ID
	source string
}

// note writes down who is due, some at a time.
func (d *Desk) note(ctx context.Context, all map[Notification]bool) error {
	directories := map[place]bool{}
	mailboxes := map[place][]reconcile.MailboxTold{}
	ignored, n := int64(0), 0
	for item := range all {
		at, sub, err := d.subscribed(ctx, item)
		if errors.Is(err, ErrWrong) {
			ignored++
			continue
		}
		if err != nil {
			return err
		}
		if reconcile.IsMailbox(sub.Resource) {
			mailboxes[at] = append(mailboxes[at], reconcile.MailboxTold{Subscription: sub, Lifecycle: item.Lifecycle})
		} else if err := d.noteDirectory(ctx, at, sub, item.Lifecycle, directories); err != nil {
			return err
		}
		if n++; n%noticeBatch == 0 {
			if err := d.noteMailboxes(ctx, mailboxes); err != nil {
				return err
			}
		}
	}
	if ignored > 0 {
		d.arrived.forged.Add(ignored)
		d.Log.WarnContext(ctx, "notifications of unknown subscriptions or with a wrong clientState were ignored", "ignored", ignored)
	}
	if len(directories) > 0 {
		d.wake(WakeRounds)
	}
	return d.noteMailboxes(ctx, mailboxes)
}

func (d *Desk) noteMailboxes(ctx context.Context, all map[place][]reconcile.MailboxTold) error {
	for at, told := range all {
		if err := d.Reconcile.MailboxesTold(ctx, at.org, at.source, told); err != nil {
			return step("note notification", err)
		}
		delete(all, at)
	}
	return nil
}

func (d *Desk) noteDirectory(ctx context.Context, at place, sub store.Subscription, lifecycle string, done map[place]bool) error {
	if err := d.lifecycle(ctx, at.org, at.source, sub, lifecycle); err != nil || done[at] {
		return err
	}
	done[at] = true
	return d.sourceDue(ctx, at.org, at.source, sub.Resource)
}

// subscribed finds the subscription that a notification is about; [ErrWrong] where
// there is none, or where the secret is another.
func (d *Desk) subscribed(ctx context.Context, n Notification) (place, store.Subscription, error) {
	org, source, sub, err := d.Store.FindSubscription(ctx, n.Subscription)
	if errors.Is(err, store.ErrNotFound) {
		return place{}, sub, ErrWrong
	}
	if err != nil {
		return place{}, sub, step("read subscription", err)
	}
	if subtle.ConstantTimeCompare([]byte(hashWord(n.ClientState)), []byte(sub.ClientStateHash)) != 1 {
		return place{}, sub, ErrWrong
	}
	return place{org, source}, sub, nil
}
