package desk

import (
	"context"
	"slices"

	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/reconcile"
	"github.com/telefonist/telefonist/store"
)

// The only kind of replicator and the register that every organization has.
const (
	MicrosoftEntra  = "MicrosoftEntra"
	BuiltinRegister = "builtin"
)

// ReplicatorState is a replicator with when it runs next and where its people stand.
type ReplicatorState struct {
	store.ReplicatorState
	People map[store.StandingState]int64 // by tab; store.Problems counts those with a problem
	Last   *Round                        // the newest, nil before the first
	Open   *Round                        // the one that is under way or waits, nil if none
}

// NewReplicator is what is typed for a replicator. Nil means the organization's
// template and [directory.DefaultSettings], or, of one that is saved, as it was.
type NewReplicator struct {
	Name     string
	Source   string
	Schedule *organization.Schedule
	Settings *directory.Settings
}

// Replicators lists the organization's directory syncs, in their order.
func (v *Visit) Replicators(ctx context.Context) ([]ReplicatorState, error) {
	if err := v.may(ctx, "Replicators"); err != nil {
		return nil, err
	}
	return v.replicators(ctx)
}

func (v *Visit) replicators(ctx context.Context) ([]ReplicatorState, error) {
	all, err := v.store().Replicators(ctx)
	if err != nil {
		return nil, step("list replicators", err)
	}
	states := make([]ReplicatorState, len(all))
	for i, r := range all {
		if states[i], err = v.replicatorState(ctx, r); err != nil {
			return nil, err
		}
	}
	return states, nil
}

// Replicator is one directory sync.
func (v *Visit) Replicator(ctx context.Context, id string) (ReplicatorState, error) {
	if err := v.may(ctx, "Replicator"); err != nil {
		return ReplicatorState{}, err
	}
	return v.replicator(ctx, id)
}

func (v *Visit) replicator(ctx context.Context, id string) (ReplicatorState, error) {
	r, err := v.store().Replicator(ctx, id)
	if err != nil {
		return ReplicatorState{}, answer(err, "read replicator")
	}
	return v.replicatorState(ctx, r)
}

func (v *Visit) replicatorState(ctx context.Context, r store.ReplicatorState) (ReplicatorState, error) {
	if !allowed("Visit.SeeSettings", v.Role()) {
		r.Schedule, r.Settings = organization.Schedule{}, directory.Settings{}
	}
	state := ReplicatorState{ReplicatorState: r}
	var err error
	if state.People, err = v.store().StandingCounts(ctx, r.ID); err != nil {
		return state, step("count people", err)
	}
	last, err := v.store().Rounds(ctx, store.RoundFilter{Replicator: r.ID}, 0, 1)
	if err != nil {
		return state, step("read last round", err)
	}
	if len(last) > 0 {
		state.Last = &last[0]
	}
	open, err := v.store().OpenRounds(ctx, r.ID)
	if err != nil {
		return state, step("read open round", err)
	}
	if len(open) > 0 {
		state.Open = &open[len(open)-1]
	}
	return state, nil
}

// AddReplicator makes a directory sync. Its first round is a plan that waits for
// approval; it starts at once.
func (v *Visit) AddReplicator(ctx context.Context, n NewReplicator) (ReplicatorState, error) {
	if err := v.may(ctx, "AddReplicator"); err != nil {
		return ReplicatorState{}, err
	}
	o, err := v.organization(ctx)
	if err != nil {
		return ReplicatorState{}, err
	}
	r := organization.Replicator{
		ID: store.NewID(), Kind: MicrosoftEntra, Register: BuiltinRegister, Source: n.Source,
		Schedule: o.Settings.Template.Schedule, Settings: directory.DefaultSettings(),
	}
	r.Settings.Country, r.Settings.Limits = o.Settings.Country, o.Settings.Template.Limits
	if err := n.fill(&r); err != nil {
		return ReplicatorState{}, err
	}
	if from, err := v.source(ctx, n.Source); err != nil {
		return ReplicatorState{}, invalid("source", "option")
	} else if !from.Directory() {
		return ReplicatorState{}, invalid("source", "noDirectory")
	}
	err = v.write(ctx, "replicator.add", r.ID, map[string]string{"name": r.Name}, func(s store.Org) error {
		if _, err := s.AddReplicator(ctx, r); err != nil {
			return err
		}
		return s.Wake(ctx, r.ID, v.desk.Now(), store.ByHand, v.actor.ID, true)
	})
	if err != nil {
		return ReplicatorState{}, err
	}
	v.desk.wake(WakeRounds)
	v.desk.wake(WakeSubscriptions)
	return v.replicator(ctx, r.ID)
}

// fill puts what was typed into r and checks all of it.
func (n NewReplicator) fill(r *organization.Replicator) error {
	var bad faults
	r.Name = bad.name("name", n.Name)
	if n.Schedule != nil {
		r.Schedule = *n.Schedule
	}
	if n.Settings != nil {
		r.Settings = *n.Settings
	}
	bad.schedule("schedule", r.Schedule)
	bad.replicatorSettings(r.Settings)
	return bad.err()
}

// SaveReplicator changes a directory sync; what its new settings ask for comes
// with its next round. The source stays.
func (v *Visit) SaveReplicator(ctx context.Context, id string, n NewReplicator, generation int64) (ReplicatorState, error) {
	if err := v.may(ctx, "SaveReplicator"); err != nil {
		return ReplicatorState{}, err
	}
	have, err := v.store().Replicator(ctx, id)
	if err != nil {
		return ReplicatorState{}, answer(err, "read replicator")
	}
	r := have.Replicator
	if err := n.fill(&r); err != nil {
		return ReplicatorState{}, err
	}
	err = v.write(ctx, "replicator.save", id, map[string]string{"name": r.Name}, func(s store.Org) error {
		if err := s.UpdateReplicator(ctx, r, generation); err != nil {
			return err
		}
		return v.schedule(ctx, s, r)
	})
	if err != nil {
		return ReplicatorState{}, err
	}
	v.desk.wake(WakeRounds)
	v.desk.wake(WakeSubscriptions)
	return v.replicator(ctx, id)
}

// PauseReplicator stops a directory sync, or starts it again. Everything is kept.
func (v *Visit) PauseReplicator(ctx context.Context, id string, paused bool) error {
	if err := v.may(ctx, "PauseReplicator"); err != nil {
		return err
	}
	have, err := v.store().Replicator(ctx, id)
	if err != nil {
		return answer(err, "read replicator")
	}
	verb := "replicator.resume"
	if paused {
		verb = "replicator.pause"
	}
	err = v.write(ctx, verb, id, nil, func(s store.Org) error {
		if err := s.PauseReplicator(ctx, id, paused); err != nil || paused {
			return err
		}
		return v.schedule(ctx, s, have.Replicator)
	})
	if err == nil {
		v.desk.wake(WakeRounds)
		v.desk.wake(WakeSubscriptions)
	}
	return err
}

// schedule makes a replicator due as its schedule says, from now on.
func (v *Visit) schedule(ctx context.Context, s store.Org, r organization.Replicator) error {
	switch r.Schedule.Mode {
	case organization.Nightly:
		return s.Wake(ctx, r.ID, reconcile.Night(r.Schedule, r.ID, v.desk.Now()), store.Nightly, "", true)
	case organization.Soon:
		return s.Wake(ctx, r.ID, v.desk.Now(), store.Settings, "", false)
	}
	return nil
}

// DeleteReplicator takes a directory sync away with its links and rounds. The
// entries it made stay in the switchboard, as local ones.
func (v *Visit) DeleteReplicator(ctx context.Context, id string) error {
	if err := v.may(ctx, "DeleteReplicator"); err != nil {
		return err
	}
	if err := v.store().DeleteReplicator(ctx, id); err != nil {
		return answer(err, "delete replicator")
	}
	v.desk.wake(WakeSubscriptions)
	return v.audit(ctx, "replicator.delete", id, nil)
}

// OrderReplicators says which one decides first over people whom several want:
// ids are all of them, in order.
func (v *Visit) OrderReplicators(ctx context.Context, ids []string) error {
	if err := v.may(ctx, "OrderReplicators"); err != nil {
		return err
	}
	all, err := v.store().Replicators(ctx)
	if err != nil {
		return step("list replicators", err)
	}
	have := make([]string, len(all))
	for i, r := range all {
		have[i] = r.ID
	}
	if !slices.Equal(slices.Sorted(slices.Values(ids)), slices.Sorted(slices.Values(have))) {
		return invalid("replicators", "all")
	}
	return v.write(ctx, "replicator.order", "", nil, func(s store.Org) error {
		return s.OrderReplicators(ctx, ids)
	})
}

// Preview says whom settings would take and what would be written for some of
// them, from what was last read of the directory. Nothing is changed.
func (v *Visit) Preview(ctx context.Context, source string, s directory.Settings) (Preview, error) {
	if err := v.may(ctx, "Preview"); err != nil {
		return Preview{}, err
	}
	var bad faults
	bad.replicatorSettings(s)
	if err := bad.err(); err != nil {
		return Preview{}, err
	}
	if from, err := v.source(ctx, source); err != nil {
		return Preview{}, err
	} else if !from.Directory() {
		return Preview{}, invalid("source", "noDirectory")
	}
	p, err := v.desk.Reconcile.Preview(ctx, v.org, source, s)
	return p, answer(err, "preview")
}

// Count asks the directory how many people a scope has, before it is saved.
func (v *Visit) Count(ctx context.Context, source string, s directory.Scope) (int, error) {
	if err := v.may(ctx, "Count"); err != nil {
		return 0, err
	}
	var bad faults
	bad.scope(s)
	if err := bad.err(); err != nil {
		return 0, err
	}
	open, err := v.openDirectory(ctx, source)
	if err != nil {
		return 0, err
	}
	n, err := open.Count(ctx, s)
	return n, answer(err, "count people")
}
