// Package exchange reads calendars from an Exchange server of one's own, 2007 SP1
// to Subscription Edition, as [calendar.Source] has it.
//
//	source, err := exchange.Open(exchange.Settings{URL: "https://mail.foretag.se/EWS/Exchange.asmx",
//		User: `FORETAG\monitor`, Password: password}, exchange.Options{Now: time.Now})
//	for i, r := range source.Read(ctx, mailboxes, window) {
//		…
//
// There are several ways of reading a mailbox, and which of them an administrator
// has allowed is found out by trying, mailbox by mailbox, the best first: as its
// owner (impersonation), by a right to its calendar (reviewer) or to all of it
// (full access), and by availability, which is asked for a hundred at a time, with
// details or with times alone. What was found comes back with each reading as its
// [calendar.Way] and is handed in with the next one. A better way is tried again
// now and then; a worse one is found in the same reading in which the better one
// ends. See trust for what keeps a large organization's server from being asked
// ten thousand times what it refuses.
package exchange

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/ews"
	"github.com/telefonist/telefonist/ntlm"
)

// Source is the mailboxes of one server, as one account sees them. It is safe for
// concurrent use, and should be shared by all that read the same: it keeps what it
// has learned of the server, and its connections.
type Source struct {
	options Options
	client  *ews.Client
	signIn  *ntlm.Transport
	streams *ntlm.Transport       // of the same account, for what is held open
	skew    *atomic.Pointer[skew] // nil in it before the first answer

	impersonation, delegation, absence trust

	asking  chan struct{} // held while the server's version is found out
	ears    ears
	views   views
	zones   sync.Map // that were found for rules
	mu      sync.Mutex
	server  server
	until   time.Time // the server asked to be left alone until then
	busy    string    // in these words
	trouble *Trouble  // why nothing could be read the last time, nil
}

// Options are what all servers have in common.
type Options struct {
	// Dial connects, and may refuse to; nil is the system's.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Country is the organization's (ISO 3166-1, "SE"): it says which zone of
	// IANA's a Windows name means.
	Country string
	// AtOnce is how many requests may be under way, at most [Ceiling].
	AtOnce int
	// Timeout is for one call; 0 is long enough for a server that asks another site.
	Timeout time.Duration
	// Silence is after how long a connection counts as dead on which the server
	// tells of changes; 0 is some more than two of its heart-beats.
	Silence time.Duration
	Now     func() time.Time
}

// Ceiling is how many requests a server is ever asked at a time.
const Ceiling = 8

const (
	callTimeout = time.Minute // a server that asks another site waits long for it
	dialTimeout = 15 * time.Second
)

// Open checks the settings and connects to nobody. The error is a
// [*SettingError].
func Open(s Settings, o Options) (*Source, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Timeout = cmp.Or(o.Timeout, callTimeout)
	o.AtOnce = min(max(o.AtOnce, 1), Ceiling)
	signIn, err := s.signIn(o)
	if err != nil {
		return nil, err
	}
	last, streams := new(atomic.Pointer[skew]), signIn.Beside(mostHanging)
	client, err := ews.New(ews.Config{
		URL: s.URL, HTTP: &http.Client{Transport: clock{signIn, o.Now, last}}, Stream: &http.Client{Transport: streams},
		AtOnce: o.AtOnce, Timeout: o.Timeout, Silence: o.Silence, UserAgent: "Telefonist", Now: o.Now,
	})
	if err != nil {
		return nil, fmt.Errorf("open Exchange: %w", err)
	}
	return &Source{
		options: o, client: client, signIn: signIn, streams: streams, skew: last, asking: make(chan struct{}, 1),
		ears:  ears{free: make(chan struct{}, 1)},
		views: views{all: map[string]viewed{}, asks: make(chan struct{}, asksAtOnce)},
	}, nil
}

// signIn makes the transport of the account, whose connections are nobody else's.
func (s Settings) signIn(o Options) (*ntlm.Transport, error) {
	secure, err := s.tls()
	if err != nil {
		return nil, err
	}
	dial := o.Dial
	if dial == nil {
		dial = (&net.Dialer{Timeout: dialTimeout}).DialContext
	}
	options := ntlm.Options{
		Connections: o.AtOnce, Basic: s.SignIn != NTLM,
		Transport: func() *http.Transport {
			return &http.Transport{
				DialContext: dial, TLSClientConfig: secure.Clone(), TLSHandshakeTimeout: dialTimeout,
				IdleConnTimeout: 90 * time.Second,
			}
		},
	}
	if s.SignIn == Basic {
		options.Scheme = ntlm.Basic
	}
	return ntlm.New(ntlm.Credential{User: s.User, Password: s.Password}, options), nil
}

// Close ends connections that nothing is asked through.
func (s *Source) Close() {
	s.signIn.CloseIdleConnections()
	s.streams.CloseIdleConnections()
}

// Connection is the source with all that can be asked of it.
func (s *Source) Connection() calendar.Connection {
	return calendar.Connection{Reader: s, Settings: s.Settings, Listen: s.Listen}
}
