package desk

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/store"
)

// Connecting by consent: an administrator of a customer signs in at Microsoft,
// consents to the operator's own application, and says that the tenant is the
// right one. Its steps, each taken once and by the browser that took the one
// before:
//
//	BeginSignIn → Microsoft → SignedIn → Microsoft → Consented → TenantFound → ConfirmTenant
//
// Which tenant it is, its own ID token says, which Microsoft signed for the code
// that this browser brought. The redirects also carry a tenant; whoever holds the
// browser can write what he likes there, so it is never read.

// MicrosoftSignIn is how administrators of customers sign in and consent, by the
// operator's own multi-tenant application. The zero value offers it nowhere.
type MicrosoftSignIn struct {
	// Clouds are those in which the operator has an application.
	Clouds []string
	// URL is where the browser goes to sign in.
	URL func(cloud, state, nonce, verifier string) string
	// Tenant exchanges a code for an ID token, validates it against the nonce, and
	// returns its tenant.
	Tenant func(ctx context.Context, cloud, code, nonce, verifier string) (string, error)
	// ConsentURL is where an administrator of the tenant consents.
	ConsentURL func(cloud, tenant, state string) string
	// Connected reads who a tenant is, as the operator's application: it fails
	// where no consent was given.
	Connected func(ctx context.Context, cloud, tenant string) (Tenant, error)
}

// Tenant is a customer's tenant as it was read by the operator's application.
type Tenant struct {
	ID, Name, Domain string
	People           int // -1 where they could not be counted
	Kind             string
	Settings         map[string]string // of a source of that kind
}

// Returned is what a redirect from Microsoft brought back, without its tenant.
type Returned struct {
	State   string
	Session string // what the browser's session is known by
	Code    string // of a sign-in
	Error   string // OAuth's error code, "" for none
}

// Offer says in which clouds a tenant can be connected by consent, or why not.
type Offer struct {
	Clouds []string
	Reason string // "noPublicURL", "noApp"; "" where there are clouds
}

// How long a sign-in may take, and how long what an operator must approve waits.
const (
	signInLasts   = time.Hour
	approvalLasts = 30 * 24 * time.Hour
)

// The steps of a sign-in.
const (
	AtSignIn   = "signin"
	AtConsent  = "consent"
	AtConfirm  = "confirm"
	AtOperator = "operator"
	atDone     = "done"
)

// signIn is what is kept sealed of a sign-in.
type signIn struct {
	By       string // who began it
	Name     string
	Nonce    string
	Verifier string // PKCE, RFC 7636
	// Before is true where the application could read the tenant before its
	// administrator was asked: then going through the consent proves nothing.
	Before bool
	Found  *Tenant
}

// SignInOffer says whether a tenant can be connected by signing in at Microsoft.
func (v *Visit) SignInOffer(ctx context.Context) (Offer, error) {
	if err := v.may(ctx, "SignInOffer"); err != nil {
		return Offer{}, err
	}
	return v.desk.offer(), nil
}

func (d *Desk) offer() Offer {
	switch {
	case len(d.Consent.Clouds) == 0:
		return Offer{Reason: "noApp"}
	case d.PublicURL == "":
		return Offer{Reason: "noPublicURL"}
	}
	return Offer{Clouds: d.Consent.Clouds}
}

// BeginSignIn begins connecting a tenant by consent and returns where the browser
// goes. session is what the browser's session is known by: the later steps are
// refused to any other.
func (v *Visit) BeginSignIn(ctx context.Context, cloud, session string) (url string, err error) {
	if err := v.may(ctx, "BeginSignIn"); err != nil {
		return "", err
	}
	if offer := v.desk.offer(); session == "" || v.desk.Seal == nil || !slices.Contains(offer.Clouds, cloud) {
		return "", ErrNotOffered
	}
	now := v.desk.Now()
	in := signIn{By: v.actor.ID, Name: v.actor.Name, Nonce: rand.Text(), Verifier: rand.Text() + rand.Text()}
	state := rand.Text() + rand.Text()
	c := store.Consent{StateHash: hashWord(state), SessionHash: hashWord(session), Cloud: cloud, Step: AtSignIn, Expires: now.Add(signInLasts)}
	if v.Role() == organization.Link {
		l, err := v.ownLink(ctx)
		if err != nil {
			return "", err
		}
		c.Link, c.Source = l.ID, l.Source
	}
	if c.Sealed, err = v.sealSignIn(c.StateHash, in); err != nil {
		return "", err
	}
	url = v.desk.Consent.URL(cloud, state, in.Nonce, in.Verifier)
	return url, v.write(ctx, "tenant.signin", "", nil, func(o store.Org) error { return o.AddConsent(ctx, c) })
}

// SignInStanding is how far a sign-in has come, and who may go on with it.
type SignInStanding struct {
	Organization organization.ID
	Step         string
	// Actor is the colleague who came by a link; empty where it is a user, who has
	// to be signed in here.
	Actor Actor
}

// SignInOf finds the sign-in that a redirect belongs to. A state that is unknown,
// too old or of another browser is [ErrWrong].
func (d *Desk) SignInOf(ctx context.Context, state, session string) (SignInStanding, error) {
	org, c, err := d.Store.FindConsent(ctx, hashWord(state))
	if err != nil {
		return SignInStanding{}, wrong(err, "find sign-in")
	}
	if !d.sameBrowser(c, session) {
		return SignInStanding{}, ErrWrong
	}
	s := SignInStanding{Organization: org, Step: c.Step}
	if c.Link == "" {
		return s, nil
	}
	l, err := d.As(Actor{About: c.Link}).In(org).ownLink(ctx)
	s.Actor = linkActor(org, l)
	return s, err
}

func (d *Desk) sameBrowser(c store.Consent, session string) bool {
	same := subtle.ConstantTimeCompare([]byte(hashWord(session)), []byte(c.SessionHash)) == 1
	return same && session != "" && c.Expires.After(d.Now())
}

// begun is the actor's sign-in where it stands at a step; everything else is
// [ErrWrong], a step that was taken before, too.
func (v *Visit) begun(ctx context.Context, state, session, at string) (store.Consent, signIn, error) {
	c, err := v.store().Consent(ctx, hashWord(state))
	if err != nil {
		return c, signIn{}, wrong(err, "read sign-in")
	}
	in, err := v.openSignIn(c)
	if err != nil {
		return c, in, err
	}
	if !v.desk.sameBrowser(c, session) || c.Step != at || c.Link != v.actor.About || c.Link == "" && in.By != v.actor.ID {
		return c, in, ErrWrong
	}
	if c.Link != "" {
		_, err = v.ownLink(ctx)
	}
	return c, in, err
}

// SignedIn takes what the sign-in brought and returns where the browser goes for
// the consent. The tenant is the one of the validated ID token.
func (v *Visit) SignedIn(ctx context.Context, r Returned) (url string, err error) {
	if err := v.may(ctx, "SignedIn"); err != nil {
		return "", err
	}
	c, in, err := v.begun(ctx, r.State, r.Session, AtSignIn)
	if err != nil {
		return "", err
	}
	if r.Code == "" {
		return "", v.giveUp(ctx, c, &directory.Trouble{Code: signInRefusal(r.Error)})
	}
	if c.Tenant, err = v.desk.Consent.Tenant(ctx, c.Cloud, r.Code, in.Nonce, in.Verifier); err != nil {
		return "", v.giveUp(ctx, c, v.unproven(err))
	}
	_, err = v.desk.Consent.Connected(ctx, c.Cloud, c.Tenant)
	in.Before, in.Nonce, in.Verifier = err == nil, "", ""
	if err := v.advance(ctx, c, in, AtConsent, "tenant.signedin"); err != nil {
		return "", err
	}
	return v.desk.Consent.ConsentURL(c.Cloud, c.Tenant, r.State), nil
}

// signInRefusal is why a sign-in brought no code.
func signInRefusal(code string) string {
	if code == "access_denied" {
		return "signin.cancelled"
	}
	return "signin.failed"
}

// unproven is a sign-in that did not prove a tenant. Why, is for the log.
func (v *Visit) unproven(err error) error {
	var t *directory.Trouble
	if errors.As(err, &t) {
		return t
	}
	v.desk.Log.Warn("sign-in at Microsoft was not accepted", "organization", v.org, "error", err)
	return &directory.Trouble{Code: "signin.failed", Err: err}
}

// Consented notes that the browser came back from the consent. Whether there is
// one, [Visit.TenantFound] finds out by calling Graph.
func (v *Visit) Consented(ctx context.Context, r Returned) error {
	if err := v.may(ctx, "Consented"); err != nil {
		return err
	}
	c, in, err := v.begun(ctx, r.State, r.Session, AtConsent)
	if err == nil && r.Code != "" {
		err = ErrWrong // the way back from the sign-in, once more
	}
	if err != nil {
		return err
	}
	if r.Error != "" {
		return v.giveUp(ctx, c, &directory.Trouble{Code: "signin.consent-declined"})
	}
	return v.advance(ctx, c, in, AtConfirm, "tenant.consented")
}

// TenantFound reads, as the operator's application, who the tenant is that has
// consented. Where it can't be read yet, the error is a [*directory.Trouble] and
// it can be tried again: Microsoft takes its time.
func (v *Visit) TenantFound(ctx context.Context, state, session string) (Tenant, error) {
	if err := v.may(ctx, "TenantFound"); err != nil {
		return Tenant{}, err
	}
	c, in, err := v.begun(ctx, state, session, AtConfirm)
	if err != nil || in.Found != nil {
		return orZero(in.Found), err
	}
	found, err := v.desk.Consent.Connected(ctx, c.Cloud, c.Tenant)
	if err != nil {
		return Tenant{}, step("read tenant", err)
	}
	in.Found = &found
	return found, v.advance(ctx, c, in, AtConfirm, "tenant.read")
}

func orZero(t *Tenant) Tenant {
	if t == nil {
		return Tenant{}
	}
	return *t
}

// advance keeps what is known of a sign-in at its next step; where another request
// was faster it is [ErrWrong].
func (v *Visit) advance(ctx context.Context, c store.Consent, in signIn, to, verb string) (err error) {
	was := c.Step
	c.Step = to
	if c.Sealed, err = v.sealSignIn(c.StateHash, in); err != nil {
		return err
	}
	err = v.write(ctx, verb, c.Tenant, nil, func(o store.Org) error { return o.AdvanceConsent(ctx, c, was) })
	if errors.Is(err, ErrChanged) {
		return ErrWrong
	}
	return err
}

// giveUp ends a sign-in that can't go on, and says why.
func (v *Visit) giveUp(ctx context.Context, c store.Consent, why error) error {
	err := v.write(ctx, "tenant.givenup", c.Tenant, nil, func(o store.Org) error { return o.DeleteConsent(ctx, c.StateHash) })
	if err != nil {
		return err
	}
	return why
}

func (v *Visit) sealSignIn(stateHash string, in signIn) ([]byte, error) {
	text, err := json.Marshal(in)
	if err != nil {
		return nil, step("seal sign-in", err)
	}
	sealed, err := v.desk.Seal(text, organization.Sealed(v.org, stateHash, "signin"))
	return sealed, step("seal sign-in", err)
}

func (v *Visit) openSignIn(c store.Consent) (in signIn, err error) {
	if v.desk.Unseal == nil {
		return in, ErrNotOffered
	}
	text, err := v.desk.Unseal(c.Sealed, organization.Sealed(v.org, c.StateHash, "signin"))
	if err == nil {
		err = json.Unmarshal(text, &in)
	}
	return in, step("open sign-in", err)
}
