// Package siptest is a SIP presence server for tests: it takes publications
// over UDP, TCP and TLS on the loopback address, keeps them as RFC 3903 says,
// asks for digest credentials if it is told to, and can be made to misbehave.
//
// It shares no code with package sip: requests are parsed by sipgo, and
// credentials checked by icholy/digest.
package siptest

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Options say how a [Server] behaves; the zero value takes every publication.
type Options struct {
	// Username and Password are the account's that may publish, "" if anybody may.
	Username, Password string
	Proxy              bool     // challenges with 407 instead of 401
	Algorithms         []string // of the challenges, in this order; nil is MD5 without naming it
	QOP                string   // as it stands in the challenge, "auth,auth-int"; "" for none
	NonceUses          int      // after how many a nonce is stale; 0 is never

	MinExpires, MaxExpires time.Duration // 0 is no limit

	// TLS holds the server's certificate; without it there is no TLS.
	TLS *tls.Config
	// Only are the networks to listen on, "udp", "tcp" and "tls"; nil is all.
	Only []string
	// Now is the clock by which publications end; nil is the system's.
	Now func() time.Time
	// Answer may answer a request in place of the server; nil lets it do so itself.
	Answer func(Request) *Answer
}

// Request is what came.
type Request struct {
	Network string // "udp", "tcp" or "tls"
	*sip.Request
}

// Value is that of a header, "" where there is none.
func (r Request) Value(name string) string {
	if h := r.GetHeader(name); h != nil {
		return h.Value()
	}
	return ""
}

// Answer is what goes back.
type Answer struct {
	Status  int
	Reason  string
	Headers []string // further ones, "Retry-After: 5"

	Before  string // goes out before the answer
	Pieces  int    // over a stream, in how many segments
	Silence bool   // says nothing
	HangUp  bool   // closes the connection, after the answer if there is one
}

// Server is a running presence server.
type Server struct {
	UDP, TCP, TLS string // where it listens, 127.0.0.1:port, "" where it does not

	options Options
	close   []func() error
	running sync.WaitGroup

	mu        sync.Mutex
	held      map[string]*publication // by ETag
	nonces    map[string]int          // how often each was used
	last      int                     // of ETags and nonces
	requests  []Request
	connected int
	open      map[net.Conn]bool
	answered  map[string][]byte // over UDP, by branch: repetitions get the same
}

type publication struct {
	aor  string
	body []byte
	end  time.Time
	turn int
}

// Start listens on free ports of 127.0.0.1; UDP and TCP on the same one.
func Start(options Options) (*Server, error) {
	if options.Now == nil {
		options.Now = time.Now
	}
	s := &Server{options: options, held: map[string]*publication{}, nonces: map[string]int{},
		open: map[net.Conn]bool{}, answered: map[string][]byte{}}
	var err error
	for range 20 { // the port of one may be taken for the other
		if err = s.listen(); err == nil {
			return s, nil
		}
		err = errors.Join(err, s.Close())
	}
	return nil, fmt.Errorf("siptest: %w", err)
}

func (s *Server) listen() error {
	s.UDP, s.TCP, s.TLS = "", "", ""
	address := "127.0.0.1:0"
	if s.wants("tcp") {
		l, err := net.Listen("tcp", address)
		if err != nil {
			return err
		}
		s.accept(l, "tcp")
		s.TCP = l.Addr().String()
		address = s.TCP
	}
	if s.wants("udp") {
		conn, err := net.ListenPacket("udp", address)
		if err != nil {
			return err
		}
		s.UDP = conn.LocalAddr().String()
		s.close = append(s.close, conn.Close)
		s.running.Go(func() { s.serveDatagrams(conn) })
	}
	if s.wants("tls") && s.options.TLS != nil {
		l, err := tls.Listen("tcp", "127.0.0.1:0", s.options.TLS)
		if err != nil {
			return err
		}
		s.accept(l, "tls")
		s.TLS = l.Addr().String()
	}
	return nil
}

func (s *Server) wants(network string) bool {
	if s.options.Only == nil {
		return true
	}
	for _, n := range s.options.Only {
		if n == network {
			return true
		}
	}
	return false
}

// Close hangs up and returns when nothing runs any more.
func (s *Server) Close() error {
	var errs []error
	for _, end := range s.close {
		errs = append(errs, end())
	}
	s.close = nil
	s.HangUp()
	s.running.Wait()
	return errors.Join(errs...)
}

// HangUp closes all connections, and goes on listening.
func (s *Server) HangUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for conn := range s.open {
		conn.Close()
	}
}

// Forget drops all publications, as a restarted server does.
func (s *Server) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.held)
	clear(s.nonces)
}

// Requests lists what came so far; over UDP without repetitions of what was answered.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

// Connected is how many stream connections were made.
func (s *Server) Connected() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.connected
}

func (s *Server) accept(l net.Listener, network string) {
	s.close = append(s.close, l.Close)
	s.running.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.connected++
			s.open[conn] = true
			s.mu.Unlock()
			s.running.Go(func() { s.serveStream(conn, network) })
		}
	})
}

func (s *Server) serveStream(conn net.Conn, network string) {
	defer func() {
		conn.Close()
		s.mu.Lock()
		delete(s.open, conn)
		s.mu.Unlock()
	}()
	stream, buffer := sip.NewParser().NewSIPStream(), make([]byte, 64<<10)
	for {
		n, err := conn.Read(buffer)
		if err != nil {
			return
		}
		hangUp := false
		err = stream.ParseSIPStream(buffer[:n], func(m sip.Message) {
			if hangUp {
				return
			}
			answer, text := s.take(m, network)
			hangUp = answer.HangUp
			for _, piece := range pieces(text, answer.Pieces) {
				if _, err := conn.Write(piece); err != nil {
					hangUp = true
				}
				if answer.Pieces > 1 {
					time.Sleep(2 * time.Millisecond) // or the kernel puts them together again
				}
			}
		})
		if hangUp || err != nil && !errors.Is(err, sip.ErrParseSipPartial) {
			return
		}
	}
}

func pieces(text []byte, n int) [][]byte {
	size := (len(text) + max(1, n) - 1) / max(1, n)
	var out [][]byte
	for len(text) > 0 {
		cut := min(size, len(text))
		out = append(out, text[:cut])
		text = text[cut:]
	}
	return out
}

func (s *Server) serveDatagrams(conn net.PacketConn) {
	parser, buffer := sip.NewParser(), make([]byte, 64<<10)
	for {
		n, from, err := conn.ReadFrom(buffer)
		if err != nil {
			return
		}
		m, err := parser.ParseSIP(append([]byte(nil), buffer[:n]...))
		if err != nil {
			continue
		}
		text := s.repetition(m)
		if text == nil {
			_, text = s.take(m, "udp")
			s.remember(m, text)
		}
		if len(text) > 0 {
			_, _ = conn.WriteTo(text, from)
		}
	}
}

// repetition is what a request was answered that came before, nil otherwise.
func (s *Server) repetition(m sip.Message) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.answered[branch(m)]
}

func (s *Server) remember(m sip.Message, text []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(text) > 0 {
		s.answered[branch(m)] = text
	}
}

func branch(m sip.Message) string {
	if via := m.Via(); via != nil {
		b, _ := via.Params.Get("branch")
		return b
	}
	return ""
}
