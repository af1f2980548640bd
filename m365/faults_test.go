package m365_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/telefonist/telefonist/m365"
)

func TestFaultsThatRefuse(t *testing.T) {
	w := start(t, m365.Options{People: 10, Seed: 1})
	for _, test := range []struct {
		fault  m365.Fault
		status int
		code   string
		after  string // Retry-After
	}{
		{m365.Fault{Kind: m365.Throttled, RetryAfter: "7"}, 429, "TooManyRequests", "7"},
		{m365.Fault{Kind: m365.Throttled, RetryAfter: "2.128"}, 429, "TooManyRequests", "2.128"},
		{m365.Fault{Kind: m365.Throttled}, 429, "TooManyRequests", ""},
		{m365.Fault{Kind: m365.Unavailable, RetryAfter: "1"}, 503, "serviceNotAvailable", "1"},
		{m365.Fault{Kind: m365.GatewayTimeout}, 504, "UnknownError", ""},
		{m365.Fault{Kind: m365.Unauthorized}, 401, "InvalidAuthenticationToken", ""},
		{m365.Fault{Kind: m365.Forbidden}, 403, "Authorization_RequestDenied", ""},
		{m365.Fault{Kind: m365.Forbidden, Code: "ErrorAccessDenied"}, 403, "ErrorAccessDenied", ""},
	} {
		a := w.fault(test.fault, "/v1.0/users")
		if a.status != test.status || a.code(t) != test.code || a.header.Get("Retry-After") != test.after {
			t.Errorf("%+v: %d %q %s", test.fault, a.status, a.header.Get("Retry-After"), a.body)
		}
		if a := w.get("/v1.0/users"); a.status != 200 {
			t.Errorf("%+v struck twice", test.fault)
		}
	}
}

func TestFaultsStrikeWhereAndAsOftenAsTheySay(t *testing.T) {
	w := start(t, m365.Options{People: 10, Seed: 1})
	statuses := func(paths ...string) (list []int) {
		for _, path := range paths {
			list = append(list, w.get(path).status)
		}
		return list
	}
	w.server.Fault(m365.Fault{Kind: m365.Unavailable, Path: "/groups", After: 1, Times: 2})
	const users, groups = "/v1.0/users", "/v1.0/groups"
	if got := statuses(users, groups, groups, users, groups, groups); !slices.Equal(got, []int{200, 200, 503, 200, 503, 200}) {
		t.Errorf("got %v", got)
	}
	w.server.Fault(m365.Fault{Kind: m365.Unavailable, Tenant: "annan.example", Times: m365.Forever})
	if got := statuses(users); got[0] != 200 {
		t.Error("another tenant's fault struck")
	}
	w.server.Fault(m365.Fault{Kind: m365.Unavailable, Times: m365.Forever})
	if got := statuses(users, users, users); !slices.Equal(got, []int{503, 503, 503}) {
		t.Errorf("got %v", got)
	}
	w.server.ClearFaults()
	if got := statuses(users); got[0] != 200 || len(w.server.Faults()) != 0 {
		t.Error("faults go on after ClearFaults")
	}
}

func TestABrokenConnectionAndABrokenBody(t *testing.T) {
	w := start(t, m365.Options{People: 100, Seed: 1})
	w.signIn()
	w.server.Fault(m365.Fault{Kind: m365.Cut})
	res, err := w.client.Do(w.request(http.MethodGet, "/v1.0/users/delta", ""))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	res.Body.Close()
	if err == nil || len(body) == 0 || res.StatusCode != 200 {
		t.Errorf("cut: %d, %d bytes, %v", res.StatusCode, len(body), err)
	}
	a := w.fault(m365.Fault{Kind: m365.Truncate}, "/v1.0/users/delta")
	var page page
	var syntax *json.SyntaxError
	if err := json.Unmarshal(a.body, &page); !errors.As(err, &syntax) || a.status != 200 {
		t.Errorf("truncated: %d %v", a.status, err)
	}
}

func TestASlowAnswer(t *testing.T) {
	w := start(t, m365.Options{People: 3, Seed: 1})
	w.signIn()
	w.server.Fault(m365.Fault{Kind: m365.Slow, Delay: time.Hour})
	w.client.Timeout = 50 * time.Millisecond
	if res, err := w.client.Do(w.request(http.MethodGet, "/v1.0/users", "")); err == nil {
		res.Body.Close()
		t.Error("an answer that takes an hour came at once")
	}
}

// ids are the ids of objects, tombstones marked.
func ids(objects []object) []string {
	var list []string
	for _, o := range objects {
		id := o["id"].(string)
		if o["@removed"] != nil {
			id = "-" + id
		}
		list = append(list, id)
	}
	return list
}

func TestFaultsOfPages(t *testing.T) {
	w := start(t, m365.Options{People: 30, Seed: 1, PageSize: 10})
	for _, path := range []string{"/v1.0/users/delta?$select=displayName", "/v1.0/users?$top=10&$select=displayName"} {
		everybody, _ := w.all(path)
		w.server.Fault(m365.Fault{Kind: m365.EmptyPage, After: 1})
		first := w.page(path)
		empty := w.page(first.Next)
		rest, _ := w.all(empty.Next)
		if len(empty.Value) != 0 || empty.Next == "" || len(first.Value)+len(rest) != 30 {
			t.Errorf("%s: empty page %+v, %d in all", path, empty, len(first.Value)+len(rest))
		}
		w.server.Fault(m365.Fault{Kind: m365.RepeatPage, After: 1})
		again, _ := w.all(path)
		if want := slices.Concat(ids(everybody)[:20], ids(everybody)[10:]); !slices.Equal(ids(again), want) {
			t.Errorf("%s: a repeated page gave %v", path, ids(again))
		}
		w.server.Fault(m365.Fault{Kind: m365.Duplicate})
		if got := ids(w.page(path).Value); len(got) != 11 || got[0] != got[10] {
			t.Errorf("%s: a duplicate gave %v", path, got)
		}
		w.server.Fault(m365.Fault{Kind: m365.EmptyDirectory})
		if got := w.page(path); len(got.Value) != 0 || got.Next != "" || strings.Contains(path, "delta") != (got.Delta != "") {
			t.Errorf("%s: an empty directory gave %+v", path, got)
		}
	}
}

func TestFaultsOfPagesOfEvents(t *testing.T) {
	w := office(t)
	p := staff(w.tenant)[0]
	for i := range 25 {
		start := time.Date(2026, 11, 23, 0, i, 0, 0, time.UTC)
		w.add(p, m365.Event{Start: start, End: start.Add(time.Minute)})
	}
	path := view(p, "2026-11-23", "2026-11-24") + "&$select=start"
	everything, _ := w.all(path)
	w.server.Fault(m365.Fault{Kind: m365.EmptyPage, After: 1})
	first := w.page(path)
	empty := w.page(first.Next)
	rest, _ := w.all(empty.Next)
	if len(empty.Value) != 0 || empty.Next != first.Next || len(first.Value)+len(rest) != 25 {
		t.Errorf("empty page %+v, %d in all", empty, len(first.Value)+len(rest))
	}
	w.server.Fault(m365.Fault{Kind: m365.RepeatPage, After: 1})
	again, _ := w.all(path)
	if want := slices.Concat(ids(everything)[:20], ids(everything)[10:]); !slices.Equal(ids(again), want) {
		t.Errorf("a repeated page gave %v", ids(again))
	}
	w.server.Fault(m365.Fault{Kind: m365.Duplicate, Mailbox: p.ID})
	if got := ids(w.page(path).Value); len(got) != 11 || got[0] != got[10] {
		t.Errorf("a duplicate gave %v", got)
	}
	w.server.Fault(m365.Fault{Kind: m365.EmptyDirectory})
	if got := w.page(path); len(got.Value) != 0 || got.Next != "" {
		t.Errorf("an empty calendar gave %+v", got)
	}
}

func TestFaultsOfDelta(t *testing.T) {
	w := start(t, m365.Options{People: 30, Seed: 1})
	people := w.tenant.People()
	link := w.round("/v1.0/users/delta?$select=displayName")
	w.must(w.tenant.Purge(people[3].ID))
	w.must(w.tenant.ChangePerson(people[4].ID, func(p *m365.Person) { p.DisplayName = "Ny" }))

	w.server.Fault(m365.Fault{Kind: m365.Lag})
	late := w.page(link)
	if len(late.Value) != 0 {
		t.Errorf("with lag: %v", late.Value)
	}
	if got := ids(w.page(late.Delta).Value); !slices.Equal(got, []string{"-" + people[3].ID, people[4].ID}) {
		t.Errorf("after the lag: %v", got)
	}
	w.server.Fault(m365.Fault{Kind: m365.MissingTombstone})
	got, next := w.all(link)
	if !slices.Equal(ids(got), []string{people[4].ID}) {
		t.Errorf("without tombstones: %v", got)
	}
	w.server.Fault(m365.Fault{Kind: m365.Replay})
	if got := ids(w.page(next).Value); !slices.Equal(got, []string{"-" + people[3].ID, people[4].ID}) {
		t.Errorf("replayed: %v", got)
	}
	if a := w.fault(m365.Fault{Kind: m365.Gone}, next); a.status != 410 || a.header.Get("Location") == "" {
		t.Errorf("410: %d %v", a.status, a.header)
	}
	if a := w.fault(m365.Fault{Kind: m365.SyncStateNotFound}, next); a.status != 400 || a.code(t) != "syncStateNotFound" {
		t.Errorf("400: %d %s", a.status, a.body)
	}
}

// To a clock that is two hours ahead, a new token has run out.
func TestAWrongClockFindsTokensRunOut(t *testing.T) {
	w := start(t, m365.Options{People: 3, Seed: 1})
	w.signIn()
	a := w.fault(m365.Fault{Kind: m365.Clock, Delay: 2 * time.Hour}, "/v1.0/users")
	date, err := http.ParseTime(a.header.Get("Date"))
	if a.status != 401 || a.code(t) != "InvalidAuthenticationToken" || err != nil || time.Until(date) < time.Hour {
		t.Errorf("%d %q %s", a.status, a.header.Get("Date"), a.body)
	}
}
