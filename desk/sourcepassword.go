package desk

import (
	"context"
	"net/url"
	"strings"

	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/store"
)

// An Exchange server is asked as one account, with one password: another one
// replaces it, and with it goes the mark that a refused one left.

// password refuses what can't be an account's password. It is kept as it was
// typed: blanks at its ends may belong to it.
func (f *faults) password(s string) {
	f.when(s == "", "password", "required")
	f.text("password", s, maxName)
	f.when(strings.ContainsAny(s, "\r\n"), "password", "text")
}

// passwordOf seals the password of a source, and is how it is kept in the
// transaction that writes the rest; nil changes nothing.
func (v *Visit) passwordOf(source string, have []organization.Credential, password *string) (func(context.Context, store.Org) error, error) {
	if password == nil {
		return func(context.Context, store.Org) error { return nil }, nil
	}
	if v.desk.Seal == nil {
		return nil, ErrNotOffered
	}
	sealed, err := v.desk.Seal([]byte(*password), organization.Sealed(v.org, source, string(organization.Secret)))
	if err != nil {
		return nil, step("seal password", err)
	}
	return func(ctx context.Context, o store.Org) error {
		for _, c := range have {
			if err := o.DeleteCredential(ctx, source, c.ID); err != nil {
				return err
			}
		}
		_, err := o.AddCredential(ctx, source, organization.Credential{ID: store.NewID(), Kind: organization.Secret}, sealed)
		return err
	}, nil
}

// setPassword gives an Exchange server's account another password.
func (v *Visit) setPassword(ctx context.Context, have SourceState, password string) (organization.Credential, error) {
	var bad faults
	bad.password(password)
	if err := bad.err(); err != nil {
		return organization.Credential{}, err
	}
	keep, err := v.passwordOf(have.ID, have.Credentials, &password)
	if err != nil {
		return organization.Credential{}, err
	}
	if err := v.write(ctx, "source.password", have.ID, nil, func(o store.Org) error { return keep(ctx, o) }); err != nil {
		return organization.Credential{}, err
	}
	after, err := v.source(ctx, have.ID)
	if err != nil || len(after.Credentials) == 0 {
		return organization.Credential{}, err
	}
	return after.Credentials[0], nil
}

// sealedPassword is how a source's password is put back as it is now.
func (v *Visit) sealedPassword(ctx context.Context, s SourceState) (func(context.Context, store.Org) error, error) {
	if len(s.Credentials) == 0 {
		return func(context.Context, store.Org) error { return nil }, nil
	}
	c, sealed, err := v.store().SealedCredential(ctx, s.ID, s.Credentials[0].ID)
	if err != nil {
		return nil, answer(err, "read password")
	}
	return func(ctx context.Context, o store.Org) error {
		_, err := o.AddCredential(ctx, s.ID, c, sealed)
		return err
	}, nil
}

// samePassword is true where what a source's password was given for is the same:
// it goes to no other server, and to no other account, than it was typed for.
func samePassword(a, b organization.Source) bool {
	if a.Directory() {
		return true
	}
	return origin(a.Settings["url"]) == origin(b.Settings["url"]) && a.Settings["user"] == b.Settings["user"]
}

// origin is the scheme and host of an address.
func origin(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return strings.ToLower(u.Scheme + "://" + u.Host)
}
