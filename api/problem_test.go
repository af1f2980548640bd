package api_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/telefonist/telefonist/client"
)

// answered is what came back of a raw request.
type answered struct {
	status int
	header http.Header
	body   string
}

func ask(t *testing.T, method, url, token, contentType, body string, headers ...string) answered {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answered{resp.StatusCode, resp.Header, string(text)}
}

// token makes a token's text for raw requests.
func (p *place) token(t *testing.T, number, role string) string {
	t.Helper()
	must[client.Customer](t)(p.operator.PutOrganization(t.Context(), number, client.NewCustomer{Name: "Kund " + number}))
	return must[client.Token](t)(p.operator.In(number).AddToken(t.Context(), client.NewToken{Name: "raw", Role: role})).Text
}

// TestRefusedBodyIsNeverRepeated posts a secret in bodies that are refused in
// every way there is.
func TestRefusedBodyIsNeverRepeated(t *testing.T) {
	p := open(t)
	org, _ := p.customer(t, "1", "administrator")
	s := p.connect(t, org)
	token := p.token(t, "1", "administrator")
	const secret = "very-secret-value-8Q~"
	const number = "7318273182731827"
	base := p.url + "/api/v1/organizations/1"
	at := base + "/sources/" + s.ID + "/secrets"
	for _, body := range []string{
		`{"secret":["` + secret + `"]}`,
		`{"secret":"` + secret + `","expires":"` + secret + `"}`,
		`{"secret":"` + secret + `","expires":"1999-01-01T00:00:00Z"}`,
		`{"secret":"` + secret + ` with spaces"}`,
		`{"secret":"` + secret + `","unknown":1}`,
		`{"` + secret + `":1}`,
		`{"secret":` + secret + `}`,
		`{"secret":` + number + `}`,
		`{"secret":"` + secret,
		secret,
		`"` + secret + `"`,
		`[{"secret":"` + secret + `"}]`,
	} {
		got := ask(t, "POST", at, token, "application/json", body)
		if got.status < 400 {
			t.Errorf("%s: got status %d, want a refusal", body, got.status)
		}
		if strings.Contains(got.body, "very-secret") || strings.Contains(got.body, number) || strings.Contains(got.body, "8Q~") {
			t.Errorf("%s: the answer repeats it: %s", body, got.body)
		}
	}
	for path, body := range map[string]string{
		"/sources/" + s.ID + "/certificates": `{"pem":"-----BEGIN PRIVATE KEY-----\n` + secret + `\n-----END PRIVATE KEY-----"}`,
		"/sources":                           `{"name":"x","kind":"entra","settings":{"cloud":"` + secret + `","tenant":"a.example","client":"` + secret + `"}}`,
		"/subscribers":                       `{"fields":{"mobile":"` + secret + `"}}`,
		"/replicators":                       `{"name":"x","source":"` + secret + `","settings":{"new":"` + secret + `"}}`,
		"/users":                             `{"email":"` + secret + `","role":"` + secret + `"}`,
	} {
		got := ask(t, "POST", base+path, token, "application/json", body)
		if got.status < 400 || strings.Contains(got.body, secret) {
			t.Errorf("POST %s: got %d %s, want a refusal that does not repeat the value", path, got.status, got.body)
		}
	}
	if got := ask(t, "POST", at, token, "text/plain", secret); strings.Contains(got.body, secret) {
		t.Errorf("another content type: the answer repeats it: %s", got.body)
	}
}

// TestSecretsNeverComeOut puts secrets in and reads everything that can be read.
func TestSecretsNeverComeOut(t *testing.T) {
	p := open(t)
	org, _ := p.customer(t, "1", "administrator")
	s := p.connect(t, org)
	made := must[client.Credential](t)(org.AddCertificate(t.Context(), s.ID, client.NewCertificate{}))
	if !strings.Contains(made.Certificate, "BEGIN CERTIFICATE") || len(made.Hint) != 40 {
		t.Errorf("made certificate: got %+v, want it and its thumbprint", made)
	}
	_, err := org.AddSecret(t.Context(), s.ID, client.NewSecret{Secret: "third-credential-x"})
	wantStatus(t, "a third credential", err, 422)
	token := p.token(t, "1", "administrator")
	for _, path := range []string{"/sources", "/sources/" + s.ID, "/overview", "/audit", "/audit/export", "/audit/export?format=csv", "/tokens", "/connect-links"} {
		got := ask(t, "GET", p.url+"/api/v1/organizations/1"+path, token, "", "")
		if got.status != 200 || strings.Contains(got.body, p.tenant.Secret()) || strings.Contains(got.body, "PRIVATE KEY") || strings.Contains(got.body, token) {
			t.Errorf("GET %s: got %d, want 200 without secrets: %.300s", path, got.status, got.body)
		}
	}
	var export strings.Builder
	if err := p.operator.In("1").Export(t.Context(), &export); err != nil || strings.Contains(export.String(), p.tenant.Secret()) {
		t.Errorf("export of the customer: %v", err)
	}
}

func TestEveryRefusalIsAProblem(t *testing.T) {
	p := open(t)
	token := p.token(t, "1", "attendant")
	for _, tc := range []struct {
		method, path, token, body string
		status                    int
		code                      string
	}{
		{"GET", "/api/v1/organizations/1", "", "", 401, "token"},
		{"GET", "/api/v1/organizations/1", "tf_x_y", "", 401, "token"},
		{"GET", "/api/v1/organizations/1", "nonsense", "", 401, "token"},
		{"GET", "/api/v1/nothing", token, "", 404, "notfound"},
		{"GET", "/api/v2/organizations", token, "", 404, "notfound"},
		{"PATCH", "/api/v1/organizations/1/replicators", token, "", 405, "badrequest"},
		{"GET", "/api/v1/organizations/1/sources", token, "", 403, "forbidden"},
		{"POST", "/api/v1/organizations", token, `{"name":"x"}`, 403, "forbidden"},
		{"GET", "/api/v1/organizations/2", token, "", 404, "notfound"},
		{"GET", "/api/v1/organizations/1/subscribers?limit=9999", token, "", 422, "invalid"},
		{"GET", "/api/v1/organizations/1/sources/x/script?shell=powershell", token, "", 403, "forbidden"},
		{"GET", "/microsoft/notifications", "", "", 405, "badrequest"},
		{"POST", "/microsoft/notifications", "", "no json", 422, "invalid"},
	} {
		got := ask(t, tc.method, p.url+tc.path, tc.token, "application/json", tc.body)
		var e client.Error
		if err := json.Unmarshal([]byte(got.body), &e); err != nil {
			t.Errorf("%s %s: the answer is no JSON: %q", tc.method, tc.path, got.body)
			continue
		}
		if got.status != tc.status || e.Status != tc.status || e.Code != tc.code || e.Detail == "" {
			t.Errorf("%s %s: got %d %+v, want %d %q with a sentence", tc.method, tc.path, got.status, e, tc.status, tc.code)
		}
		if mime := got.header.Get("Content-Type"); mime != "application/problem+json" {
			t.Errorf("%s %s: got content type %q", tc.method, tc.path, mime)
		}
	}
	sv := ask(t, "GET", p.url+"/api/v1/organizations/1/sources", token, "", "", "Accept-Language", "sv-SE,sv;q=0.9")
	if !strings.Contains(sv.body, "rätt") {
		t.Errorf("in Swedish: got %s", sv.body)
	}
}

func TestTokensEnd(t *testing.T) {
	ctx := t.Context()
	p := open(t)
	org, c := p.customer(t, "1", "administrator")
	must[client.Me](t)(c.Me(ctx))
	tokens := must[[]client.Token](t)(org.Tokens(ctx))
	if len(tokens) != 1 || tokens[0].Text != "" || tokens[0].Used.IsZero() {
		t.Errorf("tokens: got %+v, want one that was used, without its text", tokens)
	}
	_, err := org.AddToken(ctx, client.NewToken{Name: "x", Role: "operator"})
	wantStatus(t, "a token with more rights than an administrator", err, 422)
	_, err = org.AddToken(ctx, client.NewToken{Name: "x", Role: "attendant", Expires: time.Now().Add(-time.Hour)})
	wantStatus(t, "a token that has expired", err, 422)
	if err := org.RevokeToken(ctx, tokens[0].ID); err != nil {
		t.Fatal(err)
	}
	_, err = c.Me(ctx)
	wantStatus(t, "a revoked token", err, 401)
	for range 20 { // whoever goes on guessing is slowed down
		_, err = c.Me(ctx)
	}
	wantStatus(t, "guessing", err, 429)
}
