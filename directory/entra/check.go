package entra

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/graph"
)

// Check tries a tenant out: the sign-in, then each permission by the token's
// roles and by really calling what it is for (a permission missing in the roles
// is no fault where the call works), and when the credential ends.
func (r Reader) Check(ctx context.Context, clientID string, now time.Time) directory.CheckResult {
	c := check{ctx: ctx, client: r.Client, result: directory.CheckResult{At: now, People: -1, Groups: -1}}
	grant, err := r.Client.Roles(ctx)
	if err != nil {
		c.fail("signin", err)
		return c.result
	}
	c.line("signin", directory.CheckFine, "signin.fine", nil)
	c.roles = grant.Roles
	c.result.Tenant = grant.Tenant
	c.people()
	if c.result.People < 0 {
		return c.result
	}
	c.organization()
	c.groups()
	c.purposes()
	c.expiry(clientID)
	return c.result
}

type check struct {
	ctx    context.Context
	client *graph.Client
	roles  []string
	sample string // somebody to ask about
	result directory.CheckResult
}

func (c *check) line(subject string, outcome directory.Outcome, code string, args map[string]string) {
	c.result.Lines = append(c.result.Lines, directory.CheckLine{Subject: subject, Outcome: outcome, Code: code, Args: args})
}

// fail tells what kept the source from being used at all.
func (c *check) fail(subject string, err error) {
	var t *directory.Trouble
	if !errors.As(Trouble(err), &t) {
		t = &directory.Trouble{Code: "unreachable"}
	}
	code, args := t.Code, t.Args
	if code == "denied" {
		code, args = "permission.missing", map[string]string{"permission": subject}
	}
	c.line(subject, directory.CheckFailed, code, args)
}

func (c *check) granted(permission string, n int) {
	code := "permission.fine"
	if !c.hasRole(permission) {
		code = "permission.works" // not among the roles, yet the call was answered
	}
	c.line(permission, directory.CheckFine, code, map[string]string{"permission": permission, "n": strconv.Itoa(n)})
}

func (c *check) hasRole(permission string) bool {
	for _, r := range c.roles {
		if r == permission {
			return true
		}
	}
	return false
}

func (c *check) people() {
	const permission = "User.Read.All"
	for page, err := range c.client.Users(c.ctx, "", []string{"userPrincipalName", "mail"}) {
		if err != nil {
			c.fail(permission, err)
			return
		}
		for i := range page.Items {
			if page.Items[i].Removed == "" && page.Items[i].Text("mail") != "" {
				c.sample = page.Items[i].ID
				break
			}
		}
		break
	}
	n, err := c.client.CountUsers(c.ctx)
	if err != nil {
		c.fail(permission, err)
		return
	}
	c.result.People = n
	c.granted(permission, n)
}

func (c *check) organization() {
	o, err := c.client.Organization(c.ctx)
	if err != nil {
		return // only a name to show
	}
	c.result.Name = o.Name
	for _, d := range o.Domains {
		if d.Default {
			c.result.Domain = d.Name
		}
	}
}

// groups needs GroupMember.Read.All or the greater Group.Read.All; without either
// the scope is everybody.
func (c *check) groups() {
	permission := "GroupMember.Read.All"
	if c.hasRole("Group.Read.All") {
		permission = "Group.Read.All"
	}
	n, err := c.client.CountGroups(c.ctx)
	if err != nil {
		c.without(permission, err)
		return
	}
	c.result.Groups, c.result.GroupScope = n, true
	c.granted(permission, n)
}

func (c *check) purposes() {
	const permission = "MailboxSettings.Read"
	if c.sample == "" {
		return
	}
	for p, err := range c.client.UserPurposes(c.ctx, []string{c.sample}) {
		if err == nil && p.Err != nil && p.Err.Denied() {
			err = p.Err
		}
		if err != nil {
			c.without(permission, err)
			return
		}
	}
	c.result.MailboxKinds = true
	c.granted(permission, 1)
}

func (c *check) expiry(clientID string) {
	app, err := c.client.Application(c.ctx, clientID)
	if err != nil {
		c.line("expiry", directory.CheckWarned, "expiry.ask", map[string]string{"permission": "Application.Read.All"})
		return
	}
	var last time.Time
	for _, e := range append(app.Secrets, app.Certificates...) {
		if e.End.After(last) {
			last = e.End
		}
	}
	c.result.SecretExpires = last
	c.line("expiry", directory.CheckFine, "expiry.read", map[string]string{"date": last.Format(time.DateOnly)})
}

// without tells that a permission that is not indispensable is missing.
func (c *check) without(permission string, err error) {
	var t *directory.Trouble
	if errors.As(Trouble(err), &t) && t.Code != "denied" {
		c.line(permission, directory.CheckWarned, t.Code, t.Args)
		return
	}
	c.line(permission, directory.CheckWarned, "permission.without", map[string]string{"permission": permission})
}
