package desk

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"

	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/store"
)

// Overview is how an organization stands: each directory sync and what waits for
// a person.
type Overview struct {
	Organization Customer
	Sources      []SourceState
	Replicators  []ReplicatorState
	Waiting      []Round // rounds that wait for a yes or no, the oldest first
	Unseen       int64   // notices
}

// Overview reads how the organization stands.
func (v *Visit) Overview(ctx context.Context) (Overview, error) {
	if err := v.may(ctx, "Overview"); err != nil {
		return Overview{}, err
	}
	o, err := v.organization(ctx)
	if err != nil {
		return Overview{}, err
	}
	view := Overview{Organization: o}
	if view.Sources, err = v.sources(ctx); err != nil {
		return Overview{}, err
	}
	if view.Replicators, err = v.replicators(ctx); err != nil {
		return Overview{}, err
	}
	for _, r := range view.Replicators {
		if r.Open != nil && (r.Open.State == store.Waiting || r.Open.State == store.Held) {
			view.Waiting = append(view.Waiting, *r.Open)
		}
	}
	slices.SortFunc(view.Waiting, func(a, b Round) int { return a.Planned.Compare(b.Planned) })
	view.Unseen, err = v.unseen(ctx)
	return view, step("count notices", err)
}

// Watch tells what kind of thing of the organization changes from now on, until
// ctx ends; whoever hears it reads again.
func (v *Visit) Watch(ctx context.Context) (<-chan string, error) {
	if err := v.may(ctx, "Watch"); err != nil {
		return nil, err
	}
	events, cancel := v.desk.Store.Listen()
	out := make(chan string)
	go func() {
		defer close(out)
		defer cancel()
		for {
			select {
			case <-ctx.Done():
				return
			case e, ok := <-events:
				if !ok {
					return
				}
				if e.Organization != v.org || e.Kind == store.Entries {
					continue
				}
				select {
				case out <- e.Kind:
				case <-ctx.Done():
					return
				}
			}
		}
	}()
	return out, nil
}

// same is true where nothing of an organization would change.
func same(a, b organization.Organization) bool {
	return a.Name == b.Name && a.Number == b.Number && equalJSON(a.Settings, b.Settings)
}

// equalJSON compares two settings by what is kept of them.
func equalJSON(a, b organization.Settings) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}
