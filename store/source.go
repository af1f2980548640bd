package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/store/internal/db"
)

// AddSource adds a source; an empty ID is filled in, and so is Created.
func (o Org) AddSource(ctx context.Context, src organization.Source) (organization.Source, error) {
	if src.ID == "" {
		src.ID = NewID()
	}
	src.Created = o.s.now().UTC().Truncate(time.Millisecond)
	return src, o.write(ctx, "add source", Sources, func(w *writing) error {
		return w.AddSource(ctx, db.AddSourceParams{Organization: o.id, ID: src.ID, Name: src.Name, Kind: src.Kind,
			Settings: encodeMap(src.Settings), CreatedAt: millis(src.Created)})
	})
}

// Sources returns the sources, the oldest first.
func (o Org) Sources(ctx context.Context) ([]SourceState, error) {
	rows, err := o.read().ListSources(ctx, o.id)
	if err != nil {
		return nil, wrap("list sources", err)
	}
	sources, err := each(rows, sourceOf)
	return sources, wrap("list sources", err)
}

// Source returns one source.
func (o Org) Source(ctx context.Context, id string) (SourceState, error) {
	row, err := o.read().GetSource(ctx, db.GetSourceParams{Organization: o.id, ID: id})
	if err != nil {
		return SourceState{}, wrap("read source", err)
	}
	src, err := sourceOf(row)
	return src, wrap("read source", err)
}

func sourceOf(row db.Source) (SourceState, error) {
	settings, err := decodeMap[string](row.Settings)
	return SourceState{
		Source: organization.Source{ID: row.ID, Name: row.Name, Kind: row.Kind, Settings: settings, Created: fromMillis(row.CreatedAt)},
		Tenant: row.Tenant, Generation: row.Generation, CheckedAt: fromMillis(row.CheckedAt), Checked: row.Checked,
		ReadAt: fromMillis(row.ReadAt), Seq: row.Seq, GroupsWhole: fromMillis(row.GroupsWhole)}, err
}

// UpdateSource replaces name and settings where the generation is still that one,
// else it is an ErrConflict.
func (o Org) UpdateSource(ctx context.Context, src organization.Source, generation int64) error {
	return o.write(ctx, "update source", Sources, func(w *writing) error {
		n, err := w.UpdateSource(ctx, db.UpdateSourceParams{Organization: o.id, ID: src.ID, Name: src.Name,
			Settings: encodeMap(src.Settings), Generation: generation})
		return one(n, err, ErrConflict)
	})
}

// SetTenant keeps the id of the tenant that the source was proven to be.
func (o Org) SetTenant(ctx context.Context, source, tenant string) error {
	return o.write(ctx, "set tenant", Sources, func(w *writing) error {
		n, err := w.SetTenant(ctx, db.SetTenantParams{Organization: o.id, ID: source, Tenant: tenant})
		return one(n, err, ErrNotFound)
	})
}

// SetChecked keeps the outcome of a check, as JSON of its maker's, and its time.
func (o Org) SetChecked(ctx context.Context, source, outcome string) error {
	return o.write(ctx, "set check", Sources, func(w *writing) error {
		n, err := w.SetChecked(ctx, db.SetCheckedParams{Organization: o.id, ID: source, CheckedAt: millis(o.s.now()), Checked: outcome})
		return one(n, err, ErrNotFound)
	})
}

// DeleteSource deletes a source with its credentials, its mirror and its people's
// mailboxes; what was told of them is taken back. While a replicator uses it, that
// is an ErrConflict.
func (o Org) DeleteSource(ctx context.Context, id string) error {
	if _, err := o.Source(ctx, id); err != nil {
		return err
	}
	used, err := o.read().CountReplicatorsOfSource(ctx, db.CountReplicatorsOfSourceParams{Organization: o.id, Source: id})
	if err != nil {
		return wrap("delete source", err)
	}
	if used > 0 {
		return fmt.Errorf("delete source: a replicator uses it: %w", ErrConflict)
	}
	if err := o.DeleteConnection(ctx, id); err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	steps := []func(w *writing) (int64, error){
		func(w *writing) (int64, error) {
			return w.DeleteSubscriptionsOf(ctx, db.DeleteSubscriptionsOfParams{Organization: o.id, Source: id})
		},
		func(w *writing) (int64, error) {
			return w.DeleteEdges(ctx, db.DeleteEdgesParams{Organization: o.id, Source: id})
		},
		func(w *writing) (int64, error) {
			return w.DeleteGroups(ctx, db.DeleteGroupsParams{Organization: o.id, Source: id})
		},
		func(w *writing) (int64, error) {
			return w.DeletePeople(ctx, db.DeletePeopleParams{Organization: o.id, Source: id})
		},
	}
	for _, step := range steps {
		if err := o.repeat(ctx, "delete source", People, step); err != nil {
			return err
		}
	}
	if err := o.forgetStrangers(ctx); err != nil {
		return err
	}
	return o.write(ctx, "delete source", Sources, func(w *writing) error {
		n, err := w.DeleteSource(ctx, db.DeleteSourceParams{Organization: o.id, ID: id})
		return one(n, err, ErrNotFound)
	})
}

// AddCredential keeps a sealed secret or key; an empty ID is filled in, and so is
// Created. The source's generation is counted up.
func (o Org) AddCredential(ctx context.Context, source string, c organization.Credential, sealed []byte) (organization.Credential, error) {
	if c.ID == "" {
		c.ID = NewID()
	}
	c.Created = o.s.now().UTC().Truncate(time.Millisecond)
	return c, o.write(ctx, "add credential", Sources, func(w *writing) error {
		n, err := w.BumpSource(ctx, db.BumpSourceParams{Organization: o.id, ID: source})
		if err := one(n, err, ErrNotFound); err != nil {
			return err
		}
		return w.AddCredential(ctx, db.AddCredentialParams{Organization: o.id, Source: source, ID: c.ID, Kind: string(c.Kind),
			Sealed: sealed, Hint: c.Hint, PublicPem: c.PublicPEM, ExpiresAt: millis(c.Expires), ExpiryRead: c.ExpiryRead,
			CreatedAt: millis(c.Created)})
	})
}

// Credentials returns what is known of the source's credentials, the newest first.
func (o Org) Credentials(ctx context.Context, source string) ([]organization.Credential, error) {
	rows, err := o.read().ListCredentials(ctx, db.ListCredentialsParams{Organization: o.id, Source: source})
	all := make([]organization.Credential, len(rows))
	for i, row := range rows {
		all[i] = credentialOf(row)
	}
	return all, wrap("list credentials", err)
}

// SealedCredential returns a credential with what was sealed.
func (o Org) SealedCredential(ctx context.Context, source, id string) (organization.Credential, []byte, error) {
	row, err := o.read().GetCredential(ctx, db.GetCredentialParams{Organization: o.id, Source: source, ID: id})
	return credentialOf(row), row.Sealed, wrap("read credential", err)
}

func credentialOf(row db.Credential) organization.Credential {
	return organization.Credential{ID: row.ID, Kind: organization.CredentialKind(row.Kind), Hint: row.Hint, PublicPEM: row.PublicPem,
		Expires: fromMillis(row.ExpiresAt), ExpiryRead: row.ExpiryRead, Created: fromMillis(row.CreatedAt)}
}

// DeleteCredential forgets a credential and counts up the source's generation.
func (o Org) DeleteCredential(ctx context.Context, source, id string) error {
	return o.write(ctx, "delete credential", Sources, func(w *writing) error {
		n, err := w.DeleteCredential(ctx, db.DeleteCredentialParams{Organization: o.id, Source: source, ID: id})
		if err := one(n, err, ErrNotFound); err != nil {
			return err
		}
		_, err = w.BumpSource(ctx, db.BumpSourceParams{Organization: o.id, ID: source})
		return err
	})
}

// SetWarned notes which expiry warning was sent: 60, 30, 14, 7 or 1 days before.
func (o Org) SetWarned(ctx context.Context, source, id string, days int) error {
	return o.write(ctx, "set warning", Sources, func(w *writing) error {
		n, err := w.SetWarned(ctx, db.SetWarnedParams{Organization: o.id, Source: source, ID: id, WarnedDays: int64(days)})
		return one(n, err, ErrNotFound)
	})
}

// SetExpiry keeps when a credential ends, and whether the directory said so.
// Warnings begin anew.
func (o Org) SetExpiry(ctx context.Context, source, id string, expires time.Time, read bool) error {
	return o.write(ctx, "set expiry", Sources, func(w *writing) error {
		n, err := w.SetExpiry(ctx, db.SetExpiryParams{Organization: o.id, Source: source, ID: id, ExpiresAt: millis(expires), ExpiryRead: read})
		return one(n, err, ErrNotFound)
	})
}

// HashClientState is what is kept of the secret that a subscription is made with
// and that comes with each of its notifications.
func HashClientState(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// PutSubscription keeps the change subscription of a resource of the source, or
// why there is none.
func (o Org) PutSubscription(ctx context.Context, source string, sub Subscription) error {
	return o.write(ctx, "put subscription", Sources, func(w *writing) error {
		return w.PutSubscription(ctx, db.PutSubscriptionParams{Organization: o.id, Source: source, Resource: sub.Resource, ID: sub.ID,
			ClientState: sub.ClientStateHash, ExpiresAt: millis(sub.Expires), DueAt: millis(sub.Due), Problem: sub.Problem})
	})
}

// Subscriptions returns the source's change subscriptions, but for those of
// mailboxes.
func (o Org) Subscriptions(ctx context.Context, source string) ([]Subscription, error) {
	rows, err := o.read().ListSubscriptions(ctx, db.ListSubscriptionsParams{Organization: o.id, Source: source})
	all := make([]Subscription, len(rows))
	for i, row := range rows {
		all[i] = subscriptionOf(row)
	}
	return all, wrap("list subscriptions", err)
}

func subscriptionOf(row db.Subscription) Subscription {
	return Subscription{Resource: row.Resource, ID: row.ID, ClientStateHash: row.ClientState, Expires: fromMillis(row.ExpiresAt),
		Heard: fromMillis(row.HeardAt), Due: fromMillis(row.DueAt), Problem: row.Problem}
}

// EventSubscriptions returns the change subscriptions of the source's mailboxes:
// their Resource is "events/" and the person.
func (o Org) EventSubscriptions(ctx context.Context, source string) ([]Subscription, error) {
	rows, err := o.read().ListEventSubscriptions(ctx, db.ListEventSubscriptionsParams{Organization: o.id, Source: source})
	all := make([]Subscription, len(rows))
	for i, row := range rows {
		all[i] = subscriptionOf(row)
	}
	return all, wrap("list subscriptions", err)
}

// PutSubscriptions is PutSubscription for many.
func (o Org) PutSubscriptions(ctx context.Context, source string, subs []Subscription) error {
	rows := make([][]any, len(subs))
	for i, sub := range subs {
		rows[i] = []any{o.id, source, sub.Resource, sub.ID, sub.ClientStateHash, millis(sub.Expires), int64(0), millis(sub.Due), sub.Problem}
	}
	_, err := o.runAll(ctx, "put subscriptions", Sources, putSubscriptions, rows)
	return err
}

// DeleteSubscriptions forgets change subscriptions; some may be gone.
func (o Org) DeleteSubscriptions(ctx context.Context, source string, resources []string) error {
	for part := range slices.Chunk(resources, batch) {
		if err := o.write(ctx, "delete subscriptions", Sources, func(w *writing) error {
			_, err := o.s.among(ctx, w, dropSubscriptions, []any{o.id, source}, part)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// SubscriptionHeard notes that a notification came now.
func (o Org) SubscriptionHeard(ctx context.Context, source, resource string) error {
	return o.write(ctx, "note notification", "", func(w *writing) error {
		n, err := w.SetHeard(ctx, db.SetHeardParams{Organization: o.id, Source: source, Resource: resource, HeardAt: millis(o.s.now())})
		return one(n, err, ErrNotFound)
	})
}

// DeleteSubscription forgets a change subscription.
func (o Org) DeleteSubscription(ctx context.Context, source, resource string) error {
	return o.write(ctx, "delete subscription", Sources, func(w *writing) error {
		n, err := w.DeleteSubscription(ctx, db.DeleteSubscriptionParams{Organization: o.id, Source: source, Resource: resource})
		return one(n, err, ErrNotFound)
	})
}
