package graph

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var november = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

// views asks for mailboxes by name.
func views(users ...string) (list []View) {
	for _, u := range users {
		list = append(list, View{User: u, Start: november, End: november.AddDate(0, 0, 36)})
	}
	return list
}

// subjects keeps an event's subject.
func subjects(_ int, e *Event) (string, bool) { return string(e.Subject), true }

// userOf finds the mailbox and the page in the URL of a part.
func userOf(address string) (user string, page int) {
	rest := strings.TrimPrefix(address, "/users/")
	user, query, _ := strings.Cut(rest, "/")
	if _, skip, ok := strings.Cut(query, "$skip="); ok {
		page, _ = strconv.Atoi(skip)
	}
	return user, page
}

// page is an answer with events, and a link to the next page unless it is the
// last.
func page(user string, at int, last bool, subjects ...string) string {
	var events []string
	for i, s := range subjects {
		events = append(events, fmt.Sprintf(`{"id":"%s-%d-%d","subject":%q,"start":{"dateTime":"2026-11-21T09:00:00.0000000","timeZone":"UTC"}}`, user, at, i, s))
	}
	link := ""
	if !last {
		link = fmt.Sprintf(`"@odata.nextLink":"HOST/v1.0/users/%s/calendarView?x=1&$skip=%d",`, user, at+1)
	}
	return fmt.Sprintf(`"status":200,"headers":{"Content-Type":"application/json"},"body":{%s"value":[%s]}`, link, strings.Join(events, ","))
}

// said makes one line of an agenda.
func said(a Agenda[string]) string {
	var e *Error
	switch {
	case errors.As(a.Err, &e):
		return fmt.Sprintf("%d %s kept=%d denied=%v noMailbox=%v elsewhere=%v temporary=%v %v",
			e.Status, e.Code, len(a.Kept), e.Denied(), e.NoMailbox(), e.Elsewhere(), e.Temporary(), e.RetryAfter())
	case a.Err != nil:
		return a.Err.Error()
	}
	return strings.Join(a.Kept, " ")
}

func TestCalendarViewsOfTheFieldsNastyCases(t *testing.T) {
	b := newBatches(func(address string, n int) string {
		user, at := userOf(address)
		switch {
		case user == "two" && at == 0:
			return page(user, 0, false, "a", "b")
		case user == "two":
			return page(user, at, true, "c")
		case user == "throttled" && n <= 2: // no Retry-After
			return `"status":429,"headers":{},"body":{"error":{"code":"ApplicationThrottled","message":"Application is over its MailboxConcurrency limit."}}`
		case user == "decimals" && n == 1:
			return `"status":503,"headers":{"Retry-After":"0.002"},"body":null`
		case user == "date" && n == 1:
			return `"status":504,"headers":{"Retry-After":"Sun, 06 Nov 1994 08:49:37 GMT"}`
		case user == "null" && n == 1:
			return `"status":200,"body":null`
		case user == "list" && n == 1:
			return `"status":200,"body":[{"value":[1]}]`
		case user == "base64" && n == 1:
			return `"status":200,"headers":{"Content-Type":"text/html"},"body":"PGh0bWw+"`
		case user == "missing" && n == 1:
			return "missing"
		case user == "stale" && n == 1:
			return `"status":401,"body":{"error":{"code":"InvalidAuthenticationToken"}}`
		case user == "later":
			return `"status":429,"headers":{"Retry-After":"300"},"body":{"error":{"code":"TooManyRequests"}}`
		case user == "half" && at == 0:
			return page(user, 0, false, "never", "seen")
		case user == "half":
			return `"status":500,"body":{"error":{"code":"","message":"x"}}`
		case user == "foreign":
			return strings.Replace(page(user, 0, false, "x"), "HOST", "https://evil.example", 1)
		case user == "circle":
			return page(user, at%2, false, "x")
		case user == "none":
			return `"status":404,"body":{"error":{"code":"MailboxNotEnabledForRESTAPI","message":"The mailbox is either inactive, soft-deleted, or is hosted on-premise."}}`
		case user == "onprem":
			return `"status":404,"body":{"error":{"code":"ExtensionError","message":"x"}}`
		case user == "policy":
			return `"status":403,"body":{"error":{"code":"ErrorAccessDenied","message":"Access to OData is disabled."}}`
		case user == "nameless":
			return `"status":403,"body":{"error":{"code":"","message":"","innerError":{}}}`
		}
		return page(user, 0, true, "fine")
	})
	f := newFake(t, b.ServeHTTP)
	users := []string{"two", "throttled", "decimals", "date", "null", "list", "base64", "missing", "stale", "later", "half",
		"foreign", "circle", "none", "onprem", "policy", "nameless", "one"}
	got := map[string]string{}
	for i, a := range CalendarViews(t.Context(), f.client(t), views(users...), subjects) {
		got[users[i]] = said(a)
	}
	want := map[string]string{
		"two": "a b c", "throttled": "fine", "decimals": "fine", "date": "fine", "null": "fine", "list": "fine", "base64": "fine",
		"missing": "fine", "stale": "fine", "one": "fine",
		"later":    "429 TooManyRequests kept=0 denied=false noMailbox=false elsewhere=false temporary=true 5m0s",
		"half":     "500  kept=0 denied=false noMailbox=false elsewhere=false temporary=true 0s",
		"foreign":  "0  kept=0 denied=false noMailbox=false elsewhere=false temporary=false 0s",
		"circle":   "0  kept=0 denied=false noMailbox=false elsewhere=false temporary=false 0s",
		"none":     "404 MailboxNotEnabledForRESTAPI kept=0 denied=false noMailbox=true elsewhere=false temporary=false 0s",
		"onprem":   "404 ExtensionError kept=0 denied=false noMailbox=true elsewhere=true temporary=false 0s",
		"policy":   "403 ErrorAccessDenied kept=0 denied=true noMailbox=false elsewhere=false temporary=false 0s",
		"nameless": "403  kept=0 denied=true noMailbox=false elsewhere=false temporary=false 0s",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if b.seen["/users/none/calendarView?startDateTime=2026-11-01T00%3A00%3A00Z&endDateTime=2026-12-07T00%3A00%3A00Z&$select="+
		strings.ReplaceAll(eventProperties, ",", "%2C")+"&$top=1000"] != 1 {
		t.Errorf("asked otherwise: %v", b.seen)
	}
	if b.header["Prefer"] != `outlook.timezone="UTC", IdType="ImmutableId"` {
		t.Errorf("headers %v", b.header)
	}
}

func TestABodyBeforeItsIDIsReadToo(t *testing.T) {
	b := newBatches(func(address string, _ int) string {
		user, _ := userOf(address)
		return page(user, 0, true, "of-"+user)
	})
	b.late = true
	f := newFake(t, b.ServeHTTP)
	for i, a := range CalendarViews(t.Context(), f.client(t), views("anna", "bo"), subjects) {
		if want := []string{"of-anna", "of-bo"}[i]; said(a) != want {
			t.Errorf("got %s, want %s", said(a), want)
		}
	}
}

func TestOneThatSpoilsTheBatchIsFound(t *testing.T) {
	b := newBatches(func(address string, _ int) string {
		user, _ := userOf(address)
		if user == "bad" {
			return "refused"
		}
		return page(user, 0, true, user)
	})
	f := newFake(t, b.ServeHTTP)
	var users []string
	for i := range 20 {
		users = append(users, "u"+strconv.Itoa(i))
	}
	users[13] = "bad"
	for i, a := range CalendarViews(t.Context(), f.client(t), views(users...), subjects) {
		var e *Error
		if users[i] == "bad" {
			if !errors.As(a.Err, &e) || e.Status != 400 || e.Temporary() {
				t.Errorf("the bad one: %v", a.Err)
			}
		} else if said(a) != users[i] {
			t.Errorf("%s: %s", users[i], said(a))
		}
	}
	if len(b.sizes) > 11 { // one, and two for each time that twenty is halved
		t.Errorf("%d batches were taken, of %v", len(b.sizes), b.sizes)
	}
}

func TestWhatCameBeforeTheCutCounts(t *testing.T) {
	b := newBatches(func(address string, n int) string {
		user, _ := userOf(address)
		if user == "u5" && n == 1 {
			return "cut"
		}
		return page(user, 0, true, user)
	})
	f := newFake(t, b.ServeHTTP)
	var users []string
	for i := range 10 {
		users = append(users, "u"+strconv.Itoa(i))
	}
	for i, a := range CalendarViews(t.Context(), f.client(t), views(users...), subjects) {
		if said(a) != users[i] {
			t.Errorf("%s: %s", users[i], said(a))
		}
	}
	if s := fmt.Sprint(b.sizes); s != "[10 6]" { // answered back to front
		t.Errorf("batches of %s, want [10 6]", s)
	}
}

// TestPagesFillBatches reads 1,000 mailboxes of which every third has a second
// page and every tenth a third one.
func TestPagesFillBatches(t *testing.T) {
	t.Run("one call", func(t *testing.T) { pagesFillBatches(t, 1000) })
	t.Run("ten calls at a time", func(t *testing.T) { pagesFillBatches(t, 100) })
}

func pagesFillBatches(t *testing.T, calls int) {
	pages := func(user string) int {
		n, _ := strconv.Atoi(user[1:])
		switch {
		case n%10 == 0:
			return 3
		case n%3 == 0:
			return 2
		}
		return 1
	}
	b := newBatches(func(address string, _ int) string {
		user, at := userOf(address)
		return page(user, at, at+1 == pages(user), user+"."+strconv.Itoa(at))
	})
	f := newFake(t, b.ServeHTTP)
	c := f.client(t, func(cfg *Config) { cfg.Batches = 6 })
	c.queue.linger = time.Hour // a slow machine proves nothing
	var users []string
	total := 0
	for i := range 1000 {
		users = append(users, "u"+strconv.Itoa(i))
		total += pages(users[i])
	}
	var all sync.WaitGroup
	for some := range slices.Chunk(users, calls) {
		all.Go(func() {
			for i, a := range CalendarViews(t.Context(), c, views(some...), subjects) {
				var want []string
				for p := range pages(some[i]) {
					want = append(want, some[i]+"."+strconv.Itoa(p))
				}
				if said(a) != strings.Join(want, " ") || a.Pages != len(want) {
					t.Errorf("%s: %s in %d pages", some[i], said(a), a.Pages)
				}
			}
		})
	}
	all.Wait()
	goal := 1.05 * float64((total+batchSize-1)/batchSize)
	if s := c.Stats(); float64(s.Batches) > goal || s.Parts != int64(total) {
		t.Errorf("%d batches for %d pages, want %.1f at most: %+v", s.Batches, total, goal, s)
	}
	if b.most > 6 {
		t.Errorf("%d batches at a time, want 6 at most", b.most)
	}
}

func TestThrottlingMakesFewerBatchesAtATime(t *testing.T) {
	var calm atomic.Bool
	b := newBatches(func(address string, n int) string {
		if !calm.Load() && n <= 2 {
			return `"status":429,"headers":{"Retry-After":"0.001"},"body":{"error":{"code":"TooManyRequests"}}`
		}
		user, _ := userOf(address)
		return page(user, 0, true, user)
	})
	f := newFake(t, b.ServeHTTP)
	c := f.client(t, func(cfg *Config) { cfg.Batches = 8 })
	var users []string
	for i := range 400 {
		users = append(users, "u"+strconv.Itoa(i))
	}
	for i, a := range CalendarViews(t.Context(), c, views(users...), subjects) {
		if said(a) != users[i] {
			t.Fatalf("%s: %s", users[i], said(a))
		}
	}
	low := limit(c)
	if low >= 8 {
		t.Errorf("%v batches at a time after a storm", low)
	}
	calm.Store(true)
	CalendarViews(t.Context(), c, views(users...), subjects)
	if now := limit(c); now <= low {
		t.Errorf("%v batches at a time after calm, %v before", now, low)
	}
}

func limit(c *Client) float64 {
	c.queue.mu.Lock()
	defer c.queue.mu.Unlock()
	return c.queue.limit
}

func TestAMailboxIsAskedFourTimesAtATime(t *testing.T) {
	b := newBatches(func(address string, _ int) string {
		user, _ := userOf(address)
		return page(user, 0, true, user)
	})
	f := newFake(t, b.ServeHTTP)
	got := CalendarViews(t.Context(), f.client(t), views("a", "a", "a", "a", "a", "a", "b"), subjects)
	for _, a := range got {
		if a.Err != nil {
			t.Fatal(a.Err)
		}
	}
	if s := fmt.Sprint(b.sizes); s != "[5 2]" {
		t.Errorf("batches of %s, want four of one mailbox and one of another, then two", s)
	}
}

func TestACallerWhoLeavesSpoilsNothingForOthers(t *testing.T) {
	b := newBatches(func(address string, _ int) string {
		user, _ := userOf(address)
		return page(user, 0, true, user)
	})
	b.gate = make(chan struct{})
	f := newFake(t, b.ServeHTTP)
	c := f.client(t, func(cfg *Config) { cfg.Batches = 1 })
	first := make(chan string)
	go func() { first <- said(CalendarViews(t.Context(), c, views("first"), subjects)[0]) }()
	for inFlight(c) == 0 {
		time.Sleep(time.Millisecond)
	}
	ctx, leave := context.WithCancel(t.Context())
	second, third := make(chan error), make(chan string)
	go func() { second <- CalendarViews(ctx, c, views("second"), subjects)[0].Err }()
	go func() { third <- said(CalendarViews(t.Context(), c, views("third"), subjects)[0]) }()
	for waiting(c) < 2 {
		time.Sleep(time.Millisecond)
	}
	b.gate <- struct{}{}
	if s := <-first; s != "first" {
		t.Errorf("first: %s", s)
	}
	for inFlight(c) == 0 { // the second and the third together
		time.Sleep(time.Millisecond)
	}
	leave()
	if err := <-second; !errors.Is(err, context.Canceled) {
		t.Errorf("second: %v", err)
	}
	b.gate <- struct{}{}
	if s := <-third; s != "third" {
		t.Errorf("third: %s", s)
	}
	if s := fmt.Sprint(b.sizes); s != "[1 2]" {
		t.Errorf("batches of %s, want [1 2]", s)
	}
}

func inFlight(c *Client) int {
	c.queue.mu.Lock()
	defer c.queue.mu.Unlock()
	return c.queue.flying
}

func waiting(c *Client) int {
	c.queue.mu.Lock()
	defer c.queue.mu.Unlock()
	return len(c.queue.ready)
}

func TestABatchThatIsRefusedIsEverybodysError(t *testing.T) {
	f := newFake(t, steps(status(403)))
	for _, a := range CalendarViews(t.Context(), f.client(t), views("a", "b"), subjects) {
		var e *Error
		if !errors.As(a.Err, &e) || !e.Denied() || a.Kept != nil {
			t.Errorf("got %+v", a)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, a := range CalendarViews(ctx, f.client(t), views("a"), subjects) {
		if !errors.Is(a.Err, context.Canceled) {
			t.Errorf("got %v", a.Err)
		}
	}
}

func TestAnEventOfEveryKind(t *testing.T) {
	body := `{"id":"AAMk/+=","iCalUId":"04","seriesMasterId":"M","type":"exception","subject":"SEM: \"Åre\" \u00d6","location":{"displayName":"Hemma","address":{}},
		"start":{"dateTime":"2026-11-21T09:00:00.1234567","timeZone":"W. Europe Standard Time"},"end":{"timeZone":"tzone://Microsoft/Utc","dateTime":"2026-11-21T10:30:00Z"},
		"originalStartTimeZone":"tzone://Microsoft/Custom","isAllDay":false,"isCancelled":true,"isOrganizer":true,"responseStatus":{"response":"accepted","time":"0001-01-01T00:00:00Z"},
		"showAs":"hovering","sensitivity":"secret","categories":["Gul kategori",null,"Röd"],"body":{"content":"never read"},
		"attendees":[{"type":"required","emailAddress":{"name":"Bo","address":"bo@exempel.se"}},{"type":"resource"},{"type":"optional"},{}]}`
	var e Event
	err := decodeBody(readCloser([]byte(body)), func(d *decoder) error {
		err := d.readEvent()
		e = d.event
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	want := Event{ID: []byte("AAMk/+="), UID: []byte("04"), Series: []byte("M"), Type: "exception", Subject: []byte(`SEM: "Åre" Ö`), Place: []byte("Hemma"),
		Start: DateTime{time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC), "W. Europe Standard Time"},
		End:   DateTime{time.Date(2026, 11, 21, 10, 30, 0, 0, time.UTC), "tzone://Microsoft/Utc"},
		Zone:  "tzone://Microsoft/Custom", Cancelled: true, Organizer: true, Response: "accepted", ShowAs: "hovering", Sensitivity: "secret",
		Categories: [][]byte{[]byte("Gul kategori"), []byte("Röd")}, Invited: 3}
	if d := cmp.Diff(want, e); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	berlin := func(name string) (*time.Location, bool) {
		return time.FixedZone("", 3600), name == "W. Europe Standard Time"
	}
	if at, ok := e.Start.At(berlin); !ok || !at.Equal(want.Start.Clock.Add(-time.Hour)) {
		t.Errorf("begins at %v, %v", at, ok)
	}
	if _, ok := e.Start.At(nil); ok {
		t.Error("a zone was known that nobody knows")
	}
	if at, ok := e.End.At(nil); !ok || !at.Equal(want.End.Clock) {
		t.Errorf("ends at %v, %v", at, ok)
	}
	if _, ok := (DateTime{Zone: "UTC"}).At(nil); ok {
		t.Error("a clock without hands tells the time")
	}
}

func TestClocks(t *testing.T) {
	for text, want := range map[string]string{
		"2026-03-29T01:30:00.0000000": "2026-03-29 01:30:00",
		"2026-03-29T01:30:00":         "2026-03-29 01:30:00",
		"2026-03-29T01:30:00Z":        "2026-03-29 01:30:00",
		"2026-03-29T01:30:00+01:00":   "",
		"2026-03-29":                  "",
		"datetime-value":              "",
		"2026-13-29T01:30:00":         "",
		"":                            "",
	} {
		got := ""
		if c := parseClock([]byte(text)); !c.IsZero() {
			got = c.Format(time.DateTime)
		}
		if got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

func TestCalendarAsksForNoEvent(t *testing.T) {
	f := newFake(t, answers(`{"@odata.context":"x","id":"AAMk"}`))
	c := f.client(t)
	if id, err := c.Calendar(t.Context(), "anna@exempel.se"); err != nil || id != "AAMk" {
		t.Errorf("%q, %v", id, err)
	}
	if calls := f.calls(); !slices.Equal(calls, []string{"GET /v1.0/users/anna@exempel.se/calendar?$select=id"}) {
		t.Errorf("asked %v", calls)
	}
	f.graph = steps(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte(`{"error":{"code":"ErrorAccessDenied","message":"Access is denied. Check credentials and try again."}}`))
	})
	var e *Error
	if _, err := c.Calendar(t.Context(), "bo@exempel.se"); !errors.As(err, &e) || !e.Denied() || e.Message == "" || strings.Contains(e.Error(), "exempel") {
		t.Errorf("outside: %v", err)
	}
}
