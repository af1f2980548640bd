package store

import (
	"context"
	"time"

	"github.com/telefonist/telefonist/store/internal/db"
)

// AddConnectLink keeps a one-time link by the hash of its word; an empty ID is
// filled in, and so is Created.
func (o Org) AddConnectLink(ctx context.Context, l ConnectLink, hash string) (ConnectLink, error) {
	if l.ID == "" {
		l.ID = NewID()
	}
	l.Created = o.s.now().UTC().Truncate(time.Millisecond)
	return l, o.write(ctx, "add connect link", Connecting, func(w *writing) error {
		return w.AddConnectLink(ctx, db.AddConnectLinkParams{Organization: o.id, ID: l.ID, Hash: hash, Source: l.Source,
			Colleague: l.Colleague, Language: l.Language, CreatedBy: l.By, CreatedAt: millis(l.Created), ExpiresAt: millis(l.Expires)})
	})
}

// ConnectLinks returns the links, used and revoked ones too, the newest first.
func (o Org) ConnectLinks(ctx context.Context) ([]ConnectLink, error) {
	rows, err := o.read().ListConnectLinks(ctx, o.id)
	links := make([]ConnectLink, len(rows))
	for i, row := range rows {
		links[i] = connectLinkOf(row)
	}
	return links, wrap("list connect links", err)
}

// ConnectLinkByHash returns the link with that hash; whether it can still be used
// is for the caller to see.
func (o Org) ConnectLinkByHash(ctx context.Context, hash string) (ConnectLink, error) {
	row, err := o.read().ConnectLinkByHash(ctx, db.ConnectLinkByHashParams{Organization: o.id, Hash: hash})
	return connectLinkOf(row), wrap("find connect link", err)
}

func connectLinkOf(row db.ConnectLink) ConnectLink {
	return ConnectLink{ID: row.ID, Source: row.Source, Colleague: row.Colleague, Language: row.Language, By: row.CreatedBy,
		Created: fromMillis(row.CreatedAt), Expires: fromMillis(row.ExpiresAt), Used: fromMillis(row.UsedAt),
		Revoked: fromMillis(row.RevokedAt)}
}

// UseConnectLink uses a link up for the source that it made or served. A second
// use, one too late and one of a revoked link are ErrConflict.
func (o Org) UseConnectLink(ctx context.Context, id, source string) error {
	return o.write(ctx, "use connect link", Connecting, func(w *writing) error {
		n, err := w.UseConnectLink(ctx, db.UseConnectLinkParams{Organization: o.id, ID: id, UsedAt: millis(o.s.now()), Source: source})
		return one(n, err, ErrConflict)
	})
}

// RevokeConnectLink ends a link; one that is not there, or was revoked, is ErrNotFound.
func (o Org) RevokeConnectLink(ctx context.Context, id string) error {
	return o.write(ctx, "revoke connect link", Connecting, func(w *writing) error {
		n, err := w.RevokeConnectLink(ctx, db.RevokeConnectLinkParams{Organization: o.id, ID: id, RevokedAt: millis(o.s.now())})
		return one(n, err, ErrNotFound)
	})
}

// AddConsent keeps a sign-in that has begun.
func (o Org) AddConsent(ctx context.Context, c Consent) error {
	return o.write(ctx, "add consent", Connecting, func(w *writing) error {
		return w.AddConsent(ctx, db.AddConsentParams{Organization: o.id, StateHash: c.StateHash, Link: c.Link, SessionHash: c.SessionHash,
			Cloud: c.Cloud, Sealed: c.Sealed, Tenant: c.Tenant, Source: c.Source, Step: c.Step, ExpiresAt: millis(c.Expires)})
	})
}

// Consent returns a sign-in; whether it has expired is for the caller to see.
func (o Org) Consent(ctx context.Context, stateHash string) (Consent, error) {
	row, err := o.read().GetConsent(ctx, db.GetConsentParams{Organization: o.id, StateHash: stateHash})
	return consentOf(row), wrap("read consent", err)
}

// Consents returns the sign-ins that stand at a step, such as "operator".
func (o Org) Consents(ctx context.Context, step string) ([]Consent, error) {
	rows, err := o.read().ListConsents(ctx, db.ListConsentsParams{Organization: o.id, Step: step})
	all := make([]Consent, len(rows))
	for i, row := range rows {
		all[i] = consentOf(row)
	}
	return all, wrap("list consents", err)
}

func consentOf(row db.Consent) Consent {
	return Consent{StateHash: row.StateHash, Link: row.Link, SessionHash: row.SessionHash, Cloud: row.Cloud, Sealed: row.Sealed,
		Tenant: row.Tenant, Source: row.Source, Step: row.Step, Expires: fromMillis(row.ExpiresAt)}
}

// AdvanceConsent keeps a sign-in's Step, Tenant, Source, Sealed and Expires where
// its step is still was, else it is an ErrConflict.
func (o Org) AdvanceConsent(ctx context.Context, c Consent, was string) error {
	return o.write(ctx, "advance consent", Connecting, func(w *writing) error {
		n, err := w.AdvanceConsent(ctx, db.AdvanceConsentParams{Organization: o.id, StateHash: c.StateHash, Step: c.Step,
			Tenant: c.Tenant, Source: c.Source, Sealed: c.Sealed, ExpiresAt: millis(c.Expires), Step_2: was})
		return one(n, err, ErrConflict)
	})
}

// DeleteConsent forgets a sign-in.
func (o Org) DeleteConsent(ctx context.Context, stateHash string) error {
	return o.write(ctx, "delete consent", Connecting, func(w *writing) error {
		n, err := w.DeleteConsent(ctx, db.DeleteConsentParams{Organization: o.id, StateHash: stateHash})
		return one(n, err, ErrNotFound)
	})
}

// PurgeConsents forgets the sign-ins that have expired.
func (o Org) PurgeConsents(ctx context.Context) error {
	return o.write(ctx, "purge consents", "", func(w *writing) error {
		_, err := w.PurgeConsents(ctx, db.PurgeConsentsParams{Organization: o.id, ExpiresAt: millis(o.s.now())})
		return err
	})
}
