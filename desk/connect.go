package desk

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/store"
)

// maxLinkDays bounds how long a colleague's link is good.
const maxLinkDays = 30

// NewConnectLink is what is chosen for a colleague's link.
type NewConnectLink struct {
	Colleague string // to whom it is given: a name or an address, for the list
	Days      int    // 1 to 30
	Language  string // of the steps
	Source    string // "" makes a new one
}

// ConnectLinks lists the links given to colleagues, the newest first.
func (v *Visit) ConnectLinks(ctx context.Context) ([]ConnectLink, error) {
	if err := v.may(ctx, "ConnectLinks"); err != nil {
		return nil, err
	}
	links, err := v.store().ConnectLinks(ctx)
	return links, step("list links", err)
}

// AddConnectLink makes a one-time link for a colleague who can connect a tenant.
// Its address is returned this once. Without a public URL it is [ErrNotOffered].
func (v *Visit) AddConnectLink(ctx context.Context, n NewConnectLink) (url string, l ConnectLink, err error) {
	if err := v.may(ctx, "AddConnectLink"); err != nil {
		return "", l, err
	}
	if v.desk.PublicURL == "" {
		return "", l, ErrNotOffered
	}
	var bad faults
	n.Colleague = bad.name("colleague", n.Colleague)
	bad.between("days", n.Days, 1, maxLinkDays)
	bad.language("language", n.Language, false)
	if err := bad.err(); err != nil {
		return "", l, err
	}
	if n.Source != "" {
		if _, err := v.source(ctx, n.Source); err != nil {
			return "", l, err
		}
	}
	now := v.desk.Now()
	l = ConnectLink{
		ID: store.NewID(), Source: n.Source, Colleague: n.Colleague, Language: n.Language, By: v.actor.ID,
		Expires: now.AddDate(0, 0, n.Days),
	}
	text := secretText(LinkPrefix, v.org)
	err = v.write(ctx, "link.add", l.ID, map[string]string{"colleague": l.Colleague}, func(o store.Org) error {
		_, err := o.AddConnectLink(ctx, l, hashWord(text))
		return err
	})
	return v.desk.PublicURL + "/link/" + text, l, err
}

// RevokeConnectLink makes a link worthless at once.
func (v *Visit) RevokeConnectLink(ctx context.Context, id string) error {
	if err := v.may(ctx, "RevokeConnectLink"); err != nil {
		return err
	}
	return v.write(ctx, "link.revoke", id, nil, func(o store.Org) error {
		return o.RevokeConnectLink(ctx, id)
	})
}

// ConnectView is what a colleague sees who has opened a link: whom it is for and
// by whom, never anything that was given before.
type ConnectView struct {
	Organization string
	By           string // who gave the link
	Source       string // "" until the values were given
	Expires      time.Time
	Kinds        []organization.Kind // those that can be given: of a source that is there, its own
}

// Connecting is what the colleague's page shows.
func (v *Visit) Connecting(ctx context.Context) (ConnectView, error) {
	if err := v.may(ctx, "Connecting"); err != nil {
		return ConnectView{}, err
	}
	l, err := v.ownLink(ctx)
	if err != nil {
		return ConnectView{}, err
	}
	o, err := v.organization(ctx)
	if err != nil {
		return ConnectView{}, err
	}
	view := ConnectView{Organization: o.Name, By: l.By, Source: l.Source, Expires: l.Expires, Kinds: v.desk.Kinds}
	if l.Source != "" {
		s, err := v.source(ctx, l.Source)
		if err != nil {
			return ConnectView{}, err
		}
		view.Kinds = slices.DeleteFunc(slices.Clone(v.desk.Kinds), func(k organization.Kind) bool { return k.Name != s.Kind })
	}
	return view, nil
}

// ConnectValues is what a colleague types. Secret or Certificate; both empty
// where the source has credentials.
type ConnectValues struct {
	Kind        string
	Settings    map[string]string
	Secret      string    // or the password of an Exchange server's account
	Expires     time.Time // the secret's, as read in Entra
	Certificate string    // PEM, with its key
}

// Connect takes what a colleague typed, checks it at once and answers with the
// check alone. The link is used up when the check finds nothing wrong; until
// then he may correct what he typed, which replaces what he gave before.
func (v *Visit) Connect(ctx context.Context, in ConnectValues) (CheckResult, error) {
	if err := v.may(ctx, "Connect"); err != nil {
		return CheckResult{}, err
	}
	l, err := v.ownLink(ctx)
	if err != nil {
		return CheckResult{}, err
	}
	if l.Source != "" {
		have, err := v.source(ctx, l.Source)
		if err != nil {
			return CheckResult{}, err
		}
		in.Kind = have.Kind
	}
	if err := v.checkValues(in); err != nil {
		return CheckResult{}, err
	}
	source, undo, err := v.connectSource(ctx, l.Source, in)
	if err != nil {
		return CheckResult{}, err
	}
	result, err := v.check(ctx, source)
	if err != nil || !result.OK() {
		return result, errors.Join(err, undo())
	}
	return result, v.write(ctx, "link.use", l.ID, map[string]string{"source": source}, func(o store.Org) error {
		return o.UseConnectLink(ctx, l.ID, source)
	})
}

// connectSource writes what a colleague typed: a new source, or new settings and
// one more credential of the one that the link is for. undo takes it away again.
func (v *Visit) connectSource(ctx context.Context, id string, in ConnectValues) (source string, undo func() error, err error) {
	if in.Kind == organization.Exchange {
		return v.connectExchange(ctx, id, in)
	}
	var before SourceState
	if id == "" {
		added, err := v.addSource(ctx, NewSource{Name: connectedName, Kind: in.Kind, Settings: in.Settings})
		if err != nil {
			return "", nil, err
		}
		id = added.ID
	} else if before, err = v.source(ctx, id); err != nil {
		return "", nil, err
	} else if _, err = v.saveSource(ctx, id, NewSource{Name: before.Name, Settings: in.Settings}, before.Generation); err != nil {
		return "", nil, err
	}
	credential, err := v.connectCredential(ctx, id, in)
	undo = func() error { return v.disconnect(ctx, id, credential.ID, before) }
	if err != nil {
		return "", nil, errors.Join(err, undo())
	}
	return id, undo, nil
}

// connectedName is what a source is called that a colleague connected.
const connectedName = "Entra ID"

func (v *Visit) connectCredential(ctx context.Context, source string, in ConnectValues) (organization.Credential, error) {
	if in.Secret != "" {
		return v.addSecret(ctx, source, in.Secret, in.Expires)
	}
	return v.addCertificate(ctx, source, in.Certificate)
}

// disconnect takes away what a check refused: nothing wrong is kept.
func (v *Visit) disconnect(ctx context.Context, source, credential string, before SourceState) error {
	ctx = context.WithoutCancel(ctx)
	if before.ID == "" {
		return v.deleteSource(ctx, source)
	}
	now, err := v.source(ctx, source)
	if err != nil {
		return err
	}
	if _, err := v.saveSource(ctx, source, NewSource{Name: before.Name, Settings: before.Settings}, now.Generation); err != nil {
		return err
	}
	if credential == "" {
		return nil
	}
	return v.deleteCredential(ctx, source, credential)
}

// ownLink is the link that the actor came with.
func (v *Visit) ownLink(ctx context.Context) (ConnectLink, error) {
	links, err := v.store().ConnectLinks(ctx)
	if err != nil {
		return ConnectLink{}, step("read link", err)
	}
	for _, l := range links {
		if l.ID == v.actor.About && l.Used.IsZero() && l.Revoked.IsZero() && l.Expires.After(v.desk.Now()) {
			return l, nil
		}
	}
	return ConnectLink{}, ErrWrong
}

// checkValues finds what is wrong with the form before anything is written.
func (v *Visit) checkValues(in ConnectValues) error {
	if in.Kind == organization.Exchange {
		return v.checkSource(&NewSource{Name: "x", Kind: in.Kind, Settings: in.Settings, Password: &in.Secret})
	}
	if err := v.checkSource(&NewSource{Name: "x", Kind: in.Kind, Settings: in.Settings}); err != nil {
		return err
	}
	var bad faults
	bad.when((in.Secret == "") == (in.Certificate == ""), "secret", "required")
	if in.Secret != "" {
		bad.secret("secret", in.Secret)
		bad.when(!in.Expires.IsZero() && !in.Expires.After(v.desk.Now()), "expires", "past")
	}
	if err := bad.err(); err != nil || in.Certificate == "" {
		return err
	}
	_, _, err := readCertificate([]byte(in.Certificate), v.desk.Now())
	return err
}

// serverName is what an Exchange server is called that a colleague connected.
const serverName = "Exchange"

// connectExchange is [Visit.connectSource] for an Exchange server, which has one
// account: its password takes the place of the one before.
func (v *Visit) connectExchange(ctx context.Context, id string, in ConnectValues) (source string, undo func() error, err error) {
	n := NewSource{Name: serverName, Kind: in.Kind, Settings: in.Settings, Password: &in.Secret}
	if id == "" {
		added, err := v.addSource(ctx, n)
		return added.ID, func() error { return v.deleteSource(context.WithoutCancel(ctx), added.ID) }, err
	}
	before, err := v.source(ctx, id)
	if err != nil {
		return "", nil, err
	}
	restore, err := v.sealedPassword(ctx, before)
	if err != nil {
		return "", nil, err
	}
	n.Name = before.Name
	after, err := v.saveSource(ctx, id, n, before.Generation)
	if err != nil {
		return "", nil, err
	}
	return id, func() error {
		ctx := context.WithoutCancel(ctx)
		return v.write(ctx, "source.save", id, map[string]string{"name": before.Name}, func(o store.Org) error {
			if err := o.UpdateSource(ctx, before.Source, after.Generation); err != nil {
				return err
			}
			for _, c := range after.Credentials {
				if err := o.DeleteCredential(ctx, id, c.ID); err != nil {
					return err
				}
			}
			return restore(ctx, o)
		})
	}, nil
}
