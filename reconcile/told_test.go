package reconcile_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/m365"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/reconcile"
	"github.com/telefonist/telefonist/store"
)

// post is where Microsoft tells of changes.
type post struct {
	*workplace
	events  *reconcile.EventSubscriptions
	arrived chan item
}

type item struct {
	Subscription string `json:"subscriptionId"`
	ClientState  string `json:"clientState"`
	Lifecycle    string `json:"lifecycleEvent"`
}

func (p *post) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if token := r.URL.Query().Get("validationToken"); token != "" {
		w.Header().Set("Content-Type", "text/plain")
		fmt.Fprint(w, token)
		return
	}
	var body struct {
		Value []item `json:"value"`
	}
	if json.NewDecoder(r.Body).Decode(&body) == nil {
		for _, i := range body.Value {
			p.arrived <- i
		}
	}
	w.WriteHeader(http.StatusAccepted)
}

// newPost has Microsoft tell of changes in a workplace that is live.
func newPost(t *testing.T, n int) *post {
	t.Helper()
	p := &post{workplace: newWorkplace(t, n, nil), arrived: make(chan item, 1000)}
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	p.reconciler.NotifyURL = server.URL
	p.events = &reconcile.EventSubscriptions{Reconciler: p.reconciler}
	p.live()
	p.subscribes()
	p.works()
	return p
}

// subscribes does what is due of subscriptions.
func (p *post) subscribes() {
	p.Helper()
	for range 10 {
		at, err := p.events.Next(p.ctx)
		p.must(err)
		if at.IsZero() || at.After(p.now) {
			return
		}
		p.must(p.events.Run(p.ctx))
	}
	p.Fatal("subscriptions are due for ever")
}

// hears waits for n notifications and hands them on, as the desk does.
func (p *post) hears(n int) {
	p.Helper()
	for range n {
		i := <-p.arrived
		org, source, sub, err := p.store.FindSubscription(p.ctx, i.Subscription)
		p.must(err)
		if org != p.org.ID() || sub.ClientStateHash != store.HashClientState(i.ClientState) {
			p.Errorf("the notification is about %s with another secret", sub.Resource)
		}
		p.must(p.reconciler.MailboxesTold(p.ctx, org, source, []reconcile.MailboxTold{{Subscription: sub, Lifecycle: i.Lifecycle}}))
	}
	p.comes(p.now.Add(time.Second))
	p.works()
}

// row is a person's subscription.
func (p *post) row(person string) store.Subscription {
	p.Helper()
	all, err := p.org.EventSubscriptions(p.ctx, p.source)
	p.must(err)
	for _, s := range all {
		if s.Resource == "events/"+person {
			return s
		}
	}
	return store.Subscription{}
}

func TestAMeetingThatIsMovedIsToldWithinSeconds(t *testing.T) {
	p := newPost(t, 2)
	anna := p.people[0]
	if n := p.server.Subscriptions(p.tenant); n != 2 {
		t.Fatalf("%d subscriptions, want one a mailbox", n)
	}
	p.at("09:00")
	id := p.meeting(anna, "09:00", "10:00")
	p.hears(1)
	p.wantsTold(anna, "meeting until 10:00")
	p.must(p.tenant.ChangeEvent(anna, id, func(e *m365.Event) {
		e.Start, e.End = e.Start.Add(3*time.Hour), e.End.Add(3*time.Hour)
	}))
	p.hears(1)
	p.wantsTold(anna, "available until 12:00")
	if m := p.box(anna); !m.HeardAt.Equal(p.now.Add(-time.Second)) || m.DueAt.Sub(p.now) < 50*time.Minute {
		t.Errorf("heard at %v, swept in %v; want an hour, as Microsoft tells", m.HeardAt, m.DueAt.Sub(p.now))
	}
}

func TestABurstOfNotificationsIsOneReading(t *testing.T) {
	p := newPost(t, 1)
	anna := p.people[0]
	p.at("09:00")
	p.reads()
	p.server.ResetRequests()
	for i := range 10 {
		p.event(anna, fmt.Sprintf("%s 1%d:00", monday, i), fmt.Sprintf("%s 1%d:30", monday, i), m365.Event{})
	}
	p.hears(10)
	views := 0
	for _, r := range p.server.Requests() {
		if strings.Contains(r.Path, "batch") {
			views++
		}
	}
	if views != 1 || len(p.box(anna).Agenda) != 10 {
		t.Errorf("%d batches for ten notifications, %d events; want one batch", views, len(p.box(anna).Agenda))
	}
}

func TestWhatIsToldDuringAReadingIsReadAfterIt(t *testing.T) {
	p := newPost(t, 1)
	anna := p.people[0]
	p.at("09:00")
	open := p.reconciler.OpenCalendar
	told := false
	p.reconciler.OpenCalendar = p.openWith(open, func() {
		if !told { // the event comes just after the calendar was read
			told = true
			p.meeting(anna, "09:00", "10:00")
			i := <-p.arrived
			_, _, sub, err := p.store.FindSubscription(p.ctx, i.Subscription)
			p.must(err)
			p.must(p.reconciler.MailboxesTold(p.ctx, p.org.ID(), p.source, []reconcile.MailboxTold{{Subscription: sub}}))
		}
	})
	p.reads()
	if len(p.box(anna).Agenda) != 0 {
		t.Fatal("the reading saw what came after it")
	}
	p.comes(p.now.Add(time.Second))
	p.works()
	p.wantsTold(anna, "meeting until 10:00")
}

func TestSilentNotificationsAreFoundOut(t *testing.T) { // 10
	p := newPost(t, 1)
	anna := p.people[0]
	p.at("09:00")
	p.server.Fault(m365.Fault{Kind: m365.LostNotification, Times: m365.Forever})
	p.meeting(anna, "09:00", "12:00")
	p.comes(p.now.Add(61 * time.Minute)) // the slow sweep
	p.works()
	p.wantsTold(anna, "meeting until 12:00")
	if s := p.row(anna); s.Problem == "" {
		t.Fatal("nobody noticed that nothing was told")
	}
	p.subscribes()
	p.meeting(anna, "12:00", "13:00")
	p.comes(p.now.Add(6 * time.Minute)) // from now on it is swept like the others
	p.works()
	p.comes(p.now.Add(6 * time.Minute))
	p.works()
	p.wantsTold(anna, "meeting until 13:00")
	p.server.ClearFaults()
	p.meeting(anna, "13:00", "14:00")
	p.hears(1)
	p.wantsTold(anna, "meeting until 14:00")
	if s := p.row(anna); s.Problem != "" {
		t.Errorf("it tells again and is still distrusted: %s", s.Problem)
	}
}

func TestASubscriptionThatIsRemovedIsMadeAgain(t *testing.T) { // 10: subscriptionRemoved
	p := newPost(t, 2)
	before := p.row(p.people[0]).ID
	p.server.Lifecycle(p.tenant, "subscriptionRemoved", p.people[0])
	p.meeting(p.people[0], "10:00", "11:00") // nobody tells of this one
	p.hears(1)
	p.subscribes()
	p.works()
	if s := p.row(p.people[0]); s.ID == "" || s.ID == before || p.server.Subscriptions(p.tenant) != 2 {
		t.Errorf("the subscription is %q, was %q; %d in all", s.ID, before, p.server.Subscriptions(p.tenant))
	}
	if len(p.box(p.people[0]).Agenda) != 1 {
		t.Error("what changed meanwhile was not read")
	}
}

func TestMissedNotificationsAreReadFor(t *testing.T) {
	p := newPost(t, 1)
	p.server.Fault(m365.Fault{Kind: m365.LostNotification})
	p.meeting(p.people[0], "10:00", "11:00")
	p.server.ClearFaults()
	p.server.Lifecycle(p.tenant, "missed", p.people[0])
	p.hears(1)
	if len(p.box(p.people[0]).Agenda) != 1 {
		t.Error("what was missed was not read")
	}
}

func TestReauthorizationIsGiven(t *testing.T) {
	p := newPost(t, 1)
	p.server.RequireReauthorization(p.tenant)
	p.hears(1)
	p.subscribes()
	p.meeting(p.people[0], "10:00", "11:00")
	p.hears(1) // it would not come to one that is paused
	if len(p.box(p.people[0]).Agenda) != 1 {
		t.Error("nothing is told any more")
	}
}

func TestSubscriptionsAreRenewedInTime(t *testing.T) {
	p := newPost(t, 1)
	anna := p.people[0]
	first := p.row(anna)
	for range 20 { // ten days, of which a subscription lives seven
		p.comes(p.now.Add(12 * time.Hour))
		p.subscribes()
		p.works()
	}
	if s := p.row(anna); s.ID != first.ID || !s.Expires.After(p.now.Add(24*time.Hour)) || s.Problem != "" {
		t.Errorf("after ten days: %+v", s)
	}
}

func TestAfterEverythingHasExpired(t *testing.T) {
	p := newPost(t, 2)
	anna := p.people[0]
	p.meeting(anna, "09:00", "10:00")
	p.comes(p.now.AddDate(0, 0, 40)) // subscriptions, token, window, day
	p.meeting(anna, "09:00", "10:00")
	p.works()
	p.subscribes()
	p.works()
	p.at("09:30")
	p.wantsTold(anna, "meeting until 10:00")
	p.wantsHealth(anna, calendar.Fine)
	if n := p.server.Subscriptions(p.tenant); n != 2 || !p.row(anna).Expires.After(p.now) {
		t.Errorf("%d subscriptions, hers until %v", n, p.row(anna).Expires)
	}
}

func TestWhoCannotBeReadIsNotSubscribedTo(t *testing.T) {
	p := newPost(t, 3)
	p.must(p.tenant.ChangeMailbox(p.people[1], func(m *m365.Mailbox) { m.State = m365.NoMailbox }))
	p.reads()
	p.comes(p.now.Add(time.Minute))
	p.subscribes()
	if n := p.server.Subscriptions(p.tenant); n != 2 || p.row(p.people[1]).ID != "" {
		t.Errorf("%d subscriptions, one of them %q", n, p.row(p.people[1]).ID)
	}
	p.connected(organization.Connection{Off: true})
	p.comes(p.now.Add(time.Minute))
	p.subscribes()
	if n := p.server.Subscriptions(p.tenant); n != 0 {
		t.Errorf("%d subscriptions of a connection that is off", n)
	}
}

func TestASubscriptionThatWasForgottenIsFoundAgain(t *testing.T) {
	p := newPost(t, 1)
	anna := p.people[0]
	row := p.row(anna)
	row.ID, row.Due = "", p.now // we were stopped between making it and writing it down
	p.must(p.org.PutSubscriptions(p.ctx, p.source, []store.Subscription{row}))
	p.subscribes()
	if s := p.row(anna); s.ID == "" || p.server.Subscriptions(p.tenant) != 1 {
		t.Errorf("the subscription is %+v, and there are %d", s, p.server.Subscriptions(p.tenant))
	}
	p.meeting(anna, "10:00", "11:00")
	p.hears(1)
}
