package desk

import (
	"context"
	"errors"
	"strings"

	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/store"
)

// NewUser is someone who is to sign in.
type NewUser struct {
	Email, Name string
	Role        organization.Role // of an operator: ignored
}

// Invited is a user with the one-time word that lets him choose a password, and
// the address where he does; "" where he has one already.
type Invited struct {
	User organization.User
	Word string
	URL  string
}

// Me is the signed-in user himself.
func (c *Caller) Me(ctx context.Context) (Actor, error) {
	if err := c.may("Me"); err != nil {
		return Actor{}, err
	}
	return c.actor, nil
}

// ChangePassword changes the actor's own password.
func (c *Caller) ChangePassword(ctx context.Context, old, password string) error {
	if err := c.may("ChangePassword"); err != nil {
		return err
	}
	if c.actor.Kind != User {
		return ErrForbidden
	}
	if err := checkPassword("password", password, c.actor.ID); err != nil {
		return err
	}
	now := c.desk.Now()
	if c.desk.guessing(c.actor.ID, "session", now) {
		return ErrTooMany
	}
	login, err := c.desk.Store.Login(ctx, c.actor.ID)
	if err != nil {
		return answer(err, "read login")
	}
	ok, err := c.desk.verify(ctx, login.PasswordHash, old)
	if err != nil {
		return err
	}
	if !ok {
		c.desk.pairs.take(c.actor.ID+" session", now)
		return invalid("old", "wrong")
	}
	if err := c.desk.Store.SetPassword(ctx, c.actor.ID, c.desk.cost.hash(password)); err != nil {
		return answer(err, "set password")
	}
	return c.desk.auditOperator(ctx, c.actor, "password.change", c.actor.ID, nil)
}

// ChangeLanguage changes the language of the actor's pages; "" follows the browser.
func (c *Caller) ChangeLanguage(ctx context.Context, language string) error {
	if err := c.may("ChangeLanguage"); err != nil {
		return err
	}
	if c.actor.Kind != User {
		return ErrForbidden
	}
	var bad faults
	bad.language("language", language, true)
	if err := bad.err(); err != nil {
		return err
	}
	return answer(c.desk.Store.SetLanguage(ctx, c.actor.ID, language), "set language")
}

// Operators lists those who may see all organizations.
func (c *Caller) Operators(ctx context.Context) ([]organization.User, error) {
	if err := c.may("Operators"); err != nil {
		return nil, err
	}
	logins, err := c.desk.Store.Operators(ctx)
	if err != nil {
		return nil, step("list operators", err)
	}
	users := make([]organization.User, len(logins))
	for i, l := range logins {
		users[i] = organization.User{
			Email: l.Email, Name: l.Name, Role: organization.Operator, Language: l.Language, Created: l.Created, SeenAt: l.Seen,
		}
	}
	return users, nil
}

// AddOperator makes someone an operator.
func (c *Caller) AddOperator(ctx context.Context, n NewUser) (Invited, error) {
	if err := c.may("AddOperator"); err != nil {
		return Invited{}, err
	}
	n.Role = organization.Operator
	if err := n.check(); err != nil {
		return Invited{}, err
	}
	login, err := c.desk.Store.Login(ctx, n.Email)
	if errors.Is(err, store.ErrNotFound) {
		login, err = store.Login{Email: n.Email, Created: c.desk.Now()}, nil
	}
	if err != nil {
		return Invited{}, step("read login", err)
	}
	login.Name, login.Operator = n.Name, true
	if err := c.desk.Store.PutLogin(ctx, login); err != nil {
		return Invited{}, step("write login", err)
	}
	if err := c.desk.auditOperator(ctx, c.actor, "operator.add", n.Email, nil); err != nil {
		return Invited{}, err
	}
	user := organization.User{Email: n.Email, Name: n.Name, Role: organization.Operator, Created: login.Created}
	return c.desk.invited(ctx, user, login)
}

// RemoveOperator takes the right to all organizations away. Nobody removes himself.
func (c *Caller) RemoveOperator(ctx context.Context, email string) error {
	if err := c.may("RemoveOperator"); err != nil {
		return err
	}
	if email == c.actor.ID {
		return invalid("email", "yourself")
	}
	login, err := c.desk.Store.Login(ctx, email)
	if err != nil {
		return answer(err, "read login")
	}
	if !login.Operator {
		return ErrNotFound
	}
	login.Operator = false
	if err := c.desk.Store.PutLogin(ctx, login); err != nil {
		return step("write login", err)
	}
	return c.desk.auditOperator(ctx, c.actor, "operator.remove", email, nil)
}

// InviteOperator makes a new one-time word for an operator who has lost his password.
func (c *Caller) InviteOperator(ctx context.Context, email string) (Invited, error) {
	if err := c.may("InviteOperator"); err != nil {
		return Invited{}, err
	}
	login, err := c.desk.Store.Login(ctx, email)
	if err != nil {
		return Invited{}, answer(err, "read login")
	}
	if !login.Operator {
		return Invited{}, ErrNotFound
	}
	if err := c.desk.auditOperator(ctx, c.actor, "operator.invite", email, nil); err != nil {
		return Invited{}, err
	}
	login.PasswordHash = ""
	return c.desk.invited(ctx, organization.User{Email: email, Name: login.Name, Role: organization.Operator}, login)
}

func (n *NewUser) check() error {
	var bad faults
	n.Email = bad.email("email", n.Email)
	n.Name = strings.TrimSpace(n.Name)
	bad.text("name", n.Name, maxName)
	return bad.err()
}

// invited makes a word for a login that has no password yet.
func (d *Desk) invited(ctx context.Context, u organization.User, login store.Login) (Invited, error) {
	if login.PasswordHash != "" {
		return Invited{User: u}, nil
	}
	w := word()
	if err := d.Store.AddInvite(ctx, hashWord(w), store.Invite{Email: u.Email, Purpose: forPassword, Expires: d.Now().Add(inviteLasts)}); err != nil {
		return Invited{}, step("write invitation", err)
	}
	return Invited{User: u, Word: w, URL: d.InvitationURL(w)}, nil
}

// Users lists who may sign in to the organization.
func (v *Visit) Users(ctx context.Context) ([]organization.User, error) {
	if err := v.may(ctx, "Users"); err != nil {
		return nil, err
	}
	users, err := v.store().Members(ctx)
	return users, step("list users", err)
}

// AddUser lets someone in, as administrator, attendant or person.
func (v *Visit) AddUser(ctx context.Context, n NewUser) (Invited, error) {
	if err := v.may(ctx, "AddUser"); err != nil {
		return Invited{}, err
	}
	if err := errors.Join(n.check(), userRole(n.Role)); err != nil {
		return Invited{}, joined(err)
	}
	if _, err := v.store().Member(ctx, n.Email); err == nil {
		return Invited{}, ErrConflict
	} else if !errors.Is(err, store.ErrNotFound) {
		return Invited{}, step("read user", err)
	}
	u := organization.User{Email: n.Email, Name: n.Name, Role: n.Role, Created: v.desk.Now()}
	err := v.write(ctx, "user.add", n.Email, map[string]string{"role": string(n.Role)}, func(o store.Org) error {
		return o.PutMember(ctx, u)
	})
	if err != nil {
		return Invited{}, err
	}
	login, err := v.desk.Store.Login(ctx, n.Email)
	if err != nil {
		return Invited{}, step("read login", err)
	}
	return v.desk.invited(ctx, u, login)
}

// ChangeUser renames a user or gives him another role. Nobody changes his own role.
func (v *Visit) ChangeUser(ctx context.Context, n NewUser) (organization.User, error) {
	if err := v.may(ctx, "ChangeUser"); err != nil {
		return organization.User{}, err
	}
	if err := errors.Join(n.check(), userRole(n.Role)); err != nil {
		return organization.User{}, joined(err)
	}
	u, err := v.store().Member(ctx, n.Email)
	if err != nil {
		return organization.User{}, answer(err, "read user")
	}
	if u.Email == v.actor.ID && n.Role != u.Role {
		return organization.User{}, invalid("role", "yourself")
	}
	u.Name, u.Role = n.Name, n.Role
	return u, v.write(ctx, "user.change", u.Email, map[string]string{"role": string(u.Role)}, func(o store.Org) error {
		return o.PutMember(ctx, u)
	})
}

// RemoveUser takes a user's right to this organization away. Nobody removes himself.
func (v *Visit) RemoveUser(ctx context.Context, email string) error {
	if err := v.may(ctx, "RemoveUser"); err != nil {
		return err
	}
	if email == v.actor.ID {
		return invalid("email", "yourself")
	}
	return v.write(ctx, "user.remove", email, nil, func(o store.Org) error { return o.DeleteMember(ctx, email) })
}

// InviteUser makes a new one-time word for a user who has no password or has lost
// it. One who is also at home elsewhere must be helped by an operator: his
// password opens more than this organization.
func (v *Visit) InviteUser(ctx context.Context, email string) (Invited, error) {
	if err := v.may(ctx, "InviteUser"); err != nil {
		return Invited{}, err
	}
	u, err := v.store().Member(ctx, email)
	if err != nil {
		return Invited{}, answer(err, "read user")
	}
	login, err := v.desk.Store.Login(ctx, email)
	if err != nil {
		return Invited{}, answer(err, "read login")
	}
	roles, err := v.desk.Store.Memberships(ctx, email)
	if err != nil {
		return Invited{}, step("read memberships", err)
	}
	if !v.actor.Operator() && login.PasswordHash != "" && (login.Operator || len(roles) > 1) {
		return Invited{}, invalid("email", "elsewhere")
	}
	if err := v.audit(ctx, "user.invite", email, nil); err != nil {
		return Invited{}, err
	}
	login.PasswordHash = ""
	return v.desk.invited(ctx, u, login)
}

// userRole refuses the roles that no user of an organization can have.
func userRole(r organization.Role) error {
	switch r {
	case organization.Administrator, organization.Attendant, organization.PersonRole:
		return nil
	}
	return invalid("role", "option")
}

// joined makes one answer of several refusals.
func joined(err error) error {
	var all faults
	for _, e := range err.(interface{ Unwrap() []error }).Unwrap() {
		var one *Invalid
		if !errors.As(e, &one) {
			return e
		}
		all = append(all, one.Fields...)
	}
	return all.err()
}
