package graph

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestSubscriptionsInBatches(t *testing.T) {
	b := newBatches(func(address string, n int) string {
		switch {
		case address == "/subscriptions" && n == 3: // the third of the batch
			return `"status":409,"body":{"error":{"code":"Conflict","message":"Subscription Id <> already exists for the requested combination"}}`
		case address == "/subscriptions":
			return fmt.Sprintf(`"status":201,"body":{"id":"s%d","expirationDateTime":"2026-11-24T10:00:00.1234567Z","clientState":"x"}`, n)
		case address == "/subscriptions/gone":
			return `"status":404,"body":{"error":{"code":"ResourceNotFound"}}`
		case address == "/subscriptions/stuck":
			return `"status":403,"body":{"error":{"code":"ExtensionError"}}`
		case address == "/subscriptions/throttled" && n == 1:
			return `"status":429,"headers":{"Retry-After":"0.001"}`
		}
		return `"status":200,"body":{"id":"` + strings.TrimPrefix(address, "/subscriptions/") + `","expirationDateTime":"2026-11-28T09:00:00Z"}`
	})
	f := newFake(t, b.ServeHTTP)
	c := f.client(t)
	at := time.Date(2026, 11, 28, 10, 0, 0, 0, time.FixedZone("", 3600))
	made := c.SubscribeAll(t.Context(), []Subscription{
		{Resource: EventsOf("a"), ChangeType: "created,updated,deleted", ClientState: "x", NotificationURL: "https://exempel.se/n", Expires: at},
		{Resource: EventsOf("b/c")}, {Resource: EventsOf("d")}})
	fine, conflicts := 0, 0
	for _, s := range made {
		var e *Error
		switch {
		case s.Err == nil && s.ID != "" && s.Expires.Day() == 24: // the answer's own end counts
			fine++
		case errors.As(s.Err, &e) && e.Conflict():
			conflicts++
		}
	}
	if fine != 2 || conflicts != 1 {
		t.Errorf("made %+v", made)
	}
	if b.header["Prefer"] != `IdType="ImmutableId"` || b.header["Content-Type"] != "application/json" {
		t.Errorf("headers %v", b.header)
	}
	if bodies := strings.Join(b.bodies, "\n"); !strings.Contains(bodies, `"resource":"/users/a/events"`) ||
		!strings.Contains(bodies, `"expirationDateTime":"2026-11-28T09:00:00Z"`) || !strings.Contains(bodies, `/users/b%2Fc/events`) {
		t.Errorf("sent %s", bodies)
	}

	b.bodies = nil
	renewed := c.RenewAll(t.Context(), []Subscription{{ID: "s1", ClientState: "x", Expires: at}, {ID: "gone"}, {ID: "throttled", Expires: at}})
	var e *Error
	if renewed[0].ID != "s1" || renewed[2].ID != "throttled" || renewed[2].Err != nil || !errors.As(renewed[1].Err, &e) || !e.NotFound() {
		t.Errorf("renewed %+v", renewed)
	}
	if b.bodies[len(b.bodies)-1] != `{"expirationDateTime":"2026-11-28T09:00:00Z"}` {
		t.Errorf("sent %v", b.bodies)
	}
	ended := c.UnsubscribeAll(t.Context(), []string{"s1", "gone", "stuck"})
	if ended[0] != nil || ended[1] != nil || !errors.As(ended[2], &e) || !e.Denied() {
		t.Errorf("ended %v", ended)
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, s := range c.RenewAll(ctx, make([]Subscription, 25)) {
		if !errors.Is(s.Err, context.Canceled) {
			t.Errorf("got %v", s.Err)
		}
	}
}

func TestASubscriptionByItsID(t *testing.T) {
	f, seen := recorded(t, map[string]string{"GET /v1.0/subscriptions/s": `{"id":"s","resource":"/users/a/events","expirationDateTime":"2026-11-28T09:00:00Z"}`})
	s, err := f.client(t).Subscription(t.Context(), "s")
	if err != nil || s.Resource != "/users/a/events" || s.Expires.Day() != 28 {
		t.Errorf("%+v, %v after %v", s, err, *seen)
	}
	var e *Error
	if _, err := f.client(t).Subscription(t.Context(), "t"); !errors.As(err, &e) || !e.NotFound() {
		t.Errorf("gone: %v", err)
	}
}

func TestPaceKeepsToMicrosoftsLimit(t *testing.T) {
	p := pace{most: 100, span: 20 * time.Second}
	now := november
	type call struct {
		at time.Time
		n  int
	}
	var made []call
	for range 40 {
		for wait := p.take(20, now); wait > 0; wait = p.take(20, now) {
			now = now.Add(wait)
		}
		made = append(made, call{now, 20})
		now = now.Add(300 * time.Millisecond)
	}
	for i, c := range made {
		sum := 0
		for _, later := range made[i:] {
			if later.at.Sub(c.at) < p.span {
				sum += later.n
			}
		}
		if sum > p.most {
			t.Errorf("%d calls within %v from call %d on", sum, p.span, i)
		}
	}
	if took := now.Sub(november); took > 160*time.Second {
		t.Errorf("800 calls took %v", took)
	}
	if wait := p.take(500, now.Add(time.Hour)); wait != 0 {
		t.Errorf("more than fit wait for ever: %v", wait)
	}
}

func TestNotificationsOfEvents(t *testing.T) {
	n, err := ParseNotifications(bytes.NewReader([]byte(`{"value":[
		{"subscriptionId":"s","subscriptionExpirationDateTime":"2026-11-28T09:00:00.0000000Z","clientState":"x","changeType":"updated","tenantId":"t",
		 "resource":"Users/1f3f7f5e-58f6-4b6c-9d8f-9a3f3ad4a2b1/Events/AAMk=","resourceData":{"@odata.type":"#Microsoft.Graph.Event","@odata.id":"Users/1f3f7f5e/Events/AAMk=","id":"AAMk="}},
		{"subscriptionId":"s","clientState":"x","lifecycleEvent":"subscriptionRemoved","tenantId":"t"}]}`)))
	if err != nil || len(n.Items) != 2 {
		t.Fatalf("%+v, %v", n, err)
	}
	if e := n.Items[0]; e.User() != "1f3f7f5e-58f6-4b6c-9d8f-9a3f3ad4a2b1" || e.Type != "event" || e.ObjectID != "AAMk=" || e.ChangeType != "updated" {
		t.Errorf("got %+v of %q", e, e.User())
	}
	if e := n.Items[1]; e.Lifecycle != "subscriptionRemoved" || e.User() != "" {
		t.Errorf("got %+v", e)
	}
	for resource, want := range map[string]string{
		"/users/anna@exempel.se/events/1": "anna@exempel.se",
		"users('a-b')/events('1')":        "a-b",
		"Users/1f3f7f5e-58f6-4b6c-9d8f-9a3f3ad4a2b1@84bd8158-6d4d-4958-8b9f-9d6445542f95/messages/x": "1f3f7f5e-58f6-4b6c-9d8f-9a3f3ad4a2b1",
		"me/events": "", "users": "", "users/": "", "": "", "communications/presences/x": "",
	} {
		if got := (&Notification{Resource: resource}).User(); got != want {
			t.Errorf("%q is %q's, want %q", resource, got, want)
		}
	}
}
