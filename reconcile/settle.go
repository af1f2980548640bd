package reconcile

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/store"
)

// settle writes what became of a batch: links, ledger, standings, changes.
func (t *task) settle(ctx context.Context, todo, pending []store.Change) error {
	at := map[int64]int{}
	for i, c := range pending {
		at[c.Position] = i
	}
	var s settlement
	for _, c := range todo {
		if !sends(c.Kind) {
			c.State, c.At = store.Applied, t.Now()
		}
		pending[at[c.Position]] = c
		t.settleOne(&s, c)
	}
	t.round.Progress += int64(len(pending))
	return t.org.Tx(ctx, func(o store.Org) error {
		if err := s.write(ctx, o, t); err != nil {
			return err
		}
		if err := o.FinishChanges(ctx, t.round.ID, pending); err != nil {
			return err
		}
		return o.SetProgress(ctx, t.round.ID, t.round.Progress, t.round.Total)
	})
}

// settlement is what a batch changes besides the changes themselves.
type settlement struct {
	finished  []store.Link // creates, by key
	links     []store.Link
	ledger    []store.Change
	unlinked  []string
	abandoned []string // keys of creates that were refused
	left      []store.Link
	parted    []parting // unlinked, removed, forgotten
	wanted    []string  // linked or created by hand: no longer ignored
	standings []store.Standing
}

func (t *task) settleOne(s *settlement, c store.Change) {
	stand := func(state store.StandingState, why pbx.Reason) {
		s.standings = append(s.standings, store.Standing{Person: c.Person, Name: c.Name, State: state, Why: why})
	}
	if c.State == store.Refused {
		switch c.Kind {
		case pbx.Create:
			s.abandoned = append(s.abandoned, c.Key)
			stand(store.Offered, c.Answer)
		case pbx.Link:
			stand(store.Offered, c.Answer)
		}
		return
	}
	switch c.Kind {
	case pbx.Create:
		s.finished = append(s.finished, t.link(c))
		s.want(t, c.Person)
		stand(store.Tied, pbx.Reason{})
	case pbx.Link:
		s.links = append(s.links, t.link(c))
		s.want(t, c.Person)
		stand(store.Tied, pbx.Reason{})
	case pbx.Update:
		s.ledger = append(s.ledger, c)
	case pbx.Unlink, pbx.Remove:
		s.unlinked = append(s.unlinked, c.Subscriber)
		s.parted = append(s.parted, parting{Change: c})
	case KindLeave, KindReturn:
		l := store.Link{Register: t.replicator.Register, Subscriber: c.Subscriber, Left: store.LeftReason(c.Reason.Code), LeftAt: t.Now()}
		if c.Kind == KindReturn {
			l.Left, l.LeftAt = store.Present, time.Time{}
			stand(store.Tied, pbx.Reason{})
		} else {
			stand(store.Leaving, c.Reason)
		}
		s.left = append(s.left, l)
	case KindForget:
		s.unlinked = append(s.unlinked, c.Subscriber)
		s.parted = append(s.parted, parting{Change: c})
	}
}

// want lets go of an ignore; a plan ties nobody who is ignored, only a person does.
func (s *settlement) want(t *task, person string) {
	if t.round.Cause == store.Decision || t.round.Cause == store.Undoing {
		s.wanted = append(s.wanted, person)
	}
}

func (s *settlement) write(ctx context.Context, o store.Org, t *task) error {
	register := t.replicator.Register
	for _, l := range s.finished {
		if err := o.FinishLink(ctx, register, l.Key, l.Subscriber, l.Written); err != nil {
			return err
		}
	}
	for i := range s.parted {
		l, err := o.LinkOfSubscriber(ctx, register, s.parted[i].Subscriber)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		s.parted[i].left = l.Left != store.Present
	}
	for _, key := range append(s.abandoned, s.unlinked...) {
		if err := o.DeleteLink(ctx, register, key); err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	if len(s.links) > 0 {
		if err := o.PutLinks(ctx, s.links); err != nil {
			return err
		}
	}
	ledger := make([]store.Link, len(s.ledger))
	for i, c := range s.ledger {
		l, err := o.LinkOfSubscriber(ctx, register, c.Subscriber)
		if err != nil {
			return err
		}
		ledger[i] = store.Link{Register: register, Subscriber: c.Subscriber, Written: merged(l.Written, c.After)}
	}
	if err := o.SetLedger(ctx, ledger); err != nil {
		return err
	}
	if err := o.SetLeft(ctx, s.left); err != nil {
		return err
	}
	for _, person := range s.wanted {
		if err := o.Unignore(ctx, t.replicator.ID, person); err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	for _, c := range s.parted {
		if err := t.part(ctx, o, s, c); err != nil {
			return err
		}
	}
	return t.stand(ctx, o, s.standings)
}

// stand keeps where people stand now. Their plan kept what else is known of them,
// unless a limit had stopped it.
func (t *task) stand(ctx context.Context, o store.Org, standings []store.Standing) error {
	if !stops(t.round.Held) {
		return o.MoveStandings(ctx, t.replicator.ID, standings)
	}
	_, err := o.PutStandings(ctx, t.replicator.ID, standings)
	return err
}

// parting is an entry taken from a person, who had left by then or not.
type parting struct {
	store.Change
	left bool
}

// part says where a person stands who has lost an entry. One who has another is
// still linked; one who is in the directory and had not left is offered, unless the
// next round would tie him again by itself: then he is ignored from now on.
func (t *task) part(ctx context.Context, o store.Org, s *settlement, c parting) error {
	links, err := o.LinksOfPerson(ctx, t.replicator.Source, c.Person)
	if err != nil || slices.ContainsFunc(links, func(l store.Link) bool { return l.Replicator == t.replicator.ID }) {
		return err
	}
	p, err := o.Person(ctx, t.replicator.Source, c.Person)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	gone := err != nil || p.GoneReason != ""
	stand := store.Standing{Person: c.Person, Name: c.Name, State: store.Outside, Why: c.Reason}
	if !gone {
		stand.Name = p.Name()
	}
	switch code := c.Reason.Code; {
	case gone && c.Kind == KindForget, code == "abandoned":
		return nil // the plan said it already
	case code == "undo", code == string(DoIgnore), code == "removedHere", !gone && !c.left && t.mayTie():
		stand.State, stand.Why = store.Ignored, pbx.Reason{}
		if err := o.Ignore(ctx, t.replicator.ID, c.Person, t.by()); err != nil {
			return err
		}
	case !gone && !c.left:
		stand.State, stand.Why = store.Offered, pbx.Reason{}
	}
	s.standings = append(s.standings, stand)
	return nil
}

// mayTie is true where new people are linked or created without asking.
func (t *task) mayTie() bool {
	return t.replicator.Settings.SureLinks || t.replicator.Settings.New == directory.Create
}

func merged(written, after pbx.Fields) pbx.Fields {
	out := maps.Clone(written)
	if out == nil {
		out = pbx.Fields{}
	}
	maps.Copy(out, after)
	return out
}
