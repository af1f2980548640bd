package m365

import (
	"crypto/subtle"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// graphResource is Microsoft Graph as an audience.
const graphResource = "https://graph.microsoft.com"

// tokenLifetime is how long an access token lives; Entra's documentation shows
// 3599 seconds.
const tokenLifetime = 3599 * time.Second

// tokenError is a refusal of the token endpoint.
type tokenError struct {
	status int
	name   string // OAuth's error
	code   int    // AADSTS
	text   string
}

func refusal(status int, name string, code int, text string) *tokenError {
	return &tokenError{status, name, code, text}
}

// tokenAnswer is a success of the token endpoint.
type tokenAnswer struct {
	TokenType   string `json:"token_type"`
	Scope       string `json:"scope,omitempty"`
	ExpiresIn   int    `json:"expires_in"`
	ExtExpires  int    `json:"ext_expires_in"`
	AccessToken string `json:"access_token"`
	IDToken     string `json:"id_token,omitempty"`
}

// tokenCall is one request for a token.
type tokenCall struct {
	s      *Server
	t      *Tenant // nil for common and organizations
	name   string  // the tenant as the path has it
	form   url.Values
	base   string
	now    time.Time
	app    *App
	method string // appidacr: how the app proved itself
}

// serveToken answers POST /{tenant}/oauth2/v2.0/token.
func (s *Server) serveToken(w http.ResponseWriter, r *http.Request, name string) {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
	if err := r.ParseForm(); err != nil {
		s.refuseToken(w, r, time.Now(), refusal(400, "invalid_request", 900144, "The request body could not be read."))
		return
	}
	c := &tokenCall{s: s, t: s.tenant(name), name: name, form: r.PostForm, base: base(r), now: time.Now()}
	if c.t != nil {
		c.now = c.t.now()
	}
	if id, secret, ok := r.BasicAuth(); ok { // RFC 6749 section 2.3.1
		c.form.Set("client_id", unescape(id))
		c.form.Set("client_secret", unescape(secret))
	}
	struck := s.strike(c.t, r.Method, r.URL.Path, nil)
	c.now = c.now.Add(skew(struck))
	if obstructed := c.obstruct(w, struck); obstructed != nil {
		s.refuseToken(w, r, c.now, obstructed)
		return
	}
	answer, refused := c.answer()
	if refused != nil {
		s.refuseToken(w, r, c.now, refused)
		return
	}
	s.record(r, http.StatusOK)
	w.Header().Set("Date", c.now.UTC().Format(http.TimeFormat))
	w.Header().Set("Cache-Control", "no-store, no-cache")
	writeJSON(w, http.StatusOK, answer)
}

func unescape(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	return s
}

// obstruct lets faults strike that were set for the token endpoint.
func (c *tokenCall) obstruct(w http.ResponseWriter, struck []Fault) *tokenError {
	for _, f := range struck {
		if f.RetryAfter != "" {
			w.Header().Set("Retry-After", f.RetryAfter)
		}
		switch f.Kind {
		case Token:
			return namedRefusal(f.Code)
		case Throttled:
			return refusal(http.StatusTooManyRequests, "temporarily_unavailable", 90055, "The tenant is throttled due to too many requests.")
		case Unavailable:
			return refusal(http.StatusServiceUnavailable, "temporarily_unavailable", 90033, "A transient error has occurred. Please try again.")
		case GatewayTimeout:
			return refusal(http.StatusGatewayTimeout, "temporarily_unavailable", 90006, "External server retryable error.")
		case Slow:
			select {
			case <-time.After(f.Delay):
			case <-c.s.ctx.Done():
			}
		}
	}
	return nil
}

// refuseToken writes an error as the token endpoint does.
func (s *Server) refuseToken(w http.ResponseWriter, r *http.Request, now time.Time, e *tokenError) {
	trace, correlation, stamp := requestID(), r.PostForm.Get("client-request-id"), now.UTC().Format("2006-01-02 15:04:05Z")
	if correlation == "" {
		if correlation = r.Header.Get("Client-Request-Id"); correlation == "" {
			correlation = requestID()
		}
	}
	s.record(r, e.status)
	w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
	w.Header().Set("Cache-Control", "no-store, no-cache")
	writeJSON(w, e.status, struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
		Codes       []int  `json:"error_codes"`
		Timestamp   string `json:"timestamp"`
		Trace       string `json:"trace_id"`
		Correlation string `json:"correlation_id"`
		URI         string `json:"error_uri"`
	}{
		e.name, fmt.Sprintf("AADSTS%d: %s Trace ID: %s\r\nCorrelation ID: %s\r\nTimestamp: %s", e.code, e.text+"\r\n", trace, clip(correlation), stamp),
		[]int{e.code}, stamp, trace, clip(correlation), fmt.Sprintf("%s/error?code=%d", base(r), e.code),
	})
}

var (
	guidShape   = regexp.MustCompile(`^(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	domainShape = regexp.MustCompile(`^(?i)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$`)
)

// answer decides about a token.
func (c *tokenCall) answer() (*tokenAnswer, *tokenError) {
	if refused := c.checkTenant(); refused != nil {
		return nil, refused
	}
	grantType := c.form.Get("grant_type")
	switch grantType {
	case "":
		return nil, missing("grant_type")
	case "client_credentials", "authorization_code":
	default:
		return nil, refusal(400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type '"+clip(grantType)+"'.")
	}
	if refused := c.checkApp(); refused != nil {
		return nil, refused
	}
	if refused := c.checkCredential(); refused != nil {
		return nil, refused
	}
	if grantType == "authorization_code" {
		return c.redeem()
	}
	return c.clientCredentials()
}

func missing(parameter string) *tokenError {
	return refusal(400, "invalid_request", 900144, "The request body must contain the following parameter: '"+parameter+"'.")
}

// checkTenant judges the tenant in the path.
func (c *tokenCall) checkTenant() *tokenError {
	switch {
	case c.t != nil:
		return nil
	case c.name == "common" || c.name == "consumers" || c.name == "organizations":
		if c.form.Get("grant_type") == "authorization_code" {
			return nil
		}
		if c.name == "organizations" {
			return refusal(400, "invalid_request", 50059, "No tenant-identifying information found in either the request or implied by any provided credentials.")
		}
		return refusal(400, "invalid_request", 9001023, "The grant type is not supported over the /common or /consumers endpoints. "+
			"Please use the /organizations or tenant-specific endpoint.")
	case !guidShape.MatchString(c.name) && !domainShape.MatchString(c.name):
		return refusal(400, "invalid_request", 900023, "Specified tenant identifier '"+clip(c.name)+"' is neither a valid DNS name, nor a valid external domain.")
	}
	return refusal(400, "invalid_request", 90002, "Tenant '"+clip(c.name)+"' not found. Check to make sure you have the correct tenant ID "+
		"and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.")
}

// checkApp finds the app, which must be registered or consented in the tenant.
func (c *tokenCall) checkApp() *tokenError {
	id := strings.ToLower(c.form.Get("client_id"))
	if id == "" {
		return missing("client_id")
	}
	if c.app = c.s.app(id); c.app != nil && c.t != nil {
		c.t.mu.RLock()
		_, installed := c.t.principals[id]
		c.t.mu.RUnlock()
		if !installed || c.app.home != c.t && !c.app.MultiTenant {
			c.app = nil
		}
	}
	if c.app == nil {
		return refusal(400, "unauthorized_client", 700016, "Application with identifier '"+clip(id)+"' was not found in the directory '"+clip(c.name)+"'. "+
			"This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. "+
			"You may have sent your authentication request to the wrong tenant.")
	}
	return nil
}

// checkCredential lets the app prove itself by secret or certificate.
func (c *tokenCall) checkCredential() *tokenError {
	given, assertion := c.form.Get("client_secret"), c.form.Get("client_assertion")
	c.app.home.mu.RLock()
	defer c.app.home.mu.RUnlock()
	switch {
	case assertion != "":
		c.method = "2"
		return c.checkAssertion(assertion)
	case given == "":
		return refusal(401, "invalid_client", 7000218, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.")
	}
	c.method = "1"
	for _, s := range c.app.secrets {
		if subtle.ConstantTimeCompare([]byte(s.value), []byte(given)) != 1 {
			continue
		}
		if !c.now.Before(s.until) {
			return refusal(401, "invalid_client", 7000222, "The provided client secret keys for app '"+c.app.ClientID+"' are expired. "+
				"Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials.")
		}
		return nil
	}
	return refusal(401, "invalid_client", 7000215, "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, "+
		"not the client secret ID, for a secret added to app '"+c.app.ClientID+"'.")
}

// clientCredentials issues an app-only token, with the roles granted and
// without any where none was.
func (c *tokenCall) clientCredentials() (*tokenAnswer, *tokenError) {
	resource, refused := c.resource()
	if refused != nil {
		return nil, refused
	}
	c.t.mu.RLock()
	p := c.t.principals[c.app.ClientID]
	object, roles := p.objectID, slices.Clone(p.roles)
	c.t.mu.RUnlock()
	token, err := sign(claims{
		Audience: resource, Issuer: "https://sts.windows.net/" + c.t.ID + "/", Issued: c.now.Unix(), Before: c.now.Unix(),
		Expires: c.now.Add(tokenLifetime).Unix(), AppID: c.app.ClientID, AppACR: c.method, Object: object, Subject: object,
		Tenant: c.t.ID, Roles: roles, Version: "1.0",
	})
	if err != nil {
		return nil, refusal(500, "server_error", 50000, "There was an error issuing a token.")
	}
	life := int(tokenLifetime.Seconds())
	return &tokenAnswer{TokenType: "Bearer", ExpiresIn: life, ExtExpires: life, AccessToken: token}, nil
}

// resource is the one resource whose .default the scope asks for.
func (c *tokenCall) resource() (string, *tokenError) {
	scope := strings.TrimSpace(c.form.Get("scope"))
	if scope == "" {
		return "", missing("scope")
	}
	// MSAL always asks for the scopes of OpenID Connect too; they name no resource.
	named := slices.DeleteFunc(strings.Fields(scope), func(s string) bool {
		return s == "openid" || s == "offline_access" || s == "profile"
	})
	if len(named) != 1 {
		named = []string{scope}
	}
	resource, isDefault := strings.CutSuffix(named[0], "/.default")
	if !isDefault || strings.ContainsAny(named[0], " \t") {
		return "", refusal(400, "invalid_scope", 70011, "The provided request must include a 'scope' input parameter. "+
			"The provided value for the input parameter 'scope' is not valid. The scope "+clip(scope)+" is not valid.")
	}
	switch strings.TrimSuffix(resource, "/") {
	case graphResource, graphAppID:
		return graphResource, nil
	case c.base:
		return c.base, nil
	}
	return "", refusal(400, "invalid_resource", 500011, "The resource principal named "+clip(resource)+" was not found in the tenant named "+c.t.Name+". "+
		"This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. "+
		"You might have sent your authentication request to the wrong tenant.")
}
