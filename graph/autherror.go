package graph

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/go-json-experiment/json"
)

// Kind says why a sign-in failed, one value for each cure. Its text is stable:
// it may be stored and used as a key for what a person is told.
type Kind string

const (
	WrongSecret            Kind = "wrong-secret"             // the secret isn't one of the app's
	SecretIDPasted         Kind = "secret-id-pasted"         // the secret's ID was given for its Value
	SecretExpired          Kind = "secret-expired"           // make a new one
	CredentialMissing      Kind = "credential-missing"       // neither secret nor certificate was sent
	CertificateNotAccepted Kind = "certificate-not-accepted" // upload it to the app registration
	CertificateUnreadable  Kind = "certificate-unreadable"   // not a certificate with its RSA key
	ClockSkew              Kind = "clock-skew"               // this machine's clock is wrong
	UnknownApp             Kind = "unknown-app"              // no such client id in that tenant
	AppDisabled            Kind = "app-disabled"             // the application was switched off
	UnknownTenant          Kind = "unknown-tenant"           // no such tenant in that cloud
	MalformedTenant        Kind = "malformed-tenant"         // neither GUID nor domain
	WrongCloud             Kind = "wrong-cloud"              // the tenant lives in another national cloud
	UnknownResource        Kind = "unknown-resource"         // Graph's address isn't that of the cloud
	InvalidScope           Kind = "invalid-scope"            // likewise, or no /.default
	ConsentRequired        Kind = "consent-required"         // an administrator hasn't consented
	ConsentDeclined        Kind = "consent-declined"         // an administrator said no
	PolicyBlocks           Kind = "policy-blocks"            // Conditional Access forbids it
	Throttled              Kind = "throttled"                // too many requests: wait
	Transient              Kind = "transient"                // Microsoft's trouble: wait
	Unreachable            Kind = "unreachable"              // no answer from the sign-in host
	Refused                Kind = "refused"                  // for a reason not known here
)

// Kinds lists every kind, so that a program can prove that it has words for
// each.
func Kinds() []Kind {
	return []Kind{WrongSecret, SecretIDPasted, SecretExpired, CredentialMissing, CertificateNotAccepted,
		CertificateUnreadable, ClockSkew, UnknownApp, AppDisabled, UnknownTenant, MalformedTenant, WrongCloud,
		UnknownResource, InvalidScope, ConsentRequired, ConsentDeclined, PolicyBlocks, Throttled, Transient,
		Unreachable, Refused}
}

// kinds are the codes of Microsoft's page "Microsoft Entra authentication and
// authorization error codes". They may change and are for advice: whether to
// wait is decided by [classify] from the HTTP status and OAuth error too.
var kinds = map[string]Kind{
	"AADSTS7000215": WrongSecret,
	"AADSTS7000222": SecretExpired,
	"AADSTS7000216": CredentialMissing,
	"AADSTS7000218": CredentialMissing,
	"AADSTS700016":  UnknownApp,
	"AADSTS7000112": AppDisabled,
	"AADSTS90002":   UnknownTenant,
	"AADSTS900023":  MalformedTenant,
	"AADSTS500011":  UnknownResource,
	"AADSTS500014":  AppDisabled,
	"AADSTS70011":   InvalidScope,
	"AADSTS700022":  InvalidScope,
	"AADSTS1002012": InvalidScope,
	"AADSTS9001023": MalformedTenant,
	"AADSTS700027":  CertificateNotAccepted,
	"AADSTS50012":   CertificateNotAccepted,
	"AADSTS50013":   CertificateNotAccepted,
	"AADSTS500133":  ClockSkew,
	"AADSTS700024":  ClockSkew,
	"AADSTS90038":   WrongCloud,
	"AADSTS900432":  WrongCloud,
	"AADSTS900382":  WrongCloud,
	"AADSTS65001":   ConsentRequired,
	"AADSTS90094":   ConsentRequired,
	"AADSTS90095":   ConsentRequired,
	"AADSTS65004":   ConsentDeclined,
	"AADSTS53003":   PolicyBlocks,
	"AADSTS530032":  PolicyBlocks,
	"AADSTS90055":   Throttled,
	"AADSTS90033":   Transient,
	"AADSTS90006":   Transient,
	"AADSTS90024":   Transient,
	"AADSTS90090":   Transient,
	"AADSTS50000":   Transient,
}

// Temporary says that waiting helps.
func (k Kind) Temporary() bool { return k == Throttled || k == Transient || k == Unreachable }

// ofCredential says that another credential of the same app may be taken.
func (k Kind) ofCredential() bool {
	switch k {
	case WrongSecret, SecretIDPasted, SecretExpired, CredentialMissing, CertificateNotAccepted, CertificateUnreadable:
		return true
	}
	return false
}

// AuthError is a sign-in that failed. It never holds the secret, an assertion
// or a token.
type AuthError struct {
	Kind          Kind
	Code          string // "AADSTS7000215", "" when Microsoft gave none
	OAuth         string // the error field, "invalid_client"
	Status        int    // of HTTP, 0 when there was no answer
	Description   string // Microsoft's words without the lines for its support; may name app and tenant
	TraceID       string // for Microsoft's support
	CorrelationID string
	Credential    int           // which of the list was refused, from 0
	Wait          time.Duration // Retry-After; 0 when none was given
	Err           error         // what failed underneath, or nil
}

// Error says kind, code and trace id.
func (e *AuthError) Error() string {
	s := "sign-in: " + string(e.Kind)
	if e.Code != "" {
		s += " " + e.Code
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	if e.TraceID != "" {
		s += " (trace " + e.TraceID + ")"
	}
	return s
}

// Unwrap returns what failed underneath.
func (e *AuthError) Unwrap() error { return e.Err }

// Temporary says that the same sign-in may succeed later.
func (e *AuthError) Temporary() bool { return e.Kind.Temporary() }

// RetryAfter is how long Microsoft asks to wait, 0 when it doesn't say.
func (e *AuthError) RetryAfter() time.Duration { return e.Wait }

// Denied says that a person must change something before it can succeed.
func (e *AuthError) Denied() bool { return !e.Temporary() }

var aadsts = regexp.MustCompile(`AADSTS\d+`)

// classify makes the error of what azidentity returned. Its own is not kept:
// its text holds the whole answer, and not what the connection failed of, which
// is lost.
func classify(err error, credential int, secret string, lost error, now time.Time) *AuthError {
	var ours *AuthError
	if errors.As(err, &ours) {
		return ours
	}
	var failed *azidentity.AuthenticationFailedError
	if !errors.As(err, &failed) || failed.RawResponse == nil {
		if lost == nil {
			lost = errors.New("the answer isn't a sign-in's")
		}
		return &AuthError{Kind: Unreachable, Credential: credential, Err: withoutAddress(lost)}
	}
	e := decodeAuthError(failed.RawResponse, now)
	e.Credential = credential
	if secret != "" {
		e.Description = strings.ReplaceAll(e.Description, secret, "…")
	}
	if e.Kind == WrongSecret && guid(strings.TrimSpace(secret)) {
		e.Kind = SecretIDPasted
	}
	return e
}

func decodeAuthError(res *http.Response, now time.Time) *AuthError {
	var doc struct {
		Error         string `json:"error"`
		Description   string `json:"error_description"`
		Codes         []int  `json:"error_codes"`
		TraceID       string `json:"trace_id"`
		CorrelationID string `json:"correlation_id"`
	}
	body, _ := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	_ = json.Unmarshal(body, &doc, lenient)
	e := &AuthError{OAuth: doc.Error, Status: res.StatusCode, Description: trimDescription(doc.Description),
		TraceID:       cmp.Or(doc.TraceID, after(doc.Description, "Trace ID: ")),
		CorrelationID: cmp.Or(doc.CorrelationID, after(doc.Description, "Correlation ID: "))}
	if e.Code = aadsts.FindString(doc.Description); e.Code == "" && len(doc.Codes) > 0 {
		e.Code = fmt.Sprintf("AADSTS%d", doc.Codes[0])
	}
	e.Wait = retryAfter(res.Header, now)
	e.Kind = kindOf(e)
	return e
}

// kindOf lets the code word the advice, and status and OAuth error decide
// whether to wait where the code is unknown.
func kindOf(e *AuthError) Kind {
	kind, known := kinds[e.Code]
	switch {
	case kind == CertificateNotAccepted && strings.Contains(e.Description, "time range"):
		return ClockSkew
	case known:
		return kind
	case e.Status == http.StatusTooManyRequests:
		return Throttled
	case e.Status >= 500 || e.OAuth == "temporarily_unavailable" || e.OAuth == "server_error":
		return Transient
	case e.OAuth == "consent_required" || e.OAuth == "interaction_required":
		return ConsentRequired
	case e.OAuth == "invalid_scope":
		return InvalidScope
	case e.OAuth == "invalid_resource":
		return UnknownResource
	case e.OAuth == "unauthorized_client":
		return UnknownApp
	}
	return Refused
}

// trimDescription drops the lines for Microsoft's support and the code, which
// stand in fields of their own.
func trimDescription(s string) string {
	for _, mark := range []string{"Trace ID:", "Correlation ID:", "Timestamp:"} {
		if i := strings.Index(s, mark); i >= 0 {
			s = s[:i]
		}
	}
	s = strings.TrimSpace(s)
	if code := aadsts.FindString(s); code != "" {
		s = strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(s, code), ":"))
	}
	return s
}

// after is the rest of the line that follows a mark, "" without it.
func after(s, mark string) string {
	_, rest, _ := strings.Cut(s, mark)
	line, _, _ := strings.Cut(rest, "\r\n")
	return strings.TrimSpace(line)
}

// guid tells whether a text has the shape of one, as ids do and secrets don't.
func guid(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i, r := range s {
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if r != '-' {
				return false
			}
		} else if !strings.ContainsRune("0123456789abcdefABCDEF", r) {
			return false
		}
	}
	return true
}
