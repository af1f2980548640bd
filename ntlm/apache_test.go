//go:build peers

package ntlm_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
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

	"github.com/telefonist/telefonist/ntlm"
	"github.com/telefonist/telefonist/peers/apache"
)

var (
	monitor = ntlm.Credential{User: `EXAMPLE\monitor`, Password: "Monitor-Pw1å"}
	anna    = ntlm.Credential{User: `EXAMPLE\anna`, Password: "Anna-Pw1"}
)

// server starts an Apache before a server that answers who it says has
// signed in, and how much he sent.
func server(t *testing.T, o apache.Options) *apache.Server {
	t.Helper()
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		if err != nil {
			return // the server before it ended
		}
		fmt.Fprintf(w, "%s %d %s", r.Header.Get("X-Remote-User"), n, r.Header.Get("Authorization"))
	}))
	t.Cleanup(backend.Close)
	o.Backend = backend.URL + "/"
	o.Users = []apache.User{{Name: "monitor", Password: monitor.Password}, {Name: "anna", Password: anna.Password}}
	s, err := apache.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// trusting are options that trust the server's certificate.
func trusting(s *apache.Server, o ntlm.Options) ntlm.Options {
	if s.Certificate != nil {
		o.Transport = func() *http.Transport {
			roots := x509.NewCertPool()
			roots.AppendCertsFromPEM(s.Certificate)
			return &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, IdleConnTimeout: time.Minute}
		}
	}
	return o
}

// post sends size bytes and returns what was answered.
func post(ctx context.Context, t *ntlm.Transport, url string, size int) (string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(make([]byte, size)))
	if err != nil {
		return "", err
	}
	resp, err := (&http.Client{Transport: t}).Do(r)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s: %s", resp.Status, answer)
	}
	return strings.TrimSpace(string(answer)), err
}

func TestApache(t *testing.T) {
	plain, secure := server(t, apache.Options{Basic: true}), server(t, apache.Options{TLS: true, Basic: true})
	for _, try := range []struct {
		what, user, password string
		want                 string // "" is refused
		scheme               string
	}{
		{"good", `EXAMPLE\monitor`, monitor.Password, `EXAMPLE\monitor 9`, ""},
		{"by NTLM", `EXAMPLE\anna`, anna.Password, `EXAMPLE\anna 9`, ntlm.NTLM},
		{"by Negotiate", `EXAMPLE\anna`, anna.Password, `EXAMPLE\anna 9`, ntlm.Negotiate},
		{"by Basic", `EXAMPLE\anna`, anna.Password, `EXAMPLE\anna 9`, ntlm.Basic},
		{"without a domain", `monitor`, monitor.Password, `monitor 9`, ""},
		{"other case", `EXAMPLE\Monitor`, monitor.Password, `EXAMPLE\Monitor 9`, ""},
		{"wrong password", `EXAMPLE\monitor`, "Monitor-Pw1a", "", ""},
		{"another's password", `EXAMPLE\monitor`, anna.Password, "", ntlm.Negotiate},
		{"no password", `EXAMPLE\monitor`, "", "", ""},
		{"unknown user", `EXAMPLE\bertil`, monitor.Password, "", ""},
		{"wrong domain", `OTHER\monitor`, monitor.Password, "", ""},
		{"wrong password by Basic", `EXAMPLE\monitor`, "Monitor-Pw1a", "", ntlm.Basic},
	} {
		for _, s := range []*apache.Server{plain, secure} {
			transport := ntlm.New(ntlm.Credential{User: try.user, Password: try.password}, trusting(s, ntlm.Options{Scheme: try.scheme}))
			got, err := post(t.Context(), transport, s.URL, 9)
			if got != try.want || (try.want == "") != errors.Is(err, ntlm.ErrRefused) {
				t.Errorf("%s at %s: %q, %v, want %q", try.what, s.URL, got, err, try.want)
			}
		}
	}
}

func TestApacheUnderLoad(t *testing.T) {
	for _, o := range []apache.Options{{}, {TLS: true}, {RequestsPerConnection: 3}, {RequestsPerConnection: 4, TLS: true}} {
		s := server(t, o)
		for _, connections := range []int{1, 2, 16} {
			transport := ntlm.New(monitor, trusting(s, ntlm.Options{Connections: connections}))
			load(t, transport, s.URL, 200)
		}
	}
}

// load sends so many requests at once, each hundredth of 100 kB.
func load(t *testing.T, transport *ntlm.Transport, url string, requests int) {
	t.Helper()
	var all sync.WaitGroup
	for i := range requests {
		all.Go(func() {
			size := 100 + i
			if i%20 == 7 {
				size = 100 << 10
			}
			got, err := post(t.Context(), transport, url, size)
			if want := fmt.Sprintf(`EXAMPLE\monitor %d`, size); got != want || err != nil {
				t.Errorf("request %d: %q, %v, want %q", i, got, err, want)
			}
		})
	}
	all.Wait()
}

// On a server with monitor's connections open and signed in, somebody else's
// wrong password is refused.
func TestApacheKeepsUsersApart(t *testing.T) {
	s := server(t, apache.Options{})
	shared := &http.Transport{} // settings alone: no connection is shared through it
	o := ntlm.Options{Connections: 8, Transport: func() *http.Transport { return shared }}
	warm := ntlm.New(monitor, o)
	load(t, warm, s.URL, 50)
	for _, wrong := range []ntlm.Credential{
		{User: monitor.User, Password: anna.Password}, {User: anna.User, Password: "wrong"}, {User: monitor.User},
	} {
		if got, err := post(t.Context(), ntlm.New(wrong, o), s.URL, 9); !errors.Is(err, ntlm.ErrRefused) {
			t.Errorf("a wrong password of %s is answered %q, %v", wrong.User, got, err)
		}
	}
	if got, err := post(t.Context(), ntlm.New(anna, o), s.URL, 9); got != `EXAMPLE\anna 9` || err != nil {
		t.Errorf("anna is answered %q, %v", got, err)
	}
	load(t, warm, s.URL, 50)
}

// Each connection is one user's, and never more than are allowed are open.
func TestApacheConnections(t *testing.T) {
	s := server(t, apache.Options{RequestsPerConnection: 10})
	var all sync.WaitGroup
	for _, c := range []ntlm.Credential{monitor, anna} {
		transport := ntlm.New(c, ntlm.Options{Connections: 4})
		for range 60 {
			all.Go(func() {
				if got, err := post(t.Context(), transport, s.URL, 9); got != c.User+" 9" || err != nil {
					t.Errorf("%s is answered %q, %v", c.User, got, err)
				}
			})
		}
	}
	all.Wait()
	answers, err := s.Answers()
	if err != nil {
		t.Fatal(err)
	}
	users := map[string]string{}
	for _, a := range answers {
		if before := users[a.Connection]; before != "" && a.User != "" && a.User != before {
			t.Errorf("connection %s is %s's and %s's", a.Connection, before, a.User)
		}
		if a.User != "" {
			users[a.Connection] = a.User
		}
	}
	if len(users) < 2*60/10 {
		t.Errorf("%d connections were signed in, want at least %d", len(users), 2*60/10)
	}
}

// The server ends and comes back while requests are under way. They may fail,
// and those that follow don't; and nobody is locked out by it.
func TestApacheRestarts(t *testing.T) {
	s := server(t, apache.Options{})
	transport := ntlm.New(monitor, ntlm.Options{Connections: 8})
	load(t, transport, s.URL, 50)
	for range 3 {
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				got, err := post(t.Context(), transport, s.URL, 50<<10)
				if err == nil && got != `EXAMPLE\monitor 51200` || errors.Is(err, ntlm.ErrRefused) {
					t.Errorf("meanwhile: %q, %v", got, err)
				}
			})
		}
		if err := s.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
		all.Wait()
		load(t, transport, s.URL, 50)
	}
}

func TestApacheOffers(t *testing.T) {
	s := server(t, apache.Options{Basic: true})
	transport := ntlm.New(monitor, ntlm.Options{})
	names, err := transport.Ask(t.Context(), s.URL)
	if slices.Sort(names); !slices.Equal(names, []string{ntlm.Basic, ntlm.NTLM, ntlm.Negotiate}) || err != nil {
		t.Errorf("offered %q, %v", names, err)
	}
	if _, err := post(t.Context(), transport, s.URL, 9); err != nil {
		t.Fatal(err)
	}
	if got := transport.Server(); got.Computer != apache.Computer || got.Domain != apache.Domain || time.Since(got.Clock).Abs() > time.Hour {
		t.Errorf("the server says of itself %+v", got)
	}
}

// What the backend is told is as asked for: nothing of the user's password, or
// one of its own.
func TestApacheAuthorization(t *testing.T) {
	s := server(t, apache.Options{Basic: true, BackendBasic: "mailbox:secret"})
	for _, scheme := range []string{ntlm.NTLM, ntlm.Basic} {
		got, err := post(t.Context(), ntlm.New(monitor, ntlm.Options{Scheme: scheme}), s.URL, 9)
		if want := `EXAMPLE\monitor 9 Basic bWFpbGJveDpzZWNyZXQ=`; got != want || err != nil {
			t.Errorf("by %s: %q, %v, want %q", scheme, got, err, want)
		}
	}
}
