package exchange

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/ews"
	"github.com/telefonist/telefonist/ntlm"
)

// health is what an error says of one mailbox.
func (s *Source) health(err error) calendar.Health {
	if err == nil {
		return calendar.Health{State: calendar.Fine}
	}
	if t := s.troubleOf(err); t != nil {
		return s.away(t)
	}
	var e *ews.Error
	if !errors.As(err, &e) {
		return calendar.Health{State: calendar.NoSource}
	}
	h := calendar.Health{State: calendar.Failed, Sentence: sentence(e)}
	switch {
	case e.Gone():
		h.State = calendar.NoMailbox
	case e.Denied():
		h.State = calendar.Denied
	}
	return h
}

// away is what a trouble of the whole server says of each mailbox; one that the
// server itself asks to be left alone for has a time when it is over.
func (s *Source) away(t *Trouble) calendar.Health {
	if t.Code == "busy" {
		return calendar.Health{State: calendar.Throttled, Sentence: t.Args["text"], Until: s.options.Now().Add(t.Wait)}
	}
	text := t.Code
	if t.Args["text"] != "" {
		text += ": " + t.Args["text"]
	}
	return calendar.Health{State: calendar.NoSource, Sentence: text}
}

// troubleOf is what an error says of the whole server, nil for what is about one
// mailbox or one call.
func (s *Source) troubleOf(err error) *Trouble {
	if t := s.account(err); t != nil {
		return t
	}
	if t := connecting(err); t != nil {
		return t
	}
	var e *ews.Error
	if !errors.As(err, &e) {
		return nil
	}
	args := map[string]string{"text": sentence(e)}
	t := &Trouble{Args: args, Err: err}
	switch {
	case busy(e):
		t.Code, t.Soon, t.Wait = "busy", true, e.RetryAfter()
	case e.Code == "ErrorPasswordExpired", e.Code == "ErrorPasswordChangeRequired":
		t.Code = "passwordExpired"
	case e.Code != "":
		return nil
	case e.Status == http.StatusUnauthorized:
		t.Code = "refused"
	case e.Status == http.StatusForbidden:
		t.Code = "forbidden"
	case e.Location != "":
		t.Code, args["host"] = "redirect", e.Location
	case errors.Is(err, ews.ErrNotExchange), e.Status >= 400 && e.Status < 500 && e.Class() == ews.Ours:
		t.Code, args["status"] = "notExchange", strconv.Itoa(e.Status)
		t.Soon = e.Status >= 500
	default:
		return nil
	}
	return t
}

// account is what the sign-in has to say.
func (s *Source) account(err error) *Trouble {
	var refusal *ntlm.Refusal
	t := &Trouble{Err: err}
	switch {
	case errors.As(err, &refusal):
		t.Code = "refused"
		t.Args = map[string]string{"scheme": refusal.Scheme, "bound": strconv.FormatBool(refusal.Bound), "worked": strconv.FormatBool(refusal.Worked)}
		t.Wait = restAfterRefusal
	case errors.Is(err, ntlm.ErrRefused):
		t.Code, t.Wait = "refused", restAfterRefusal
	case errors.Is(err, ntlm.ErrScheme):
		t.Code, t.Args = "scheme", map[string]string{"offered": strings.Join(s.signIn.Offered(), ", ")}
	case errors.Is(err, ntlm.ErrPlaintext):
		t.Code = "plaintext"
	case errors.Is(err, ntlm.ErrElsewhere):
		t.Code = "redirect"
	case errors.Is(err, ntlm.ErrHandshake):
		t.Code, t.Args, t.Soon = "failed", map[string]string{"text": "NTLM"}, true
	default:
		return nil
	}
	return t
}

// restAfterRefusal is how long a refused account is left alone by the transport.
const restAfterRefusal = time.Hour

// busy is true where the server asks everybody to wait, and not only says that
// one calendar holds more than it gives at once.
func busy(e *ews.Error) bool {
	if strings.Contains(e.Policy, "FindCount") {
		return false
	}
	for _, code := range []ews.ResponseCode{e.Code, e.Inner} {
		if code == ews.ServerBusy || code == "ErrorExceededConnectionCount" {
			return true
		}
	}
	return e.Code == "" && (e.Status == http.StatusServiceUnavailable || e.Status == http.StatusTooManyRequests)
}

// words are what the server said, "" where it said nothing.
func words(err error) string {
	var e *ews.Error
	if !errors.As(err, &e) {
		return ""
	}
	return sentence(e)
}

// sentence is the server's, with its code.
func sentence(e *ews.Error) string {
	said := string(e.Code)
	if e.Inner != "" {
		said += " (" + string(e.Inner) + ")"
	}
	if e.Code == "" && e.Status != 0 {
		said = "HTTP " + strconv.Itoa(e.Status)
	}
	if e.Text != "" {
		said = strings.TrimPrefix(said+": "+e.Text, ": ")
	}
	if said == "" {
		said = reason(e)
	}
	return said
}

// reason is why there was no answer, in a programmer's words without an address.
func reason(e *ews.Error) string {
	switch {
	case errors.Is(e, context.DeadlineExceeded):
		return "no answer in time"
	case e.Err != nil:
		return e.Err.Error()
	}
	return e.Op
}

// hold keeps everybody from asking where the server said that it is busy.
func (s *Source) hold(t *Trouble) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if until := s.options.Now().Add(t.Wait); until.After(s.until) {
		s.until, s.busy = until, t.Args["text"]
	}
}

// held is the trouble of a server that asked to be left alone, while that lasts.
func (s *Source) held() *Trouble {
	s.mu.Lock()
	defer s.mu.Unlock()
	wait := s.until.Sub(s.options.Now())
	if wait <= 0 {
		return nil
	}
	return &Trouble{Code: "busy", Args: map[string]string{"text": s.busy}, Wait: wait, Soon: true}
}
