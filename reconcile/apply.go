package reconcile

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/store"
)

// restOfExtension is how long a freed extension rests before it is given again.
const restOfExtension = 90 * 24 * time.Hour

// batch is how many changes are made between two writes of what became of them,
// which are up to four rows for each and one transaction.
const batch = 120

// apply makes the changes that are still pending, a batch at a time: what is to
// be created is noted with its key before the register is asked, so that a
// process that dies in between finds it again by that key.
func (t *task) apply(ctx context.Context) error {
	register, err := t.OpenRegister(ctx, t.id, t.replicator.Register)
	if err != nil {
		return fmt.Errorf("open register: %w", err)
	}
	for after := int64(0); ; {
		pending, err := t.org.PendingChanges(ctx, t.round.ID, after, batch)
		if err != nil {
			return fmt.Errorf("apply: %w", err)
		}
		if len(pending) == 0 {
			break
		}
		after = pending[len(pending)-1].Position
		if err := t.applyBatch(ctx, register, pending); err != nil {
			return fmt.Errorf("apply: %w", err)
		}
	}
	return t.close(ctx)
}

// close ends an applied round and counts what became of its changes.
func (t *task) close(ctx context.Context) error {
	kinds, err := t.org.ChangeCounts(ctx, t.round.ID)
	if err != nil {
		return fmt.Errorf("close round: %w", err)
	}
	if t.round.Counts == nil {
		t.round.Counts = map[string]int64{}
	}
	for _, states := range kinds {
		for state, n := range states {
			t.round.Counts[string(state)] += n
		}
	}
	if err := t.to(ctx, store.Done, func() { t.round.Progress = t.round.Total }); err != nil {
		return fmt.Errorf("close round: %w", err)
	}
	if t.round.Undoes != "" {
		if err := t.org.SetUndone(ctx, t.round.Undoes, t.round.ID); err != nil && !errors.Is(err, store.ErrConflict) {
			return fmt.Errorf("close round: %w", err)
		}
	}
	return t.org.SetFailures(ctx, t.replicator.ID, 0)
}

// batcher is a register that makes many changes at once, each as Apply would.
type batcher interface {
	ApplyAll(ctx context.Context, changes []pbx.Change) []pbx.Result
}

func (t *task) applyBatch(ctx context.Context, register pbx.Register, pending []store.Change) error {
	todo, err := t.sift(ctx, pending)
	if err != nil {
		return err
	}
	if err := t.announce(ctx, todo); err != nil {
		return err
	}
	var send []pbx.Change
	for _, c := range todo {
		if sends(c.Kind) {
			send = append(send, c.Change)
		}
	}
	results, err := applyAll(ctx, register, send)
	if err != nil {
		return err
	}
	next := 0
	for i := range todo {
		if !sends(todo[i].Kind) {
			continue
		}
		t.answer(&todo[i], results[next])
		next++
	}
	return t.settle(ctx, todo, pending)
}

// sends is true for changes that the register is asked to make.
func sends(k pbx.Kind) bool {
	return k == pbx.Create || k == pbx.Update || k == pbx.Link || k == pbx.Unlink || k == pbx.Remove
}

// applyAll makes changes one by one where the register knows no better. An error
// that waiting may cure ends it; others are the change's own.
func applyAll(ctx context.Context, register pbx.Register, changes []pbx.Change) ([]pbx.Result, error) {
	if len(changes) == 0 {
		return nil, nil
	}
	if b, ok := register.(batcher); ok {
		results := b.ApplyAll(ctx, changes)
		for _, r := range results {
			if err := trouble(ctx, r.Err); err != nil {
				return nil, err
			}
		}
		return results, nil
	}
	results := make([]pbx.Result, len(changes))
	for i, c := range changes {
		s, err := register.Apply(ctx, c)
		if err := trouble(ctx, err); err != nil {
			return nil, err
		}
		results[i] = pbx.Result{Subscriber: s, Err: err}
	}
	return results, nil
}

// trouble is err where it is not the change's own but the register's: then the
// round stops, and what is pending is planned again.
func trouble(ctx context.Context, err error) error {
	var refused *pbx.Refusal
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err == nil, errors.As(err, &refused), errors.Is(err, pbx.ErrNoSubscriber):
		return nil
	}
	return err
}

// sift leaves out what no longer holds since it was planned: a person or entry
// that has been tied meanwhile, a link that is gone.
func (t *task) sift(ctx context.Context, pending []store.Change) ([]store.Change, error) {
	var people []string
	for _, c := range pending {
		people = append(people, c.Person)
	}
	links, err := t.org.LinksByPersons(ctx, t.replicator.Source, people)
	if err != nil {
		return nil, err
	}
	byPerson := map[string][]store.Link{}
	for _, l := range links {
		byPerson[l.Person] = append(byPerson[l.Person], l)
	}
	todo := make([]store.Change, 0, len(pending))
	for i := range pending {
		c := &pending[i]
		why, err := t.outdated(ctx, *c, byPerson[c.Person])
		if err != nil {
			return nil, err
		}
		if why != "" {
			c.State, c.Answer, c.At = store.Skipped, pbx.Reason{Code: why}, t.Now()
			continue
		}
		todo = append(todo, *c)
	}
	return todo, nil
}

func (t *task) outdated(ctx context.Context, c store.Change, links []store.Link) (string, error) {
	switch c.Kind {
	case pbx.Create:
		for _, l := range links {
			if l.Key != c.Key && c.Reason.Code == "new" {
				return "alreadyLinked", nil
			}
		}
	case pbx.Link:
		l, err := t.org.LinkOfSubscriber(ctx, t.replicator.Register, c.Subscriber)
		switch {
		case errors.Is(err, store.ErrNotFound):
			return "", nil
		case err != nil:
			return "", err
		case l.Person != c.Person || l.Source != t.replicator.Source:
			return "alreadyLinked", nil
		}
	case pbx.Update, pbx.Unlink, pbx.Remove, KindLeave, KindReturn:
		for _, l := range links {
			if l.Subscriber == c.Subscriber {
				return "", nil
			}
		}
		return "notLinked", nil
	}
	return "", nil
}

// announce writes, before the register is asked to create, who is to be created
// and by which key.
func (t *task) announce(ctx context.Context, todo []store.Change) error {
	var links []store.Link
	for _, c := range todo {
		if c.Kind == pbx.Create {
			l := t.link(c)
			l.Subscriber, l.State = c.Key, store.Creating
			links = append(links, l)
		}
	}
	if len(links) == 0 {
		return nil
	}
	return t.org.PutLinks(ctx, links)
}

func (t *task) link(c store.Change) store.Link {
	return store.Link{
		Register: t.replicator.Register, Subscriber: c.Subscriber, Source: t.replicator.Source, Person: c.Person,
		Replicator: t.replicator.ID, State: store.Linked, Key: c.Key, Written: c.After, LinkedAt: t.Now(), LinkedBy: t.by(),
	}
}

// by is who stands behind the round's changes.
func (t *task) by() string {
	if t.round.ApprovedBy != "" {
		return t.round.ApprovedBy
	}
	return t.round.Actor
}

func (t *task) answer(c *store.Change, r pbx.Result) {
	c.At = t.Now()
	if r.Err == nil {
		c.State, c.Subscriber = store.Applied, r.Subscriber.ID
		return
	}
	c.State, c.Answer = store.Refused, refusal(r.Err)
}

// refusal is a driver's error as a fact; what a programmer needs was logged.
func refusal(err error) pbx.Reason {
	var r *pbx.Refusal
	if errors.As(err, &r) {
		return pbx.Reason{Code: r.Code, Args: r.Args}
	}
	return pbx.Reason{Code: "noSubscriber"}
}

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
