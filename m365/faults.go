package m365

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Kind names a fault.
type Kind string

// The kinds of fault. Those from EmptyPage on strike pages of lists and delta.
const (
	Throttled         Kind = "429"               // too many requests; RetryAfter as given, empty = no header; Code ApplicationThrottled = Outlook's
	Unavailable       Kind = "503"               // service unavailable; RetryAfter as given
	GatewayTimeout    Kind = "504"               // gateway timeout
	Unauthorized      Kind = "401"               // one with a token that is good
	Forbidden         Kind = "403"               // Code, or Authorization_RequestDenied
	NotThere          Kind = "404"               // Code, or MailboxNotEnabledForRESTAPI
	Cut               Kind = "cut"               // the connection breaks in mid body
	Truncate          Kind = "truncate"          // half the JSON, properly ended
	Slow              Kind = "slow"              // Delay before the answer
	Clock             Kind = "clock"             // the service's clock goes wrong by Delay
	Token             Kind = "token"             // the token endpoint answers Code, an AADSTS number
	EmptyPage         Kind = "emptypage"         // no objects, and a nextLink to the page asked for
	EmptyDirectory    Kind = "emptydirectory"    // a full read ends at once with nothing
	RepeatPage        Kind = "repeatpage"        // nextLink leads to the same page again
	Duplicate         Kind = "duplicate"         // the first object of the page stands in it twice
	Replay            Kind = "replay"            // delta repeats changes already told
	MissingTombstone  Kind = "missingtombstone"  // delta leaves out @removed entries
	Lag               Kind = "lag"               // delta does not know the newest changes yet
	Gone              Kind = "410"               // delta token forgotten: 410 with Location
	SyncStateNotFound Kind = "syncstatenotfound" // delta token run out: 400
	LostNotification  Kind = "lostnotification"  // notifications never sent; with Times Forever: silence
	TwiceNotification Kind = "twicenotification" // notifications sent twice
	LateNotification  Kind = "latenotification"  // notifications held back by Delay; not for one Mailbox
)

// kinds are all of them.
var kinds = []Kind{
	Throttled, Unavailable, GatewayTimeout, Unauthorized, Forbidden, NotThere, Cut, Truncate, Slow, Clock, Token, EmptyPage, EmptyDirectory,
	RepeatPage, Duplicate, Replay, MissingTombstone, Lag, Gone, SyncStateNotFound, LostNotification, TwiceNotification,
	LateNotification,
}

func (k Kind) known() bool { return slices.Contains(kinds, k) }

// Forever, as Times, keeps a fault until ClearFaults.
const Forever = -1

// Fault is something that goes wrong. Those that fit a request strike it
// together, each as often as it says, also where they find nothing to spoil.
type Fault struct {
	Kind       Kind          `json:"kind"`
	Tenant     string        `json:"tenant,omitempty"`     // id or domain; empty = all
	Method     string        `json:"method,omitempty"`     // empty = all
	Path       string        `json:"path,omitempty"`       // part of the URL's path; empty = all of Graph
	Mailbox    string        `json:"mailbox,omitempty"`    // calls under /users/{id} of this person, and notifications of his events; empty = all
	After      int           `json:"after,omitempty"`      // requests that fit and are let through first
	Times      int           `json:"times,omitempty"`      // 0 = once, Forever = until cleared
	RetryAfter string        `json:"retryAfter,omitempty"` // the header as it is sent, "7" or "2.128"
	Code       string        `json:"code,omitempty"`       // error code, or AADSTS number of Token
	Delay      time.Duration `json:"delay,omitempty"`      // of Slow, Clock and LateNotification; the control API takes "5s"
}

// Fault adds a fault.
func (s *Server) Fault(f Fault) {
	if f.Times == 0 {
		f.Times = 1
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &f)
}

// Faults are those that will still strike.
func (s *Server) Faults() []Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []Fault
	for _, f := range s.faults {
		if f.Times != 0 {
			list = append(list, *f)
		}
	}
	return list
}

// ClearFaults ends all faults.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// strike takes the faults that hit a request, and counts them down.
func (s *Server) strike(t *Tenant, method, path string, query url.Values) []Fault {
	s.mu.Lock()
	n := len(s.faults)
	s.mu.Unlock()
	if n == 0 {
		return nil
	}
	whose := t.whose(path)
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.take(t, method, path, query, whose)
}

// whose is the person whose things a path names; nil where it names none.
func (t *Tenant) whose(path string) *Person {
	parts := splitPath(strings.TrimPrefix(path, "/v1.0"))
	if t == nil || len(parts) < 2 || !strings.EqualFold(parts[0], "users") {
		return nil
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	if r := t.byAddress(parts[1]); r != nil {
		return &r.value
	}
	return nil
}

// is says whether p is who is called so.
func (p *Person) is(who string) bool {
	return strings.EqualFold(p.ID, who) || strings.EqualFold(p.UserPrincipalName, who) || strings.EqualFold(p.Mail, who)
}

// take is strike with s.mu held.
func (s *Server) take(t *Tenant, method, path string, query url.Values, whose *Person) []Fault {
	var struck []Fault
	for _, f := range s.faults {
		if f.Times == 0 || !f.fits(t, method, path, query) || f.Mailbox != "" && (whose == nil || !whose.is(f.Mailbox)) {
			continue
		}
		if f.Mailbox == "" && whose != nil && path == notificationPath {
			continue // these strike what is posted, not single items of it
		}
		if f.After > 0 {
			f.After--
			continue
		}
		if f.Times > 0 {
			f.Times--
		}
		struck = append(struck, *f)
	}
	return struck
}

func (f *Fault) fits(t *Tenant, method, path string, query url.Values) bool {
	switch {
	case f.Tenant != "" && (t == nil || f.Tenant != t.ID && f.Tenant != t.Domain):
		return false
	case f.Method != "" && !strings.EqualFold(f.Method, method):
		return false
	case !strings.Contains(path, f.Path):
		return false
	}
	switch f.Kind {
	case LostNotification, TwiceNotification, LateNotification:
		return path == notificationPath
	case Token:
		return strings.HasSuffix(path, "/token")
	case Clock:
		return true
	case Gone, SyncStateNotFound: // only a token can have run out
		token := query.Get("$skiptoken") + query.Get("$deltatoken")
		return token != "" && token != "latest"
	}
	return f.Path != "" || strings.HasPrefix(path, "/v1.0")
}

// hit says whether a fault of this kind struck the call.
func (c *call) hit(k Kind) bool {
	for i := range c.struck {
		if c.struck[i].Kind == k {
			return true
		}
	}
	return false
}

func skew(struck []Fault) time.Duration {
	var sum time.Duration
	for _, f := range struck {
		if f.Kind == Clock {
			sum += f.Delay
		}
	}
	return sum
}

// obstruct lets the faults strike that stop a call before it is understood.
func (c *call) obstruct() (response, bool) {
	for _, f := range c.struck {
		switch f.Kind {
		case Slow:
			select {
			case <-time.After(f.Delay):
			case <-c.s.ctx.Done():
			}
		case Throttled:
			if f.Code == "ApplicationThrottled" {
				return c.overLimit(f.RetryAfter), true
			}
			return c.tooMany(f.RetryAfter), true
		case Unavailable:
			answer := c.fail(http.StatusServiceUnavailable, "serviceNotAvailable", "The service is temporarily unavailable.")
			if f.RetryAfter != "" {
				answer = answer.with("Retry-After", f.RetryAfter)
			}
			return answer, true
		case GatewayTimeout:
			return c.fail(http.StatusGatewayTimeout, "UnknownError", ""), true
		case Unauthorized:
			return c.fail(http.StatusUnauthorized, "InvalidAuthenticationToken", "Access token validation failure."), true
		case Forbidden:
			return c.forbidden(f.Code), true
		case NotThere:
			return c.notThere(f.Code), true
		}
	}
	return response{}, false
}

func (c *call) forbidden(code string) response {
	switch code {
	case "", "Authorization_RequestDenied":
		return c.fail(http.StatusForbidden, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
	case "ErrorAccessDenied":
		return c.fail(http.StatusForbidden, code, "Access to OData is disabled.")
	}
	return c.fail(http.StatusForbidden, code, "Access is denied. Check credentials and try again.")
}

func (c *call) notThere(code string) response {
	switch code {
	case "", "MailboxNotEnabledForRESTAPI":
		return c.noMailbox()
	case "ErrorItemNotFound":
		return c.noEvent()
	}
	return c.fail(http.StatusNotFound, code, "The resource could not be found.")
}
