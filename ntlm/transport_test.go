package ntlm

import (
	"bytes"
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var user = Credential{User: `EXAMPLE\User`, Password: "Password"}

// quick returns a Transport that doesn't wait between tries.
func quick(c Credential, o Options) *Transport {
	t := New(c, o)
	t.pause = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	return t
}

// post sends body, with these headers that have no value, and returns the
// answer's status and body.
func post(t *testing.T, transport *Transport, url, body string, headers ...string) (int, string, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range headers {
		r.Header[h] = []string{}
	}
	resp, err := (&http.Client{Transport: transport}).Do(r)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(answer), err
}

func echo(user, body string) string {
	return fmt.Sprintf("%s %d %x", user, len(body), md5.Sum([]byte(body)))
}

// wantEcho posts and says an error when not all of it came, or not from user.
func wantEcho(t *testing.T, transport *Transport, url, body string, headers ...string) {
	t.Helper()
	status, got, err := post(t, transport, url, body, headers...)
	if want := echo("User", body); status != 200 || got != want || err != nil {
		t.Errorf("post: %d %q, %v, want %q", status, got, err, want)
	}
}

func TestSignIn(t *testing.T) {
	for _, try := range []struct {
		what       string
		acceptor   *acceptor
		credential Credential
		options    Options
		want       authenticated
		requests   int // of two posts
	}{
		{what: "NTLM", acceptor: &acceptor{}, credential: user, requests: 4,
			want: authenticated{user: "User", domain: "EXAMPLE", service: "HTTP/127.0.0.1", integrity: true}},
		{what: "a scheme that is known", acceptor: &acceptor{}, credential: user, options: Options{Scheme: NTLM, Workstation: "VÄXEL"}, requests: 3,
			want: authenticated{user: "User", domain: "EXAMPLE", workstation: "VÄXEL", service: "HTTP/127.0.0.1", integrity: true}},
		{what: "user@domain", acceptor: &acceptor{}, credential: Credential{"User@example.se", "Password"}, requests: 4,
			want: authenticated{user: "User@example.se", service: "HTTP/127.0.0.1", integrity: true}},
		{what: "a bare name", acceptor: &acceptor{}, credential: Credential{"åsa", "Password"}, requests: 4,
			want: authenticated{user: "åsa", service: "HTTP/127.0.0.1", integrity: true}},
		{what: "a server without a clock", acceptor: &acceptor{old: true}, credential: user, requests: 4,
			want: authenticated{user: "User", domain: "EXAMPLE", service: "HTTP/127.0.0.1"}},
		{what: "IIS's offer", acceptor: &acceptor{schemes: []string{"Negotiate", "NTLM", `Basic realm="a, NTLM"`}}, credential: user, requests: 4,
			want: authenticated{user: "User", domain: "EXAMPLE", service: "HTTP/127.0.0.1", integrity: true}},
		{what: "Negotiate", acceptor: &acceptor{schemes: []string{"negotiate, Basic"}}, credential: user, requests: 4,
			want: authenticated{user: "User", domain: "EXAMPLE", service: "HTTP/127.0.0.1", integrity: true}},
		{what: "SPNEGO", acceptor: &acceptor{schemes: []string{"Negotiate"}, spnego: true}, credential: user, requests: 5,
			want: authenticated{user: "User", domain: "EXAMPLE", service: "HTTP/127.0.0.1", integrity: true}},
		{what: "requests signed in one by one, as is said", acceptor: &acceptor{forgets: true, told: "false"}, credential: user, requests: 5,
			want: authenticated{user: "User", domain: "EXAMPLE", service: "HTTP/127.0.0.1", integrity: true}},
		{what: "requests signed in one by one", acceptor: &acceptor{forgets: true}, credential: user, requests: 6,
			want: authenticated{user: "User", domain: "EXAMPLE", service: "HTTP/127.0.0.1", integrity: true}},
	} {
		t.Run(try.what, func(t *testing.T) {
			a := try.acceptor
			s := a.serve(t, nil)
			transport := quick(try.credential, try.options)
			for _, body := range []string{"<x/>", strings.Repeat("ä", 50<<10)} {
				status, got, err := post(t, transport, s.URL, body)
				if want := echo(try.want.user, body); status != 200 || got != want || err != nil {
					t.Errorf("%d %q, %v, want %q", status, got, err, want)
				}
			}
			if diff := cmp.Diff(try.want, a.last, cmp.AllowUnexported(authenticated{})); diff != "" {
				t.Error(diff)
			}
			if requests, tries := a.count(); requests != try.requests || !a.forgets && tries != 1 {
				t.Errorf("%d requests and %d passwords, want %d and 1", requests, tries, try.requests)
			}
		})
	}
}

func TestWhatTheServerSays(t *testing.T) {
	a := &acceptor{schemes: []string{"Negotiate", "NTLM", `Basic realm="mail"`}}
	transport := quick(user, Options{})
	transport.now = func() time.Time { return time.Unix(30, 0) }
	if got := transport.Offered(); got != nil {
		t.Errorf("offered %q before anybody asked", got)
	}
	wantEcho(t, transport, a.serve(t, nil).URL, "<x/>")
	if got, want := transport.Offered(), []string{"Negotiate", "NTLM", "Basic"}; !slices.Equal(got, want) {
		t.Errorf("offered %q, want %q", got, want)
	}
	want := Server{Computer: "EXCH01", Domain: "EXAMPLE", DNSComputer: "exch01.example.se", DNSDomain: "example.se",
		Build: "10.0.17763", Clock: time.Unix(0, 0).UTC(), Seen: time.Unix(30, 0)}
	if diff := cmp.Diff(want, transport.Server()); diff != "" {
		t.Error(diff)
	}
}

// A stranger on a warm server: connections are signed in, and his own
// settings hand out one and the same http.Transport.
func TestCredentialsShareNoConnection(t *testing.T) {
	a := &acceptor{}
	s := a.serve(t, nil)
	shared := &http.Transport{}
	o := Options{Connections: 4, Transport: func() *http.Transport { return shared }}
	warm := quick(user, o)
	load(t, warm, s.URL, 40)
	for _, c := range []Credential{{user.User, "wrong"}, {user.User, ""}} {
		_, got, err := post(t, quick(c, o), s.URL, "<x/>")
		if !errors.Is(err, ErrRefused) {
			t.Errorf("a wrong password is answered %q, %v", got, err)
		}
	}
	load(t, warm, s.URL, 40)
}

// load sends so many requests at the same time, one of ten of 100 kB.
func load(t *testing.T, transport *Transport, url string, n int, headers ...string) {
	t.Helper()
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			body := strings.Repeat("x", 10+i)
			if i%10 == 3 {
				body = strings.Repeat("y", 100<<10)
			}
			wantEcho(t, transport, url, body, headers...)
		})
	}
	all.Wait()
}

func TestLoad(t *testing.T) {
	for _, connections := range []int{1, 2, 16} {
		var mu sync.Mutex
		open := map[string]bool{}
		a := &acceptor{answered: func(_ http.ResponseWriter, r *http.Request) bool {
			mu.Lock()
			defer mu.Unlock()
			open[r.RemoteAddr] = true
			return false
		}}
		load(t, quick(user, Options{Connections: connections}), a.serve(t, nil).URL, 200)
		requests, tries := a.count()
		if len(open) > connections || tries != len(open) || requests > 200+3*connections {
			t.Errorf("by %d connections: %d were opened for %d requests with %d passwords", connections, len(open), requests, tries)
		}
	}
}

func hangUp(w http.ResponseWriter) bool {
	conn, _, err := w.(http.Hijacker).Hijack()
	return err == nil && conn.Close() == nil
}

// A connection that dies in the midst of a handshake costs a new handshake
// and nothing else. One that dies under a request does, if that may be sent
// twice.
func TestConnectionsDie(t *testing.T) {
	closeAfter := func(kind byte, which int) func(w http.ResponseWriter, k byte, n int) bool {
		return func(w http.ResponseWriter, k byte, n int) bool {
			if k == kind && n%3 == which {
				w.Header().Set("Connection", "close")
			}
			return false
		}
	}
	for _, try := range []struct {
		when     string
		fault    func(w http.ResponseWriter, kind byte, n int) bool
		answered func(w http.ResponseWriter, r *http.Request) bool
		headers  []string
	}{
		{when: "instead of the challenge", fault: func(w http.ResponseWriter, kind byte, n int) bool {
			return kind == 1 && n == 1 && hangUp(w)
		}},
		{when: "after the challenge", fault: closeAfter(1, 1)},
		{when: "after an answer", fault: closeAfter(3, 1)},
		{when: "later", fault: closeAfter(0, 2)},
		{when: "under a request", headers: []string{"Idempotency-Key"}, fault: func(w http.ResponseWriter, kind byte, n int) bool {
			return kind == 0 && n%7 == 3 && hangUp(w)
		}},
		{when: "when somebody sends much who hasn't signed in", fault: closeAfter(0, 0), answered: func(w http.ResponseWriter, r *http.Request) bool {
			c := r.Context().Value(connectionKey{}).(*connection)
			return c.user == "" && r.Header.Get("Authorization") == "" && r.ContentLength > 0 && hangUp(w)
		}},
	} {
		t.Run(try.when, func(t *testing.T) {
			s := (&acceptor{fault: try.fault, answered: try.answered}).serve(t, nil)
			for _, connections := range []int{1, 3} {
				load(t, quick(user, Options{Connections: connections}), s.URL, 60, try.headers...)
			}
		})
	}
}

// A server whose administrator takes NTLM away is signed in at by Negotiate.
func TestOfferChanges(t *testing.T) {
	a := &acceptor{}
	s := a.serve(t, nil)
	transport := quick(user, Options{})
	for _, schemes := range [][]string{{"NTLM"}, {"Negotiate"}, {"NTLM"}} {
		a.change(func() { a.schemes = schemes })
		s.CloseClientConnections()
		wantEcho(t, transport, s.URL, "<x/>", "Idempotency-Key")
		transport.CloseIdleConnections()
		wantEcho(t, transport, s.URL, "<x/>")
	}
	a.change(func() { a.schemes = []string{"Basic"} })
	transport.CloseIdleConnections()
	if _, _, err := post(t, transport, s.URL, "<x/>"); !errors.Is(err, ErrScheme) {
		t.Errorf("where Basic is left: %v, want %v", err, ErrScheme)
	}
	if _, tries := a.count(); tries != 6 {
		t.Errorf("%d passwords, want 6", tries)
	}
}

func TestHandshakeIsGivenUp(t *testing.T) {
	for what, fault := range map[string]func(w http.ResponseWriter, kind byte, n int) bool{
		"the connection is closed after each challenge": func(w http.ResponseWriter, kind byte, n int) bool {
			w.Header().Set("Connection", "close")
			return false
		},
		"no challenge": func(w http.ResponseWriter, kind byte, n int) bool {
			w.Header().Set("WWW-Authenticate", "NTLM")
			w.WriteHeader(http.StatusUnauthorized)
			return true
		},
		"something else": func(w http.ResponseWriter, kind byte, n int) bool {
			w.Header().Set("WWW-Authenticate", "NTLM TlRMTVNTUAACAAAA")
			w.WriteHeader(http.StatusUnauthorized)
			return true
		},
	} {
		a := &acceptor{fault: fault}
		_, _, err := post(t, quick(user, Options{}), a.serve(t, nil).URL, "<x/>")
		if !errors.Is(err, ErrHandshake) {
			t.Errorf("%s: %v, want %v", what, err, ErrHandshake)
		}
		if _, tries := a.count(); tries > 0 {
			t.Errorf("%s: %d passwords", what, tries)
		}
	}
}

func TestServerWithoutSignIn(t *testing.T) {
	for _, o := range []Options{{}, {Scheme: NTLM}, {Scheme: Negotiate}} {
		open := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			io.WriteString(w, echo("User", string(body)))
		}))
		transport := quick(user, o)
		wantEcho(t, transport, open.URL, "<x/>")
		wantEcho(t, transport, open.URL, strings.Repeat("<x/>", 30000))
		open.Close()
	}
}

// What isn't at work says so to the caller, and nothing of the password.
func TestServerIsBusy(t *testing.T) {
	for kind := byte(0); kind <= 3; kind++ {
		a := &acceptor{fault: func(w http.ResponseWriter, k byte, n int) bool {
			if k != kind || n > 2 {
				return false
			}
			w.WriteHeader(http.StatusServiceUnavailable)
			return true
		}}
		s := a.serve(t, nil)
		transport, busy := quick(user, Options{}), 0
		for range 5 {
			status, _, err := post(t, transport, s.URL, "<x/>")
			if err != nil {
				t.Error(err)
			}
			if status == http.StatusServiceUnavailable {
				busy++
			}
		}
		if want := map[byte]int{0: 2, 1: 2, 2: 0, 3: 2}[kind]; busy != want {
			t.Errorf("message %d: %d answers are 503, want %d", kind, busy, want)
		}
	}
}

func TestCredentialStaysAtItsServer(t *testing.T) {
	asked := false
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	defer elsewhere.Close()
	a := &acceptor{answered: func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/away" {
			http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
		}
		return r.URL.Path == "/away"
	}}
	s := a.serve(t, nil)
	transport := quick(user, Options{Basic: true})
	if _, _, err := post(t, transport, s.URL+"/away", "<x/>"); !errors.Is(err, ErrElsewhere) || asked {
		t.Errorf("a redirect: %v, want %v; the other was asked: %v", err, ErrElsewhere, asked)
	}
	if _, _, err := post(t, transport, elsewhere.URL, "<x/>"); !errors.Is(err, ErrElsewhere) || asked {
		t.Errorf("another server: %v, want %v; the other was asked: %v", err, ErrElsewhere, asked)
	}
	wantEcho(t, transport, s.URL, "<x/>")
}

// A request that waits for a connection waits no longer than its context, and
// an answer that is read to its end holds none.
func TestConnectionsAreHeld(t *testing.T) {
	a := &acceptor{}
	s := a.serve(t, nil)
	transport := quick(user, Options{Connections: 1})
	get := func(ctx context.Context) (*http.Response, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		return transport.RoundTrip(r)
	}
	first, err := get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	waited := make(chan error)
	go func() {
		_, err := get(ctx)
		waited <- err
	}()
	cancel()
	if err := <-waited; !errors.Is(err, context.Canceled) {
		t.Errorf("a request that waits: %v, want %v", err, context.Canceled)
	}
	if beside, err := status(t, transport.Beside(1), s.URL); beside != http.StatusOK || err != nil {
		t.Errorf("on a connection beside: %d, %v", beside, err)
	}
	if _, err := io.ReadAll(first.Body); err != nil {
		t.Fatal(err)
	}
	second, err := get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(second.Body.Close(), second.Body.Close(), first.Body.Close()); err != nil {
		t.Error(err)
	}
	if n := len(transport.free); n != 1 {
		t.Errorf("%d connections are free, want 1", n)
	}
}

func status(t *testing.T, transport *Transport, url string) (int, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := transport.RoundTrip(r)
	if err != nil {
		return 0, err
	}
	return resp.StatusCode, resp.Body.Close()
}

// A body that can be read once only is sent whole all the same.
func TestBodyWithoutGetBody(t *testing.T) {
	s := (&acceptor{forgets: true, answered: func(_ http.ResponseWriter, r *http.Request) bool {
		if of := r.Header.Get("Authorization"); strings.HasPrefix(of, "Bearer") || len(r.Header.Values("Authorization")) > 1 {
			t.Errorf("the server is shown %q", of)
		}
		return false
	}}).serve(t, nil)
	transport := quick(user, Options{})
	for _, size := range []int{0, 1, 200 << 10} {
		body := bytes.Repeat([]byte("z"), size)
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL, io.MultiReader(bytes.NewReader(body)))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer of the caller")
		resp, err := transport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(resp.Body)
		if want := echo("User", string(body)); string(got) != want || err != nil {
			t.Errorf("%d bytes: %q, %v, want %q", size, got, err, want)
		}
		if resp.Request != r || r.Header.Get("Authorization") == "" {
			t.Error("the caller's request isn't left as it was")
		}
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL, io.MultiReader(bytes.NewReader(make([]byte, maxBody+1))))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := transport.RoundTrip(r); err == nil {
		t.Error("a body of more than 16 MB that can be read once only is no error")
	}
}

func TestAsk(t *testing.T) {
	a := &acceptor{schemes: []string{"Negotiate", "NTLM"}}
	s := a.serve(t, nil)
	transport := quick(Credential{user.User, "wrong"}, Options{Connections: 1, Scheme: NTLM})
	if _, _, err := post(t, transport, s.URL, "<x/>"); !errors.Is(err, ErrRefused) {
		t.Errorf("post: %v, want %v", err, ErrRefused)
	}
	for _, got := range []func() ([]string, error){
		func() ([]string, error) { return transport.Ask(t.Context(), s.URL) },
		func() ([]string, error) { return transport.Offered(), nil },
	} {
		if names, err := got(); !slices.Equal(names, a.schemes) || err != nil {
			t.Errorf("offered %q, %v, want %q", names, err, a.schemes)
		}
	}
	if _, tries := a.count(); tries != 1 {
		t.Errorf("%d passwords, want 1", tries)
	}
	open := httptest.NewServer(http.NotFoundHandler())
	defer open.Close()
	if names, err := New(user, Options{}).Ask(t.Context(), open.URL); names != nil || err != nil {
		t.Errorf("a server that wants no sign-in offers %q, %v", names, err)
	}
	if _, err := transport.Ask(t.Context(), open.URL); !errors.Is(err, ErrElsewhere) {
		t.Errorf("another server: %v, want %v", err, ErrElsewhere)
	}
}

// HTTP/2 would put everybody's requests on one connection: neither settings
// that want it nor a server that offers it brings it about.
func TestHTTP1Alone(t *testing.T) {
	versions := map[int]int{}
	a := &acceptor{answered: func(_ http.ResponseWriter, r *http.Request) bool { versions[r.ProtoMajor]++; return false }}
	s := a.serve(t, func(s *httptest.Server) {
		s.EnableHTTP2 = true
		s.StartTLS()
	})
	settings, ok := s.Client().Transport.(*http.Transport)
	if !ok {
		t.Fatal("the server's client has no http.Transport")
	}
	resp, err := s.Client().Get(s.URL) // sets up its HTTP/2
	if err != nil || resp.ProtoMajor != 2 {
		t.Fatalf("the server itself: %v", err)
	}
	if err := resp.Body.Close(); err != nil {
		t.Fatal(err)
	}
	clear(versions)
	for range 2 {
		wantEcho(t, quick(user, Options{Transport: func() *http.Transport { return settings }}), s.URL, "<x/>")
	}
	if len(versions) != 1 || versions[1] == 0 {
		t.Errorf("requests by version of HTTP: %v, want 1 alone", versions)
	}
}

// A proxy for plain HTTP sends everybody's requests on the same connections.
func TestNoProxyWithoutTLS(t *testing.T) {
	s := (&acceptor{}).serve(t, nil)
	o := Options{Transport: func() *http.Transport {
		return &http.Transport{Proxy: func(r *http.Request) (*url.URL, error) {
			if r.URL.Scheme == "http" {
				t.Error("the proxy is asked for")
			}
			return nil, errors.New("no proxy")
		}}
	}}
	wantEcho(t, quick(user, o), s.URL, "<x/>")
	if _, err := status(t, quick(user, o), "https://"+s.Listener.Addr().String()); err == nil {
		t.Error("over TLS the proxy isn't asked for")
	}
}

// CloseIdleConnections closes those beside too: all must sign in again.
func TestCloseIdleConnections(t *testing.T) {
	a := &acceptor{}
	s := a.serve(t, nil)
	transport := quick(user, Options{Connections: 1})
	beside := transport.Beside(1)
	for range 3 {
		wantEcho(t, transport, s.URL, "<x/>")
		wantEcho(t, beside, s.URL, "<x/>")
		transport.CloseIdleConnections()
	}
	if _, tries := a.count(); tries != 6 {
		t.Errorf("signed in %d times, want 6", tries)
	}
}

// elsewhere dials to s, whatever the address.
func elsewhere(s *httptest.Server) func() *http.Transport {
	return func() *http.Transport {
		return &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, s.Listener.Addr().String())
		}}
	}
}
