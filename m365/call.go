package m365

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// call is one request to Graph, alone or an item of a batch.
type call struct {
	s        *Server
	t        *Tenant
	claims   claims
	unlisted []string // roles granted that the token does not show
	method   string
	path     []string // after /v1.0, without empty parts
	args     []string // what the route's {} stand for
	query    url.Values
	header   http.Header
	body     []byte
	base     string // scheme and host that links lead to
	now      time.Time
	id       string // request-id
	struck   []Fault

	// Of calls to a mailbox:
	person  Person
	mailbox Mailbox
	allowed []string // those of the route's roles that the app has there
}

// route is a call that Graph documents, with the permissions any one of which
// suffices, and its price in resource units.
type route struct {
	method  string
	pattern []string
	roles   []string
	units   int
	do      func(*call) response
	mailbox bool // Exchange answers, out of a person's mailbox
}

func get(pattern string, units int, do func(*call) response, roles ...string) route {
	return on(http.MethodGet, pattern, units, do, roles...)
}

func post(pattern string, units int, do func(*call) response, roles ...string) route {
	return on(http.MethodPost, pattern, units, do, roles...)
}

func on(method, pattern string, units int, do func(*call) response, roles ...string) route {
	return route{method: method, pattern: strings.Split(pattern, "/"), roles: roles, units: units, do: do}
}

// match says whether path fits and what the placeholders stand for. A key in
// parentheses, users('x') or applications(appId='x'), is a part like any other.
func (r *route) match(path []string) ([]string, bool) {
	if len(path) != len(r.pattern) {
		return nil, false
	}
	var args []string
	for i, part := range r.pattern {
		switch {
		case part == "{}":
			args = append(args, path[i])
		case !strings.EqualFold(part, path[i]):
			return nil, false
		}
	}
	return args, true
}

// splitPath cuts a path into parts and takes keys out of parentheses.
func splitPath(path string) []string {
	var parts []string
	for part := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		name, key, keyed := strings.Cut(part, "(")
		if !keyed {
			parts = append(parts, part)
			continue
		}
		parts = append(parts, name)
		if key = strings.TrimSuffix(key, ")"); key != "" {
			parts = append(parts, strings.ReplaceAll(key, "'", ""))
		}
	}
	return parts
}

// serveGraph answers what is under /v1.0.
func (s *Server) serveGraph(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 4<<20))
	c := &call{
		s: s, method: r.Method, query: parseQuery(r.URL.RawQuery), header: r.Header, body: body, base: base(r), id: requestID(),
		path: splitPath(strings.TrimPrefix(r.URL.Path, "/v1.0")),
	}
	var answer response
	switch {
	case err != nil:
		answer = c.fail(http.StatusRequestEntityTooLarge, "BadRequest", "The request body is too large.")
	default:
		answer = c.answer(r.URL.Path)
	}
	s.record(r, answer.status)
	c.send(w, answer)
}

// parseQuery also takes the semicolons of $expand, which net/url refuses.
func parseQuery(raw string) url.Values {
	query, err := url.ParseQuery(strings.ReplaceAll(raw, ";", "%3B"))
	if err != nil {
		return url.Values{} // what can't be read is passed over
	}
	return query
}

// answer authenticates the call, lets faults strike, and dispatches.
func (c *call) answer(path string) response {
	token, ok := strings.CutPrefix(c.header.Get("Authorization"), "Bearer ")
	if !ok || token == "" {
		c.now = time.Now()
		return c.fail(http.StatusUnauthorized, "InvalidAuthenticationToken", "Access token is empty.")
	}
	if failed := c.authenticate(token); failed != nil {
		return *failed
	}
	c.struck = c.s.strike(c.t, c.method, path, c.query)
	c.now = c.now.Add(skew(c.struck))
	if dead := c.alive(); dead != nil {
		return *dead
	}
	c.t.sweep(c.now)
	c.unlisted = c.t.unlistedRoles(c.claims.AppID)
	if len(c.path) == 1 && c.path[0] == "$batch" {
		if answer, stopped := c.obstruct(); stopped {
			return answer
		}
		return c.batch()
	}
	return c.dispatch()
}

// find is the route that the path leads to, of another method where there is
// none of the call's.
func (c *call) find() *route {
	var found *route
	for i := range c.s.routes {
		r := &c.s.routes[i]
		args, ok := r.match(c.path)
		if !ok {
			continue
		}
		if found = r; r.method == c.method {
			c.args = args
			break
		}
	}
	return found
}

// dispatch finds the route, lets faults strike, checks permission and budget,
// and calls it.
func (c *call) dispatch() response {
	found := c.find()
	if found != nil && found.mailbox && found.method == c.method {
		leave, refused := c.sit()
		defer leave()
		if refused != nil {
			return *refused
		}
	}
	if answer, stopped := c.obstruct(); stopped {
		return answer
	}
	switch {
	case found == nil:
		segment := ""
		if len(c.path) > 0 {
			segment = c.path[0]
		}
		return c.fail(http.StatusBadRequest, "BadRequest", fmt.Sprintf("Resource not found for the segment '%s'.", clip(segment)))
	case found.method != c.method:
		return c.fail(http.StatusMethodNotAllowed, "Request_BadRequest", "Specified HTTP method is not allowed for the request target.")
	case found.mailbox:
		return c.inMailbox(found)
	case !c.may(found.roles):
		return c.fail(http.StatusForbidden, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
	}
	units := c.price(found.units)
	headers, spent := c.t.spend(c.claims.AppID, units, c.now)
	if spent {
		return c.throttled(headers)
	}
	answer := found.do(c)
	for name, value := range headers {
		answer = answer.with(name, value)
	}
	return answer
}

// may says whether any of the roles was granted; none asked is always granted.
func (c *call) may(roles []string) bool {
	return len(roles) == 0 || slices.ContainsFunc(roles, func(role string) bool {
		return slices.Contains(c.claims.Roles, role) || slices.Contains(c.unlisted, role)
	})
}

// unlistedRoles are those granted to an app where no token shows it.
func (t *Tenant) unlistedRoles(clientID string) []string {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if p := t.principals[clientID]; p != nil {
		return slices.Clone(p.unlisted)
	}
	return nil
}

// preference is what a Prefer header sets name to, without its quotes; empty
// where none does.
func (c *call) preference(name string) string {
	for _, line := range c.header.Values("Prefer") {
		for part := range strings.SplitSeq(line, ",") {
			key, value, _ := strings.Cut(part, "=")
			if strings.EqualFold(strings.TrimSpace(key), name) {
				return strings.Trim(strings.TrimSpace(value), `"`)
			}
		}
	}
	return ""
}

// prefers says whether a Prefer header asks for what.
func (c *call) prefers(what string) bool {
	for _, line := range c.header.Values("Prefer") {
		for part := range strings.SplitSeq(line, ",") {
			if strings.EqualFold(strings.ReplaceAll(part, " ", ""), what) {
				return true
			}
		}
	}
	return false
}

func (c *call) eventual() bool {
	return strings.EqualFold(c.header.Get("ConsistencyLevel"), "eventual")
}
