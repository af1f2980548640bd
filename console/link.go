package console

import (
	"errors"
	"net/http"

	"github.com/telefonist/telefonist/desk"
	"github.com/telefonist/telefonist/organization"
)

// linkView is the page of a colleague who opened a link: no account, one
// organization, and nothing of what was given before.
type linkView struct {
	C     desk.ConnectView
	Steps []desk.Step
	Offer desk.Offer
	Typed map[string]string // tenant and client, never a secret
	// Exchange is what is shown instead where it is an Exchange server; nil otherwise.
	Exchange *exchangeView
	Script   exchangeScriptView
	Said     wrongs
	Check    *desk.CheckResult // of what was just given
}

// openLink lets the bearer of a link in, in the language that was chosen for him.
func (p *page) openLink() error {
	actor, org, err := p.c.Desk.ActorOfLink(p.ctx(), p.r.PathValue("link"), p.c.from(p.r))
	if err != nil {
		return err
	}
	p.actor = actor
	p.prefer(actor.Language)
	p.visit = p.c.Desk.As(actor).In(org)
	return nil
}

func (p *page) linkWith(v linkView, show shower) error {
	var err error
	if v.C, err = p.visit.Connecting(p.ctx()); err != nil {
		return err
	}
	if v.Exchange == nil {
		v.Exchange = p.exchangeAsked(v.C)
	}
	if v.Exchange != nil {
		if v.Script, err = p.readExchangeScript(); err != nil {
			return err
		}
		v.Script.Action = "/link/" + p.r.PathValue("link") + "#script-form"
		return show(p.linkPage(v))
	}
	if v.Steps, err = p.visit.Steps(p.ctx(), ""); err != nil {
		return err
	}
	if v.Offer, err = p.visit.SignInOffer(p.ctx()); err != nil {
		return err
	}
	return show(p.linkPage(v))
}

func showLink(p *page) error {
	if err := p.openLink(); err != nil {
		return p.linkOver(err)
	}
	return p.linkWith(linkView{}, p.ok)
}

// exchangeAsked is the form of an Exchange server where the link is for one, or
// where the colleague has said that it is one; else nil.
func (p *page) exchangeAsked(c desk.ConnectView) *exchangeView {
	k, offered := kindNamed(c.Kinds, organization.Exchange)
	_, other := kindNamed(c.Kinds, organization.Entra)
	if !offered || other && p.form("kind") != organization.Exchange {
		return nil
	}
	return &exchangeView{Kind: k, Link: true}
}

// useExchangeLink is useLink for an Exchange server.
func useExchangeLink(p *page) error {
	c, err := p.visit.Connecting(p.ctx())
	if err != nil {
		return p.linkOver(err)
	}
	v := p.exchangeAsked(c)
	if v == nil {
		return errUnreadable
	}
	n, err := p.readExchange(v.Kind)
	if err != nil {
		return err
	}
	in := desk.ConnectValues{Kind: n.Kind, Settings: n.Settings, Secret: p.r.FormValue("password")}
	result, err := p.visit.Connect(p.ctx(), in)
	v.Name, v.Settings = n.Name, n.Settings
	if said, refused := p.refused(err); refused {
		v.Said = said
		return p.linkWith(linkView{Exchange: v}, p.again)
	}
	if err != nil {
		return p.linkOver(err)
	}
	if result.OK() {
		return p.ok(p.linkDone(result))
	}
	return p.linkWith(linkView{Exchange: v, Check: &result}, p.again)
}

// useLink takes the values, checks them and shows what the check found.
func useLink(p *page) error {
	if err := p.openLink(); err != nil {
		return p.linkOver(err)
	}
	if p.form("kind") == organization.Exchange {
		return useExchangeLink(p)
	}
	n := p.readSource()
	in := desk.ConnectValues{Kind: n.Kind, Settings: n.Settings, Secret: p.form("secret")}
	var ok bool
	if in.Expires, ok = p.day("expires"); !ok {
		return p.linkWith(linkView{Typed: n.Settings, Said: wrongs{"expires": p.T("invalid.date")}}, p.again)
	}
	text, err := p.upload("certificate")
	if err != nil {
		return err
	}
	in.Certificate = text
	result, err := p.visit.Connect(p.ctx(), in)
	if said, refused := p.refused(err); refused {
		return p.linkWith(linkView{Typed: n.Settings, Said: said}, p.again)
	}
	if err != nil {
		return p.linkOver(err)
	}
	if result.OK() {
		return p.ok(p.linkDone(result))
	}
	return p.linkWith(linkView{Typed: n.Settings, Check: &result}, p.again)
}

// linkOver says that a link is used, out of date or taken back; no more is told.
func (p *page) linkOver(err error) error {
	if errors.Is(err, desk.ErrWrong) {
		return p.show(http.StatusGone, p.errorPage("link"))
	}
	return err
}
