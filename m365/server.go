package m365

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Server answers for Microsoft: login and Graph on one host, for several
// tenants. It is an http.Handler; Start gives it a TLS listener of its own.
type Server struct {
	// Notify posts change notifications; nil = a client that does not check
	// the certificates of receivers on loopback.
	Notify *http.Client
	// RetryAfter is how long the first repetition of an undelivered
	// notification waits; each next one waits double. 0 = 10 s.
	RetryAfter time.Duration

	mu        sync.Mutex
	tenants   []*Tenant
	faults    []*Fault
	log       []Request
	codes     map[string]*grant // authorization codes not yet redeemed
	subs      map[string]*subscription
	watch     map[string][]*subscription // by what they watch
	pending   map[string][]notification  // by the address they go to
	receivers map[string]endpoint        // how fast they answer, by address
	seats     map[sat]int                // calls going on, by app and mailbox
	routes    []route
	control   *http.ServeMux
	outlook   http.Handler
	exchanges []namedExchange
	pages     string // where StartPages listens

	http *http.Server
	tls  *authority
	url  string
	stop context.CancelFunc
	ctx  context.Context
	work sync.WaitGroup
}

// Request is one request that a Server answered.
type Request struct {
	Method string    `json:"method"`
	Path   string    `json:"path"`  // without the query
	Query  string    `json:"query"` // raw
	Status int       `json:"status"`
	Time   time.Time `json:"time"`
}

// signingKey is made once a process: making one takes a second on a slow day.
var signingKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// NewServer makes a server for the tenants; more may join by Add.
func NewServer(tenants ...*Tenant) *Server {
	s := &Server{
		codes: map[string]*grant{}, subs: map[string]*subscription{}, watch: map[string][]*subscription{},
		pending: map[string][]notification{}, receivers: map[string]endpoint{}, seats: map[sat]int{},
	}
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.routes, s.control, s.outlook = routes(), s.controlRoutes(), s.outlookRoutes()
	for _, t := range tenants {
		s.Add(t)
	}
	return s
}

// Add brings one more tenant to the server.
func (s *Server) Add(t *Tenant) {
	s.mu.Lock()
	s.tenants = append(s.tenants, t)
	s.mu.Unlock()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.notify = append(t.notify, func(c change) { s.changed(t, c) })
}

// Start listens with TLS on addr ("127.0.0.1:0" picks a port). The certificate
// is for localhost, 127.0.0.1, ::1 and addr's host, signed by CA.
func (s *Server) Start(addr string) error {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("m365: listen: %w", err)
	}
	host, _, _ := net.SplitHostPort(addr)
	if s.tls, err = newAuthority(host); err != nil {
		listener.Close()
		return err
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	s.url = "https://" + net.JoinHostPort(host, port)
	s.http = &http.Server{
		Handler: s, TLSConfig: s.tls.config, ReadHeaderTimeout: 10 * time.Second, ConnContext: ExchangeConn,
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError), // clients that do not trust us are no news
	}
	s.work.Go(func() { s.http.ServeTLS(listener, "", "") })
	return nil
}

// URL is where Start listens, as in "https://127.0.0.1:8365"; login and Graph
// are both there.
func (s *Server) URL() string { return s.url }

// CA is the certificate (PEM) that signed the server's; nil before Start.
func (s *Server) CA() []byte {
	if s.tls == nil {
		return nil
	}
	return s.tls.pem
}

// Client is an HTTP client that trusts CA.
func (s *Server) Client() *http.Client { return s.tls.client() }

// Close stops listening and delivering, and waits until nothing runs.
func (s *Server) Close() error {
	s.mu.Lock() // nothing new is queued after this
	s.stop()
	s.mu.Unlock()
	var err error
	if s.http != nil {
		err = s.http.Close()
	}
	s.work.Wait()
	return err
}

// Requests are the requests answered since the start or ResetRequests, oldest
// first, at most the last 10,000: calls of Graph and of the token endpoint.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.log...)
}

// ResetRequests forgets the requests so far.
func (s *Server) ResetRequests() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = nil
}

func (s *Server) record(r *http.Request, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.log) >= 10_000 {
		s.log = append(s.log[:0:0], s.log[5_000:]...)
	}
	s.log = append(s.log, Request{r.Method, r.URL.Path, r.URL.RawQuery, status, time.Now()})
}

// tenant finds a tenant by id or by domain.
func (s *Server) tenant(name string) *Tenant {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.tenants {
		if strings.EqualFold(name, t.ID) || strings.EqualFold(name, t.Domain) || strings.EqualFold(name, t.initialDomain()) {
			return t
		}
	}
	return nil
}

// app finds a registration in whichever tenant it lives.
func (s *Server) app(clientID string) *App {
	s.mu.Lock()
	tenants := s.tenants
	s.mu.Unlock()
	for _, t := range tenants {
		if a := t.App(strings.ToLower(clientID)); a != nil {
			return a
		}
	}
	return nil
}

// ServeHTTP answers login, Graph, control and Exchange calls, and shows the
// Outlook pages.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if x := s.exchange(r.URL.Path); x != nil {
		x.ServeHTTP(w, r)
		return
	}
	switch first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/"); first {
	case "v1.0":
		s.serveGraph(w, r)
	case "control":
		s.serveControl(w, r)
	case "outlook":
		s.outlook.ServeHTTP(w, r)
	case "oidc":
		s.serveUserinfo(w, r)
	default:
		s.serveLogin(w, r)
	}
}

// base is the address the caller used for us: links must lead back there.
func base(r *http.Request) string {
	if r.TLS == nil {
		return "http://" + r.Host
	}
	return "https://" + r.Host
}
