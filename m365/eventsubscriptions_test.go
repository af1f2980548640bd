package m365_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/telefonist/telefonist/m365"
)

// watch subscribes to a person's events and returns the subscription's id.
func (w *world) watch(r *receiver, resource string, headers ...string) string {
	w.t.Helper()
	body := fmt.Sprintf(`{"changeType":"created,updated,deleted","resource":%q,"notificationUrl":%q,"lifecycleNotificationUrl":%q,"clientState":"s1","expirationDateTime":%q}`,
		resource, r.URL, r.URL, time.Now().Add(6*24*time.Hour).UTC().Format(time.RFC3339))
	a := w.do(http.MethodPost, "/v1.0/subscriptions", body, headers...)
	if a.status != http.StatusCreated {
		w.t.Fatalf("subscribe: %d %s", a.status, a.body)
	}
	return a.String(w.t, "id")
}

func TestNotificationsOfEvents(t *testing.T) {
	w := office(t)
	anna, bertil, cilla := staff(w.tenant)[0], staff(w.tenant)[1], staff(w.tenant)[2]
	r := newReceiver(t, httptest.NewServer)
	sub := w.watch(r, "/users/"+anna.UserPrincipalName+"/events")
	start, end := at(t, "UTC", "2026-11-23 09:00"), at(t, "UTC", "2026-11-23 10:00")
	hear := func(kind, subscription string, p m365.Person) object {
		t.Helper()
		got := <-r.arrived
		data := got["resourceData"].(object)
		if got["changeType"] != kind || got["subscriptionId"] != subscription || got["clientState"] != "s1" || got["tenantId"] != w.tenant.ID ||
			data["@odata.type"] != "#Microsoft.Graph.Event" || data["@odata.etag"] == nil || got["id"] == nil ||
			got["resource"] != "Users/"+p.ID+"/Events/"+data["id"].(string) {
			t.Errorf("want %s, got %v", kind, got)
		}
		return data
	}
	w.add(cilla, m365.Event{Start: start, End: end}) // whose events nobody watches
	id := w.add(anna, m365.Event{Subject: "hemligt", Start: start, End: end})
	if data := hear("created", sub, anna); data["id"] != id {
		t.Errorf("created: %v", data)
	}
	w.must(w.tenant.ChangeEvent(anna.ID, id, func(e *m365.Event) { e.ShowAs = "oof" }))
	first := hear("updated", sub, anna)
	w.must(w.tenant.ChangeEvent(anna.ID, id, func(e *m365.Event) { e.ShowAs = "busy" }))
	if second := hear("updated", sub, anna); second["@odata.etag"] == first["@odata.etag"] {
		t.Error("an etag stays over a change")
	}
	w.must(w.tenant.DeleteEvent(anna.ID, id))
	hear("deleted", sub, anna)

	immutable := w.watch(r, "users('"+bertil.ID+"')/calendar/events", "Prefer", `IdType="ImmutableId"`)
	meeting := w.add(anna, m365.Event{Start: start, End: end, Attendees: []string{bertil.ID}})
	hear("created", sub, anna)
	his, err := w.tenant.Events(bertil.ID, start, end)
	w.must(err)
	if data := hear("created", immutable, bertil); data["id"] == his[0].ID || w.get("/v1.0/users/"+bertil.ID+"/events/"+data["id"].(string)).status != 200 {
		t.Errorf("immutable: %v", data)
	}

	w.server.Fault(m365.Fault{Kind: m365.LostNotification, Mailbox: anna.ID, Times: m365.Forever})
	w.must(w.tenant.ChangeEvent(anna.ID, meeting, func(e *m365.Event) { e.Location = "Siljan" }))
	hear("updated", immutable, bertil) // anna's is silent
	w.server.ClearFaults()
	w.server.Fault(m365.Fault{Kind: m365.TwiceNotification, Mailbox: anna.Mail})
	w.must(w.tenant.ChangeEvent(anna.ID, meeting, func(e *m365.Event) { e.Categories = []string{"Blå"} }))
	for range 3 { // in whatever order
		if got := <-r.arrived; got["changeType"] != "updated" {
			t.Errorf("twice and once: %v", got)
		}
	}
}

func TestNotificationsThatAreLostOrLate(t *testing.T) {
	w := office(t)
	p := staff(w.tenant)[0]
	r := newReceiver(t, httptest.NewServer)
	w.watch(r, "/users/"+p.ID+"/events")
	event := m365.Event{Start: at(t, "UTC", "2026-11-23 09:00"), End: at(t, "UTC", "2026-11-23 10:00")}
	for _, fault := range []m365.Fault{{Kind: m365.LostNotification}, {Kind: m365.LateNotification, Delay: time.Hour}} {
		w.server.Fault(fault)
		w.add(p, event)
		for len(w.server.Faults()) > 0 { // until it struck
			time.Sleep(time.Millisecond)
		}
		id := w.add(p, event)
		if got := <-r.arrived; got["resourceData"].(object)["id"] != id {
			t.Errorf("%s: the second came as %v", fault.Kind, got)
		}
	}
}

func TestLifecycleOfEventSubscriptions(t *testing.T) {
	w := office(t)
	anna, bertil := staff(w.tenant)[0], staff(w.tenant)[1]
	r := newReceiver(t, httptest.NewServer)
	one, other := w.watch(r, "/users/"+anna.ID+"/events"), w.watch(r, "/users/"+bertil.ID+"/events")
	event := func(p m365.Person) {
		w.add(p, m365.Event{Start: at(t, "UTC", "2026-11-23 09:00"), End: at(t, "UTC", "2026-11-23 10:00")})
	}
	w.server.Lifecycle(w.tenant, "missed", anna.ID)
	if got := <-r.arrived; got["lifecycleEvent"] != "missed" || got["subscriptionId"] != one || got["resource"] != nil {
		t.Errorf("missed: %v", got)
	}
	w.server.RequireReauthorization(w.tenant, bertil.ID)
	if got := <-r.arrived; got["lifecycleEvent"] != "reauthorizationRequired" || got["subscriptionId"] != other {
		t.Errorf("reauthorizationRequired: %v", got)
	}
	event(bertil) // lost
	event(anna)
	if got := <-r.arrived; got["subscriptionId"] != one {
		t.Errorf("while bertil's waits: %v", got)
	}
	until := time.Now().Add(6 * 24 * time.Hour).UTC().Format(time.RFC3339)
	if a := w.do(http.MethodPatch, "/v1.0/subscriptions/"+other, `{"expirationDateTime":"`+until+`"}`); a.status != 200 {
		t.Errorf("renew: %d %s", a.status, a.body)
	}
	event(bertil)
	if got := <-r.arrived; got["subscriptionId"] != other {
		t.Errorf("after it was renewed: %v", got)
	}
	w.server.Lifecycle(w.tenant, "subscriptionRemoved", anna.ID)
	if got := <-r.arrived; got["lifecycleEvent"] != "subscriptionRemoved" || w.server.Subscriptions(w.tenant) != 1 {
		t.Errorf("subscriptionRemoved: %v", got)
	}
	event(anna) // nobody is told
	event(bertil)
	if got := <-r.arrived; got["subscriptionId"] != other {
		t.Errorf("after anna's was removed: %v", got)
	}
	w.watch(r, "/users/"+anna.ID+"/events") // as it can be made again
	event(anna)
	if got := <-r.arrived; !strings.Contains(got["resource"].(string), anna.ID) {
		t.Errorf("made again: %v", got)
	}
}

func TestEventSubscriptionsThatAreRefused(t *testing.T) {
	w := office(t)
	people := staff(w.tenant)
	p, away := people[0], people[1]
	w.must(w.tenant.ChangeMailbox(away.ID, func(m *m365.Mailbox) { m.State = m365.OnPremises }))
	r := newReceiver(t, httptest.NewServer)
	until := func(d time.Duration) object {
		return object{"expirationDateTime": time.Now().Add(d).UTC().Format(time.RFC3339)}
	}
	for name, c := range map[string]struct {
		resource string
		change   object
		status   int
	}{
		"nobody": {"/users/nobody@example.com/events", nil, 404}, "no mailbox": {"/users/" + away.ID + "/events", nil, 404},
		"a view": {"/users/" + p.ID + "/calendarView", nil, 400}, "me": {"/me/events", nil, 400},
		"too long": {"/users/" + p.ID + "/events", until(10081 * time.Minute), 400}, "with data": {"/users/" + p.ID + "/events", object{"includeResourceData": true}, 400},
	} {
		change := object{"resource": c.resource}
		for name, value := range c.change {
			change[name] = value
		}
		if a := w.subscribe(r.URL, change); a.status != c.status {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	events := object{"resource": "/users/" + p.ID + "/events", "expirationDateTime": until(10079 * time.Minute)["expirationDateTime"]}
	if a := w.subscribe(r.URL, events); a.status != 201 {
		t.Errorf("just short enough: %d %s", a.status, a.body)
	}
	if a := w.subscribe(r.URL, events); a.status != 409 {
		t.Errorf("the same again: %d %s", a.status, a.body)
	}
	group := w.tenant.AddGroup(m365.Group{DisplayName: "Tom"})
	w.tenant.AccessPolicy(group)
	if a := w.subscribe(r.URL, object{"resource": "/users/" + people[2].ID + "/events"}); a.status != 403 {
		t.Errorf("a mailbox that a policy hides: %d %s", a.status, a.body)
	}
}

// A mailbox bears a thousand subscriptions, whoever made them.
func TestAThousandSubscriptionsOnAMailbox(t *testing.T) {
	w := office(t)
	p := staff(w.tenant)[0]
	r := newReceiver(t, httptest.NewServer)
	made := 0
	for n := range 13 {
		app := w.tenant.AddApp(m365.App{Name: fmt.Sprint(n)})
		_, secret := app.AddSecret(time.Now().Add(time.Hour))
		w.tenant.GrantTo(app.ClientID, "Calendars.Read")
		var token struct {
			Token string `json:"access_token"`
		}
		w.tokenFor(w.tenant.ID, map[string]string{"client_id": app.ClientID, "client_secret": secret}).decode(t, &token)
		w.token = token.Token
		for i := range 80 {
			kinds := strings.Repeat("updated,", i) + "updated"
			a := w.subscribe(r.URL, object{"resource": "/users/" + p.ID + "/events", "changeType": kinds})
			if a.status != 201 && (a.status != 403 || made != 1000) {
				t.Fatalf("number %d: %d %s", made+1, a.status, a.body)
			}
			if a.status == 201 {
				made++
			}
		}
	}
	if made != 1000 {
		t.Errorf("%d subscriptions were made", made)
	}
}
