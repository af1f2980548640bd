package store

import (
	"context"
	"time"

	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/store/internal/db"
)

// SwitchboardState is a switchboard as it is kept.
type SwitchboardState struct {
	organization.Switchboard
	Generation int64
}

// Switchboards returns the switchboards beside the built-in one, the oldest first.
func (o Org) Switchboards(ctx context.Context) ([]SwitchboardState, error) {
	rows, err := o.read().ListSwitchboards(ctx, o.id)
	if err != nil {
		return nil, wrap("list switchboards", err)
	}
	all, err := each(rows, switchboardOf)
	return all, wrap("list switchboards", err)
}

// Switchboard returns one of them.
func (o Org) Switchboard(ctx context.Context, id string) (SwitchboardState, error) {
	s, _, err := o.SealedSwitchboard(ctx, id)
	return s, err
}

// SealedSwitchboard returns a switchboard with its sealed password, empty where it
// has none.
func (o Org) SealedSwitchboard(ctx context.Context, id string) (SwitchboardState, []byte, error) {
	row, err := o.read().GetSwitchboard(ctx, db.GetSwitchboardParams{Organization: o.id, ID: id})
	if err != nil {
		return SwitchboardState{}, nil, wrap("read switchboard", err)
	}
	s, err := switchboardOf(row)
	return s, row.Sealed, wrap("read switchboard", err)
}

func switchboardOf(row db.Switchboard) (SwitchboardState, error) {
	settings, err := decodeMap[string](row.Settings)
	return SwitchboardState{organization.Switchboard{ID: row.ID, Name: row.Name, Kind: row.Kind, Settings: settings,
		Register: row.Register, Paused: row.Paused, Hint: row.Hint, Created: fromMillis(row.CreatedAt)}, row.Generation}, err
}

// PutSwitchboard adds a switchboard where the generation is 0, with a new ID where
// that is empty, and else replaces all but its kind and register where that is
// still its generation: otherwise it is an ErrConflict. sealed is its password. It
// ends with [Org.AlignTellings].
func (o Org) PutSwitchboard(ctx context.Context, s organization.Switchboard, sealed []byte, generation int64) (organization.Switchboard, error) {
	if generation == 0 {
		if s.ID == "" {
			s.ID = NewID()
		}
		s.Created = o.s.now().UTC().Truncate(time.Millisecond)
	}
	if err := o.inTurn().write(ctx, "put switchboard", Calendars, func(w *writing) error {
		if generation == 0 {
			return w.AddSwitchboard(ctx, db.AddSwitchboardParams{Organization: o.id, ID: s.ID, Name: s.Name, Kind: s.Kind,
				Settings: encodeMap(s.Settings), Register: s.Register, Paused: s.Paused, Sealed: sealed, Hint: s.Hint,
				CreatedAt: millis(s.Created)})
		}
		n, err := w.UpdateSwitchboard(ctx, db.UpdateSwitchboardParams{Organization: o.id, ID: s.ID, Name: s.Name,
			Settings: encodeMap(s.Settings), Paused: s.Paused, Sealed: sealed, Hint: s.Hint, Generation: generation})
		return one(n, err, ErrConflict)
	}); err != nil {
		return s, err
	}
	return s, o.AlignTellings(ctx, nil)
}

// Retell has a switchboard told again, as after its settings were changed: those
// that failed, or, anew, everybody as if nothing had been told yet. Builtin is one,
// too.
func (o Org) Retell(ctx context.Context, id string, anew bool) error {
	query, args := retell, []any{o.id, id, millis(o.s.now())}
	subscribers, err := o.read().SubscribersFailing(ctx, db.SubscribersFailingParams{Organization: o.id, Switchboard: id})
	if anew {
		query, args = retellAnew, append(args, []byte{})
		subscribers, err = o.read().SubscribersTold(ctx, db.SubscribersToldParams{Organization: o.id, Switchboard: id})
	}
	if err != nil {
		return wrap("retell", err)
	}
	return o.tellingsAmong(ctx, "retell", query, args, subscribers)
}

// DeleteSwitchboard forgets a switchboard and what it was told; to have that taken
// back first is the caller's.
func (o Org) DeleteSwitchboard(ctx context.Context, id string) error {
	if err := o.inTurn().write(ctx, "delete switchboard", Calendars, func(w *writing) error {
		n, err := w.DeleteSwitchboard(ctx, db.DeleteSwitchboardParams{Organization: o.id, ID: id})
		return one(n, err, ErrNotFound)
	}); err != nil {
		return err
	}
	return o.inTurn().repeat(ctx, "delete tellings", Activities, func(w *writing) (int64, error) {
		return w.DeleteTellings(ctx, db.DeleteTellingsParams{Organization: o.id, Switchboard: id})
	})
}
