package store

import (
	"context"
	"fmt"
	"time"

	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/store/internal/db"
)

// StartRound begins a round: of r it reads Replicator, Cause, Actor, Whole and
// Undoes. While another round of the replicator reads or applies, that is an
// ErrConflict. One that waits or is held is dropped, with the failure "replaced",
// and the new round is Whole, so that its plan holds everything that waited there;
// but a decision and an undo, which plan nobody else, leave it as it is.
//
// A round that plans takes what the replicator was due for with it: Whole is set
// where that was asked for, and the replicator is not due until it is woken again.
func (o Org) StartRound(ctx context.Context, r Round) (Round, error) {
	r.ID, r.State = NewID(), Reading
	now := o.s.now()
	err := o.write(ctx, "start round", Rounds, func(w *writing) error {
		at, err := w.NextRound(ctx, db.NextRoundParams{Organization: o.id, ID: r.Replicator}) // on PostgreSQL it makes others wait
		if err != nil {
			return err
		}
		replaced, err := o.replace(ctx, w, r.Replicator, r.plans())
		if err != nil {
			return err
		}
		if r.plans() && at.DueAt > 0 && at.DueAt <= millis(now) {
			r.Whole = r.Whole || at.DueWhole
			if err := w.Undue(ctx, db.UndueParams{Organization: o.id, ID: r.Replicator}); err != nil {
				return err
			}
		}
		r.Whole = r.Whole || replaced
		r.Number, r.Serial, r.Started = at.Rounds, o.s.next(), fromMillis(millis(now))
		return w.AddRound(ctx, db.AddRoundParams{Organization: o.id, ID: r.ID, Replicator: r.Replicator, Number: r.Number,
			Serial: r.Serial, Cause: string(r.Cause), Actor: r.Actor, State: string(r.State), Whole: r.Whole,
			Undoes: r.Undoes, StartedAt: millis(now)})
	})
	return r, err
}

// plans is true for a round that reads and plans; a decision of a person and an
// undo leave what waits as it is.
func (r Round) plans() bool { return r.Cause != Undoing && r.Cause != Decision }

// replace drops what waits of the replicator where drop, and refuses while
// something runs.
func (o Org) replace(ctx context.Context, w *writing, replicator string, drop bool) (bool, error) {
	open, err := w.OpenRounds(ctx, db.OpenRoundsParams{Organization: o.id, Replicator: replicator})
	if err != nil || len(open) == 0 {
		return false, err
	}
	for _, row := range open {
		if s := RoundState(row.State); s == Reading || s == Applying {
			return false, fmt.Errorf("round %d is %s: %w", row.Number, s, ErrConflict)
		}
	}
	if !drop {
		return false, nil
	}
	_, err = w.DropOpenRounds(ctx, db.DropOpenRoundsParams{Organization: o.id, Replicator: replicator,
		Failure: encodeReason(pbx.Reason{Code: "replaced"}), EndedAt: millis(o.s.now())})
	return true, err
}

// Round returns one round.
func (o Org) Round(ctx context.Context, id string) (Round, error) {
	row, err := o.read().GetRound(ctx, db.GetRoundParams{Organization: o.id, ID: id})
	if err != nil {
		return Round{}, wrap("read round", err)
	}
	r, err := roundOf(row)
	return r, wrap("read round", err)
}

// OpenRounds returns the rounds of a replicator that are not over, the oldest first:
// at most one reads or applies, and at most one waits or is held.
func (o Org) OpenRounds(ctx context.Context, replicator string) ([]Round, error) {
	rows, err := o.read().OpenRounds(ctx, db.OpenRoundsParams{Organization: o.id, Replicator: replicator})
	if err != nil {
		return nil, wrap("read rounds", err)
	}
	rounds, err := each(rows, roundOf)
	return rounds, wrap("read rounds", err)
}

// RoundFilter chooses rounds; what is empty chooses all.
type RoundFilter struct {
	Replicator string
	State      RoundState
	Cause      Cause
}

// Rounds returns rounds, the newest first, those with a Serial below before; 0
// begins with the newest.
func (o Org) Rounds(ctx context.Context, f RoundFilter, before int64, limit int) ([]Round, error) {
	state, cause := anyOr(string(f.State)), anyOr(string(f.Cause))
	var rows []db.Round
	var err error
	if f.Replicator == "" {
		rows, err = o.read().ListRounds(ctx, db.ListRoundsParams{Organization: o.id, Serial: newest(before),
			State: state, Cause: cause, Limit: int32(limit)})
	} else {
		rows, err = o.read().ListRoundsOfReplicator(ctx, db.ListRoundsOfReplicatorParams{Organization: o.id, Replicator: f.Replicator,
			Serial: newest(before), State: state, Cause: cause, Limit: int32(limit)})
	}
	if err != nil {
		return nil, wrap("list rounds", err)
	}
	rounds, err := each(rows, roundOf)
	return rounds, wrap("list rounds", err)
}

func roundOf(row db.Round) (r Round, err error) {
	r = Round{ID: row.ID, Replicator: row.Replicator, Number: row.Number, Serial: row.Serial, Cause: Cause(row.Cause), Actor: row.Actor,
		State: RoundState(row.State), Whole: row.Whole, Progress: row.Progress, Total: row.Total, Undoes: row.Undoes,
		UndoneBy: row.UndoneBy, ApprovedBy: row.ApprovedBy, Started: fromMillis(row.StartedAt),
		Planned: fromMillis(row.PlannedAt), Ended: fromMillis(row.EndedAt)}
	if r.Held, err = decode[[]pbx.Reason](row.Held); err != nil {
		return r, err
	}
	if r.Counts, err = decode[map[string]int64](row.Counts); err != nil {
		return r, err
	}
	r.Failure, err = decode[pbx.Reason](row.Failure)
	return r, err
}

// SetRound keeps a round as given where its state is still was, else it is an
// ErrConflict. Its Planned is now when it leaves Reading, its Ended when it is over;
// neither they nor what StartRound decided is read from r, but for Whole.
func (o Org) SetRound(ctx context.Context, r Round, was RoundState) error {
	held, err := encodeList(r.Held)
	if err != nil {
		return err
	}
	counts := ""
	if len(r.Counts) > 0 {
		if counts, err = encode(r.Counts); err != nil {
			return err
		}
	}
	return o.write(ctx, "set round", Rounds, func(w *writing) error {
		n, err := w.SetRound(ctx, db.SetRoundParams{Organization: o.id, ID: r.ID, State: string(r.State), Whole: r.Whole,
			Held: held, Counts: counts, Progress: r.Progress, Total: r.Total, Failure: encodeReason(r.Failure),
			UndoneBy: r.UndoneBy, ApprovedBy: r.ApprovedBy, State_2: string(was)})
		if err := one(n, err, ErrConflict); err != nil {
			return err
		}
		now := millis(o.s.now())
		if was == Reading && r.State != Reading && r.State != Failed {
			err = w.SetPlannedAt(ctx, db.SetPlannedAtParams{Organization: o.id, ID: r.ID, PlannedAt: now})
		}
		if err == nil && r.State.Over() {
			err = w.SetEndedAt(ctx, db.SetEndedAtParams{Organization: o.id, ID: r.ID, EndedAt: now})
		}
		return err
	})
}

// SetProgress keeps how far a round has come: people read, or changes applied; of
// how many, 0 when that is not known.
func (o Org) SetProgress(ctx context.Context, round string, done, total int64) error {
	return o.write(ctx, "set progress", Rounds, func(w *writing) error {
		n, err := w.SetProgress(ctx, db.SetProgressParams{Organization: o.id, ID: round, Progress: done, Total: total})
		return one(n, err, ErrNotFound)
	})
}

// SetUndone notes which round undid this one. One that was undone is ErrConflict.
func (o Org) SetUndone(ctx context.Context, round, by string) error {
	return o.write(ctx, "set undone", Rounds, func(w *writing) error {
		n, err := w.SetUndone(ctx, db.SetUndoneParams{Organization: o.id, ID: round, UndoneBy: by})
		return one(n, err, ErrConflict)
	})
}

// DeleteRound forgets one round, with its changes.
func (o Org) DeleteRound(ctx context.Context, id string) error {
	if err := o.repeat(ctx, "delete changes", "", func(w *writing) (int64, error) {
		return w.DeleteChanges(ctx, db.DeleteChangesParams{Organization: o.id, Round: id})
	}); err != nil {
		return err
	}
	return o.write(ctx, "delete round", Rounds, func(w *writing) error {
		_, err := w.DeleteRound(ctx, db.DeleteRoundParams{Organization: o.id, ID: id})
		return err
	})
}

// DeleteRounds forgets rounds that ended before then, with their changes.
func (o Org) DeleteRounds(ctx context.Context, before time.Time) error {
	ids, err := o.read().OldRounds(ctx, db.OldRoundsParams{Organization: o.id, EndedAt: millis(before)})
	if err != nil {
		return wrap("list old rounds", err)
	}
	for _, id := range ids {
		if err := o.DeleteRound(ctx, id); err != nil {
			return err
		}
	}
	return nil
}
