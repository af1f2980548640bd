package reconcile

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/store"
)

// coalesce is how long what is told of one mailbox is gathered before it is read.
const coalesce = 200 * time.Millisecond

// IsMailbox is true for the resource of a subscription to somebody's events.
func IsMailbox(resource string) bool { return strings.HasPrefix(resource, eventsOf) }

// MailboxTold is that Microsoft has told of something about a mailbox: that events
// have changed, or, with Lifecycle, what became of the subscription itself.
type MailboxTold struct {
	Subscription store.Subscription
	Lifecycle    string // "reauthorizationRequired", "subscriptionRemoved", "missed"; "" a change
}

// MailboxesTold has the mailboxes read soon that Microsoft tells of, each once
// however often it was told, and again where it is being read just now. It looks
// after the subscriptions, too, and asks nobody: it is quick.
func (r *Reconciler) MailboxesTold(ctx context.Context, org organization.ID, source string, told []MailboxTold) error {
	o, now := r.Store.In(org), r.Now()
	var people []string
	var subs []store.Subscription
	for _, t := range told {
		person, ok := strings.CutPrefix(t.Subscription.Resource, eventsOf)
		if !ok {
			continue
		}
		sub, changed := t.Subscription, t.Subscription.Problem == silence
		if changed {
			sub.Problem = "" // it tells again
		}
		switch t.Lifecycle {
		case "reauthorizationRequired":
			sub.Due, changed = now, true
		case "subscriptionRemoved":
			sub.ID, sub.Due, changed = "", now, true
		}
		if changed {
			subs = append(subs, sub)
		}
		if t.Lifecycle != "reauthorizationRequired" {
			people = append(people, person)
		}
	}
	if err := o.PutSubscriptions(ctx, source, subs); err != nil {
		return fmt.Errorf("note lifecycle event: %w", err)
	}
	if err := o.HeardMailboxes(ctx, people, now.Add(coalesce)); err != nil {
		return fmt.Errorf("note notification: %w", err)
	}
	if len(subs) > 0 {
		r.wake(WorkEvents)
	}
	r.wake(WorkMailboxes)
	return nil
}
