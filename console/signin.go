package console

import (
	"errors"
	"net/http"

	"github.com/telefonist/telefonist/desk"
)

// home leads to where the actor's work is.
func home(p *page) error {
	if err := p.openPlaces(); err != nil {
		return err
	}
	if len(p.places) == 1 && !p.operator() {
		return p.to("/o/" + string(p.places[0].ID) + "/")
	}
	return p.to("/organizations")
}

func showSignIn(p *page) error {
	return p.ok(p.signInPage("", ""))
}

// signIn opens a session under a new name, so that one that was planted in the
// browser before is worth nothing.
func signIn(p *page) error {
	email := p.form("email")
	actor, err := p.c.Desk.SignIn(p.ctx(), email, p.r.FormValue("password"), p.c.from(p.r))
	switch {
	case errors.Is(err, desk.ErrWrong):
		return p.show(http.StatusUnauthorized, p.signInPage(email, p.T("signIn.wrong")))
	case errors.Is(err, desk.ErrTooMany):
		return p.show(http.StatusTooManyRequests, p.signInPage(email, p.T("signIn.tooMany")))
	case err != nil:
		return err
	}
	return p.begin(actor, local(p.form("next")))
}

func (p *page) begin(actor desk.Actor, next string) error {
	if err := p.c.sessions.RenewToken(p.ctx()); err != nil {
		return err
	}
	p.c.sessions.Remove(p.ctx(), sessionPerson) // who came by a link before is somebody else
	p.c.sessions.Put(p.ctx(), sessionEmail, actor.ID)
	p.c.sessions.Put(p.ctx(), sessionStamp, actor.Stamp)
	return p.to(next)
}

func signOut(p *page) error {
	if err := p.c.sessions.Destroy(p.ctx()); err != nil {
		return err
	}
	return p.to("/sign-in")
}

// showInvitation is the page of a one-time word: the first start, or a password
// that someone was invited to choose.
func showInvitation(p *page) error {
	invited, err := p.c.Desk.Invited(p.ctx(), p.r.PathValue("word"))
	if err != nil {
		return p.invitationOver(err)
	}
	return p.ok(p.invitationPage(invited, desk.NewPassword{Email: invited.Email}, nil))
}

func acceptInvitation(p *page) error {
	word := p.r.PathValue("word")
	invited, err := p.c.Desk.Invited(p.ctx(), word)
	if err != nil {
		return p.invitationOver(err)
	}
	in := desk.NewPassword{Email: p.form("email"), Name: p.form("name"), Password: p.r.FormValue("password")}
	if in.Password != p.r.FormValue("repeat") {
		return p.again(p.invitationPage(invited, in, wrongs{"repeat": p.T("invalid.repeat")}))
	}
	actor, err := p.c.Desk.AcceptInvitation(p.ctx(), word, in)
	if said, ok := p.refused(err); ok {
		return p.again(p.invitationPage(invited, in, said))
	}
	if err != nil {
		return p.invitationOver(err)
	}
	return p.begin(actor, "/")
}

func (p *page) invitationOver(err error) error {
	if errors.Is(err, desk.ErrWrong) {
		return p.show(http.StatusGone, p.errorPage("invitation"))
	}
	return err
}
