package ews

import (
	"bytes"
	"strconv"
	"strings"
	"time"
)

// Item is an event in a calendar, an occurrence where it is of a series. It, and
// what its slices point to, is good only until the function that was given it
// returns: copy what is to be kept. So what people have written stays nowhere
// that nobody has put it.
type Item struct {
	ID  []byte // of this occurrence, in this mailbox; another after a move to another folder
	UID []byte // the same in every attendee's calendar, and for all occurrences of a series
	// Subject and Location are as the server shows them to us, also those of what
	// is marked private: whether to look at them is the caller's to say.
	Subject, Location []byte
	Categories        [][]byte

	Start, End time.Time // in UTC; of an all-day event see Dates
	AllDay     bool

	Show        Show
	Sensitivity Sensitivity
	Response    Response // the mailbox's owner's
	Type        ItemType
	Recurring   bool // of a series
	Cancelled   bool // by the organizer, while the copy still stands here
	Meeting     bool // others are invited

	// Zone is the Windows name of the zone it was made in, "W. Europe Standard
	// Time", "" where not known; before Exchange 2010 it may be any name.
	Zone string
	// ZoneText is how a person would read it, "(UTC+01:00) Amsterdam, Berlin", in
	// whichever language.
	ZoneText string

	offset   time.Duration // of Zone in winter, as a meeting of 2007 has it
	offsetOK bool
}

// Sensitivity is how an event is marked; one that isn't there is normal.
type Sensitivity string

// The values.
const (
	Normal       Sensitivity = "Normal"
	Personal     Sensitivity = "Personal"
	Private      Sensitivity = "Private"
	Confidential Sensitivity = "Confidential"
)

// Response is what the owner has answered to an invitation; others may come.
type Response string

// The values. Unknown is also that of what is no meeting.
const (
	ResponseUnknown Response = "Unknown"
	Organizer       Response = "Organizer"
	Accepted        Response = "Accept"
	TentativelySo   Response = "Tentative"
	Declined        Response = "Decline"
	NoResponse      Response = "NoResponseReceived"
)

// ItemType is what an event is of a series.
type ItemType string

// The values. A view of a calendar has no masters.
const (
	Single     ItemType = "Single"
	Occurrence ItemType = "Occurrence"
	Exception  ItemType = "Exception"
	Master     ItemType = "RecurringMaster"
)

// Dates are the first day of an all-day event and the day after its last, as
// midnights in UTC. The server only says which instants they were midnights at,
// in the zone where the event was made: zone is that zone if the caller knows it
// from Zone, or nil. Where it isn't known, or the event begins at no midnight in
// it, the offset that ZoneText shows is tried, winter and summer, and at last the
// nearest midnight in UTC is taken, which is right but for zones as far from it
// as New Zealand's.
func (i *Item) Dates(zone *time.Location) (first, after time.Time) {
	first, after = i.date(i.Start, zone), i.date(i.End, zone)
	if !after.After(first) {
		after = first.AddDate(0, 0, 1)
	}
	return first, after
}

func (i *Item) date(t time.Time, zone *time.Location) time.Time {
	const day = 24 * time.Hour
	if zone != nil {
		if local := asUTC(t.In(zone)); local.Equal(local.Truncate(day)) {
			return local
		}
	}
	offset, ok := i.offset, i.offsetOK
	if !ok {
		offset, ok = textOffset(i.ZoneText)
	}
	for _, summer := range [...]time.Duration{0, time.Hour} {
		if local := t.UTC().Add(offset + summer); ok && local.Equal(local.Truncate(day)) {
			return local
		}
	}
	return t.UTC().Add(day / 2).Truncate(day)
}

// asUTC is what t's clock shows, as if it were UTC.
func asUTC(t time.Time) time.Time {
	_, offset := t.Zone()
	return t.UTC().Add(time.Duration(offset) * time.Second)
}

// textOffset reads the offset at the head of a zone's text: "(UTC-05:00) …",
// "(GMT+01:00) …", "(UTC) …".
func textOffset(s string) (time.Duration, bool) {
	rest, ok := strings.CutPrefix(s, "(UTC")
	if !ok {
		rest, ok = strings.CutPrefix(s, "(GMT")
	}
	in, _, closed := strings.Cut(rest, ")")
	if !ok || !closed {
		return 0, false
	}
	if in == "" {
		return 0, true
	}
	t, err := time.Parse("-07:00", in)
	if err != nil {
		return 0, false
	}
	_, offset := t.Zone()
	return time.Duration(offset) * time.Second, true
}

// itemReader reads items, one after the other into the same.
type itemReader struct {
	i     Item
	text  []byte            // behind i's slices
	zones map[string]string // texts of zones met before
}

// read reads the CalendarItem just opened; false for one without its times.
func (r *itemReader) read(a *answer) bool {
	r.text = r.text[:0]
	r.i = Item{Categories: r.i.Categories[:0], Sensitivity: Normal}
	i, ok := &r.i, true
	for d := a.depth(); a.child(d); {
		if a.space != types {
			continue
		}
		switch string(a.local) {
		case "ItemId":
			i.ID = r.keep(a.attrBytes("Id"))
		case "Start":
			ok = a.time(&i.Start, time.UTC) && ok
		case "End":
			ok = a.time(&i.End, time.UTC) && ok
		case "IsAllDayEvent":
			i.AllDay = a.yes()
		case "LegacyFreeBusyStatus":
			i.Show = show(a.read())
		case "IsCancelled":
			i.Cancelled = a.yes()
		case "IsMeeting":
			i.Meeting = a.yes()
		case "IsRecurring":
			i.Recurring = a.yes()
		default:
			r.words(a)
		}
	}
	return ok && !i.Start.IsZero() && !i.End.Before(i.Start)
}

// words reads what is text, or one of a few.
func (r *itemReader) words(a *answer) {
	i := &r.i
	switch string(a.local) {
	case "Subject":
		i.Subject = r.keep(a.read())
	case "Location":
		i.Location = r.keep(a.read())
	case "UID":
		i.UID = r.keep(a.read())
	case "Categories":
		for d := a.depth(); a.child(d); {
			i.Categories = append(i.Categories, r.keep(a.read()))
		}
	case "Sensitivity":
		i.Sensitivity = one(a.read(), Normal, Private, Personal, Confidential)
	case "MyResponseType":
		i.Response = one(a.read(), Organizer, Accepted, ResponseUnknown, TentativelySo, Declined, NoResponse)
	case "CalendarItemType":
		i.Type = one(a.read(), Single, Occurrence, Exception, Master)
	case "TimeZone":
		i.ZoneText = r.zone(a.read())
	case "StartTimeZone":
		i.Zone = r.zone(a.attrBytes("Id"))
	case "MeetingTimeZone":
		if i.Zone == "" {
			i.Zone = r.zone(a.attrBytes("TimeZoneName"))
		}
		for d := a.depth(); a.child(d); {
			if a.is(types, "BaseOffset") {
				i.offset, i.offsetOK = duration(a.read())
				i.offset = -i.offset
			}
		}
	}
}

// keep copies b to where it stays until the next item.
func (r *itemReader) keep(b []byte) []byte {
	n := len(r.text)
	r.text = append(r.text, b...)
	return r.text[n:len(r.text):len(r.text)]
}

// zone is a text of which there are few, without allocating one met before.
func (r *itemReader) zone(b []byte) string {
	if s, ok := r.zones[string(b)]; ok {
		return s
	}
	s := clip(b)
	if r.zones == nil {
		r.zones = map[string]string{}
	}
	if len(r.zones) < 1000 {
		r.zones[string(b)] = s
	}
	return s
}

// one is b as the one of known it is, or as what it says.
func one[T ~string](b []byte, known ...T) T {
	for _, k := range known {
		if string(b) == string(k) {
			return k
		}
	}
	return T(clip(b))
}

// duration reads a duration of XML Schema without years and months: "-PT60M".
func duration(b []byte) (time.Duration, bool) {
	b, negative := bytes.CutPrefix(b, []byte("-"))
	b, ok := bytes.CutPrefix(b, []byte("P"))
	if !ok || len(b) == 0 {
		return 0, false
	}
	units := map[byte]time.Duration{'D': 24 * time.Hour}
	var sum time.Duration
	for len(b) > 0 {
		if b[0] == 'T' {
			b, units = b[1:], map[byte]time.Duration{'H': time.Hour, 'M': time.Minute, 'S': time.Second}
			continue
		}
		n := bytes.IndexFunc(b, func(r rune) bool { return r < '0' || r > '9' })
		if n < 1 || n > 6 || units[b[n]] == 0 {
			return 0, false
		}
		v, _ := strconv.Atoi(string(b[:n]))
		sum += time.Duration(v) * units[b[n]]
		b = b[n+1:]
	}
	if negative {
		sum = -sum
	}
	return sum, true
}
