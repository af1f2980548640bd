package reconcile

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/plan"
	"github.com/telefonist/telefonist/store"
)

// What a round counts.
const (
	CountChanges  = "changes"
	CountCreate   = "create"
	CountUpdate   = "update"
	CountLink     = "link"
	CountUnlink   = "unlink"
	CountRemove   = "remove"
	CountLeft     = "left"
	CountReturned = "returned"
	CountOffered  = "offered"
	CountOutside  = "outside"
	CountProblems = "problems"
	CountLinked   = "linked"
	CountRead     = "read"
	CountDone     = "done"
	CountSkipped  = "skipped"
	CountFailed   = "failed"
)

// Steps of a round that are kept among its changes but send nothing: somebody
// has left, or is back; an entry that the register no longer has is let go.
const (
	KindLeave  pbx.Kind = "leave"
	KindReturn pbx.Kind = "return"
	KindForget pbx.Kind = "forget"
)

// keep writes the plan down: its changes, what it counts, and, unless it was
// stopped by a limit, where everybody stands and the ledger's corrections. Then
// the round waits, or goes on to apply.
func (t *task) keep(ctx context.Context, p plan.Plan, people int, held []pbx.Reason) error {
	total, err := t.keepChanges(ctx, p)
	if err != nil {
		return fmt.Errorf("keep plan: %w", err)
	}
	t.round.Counts = counts(p)
	t.round.Counts[CountRead] = int64(people)
	t.round.Held = held
	stopped := stops(held)
	if !stopped {
		if err := t.keepStandings(ctx, p); err != nil {
			return err
		}
	}
	next := store.Applying
	switch {
	case stopped:
		next = store.Held
	case len(held) > 0:
		next = store.Waiting
	}
	was := t.round.State
	t.round.State, t.round.Progress, t.round.Total = next, 0, total
	err = t.org.Tx(ctx, func(o store.Org) error {
		if err := o.SetRound(ctx, t.round, was); err != nil || stopped {
			return err // a stopped one is planned anew from the same place once it is dropped
		}
		return o.Planned(ctx, t.replicator.ID, t.read.seq, t.replicator.Generation, t.replicator.Approved, time.Time{})
	})
	if err != nil {
		t.round.State = was
		return fmt.Errorf("keep plan: %w", err)
	}
	return nil
}

// some is how many rows are made at a time: a plan of everybody is large.
const some = 1000

// keepChanges writes the plan's changes down and counts them. What a process that
// was stopped had written goes first.
func (t *task) keepChanges(ctx context.Context, p plan.Plan) (total int64, err error) {
	if t.resumed {
		if err := t.org.DropChanges(ctx, t.round.ID); err != nil {
			return 0, err
		}
	}
	rows := make([]store.Change, 0, some)
	for c := range steps(p) {
		total++
		rows = append(rows, store.Change{Change: c, Position: total, State: store.Pending})
		if len(rows) == some {
			if err := t.org.PutChanges(ctx, t.round.ID, rows); err != nil {
				return total, err
			}
			rows = rows[:0]
		}
	}
	return total, t.org.PutChanges(ctx, t.round.ID, rows)
}

// stops is true where a limit or an empty answer holds the plan, and not only
// that it is the first.
func stops(held []pbx.Reason) bool {
	for _, why := range held {
		if why.Code != "first" {
			return true
		}
	}
	return false
}

// keepStandings writes where people stand; those for whom a create or link is
// planned are written when it is made, or dropped.
func (t *task) keepStandings(ctx context.Context, p plan.Plan) error {
	planned := map[string]bool{}
	for _, c := range p.Changes {
		if c.Kind == pbx.Create || c.Kind == pbx.Link {
			planned[c.Person] = true
		}
	}
	standings := make([]store.Standing, 0, min(some, len(p.Standings)))
	for part := range slices.Chunk(p.Standings, some) {
		standings = standings[:0]
		for _, s := range part {
			if planned[s.Person] && s.State == plan.Linked {
				s.State, s.Why = plan.Offered, pbx.Reason{Code: "planned"}
			}
			standings = append(standings, standingRow(s))
		}
		if _, err := t.org.PutStandings(ctx, t.replicator.ID, standings); err != nil {
			return fmt.Errorf("keep standings: %w", err)
		}
	}
	if t.round.Whole {
		here := make(map[string]bool, len(p.Standings))
		for _, s := range p.Standings {
			here[s.Person] = true
		}
		if err := t.org.KeepStandings(ctx, t.replicator.ID, func(person string) bool { return here[person] }); err != nil {
			return fmt.Errorf("keep standings: %w", err)
		}
	}
	ledger := make([]store.Link, len(p.Ledger))
	for i, c := range p.Ledger {
		ledger[i] = store.Link{Register: t.replicator.Register, Subscriber: c.Subscriber, Written: c.Written}
	}
	if err := t.org.SetLedger(ctx, ledger); err != nil {
		return fmt.Errorf("correct ledger: %w", err)
	}
	return nil
}

func standingRow(s plan.Standing) store.Standing {
	row := store.Standing{Person: s.Person, Name: s.Name, State: store.StandingState(s.State), Why: s.Why, Problems: s.Problems}
	for _, g := range s.Suggestions {
		row.Suggestions = append(row.Suggestions, store.Suggestion{
			Subscriber: g.Subscriber.ID, Name: g.Subscriber.Name(), Extension: g.Subscriber.Get(pbx.Extension), Reason: g.Reason, Sure: g.Sure,
		})
	}
	return row
}

// steps are the changes that are kept of a plan: those to be written first, then
// who has left, is back, or lost his entry.
func steps(p plan.Plan) iter.Seq[pbx.Change] {
	return func(yield func(pbx.Change) bool) {
		for _, c := range p.Changes {
			if !yield(c) {
				return
			}
		}
		for _, l := range p.Leavers {
			c := pbx.Change{Kind: KindLeave, Person: l.Person, Name: l.Name, Subscriber: l.Subscriber, Reason: pbx.Reason{Code: string(l.Is)}}
			if l.Is == plan.Present {
				c.Kind, c.Reason = KindReturn, pbx.Reason{Code: "returned"}
			}
			if !yield(c) {
				return
			}
		}
		for _, l := range p.Lost {
			c := pbx.Change{Kind: KindForget, Person: l.Person, Subscriber: l.Subscriber.ID, Reason: pbx.Reason{Code: "removedHere"}}
			if l.Creating {
				c.Reason.Code = "abandoned"
			}
			if !yield(c) {
				return
			}
		}
	}
}

func counts(p plan.Plan) map[string]int64 {
	n := map[string]int64{CountChanges: int64(len(p.Changes) + len(p.Lost))}
	for _, c := range p.Changes {
		n[string(c.Kind)]++
	}
	for _, l := range p.Leavers {
		if l.Is == plan.Present {
			n[CountReturned]++
		} else if l.Was == plan.Present {
			n[CountLeft]++
		}
	}
	for _, s := range p.Standings {
		switch s.State {
		case plan.Offered:
			n[CountOffered]++
		case plan.Linked:
			n[CountLinked]++
		case plan.Outside:
			n[CountOutside]++
		}
		if len(s.Problems) > 0 {
			n[CountProblems]++
		}
	}
	return n
}
