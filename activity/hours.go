package activity

import (
	"cmp"
	"time"

	"github.com/telefonist/telefonist/calendar"
)

// Hours say when a person works. They close the telephone only where the
// organization has turned that on; "back" looks at them always.
type Hours struct {
	// Week are the working spans of each weekday, Monday first. Odd, where it is
	// set, holds in odd weeks (ISO 8601) and Week in even ones.
	Week [7][]Shift  `json:"week"`
	Odd  *[7][]Shift `json:"odd,omitempty"`
}

// Shift is a working span of a day, in minutes after midnight; To beyond 1440
// ends on the next day, at 2880 at the latest.
type Shift struct {
	From int `json:"from"`
	To   int `json:"to"`
}

// OfficeHours are Monday to Friday between two times.
func OfficeHours(from, to int) Hours {
	var h Hours
	for d := range 5 {
		h.Week[d] = []Shift{{from, to}}
	}
	return h
}

// FromOutlook are the hours that stand in a mailbox, nil where none do.
func FromOutlook(o calendar.Hours) *Hours {
	if len(o.Days) == 0 || o.To <= o.From {
		return nil
	}
	var h Hours
	for _, d := range o.Days {
		h.Week[(d+6)%7] = []Shift{{o.From, o.To}}
	}
	return &h
}

// FirstHours are the first of several that are set: a person's, those of her groups
// in the administrator's order, those in Outlook where they count, the organization's.
// nil where none are.
func FirstHours(all ...*Hours) *Hours {
	for _, h := range all {
		if h != nil {
			return h
		}
	}
	return nil
}

// FreeDays are the days on which nobody works whatever the weekday.
type FreeDays struct {
	// Country is whose public holidays count: SE, NO, NL, DE, GB; "" none.
	Country string `json:"country,omitempty"`
	// Halves has the country's half days (trettondagsafton, skärtorsdag …) end at
	// HalfEnds, minutes after midnight, 0 for noon.
	Halves   bool `json:"halves,omitempty"`
	HalfEnds int  `json:"halfEnds,omitempty"`
	// Own are the organization's closed days, with their names. They come before
	// the country's: one that Ends at 1440 makes a working day of a holiday.
	Own []FreeDay `json:"own,omitempty"`
}

// FreeDay is a closed day, or one that ends early.
type FreeDay struct {
	Date calendar.Date `json:"date"`
	Name string        `json:"name,omitempty"` // of an organization's own
	Ends int           `json:"ends,omitempty"` // minutes after midnight where it is half a day, 0 for a whole one
	// Names are those of a public holiday, by language ("sv", "en").
	Names map[string]string `json:"names,omitempty"`
}

// In is the day's name in a language, in English where it has none in that.
func (d FreeDay) In(language string) string {
	return cmp.Or(d.Name, d.Names[language], d.Names["en"])
}

// Interval is from and including From up to To.
type Interval struct {
	From, To time.Time
}
