package desk

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/store"
)

// RunReplicator starts a round now. whole reads and plans everybody anew.
func (v *Visit) RunReplicator(ctx context.Context, id string, whole bool) error {
	if err := v.may(ctx, "RunReplicator"); err != nil {
		return err
	}
	r, err := v.store().Replicator(ctx, id)
	if err != nil {
		return answer(err, "read replicator")
	}
	if r.Paused {
		return invalid("replicator", "paused")
	}
	err = v.write(ctx, "replicator.run", id, nil, func(s store.Org) error {
		return s.Wake(ctx, id, v.desk.Now(), store.ByHand, v.actor.ID, whole)
	})
	if err == nil {
		v.desk.wake(WakeRounds)
	}
	return err
}

// RoundFilter chooses rounds; "" is any.
type RoundFilter struct {
	Replicator string
	State      store.RoundState
	Cause      store.Cause
	Before     int64 // Serial of the last one of the page before, 0 at first
	Limit      int
}

// Rounds reads rounds, the newest first.
func (v *Visit) Rounds(ctx context.Context, f RoundFilter) ([]Round, error) {
	if err := v.may(ctx, "Rounds"); err != nil {
		return nil, err
	}
	if f.Replicator != "" {
		if _, err := v.store().Replicator(ctx, f.Replicator); err != nil {
			return nil, answer(err, "read replicator")
		}
	}
	chosen := store.RoundFilter{Replicator: f.Replicator, State: f.State, Cause: f.Cause}
	rounds, err := v.store().Rounds(ctx, chosen, f.Before, pageSize(f.Limit))
	return rounds, step("list rounds", err)
}

// Round is one round.
func (v *Visit) Round(ctx context.Context, id string) (Round, error) {
	if err := v.may(ctx, "Round"); err != nil {
		return Round{}, err
	}
	return v.round(ctx, id)
}

func (v *Visit) round(ctx context.Context, id string) (Round, error) {
	r, err := v.store().Round(ctx, id)
	return r, answer(err, "read round")
}

// ApproveRound lets a round that waits or was held be applied.
func (v *Visit) ApproveRound(ctx context.Context, id string) error {
	if err := v.may(ctx, "ApproveRound"); err != nil {
		return err
	}
	return v.decideRound(ctx, "round.approve", id, v.desk.Reconcile.Approve)
}

// DropRound throws a round that waits or was held away; nothing is changed by it.
func (v *Visit) DropRound(ctx context.Context, id string) error {
	if err := v.may(ctx, "DropRound"); err != nil {
		return err
	}
	return v.decideRound(ctx, "round.drop", id, v.desk.Reconcile.Drop)
}

func (v *Visit) decideRound(ctx context.Context, verb, id string, decide func(context.Context, organization.ID, string, string) error) error {
	r, err := v.round(ctx, id)
	if err != nil {
		return err
	}
	if r.State != store.Waiting && r.State != store.Held {
		return ErrConflict
	}
	if err := decide(ctx, v.org, id, v.actor.ID); err != nil {
		return answer(err, verb)
	}
	v.desk.wake(WakeRounds)
	return v.audit(ctx, verb, id, nil)
}

// UndoRound makes a plan with before and after of an applied round exchanged and
// what has changed since left out. It waits for approval like any other.
func (v *Visit) UndoRound(ctx context.Context, id string) (newRound string, err error) {
	if err := v.may(ctx, "UndoRound"); err != nil {
		return "", err
	}
	r, err := v.round(ctx, id)
	if err != nil {
		return "", err
	}
	if r.State != store.Done || r.UndoneBy != "" {
		return "", ErrConflict
	}
	newRound, err = v.desk.Reconcile.Undo(ctx, v.org, id, v.actor.ID)
	if err != nil {
		return "", answer(err, "undo round")
	}
	v.desk.wake(WakeRounds)
	return newRound, v.audit(ctx, "round.undo", id, map[string]string{"by": newRound})
}

// ChangeFilter chooses changes of a round; "" is any.
type ChangeFilter struct {
	Kind   pbx.Kind
	State  store.ChangeState
	Search string // any part of the person's name
	After  int64  // position of the last one of the page before
	Limit  int
}

// Changes reads a page of a round's changes, in the order in which they are made.
func (v *Visit) Changes(ctx context.Context, round string, f ChangeFilter) ([]Change, error) {
	if err := v.may(ctx, "Changes"); err != nil {
		return nil, err
	}
	if _, err := v.round(ctx, round); err != nil {
		return nil, err
	}
	changes, err := v.changes(ctx, round, f)
	return changes, step("list changes", err)
}

func (v *Visit) changes(ctx context.Context, round string, f ChangeFilter) ([]Change, error) {
	chosen := store.ChangeFilter{Kind: f.Kind, State: f.State, Text: f.Search}
	return v.store().Changes(ctx, round, chosen, f.After, pageSize(f.Limit))
}

// ExportRound writes a round with all of its changes: JSON, or CSV with a row for
// each field that changes.
func (v *Visit) ExportRound(ctx context.Context, id string, w io.Writer, format Format) error {
	if err := v.may(ctx, "ExportRound"); err != nil {
		return err
	}
	r, err := v.round(ctx, id)
	if err != nil {
		return err
	}
	if err := v.audit(ctx, "round.export", id, nil); err != nil {
		return err
	}
	var all []Change
	for after := int64(0); ; {
		page, err := v.changes(ctx, id, ChangeFilter{After: after, Limit: maxPage})
		if err != nil {
			return step("list changes", err)
		}
		all = append(all, page...)
		if len(page) < maxPage {
			break
		}
		after = page[len(page)-1].Position
	}
	if format == JSON {
		return step("write round", json.NewEncoder(w).Encode(roundOf(r, all)))
	}
	head := []string{"position", "kind", "name", "person", "subscriber", "reason", "field", "before", "after", "state", "answer", "at"}
	return writeCSV(w, head, func(row func(...string)) {
		for _, c := range all {
			for _, f := range changedFields(c) {
				row(itoa(c.Position), string(c.Kind), c.Name, c.Person, c.Subscriber, c.Reason.Code, string(f),
					c.Before[f], c.After[f], string(c.State), c.Answer.Code, stamp(c.At))
			}
		}
	})
}

// changedFields are the fields that a change writes, in order; one that writes
// none still has its row.
func changedFields(c Change) []pbx.Field {
	all := maps.Clone(c.Before)
	if all == nil {
		all = pbx.Fields{}
	}
	maps.Copy(all, c.After)
	if len(all) == 0 {
		return []pbx.Field{""}
	}
	return slices.Sorted(maps.Keys(all))
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
