package graph

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"time"

	"github.com/go-json-experiment/json"
)

// DirectorySubscriptionLife is the longest that a subscription on users or
// groups may be made or renewed for: just under 29 days.
const DirectorySubscriptionLife = 41_760 * time.Minute

// Subscription asks Microsoft to tell an address of changes. Users and groups
// have "updated" (which creation and soft deletion are too) and "deleted".
type Subscription struct {
	ID              string    `json:"id,omitempty"`
	Resource        string    `json:"resource,omitempty"`   // "users", "groups"
	ChangeType      string    `json:"changeType,omitempty"` // "updated,deleted"
	ClientState     string    `json:"clientState,omitempty"`
	NotificationURL string    `json:"notificationUrl,omitempty"`
	LifecycleURL    string    `json:"lifecycleNotificationUrl,omitempty"` // can't be added later
	ClientID        string    `json:"applicationId,omitempty"`            // set by Microsoft
	Expires         time.Time `json:"expirationDateTime,omitzero"`        // UTC
}

// Subscribe makes a subscription. Before it is answered Microsoft calls both
// addresses with a validationToken, which must be given back within ten
// seconds. The same application, resource and change twice is a 409.
func (c *Client) Subscribe(ctx context.Context, s Subscription) (Subscription, error) {
	s.Expires = s.Expires.UTC()
	return c.subscription(ctx, "subscribe", http.MethodPost, c.address("/subscriptions"), s)
}

// Renew puts off a subscription's end, and authorizes it again.
func (c *Client) Renew(ctx context.Context, id string, until time.Time) (Subscription, error) {
	return c.subscription(ctx, "renew subscription", http.MethodPatch,
		c.address("/subscriptions/"+url.PathEscape(id)), Subscription{Expires: until.UTC()})
}

// Unsubscribe ends a subscription; one that is gone already is no error.
func (c *Client) Unsubscribe(ctx context.Context, id string) error {
	err := c.do(ctx, call{step: "unsubscribe", method: http.MethodDelete, url: c.address("/subscriptions/" + url.PathEscape(id))})
	if e, ok := err.(*Error); ok && e.NotFound() {
		return nil
	}
	return err
}

// Reauthorize answers a lifecycle notification that asks for it. Renewing does
// it too; not both within ten minutes.
func (c *Client) Reauthorize(ctx context.Context, id string) error {
	return c.do(ctx, call{step: "reauthorize subscription", method: http.MethodPost,
		url: c.address("/subscriptions/" + url.PathEscape(id) + "/reauthorize")})
}

// Subscriptions lists those that this application has in the tenant.
func (c *Client) Subscriptions(ctx context.Context) iter.Seq2[Page[Subscription], error] {
	return pages(ctx, c, list[Subscription]{
		step: "subscriptions", first: c.address("/subscriptions"),
		item: func(d *decoder, s *Subscription) error { return json.UnmarshalDecode(d.dec, s, lenient) },
	})
}

// subscription sends one and reads what became of it. Unlike a page, an answer
// that breaks off isn't asked for again: the subscription may have been made.
func (c *Client) subscription(ctx context.Context, step, method, address string, s Subscription) (Subscription, error) {
	body, err := json.Marshal(&s)
	if err != nil {
		return Subscription{}, fmt.Errorf("graph: %s: %w", step, err)
	}
	res, err := c.send(ctx, call{step: step, method: method, url: address, body: body})
	if err != nil {
		return Subscription{}, err
	}
	var made Subscription
	if err := decodeBody(res.Body, func(d *decoder) error { return json.UnmarshalDecode(d.dec, &made, lenient) }); err != nil {
		return Subscription{}, broken(step, res, err)
	}
	return made, nil
}

// do makes a call whose answer says nothing.
func (c *Client) do(ctx context.Context, k call) error {
	res, err := c.send(ctx, k)
	if err != nil {
		return err
	}
	return res.Body.Close()
}
