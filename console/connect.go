package console

import (
	"github.com/telefonist/telefonist/desk"
	"github.com/telefonist/telefonist/organization"
)

// connectView is the list of connections, with the form of a new one.
type connectView struct {
	Sources  []desk.SourceState
	Links    []desk.ConnectLink
	Kind     organization.Kind // of the form
	Server   bool              // Exchange servers can be connected
	Steps    []desk.Step
	Offer    desk.Offer
	New      desk.NewSource
	Said     wrongs
	URL      string // of a link that was made just now
	For      string
	LinkSaid wrongs
}

func showConnect(p *page) error { return p.connectWith(connectView{}, p.ok) }

func (p *page) connectWith(v connectView, show shower) error {
	var err error
	if v.Sources, err = p.visit.Sources(p.ctx()); err != nil {
		return err
	}
	if v.Links, err = p.visit.ConnectLinks(p.ctx()); err != nil {
		return err
	}
	kinds, err := p.visit.SourceKinds(p.ctx())
	if err != nil {
		return err
	}
	v.Kind, _ = kindNamed(kinds, organization.Entra)
	_, v.Server = kindNamed(kinds, organization.Exchange)
	if v.Steps, err = p.visit.Steps(p.ctx(), ""); err != nil {
		return err
	}
	if v.Offer, err = p.visit.SignInOffer(p.ctx()); err != nil {
		return err
	}
	return show(p.connectPage(v))
}

func addSource(p *page) error {
	n := p.readSource()
	s, err := p.visit.AddSource(p.ctx(), n)
	if said, ok := p.refused(err); ok {
		return p.connectWith(connectView{New: n, Said: said}, p.again)
	}
	return p.after(err, "connect/"+s.ID, "connect.added")
}

// readSource reads the fields of [page.sourceFields].
func (p *page) readSource() desk.NewSource {
	n := desk.NewSource{Name: p.form("name"), Kind: organization.Entra, Settings: map[string]string{}}
	for _, name := range []string{"cloud", "tenant", "client"} {
		if v := p.form(name); v != "" {
			n.Settings[name] = v
		}
	}
	return n
}

func changeLinks(p *page) error {
	switch p.form("do") {
	case "add":
		n := desk.NewConnectLink{Colleague: p.form("colleague"), Days: p.whole("days"), Language: p.form("linkLanguage"), Source: p.form("source")}
		url, l, err := p.visit.AddConnectLink(p.ctx(), n)
		if said, ok := p.refused(err); ok {
			return p.connectWith(connectView{LinkSaid: said}, p.again)
		}
		if err != nil {
			return err
		}
		return p.connectWith(connectView{URL: url, For: l.Colleague}, p.ok)
	case "revoke":
		return p.after(p.visit.RevokeConnectLink(p.ctx(), p.form("id")), "connect", "connect.linkRevoked")
	}
	return desk.ErrNotFound
}

func (p *page) linkState(l desk.ConnectLink) (tone, string) {
	switch {
	case !l.Revoked.IsZero():
		return neutral, p.T("connect.link.revoked")
	case !l.Used.IsZero():
		return good, p.T("connect.link.used", "date", p.date(l.Used))
	case !l.Expires.After(p.now()):
		return neutral, p.T("connect.link.expired")
	}
	return active, p.T("connect.link.open", "date", p.date(l.Expires))
}
