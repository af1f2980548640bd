package m365

import (
	"encoding/base64"
	"slices"
	"strings"
	"time"
)

// shownItem is a calendar item while it is written.
type shownItem struct {
	c      *ewsCall
	p      *Person // in whose calendar it stands
	box    *Mailbox
	right  ExchangeRight // the caller's
	e      *Event
	whole  bool // GetItem: with what FindItem leaves out
	masked bool // the caller is not told what it is
}

// item writes a calendar item.
func (c *ewsCall) item(s shownItem, w *shapeWanted) {
	s.c = c
	s.masked = s.masked || c.hides(s.e, s.right) && c.x.private() == privateMasked
	c.out.open("t:CalendarItem")
	c.out.empty("t:ItemId", "Id", itemID(s.p.ID, s.e.ID), "ChangeKey", s.e.changeKey())
	for i := range itemFields {
		if f := &itemFields[i]; w.wants(f, c.schema) && (s.whole || !f.alone) {
			f.write(&s)
		}
	}
	c.out.close("t:CalendarItem")
}

// hides says whether an item is private to others, and the caller one of them.
func (c *ewsCall) hides(e *Event, right ExchangeRight) bool {
	return e.Sensitivity == "private" && !right.atLeast(RightFullAccess)
}

func (x *Exchange) private() private { return x.release.private }

func (s *shownItem) text(name, value string) { s.c.out.text("t:"+name, value) }

func (s *shownItem) flag(name string, value bool) { s.c.out.flag("t:"+name, value) }

func (s *shownItem) time(name string, at time.Time) { s.text(name, s.c.instant(at)) }

// instant is a time as UTC, or in the zone of TimeZoneContext with its offset.
func (c *ewsCall) instant(at time.Time) string {
	if c.zone == nil {
		return at.UTC().Format("2006-01-02T15:04:05Z")
	}
	return at.In(c.zone).Format("2006-01-02T15:04:05-07:00")
}

// short is a text as FindItem cuts it.
func (s *shownItem) short(text string) string {
	if s.whole {
		return text
	}
	n := 0
	for i := range text {
		if n++; n > 255 || i > 512 {
			return text[:i]
		}
	}
	return text
}

func (s *shownItem) parent() {
	s.c.out.empty("t:ParentFolderId", "Id", folderID(s.p.ID, calendarFolder), "ChangeKey", folderKey)
}

// privateTitles are what stands in place of a private subject, by language.
var privateTitles = map[string]string{
	"sv": "Privat avtalad tid", "da": "Privat aftale", "nb": "Privat avtale", "de": "Privater Termin", "fr": "Rendez-vous privé",
	"nl": "Privéafspraak", "fi": "Yksityinen tapaaminen",
}

func (s *shownItem) subject() {
	if !s.masked {
		s.text("Subject", s.short(s.e.Subject))
		return
	}
	word, known := privateTitles[languageOf(s.p)]
	if !known {
		word = "Private Appointment"
	}
	s.text("Subject", word)
}

// sensitivity is there where it is not normal; Exchange tells it always.
func (s *shownItem) sensitivity() {
	word := title(s.e.Sensitivity)
	if !slices.Contains(sensitivityWords, s.e.Sensitivity) {
		word = "Normal" // the schema has no other words
	}
	s.text("Sensitivity", word)
}

func (s *shownItem) body() {
	if !s.masked {
		s.c.out.text("t:Body", s.e.Body, "BodyType", "Text")
	}
}

func (s *shownItem) textBody() {
	if !s.masked {
		s.c.out.text("t:TextBody", s.e.Body, "BodyType", "Text")
	}
}

func (s *shownItem) categories() {
	if len(s.e.Categories) == 0 || s.masked {
		return
	}
	s.c.out.open("t:Categories")
	for _, category := range s.e.Categories {
		s.text("String", category)
	}
	s.c.out.close("t:Categories")
}

func (s *shownItem) location() {
	if !s.masked && s.e.Location != "" {
		s.text("Location", s.short(s.e.Location))
	}
}

func (s *shownItem) enhancedLocation() {
	if s.masked || s.e.Location == "" {
		return
	}
	s.c.out.open("t:EnhancedLocation")
	s.text("DisplayName", s.e.Location)
	s.text("Annotation", "")
	s.c.out.open("t:PostalAddress")
	s.text("Type", "Business")
	s.text("LocationSource", "None")
	s.c.out.close("t:PostalAddress")
	s.c.out.close("t:EnhancedLocation")
}

// uid is the same for all occurrences of a series.
func (s *shownItem) uid() string {
	if len(s.e.UID) < 40 {
		return s.e.UID
	}
	return s.e.UID[:32] + "00000000" + s.e.UID[40:]
}

func (s *shownItem) recurrenceID() {
	if s.e.Type == exception {
		s.time("RecurrenceId", s.e.original)
	}
}

func (s *shownItem) originalStart() {
	if s.e.Type == exception {
		s.time("OriginalStart", s.e.original)
	}
}

func (s *shownItem) meeting() bool { return len(s.e.Attendees) > 0 || s.e.invited() }

// response is MyResponseType; appointments without others have none.
func (s *shownItem) response() {
	words := map[string]string{
		"organizer": "Organizer", TentativelyAccepted: "Tentative", Accepted: "Accept", Declined: "Decline", "notResponded": "NoResponseReceived",
	}
	word, known := words[s.e.Response]
	if !known {
		word = "Unknown"
	}
	s.text("MyResponseType", word)
}

// organizer has a name alone, and in GetItem an address.
func (s *shownItem) organizer() {
	if s.masked {
		return
	}
	address := s.e.Organizer
	if address == "" {
		address = s.p.address()
	}
	s.c.out.open("t:Organizer")
	s.recipient(address)
	s.c.out.close("t:Organizer")
}

func (s *shownItem) recipient(address string) {
	name := address
	if p, err := s.c.x.t.livePerson(address); err == nil {
		name = p.DisplayName
	}
	s.c.out.open("t:Mailbox")
	s.text("Name", name)
	if s.whole {
		s.text("EmailAddress", address)
		s.text("RoutingType", "SMTP")
	}
	s.c.out.close("t:Mailbox")
}

func (s *shownItem) attendees() {
	if s.masked || len(s.e.Attendees) == 0 {
		return
	}
	s.c.out.open("t:RequiredAttendees")
	for _, address := range s.e.Attendees {
		s.c.out.open("t:Attendee")
		s.recipient(address)
		s.c.out.close("t:Attendee")
	}
	s.c.out.close("t:RequiredAttendees")
}

// names are those of the people invited.
func (s *shownItem) names() string {
	if s.masked {
		return ""
	}
	return strings.Join(s.e.Attendees, "; ")
}

func (s *shownItem) duration() {
	s.text("Duration", xsdDuration(s.e.End.Sub(s.e.Start)))
}

// state is AppointmentState: bits of meeting, received and cancelled.
func (s *shownItem) state() {
	n := 0
	if s.meeting() {
		n |= 1
	}
	if s.e.invited() {
		n |= 2
	}
	if s.e.Cancelled {
		n |= 4
	}
	s.c.out.count("t:AppointmentState", n)
}

func (s *shownItem) zoneText() {
	_, name := s.c.zoneNamed(s.zoneName())
	s.text("TimeZone", name)
}

// zone writes StartTimeZone or EndTimeZone: 2010 in full, later ones by name
// where it is one that every Windows has.
func (s *shownItem) zone(tag string) {
	id, name := s.c.zoneNamed(s.zoneName())
	if id != "" && s.c.x.release.schema >= schema2013 {
		s.c.out.empty(tag, "Name", name, "Id", id)
		return
	}
	if id == "" {
		id = customZone
	}
	if loc, ok := s.box.place(s.e.Zone); ok {
		s.c.zoneDefinition(tag, id, name, loc)
	}
}

// zoneName is the zone of the event, "" for one that has no name.
func (s *shownItem) zoneName() string {
	switch s.e.Zone {
	case customZone, customizedZone:
		return ""
	case "":
		return s.box.Zone
	}
	return s.e.Zone
}

// locale is the language of the mailbox, "sv-SE".
func (s *shownItem) locale() string {
	if s.p.PreferredLanguage == "" {
		return "sv-SE"
	}
	return s.p.PreferredLanguage
}

// languageOf is the language a mailbox was first opened in, "sv".
func languageOf(p *Person) string {
	if p.PreferredLanguage == "" {
		return "sv"
	}
	language, _, _ := strings.Cut(strings.ToLower(p.PreferredLanguage), "-")
	if language == "no" {
		return "nb"
	}
	return language
}

// ewsIDPrefix begins ids of Exchange's, "AAMk…".
var ewsIDPrefix = []byte{0x00, 0x03, 0x24}

// ewsID is an id of a folder ('f') or an item ('i') in a person's mailbox.
func ewsID(kind byte, person string, rest []byte) string {
	b := append(append([]byte(nil), ewsIDPrefix...), kind, byte(len(person)))
	return base64.StdEncoding.EncodeToString(append(append(b, person...), rest...))
}

// readEWSID takes an id apart.
func readEWSID(kind byte, id string) (person string, rest []byte, ok bool) {
	b, err := base64.StdEncoding.DecodeString(id)
	if err != nil || len(b) < 5 || b[3] != kind || len(b) < 5+int(b[4]) {
		return "", nil, false
	}
	n := 5 + int(b[4])
	return string(b[5:n]), b[n:], true
}

// itemID is the id of an event of a person's.
func itemID(person, event string) string {
	b, err := base64.URLEncoding.DecodeString(event)
	if err != nil {
		return ""
	}
	return ewsID('i', person, b)
}

// eventOf is whose event an item's id means, and its id in the tenant.
func eventOf(id string) (person, event string, ok bool) {
	person, b, ok := readEWSID('i', id)
	return person, base64.URLEncoding.EncodeToString(b), ok
}
