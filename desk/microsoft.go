package desk

import (
	"context"
	"crypto/subtle"
	"errors"

	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/store"
)

// Notification is one item of what Microsoft Graph posts: that something of a
// subscription has changed. It says who is due and carries no data.
type Notification struct {
	Subscription string
	ClientState  string // the secret that was given when subscribing
	// Lifecycle is what became of the subscription itself, "" for a change:
	// "reauthorizationRequired", "subscriptionRemoved", "missed".
	Lifecycle string
}

// Notified makes due the replicators whose source a notification is about. Items
// that are unknown or whose clientState does not fit are passed over and counted:
// they may be forged, and Microsoft is answered the same.
// https://learn.microsoft.com/graph/change-notifications-delivery-webhooks
func (c *Caller) Notified(ctx context.Context, items []Notification) (ignored int, err error) {
	if err := c.may("Notified"); err != nil {
		return 0, err
	}
	type place struct {
		org    organization.ID
		source string
	}
	done := map[place]bool{}
	for _, n := range items {
		org, source, sub, err := c.desk.Store.FindSubscription(ctx, n.Subscription)
		if errors.Is(err, store.ErrNotFound) {
			ignored++
			continue
		}
		if err != nil {
			return ignored, step("read subscription", err)
		}
		if subtle.ConstantTimeCompare([]byte(hashWord(n.ClientState)), []byte(sub.ClientStateHash)) != 1 {
			ignored++
			continue
		}
		if err := c.desk.lifecycle(ctx, org, source, sub, n.Lifecycle); err != nil {
			return ignored, err
		}
		at := place{org, source}
		if done[at] {
			continue
		}
		done[at] = true
		if err := c.desk.sourceDue(ctx, org, source, sub.Resource); err != nil {
			return ignored, err
		}
	}
	if len(done) > 0 {
		c.desk.wake(WakeRounds)
	}
	return ignored, nil
}

// HashClientState is what is kept of the secret that a subscription is made with.
func HashClientState(s string) string { return store.HashClientState(s) }

// lifecycle makes a subscription due that Microsoft wants authorized again or has
// ended; what was missed meanwhile is read like any change.
// https://learn.microsoft.com/graph/change-notifications-lifecycle-events
func (d *Desk) lifecycle(ctx context.Context, org organization.ID, source string, sub store.Subscription, event string) error {
	switch event {
	case "reauthorizationRequired":
	case "subscriptionRemoved":
		sub.ID = ""
	default:
		return nil
	}
	sub.Due = d.Now()
	if err := d.Store.In(org).PutSubscription(ctx, source, sub); err != nil {
		return step("note lifecycle event", err)
	}
	d.wake(WakeSubscriptions)
	return nil
}

// sourceDue makes due every replicator of a source that runs soon after a change.
func (d *Desk) sourceDue(ctx context.Context, org organization.ID, source, resource string) error {
	if err := d.Store.In(org).SubscriptionHeard(ctx, source, resource); err != nil {
		return step("note notification", err)
	}
	return step("make due", d.Reconcile.SourceChanged(ctx, org, source))
}
