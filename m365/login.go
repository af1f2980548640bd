package m365

import (
	"net/http"
	"strings"
	"time"
)

// serveLogin answers what lies under /{tenant}/: Entra's login host.
func (s *Server) serveLogin(w http.ResponseWriter, r *http.Request) {
	name, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	switch r.Method + " " + rest {
	case "POST oauth2/v2.0/token":
		s.serveToken(w, r, name)
	case "GET v2.0/.well-known/openid-configuration":
		s.metadata(w, r, name)
	case "GET discovery/v2.0/keys", "GET discovery/keys":
		keys(w)
	case "GET discovery/instance":
		instance(w, r)
	case "GET oauth2/v2.0/authorize", "POST oauth2/v2.0/authorize":
		s.authorize(w, r, name)
	case "GET v2.0/adminconsent", "POST v2.0/adminconsent", "GET adminconsent", "POST adminconsent":
		s.consent(w, r, name, strings.HasPrefix(rest, "v2.0"))
	default:
		http.NotFound(w, r)
	}
}

// openID is the OIDC metadata document.
type openID struct {
	Issuer        string   `json:"issuer"`
	Authorization string   `json:"authorization_endpoint"`
	Token         string   `json:"token_endpoint"`
	DeviceCode    string   `json:"device_authorization_endpoint"`
	EndSession    string   `json:"end_session_endpoint"`
	Keys          string   `json:"jwks_uri"`
	Userinfo      string   `json:"userinfo_endpoint"`
	AuthMethods   []string `json:"token_endpoint_auth_methods_supported"`
	ResponseModes []string `json:"response_modes_supported"`
	ResponseTypes []string `json:"response_types_supported"`
	SubjectTypes  []string `json:"subject_types_supported"`
	Algorithms    []string `json:"id_token_signing_alg_values_supported"`
	Scopes        []string `json:"scopes_supported"`
	Claims        []string `json:"claims_supported"`
	Challenges    []string `json:"code_challenge_methods_supported,omitempty"`
	CloudInstance string   `json:"cloud_instance_name"`
	Graph         string   `json:"msgraph_host"`
	Region        *string  `json:"tenant_region_scope"`
}

// metadata answers for a tenant, by id or domain, or for organizations and
// common, whose issuer has a placeholder where the tenant id belongs.
func (s *Server) metadata(w http.ResponseWriter, r *http.Request, name string) {
	at := base(r)
	issuer := at + "/{tenantid}/v2.0"
	if name != "common" && name != "organizations" && name != "consumers" {
		t := s.tenant(name)
		if t == nil {
			c := &tokenCall{s: s, name: name}
			s.refuseToken(w, r, time.Now(), c.checkTenant())
			return
		}
		name, issuer = t.ID, at+"/"+t.ID+"/v2.0"
	}
	there := at + "/" + name
	writeJSON(w, http.StatusOK, openID{
		Issuer: issuer, Authorization: there + "/oauth2/v2.0/authorize", Token: there + "/oauth2/v2.0/token",
		DeviceCode: there + "/oauth2/v2.0/devicecode", EndSession: there + "/oauth2/v2.0/logout", Keys: there + "/discovery/v2.0/keys",
		Userinfo:      at + "/oidc/userinfo",
		AuthMethods:   []string{"client_secret_post", "private_key_jwt", "client_secret_basic"},
		ResponseModes: []string{"query", "fragment", "form_post"}, ResponseTypes: []string{"code", "id_token", "code id_token"},
		SubjectTypes: []string{"pairwise"}, Algorithms: []string{"RS256"}, Scopes: []string{"openid", "profile", "email", "offline_access"},
		Claims:        []string{"sub", "iss", "aud", "exp", "iat", "nonce", "preferred_username", "name", "tid", "oid", "ver", "email"},
		CloudInstance: "microsoftonline.com", Graph: r.Host,
	})
}

// instance tells MSAL that this host is an authority.
func instance(w http.ResponseWriter, r *http.Request) {
	type alias struct {
		Network string   `json:"preferred_network"`
		Cache   string   `json:"preferred_cache"`
		Aliases []string `json:"aliases"`
	}
	writeJSON(w, http.StatusOK, struct {
		Endpoint string  `json:"tenant_discovery_endpoint"`
		Version  string  `json:"api-version"`
		Metadata []alias `json:"metadata"`
	}{base(r) + "/common/v2.0/.well-known/openid-configuration", "1.1", []alias{{r.Host, r.Host, []string{r.Host}}}})
}
