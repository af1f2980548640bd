package desk

import (
	"context"
	"time"

	"github.com/telefonist/telefonist/organization"

	"github.com/telefonist/telefonist/store"
)

// NewToken is what a token is for.
type NewToken struct {
	Name    string
	Role    organization.Role // administrator or attendant; of an operator's: ignored
	Expires time.Time         // zero: never
}

func (n *NewToken) check(now time.Time, roles ...organization.Role) error {
	var bad faults
	n.Name = bad.name("name", n.Name)
	option(&bad, "role", n.Role, roles...)
	bad.when(!n.Expires.IsZero() && !n.Expires.After(now), "expires", "past")
	return bad.err()
}

// Tokens lists the organization's API tokens, revoked ones too.
func (v *Visit) Tokens(ctx context.Context) ([]organization.Token, error) {
	if err := v.may(ctx, "Tokens"); err != nil {
		return nil, err
	}
	tokens, err := v.store().Tokens(ctx)
	return tokens, step("list tokens", err)
}

// AddToken makes an API token. Its text is returned this once.
func (v *Visit) AddToken(ctx context.Context, n NewToken) (text string, t organization.Token, err error) {
	if err := v.may(ctx, "AddToken"); err != nil {
		return "", t, err
	}
	if err := n.check(v.desk.Now(), organization.Administrator, organization.Attendant); err != nil {
		return "", t, err
	}
	t = v.desk.newToken(n, v.actor)
	text = secretText(tokenPrefix, v.org)
	err = v.write(ctx, "token.add", t.ID, map[string]string{"name": t.Name, "role": string(t.Role)}, func(o store.Org) (err error) {
		t, err = o.AddToken(ctx, t, hashWord(text))
		return err
	})
	return text, t, err
}

// RevokeToken makes a token worthless at once.
func (v *Visit) RevokeToken(ctx context.Context, id string) error {
	if err := v.may(ctx, "RevokeToken"); err != nil {
		return err
	}
	return v.write(ctx, "token.revoke", id, nil, func(o store.Org) error { return o.RevokeToken(ctx, id) })
}

// OperatorTokens lists the tokens that open all organizations.
func (c *Caller) OperatorTokens(ctx context.Context) ([]organization.Token, error) {
	if err := c.may("OperatorTokens"); err != nil {
		return nil, err
	}
	tokens, err := c.desk.Store.OperatorTokens(ctx)
	return tokens, step("list tokens", err)
}

// AddOperatorToken makes a token that opens all organizations.
func (c *Caller) AddOperatorToken(ctx context.Context, n NewToken) (text string, t organization.Token, err error) {
	if err := c.may("AddOperatorToken"); err != nil {
		return "", t, err
	}
	n.Role = organization.Operator
	if err := n.check(c.desk.Now(), organization.Operator); err != nil {
		return "", t, err
	}
	t = c.desk.newToken(n, c.actor)
	text = secretText(tokenPrefix, operatorTokens)
	if t, err = c.desk.Store.AddOperatorToken(ctx, t, hashWord(text)); err != nil {
		return "", t, answer(err, "add token")
	}
	return text, t, c.desk.auditOperator(ctx, c.actor, "token.add", t.ID, map[string]string{"name": t.Name})
}

// RevokeOperatorToken makes an operator's token worthless at once.
func (c *Caller) RevokeOperatorToken(ctx context.Context, id string) error {
	if err := c.may("RevokeOperatorToken"); err != nil {
		return err
	}
	if err := c.desk.Store.RevokeOperatorToken(ctx, id); err != nil {
		return answer(err, "revoke token")
	}
	return c.desk.auditOperator(ctx, c.actor, "token.revoke", id, nil)
}

func (d *Desk) newToken(n NewToken, by Actor) organization.Token {
	return organization.Token{
		ID: store.NewID(), Name: n.Name, Role: n.Role, By: by.ID, Expires: n.Expires,
	}
}
