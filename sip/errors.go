package sip

import (
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
)

// Error is a publication that the server did not take, or that did not reach it.
// Its text names neither the user nor what was published.
type Error struct {
	Status int           // of the final answer; 0 where none came
	Reason string        // the answer's reason phrase, at most 80 characters, for a person
	Wait   time.Duration // Retry-After; 0 where the server does not say
	Err    error         // what went wrong underneath, or nil
}

// What can be underneath an [Error] without an answer.
var (
	// ErrTimeout tells that no final answer came in time (timer F of RFC 3261).
	ErrTimeout = errors.New("no answer in time")
	// ErrClosed tells that [Client.Close] was called.
	ErrClosed = errors.New("the client is closed")
	// ErrNotSIP tells that what the server sent is no SIP message.
	ErrNotSIP = errors.New("the server does not speak SIP")
	// ErrAuthentication tells that the server asks for credentials and there are
	// none, or none of a kind that can be given.
	ErrAuthentication = errors.New("the server asks for credentials that cannot be given")
)

// Error says status and reason phrase, or what went wrong underneath.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("sip: publish")
	if e.Status != 0 {
		fmt.Fprintf(&b, ": %d %s", e.Status, e.Reason)
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

// Unwrap returns what went wrong underneath.
func (e *Error) Unwrap() error { return e.Err }

// Temporary says that the same publication may succeed later: no answer came,
// or one that speaks of the server's own state (408, 480, 5xx). It is false where
// the address may not be dialled or the server's certificate is not believed.
func (e *Error) Temporary() bool {
	switch e.Status {
	case 0:
		var never interface{ NonRetriable() }
		var certificate *tls.CertificateVerificationError
		return !errors.As(e.Err, &never) && !errors.As(e.Err, &certificate) && !errors.Is(e.Err, ErrClosed)
	case 408, 430, 480, 486, 600:
		return true
	case 501, 505, 513:
		return false
	}
	return e.Status >= 500 && e.Status < 600
}

// RetryAfter is how long the server asks to wait, 0 where it does not say.
func (e *Error) RetryAfter() time.Duration { return e.Wait }

// Denied says that the account may not publish: it is unknown, its password is
// wrong, or it has no right to that user.
func (e *Error) Denied() bool { return e.Status == 401 || e.Status == 403 || e.Status == 407 }

// NoSuch says that the server knows no such user.
func (e *Error) NoSuch() bool { return e.Status == 404 || e.Status == 410 || e.Status == 604 }

// refused is the error that a final answer other than 2xx makes.
func (r *response) refused() *Error {
	return &Error{Status: r.status, Reason: phrase(r.reason), Wait: r.retryAfter}
}

// phrase keeps of a reason phrase what can be shown.
func phrase(s string) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, s)
	if runes := []rune(s); len(runes) > 80 {
		return string(runes[:79]) + "…"
	}
	return s
}
