// Package calendar holds the words for what stands in a mailbox's calendar: the
// events in a window of time, what of them may be kept, and what a driver that
// reads them must do. Drivers live in the packages below it.
//
// Only what the rules of activities need is ever kept of an event. [Keep],
// compiled from an organization's rules and privacy, is applied by the driver to
// each event as it is decoded; a body and the attendees have no place here at
// all, a subject and a place only where somebody has chosen to share them.
package calendar

import (
	"context"
	"time"
)

// ShowAs is how an event is shown in free/busy, by Microsoft Graph's words
// (https://learn.microsoft.com/graph/api/resources/event).
type ShowAs string

// The values. Any other text counts as ShowUnknown, which has no opinion.
const (
	ShowUnknown ShowAs = ""
	Free        ShowAs = "free"
	Tentative   ShowAs = "tentative"
	Busy        ShowAs = "busy"
	OutOfOffice ShowAs = "oof"
	Elsewhere   ShowAs = "workingElsewhere"
)

// Sensitivity is how an event is marked. Personal, Private and Confidential are
// treated alike, as private; so is what is unknown but there.
type Sensitivity string

// The values.
const (
	Normal       Sensitivity = "normal"
	Personal     Sensitivity = "personal"
	Private      Sensitivity = "private"
	Confidential Sensitivity = "confidential"
)

// Response is what the mailbox's owner has answered to an invitation.
type Response string

// The values. Any other text counts as ResponseUnknown, which hinders nothing.
const (
	ResponseUnknown   Response = ""
	Organizer         Response = "organizer"
	Accepted          Response = "accepted"
	TentativeAccepted Response = "tentativelyAccepted"
	Declined          Response = "declined"
	NotResponded      Response = "notResponded"
	NoResponse        Response = "none"
)

// Known is yes, no, or what a way of reading cannot tell.
type Known int8

// The values.
const (
	Unknown Known = 0
	Yes     Known = 1
	No      Known = -1
)

// KnownBool is b as what is known.
func KnownBool(b bool) Known {
	if b {
		return Yes
	}
	return No
}

// Date is a day without a zone, "2026-06-19"; "" is none. Dates compare as text.
type Date string

// DateOf is the day that t falls on in its own zone.
func DateOf(t time.Time) Date { return Date(t.Format(time.DateOnly)) }

// Midnight is when the day begins in a zone: the first instant of it, also where
// clocks are put forward over midnight, and that of the next day where there was
// no such day. It is zero for what is no date.
func (d Date) Midnight(zone *time.Location) time.Time {
	midnight, err := time.Parse(time.DateOnly, string(d)) // as if the zone were UTC
	if err != nil {
		return time.Time{}
	}
	// From an instant that is before the day in any zone, through the changes of
	// clocks there may be until it begins.
	for at := midnight.Add(-15 * time.Hour).In(zone); ; {
		_, offset := at.Zone()
		_, change := at.ZoneBounds()
		begins := midnight.Add(-time.Duration(offset) * time.Second).In(zone)
		if begins.Before(at) { // the change went over midnight
			begins = at
		}
		if change.IsZero() || begins.Before(change) {
			return begins
		}
		at = change
	}
}

// Add is the day n days later.
func (d Date) Add(n int) Date {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return d
	}
	return DateOf(t.AddDate(0, 0, n))
}

// Event is an appointment as far as it is kept. The short names are those under
// which an agenda is stored; a mailbox has hundreds.
type Event struct {
	// Key names the occurrence, the same each time it is read, also after it was moved.
	Key string `json:"k"`
	// Start and End are instants; zero for an all-day event, which has dates.
	Start time.Time `json:"s,omitzero"`
	End   time.Time `json:"e,omitzero"`
	// First and After are the first day of an all-day event and the day after its last.
	First Date `json:"d,omitempty"`
	After Date `json:"a,omitempty"`

	ShowAs      ShowAs      `json:"w,omitempty"`
	Sensitivity Sensitivity `json:"v,omitempty"`
	Response    Response    `json:"r,omitempty"`
	Cancelled   bool        `json:"x,omitempty"`
	Own         Known       `json:"o,omitempty"` // the mailbox's owner made it
	Others      Known       `json:"i,omitempty"` // others are invited

	Prefix     string   `json:"p,omitempty"` // "SEM", upper case, without its mark
	Mark       string   `json:"m,omitempty"` // ":" or ";"
	Words      []string `json:"ws,omitempty"`
	Categories []string `json:"cs,omitempty"`

	// Subject, Place and Note are kept only where they are shared.
	Subject string `json:"t,omitempty"`
	Place   string `json:"l,omitempty"`
	Note    string `json:"n,omitempty"` // what follows the prefix
}

// AllDay is true for an event that has dates instead of times.
func (e Event) AllDay() bool { return e.First != "" }

// Span is the time that e covers, its dates taken in zone.
func (e Event) Span(zone *time.Location) (from, to time.Time) {
	if e.AllDay() {
		return e.First.Midnight(zone), e.After.Midnight(zone)
	}
	return e.Start, e.End
}

// Private is true for every event that is marked as anything but normal.
func (e Event) Private() bool { return e.Sensitivity != "" && e.Sensitivity != Normal }

// Window is the time that a reading covers.
type Window struct {
	From, To time.Time
}

// Mailbox is whose calendar is read.
type Mailbox struct {
	Person  string // our own id of the person
	EntraID string // object id, "" where there is none
	Address string // primary SMTP address
	// Zone is that of the mailbox where it is known, else the organization's; in
	// it the dates of an all-day event are read that has no zone of its own.
	Zone *time.Location
	Keep *Keep
	// Way is how it was read last, zero before the first time.
	Way Way
}

// Source reads calendars.
type Source interface {
	// Read reads what stands in a window of at most 100 mailboxes and answers for
	// each, in their order. It keeps to what each mailbox's Keep lets through.
	Read(ctx context.Context, mailboxes []Mailbox, w Window) []Reading
}

// Reading is the answer for one mailbox. Events count only where Health is Fine:
// a mailbox that could not be read whole has none, and that says nothing about
// what stands in it.
type Reading struct {
	Events []Event
	Health Health
	// Way is how it was read, or, where it could not be, what was found of that; it
	// is kept with the mailbox and handed over with the next reading.
	Way Way
	// Same is true where a source that is Fine has found that nothing has changed
	// since the reading before; Events then say nothing.
	Same bool
}

// Way is how a source reads a mailbox, where there are several and which of them
// are allowed is found out by trying.
type Way struct {
	Kind WayKind `json:"kind,omitempty"`
	// Server is what it is that answers, as the protocol names its version, "".
	Server string `json:"server,omitempty"`
	// Mark is the source's own: what it needs to know at the next reading.
	Mark string `json:"mark,omitempty"`
	// Refused is what the service said to the next better way.
	Refused string `json:"refused,omitempty"`
	// Better is when a better way is tried again, zero where there is none.
	Better time.Time `json:"better,omitzero"`
}

// WayKind names a way of reading.
type WayKind string

// The ways, the best first. AsApplication is Microsoft 365, where there is one way
// only; the others are those of an Exchange server.
const (
	AsApplication WayKind = ""
	Impersonation WayKind = "impersonation" // as the mailbox's owner
	FullAccess    WayKind = "fullAccess"    // the service account owns the mailbox too
	Reviewer      WayKind = "reviewer"      // it may read the calendar
	Details       WayKind = "details"       // availability with subject and place of what isn't private
	Times         WayKind = "times"         // availability: when, and as what it is shown
)

// Heard is true for a way of reading whose source can tell of changes through a
// connection that is held open; see [Connection].
func (k WayKind) Heard() bool { return k == Impersonation || k == FullAccess }

// Together is true for a way of reading by which many mailboxes are asked for in one
// request.
func (k WayKind) Together() bool { return k == Details || k == Times }

// State is how reading a mailbox goes.
type State string

// The states.
const (
	Never     State = "never"     // not read yet
	Fine      State = "fine"      // read
	NoMailbox State = "noMailbox" // there is none in the service
	OnServer  State = "onServer"  // it is in another service: on an Exchange server of their own, or in the cloud
	Denied    State = "denied"    // we have no right to read it
	Throttled State = "throttled" // the service asks us to wait
	Failed    State = "failed"    // anything else; it is tried again
	NoSource  State = "noSource"  // the whole source could not be asked
)

// Health is the state with its facts.
type Health struct {
	State State
	// Sentence is what the service said, for an administrator; never anything out
	// of a calendar.
	Sentence string
	Until    time.Time // when a throttled one may be asked again, zero where not said
}

// Settings are what a mailbox says of its owner's week and absence.
type Settings struct {
	Health  Health
	Zone    string // IANA, "" where not known
	Hours   Hours
	Replies Replies
}

// Hours are the working hours that stand in Outlook.
type Hours struct {
	Days []time.Weekday `json:"days,omitempty"` // none: not known
	From int            `json:"from,omitempty"` // minutes after midnight
	To   int            `json:"to,omitempty"`
}

// Replies are automatic replies: whether and when, never their text. From and To
// are zero where they are simply on.
type Replies struct {
	On   bool      `json:"on,omitempty"`
	From time.Time `json:"from,omitzero"`
	To   time.Time `json:"to,omitzero"`
}

// Stands is true where automatic replies are sent at t.
func (r Replies) Stands(t time.Time) bool {
	return r.On && (r.From.IsZero() || !t.Before(r.From)) && (r.To.IsZero() || t.Before(r.To))
}
