package m365

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

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
		token, err := sign(g.identity(base(r), g.tenant.now()))
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
