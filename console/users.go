package console

import (
	"errors"
	"time"

	"github.com/telefonist/telefonist/desk"
	"github.com/telefonist/telefonist/organization"
)

// usersView is the page of users and API tokens. Word and Token are shown this
// once, after they were made.
type usersView struct {
	Users  []organization.User
	Tokens []organization.Token
	Word   string // where a new user chooses his password
	For    string
	Token  string
	User   desk.NewUser
	New    desk.NewToken
	// what was refused, of the user and of the token
	UserSaid, TokenSaid wrongs
}

func showUsers(p *page) error { return p.usersWith(usersView{}, p.ok) }

func (p *page) usersWith(v usersView, show shower) error {
	var err error
	if v.Users, err = p.visit.Users(p.ctx()); err != nil {
		return err
	}
	if v.Tokens, err = p.visit.Tokens(p.ctx()); err != nil {
		return err
	}
	return show(p.usersPage(v))
}

func changeUsers(p *page) error {
	switch p.form("do") {
	case "add":
		return addUser(p)
	case "change":
		_, err := p.visit.ChangeUser(p.ctx(), p.newUser())
		return p.after(err, "users", "users.changed")
	case "remove":
		return p.after(p.visit.RemoveUser(p.ctx(), p.form("email")), "users", "users.removed")
	case "invite":
		invited, err := p.visit.InviteUser(p.ctx(), p.form("email"))
		if err != nil {
			return p.after(err, "users", "")
		}
		return p.usersWith(usersView{Word: p.c.Desk.InvitationURL(invited.Word), For: invited.User.Email}, p.ok)
	case "addToken":
		return addToken(p)
	case "revoke":
		return p.after(p.visit.RevokeToken(p.ctx(), p.form("id")), "users", "tokens.revoked")
	}
	return desk.ErrNotFound
}

func (p *page) newUser() desk.NewUser {
	return desk.NewUser{Email: p.form("email"), Name: p.form("name"), Role: organization.Role(p.form("role"))}
}

func addUser(p *page) error {
	n := p.newUser()
	invited, err := p.visit.AddUser(p.ctx(), n)
	said, ok := p.refused(err)
	if errors.Is(err, desk.ErrConflict) {
		said, ok = wrongs{"email": p.T("users.taken")}, true
	}
	switch {
	case ok:
		return p.usersWith(usersView{User: n, UserSaid: said}, p.again)
	case err != nil:
		return err
	case invited.Word == "":
		p.say(good, "users.added", "name", n.Email)
		return p.to(p.url("users"))
	}
	return p.usersWith(usersView{Word: p.c.Desk.InvitationURL(invited.Word), For: invited.User.Email}, p.ok)
}

func addToken(p *page) error {
	n := desk.NewToken{Name: p.form("tokenName"), Role: organization.Role(p.form("role"))}
	if day := p.form("expires"); day != "" {
		at, err := time.ParseInLocation(time.DateOnly, day, p.zone)
		if err != nil {
			return p.usersWith(usersView{New: n, TokenSaid: wrongs{"expires": p.T("invalid.date")}}, p.again)
		}
		n.Expires = at.AddDate(0, 0, 1)
	}
	text, _, err := p.visit.AddToken(p.ctx(), n)
	if said, ok := p.refused(err); ok {
		return p.usersWith(usersView{New: n, TokenSaid: said}, p.again)
	}
	if err != nil {
		return err
	}
	return p.usersWith(usersView{Token: text}, p.ok)
}
