package store

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/telefonist/telefonist/name"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/store/internal/db"
)

// AddOrganization adds a customer. An empty ID is filled in, and so is Created; the
// number must be the only one of its kind.
func (s *Store) AddOrganization(ctx context.Context, org organization.Organization) (organization.Organization, error) {
	if org.ID == "" {
		org.ID = organization.ID(NewID())
	}
	org.Created = s.now().UTC().Truncate(time.Millisecond)
	settings, err := encode(org.Settings)
	if err != nil {
		return org, err
	}
	return org, s.write(ctx, "add organization", func(w *writing) error {
		w.tell(string(org.ID), Organizations)
		return w.AddOrganization(ctx, db.AddOrganizationParams{Organization: string(org.ID), Number: org.Number, Name: org.Name,
			NameKey: nameKey(org.Name, string(org.ID)), Search: name.Fold(org.Name + "\n" + org.Number),
			Settings: settings, CreatedAt: millis(org.Created)})
	})
}

// PutOrganization makes the customer of that number be as given: it is added, or
// its name and settings are replaced. made says whether it was added.
func (s *Store) PutOrganization(ctx context.Context, org organization.Organization) (_ organization.Organization, made bool, err error) {
	for range 3 { // somebody else may do the same at the same time
		have, generation, err := s.OrganizationByNumber(ctx, org.Number)
		if errors.Is(err, ErrNotFound) {
			added, err := s.AddOrganization(ctx, org)
			if errors.Is(err, ErrExists) {
				continue
			}
			return added, true, err
		}
		if err != nil {
			return have, false, err
		}
		have.Name, have.Settings = org.Name, org.Settings
		err = s.In(have.ID).SetOrganization(ctx, have, generation)
		if !errors.Is(err, ErrConflict) {
			return have, false, err
		}
	}
	return org, false, fmt.Errorf("put organization: %w", ErrConflict)
}

// OrganizationByNumber returns the customer with the operator's number and its
// generation.
func (s *Store) OrganizationByNumber(ctx context.Context, number string) (organization.Organization, int64, error) {
	row, err := s.queries.OrganizationByNumber(ctx, number)
	if err != nil {
		return organization.Organization{}, 0, wrap("read organization", err)
	}
	org, err := organizationOf(row)
	return org, row.Generation, wrap("read organization", err)
}

// Organizations returns customers whose name or number holds the text, by name,
// after the place that the page before gave as next, "" being the beginning and
// the end.
func (s *Store) Organizations(ctx context.Context, text, after string, limit int) (_ []organization.Organization, next string, err error) {
	rows, err := s.queries.ListOrganizations(ctx, db.ListOrganizationsParams{NameKey: place(after),
		Search: pattern(name.Fold(text)), Limit: int32(limit)})
	if err != nil {
		return nil, "", wrap("list organizations", err)
	}
	if len(rows) == limit && limit > 0 {
		next = placeText(rows[len(rows)-1].NameKey)
	}
	orgs, err := each(rows, organizationOf)
	return orgs, next, wrap("list organizations", err)
}

// OrganizationStates returns the customers whose name or number holds the text,
// the worst first; a credential is expiring when it ends before the given time.
func (s *Store) OrganizationStates(ctx context.Context, text string, expiring time.Time) ([]OrganizationState, error) {
	rows, err := s.queries.OrganizationStates(ctx, db.OrganizationStatesParams{ExpiresAt: millis(expiring), Search: pattern(name.Fold(text))})
	if err != nil {
		return nil, wrap("list organizations", err)
	}
	states, err := each(rows, func(r db.OrganizationStatesRow) (OrganizationState, error) {
		org, err := organizationOf(db.Organization{Organization: r.Organization, Number: r.Number, Name: r.Name,
			Settings: r.Settings, CreatedAt: r.CreatedAt})
		return OrganizationState{Organization: org, Generation: r.Generation, Sources: r.Sources, Replicators: r.Replicators,
			Held: r.Held, Waiting: r.Waiting, Failing: r.Failing, Left: r.Gone, Expiring: r.Expiring,
			LastRound: fromMillis(r.LastRound)}, err
	})
	slices.SortStableFunc(states, func(a, b OrganizationState) int {
		return cmp.Or(cmp.Compare(b.Failing, a.Failing), cmp.Compare(b.Held, a.Held), cmp.Compare(b.Expiring, a.Expiring),
			cmp.Compare(b.Waiting, a.Waiting), cmp.Compare(b.Left, a.Left))
	})
	return states, wrap("list organizations", err)
}

// AllOrganizations returns the ids of all customers, the oldest first.
func (s *Store) AllOrganizations(ctx context.Context) ([]organization.ID, error) {
	rows, err := s.queries.AllOrganizations(ctx)
	ids := make([]organization.ID, len(rows))
	for i, id := range rows {
		ids[i] = organization.ID(id)
	}
	return ids, wrap("list organizations", err)
}

func organizationOf(row db.Organization) (organization.Organization, error) {
	// What was stored before there were calendars has none: it is read over the defaults.
	settings := organization.Settings{Calendar: organization.DefaultSettings().Calendar}
	err := decodeOver(row.Settings, &settings)
	return organization.Organization{ID: organization.ID(row.Organization), Number: row.Number, Name: row.Name,
		Settings: settings, Created: fromMillis(row.CreatedAt)}, err
}

// place reads where a page begins, and placeText writes where it ends. A text that
// we did not write is the beginning.
func place(text string) []byte {
	key, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return []byte{}
	}
	return key
}

func placeText(key []byte) string { return base64.RawURLEncoding.EncodeToString(key) }
