package m365

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// stored is what is held and what everyday says of a mailbox in a window:
// singles and series, not their occurrences.
func (t *Tenant) stored(p *Person, from, to time.Time) []Event {
	t.cal.mu.RLock()
	b, everyday := t.cal.boxes[p.ID], t.cal.everyday.Events
	var out []Event
	hidden := map[string]bool{}
	if b != nil {
		for id, e := range b.events {
			out = append(out, *e)
			hidden[id] = true
		}
		for id := range b.gone {
			hidden[id] = true
		}
	}
	t.cal.mu.RUnlock()
	if everyday == nil {
		return out
	}
	m := t.mailbox(p)
	for _, e := range everyday(*p, from, to) {
		e = e.clone() // everyday may give the same again
		e.ID = everydayEventID(p.ID, e.ID, e.Start)
		if hidden[e.ID] {
			continue
		}
		e.UID = cmp.Or(e.UID, e.ID)
		if strings.EqualFold(e.Organizer, p.address()) {
			e.Organizer = ""
		}
		if settle(&e, &m) == nil {
			e.Created, e.Modified = p.CreatedDateTime, p.CreatedDateTime
			out = append(out, e)
		}
	}
	return out
}

// view is what the calendar shows between two instants.
func (t *Tenant) view(p *Person, m *Mailbox, from, to time.Time) []Event {
	var out []Event
	for _, e := range t.stored(p, from, to) {
		if e.Recurrence == nil {
			if e.overlaps(from, to) {
				out = append(out, e)
			}
			continue
		}
		if s, err := seriesOf(&e, m); err == nil {
			out = append(out, s.within(from, to)...)
		}
	}
	slices.SortFunc(out, func(a, b Event) int { return cmp.Or(a.Start.Compare(b.Start), strings.Compare(a.ID, b.ID)) })
	return out
}

// locate finds an event by id: what is held or everyday's, and of an
// occurrence its series and the day.
func (t *Tenant) locate(p *Person, m *Mailbox, id string) (*Event, *int, error) {
	parsed, ok := parseEventID(id)
	if !ok || parsed.box != hash64(p.ID) {
		return nil, nil, errNoEvent
	}
	plain := parsed.master()
	e := t.held(p, plain)
	if e == nil && parsed.everyday {
		start := time.Unix(int64(parsed.start), 0)
		for _, found := range t.stored(p, start, start.Add(time.Second)) {
			if found.ID == plain {
				e = &found
			}
		}
	}
	switch {
	case e == nil:
		return nil, nil, errNoEvent
	case !parsed.dated:
		return e, nil, nil
	}
	s, err := seriesOf(e, m)
	if e.Recurrence == nil || err != nil || !s.has(parsed.day) {
		return nil, nil, errNoEvent
	}
	return e, &parsed.day, nil
}

// held is an event of the mailbox that was added or changed.
func (t *Tenant) held(p *Person, id string) *Event {
	t.cal.mu.RLock()
	defer t.cal.mu.RUnlock()
	if b := t.cal.boxes[p.ID]; b != nil {
		return b.events[id]
	}
	return nil
}

// event is what an id stands for, an occurrence included.
func (t *Tenant) event(p *Person, m *Mailbox, id string) (Event, error) {
	e, day, err := t.locate(p, m, id)
	if err != nil || day == nil {
		if e == nil {
			e = &Event{}
		}
		return *e, err
	}
	s, err := seriesOf(e, m)
	if err != nil {
		return Event{}, err
	}
	o, there := s.on(*day)
	if !there {
		return Event{}, errNoEvent
	}
	return o, nil
}
