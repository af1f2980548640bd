package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/telefonist/telefonist/client"
	"github.com/telefonist/telefonist/language"
)

// reviewCommand is about what waits for a person.
type reviewCommand struct {
	List    reviewList    `cmd:"" default:"withargs" help:"List what waits: rounds, leavers, people to link, problems."`
	Approve reviewApprove `cmd:"" help:"Let a round that waits be applied, and follow it."`
	Drop    reviewDrop    `cmd:"" help:"Throw a round that waits away."`
	Undo    reviewUndo    `cmd:"" help:"Plan to take an applied round back."`
}

type reviewList struct{ customer }

// review is what waits for a person.
type review struct {
	Rounds []client.Round  `json:"rounds"`
	Left   []client.Person `json:"left"`
}

func (c *reviewList) Run(ctx context.Context, t *terminal) error {
	return c.in(ctx, t, func(s *session, o *client.Organization) error {
		all, err := o.Replicators(ctx)
		if err != nil {
			return err
		}
		found := review{Rounds: []client.Round{}, Left: []client.Person{}}
		for _, r := range all {
			if r.Open != nil && r.Open.Waits() {
				found.Rounds = append(found.Rounds, *r.Open)
			}
			if r.People["left"] == 0 {
				continue
			}
			page, err := o.People(ctx, r.ID, client.PeopleQuery{State: "left", Limit: firstChanges})
			if err != nil {
				return err
			}
			found.Left = append(found.Left, page.People...)
		}
		return show(s, found, func() { s.review(all, found) })
	})
}

func (s *session) review(all []client.Replicator, found review) {
	quiet := true
	for _, r := range all {
		if r.Open != nil && r.Open.Waits() {
			quiet = false
			s.outcome(r, *r.Open)
		}
		for _, state := range []string{"offered", "problems"} {
			if n := r.People[state]; n > 0 {
				quiet = false
				fmt.Fprintf(s.out, "%s: %s\n", printable(r.Name), s.words.T("tally."+state, language.Count("n", int(n))))
			}
		}
	}
	if len(found.Left) > 0 {
		quiet = false
		s.say("mail.left.lead")
		rows := s.table()
		for _, p := range found.Left {
			rows.row("  "+p.Name, why(p), p.ID)
		}
		rows.end()
		s.say("cli.left.next")
	}
	if quiet {
		s.say("cli.review.nothing")
	}
}

func why(p client.Person) string {
	if p.Why == nil {
		return ""
	}
	return p.Why.Text
}

// oneRound is embedded in commands about a round.
type oneRound struct {
	customer
	Replicator string `help:"Id or name of the directory sync; not needed where there is only one." placeholder:"NAME"`
	Round      string `arg:"" optional:"" help:"Its number or id; not needed where only one waits."`
}

// at runs work for the chosen round.
func (c oneRound) at(ctx context.Context, t *terminal, work func(*session, *client.Organization, client.Replicator, client.Round) error) error {
	return c.in(ctx, t, func(s *session, o *client.Organization) error {
		if c.Round == "" {
			r, round, err := s.waiting(ctx, o, c.Replicator)
			if err != nil {
				return err
			}
			return work(s, o, r, round)
		}
		r, round, err := s.numbered(ctx, o, c.Replicator, c.Round)
		if err != nil {
			return err
		}
		return work(s, o, r, round)
	})
}

// numbered finds a round by its id or by its number.
func (s *session) numbered(ctx context.Context, o *client.Organization, replicator, ref string) (r client.Replicator, round client.Round, err error) {
	number, err := strconv.ParseInt(ref, 10, 64)
	if err != nil {
		if round, err = o.Round(ctx, ref); err != nil {
			return r, round, err
		}
		r, err = o.Replicator(ctx, round.Replicator)
		return r, round, err
	}
	if r, err = s.replicator(ctx, o, replicator); err != nil {
		return r, round, err
	}
	q := client.RoundQuery{Replicator: r.ID, Limit: 500}
	for {
		page, err := o.Rounds(ctx, q)
		if err != nil {
			return r, round, err
		}
		for _, one := range page {
			if one.Number == number {
				return r, one, nil
			}
		}
		if len(page) < q.Limit {
			return r, round, s.failed("cli.unknown", language.Text("what", s.words.T("cli.the.round")), language.Text("name", ref))
		}
		q.Before = page[len(page)-1].Serial
	}
}

type reviewApprove struct{ oneRound }

func (c *reviewApprove) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, func(s *session, o *client.Organization, r client.Replicator, round client.Round) error {
		if err := o.Approve(ctx, round.ID); err != nil {
			return err
		}
		return s.finish(ctx, o, r, round.ID)
	})
}

// finish follows a round and tells how it ended.
func (s *session) finish(ctx context.Context, o *client.Organization, r client.Replicator, id string) error {
	round, err := s.follow(ctx, o, id)
	if err != nil {
		return err
	}
	if err := show(s, round, func() { s.outcome(r, round) }); err != nil {
		return err
	}
	return verdict(round)
}

type reviewDrop struct{ oneRound }

func (c *reviewDrop) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, func(s *session, o *client.Organization, r client.Replicator, round client.Round) error {
		if err := o.Drop(ctx, round.ID); err != nil {
			return err
		}
		return s.done("cli.round.dropped", language.Text("replicator", printable(r.Name)), language.Text("n", strconv.FormatInt(round.Number, 10)))
	})
}

type reviewUndo struct {
	ofReplicator
	Round string `arg:"" help:"Its number or id."`
}

func (c *reviewUndo) Run(ctx context.Context, t *terminal) error {
	return oneRound{c.customer, c.Replicator, c.Round}.at(ctx, t, func(s *session, o *client.Organization, r client.Replicator, round client.Round) error {
		id, err := o.Undo(ctx, round.ID)
		if err != nil {
			return err
		}
		if id == "" {
			return s.done("tally.nothing")
		}
		return s.finish(ctx, o, r, id)
	})
}
