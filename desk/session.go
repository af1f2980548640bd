package desk

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/store"
)

// What stands in this file is done before there is an actor: it makes one.

// How long one-time words are good.
const (
	firstLasts  = 24 * time.Hour
	inviteLasts = 7 * 24 * time.Hour
)

// The purposes of a one-time word.
const (
	forFirst    = "first"    // makes the first operator
	forPassword = "password" // chooses a password
)

// SignIn tells who has this e-mail and password; from is the caller's address.
// An unknown address, a wrong password and one not chosen yet are all
// [ErrWrong], after the same work; too many failures are [ErrTooMany].
func (d *Desk) SignIn(ctx context.Context, email, password, from string) (Actor, error) {
	d.prepare()
	email = strings.ToLower(strings.TrimSpace(email))
	now := d.Now()
	if d.guessing(email, from, now) {
		return Actor{}, ErrTooMany
	}
	login, err := d.Store.Login(ctx, email)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return Actor{}, step("read login", err)
	}
	ok, err := d.verify(ctx, login.PasswordHash, password)
	if err != nil {
		return Actor{}, err
	}
	if !ok {
		d.guessed(email, from, now)
		return Actor{}, ErrWrong
	}
	if err := d.Store.Seen(ctx, email); err != nil {
		return Actor{}, step("note sign-in", err)
	}
	return d.actorOf(ctx, email)
}

// guessing is true for whoever has guessed too often. One who guesses at somebody's
// account shuts himself out long before he shuts out its owner.
func (d *Desk) guessing(email, from string, now time.Time) bool {
	d.prepare()
	return d.pairs.spent(email+" "+from, now) || d.accounts.spent(email, now) || d.froms.spent(from, now)
}

func (d *Desk) guessed(email, from string, now time.Time) {
	d.pairs.take(email+" "+from, now)
	d.accounts.take(email, now)
	d.froms.take(from, now)
}

// verify compares a password while few others are compared, since each costs
// 64 MiB.
func (d *Desk) verify(ctx context.Context, hash, password string) (bool, error) {
	d.prepare()
	select {
	case d.hashing <- struct{}{}:
	case <-ctx.Done():
		return false, ctx.Err()
	}
	defer func() { <-d.hashing }()
	return d.cost.fits(hash, password), nil
}

// ActorOf is the user of a session as he stands now. A session holds his address
// and the [Actor.Stamp] that he came in with, so that a right taken away is gone
// at the next click, and every session at the next password: [ErrWrong].
func (d *Desk) ActorOf(ctx context.Context, email, stamp string) (Actor, error) {
	a, err := d.actorOf(ctx, email)
	if errors.Is(err, ErrNotFound) || err == nil && a.Stamp != stamp {
		return Actor{}, ErrWrong
	}
	return a, err
}

func (d *Desk) actorOf(ctx context.Context, email string) (Actor, error) {
	login, err := d.Store.Login(ctx, email)
	if err != nil {
		return Actor{}, answer(err, "read login")
	}
	a := Actor{
		ID: login.Email, Name: login.Name, Kind: User, Language: login.Language, Stamp: hashWord(login.PasswordHash)[:16],
	}
	if login.Operator {
		a.Everywhere = organization.Operator
		return a, nil
	}
	roles, err := d.Store.Memberships(ctx, email)
	if err != nil {
		return Actor{}, step("read memberships", err)
	}
	a.Roles = make(map[organization.ID]organization.Role, len(roles))
	for _, m := range roles {
		a.Roles[m.Organization] = m.Role
	}
	return a, nil
}

// ActorOfToken is who an API token speaks for. Its text is "tf_{organization}_…",
// "tf_operator_…", or "tfp_{organization}_…" of a person's own telephone or button. An unknown, revoked or expired one is [ErrWrong].
func (d *Desk) ActorOfToken(ctx context.Context, text, from string) (Actor, error) {
	d.prepare()
	now := d.Now()
	if d.froms.spent(from, now) {
		return Actor{}, ErrTooMany
	}
	a, err := d.tokenActor(ctx, text, now)
	if errors.Is(err, ErrWrong) {
		d.froms.take(from, now)
	}
	return a, err
}

func (d *Desk) tokenActor(ctx context.Context, text string, now time.Time) (Actor, error) {
	if _, ok := organizationOf(text, personTokenPrefix); ok {
		return d.personTokenActor(ctx, text, now)
	}
	org, ok := organizationOf(text, tokenPrefix)
	if !ok {
		return Actor{}, ErrWrong
	}
	var t organization.Token
	var err error
	if org == operatorTokens {
		t, err = d.Store.OperatorTokenByHash(ctx, hashWord(text))
	} else {
		t, err = d.Store.In(org).TokenByHash(ctx, hashWord(text))
	}
	switch {
	case errors.Is(err, store.ErrNotFound):
		return Actor{}, ErrWrong
	case err != nil:
		return Actor{}, step("read token", err)
	case !t.Revoked.IsZero() || !t.Expires.IsZero() && !t.Expires.After(now):
		return Actor{}, ErrWrong
	}
	a := Actor{ID: t.ID, Name: t.Name, Kind: Token}
	if org == operatorTokens {
		a.Everywhere = organization.Operator
	} else {
		a.Roles = map[organization.ID]organization.Role{org: t.Role}
	}
	return a, d.used(ctx, org, t, now)
}

// used notes that a token was used, once in a while.
func (d *Desk) used(ctx context.Context, org organization.ID, t organization.Token, now time.Time) error {
	if now.Sub(t.Used) < 10*time.Minute {
		return nil
	}
	if org == operatorTokens {
		return step("note token", d.Store.TouchOperatorToken(ctx, t.ID))
	}
	return step("note token", d.Store.In(org).TouchToken(ctx, t.ID))
}

// The texts of tokens and links carry the organization, so that they are looked
// up in its rows alone.
const (
	tokenPrefix    = "tf_"
	LinkPrefix     = "tfl_"
	operatorTokens = organization.ID("operator")
)

func secretText(prefix string, org organization.ID) string {
	return prefix + string(org) + "_" + word()
}

func organizationOf(text, prefix string) (organization.ID, bool) {
	rest, ok := strings.CutPrefix(text, prefix)
	i := strings.LastIndexByte(rest, '_')
	if !ok || i <= 0 || len(text) > 200 {
		return "", false
	}
	return organization.ID(rest[:i]), true
}

// Invitation is what an unused one-time word is good for.
type Invitation struct {
	Email string // "" for the first operator, who says his own
	First bool
}

// Invited looks at a one-time word without using it; [ErrWrong] where it is
// unknown, used or expired.
func (d *Desk) Invited(ctx context.Context, w string) (Invitation, error) {
	i, err := d.Store.Invite(ctx, hashWord(w))
	if errors.Is(err, store.ErrNotFound) {
		return Invitation{}, ErrWrong
	}
	if err != nil {
		return Invitation{}, step("read invitation", err)
	}
	return Invitation{Email: i.Email, First: i.Purpose == forFirst}, nil
}

// NewPassword is what someone types who was invited. E-mail and name are asked of
// the first operator alone.
type NewPassword struct {
	Email, Name, Password string
}

// AcceptInvitation uses a one-time word: the first operator is made, or a
// password chosen. Every other session of the login ends.
func (d *Desk) AcceptInvitation(ctx context.Context, w string, in NewPassword) (Actor, error) {
	invited, err := d.Invited(ctx, w)
	if err != nil {
		return Actor{}, err
	}
	email := invited.Email
	var bad faults
	if invited.First {
		email = bad.email("email", in.Email)
		in.Name = bad.name("name", in.Name)
	}
	if err := bad.err(); err != nil {
		return Actor{}, err
	}
	if err := checkPassword("password", in.Password, email); err != nil {
		return Actor{}, err
	}
	d.prepare()
	hash := d.cost.hash(in.Password)
	if _, err := d.Store.UseInvite(ctx, hashWord(w)); err != nil {
		return Actor{}, wrong(err, "use invitation")
	}
	if invited.First {
		err = d.Store.PutLogin(ctx, store.Login{Email: email, Name: in.Name, PasswordHash: hash, Operator: true})
	} else {
		err = d.Store.SetPassword(ctx, email, hash)
	}
	if err != nil {
		return Actor{}, step("set password", err)
	}
	if err := d.auditOperator(ctx, Actor{ID: email, Kind: User}, "password.set", email, nil); err != nil {
		return Actor{}, err
	}
	return d.actorOf(ctx, email)
}

// FirstInvitation makes the word with which the first operator signs in, "" where
// there is an operator already. The main program prints it.
func (d *Desk) FirstInvitation(ctx context.Context) (string, error) {
	operators, err := d.Store.CountOperators(ctx)
	if err != nil || operators > 0 {
		return "", step("count operators", err)
	}
	w := word()
	if err := d.Store.AddInvite(ctx, hashWord(w), store.Invite{Purpose: forFirst, Expires: d.Now().Add(firstLasts)}); err != nil {
		return "", step("write invitation", err)
	}
	return w, nil
}

// InvitationURL is where a one-time word is used.
func (d *Desk) InvitationURL(w string) string {
	base := d.PublicURL
	if base == "" {
		base = d.Base
	}
	return base + "/invitation/" + w
}

// ActorOfLink is the colleague who opens a connect link: he may connect one
// source of one organization, and nothing else. A used, revoked or expired link
// is [ErrWrong].
func (d *Desk) ActorOfLink(ctx context.Context, text, from string) (Actor, organization.ID, error) {
	d.prepare()
	now := d.Now()
	if d.froms.spent(from, now) {
		return Actor{}, "", ErrTooMany
	}
	org, ok := organizationOf(text, LinkPrefix)
	var l store.ConnectLink
	err := error(ErrWrong)
	if ok {
		l, err = d.Store.In(org).ConnectLinkByHash(ctx, hashWord(text))
	}
	if err == nil && (!l.Used.IsZero() || !l.Revoked.IsZero() || !l.Expires.After(now)) {
		err = ErrWrong
	}
	if err != nil {
		d.froms.take(from, now)
		return Actor{}, "", wrong(err, "read link")
	}
	return linkActor(org, l), org, nil
}

func linkActor(org organization.ID, l ConnectLink) Actor {
	return Actor{
		ID: "link " + l.ID, Name: l.Colleague, Kind: Link, Language: l.Language, About: l.ID,
		Roles: map[organization.ID]organization.Role{org: organization.Link},
	}
}

// wrong is answer for what must not tell a guess from a miss.
func wrong(err error, what string) error {
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrConflict) || errors.Is(err, ErrWrong) {
		return ErrWrong
	}
	return step(what, err)
}
