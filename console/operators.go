package console

import (
	"time"

	"github.com/telefonist/telefonist/desk"
	"github.com/telefonist/telefonist/organization"
)

// operatorsView is the page of those who may see all organizations.
type operatorsView struct {
	Users     []organization.User
	Tenants   []desk.TenantWaiting
	Tokens    []organization.Token
	Word, For string
	Token     string
	User      desk.NewUser
	New       desk.NewToken
	// what was refused, of the user and of the token
	UserSaid, TokenSaid wrongs
}

func showOperators(p *page) error { return p.operatorsWith(operatorsView{}, p.ok) }

func (p *page) operatorsWith(v operatorsView, show shower) error {
	var err error
	if err = p.openPlaces(); err != nil {
		return err
	}
	if v.Users, err = p.c.Desk.As(p.actor).Operators(p.ctx()); err != nil {
		return err
	}
	if v.Tenants, err = p.c.Desk.As(p.actor).TenantsWaiting(p.ctx()); err != nil {
		return err
	}
	if v.Tokens, err = p.c.Desk.As(p.actor).OperatorTokens(p.ctx()); err != nil {
		return err
	}
	return show(p.operatorsPage(v))
}

func changeOperators(p *page) error {
	at := p.c.Desk.As(p.actor)
	switch p.form("do") {
	case "add":
		n := p.newUser()
		invited, err := at.AddOperator(p.ctx(), n)
		if said, ok := p.refused(err); ok {
			return p.operatorsWith(operatorsView{User: n, UserSaid: said}, p.again)
		}
		return p.operatorInvited(invited, err)
	case "invite":
		return p.operatorInvited(at.InviteOperator(p.ctx(), p.form("email")))
	case "remove":
		return p.afterAt(at.RemoveOperator(p.ctx(), p.form("email")), "/operators", "users.removed")
	case "addToken":
		return addOperatorToken(p)
	case "revoke":
		return p.afterAt(at.RevokeOperatorToken(p.ctx(), p.form("id")), "/operators", "tokens.revoked")
	}
	return desk.ErrNotFound
}

func (p *page) operatorInvited(invited desk.Invited, err error) error {
	if err != nil {
		return p.afterAt(err, "/operators", "")
	}
	if invited.Word == "" {
		return p.afterAt(nil, "/operators", "users.changed")
	}
	return p.operatorsWith(operatorsView{Word: p.c.Desk.InvitationURL(invited.Word), For: invited.User.Email}, p.ok)
}

func addOperatorToken(p *page) error {
	n := desk.NewToken{Name: p.form("tokenName")}
	if day := p.form("expires"); day != "" {
		at, err := time.ParseInLocation(time.DateOnly, day, p.zone)
		if err != nil {
			return p.operatorsWith(operatorsView{New: n, TokenSaid: wrongs{"expires": p.T("invalid.date")}}, p.again)
		}
		n.Expires = at.AddDate(0, 0, 1)
	}
	text, _, err := p.c.Desk.As(p.actor).AddOperatorToken(p.ctx(), n)
	if said, ok := p.refused(err); ok {
		return p.operatorsWith(operatorsView{New: n, TokenSaid: said}, p.again)
	}
	if err != nil {
		return err
	}
	return p.operatorsWith(operatorsView{Token: text}, p.ok)
}
