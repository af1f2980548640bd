package siptest

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"
)

// Documents are the live ones of a user, in the order in which they were first
// published: what a watcher would be told.
func (s *Server) Documents(aor string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var live []*publication
	for _, p := range s.held {
		if p.aor == aor && s.options.Now().Before(p.end) {
			live = append(live, p)
		}
	}
	slices.SortFunc(live, func(a, b *publication) int { return cmp.Compare(a.turn, b.turn) })
	var out []string
	for _, p := range live {
		out = append(out, string(p.body))
	}
	return out
}

// take answers a message and renders the answer.
func (s *Server) take(m sip.Message, network string) (*Answer, []byte) {
	request, ok := m.(*sip.Request)
	if !ok {
		return &Answer{Silence: true}, nil
	}
	r := Request{Network: network, Request: request}
	s.mu.Lock()
	s.requests = append(s.requests, r)
	s.mu.Unlock()
	var answer *Answer
	if s.options.Answer != nil {
		answer = s.options.Answer(r)
	}
	if answer == nil {
		s.mu.Lock()
		answer = s.serve(r)
		s.mu.Unlock()
	}
	if answer.Silence {
		return answer, nil
	}
	var b bytes.Buffer
	b.WriteString(answer.Before)
	if answer.Status != 0 {
		fmt.Fprintf(&b, "SIP/2.0 %d %s\r\n", answer.Status, answer.Reason)
		for _, name := range []string{"Via", "From", "To", "Call-ID", "CSeq"} {
			for _, h := range r.GetHeaders(name) {
				fmt.Fprintf(&b, "%s: %s\r\n", name, h.Value())
			}
		}
		for _, h := range answer.Headers {
			b.WriteString(h + "\r\n")
		}
		b.WriteString("Content-Length: 0\r\n\r\n")
	}
	return answer, b.Bytes()
}

// serve is what RFC 3903 6 says an event state compositor does.
func (s *Server) serve(r Request) *Answer {
	switch {
	case r.Method != "PUBLISH":
		return &Answer{Status: 405, Reason: "Method Not Allowed"}
	case r.Value("Event") != "presence":
		return &Answer{Status: 489, Reason: "Bad Event"}
	}
	if refusal := s.authenticate(r); refusal != nil {
		return refusal
	}
	expires, err := strconv.Atoi(cmp.Or(r.Value("Expires"), "3600"))
	if err != nil {
		return &Answer{Status: 400, Reason: "Bad Expires"}
	}
	length := time.Duration(expires) * time.Second
	if length > 0 && length < s.options.MinExpires {
		return &Answer{Status: 423, Reason: "Interval Too Brief",
			Headers: []string{fmt.Sprintf("Min-Expires: %d", s.options.MinExpires/time.Second)}}
	}
	if s.options.MaxExpires > 0 {
		length = min(length, s.options.MaxExpires)
	}
	old := r.Value("SIP-If-Match")
	was, known := s.held[old]
	known = known && s.options.Now().Before(was.end)
	aor := r.Recipient.String()
	switch {
	case old != "" && (!known || was.aor != aor):
		return &Answer{Status: 412, Reason: "Conditional Request Failed"}
	case length == 0 && old == "":
		return &Answer{Status: 400, Reason: "Nothing To Remove"}
	case length > 0 && len(r.Body()) == 0 && !known:
		return &Answer{Status: 400, Reason: "No Body"}
	}
	delete(s.held, old)
	s.last++
	etag := fmt.Sprintf("a.%d.x", s.last)
	if length > 0 {
		p := &publication{aor: aor, body: r.Body(), end: s.options.Now().Add(length), turn: s.last}
		if known {
			p.turn = was.turn
		}
		s.held[etag] = p // a refresh without a body loses it, as Kamailio does
	}
	return &Answer{Status: 200, Reason: "OK",
		Headers: []string{fmt.Sprintf("Expires: %d", length/time.Second), "SIP-ETag: " + etag}}
}

// authenticate returns the challenge for a request without good credentials.
func (s *Server) authenticate(r Request) *Answer {
	if s.options.Username == "" {
		return nil
	}
	challenge, header, status := "WWW-Authenticate", "Authorization", 401
	if s.options.Proxy {
		challenge, header, status = "Proxy-Authenticate", "Proxy-Authorization", 407
	}
	good, stale := s.believes(r, r.Value(header))
	if good && !stale {
		return nil
	}
	s.last++
	nonce := fmt.Sprintf("nonce\\%d+/=", s.last)
	s.nonces[nonce] = 0
	out := &Answer{Status: status, Reason: "Unauthorized"}
	offered := s.options.Algorithms
	if offered == nil {
		offered = []string{""}
	}
	for _, a := range offered {
		c := digest.Challenge{Realm: realm, Nonce: nonce, Opaque: "opaque, \"quoted\"", Algorithm: a, Stale: stale}
		if s.options.QOP != "" {
			c.QOP = strings.Split(s.options.QOP, ",")
		}
		out.Headers = append(out.Headers, challenge+": "+c.String())
	}
	return out
}

const realm = `växel "Norr"`

// believes says whether credentials are those of the account, for this request,
// and whether the nonce has been used too often, or twice with the same count.
func (s *Server) believes(r Request, header string) (good, stale bool) {
	c, err := digest.ParseCredentials(header)
	if err != nil || c.Username != s.options.Username || c.URI != r.Recipient.String() || c.Realm != realm {
		return false, false
	}
	uses, known := s.nonces[c.Nonce]
	challenge := digest.Challenge{Realm: realm, Nonce: c.Nonce, Opaque: c.Opaque, Algorithm: c.Algorithm}
	if c.QOP != "" {
		challenge.QOP = []string{c.QOP}
	}
	want, err := digest.Digest(&challenge, digest.Options{Method: "PUBLISH", URI: c.URI, Count: c.Nc, Cnonce: c.Cnonce,
		GetBody: reader(r.Body()), Username: s.options.Username, Password: s.options.Password})
	if err != nil || want.Response != c.Response {
		return false, false
	}
	if !known || s.options.NonceUses > 0 && uses >= s.options.NonceUses || c.QOP != "" && c.Nc <= uses && s.options.NonceUses > 0 {
		return true, true
	}
	s.nonces[c.Nonce]++
	return true, false
}

func reader(body []byte) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
}
