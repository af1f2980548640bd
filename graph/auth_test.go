package graph

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
)

// refuseToken answers every sign-in with an error of Microsoft's.
func refuseToken(status int, oauth, description string, header ...string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"error":%q,"error_description":"%s\r\nTrace ID: 0a1b\r\nCorrelation ID: 2c3d\r\nTimestamp: 2026-11-21 08:00:00Z","trace_id":"0a1b"}`, oauth, description)
		return true
	}
}

func TestSignInErrorsByTheirCure(t *testing.T) {
	for _, c := range []struct {
		code, oauth string
		status      int
		more        string
		want        Kind
	}{
		{"7000215", "invalid_client", 401, "Invalid client secret provided.", WrongSecret},
		{"7000222", "invalid_client", 401, "The provided client secret keys are expired.", SecretExpired},
		{"700016", "unauthorized_client", 400, "Application was not found in the directory.", UnknownApp},
		{"7000112", "unauthorized_client", 400, "Application is disabled.", AppDisabled},
		{"90002", "invalid_request", 400, "Tenant not found.", UnknownTenant},
		{"900023", "invalid_request", 400, "Specified tenant identifier is neither a valid DNS name nor a GUID.", MalformedTenant},
		{"500011", "invalid_resource", 400, "The resource principal was not found.", UnknownResource},
		{"70011", "invalid_scope", 400, "The scope is not valid.", InvalidScope},
		{"7000218", "invalid_client", 401, "The request body must contain client_assertion or client_secret.", CredentialMissing},
		{"700027", "invalid_client", 401, "The certificate was not found.", CertificateNotAccepted},
		{"50012", "invalid_client", 401, "Authentication failed.", CertificateNotAccepted},
		{"50013", "invalid_grant", 400, "Assertion failed signature validation.", CertificateNotAccepted},
		{"500133", "invalid_grant", 400, "Assertion is not within its valid time range.", ClockSkew},
		{"700024", "invalid_client", 401, "Client assertion is not within its valid time range.", ClockSkew},
		{"50012", "invalid_client", 401, "Client assertion is not within its valid time range.", ClockSkew},
		{"90038", "invalid_request", 400, "Tenant belongs to another cloud.", WrongCloud},
		{"900432", "invalid_request", 400, "Cross-cloud request.", WrongCloud},
		{"900382", "invalid_request", 400, "Cross-cloud request.", WrongCloud},
		{"90094", "interaction_required", 400, "Admin consent is required.", ConsentRequired},
		{"90095", "interaction_required", 400, "Admin consent is required.", ConsentRequired},
		{"65004", "consent_required", 400, "Declined.", ConsentDeclined},
		{"90033", "temporarily_unavailable", 503, "A transient error has occurred.", Transient},
		{"90006", "server_error", 400, "Service unavailable.", Transient},
		{"90024", "temporarily_unavailable", 400, "Transient.", Transient},
		{"90090", "temporarily_unavailable", 400, "Transient.", Transient},
		{"50000", "server_error", 400, "There was an error issuing a token.", Transient},
		{"90055", "invalid_request", 400, "Too many requests.", Throttled},
		{"530032", "access_denied", 400, "Blocked by security policy.", PolicyBlocks},
		{"1", "temporarily_unavailable", 400, "A code nobody knows.", Transient},
		{"1", "invalid_client", 401, "A code nobody knows.", Refused},
		{"1", "invalid_request", 429, "A code nobody knows.", Throttled},
	} {
		t.Run(c.code+" "+string(c.want), func(t *testing.T) {
			f := newFake(t, answers(onePerson))
			f.token = refuseToken(c.status, c.oauth, "AADSTS"+c.code+": "+c.more)
			_, err := readUsers(t.Context(), f.client(t), "")
			var got *AuthError
			if !errors.As(err, &got) {
				t.Fatalf("got %v, want an *AuthError", err)
			}
			if got.Kind != c.want || got.Code != "AADSTS"+c.code || got.OAuth != c.oauth || got.Status != c.status {
				t.Errorf("got %+v, want %s", *got, c.want)
			}
			if got.Description != c.more || got.TraceID != "0a1b" || got.CorrelationID != "2c3d" {
				t.Errorf("description %q, trace %q, correlation %q", got.Description, got.TraceID, got.CorrelationID)
			}
			if got.Temporary() == got.Denied() || got.Temporary() != c.want.Temporary() {
				t.Errorf("temporary %v, denied %v", got.Temporary(), got.Denied())
			}
			if len(f.calls()) != 0 {
				t.Errorf("Graph was asked without a token: %q", f.calls())
			}
		})
	}
}

func TestASecretIDGivenForItsValueIsRecognised(t *testing.T) {
	f := newFake(t, answers(onePerson))
	f.token = refuseToken(401, "invalid_client", "AADSTS7000215: Invalid client secret provided.")
	c := f.client(t, func(cfg *Config) {
		cfg.Credentials = []Credential{{Secret: "0f1e2d3c-1111-2222-3333-444455556666"}}
	})
	_, err := c.Roles(t.Context())
	var got *AuthError
	if !errors.As(err, &got) || got.Kind != SecretIDPasted {
		t.Errorf("got %v, want %s", err, SecretIDPasted)
	}
}

func TestNoErrorHoldsTheSecret(t *testing.T) {
	f := newFake(t, answers(onePerson))
	f.token = refuseToken(401, "invalid_client", "AADSTS7000215: You sent "+testSecret+".")
	c := f.client(t)
	_, err := c.Roles(t.Context())
	for e := err; e != nil; e = errors.Unwrap(e) {
		if s := fmt.Sprintf("%+v %#v", e, e); strings.Contains(s, testSecret) {
			t.Errorf("an error holds the secret: %s", s)
		}
	}
	cfg := f.config()
	if s := fmt.Sprintf("%v %+v %#v", cfg, cfg, cfg); strings.Contains(s, testSecret) {
		t.Errorf("a printed Config holds the secret")
	}
}

func TestTheSignInsWaitIsHandedOn(t *testing.T) {
	f := newFake(t, answers(onePerson))
	f.token = refuseToken(429, "invalid_request", "AADSTS90055: Too many.", "Retry-After", "40")
	_, err := f.client(t).Roles(t.Context())
	var got *AuthError
	if !errors.As(err, &got) || got.RetryAfter() != 40*time.Second {
		t.Errorf("got %v, want to wait 40 s", err)
	}
}

func TestAStumblingSignInIsTriedAgain(t *testing.T) {
	var asked atomic.Int64
	f := newFake(t, answers(onePerson))
	f.token = func(w http.ResponseWriter, r *http.Request) bool {
		if asked.Add(1) == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return true
		}
		return false
	}
	if _, err := readUsers(t.Context(), f.client(t), ""); err != nil {
		t.Error(err)
	}
}

func TestTheSecondCredentialIsTriedWhenTheFirstIsRefused(t *testing.T) {
	var asked []string
	f := newFake(t, answers(onePerson))
	f.token = func(w http.ResponseWriter, r *http.Request) bool {
		asked = append(asked, r.PostForm.Get("client_secret"))
		if r.PostForm.Get("client_secret") == "new" {
			return false
		}
		return refuseToken(401, "invalid_client", "AADSTS7000222: expired")(w, r)
	}
	c := f.client(t, func(cfg *Config) { cfg.Credentials = []Credential{{Secret: "old"}, {Secret: "new"}} })
	for range 2 {
		if _, err := readUsers(t.Context(), c, ""); err != nil {
			t.Fatal(err)
		}
	}
	c.tokens.forget()
	if _, err := c.Roles(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(asked, " "); got != "old new new" {
		t.Errorf("tried %q; want the one that worked to be kept", got)
	}
}

func TestOfRefusedCredentialsTheFirstIsTheError(t *testing.T) {
	f := newFake(t, answers(onePerson))
	f.token = func(w http.ResponseWriter, r *http.Request) bool {
		if r.PostForm.Get("client_secret") == "old" {
			return refuseToken(401, "invalid_client", "AADSTS7000222: expired")(w, r)
		}
		return refuseToken(401, "invalid_client", "AADSTS7000215: wrong")(w, r)
	}
	c := f.client(t, func(cfg *Config) { cfg.Credentials = []Credential{{Secret: "old"}, {Secret: "new"}} })
	_, err := c.Roles(t.Context())
	var got *AuthError
	if !errors.As(err, &got) || got.Kind != SecretExpired || got.Credential != 0 {
		t.Errorf("got %v, want the first one's", err)
	}
}

func TestAnUnknownTenantDoesNotWasteTheSecondCredential(t *testing.T) {
	var asked atomic.Int64
	f := newFake(t, answers(onePerson))
	f.token = func(w http.ResponseWriter, r *http.Request) bool {
		asked.Add(1)
		return refuseToken(400, "invalid_request", "AADSTS90002: no such tenant")(w, r)
	}
	c := f.client(t, func(cfg *Config) { cfg.Credentials = []Credential{{Secret: "a"}, {Secret: "b"}} })
	if _, err := c.Roles(t.Context()); err == nil || asked.Load() != 1 {
		t.Errorf("%d sign-ins, %v", asked.Load(), err)
	}
}

func TestWhatCannotBeRightIsRefusedAtOnce(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Config)
		want   Kind
	}{
		"tenant with a space":   {func(c *Config) { c.Tenant = "contoso com" }, MalformedTenant},
		"no tenant":             {func(c *Config) { c.Tenant = "" }, MalformedTenant},
		"tenant with a path":    {func(c *Config) { c.Tenant = "common/oauth2" }, MalformedTenant},
		"client id not a GUID":  {func(c *Config) { c.ClientID = "my app" }, UnknownApp},
		"no credential":         {func(c *Config) { c.Credentials = nil }, CredentialMissing},
		"an empty credential":   {func(c *Config) { c.Credentials = []Credential{{}} }, CertificateUnreadable},
		"a certificate of text": {func(c *Config) { c.Credentials[0] = Credential{Certificate: Certificate{[]byte("x"), []byte("y")}} }, CertificateUnreadable},
	} {
		cfg := Config{Tenant: testTenant, ClientID: testApp, Credentials: []Credential{{Secret: "s"}}}
		c.change(&cfg)
		_, err := New(cfg)
		var got *AuthError
		if !errors.As(err, &got) || got.Kind != c.want {
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		}
	}
}

func TestACertificateSignsInWithPS256(t *testing.T) {
	now := time.Now()
	cert, err := NewCertificate("Telefonist", now.Add(-time.Minute), now.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	facts, err := cert.Facts()
	if err != nil || facts.Subject != "Telefonist" || len(facts.Thumbprint) != 40 {
		t.Fatalf("facts %+v, %v", facts, err)
	}
	block, _ := pem.Decode(cert.Cert)
	x, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	var failed atomic.Value
	f := newFake(t, answers(onePerson))
	f.token = func(w http.ResponseWriter, r *http.Request) bool {
		if err := verify(r.PostForm.Get("client_assertion"), x, facts.SHA256); err != nil {
			failed.Store(err)
		}
		return false
	}
	c := f.client(t, func(cfg *Config) { cfg.Credentials = []Credential{{Certificate: cert}} })
	if _, err := readUsers(t.Context(), c, ""); err != nil {
		t.Fatal(err)
	}
	if err := failed.Load(); err != nil {
		t.Error(err)
	}
}

// verify checks an assertion as Entra does.
func verify(jwt string, cert *x509.Certificate, thumbprint string) error {
	parts := strings.Split(jwt, ".")
	if len(parts) != 3 {
		return errors.New("no JWT")
	}
	var header struct {
		Alg  string `json:"alg"`
		X5T2 string `json:"x5t#S256"`
	}
	raw, _ := base64.RawURLEncoding.DecodeString(parts[0])
	if err := json.Unmarshal(raw, &header); err != nil {
		return err
	}
	if got, _ := base64.StdEncoding.DecodeString(header.X5T2); header.Alg != "PS256" ||
		header.X5T2 != thumbprint && base64.RawURLEncoding.EncodeToString(got) != thumbprint {
		return fmt.Errorf("header %+v, want thumbprint %s", header, thumbprint)
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	sig, _ := base64.RawURLEncoding.DecodeString(parts[2])
	return rsa.VerifyPSS(cert.PublicKey.(*rsa.PublicKey), crypto.SHA256, sum[:], sig, nil)
}

func TestAnUploadedCertificateIsReadWithItsKey(t *testing.T) {
	now := time.Now()
	made, err := NewCertificate("uploaded", now, now.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"certificate first": append(append([]byte{}, made.Cert...), made.Key...),
		"key first":         append(append([]byte{}, made.Key...), made.Cert...),
	} {
		got, err := ParseCertificate(data, "")
		if err != nil || string(got.Cert) != string(made.Cert) || string(got.Key) != string(made.Key) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ParseCertificate(made.Cert, ""); err == nil {
		t.Error("a certificate without its key was taken")
	}
	if _, err := ParseCertificate([]byte("rubbish"), "x"); err == nil {
		t.Error("rubbish was taken")
	}
}

func TestAnUnknownAuthorityIsNotTrusted(t *testing.T) {
	f := newFake(t, answers(onePerson))
	var dials atomic.Int64
	c := f.client(t, func(cfg *Config) {
		cfg.Cloud.CA = nil
		cfg.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			dials.Add(1)
			return (&net.Dialer{}).DialContext(ctx, network, address)
		}
	})
	_, err := c.Roles(t.Context())
	var got *AuthError
	var cause *tls.CertificateVerificationError
	if !errors.As(err, &got) || got.Kind != Unreachable || !errors.As(err, &cause) || dials.Load() != 1 {
		t.Errorf("got %v after %d tries", err, dials.Load())
	}
}

// forbidden is an address that a guard refuses.
type forbidden struct{}

func (forbidden) Error() string { return "address not allowed" }
func (forbidden) NonRetriable() {}

func TestAForbiddenAddressIsDialledOnce(t *testing.T) {
	f := newFake(t, answers(onePerson))
	var dials atomic.Int64
	c := f.client(t, func(cfg *Config) {
		cfg.Backoff = time.Minute // were it waited, the test would never end
		cfg.Dial = func(context.Context, string, string) (net.Conn, error) {
			dials.Add(1)
			return nil, forbidden{}
		}
	})
	_, err := c.Roles(t.Context())
	if !errors.Is(err, forbidden{}) || dials.Load() != 1 {
		t.Errorf("got %v after %d tries", err, dials.Load())
	}
}

func TestEveryCodeHasAListedKind(t *testing.T) {
	for code, kind := range kinds {
		if !slices.Contains(Kinds(), kind) {
			t.Errorf("%s is of kind %s, which Kinds leaves out", code, kind)
		}
	}
}

func TestAClosedClientStaysUsable(t *testing.T) {
	f := newFake(t, answers(onePerson))
	c := f.client(t)
	for range 2 {
		if _, err := readUsers(t.Context(), c, ""); err != nil {
			t.Fatal(err)
		}
		c.Close()
	}
}

func TestTheTokensRoles(t *testing.T) {
	claims := base64.RawURLEncoding.EncodeToString([]byte(`{"tid":"` + testTenant + `","azp":"` + testApp + `","roles":["User.Read.All","New.Kind"],"exp":1}`))
	f := newFake(t, answers(onePerson))
	f.token = func(w http.ResponseWriter, r *http.Request) bool {
		fmt.Fprintf(w, `{"token_type":"Bearer","expires_in":3599,"access_token":"e30.%s.sig"}`, claims)
		return true
	}
	got, err := f.client(t).Roles(t.Context())
	if err != nil || !got.Readable || got.Tenant != testTenant || got.ClientID != testApp || strings.Join(got.Roles, " ") != "User.Read.All New.Kind" {
		t.Errorf("grant %+v, %v", got, err)
	}
	f.token = nil
	if got, err := f.client(t).Roles(t.Context()); err != nil || got.Readable {
		t.Errorf("an opaque token gave %+v, %v", got, err)
	}
}

func TestCloudsByName(t *testing.T) {
	for name, want := range map[string]string{
		"": "https://graph.microsoft.com", "global": "https://graph.microsoft.com", "USGov": "https://graph.microsoft.us",
		"usgov-dod": "https://dod-graph.microsoft.us", "china": "https://microsoftgraph.chinacloudapi.cn",
	} {
		if got, ok := CloudNamed(name); !ok || got.Graph != want {
			t.Errorf("%q leads to %q", name, got.Graph)
		}
	}
	if _, ok := CloudNamed("moon"); ok {
		t.Error("there is no such cloud")
	}
}
