package store

import (
	"context"
	"strings"
	"time"

	"github.com/telefonist/telefonist/name"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/store/internal/db"
)

// Organization returns the organization itself and its generation.
func (o Org) Organization(ctx context.Context) (organization.Organization, int64, error) {
	row, err := o.read().GetOrganization(ctx, o.id)
	if err != nil {
		return organization.Organization{}, 0, wrap("read organization", err)
	}
	org, err := organizationOf(row)
	return org, row.Generation, wrap("read organization", err)
}

// SetOrganization replaces number, name and settings where the generation is still
// that one, else it is an ErrConflict.
func (o Org) SetOrganization(ctx context.Context, org organization.Organization, generation int64) error {
	settings, err := encode(org.Settings)
	if err != nil {
		return err
	}
	return o.write(ctx, "set organization", Organizations, func(w *writing) error {
		n, err := w.UpdateOrganization(ctx, db.UpdateOrganizationParams{Organization: o.id, Number: org.Number, Name: org.Name,
			NameKey: nameKey(org.Name, o.id), Search: name.Fold(org.Name + "\n" + org.Number), Settings: settings, Generation: generation})
		return one(n, err, ErrConflict)
	})
}

// Members returns the organization's users, the oldest first.
func (o Org) Members(ctx context.Context) ([]organization.User, error) {
	rows, err := o.read().ListMembers(ctx, o.id)
	users := make([]organization.User, len(rows))
	for i, r := range rows {
		users[i] = organization.User{Email: r.Email, Name: r.Name, Role: organization.Role(r.Role), Language: r.Language,
			Created: fromMillis(r.CreatedAt), SeenAt: fromMillis(r.SeenAt)}
	}
	return users, wrap("list members", err)
}

// Member returns one user.
func (o Org) Member(ctx context.Context, email string) (organization.User, error) {
	r, err := o.read().GetMember(ctx, db.GetMemberParams{Organization: o.id, Email: strings.ToLower(email)})
	return organization.User{Email: r.Email, Name: r.Name, Role: organization.Role(r.Role), Language: r.Language,
		Created: fromMillis(r.CreatedAt), SeenAt: fromMillis(r.SeenAt)}, wrap("read member", err)
}

// PutMember lets someone in, or changes his name and role. A login without a
// password is made where there is none; only name, role and e-mail are read.
func (o Org) PutMember(ctx context.Context, u organization.User) error {
	email := strings.ToLower(u.Email)
	return o.write(ctx, "put member", Members, func(w *writing) error {
		now := millis(o.s.now())
		if err := w.PutMember(ctx, db.PutMemberParams{Organization: o.id, Email: email, Name: u.Name, Role: string(u.Role), CreatedAt: now}); err != nil {
			return err
		}
		return w.AddLogin(ctx, db.AddLoginParams{Email: email, Name: u.Name, CreatedAt: now})
	})
}

// DeleteMember shuts someone out. His login stays for other organizations.
func (o Org) DeleteMember(ctx context.Context, email string) error {
	return o.write(ctx, "delete member", Members, func(w *writing) error {
		n, err := w.DeleteMember(ctx, db.DeleteMemberParams{Organization: o.id, Email: strings.ToLower(email)})
		return one(n, err, ErrNotFound)
	})
}

// AddToken keeps an API token by the hash of its text.
func (o Org) AddToken(ctx context.Context, t organization.Token, hash string) (organization.Token, error) {
	if t.ID == "" {
		t.ID = NewID()
	}
	t.Created = o.s.now().UTC().Truncate(time.Millisecond)
	return t, o.write(ctx, "add token", Members, func(w *writing) error {
		return w.AddToken(ctx, db.AddTokenParams{Organization: o.id, ID: t.ID, Name: t.Name, Role: string(t.Role), Hash: hash,
			CreatedBy: t.By, CreatedAt: millis(t.Created), ExpiresAt: millis(t.Expires)})
	})
}

// Tokens returns the API tokens, revoked and expired ones too, the oldest first.
func (o Org) Tokens(ctx context.Context) ([]organization.Token, error) {
	rows, err := o.read().ListTokens(ctx, o.id)
	tokens := make([]organization.Token, len(rows))
	for i, row := range rows {
		tokens[i] = tokenOf(row)
	}
	return tokens, wrap("list tokens", err)
}

// TokenByHash returns the token with that hash; whether it has expired or was
// revoked is for the caller to see.
func (o Org) TokenByHash(ctx context.Context, hash string) (organization.Token, error) {
	row, err := o.read().TokenByHash(ctx, db.TokenByHashParams{Organization: o.id, Hash: hash})
	return tokenOf(row), wrap("find token", err)
}

// TouchToken notes that the token was used now.
func (o Org) TouchToken(ctx context.Context, id string) error {
	return o.write(ctx, "touch token", "", func(w *writing) error {
		n, err := w.TouchToken(ctx, db.TouchTokenParams{Organization: o.id, ID: id, UsedAt: millis(o.s.now())})
		return one(n, err, ErrNotFound)
	})
}

// RevokeToken ends a token. One that is not there, or was revoked, is ErrNotFound.
func (o Org) RevokeToken(ctx context.Context, id string) error {
	return o.write(ctx, "revoke token", Members, func(w *writing) error {
		n, err := w.RevokeToken(ctx, db.RevokeTokenParams{Organization: o.id, ID: id, RevokedAt: millis(o.s.now())})
		return one(n, err, ErrNotFound)
	})
}

func tokenOf(row db.Token) organization.Token {
	return organization.Token{ID: row.ID, Name: row.Name, Role: organization.Role(row.Role), By: row.CreatedBy,
		Created: fromMillis(row.CreatedAt), Expires: fromMillis(row.ExpiresAt), Used: fromMillis(row.UsedAt),
		Revoked: fromMillis(row.RevokedAt)}
}
