package m365

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// grant is an authorization code's meaning.
type grant struct {
	app       *App
	tenant    *Tenant
	person    Person
	redirect  string
	nonce     string
	challenge string // code_challenge
	plain     bool   // code_challenge_method=plain
	scope     string
	until     time.Time
}

// codeLife is how long an authorization code may wait.
const codeLife = 10 * time.Minute

// identity are the claims of an ID token, version 2.0.
type identity struct {
	Audience string   `json:"aud"`
	Issuer   string   `json:"iss"`
	Issued   int64    `json:"iat"`
	Before   int64    `json:"nbf"`
	Expires  int64    `json:"exp"`
	Subject  string   `json:"sub"` // pairwise: differs from app to app
	Object   string   `json:"oid"`
	Tenant   string   `json:"tid"`
	Name     string   `json:"name,omitempty"`
	Username string   `json:"preferred_username"`
	Email    string   `json:"email,omitempty"`
	Nonce    string   `json:"nonce,omitempty"`
	Wids     []string `json:"wids,omitempty"`
	Version  string   `json:"ver"`
}

// roleTemplates are the template ids of directory roles, as wids has them.
var roleTemplates = map[string]string{
	"Global Administrator":          "62e90394-69f5-4237-9190-012177145e10",
	"Privileged Role Administrator": "e8611ab8-c189-46e8-94e1-60213ab1f814",
}

// identity is what the ID token says.
func (g *grant) identity(base string, now time.Time) identity {
	id := identity{
		Audience: g.app.ClientID, Issuer: base + "/" + g.tenant.ID + "/v2.0", Issued: now.Unix(), Before: now.Unix(),
		Expires: now.Add(time.Hour).Unix(), Subject: pairwise(g.person.ID, g.app.ClientID), Object: g.person.ID, Tenant: g.tenant.ID,
		Name: g.person.DisplayName, Username: g.person.UserPrincipalName, Email: g.person.Mail, Nonce: g.nonce, Version: "2.0",
	}
	if template := roleTemplates[g.person.Role]; template != "" && g.app.RoleClaims {
		id.Wids = []string{template}
	}
	return id
}

func pairwise(person, app string) string {
	sum := sha256.Sum256([]byte(person + " " + app))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// redeem turns an authorization code into tokens.
func (c *tokenCall) redeem() (*tokenAnswer, *tokenError) {
	bad := func(code int, text string) (*tokenAnswer, *tokenError) {
		return nil, refusal(400, "invalid_grant", code, text)
	}
	code := c.form.Get("code")
	if code == "" {
		return nil, missing("code")
	}
	c.s.mu.Lock()
	g := c.s.codes[code]
	delete(c.s.codes, code)
	c.s.mu.Unlock()
	switch {
	case g == nil:
		return bad(54005, "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.")
	case g.app != c.app || c.t != nil && c.t != g.tenant:
		return bad(700005, "The provided authorization code was issued to another application or tenant.")
	case g.tenant.now().After(g.until):
		return bad(70008, "The provided authorization code or refresh token has expired.")
	case g.redirect != c.form.Get("redirect_uri"):
		return bad(500112, "The reply address does not match the reply address provided when requesting the authorization code.")
	case !g.verifies(c.form.Get("code_verifier")):
		return bad(501481, "The Code_Verifier does not match the code_challenge supplied in the authorization request.")
	}
	now := g.tenant.now()
	access, err := sign(claims{
		Audience: graphResource, Issuer: "https://sts.windows.net/" + g.tenant.ID + "/", Issued: now.Unix(), Before: now.Unix(),
		Expires: now.Add(tokenLifetime).Unix(), AppID: c.app.ClientID, AppACR: c.method, Object: g.person.ID,
		Subject: pairwise(g.person.ID, graphAppID), Tenant: g.tenant.ID, Scope: "openid profile email User.Read", Version: "1.0",
	})
	if err != nil {
		return nil, refusal(500, "server_error", 50000, "There was an error issuing a token.")
	}
	life := int(tokenLifetime.Seconds())
	answer := &tokenAnswer{TokenType: "Bearer", Scope: "openid profile email User.Read", ExpiresIn: life, ExtExpires: life, AccessToken: access}
	if slices.Contains(strings.Fields(g.scope), "openid") {
		if answer.IDToken, err = sign(g.identity(c.base, now)); err != nil {
			return nil, refusal(500, "server_error", 50000, "There was an error issuing a token.")
		}
	}
	return answer, nil
}

// verifies is PKCE (RFC 7636).
func (g *grant) verifies(verifier string) bool {
	switch {
	case g.challenge == "":
		return true
	case g.plain:
		return verifier == g.challenge
	}
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:]) == g.challenge
}

// serveUserinfo answers /oidc/userinfo for a user's access token.
func (s *Server) serveUserinfo(w http.ResponseWriter, r *http.Request) {
	c := &call{s: s, base: base(r), header: r.Header, id: requestID()}
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	failed := c.authenticate(token)
	if failed == nil {
		failed = c.alive()
	}
	if failed != nil {
		c.send(w, *failed)
		return
	}
	p, err := c.t.Person(c.claims.Object)
	if err != nil {
		c.send(w, c.notFound(c.claims.Object))
		return
	}
	writeJSON(w, http.StatusOK, map[string]string{
		"sub": c.claims.Subject, "name": p.DisplayName, "given_name": p.GivenName, "family_name": p.Surname, "email": p.Mail,
		"picture": fmt.Sprintf("%s/v1.0/me/photo/$value", c.base),
	})
}
