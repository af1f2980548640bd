package m365

import (
	"strconv"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// clockSkew is how far apart clocks may be.
const clockSkew = 5 * time.Minute

// checkAssertion judges a client assertion (RFC 7523) signed with the key of a
// registered certificate, as
// https://learn.microsoft.com/entra/identity-platform/certificate-credentials
// describes it.
func (c *tokenCall) checkAssertion(assertion string) *tokenError {
	bad := func(code int, text string) *tokenError { return refusal(401, "invalid_client", code, text) }
	if c.form.Get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" {
		return missing("client_assertion_type")
	}
	token, err := jwt.ParseSigned(assertion, []jose.SignatureAlgorithm{jose.PS256, jose.RS256})
	if err != nil || len(token.Headers) != 1 {
		return bad(50012, "Authentication failed. The client assertion is not a JWT signed with PS256 or RS256.")
	}
	cert := c.certificate(token.Headers[0])
	if cert == nil {
		return bad(700027, "The certificate with identifier used to sign the client assertion is not registered on application. "+
			"[Reason - The key was not found.]")
	}
	var claims jwt.Claims
	if err := token.Claims(cert.cert.PublicKey, &claims); err != nil {
		return bad(700027, "Client assertion failed signature validation. [Reason - The key was used, and the signature does not fit.]")
	}
	switch {
	case c.now.After(cert.cert.NotAfter) || c.now.Before(cert.cert.NotBefore):
		return bad(700027, "Client assertion failed signature validation. [Reason - The key used is expired.]")
	case claims.Issuer != c.app.ClientID || claims.Subject != c.app.ClientID:
		return bad(700021, "Client assertion application identifier doesn't match 'client_id' parameter.")
	case !c.addressed(claims.Audience):
		return bad(50013, "Assertion audience claim does not match the token endpoint.")
	case claims.Expiry == nil:
		return bad(50013, "Assertion has no expiry.")
	case c.now.After(claims.Expiry.Time().Add(clockSkew)), claims.NotBefore != nil && c.now.Add(clockSkew).Before(claims.NotBefore.Time()):
		return bad(500133, "Assertion is not within its valid time range. Ensure that the access token is not expired before using it for user assertion, "+
			"or request a new token. Current time: "+c.now.UTC().Format(time.RFC3339)+".")
	}
	return nil
}

// certificate is the registered one that the header's thumbprint names.
func (c *tokenCall) certificate(h jose.Header) *credential {
	// MSAL for Go writes standard base64 where RFC 7517 says base64url, and
	// Entra takes both.
	url := strings.NewReplacer("+", "-", "/", "_", "=", "")
	one, _ := h.ExtraHeaders["x5t"].(string)
	two, _ := h.ExtraHeaders["x5t#S256"].(string)
	one, two = url.Replace(one), url.Replace(two)
	for i := range c.app.certs {
		x5t, x5tS256 := c.app.certs[i].thumbprints()
		if two != "" && two == x5tS256 || two == "" && one != "" && one == x5t {
			return &c.app.certs[i]
		}
	}
	return nil
}

// addressed says whether an assertion is meant for this token endpoint, by the
// tenant's id or its domain.
func (c *tokenCall) addressed(audience jwt.Audience) bool {
	for _, name := range []string{c.t.ID, c.t.Domain, c.t.initialDomain(), c.name} {
		for _, form := range []string{"/oauth2/v2.0/token", "/v2.0", "/oauth2/token"} {
			if audience.Contains(c.base + "/" + name + form) {
				return true
			}
		}
	}
	return false
}

// namedRefusal is an error that no input provokes here, asked for by a fault.
func namedRefusal(code string) *tokenError {
	number, err := strconv.Atoi(strings.TrimPrefix(strings.ToUpper(code), "AADSTS"))
	if err != nil {
		number = 50000
	}
	for _, r := range refusals {
		if r.code == number {
			return &r
		}
	}
	return refusal(400, "invalid_request", number, "The request failed.")
}

// refusals are the ones of reference-error-codes.md (entra-docs) that depend
// on more than the request.
var refusals = []tokenError{
	{401, "invalid_client", 7000215, "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID."},
	{401, "invalid_client", 7000222, "The provided client secret keys are expired."},
	{400, "unauthorized_client", 700016, "Application was not found in the directory."},
	{400, "invalid_request", 90002, "Tenant not found."},
	{400, "invalid_resource", 500011, "The resource principal was not found in the tenant."},
	{401, "invalid_client", 700024, "Client assertion is not within its valid time range."},
	{401, "invalid_client", 700027, "Client assertion contains an invalid signature."},
	{401, "invalid_client", 50012, "Authentication failed."},
	{401, "invalid_client", 50013, "Assertion failed signature validation."},
	{401, "invalid_client", 500133, "Assertion is not within its valid time range."},
	{400, "invalid_request", 90038, "The tenant is in another national cloud."},
	{400, "invalid_request", 900432, "Confidential Client is not supported in Cross Cloud request."},
	{400, "invalid_request", 900382, "Confidential Client is not supported in Cross Cloud request."},
	{400, "interaction_required", 90094, "An administrator of this tenant must give consent."},
	{400, "interaction_required", 90095, "Admin consent is required; a request can be sent to the administrator."},
	{400, "invalid_grant", 65004, "The resource owner declined to consent to the application."},
	{503, "temporarily_unavailable", 90033, "A transient error has occurred. Please try again."},
	{503, "temporarily_unavailable", 90006, "External server retryable error."},
	{503, "temporarily_unavailable", 90024, "The request budget was exceeded. Please try again."},
	{503, "temporarily_unavailable", 90090, "A transient error has occurred. Please try again."},
	{500, "temporarily_unavailable", 50000, "There was an error issuing a token."},
	{429, "temporarily_unavailable", 90055, "The tenant is throttled due to too many requests."},
	{400, "invalid_grant", 530032, "Access is blocked by a security policy of the tenant."},
	{400, "invalid_request", 700022, "The scope names several resources."},
}
