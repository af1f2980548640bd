package graph_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/telefonist/telefonist/graph"
	"github.com/telefonist/telefonist/m365"
)

// office is a simulated tenant whose calendars may be read.
func office(t testing.TB, people int) (*m365.Server, *m365.Tenant, *graph.Client, []m365.Person) {
	t.Helper()
	server, tenant, newClient := simulated(t, m365.Options{Seed: 11, People: people, Roles: []string{"Calendars.Read", "MailboxSettings.Read"}})
	var staff []m365.Person
	for _, p := range tenant.People() {
		if p.Purpose == "user" {
			staff = append(staff, p)
		}
	}
	return server, tenant, newClient(t), staff
}

func add(t testing.TB, tenant *m365.Tenant, p m365.Person, e m365.Event) string {
	t.Helper()
	id, err := tenant.AddEvent(p.ID, e)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func views(people []m365.Person, from time.Time, days int) (list []graph.View) {
	for _, p := range people {
		list = append(list, graph.View{User: p.ID, Start: from, End: from.AddDate(0, 0, days)})
	}
	return list
}

var autumn = time.Date(2026, 10, 24, 0, 0, 0, 0, time.UTC)

// line is an event in short.
func line(_ int, e *graph.Event) (string, bool) {
	return fmt.Sprintf("%s %s–%s %s", e.Subject, e.Start.Clock.Format("0102T1504"), e.End.Clock.Format("1504"), e.Type), true
}

func TestCalendarsOnTheSimulator(t *testing.T) {
	_, tenant, c, staff := office(t, 40)
	stockholm, _ := time.LoadLocation("Europe/Stockholm")
	standup := time.Date(2026, 10, 24, 9, 0, 0, 0, stockholm)
	id := add(t, tenant, staff[0], m365.Event{Subject: "Standup", Start: standup, End: standup.Add(15 * time.Minute), Recurrence: &m365.Recurrence{Type: "daily"}})
	if err := tenant.ChangeEvent(staff[0].ID, id, func(e *m365.Event) {
		moved := standup.AddDate(0, 0, 2).Add(3 * time.Hour)
		e.Exceptions = map[string]*m365.Event{"2026-10-26": {Subject: "Sen standup", Start: moved, End: moved.Add(time.Hour)}, "2026-10-27": nil}
	}); err != nil {
		t.Fatal(err)
	}
	if err := tenant.ChangeMailbox(staff[1].ID, func(m *m365.Mailbox) { m.State = m365.OnPremises }); err != nil {
		t.Fatal(err)
	}
	for i := range 1003 {
		at := autumn.Add(time.Duration(i) * time.Minute)
		add(t, tenant, staff[2], m365.Event{Subject: fmt.Sprint(i), Start: at, End: at.Add(time.Minute)})
	}
	asked := append(views(staff, autumn, 5), graph.View{User: "00000000-0000-4000-8000-000000000000", Start: autumn, End: autumn.AddDate(0, 0, 5)})
	got := graph.CalendarViews(t.Context(), c, asked, line)

	// The clock goes back in the night to 25 October.
	want := []string{"Standup 1024T0700–0715 occurrence", "Standup 1025T0800–0815 occurrence", "Sen standup 1026T1100–1200 exception", "Standup 1028T0800–0815 occurrence"}
	if !slices.Equal(got[0].Kept, want) {
		t.Errorf("got %q, want %q", got[0].Kept, want)
	}
	var refused *graph.Error
	if !errors.As(got[1].Err, &refused) || !refused.NoMailbox() {
		t.Errorf("on their own server: %v", got[1].Err)
	}
	if n := len(got[2].Kept); n != 1003 || got[2].Pages != 2 {
		t.Errorf("%d events in %d pages", n, got[2].Pages)
	}
	if last := got[len(got)-1]; !errors.As(last.Err, &refused) || !refused.NoMailbox() {
		t.Errorf("nobody: %v", last.Err)
	}
	for i := 3; i < len(staff); i++ {
		if got[i].Err != nil || len(got[i].Kept) != 0 {
			t.Errorf("%d: %v, %v", i, got[i].Kept, got[i].Err)
		}
	}
}

func TestCalendarsDespiteAFault(t *testing.T) {
	server, tenant, c, staff := office(t, 60)
	for _, p := range staff {
		add(t, tenant, p, m365.Event{Subject: p.DisplayName, Start: autumn.Add(9 * time.Hour), End: autumn.Add(10 * time.Hour)})
	}
	for name, f := range map[string]m365.Fault{
		"429 fractional":        {Kind: m365.Throttled, RetryAfter: "0.012", Times: 30, Path: "/users"},
		"429 without header":    {Kind: m365.Throttled, Code: "ApplicationThrottled", Times: 20, Path: "/users"},
		"429 of the batch":      {Kind: m365.Throttled, RetryAfter: "0.012", Path: "/$batch"},
		"503":                   {Kind: m365.Unavailable, Times: 7, Path: "/users"},
		"504":                   {Kind: m365.GatewayTimeout, Times: 7, Path: "/users"},
		"a spurious 401":        {Kind: m365.Unauthorized, Times: 5, Path: "/users"},
		"cut":                   {Kind: m365.Cut, Times: 2, Path: "/$batch"},
		"truncated":             {Kind: m365.Truncate, Times: 2, Path: "/$batch"},
		"one mailbox throttled": {Kind: m365.Throttled, Times: 3, Mailbox: staff[4].ID},
	} {
		server.Fault(f)
		for i, a := range graph.CalendarViews(t.Context(), c, views(staff, autumn, 1), line) {
			if a.Err != nil || len(a.Kept) != 1 || !strings.HasPrefix(a.Kept[0], staff[i].DisplayName) {
				t.Errorf("%s: %v, %v", name, a.Kept, a.Err)
			}
		}
		if left := server.Faults(); len(left) > 0 {
			t.Errorf("%s: %+v did not strike", name, left)
		}
		server.ClearFaults()
	}
}

func TestARestrictionIsProvedWithoutReadingAnEvent(t *testing.T) {
	server, tenant, again := simulated(t, m365.Options{Seed: 11, People: 20, Roles: []string{"Calendars.Read"}})
	c, staff := again(t), tenant.People()
	inside := tenant.AddGroup(m365.Group{DisplayName: "Telefonist", SecurityEnabled: true})
	in, out := staff[0].ID, staff[1].ID
	if err := tenant.AddMember(inside, in); err != nil {
		t.Fatal(err)
	}
	tenant.RBAC(inside, "Calendars.Read")
	server.ResetRequests()
	// Grants add up: while the tenant-wide consent stands, all can be read.
	for _, user := range []string{in, out} {
		if _, err := c.Calendar(t.Context(), user); err != nil {
			t.Errorf("with both: %v", err)
		}
	}
	tenant.Revoke("Calendars.Read")
	c = again(t)
	if _, err := c.Calendar(t.Context(), in); err != nil {
		t.Errorf("inside: %v", err)
	}
	var refused *graph.Error
	if _, err := c.Calendar(t.Context(), out); !errors.As(err, &refused) || !refused.Denied() || refused.Message == "" {
		t.Errorf("outside: %v", err)
	}
	for _, r := range server.Requests() {
		if strings.Contains(strings.ToLower(r.Path), "calendarview") || strings.Contains(r.Path, "events") {
			t.Errorf("read %s", r.Path)
		}
	}
}

func TestSettingsOnTheSimulator(t *testing.T) {
	_, tenant, c, staff := office(t, 20)
	begin := time.Date(2026, 12, 23, 15, 0, 0, 0, time.UTC)
	if err := tenant.ChangeMailbox(staff[0].ID, func(m *m365.Mailbox) {
		m.Zone = "GTB Standard Time"
		m.Hours = m365.Hours{Days: []string{"tuesday"}, Start: "07:30", End: "12:00", Custom: &m365.CustomZone{Bias: 480, DaylightBias: -60,
			Standard: m365.Transition{Month: 11, Occurrence: 1, Day: "sunday", Time: "02:00"}, Daylight: m365.Transition{Month: 3, Occurrence: 2, Day: "sunday", Time: "02:00"}}}
		m.Replies = m365.Replies{Status: "scheduled", Start: begin, End: begin.AddDate(0, 0, 14), Internal: "SECRET", External: "SECRET"}
	}); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, p := range staff {
		ids = append(ids, p.ID)
	}
	got := c.MailboxSettings(t.Context(), ids)
	first := got[0]
	if first.Err != nil || first.Zone != "GTB Standard Time" || first.Replies.Status != "scheduled" || !first.Replies.Start.Clock.Equal(begin) ||
		first.Hours.Start != 7*time.Hour+30*time.Minute || first.Hours.Custom == nil || first.Hours.Custom.Offset != -8*time.Hour {
		t.Errorf("got %+v %+v", first, first.Hours.Custom)
	}
	if strings.Contains(fmt.Sprintf("%+v", got), "SECRET") {
		t.Error("the text of an automatic reply was kept")
	}
	for _, s := range got[1:] {
		if s.Err != nil || s.Zone == "" || len(s.Hours.Days) != 5 || s.Replies.Status != "disabled" {
			t.Errorf("got %+v", s)
		}
	}
}

// listener is an address that Microsoft can tell.
type listener struct {
	mu   sync.Mutex
	told []graph.Notification
}

func (l *listener) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if token := r.URL.Query().Get("validationToken"); token != "" {
		w.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(w, token)
		return
	}
	n, err := graph.ParseNotifications(r.Body)
	if err == nil {
		l.mu.Lock()
		l.told = append(l.told, n.Items...)
		l.mu.Unlock()
	}
	w.WriteHeader(http.StatusAccepted)
}

// wait returns the first notification that fits.
func (l *listener) wait(ctx context.Context, fits func(graph.Notification) bool) (graph.Notification, bool) {
	for ctx.Err() == nil {
		l.mu.Lock()
		i := slices.IndexFunc(l.told, fits)
		var n graph.Notification
		if i >= 0 {
			n = l.told[i]
		}
		l.mu.Unlock()
		if i >= 0 {
			return n, true
		}
		time.Sleep(time.Millisecond)
	}
	return graph.Notification{}, false
}

func TestEventsAreToldOnTheSimulator(t *testing.T) {
	server, tenant, c, staff := office(t, 60)
	hears := &listener{}
	address := httptest.NewServer(hears)
	defer address.Close()
	var asked []graph.Subscription
	for _, p := range staff {
		asked = append(asked, graph.Subscription{Resource: graph.EventsOf(p.ID), ChangeType: "created,updated,deleted", ClientState: "of-" + p.ID,
			NotificationURL: address.URL, LifecycleURL: address.URL, Expires: time.Now().Add(graph.EventSubscriptionLife - time.Minute)})
	}
	made := c.SubscribeAll(t.Context(), asked)
	for _, s := range made {
		if s.Err != nil || s.ID == "" || s.Expires.IsZero() {
			t.Fatalf("made %+v", s)
		}
	}
	if n, want := c.Stats().Batches, int64(len(staff)+19)/20; n != want {
		t.Errorf("%d batches for %d subscriptions, want %d", n, len(staff), want)
	}
	if server.Subscriptions(tenant) != len(staff) {
		t.Errorf("%d subscriptions stand, want %d", server.Subscriptions(tenant), len(staff))
	}
	again := c.SubscribeAll(t.Context(), asked[:1])
	var refused *graph.Error
	if !errors.As(again[0].Err, &refused) || !refused.Conflict() {
		t.Errorf("the same again: %v", again[0].Err)
	}
	until := time.Now().Add(time.Hour)
	renewed := c.RenewAll(t.Context(), []graph.Subscription{{ID: made[1].ID, Expires: until}, {ID: "00000000-0000-4000-8000-000000000000", Expires: until}})
	if renewed[0].Err != nil || renewed[0].Expires.Sub(until).Abs() > time.Second {
		t.Errorf("renewed %+v", renewed[0])
	}
	if !errors.As(renewed[1].Err, &refused) || !refused.NotFound() {
		t.Errorf("one that is gone: %v", renewed[1].Err)
	}
	if s, err := c.Subscription(t.Context(), made[1].ID); err != nil || s.ID != made[1].ID {
		t.Errorf("read %+v, %v", s, err)
	}

	add(t, tenant, staff[3], m365.Event{Subject: "Nytt", Start: autumn, End: autumn.Add(time.Hour)})
	n, ok := hears.wait(t.Context(), func(n graph.Notification) bool { return n.ChangeType == "created" })
	if !ok || n.SubscriptionID != made[3].ID || n.ClientState != "of-"+staff[3].ID || n.User() != staff[3].ID || n.Type != "event" {
		t.Errorf("told %+v", n)
	}
	server.Lifecycle(tenant, "missed", staff[5].ID)
	if n, _ := hears.wait(t.Context(), func(n graph.Notification) bool { return n.Lifecycle == "missed" }); n.SubscriptionID != made[5].ID {
		t.Errorf("told %+v", n)
	}
	for _, err := range c.UnsubscribeAll(t.Context(), []string{made[0].ID, made[0].ID}) {
		if err != nil {
			t.Errorf("ended: %v", err)
		}
	}
}
