// Package desk is where everybody is served: what a person may do, one method
// an operation.
//
//	desk.As(actor).AddOrganization(ctx, …)
//	desk.As(actor).In(org).ApproveRound(ctx, id)
//
// Each does the same four things in the same order, and they are done nowhere
// else: the right ([Rights]), the validation ([Invalid]), the write, and the line
// in the audit log with the wake of whoever must act on it. The pages and the API
// parse, call one method and render its answer.
//
// What needs a directory or a switchboard comes through function fields that the
// main package fills, so that nothing here knows Microsoft.
package desk

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/notify"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/phonebook"
	"github.com/telefonist/telefonist/reconcile"
	"github.com/telefonist/telefonist/store"
)

// Desk serves all organizations. Store, Log, Now, Kinds and Reconcile must be set;
// an operation that needs another field that is not answers [ErrNotOffered].
type Desk struct {
	Store *store.Store
	Log   *slog.Logger
	Now   func() time.Time
	Kinds []organization.Kind // of source

	// Switchboards are the kinds of switchboard that are told activities, beside the
	// built-in one.
	Switchboards []organization.Kind
	// Probe asks whether the calendar of an address can be opened, through a source,
	// and for nothing that stands in it.
	Probe func(ctx context.Context, org organization.ID, source, address string) calendar.Health
	// CheckCalendar says which permissions a source's application has for
	// calendars.
	CheckCalendar func(ctx context.Context, org organization.ID, source string) ([]directory.CheckLine, error)

	Reconcile *reconcile.Reconciler
	Book      *phonebook.Book
	Notify    *notify.Notifier

	// Seal encrypts a credential, bound to what it is of: see [organization.Sealed].
	Seal func(plain, associated []byte) ([]byte, error)
	// Unseal is its reverse; only what a sign-in at Microsoft needs is opened here.
	Unseal func(sealed, associated []byte) ([]byte, error)
	// Consent is how tenants are connected by the operator's own application.
	Consent MicrosoftSignIn
	// Wake tells the engine to look at what is due of a kind.
	Wake func(kind string)
	// PublicURL is where others reach this server, without a slash at the end; ""
	// greys what needs it (a colleague's link). Base is where whoever runs it does,
	// for links that are handed over by hand; PublicURL where empty.
	PublicURL string
	Base      string
	// Clouds are the names of the national clouds that the server knows.
	Clouds []string

	once     sync.Once
	pairs    *limiter      // failed sign-ins, by account and address together
	accounts *limiter      // by account alone: guessing from many places
	froms    *limiter      // by address alone, of passwords, tokens and links
	mails    *limiter      // test mails, by organization
	cost     cost          // of a new password hash
	hashing  chan struct{} // bounds the memory of argon2id
	mu       sync.Mutex
	visits   map[string]time.Time // when an operator was last seen in an organization
	arrived  arrivals
	asked    *limiter      // links for people, by the address that they are sent to
	asking   chan struct{} // bounds how many are looked for at a time
}

// The kinds of work that an operation wakes.
const (
	WakeRounds        = "rounds"
	WakeMail          = "mail"
	WakeSubscriptions = "subscriptions"
)

// prepare makes what is kept in memory alone.
func (d *Desk) prepare() {
	d.once.Do(func() {
		d.pairs = newLimiter(30*time.Second, 8)
		d.accounts = newLimiter(10*time.Second, 60)
		d.froms = newLimiter(5*time.Second, 20)
		d.mails = newLimiter(time.Minute, 5)
		d.asked = newLimiter(5*time.Minute, 3)
		d.asking = make(chan struct{}, 2)
		if d.cost == (cost{}) {
			d.cost = recommended
		}
		d.hashing = make(chan struct{}, 2)
		d.visits = map[string]time.Time{}
	})
}

func (d *Desk) wake(kind string) {
	if d.Wake != nil {
		d.Wake(kind)
	}
}

// seenAgain is how long an operator's visit to an organization counts as one.
const seenAgain = time.Hour

// seen leaves a line in the organization's audit log when an operator comes in,
// whatever he does there, once an hour.
func (d *Desk) seen(ctx context.Context, v *Visit) error {
	if !v.actor.Operator() {
		return nil
	}
	d.prepare()
	key := string(v.org) + " " + v.actor.ID
	now := d.Now()
	d.mu.Lock()
	last, ok := d.visits[key]
	if ok && now.Sub(last) < seenAgain {
		d.mu.Unlock()
		return nil
	}
	d.visits[key] = now
	d.mu.Unlock()
	if err := v.audit(ctx, "visit", "", nil); err != nil {
		d.mu.Lock()
		delete(d.visits, key)
		d.mu.Unlock()
		return err
	}
	return nil
}
