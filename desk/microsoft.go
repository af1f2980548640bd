package desk

import (
	"context"

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
