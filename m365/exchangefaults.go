package m365

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ExchangeFaultKind names something that goes wrong with an Exchange.
type ExchangeFaultKind string

// The kinds of fault. Those up to ExchangeSlow may strike single mailboxes.
const (
	ExchangeBusy         ExchangeFaultKind = "busy"       // ErrorServerBusy as a fault, with BackOff
	ExchangeBusyInside   ExchangeFaultKind = "busyinside" // ErrorServerBusy in an answer 200 about mailboxes, with BackOff
	ExchangeError        ExchangeFaultKind = "error"      // Code in place of a mailbox's answer, 200
	ExchangeFault500     ExchangeFaultKind = "fault"      // Code as a SOAP fault
	ExchangeSlow         ExchangeFaultKind = "slow"       // Delay before the answer, as of a remote site
	ExchangeHTML         ExchangeFaultKind = "html"       // ASP.NET's page of an error, Status or 500
	ExchangeErrorPage    ExchangeFaultKind = "errorpage"  // 302 to /ews/genericerrorpage.htm
	ExchangeRedirect     ExchangeFaultKind = "redirect"   // 302 to Code, an address
	ExchangeUnavailable  ExchangeFaultKind = "503"        // the queue of IIS is full
	ExchangeUnauthorized ExchangeFaultKind = "401"        // a good password is refused
	ExchangeCut          ExchangeFaultKind = "cut"        // the connection breaks in mid answer
	ExchangeEmpty        ExchangeFaultKind = "empty"      // 200 without a body
	ExchangeSilence      ExchangeFaultKind = "silence"    // streams stay open and say nothing
)

var exchangeFaultKinds = []ExchangeFaultKind{
	ExchangeBusy, ExchangeBusyInside, ExchangeError, ExchangeFault500, ExchangeSlow, ExchangeHTML, ExchangeErrorPage, ExchangeRedirect,
	ExchangeUnavailable, ExchangeUnauthorized, ExchangeCut, ExchangeEmpty, ExchangeSilence,
}

// ExchangeFault is something that goes wrong with an Exchange. All that fit a
// call strike it.
type ExchangeFault struct {
	Kind      ExchangeFaultKind `json:"kind"`
	Operation string            `json:"operation,omitempty"` // "FindItem", "GetUserAvailability"; "" = all
	Account   string            `json:"account,omitempty"`   // "" = all
	// Mailbox is whose mailbox it strikes, by id or address, and Share which
	// part of all of them, always the same; neither = whole calls.
	Mailbox string        `json:"mailbox,omitempty"`
	Share   float64       `json:"share,omitempty"`
	Code    string        `json:"code,omitempty"`    // a response code, "ErrorMailboxMoveInProgress"
	BackOff time.Duration `json:"backOff,omitempty"` // as BackOffMilliseconds; 0 = the answer has none
	Delay   time.Duration `json:"delay,omitempty"`
	Status  int           `json:"status,omitempty"`
	After   int           `json:"after,omitempty"` // that fit and are let through first
	Times   int           `json:"times,omitempty"` // 0 = once, Forever = until cleared
	// For is how long it lasts, by the tenant's clock, however often it
	// strikes; 0 = as long as Times says.
	For time.Duration `json:"for,omitempty"`

	until time.Time
}

// Fault adds a fault.
func (x *Exchange) Fault(f ExchangeFault) error {
	if !slices.Contains(exchangeFaultKinds, f.Kind) {
		return fmt.Errorf("m365: no such kind of fault: %q", clip(string(f.Kind)))
	}
	if f.Mailbox != "" {
		p, err := x.t.livePerson(f.Mailbox)
		if err != nil {
			return err
		}
		f.Mailbox = p.ID
	}
	if f.Times == 0 {
		f.Times = 1
	}
	if f.For > 0 {
		f.Times, f.until = Forever, x.t.now().Add(f.For)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.faults = append(x.faults, &f)
	return nil
}

// Faults are those that will still strike.
func (x *Exchange) Faults() []ExchangeFault {
	now := x.t.now()
	x.mu.Lock()
	defer x.mu.Unlock()
	list := []ExchangeFault{}
	for _, f := range x.faults {
		if f.Times != 0 && f.lasts(now) {
			list = append(list, *f)
		}
	}
	return list
}

// ClearFaults ends all faults.
func (x *Exchange) ClearFaults() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.faults = nil
}

func (f *ExchangeFault) lasts(now time.Time) bool { return f.until.IsZero() || now.Before(f.until) }

// hits says whether a fault is one of a person's mailbox, or with nobody, of
// the whole call.
func (f *ExchangeFault) hits(p *Person) bool {
	if p == nil {
		return f.Mailbox == "" && f.Share == 0
	}
	return f.Mailbox == p.ID || f.Mailbox == "" && f.Share > 0 && float64(hash64(p.ID)%1000) < 1000*f.Share
}

// strike takes the faults that hit the call, or a mailbox in it, and counts
// them down.
func (c *ewsCall) strike(p *Person) []ExchangeFault {
	x := c.x
	x.mu.Lock()
	defer x.mu.Unlock()
	var struck []ExchangeFault
	for _, f := range x.faults {
		switch {
		case f.Times == 0 || !f.lasts(c.now) || f.Kind == ExchangeSilence || !f.hits(p),
			f.Operation != "" && f.Operation != strings.TrimSuffix(c.name, "Request"),
			f.Account != "" && !strings.EqualFold(f.Account, c.account.User):
			continue
		case f.After > 0:
			f.After--
			continue
		case f.Times > 0:
			f.Times--
		}
		struck = append(struck, *f)
	}
	return struck
}

// silent says whether streams say nothing now.
func (x *Exchange) silent() bool {
	now := x.t.now()
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.ContainsFunc(x.faults, func(f *ExchangeFault) bool { return f.Kind == ExchangeSilence && f.lasts(now) })
}

const busyText = "The server cannot service this request right now. Try again later."

// busyValues are what a busy server says besides.
func (f *ExchangeFault) busyValues() [][2]string {
	if f.BackOff <= 0 {
		return [][2]string{{"Policy", "MaxConcurrency"}, {"MaxConcurrencyLimit", "27"}}
	}
	return [][2]string{{"BackOffMilliseconds", strconv.FormatInt(f.BackOff.Milliseconds(), 10)}}
}

// wrong is the error of a fault that a call or a mailbox gets, nil of another
// kind.
func (c *ewsCall) wrong(f *ExchangeFault) error {
	text := "An error occurred: " + f.Code + "."
	switch f.Kind {
	case ExchangeBusy:
		return &ewsFault{code: "ErrorServerBusy", text: busyText, values: f.busyValues()}
	case ExchangeBusyInside:
		return &ewsError{code: "ErrorServerBusy", text: busyText, values: f.busyValues()}
	case ExchangeFault500:
		return &ewsFault{code: f.Code, text: text, status: f.Status}
	case ExchangeError:
		return &ewsError{code: f.Code, text: text}
	case ExchangeSlow:
		c.wait(f.Delay)
	}
	return nil
}

// reach says what keeps the caller from a mailbox, though he has the right.
func (c *ewsCall) reach(p *Person) error {
	if moved := c.x.moving(p); moved {
		return &ewsError{code: "ErrorMailboxMoveInProgress", text: "The mailbox is being moved. Try again later."}
	}
	for _, f := range append(c.whole, c.strike(p)...) {
		if f.Kind == ExchangeSlow && f.Mailbox == "" && f.Share == 0 {
			continue // has been waited for
		}
		if err := c.wrong(&f); err != nil {
			return err
		}
	}
	return c.older(p)
}

func (c *ewsCall) wait(d time.Duration) {
	select {
	case <-time.After(d):
	case <-c.r.Context().Done():
	}
}

// obstruct lets the faults strike that stop a whole call. It says whether one
// has answered in the operation's place.
func (c *ewsCall) obstruct() (answered bool, err error) {
	for _, f := range c.strike(nil) {
		switch f.Kind {
		case ExchangeBusyInside, ExchangeError:
			c.whole = append(c.whole, f) // every mailbox gets it
			continue
		case ExchangeCut:
			c.cut = true
			continue
		}
		if err := c.wrong(&f); err != nil {
			return false, err
		}
		if c.instead(&f) {
			return true, nil
		}
	}
	return false, nil
}

// instead answers in a way that is no SOAP.
func (c *ewsCall) instead(f *ExchangeFault) bool {
	h := c.w.Header()
	switch f.Kind {
	case ExchangeHTML:
		status := f.Status
		if status == 0 {
			status = http.StatusInternalServerError
		}
		c.x.page(c.w, status, "Server Error in '/EWS' Application.", "Runtime Error")
	case ExchangeErrorPage:
		h.Set("Location", c.r.URL.Path[:len(c.r.URL.Path)-len("Exchange.asmx")]+"genericerrorpage.htm")
		c.w.WriteHeader(http.StatusFound)
	case ExchangeRedirect:
		h.Set("Location", f.Code)
		c.w.WriteHeader(http.StatusFound)
	case ExchangeUnavailable:
		c.x.page(c.w, http.StatusServiceUnavailable, "Service Unavailable", "HTTP Error 503. The service is unavailable.")
	case ExchangeUnauthorized:
		c.x.unauthorized(c.w, c.x.schemes(c.r)...)
	case ExchangeEmpty:
		c.w.WriteHeader(http.StatusOK)
	default:
		return false
	}
	return true
}
