package desk

import (
	"context"
	"errors"

	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/store"
)

// maxHistory is how many changes of one entry are told; rounds are kept 90 days.
const maxHistory = 10_000

// personData gathers what is kept of a person, or of an entry by itself.
func (v *Visit) personData(ctx context.Context, id string) (personFile, error) {
	d := personFile{ID: id, At: v.desk.Now().UTC()}
	sources, err := v.store().Sources(ctx)
	if err != nil {
		return d, step("list sources", err)
	}
	for _, s := range sources {
		p, err := v.store().ExportPerson(ctx, s.ID, id)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return d, step("gather person", err)
		}
		d.Sources = append(d.Sources, sourceOf(s.ID, p))
	}
	entry, err := v.store().Subscriber(ctx, id)
	switch {
	case err == nil:
		row := entryRowOf(entry)
		d.Entry = &row
		p, err := v.store().ExportPerson(ctx, organization.Local, id)
		if err != nil {
			return d, step("gather person", err)
		}
		if own := sourceOf(organization.Local, p); own.Calendar != nil {
			d.Sources = append(d.Sources, own)
		}
	case !errors.Is(err, store.ErrNotFound):
		return d, step("gather person", err)
	}
	of := v.store().ChangesOfSubscriber
	if len(d.Sources) == 0 && d.Entry == nil {
		of = v.store().ChangesOfPerson // all that is left of one who was purged
	}
	changes, err := of(ctx, id, maxHistory)
	if err != nil {
		return d, step("gather person", err)
	}
	d.Changes = mapped(changes, changeOf)
	if len(d.Sources)+len(d.Changes) == 0 && d.Entry == nil {
		return d, ErrNotFound
	}
	return d, nil
}
