package language

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Dutch is spoken to callers alone: activities and notes have it, pages don't.
const Dutch = "nl"

// NoteTags lists the languages of activities and notes.
func NoteTags() []string { return append(Tags(), Dutch) }

// ForNotes returns the printer in whose language an organization's callers are
// told activities: as [For], and Dutch besides. What is no activity, note or date
// has no text in Dutch.
func ForNotes(tag string) *Printer {
	base, _, _ := strings.Cut(strings.ToLower(strings.ReplaceAll(tag, "_", "-")), "-")
	if base == Dutch {
		return printers[Dutch]
	}
	return For(tag)
}

// Activity is the name of an activity by its key ("meeting"), as colleagues see
// it. names are the organization's own by language, which go before ours; one it
// made itself, and did not name in this language, has the name it has in another.
func (p *Printer) Activity(key string, names map[string]string) string {
	if name := names[p.tag]; name != "" {
		return name
	}
	if p.Has("activity." + key) {
		return p.T("activity." + key)
	}
	for _, tag := range append(NoteTags(), slices.Sorted(maps.Keys(names))...) {
		if names[tag] != "" {
			return names[tag]
		}
	}
	return key
}

// Outside is the name of an activity as callers and switchboards get it. outside
// and names are the organization's own. A new name for colleagues becomes the one
// for callers, too, unless we keep those apart: who works from home is available
// to callers whatever that is called within.
func (p *Printer) Outside(key string, outside, names map[string]string) string {
	if name := outside[p.tag]; name != "" {
		return name
	}
	own := "activity." + key + ".outside"
	if p.Has(own) && (names[p.tag] == "" || p.T(own) != p.T("activity."+key)) {
		return p.T(own)
	}
	return p.Activity(key, names)
}

// State is an activity's name with the return: "Möte, åter 14:00", "…, åter i
// morgon 8:00", "…, åter måndag 8:00" (two to six days on), "…, åter 12 augusti",
// "…, åter tidigast 12 augusti", "…, tills vidare". kind is one of package
// activity's kinds of return: "" (reachable: the name alone), "time", "day" (no
// time is known), "earliest", "unknown". back is in the zone in which it is told,
// and now decides which day is today there; a day's is the beginning of that day
// where the person is.
func (p *Printer) State(name, kind string, back, now time.Time) string {
	if kind == "day" && !back.IsZero() {
		back = back.Add(12 * time.Hour) // midnight in Helsinki is the evening before in Stockholm
	}
	return p.T(returning(kind, back, now),
		Text("activity", name), Text("time", noteClock(back)), Text("weekday", p.Weekday(back)),
		Text("day", strconv.Itoa(back.Day())), Text("month", p.T("month."+strconv.Itoa(int(back.Month())))))
}

// returning is the key of a return's sentence.
func returning(kind string, back, now time.Time) string {
	family := "note.back."
	switch {
	case kind == "":
		return "note.back.none"
	case back.IsZero():
		return "note.back.unknown"
	}
	switch kind {
	case "earliest":
		return "note.back.earliest"
	case "day":
		family = "note.day."
	case "time":
	default:
		return "note.back.unknown"
	}
	switch n := days(back) - days(now.In(back.Location())); {
	case n == 0:
		return family + "today"
	case n == 1:
		return family + "tomorrow"
	case n >= 2 && n <= 6:
		return family + "weekday"
	}
	return "note.back.date"
}

// noteClock writes the time of day as it is said: "8:05", "14:00".
func noteClock(t time.Time) string { return strconv.Itoa(t.Hour()) + t.Format(":04") }
