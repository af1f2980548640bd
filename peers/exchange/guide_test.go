//go:build peers

package exchange

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/telefonist/telefonist/client"
	"github.com/telefonist/telefonist/m365"
)

// guided are the tables of the guide that say what differs by right and by version.
type guided struct{ facts, outcomes, versions [][]string }

func guide(t *testing.T) guided {
	t.Helper()
	text, err := os.ReadFile("../../docs/exchange.sv.md")
	must(t, err)
	table := func(name string) (rows [][]string) {
		_, after, ok := strings.Cut(string(text), "<!-- "+name+" -->\n\n")
		if !ok {
			t.Fatalf("the guide has no table %s", name)
		}
		for line := range strings.Lines(after) {
			if !strings.HasPrefix(line, "|") {
				break
			}
			row := strings.Split(strings.Trim(line, "| \n"), " | ")
			for i := range row {
				row[i] = strings.Trim(row[i], "`")
			}
			rows = append(rows, row)
		}
		return rows[2:]
	}
	return guided{table("facts"), table("outcomes"), table("versions")}
}

// events are all that the guide tells of, each once.
func (g guided) events() (all []string) {
	for _, row := range g.outcomes {
		all = append(all, row[1])
	}
	for _, row := range g.versions {
		all = append(all, row[2])
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// says is what the guide says that a list of rules makes of an event; false where it
// doesn't say.
func (g guided) says(list, told string, r reading) (string, bool) {
	column := slices.Index([]string{string(m365.Exchange2007SP1), string(m365.Exchange2010SP2), string(m365.Exchange2013SP1)}, string(r.version))
	if column < 0 {
		column = 3
	}
	for _, row := range g.versions {
		if row[0] == list && row[2] == told && (row[1] == "alla" || row[1] == r.right) {
			return row[4+column], true
		}
	}
	column = max(0, slices.Index([]string{details, times}, r.right)+1)
	for _, row := range g.outcomes {
		if row[0] == list && row[1] == told {
			return row[3+column], true
		}
	}
	return "", false
}

// follows has a customer follow one list of rules after the other, and holds what it
// makes of each event against the guide.
func (c *reader) follows(g guided) {
	c.Helper()
	for _, list := range []string{"both", "prefix", "status"} {
		c.set(func(s *client.CalendarSettings) { s.Preset = list })
		for _, told := range g.events() {
			want, said := g.says(list, told, c.reading)
			if !said {
				continue
			}
			if got := c.outcome(told); got != want {
				c.Errorf("%s: %q of %s becomes %q, and the guide says %q", c.name, told, list, got, want)
			}
		}
	}
}

// outcome is what the calendar makes of a day on which one thing stands; a dash is
// nothing.
func (c *customer) outcome(told string) string {
	c.Helper()
	noon := at(1, 12, 0)
	for _, s := range c.day(told, noon.Add(-time.Hour), noon.Add(time.Hour)).Spans {
		if s.From.After(noon) || !noon.Before(s.To) {
			continue
		}
		if s.Layer != "calendar" {
			return "–"
		}
		return s.State.Names["sv"]
	}
	return ""
}

// full is true where the guide knows of nothing by which an event differs from what
// Graph says of it, by this way of reading.
func (g guided) full(told string, r reading) bool {
	for _, row := range g.versions {
		list, event := row[0], row[2]
		if event != told {
			continue
		}
		full, _ := guided{outcomes: g.outcomes}.says(list, told, reading{r.version, r.signin, impersonation})
		if is, _ := g.says(list, told, r); is != full {
			return false
		}
	}
	return true
}
