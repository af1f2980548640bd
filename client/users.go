package client

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"time"
)

// User is someone who signs in to the console.
type User struct {
	Email      string    `json:"email"`
	Name       string    `json:"name,omitempty"`
	Role       string    `json:"role"`
	Language   string    `json:"language,omitempty"`
	Created    time.Time `json:"created,omitzero"`
	Seen       time.Time `json:"seen,omitzero"`
	Invitation string    `json:"invitation,omitempty"` // where he chooses a password, told this once
}

// NewUser is someone who is to sign in. Role is administrator, attendant or
// person; an operator needs none.
type NewUser struct {
	Email string `json:"email"`
	Name  string `json:"name,omitempty"`
	Role  string `json:"role,omitempty"`
}

// Token is an API token. Text is told once, when it is made.
type Token struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Role    string    `json:"role"`
	By      string    `json:"by"`
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires,omitzero"`
	Used    time.Time `json:"used,omitzero"`
	Revoked time.Time `json:"revoked,omitzero"`
	Text    string    `json:"text,omitempty"`
}

// NewToken is what a token is for. Role is administrator or attendant; an
// operator's needs none.
type NewToken struct {
	Name    string    `json:"name"`
	Role    string    `json:"role,omitempty"`
	Expires time.Time `json:"expires,omitzero"`
}

// Me is who the token speaks for.
type Me struct {
	ID       string            `json:"id"`
	Name     string            `json:"name"`
	Kind     string            `json:"kind"`
	Language string            `json:"language,omitempty"`
	Operator bool              `json:"operator"`
	Roles    map[string]string `json:"roles,omitempty"` // by organization
}

// Me tells who the token speaks for.
func (c *Client) Me(ctx context.Context) (Me, error) { return get[Me](ctx, c, "/me", nil) }

// Operators lists those who may see all customers.
func (c *Client) Operators(ctx context.Context) ([]User, error) {
	return list[User](ctx, c, "/operators", nil)
}

// AddOperator makes someone an operator.
func (c *Client) AddOperator(ctx context.Context, n NewUser) (User, error) {
	return send[User](ctx, c, http.MethodPost, "/operators", n)
}

// InviteOperator lets an operator choose a new password.
func (c *Client) InviteOperator(ctx context.Context, email string) (User, error) {
	return send[User](ctx, c, http.MethodPost, "/operators/"+url.PathEscape(email)+"/invitation", nil)
}

// RemoveOperator takes the right to all customers away.
func (c *Client) RemoveOperator(ctx context.Context, email string) error {
	_, err := send[nothing](ctx, c, http.MethodDelete, "/operators/"+url.PathEscape(email), nil)
	return err
}

// OperatorTokens lists the tokens that open all customers.
func (c *Client) OperatorTokens(ctx context.Context) ([]Token, error) {
	return list[Token](ctx, c, "/tokens", nil)
}

// AddOperatorToken makes a token that opens all customers.
func (c *Client) AddOperatorToken(ctx context.Context, n NewToken) (Token, error) {
	return send[Token](ctx, c, http.MethodPost, "/tokens", n)
}

// RevokeOperatorToken makes an operator's token worthless.
func (c *Client) RevokeOperatorToken(ctx context.Context, id string) error {
	_, err := send[nothing](ctx, c, http.MethodDelete, "/tokens/"+url.PathEscape(id), nil)
	return err
}

// OperatorAudit reads the log of what belongs to no customer, the newest first;
// before is the id of the last line of the page before, 0 at first.
func (c *Client) OperatorAudit(ctx context.Context, before int64, limit int) ([]Entry, error) {
	return list[Entry](ctx, c, "/audit", values("before", number(before), "limit", number(int64(limit))))
}

// Users lists who may sign in to the organization.
func (o *Organization) Users(ctx context.Context) ([]User, error) {
	return list[User](ctx, o.c, o.path+"/users", nil)
}

// AddUser lets someone in.
func (o *Organization) AddUser(ctx context.Context, n NewUser) (User, error) {
	return send[User](ctx, o.c, http.MethodPost, o.path+"/users", n)
}

// ChangeUser renames a user or gives him another role.
func (o *Organization) ChangeUser(ctx context.Context, n NewUser) (User, error) {
	return send[User](ctx, o.c, http.MethodPut, o.path+"/users/"+url.PathEscape(n.Email), n)
}

// InviteUser lets a user choose a new password.
func (o *Organization) InviteUser(ctx context.Context, email string) (User, error) {
	return send[User](ctx, o.c, http.MethodPost, o.path+"/users/"+url.PathEscape(email)+"/invitation", nil)
}

// RemoveUser takes a user's right to the organization away.
func (o *Organization) RemoveUser(ctx context.Context, email string) error {
	_, err := send[nothing](ctx, o.c, http.MethodDelete, o.path+"/users/"+url.PathEscape(email), nil)
	return err
}

// Tokens lists the organization's API tokens.
func (o *Organization) Tokens(ctx context.Context) ([]Token, error) {
	return list[Token](ctx, o.c, o.path+"/tokens", nil)
}

// AddToken makes an API token; its Text is told this once.
func (o *Organization) AddToken(ctx context.Context, n NewToken) (Token, error) {
	return send[Token](ctx, o.c, http.MethodPost, o.path+"/tokens", n)
}

// RevokeToken makes a token worthless.
func (o *Organization) RevokeToken(ctx context.Context, id string) error {
	_, err := send[nothing](ctx, o.c, http.MethodDelete, o.path+"/tokens/"+url.PathEscape(id), nil)
	return err
}

// Audit reads the organization's audit log, the newest first; before is the id of
// the last line of the page before, 0 at first.
func (o *Organization) Audit(ctx context.Context, search string, before int64, limit int) ([]Entry, error) {
	return list[Entry](ctx, o.c, o.path+"/audit", values("search", search, "before", number(before), "limit", number(int64(limit))))
}

// ExportAudit writes the whole audit log as "csv" or "json".
func (o *Organization) ExportAudit(ctx context.Context, w io.Writer, format string) error {
	return save(ctx, o.c, request{method: http.MethodGet, path: o.path + "/audit/export", query: values("format", format)}, w)
}
