package reconcile

import (
	"context"
	"errors"
	"fmt"
	"time"

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
