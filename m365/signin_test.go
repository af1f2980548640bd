package m365_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/telefonist/telefonist/m365"
)

// house is a server with an operator's tenant, whose multi-tenant app wants
// into a customer's.
type house struct {
	*world
	customer *m365.Tenant
	app      *m365.App
	secret   string
}

const redirect = "http://127.0.0.1/back?x=1"

func newHouse(t *testing.T) *house {
	t.Helper()
	w := start(t, m365.Options{People: 20, Seed: 1, Name: "Operatören AB"})
	h := &house{world: w, customer: m365.New(m365.Options{People: 20, Seed: 2})}
	w.server.Add(h.customer)
	h.app = w.tenant.AddApp(m365.App{
		Name: "Telefonist", MultiTenant: true, RedirectURIs: []string{redirect}, RequiredRoles: []string{"User.Read.All"}, RoleClaims: true,
	})
	_, h.secret = h.app.AddSecret(w.tenant.People()[0].CreatedDateTime.AddDate(50, 0, 0))
	return h
}

// submit picks an account on a page and returns the answer; the redirect, if
// any, is not followed.
func (h *house) submit(path string, query url.Values, user, action string) (answer, url.Values) {
	h.t.Helper()
	address := h.server.URL() + path + "?" + query.Encode()
	res, err := h.client.Get(address)
	if err != nil {
		h.t.Fatal(err)
	}
	if a := read(h.t, res); a.status != 200 || user != "" && !strings.Contains(string(a.body), "<form") {
		return a, nil
	}
	if res, err = h.client.PostForm(address, url.Values{"user": {user}, "action": {action}}); err != nil {
		h.t.Fatal(err)
	}
	a := read(h.t, res)
	target, err := url.Parse(a.header.Get("Location"))
	if err != nil {
		h.t.Fatal(err)
	}
	if target.Fragment != "" {
		target.RawQuery = target.Fragment
	}
	return a, target.Query()
}

func (h *house) authorization() url.Values {
	sum := sha256.Sum256([]byte("verifier-verifier-verifier-verifier-verifier"))
	return url.Values{
		"client_id": {h.app.ClientID}, "redirect_uri": {redirect}, "response_type": {"code"}, "scope": {"openid profile"}, "state": {"s&1"},
		"nonce": {"n1"}, "code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
	}
}

func (h *house) redeem(change map[string]string) answer {
	fields := map[string]string{
		"grant_type": "authorization_code", "client_id": h.app.ClientID, "client_secret": h.secret, "redirect_uri": redirect,
		"code_verifier": "verifier-verifier-verifier-verifier-verifier", "scope": "",
	}
	for name, value := range change {
		fields[name] = value
	}
	return h.tokenFor("organizations", fields)
}

func TestSigningInWithCodeAndPKCE(t *testing.T) {
	h := newHouse(t)
	admin := h.customer.People()[0]
	a, back := h.submit("/organizations/oauth2/v2.0/authorize", h.authorization(), admin.UserPrincipalName, "accept")
	if a.status != http.StatusFound || back.Get("state") != "s&1" || back.Get("x") != "1" || back.Get("code") == "" {
		t.Fatalf("%d %v", a.status, back)
	}
	var got struct {
		ID     string `json:"id_token"`
		Access string `json:"access_token"`
	}
	h.redeem(map[string]string{"code": back.Get("code")}).decode(t, &got)
	claims := payload(t, got.ID)
	for name, want := range map[string]any{
		"aud": h.app.ClientID, "iss": h.server.URL() + "/" + h.customer.ID + "/v2.0", "tid": h.customer.ID, "oid": admin.ID, "nonce": "n1",
		"preferred_username": admin.UserPrincipalName, "name": admin.DisplayName, "ver": "2.0",
	} {
		if claims[name] != want {
			t.Errorf("%s is %v, want %v", name, claims[name], want)
		}
	}
	if wids, _ := claims["wids"].([]any); len(wids) != 1 || wids[0] != "62e90394-69f5-4237-9190-012177145e10" {
		t.Errorf("wids %v", claims["wids"])
	}
	h.wantRefusal(h.redeem(map[string]string{"code": back.Get("code")}), 400, "invalid_grant", 54005)
	h.token = got.Access
	var me object
	if h.get("/v1.0/me").decode(t, &me); me["id"] != admin.ID {
		t.Errorf("me: %v", me)
	}
	if h.get("/oidc/userinfo").decode(t, &me); me["name"] != admin.DisplayName {
		t.Errorf("userinfo: %v", me)
	}
	if a := h.get("/v1.0/users"); a.status != http.StatusForbidden {
		t.Errorf("users with a user's token: %d", a.status)
	}
}

func TestCodesAreBound(t *testing.T) {
	h := newHouse(t)
	user := h.customer.People()[0].UserPrincipalName
	for name, test := range map[string]struct {
		change map[string]string
		code   int
	}{
		"another verifier": {map[string]string{"code_verifier": "x"}, 501481}, "no verifier": {map[string]string{"code_verifier": ""}, 501481},
		"another address": {map[string]string{"redirect_uri": "http://127.0.0.1/else"}, 500112},
	} {
		_, back := h.submit("/organizations/oauth2/v2.0/authorize", h.authorization(), user, "accept")
		test.change["code"] = back.Get("code")
		t.Log(name)
		h.wantRefusal(h.redeem(test.change), 400, "invalid_grant", test.code)
	}
}

func TestSignInThatFails(t *testing.T) {
	h := newHouse(t)
	people := h.customer.People()
	with := func(name, value string) url.Values {
		q := h.authorization()
		if q.Set(name, value); value == "" {
			q.Del(name)
		}
		return q
	}
	for name, test := range map[string]struct {
		path, user, action string
		query              url.Values
		error              string // in the redirect
		page               string // on a page instead
	}{
		"cancelled":         {"organizations", people[0].ID, "cancel", h.authorization(), "access_denied", ""},
		"no scope":          {"organizations", "", "", with("scope", ""), "invalid_request", ""},
		"id_token unasked":  {"organizations", "", "", with("response_type", "id_token"), "unsupported_response_type", ""},
		"prompt=none":       {"organizations", "", "", with("prompt", "none"), "login_required", ""},
		"address unknown":   {"organizations", "", "", with("redirect_uri", "https://evil.example/"), "", "AADSTS50011"},
		"app unknown":       {"organizations", "", "", with("client_id", "x"), "", "AADSTS700016"},
		"tenant unknown":    {"nowhere.example", "", "", h.authorization(), "", "AADSTS90002"},
		"disabled":          {"organizations", people[4].ID, "accept", h.authorization(), "", "AADSTS50057"},
		"a guest from home": {"organizations", people[3].ID, "accept", h.authorization(), "", "AADSTS50034"},
		"another tenant's":  {h.tenant.ID, people[0].ID, "accept", h.authorization(), "", "AADSTS50034"},
	} {
		a, back := h.submit("/"+test.path+"/oauth2/v2.0/authorize", test.query, test.user, test.action)
		if back == nil { // refused before the page
			if target, err := url.Parse(a.header.Get("Location")); err == nil {
				back = target.Query()
			}
		}
		if test.error != "" && (back.Get("error") != test.error || back.Get("state") != "s&1") || test.page != "" && !strings.Contains(string(a.body), test.page) {
			t.Errorf("%s: %d %v %.300s", name, a.status, back, a.body)
		}
	}
	if a, back := h.submit("/"+h.customer.ID+"/oauth2/v2.0/authorize", h.authorization(), people[3].ID, "accept"); back.Get("code") == "" {
		t.Errorf("a guest where the path names the tenant: %d %s", a.status, a.body)
	}
}

func TestResponseModes(t *testing.T) {
	h := newHouse(t)
	q := h.authorization()
	q.Set("response_mode", "fragment")
	user := h.customer.People()[0].ID
	if a, back := h.submit("/organizations/oauth2/v2.0/authorize", q, user, "accept"); !strings.Contains(a.header.Get("Location"), "#") || back.Get("code") == "" {
		t.Errorf("fragment: %s", a.header.Get("Location"))
	}
	q.Set("response_mode", "form_post")
	a, _ := h.submit("/organizations/oauth2/v2.0/authorize", q, user, "accept")
	if !regexp.MustCompile(`(?s)method="post" action="[^"]*/back.*name="code" value="0\.`).Match(a.body) {
		t.Errorf("form_post: %s", a.body)
	}
	h.app.IDTokens = true
	q.Set("response_mode", "fragment")
	q.Set("response_type", "code id_token")
	if _, back := h.submit("/organizations/oauth2/v2.0/authorize", q, user, "accept"); payload(t, back.Get("id_token"))["nonce"] != "n1" {
		t.Errorf("hybrid: %v", back)
	}
}

func TestAdminConsent(t *testing.T) {
	h := newHouse(t)
	admin, user := h.customer.People()[0].ID, h.customer.People()[1].ID
	query := url.Values{"client_id": {h.app.ClientID}, "redirect_uri": {redirect}, "state": {"s1"}, "scope": {"https://graph.microsoft.com/.default"}}
	token := func() answer {
		return h.tokenFor(h.customer.ID, map[string]string{"client_id": h.app.ClientID, "client_secret": h.secret})
	}
	h.wantRefusal(token(), 400, "unauthorized_client", 700016)

	if _, back := h.submit("/organizations/v2.0/adminconsent", query, admin, "cancel"); back.Get("error") != "consent_required" ||
		back.Get("admin_consent") != "True" || !strings.Contains(back.Get("error_description"), "AADSTS65004") || back.Get("state") != "s1" {
		t.Errorf("v2 refusal: %v", back)
	}
	if _, back := h.submit("/common/adminconsent", query, admin, "cancel"); back.Get("error") != "permission_denied" || back.Has("admin_consent") {
		t.Errorf("v1 refusal: %v", back)
	}
	if a, _ := h.submit("/organizations/v2.0/adminconsent", query, user, "accept"); a.status != 403 || !strings.Contains(string(a.body), "AADSTS90094") {
		t.Errorf("no administrator: %d", a.status)
	}
	for name, bad := range map[string]url.Values{
		"/common/v2.0/adminconsent": query, "/organizations/v2.0/adminconsent": {"client_id": {h.app.ClientID}, "redirect_uri": {redirect}},
		"/" + h.customer.ID + "/v2.0/adminconsent": {"client_id": {h.app.ClientID}, "redirect_uri": {"https://evil.example"}, "scope": {"x"}},
	} {
		if a, _ := h.submit(name, bad, "", ""); a.status != 400 || !strings.Contains(string(a.body), "AADSTS") {
			t.Errorf("%s: %d", name, a.status)
		}
	}
	h.wantRefusal(token(), 400, "unauthorized_client", 700016)

	_, back := h.submit("/organizations/v2.0/adminconsent", query, admin, "accept")
	if back.Get("tenant") != h.customer.ID || back.Get("admin_consent") != "True" || back.Get("scope") == "" || back.Get("state") != "s1" || back.Has("error") {
		t.Errorf("v2: %v", back)
	}
	var got struct {
		Token string `json:"access_token"`
	}
	token().decode(t, &got)
	if claims := payload(t, got.Token); claims["tid"] != h.customer.ID || claims["roles"].([]any)[0] != "User.Read.All" {
		t.Errorf("claims %v", claims)
	}
	h.token = got.Token
	if people, _ := h.all("/v1.0/users"); len(people) != 20 || people[0]["id"] != admin {
		t.Errorf("%d people", len(people))
	}
	h.customer.Uninstall(h.app.ClientID)
	h.wantRefusal(token(), 400, "unauthorized_client", 700016)
	if _, back := h.submit("/"+h.customer.ID+"/adminconsent", query, admin, "accept"); back.Get("tenant") != h.customer.ID {
		t.Errorf("v1: %v", back)
	}
	if a := token(); a.status != 200 {
		t.Errorf("after v1: %d", a.status)
	}
}
