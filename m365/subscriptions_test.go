package m365_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/telefonist/telefonist/m365"
)

// receiver is where notifications go.
type receiver struct {
	*httptest.Server
	mu      sync.Mutex
	refuse  int    // how many to answer 503
	shake   string // what to say to the handshake instead of the token
	shakes  int    // handshakes so far
	arrived chan object
}

func newReceiver(t *testing.T, start func(http.Handler) *httptest.Server) *receiver {
	r := &receiver{arrived: make(chan object, 100)}
	r.Server = start(r)
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if token := q.URL.Query().Get("validationToken"); token != "" {
		r.shakes++
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		if r.shake != "" {
			token = r.shake
		}
		fmt.Fprint(w, token)
		return
	}
	if r.refuse > 0 {
		r.refuse--
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	var body struct {
		Value []object `json:"value"`
	}
	if json.NewDecoder(q.Body).Decode(&body) == nil {
		for _, item := range body.Value {
			r.arrived <- item
		}
	}
	w.WriteHeader(http.StatusAccepted)
}

// set changes how r behaves and tells how many handshakes it has seen.
func (r *receiver) set(refuse int, shake string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refuse, r.shake = refuse, shake
	return r.shakes
}

// subscribe asks for notifications with changes to the usual request.
func (w *world) subscribe(to string, change object) answer {
	w.t.Helper()
	body := object{"changeType": "updated,deleted", "resource": "/users", "notificationUrl": to, "clientState": "s1",
		"expirationDateTime": time.Now().Add(2 * time.Hour).UTC().Format(time.RFC3339)}
	for name, value := range change {
		body[name] = value
	}
	text, err := json.Marshal(body)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.do(http.MethodPost, "/v1.0/subscriptions", string(text))
}

func TestNotifications(t *testing.T) {
	w := start(t, m365.Options{People: 10, Seed: 1})
	r := newReceiver(t, httptest.NewServer)
	a := w.subscribe(r.URL+"/hook?key=1", object{"lifecycleNotificationUrl": r.URL + "/hook?key=1"})
	var sub object
	shakes := r.set(0, "")
	if a.decode(t, &sub); a.status != http.StatusCreated || shakes != 2 || sub["clientState"] != "s1" {
		t.Fatalf("%d %s, %d handshakes", a.status, a.body, shakes)
	}
	id := w.tenant.People()[2].ID
	for _, change := range []struct {
		make func(string) error
		kind string
	}{{w.tenant.Disable, "updated"}, {w.tenant.SoftDelete, "updated"}, {w.tenant.Restore, "updated"}, {w.tenant.Purge, "deleted"}} {
		w.must(change.make(id))
		got := <-r.arrived
		data, _ := got["resourceData"].(object)
		if got["changeType"] != change.kind || got["subscriptionId"] != sub["id"] || got["clientState"] != "s1" || got["tenantId"] != w.tenant.ID ||
			data["id"] != id || got["resource"] != "Users/"+id {
			t.Errorf("want %s, got %v", change.kind, got)
		}
	}
	w.tenant.AddGroup(m365.Group{DisplayName: "inte prenumererad"})
	added := w.tenant.AddPerson(m365.Person{DisplayName: "Ny"})
	if got := <-r.arrived; got["resource"] != "Users/"+added || got["changeType"] != "updated" {
		t.Errorf("a new person: %v", got)
	}

	w.server.RequireReauthorization(w.tenant)
	if got := <-r.arrived; got["lifecycleEvent"] != "reauthorizationRequired" || got["changeType"] != nil {
		t.Errorf("lifecycle: %v", got)
	}
	w.must(w.tenant.ChangePerson(added, func(p *m365.Person) { p.JobTitle = "borta" })) // lost: nobody authorized it
	if a := w.do(http.MethodPost, "/v1.0/subscriptions/"+sub["id"].(string)+"/reauthorize", ""); a.status != http.StatusNoContent {
		t.Errorf("reauthorize: %d %s", a.status, a.body)
	}
	w.must(w.tenant.Purge(added))
	if got := <-r.arrived; got["changeType"] != "deleted" {
		t.Errorf("after reauthorization: %v", got)
	}
	if a := w.do(http.MethodDelete, "/v1.0/subscriptions/"+sub["id"].(string), ""); a.status != http.StatusNoContent || w.server.Subscriptions(w.tenant) != 0 {
		t.Errorf("delete: %d", a.status)
	}
}

func TestNotificationsAreRepeatedLostAndDoubled(t *testing.T) {
	w := start(t, m365.Options{People: 10, Seed: 1})
	w.server.RetryAfter = time.Millisecond
	r := newReceiver(t, httptest.NewTLSServer)
	r.set(2, "")
	if a := w.subscribe(r.URL, object{"resource": "groups"}); a.status != http.StatusCreated {
		t.Fatalf("%d %s", a.status, a.body)
	}
	group := w.tenant.Groups()[1].ID
	touch := func(text string) { w.must(w.tenant.ChangeGroup(group, func(g *m365.Group) { g.Description = text })) }
	touch("a")
	if got := <-r.arrived; got["resource"] != "Groups/"+group {
		t.Errorf("after two refusals: %v", got)
	}
	w.server.Fault(m365.Fault{Kind: m365.TwiceNotification})
	touch("b")
	if a, b := <-r.arrived, <-r.arrived; fmt.Sprint(a) != fmt.Sprint(b) {
		t.Errorf("twice: %v %v", a, b)
	}
}

func TestSubscriptionsThatAreRefused(t *testing.T) {
	w := start(t, m365.Options{People: 10, Seed: 1, Roles: []string{"User.Read.All"}})
	r := newReceiver(t, httptest.NewServer)
	at := func(d time.Duration) string { return time.Now().Add(d).UTC().Format(time.RFC3339) }
	for name, test := range map[string]struct {
		to     string
		change object
		status int
	}{
		"http elsewhere": {"http://example.com/hook", nil, 400}, "no address": {"", nil, 400}, "ftp": {"ftp://127.0.0.1/", nil, 400},
		"nobody there": {"http://127.0.0.1:1/", nil, 400}, "created": {r.URL, object{"changeType": "created"}, 400},
		"another resource": {r.URL, object{"resource": "/sites"}, 400}, "no permission": {r.URL, object{"resource": "groups"}, 403},
		"past": {r.URL, object{"expirationDateTime": at(-time.Hour)}, 400}, "too long": {r.URL, object{"expirationDateTime": at(29*24*time.Hour + time.Hour)}, 400},
		"long state": {r.URL, object{"clientState": strings.Repeat("å", 129)}, 400}, "with data": {r.URL, object{"includeResourceData": true}, 400},
		"lifecycle elsewhere": {r.URL, object{"lifecycleNotificationUrl": "http://example.com"}, 400},
	} {
		if a := w.subscribe(test.to, test.change); a.status != test.status {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	r.set(0, "something else")
	if a := w.subscribe(r.URL, nil); a.status != 400 || a.code(t) != "ValidationError" {
		t.Errorf("a wrong handshake: %d %s", a.status, a.body)
	}
	r.set(0, "")
	a := w.subscribe(r.URL, object{"expirationDateTime": at(time.Minute)})
	var got struct {
		Expires time.Time `json:"expirationDateTime"`
	}
	if a.decode(t, &got); time.Until(got.Expires) < 44*time.Minute {
		t.Errorf("less than 45 minutes stayed %v", time.Until(got.Expires))
	}
	if a := w.subscribe(r.URL, nil); a.status != http.StatusConflict {
		t.Errorf("the same again: %d %s", a.status, a.body)
	}
	var statuses []int
	for i := range 100 {
		statuses = append(statuses, w.subscribe(r.URL, object{"resource": fmt.Sprintf("/users/%d", i)}).status)
	}
	if i := slices.Index(statuses, http.StatusForbidden); i != 99 {
		t.Errorf("the quota was reached at %d", i+1)
	}
}
