package calendar

// Again is what remains of an event that was kept earlier where k now keeps less,
// and whether it is kept at all. What was not kept then does not come back.
func (k Keep) Again(e Event) (Event, bool) {
	if e.Private() && k.Private == Ignore {
		return Event{}, false
	}
	if k.hides(e) {
		if !has(k.Prefixes, e.Prefix) {
			e.Prefix, e.Mark = "", ""
		}
		e.Words, e.Categories, e.Subject, e.Place, e.Note = nil, nil, "", "", ""
		return e, true
	}
	e.Words, e.Categories = among(e.Words, k.Words), among(e.Categories, k.Categories)
	if !k.Subject {
		e.Subject = ""
	}
	if !k.Place {
		e.Place = ""
	}
	if !k.Note || e.Private() {
		e.Note = ""
	}
	return e, true
}

// Over is e without what is shared only until it ends.
func (e Event) Over() Event {
	e.Subject, e.Place, e.Note = "", "", ""
	return e
}
