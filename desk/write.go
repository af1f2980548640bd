package desk

import (
	"context"
	"errors"

	"github.com/telefonist/telefonist/reconcile"
	"github.com/telefonist/telefonist/store"
)

func (v *Visit) store() store.Org { return v.desk.Store.In(v.org) }

// write changes rows and leaves the line in the audit log, both or neither. f
// does no I/O but the store's.
func (v *Visit) write(ctx context.Context, verb, object string, detail map[string]string, f func(store.Org) error) error {
	err := v.store().Tx(ctx, func(o store.Org) error {
		if err := f(o); err != nil {
			return err
		}
		return v.enter(ctx, o, verb, object, detail)
	})
	return answer(err, verb)
}

// audit leaves a line for what writes no rows here.
func (v *Visit) audit(ctx context.Context, verb, object string, detail map[string]string) error {
	return answer(v.enter(ctx, v.store(), verb, object, detail), "write audit log")
}

func (v *Visit) enter(ctx context.Context, o store.Org, verb, object string, detail map[string]string) error {
	return o.AddEntry(ctx, store.Entry{
		At: v.desk.Now(), Actor: v.actor.ID, Role: v.Role(), Verb: verb, Object: object, Detail: detail,
	})
}

// auditOperator leaves a line in the log of what belongs to no organization.
func (d *Desk) auditOperator(ctx context.Context, actor Actor, verb, object string, detail map[string]string) error {
	err := d.Store.AddOperatorEntry(ctx, store.Entry{
		At: d.Now(), Actor: actor.ID, Role: actor.top(), Verb: verb, Object: object, Detail: detail,
	})
	return step("write audit log", err)
}

// answer turns the store's errors into the desk's. A row that moved on since its
// generation was read is [ErrChanged].
func answer(err error, what string) error {
	var bad *Invalid
	switch {
	case err == nil:
		return nil
	case errors.As(err, &bad):
		return bad
	case errors.Is(err, store.ErrNotFound):
		return ErrNotFound
	case errors.Is(err, store.ErrExists), errors.Is(err, reconcile.ErrNotWaiting), errors.Is(err, reconcile.ErrNotApplied):
		return ErrConflict
	case errors.Is(err, reconcile.ErrDecision):
		return invalid("decisions", "impossible")
	case errors.Is(err, store.ErrConflict):
		return ErrChanged
	}
	return step(what, err)
}
