package ews

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// ResponseCode is Exchange's name for how a call went: "NoError",
// "ErrorAccessDenied" (Microsoft's page "ResponseCode", EWS reference).
type ResponseCode string

// Codes that callers ask for by name; Microsoft has several hundred.
const (
	NoError                ResponseCode = "NoError"
	ServerBusy             ResponseCode = "ErrorServerBusy"
	AccessDenied           ResponseCode = "ErrorAccessDenied"
	NonExistentMailbox     ResponseCode = "ErrorNonExistentMailbox"
	NoFreeBusyAccess       ResponseCode = "ErrorNoFreeBusyAccess"
	ImpersonateUserDenied  ResponseCode = "ErrorImpersonateUserDenied"
	ImpersonationDenied    ResponseCode = "ErrorImpersonationDenied"
	InvalidServerVersion   ResponseCode = "ErrorInvalidServerVersion"
	InvalidSyncState       ResponseCode = "ErrorInvalidSyncStateData"
	SubscriptionNotFound   ResponseCode = "ErrorSubscriptionNotFound"
	SubscriptionNoDelegate ResponseCode = "ErrorSubscriptionDelegateAccessNotSupported"
)

// Error is a call, or the part of one that is about one mailbox, that the server
// did not do.
type Error struct {
	Op     string       // the operation, "FindItem"
	Status int          // of HTTP; 0 where there was no answer
	Code   ResponseCode // "" where the answer was none of Exchange's
	// Inner is the code of what lies behind an ErrorInternalServerError, where it says so.
	Inner ResponseCode
	// Text is what the server said, in whichever language, on one line and cut to
	// 200 letters; of a page in HTML its title. What is said of an item is left out.
	Text string
	// Wait is how long the server asked to wait, 0 where it didn't say.
	Wait time.Duration
	// Policy is the limit of the server's that was met, "EWSFindCountLimit"; mostly "".
	Policy string
	// Subscriptions are those that [Group.Stream] was refused for.
	Subscriptions []string
	// Server is what answered, where it said so.
	Server ServerInfo
	// Location is the host that a redirect, which isn't followed, leads to.
	Location string
	// Err is why there was no answer, or none that can be read.
	Err error

	fault bool // of the whole call, not of a message in its answer
}

// Error says which operation failed and how, without any address.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "ews: %s", e.Op)
	switch {
	case e.Code != "":
		fmt.Fprintf(&b, ": %s", e.Code)
	case e.Status != 0:
		fmt.Fprintf(&b, ": HTTP %d", e.Status)
	}
	if e.Inner != "" {
		fmt.Fprintf(&b, " (%s)", e.Inner)
	}
	if e.Location != "" {
		fmt.Fprintf(&b, ", redirected to %s", e.Location)
	}
	if e.Text != "" {
		fmt.Fprintf(&b, ": %s", e.Text)
	}
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	return b.String()
}

// ofItems are the beginnings of codes that are about an item, and not a mailbox.
var ofItems = []string{"ErrorItemCorrupt", "ErrorCalendar", "ErrorOccurrence", "ErrorRecurr", "ErrorProperty", "ErrorContent", "ErrorCorruptData"}

// hush takes the server's sentence away where it is about an item, of which it may
// tell more than belongs in a log.
func (e *Error) hush() {
	for _, start := range ofItems {
		if strings.HasPrefix(string(e.Code), start) || strings.HasPrefix(string(e.Inner), start) {
			e.Text = ""
		}
	}
}

// Unwrap is Err.
func (e *Error) Unwrap() error { return e.Err }

// Temporary says that the same call may succeed later; see RetryAfter.
func (e *Error) Temporary() bool { return e.Class() == Temporary }

// Denied says that a right is missing, or that the account was not let in.
func (e *Error) Denied() bool { return e.Class() == Denied }

// Gone says that there is no such mailbox here.
func (e *Error) Gone() bool { return e.Class() == Gone }

// Lapsed says that what the server gave earlier, a subscription or the state of a
// synchronization, no longer counts: begin anew.
func (e *Error) Lapsed() bool { return e.Class() == Lapsed }

// Ours says that the call is wrong, or the address it was sent to: it fails the
// same way until something is changed on our side.
func (e *Error) Ours() bool { return e.Class() == Ours }

// Account says that all of the account's calls fail like this one, not only
// those for one mailbox.
func (e *Error) Account() bool {
	switch e.Code {
	case "ErrorPasswordExpired", "ErrorPasswordChangeRequired", "ErrorMissingEmailAddress", "ErrorCallerIsInvalidADAccount":
		return true
	case "":
		return e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden
	}
	return false
}

// Elsewhere says that the server had to ask another one about the mailbox, a
// site, a forest or Exchange Online, and got nowhere.
func (e *Error) Elsewhere() bool { return elsewhere[e.Code] || elsewhere[e.Inner] }

// RetryAfter is how long to wait before the same call is worth making again: what
// the server asked for, or a minute where it only said that it is busy; 0 for an
// error that isn't Temporary.
func (e *Error) RetryAfter() time.Duration {
	if e.Class() != Temporary {
		return 0
	}
	if e.Wait > 0 {
		return e.Wait
	}
	if e.Code == ServerBusy || e.Inner == ServerBusy || e.Status == http.StatusServiceUnavailable {
		return time.Minute
	}
	return 10 * time.Second
}

// clip makes a text of the server's fit for a log: one line, not long, nothing
// that a terminal or a page could take for more than text.
func clip(b []byte) string {
	const most = 200
	var out strings.Builder
	n, space := 0, false
	for len(b) > 0 && n < most {
		r, size := utf8.DecodeRune(b)
		b = b[size:]
		if unicode.IsSpace(r) {
			space = n > 0
			continue
		}
		if !unicode.IsPrint(r) {
			continue
		}
		if space {
			out.WriteByte(' ')
			space = false
		}
		out.WriteRune(r)
		n++
	}
	if n == most {
		out.WriteString("…")
	}
	return out.String()
}

// maxWait bounds what a server can make us wait.
const maxWait = time.Hour

// retryAfter reads the header Retry-After, in seconds or as a date.
func retryAfter(h http.Header, now time.Time) time.Duration {
	v := h.Get("Retry-After")
	if n, err := strconv.Atoi(v); err == nil {
		return min(max(time.Duration(n)*time.Second, 0), maxWait)
	}
	if t, err := http.ParseTime(v); err == nil {
		return min(max(t.Sub(now), 0), maxWait)
	}
	return 0
}
