package m365

import (
	"fmt"
	"time"
)

// habits are what a person always does the same way.
type habits struct {
	seed     uint64 // the person's own
	sweden   bool
	english  bool
	prefixes bool // writes SEM:, LUN: … before subjects, as the telephone wants it
	parent   bool
	announce bool // sends a holiday to all colleagues as an all-day meeting
	redDays  bool // has red days in the calendar
	lunch    lunchHabit
	off      time.Weekday // a day off every week; none = everyday
	home     time.Weekday // a day at home every week
	custom   bool         // another program makes entries in a zone of its own
	declined bool         // keeps what was declined
	zone     string       // Windows or IANA name
	hours    [2]string

	known        []absence // of the days since … until, once learnt
	since, until int
}

// everyday is no day of the week: nobody is off on it.
const everyday = time.Weekday(-1)

type lunchHabit int

const (
	noLunch     lunchHabit = iota
	plainSeries            // "Lunch" every day, a series
	plainLunch             // "Lunch" on some days
	markedLunch            // "LUN:" on some days
)

// habitsOf are a person's by id, where he works and the office's seed.
func habitsOf(seed uint64, id, country string) habits {
	h := habits{seed: fingerprint(id) ^ mix(seed), sweden: country == "" || country == "Sverige", off: everyday, home: everyday}
	d := throw(h.seed, 'h')
	h.english = country == "United Kingdom" || d.mille(60)
	h.prefixes = !h.english && d.mille(600)
	h.parent, h.announce, h.redDays = d.mille(300), d.mille(220), d.mille(200)
	switch k := d.n(100); {
	case k < 25:
		h.lunch = plainSeries
	case k < 45:
		h.lunch = plainLunch
	case k < 75 && h.prefixes:
		h.lunch = markedLunch
	}
	if d.mille(110) {
		h.off = one(&d, []time.Weekday{time.Friday, time.Friday, time.Monday, time.Wednesday})
	}
	if d.mille(250) {
		h.home = one(&d, []time.Weekday{time.Monday, time.Tuesday, time.Thursday, time.Friday, time.Friday})
	}
	if h.home == h.off {
		h.home = everyday
	}
	h.custom, h.declined = d.mille(30), d.mille(150)
	h.zone = zoneOf(&d, country)
	h.hours = one(&d, [][2]string{{"08:00", "17:00"}, {"08:00", "17:00"}, {"08:00", "16:30"}, {"07:00", "16:00"}, {"09:00", "18:00"}})
	return h
}

// zoneOf is where a mailbox says it is. Some have moved and some were set up
// wrong.
func zoneOf(d *dice, country string) string {
	switch k := d.n(1000); {
	case k < 20:
		return "Eastern Standard Time"
	case k < 40:
		return "FLE Standard Time"
	case k < 45:
		return "UTC"
	case k < 70:
		return "Romance Standard Time"
	case country == "United Kingdom":
		return "GMT Standard Time"
	case country == "Nederland" && k < 500:
		return "Europe/Amsterdam"
	case k < 120:
		return "Europe/Stockholm"
	}
	return defaultZone
}

func (h *habits) place() *time.Location {
	if loc, ok := zone(h.zone); ok {
		return loc
	}
	return time.UTC
}

// works says whether the person works on that day of the year at all.
func (h *habits) works(day int) bool { return workday(day, h.sweden) && weekday(day) != h.off }

// officeMailbox is what a person's mailbox is set to.
func (o *Office) officeMailbox(p Person) Mailbox {
	if p.Purpose != "user" {
		return Mailbox{}
	}
	h := habitsOf(o.seed, p.ID, p.Country)
	m := Mailbox{Zone: h.zone, KeepDeclined: h.declined, Hours: Hours{Start: h.hours[0], End: h.hours[1]}}
	for w := time.Monday; w <= time.Friday; w++ {
		if w != h.off {
			m.Hours.Days = append(m.Hours.Days, weekdays[w])
		}
	}
	d := throw(h.seed, 'm')
	if d.mille(12) {
		m.Hours.Custom = &CustomZone{Bias: -60, DaylightBias: -60,
			Standard: Transition{Month: 10, Occurrence: 5, Day: "sunday", Time: "03:00"},
			Daylight: Transition{Month: 3, Occurrence: 5, Day: "sunday", Time: "02:00"}}
	}
	if p.SyncEnabled != nil && *p.SyncEnabled && d.mille(150) {
		m.State = OnPremises
	}
	m.Replies = h.replies(o.t.now())
	return m
}

// replies are the automatic ones: of the absence that is or comes next, or
// forgotten since the summer.
func (h *habits) replies(now time.Time) Replies {
	loc := h.place()
	today := dayOf(now, loc)
	for _, a := range h.absences(today, today+14) {
		d := throw(h.seed, 'r', uint64(a.first))
		if !d.mille(700) || a.last-a.first < 2 || a.kind == sick || a.kind == childSick {
			continue
		}
		back := a.last + 1
		for !h.works(back) {
			back++
		}
		text := fmt.Sprintf("Jag är inte på kontoret och är tillbaka %s. Växeln hjälper gärna till.", dayName(back))
		if h.english {
			text = fmt.Sprintf("I am out of the office and back on %s.", dayName(back))
		}
		return Replies{Status: "scheduled", Start: instantAt(a.first, 0, loc), End: instantAt(back, 7*60, loc), Internal: text, External: text}
	}
	if d := throw(h.seed, 'R'); d.mille(8) {
		return Replies{Status: "alwaysEnabled", Internal: "Semester till den 10 augusti. Glad sommar!", External: "Semester till den 10 augusti. Glad sommar!"}
	}
	return Replies{Status: "disabled"}
}

// instantAt is a minute of a day by the wall clock of a place.
func instantAt(day, minute int, loc *time.Location) time.Time {
	y, m, d := dateOf(day).Date()
	return time.Date(y, m, d, 0, minute, 0, 0, loc)
}
