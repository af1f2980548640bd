package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/telefonist/telefonist/client"
	"github.com/telefonist/telefonist/language"
)

// syncCommand runs directory syncs now.
type syncCommand struct {
	oneReplicator
	Whole bool `help:"Read everybody anew and compare everybody."`
}

// Run starts a round of the chosen directory sync, or of each, and follows it
// until it is over or waits for a person.
func (c *syncCommand) Run(ctx context.Context, t *terminal) error {
	return c.in(ctx, t, func(s *session, o *client.Organization) error {
		all, err := o.Replicators(ctx)
		if err != nil {
			return err
		}
		if c.Replicator != "" || len(all) == 0 {
			one, err := s.replicator(ctx, o, c.Replicator)
			if err != nil {
				return err
			}
			all = []client.Replicator{one}
		}
		var rounds []client.Round
		for _, r := range all {
			if r.Paused && c.Replicator == "" {
				continue
			}
			round, err := s.run(ctx, o, r, c.Whole)
			if err != nil {
				return err
			}
			if !s.json {
				s.outcome(r, round)
			}
			rounds = append(rounds, round)
		}
		if err := show(s, rounds, func() {}); err != nil {
			return err
		}
		return verdict(rounds...)
	})
}

// verdict fails where a round has.
func verdict(rounds ...client.Round) error {
	for _, r := range rounds {
		if r.State == "failed" {
			return errSaid
		}
	}
	return nil
}

// glance is how often a round is looked at.
const glance = 250 * time.Millisecond

// run starts a round and follows it.
func (s *session) run(ctx context.Context, o *client.Organization, r client.Replicator, whole bool) (client.Round, error) {
	newest := client.RoundQuery{Replicator: r.ID, Cause: "hand", Limit: 1}
	before, err := o.Rounds(ctx, newest)
	if err != nil {
		return client.Round{}, err
	}
	if err := o.RunReplicator(ctx, r.ID, whole); err != nil {
		return client.Round{}, err
	}
	for {
		now, err := o.Rounds(ctx, newest)
		if err != nil {
			return client.Round{}, err
		}
		if len(now) > 0 && (len(before) == 0 || now[0].Serial > before[0].Serial) {
			return s.follow(ctx, o, now[0].ID)
		}
		if err := pause(ctx); err != nil {
			return client.Round{}, err
		}
	}
}

func pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(glance):
		return nil
	}
}

// follow looks at a round until it is over or waits for a person.
func (s *session) follow(ctx context.Context, o *client.Organization, id string) (client.Round, error) {
	bar := progress{s: s, on: isTerminal(s.err) && !s.json}
	defer bar.clear()
	for {
		round, err := o.Round(ctx, id)
		if err != nil || round.Over() || round.Waits() {
			return round, err
		}
		bar.draw(round)
		if err := pause(ctx); err != nil {
			return round, err
		}
	}
}

// outcome says how a round ended, and what to do where it waits.
func (s *session) outcome(r client.Replicator, round client.Round) {
	s.round(r, round)
	if round.Waits() {
		s.say("cli.round.next")
	}
}

// progress is a bar on a terminal; nothing anywhere else.
type progress struct {
	s     *session
	on    bool
	drawn int // runes of the line that stands there
}

func (p *progress) draw(r client.Round) {
	if !p.on {
		return
	}
	const width = 30
	text := p.s.words.T("round." + r.State)
	if r.Total > 0 {
		full := int(min(r.Progress, r.Total) * width / r.Total)
		text = fmt.Sprintf("[%s%s] %s/%s %s", strings.Repeat("█", full), strings.Repeat("░", width-full),
			p.s.words.Number(int(r.Progress)), p.s.words.Number(int(r.Total)), text)
	} else if r.Progress > 0 {
		text += " " + p.s.words.T("people.count", language.Count("n", int(r.Progress)))
	}
	length := len([]rune(text))
	fmt.Fprintf(p.s.err, "\r%s%s", text, strings.Repeat(" ", max(p.drawn-length, 0)))
	p.drawn = length
}

func (p *progress) clear() {
	if p.drawn > 0 {
		fmt.Fprintf(p.s.err, "\r%s\r", strings.Repeat(" ", p.drawn))
	}
}
