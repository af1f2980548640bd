package store

import (
	"context"
	"time"

	"github.com/telefonist/telefonist/name"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/store/internal/db"
)

// PutChanges keeps changes of a round at their Positions, which begin at 1; a
// change that stands there already is replaced. An empty State is Pending.
func (o Org) PutChanges(ctx context.Context, round string, changes []Change) error {
	rows := make([][]any, len(changes))
	for i, c := range changes {
		if c.State == "" {
			c.State = Pending
		}
		rows[i] = []any{o.id, round, c.Position, string(c.Kind), c.Person, c.Name, name.Fold(c.Name), c.Subscriber, c.Key,
			encodeReason(c.Reason), encodeMap(c.Before), encodeMap(c.After), string(c.State), encodeReason(c.Answer),
			millis(c.At), c.Blanked}
	}
	_, err := o.runAll(ctx, "put changes", Rounds, putChanges, rows)
	return err
}

// DropChanges forgets the changes of a round, before it is planned again.
func (o Org) DropChanges(ctx context.Context, round string) error {
	return o.repeat(ctx, "drop changes", Rounds, func(w *writing) (int64, error) {
		return w.DeleteChanges(ctx, db.DeleteChangesParams{Organization: o.id, Round: round})
	})
}

// FinishChanges keeps what became of changes: their State, Answer, Subscriber and At.
func (o Org) FinishChanges(ctx context.Context, round string, changes []Change) error {
	rows := make([][]any, len(changes))
	for i, c := range changes {
		rows[i] = []any{o.id, round, c.Position, string(c.State), encodeReason(c.Answer), c.Subscriber, millis(c.At)}
	}
	_, err := o.runAll(ctx, "finish changes", Rounds, finishChanges, rows)
	return err
}

// ChangeFilter chooses changes; what is empty chooses all.
type ChangeFilter struct {
	Kind  pbx.Kind
	State ChangeState
	Text  string // part of the person's name
}

// Changes returns changes of a round in their order, after a position; 0 begins.
func (o Org) Changes(ctx context.Context, round string, f ChangeFilter, after int64, limit int) ([]Change, error) {
	rows, err := o.read().ListChanges(ctx, db.ListChangesParams{Organization: o.id, Round: round, Position: after,
		Kind: anyOr(string(f.Kind)), State: anyOr(string(f.State)), Search: pattern(name.Fold(f.Text)), Limit: int32(limit)})
	return changesOf(rows, err)
}

// PendingChanges returns changes of a round that are still to be made.
func (o Org) PendingChanges(ctx context.Context, round string, after int64, limit int) ([]Change, error) {
	rows, err := o.read().PendingChanges(ctx, db.PendingChangesParams{Organization: o.id, Round: round, Position: after, Limit: int32(limit)})
	return changesOf(rows, err)
}

// Change returns one change.
func (o Org) Change(ctx context.Context, round string, position int64) (Change, error) {
	row, err := o.read().GetChange(ctx, db.GetChangeParams{Organization: o.id, Round: round, Position: position})
	if err != nil {
		return Change{}, wrap("read change", err)
	}
	c, err := changeOf(row)
	return c, wrap("read change", err)
}

// ChangeCounts counts the changes of a round by kind and state.
func (o Org) ChangeCounts(ctx context.Context, round string) (map[pbx.Kind]map[ChangeState]int64, error) {
	rows, err := o.read().CountChanges(ctx, db.CountChangesParams{Organization: o.id, Round: round})
	counts := map[pbx.Kind]map[ChangeState]int64{}
	for _, r := range rows {
		if counts[pbx.Kind(r.Kind)] == nil {
			counts[pbx.Kind(r.Kind)] = map[ChangeState]int64{}
		}
		counts[pbx.Kind(r.Kind)][ChangeState(r.State)] = r.Changes
	}
	return counts, wrap("count changes", err)
}

// ChangesOfPerson returns what was done about a person in all rounds, the latest
// first.
func (o Org) ChangesOfPerson(ctx context.Context, person string, limit int) ([]Change, error) {
	rows, err := o.read().ChangesOfPerson(ctx, db.ChangesOfPersonParams{Organization: o.id, Person: person, Limit: int32(limit)})
	return changesOf(rows, err)
}

// ChangesOfSubscriber returns what was done to an entry in all rounds, the latest
// first.
func (o Org) ChangesOfSubscriber(ctx context.Context, subscriber string, limit int) ([]Change, error) {
	rows, err := o.read().ChangesOfSubscriber(ctx, db.ChangesOfSubscriberParams{Organization: o.id, Subscriber: subscriber, Limit: int32(limit)})
	return changesOf(rows, err)
}

func changesOf(rows []db.Change, err error) ([]Change, error) {
	if err != nil {
		return nil, wrap("read changes", err)
	}
	changes, err := each(rows, changeOf)
	return changes, wrap("read changes", err)
}

func changeOf(row db.Change) (c Change, err error) {
	c = Change{Change: pbx.Change{Kind: pbx.Kind(row.Kind), Person: row.Person, Name: row.Name, Subscriber: row.Subscriber,
		Key: row.CreationKey}, Round: row.Round, Position: row.Position, State: ChangeState(row.State),
		At: fromMillis(row.DoneAt), Blanked: row.Blanked}
	if c.Reason, err = decode[pbx.Reason](row.Reason); err != nil {
		return c, err
	}
	if c.Answer, err = decode[pbx.Reason](row.Answer); err != nil {
		return c, err
	}
	if c.Before, err = decodeMap[pbx.Field](row.Before); err != nil {
		return c, err
	}
	c.After, err = decodeMap[pbx.Field](row.After)
	return c, err
}

// BlankRemoved takes the names and values out of everything done about entries
// that were removed before then.
func (o Org) BlankRemoved(ctx context.Context, before time.Time) error {
	for {
		rows, err := o.read().RemovedBefore(ctx, db.RemovedBeforeParams{Organization: o.id, DoneAt: millis(before), Limit: 100})
		if err != nil || len(rows) == 0 {
			return wrap("list removed", err)
		}
		for _, r := range rows {
			if err := o.blank(ctx, r); err != nil {
				return err
			}
		}
	}
}

func (o Org) blank(ctx context.Context, r db.RemovedBeforeRow) error {
	if err := o.repeat(ctx, "blank changes", Rounds, func(w *writing) (int64, error) {
		return w.BlankChangesOfSubscriber(ctx, db.BlankChangesOfSubscriberParams{Organization: o.id, Subscriber: r.Subscriber,
			DoneAt: r.DoneAt})
	}); err != nil {
		return err
	}
	if err := o.repeat(ctx, "blank changes", Rounds, func(w *writing) (int64, error) {
		return w.BlankChangesOfPerson(ctx, db.BlankChangesOfPersonParams{Organization: o.id, Person: r.Person, DoneAt: r.DoneAt})
	}); err != nil {
		return err
	}
	return o.write(ctx, "blank change", Rounds, func(w *writing) error { // one without an entry's or a person's id
		_, err := w.BlankChange(ctx, db.BlankChangeParams{Organization: o.id, Round: r.Round, Position: r.Position})
		return err
	})
}
