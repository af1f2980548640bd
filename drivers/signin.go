package drivers

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/directory/entra"
	"github.com/telefonist/telefonist/graph"
)

// SignIn signs administrators of customers in at Microsoft as the operator's own
// multi-tenant app, by code and PKCE (RFC 7636), and asks for their consent.
// Whatever a redirect says of a tenant is never used: the tenant is the tid of
// the validated ID token.
type SignIn struct {
	cloud    Cloud
	redirect string // registered at the app, one for sign-in and consent
	http     *http.Client
	keys     oidc.KeySet
	now      func() time.Time
}

// personal is the tenant of personal Microsoft accounts, which has no directory.
const personal = "9188040d-6c67-4c5b-b112-36a304b66dad"

// ErrNoApp tells that the operator has no app of his own in a cloud.
var ErrNoApp = errors.New("drivers: the operator has no app in this cloud")

// SignIn prepares signing in at a cloud; redirect is where Microsoft sends the
// browser back.
func (d *Drivers) SignIn(cloudName, redirect string) (*SignIn, error) {
	cloud, ok := d.Cloud(cloudName)
	if !ok || cloud.AppClient == "" {
		return nil, ErrNoApp
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = nil
	if !cloud.Trusted {
		transport.DialContext = d.Dial
	}
	if cloud.CA != nil {
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM(cloud.CA)
		transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	client := &http.Client{Transport: transport, Timeout: 20 * time.Second}
	keys := oidc.NewRemoteKeySet(oidc.ClientContext(context.Background(), client), cloud.Login+"/organizations/discovery/v2.0/keys")
	return &SignIn{cloud: cloud, redirect: redirect, http: client, keys: keys, now: d.Now}, nil
}

func (s *SignIn) config() *oauth2.Config {
	base := s.cloud.Login + "/organizations/oauth2/v2.0/"
	return &oauth2.Config{
		ClientID: s.cloud.AppClient, ClientSecret: s.cloud.AppSecret, RedirectURL: s.redirect,
		Scopes:   []string{oidc.ScopeOpenID, "profile"},
		Endpoint: oauth2.Endpoint{AuthURL: base + "authorize", TokenURL: base + "token", AuthStyle: oauth2.AuthStyleInParams},
	}
}

// URL is where the browser goes to sign in.
func (s *SignIn) URL(state, nonce, verifier string) string {
	return s.config().AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier), oauth2.SetAuthURLParam("prompt", "select_account"))
}

// Tenant exchanges the code for an ID token, validates it, and returns the
// tenant that signed in. An account that belongs to no organization is a
// [*directory.Trouble].
func (s *SignIn) Tenant(ctx context.Context, code, nonce, verifier string) (string, error) {
	ctx = oidc.ClientContext(ctx, s.http)
	token, err := s.config().Exchange(ctx, code, oauth2.VerifierOption(verifier))
	if err != nil {
		return "", fmt.Errorf("exchange code: %w", bare(err))
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return "", errors.New("sign in: the answer holds no ID token")
	}
	// The metadata of "organizations" has a placeholder for its issuer, so the
	// issuer is checked here, against the token's own tenant.
	verify := oidc.NewVerifier("", s.keys, &oidc.Config{ClientID: s.cloud.AppClient, SkipIssuerCheck: true, Now: s.now})
	id, err := verify.Verify(ctx, raw)
	if err != nil {
		return "", fmt.Errorf("validate ID token: %w", err)
	}
	var claims struct {
		Tenant string `json:"tid"`
	}
	if err := id.Claims(&claims); err != nil {
		return "", fmt.Errorf("read ID token: %w", err)
	}
	switch {
	case id.Nonce != nonce:
		return "", errors.New("sign in: the ID token answers another sign-in")
	case !guid.MatchString(claims.Tenant), claims.Tenant == personal:
		return "", &directory.Trouble{Code: "signin.personal", Err: errors.New("no organization's account")}
	case id.Issuer != s.cloud.Login+"/"+claims.Tenant+"/v2.0":
		return "", errors.New("sign in: the ID token is not issued by its own tenant")
	}
	return claims.Tenant, nil
}

// bare keeps of a token endpoint's refusal what it is, not what was sent.
func bare(err error) error {
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) {
		return fmt.Errorf("refused: %s", refused.ErrorCode)
	}
	return err
}

// ConsentURL is where an administrator of a tenant consents to what the app is
// registered with (v2 admin consent with .default, the only way application
// permissions are granted).
func (s *SignIn) ConsentURL(tenant, state string) string {
	q := url.Values{
		"client_id": {s.cloud.AppClient}, "scope": {s.cloud.Graph + "/.default"},
		"redirect_uri": {s.redirect}, "state": {state},
	}
	return s.cloud.Login + "/" + url.PathEscape(tenant) + "/v2.0/adminconsent?" + q.Encode()
}

// Connected is a tenant that has consented.
type Connected struct {
	Tenant, Name, Domain string
	People               int
	Settings             map[string]string // of a source of kind [Entra]
}

// Connected reads who a tenant is, as the operator's app, and how many people it has.
func (d *Drivers) Connected(ctx context.Context, cloudName, tenant string) (Connected, error) {
	cloud, ok := d.Cloud(cloudName)
	if !ok || cloud.AppClient == "" {
		return Connected{}, ErrNoApp
	}
	c, err := d.Client(cloud, tenant, cloud.AppClient, []graph.Credential{{Secret: cloud.AppSecret}})
	if err != nil {
		return Connected{}, entra.Trouble(err)
	}
	reader := entra.Reader{Client: c, Fields: directory.AlwaysRead()}
	r := reader.Check(ctx, cloud.AppClient, d.Now())
	if r.People < 0 {
		for _, l := range r.Lines {
			if l.Outcome == directory.CheckFailed {
				return Connected{}, &directory.Trouble{Code: l.Code, Args: l.Args}
			}
		}
	}
	if r.Domain == "" { // without Organization.Read.All
		if r.Domain, err = usualDomain(ctx, reader); err != nil {
			return Connected{}, err
		}
	}
	r.Name = cmp.Or(r.Name, r.Domain)
	return Connected{Tenant: tenant, Name: r.Name, Domain: r.Domain, People: r.People, Settings: map[string]string{
		"cloud": cloudName, "tenant": tenant, "client": cloud.AppClient,
	}}, nil
}

// usualDomain is the domain that most people of the first page sign in with.
func usualDomain(ctx context.Context, r entra.Reader) (string, error) {
	seen, best := map[string]int{}, ""
	for page, err := range r.Read(ctx, "") {
		if err != nil {
			return "", err
		}
		for _, p := range page.People {
			_, at, ok := strings.Cut(p.Get(directory.UserPrincipalName), "@")
			if seen[at]++; ok && (best == "" || seen[at] > seen[best]) {
				best = at
			}
		}
		break
	}
	return best, nil
}
