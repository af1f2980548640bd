package m365

import (
	"maps"
	"slices"
	"time"
)

// Event is an entry of one mailbox's calendar: an appointment, a meeting, or
// with Recurrence a series of them. The JSON names are Graph's where Graph has
// one (https://learn.microsoft.com/graph/api/resources/event); the control API
// takes the same.
type Event struct {
	// ID names the event in its mailbox alone. The tenant gives it; what an
	// Everyday writes here tells its events apart.
	ID string `json:"id,omitempty"`
	// UID is Graph's iCalUId: the same in the calendars of all who are invited.
	// Any text may be given and becomes what looks like one; "" = one is made.
	UID string `json:"iCalUId,omitempty"`

	Subject  string `json:"subject,omitempty"`
	Location string `json:"location,omitempty"`
	Body     string `json:"body,omitempty"` // plain text

	// Start and End are instants. An event of whole days runs from midnight to
	// midnight of Zone. Those of a series are its first occurrence's.
	Start time.Time `json:"start,omitzero"`
	End   time.Time `json:"end,omitzero"`
	// Zone is originalStartTimeZone: a Windows name, an IANA name, or
	// "tzone://Microsoft/Custom", which stands for the mailbox's own zone.
	// "" = the mailbox's.
	Zone   string `json:"timeZone,omitempty"`
	AllDay bool   `json:"isAllDay,omitempty"`

	// ShowAs is free, tentative, busy, oof, workingElsewhere, unknown or any
	// other word; "" = busy, and free where AllDay is set, as Outlook has it.
	ShowAs string `json:"showAs,omitempty"`
	// Sensitivity is normal, personal, private, confidential or any other word;
	// "" = normal.
	Sensitivity string   `json:"sensitivity,omitempty"`
	Importance  string   `json:"importance,omitempty"` // "" = normal
	Categories  []string `json:"categories,omitempty"`

	// Organizer is a mail address; "" = the mailbox itself.
	Organizer string `json:"organizer,omitempty"`
	// Attendees are who is invited, the organizer not counted: mail addresses,
	// or in calls also ids and user principal names of people in the tenant.
	Attendees []string `json:"attendees,omitempty"`
	// Responses are their answers by address as Attendees has it: accepted,
	// tentativelyAccepted or declined; none = notResponded.
	Responses map[string]string `json:"responses,omitempty"`
	// Response is the mailbox's own answer; "" = organizer in its own events,
	// notResponded in those it was invited to.
	Response string `json:"response,omitempty"`
	// Cancelled is isCancelled: the organizer called it off, and it still
	// stands in the calendar of somebody invited.
	Cancelled bool `json:"isCancelled,omitempty"`
	Online    bool `json:"isOnlineMeeting,omitempty"` // a Teams meeting

	Recurrence *Recurrence `json:"recurrence,omitempty"`
	// Exceptions are the occurrences that differ from the series, by the day
	// ("2006-01-02", in the series' zone) on which they would have begun; nil
	// = there is none on that day.
	Exceptions map[string]*Event `json:"exceptions,omitempty"`

	// Type is singleInstance, occurrence, exception or seriesMaster, and Master
	// the id of an occurrence's series. Both are for reading alone, as are the
	// times at which the event was made and last changed.
	Type     string    `json:"type,omitempty"`
	Master   string    `json:"seriesMasterId,omitempty"`
	Created  time.Time `json:"createdDateTime,omitzero"`
	Modified time.Time `json:"lastModifiedDateTime,omitzero"`

	version  uint64    // changes so far in the tenant's calendars; makes the changeKey
	day      int       // of an occurrence: the day on which it would have begun
	original time.Time // … and the instant
}

// Recurrence says when a series happens; see
// https://learn.microsoft.com/graph/api/resources/recurrencepattern. With
// neither Until nor Count it has no end.
type Recurrence struct {
	// Type is daily, weekly, absoluteMonthly, relativeMonthly, absoluteYearly
	// or relativeYearly.
	Type       string   `json:"type"`
	Interval   int      `json:"interval,omitempty"`       // every so many days, weeks, months, years; 0 = 1
	Days       []string `json:"daysOfWeek,omitempty"`     // monday … of weekly and relative ones; none = the day of Start
	FirstDay   string   `json:"firstDayOfWeek,omitempty"` // "" = sunday, as Graph has it
	DayOfMonth int      `json:"dayOfMonth,omitempty"`     // of absolute ones; 0 = Start's; 31 is the last day of shorter months
	Month      int      `json:"month,omitempty"`          // of yearly ones; 0 = Start's
	Index      string   `json:"index,omitempty"`          // first … fourth, last, of relative ones; "" = first
	Until      string   `json:"endDate,omitempty"`        // "2006-01-02", the last day on which one may begin
	Count      int      `json:"numberOfOccurrences,omitempty"`
}

// The answers that Respond takes.
const (
	Accepted            = "accepted"
	TentativelyAccepted = "tentativelyAccepted"
	Declined            = "declined"
)

// The types of events.
const (
	singleInstance = "singleInstance"
	occurrence     = "occurrence"
	exception      = "exception"
	seriesMaster   = "seriesMaster"
)

// clone is a copy that shares nothing with e.
func (e *Event) clone() Event {
	c := *e
	c.Categories, c.Attendees, c.Responses = slices.Clone(e.Categories), slices.Clone(e.Attendees), maps.Clone(e.Responses)
	if e.Recurrence != nil {
		r := *e.Recurrence
		r.Days = slices.Clone(r.Days)
		c.Recurrence = &r
	}
	c.Exceptions = maps.Clone(e.Exceptions)
	for day, x := range c.Exceptions {
		if x != nil {
			own := x.clone()
			c.Exceptions[day] = &own
		}
	}
	return c
}

// invited says whether somebody else called the meeting.
func (e *Event) invited() bool { return e.Organizer != "" }

// overlaps says whether any of e lies between from and to; one without length
// lies where it begins.
func (e *Event) overlaps(from, to time.Time) bool {
	return e.Start.Before(to) && (e.End.After(from) || e.End.Equal(e.Start) && !e.Start.Before(from))
}
