package console

import (
	"crypto/rand"
	"errors"
	"net/http"

	"github.com/telefonist/telefonist/desk"
	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/organization"
)

// CallbackPath is where Microsoft sends the browser back, after the sign-in as
// after the consent: the redirect URI to register at the operator's application.
const CallbackPath = "/microsoft/callback"

// sessionSignIn is what a browser is known by while it connects a tenant.
const sessionSignIn = "signin"

// beginSignIn sends an administrator to Microsoft.
func beginSignIn(p *page) error { return p.goToMicrosoft() }

// beginLinkSignIn sends the colleague who came by a link there.
func beginLinkSignIn(p *page) error {
	if err := p.openLink(); err != nil {
		return p.linkOver(err)
	}
	return p.goToMicrosoft()
}

func (p *page) goToMicrosoft() error {
	session := p.c.sessions.GetString(p.ctx(), sessionSignIn)
	if session == "" {
		session = rand.Text()
		p.c.sessions.Put(p.ctx(), sessionSignIn, session)
	}
	address, err := p.visit.BeginSignIn(p.ctx(), p.form("cloud"), session)
	if err != nil {
		return p.signInOver(err, "")
	}
	return p.to(address)
}

// callback takes the browser back from Microsoft. What the redirect says of a
// tenant is left where it is.
func callback(p *page) error {
	query := p.r.URL.Query()
	back := desk.Returned{
		State: query.Get("state"), Code: query.Get("code"), Error: query.Get("error"), Session: p.c.sessions.GetString(p.ctx(), sessionSignIn),
	}
	at, err := p.openSignIn(back.State)
	if err != nil {
		return p.signInOver(err, "")
	}
	switch at {
	case desk.AtSignIn:
		address, err := p.visit.SignedIn(p.ctx(), back)
		if err != nil {
			return p.signInOver(err, "")
		}
		return p.to(address)
	case desk.AtConsent:
		if err := p.visit.Consented(p.ctx(), back); err != nil {
			return p.signInOver(err, "")
		}
		return p.to(confirmPath(back.State))
	}
	return p.signInOver(desk.ErrWrong, "")
}

func confirmPath(state string) string { return "/microsoft/confirm/" + state }

// openSignIn lets whoever began a sign-in go on with it, and says how far it is.
func (p *page) openSignIn(state string) (step string, err error) {
	s, err := p.c.Desk.SignInOf(p.ctx(), state, p.c.sessions.GetString(p.ctx(), sessionSignIn))
	if err != nil {
		return "", err
	}
	if s.Actor.ID == "" {
		if err := p.enter(signedIn); err != nil {
			return "", err
		}
	} else {
		p.actor = s.Actor
		p.prefer(s.Actor.Language)
	}
	p.visit = p.c.Desk.As(p.actor).In(s.Organization)
	return s.Step, nil
}

// showTenant asks whether the tenant that consented is the right one.
func showTenant(p *page) error {
	state := p.r.PathValue("state")
	if _, err := p.openSignIn(state); err != nil {
		return p.signInOver(err, "")
	}
	t, err := p.visit.TenantFound(p.ctx(), state, p.c.sessions.GetString(p.ctx(), sessionSignIn))
	if err != nil {
		return p.signInOver(err, confirmPath(state))
	}
	return p.ok(p.tenantPage(t))
}

// confirmTenant takes the answer.
func confirmTenant(p *page) error {
	state := p.r.PathValue("state")
	if _, err := p.openSignIn(state); err != nil {
		return p.signInOver(err, "")
	}
	yes := p.form("answer") == "yes"
	done, err := p.visit.ConfirmTenant(p.ctx(), state, p.c.sessions.GetString(p.ctx(), sessionSignIn), yes)
	switch {
	case err != nil:
		return p.signInOver(err, "")
	case !yes:
		return p.ok(p.signInEnd("consent.no", p.startAgain()))
	case done.Waits:
		return p.ok(p.signInEnd("consent.waits", p.startAgain()))
	case p.visit.Role() == organization.Link:
		return p.ok(p.linkDone(done.Check))
	}
	return p.to("/o/" + string(p.visit.ID()) + "/connect/" + done.Source)
}

// startAgain is the page on which a user begins a sign-in; a colleague has his
// link for that.
func (p *page) startAgain() string {
	if p.visit == nil || p.visit.Role() == organization.Link || p.visit.Role() == "" {
		return ""
	}
	return "/o/" + string(p.visit.ID()) + "/connect"
}

// signInOver says why a sign-in goes no further, with the cure; again is where the
// same can be tried once more.
func (p *page) signInOver(err error, again string) error {
	var trouble *directory.Trouble
	switch {
	case errors.As(err, &trouble):
		return p.show(http.StatusUnprocessableEntity, p.signInTrouble(p.lang.Reason("failure.", trouble.Code, trouble.Args), again))
	case errors.Is(err, desk.ErrWrong):
		return p.show(http.StatusGone, p.signInEnd("consent.over", p.startAgain()))
	}
	return err
}

// answerTenant is an operator's answer for a tenant that waits.
func answerTenant(p *page) error {
	yes := p.form("answer") == "yes"
	done, err := p.c.Desk.As(p.actor).In(organization.ID(p.form("organization"))).ApproveTenant(p.ctx(), p.form("id"), yes)
	switch {
	case err != nil:
		return p.afterAt(err, "/operators", "")
	case !yes:
		return p.afterAt(nil, "/operators", "consent.rejected")
	}
	return p.afterAt(nil, "/o/"+p.form("organization")+"/connect/"+done.Source, "consent.approved")
}

// consented is true for a connection that signs in as the operator's application.
func consented(s desk.SourceState) bool {
	return len(s.Credentials) == 0 && s.Checked != nil && s.Checked.OK()
}

// toldTone is how Microsoft's telling of changes stands.
func toldTone(s desk.SourceState) (tone, string) {
	for _, told := range s.Subscriptions {
		if told.Problem != "" {
			return warn, told.Problem
		}
	}
	return good, "subscription.live"
}
