package api_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/telefonist/telefonist/api"
	"github.com/telefonist/telefonist/client"
	"github.com/telefonist/telefonist/desk"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/store"
)

// TestNotification is the handshake of a new subscription, and that only a post
// with the right clientState makes anybody due.
// https://learn.microsoft.com/graph/change-notifications-delivery-webhooks
func TestNotification(t *testing.T) {
	ctx := t.Context()
	p := open(t)
	at := p.url + api.NotificationPath
	hello := ask(t, "POST", at+"?validationToken="+url.QueryEscape("Validation: Testing client <script>å"), "", "text/plain", "")
	if hello.status != 200 || hello.body != "Validation: Testing client &lt;script&gt;å" || !strings.HasPrefix(hello.header.Get("Content-Type"), "text/plain") ||
		hello.header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("handshake: got %+v", hello)
	}
	org, _ := p.customer(t, "1", "administrator")
	s := p.connect(t, org)
	soon := client.Schedule{Mode: "soon", Zone: "Europe/Stockholm"}
	rep := must[client.Replicator](t)(org.AddReplicator(ctx, client.NewReplicator{Name: "Alla", Source: s.ID, Schedule: &soon}))
	id := organization.ID(must[client.Customer](t)(org.Get(ctx)).ID)
	p.run(t, rep.ID, org)
	if err := p.store.In(id).PutSubscription(ctx, s.ID, store.Subscription{
		Resource: "users", ID: "sub-1", ClientStateHash: desk.HashClientState("the-state"), Expires: time.Now().Add(time.Hour),
	}); err != nil {
		t.Fatal(err)
	}
	woken := 0
	p.desk.Wake = func(string) { woken++ }
	post := func(subscription, state string) answered {
		return ask(t, "POST", at, "", "application/json",
			`{"value":[{"subscriptionId":"`+subscription+`","clientState":"`+state+`","changeType":"updated","resource":"Users/x","tenantId":"t"}]}`)
	}
	for _, tc := range []struct {
		subscription, state string
		wakes               int
	}{{"sub-1", "forged", 0}, {"sub-2", "the-state", 0}, {"sub-1", "", 0}, {"sub-1", "the-state", 1}} {
		woken = 0
		if got := post(tc.subscription, tc.state); got.status != 202 {
			t.Errorf("%+v: got status %d, want 202 whatever it is", tc, got.status)
		}
		if woken != tc.wakes {
			t.Errorf("%+v: woke %d times, want %d", tc, woken, tc.wakes)
		}
	}
	r, err := p.store.In(id).Replicator(ctx, rep.ID)
	if err != nil || r.DueAt.After(time.Now()) || r.DueCause != store.OnChange {
		t.Errorf("the replicator: got due %v by %q, %v, want now by a change", r.DueAt, r.DueCause, err)
	}
}
