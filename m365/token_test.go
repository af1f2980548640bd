package m365_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/telefonist/telefonist/m365"
)

// refused is what the token endpoint says no with.
type refused struct {
	Error       string `json:"error"`
	Description string `json:"error_description"`
	Codes       []int  `json:"error_codes"`
	Timestamp   string `json:"timestamp"`
	Trace       string `json:"trace_id"`
	Correlation string `json:"correlation_id"`
}

func (w *world) wantRefusal(a answer, status int, name string, code int) {
	w.t.Helper()
	var got refused
	a.decode(w.t, &got)
	if a.status != status || got.Error != name || !slices.Equal(got.Codes, []int{code}) {
		w.t.Errorf("got %d %s %v, want %d %s %d", a.status, got.Error, got.Codes, status, name, code)
	}
	if !strings.Contains(got.Description, "\r\nCorrelation ID: "+got.Correlation) || got.Trace == "" || got.Timestamp == "" {
		w.t.Errorf("description %q", got.Description)
	}
}

func TestTokenErrors(t *testing.T) {
	w := start(t, m365.Options{People: 3, Seed: 1})
	w.server.Add(m365.New(m365.Options{People: 3, Seed: 2, Domain: "annat.example"}))
	old := w.tenant.App(w.tenant.ClientID)
	_, expired := old.AddSecret(time.Now().Add(-time.Hour))
	for _, test := range []struct {
		name   string
		tenant string // empty = ours
		change map[string]string
		status int
		error  string
		code   int
	}{
		{"wrong secret", "", map[string]string{"client_secret": "x"}, 401, "invalid_client", 7000215},
		{"the secret's id", "", map[string]string{"client_secret": w.tenant.SecretID()}, 401, "invalid_client", 7000215},
		{"expired secret", "", map[string]string{"client_secret": expired}, 401, "invalid_client", 7000222},
		{"no credential", "", map[string]string{"client_secret": ""}, 401, "invalid_client", 7000218},
		{"unknown app", "", map[string]string{"client_id": "11111111-2222-3333-4444-555555555555"}, 400, "unauthorized_client", 700016},
		{"another tenant's app", "annat.example", nil, 400, "unauthorized_client", 700016},
		{"no app", "", map[string]string{"client_id": ""}, 400, "invalid_request", 900144},
		{"unknown tenant", "11111111-2222-3333-4444-555555555555", nil, 400, "invalid_request", 90002},
		{"unknown domain", "ingen.example", nil, 400, "invalid_request", 90002},
		{"malformed tenant", "inte en tenant", nil, 400, "invalid_request", 900023},
		{"common", "common", nil, 400, "invalid_request", 9001023},
		{"consumers", "consumers", nil, 400, "invalid_request", 9001023},
		{"organizations", "organizations", nil, 400, "invalid_request", 50059},
		{"wrong scope", "", map[string]string{"scope": "https://graph.microsoft.com/User.Read"}, 400, "invalid_scope", 70011},
		{"two scopes", "", map[string]string{"scope": "https://graph.microsoft.com/.default https://outlook.office.com/.default"}, 400, "invalid_scope", 70011},
		{"no scope", "", map[string]string{"scope": ""}, 400, "invalid_request", 900144},
		{"another cloud's Graph", "", map[string]string{"scope": "https://graph.microsoft.us/.default"}, 400, "invalid_resource", 500011},
		{"no grant", "", map[string]string{"grant_type": ""}, 400, "invalid_request", 900144},
		{"unknown grant", "", map[string]string{"grant_type": "password"}, 400, "unsupported_grant_type", 70003},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := *w
			w.t = t
			tenant := test.tenant
			if tenant == "" {
				tenant = w.tenant.ID
			}
			w.wantRefusal(w.tokenFor(url.PathEscape(tenant), test.change), test.status, test.error, test.code)
		})
	}
}

// What depends on more than the request comes by a fault.
func TestTokenErrorsByFault(t *testing.T) {
	w := start(t, m365.Options{People: 3, Seed: 1})
	for code, want := range map[string]refused{
		"AADSTS900382": {Error: "invalid_request", Codes: []int{900382}}, "90038": {Error: "invalid_request", Codes: []int{90038}},
		"530032": {Error: "invalid_grant", Codes: []int{530032}}, "65004": {Error: "invalid_grant", Codes: []int{65004}},
		"90094": {Error: "interaction_required", Codes: []int{90094}}, "90033": {Error: "temporarily_unavailable", Codes: []int{90033}},
		"700022": {Error: "invalid_request", Codes: []int{700022}}, "50012": {Error: "invalid_client", Codes: []int{50012}},
	} {
		w.server.Fault(m365.Fault{Kind: m365.Token, Code: code})
		var got refused
		w.tokenFor(w.tenant.ID, nil).decode(t, &got)
		if got.Error != want.Error || !slices.Equal(got.Codes, want.Codes) {
			t.Errorf("%s: %s %v", code, got.Error, got.Codes)
		}
	}
	if a := w.tokenFor(w.tenant.ID, nil); a.status != http.StatusOK {
		t.Errorf("after the faults: %d", a.status)
	}
}

// payload is what a JWT says, unchecked.
func payload(t *testing.T, token string) map[string]any {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("%q is no JWT", token)
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := json.Unmarshal(raw, &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

func TestTokenSaysWhatIsGranted(t *testing.T) {
	w := start(t, m365.Options{People: 3, Seed: 1, Roles: []string{"User.Read.All"}})
	var got struct {
		Type    string `json:"token_type"`
		Expires int    `json:"expires_in"`
		Token   string `json:"access_token"`
	}
	w.tokenFor(w.tenant.Domain, nil).decode(t, &got)
	claims := payload(t, got.Token)
	if got.Type != "Bearer" || got.Expires != 3599 || claims["tid"] != w.tenant.ID || claims["appid"] != w.tenant.ClientID || claims["appidacr"] != "1" {
		t.Errorf("got %+v %v", got, claims)
	}
	if roles, _ := claims["roles"].([]any); len(roles) != 1 || roles[0] != "User.Read.All" {
		t.Errorf("roles %v", claims["roles"])
	}
	w.tenant.Revoke("User.Read.All")
	w.tokenFor(w.tenant.ID, nil).decode(t, &got)
	if claims := payload(t, got.Token); claims["roles"] != nil {
		t.Errorf("with nothing granted, roles %v", claims["roles"])
	}
	w.tenant.GrantUnlisted("User.Read.All")
	w.tokenFor(w.tenant.ID, nil).decode(t, &got)
	if claims := payload(t, got.Token); claims["roles"] != nil || w.get("/v1.0/users").status != http.StatusOK {
		t.Errorf("an unlisted grant: roles %v", claims["roles"])
	}
}

func TestTokenByBasicAuthentication(t *testing.T) {
	w := start(t, m365.Options{People: 3, Seed: 1})
	form := url.Values{"grant_type": {"client_credentials"}, "scope": {"https://graph.microsoft.com/.default"}}
	r, err := http.NewRequest(http.MethodPost, w.server.URL()+"/"+w.tenant.ID+"/oauth2/v2.0/token", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(w.tenant.ClientID, url.QueryEscape(w.tenant.Secret()))
	res, err := w.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if a := read(t, res); a.status != http.StatusOK {
		t.Errorf("%d %s", a.status, a.body)
	}
}

var certKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// certificate makes a self-signed certificate that ends at until.
func certificate(t *testing.T, until time.Time) (*rsa.PrivateKey, []byte) {
	t.Helper()
	key, err := certKey()
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(until.Unix()), Subject: pkix.Name{CommonName: "växel"}, NotBefore: until.AddDate(-1, 0, 0), NotAfter: until,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return key, der
}

func TestClientAssertions(t *testing.T) {
	w := start(t, m365.Options{People: 3, Seed: 1})
	key, der := certificate(t, time.Now().AddDate(0, 6, 0))
	w.must(w.tenant.AddCertificate(der))
	_, old := certificate(t, time.Now().AddDate(0, 0, -1))
	w.must(w.tenant.AddCertificate(old))
	_, stranger := certificate(t, time.Now().AddDate(0, 7, 0))
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	now, aud := time.Now(), w.server.URL()+"/"+w.tenant.ID+"/oauth2/v2.0/token"
	long := func(der []byte) map[string]string {
		sum := sha256.Sum256(der)
		return map[string]string{"x5t#S256": base64.RawURLEncoding.EncodeToString(sum[:])}
	}
	short := sha1.Sum(der)
	good := jwt.Claims{Issuer: w.tenant.ClientID, Subject: w.tenant.ClientID, Audience: jwt.Audience{aud}, ID: "1",
		NotBefore: jwt.NewNumericDate(now), IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(10 * time.Minute))}
	but := func(f func(*jwt.Claims)) jwt.Claims {
		c := good
		f(&c)
		return c
	}
	for _, test := range []struct {
		name   string
		alg    jose.SignatureAlgorithm
		key    *rsa.PrivateKey
		thumb  map[string]string
		claims jwt.Claims
		code   int // 0 = a token
	}{
		{"PS256", jose.PS256, key, long(der), good, 0},
		{"RS256", jose.RS256, key, long(der), good, 0},
		{"RS256 with x5t", jose.RS256, key, map[string]string{"x5t": base64.RawURLEncoding.EncodeToString(short[:])}, good, 0},
		{"the domain in aud", jose.PS256, key, long(der), but(func(c *jwt.Claims) {
			c.Audience = jwt.Audience{w.server.URL() + "/" + w.tenant.Domain + "/oauth2/v2.0/token"}
		}), 0},
		{"another key", jose.PS256, other, long(der), good, 700027},
		{"a certificate not registered", jose.PS256, key, long(stranger), good, 700027},
		{"a certificate that ran out", jose.PS256, key, long(old), good, 700027},
		{"no thumbprint", jose.PS256, key, nil, good, 700027},
		{"PS384", jose.PS384, key, long(der), good, 50012},
		{"expired", jose.PS256, key, long(der), but(func(c *jwt.Claims) { c.Expiry = jwt.NewNumericDate(now.Add(-time.Hour)) }), 500133},
		{"from tomorrow", jose.PS256, key, long(der), but(func(c *jwt.Claims) { c.NotBefore = jwt.NewNumericDate(now.Add(time.Hour)) }), 500133},
		{"no expiry", jose.PS256, key, long(der), but(func(c *jwt.Claims) { c.Expiry = nil }), 50013},
		{"another's aud", jose.PS256, key, long(der), but(func(c *jwt.Claims) { c.Audience = jwt.Audience{"https://example.com"} }), 50013},
		{"another's iss", jose.PS256, key, long(der), but(func(c *jwt.Claims) { c.Issuer = "x" }), 700021},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := *w
			w.t = t
			a := w.assert(test.alg, test.key, test.thumb, test.claims)
			if test.code != 0 {
				w.wantRefusal(a, 401, "invalid_client", test.code)
				return
			}
			var got struct {
				Token string `json:"access_token"`
			}
			if a.decode(t, &got); a.status != http.StatusOK || payload(t, got.Token)["appidacr"] != "2" {
				t.Errorf("%d %s", a.status, a.body)
			}
		})
	}
}

// assert asks for a token with an assertion signed by key.
func (w *world) assert(alg jose.SignatureAlgorithm, key *rsa.PrivateKey, thumb map[string]string, claims jwt.Claims) answer {
	w.t.Helper()
	options := (&jose.SignerOptions{}).WithType("JWT")
	for name, value := range thumb {
		options = options.WithHeader(jose.HeaderKey(name), value)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, options)
	if err != nil {
		w.t.Fatal(err)
	}
	assertion, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		w.t.Fatal(err)
	}
	return w.tokenFor(w.tenant.ID, map[string]string{
		"client_secret": "", "client_assertion": assertion,
		"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
	})
}

// A service whose clock is wrong finds a good assertion outside its time.
func TestAWrongClockRefusesAssertions(t *testing.T) {
	w := start(t, m365.Options{People: 3, Seed: 1})
	key, der := certificate(t, time.Now().AddDate(0, 6, 0))
	w.must(w.tenant.AddCertificate(der))
	sum, now := sha256.Sum256(der), time.Now()
	w.server.Fault(m365.Fault{Kind: m365.Clock, Delay: -2 * time.Hour, Times: m365.Forever})
	a := w.assert(jose.PS256, key, map[string]string{"x5t#S256": base64.RawURLEncoding.EncodeToString(sum[:])}, jwt.Claims{
		Issuer: w.tenant.ClientID, Subject: w.tenant.ClientID, Audience: jwt.Audience{w.server.URL() + "/" + w.tenant.ID + "/oauth2/v2.0/token"},
		NotBefore: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(10 * time.Minute)),
	})
	w.wantRefusal(a, 401, "invalid_client", 500133)
	date, err := http.ParseTime(a.header.Get("Date"))
	if err != nil || time.Since(date) < time.Hour {
		t.Errorf("Date %q", a.header.Get("Date"))
	}
}

func TestMetadataAndKeys(t *testing.T) {
	w := start(t, m365.Options{People: 3, Seed: 1})
	type metadata struct {
		Issuer, Keys, Token, Authorization, Userinfo string
	}
	fetch := func(path string, v any) {
		t.Helper()
		res, err := w.client.Get(w.server.URL() + path)
		if err != nil {
			t.Fatal(err)
		}
		read(t, res).decode(t, v)
	}
	for name, issuer := range map[string]string{
		w.tenant.ID: w.tenant.ID, w.tenant.Domain: w.tenant.ID, "organizations": "{tenantid}", "common": "{tenantid}",
	} {
		var got map[string]any
		fetch("/"+name+"/v2.0/.well-known/openid-configuration", &got)
		if want := w.server.URL() + "/" + issuer + "/v2.0"; got["issuer"] != want {
			t.Errorf("%s: issuer %v, want %s", name, got["issuer"], want)
		}
		var keys jose.JSONWebKeySet
		fetch(strings.TrimPrefix(got["jwks_uri"].(string), w.server.URL()), &keys)
		w.signIn()
		parsed, err := jwt.ParseSigned(w.token, []jose.SignatureAlgorithm{jose.RS256})
		if err != nil {
			t.Fatal(err)
		}
		if err := parsed.Claims(&keys, &metadata{}); err != nil {
			t.Errorf("%s: the token does not fit the keys: %v", name, err)
		}
	}
}
