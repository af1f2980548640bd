package ntlm

import (
	"encoding/binary"
	"fmt"
	"time"
)

// Server is what a server says of itself to everybody who begins a handshake.
type Server struct {
	Computer, Domain       string // NetBIOS names
	DNSComputer, DNSDomain string
	// Build is its Windows', as 10.0.17763; "" when it doesn't say.
	Build string
	// Clock is the server's time, zero when it doesn't say, and Seen ours
	// when it came.
	Clock, Seen time.Time
}

// met keeps what a challenge says of the server.
func (t *Transport) met(c *challenge) {
	s := Server{
		Computer: c.target.text(avComputer), Domain: c.target.text(avDomain),
		DNSComputer: c.target.text(avDNSComputer), DNSDomain: c.target.text(avDNSDomain),
		Build: c.build(), Seen: t.now(),
	}
	if stamp, ok := c.target.get(avTimestamp); ok {
		s.Clock = fromFileTime(binary.LittleEndian.Uint64(stamp))
	}
	t.mu.Lock()
	t.server = s
	t.mu.Unlock()
}

func (c *challenge) build() string {
	if c.flags&withVersion == 0 || len(c.raw) < 56 {
		return ""
	}
	return fmt.Sprintf("%d.%d.%d", c.raw[48], c.raw[49], binary.LittleEndian.Uint16(c.raw[50:]))
}

// fromFileTime returns the zero time for what no clock shows.
func fromFileTime(t uint64) time.Time {
	const end = epoch + 253402300800*1e7 // the year 10000
	if t < epoch || t >= end {
		return time.Time{}
	}
	t -= epoch
	return time.Unix(int64(t/1e7), int64(t%1e7)*100).UTC()
}
