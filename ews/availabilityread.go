package ews

import (
	"fmt"
	"strings"
	"time"
)

// slot is how much time a digit of a MergedFreeBusy stands for.
const slot = 30 * time.Minute

// availabilityReader reads one answer of several, each for a part of the window.
type availabilityReader struct {
	q           AvailabilityQuery
	from, to    time.Time // the part
	first, last bool      // of the parts
	zone        *time.Location
	event       func(int, *BusyEvent)
	answers     []AvailabilityAnswer
	n           int // answers read
	e           BusyEvent
	text        []byte // behind e's slices
}

func (r *availabilityReader) read(a *answer) {
	if !a.is(messages, "GetUserAvailabilityResponse") {
		return
	}
	for d := a.depth(); a.child(d); {
		switch {
		case a.is(messages, "FreeBusyResponseArray"):
			for d := a.depth(); a.child(d); {
				if a.is(messages, "FreeBusyResponse") && r.n < len(r.answers) {
					r.mailbox(a)
					r.n++
				}
			}
		case a.is(messages, "ResponseMessage"): // for all of them
			if err := a.message(func() {}); err != nil {
				a.stop(err)
			}
		}
	}
}

// mailbox reads the answer for one. An error in one part of the window is one of all.
func (r *availabilityReader) mailbox(a *answer) {
	to := &r.answers[r.n]
	for d := a.depth(); a.child(d); {
		switch {
		case a.is(messages, "ResponseMessage"):
			if err := a.message(func() {}); err != nil && to.Err == nil {
				to.Err = err
			}
		case a.is(messages, "FreeBusyView"):
			r.view(a, to)
		}
	}
}

func (r *availabilityReader) view(a *answer, to *AvailabilityAnswer) {
	var merged string
	for d := a.depth(); a.child(d); {
		if a.space != types {
			continue
		}
		switch string(a.local) {
		case "FreeBusyViewType":
			v := View(strings.TrimSuffix(string(a.read()), "Merged"))
			if r.first || less(v, to.View) {
				to.View = v
			}
		case "MergedFreeBusy":
			if to.View == ViewMerged {
				merged = string(a.read())
			}
		case "CalendarEventArray":
			r.events(a)
		case "WorkingHours":
			if h := a.workingHours(); r.first {
				to.Hours = h
			}
		}
	}
	if merged != "" && to.Err == nil {
		r.digits(merged, a.server.elsewhere(r.q.Access.Version))
	}
}

// less is whether a view shows less than another.
func less(a, b View) bool {
	order := map[View]int{ViewNone: 0, ViewMerged: 1, ViewFreeBusy: 2, ViewDetailed: 3}
	return order[a] < order[b]
}

func (r *availabilityReader) events(a *answer) {
	for d := a.depth(); a.child(d); {
		if !a.is(types, "CalendarEvent") {
			continue
		}
		if r.one(a) && a.err == nil {
			r.tell()
		}
	}
}

// one reads an event into r.e. One whose times can't be read makes the whole
// mailbox unread.
func (r *availabilityReader) one(a *answer) bool {
	r.e, r.text = BusyEvent{}, r.text[:0]
	e, ok := &r.e, true
	for d := a.depth(); a.child(d); {
		switch string(a.local) {
		case "StartTime":
			ok = a.time(&e.Start, r.zone) && ok
		case "EndTime":
			ok = a.time(&e.End, r.zone) && ok
		case "BusyType":
			e.Show = show(a.read())
		case "CalendarEventDetails":
			r.details(a)
		}
	}
	ok = ok && !e.Start.IsZero() && !e.End.Before(e.Start)
	if !ok && r.answers[r.n].Err == nil {
		r.answers[r.n].Err = &Error{Op: a.op, Status: a.status, Server: a.server, Err: fmt.Errorf("%w: an event without its times", ErrIncomplete)}
	}
	return ok
}

func (r *availabilityReader) details(a *answer) {
	e := &r.e
	e.Details = true
	for d := a.depth(); a.child(d); {
		switch string(a.local) {
		case "ID":
			e.ID = r.keep(a.read())
		case "Subject":
			e.Subject = r.keep(a.read())
		case "Location":
			e.Location = r.keep(a.read())
		case "IsMeeting":
			e.Meeting = a.yes()
		case "IsRecurring":
			e.Recurring = a.yes()
		case "IsException":
			e.Exception = a.yes()
		case "IsPrivate":
			e.Private = a.yes()
		}
	}
	if e.Private { // whatever the server lets out
		e.Subject, e.Location = nil, nil
	}
}

// keep copies b to where it stays until the next event.
func (r *availabilityReader) keep(b []byte) []byte {
	n := len(r.text)
	r.text = append(r.text, b...)
	return r.text[n:len(r.text):len(r.text)]
}

// tell hands r.e over, unless the other part that it also stands in does.
func (r *availabilityReader) tell() {
	if !r.first && r.e.Start.Before(r.from) || !r.last && !r.e.Start.Before(r.to) {
		return
	}
	r.event(r.n, &r.e)
}

// digits hands over what is known only as one digit for each slot: as events of
// as many slots as have the same one.
func (r *availabilityReader) digits(merged string, elsewhere bool) {
	for i := 0; i < len(merged); {
		n := 1
		for i+n < len(merged) && merged[i+n] == merged[i] {
			n++
		}
		if s := digit(merged[i], elsewhere); s != Free {
			r.e = BusyEvent{Start: r.from.Add(time.Duration(i) * slot).UTC(), Show: s, Merged: true}
			r.e.End = r.e.Start.Add(time.Duration(n) * slot)
			r.tell()
		}
		i += n
	}
}

// digit is what a digit of a MergedFreeBusy means; 4 changed with Exchange 2013.
func digit(c byte, elsewhere bool) Show {
	switch {
	case c == '0':
		return Free
	case c == '1':
		return Tentative
	case c == '2':
		return Busy
	case c == '3':
		return OutOfOffice
	case c == '4' && elsewhere:
		return Elsewhere
	}
	return NoData
}

// show is a value without allocating those that are known.
func show(b []byte) Show {
	for _, s := range [...]Show{Busy, Free, Tentative, OutOfOffice, Elsewhere, NoData} {
		if string(b) == string(s) {
			return s
		}
	}
	return Show(clip(b))
}

func (s *scanner) yes() bool {
	b := s.read()
	return string(b) == "true" || string(b) == "1"
}

func (a *answer) workingHours() *WorkingHours {
	h := &WorkingHours{}
	for d := a.depth(); a.child(d); {
		switch string(a.local) {
		case "TimeZone":
			h.Zone = a.zoneRule()
		case "WorkingPeriodArray":
			for d := a.depth(); a.child(d); {
				h.Periods = append(h.Periods, a.workingPeriod())
			}
		}
	}
	return h
}

func (a *answer) workingPeriod() (p WorkingPeriod) {
	for d := a.depth(); a.child(d); {
		switch string(a.local) {
		case "DayOfWeek":
			for _, word := range strings.Fields(string(a.read())) {
				p.Days = append(p.Days, days(word)...)
			}
		case "StartTimeInMinutes":
			p.From = a.number()
		case "EndTimeInMinutes":
			p.To = a.number()
		}
	}
	return p
}

// days are those of one word of a list of days.
func days(word string) []time.Weekday {
	all := []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday, time.Sunday}
	switch word {
	case "Day":
		return all
	case "Weekday":
		return all[:5]
	case "WeekendDay":
		return all[5:]
	}
	if d, ok := weekday(word); ok {
		return []time.Weekday{d}
	}
	return nil
}
