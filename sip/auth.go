package sip

import "sync"

// The two askers of credentials: the server itself (401) and a proxy on the way (407).
const (
	byServer = iota
	byProxy
)

var credentialsHeader = [2]string{byServer: "Authorization: ", byProxy: "Proxy-Authorization: "}

// keyring holds the challenges that credentials can be made for without being
// asked again, so that most publications take one round trip.
type keyring struct {
	mu   sync.Mutex
	held map[key]*challenge
}

type key struct {
	kind   int
	domain string // of the address of record: servers may have a realm for each
}

func (k *keyring) get(kind int, domain string) *challenge {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.held[key{kind, domain}]
}

func (k *keyring) put(kind int, domain string, c *challenge) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.held == nil {
		k.held = map[key]*challenge{}
	}
	k.held[key{kind, domain}] = c
}

// authorize returns the header lines with credentials: for what this exchange
// was asked, else for what earlier ones were.
func (c *Client) authorize(x *exchange) []string {
	var lines []string
	for kind, header := range credentialsHeader {
		asked := x.received[kind]
		if asked == nil {
			asked = c.keys.get(kind, x.domain)
		}
		if asked != nil {
			lines = append(lines, header+asked.credentials(c.Config.Username, c.Config.Password, "PUBLISH", x.AOR, x.sent()))
		}
	}
	return lines
}

// sent is the body that goes over the line.
func (x *exchange) sent() []byte {
	if x.Expires <= 0 {
		return nil
	}
	return x.Body
}

// challenged takes a 401 or 407. Its error is final: there is nothing to answer
// with, or what was answered to this exchange's own challenge is not believed.
func (c *Client) challenged(x *exchange, r *response) error {
	kind := byServer
	if r.status == 407 {
		kind = byProxy
	}
	refused := r.refused()
	asked := strongest(r.challenges)
	if asked == nil || c.Config.Username == "" {
		refused.Err = ErrAuthentication
		return refused
	}
	if x.received[kind] != nil && !asked.stale {
		return refused
	}
	x.received[kind] = asked
	return nil
}

// believed keeps the challenges whose answers this exchange saw accepted. Not
// before: a server that takes a nonce once only would otherwise see ours spent
// by another exchange.
func (c *Client) believed(x *exchange) {
	for kind, asked := range x.received {
		if asked != nil {
			c.keys.put(kind, x.domain, asked)
		}
	}
}
