package graph

import (
	"bytes"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// eventProperties are what [CalendarViews] asks for.
const eventProperties = "id,iCalUId,seriesMasterId,type,subject,location,start,end,originalStartTimeZone," +
	"isAllDay,isCancelled,isOrganizer,responseStatus,showAs,sensitivity,categories,attendees"

// Event is an appointment as Microsoft Graph has it (its page "event resource
// type"). An Event, and all that its slices point to, is good only until the
// function that was given it returns: copy what is to be kept. So what people
// have written stays nowhere that nobody has put it.
type Event struct {
	ID     []byte // of this mailbox; the immutable one
	UID    []byte // iCalUId: the same in every attendee's calendar, another for each occurrence
	Series []byte // the id of the series that an occurrence belongs to, else nil
	Type   string // "singleInstance", "occurrence", "exception", "seriesMaster"

	// Start and End are in UTC, since that is asked for; an all-day event's are
	// midnights on the clock of nowhere in particular, whichever zone is asked
	// for, and end on the day after the last.
	Start, End DateTime
	AllDay     bool
	// Zone is originalStartTimeZone: a Windows or IANA name, or one that names
	// no zone, "tzone://Microsoft/Custom".
	Zone string

	ShowAs      string // "free", "tentative", "busy", "oof", "workingElsewhere", "unknown"; others pass
	Sensitivity string // "normal", "personal", "private", "confidential"; others pass
	Response    string // "none", "organizer", "tentativelyAccepted", "accepted", "declined", "notResponded"; others pass
	Cancelled   bool   // by the organizer, while the copy still stands here
	Organizer   bool   // the mailbox's owner called the meeting, or it is no meeting
	// Invited is how many people are invited besides rooms and equipment, as far
	// as this copy tells: a copy may hide who else is. -1 where it isn't said.
	Invited int

	Subject    []byte
	Place      []byte // location.displayName
	Categories [][]byte
}

// DateTime is a dateTimeTimeZone: what a clock shows, and where it hangs.
type DateTime struct {
	Clock time.Time // as if it were UTC; zero where it couldn't be read
	Zone  string    // "UTC", "W. Europe Standard Time", "Europe/Stockholm"
}

// At is the instant, in UTC. zone finds zones that aren't UTC by name; nil knows
// none. False means that the clock or the zone is unknown.
func (d DateTime) At(zone func(name string) (*time.Location, bool)) (time.Time, bool) {
	switch strings.ToLower(d.Zone) {
	case "utc", "", "tzone://microsoft/utc", "etc/utc", "gmt":
		return d.Clock, !d.Clock.IsZero()
	}
	if zone == nil || d.Clock.IsZero() {
		return time.Time{}, false
	}
	l, ok := zone(d.Zone)
	if !ok {
		return time.Time{}, false
	}
	c := d.Clock
	return time.Date(c.Year(), c.Month(), c.Day(), c.Hour(), c.Minute(), c.Second(), c.Nanosecond(), l).UTC(), true
}

// readEvent reads an event into the decoder's own.
func (d *decoder) readEvent() error {
	e := &d.event
	*e = Event{Invited: -1, Categories: e.Categories[:0]}
	d.text = d.text[:0]
	return d.members(func(name string) error { return d.eventMember(e, name) })
}

func (d *decoder) eventMember(e *Event, name string) (err error) {
	switch name {
	case "id":
		e.ID, err = d.bytes()
	case "iCalUId":
		e.UID, err = d.bytes()
	case "seriesMasterId":
		e.Series, err = d.bytes()
	case "subject":
		e.Subject, err = d.bytes()
	case "type":
		e.Type, err = d.word()
	case "start":
		e.Start, err = d.dateTime()
	case "end":
		e.End, err = d.dateTime()
	case "originalStartTimeZone":
		e.Zone, err = d.word()
	case "showAs":
		e.ShowAs, err = d.word()
	case "sensitivity":
		e.Sensitivity, err = d.word()
	case "isAllDay":
		e.AllDay, err = d.bool()
	case "isCancelled":
		e.Cancelled, err = d.bool()
	case "isOrganizer":
		e.Organizer, err = d.bool()
	default:
		return d.eventPart(e, name)
	}
	return err
}

// eventPart reads what has parts of its own.
func (d *decoder) eventPart(e *Event, name string) error {
	switch name {
	case "responseStatus":
		return d.only("response", func() (err error) { e.Response, err = d.word(); return err })
	case "location":
		return d.only("displayName", func() (err error) { e.Place, err = d.bytes(); return err })
	case "categories":
		return d.array(func() error {
			c, err := d.bytes()
			if c != nil {
				e.Categories = append(e.Categories, c)
			}
			return err
		})
	case "attendees":
		e.Invited = 0
		return d.array(func() error {
			who, err := d.dec.ReadValue()
			if err == nil && !isRoom(who) {
				e.Invited++
			}
			return err
		})
	}
	return d.dec.SkipValue()
}

// isRoom says whether an attendee is a room or equipment. Hardly any is, and
// there are more attendees than all else together: so they aren't taken apart.
func isRoom(attendee jsontext.Value) bool {
	if !bytes.Contains(attendee, []byte(`"resource"`)) {
		return false
	}
	var doc struct {
		Type string `json:"type"`
	}
	return json.Unmarshal(attendee, &doc, lenient) == nil && doc.Type == "resource"
}

// fields reads the members of an object, and skips what isn't one.
func (d *decoder) fields(at func(name string) error) error {
	if d.dec.PeekKind() != '{' {
		return d.dec.SkipValue()
	}
	return d.members(at)
}

// only reads one member of an object and skips the others.
func (d *decoder) only(wanted string, read func() error) error {
	return d.fields(func(name string) error {
		if name == wanted {
			return read()
		}
		return d.dec.SkipValue()
	})
}

// array reads an array's elements, and skips what isn't one.
func (d *decoder) array(read func() error) error {
	if d.dec.PeekKind() != '[' {
		return d.dec.SkipValue()
	}
	return d.elements(read)
}

// dateTime reads a dateTimeTimeZone.
func (d *decoder) dateTime() (DateTime, error) {
	var t DateTime
	err := d.fields(func(name string) (err error) {
		switch name {
		case "dateTime":
			mark := len(d.text)
			var b []byte
			b, err = d.bytes()
			t.Clock = parseClock(b)
			d.text = d.text[:mark]
		case "timeZone":
			t.Zone, err = d.word()
		default:
			err = d.dec.SkipValue()
		}
		return err
	})
	return t, err
}

// parseClock reads "2026-11-21T10:00:00.0000000", with or without fractions and
// a Z; zero for anything else.
func parseClock(b []byte) time.Time {
	const layout = "2006-01-02T15:04:05"
	if n := len(b); n > len(layout) && b[n-1] == 'Z' {
		b = b[:n-1]
	}
	for i := len(layout); i < len(b); i++ {
		if b[i] != '.' && (b[i] < '0' || b[i] > '9') {
			return time.Time{}
		}
	}
	if len(b) < len(layout) {
		return time.Time{}
	}
	t, err := time.Parse(layout, string(b[:len(layout)]))
	if err != nil {
		return time.Time{}
	}
	return t
}
