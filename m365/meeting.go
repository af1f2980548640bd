package m365

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"
)

// address is how others write to p.
func (p *Person) address() string {
	if p.Mail != "" {
		return p.Mail
	}
	return p.UserPrincipalName
}

// newUID is the UID of a new meeting.
func (t *Tenant) newUID() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return uidFrom(newGUID(t.rand))
}

// put holds an event in a mailbox under its id, a new one where it has none,
// and tells subscriptions.
func (t *Tenant) put(p *Person, e Event, kind string) *Event {
	now := t.now()
	t.cal.mu.Lock()
	if e.ID == "" {
		t.cal.number++
		e.ID = eventID{box: hash64(p.ID), number: t.cal.number}.String()
	}
	if e.Created.IsZero() {
		e.Created = now
	}
	t.cal.version++
	e.Modified, e.version = now, t.cal.version
	t.cal.box(p.ID).events[e.ID] = &e
	t.cal.mu.Unlock()
	t.tellEvent(p, &e, kind)
	return &e
}

// drop takes an event out of a mailbox.
func (t *Tenant) drop(p *Person, e *Event) {
	t.cal.mu.Lock()
	b := t.cal.box(p.ID)
	delete(b.events, e.ID)
	if id, ok := parseEventID(e.ID); ok && id.everyday {
		b.gone[e.ID] = true
	}
	t.cal.version++
	t.cal.mu.Unlock()
	t.tellEvent(p, e, "deleted")
}

// invite brings the copies of those invited to what the organizer's event is
// now. before is what it was, nil for a new one.
func (t *Tenant) invite(organizer *Person, before, now *Event) {
	if now.invited() {
		return
	}
	again := before != nil && moved(before, now)
	for _, to := range now.Attendees {
		p, m, err := t.open365(to)
		if err != nil || p.ID == organizer.ID {
			continue
		}
		c := invitation(organizer, now, to)
		mine := t.copyOf(&p, &m, now, before)
		if mine == nil {
			t.put(&p, c, "created")
			continue
		}
		c.ID, c.Created, c.Categories = mine.ID, mine.Created, mine.Categories
		if !again && now.Responses[to] == before.Responses[to] { // his own answer, and how he shows it, stay
			c.Response, c.ShowAs = mine.Response, mine.ShowAs
			if before.ShowAs != now.ShowAs {
				c.ShowAs = shownAs(now.ShowAs, c.Response)
			}
			c.keepExceptions(mine, before, now)
		}
		t.put(&p, c, "updated")
	}
	if before == nil {
		return
	}
	for _, left := range before.Attendees {
		if !slices.Contains(now.Attendees, left) {
			t.callOffFor(organizer, left, before)
		}
	}
}

// keepExceptions takes over what somebody invited did to single occurrences:
// took them out, answered them. Those that the organizer has just moved are to
// be answered again.
func (e *Event) keepExceptions(mine, before, now *Event) {
	for day, x := range mine.Exceptions {
		o, old := e.Exceptions[day], before.Exceptions[day]
		switch {
		case o == nil || x == nil && old != nil:
			e.exceptOn(day, x)
		case x != nil && old != nil && !moved(old, now.Exceptions[day]):
			own := *o
			own.Response, own.ShowAs, own.Categories = x.Response, x.ShowAs, x.Categories
			e.exceptOn(day, &own)
		}
	}
}

// invitation is the copy of an event that somebody invited gets.
func invitation(organizer *Person, e *Event, to string) Event {
	c := e.clone()
	c.ID, c.Organizer, c.Responses, c.Created, c.Categories = "", organizer.address(), nil, time.Time{}, nil
	c.Response = "notResponded"
	if given := e.Responses[to]; given != "" {
		c.Response = given
	}
	c.ShowAs = shownAs(e.ShowAs, c.Response)
	for day, x := range c.Exceptions {
		if x == nil { // who is invited sees that one was called off
			continue
		}
		x.Organizer, x.Response = c.Organizer, c.Response
		x.ShowAs = shownAs(x.ShowAs, c.Response)
		c.Exceptions[day] = x
	}
	return c
}

// shownAs is how a meeting shows in the calendar of who answered so: as
// tentative until he accepts, unless it would be free anyway.
func shownAs(showAs, response string) string {
	switch {
	case response == Declined:
		return "free"
	case response != Accepted && showAs != "free":
		return "tentative"
	}
	return showAs
}

// copyOf is the copy of a meeting in the mailbox of somebody invited.
func (t *Tenant) copyOf(p *Person, m *Mailbox, now, before *Event) *Event {
	from, to := now.Start, now.End
	if before != nil {
		from, to = before.Start, before.End
	}
	for _, e := range t.stored(p, from, to.Add(time.Second)) {
		if e.UID == now.UID {
			return &e
		}
	}
	return nil
}

// callOff tells all who were invited that a meeting is cancelled.
func (t *Tenant) callOff(organizer *Person, e *Event) {
	if e.invited() {
		return
	}
	for _, to := range e.Attendees {
		t.callOffFor(organizer, to, e)
	}
}

func (t *Tenant) callOffFor(organizer *Person, to string, e *Event) {
	p, m, err := t.open365(to)
	if err != nil || p.ID == organizer.ID {
		return
	}
	mine := t.copyOf(&p, &m, e, e)
	if mine == nil {
		return
	}
	c := mine.clone()
	c.cancel()
	t.put(&p, c, "updated")
}

// cancel makes e what stands in a calendar of a meeting that was called off.
func (e *Event) cancel() {
	e.Cancelled, e.ShowAs = true, "free"
	if !strings.HasPrefix(e.Subject, canceledPrefix) {
		e.Subject = canceledPrefix + e.Subject
	}
	for _, x := range e.Exceptions {
		if x != nil {
			x.cancel()
		}
	}
}

// canceledPrefix is what Exchange puts before the subject.
const canceledPrefix = "Canceled: "

// callOffDay tells them that one occurrence is.
func (t *Tenant) callOffDay(organizer *Person, e *Event, day int) {
	if e.invited() {
		return
	}
	for _, to := range e.Attendees {
		p, m, err := t.open365(to)
		if err != nil || p.ID == organizer.ID {
			continue
		}
		mine := t.copyOf(&p, &m, e, e)
		if mine == nil {
			continue
		}
		c := mine.clone()
		if changeOccurrence(&c, &m, day, func(o *Event) error { o.cancel(); return nil }) == nil {
			t.put(&p, c, "updated")
		}
	}
}

// Respond answers an invitation: Accepted, TentativelyAccepted or Declined, of
// a meeting, a series or one occurrence. A meeting that is declined leaves the
// calendar, unless the mailbox keeps such. The organizer in the tenant hears
// of it.
func (t *Tenant) Respond(mailbox, id, response string) error {
	if !slices.Contains([]string{Accepted, TentativelyAccepted, Declined}, response) {
		return fmt.Errorf("m365: no such answer: %q", clip(response))
	}
	t.cal.change.Lock()
	defer t.cal.change.Unlock()
	p, m, err := t.open365(mailbox)
	if err != nil {
		return err
	}
	e, day, err := t.locate(&p, &m, id)
	if err != nil {
		return err
	}
	if !e.invited() {
		return errOwnMeeting
	}
	t.answer(&p, &m, e, day, response)
	return nil
}

var errOwnMeeting = fmt.Errorf("m365: your request can't be completed: you are the meeting's organizer")

func (t *Tenant) answer(p *Person, m *Mailbox, e *Event, day *int, response string) {
	original := t.original(e)
	shown := e.ShowAs
	switch {
	case original != nil:
		shown = original.ShowAs
	case shown == "tentative": // what it was before it waited for an answer
		shown = "busy"
	}
	reply := func(o *Event) error {
		o.Response, o.ShowAs = response, shownAs(shown, response)
		return nil
	}
	c := e.clone()
	switch {
	case day != nil && response == Declined && !m.KeepDeclined:
		c.except(*day, nil)
		t.put(p, c, "updated")
	case day != nil:
		if changeOccurrence(&c, m, *day, reply) == nil {
			t.put(p, c, "updated")
		}
	case response == Declined && !m.KeepDeclined:
		t.drop(p, e)
	default:
		reply(&c)
		t.put(p, c, "updated")
	}
	if original != nil && day == nil {
		t.hear(e.Organizer, original, p, response)
	}
}

// original is the organizer's own event of a copy, where he is in the tenant.
func (t *Tenant) original(e *Event) *Event {
	p, m, err := t.open365(e.Organizer)
	if err != nil {
		return nil
	}
	return t.copyOf(&p, &m, e, e)
}

// hear notes an answer in the organizer's event.
func (t *Tenant) hear(organizer string, original *Event, from *Person, response string) {
	p, _, err := t.open365(organizer)
	if err != nil {
		return
	}
	c := original.clone()
	if c.Responses == nil {
		c.Responses = map[string]string{}
	}
	for _, to := range c.Attendees {
		if other, err := t.livePerson(to); err == nil && other.ID == from.ID {
			c.Responses[to] = response
		}
	}
	t.put(&p, c, "updated")
}

// tellEvent tells subscriptions of the mailbox.
func (t *Tenant) tellEvent(p *Person, e *Event, kind string) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	for _, f := range t.notify {
		f(change{set: "events", owner: p.ID, id: e.ID, kind: kind, etag: e.etag()})
	}
}

// changeKey changes with every change of the event.
func (e *Event) changeKey() string {
	b := binary.BigEndian.AppendUint64([]byte("m365"), hash64(e.ID))
	return base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint64(b, e.version))
}

func (e *Event) etag() string { return `W/"` + e.changeKey() + `"` }
