package m365

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// consent is the administrator's consent page, as
// https://learn.microsoft.com/entra/identity-platform/v2-admin-consent has it
// (v2), or the older one without scope.
func (s *Server) consent(w http.ResponseWriter, r *http.Request, name string, v2 bool) {
	query := r.URL.Query()
	app, problem := s.clientOf(query, name)
	switch {
	case problem != "":
	case v2 && name == "common":
		problem = "AADSTS9002345: The common endpoint is not supported here. Use organizations or a tenant."
	case name != "organizations" && name != "common" && s.tenant(name) == nil:
		problem = "AADSTS90002: Tenant '" + clip(name) + "' not found."
	case v2 && query.Get("scope") == "":
		problem = "AADSTS900144: The request body must contain the following parameter: 'scope'."
	}
	if problem != "" {
		errorPage(w, http.StatusBadRequest, problem)
		return
	}
	if r.Method == http.MethodGet {
		signInPage(w, page{
			Title: "Behörigheter som begärs", App: app.Name, People: s.candidates(name), Hint: query.Get("login_hint"), Roles: app.RequiredRoles,
		})
		return
	}
	back := redirection{address: query.Get("redirect_uri"), mode: "query", values: url.Values{}}
	if state := query.Get("state"); state != "" {
		back.values.Set("state", state)
	}
	if r.FormValue("action") == "cancel" {
		refuseConsent(w, r, back, v2)
		return
	}
	t, person, problem := s.chosen(r.FormValue("user"), name)
	switch {
	case problem != "":
		errorPage(w, http.StatusBadRequest, problem)
		return
	case roleTemplates[person.Role] == "":
		errorPage(w, http.StatusForbidden, "AADSTS90094: The grant requires an administrator's permission. "+
			"A Global Administrator or Privileged Role Administrator can grant it.")
		return
	}
	t.consented(app, !v2 || wantsDefault(query.Get("scope")))
	back.values.Set("admin_consent", "True")
	back.values.Set("tenant", t.ID)
	if v2 {
		back.values.Set("scope", query.Get("scope"))
	}
	back.send(w, r)
}

// refuseConsent is the odd redirect of a refusal: v2 says admin_consent=True
// there as well.
func refuseConsent(w http.ResponseWriter, r *http.Request, back redirection, v2 bool) {
	if !v2 {
		back.fail(w, r, "permission_denied", "The admin canceled the request")
		return
	}
	back.values.Set("admin_consent", "True")
	back.fail(w, r, "consent_required", "AADSTS65004: The resource owner or authorization server denied the request.")
}

// wantsDefault says whether a scope asks for all that the registration lists;
// nothing else grants application permissions.
func wantsDefault(scope string) bool {
	return slices.ContainsFunc(strings.Fields(scope), func(s string) bool { return strings.HasSuffix(s, "/.default") })
}

// consented installs an app in t, with its required permissions where all are
// asked for.
func (t *Tenant) consented(a *App, all bool) {
	if all {
		t.GrantTo(a.ClientID, a.RequiredRoles...)
		return
	}
	t.GrantTo(a.ClientID)
}
