package api_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/telefonist/telefonist/api"
	"github.com/telefonist/telefonist/client"
	"github.com/telefonist/telefonist/m365"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/reconcile"
	"github.com/telefonist/telefonist/store"
)

// listening is a place that Microsoft can tell of changes, with a replicator that
// follows its tenant soon after a change and whose first plan is approved.
type listening struct {
	*testing.T
	*place
	told       reconcile.Subscriptions
	ahead      atomic.Int64 // how far our clock is, as a time.Duration
	customer   *client.Organization
	org        store.Org
	source     string
	replicator string
	answers    chan answer // of the endpoint
	log        bytes.Buffer
}

// answer is how a delivery was answered.
type answer struct {
	status int
	took   time.Duration
}

// recorder keeps the status of an answer.
type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(status int) { r.status = status; r.ResponseWriter.WriteHeader(status) }

func listen(t *testing.T) *listening {
	t.Helper()
	l := &listening{T: t, place: open(t), answers: make(chan answer, 100)}
	l.told = reconcile.Subscriptions{Reconciler: l.rounds.Reconciler}
	l.told.Now = func() time.Time { return time.Now().Add(time.Duration(l.ahead.Load())) }
	endpoint := api.New(l.desk, api.Options{Log: slog.New(slog.NewTextHandler(&l.log, nil))})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began, kept := time.Now(), &recorder{w, http.StatusOK}
		endpoint.ServeHTTP(kept, r)
		if r.URL.RawQuery == "" {
			l.answers <- answer{kept.status, time.Since(began)}
		}
	}))
	t.Cleanup(server.Close)
	l.told.NotifyURL = server.URL + api.NotificationPath
	l.customer, _ = l.place.customer(t, "1", "administrator")
	l.org = l.store.In(organization.ID(must[client.Customer](t)(l.customer.Get(t.Context())).ID))
	l.source = l.connect(t, l.customer).ID
	// The night's round must be hours away, whenever the test runs.
	night := time.Now().UTC().Add(6 * time.Hour)
	from := night.Hour()*60 + night.Minute()
	soon := client.Schedule{Mode: "soon", Zone: "UTC", From: from, To: (from + 60) % (24 * 60)}
	l.replicator = must[client.Replicator](t)(l.customer.AddReplicator(t.Context(), client.NewReplicator{Name: "Alla", Source: l.source, Schedule: &soon})).ID
	l.run()
	rounds := must[[]client.Round](t)(l.customer.Rounds(t.Context(), client.RoundQuery{Replicator: l.replicator}))
	l.ok(l.customer.Approve(t.Context(), rounds[0].ID))
	l.run()
	return l
}

func (l *listening) ok(err error) {
	l.Helper()
	if err != nil {
		l.Fatal(err)
	}
}

func (l *listening) run() { l.place.run(l.T, l.replicator, l.customer) }

// work does what is due of subscriptions, as the engine would, and nothing where
// nothing is.
func (l *listening) work() {
	l.Helper()
	next, err := l.told.Next(l.Context())
	l.ok(err)
	if !next.IsZero() && !next.After(l.told.Now()) {
		l.ok(l.told.Run(l.Context()))
	}
}

// row is the subscription on a resource, empty where there is none.
func (l *listening) row(resource string) store.Subscription {
	l.Helper()
	for _, row := range must[[]store.Subscription](l.T)(l.org.Subscriptions(l.Context(), l.source)) {
		if row.Resource == resource {
			return row
		}
	}
	return store.Subscription{}
}

// due is when the replicator's next round is, from now.
func (l *listening) due() time.Duration {
	l.Helper()
	r := must[store.ReplicatorState](l.T)(l.org.Replicator(l.Context(), l.replicator))
	return r.DueAt.Sub(l.told.Now())
}

// newToken has the source sign in anew, with the permissions as they are now.
func (l *listening) newToken() {
	l.Helper()
	s := must[store.SourceState](l.T)(l.org.Source(l.Context(), l.source))
	l.ok(l.org.UpdateSource(l.Context(), s.Source, s.Generation))
}

// delivered waits for Microsoft's next delivery.
func (l *listening) delivered() answer {
	l.Helper()
	select {
	case a := <-l.answers:
		return a
	case <-time.After(20 * time.Second):
		l.Fatal("nothing was delivered")
		return answer{}
	}
}

// change lets something happen in the tenant.
func (l *listening) change(title string) {
	l.Helper()
	l.ok(l.tenant.ChangePerson(l.tenant.People()[0].ID, func(p *m365.Person) { p.JobTitle = title }))
}

func TestMicrosoftTellsOfChanges(t *testing.T) {
	l := listen(t)
	if d := l.due(); d > time.Minute+time.Second {
		t.Errorf("without a subscription the next round is in %v", d)
	}
	l.work()
	made := l.row("users")
	if made.ID == "" || made.Problem != "" || l.sim.Subscriptions(l.tenant) != 1 {
		t.Fatalf("subscription: got %+v, and %d in the tenant", made, l.sim.Subscriptions(l.tenant))
	}
	if l.row("groups").ID != "" {
		t.Error("groups are subscribed to, though no scope uses them")
	}
	l.run()
	if d := l.due(); d < 50*time.Minute {
		t.Errorf("with a subscription the next round is in %v, want the sweep", d)
	}
	l.change("Ekonom")
	if a := l.delivered(); a.status != http.StatusAccepted || a.took > time.Second {
		t.Errorf("the delivery was answered %d after %v", a.status, a.took)
	}
	if d := l.due(); d > 0 {
		t.Errorf("after the notification the next round is in %v", d)
	}
	if l.row("users").Heard.IsZero() {
		t.Error("the notification was not noted")
	}
	if l.row("users").ClientStateHash == "" || l.desk.Forged() > 0 {
		t.Errorf("something was taken for forged:\n%s", l.log.String())
	}
}

func TestForgedNotificationIsCountedAndIgnored(t *testing.T) {
	l := listen(t)
	l.work()
	l.run()
	body := fmt.Sprintf(`{"value":[{"subscriptionId":%q,"clientState":"gissat","lifecycleEvent":"subscriptionRemoved"},
		{"subscriptionId":"nobody","clientState":"","changeType":"updated"}]}`, l.row("users").ID)
	was := l.row("users")
	r := must[*http.Response](t)(http.Post(l.told.NotifyURL, "application/json", strings.NewReader(body)))
	r.Body.Close()
	if r.StatusCode != http.StatusAccepted {
		t.Errorf("status %d", r.StatusCode)
	}
	if l.due() < 50*time.Minute || l.row("users") != was {
		t.Errorf("a forged notification made somebody due: %v, %+v", l.due(), l.row("users"))
	}
	if n := l.desk.Forged(); n != 2 {
		t.Errorf("counted %d forged ones, want 2", n)
	}
}

func TestSubscriptionIsRenewedBeforeItsEnd(t *testing.T) {
	l := listen(t)
	l.work()
	was := l.row("users")
	if !was.Due.Before(was.Expires) {
		t.Fatalf("renewed at %v, ends at %v", was.Due, was.Expires)
	}
	l.ahead.Store(int64(25 * time.Hour))
	l.sim.ResetRequests()
	l.work()
	now := l.row("users")
	if now.ID != was.ID || !now.Due.After(was.Due) || l.requests("PATCH") != 1 {
		t.Errorf("got %+v after %+v, with %d renewals", now, was, l.requests("PATCH"))
	}
	l.work()
	if l.requests("PATCH") != 1 {
		t.Error("renewed again at once")
	}
}

// requests counts what the tenant was asked about subscriptions.
func (l *listening) requests(method string) int {
	n := 0
	for _, r := range l.sim.Requests() {
		if r.Method == method && strings.Contains(r.Path, "/subscriptions") {
			n++
		}
	}
	return n
}

func TestLifecycleEventsHeal(t *testing.T) {
	for _, tc := range []struct {
		event string
		anew  bool // another subscription, not the same
		asked string
	}{
		{"reauthorizationRequired", false, "PATCH"},
		{"subscriptionRemoved", true, "POST"},
		{"missed", false, ""},
	} {
		t.Run(tc.event, func(t *testing.T) {
			l := listen(t)
			l.work()
			l.run()
			was := l.row("users")
			l.sim.ResetRequests()
			if tc.event == "reauthorizationRequired" {
				l.sim.RequireReauthorization(l.tenant)
			} else {
				l.sim.Lifecycle(l.tenant, tc.event)
			}
			if a := l.delivered(); a.status != http.StatusAccepted {
				t.Errorf("answered %d", a.status)
			}
			if l.due() > 0 {
				t.Errorf("what may have been missed is read in %v", l.due())
			}
			l.work()
			now := l.row("users")
			if now.ID == "" || (now.ID != was.ID) != tc.anew || l.sim.Subscriptions(l.tenant) != 1 {
				t.Errorf("got %+v after %+v", now, was)
			}
			if tc.asked != "" && l.requests(tc.asked) != 1 {
				t.Errorf("%d %s", l.requests(tc.asked), tc.asked)
			}
			l.run()
			l.change("Växeltelefonist")
			l.delivered()
			if l.due() > 0 {
				t.Error("a change afterwards is not heard")
			}
		})
	}
}

// Microsoft may drop a subscription without a word, and we may be stopped between
// making one and writing it down.
func TestSubscriptionLostOnEitherSideIsMadeAnew(t *testing.T) {
	l := listen(t)
	l.work()
	first := l.row("users")
	l.ok(l.org.DeleteSubscription(l.Context(), l.source, "users")) // never written down
	l.work()
	second := l.row("users")
	if second.ID == "" || second.ID == first.ID || l.sim.Subscriptions(l.tenant) != 1 {
		t.Fatalf("got %+v, %d in the tenant", second, l.sim.Subscriptions(l.tenant))
	}
	dead := second
	dead.ID, dead.Due = "00000000-0000-0000-0000-000000000001", time.Now() // unknown to Microsoft
	l.ok(l.org.PutSubscription(l.Context(), l.source, dead))
	l.work()
	if third := l.row("users"); third.ID == dead.ID || third.ID == "" || third.Problem != "" || l.sim.Subscriptions(l.tenant) != 1 {
		t.Errorf("got %+v, %d in the tenant", third, l.sim.Subscriptions(l.tenant))
	}
}

func TestRefusedSubscriptionLeavesPolling(t *testing.T) {
	for _, tc := range []struct {
		name, problem string
		break_        func(*listening)
	}{
		{"no https", "subscription.unreachable", func(l *listening) { l.told.NotifyURL = "http://telefonist.example/microsoft/notifications" }},
		{"nobody answers", "subscription.unreachable", func(l *listening) { l.told.NotifyURL = "https://127.0.0.1:1/microsoft/notifications" }},
		{"no permission", "subscription.refused", func(l *listening) { l.tenant.Revoke("User.Read.All"); l.newToken() }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l := listen(t)
			url := l.told.NotifyURL
			tc.break_(l)
			l.work()
			row := l.row("users")
			if row.ID != "" || row.Problem != tc.problem || !row.Due.After(l.told.Now()) {
				t.Fatalf("got %+v", row)
			}
			if l.due() > time.Minute {
				t.Errorf("the next round is in %v", l.due())
			}
			l.sim.ResetRequests()
			l.work()
			if l.requests("POST") != 0 {
				t.Error("asked again at once")
			}
			l.told.NotifyURL = url
			l.tenant.Grant("User.Read.All")
			l.newToken()
			l.ahead.Store(int64(2 * time.Hour))
			l.work()
			if row := l.row("users"); row.ID == "" || row.Problem != "" {
				t.Errorf("once mended: %+v", row)
			}
		})
	}
}

func TestSubscriptionsFollowWhatIsNeeded(t *testing.T) {
	l := listen(t)
	l.work()
	rep := must[store.ReplicatorState](t)(l.org.Replicator(t.Context(), l.replicator))
	rep.Settings.Scope.Everybody = false
	rep.Settings.Scope.Groups = []string{l.tenant.Groups()[0].ID}
	l.ok(l.org.UpdateReplicator(t.Context(), rep.Replicator, rep.Generation))
	l.work()
	if l.row("groups").ID == "" || l.sim.Subscriptions(l.tenant) != 2 {
		t.Errorf("a scope with groups: %+v", l.row("groups"))
	}
	l.ok(l.customer.PauseReplicator(t.Context(), l.replicator))
	l.work()
	if rows := must[[]store.Subscription](t)(l.org.Subscriptions(t.Context(), l.source)); len(rows) != 0 || l.sim.Subscriptions(l.tenant) != 0 {
		t.Errorf("paused: %+v, %d in the tenant", rows, l.sim.Subscriptions(l.tenant))
	}
}
