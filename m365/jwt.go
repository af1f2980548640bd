package m365

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	mathrand "math/rand/v2"
	"net/http"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// claims are those of an access token for Graph.
type claims struct {
	Audience string   `json:"aud"`
	Issuer   string   `json:"iss"`
	Issued   int64    `json:"iat"`
	Before   int64    `json:"nbf"`
	Expires  int64    `json:"exp"`
	AppID    string   `json:"appid"`
	AppACR   string   `json:"appidacr"` // 1 secret, 2 certificate
	Object   string   `json:"oid"`
	Subject  string   `json:"sub"`
	Tenant   string   `json:"tid"`
	Roles    []string `json:"roles,omitempty"`
	Scope    string   `json:"scp,omitempty"` // in user tokens
	Version  string   `json:"ver"`
}

// requestID is random and not from the seed: it names an event, not a thing.
func requestID() string {
	var seed [32]byte
	rand.Read(seed[:])
	return newGUID(mathrand.New(mathrand.NewChaCha8(seed)))
}

// sign makes a JWT with the key that all servers of the process share.
func sign[T claims | identity](v T) (string, error) {
	key, err := signingKey()
	if err != nil {
		return "", fmt.Errorf("m365: signing key: %w", err)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: key, KeyID: keyID(&key.PublicKey)}},
		(&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return "", fmt.Errorf("m365: signer: %w", err)
	}
	return jwt.Signed(signer).Claims(v).Serialize()
}

// keyID is made of the key alone, so it needs no keeping.
func keyID(public *rsa.PublicKey) string {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return "key"
	}
	sum := sha1.Sum(der)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// keys is the JWKS of every tenant.
func keys(w http.ResponseWriter) {
	key, err := signingKey()
	if err != nil {
		http.Error(w, "no key", http.StatusInternalServerError)
		return
	}
	writeJSON(w, http.StatusOK, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{
		{Key: &key.PublicKey, KeyID: keyID(&key.PublicKey), Algorithm: "RS256", Use: "sig"},
	}})
}

// authenticate checks the bearer token: signature, audience, and that
// its tenant lives here. It fills in who calls.
func (c *call) authenticate(token string) *response {
	c.now = time.Now()
	refuse := func(message string) *response {
		r := c.fail(http.StatusUnauthorized, "InvalidAuthenticationToken", message).with("Www-Authenticate",
			fmt.Sprintf(`Bearer realm="", authorization_uri="%s/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000"`, c.base))
		return &r
	}
	key, err := signingKey()
	if err != nil {
		return refuse("no key")
	}
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return refuse("CompactToken parsing failed with error code: 80049217")
	}
	if err := parsed.Claims(&key.PublicKey, &c.claims); err != nil {
		return refuse("Signature is invalid.")
	}
	if c.t = c.s.tenant(c.claims.Tenant); c.t == nil {
		return refuse("The tenant of the access token is not known.")
	}
	c.now = c.t.now()
	if c.claims.Audience != graphResource && c.claims.Audience != c.base {
		return refuse("Access token validation failure. Invalid audience.")
	}
	return nil
}

// alive checks the token's life by the call's clock, which a fault may have
// put wrong.
func (c *call) alive() *response {
	message := ""
	switch {
	case c.now.Unix() >= c.claims.Expires:
		message = "Lifetime validation failed, the token is expired."
	case c.now.Add(clockSkew).Unix() < c.claims.Before:
		message = "Lifetime validation failed, the token is not yet valid."
	default:
		return nil
	}
	r := c.fail(http.StatusUnauthorized, "InvalidAuthenticationToken", message)
	return &r
}

// writeJSON is for the calls that are not Graph's.
func writeJSON[T any](w http.ResponseWriter, status int, v T) {
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, "cannot encode", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	w.Write(body)
}
