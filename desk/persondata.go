package desk

import (
	"context"
	"errors"
	"time"

	"github.com/telefonist/telefonist/store"
)

// personData is all that is kept of one person (GDPR article 15).
type personData struct {
	ID      string
	At      time.Time
	Sources map[string]store.PersonData // what was read and written, by source
	Entry   *SubscriberRow              // an entry of the switchboard by itself
	Changes []Change                    // of that entry
}

// maxHistory is how many changes of one entry are told; rounds are kept 90 days.
const maxHistory = 10_000

// personData gathers what is kept of a person, or of an entry by itself.
func (v *Visit) personData(ctx context.Context, id string) (personData, error) {
	d := personData{ID: id, At: v.desk.Now().UTC(), Sources: map[string]store.PersonData{}}
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
		d.Sources[s.ID] = p
	}
	entry, err := v.store().Subscriber(ctx, id)
	switch {
	case err == nil:
		d.Entry = &entry
	case !errors.Is(err, store.ErrNotFound):
		return d, step("gather person", err)
	}
	if d.Changes, err = v.store().ChangesOfSubscriber(ctx, id, maxHistory); err != nil {
		return d, step("gather person", err)
	}
	if len(d.Sources)+len(d.Changes) == 0 && d.Entry == nil {
		return d, ErrNotFound
	}
	return d, nil
}
