package graph

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

var (
	// ErrReset tells that Microsoft no longer knows the link that was
	// followed. Begin the round again with "", and take nothing for gone
	// before it has ended.
	ErrReset = errors.New("graph: the link is no longer known")
	// ErrIncomplete tells that an answer broke off, wasn't JSON, or ended
	// without the link that it must have, each time it was asked for.
	ErrIncomplete = errors.New("graph: incomplete answer")
	// ErrLoop tells that a page led to one that was read already.
	ErrLoop = errors.New("graph: the pages lead in a circle")

	errForeign = errors.New("the link leads out of this cloud's Graph")
)

// Error is a call to Graph that failed. Its text holds no address, name or
// message of Microsoft's, since those may name people.
type Error struct {
	Step            string        // what was being done, "users delta"
	Status          int           // of HTTP; 0 when no answer came
	Code            string        // error.code; branch on this, it is stable
	InnerCode       string        // the innermost code, more specific, often ""
	Message         string        // Microsoft's words, for a person; may name people
	RequestID       string        // request-id, for Microsoft's support
	ClientRequestID string        // client-request-id, ours
	Location        string        // of a 410: where a new round begins
	Wait            time.Duration // Retry-After; 0 when none was given
	Err             error         // what failed underneath, or nil
}

// Error says step, status, codes and Microsoft's request id.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("graph: " + e.Step)
	if e.Status != 0 {
		fmt.Fprintf(&b, ": %d", e.Status)
	}
	if e.Code != "" {
		b.WriteString(" " + e.Code)
	}
	if e.InnerCode != "" && e.InnerCode != e.Code {
		b.WriteString("/" + e.InnerCode)
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	if e.RequestID != "" {
		b.WriteString(" (request-id " + e.RequestID + ")")
	}
	return b.String()
}

// Unwrap returns what failed underneath.
func (e *Error) Unwrap() error { return e.Err }

// Is makes errors.Is(err, ErrReset) true where [Error.Gone] is.
func (e *Error) Is(target error) bool { return target == ErrReset && e.Gone() }

// Temporary says that the same call may succeed later.
func (e *Error) Temporary() bool {
	if e.Status == 0 || errors.Is(e.Err, ErrIncomplete) {
		return !errors.Is(e.Err, ErrLoop) && !errors.Is(e.Err, errForeign)
	}
	return transient(e.Status) || e.Status == http.StatusUnauthorized || e.Status == http.StatusLocked
}

// RetryAfter is how long Microsoft asks to wait, 0 when it doesn't say.
func (e *Error) RetryAfter() time.Duration { return e.Wait }

// Denied says that a permission or policy is missing.
func (e *Error) Denied() bool { return e.Status == http.StatusForbidden }

// NotFound says that there is no such thing.
func (e *Error) NotFound() bool { return e.Status == http.StatusNotFound && !e.Gone() }

// NoMailbox says that there is no mailbox to read: none was ever made, its
// licence is gone, its user is, or it stands on a server of the organization's
// own, which Microsoft mostly doesn't tell apart (MailboxNotEnabledForRESTAPI). A
// mailbox that got its licence just now answers so for a quarter of an hour.
func (e *Error) NoMailbox() bool {
	return e.NotFound() && !coded(e, "erroritemnotfound") || coded(e, "mailboxnotenabledforrestapi",
		"mailboxnotsupportedforrestapi", "errornonexistentmailbox", "errorinvaliduser", "errormissingemailaddress")
}

// Elsewhere says that the mailbox is known to stand on an Exchange server of
// the organization's own, which Graph doesn't reach (extensionError).
func (e *Error) Elsewhere() bool { return !e.Denied() && coded(e, "extensionerror") }

// Conflict says that there is such a thing already.
func (e *Error) Conflict() bool { return e.Status == http.StatusConflict }

// coded says whether one of the error's codes is among some, in lower case.
func coded(e *Error, codes ...string) bool {
	return slices.Contains(codes, strings.ToLower(e.Code)) || slices.Contains(codes, strings.ToLower(e.InnerCode))
}

// Gone says that a delta link has run out: 410, or a 4xx with one of the codes
// that Microsoft uses for it, in whichever case.
func (e *Error) Gone() bool {
	if e.Status == http.StatusGone {
		return true
	}
	return e.Status >= 400 && e.Status < 500 && (syncState(e.Code) || syncState(e.InnerCode))
}

func syncState(code string) bool {
	switch strings.ToLower(code) {
	case "syncstatenotfound", "syncstateinvalid", "resyncrequired", "resyncapplydifferences", "resyncuploaddifferences":
		return true
	}
	return false
}

// fault is Microsoft's error object; it spells the inner one in two ways,
// which case-insensitive names take as one.
type fault struct {
	Code      string `json:"code"`
	Message   string `json:"message"`
	RequestID string `json:"request-id"`
	ClientID  string `json:"client-request-id"`
	Inner     *fault `json:"innerError"`
}

// innermost is the most specific code.
func (f *fault) innermost() string {
	code := ""
	for in := f.Inner; in != nil; in = in.Inner {
		if in.Code != "" {
			code = in.Code
		}
	}
	return code
}

// decodeFault reads an error body; whatever isn't one leaves the codes empty.
func decodeFault(body []byte) fault {
	var doc struct {
		Error fault `json:"error"`
	}
	_ = json.Unmarshal(body, &doc, lenient, json.MatchCaseInsensitiveNames(true))
	return doc.Error
}

// refusal makes the error of an answer that isn't 2xx.
func (c *Client) refusal(step string, res *http.Response) *Error {
	body, _ := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	e := newError(step, res.StatusCode, body)
	e.identify(res)
	e.Location = res.Header.Get("Location")
	e.Wait = retryAfter(res.Header, c.now())
	return e
}

// newError makes the error of a status and body, of a call or a batch's item.
func newError(step string, status int, body []byte) *Error {
	f := decodeFault(body)
	e := &Error{Step: step, Status: status, Code: f.Code, InnerCode: f.innermost(), Message: f.Message}
	if f.Inner != nil {
		e.RequestID, e.ClientRequestID = f.Inner.RequestID, f.Inner.ClientID
	}
	return e
}

// identify takes the ids from the headers, which are always there, rather than
// from the body, which may be a proxy's.
func (e *Error) identify(res *http.Response) {
	e.RequestID = cmp.Or(res.Header.Get("Request-Id"), e.RequestID)
	if res.Request != nil {
		e.ClientRequestID = cmp.Or(res.Request.Header.Get("Client-Request-Id"), e.ClientRequestID)
	}
}

// broken makes the error of an answer that could not be read to its end.
func broken(step string, res *http.Response, err error) error {
	if !errors.Is(err, ErrIncomplete) {
		err = fmt.Errorf("%w: %w", ErrIncomplete, err)
	}
	e := &Error{Step: step, Status: res.StatusCode, Err: err}
	e.identify(res)
	return e
}

// failure makes the error of a call that got no answer.
func (c *Client) failure(ctx context.Context, step string, h http.Header, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("graph: %s: %w", step, ctx.Err())
	}
	var auth *AuthError
	if errors.As(err, &auth) {
		return fmt.Errorf("graph: %s: %w", step, auth)
	}
	return &Error{Step: step, ClientRequestID: h.Get("client-request-id"), Err: withoutAddress(err)}
}

// withoutAddress drops the URL that net/http puts into its errors: links hold
// delta tokens, paths hold people's addresses.
func withoutAddress(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
