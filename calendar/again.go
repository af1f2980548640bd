package calendar

import (
	"slices"

	"github.com/telefonist/telefonist/name"
)

// Again is what remains of an event that was kept earlier where k now keeps less,
// and whether it is kept at all. What was not kept then does not come back.
func (k Keep) Again(e Event) (Event, bool) {
	if e.Private() && k.Private == Ignore {
		return Event{}, false
	}
	if e.Private() && k.Private != Everything {
		e.Words, e.Categories, e.Subject, e.Place, e.Note = nil, nil, "", "", ""
		return e, true
	}
	e.Words, e.Categories = wanted(e.Words, k.Words), wanted(e.Categories, k.Categories)
	if !k.Subject {
		e.Subject = ""
	}
	if !k.Place {
		e.Place = ""
	}
	if !k.Note {
		e.Note = ""
	}
	return e, true
}

// Over is e without what is shared only until it ends.
func (e Event) Over() Event {
	e.Subject, e.Place, e.Note = "", "", ""
	return e
}

func wanted(have, now []string) []string {
	var left []string
	for _, h := range have {
		if slices.ContainsFunc(now, func(w string) bool { return name.Fold(w) == name.Fold(h) }) {
			left = append(left, h)
		}
	}
	return left
}
