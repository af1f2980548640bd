package m365

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Limits of Outlook per app and mailbox, of
// https://learn.microsoft.com/graph/throttling-limits#outlook-service-limits.
const (
	seatsMax       = 4 // calls at a time
	mailboxBudget  = 10_000
	mailboxWindow  = 10 * time.Minute
	concurrentText = "Application is over its MailboxConcurrency limit."
)

// outlook makes routes of the calls that Exchange answers, in a person's
// mailbox.
func outlook(routes ...route) []route {
	for i := range routes {
		routes[i].mailbox = true
	}
	return routes
}

// sat is an app at a mailbox: a tenant's and a person's id.
type sat struct {
	app    string
	person string
}

// sit takes one of the four seats that an app has at a mailbox, or answers 429.
func (c *call) sit() (leave func(), refused *response) {
	c.t.mu.RLock()
	r, failed := c.user()
	c.t.mu.RUnlock()
	if failed != nil {
		return func() {}, nil // whoever answers says so
	}
	at := sat{c.claims.AppID, c.t.ID + r.id}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if c.s.seats[at] >= seatsMax {
		full := c.overLimit("")
		return func() {}, &full
	}
	c.s.seats[at]++
	return func() {
		c.s.mu.Lock()
		defer c.s.mu.Unlock()
		if c.s.seats[at]--; c.s.seats[at] == 0 {
			delete(c.s.seats, at)
		}
	}, nil
}

// overLimit is Outlook's own 429.
func (c *call) overLimit(retryAfter string) response {
	answer := c.fail(http.StatusTooManyRequests, "ApplicationThrottled", concurrentText)
	if retryAfter != "" {
		answer = answer.with("Retry-After", retryAfter)
	}
	return answer
}

// inMailbox finds the mailbox that the path names, checks that the app may use
// it and has not done so too often, and answers.
func (c *call) inMailbox(found *route) response {
	c.t.mu.RLock()
	r, failed := c.user()
	if failed == nil {
		c.person = r.value
	}
	c.t.mu.RUnlock()
	if failed != nil {
		if strings.Contains(c.args[0], "@") {
			return c.fail(http.StatusNotFound, "ErrorInvalidUser", fmt.Sprintf("The requested user '%s' is invalid.", clip(c.args[0])))
		}
		return *failed
	}
	if denied := c.mailboxDenied(found.roles); denied != nil {
		return *denied
	}
	c.mailbox = c.t.mailbox(&c.person)
	if c.mailbox.State != Live {
		return c.noMailbox()
	}
	if c.t.spendMailbox(sat{c.claims.AppID, c.person.ID}, c.now) {
		return c.overLimit("30")
	}
	return found.do(c)
}

func (c *call) noMailbox() response {
	return c.fail(404, "MailboxNotEnabledForRESTAPI", "The mailbox is either inactive, soft-deleted, or is hosted on-premise.")
}

// mailboxDenied judges whether the app may do in this mailbox what any of the
// roles allows: those granted in the tenant as far as an application access
// policy lets them, and those RBAC for Applications gives for it. It notes
// which ones it may.
func (c *call) mailboxDenied(roles []string) *response {
	c.t.cal.mu.RLock()
	p := *c.t.cal.policy.at(c.now)
	c.t.cal.mu.RUnlock()
	restricted := false
	c.allowed = nil
	for _, role := range roles {
		switch {
		case slices.ContainsFunc(p.scopes, func(s scope) bool { return s.role == role && c.t.isIn(s.group, c.person.ID, false) }):
			c.allowed = append(c.allowed, role)
		case !c.may([]string{role}):
		case p.restrict != "" && !strings.HasPrefix(role, "Calendars.ReadBasic") && !c.t.isIn(p.restrict, c.person.ID, true):
			restricted = true
		default:
			c.allowed = append(c.allowed, role)
		}
	}
	switch {
	case len(c.allowed) > 0:
		return nil
	case restricted:
		r := c.fail(http.StatusForbidden, "ErrorAccessDenied", "Access to OData is disabled.")
		return &r
	}
	r := c.fail(http.StatusForbidden, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
	return &r
}

// isIn says whether a person is in a group, with nested also through groups in
// it.
func (t *Tenant) isIn(group, person string, nested bool) bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	seen := map[string]bool{}
	for queue := []string{group}; len(queue) > 0; queue = queue[1:] {
		g, err := t.findGroup(queue[0])
		if err != nil || g.state != live || seen[g.id] {
			continue
		}
		seen[g.id] = true
		members := &g.value.members
		if i, known := members.index[person]; known && !members.list[i].gone {
			return true
		}
		for i := 0; nested && i < len(members.list); i++ {
			if m := members.list[i]; m.group && !m.gone {
				queue = append(queue, m.id)
			}
		}
	}
	return false
}

// spent counts an app's calls to a mailbox in a window of time.
type spentCalls struct {
	calls int
	from  time.Time
}

// spendMailbox counts a call and says whether it is one too many.
func (t *Tenant) spendMailbox(at sat, now time.Time) bool {
	if !t.opts.Throttle {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.calls[at]
	if now.Sub(s.from) >= mailboxWindow {
		s = spentCalls{from: now}
	}
	s.calls++
	t.calls[at] = s
	return s.calls > mailboxBudget
}
