package exchange

import (
	"cmp"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/ews"
)

// rung is a way to somebody's calendar itself, the better of two first.
type rung struct {
	kinds  []calendar.WayKind // by which it is read here
	access func(address string) ews.Access
	trust  *trust
}

// rungs are the ways above availability.
func (s *Source) rungs() [2]rung {
	return [...]rung{
		{[]calendar.WayKind{calendar.Impersonation}, func(a string) ews.Access { return ews.Access{Impersonate: a} }, &s.impersonation},
		{[]calendar.WayKind{calendar.FullAccess, calendar.Reviewer}, func(a string) ews.Access { return ews.Access{Mailbox: a} }, &s.delegation},
	}
}

// ranks are the ways from the best on; what was never read is behind all.
var ranks = []calendar.WayKind{calendar.Impersonation, calendar.FullAccess, calendar.Reviewer, calendar.Details, calendar.Times}

// better is true where a way is better than another.
func better(a, b calendar.WayKind) bool { return rank(a) < rank(b) }

func rank(k calendar.WayKind) int {
	if i := slices.Index(ranks, k); i >= 0 {
		return i
	}
	return len(ranks)
}

// mark is what we need to know of a mailbox at its next reading.
type mark struct {
	version ews.Version // that is spoken about it, zero where not known
	tries   int         // how often a better way was refused, in a row
	tried   time.Time   // when it was the last time
	far     int         // how often, in a row, the server got nowhere asking another about it
	seen    string      // names what was read last, see same
}

func parseMark(text string) (m mark) {
	f := append(strings.Fields(text), make([]string, 5)...)
	m.version, _ = ews.ParseVersion(f[0]) // zero for none
	m.tries, _ = strconv.Atoi(f[1])
	if at, _ := strconv.ParseInt(f[2], 10, 64); at > 0 {
		m.tried = time.Unix(at, 0)
	}
	m.far, _ = strconv.Atoi(f[3])
	m.seen = f[4]
	return m
}

func (m mark) String() string {
	if m == (mark{}) {
		return ""
	}
	version, tried := "-", int64(0)
	if m.version > 0 {
		version = m.version.String()
	}
	if !m.tried.IsZero() {
		tried = m.tried.Unix()
	}
	return strings.TrimSpace(strings.Join([]string{version, strconv.Itoa(m.tries), strconv.FormatInt(tried, 10), strconv.Itoa(m.far), m.seen}, " "))
}

// speaks is the version that is spoken about a mailbox whose server is asked through
// another. Once a day, at a time of its own, it is tried whether that is still older.
func (m mark) speaks(address string, newest ews.Version, now time.Time) ews.Version {
	const slots = 24 * 12
	if m.version == 0 || m.version >= newest || (now.Unix()/300+int64(hash(address)))%slots == 0 {
		return newest
	}
	return m.version
}

func hash(text string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(text))
	return h.Sum32()
}

// How soon a better way is tried again.
const (
	firstBetter = time.Hour // and twice that each time
	lastBetter  = 24 * time.Hour
)

// again is when a better way is tried again that was refused so often; not for all
// mailboxes at once.
func (m mark) again(person string, now time.Time) time.Time {
	pause := min(firstBetter<<min(max(m.tries-1, 0), 10), lastBetter)
	return now.Add(pause + pause/8*time.Duration(hash(person)%1000)/1000).Truncate(time.Second)
}

// climb is what was found out about one mailbox in a reading.
type climb struct {
	mark
	known calendar.WayKind // by which it was read last
	tried bool             // a better way than it is read by now
	said  string           // what the server said to the next better way
	gone  int              // ways in which it said that there is no such mailbox
	all   bool             // every way was tried
	state string           // see reading.unchanged
	same  bool
}

// way is what is kept of it, where it was read by a way of this kind; server is
// what answered.
func (c *climb) way(m *calendar.Mailbox, kind calendar.WayKind, server string, now time.Time) calendar.Way {
	w := calendar.Way{Kind: kind, Server: cmp.Or(server, m.Way.Server)}
	c.far = 0
	if !kind.Heard() { // with these nothing would be won
		if better(c.known, kind) || c.known == "" {
			c.tries = 0
		}
		w.Refused, w.Better = c.said, m.Way.Better
		if c.tried {
			c.tries, c.mark.tried = c.tries+1, now
		}
		if c.tried || w.Better.IsZero() || better(c.known, kind) {
			w.Better = c.again(m.Person, now)
		}
	} else {
		c.tries = 0
	}
	w.Mark = c.mark.String()
	return w
}
