package ntlm

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// outcomes sends n requests at the same time and counts those that are
// answered and those that are refused.
func outcomes(t *testing.T, transport *Transport, url string, n int) (answered, refused int) {
	t.Helper()
	var all sync.WaitGroup
	var mu sync.Mutex
	for range n {
		all.Go(func() {
			_, _, err := post(t, transport, url, "<x/>", "Idempotency-Key")
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				answered++
			case errors.Is(err, ErrRefused):
				refused++
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	return answered, refused
}

func TestWrongPasswordIsTriedOnce(t *testing.T) {
	for _, o := range []Options{{}, {Scheme: NTLM}, {Scheme: Negotiate}} {
		o.Connections = 16
		a := &acceptor{schemes: []string{"Negotiate", "NTLM"}}
		s := a.serve(t, nil)
		transport := quick(Credential{user.User, "wrong"}, o)
		if _, refused := outcomes(t, transport, s.URL, 50); refused != 50 {
			t.Errorf("%d of 50 requests are refused", refused)
		}
		before, tries := a.count()
		if tries != 1 {
			t.Errorf("the password was tried %d times", tries)
		}
		a.change(func() { a.password = "wrong" }) // as if it were right now
		for _, transport := range []*Transport{transport, transport.Beside(2)} {
			_, _, err := post(t, transport, s.URL, "<x/>")
			var refusal *Refusal
			if !errors.As(err, &refusal) || refusal.Worked || refusal.Bound {
				t.Errorf("later: %v, %+v", err, refusal)
			}
		}
		if after, _ := a.count(); after != before {
			t.Errorf("%d requests after the refusal", after-before)
		}
	}
}

// An answer that says nothing of the password doesn't make it a good one.
func TestUnavailableServerProvesNothing(t *testing.T) {
	a := &acceptor{fault: func(w http.ResponseWriter, kind byte, n int) bool {
		if kind == 3 && n <= 2 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		return kind == 3 && n <= 2
	}}
	s := a.serve(t, nil)
	transport := quick(Credential{user.User, "wrong"}, Options{})
	for range 2 {
		if status, _, err := post(t, transport, s.URL, "<x/>"); status != http.StatusServiceUnavailable || err != nil {
			t.Errorf("%d, %v", status, err)
		}
	}
	if _, refused := outcomes(t, transport, s.URL, 10); refused != 10 {
		t.Errorf("%d of 10 requests are refused", refused)
	}
	if _, tries := a.count(); tries != 1 {
		t.Errorf("the password was tried %d times", tries)
	}
}

// The server drops all connections and wants another password: that locks
// no account.
func TestPasswordChangedInMidFlight(t *testing.T) {
	for _, connections := range []int{1, 16} {
		a := &acceptor{}
		s := a.serve(t, nil)
		transport := quick(user, Options{Connections: connections})
		load(t, transport, s.URL, 50)
		_, before := a.count()
		a.change(func() { a.password = "changed" })
		s.CloseClientConnections()
		if _, refused := outcomes(t, transport, s.URL, 50); refused != 50 {
			t.Errorf("%d of 50 requests are refused", refused)
		}
		if _, tries := a.count(); tries-before != triesProved {
			t.Errorf("by %d connections the old password was tried %d times, want %d", connections, tries-before, triesProved)
		}
		_, _, err := post(t, transport, s.URL, "<x/>")
		if refusal := new(Refusal); !errors.As(err, &refusal) || !refusal.Worked {
			t.Errorf("%v, %+v, want a refusal of what has worked", err, refusal)
		}
	}
}

// A server that can't reach its domain refuses those whom it knows.
func TestRefusalUnderLoad(t *testing.T) {
	a := &acceptor{}
	s := a.serve(t, nil)
	transport := quick(user, Options{Connections: 4})
	wantEcho(t, transport, s.URL, "<x/>")
	a.change(func() {
		refuse := triesProved - 1
		a.fault = func(w http.ResponseWriter, kind byte, _ int) bool {
			if kind != 3 || refuse == 0 {
				return false
			}
			refuse--
			w.WriteHeader(http.StatusUnauthorized)
			return true
		}
	})
	s.CloseClientConnections()
	load(t, transport, s.URL, 40, "Idempotency-Key")
}

// What worked, and is refused, is tried once more after an hour; what never
// worked isn't.
func TestRefusalIsForgotten(t *testing.T) {
	now := time.Unix(1e9, 0)
	for _, worked := range []bool{true, false} {
		trial := newTrial(func() time.Time { return now })
		sign := func(o outcome) error {
			if err := trial.enter(t.Context(), false); err != nil {
				return err
			}
			_, err := trial.leave(o, NTLM, false)
			return err
		}
		if worked {
			for _, o := range []outcome{good, bad} {
				if err := sign(o); err != nil {
					t.Fatal(err)
				}
			}
		}
		for hour := range 3 {
			if err := sign(bad); !errors.Is(err, ErrRefused) {
				t.Errorf("hour %d: %v, want %v", hour, err, ErrRefused)
			}
			now = now.Add(restTime - time.Second)
			if err := sign(good); !errors.Is(err, ErrRefused) {
				t.Errorf("hour %d: %v within it, want %v", hour, err, ErrRefused)
			}
			now = now.Add(time.Second)
		}
		if err := sign(good); (err == nil) != worked || (trial.refused() == nil) != worked {
			t.Errorf("after that: %v, and %v; worked: %v", err, trial.refused(), worked)
		}
	}
}

// As many as the limit are under way at once, and who waits is let in when
// one is through, or goes when his context ends.
func TestTrialsAtOnce(t *testing.T) {
	trial := newTrial(time.Now)
	enters := func() chan error {
		c := make(chan error, 1)
		go func() { c <- trial.enter(t.Context(), false) }()
		return c
	}
	if err := trial.enter(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := trial.enter(gone, false); !errors.Is(err, context.Canceled) {
		t.Errorf("a second while the first is under way: %v", err)
	}
	waits := enters()
	trial.leave(unknown, NTLM, false)
	if err := <-waits; err != nil {
		t.Errorf("after one of which nothing is known: %v", err)
	}
	trial.leave(good, NTLM, false)
	for range triesProved {
		if err := trial.enter(t.Context(), false); err != nil {
			t.Error(err)
		}
	}
	if err := trial.enter(gone, false); !errors.Is(err, context.Canceled) {
		t.Errorf("one more than the limit: %v", err)
	}
	if err := trial.enter(gone, true); err != nil {
		t.Errorf("by Basic: %v", err)
	}
	trial.now = func() time.Time { return time.Now().Add(freshTime) }
	if err := trial.enter(gone, true); !errors.Is(err, context.Canceled) {
		t.Errorf("by Basic, long after a good one: %v", err)
	}
}

// By Basic a password that is changed between two bursts is sent twice more; one
// that is changed within one by those under way, and by nobody else.
func TestBasicPasswordChangedInMidFlight(t *testing.T) {
	const connections, requests = 4, 50
	for _, within := range []bool{false, true} {
		var mu sync.Mutex
		password, bad := "Password", 0
		held, all := make(chan bool), sync.WaitGroup{}
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, sent, ok := r.BasicAuth()
			if r.Header.Get("Hold") != "" {
				all.Done()
				<-held
			}
			mu.Lock()
			defer mu.Unlock()
			if !ok || sent != password {
				if ok {
					bad++
				}
				w.Header().Set("WWW-Authenticate", "Basic")
				w.WriteHeader(http.StatusUnauthorized)
			}
		}))
		transport := quick(user, Options{Connections: connections, Scheme: Basic})
		now := time.Now()
		transport.trial.now = func() time.Time { return now }
		if _, err := status(t, transport, s.URL); err != nil {
			t.Fatal(err)
		}
		want := triesProved
		if within {
			want = connections
			all.Add(connections)
			for range connections {
				go func() {
					r, _ := http.NewRequest(http.MethodGet, s.URL, nil)
					r.Header.Set("Hold", "yes")
					if resp, err := transport.RoundTrip(r); err == nil {
						_ = resp.Body.Close()
					}
				}()
			}
			all.Wait()
			all.Add(connections) // some try again
		} else {
			now = now.Add(freshTime)
		}
		mu.Lock()
		password = "changed"
		mu.Unlock()
		close(held)
		if _, refused := outcomes(t, transport, s.URL, requests); refused != requests {
			t.Errorf("%d of %d requests are refused", refused, requests)
		}
		s.Close()
		if bad != want {
			t.Errorf("within a burst %v: the old password was sent %d times, want %d", within, bad, want)
		}
	}
}

func TestBasic(t *testing.T) {
	secure := (*httptest.Server).StartTLS
	for _, try := range []struct {
		what      string
		offer     string
		start     func(*httptest.Server)
		options   Options
		password  string
		want      error
		passwords int // seen by the server, of two posts
	}{
		{"not allowed", "Basic", nil, Options{}, "Password", ErrScheme, 0},
		{"allowed, on this computer", "Basic", nil, Options{Basic: true}, "Password", nil, 2},
		{"asked for", `Basic realm="mail", NTLM`, nil, Options{Scheme: Basic}, "Password", nil, 2},
		{"over TLS", "Basic", secure, Options{Basic: true}, "Password", nil, 2},
		{"wrong password", "Basic", secure, Options{Basic: true}, "wrong", ErrRefused, 1},
		{"asked for and not offered", "Bearer", nil, Options{Scheme: Basic}, "Password", ErrScheme, 2},
		{"what nobody knows", "Bearer, Digest", nil, Options{Basic: true}, "Password", ErrScheme, 0},
		{"NTLM alone, and not offered", "Basic", nil, Options{Scheme: NTLM, Basic: true}, "Password", ErrScheme, 0},
		{"a scheme that there isn't", "Basic", nil, Options{Scheme: "Kerberos", Basic: true}, "Password", ErrScheme, 0},
	} {
		t.Run(try.what, func(t *testing.T) {
			passwords := 0
			s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				user, password, ok := r.BasicAuth()
				if ok {
					passwords++
				}
				if user != `EXAMPLE\User` || password != "Password" || try.offer == "Bearer" {
					w.Header().Set("WWW-Authenticate", try.offer)
					w.WriteHeader(http.StatusUnauthorized)
				}
			}))
			if try.start == nil {
				try.start = (*httptest.Server).Start
			}
			try.start(s)
			defer s.Close()
			if s.TLS != nil {
				try.options.Transport = func() *http.Transport { return s.Client().Transport.(*http.Transport) }
			}
			transport := quick(Credential{user.User, try.password}, try.options)
			for range 2 {
				if _, err := status(t, transport, s.URL); !errors.Is(err, try.want) {
					t.Errorf("%v, want %v", err, try.want)
				}
			}
			if passwords != try.passwords {
				t.Errorf("the password was sent %d times, want %d", passwords, try.passwords)
			}
		})
	}
}

func TestBasicIsNotShown(t *testing.T) {
	asked := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		w.Header().Set("WWW-Authenticate", "Basic")
		w.WriteHeader(http.StatusUnauthorized)
	}))
	defer s.Close()
	for _, o := range []Options{{Basic: true}, {Scheme: Basic}} {
		o.Transport = elsewhere(s)
		if _, err := status(t, quick(user, o), "http://mail.example.se/"); !errors.Is(err, ErrPlaintext) {
			t.Errorf("without TLS: %v, want %v", err, ErrPlaintext)
		}
	}
	if asked != 1 {
		t.Errorf("the server was asked %d times, want once, without a password", asked)
	}
}
