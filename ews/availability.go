package ews

import (
	"context"
	"fmt"
	"time"
)

// MaxAddresses is how many mailboxes one [Client.Availability] may ask for.
const MaxAddresses = 100

// maxWindow is what a server answers for at once; a longer window is several calls.
const maxWindow = 42 * 24 * time.Hour

// AvailabilityQuery is a question of when people are free or busy.
type AvailabilityQuery struct {
	Access    Access   // its Mailbox counts for nothing here
	Addresses []string // primary SMTP addresses, at most [MaxAddresses]
	From, To  time.Time
	// Zone is what the times are sent in; nil is UTC. It makes no difference to
	// the answer, whose times are instants.
	Zone *time.Location
	// Detailed asks for subjects and places too, where there is a right to those.
	Detailed bool
}

// AvailabilityAnswer is what a server says of one mailbox.
type AvailabilityAnswer struct {
	// Err is the error, mostly an [*Error], where there is no answer for this one.
	Err  error
	View View
	// Hours are the working hours, nil where the answer has none.
	Hours *WorkingHours
}

// View is how much a server shows of a mailbox, never more than was asked for.
type View string

// The views (Microsoft's page "FreeBusyViewType").
const (
	ViewNone     View = "None"
	ViewMerged   View = "MergedOnly" // whole half-hours, of a mailbox in another forest or a group
	ViewFreeBusy View = "FreeBusy"   // times
	ViewDetailed View = "Detailed"   // with subject and place of what isn't private
)

// Show is how an event is shown in free/busy, by Exchange's own words.
type Show string

// The values; others may come, from newer servers.
const (
	Free        Show = "Free"
	Tentative   Show = "Tentative"
	Busy        Show = "Busy"
	OutOfOffice Show = "OOF"
	Elsewhere   Show = "WorkingElsewhere" // since 2013
	NoData      Show = "NoData"
)

// BusyEvent is a time in which somebody isn't simply free. It, and what its
// slices point to, is good only until the function that was given it returns.
type BusyEvent struct {
	Start, End time.Time // in UTC
	Show       Show
	// Merged is true for what is known only by half-hours, see [ViewMerged].
	Merged bool
	// Details is true where the answer had them, be they empty: without, nothing
	// below is known.
	Details           bool
	ID                []byte // hexadecimal, of this occurrence; not an id that other calls know
	Subject, Location []byte // empty for what is Private
	Private           bool
	Meeting           bool
	Recurring         bool // of a series
	Exception         bool // of a series, but moved or changed
}

// WorkingHours are those that stand in the owner's Outlook.
type WorkingHours struct {
	Zone    ZoneRule
	Periods []WorkingPeriod
}

// WorkingPeriod is a time of some days of the week.
type WorkingPeriod struct {
	Days     []time.Weekday
	From, To int // minutes after midnight
}

// Availability asks when up to a hundred people are free or busy (operation
// GetUserAvailability) and answers for each, in their order; it needs no right
// that people don't give each other by default. event is called for each of their
// events as it arrives, with the place of whose it is in Addresses. What it was
// told of somebody counts only where that answer's Err is nil, and at all only
// where the error here is.
//
// A window of more than 42 days is several calls; no event is told twice.
func (c *Client) Availability(ctx context.Context, q AvailabilityQuery, event func(i int, e *BusyEvent)) ([]AvailabilityAnswer, error) {
	const op = "GetUserAvailability"
	if len(q.Addresses) == 0 {
		return nil, nil
	}
	if len(q.Addresses) > MaxAddresses || !q.From.Before(q.To) {
		return nil, &Error{Op: op, Code: "ErrorInvalidRequest", Err: fmt.Errorf("%d mailboxes in %v", len(q.Addresses), q.To.Sub(q.From))}
	}
	answers := make([]AvailabilityAnswer, len(q.Addresses))
	for from := q.From; from.Before(q.To); from = from.Add(maxWindow) {
		r := &availabilityReader{q: q, from: from, to: q.To, event: event, answers: answers, first: from.Equal(q.From), last: true}
		if from.Add(maxWindow).Before(q.To) {
			r.to, r.last = from.Add(maxWindow), false
		}
		var rule ZoneRule
		rule, r.zone = ruleFor(q.Zone, from, r.to)
		if err := c.do(ctx, op, q.request(rule, r.zone, from, r.to), r.read); err != nil {
			return nil, err
		}
		if r.n < len(answers) {
			return nil, &Error{Op: op, Err: fmt.Errorf("%w: %d of %d mailboxes", ErrIncomplete, r.n, len(answers))}
		}
	}
	return answers, nil
}

// request asks for the merged view too, which is all that there is of some.
func (q *AvailabilityQuery) request(rule ZoneRule, zone *time.Location, from, to time.Time) *request {
	const local = "2006-01-02T15:04:05"
	a := q.Access
	a.Mailbox = ""
	r := newRequest(a).raw(`<m:GetUserAvailabilityRequest>`).zone(rule).raw(`<m:MailboxDataArray>`)
	for _, address := range q.Addresses {
		r.raw(`<t:MailboxData><t:Email><t:Address>`).text(address).
			raw(`</t:Address></t:Email><t:AttendeeType>Required</t:AttendeeType></t:MailboxData>`)
	}
	view := "FreeBusyMerged"
	if q.Detailed {
		view = "DetailedMerged"
	}
	return r.raw(`</m:MailboxDataArray><t:FreeBusyViewOptions><t:TimeWindow><t:StartTime>`,
		from.In(zone).Format(local), `</t:StartTime><t:EndTime>`, to.In(zone).Format(local), `</t:EndTime></t:TimeWindow>`,
		`<t:MergedFreeBusyIntervalInMinutes>`).int(int(slot/time.Minute)).raw(`</t:MergedFreeBusyIntervalInMinutes>`,
		`<t:RequestedView>`, view, `</t:RequestedView></t:FreeBusyViewOptions></m:GetUserAvailabilityRequest>`)
}
