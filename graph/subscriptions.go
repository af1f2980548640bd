package graph

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// EventSubscriptionLife is the longest that a subscription on events may be
// made or renewed for: just under seven days. What the answer says counts.
const EventSubscriptionLife = 10_080 * time.Minute

// EventsOf is the resource that a subscription on a user's events names.
// "created,updated,deleted" is its change.
func EventsOf(user string) string { return "/users/" + url.PathEscape(user) + "/events" }

// Subscribed is what became of one subscription of many: as Microsoft has it
// now, or why not. The error is an [*Error], an [*AuthError] or the context's.
type Subscribed struct {
	Subscription
	Err error
}

// SubscribeAll makes many subscriptions as [Client.Subscribe] does one, in
// batches, no faster than Microsoft takes them: 23 a second. It answers in their
// order. One whose answer was lost and that was asked for again is a Conflict:
// [Client.Subscriptions] tells its id. Notifications of Outlook's carry ids that
// survive a move.
func (c *Client) SubscribeAll(ctx context.Context, list []Subscription) []Subscribed {
	return c.subscribeMany(ctx, "subscribe", list, func(s *Subscription) (Request, error) {
		asked := *s
		asked.Expires = asked.Expires.UTC()
		body, err := json.Marshal(&asked)
		return Request{Method: http.MethodPost, URL: "/subscriptions", Body: body, Header: map[string]string{
			"Content-Type": "application/json", "Prefer": `IdType="ImmutableId"`}}, err
	})
}

// RenewAll puts off the ends of many subscriptions, as [Client.Renew] does one:
// of each, ID and Expires count. One that is gone answers NotFound.
func (c *Client) RenewAll(ctx context.Context, list []Subscription) []Subscribed {
	return c.subscribeMany(ctx, "renew subscription", list, func(s *Subscription) (Request, error) {
		body, err := json.Marshal(&Subscription{Expires: s.Expires.UTC()})
		return Request{Method: http.MethodPatch, URL: "/subscriptions/" + url.PathEscape(s.ID), Body: body}, err
	})
}

// UnsubscribeAll ends many subscriptions; those gone already have no error.
func (c *Client) UnsubscribeAll(ctx context.Context, ids []string) []error {
	list := make([]Subscription, len(ids))
	for i := range list {
		list[i].ID = ids[i]
	}
	errs := make([]error, len(ids))
	for i, s := range c.subscribeMany(ctx, "unsubscribe", list, func(s *Subscription) (Request, error) {
		return Request{Method: http.MethodDelete, URL: "/subscriptions/" + url.PathEscape(s.ID)}, nil
	}) {
		if e, ok := s.Err.(*Error); !ok || !e.NotFound() {
			errs[i] = s.Err
		}
	}
	return errs
}

// Subscription reads one; one that is gone answers NotFound.
func (c *Client) Subscription(ctx context.Context, id string) (s Subscription, err error) {
	err = c.read(ctx, call{step: "subscription", url: c.address("/subscriptions/" + url.PathEscape(id))},
		func(d *decoder) error { s = Subscription{}; return json.UnmarshalDecode(d.dec, &s, lenient) })
	return s, err
}

// subscribeMany makes a request of each, a batch at a time as the pace allows.
func (c *Client) subscribeMany(ctx context.Context, step string, list []Subscription, request func(*Subscription) (Request, error)) []Subscribed {
	out := make([]Subscribed, len(list))
	for from := 0; from < len(list); from += batchSize {
		to := min(from+batchSize, len(list))
		err := c.slow(ctx, to-from)
		parts := make([]*part, 0, batchSize)
		for i := from; i < to && err == nil; i++ {
			var r Request
			if r, err = request(&list[i]); err == nil {
				parts = append(parts, c.subscribing(step, r, &out[i]))
			}
		}
		if err == nil {
			err = c.queue.run(ctx, parts)
		}
		if err != nil {
			for i := from; i < len(list); i++ {
				if out[i].ID == "" && out[i].Err == nil {
					out[i].Err = fmt.Errorf("graph: %s: %w", step, err)
				}
			}
			return out
		}
	}
	return out
}

// subscribing is the part that makes one request and files its answer.
func (c *Client) subscribing(step string, r Request, out *Subscribed) *part {
	return &part{request: r, end: func(answer *Response, err error) *part {
		if err == nil {
			if refused := answer.Error(step, c.now()); refused != nil {
				err = refused
			} else if answer.Body != nil && json.Unmarshal(answer.Body, &out.Subscription, lenient) != nil {
				err = &Error{Step: step, Status: answer.Status, Err: ErrIncomplete}
			}
		}
		out.Err = err
		return nil
	}}
}

// slow waits until n more calls on subscriptions may be made.
func (c *Client) slow(ctx context.Context, n int) error {
	for {
		wait := c.pace.take(n, c.now())
		if wait <= 0 {
			return ctx.Err()
		}
		if err := pause(ctx, wait); err != nil {
			return err
		}
	}
}

// User is whose mailbox a notification is about: the id in "Users/{id}/Events/…",
// in whichever way it is written; "" where the resource is no user's.
func (n *Notification) User() string {
	rest := strings.TrimPrefix(n.Resource, "/")
	if len(rest) < 6 || !strings.EqualFold(rest[:5], "users") {
		return ""
	}
	id, _, _ := strings.Cut(strings.TrimPrefix(rest[5:], "/"), "/")
	id = strings.TrimSuffix(strings.TrimPrefix(id, "('"), "')")
	if guid, _, ok := strings.Cut(id, "@"); ok && len(guid) == 36 && strings.Count(guid, "-") == 4 {
		return guid // "{user}@{tenant}"
	}
	return id
}
