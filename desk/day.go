package desk

import (
	"context"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/pbx"
)

// PersonHead is who a day is about, and what the one who asks may do about him.
type PersonHead struct {
	Person     string
	Name       string
	Address    string
	Subscriber string // "" for one with none
	Extension  string
	Number     string
	Hidden     bool
	Live       bool // told to switchboards, else test mode
	Sight      Sight
	Source     string // the connection that reads his calendar, "" where none is read
	// Home is where he comes from: the source that has him, or [organization.Local].
	Home     string
	Way      calendar.Way // by which the calendar was last read
	WaySince time.Time
	Zone     *time.Location
	Language string
	// Whether the calendar counts for him, and who says so: "organization",
	// "group", "person".
	Calendar   bool
	CalendarBy string
}

// PersonDay is a person's timeline with the lanes that it follows from.
type PersonDay struct {
	PersonHead
	From, To  time.Time
	Spans     []DaySpan
	Events    []DayEvent
	Hours     []activity.Interval // working hours, as far as they are known
	Replies   *activity.Interval  // while automatic replies are sent; To zero where no end is set
	Choice    *activity.Choice    // what stands by hand, as it may be seen
	Forgotten bool                // the choice has no end and is older than a working day
	Silenced  []activity.Silence
	Next      time.Time // when the person is next available, zero where we don't know
	ReadAt    time.Time // when the calendar was last read
	Health    calendar.Health
}

// DaySpan is a time during which nothing changes.
type DaySpan struct {
	From, To time.Time
	Seen     Seen
	Layer    activity.Layer
}

// DayEvent is an event in the calendar's lane: when it is and, for one who sees
// everything, what the rules looked at.
type DayEvent struct {
	From, To time.Time
	AllDay   bool
	Private  bool
	Subject  string // only where it is shared with the one who asks
	Place    string
	Silenced bool
	Whole    *calendar.Event // nil for one who may not see everything
}

// Day computes a person's timeline between two instants at most 40 days apart:
// today where the person is, where neither is given, and the rest of the day of
// from where to is not.
func (v *Visit) Day(ctx context.Context, person string, from, to time.Time) (PersonDay, error) {
	if err := v.mayPerson(ctx, "Day", person); err != nil {
		return PersonDay{}, err
	}
	return v.day(ctx, person, from, to)
}

// Reasons say why something stands, or stood, at an instant.
type Reasons struct {
	PersonHead
	At    time.Time
	Span  DaySpan
	Event *DayEvent // the one that decided, nil where none did
	Rule  *RuleWhy  // for one who sees everything
	// Beaten are what else was proposed, the strongest first; for one who sees
	// everything.
	Beaten []BeatenClaim
	Choice *activity.Choice
	ReadAt time.Time // when the calendar was last read
	Heard  time.Time // when we were last told of a change in it
	Health calendar.Health
	// Told are what each switchboard was last told by then, and its answer.
	Told []ToldLine
	// Computed is true for an instant of which we hold the calendar; before that,
	// only what was told is known.
	Computed bool
}

// RuleWhy is the rule that decided, and whose it is.
type RuleWhy struct {
	activity.Rule
	Called activity.Activity // what it becomes, by the organization's own names
	Of     RuleOwner
	Group  string // what the group is called that it asks for, "" for none
}

// RuleOwner is whose list a rule stands in.
type RuleOwner string

// The owners.
const (
	OfPerson       RuleOwner = "person"
	OfGroup        RuleOwner = "group"
	OfOrganization RuleOwner = "organization"
	OfPreset       RuleOwner = "preset"
)

// BeatenClaim is a proposal that did not win.
type BeatenClaim struct {
	activity.Claim
	Called activity.Activity // what was proposed, by the organization's own names
	Rule   *RuleWhy          // nil where it came from none
}

// ToldLine is what a switchboard was told of a person.
type ToldLine struct {
	Switchboard     string // id, "builtin" for our own
	SwitchboardName string
	At              time.Time
	State           Seen
	Late            time.Duration // how long after its instant; 0 in the history
	Answer          pbx.Reason    // Code "" where all is well
	Next            time.Time     // when it is told again at the latest
	Live            bool
}

// Reasons says why a person's activity is what it is at an instant, or was: which
// event, which rule, what it beat, until when, when it was read and told, and what
// switchboards answered.
func (v *Visit) Reasons(ctx context.Context, person string, at time.Time) (Reasons, error) {
	if err := v.mayPerson(ctx, "Reasons", person); err != nil {
		return Reasons{}, err
	}
	return v.reasons(ctx, person, at)
}

// Told is what switchboards were told of a person between two instants, the
// oldest first, with what stood at the first. It is kept as long as the settings
// say, without subjects and places, and as callers know it.
func (v *Visit) Told(ctx context.Context, person string, from, to time.Time) ([]ToldLine, error) {
	if err := v.mayPerson(ctx, "Told", person); err != nil {
		return nil, err
	}
	return v.told(ctx, person, from, to)
}
