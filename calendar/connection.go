package calendar

import (
	"context"
	"errors"
	"time"
)

// Connection is a source of calendars as a driver opens it: a reader, and plain
// functions for what else can be asked of it. A function that is nil is something
// that this source cannot do, or that we may not ask.
type Connection struct {
	Reader Source
	// Settings asks for zone, hours and automatic replies of at most 100 mailboxes
	// and answers for each, in their order; nil where that may not be asked.
	Settings func(ctx context.Context, mailboxes []Mailbox) []Settings
	// Subscribe asks to be told of changes in mailboxes, Renew puts off the end of
	// that and Unsubscribe ends it, of any number and each with an answer, in their
	// order. nil where the source tells of nothing.
	Subscribe   func(ctx context.Context, all []Subscription) []Answer
	Renew       func(ctx context.Context, all []Subscription) []Answer
	Unsubscribe func(ctx context.Context, all []Subscription) []Answer
	// Listen holds connections open through which the source tells of changes in
	// mailboxes, until ctx ends, and calls tell from one goroutine at a time. It
	// takes up what breaks by itself; what it cannot hear, it says. Where it turns
	// out that the source tells of nothing, its error is [ErrUntold]. nil where the
	// source has no such thing.
	Listen func(ctx context.Context, mailboxes []Mailbox, tell func(Notice)) error
}

// ErrUntold is what listening ends with at a source that tells nobody of changes, as
// old servers do: there is no use in trying again.
var ErrUntold = errors.New("calendar: the source tells of no changes")

// Notice is what was heard of a mailbox while listening.
type Notice struct {
	Person string
	What   Heard
}

// Heard is a kind of [Notice].
type Heard string

// The kinds. A mailbox is deaf before the first Listening; whoever has been deaf is
// read again, because what changed meanwhile was told to nobody.
const (
	Listening Heard = "listening" // changes are told from now on
	Changed   Heard = "changed"   // something in the calendar has
	Deaf      Heard = "deaf"      // nothing is told any more, until the next Listening
)

// Subscription asks a source to tell an address that something in a mailbox has
// changed. It tells that, never what.
type Subscription struct {
	Mailbox Mailbox
	ID      string // the source's, "" before it is made
	URL     string // where it is told
	State   string // a secret that comes with each notification, given when it is made
}

// Answer is what became of asking for one [Subscription].
type Answer struct {
	Outcome Outcome
	ID      string
	Expires time.Time     // as the source answered, which may be sooner than was asked for
	Wait    time.Duration // how long the source asked to wait, 0 where it did not say
}

// Outcome is how asking for a subscription went.
type Outcome string

// The outcomes.
const (
	Stands      Outcome = "stands"      // it is made, renewed, or ended as was asked
	Gone        Outcome = "gone"        // there is none with that id any more
	Taken       Outcome = "taken"       // there is one for the mailbox already; ID says which, where the source does
	Unreachable Outcome = "unreachable" // the source could not reach the address
	Refused     Outcome = "refused"     // somebody has to do something first
	Later       Outcome = "later"       // the same may succeed later by itself
)
