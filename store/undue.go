package store

import (
	"context"

	"github.com/telefonist/telefonist/store/internal/db"
)

// Undue makes a replicator due never, until it is woken again.
func (o Org) Undue(ctx context.Context, replicator string) error {
	return o.write(ctx, "undue replicator", Replicators, func(w *writing) error {
		return w.Undue(ctx, db.UndueParams{Organization: o.id, ID: replicator})
	})
}
