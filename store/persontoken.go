package store

import (
	"context"
	"time"

	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/store/internal/db"
)

// PersonToken is what a person's own telephone or button signs in with; its text is
// shown once and only its hash is kept.
type PersonToken struct {
	ID, Person, Name, By   string
	Created, Used, Revoked time.Time
}

// AddPersonToken keeps a token by the hash of its text; an empty ID is filled in,
// and so is Created.
func (o Org) AddPersonToken(ctx context.Context, t PersonToken, hash string) (PersonToken, error) {
	if t.ID == "" {
		t.ID = NewID()
	}
	t.Created = o.s.now().UTC().Truncate(time.Millisecond)
	return t, o.write(ctx, "add person's token", Members, func(w *writing) error {
		return w.AddPersonToken(ctx, db.AddPersonTokenParams{Organization: o.id, ID: t.ID, Person: t.Person, Name: t.Name, Hash: hash,
			CreatedBy: t.By, CreatedAt: millis(t.Created)})
	})
}

// PersonTokens returns a person's tokens, revoked ones too, the oldest first.
func (o Org) PersonTokens(ctx context.Context, person string) ([]PersonToken, error) {
	rows, err := o.read().ListPersonTokens(ctx, db.ListPersonTokensParams{Organization: o.id, Person: person})
	all := make([]PersonToken, len(rows))
	for i, row := range rows {
		all[i] = personTokenOf(row)
	}
	return all, wrap("list person's tokens", err)
}

// TouchPersonToken notes that a token was used now.
func (o Org) TouchPersonToken(ctx context.Context, id string) error {
	return o.write(ctx, "touch person's token", "", func(w *writing) error {
		n, err := w.TouchPersonToken(ctx, db.TouchPersonTokenParams{Organization: o.id, ID: id, UsedAt: millis(o.s.now())})
		return one(n, err, ErrNotFound)
	})
}

// RevokePersonToken ends a token of the person. One that is not there, or was
// revoked, is ErrNotFound.
func (o Org) RevokePersonToken(ctx context.Context, person, id string) error {
	return o.write(ctx, "revoke person's token", Members, func(w *writing) error {
		n, err := w.RevokePersonToken(ctx, db.RevokePersonTokenParams{Organization: o.id, Person: person, ID: id,
			RevokedAt: millis(o.s.now())})
		return one(n, err, ErrNotFound)
	})
}

func personTokenOf(row db.PersonToken) PersonToken {
	return PersonToken{ID: row.ID, Person: row.Person, Name: row.Name, By: row.CreatedBy, Created: fromMillis(row.CreatedAt),
		Used: fromMillis(row.UsedAt), Revoked: fromMillis(row.RevokedAt)}
}

// FindPersonToken returns the organization and the token with that hash; whether it
// was revoked is for the caller to see.
func (s *Store) FindPersonToken(ctx context.Context, hash string) (organization.ID, PersonToken, error) {
	row, err := s.queries.FindPersonToken(ctx, hash)
	return organization.ID(row.Organization), personTokenOf(row), wrap("find person's token", err)
}

// PersonLink is the link that was mailed to a person, good once.
type PersonLink struct {
	ID, Person             string
	Created, Expires, Used time.Time
}

// AddPersonLink keeps a link by the hash of its text; an empty ID is filled in, and
// so is Created.
func (o Org) AddPersonLink(ctx context.Context, l PersonLink, hash string) (PersonLink, error) {
	if l.ID == "" {
		l.ID = NewID()
	}
	l.Created = o.s.now().UTC().Truncate(time.Millisecond)
	return l, o.write(ctx, "add person's link", "", func(w *writing) error {
		return w.AddPersonLink(ctx, db.AddPersonLinkParams{Organization: o.id, ID: l.ID, Person: l.Person, Hash: hash,
			ExpiresAt: millis(l.Expires), CreatedAt: millis(l.Created)})
	})
}

// UsePersonLink uses up a link and returns whose it is. One that was used, has
// expired or is not there is ErrNotFound.
func (o Org) UsePersonLink(ctx context.Context, hash string) (person string, err error) {
	err = o.write(ctx, "use person's link", "", func(w *writing) error {
		person, err = w.UsePersonLink(ctx, db.UsePersonLinkParams{Organization: o.id, Hash: hash, UsedAt: millis(o.s.now())})
		return err
	})
	return person, err
}

// PurgePersonLinks forgets links that expired before then.
func (o Org) PurgePersonLinks(ctx context.Context, before time.Time) error {
	return o.repeat(ctx, "purge person's links", "", func(w *writing) (int64, error) {
		return w.PurgePersonLinks(ctx, db.PurgePersonLinksParams{Organization: o.id, ExpiresAt: millis(before)})
	})
}

// FindPersonLink returns the organization and the link with that hash.
func (s *Store) FindPersonLink(ctx context.Context, hash string) (organization.ID, PersonLink, error) {
	row, err := s.queries.FindPersonLink(ctx, hash)
	return organization.ID(row.Organization), PersonLink{ID: row.ID, Person: row.Person, Created: fromMillis(row.CreatedAt),
		Expires: fromMillis(row.ExpiresAt), Used: fromMillis(row.UsedAt)}, wrap("find person's link", err)
}
