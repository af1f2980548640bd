package sip

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Publication is what to publish of whom.
type Publication struct {
	// AOR is the user's address of record, a sip: or sips: URI in ASCII.
	AOR string
	// Body is the whole document, at each refresh, too: there are servers that
	// forget it when they are only asked to keep it. Not used where Expires is 0.
	Body []byte
	// Expires is for how long, in whole seconds; 0 takes back what ETag names.
	Expires time.Duration
	// ETag is that of the receipt for the publication that this one refreshes,
	// changes or takes back; "" for the first.
	ETag string
}

// Receipt is what the server granted; empty for what was taken back.
type Receipt struct {
	ETag    string        // for the next publication; a new one each time
	Expires time.Duration // may be shorter or longer than what was asked for
}

var (
	errAddress = errors.New("not a sip: address")
	errETag    = errors.New("not an entity tag")
)

// parseAddress returns the host of a SIP URI. It takes nothing that would not
// stand on a line of its own, and no header part.
func parseAddress(uri string) (host string, err error) {
	scheme, rest, _ := strings.Cut(uri, ":")
	if !strings.EqualFold(scheme, "sip") && !strings.EqualFold(scheme, "sips") {
		return "", errAddress
	}
	for _, c := range []byte(rest) {
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`<>"?\,`, c) >= 0 {
			return "", errAddress
		}
	}
	at := strings.LastIndexByte(rest, '@')
	if at == 0 {
		return "", errAddress
	}
	host, _, _ = strings.Cut(rest[at+1:], ";")
	if host == "" {
		return "", errAddress
	}
	return strings.ToLower(host), nil
}

func isToken(s string) bool {
	for _, c := range []byte(s) {
		if c <= ' ' || c >= 0x7f {
			return false
		}
	}
	return true
}

// exchange is one publication with the questions it takes: the same Call-ID
// and a rising CSeq.
type exchange struct {
	Publication
	domain      string
	callID, tag string
	cseq        int
	received    [2]*challenge // of this exchange, by kind
}

func newExchange(p Publication) (*exchange, error) {
	domain, err := parseAddress(p.AOR)
	if err != nil {
		return nil, fmt.Errorf("sip: publish: %w", err)
	}
	if !isToken(p.ETag) {
		return nil, fmt.Errorf("sip: publish: %w", errETag)
	}
	return &exchange{Publication: p, domain: domain, callID: rand.Text(), tag: rand.Text()}, nil
}

// magic begins every branch of RFC 3261.
const magic = "z9hG4bK"

// render writes the request as it goes over a line with this local address.
func (c *Client) render(x *exchange, network, local, branch string) []byte {
	from := c.Config.From
	if from == "" {
		from = x.AOR
	}
	b := make([]byte, 0, 1500)
	line := func(parts ...string) {
		for _, p := range parts {
			b = append(b, p...)
		}
		b = append(b, "\r\n"...)
	}
	line("PUBLISH ", x.AOR, " SIP/2.0")
	line("Via: SIP/2.0/", strings.ToUpper(network), " ", local, ";branch=", branch, ";rport")
	line("Max-Forwards: 70")
	if c.Config.Proxy != "" {
		line("Route: ", c.route)
	}
	line("From: <", from, ">;tag=", x.tag)
	line("To: <", x.AOR, ">")
	line("Call-ID: ", x.callID)
	line("CSeq: ", strconv.Itoa(x.cseq), " PUBLISH")
	line("Event: presence")
	line("Expires: ", strconv.Itoa(int(x.Expires/time.Second)))
	if x.ETag != "" {
		line("SIP-If-Match: ", x.ETag)
	}
	for _, header := range c.authorize(x) {
		line(header)
	}
	if c.Config.UserAgent != "" {
		line("User-Agent: ", c.Config.UserAgent)
	}
	if x.Expires > 0 {
		line("Content-Type: ", ContentType)
		line("Content-Length: ", strconv.Itoa(len(x.Body)))
		line()
		return append(b, x.Body...)
	}
	line("Content-Length: 0")
	line()
	return b
}
