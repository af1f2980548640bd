package reconcile

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/plan"
	"github.com/telefonist/telefonist/store"
)

// Do is what a person decides about somebody.
type Do string

// The decisions. Link needs a subscriber; Unlink, Keep and Remove may name one of
// a person's several. Keep leaves a leaver's entry as a local one.
const (
	DoLink     Do = "link"
	DoCreate   Do = "create"
	DoIgnore   Do = "ignore"
	DoUnignore Do = "unignore"
	DoUnlink   Do = "unlink"
	DoKeep     Do = "keep"
	DoRemove   Do = "remove"
)

// Decision is about one person of a replicator.
type Decision struct {
	Do                 Do
	Person, Subscriber string
}

// Errors of decisions.
var (
	ErrNotWaiting = errors.New("reconcile: the round does not wait for approval")
	ErrNotApplied = errors.New("reconcile: the round has not been applied, or has been undone")
	ErrDecision   = errors.New("reconcile: the decision cannot be carried out")
)

// Approve lets a round that waits or is held be applied, and wakes the engine. All
// of it is written or nothing, so that a replicator whose plan is applied is never
// one that has not been approved.
func (r *Reconciler) Approve(ctx context.Context, org organization.ID, id, actor string) error {
	err := r.Store.In(org).Tx(ctx, func(o store.Org) error {
		round, err := answered(ctx, o, id, store.Applying, actor)
		if err != nil {
			return err
		}
		if round.Cause == store.Undoing {
			// What is taken back would be written again by the next round. What a paused
			// replicator has begun is brought to its end all the same.
			if err := o.PauseReplicator(ctx, round.Replicator, true); err != nil {
				return err
			}
		}
		rep, err := o.Replicator(ctx, round.Replicator)
		if err != nil {
			return err
		}
		if err := o.Planned(ctx, rep.ID, rep.PlannedSeq, rep.PlannedGeneration, true, time.Time{}); err != nil {
			return err
		}
		return o.Wake(ctx, rep.ID, r.Now(), round.Cause, actor, false)
	})
	if err != nil {
		return fmt.Errorf("approve: %w", err)
	}
	if r.Woken != nil {
		r.Woken()
	}
	return nil
}

// answered moves a round that waits or is held to where a person's answer takes it.
func answered(ctx context.Context, o store.Org, id string, state store.RoundState, actor string) (store.Round, error) {
	round, err := o.Round(ctx, id)
	if err != nil {
		return round, err
	}
	was := round.State
	if was != store.Waiting && was != store.Held {
		return round, ErrNotWaiting
	}
	round.State, round.ApprovedBy = state, actor
	return round, o.SetRound(ctx, round, was)
}

// Drop throws a plan away. Those it would have created or linked are offered.
func (r *Reconciler) Drop(ctx context.Context, org organization.ID, id, actor string) error {
	o := r.Store.In(org)
	round, err := answered(ctx, o, id, store.Dropped, actor)
	if err != nil {
		return fmt.Errorf("drop: %w", err)
	}
	for after := int64(0); ; {
		pending, err := o.PendingChanges(ctx, id, after, batch)
		if err != nil || len(pending) == 0 {
			return err
		}
		after = pending[len(pending)-1].Position
		var offered []store.Standing
		for i := range pending {
			c := &pending[i]
			c.State, c.Answer, c.At = store.Skipped, pbx.Reason{Code: "dropped"}, r.Now()
			if c.Kind == pbx.Create && c.Reason.Code == "new" || c.Kind == pbx.Link {
				offered = append(offered, store.Standing{Person: c.Person, Name: c.Name, State: store.Offered})
			}
		}
		if _, err := o.PutStandings(ctx, round.Replicator, offered); err != nil {
			return fmt.Errorf("drop: %w", err)
		}
		if err := o.FinishChanges(ctx, id, pending); err != nil {
			return fmt.Errorf("drop: %w", err)
		}
	}
}

// Undo plans to take an applied round back; the plan waits for approval.
func (r *Reconciler) Undo(ctx context.Context, org organization.ID, id, actor string) (string, error) {
	o := r.Store.In(org)
	round, err := o.Round(ctx, id)
	if err != nil {
		return "", fmt.Errorf("undo: %w", err)
	}
	if round.State != store.Done || round.UndoneBy != "" {
		return "", ErrNotApplied
	}
	t, err := r.handmade(ctx, o, org, round.Replicator)
	if err != nil {
		return "", err
	}
	release, err := t.alone(ctx)
	if err != nil {
		return "", err
	}
	defer release()
	held, err := t.held(ctx)
	if err != nil {
		return "", fmt.Errorf("undo: %w", err)
	}
	var applied []pbx.Change
	for c, err := range allChanges(ctx, o, id) {
		if err != nil {
			return "", fmt.Errorf("undo: %w", err)
		}
		if c.State == store.Applied && sends(c.Kind) && !c.Blanked {
			applied = append(applied, c.Change)
		}
	}
	t.round, err = o.StartRound(ctx, store.Round{Replicator: round.Replicator, Cause: store.Undoing, Actor: actor, Undoes: id})
	if err != nil {
		return "", fmt.Errorf("undo: %w", err)
	}
	changes := plan.Undo(applied, func(s string) (pbx.Subscriber, bool) { e, ok := held[s]; return e, ok }, newKey)
	return t.round.ID, t.propose(ctx, changes, store.Waiting)
}

// allChanges are all changes of a round, in order.
func allChanges(ctx context.Context, o store.Org, round string) iter.Seq2[store.Change, error] {
	return func(yield func(store.Change, error) bool) {
		for after := int64(0); ; {
			some, err := o.Changes(ctx, round, store.ChangeFilter{}, after, 500)
			if err != nil {
				yield(store.Change{}, err)
				return
			}
			for _, c := range some {
				if !yield(c, nil) {
					return
				}
				after = c.Position
			}
			if len(some) < 500 {
				return
			}
		}
	}
}

// held reads the register whole, by entry.
func (t *task) held(ctx context.Context) (map[string]pbx.Subscriber, error) {
	register, err := t.OpenRegister(ctx, t.id, t.replicator.Register)
	if err != nil {
		return nil, err
	}
	held := map[string]pbx.Subscriber{}
	for s, err := range register.Subscribers(ctx) {
		if err != nil {
			return nil, err
		}
		held[s.ID] = s
	}
	return held, nil
}

// propose keeps changes as a round's plan.
func (t *task) propose(ctx context.Context, changes []pbx.Change, state store.RoundState) error {
	rows := make([]store.Change, len(changes))
	t.round.Counts = map[string]int64{CountChanges: int64(len(changes))}
	for i, c := range changes {
		rows[i] = store.Change{Change: c, Position: int64(i + 1), State: store.Pending}
		t.round.Counts[string(c.Kind)]++
	}
	if err := t.org.PutChanges(ctx, t.round.ID, rows); err != nil {
		return fmt.Errorf("propose: %w", err)
	}
	return t.to(ctx, state, func() { t.round.Total = int64(len(rows)) })
}

func (r *Reconciler) handmade(ctx context.Context, o store.Org, org organization.ID, replicator string) (*task, error) {
	rep, err := o.Replicator(ctx, replicator)
	if err != nil {
		return nil, fmt.Errorf("open replicator: %w", err)
	}
	return &task{Reconciler: r, id: org, org: o, replicator: rep}, nil
}

// Decide carries out what a person decided, as a round of its own. It waits for
// a round of the replicator that is under way.
func (r *Reconciler) Decide(ctx context.Context, org organization.ID, replicator, actor string, decisions []Decision) (string, error) {
	o := r.Store.In(org)
	t, err := r.handmade(ctx, o, org, replicator)
	if err != nil {
		return "", err
	}
	release, err := t.alone(ctx)
	if err != nil {
		return "", err
	}
	defer release()
	writes, err := t.setAside(ctx, actor, decisions)
	if err != nil || len(writes) == 0 {
		return "", err
	}
	held, err := t.held(ctx)
	if err != nil {
		return "", fmt.Errorf("decide: %w", err)
	}
	ctx = context.WithoutCancel(ctx) // what is begun is brought to its end, also when nobody waits for it
	t.round, err = o.StartRound(ctx, store.Round{Replicator: replicator, Cause: store.Decision, Actor: actor, ApprovedBy: actor})
	if err != nil {
		return "", fmt.Errorf("decide: %w", err)
	}
	changes, err := t.decided(ctx, writes, held)
	if err != nil {
		return "", errors.Join(fmt.Errorf("decide: %w", err), o.DeleteRound(ctx, t.round.ID))
	}
	if err := t.propose(ctx, changes, store.Applying); err != nil {
		return "", fmt.Errorf("decide: %w", err)
	}
	if err := t.apply(ctx); err != nil {
		return t.round.ID, errors.Join(fmt.Errorf("decide: %w", err), t.fail(ctx, err))
	}
	return t.round.ID, nil
}

// alone waits until no round of the replicator is under way, and keeps others
// from starting until it is released.
func (t *task) alone(ctx context.Context) (release func(), err error) {
	key := string(t.id) + "/" + t.replicator.ID
	for !t.busy.lock(key) {
		if err := sleep(ctx, 50*time.Millisecond); err != nil {
			return nil, err
		}
	}
	return func() { t.busy.unlock(key) }, nil
}

// setAside carries out the decisions that write nothing to the register.
func (t *task) setAside(ctx context.Context, actor string, decisions []Decision) ([]Decision, error) {
	var writes []Decision
	for _, d := range decisions {
		links, err := t.org.LinksOfPerson(ctx, t.replicator.Source, d.Person)
		if err != nil {
			return nil, fmt.Errorf("decide: %w", err)
		}
		switch {
		case d.Do == DoIgnore && len(links) == 0:
			if err := t.org.Ignore(ctx, t.replicator.ID, d.Person, actor); err != nil {
				return nil, fmt.Errorf("ignore: %w", err)
			}
			err = t.restand(ctx, d.Person, store.Ignored)
		case d.Do == DoUnignore:
			if err := t.org.Unignore(ctx, t.replicator.ID, d.Person); err != nil && !errors.Is(err, store.ErrNotFound) {
				return nil, fmt.Errorf("unignore: %w", err)
			}
			err = t.restand(ctx, d.Person, store.Offered)
		default:
			writes = append(writes, d)
		}
		if err != nil {
			return nil, fmt.Errorf("decide: %w", err)
		}
	}
	return writes, nil
}

// restand moves a person to another tab, keeping what is known of him.
func (t *task) restand(ctx context.Context, person string, state store.StandingState) error {
	s, err := t.org.Standing(ctx, t.replicator.ID, person)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	s.State, s.Why = state, pbx.Reason{}
	_, err = t.org.PutStandings(ctx, t.replicator.ID, []store.Standing{s})
	return err
}

// decided turns decisions into changes. One that can't be carried out is an
// error; the others of the same call are then not made either.
func (t *task) decided(ctx context.Context, decisions []Decision, held map[string]pbx.Subscriber) ([]pbx.Change, error) {
	var creates []string
	var changes []pbx.Change
	for _, d := range decisions {
		switch d.Do {
		case DoCreate:
			creates = append(creates, d.Person)
		case DoLink:
			c, err := t.linking(ctx, d, held)
			if err != nil {
				return nil, err
			}
			changes = append(changes, c)
		case DoUnlink, DoKeep, DoIgnore, DoRemove:
			cs, err := t.parting(ctx, d, held)
			if err != nil {
				return nil, err
			}
			changes = append(changes, cs...)
		default:
			return nil, fmt.Errorf("%w: %q", ErrDecision, d.Do)
		}
	}
	created, err := t.creating(ctx, creates, held)
	return append(changes, created...), err
}

func (t *task) linking(ctx context.Context, d Decision, held map[string]pbx.Subscriber) (pbx.Change, error) {
	p, err := t.org.Person(ctx, t.replicator.Source, d.Person)
	if err != nil {
		return pbx.Change{}, fmt.Errorf("link: %w", err)
	}
	s, ok := held[d.Subscriber]
	if !ok {
		return pbx.Change{}, fmt.Errorf("link: %w", store.ErrNotFound)
	}
	return plan.Tie(p.Person, s, t.replicator.Settings, t.manager(ctx, p.Person)), nil
}

// parting unties the entries of a person, or one that is named; Remove deletes them.
func (t *task) parting(ctx context.Context, d Decision, held map[string]pbx.Subscriber) ([]pbx.Change, error) {
	links, err := t.org.LinksOfPerson(ctx, t.replicator.Source, d.Person)
	if err != nil {
		return nil, fmt.Errorf("unlink: %w", err)
	}
	var changes []pbx.Change
	for _, l := range links {
		if l.Replicator != t.replicator.ID || d.Subscriber != "" && l.Subscriber != d.Subscriber {
			continue
		}
		s := held[l.Subscriber]
		c := pbx.Change{Kind: pbx.Unlink, Person: d.Person, Name: s.Name(), Subscriber: l.Subscriber, Reason: pbx.Reason{Code: string(d.Do)}}
		if d.Do == DoRemove {
			c.Kind, c.Before = pbx.Remove, s.Fields
		}
		changes = append(changes, c)
	}
	if len(changes) == 0 {
		return nil, fmt.Errorf("%w: not linked", ErrDecision)
	}
	return changes, nil
}

// creating plans new entries for people an administrator chose, whatever the
// replicator does with new people.
func (t *task) creating(ctx context.Context, people []string, held map[string]pbx.Subscriber) ([]pbx.Change, error) {
	if len(people) == 0 {
		return nil, nil
	}
	in := plan.Input{Now: t.Now(), Source: t.replicator.Source, Settings: t.replicator.Settings, NewKey: newKey,
		InUse: map[string]bool{}, Managers: map[string]string{}}
	in.Settings.New, in.Settings.Scope = directory.Create, directory.Scope{Everybody: true, LetIn: directory.Kinds()}
	in.Settings.Contacts = true // asked for by hand
	for _, s := range held {
		in.InUse[s.Get(pbx.Extension)] = true
	}
	if err := t.resting(ctx, &in); err != nil {
		return nil, fmt.Errorf("create: %w", err)
	}
	for _, id := range people {
		p, err := t.org.Person(ctx, t.replicator.Source, id)
		if err != nil {
			return nil, fmt.Errorf("create: %w", err)
		}
		links, err := t.org.LinksOfPerson(ctx, t.replicator.Source, id)
		if err != nil {
			return nil, fmt.Errorf("create: %w", err)
		}
		if len(links) > 0 || p.GoneReason != "" {
			continue // linked meanwhile, or gone
		}
		in.People = append(in.People, p.Person)
		in.Managers[p.Get(directory.ManagerID)] = t.manager(ctx, p.Person)
	}
	return plan.Make(in).Changes, nil
}

// manager is the name of a person's manager, "" where nobody is known.
func (t *task) manager(ctx context.Context, p directory.Person) string {
	id := p.Get(directory.ManagerID)
	if id == "" || !mapsManager(t.replicator.Settings.Mapping) {
		return ""
	}
	m, err := t.org.Person(ctx, t.replicator.Source, id)
	if err != nil {
		return ""
	}
	return m.Name()
}
