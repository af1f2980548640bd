package entra

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/graph"
)

// changes are what users and groups can be subscribed to; creation and soft
// deletion come as "updated".
const changes = "updated,deleted"

// Subscribe asks Microsoft to tell s.URL of changes of s.Resource, for as long as
// may be asked for; its lifecycle events go there, too. Errors are
// [*directory.Trouble] with the codes of subscribing.
func (r Reader) Subscribe(ctx context.Context, s directory.Subscription, now time.Time) (directory.Subscription, error) {
	made, err := r.Client.Subscribe(ctx, graph.Subscription{
		Resource: s.Resource, ChangeType: changes, ClientState: s.State,
		NotificationURL: s.URL, LifecycleURL: s.URL, Expires: latest(now),
	})
	if err != nil {
		return directory.Subscription{}, subscribing(err)
	}
	return subscription(made), nil
}

// Renew puts off a subscription's end, and authorizes it again.
func (r Reader) Renew(ctx context.Context, id string, now time.Time) (directory.Subscription, error) {
	renewed, err := r.Client.Renew(ctx, id, latest(now))
	if err != nil {
		return directory.Subscription{}, subscribing(err)
	}
	return subscription(renewed), nil
}

// Unsubscribe ends a subscription; one that is gone already is no error.
func (r Reader) Unsubscribe(ctx context.Context, id string) error {
	if err := r.Client.Unsubscribe(ctx, id); err != nil {
		return subscribing(err)
	}
	return nil
}

// Subscribed lists the subscriptions that the application has in the tenant.
func (r Reader) Subscribed(ctx context.Context) ([]directory.Subscription, error) {
	var all []directory.Subscription
	for page, err := range r.Client.Subscriptions(ctx) {
		if err != nil {
			return nil, subscribing(err)
		}
		for _, s := range page.Items {
			all = append(all, subscription(s))
		}
	}
	return all, nil
}

// latest is the last end that may be asked for, less what clocks may differ.
func latest(now time.Time) time.Time {
	return now.Add(graph.DirectorySubscriptionLife - time.Hour)
}

func subscription(s graph.Subscription) directory.Subscription {
	return directory.Subscription{ID: s.ID, Resource: strings.ToLower(strings.Trim(s.Resource, "/")), URL: s.NotificationURL, Expires: s.Expires}
}

// subscribing is [Trouble] with the codes of subscribing: "subscription.unreachable"
// where Microsoft could not reach the address or does not take it, "taken" where
// there is such a subscription already, "gone" where there is none of that id,
// "refused" where a permission or the quota is lacking.
func subscribing(err error) error {
	var call *graph.Error
	err = Trouble(err)
	var t *directory.Trouble
	if !errors.As(err, &t) || !errors.As(err, &call) {
		return err
	}
	switch call.Status {
	case http.StatusBadRequest:
		t.Code = "subscription.unreachable"
	case http.StatusForbidden:
		t.Code = "subscription.refused"
	case http.StatusNotFound:
		t.Code = "subscription.gone"
	case http.StatusConflict:
		t.Code = "subscription.taken"
	}
	return t
}
