// Package plan computes what a round would do, as data, before anything is
// written.
//
// [Make] lays what Entra says (people, scope), what the register holds and what
// we last wrote (the ledger) side by side and returns a [Plan]: changes, each
// with its reason and its before and after; where every person stands; who has
// left. [Hold] says whether the plan must wait for a person. [Undo] turns an
// applied plan round. Everything here is pure: no I/O, no clock, no context;
// the same input gives the same plan in the same order.
package plan

import (
	"time"

	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/pbx"
)

// Input is everything a plan is made from.
type Input struct {
	Now      time.Time
	Source   string
	Settings directory.Settings

	// Whole says that People is everybody in the mirror and Tied every link of
	// the replicator; else both are only those touched since the last plan.
	Whole bool

	People []directory.Person
	// Gone are people of Tied that have left the directory.
	Gone       map[string]directory.GoneReason
	Membership directory.Membership
	Managers   map[string]string // object id → display name

	// Tied are the links of this replicator with the entries they tie.
	Tied []Tied
	// Unlinked are the register's entries that nobody is tied to, and Leaving
	// those whose person has left; only needed where People holds someone who is
	// not linked.
	Unlinked []pbx.Subscriber
	Leaving  []pbx.Subscriber
	// Elsewhere are people whom another replicator takes care of: id → its name.
	Elsewhere map[string]string
	Ignored   map[string]bool

	// InUse are the extensions that entries have; Resting those that were freed
	// lately, which are not given as the next free one.
	InUse   map[string]bool
	Resting map[string]bool
	// Shared is true for numbers that several entries have.
	Shared map[string]bool
	// NewKey makes the key of a create: for the same person always the same one,
	// so that a create that is planned again is found again.
	NewKey func(person string) string
}

// Tied is a link with its entry. Held is false where the register no longer has it.
type Tied struct {
	Person     string
	Subscriber pbx.Subscriber
	Held       bool
	Written    pbx.Fields
	Left       Left
	Creating   bool // a create was begun; Subscriber.Key is its key
}

// Left is why a linked person waits for a decision.
type Left string

// The reasons, in the order of what weighs most.
const (
	Present     Left = ""
	Purged      Left = "purged"
	SoftDeleted Left = "softdeleted"
	Missing     Left = "missing"
	Disabled    Left = "disabled"
	OutOfScope  Left = "scope"
)

// Plan is what a round would do.
type Plan struct {
	Changes   []pbx.Change // sorted by kind, then name, then person
	Standings []Standing   // where each person considered stands, by person
	Leavers   []Leaver     // links whose Left changes, also back to Present
	Ledger    []Correction // links whose ledger is behind what is held and wanted
	Lost      []Tied       // links whose entry the register no longer has
}

// Empty is true where there is nothing to write, anywhere.
func (p Plan) Empty() bool {
	return len(p.Changes) == 0 && len(p.Leavers) == 0 && len(p.Ledger) == 0 && len(p.Lost) == 0
}

// Leaver is a link whose person has newly left, or is back.
type Leaver struct {
	Subscriber string
	Person     string
	Name       string
	Was, Is    Left
}

// Correction brings a link's ledger to what is held; nothing is sent for it.
type Correction struct {
	Subscriber string
	Written    pbx.Fields
}

// State is where a person stands.
type State string

// The states; they are the tabs of the page of people.
const (
	Offered   State = "offered"
	Linked    State = "linked"
	Ignored   State = "ignored"
	Outside   State = "outside"
	Elsewhere State = "elsewhere"
	Leaving   State = "left"
)

// Standing is where a person stands after the plan.
type Standing struct {
	Person      string
	Name        string
	State       State
	Why         pbx.Reason   // Outside, Elsewhere, Leaving: the reason
	Problems    []pbx.Reason // what could not be read or given
	Suggestions []Suggestion // Offered: entries that may be the person, best first
}

// Suggestion is an unlinked entry that may be the person.
type Suggestion struct {
	Subscriber pbx.Subscriber
	Reason     pbx.Reason // code "mail", "number", "name", "employeeId"; args other="true": possibly another person
	Sure       bool       // same mail or user principal name, one on each side
}
