package sip

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Transport is how the next hop is spoken to.
type Transport string

// The transports. A UDP client sends what is longer than 1300 bytes over TCP,
// as RFC 3261 18.1.1 wants it, and over UDP after all where TCP is not answered.
const (
	UDP Transport = "udp"
	TCP Transport = "tcp"
	TLS Transport = "tls"
)

// Config is how a [Client] reaches the server. Server, or Proxy, and Transport
// must be set.
type Config struct {
	// Server is where requests go: a host with or without a port. A name
	// without a port is looked up as RFC 3263 says, by SRV records, else at port
	// 5060 (TLS: 5061).
	Server    string
	Transport Transport
	// Proxy, in the same form, is an outbound proxy: requests go there instead,
	// with a Route header for it.
	Proxy string

	// Username and Password are the account's; "" where the server asks for none.
	Username, Password string
	// From is the account's own address, for servers that want to see it; ""
	// writes each user's own.
	From      string
	UserAgent string

	// TLS holds the believed authorities and the server's name, if it is not the
	// host's; nil is the system's authorities.
	TLS *tls.Config

	// Dial connects; nil is a plain [net.Dialer]. network is "udp" or "tcp",
	// address has a name or an IP address, and a port.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// LookupSRV finds the servers of a name without a port; nil is the system's resolver.
	LookupSRV func(ctx context.Context, service, proto, name string) (string, []*net.SRV, error)

	// Timeout is how long an answer may take, 0 for RFC 3261's 32 seconds. The
	// other timers follow it: over UDP a request is first repeated after a 64th.
	Timeout time.Duration
	// Connections is how many are kept at once, 0 for one. Servers tend to work
	// off one connection at a time.
	Connections int
}

// Client publishes. Many goroutines may use one; make it with [New].
type Client struct {
	Config Config

	network string // of the Via: "udp", "tcp" or "tls"
	route   string
	keys    keyring
	lines   lines
	turn    atomic.Uint32
	noTCP   atomic.Bool // for a while, where what is long finds no TCP
	ctx     context.Context
	close   context.CancelFunc
}

// New checks the settings; it connects to nobody before the first publication.
func New(config Config) (*Client, error) {
	switch config.Transport {
	case UDP, TCP, TLS:
	default:
		return nil, fmt.Errorf("sip: %q is no transport", config.Transport)
	}
	hop := config.Server
	if config.Proxy != "" {
		hop = config.Proxy
	}
	if _, _, err := splitHop(hop); err != nil {
		return nil, fmt.Errorf("sip: server: %w", err)
	}
	if config.From != "" {
		if _, err := parseAddress(config.From); err != nil {
			return nil, fmt.Errorf("sip: from: %w", err)
		}
	}
	for _, c := range []byte(config.UserAgent) {
		if c < ' ' || c == 0x7f {
			return nil, errors.New("sip: the user agent has control characters")
		}
	}
	if config.Dial == nil {
		config.Dial = new(net.Dialer).DialContext
	}
	if config.LookupSRV == nil {
		config.LookupSRV = net.DefaultResolver.LookupSRV
	}
	if config.Timeout <= 0 {
		config.Timeout = 32 * time.Second
	}
	config.Connections = max(1, config.Connections)
	c := &Client{Config: config, network: string(config.Transport)}
	c.route = fmt.Sprintf("<sip:%s;transport=%s;lr>", hop, c.network)
	c.ctx, c.close = context.WithCancel(context.Background())
	return c, nil
}

// Close ends the connections; publications that wait fail with [ErrClosed].
func (c *Client) Close() error {
	c.close()
	return nil
}

// Publish tells the server of p and returns what it granted. The error is an
// [*Error] unless p itself is wrong.
//
// Where the server no longer knows the ETag (412; others say 500), p is
// published afresh: what was there before then ends by itself. Taking back what
// is no longer known is done; taking back without an ETag does nothing. A 500 to
// taking back stays an error, since the document may stand until its time is out.
func (c *Client) Publish(ctx context.Context, p Publication) (Receipt, error) {
	if p.Expires < time.Second {
		p.Expires = 0
	}
	if p.Expires == 0 && p.ETag == "" {
		return Receipt{}, nil
	}
	receipt, err := c.publish(ctx, p)
	var refused *Error
	switch {
	case p.ETag == "" || !errors.As(err, &refused):
	case refused.Status == 412 && p.Expires == 0:
		return Receipt{}, nil
	case refused.Status == 412 || refused.Status == 500 && p.Expires > 0:
		p.ETag = ""
		return c.publish(ctx, p)
	}
	return receipt, err
}

// maxQuestions is how often one publication is sent: asked for credentials by
// proxy and server, each with a stale nonce, and for a longer time.
const maxQuestions = 6

func (c *Client) publish(ctx context.Context, p Publication) (Receipt, error) {
	x, err := newExchange(p)
	if err != nil {
		return Receipt{}, err
	}
	var last *response
	for x.cseq = 1; x.cseq <= maxQuestions; x.cseq++ {
		if last, err = c.ask(ctx, x); err != nil {
			return Receipt{}, err
		}
		switch {
		case last.status < 300:
			c.believed(x)
			return last.receipt(x), nil
		case last.status == 401 || last.status == 407:
			if err := c.challenged(x, last); err != nil {
				return Receipt{}, err
			}
		case last.status == 423 && x.Expires > 0 && last.minExpires > x.Expires:
			x.Expires = last.minExpires
		default:
			return Receipt{}, last.refused()
		}
	}
	return Receipt{}, last.refused()
}

// receipt is what a 2xx grants; RFC 3903 wants it to say for how long.
func (r *response) receipt(x *exchange) Receipt {
	switch {
	case x.Expires <= 0:
		return Receipt{}
	case r.expires <= 0:
		return Receipt{ETag: r.etag, Expires: x.Expires}
	}
	return Receipt{ETag: r.etag, Expires: r.expires}
}

// lines holds the connections, by network and turn.
type lines struct {
	mu   sync.Mutex
	open map[slot]*line
}

type slot struct {
	network string
	turn    uint32
}

// line returns a connection that takes requests; it may still be dialling.
func (c *Client) line(network string) *line {
	s := slot{network, c.turn.Add(1) % uint32(c.Config.Connections)}
	if network == "udp" {
		s.turn = 0
	}
	c.lines.mu.Lock()
	defer c.lines.mu.Unlock()
	l := c.lines.open[s]
	if l == nil || l.retired() {
		if c.lines.open == nil {
			c.lines.open = map[slot]*line{}
		}
		l = newLine(network, c.Config.Timeout)
		c.lines.open[s] = l
		go l.run(c.ctx, c.dial)
	}
	return l
}
