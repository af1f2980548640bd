package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/telefonist/telefonist/client"
	"github.com/telefonist/telefonist/language"
)

// planCommand shows what would be done.
type planCommand struct {
	oneReplicator
	All    bool   `help:"Print every change, not only the first hundred."`
	Search string `help:"Only changes of those whose name holds this." placeholder:"TEXT"`
	settingsFlags
}

// firstChanges is how many changes a person is shown unless he asks for all.
const firstChanges = 100

// Run shows the round that waits or, where settings are given, whom those would
// take; nothing is changed.
func (c *planCommand) Run(ctx context.Context, t *terminal) error {
	return c.in(ctx, t, func(s *session, o *client.Organization) error {
		if c.given() {
			return c.preview(ctx, s, o)
		}
		r, round, err := s.waiting(ctx, o, c.Replicator)
		if err != nil {
			return err
		}
		limit := firstChanges
		if c.All || s.json {
			limit = int(max(round.Counts["changes"], firstChanges)) + 1
		}
		changes, err := allChanges(ctx, o, round.ID, client.ChangeQuery{Search: c.Search}, limit)
		if err != nil {
			return err
		}
		type plan struct {
			Round   client.Round    `json:"round"`
			Changes []client.Change `json:"changes"`
		}
		return show(s, plan{round, changes}, func() {
			s.round(r, round)
			for _, change := range changes {
				s.change(change)
			}
			if rest := int(round.Counts["changes"]) - len(changes); rest > 0 && c.Search == "" {
				s.say("mail.more", language.Count("n", rest))
			}
		})
	})
}

// allChanges reads pages until it has so many changes.
func allChanges(ctx context.Context, o *client.Organization, round string, q client.ChangeQuery, limit int) ([]client.Change, error) {
	all := []client.Change{}
	for len(all) < limit {
		q.Limit = min(limit-len(all), 500)
		page, err := o.Changes(ctx, round, q)
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		if len(page) < q.Limit {
			break
		}
		q.After = page[len(page)-1].Position
	}
	return all, nil
}

// waiting finds the directory sync that ref names, or the only one of which a
// round waits, and that round.
func (s *session) waiting(ctx context.Context, o *client.Organization, ref string) (client.Replicator, client.Round, error) {
	all, err := o.Replicators(ctx)
	if err != nil {
		return client.Replicator{}, client.Round{}, err
	}
	if ref == "" {
		all = slices.DeleteFunc(all, func(r client.Replicator) bool { return r.Open == nil || !r.Open.Waits() })
	}
	kind := "cli.the.waiting"
	if ref != "" {
		kind = "cli.the.replicator"
	}
	r, err := choose(s, kind, all, ref, func(r client.Replicator) thing { return thing{r.ID, r.Name, r.ID} })
	if err == nil && (r.Open == nil || !r.Open.Waits()) {
		err = s.failed("cli.the.waiting.none")
	}
	if err != nil {
		return r, client.Round{}, err
	}
	return r, *r.Open, nil
}

// round prints what a round is, why it waits and what it does.
func (s *session) round(r client.Replicator, round client.Round) {
	s.say("cli.round", language.Text("replicator", printable(r.Name)), language.Text("n", strconv.FormatInt(round.Number, 10)),
		language.Text("state", s.words.T("round."+round.State)))
	if round.Waits() {
		for _, why := range round.Held {
			fmt.Fprintln(s.out, "  "+why.Text)
		}
	}
	if round.Failure != nil {
		fmt.Fprintln(s.out, "  "+round.Failure.Text)
	}
	fmt.Fprintln(s.out, "  "+s.tally(round.Counts))
}

// tally says what a round does or did.
func (s *session) tally(counts map[string]int64) string {
	var parts []string
	for _, k := range []string{"create", "update", "link", "unlink", "remove", "left", "offered", "problems", "skipped", "failed"} {
		if n := counts[k]; n > 0 {
			parts = append(parts, s.words.T("tally."+k, language.Count("n", int(n))))
		}
	}
	if parts == nil {
		return s.words.T("tally.nothing")
	}
	return strings.Join(parts, ", ")
}

// change prints one with its reason, when it was made, and each field before and
// after.
func (s *session) change(c client.Change) {
	fmt.Fprintf(s.out, "\n%s: %s. %s", s.words.T("act."+c.Kind), printable(c.Name), printable(c.Reason.Text))
	if c.State != "pending" && c.State != "" {
		fmt.Fprintf(s.out, " (%s, %s)", s.words.T("outcome."+c.State), s.when(c.At))
	}
	fmt.Fprintln(s.out)
	if c.Answer != nil {
		fmt.Fprintln(s.out, "    "+printable(c.Answer.Text))
	}
	if c.Blanked {
		fmt.Fprintln(s.out, "    "+s.words.T("outcome.blanked"))
	}
	rows := s.table()
	for _, field := range slices.Sorted(maps.Keys(c.After)) {
		if c.Kind == "create" {
			rows.row("    "+s.field(field), c.After[field])
			continue
		}
		rows.row("    "+s.field(field), s.value(c.Before[field]), "→", s.value(c.After[field]))
	}
	rows.end()
}

func (s *session) field(name string) string {
	if key := "subscriber." + name; s.words.Has(key) {
		return s.words.T(key)
	}
	return name
}

func (s *session) value(text string) string {
	if text == "" {
		return s.words.T("word.empty")
	}
	return text
}

// preview says whom a directory sync would take with these settings.
func (c *planCommand) preview(ctx context.Context, s *session, o *client.Organization) error {
	r, err := s.replicator(ctx, o, c.Replicator)
	if err != nil {
		return err
	}
	if err := c.over(ctx, s, o, r.Source, &r.Settings, &r.Schedule); err != nil {
		return err
	}
	p, err := o.Preview(ctx, r.Source, r.Settings)
	if err != nil {
		return err
	}
	return show(s, p, func() {
		if !p.Read {
			s.say("cli.preview.notread")
			return
		}
		s.say("cli.preview.in", language.Count("n", p.In))
		rows := s.table()
		for _, why := range slices.Sorted(maps.Keys(p.Out)) {
			rows.row("  "+s.outside(why), strconv.Itoa(p.Out[why]))
		}
		rows.end()
		sample := s.table("cli.name", "subscriber.extension", "subscriber.mobile", "subscriber.mail", "cli.problems")
		for _, who := range p.Sample {
			sample.row(who.Name, who.Wanted["extension"], who.Wanted["mobile"], who.Wanted["mail"], texts(who.Problems))
		}
		sample.end()
	})
}

// outside is why someone is left out, in a word or two.
func (s *session) outside(why string) string {
	for _, key := range []string{"kinds." + why, "cli.outside." + why} {
		if s.words.Has(key) {
			return s.words.T(key)
		}
	}
	return why
}

func texts(reasons []client.Reason) string {
	var all []string
	for _, r := range reasons {
		all = append(all, r.Text)
	}
	return strings.Join(all, " ")
}
