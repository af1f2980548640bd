package m365

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ExchangeRequest is one call that an Exchange answered.
type ExchangeRequest struct {
	Operation   string    `json:"operation"` // "FindItem", "GetUserAvailability"; "" = none could be read
	Account     string    `json:"account"`
	Impersonate string    `json:"impersonate,omitempty"` // an address
	Mailboxes   []string  `json:"mailboxes,omitempty"`   // addresses that were asked for
	Version     string    `json:"version,omitempty"`     // RequestServerVersion
	Status      int       `json:"status"`
	Code        string    `json:"code,omitempty"` // the first error in the answer
	Time        time.Time `json:"time"`
}

const loggedRequests = 10_000

// record notes a call that is answered.
func (x *Exchange) record(c *ewsCall, status int) {
	r := ExchangeRequest{
		Operation: strings.TrimSuffix(c.name, "Request"), Account: c.account.User, Mailboxes: c.mailbox, Status: status, Code: c.code, Time: c.now,
		Version: c.header.child("RequestServerVersion").attr("Version"),
	}
	if sid := c.header.child("ExchangeImpersonation", "ConnectingSID").all(); len(sid) == 1 {
		r.Impersonate = strings.TrimSpace(sid[0].text)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.counts[r.Operation]++
	if len(x.log) >= loggedRequests {
		x.log = append(x.log[:0:0], x.log[loggedRequests/2:]...)
	}
	x.log = append(x.log, r)
}

// Requests are the calls answered since the start or ResetRequests, oldest
// first, at most the last 10,000. Calls that were not signed in are none.
func (x *Exchange) Requests() []ExchangeRequest {
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.Clone(x.log)
}

// Count is how many calls of an operation ("FindItem") were answered since the
// start or ResetRequests, of all with "".
func (x *Exchange) Count(operation string) int {
	x.mu.Lock()
	defer x.mu.Unlock()
	if operation != "" {
		return x.counts[operation]
	}
	n := 0
	for _, calls := range x.counts {
		n += calls
	}
	return n
}

// ResetRequests forgets the calls so far.
func (x *Exchange) ResetRequests() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.log = nil
	clear(x.counts)
}

// Move moves a mailbox to the cloud: for so long, by the tenant's clock, it
// can't be reached (ErrorMailboxMoveInProgress), then it is there and not here.
// Subscriptions to it end.
// On a server that has All of them it is away for good only as far as this
// server goes.
func (x *Exchange) Move(who string, lasting time.Duration) error {
	p, err := x.t.livePerson(who)
	if err != nil {
		return err
	}
	until := x.t.now().Add(lasting)
	x.mu.Lock()
	x.moves[p.ID] = until
	x.mu.Unlock()
	x.feed.mu.Lock()
	defer x.feed.mu.Unlock()
	for _, sub := range slices.Clone(x.feed.watch[p.ID]) {
		x.feed.forget(sub)
	}
	return nil
}

// MoveBack brings a mailbox to this server at once.
func (x *Exchange) MoveBack(who string) error {
	p, err := x.t.livePerson(who)
	if err != nil {
		return err
	}
	x.mu.Lock()
	delete(x.moves, p.ID)
	x.mu.Unlock()
	return x.t.ChangeMailbox(p.ID, func(m *Mailbox) { m.State = OnPremises })
}

// moving says whether a mailbox is on its way.
func (x *Exchange) moving(p *Person) bool {
	now := x.t.now()
	x.mu.Lock()
	defer x.mu.Unlock()
	until, moves := x.moves[p.ID]
	return moves && now.Before(until)
}

// moved says whether a mailbox has left, and lets the cloud know.
func (x *Exchange) moved(p *Person, m *Mailbox) bool {
	now := x.t.now()
	x.mu.Lock()
	until, moves := x.moves[p.ID]
	x.mu.Unlock()
	if !moves || now.Before(until) {
		return false
	}
	if m.State == OnPremises {
		_ = x.t.ChangeMailbox(p.ID, func(m *Mailbox) { m.State = Live }) // the person is there, and the zone is its own
	}
	return true
}

// Older puts mailboxes on an older server behind this one. Calls must keep to
// its schema, and delegates whose mailbox is not there, too, can't open them.
func (x *Exchange) Older(version ExchangeVersion, mailboxes ...string) error {
	r, known := releases[version]
	if !known || r.schema > x.release.schema {
		return fmt.Errorf("m365: no older version: %q", clip(string(version)))
	}
	for _, who := range mailboxes {
		p, err := x.t.livePerson(who)
		if err != nil {
			return err
		}
		x.mu.Lock()
		x.olds[p.ID] = r.schema
		x.mu.Unlock()
	}
	return nil
}

// schemaOf is the newest schema that the server of a mailbox speaks.
func (x *Exchange) schemaOf(p *Person) ewsSchema {
	x.mu.Lock()
	defer x.mu.Unlock()
	if schema, old := x.olds[p.ID]; old {
		return schema
	}
	return x.release.schema
}

// older says what keeps the caller from a mailbox on an older server.
func (c *ewsCall) older(p *Person) error {
	schema := c.x.schemaOf(p)
	switch {
	case c.name == "GetUserAvailabilityRequest":
		return nil // the service asks the other server itself
	case c.schema > schema:
		return &ewsFault{code: "ErrorInvalidSchemaVersionForMailboxVersion", text: "The specified schema version is not supported by the version of the server the mailbox is on.", noInfo: true}
	case !c.acting && c.caller != nil && c.caller.ID != p.ID && c.x.schemaOf(c.caller) != schema:
		return &ewsError{code: "ErrorWrongServerVersionDelegate", text: "The delegate's mailbox is on a server of another version."}
	}
	return nil
}

// enter counts a call of an account that is going on, up to the limit of the
// version. The caller says when it is done.
func (x *Exchange) enter(user string) (done func(), fault *ewsFault) {
	return x.occupy(x.busy, user, limit(x.opts.Concurrency, x.release.concurrency), "MaxConcurrency")
}

// hang is enter for streams.
func (x *Exchange) hang(user string) (done func(), fault *ewsFault) {
	return x.occupy(x.hung, user, limit(x.opts.Hanging, x.release.hanging), "MaxStreamingConcurrency")
}

// limit is what was set, or the version's; 0 = none.
func limit(set, version int) int {
	switch {
	case set < 0:
		return 0
	case set > 0:
		return set
	}
	return version
}

func (x *Exchange) occupy(going map[string]int, user string, limit int, policy string) (func(), *ewsFault) {
	user = strings.ToLower(user)
	x.mu.Lock()
	defer x.mu.Unlock()
	if limit > 0 && going[user] >= limit {
		return nil, &ewsFault{
			code: "ErrorExceededConnectionCount", noInfo: true,
			text:   "You have exceeded the available concurrent connections for your account.  Try again once your other requests have completed.",
			values: [][2]string{{"Policy", policy}, {policy + "Limit", strconv.Itoa(limit)}},
		}
	}
	going[user]++
	return func() {
		x.mu.Lock()
		defer x.mu.Unlock()
		going[user]--
	}, nil
}
