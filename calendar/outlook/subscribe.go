package outlook

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"regexp"
	"time"

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/graph"
)

// changes are what is told of events.
const changes = "created,updated,deleted"

// Subscribe asks Microsoft to tell of changes in mailboxes, for as long as may
// be asked for. What becomes of a subscription is told to the same address. No
// data of an event comes with it.
func (s Source) Subscribe(ctx context.Context, all []calendar.Subscription) []calendar.Answer {
	asked := make([]graph.Subscription, len(all))
	for i, sub := range all {
		asked[i] = graph.Subscription{
			Resource: graph.EventsOf(cmp.Or(sub.Mailbox.EntraID, sub.Mailbox.Address)), ChangeType: changes, ClientState: sub.State,
			NotificationURL: sub.URL, LifecycleURL: sub.URL, Expires: s.latest(),
		}
	}
	return answers(s.Client.SubscribeAll(ctx, asked), calendar.Refused) // no such mailbox
}

// Renew puts off the ends of subscriptions, and authorizes them again.
func (s Source) Renew(ctx context.Context, all []calendar.Subscription) []calendar.Answer {
	asked := make([]graph.Subscription, len(all))
	for i, sub := range all {
		asked[i] = graph.Subscription{ID: sub.ID, Expires: s.latest()}
	}
	return answers(s.Client.RenewAll(ctx, asked), calendar.Gone)
}

// Unsubscribe ends subscriptions; those that are gone stand as was asked.
func (s Source) Unsubscribe(ctx context.Context, all []calendar.Subscription) []calendar.Answer {
	ids := make([]string, len(all))
	for i, sub := range all {
		ids[i] = sub.ID
	}
	ended := make([]graph.Subscribed, len(all))
	for i, err := range s.Client.UnsubscribeAll(ctx, ids) {
		ended[i] = graph.Subscribed{Subscription: graph.Subscription{ID: ids[i]}, Err: err}
	}
	return answers(ended, calendar.Gone)
}

// latest is the last end that may be asked for, less what clocks may differ.
func (s Source) latest() time.Time { return s.Now().Add(graph.EventSubscriptionLife - time.Hour) }

// guid is how Microsoft writes the id of a subscription.
var guid = regexp.MustCompile(`[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}`)

// answers says what became of each; missing is what a 404 means.
func answers(all []graph.Subscribed, missing calendar.Outcome) []calendar.Answer {
	out := make([]calendar.Answer, len(all))
	for i := range all {
		out[i] = answer(&all[i], missing)
	}
	return out
}

func answer(s *graph.Subscribed, missing calendar.Outcome) calendar.Answer {
	if s.Err == nil {
		return calendar.Answer{Outcome: calendar.Stands, ID: s.ID, Expires: s.Expires}
	}
	var call *graph.Error
	var signIn *graph.AuthError
	switch {
	case errors.As(s.Err, &signIn) && !signIn.Temporary():
		return calendar.Answer{Outcome: calendar.Refused}
	case !errors.As(s.Err, &call):
		return calendar.Answer{Outcome: calendar.Later}
	}
	a := calendar.Answer{Wait: call.RetryAfter()}
	switch {
	case call.Conflict():
		a.Outcome, a.ID = calendar.Taken, guid.FindString(call.Message)
	case call.NotFound():
		a.Outcome = missing
	case call.Status == http.StatusBadRequest:
		a.Outcome = calendar.Unreachable
	case call.Temporary():
		a.Outcome = calendar.Later
	default:
		a.Outcome = calendar.Refused
	}
	return a
}
