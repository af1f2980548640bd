package main

import (
	"context"
	"strings"
	"time"

	"github.com/telefonist/telefonist/client"
	"github.com/telefonist/telefonist/language"
)

// userCommand is about those who sign in to the console.
type userCommand struct {
	Add    userAdd    `cmd:"" help:"Let someone in, and print his one-time link."`
	List   userList   `cmd:"" help:"List who may sign in."`
	Invite userInvite `cmd:"" help:"Print a link with which a user chooses a new password."`
	Remove userRemove `cmd:"" help:"Take a user's right away."`
}

// among says whose users or tokens are meant.
type among struct {
	customer
	Operator bool `help:"Among the operators, who may see all customers."`
}

// either runs one of two, by whose users or tokens are meant.
func (a among) either(ctx context.Context, t *terminal, operators func(*session) error, inside func(*session, *client.Organization) error) error {
	if a.Operator {
		return a.with(t, operators)
	}
	return a.in(ctx, t, inside)
}

type userAdd struct {
	among
	Email string `arg:"" help:"E-mail address, with which he signs in."`
	Name  string `help:"His name."`
	Role  string `help:"administrator, attendant or person." enum:"administrator,attendant,person" default:"administrator"`
}

func (c *userAdd) Run(ctx context.Context, t *terminal) error {
	n := client.NewUser{Email: c.Email, Name: c.Name}
	return c.either(ctx, t,
		func(s *session) error {
			u, err := s.AddOperator(ctx, n)
			return s.invited(u, err)
		},
		func(s *session, o *client.Organization) error {
			n.Role = c.Role
			u, err := o.AddUser(ctx, n)
			return s.invited(u, err)
		})
}

// invited tells a user's link; who has a password already needs none.
func (s *session) invited(u client.User, err error) error {
	if err != nil {
		return err
	}
	if strings.HasPrefix(u.Invitation, "/") {
		u.Invitation = strings.TrimRight(s.server, "/") + u.Invitation
	}
	return show(s, u, func() {
		if u.Invitation == "" {
			s.say("cli.user.added", language.Text("email", u.Email))
			return
		}
		s.say("cli.user.invited", language.Text("email", u.Email), language.Text("url", u.Invitation))
	})
}

type userList struct{ among }

func (c *userList) Run(ctx context.Context, t *terminal) error {
	list := func(s *session, all []client.User, err error) error {
		if err != nil {
			return err
		}
		return show(s, all, func() {
			rows := s.table("cli.email", "cli.name", "cli.role", "cli.seen")
			for _, u := range all {
				rows.row(u.Email, u.Name, s.words.T("role."+u.Role), s.when(u.Seen))
			}
			rows.end()
		})
	}
	return c.either(ctx, t,
		func(s *session) error {
			all, err := s.Operators(ctx)
			return list(s, all, err)
		},
		func(s *session, o *client.Organization) error {
			all, err := o.Users(ctx)
			return list(s, all, err)
		})
}

type userInvite struct {
	among
	Email string `arg:"" help:"E-mail address."`
}

func (c *userInvite) Run(ctx context.Context, t *terminal) error {
	return c.either(ctx, t,
		func(s *session) error {
			u, err := s.InviteOperator(ctx, c.Email)
			return s.invited(u, err)
		},
		func(s *session, o *client.Organization) error {
			u, err := o.InviteUser(ctx, c.Email)
			return s.invited(u, err)
		})
}

type userRemove struct {
	among
	Email string `arg:"" help:"E-mail address."`
}

func (c *userRemove) Run(ctx context.Context, t *terminal) error {
	gone := func(s *session, err error) error {
		if err != nil {
			return err
		}
		return s.done("cli.user.removed", language.Text("email", c.Email))
	}
	return c.either(ctx, t,
		func(s *session) error { return gone(s, s.RemoveOperator(ctx, c.Email)) },
		func(s *session, o *client.Organization) error { return gone(s, o.RemoveUser(ctx, c.Email)) })
}

// tokenCommand is about API tokens.
type tokenCommand struct {
	Add    tokenAdd    `cmd:"" help:"Make a token; it is printed this once."`
	List   tokenList   `cmd:"" help:"List the tokens."`
	Revoke tokenRevoke `cmd:"" help:"Make a token worthless."`
}

type tokenAdd struct {
	among
	Name string `arg:"" help:"What it is for."`
	Role string `help:"administrator or attendant." enum:"administrator,attendant" default:"administrator"`
	Days int    `help:"How long it is good; 0 is until it is revoked."`
}

func (c *tokenAdd) Run(ctx context.Context, t *terminal) error {
	n := client.NewToken{Name: c.Name}
	if c.Days > 0 {
		n.Expires = time.Now().AddDate(0, 0, c.Days)
	}
	made := func(s *session, token client.Token, err error) error {
		if err != nil {
			return err
		}
		return show(s, token, func() { s.say("cli.token.added", language.Text("token", token.Text)) })
	}
	return c.either(ctx, t,
		func(s *session) error {
			token, err := s.AddOperatorToken(ctx, n)
			return made(s, token, err)
		},
		func(s *session, o *client.Organization) error {
			n.Role = c.Role
			token, err := o.AddToken(ctx, n)
			return made(s, token, err)
		})
}

type tokenList struct{ among }

func (c *tokenList) Run(ctx context.Context, t *terminal) error {
	list := func(s *session, all []client.Token, err error) error {
		if err != nil {
			return err
		}
		return show(s, all, func() {
			rows := s.table("cli.id", "cli.name", "cli.role", "cli.by", "cli.used", "cli.expires", "cli.revoked")
			for _, k := range all {
				rows.row(k.ID, k.Name, s.words.T("role."+k.Role), k.By, s.when(k.Used), s.date(k.Expires), s.when(k.Revoked))
			}
			rows.end()
		})
	}
	return c.either(ctx, t,
		func(s *session) error {
			all, err := s.OperatorTokens(ctx)
			return list(s, all, err)
		},
		func(s *session, o *client.Organization) error {
			all, err := o.Tokens(ctx)
			return list(s, all, err)
		})
}

type tokenRevoke struct {
	among
	ID string `arg:"" help:"Id, as 'token list' prints it."`
}

func (c *tokenRevoke) Run(ctx context.Context, t *terminal) error {
	gone := func(s *session, err error) error {
		if err != nil {
			return err
		}
		return s.done("cli.token.revoked")
	}
	return c.either(ctx, t,
		func(s *session) error { return gone(s, s.RevokeOperatorToken(ctx, c.ID)) },
		func(s *session, o *client.Organization) error { return gone(s, o.RevokeToken(ctx, c.ID)) })
}
