package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/telefonist/telefonist/client"
	"github.com/telefonist/telefonist/language"
)

// peopleCommand is about where people stand.
type peopleCommand struct {
	List     peopleList     `cmd:"" default:"withargs" help:"List people, by tab and name."`
	Link     peopleLink     `cmd:"" help:"Tie a person to a subscriber."`
	Create   peopleCreate   `cmd:"" help:"Make a subscriber for each."`
	Ignore   peopleIgnore   `cmd:"" help:"Take no notice of them."`
	Unignore peopleUnignore `cmd:"" help:"Take notice of them again."`
	Unlink   peopleUnlink   `cmd:"" help:"Untie them; their subscribers stay."`
	Remove   peopleRemove   `cmd:"" help:"Take the subscribers of people who have left away; waits for approval."`
	Keep     peopleKeep     `cmd:"" help:"Keep the subscribers of people who have left, as local ones."`
}

// tabs are the texts of where people stand.
var tabs = map[string]string{
	"offered": "tab.available", "linked": "tab.linked", "ignored": "tab.ignored", "left": "tab.left",
	"problems": "tab.problems", "outside": "tab.outside", "elsewhere": "tab.elsewhere",
}

// ofReplicator is embedded in commands about a directory sync's people.
type ofReplicator struct {
	customer
	Replicator string `help:"Id or name of the directory sync; not needed where there is only one." placeholder:"NAME"`
}

func (c ofReplicator) at(ctx context.Context, t *terminal, work func(*session, *client.Organization, client.Replicator) error) error {
	return oneReplicator(c).at(ctx, t, work)
}

type peopleList struct {
	ofReplicator
	Tab    string `help:"offered, linked, ignored, left, problems, outside or elsewhere." enum:",offered,linked,ignored,left,problems,outside,elsewhere" default:""`
	Search string `help:"Part of a name." placeholder:"TEXT"`
	All    bool   `help:"Print everybody, not only the first hundred."`
}

func (c *peopleList) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, func(s *session, o *client.Organization, r client.Replicator) error {
		found, err := o.People(ctx, r.ID, client.PeopleQuery{State: c.Tab, Search: c.Search, Limit: firstChanges})
		if err != nil {
			return err
		}
		for next := found.Next; next != "" && c.All; {
			page, err := o.People(ctx, r.ID, client.PeopleQuery{State: c.Tab, Search: c.Search, After: next, Limit: 500})
			if err != nil {
				return err
			}
			found.People, next = append(found.People, page.People...), page.Next
			found.Next = next
		}
		return show(s, found, func() { s.people(found) })
	})
}

func (s *session) people(found client.People) {
	var counts []string
	for _, state := range []string{"offered", "linked", "ignored", "left", "problems", "outside", "elsewhere"} {
		if n := found.Counts[state]; n > 0 {
			counts = append(counts, fmt.Sprintf("%s (%s): %s", s.words.T(tabs[state]), state, s.words.Number(int(n))))
		}
	}
	fmt.Fprintln(s.out, strings.Join(counts, ", "))
	if len(found.People) == 0 {
		s.say("people.nothingFound")
		return
	}
	rows := s.table("cli.name", "cli.state", "subscriber.extension", "cli.why", "cli.id")
	for _, p := range found.People {
		rows.row(p.Name, s.words.T(tabs[p.State]), extensions(p), s.remark(p), p.ID)
	}
	rows.end()
	if found.Next != "" {
		s.say("cli.people.more")
	}
}

func extensions(p client.Person) string {
	var all []string
	for _, l := range p.Links {
		if e := l.Written["extension"]; e != "" {
			all = append(all, e)
		}
	}
	return strings.Join(all, ", ")
}

// remark is what there is to know about a person: why, what is wrong, who he may be.
func (s *session) remark(p client.Person) string {
	parts := []string{why(p), texts(p.Problems)}
	for _, g := range p.Suggestions {
		who := strings.TrimSpace(g.Name + " " + g.Extension)
		parts = append(parts, s.words.T("people.suggestions")+" "+who+" ("+g.Reason.Text+")")
	}
	return strings.TrimSpace(strings.Join(parts, " "))
}

// person finds one by object id, address or name.
func (s *session) person(ctx context.Context, o *client.Organization, r client.Replicator, ref string) (client.Person, error) {
	q := client.PeopleQuery{Search: ref, Limit: 500}
	if objectID.MatchString(ref) {
		return client.Person{ID: ref, Name: ref}, nil
	}
	if strings.Contains(ref, "@") {
		told, err := o.Explain(ctx, ref)
		if err != nil {
			return client.Person{}, err
		}
		for _, e := range told {
			if e.Replicator == r.ID {
				return client.Person{ID: e.ID, Name: e.Name, Suggestions: e.Suggestions}, nil
			}
		}
	}
	page, err := o.People(ctx, r.ID, q)
	if err != nil {
		return client.Person{}, err
	}
	if len(page.People) == 1 {
		return page.People[0], nil
	}
	return choose(s, "cli.the.person", page.People, ref, func(p client.Person) thing { return thing{p.ID, p.Name, p.ID} })
}

type peopleLink struct {
	ofReplicator
	Person     string `arg:"" help:"Object id, address or name."`
	Subscriber string `arg:"" optional:"" help:"Id, extension or name; not needed where only one is suggested."`
}

func (c *peopleLink) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, func(s *session, o *client.Organization, r client.Replicator) error {
		p, err := s.person(ctx, o, r, c.Person)
		if err != nil {
			return err
		}
		to, err := s.subscriber(ctx, o, p, c.Subscriber)
		if err != nil {
			return err
		}
		return s.decide(ctx, o, r, client.Decision{Do: "link", Person: p.ID, Subscriber: to})
	})
}

// subscriber finds the one to tie a person to.
func (s *session) subscriber(ctx context.Context, o *client.Organization, p client.Person, ref string) (string, error) {
	if ref == "" {
		if len(p.Suggestions) == 0 {
			told, err := o.Explain(ctx, p.ID)
			if err != nil {
				return "", err
			}
			p.Suggestions = told[0].Suggestions
		}
		g, err := choose(s, "cli.the.suggestion", p.Suggestions, "", func(g client.Suggestion) thing { return thing{g.Subscriber, g.Name, g.Extension} })
		return g.Subscriber, err
	}
	found, err := o.Subscriber(ctx, ref)
	if err == nil || !client.IsStatus(err, 404) {
		return found.ID, err
	}
	page, err := o.Subscribers(ctx, client.SubscriberQuery{Search: ref, Limit: 100})
	if err != nil {
		return "", err
	}
	found, err = choose(s, "cli.the.subscriber", page.Subscribers, ref, func(e client.Subscriber) thing { return thing{e.ID, e.Name, e.Fields["extension"]} })
	return found.ID, err
}

// decide does what was decided, and follows the round that does it.
func (s *session) decide(ctx context.Context, o *client.Organization, r client.Replicator, decisions ...client.Decision) error {
	id, err := o.Decide(ctx, r.ID, decisions...)
	if err != nil {
		return err
	}
	if id == "" {
		return s.done("people.decided", language.Count("n", len(decisions)))
	}
	return s.finish(ctx, o, r, id)
}

// several is embedded in decisions about any number of people.
type several struct {
	ofReplicator
	Person []string `arg:"" help:"Object ids, addresses or names."`
}

func (c several) decide(ctx context.Context, t *terminal, what string) error {
	return c.at(ctx, t, func(s *session, o *client.Organization, r client.Replicator) error {
		var all []client.Decision
		for _, ref := range c.Person {
			p, err := s.person(ctx, o, r, ref)
			if err != nil {
				return err
			}
			all = append(all, client.Decision{Do: what, Person: p.ID})
		}
		return s.decide(ctx, o, r, all...)
	})
}

type (
	peopleCreate   struct{ several }
	peopleIgnore   struct{ several }
	peopleUnignore struct{ several }
	peopleUnlink   struct{ several }
	peopleRemove   struct{ several }
	peopleKeep     struct{ several }
)

func (c *peopleCreate) Run(ctx context.Context, t *terminal) error {
	return c.decide(ctx, t, "create")
}

func (c *peopleIgnore) Run(ctx context.Context, t *terminal) error {
	return c.decide(ctx, t, "ignore")
}

func (c *peopleUnignore) Run(ctx context.Context, t *terminal) error {
	return c.decide(ctx, t, "unignore")
}

func (c *peopleUnlink) Run(ctx context.Context, t *terminal) error {
	return c.decide(ctx, t, "unlink")
}

func (c *peopleRemove) Run(ctx context.Context, t *terminal) error {
	return c.decide(ctx, t, "remove")
}

func (c *peopleKeep) Run(ctx context.Context, t *terminal) error {
	return c.decide(ctx, t, "keep")
}
