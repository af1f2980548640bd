//go:build peers

package exchange

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/telefonist/telefonist/client"
	"github.com/telefonist/telefonist/m365"
)

// reading is one way of reading a server: a customer has it.
type reading struct {
	version m365.ExchangeVersion
	signin  string
	right   string
}

func (r reading) String() string { return fmt.Sprintf("%s-%s-%s", r.version, r.right, r.signin) }

// account may what the right says, on all servers.
func (r reading) account() string { return r.right + "-" + r.signin }

// TestBoard has the same people read through Graph and from an Exchange of each
// version. With each right that opens calendars, signed in to both ways, what stands on
// the board, now and in the coming days, is the same, but for what the guide says; and
// with less exactly that differs which the guide says.
func TestBoard(t *testing.T) {
	t.Parallel()
	var all []reading
	for i, v := range m365.ExchangeVersions() {
		for _, right := range []string{impersonation, owner, reviewer} {
			all = append(all, reading{v, basic, right}, reading{v, ntlm, right})
		}
		ways := []string{basic, ntlm}
		all = append(all, reading{v, ways[i%2], details}, reading{v, ways[(i+1)%2], times})
	}
	w, g := openWorld(t, all), guide(t)
	for _, c := range w.exchange {
		if c.right != details && c.right != times {
			c.compare(w, g)
		}
		c.follows(g)
	}
	graph := w.graph.answers(slices.Sorted(maps.Keys(w.facts())))
	for _, c := range w.exchange {
		if c.right == impersonation && c.signin == ntlm || c.right == details || c.right == times {
			c.knows(g, graph)
		}
	}
}

// world is a program that serves a customer whose people are read through Graph, and
// one with the same people for each way of reading an Exchange.
type world struct {
	*servers
	*program
	people   []m365.Person
	graph    *customer
	exchange map[reading]*reader
}

// reader is a customer with its way of reading.
type reader struct {
	*customer
	reading
}

func openWorld(t *testing.T, all []reading) *world {
	t.Helper()
	users := map[string]bool{}
	for _, r := range all {
		users[r.account()] = true
	}
	w := &world{exchange: map[reading]*reader{}}
	w.servers = openServers(t, m365.ExchangeOptions{All: true}, m365.ExchangeVersions(), slices.Collect(maps.Keys(users))...)
	for _, r := range all {
		w.servers.grant(r)
	}
	w.people = w.staff()
	w.program = openProgram(t, w.settings())
	w.graph = w.add("graph", office)
	w.graph.readGraph(w.tenant)
	for _, r := range all {
		c := w.add(r.String(), office)
		c.register(w.people)
		c.readExchange(w.at(r.version, r.signin, r.account()))
		w.exchange[r] = &reader{c, r}
	}
	w.graph.read(len(w.people), "")
	for _, c := range w.exchange {
		c.read(len(w.people), wayOf[c.right])
	}
	return w
}

// wayOf is what the program calls the way that a right opens.
var wayOf = map[string]string{impersonation: "impersonation", owner: "fullAccess", reviewer: "reviewer", details: "details", times: "times"}

// grant gives an account its right.
func (s *servers) grant(r reading) {
	s.Helper()
	if r.right == impersonation {
		must(s.T, s.exchange[r.version].GrantImpersonation(r.account(), "*"))
		return
	}
	must(s.T, s.exchange[r.version].Grant(r.account(), m365.ExchangeRight(r.right)))
}

// compare holds the board of now and the days of everybody against those of Graph.
func (c *reader) compare(w *world, g guided) {
	c.Helper()
	until(c.T, c.name+" has the board of Graph", func() string {
		return gocmp.Diff(w.graph.board(), c.board())
	})
	told := g.events()
	for _, p := range w.people {
		if slices.Contains(told, p.DisplayName) && !g.full(p.DisplayName, c.reading) {
			continue // follows tells
		}
		if strings.HasPrefix(p.DisplayName, factual) && c.right == reviewer {
			continue // the private ones are as those of the guide
		}
		from, to := at(-2, 0, 0), at(8, 0, 0)
		if diff := differences(timeline(w.graph.day(p.DisplayName, from, to)), timeline(c.day(p.DisplayName, from, to))); diff != "" {
			c.Errorf("%s, %s:%s", c.name, p.DisplayName, diff)
		}
	}
}

// differences are the spans that only one has.
func differences(graph, exchange []span) string {
	var text strings.Builder
	for _, s := range graph {
		if !slices.Contains(exchange, s) {
			fmt.Fprintf(&text, "\n- %+v", s)
		}
	}
	for _, s := range exchange {
		if !slices.Contains(graph, s) {
			fmt.Fprintf(&text, "\n+ %+v", s)
		}
	}
	return text.String()
}

// board is what it shows of everybody, by name.
func (c *customer) board() map[string]client.State {
	c.Helper()
	page, err := c.Board(c.Context(), client.BoardQuery{Limit: 500})
	must(c.T, err)
	all := map[string]client.State{}
	for _, p := range page.Items {
		if p.State != nil {
			all[p.Name] = *p.State
		}
	}
	return all
}

// span is one of somebody's timeline, as it is compared.
type span struct {
	From, To        time.Time
	Activity, Layer string
	Inside, Outside string
	Until, Back     time.Time
	Kind, Note      string
	Subject, Place  string
	Open            bool
}

// timeline is what a day says.
func timeline(d client.Day) (all []span) {
	for _, s := range d.Spans {
		is := span{From: s.From, To: s.To, Activity: s.State.Activity, Layer: s.Layer, Inside: s.State.Text, Outside: s.State.Outside["sv"],
			Until: s.State.Until, Note: s.State.Note, Subject: s.State.Subject, Place: s.State.Place, Open: s.State.Open}
		if b := s.State.Back; b != nil {
			is.Kind, is.Back = b.Kind, b.At
		}
		all = append(all, is)
	}
	slices.SortFunc(all, func(a, b span) int { return cmp.Or(a.From.Compare(b.From), a.To.Compare(b.To)) })
	return all
}

func (s span) String() string {
	return fmt.Sprintf("%s to %s %q (%s) %s %s", s.From.In(stockholm).Format("Mon 15:04"), s.To.In(stockholm).Format("Mon 15:04"), s.Inside, s.Layer, s.Subject, s.Place)
}
