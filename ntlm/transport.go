package ntlm

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// Credential is who signs in. Of User are understood DOMAIN\user,
// user@domain and user, of whose domain the server then decides.
type Credential struct{ User, Password string }

// split returns the user and the domain that a message names.
func (c Credential) split() (user, domain string) {
	if domain, user, ok := strings.Cut(c.User, `\`); ok {
		return user, domain
	}
	return c.User, ""
}

// Options say how to sign in. The zero value is good.
type Options struct {
	// Transport returns the settings of the connections: how to dial, proxy,
	// TLS, timeouts. It is asked once for each connection that may be open.
	// Whatever it says, they speak HTTP/1.1 and are kept alive. Nil is
	// http.DefaultTransport's.
	Transport func() *http.Transport

	// Connections is how many may be open at once, 4 where it is 0. A
	// request waits for one that is free.
	Connections int

	// Basic allows that scheme where the server offers nothing better: over
	// TLS, or to a loopback address, alone.
	Basic bool

	// Scheme is the only one to use, NTLM, Negotiate or Basic; "" is the
	// best of those offered.
	Scheme string

	// Unbound leaves out the channel binding. It shows whether Extended
	// Protection is what refuses a sign-in: where a proxy ends TLS, a server
	// that allows Extended Protection, but doesn't require it, accepts an
	// unbound sign-in and refuses a bound one.
	Unbound bool

	// Workstation is the name of the caller's computer, which the server
	// writes to its log and may ask for; "" says none.
	Workstation string
}

// Transport is an http.RoundTripper that signs in by one credential, at the
// server of its first request. It has a pool of connections of its own. Any
// number of goroutines may use it.
type Transport struct {
	credential Credential
	options    Options
	trial      *trial

	now   func() time.Time
	pause func(context.Context, time.Duration) error

	free chan struct{} // one value for each connection that may still be taken

	mu      sync.Mutex
	idle    []*slot // the last one used at the end
	all     []*slot
	origin  string // scheme://host:port of the first request
	scheme  string // chosen, "" until the server has offered
	offered []string
	wrapped bool // by Negotiate, the server wants SPNEGO
	server  Server
	besides []*Transport
}

// New returns a Transport of which no connection is open yet.
func New(c Credential, o Options) *Transport {
	if o.Connections <= 0 {
		o.Connections = 4
	}
	if o.Transport == nil {
		o.Transport = func() *http.Transport {
			if base, ok := http.DefaultTransport.(*http.Transport); ok {
				return base
			}
			return &http.Transport{}
		}
	}
	t := &Transport{credential: c, options: o, trial: newTrial(time.Now), now: time.Now, pause: pause}
	t.fill()
	return t
}

// Beside returns a Transport for the same credential with connections of its
// own, for requests that hold theirs long. A refusal by one is one by both.
func (t *Transport) Beside(connections int) *Transport {
	t.mu.Lock()
	defer t.mu.Unlock()
	o := t.options
	o.Connections = max(connections, 1)
	beside := &Transport{credential: t.credential, options: o, trial: t.trial, now: t.now, pause: t.pause,
		origin: t.origin, scheme: t.scheme, offered: t.offered, wrapped: t.wrapped, server: t.server}
	beside.fill()
	t.besides = append(t.besides, beside)
	return beside
}

func (t *Transport) fill() {
	t.free = make(chan struct{}, t.options.Connections)
	for range t.options.Connections {
		t.free <- struct{}{}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// RoundTrip sends r on a connection that is signed in, and signs one in first
// if it must. A body without GetBody is read into memory, for it may have to
// be sent again. Its errors, beside those of the connection and the context,
// are ErrRefused, ErrScheme, ErrPlaintext, ErrElsewhere and ErrHandshake. An
// answer of status 401 is never returned: it is an error.
//
// Where a connection turns out to be closed when a request is being sent on
// it, net/http sends it again if that does no harm: GET and HEAD, and any
// request whose header has an Idempotency-Key, which may be an empty slice.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := replayable(r)
	if err != nil {
		return nil, err
	}
	if err := t.belongs(r.URL); err != nil {
		return nil, err
	}
	if err := t.trial.refused(); err != nil {
		return nil, err
	}
	s, err := t.take(r.Context())
	if err != nil {
		return nil, err
	}
	resp, err := s.roundTrip(&delivery{r, body})
	if err != nil {
		t.give(s)
		return nil, err
	}
	resp.Request = r
	resp.Body = &heldBody{ReadCloser: resp.Body, free: sync.OnceFunc(func() { t.give(s) })}
	return resp, nil
}

// CloseIdleConnections closes those that no request holds, also of the
// Transports beside this one.
func (t *Transport) CloseIdleConnections() {
	t.mu.Lock()
	all, besides := slices.Clone(t.all), slices.Clone(t.besides)
	t.mu.Unlock()
	for _, s := range all {
		s.base.CloseIdleConnections()
	}
	for _, b := range besides {
		b.CloseIdleConnections()
	}
}

// Ask asks the server at url what it offers, on a connection of its own and
// without anything of the credential, and returns the schemes as Offered does.
// A server that doesn't want to know who asks offers none. A refused
// credential may ask too.
func (t *Transport) Ask(ctx context.Context, url string) ([]string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, fmt.Errorf("ntlm: ask what is offered: %w", err)
	}
	if err := t.belongs(r.URL); err != nil {
		return nil, err
	}
	s := newSlot(t)
	defer s.base.CloseIdleConnections()
	resp, err := s.base.RoundTrip(r)
	if err != nil {
		return nil, fmt.Errorf("ntlm: ask what is offered: %w", err)
	}
	drain(resp)
	if resp.StatusCode != http.StatusUnauthorized {
		return nil, nil
	}
	names := offered(resp.Header)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.offered = names
	return slices.Clone(names), nil
}

// Offered returns the schemes that the server last offered to one who hadn't
// signed in, in its order and spelling; none before it has been asked.
func (t *Transport) Offered() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.offered)
}

// Server returns what the server last said of itself in a handshake; it is
// zero by Basic.
func (t *Transport) Server() Server {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.server
}

// belongs says an error when u is for another server than the first was.
func (t *Transport) belongs(u *url.URL) error {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	origin := strings.ToLower(u.Scheme + "://" + u.Hostname() + ":" + port)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.origin == "" {
		t.origin = origin
	}
	if origin != t.origin {
		return fmt.Errorf("%w: %s, and not %s", ErrElsewhere, t.origin, origin)
	}
	return nil
}

// take returns a connection that nobody else uses, rather one that has been.
func (t *Transport) take(ctx context.Context) (*slot, error) {
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-t.free:
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if last := len(t.idle) - 1; last >= 0 {
		s := t.idle[last]
		t.idle = t.idle[:last]
		return s, nil
	}
	s := newSlot(t)
	t.all = append(t.all, s)
	return s, nil
}

func (t *Transport) give(s *slot) {
	t.mu.Lock()
	t.idle = append(t.idle, s)
	t.mu.Unlock()
	t.free <- struct{}{}
}

// chosen returns the scheme to use, "" when the server must be asked.
func (t *Transport) chosen() string {
	if t.options.Scheme != "" {
		return t.options.Scheme
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.scheme
}

// learn chooses among the schemes that an answer offers.
func (t *Transport) learn(h http.Header) error {
	names := offered(h)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.offered = names
	t.scheme = choose(names, t.options.Basic)
	if o := t.options.Scheme; o != "" {
		t.scheme = ""
		if slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, o) }) {
			t.scheme = o
		}
	}
	if t.scheme == "" {
		return fmt.Errorf("%w: %s", ErrScheme, strings.Join(names, ", "))
	}
	return nil
}

func (t *Transport) wraps() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.wrapped
}

func (t *Transport) wrap() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.wrapped = true
}

// signIn is a new one, to the server that r is for.
func (t *Transport) signIn(r *http.Request) signIn {
	s := signIn{password: t.credential.Password, workstation: t.options.Workstation,
		service: "HTTP/" + r.URL.Hostname(), now: t.now()}
	s.user, s.domain = t.credential.split()
	_, _ = rand.Read(s.nonce[:]) // never fails
	_, _ = rand.Read(s.key[:])
	return s
}
