package api

import (
	"context"

	"github.com/telefonist/telefonist/client"
	"github.com/telefonist/telefonist/desk"
	"github.com/telefonist/telefonist/organization"
)

type (
	newUser    struct{ Body client.NewUser }
	newToken   struct{ Body client.NewToken }
	newOrgUser struct {
		InOrganization
		Body client.NewUser
	}
	// OneUser is the input of what is about one user.
	OneUser struct {
		InOrganization
		Email string `path:"email"`
	}
	saveUser struct {
		OneUser
		Body client.NewUser
	}
	newOrgToken struct {
		InOrganization
		Body client.NewToken
	}
	byEmail struct {
		Email string `path:"email"`
	}
	byID struct {
		ID string `path:"id"`
	}
	// Paging is the input of a list that is read page by page, backwards.
	Paging struct {
		Before int64 `query:"before" doc:"The id of the last one of the page before"`
		Limit  int   `query:"limit" minimum:"0" maximum:"500"`
	}
	auditing struct {
		InOrganization
		Searching
		Paging
	}
	exporting struct {
		InOrganization
		Format string `query:"format" enum:"csv,json" default:"json"`
	}
)

var operators = []route{
	globally("GET", "/me", "Me", "Whom the token speaks for",
		func(ctx context.Context, c *desk.Caller, _ *nothing) (client.Me, error) {
			a, err := c.Me(ctx)
			me := client.Me{ID: a.ID, Name: a.Name, Kind: string(a.Kind), Language: a.Language, Operator: a.Operator()}
			for org, role := range a.Roles {
				if me.Roles == nil {
					me.Roles = map[string]string{}
				}
				me.Roles[string(org)] = string(role)
			}
			return me, err
		}),
	globally("GET", "/operators", "Operators", "List those who may see all customers",
		func(ctx context.Context, c *desk.Caller, _ *nothing) (client.List[client.User], error) {
			all, err := c.Operators(ctx)
			return listed(all, err, user)
		}),
	globally("POST", "/operators", "AddOperator", "Make someone an operator",
		func(ctx context.Context, c *desk.Caller, in *newUser) (client.User, error) {
			i, err := c.AddOperator(ctx, desk.NewUser{Email: in.Body.Email, Name: in.Body.Name})
			return invited(i), err
		}),
	globally("POST", "/operators/{email}/invitation", "InviteOperator", "Let an operator choose a new password",
		func(ctx context.Context, c *desk.Caller, in *byEmail) (client.User, error) {
			i, err := c.InviteOperator(ctx, in.Email)
			return invited(i), err
		}),
	globallyDone("DELETE", "/operators/{email}", "RemoveOperator", "Take the right to all customers away",
		func(ctx context.Context, c *desk.Caller, in *byEmail) error { return c.RemoveOperator(ctx, in.Email) }),
	globally("GET", "/tokens", "OperatorTokens", "List the tokens that open all customers",
		func(ctx context.Context, c *desk.Caller, _ *nothing) (client.List[client.Token], error) {
			all, err := c.OperatorTokens(ctx)
			return listed(all, err, token)
		}),
	globally("POST", "/tokens", "AddOperatorToken", "Make a token that opens all customers; its text is told once",
		func(ctx context.Context, c *desk.Caller, in *newToken) (client.Token, error) {
			text, t, err := c.AddOperatorToken(ctx, desk.NewToken{Name: in.Body.Name, Expires: in.Body.Expires})
			return tokenText(t, text), err
		}),
	globallyDone("DELETE", "/tokens/{id}", "RevokeOperatorToken", "Make an operator's token worthless",
		func(ctx context.Context, c *desk.Caller, in *byID) error { return c.RevokeOperatorToken(ctx, in.ID) }),
	globally("GET", "/audit", "OperatorAudit", "Read the log of what belongs to no customer",
		func(ctx context.Context, c *desk.Caller, in *Paging) (client.List[client.Entry], error) {
			all, err := c.OperatorAudit(ctx, in.Before, in.Limit)
			return listed(all, err, entry)
		}),
}

var users = []route{
	inside("GET", "/users", "Users", "List who may sign in",
		func(ctx context.Context, v *desk.Visit, _ *InOrganization) (client.List[client.User], error) {
			all, err := v.Users(ctx)
			return listed(all, err, user)
		}),
	inside("POST", "/users", "AddUser", "Let someone in",
		func(ctx context.Context, v *desk.Visit, in *newOrgUser) (client.User, error) {
			i, err := v.AddUser(ctx, wanted(in.Body))
			return invited(i), err
		}),
	inside("PUT", "/users/{email}", "ChangeUser", "Rename a user or give him another role",
		func(ctx context.Context, v *desk.Visit, in *saveUser) (client.User, error) {
			in.Body.Email = in.Email
			u, err := v.ChangeUser(ctx, wanted(in.Body))
			return user(u), err
		}),
	inside("POST", "/users/{email}/invitation", "InviteUser", "Let a user choose a new password",
		func(ctx context.Context, v *desk.Visit, in *OneUser) (client.User, error) {
			i, err := v.InviteUser(ctx, in.Email)
			return invited(i), err
		}),
	done("DELETE", "/users/{email}", "RemoveUser", "Take a user's right to the organization away",
		func(ctx context.Context, v *desk.Visit, in *OneUser) error { return v.RemoveUser(ctx, in.Email) }),
	inside("GET", "/tokens", "Tokens", "List the API tokens",
		func(ctx context.Context, v *desk.Visit, _ *InOrganization) (client.List[client.Token], error) {
			all, err := v.Tokens(ctx)
			return listed(all, err, token)
		}),
	inside("POST", "/tokens", "AddToken", "Make an API token; its text is told once",
		func(ctx context.Context, v *desk.Visit, in *newOrgToken) (client.Token, error) {
			n := desk.NewToken{Name: in.Body.Name, Role: organization.Role(in.Body.Role), Expires: in.Body.Expires}
			text, t, err := v.AddToken(ctx, n)
			return tokenText(t, text), err
		}),
	done("DELETE", "/tokens/{id}", "RevokeToken", "Make a token worthless",
		func(ctx context.Context, v *desk.Visit, in *OneThing) error { return v.RevokeToken(ctx, in.ID) }),
	inside("GET", "/audit", "Audit", "Read the audit log, the newest first",
		func(ctx context.Context, v *desk.Visit, in *auditing) (client.List[client.Entry], error) {
			all, err := v.Audit(ctx, in.Search, in.Before, in.Limit)
			return listed(all, err, entry)
		}),
	exported("/audit/export", "ExportAudit", "Write the whole audit log",
		func(ctx context.Context, v *desk.Visit, in *exporting, f *file) error {
			return v.ExportAudit(ctx, f, f.as("audit", desk.Format(in.Format)))
		}),
}

func wanted(n client.NewUser) desk.NewUser {
	return desk.NewUser{Email: n.Email, Name: n.Name, Role: organization.Role(n.Role)}
}

func user(u organization.User) client.User {
	return client.User{Email: u.Email, Name: u.Name, Role: string(u.Role), Language: u.Language, Created: u.Created, Seen: u.SeenAt}
}

func invited(i desk.Invited) client.User {
	u := user(i.User)
	u.Invitation = i.URL
	return u
}

func token(t organization.Token) client.Token { return tokenText(t, "") }

func tokenText(t organization.Token, text string) client.Token {
	return client.Token{
		ID: t.ID, Name: t.Name, Role: string(t.Role), By: t.By, Created: t.Created, Expires: t.Expires, Used: t.Used,
		Revoked: t.Revoked, Text: text,
	}
}

func entry(e desk.Entry) client.Entry {
	return client.Entry{ID: e.ID, At: e.At, Actor: e.Actor, Role: string(e.Role), Verb: e.Verb, Object: e.Object, Detail: e.Detail}
}
