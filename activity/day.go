package activity

import (
	"time"

	"github.com/telefonist/telefonist/calendar"
)

// Input is everything that a day follows from.
type Input struct {
	From, To time.Time // the window that is computed
	Zone     *time.Location
	Set      Set

	// Calendar is whether the calendar counts for this person.
	Calendar bool
	Events   []calendar.Event
	// Known is how far the events are known; beyond it a return is "earliest".
	Known    time.Time
	Rules    []Rule // the person's, then the groups', then the organization's
	Groups   map[string]bool
	Silences []Silence
	// PrivateAs is how private events count.
	PrivateAs calendar.PrivateAs

	Choice Choice // Activity "" where none stands

	Replies   calendar.Replies
	OnReplies Key // what automatic replies propose, "" where they don't count

	Hours    *Hours // nil where none are known
	FreeDays FreeDays
	OffHours Key // what stands outside hours, "" where they don't close the telephone
}

// Day is a person's timeline over a window: spans without a gap, in order, the
// first from the window's beginning, the last to its end. No two neighbours are
// equal in all but time and cause.
type Day struct {
	From, To time.Time
	Spans    []Span
}

// Span is a time during which nothing changes.
type Span struct {
	From, To time.Time
	State    State
	Why      Why
}

// Why is what a span follows from: what won, by which rule, and what it beat.
type Why struct {
	Layer  Layer     `json:"layer"`
	Event  string    `json:"event,omitempty"` // key of the event that won
	From   time.Time `json:"from,omitzero"`   // of the event, choice or reply
	To     time.Time `json:"to,omitzero"`
	Rule   string    `json:"rule,omitempty"` // id of the rule
	Beaten []Claim   `json:"beaten,omitempty"`
	Passed []Passed  `json:"passed,omitempty"` // by [Explain] alone
}

// Claim is a proposal, whether it won or not.
type Claim struct {
	Layer    Layer     `json:"layer"`
	Activity Key       `json:"activity"`
	Event    string    `json:"event,omitempty"`
	Rule     string    `json:"rule,omitempty"`
	From     time.Time `json:"from,omitzero"`
	To       time.Time `json:"to,omitzero"`
}

// Layer is where a proposal comes from.
type Layer string

// The layers.
const (
	ByDefault  Layer = ""         // nothing proposes anything: available
	ByChoice   Layer = "choice"   // somebody set it by hand
	ByCalendar Layer = "calendar" // an event
	ByReplies  Layer = "replies"  // automatic replies
	ByHours    Layer = "hours"    // outside working hours
)
