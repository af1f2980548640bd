package m365_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/telefonist/telefonist/m365"
)

const (
	byPolicy = "Access to OData is disabled."
	byRBAC   = "Access is denied. Check credentials and try again."
)

// folderOf is the smallest call to a mailbox.
func folderOf(p m365.Person) string { return "/v1.0/users/" + p.ID + "/calendar?$select=id" }

// may says how a mailbox answers: "ok", or the sentence of a refusal.
func (w *world) may(path string) string {
	w.t.Helper()
	a := w.get(path)
	if a.status == http.StatusOK {
		return "ok"
	}
	if a.status != http.StatusForbidden || a.code(w.t) != "ErrorAccessDenied" {
		w.t.Errorf("%s: %d %s", path, a.status, a.body)
	}
	return a.String(w.t, "error", "message")
}

func TestCalendarsNeedPermission(t *testing.T) {
	w := office(t, "User.Read.All")
	p := staff(w.tenant)[0]
	settings := "/v1.0/users/" + p.ID + "/mailboxSettings"
	for _, c := range []struct{ path, role string }{
		{folderOf(p), "Calendars.Read"}, {folderOf(p), "Calendars.ReadBasic.All"}, {folderOf(p), "Calendars.ReadWrite"},
		{view(p, "2026-11-23", "2026-11-24"), "Calendars.Read"}, {settings, "MailboxSettings.Read"}, {settings + "/timeZone", "MailboxSettings.Read"},
	} {
		if got := w.may(c.path); got != byRBAC {
			t.Errorf("%s without permission: %s", c.path, got)
		}
		w.tenant.Grant(c.role)
		w.signIn()
		if got := w.may(c.path); got != "ok" {
			t.Errorf("%s with %s: %s", c.path, c.role, got)
		}
		w.tenant.Revoke(c.role)
		w.signIn()
	}
}

func TestAnAccessPolicyTakesAway(t *testing.T) {
	w := office(t)
	inside, nested, outside := staff(w.tenant)[0], staff(w.tenant)[1], staff(w.tenant)[2]
	group := w.tenant.AddGroup(m365.Group{DisplayName: "Telefoni"})
	inner := w.tenant.AddGroup(m365.Group{DisplayName: "Innanför"})
	w.must(w.tenant.AddMember(group, inside.ID))
	w.must(w.tenant.AddMember(group, inner))
	w.must(w.tenant.AddMember(inner, nested.ID))
	look := func() string {
		var out []string
		for _, p := range []m365.Person{inside, nested, outside} {
			out = append(out, w.may(folderOf(p)))
		}
		return strings.Join(append(out, w.may("/v1.0/users/"+outside.ID+"/mailboxSettings/timeZone")), " | ")
	}
	if got, want := look(), "ok | ok | ok | ok"; got != want {
		t.Errorf("without a policy: %s", got)
	}
	w.tenant.AccessPolicy(group)
	if got, want := look(), "ok | ok | "+byPolicy+" | "+byPolicy; got != want {
		t.Errorf("with a policy: %s", got)
	}
	w.tenant.Grant("Calendars.ReadBasic.All") // which policies do not cover
	w.signIn()
	if got, want := look(), "ok | ok | ok | "+byPolicy; got != want {
		t.Errorf("with ReadBasic: %s", got)
	}
	w.tenant.AccessPolicy("")
	if got, want := look(), "ok | ok | ok | ok"; got != want {
		t.Errorf("lifted: %s", got)
	}
}

func TestRBACAddsAndTakesTime(t *testing.T) {
	var later atomic.Int64
	w := start(t, m365.Options{People: 30, Seed: 1, Roles: []string{"Calendars.Read"}, Now: func() time.Time {
		return time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC).Add(time.Duration(later.Load()))
	}})
	inside, nested, outside := staff(w.tenant)[0], staff(w.tenant)[1], staff(w.tenant)[2]
	group := w.tenant.AddGroup(m365.Group{DisplayName: "Telefoni"})
	inner := w.tenant.AddGroup(m365.Group{DisplayName: "Innanför"})
	w.must(w.tenant.AddMember(group, inside.ID))
	w.must(w.tenant.AddMember(group, inner))
	w.must(w.tenant.AddMember(inner, nested.ID))
	look := func() string {
		return w.may(folderOf(inside)) + " | " + w.may(folderOf(nested)) + " | " + w.may(folderOf(outside))
	}
	w.tenant.RBAC(group, "Calendars.Read")
	if got, want := look(), "ok | ok | ok"; got != want {
		t.Errorf("beside the tenant-wide grant: %s", got)
	}
	w.tenant.Revoke("Calendars.Read")
	w.signIn()
	if got, want := look(), "ok | "+byRBAC+" | "+byRBAC; got != want {
		t.Errorf("alone: %s", got)
	}
	if got := w.may("/v1.0/users/" + inside.ID + "/mailboxSettings"); got != byRBAC {
		t.Errorf("settings, of which the role says nothing: %s", got)
	}
	w.tenant.PolicyDelay(30 * time.Minute)
	w.tenant.RBAC(group)
	w.tenant.RBAC(inner, "Calendars.Read")
	if got, want := look(), "ok | "+byRBAC+" | "+byRBAC; got != want {
		t.Errorf("while Exchange does not know yet: %s", got)
	}
	later.Store(int64(30 * time.Minute))
	if got, want := look(), byRBAC+" | ok | "+byRBAC; got != want {
		t.Errorf("when it does: %s", got)
	}
}

func TestMailboxesThatAreNotThere(t *testing.T) {
	w := office(t)
	people := staff(w.tenant)
	for i, state := range []m365.State{m365.NoMailbox, m365.OnPremises, m365.Inactive} {
		p := people[i]
		w.must(w.tenant.ChangeMailbox(p.ID, func(m *m365.Mailbox) { m.State = state }))
		for _, path := range []string{folderOf(p), view(p, "2026-11-23", "2026-11-24"), "/v1.0/users/" + p.ID + "/mailboxSettings/workingHours"} {
			if a := w.get(path); a.status != 404 || a.code(t) != "MailboxNotEnabledForRESTAPI" {
				t.Errorf("%s: %s: %d %s", state, path, a.status, a.body)
			}
		}
		if _, err := w.tenant.AddEvent(p.ID, m365.Event{}); err == nil {
			t.Errorf("%s: it took an event", state)
		}
		w.must(w.tenant.ChangeMailbox(p.ID, func(m *m365.Mailbox) { m.State = m365.Live }))
		if a := w.get(folderOf(p)); a.status != 200 {
			t.Errorf("moved back: %d %s", a.status, a.body)
		}
	}
	for _, p := range w.tenant.People() {
		if a := w.get(folderOf(p)); (a.status == 200) != (p.Purpose != "") {
			t.Errorf("a mailbox for %q: %d", p.Purpose, a.status)
		}
	}
	if a := w.get("/v1.0/users/00000000-0000-0000-0000-000000000000/calendar"); a.status != 404 || a.code(t) != "Request_ResourceNotFound" {
		t.Errorf("nobody's id: %d %s", a.status, a.body)
	}
	if a := w.get("/v1.0/users/nobody@example.com/calendar"); a.status != 404 || a.code(t) != "ErrorInvalidUser" {
		t.Errorf("nobody's name: %d %s", a.status, a.body)
	}
}

// batchOf asks for paths in one batch and returns the answers by id.
func (w *world) batchOf(paths ...string) map[string]batchPart {
	w.t.Helper()
	type item struct {
		ID     string `json:"id"`
		Method string `json:"method"`
		URL    string `json:"url"`
	}
	var asked struct {
		Requests []item `json:"requests"`
	}
	for i, path := range paths {
		asked.Requests = append(asked.Requests, item{fmt.Sprint(i), "GET", strings.TrimPrefix(path, "/v1.0")})
	}
	body, err := json.Marshal(asked)
	if err != nil {
		w.t.Fatal(err)
	}
	var got struct {
		Responses []batchPart `json:"responses"`
	}
	a := w.do(http.MethodPost, "/v1.0/$batch", string(body))
	a.decode(w.t, &got)
	parts := map[string]batchPart{}
	for _, p := range got.Responses {
		parts[p.ID] = p
	}
	if len(parts) != len(paths) {
		w.t.Fatalf("%d of %d parts answered: %s", len(parts), len(paths), a.body)
	}
	return parts
}

type batchPart struct {
	ID      string
	Status  int
	Headers map[string]string
	Body    json.RawMessage
}

func TestFaultsReachPartsAndMailboxes(t *testing.T) {
	w := office(t)
	people := staff(w.tenant)
	var paths []string
	for _, p := range people[:5] {
		paths = append(paths, view(p, "2026-11-23", "2026-11-24"))
	}
	w.server.Fault(m365.Fault{Kind: m365.Throttled, Path: "/calendarView", After: 1, RetryAfter: "7"})
	w.server.Fault(m365.Fault{Kind: m365.Throttled, Mailbox: people[2].UserPrincipalName, Code: "ApplicationThrottled"})
	w.server.Fault(m365.Fault{Kind: m365.NotThere, Mailbox: people[3].ID})
	w.server.Fault(m365.Fault{Kind: m365.Forbidden, Code: "ErrorAccessDenied", Mailbox: people[4].Mail})
	parts := w.batchOf(paths...)
	text := func(i int) string {
		p := parts[fmt.Sprint(i)]
		var body struct {
			Error struct{ Code, Message string }
		}
		if err := json.Unmarshal(p.Body, &body); err != nil {
			t.Fatal(err)
		}
		retry, there := p.Headers["Retry-After"]
		return fmt.Sprint(p.Status, " ", body.Error.Code, " ", body.Error.Message, " ", retry, there)
	}
	want := []string{
		"200   false",
		"429 TooManyRequests Please retry again later. 7true",
		"429 ApplicationThrottled Application is over its MailboxConcurrency limit. false",
		"404 MailboxNotEnabledForRESTAPI The mailbox is either inactive, soft-deleted, or is hosted on-premise. false",
		"403 ErrorAccessDenied Access to OData is disabled. false",
	}
	for i := range want {
		if got := text(i); got != want[i] {
			t.Errorf("part %d: %s, want %s", i, got, want[i])
		}
	}
	for id, p := range w.batchOf(paths...) {
		if p.Status != 200 {
			t.Errorf("afterwards, %s: %d", id, p.Status)
		}
	}
}

// Five calls at a time are one too many for one mailbox, and not for two.
func TestFourCallsAtATime(t *testing.T) {
	w := office(t)
	w.signIn()
	one, other := staff(w.tenant)[0], staff(w.tenant)[1]
	inside, on := make(chan struct{}), make(chan struct{})
	w.tenant.Everyday(m365.Everyday{Events: func(m365.Person, time.Time, time.Time) []m365.Event {
		inside <- struct{}{}
		<-on
		return nil
	}})
	var work sync.WaitGroup
	for range 4 {
		work.Go(func() {
			if a := w.get(view(one, "2026-11-23", "2026-11-24")); a.status != 200 {
				t.Errorf("one of four: %d %s", a.status, a.body)
			}
		})
		<-inside
	}
	if a := w.get(folderOf(one)); a.status != 429 || a.code(t) != "ApplicationThrottled" || a.header.Get("Retry-After") != "" {
		t.Errorf("the fifth: %d %s", a.status, a.body)
	}
	if a := w.get(folderOf(other)); a.status != 200 {
		t.Errorf("another mailbox: %d %s", a.status, a.body)
	}
	close(on)
	work.Wait()
	if a := w.get(folderOf(one)); a.status != 200 {
		t.Errorf("when they are done: %d %s", a.status, a.body)
	}
}

func TestABatchIsFourAtATime(t *testing.T) {
	w := office(t)
	p := staff(w.tenant)[0]
	var now, most atomic.Int64
	w.tenant.Everyday(m365.Everyday{Events: func(m365.Person, time.Time, time.Time) []m365.Event {
		most.Store(max(most.Load(), now.Add(1)))
		time.Sleep(2 * time.Millisecond)
		now.Add(-1)
		return nil
	}})
	for _, part := range w.batchOf(slices.Repeat([]string{view(p, "2026-11-23", "2026-11-24")}, 20)...) {
		if part.Status != 200 {
			t.Errorf("part %s: %d %s", part.ID, part.Status, part.Body)
		}
	}
	if n := most.Load(); n < 2 || n > 4 {
		t.Errorf("%d at a time", n)
	}
}

func TestTenThousandCallsInTenMinutes(t *testing.T) {
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	var later atomic.Int64
	w := start(t, m365.Options{People: 30, Seed: 1, Throttle: true, Roles: []string{"Calendars.Read"}, Now: func() time.Time {
		return now.Add(time.Duration(later.Load()))
	}})
	p := staff(w.tenant)[0]
	all := slices.Repeat([]string{folderOf(p)}, 20)
	for range 500 {
		w.batchOf(all...)
	}
	if a := w.get(folderOf(p)); a.status != 429 || a.header.Get("Retry-After") == "" {
		t.Errorf("one too many: %d %s", a.status, a.body)
	}
	later.Store(int64(10 * time.Minute))
	if a := w.get(folderOf(p)); a.status != 200 {
		t.Errorf("ten minutes later: %d %s", a.status, a.body)
	}
}

func TestSettingsOfAMailbox(t *testing.T) {
	w := office(t)
	p := staff(w.tenant)[0]
	settings := "/v1.0/users/" + p.ID + "/mailboxSettings"
	a := w.get(settings)
	if a.String(t, "timeZone") != "W. Europe Standard Time" || a.String(t, "automaticRepliesSetting", "status") != "disabled" ||
		a.String(t, "workingHours", "startTime") != "08:00:00.0000000" || a.String(t, "workingHours", "timeZone", "name") != "W. Europe Standard Time" {
		t.Errorf("as made: %s", a.body)
	}
	w.must(w.tenant.ChangeMailbox(p.UserPrincipalName, func(m *m365.Mailbox) {
		m.Zone = "America/New_York"
		m.Hours = m365.Hours{Days: []string{"monday", "thursday"}, Start: "07:30", End: "12:00", Custom: &m365.CustomZone{
			Bias: -60, DaylightBias: -60, Standard: m365.Transition{Month: 10, Occurrence: 5, Day: "sunday", Time: "03:00"},
			Daylight: m365.Transition{Month: 3, Occurrence: 5, Day: "sunday", Time: "02:00"},
		}}
		m.Replies = m365.Replies{
			Status: "scheduled", Start: at(t, "UTC", "2026-12-23 16:00"), End: at(t, "UTC", "2027-01-04 07:00"), Internal: "<p>God jul</p>",
		}
	}))
	a = w.get(settings + "/workingHours")
	for _, c := range []struct {
		want string
		path []any
	}{
		{"monday", []any{"daysOfWeek", 0}}, {"07:30:00.0000000", []any{"startTime"}}, {"#microsoft.graph.customTimeZone", []any{"timeZone", "@odata.type"}},
		{"-60", []any{"timeZone", "bias"}}, {"Customized Time Zone", []any{"timeZone", "name"}}, {"5", []any{"timeZone", "daylightOffset", "dayOccurrence"}},
		{"-60", []any{"timeZone", "daylightOffset", "daylightBias"}}, {"03:00:00.0000000", []any{"timeZone", "standardOffset", "time"}},
	} {
		if got := a.String(t, c.path...); got != c.want {
			t.Errorf("%v is %s, not %s: %s", c.path, got, c.want, a.body)
		}
	}
	if a := w.get(settings + "/timeZone"); a.String(t, "value") != "America/New_York" {
		t.Errorf("zone: %s", a.body)
	}
	a = w.get(settings + "/automaticRepliesSetting")
	if a.String(t, "status") != "scheduled" || a.String(t, "scheduledEndDateTime", "dateTime") != "2027-01-04T07:00:00.0000000" || a.String(t, "externalAudience") != "all" {
		t.Errorf("replies: %s", a.body)
	}
	if err := w.tenant.ChangeMailbox(p.ID, func(m *m365.Mailbox) { m.Zone = "Mars" }); err == nil {
		t.Error("a zone on Mars was set")
	}
}
