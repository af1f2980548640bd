package m365

import (
	"cmp"
	"encoding/json"
	"html"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// lens is how a caller sees a mailbox's events: what he asked for by Prefer,
// and whose they are.
type lens struct {
	t         *Tenant
	owner     *Person
	mailbox   *Mailbox
	loc       *time.Location // of start and end
	zone      string         // its name, as asked
	plain     bool           // bodies as text
	immutable bool           // ids that survive a move
}

// sight is an event through a lens.
type sight struct {
	*Event
	*lens
}

func (l *lens) id(id string) string {
	if l.immutable {
		return immutableID(id)
	}
	return id
}

// moment writes an instant as dateTimeTimeZone.
func (l *lens) moment(b []byte, t time.Time) []byte {
	b = append(b, `{"dateTime":"`...)
	b = t.In(l.loc).AppendFormat(b, graphTime)
	b = append(b, `","timeZone":`...)
	return append(appendQuoted(b, l.zone), '}')
}

// clock writes when an event begins or ends. Those of whole days are midnights of
// the event's own zone under the name of the zone that is asked for, whichever
// that is (microsoftgraph/microsoft-graph-docs, issues 1802 and 6003: by design).
func (s sight) clock(b []byte, t time.Time) []byte {
	if own, ok := s.mailbox.place(s.Zone); ok && s.AllDay {
		l := *s.lens
		l.loc = own
		return l.moment(b, t)
	}
	return s.moment(b, t)
}

// person writes an emailAddress, with the name of who has it in the tenant.
// The tenant's mu is held.
func (l *lens) person(b []byte, address string) []byte {
	name := address
	if r := l.t.byAddress(address); r != nil {
		name = cmp.Or(r.value.DisplayName, address)
	}
	b = append(b, `"emailAddress":{"name":`...)
	b = appendQuoted(b, name)
	b = append(b, `,"address":`...)
	return append(appendQuoted(b, address), '}')
}

// noTime is the time of an answer that was never given.
const noTime = `"0001-01-01T00:00:00Z"`

// word is a property of text that is never null.
func word(name string, value func(sight) string) prop[sight] {
	return prop[sight]{name, true, func(b []byte, s *sight) []byte { return appendQuoted(b, value(*s)) }}
}

func truth(name string, value func(sight) bool) prop[sight] {
	return prop[sight]{name, true, func(b []byte, s *sight) []byte { return strconv.AppendBool(b, value(*s)) }}
}

func part(name string, write func([]byte, sight) []byte) prop[sight] {
	return prop[sight]{name, true, func(b []byte, s *sight) []byte { return write(b, *s) }}
}

// bodyProps are what Calendars.ReadBasic.All does not show.
var bodyProps = []string{"body", "bodyPreview", "hasAttachments"}

var events = newSchema("events", "#microsoft.graph.event", []prop[sight]{
	word("id", func(s sight) string { return s.id(s.ID) }),
	part("createdDateTime", func(b []byte, s sight) []byte { return appendPrecise(b, s.Created) }),
	part("lastModifiedDateTime", func(b []byte, s sight) []byte { return appendPrecise(b, s.Modified) }),
	word("changeKey", func(s sight) string { return s.changeKey() }),
	part("categories", func(b []byte, s sight) []byte { return appendTexts(b, s.Categories) }),
	constant[sight]("transactionId", true, "null"),
	word("originalStartTimeZone", func(s sight) string { return s.Zone }),
	word("originalEndTimeZone", func(s sight) string { return s.Zone }),
	word("iCalUId", func(s sight) string { return s.UID }),
	constant[sight]("reminderMinutesBeforeStart", true, "15"),
	truth("isReminderOn", func(s sight) bool { return !s.AllDay && !s.Cancelled }),
	constant[sight]("hasAttachments", true, "false"),
	word("subject", func(s sight) string { return s.Subject }),
	word("bodyPreview", func(s sight) string { return preview(s.Body) }),
	word("importance", func(s sight) string { return s.Importance }),
	word("sensitivity", func(s sight) string { return s.Sensitivity }),
	truth("isAllDay", func(s sight) bool { return s.AllDay }),
	truth("isCancelled", func(s sight) bool { return s.Cancelled }),
	truth("isOrganizer", func(s sight) bool { return !s.invited() }),
	constant[sight]("responseRequested", true, "true"),
	part("seriesMasterId", writeMaster),
	word("showAs", func(s sight) string { return s.ShowAs }),
	word("type", func(s sight) string { return s.Type }),
	word("webLink", func(s sight) string {
		return "https://outlook.office365.com/owa/?itemid=" + url.QueryEscape(s.ID) + "&exvsurl=1&path=/calendar/item"
	}),
	constant[sight]("onlineMeetingUrl", true, "null"),
	truth("isOnlineMeeting", func(s sight) bool { return s.Online }),
	part("onlineMeetingProvider", writeProvider),
	constant[sight]("allowNewTimeProposals", true, "true"),
	part("occurrenceId", writeOccurrenceID),
	constant[sight]("isDraft", true, "false"),
	constant[sight]("hideAttendees", true, "false"),
	part("responseStatus", func(b []byte, s sight) []byte { return writeStatus(b, s.Response, s.Modified) }),
	part("body", writeBody),
	part("start", func(b []byte, s sight) []byte { return s.clock(b, s.Start) }),
	part("end", func(b []byte, s sight) []byte { return s.clock(b, s.End) }),
	part("location", func(b []byte, s sight) []byte { return writeLocation(b, s.Location) }),
	part("locations", writeLocations),
	part("recurrence", writeRecurrence),
	part("attendees", writeAttendees),
	part("organizer", func(b []byte, s sight) []byte {
		return append(s.person(append(b, '{'), cmp.Or(s.Organizer, s.owner.address())), '}')
	}),
	part("onlineMeeting", writeMeeting),
	{"originalStart", false, func(b []byte, s *sight) []byte { return appendTime(b, s.original) }},
	{"cancelledOccurrences", false, writeTakenOut},
})

// appendPrecise writes a time with the seven digits Exchange has.
func appendPrecise(b []byte, t time.Time) []byte {
	b = append(b, '"')
	b = t.UTC().AppendFormat(b, "2006-01-02T15:04:05.0000000Z")
	return append(b, '"')
}

// preview is the beginning of a body.
func preview(body string) string {
	runes := []rune(body)
	return string(runes[:min(len(runes), 255)])
}

func writeMaster(b []byte, s sight) []byte {
	if s.Master == "" {
		return append(b, "null"...)
	}
	return appendQuoted(b, s.id(s.Master))
}

func writeOccurrenceID(b []byte, s sight) []byte {
	if s.Master == "" {
		return append(b, "null"...)
	}
	return appendQuoted(b, "OID."+s.id(s.Master)+"."+dayName(s.day))
}

// writeTakenOut writes the occurrences of a series that are no more.
func writeTakenOut(b []byte, s *sight) []byte {
	out := []string{}
	for _, day := range sortedKeys(s.Exceptions) {
		if s.Exceptions[day] == nil {
			out = append(out, "OID."+s.id(s.ID)+"."+day)
		}
	}
	return appendTexts(b, out)
}

func writeProvider(b []byte, s sight) []byte {
	if s.Online {
		return append(b, `"teamsForBusiness"`...)
	}
	return append(b, `"unknown"`...)
}

func writeMeeting(b []byte, s sight) []byte {
	if !s.Online {
		return append(b, "null"...)
	}
	b = append(b, `{"joinUrl":`...)
	b = appendQuoted(b, "https://teams.microsoft.com/l/meetup-join/19%3ameeting_"+s.UID[80:]+"%40thread.v2/0")
	return append(b, `,"conferenceId":"291633251","tollNumber":"+46 8 555 010 01"}`...)
}

func writeStatus(b []byte, answer string, at time.Time) []byte {
	b = append(b, `{"response":`...)
	b = append(appendQuoted(b, answer), `,"time":`...)
	if answer == "organizer" || answer == "none" || answer == "notResponded" {
		b = append(b, noTime...)
	} else {
		b = appendTime(b, at)
	}
	return append(b, '}')
}

func writeBody(b []byte, s sight) []byte {
	if s.plain {
		return append(appendQuoted(append(b, `{"contentType":"text","content":`...), s.Body), '}')
	}
	content := ""
	if s.Body != "" {
		content = "<html><head></head><body><p>" + strings.ReplaceAll(html.EscapeString(s.Body), "\n", "<br>") + "</p></body></html>"
	}
	return append(appendQuoted(append(b, `{"contentType":"html","content":`...), content), '}')
}

func writeLocation(b []byte, name string) []byte {
	b = append(b, `{"displayName":`...)
	b = append(appendQuoted(b, name), `,"locationType":"default"`...)
	if name == "" {
		return append(b, `,"uniqueIdType":"unknown","address":{},"coordinates":{}}`...)
	}
	b = append(b, `,"uniqueId":`...)
	return append(appendQuoted(b, name), `,"uniqueIdType":"private"}`...)
}

func writeLocations(b []byte, s sight) []byte {
	b = append(b, '[')
	if s.Location != "" {
		b = writeLocation(b, s.Location)
	}
	return append(b, ']')
}

func writeAttendees(b []byte, s sight) []byte {
	b = append(b, '[')
	for i, to := range s.Attendees {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"type":"required","status":`...)
		b = append(writeStatus(b, cmp.Or(s.Responses[to], "none"), s.Modified), ',')
		b = append(s.person(b, to), '}')
	}
	return append(b, ']')
}

// graphPattern and graphRange are Graph's patternedRecurrence.
type graphPattern struct {
	Type       string   `json:"type"`
	Interval   int      `json:"interval"`
	Month      int      `json:"month"`
	DayOfMonth int      `json:"dayOfMonth"`
	Days       []string `json:"daysOfWeek,omitempty"`
	FirstDay   string   `json:"firstDayOfWeek"`
	Index      string   `json:"index"`
}

type graphRange struct {
	Type  string `json:"type"` // endDate, noEnd, numbered
	From  string `json:"startDate"`
	Until string `json:"endDate"`
	Zone  string `json:"recurrenceTimeZone"`
	Count int    `json:"numberOfOccurrences"`
}

type graphRecurrence struct {
	Pattern graphPattern `json:"pattern"`
	Range   graphRange   `json:"range"`
}

func writeRecurrence(b []byte, s sight) []byte {
	if s.Recurrence == nil {
		return append(b, "null"...)
	}
	series, err := seriesOf(s.Event, s.mailbox)
	if err != nil {
		return append(b, "null"...)
	}
	r := series.rule
	out := graphRecurrence{
		graphPattern{r.Type, r.Interval, 0, 0, nil, cmp.Or(r.FirstDay, "sunday"), cmp.Or(r.Index, "first")},
		graphRange{"noEnd", dayName(r.first), "0001-01-01", s.Zone, 0},
	}
	if strings.HasPrefix(r.Type, "absolute") {
		out.Pattern.DayOfMonth = r.DayOfMonth
	} else if r.Type != "daily" {
		for day, on := range r.days {
			if on {
				out.Pattern.Days = append(out.Pattern.Days, weekdays[day])
			}
		}
	}
	if strings.HasSuffix(r.Type, "Yearly") {
		out.Pattern.Month = r.Month
	}
	switch {
	case r.Count > 0:
		out.Range.Type, out.Range.Count = "numbered", r.Count
	case r.Until != "":
		out.Range.Type, out.Range.Until = "endDate", r.Until
	}
	text, err := json.Marshal(out)
	if err != nil { // numbers and texts: cannot happen
		return append(b, "null"...)
	}
	return append(b, text...)
}
