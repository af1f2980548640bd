//go:build peers

package exchange

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/telefonist/telefonist/client"
	"github.com/telefonist/telefonist/m365"
)

// Everything that the first table of the guide tells of, in calendars of their own.
// Those whose name says so are private, have others invited, or last from midnight to
// midnight without being all-day.
const factual, private, others, midnight = "Fakta", "privat", "andra", "midnatt"

func (s *servers) facts() map[string]m365.Event {
	erik := []string{s.erik()}
	one := func(e m365.Event) m365.Event {
		if e.Start.IsZero() {
			e.Start, e.End = at(1, 9, 0), at(1, 15, 30)
		}
		return e
	}
	return map[string]m365.Event{
		factual + " egen":            one(m365.Event{Subject: "ABC: ett", Location: "Vättern", Categories: []string{"Röd"}}),
		factual + " frånvarande":     one(m365.Event{Subject: "två", ShowAs: "oof"}),
		factual + " andra":           one(m365.Event{Subject: "ABC: tre", Attendees: erik, Categories: []string{"Blå"}}),
		factual + " andra inbjuden":  one(m365.Event{Subject: "fyra", Organizer: s.erik(), Response: m365.Accepted, Location: "Mälaren"}),
		factual + " andra kanske":    one(m365.Event{Subject: "fem", Organizer: s.erik(), Response: m365.TentativelyAccepted, ShowAs: "tentative"}),
		factual + " privat":          one(m365.Event{Subject: "ABC: sex", Location: "Hjälmaren", Sensitivity: "private", Categories: []string{"Röd"}}),
		factual + " heldag":          one(m365.Event{Subject: "sju", AllDay: true, ShowAs: "oof", Start: at(1, 0, 0), End: at(2, 0, 0)}),
		factual + " midnatt till":    one(m365.Event{Subject: "åtta", ShowAs: "busy", Start: at(1, 0, 0), End: at(2, 0, 0)}),
		factual + " ledig":           one(m365.Event{Subject: "nio", ShowAs: "free"}),
		factual + " privat heldag":   one(m365.Event{Subject: "tio", AllDay: true, Sensitivity: "private", ShowAs: "busy", Start: at(1, 0, 0), End: at(2, 0, 0)}),
		factual + " andra personlig": one(m365.Event{Subject: "elva", Attendees: erik, ShowAs: "oof"}),
	}
}

// questions are rules by which the program says what it knows of each fact: with
// another activity for each answer, and none where it does not know.
func questions() map[string][]client.ActivityRule {
	ask := func(ifs ...client.RuleCondition) (rules []client.ActivityRule) {
		for i, c := range ifs {
			rules = append(rules, client.ActivityRule{ID: fmt.Sprint("q", i), If: c, Then: []string{"meeting", "lunch", "busy", "out", "holiday"}[i]})
		}
		return rules
	}
	return map[string][]client.ActivityRule{
		"status":  ask(client.RuleCondition{ShowAs: "busy"}, client.RuleCondition{ShowAs: "oof"}, client.RuleCondition{ShowAs: "tentative"}, client.RuleCondition{ShowAs: "free"}),
		"days":    ask(client.RuleCondition{AllDay: "yes"}, client.RuleCondition{AllDay: "no"}),
		"others":  ask(client.RuleCondition{Others: "yes"}, client.RuleCondition{Others: "no"}),
		"private": ask(client.RuleCondition{Private: "yes"}, client.RuleCondition{Private: "no"}),
		"own":     ask(client.RuleCondition{Own: "yes"}, client.RuleCondition{Own: "no"}),
		"response": ask(client.RuleCondition{Response: "organizer"}, client.RuleCondition{Response: "accepted"},
			client.RuleCondition{Response: "tentativelyAccepted"}),
		"subject":    ask(client.RuleCondition{Prefix: "ABC"}),
		"categories": ask(client.RuleCondition{Category: "Röd"}, client.RuleCondition{Category: "Blå"}),
	}
}

// answers are what the program knows of each fact of each event, "" for nothing.
func (c *customer) answers(people []string) map[string]map[string]string {
	c.Helper()
	all := map[string]map[string]string{}
	asked := questions()
	for n, fact := range slices.Sorted(maps.Keys(asked)) {
		since := time.Now()
		c.set(func(s *client.CalendarSettings) {
			s.Preset, s.Privacy.Private, s.Rules = "none", "everything", asked[fact]
			// What is kept is the same whatever is asked.
			s.Rules = append(s.Rules, client.ActivityRule{ID: "keep", If: client.RuleCondition{Prefix: "ABC", Category: "Röd", Word: "ingenting"}},
				client.ActivityRule{ID: "keep2", If: client.RuleCondition{Category: "Blå", Word: "ingenting"}})
		})
		if n == 0 {
			c.readSince(since, people)
		}
		told := []string{fact}
		if fact == "days" { // of which every event has an answer
			told = append(told, "times", "place")
		}
		for _, fact := range told {
			all[fact] = map[string]string{}
			for _, name := range people {
				all[fact][name] = c.answer(fact, name)
			}
		}
	}
	return all
}

// readSince waits until people have been read again, for what is kept now.
func (c *customer) readSince(since time.Time, people []string) {
	c.Helper()
	until(c.T, c.name+" has read what is asked for", func() string {
		boxes := c.mailboxes()
		for _, name := range people {
			if !boxes[name].Read.After(since) {
				return name
			}
		}
		return ""
	})
}

func (c *customer) answer(fact, name string) string {
	c.Helper()
	noon := at(1, 12, 0)
	for _, s := range c.day(name, at(0, 0, 0), at(3, 0, 0)).Spans {
		switch {
		case s.From.After(noon) || !noon.Before(s.To) || s.Layer != "calendar":
		case fact == "times":
			return s.From.Format(time.RFC3339) + "/" + s.To.Format(time.RFC3339)
		case fact == "place":
			return s.State.Place
		default:
			return s.State.Activity
		}
	}
	return ""
}

// knows holds what is known of each fact against the guide.
func (c *reader) knows(g guided, graph map[string]map[string]string) {
	c.Helper()
	people := slices.Sorted(maps.Keys(graph["times"]))
	got := c.answers(people)
	column := 2 + max(0, slices.Index([]string{details, times}, c.right)+1)
	for _, row := range g.facts {
		fact := row[0]
		if graph[fact] == nil {
			c.Fatalf("the guide tells of %q, for which nobody asks", fact)
		}
		cell := cellOf(people, graph[fact], got[fact])
		if cell != row[column] {
			c.Errorf("%s knows %q: %s, and the guide says %s\nGraph:    %v\nExchange: %v", c.name, fact, cell, row[column], graph[fact], got[fact])
		}
	}
	if len(g.facts) != len(graph) {
		c.Errorf("the guide tells of %d facts, not of %d", len(g.facts), len(graph))
	}
}

// cellOf is the word of the guide for what differs, or what it has no word for.
func cellOf(people []string, graph, got map[string]string) string {
	only := func(word, differs string) bool {
		for _, p := range people {
			named := strings.Contains(p, word)
			if !named && got[p] != graph[p] || named && got[p] != differs {
				return false
			}
		}
		return true
	}
	same := map[string]bool{}
	for _, p := range people {
		same[got[p]] = true
	}
	switch {
	case maps.Equal(graph, got):
		return "ja"
	case len(same) == 1:
		return "nej"
	case only(midnight, "meeting"):
		return "från midnatt"
	case only(private, ""):
		return "inte privata"
	case only(others, ""):
		return "ingen inbjuden"
	}
	return "något annat"
}
