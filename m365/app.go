package m365

import (
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// App is an app registration. It lives in the tenant it was registered in; a
// multi-tenant one gets a service principal in others by admin consent.
type App struct {
	ClientID      string
	Name          string
	MultiTenant   bool
	RedirectURIs  []string
	RequiredRoles []string // what admin consent to .default grants
	IDTokens      bool     // "ID tokens" switched on: response_type=id_token works
	RoleClaims    bool     // groupMembershipClaims: ID tokens carry wids

	objectID string
	home     *Tenant
	secrets  []secret
	certs    []credential
	created  time.Time
}

type secret struct {
	id, value, name string
	from, until     time.Time
}

type credential struct {
	id   string
	cert *x509.Certificate
}

// principal is an app's service principal in a tenant, with what was granted.
type principal struct {
	objectID string
	roles    []string // in tokens
	unlisted []string // granted where no token shows it
}

// AddApp registers an app in t. Empty ids are made up from the seed.
func (t *Tenant) AddApp(a App) *App {
	t.mu.Lock()
	defer t.mu.Unlock()
	if a.ClientID == "" {
		a.ClientID = newGUID(t.rand)
	}
	a.objectID, a.home, a.created = newGUID(t.rand), t, t.now()
	t.apps[a.ClientID] = &a
	t.principals[a.ClientID] = &principal{objectID: newGUID(t.rand)}
	return &a
}

// AddSecret gives the app one more client secret and returns its id and value:
// Entra's page shows both, and people paste the wrong one.
func (a *App) AddSecret(until time.Time) (id, value string) {
	a.home.mu.Lock()
	defer a.home.mu.Unlock()
	s := secret{id: newGUID(a.home.rand), value: secretText(a.home.rand), from: a.home.now(), until: until, name: "Telefonväxel"}
	a.secrets = append(a.secrets, s)
	return s.id, s.value
}

// secretText looks like Entra's: 40 characters, some of which a form must escape.
func secretText(r *rand.Rand) string {
	const chars = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_~"
	b := make([]byte, 40)
	for i := range b {
		b[i] = chars[r.IntN(len(chars))]
	}
	b[3], b[4] = '8', 'Q'
	b[5] = '~'
	return string(b)
}

// AddCertificate registers a certificate (DER) whose key may sign assertions.
func (a *App) AddCertificate(der []byte) error {
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return fmt.Errorf("m365: certificate: %w", err)
	}
	a.home.mu.Lock()
	defer a.home.mu.Unlock()
	a.certs = append(a.certs, credential{id: newGUID(a.home.rand), cert: cert})
	return nil
}

// RemoveCredentials takes every secret and certificate from the app.
func (a *App) RemoveCredentials() {
	a.home.mu.Lock()
	defer a.home.mu.Unlock()
	a.secrets, a.certs = nil, nil
}

// thumbprints are the certificate's x5t (SHA-1) and x5t#S256.
func (c credential) thumbprints() (x5t, x5tS256 string) {
	one, two := sha1.Sum(c.cert.Raw), sha256.Sum256(c.cert.Raw)
	return base64.RawURLEncoding.EncodeToString(one[:]), base64.RawURLEncoding.EncodeToString(two[:])
}

// App finds one of t's registrations by client id; nil when there is none.
func (t *Tenant) App(clientID string) *App {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.apps[clientID]
}

// Secret is the value of the first secret of the registration that New made.
func (t *Tenant) Secret() string { return t.firstSecret().value }

// SecretID is that secret's id, which is not the secret.
func (t *Tenant) SecretID() string { return t.firstSecret().id }

func (t *Tenant) firstSecret() secret {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if a := t.apps[t.ClientID]; a != nil && len(a.secrets) > 0 {
		return a.secrets[0]
	}
	return secret{}
}

// AddCertificate registers a certificate (DER) for the app that New made.
func (t *Tenant) AddCertificate(der []byte) error { return t.App(t.ClientID).AddCertificate(der) }

// Grant consents to application permissions for the app that New made. Tokens
// issued from now on name them in roles; older ones go on as they are.
func (t *Tenant) Grant(roles ...string) { t.GrantTo(t.ClientID, roles...) }

// GrantTo is Grant for any app; one from elsewhere gets a service principal.
func (t *Tenant) GrantTo(clientID string, roles ...string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.principal(clientID)
	for _, role := range roles {
		if !slices.Contains(p.roles, role) {
			p.roles = append(p.roles, role)
		}
	}
}

// principal is an app's service principal, made if it is not there. mu is held.
func (t *Tenant) principal(clientID string) *principal {
	p := t.principals[clientID]
	if p == nil {
		p = &principal{objectID: newGUID(t.rand)}
		t.principals[clientID] = p
	}
	return p
}

// GrantUnlisted grants permissions that work and stand in no token, as
// Exchange's RBAC for Applications does.
func (t *Tenant) GrantUnlisted(roles ...string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.principal(t.ClientID)
	p.unlisted = append(p.unlisted, roles...)
}

// Revoke takes permissions back, from both kinds of grant.
func (t *Tenant) Revoke(roles ...string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.principal(t.ClientID)
	taken := func(role string) bool { return slices.Contains(roles, role) }
	p.roles, p.unlisted = slices.DeleteFunc(p.roles, taken), slices.DeleteFunc(p.unlisted, taken)
}

// Uninstall removes an app's service principal, consent and all.
func (t *Tenant) Uninstall(clientID string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.principals, clientID)
}
