package store

import (
	"context"
	"time"

	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/store/internal/db"
)

// AddReplicator adds a replicator as the last in order; an empty ID is filled in,
// and so are Created and Position. It is not due.
func (o Org) AddReplicator(ctx context.Context, r organization.Replicator) (organization.Replicator, error) {
	if r.ID == "" {
		r.ID = NewID()
	}
	r.Created = o.s.now().UTC().Truncate(time.Millisecond)
	schedule, settings, err := encodeChoices(r)
	if err != nil {
		return r, err
	}
	err = o.write(ctx, "add replicator", Replicators, func(w *writing) error {
		if err := w.AddReplicator(ctx, db.AddReplicatorParams{Organization: o.id, ID: r.ID, Name: r.Name, Kind: r.Kind, Source: r.Source,
			Register: r.Register, Paused: r.Paused, Schedule: schedule, Settings: settings, CreatedAt: millis(r.Created)}); err != nil {
			return err
		}
		row, err := w.GetReplicator(ctx, db.GetReplicatorParams{Organization: o.id, ID: r.ID})
		r.Position = int(row.Position)
		return err
	})
	return r, err
}

func encodeChoices(r organization.Replicator) (schedule, settings string, err error) {
	if schedule, err = encode(r.Schedule); err != nil {
		return "", "", err
	}
	settings, err = encode(r.Settings)
	return schedule, settings, err
}

// Replicators returns the replicators in their order.
func (o Org) Replicators(ctx context.Context) ([]ReplicatorState, error) {
	rows, err := o.read().ListReplicators(ctx, o.id)
	if err != nil {
		return nil, wrap("list replicators", err)
	}
	all, err := each(rows, replicatorOf)
	return all, wrap("list replicators", err)
}

// Replicator returns one replicator.
func (o Org) Replicator(ctx context.Context, id string) (ReplicatorState, error) {
	row, err := o.read().GetReplicator(ctx, db.GetReplicatorParams{Organization: o.id, ID: id})
	if err != nil {
		return ReplicatorState{}, wrap("read replicator", err)
	}
	r, err := replicatorOf(row)
	return r, wrap("read replicator", err)
}

func replicatorOf(row db.Replicator) (ReplicatorState, error) {
	schedule, err := decode[organization.Schedule](row.Schedule)
	if err != nil {
		return ReplicatorState{}, err
	}
	settings, err := decode[directory.Settings](row.Settings)
	return ReplicatorState{
		Replicator: organization.Replicator{ID: row.ID, Name: row.Name, Kind: row.Kind, Source: row.Source, Register: row.Register,
			Position: int(row.Position), Paused: row.Paused, Schedule: schedule, Settings: settings, Created: fromMillis(row.CreatedAt)},
		Generation: row.Generation, DueAt: fromMillis(row.DueAt), DueCause: Cause(row.DueCause), DueActor: row.DueActor,
		DueWhole: row.DueWhole, PlannedSeq: row.PlannedSeq, PlannedGeneration: row.PlannedGeneration, Approved: row.Approved,
		Rounds: row.Rounds, Failures: row.Failures}, err
}

// UpdateReplicator replaces name, register, schedule and settings where the
// generation is still that one, else it is an ErrConflict.
func (o Org) UpdateReplicator(ctx context.Context, r organization.Replicator, generation int64) error {
	schedule, settings, err := encodeChoices(r)
	if err != nil {
		return err
	}
	return o.write(ctx, "update replicator", Replicators, func(w *writing) error {
		n, err := w.UpdateReplicator(ctx, db.UpdateReplicatorParams{Organization: o.id, ID: r.ID, Name: r.Name, Register: r.Register,
			Schedule: schedule, Settings: settings, Generation: generation})
		return one(n, err, ErrConflict)
	})
}

// PauseReplicator stops a replicator from being due, or lets it be due again.
// Everything it has stays.
func (o Org) PauseReplicator(ctx context.Context, id string, paused bool) error {
	return o.write(ctx, "pause replicator", Replicators, func(w *writing) error {
		n, err := w.PauseReplicator(ctx, db.PauseReplicatorParams{Organization: o.id, ID: id, Paused: paused})
		return one(n, err, ErrNotFound)
	})
}

// OrderReplicators puts the replicators in the order of the ids.
func (o Org) OrderReplicators(ctx context.Context, ids []string) error {
	return o.write(ctx, "order replicators", Replicators, func(w *writing) error {
		for i, id := range ids {
			n, err := w.PlaceReplicator(ctx, db.PlaceReplicatorParams{Organization: o.id, ID: id, Position: int64(i + 1)})
			if err := one(n, err, ErrNotFound); err != nil {
				return err
			}
		}
		return nil
	})
}

// DeleteReplicator deletes a replicator with its links, ignores and standings, and
// drops its open rounds. Subscribers and past rounds stay.
func (o Org) DeleteReplicator(ctx context.Context, id string) error {
	if err := o.write(ctx, "delete replicator", Rounds, func(w *writing) error {
		_, err := w.DropOpenRounds(ctx, db.DropOpenRoundsParams{Organization: o.id, Replicator: id,
			Failure: encodeReason(pbx.Reason{Code: "replicatorDeleted"}), EndedAt: millis(o.s.now())})
		return err
	}); err != nil {
		return err
	}
	steps := []func(w *writing) (int64, error){
		func(w *writing) (int64, error) {
			return w.DeleteStandings(ctx, db.DeleteStandingsParams{Organization: o.id, Replicator: id})
		},
		func(w *writing) (int64, error) {
			return w.DeleteIgnored(ctx, db.DeleteIgnoredParams{Organization: o.id, Replicator: id})
		},
		func(w *writing) (int64, error) {
			return w.DeleteLinksOfReplicator(ctx, db.DeleteLinksOfReplicatorParams{Organization: o.id, Replicator: id})
		},
	}
	for _, step := range steps {
		if err := o.repeat(ctx, "delete replicator", Links, step); err != nil {
			return err
		}
	}
	return o.write(ctx, "delete replicator", Replicators, func(w *writing) error {
		n, err := w.DeleteReplicator(ctx, db.DeleteReplicatorParams{Organization: o.id, ID: id})
		return one(n, err, ErrNotFound)
	})
}

// Wake makes a replicator due at a time. Where it is due already, the earlier time
// wins, with its cause and actor; whole, once asked for, stays until a round has
// begun.
func (o Org) Wake(ctx context.Context, replicator string, at time.Time, cause Cause, actor string, whole bool) error {
	return o.write(ctx, "wake replicator", Replicators, func(w *writing) error {
		return o.wake(ctx, w, replicator, at, cause, actor, whole)
	})
}

func (o Org) wake(ctx context.Context, w *writing, replicator string, at time.Time, cause Cause, actor string, whole bool) error {
	due := db.WakeParams{Organization: o.id, ID: replicator, DueAt: millis(at), DueCause: string(cause), DueActor: actor}
	n, err := w.Wake(ctx, due)
	if err != nil || n == 0 {
		if err == nil { // it is due earlier, or it is not there
			_, err = w.GetReplicator(ctx, db.GetReplicatorParams{Organization: o.id, ID: replicator})
		}
		if err != nil {
			return err
		}
	}
	if whole {
		_, err = w.WakeWhole(ctx, db.WakeWholeParams{Organization: o.id, ID: replicator})
	}
	return err
}

// Undue makes a replicator due never, until it is woken again.
func (o Org) Undue(ctx context.Context, replicator string) error {
	return o.write(ctx, "undue replicator", Replicators, func(w *writing) error {
		return w.Undue(ctx, db.UndueParams{Organization: o.id, ID: replicator})
	})
}

// Planned notes that a plan was made of the mirror up to seq by the settings of
// that generation, and whether a first plan has been approved; next, unless zero,
// is when the schedule makes it due again (see Wake). It ends a run of failures.
func (o Org) Planned(ctx context.Context, replicator string, seq, generation int64, approved bool, next time.Time) error {
	return o.write(ctx, "note plan", Replicators, func(w *writing) error {
		n, err := w.SetPlanned(ctx, db.SetPlannedParams{Organization: o.id, ID: replicator, PlannedSeq: seq,
			PlannedGeneration: generation, Approved: approved})
		if err := one(n, err, ErrNotFound); err != nil || next.IsZero() {
			return err
		}
		return o.wake(ctx, w, replicator, next, Nightly, "", false)
	})
}

// SetFailures keeps how many rounds of the replicator have failed in a row.
func (o Org) SetFailures(ctx context.Context, replicator string, failures int64) error {
	return o.write(ctx, "count failures", Replicators, func(w *writing) error {
		n, err := w.SetFailures(ctx, db.SetFailuresParams{Organization: o.id, ID: replicator, Failures: failures})
		return one(n, err, ErrNotFound)
	})
}

// Ignore keeps a person from being offered by the replicator.
func (o Org) Ignore(ctx context.Context, replicator, person, actor string) error {
	return o.write(ctx, "ignore person", Standings, func(w *writing) error {
		return w.Ignore(ctx, db.IgnoreParams{Organization: o.id, Replicator: replicator, Person: person, IgnoredBy: actor,
			IgnoredAt: millis(o.s.now())})
	})
}

// Unignore lets a person be offered again.
func (o Org) Unignore(ctx context.Context, replicator, person string) error {
	return o.write(ctx, "offer person again", Standings, func(w *writing) error {
		n, err := w.Unignore(ctx, db.UnignoreParams{Organization: o.id, Replicator: replicator, Person: person})
		return one(n, err, ErrNotFound)
	})
}

// IgnoredOf returns the ids of the people whom the replicator ignores.
func (o Org) IgnoredOf(ctx context.Context, replicator string) (map[string]bool, error) {
	ids, err := o.read().IgnoredOf(ctx, db.IgnoredOfParams{Organization: o.id, Replicator: replicator})
	all := make(map[string]bool, len(ids))
	for _, id := range ids {
		all[id] = true
	}
	return all, wrap("list ignored", err)
}
