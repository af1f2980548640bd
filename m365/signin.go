package m365

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
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

func (i identity) audience() string { return i.Audience }

// roleTemplates are the template ids of directory roles, as wids has them.
var roleTemplates = map[string]string{
	"Global Administrator":          "62e90394-69f5-4237-9190-012177145e10",
	"Privileged Role Administrator": "e8611ab8-c189-46e8-94e1-60213ab1f814",
}

// authorize shows the sign-in page and, once somebody is picked there, sends
// the browser back with a code.
func (s *Server) authorize(w http.ResponseWriter, r *http.Request, name string) {
	query := r.URL.Query()
	app, problem := s.clientOf(query, name)
	if problem == "" && name != "organizations" && name != "common" && s.tenant(name) == nil {
		problem = "AADSTS90002: Tenant '" + clip(name) + "' not found."
	}
	if problem != "" {
		errorPage(w, http.StatusBadRequest, problem)
		return
	}
	back := redirection{address: query.Get("redirect_uri"), mode: query.Get("response_mode"), values: url.Values{}}
	if state := query.Get("state"); state != "" {
		back.values.Set("state", state)
	}
	if code, text := checkAuthorize(query, app); code != "" {
		back.fail(w, r, code, text)
		return
	}
	if query.Get("prompt") == "none" {
		back.fail(w, r, "login_required", "AADSTS50058: A silent sign-in request was sent but no user is signed in.")
		return
	}
	if r.Method == http.MethodGet {
		signInPage(w, page{Title: "Logga in", App: app.Name, People: s.candidates(name), Hint: query.Get("login_hint")})
		return
	}
	if r.FormValue("action") == "cancel" {
		back.fail(w, r, "access_denied", "AADSTS65004: User declined to consent to access the app.")
		return
	}
	t, person, problem := s.chosen(r.FormValue("user"), name)
	if problem != "" {
		errorPage(w, http.StatusBadRequest, problem)
		return
	}
	s.grantCode(w, r, back, &grant{
		app: app, tenant: t, person: person, redirect: back.address, nonce: query.Get("nonce"), challenge: query.Get("code_challenge"),
		plain: query.Get("code_challenge_method") != "S256", scope: query.Get("scope"), until: t.now().Add(codeLife),
	})
}

// clientOf finds the app of an authorize or consent request, or what to show
// instead: nobody may be sent to an address that is not registered.
func (s *Server) clientOf(query url.Values, name string) (*App, string) {
	id := query.Get("client_id")
	app := s.app(id)
	switch {
	case id == "":
		return nil, "AADSTS900144: The request body must contain the following parameter: 'client_id'."
	case app == nil:
		return nil, "AADSTS700016: Application with identifier '" + clip(id) + "' was not found in the directory."
	case !slices.Contains(app.RedirectURIs, query.Get("redirect_uri")):
		return nil, "AADSTS50011: The redirect URI specified in the request does not match the redirect URIs configured for the application."
	case !app.MultiTenant && (name == "organizations" || name == "common"):
		return nil, "AADSTS50194: Application is not configured as a multi-tenant application. Use a tenant-specific endpoint."
	case !app.MultiTenant && s.tenant(name) != app.home:
		return nil, "AADSTS700016: Application with identifier '" + clip(id) + "' was not found in the directory '" + clip(name) + "'."
	}
	return app, ""
}

// checkAuthorize is OAuth's error for what is wrong with the request, or empty.
func checkAuthorize(query url.Values, app *App) (code, text string) {
	kinds := strings.Fields(query.Get("response_type"))
	wantsID := slices.Contains(kinds, "id_token")
	switch {
	case len(kinds) == 0:
		return "invalid_request", "AADSTS900144: The request must contain the following parameter: 'response_type'."
	case wantsID && !app.IDTokens:
		return "unsupported_response_type", "AADSTS700054: response_type 'id_token' is not enabled for the application."
	case !wantsID && !slices.Contains(kinds, "code"):
		return "unsupported_response_type", "AADSTS70005: response_type is not supported for the application."
	case wantsID && query.Get("nonce") == "":
		return "invalid_request", "AADSTS50001: The request must contain the following parameter: 'nonce'."
	case wantsID && query.Get("response_mode") == "query":
		return "invalid_request", "AADSTS70007: 'query' is not a supported value of 'response_mode' when requesting a token."
	case query.Get("scope") == "":
		return "invalid_request", "AADSTS900144: The request must contain the following parameter: 'scope'."
	}
	return "", ""
}

// candidates are the accounts that the sign-in page offers: administrators
// first, then a few others. Any account may be typed in.
func (s *Server) candidates(name string) []Person {
	s.mu.Lock()
	tenants := slices.Clone(s.tenants)
	s.mu.Unlock()
	if t := s.tenant(name); t != nil {
		tenants = []*Tenant{t}
	}
	var admins, others []Person
	for _, t := range tenants {
		n := 0
		for _, p := range t.People() {
			switch {
			case p.Role != "":
				admins = append(admins, p)
			case p.AccountEnabled && p.UserType == "Member" && n < 20:
				n++
				others = append(others, p)
			}
		}
	}
	return append(admins, others...)
}

// chosen finds the account that signs in. Guests do so only where the path
// names the tenant; elsewhere they would land at home.
func (s *Server) chosen(who, name string) (*Tenant, Person, string) {
	s.mu.Lock()
	tenants := slices.Clone(s.tenants)
	s.mu.Unlock()
	at := s.tenant(name)
	for _, t := range tenants {
		if at != nil && t != at {
			continue
		}
		p, err := t.Person(who)
		switch {
		case err != nil || !p.DeletedDateTime.IsZero() || at == nil && p.UserType == "Guest":
			continue
		case !p.AccountEnabled:
			return nil, p, "AADSTS50057: The user account is disabled."
		}
		return t, p, ""
	}
	return nil, Person{}, "AADSTS50034: The user account '" + clip(who) + "' does not exist in the directory."
}

// grantCode sends the browser back with a code, and with an ID token where the
// app asked for one.
func (s *Server) grantCode(w http.ResponseWriter, r *http.Request, back redirection, g *grant) {
	g.tenant.install(g.app)
	kinds := strings.Fields(r.URL.Query().Get("response_type"))
	if slices.Contains(kinds, "code") {
		code := "0." + requestID() + "." + requestID()
		s.mu.Lock()
		s.codes[code] = g
		s.mu.Unlock()
		back.values.Set("code", code)
	}
	if slices.Contains(kinds, "id_token") {
		token, err := s.sign(g.identity(base(r), g.tenant.now()))
		if err != nil {
			errorPage(w, http.StatusInternalServerError, "AADSTS50000: There was an error issuing a token.")
			return
		}
		back.values.Set("id_token", token)
		if back.mode == "" {
			back.mode = "fragment"
		}
	}
	back.values.Set("session_state", requestID())
	back.send(w, r)
}

// install gives a multi-tenant app a service principal without permissions,
// as a user's consent to being signed in does.
func (t *Tenant) install(a *App) {
	t.mu.RLock()
	_, there := t.principals[a.ClientID]
	t.mu.RUnlock()
	if !there {
		t.GrantTo(a.ClientID)
	}
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
	access, err := c.s.sign(claims{
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
		if answer.IDToken, err = c.s.sign(g.identity(c.base, now)); err != nil {
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
	if failed := c.authenticate(token); failed != nil {
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
