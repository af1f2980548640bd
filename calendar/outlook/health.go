package outlook

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/graph"
)

// Try asks whether a mailbox's calendar may be read, and reads no event: with
// one mailbox inside a restriction and one outside it proves it. Fine is yes,
// Denied is no. Exchange goes by what it knew for up to two hours.
func (s Source) Try(ctx context.Context, m calendar.Mailbox) calendar.Health {
	user := cmp.Or(m.EntraID, m.Address)
	if user == "" {
		return calendar.Health{State: calendar.NoMailbox}
	}
	_, err := s.Client.Calendar(ctx, user)
	return s.health(err)
}

// health is what an error says of a mailbox.
func (s Source) health(err error) calendar.Health {
	var call *graph.Error
	switch {
	case err == nil:
		return calendar.Health{State: calendar.Fine}
	case !errors.As(err, &call): // the sign-in, or the caller has gone
		return calendar.Health{State: calendar.NoSource, Sentence: signIn(err)}
	}
	h := calendar.Health{Sentence: sentence(call)}
	switch {
	case call.Denied():
		h.State = calendar.Denied
	case call.Elsewhere():
		h.State = calendar.OnServer
	case call.NoMailbox():
		h.State = calendar.NoMailbox
	case call.Status == http.StatusTooManyRequests, call.RetryAfter() > 0:
		h.State = calendar.Throttled
		if wait := call.RetryAfter(); wait > 0 {
			h.Until = s.Now().Add(wait)
		}
	case call.Status == 0 && !errors.Is(err, graph.ErrIncomplete) && !errors.Is(err, graph.ErrLoop) && call.Temporary():
		h.State = calendar.NoSource // no answer at all
	default:
		h.State = calendar.Failed
	}
	return h
}

// signIn is what the sign-in says is wrong, in one word for the administrator
// who knows what to do about it.
func signIn(err error) string {
	var refused *graph.AuthError
	if errors.As(err, &refused) {
		return strings.TrimSpace(string(refused.Kind) + " " + refused.Code)
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return ""
	}
	return err.Error()
}

// maxSentence bounds what is kept of Microsoft's words.
const maxSentence = 300

// sentence is Microsoft's, with its code.
func sentence(e *graph.Error) string {
	said := e.Code
	if e.Message != "" {
		said = strings.TrimPrefix(said+": "+e.Message, ": ")
	}
	if said == "" {
		said = e.Error()
	}
	if len(said) > maxSentence {
		said = strings.ToValidUTF8(said[:maxSentence], "") + "…"
	}
	return said
}
