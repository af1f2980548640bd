package graph

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

const onePerson = `{"@odata.deltaLink":"HOST/v1.0/users/delta?$deltatoken=z","value":[{"id":"1","displayName":"Åsa"}]}`

// step answers one request; the last of a list answers all that follow.
type step func(w http.ResponseWriter, r *http.Request)

func status(code int, header ...string) step {
	return func(w http.ResponseWriter, r *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.Header().Set("request-id", "r-1")
		w.WriteHeader(code)
		_, _ = io.WriteString(w, `{"error":{"code":"SomeCode","message":"about anna@example.se","innerError":{"code":"Inner"}}}`)
	}
}

func refuse(code int, errorCode string) step {
	return func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(code)
		fmt.Fprintf(w, `{"error":{"code":%q,"message":"x"}}`, errorCode)
	}
}

func body(s string) step {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, strings.ReplaceAll(s, "HOST", "https://"+r.Host))
	}
}

// cut sends half a page and drops the connection.
func cut(w http.ResponseWriter, r *http.Request) {
	_, _ = io.WriteString(w, `{"value":[{"id":"1"},`)
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

func steps(list ...step) http.HandlerFunc {
	var n atomic.Int64
	return func(w http.ResponseWriter, r *http.Request) {
		list[min(int(n.Add(1)), len(list))-1](w, r)
	}
}

// readUsers reads a round and gives its ids.
func readUsers(ctx context.Context, c *Client, link string) (ids []string, err error) {
	for page, err := range c.Users(ctx, link, nil) {
		if err != nil {
			return ids, err
		}
		for _, u := range page.Items {
			ids = append(ids, u.ID)
		}
	}
	return ids, nil
}

func TestFaultsThatPass(t *testing.T) {
	soon := time.Now().Add(500 * time.Millisecond).UTC().Format(http.TimeFormat) // a whole second, so at most now
	for name, c := range map[string]struct {
		answers   []step
		requests  int64
		throttled int64
	}{
		"429 with whole seconds in the past": {[]step{status(429, "Retry-After", "0"), body(onePerson)}, 2, 1},
		"429 with decimals":                  {[]step{status(429, "Retry-After", "0.021"), body(onePerson)}, 2, 1},
		"429 with a date":                    {[]step{status(429, "Retry-After", soon), body(onePerson)}, 2, 1},
		"429 with nothing":                   {[]step{status(429), body(onePerson)}, 2, 1},
		"503 twice":                          {[]step{status(503), status(503), body(onePerson)}, 3, 0},
		"504":                                {[]step{status(504), body(onePerson)}, 2, 0},
		"a spurious 401":                     {[]step{status(401), body(onePerson)}, 2, 0},
		"truncated JSON":                     {[]step{body(onePerson[:70]), body(onePerson)}, 2, 0},
		"an empty body":                      {[]step{body(""), body(onePerson)}, 2, 0},
		"cut in mid page":                    {[]step{cut, cut, body(onePerson)}, 3, 0},
		"a page without a link":              {[]step{body(`{"value":[{"id":"9"}]}`), body(onePerson)}, 2, 0},
		"a proxy's page":                     {[]step{body(`<html>sign in</html>`), body(onePerson)}, 2, 0},
		"two values":                         {[]step{body(onePerson + onePerson), body(onePerson)}, 2, 0},
		"value is no list":                   {[]step{body(`{"value":{"id":"9"}}`), body(onePerson)}, 2, 0},
		"a value that is no object":          {[]step{body(`{"value":[7]}`), body(onePerson)}, 2, 0},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, steps(c.answers...))
			client := f.client(t)
			ids, err := readUsers(t.Context(), client, "")
			if err != nil || len(ids) != 1 || ids[0] != "1" {
				t.Errorf("read %q, %v; want the one person", ids, err)
			}
			if got := client.Stats(); got.Requests != c.requests || got.Retries != c.requests-1 || got.Throttled != c.throttled {
				t.Errorf("stats %+v, want %d requests and %d throttled", got, c.requests, c.throttled)
			}
		})
	}
}

func TestFaultsThatStay(t *testing.T) {
	for name, c := range map[string]struct {
		answer    step
		requests  int64
		target    error // or nil
		temporary bool
		denied    bool
		wait      time.Duration
	}{
		"429 for half a minute": {status(429, "Retry-After", "30"), 1, nil, true, false, 30 * time.Second},
		"429 for 10.5 seconds":  {status(429, "Retry-After", "10.5"), 1, nil, true, false, 10500 * time.Millisecond},
		"429 for ever":          {status(429), tries, nil, true, false, 0},
		"503 for ever":          {status(503), tries, nil, true, false, 0},
		"401 for ever":          {status(401), 2, nil, true, false, 0},
		"403":                   {status(403), 1, nil, false, true, 0},
		"404":                   {status(404), 1, nil, false, false, 0},
		"400":                   {status(400), 1, nil, false, false, 0},
		"a redirect":            {status(302, "Location", "https://example.org/"), 1, nil, false, false, 0},
		"410":                   {status(410, "Location", "https://graph.microsoft.com/v1.0/users/delta?$deltatoken="), 1, ErrReset, false, false, 0},
		"400 syncStateNotFound": {refuse(400, "syncStateNotFound"), 1, ErrReset, false, false, 0},
		"404 SyncStateNotFound": {refuse(404, "SyncStateNotFound"), 1, ErrReset, false, false, 0},
		"400 resyncRequired":    {refuse(400, "resyncRequired"), 1, ErrReset, false, false, 0},
		"truncated for ever":    {body(onePerson[:70]), tries, ErrIncomplete, true, false, 0},
		"cut for ever":          {cut, tries, ErrIncomplete, true, false, 0},
		"no link for ever":      {body(`{"value":[]}`), tries, ErrIncomplete, true, false, 0},
		"a page that repeats":   {body(`{"value":[],"@odata.nextLink":"HOST/v1.0/users/delta?$skiptoken=a"}`), 2, ErrLoop, false, false, 0},
		"a link elsewhere":      {body(`{"value":[],"@odata.nextLink":"https://example.org/v1.0/users/delta"}`), 1, nil, false, false, 0},
		"a link without TLS":    {body(`{"value":[],"@odata.nextLink":"http://HOST/v1.0/users/delta"}`), 1, nil, false, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, steps(c.answer))
			client := f.client(t)
			ids, err := readUsers(t.Context(), client, "")
			var e *Error
			if !errors.As(err, &e) || len(ids) != 0 {
				t.Fatalf("read %q, %v; want an *Error", ids, err)
			}
			if e.Temporary() != c.temporary || e.Denied() != c.denied || e.RetryAfter() != c.wait {
				t.Errorf("%v: temporary %v, denied %v, wait %v", err, e.Temporary(), e.Denied(), e.RetryAfter())
			}
			for _, target := range []error{ErrReset, ErrIncomplete, ErrLoop} {
				if errors.Is(err, target) != (target == c.target) {
					t.Errorf("%v: is %v: %v", err, target, errors.Is(err, target))
				}
			}
			if got := client.Stats().Requests; got != c.requests {
				t.Errorf("%d requests, want %d", got, c.requests)
			}
			if s := err.Error(); strings.Contains(s, "anna@") || strings.Contains(s, "token=") || strings.Contains(s, "://") {
				t.Errorf("the text says too much: %s", s)
			}
		})
	}
}

func TestErrorCarriesBothRequestIDs(t *testing.T) {
	var sent atomic.Value
	f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
		sent.Store(r.Header.Get("client-request-id"))
		status(403)(w, r)
	})
	_, err := f.client(t).User(t.Context(), "anna@example.se", nil)
	var e *Error
	if !errors.As(err, &e) {
		t.Fatal(err)
	}
	if e.RequestID != "r-1" || e.ClientRequestID != sent.Load() || !guid(e.ClientRequestID) {
		t.Errorf("request-id %q, client-request-id %q, sent %q", e.RequestID, e.ClientRequestID, sent.Load())
	}
	if e.Code != "SomeCode" || e.InnerCode != "Inner" || e.Message == "" {
		t.Errorf("code %q, inner %q, message %q", e.Code, e.InnerCode, e.Message)
	}
}

func TestResetSaysWhereANewRoundBegins(t *testing.T) {
	const at = "https://graph.microsoft.com/v1.0/users/delta?$deltatoken="
	f := newFake(t, steps(status(410, "Location", at)))
	_, err := readUsers(t.Context(), f.client(t), f.URL+"/v1.0/users/delta?$deltatoken=old")
	var e *Error
	if !errors.As(err, &e) || e.Location != at {
		t.Errorf("%v leads to %q, want %q", err, e.Location, at)
	}
}

func TestARoundIsTakenUpAtItsLink(t *testing.T) {
	f := newFake(t, answers(onePerson))
	link := f.URL + "/v1.0/users/delta?$skiptoken=%2Fa+b"
	if _, err := readUsers(t.Context(), f.client(t), link); err != nil {
		t.Fatal(err)
	}
	if got, want := f.calls()[0], "GET /v1.0/users/delta?$skiptoken=%2Fa+b"; got != want {
		t.Errorf("asked for %q, want the link as it was given: %q", got, want)
	}
}

func TestTheTokenGoesNowhereElse(t *testing.T) {
	var asked atomic.Int64
	other := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer other.Close()
	f := newFake(t, steps(body(onePerson)))
	if _, err := readUsers(t.Context(), f.client(t), other.URL+"/v1.0/users/delta"); err == nil {
		t.Error("a link to another host was followed")
	}
	if asked.Load() != 0 {
		t.Error("the other host was asked")
	}
}

func TestANameThatDoesNotExistIsAskedForOnce(t *testing.T) {
	f := newFake(t, steps(body(onePerson)))
	var dials atomic.Int64
	c := f.client(t, func(cfg *Config) {
		cfg.Backoff = time.Minute // were it waited, the test would never end
		cfg.Dial = func(context.Context, string, string) (net.Conn, error) {
			dials.Add(1)
			return nil, &net.DNSError{Err: "no such host", Name: "login.example.invalid", IsNotFound: true}
		}
	})
	_, err := readUsers(t.Context(), c, "")
	var auth *AuthError
	if !errors.As(err, &auth) || auth.Kind != Unreachable || !auth.Temporary() {
		t.Fatalf("got %v, want Unreachable", err)
	}
	if dials.Load() != 1 {
		t.Errorf("dialled %d times", dials.Load())
	}
}

func TestACancelledRoundSaysSo(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	if _, err := readUsers(ctx, f.client(t), ""); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

func TestAnAnswerThatNeverComesIsGivenUp(t *testing.T) {
	var asked atomic.Int64
	f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) == 1 {
			_, _ = io.WriteString(w, `{"value":[`)
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
			return
		}
		body(onePerson)(w, r)
	})
	ids, err := readUsers(t.Context(), f.client(t, func(cfg *Config) { cfg.Timeout = 200 * time.Millisecond }), "")
	if err != nil || len(ids) != 1 {
		t.Errorf("read %q, %v", ids, err)
	}
}

func TestAfterA503ANewConnectionIsTaken(t *testing.T) {
	var from []string
	answer := steps(body(onePerson), status(503), body(onePerson))
	f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
		from = append(from, r.RemoteAddr)
		answer(w, r)
	})
	c := f.client(t)
	for range 2 {
		if _, err := readUsers(t.Context(), c, ""); err != nil {
			t.Fatal(err)
		}
	}
	if len(from) != 3 || from[0] != from[1] || from[1] == from[2] {
		t.Errorf("asked from %q, want the third from elsewhere", from)
	}
}

func TestTheContextCutsAWaitShort(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
		body(onePerson[:70])(w, r)
		cancel()
	})
	_, err := readUsers(ctx, f.client(t, func(cfg *Config) { cfg.Backoff = time.Hour }), "")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

func TestErrorsInWords(t *testing.T) {
	for want, err := range map[string]error{
		"graph: users delta: 403 Authorization_RequestDenied (request-id r)": &Error{Step: "users delta", Status: 403, Code: "Authorization_RequestDenied", RequestID: "r", Message: "Anna"},
		"graph: batch: 429 TooManyRequests/429":                              &Error{Step: "batch", Status: 429, Code: "TooManyRequests", InnerCode: "429"},
		"graph: user: connection reset":                                      &Error{Step: "user", Err: errors.New("connection reset")},
		"sign-in: secret-expired AADSTS7000222 (trace x)":                    &AuthError{Kind: SecretExpired, Code: "AADSTS7000222", TraceID: "x", Description: "of Exempel AB"},
		"sign-in: unreachable: no route":                                     &AuthError{Kind: Unreachable, Err: errors.New("no route")},
	} {
		if got := err.Error(); got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	}
}

func TestResourceUnitsAreSummed(t *testing.T) {
	f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("x-ms-resource-unit", "2")
		w.Header().Set("x-ms-throttle-limit-percentage", "0.85")
		body(onePerson)(w, r)
	})
	c := f.client(t)
	for range 3 {
		if _, err := readUsers(t.Context(), c, ""); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := c.Stats(), (Stats{Requests: 3, Units: 6, Limit: 0.85}); got != want {
		t.Errorf("stats %+v, want %+v", got, want)
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	for in, want := range map[string]time.Duration{
		"":                              0,
		"5":                             5 * time.Second,
		"2.128":                         2128 * time.Millisecond,
		" 7 ":                           7 * time.Second,
		"0":                             0,
		"-3":                            0,
		"NaN":                           0,
		"soon":                          0,
		"1e300":                         maxRetryAfter,
		"Sat, 21 Nov 2026 12:00:30 GMT": 30 * time.Second,
		"Sat, 21 Nov 2026 11:59:30 GMT": 0,
	} {
		if got := retryAfter(http.Header{"Retry-After": {in}}, now); got != want {
			t.Errorf("%q: %v, want %v", in, got, want)
		}
	}
}

// TestPagesThatRepeatUnderNewLinks has a server that never ends a round, yet
// never gives a link twice.
func TestPagesThatRepeatUnderNewLinks(t *testing.T) {
	for name, c := range map[string]struct {
		items    string
		requests int64
	}{
		"the same people": {`{"id":"1","displayName":"Åsa"}`, 1 + sameAgain},
		"nobody":          {``, 1 + emptyAgain},
	} {
		var n atomic.Int64
		f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, `{"value":[%s],"@odata.nextLink":"https://%s/v1.0/users/delta?$skiptoken=%d"}`, c.items, r.Host, n.Add(1))
		})
		if _, err := readUsers(t.Context(), f.client(t), ""); !errors.Is(err, ErrLoop) {
			t.Errorf("%s: got %v, want ErrLoop", name, err)
		}
		if got := n.Load(); got != c.requests {
			t.Errorf("%s: %d pages were read, want %d", name, got, c.requests)
		}
	}
}

// TestSlicesOfAGroupAreNoCircle has one group over many pages, which differ in
// their members alone.
func TestSlicesOfAGroupAreNoCircle(t *testing.T) {
	const last = 20
	var n atomic.Int64
	f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
		i, link := n.Add(1), "nextLink"
		if i == last {
			link = "deltaLink"
		}
		fmt.Fprintf(w, `{"value":[{"id":"g","members@delta":[{"id":"m%d"}]}],"@odata.%s":"https://%s/v1.0/groups/delta?$token=%d"}`, i, link, r.Host, i)
	})
	members := 0
	for page, err := range f.client(t).Groups(t.Context(), "", nil) {
		if err != nil {
			t.Fatal(err)
		}
		members += len(page.Items[0].Members)
	}
	if members != last {
		t.Errorf("%d members, want %d", members, last)
	}
}
