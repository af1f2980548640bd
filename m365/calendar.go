package m365

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// calendars are the mailboxes of a tenant. What Everyday says is asked of it
// anew each time; held is only what was added or changed.
type calendars struct {
	change sync.Mutex // one change at a time: between reading and writing, everyday is asked

	mu       sync.RWMutex // guards what follows; taken after change and after the tenant's
	boxes    map[string]*box
	everyday Everyday
	policy   policy
	number   uint64 // of the last event made
	version  uint64 // of the last change
}

// box is what is held of one mailbox. Events in it are never written to: a
// change puts another one in their place.
type box struct {
	settings *Mailbox
	events   map[string]*Event // by id; also everyday ones that were changed
	gone     map[string]bool   // ids of everyday ones that were deleted
}

// box is the mailbox of a person, made if there is none. mu is held.
func (c *calendars) box(person string) *box {
	b := c.boxes[person]
	if b == nil {
		b = &box{events: map[string]*Event{}, gone: map[string]bool{}}
		c.boxes[person] = b
	}
	return b
}

// AddEvent puts an event into a person's calendar and returns its id. Who of
// Attendees has a mailbox in the tenant gets a copy into his: its own id, the
// same UID, the answer that Responses has for him, shown as tentative until he
// has given one. With Organizer set to somebody else it is an invitation that
// arrived, and stands in this one calendar alone.
func (t *Tenant) AddEvent(mailbox string, e Event) (id string, err error) {
	t.cal.change.Lock()
	defer t.cal.change.Unlock()
	p, m, err := t.open365(mailbox)
	if err != nil {
		return "", err
	}
	e = e.clone()
	e.ID, e.version, e.Created = "", 0, time.Time{}
	if strings.EqualFold(e.Organizer, p.address()) {
		e.Organizer = ""
	}
	if e.UID == "" {
		e.UID = t.newUID()
	}
	t.addressed(&e)
	if err := settle(&e, &m); err != nil {
		return "", err
	}
	kept := t.put(&p, e, "created")
	t.invite(&p, nil, kept)
	return kept.ID, nil
}

// ChangeEvent lets f edit an event, or one occurrence of a series, which then
// is an exception. In the organizer's calendar that reaches all who are
// invited, who must answer again when the time is another; somebody invited
// changes his own copy alone. New times or another pattern of a series end its
// exceptions, unless f sets them too. f must not call the tenant's methods.
func (t *Tenant) ChangeEvent(mailbox, id string, f func(*Event)) error {
	t.cal.change.Lock()
	defer t.cal.change.Unlock()
	p, m, err := t.open365(mailbox)
	if err != nil {
		return err
	}
	return t.changeEvent(&p, &m, id, func(e *Event) error { f(e); return nil })
}

// changeEvent is ChangeEvent with what f refuses. change is held.
func (t *Tenant) changeEvent(p *Person, m *Mailbox, id string, f func(*Event) error) error {
	old, day, err := t.locate(p, m, id)
	if err != nil {
		return err
	}
	e := old.clone()
	if day != nil {
		if err := changeOccurrence(&e, m, *day, f); err != nil {
			return err
		}
	} else {
		if err := f(&e); err != nil {
			return err
		}
		if moved(old, &e) {
			e.renew(old)
		}
	}
	e.ID, e.UID, e.Organizer = old.ID, old.UID, old.Organizer
	t.addressed(&e)
	if err := settle(&e, m); err != nil {
		return err
	}
	t.invite(p, old, t.put(p, e, "updated"))
	return nil
}

// moved says whether the times of an event are others now.
func moved(before, after *Event) bool {
	return !before.Start.Equal(after.Start) || !before.End.Equal(after.End) || !sameRecurrence(before.Recurrence, after.Recurrence)
}

func sameRecurrence(a, b *Recurrence) bool {
	if a == nil || b == nil {
		return a == b
	}
	x, y := *a, *b
	x.Days, y.Days = nil, nil
	return slices.Equal(a.Days, b.Days) && fmt.Sprint(x) == fmt.Sprint(y)
}

// addressed writes those invited by their mail addresses, each once.
func (t *Tenant) addressed(e *Event) {
	attendees := e.Attendees
	e.Attendees = nil
	for _, who := range attendees {
		to := who
		if p, err := t.livePerson(who); err == nil {
			to = p.address()
		}
		if given := e.Responses[who]; given != "" {
			e.Responses[to] = given
		}
		if !slices.Contains(e.Attendees, to) {
			e.Attendees = append(e.Attendees, to)
		}
	}
}

// renew forgets what new times make void, where it was not set with them.
func (e *Event) renew(before *Event) {
	if maps.Equal(e.Responses, before.Responses) {
		e.Responses = nil
	}
	same := len(e.Exceptions) == len(before.Exceptions)
	for day := range e.Exceptions {
		_, there := before.Exceptions[day]
		same = same && there
	}
	if same {
		e.Exceptions = nil
	}
}

// changeOccurrence lets f edit the occurrence of a day and makes it an
// exception of its series.
func changeOccurrence(e *Event, m *Mailbox, day int, f func(*Event) error) error {
	s, err := seriesOf(e, m)
	if err != nil {
		return err
	}
	o, there := s.on(day)
	if !there {
		return errNoEvent
	}
	o = o.clone()
	if err := f(&o); err != nil {
		return err
	}
	o.Recurrence, o.Exceptions = nil, nil
	e.except(day, &o)
	return nil
}

func (e *Event) except(day int, o *Event) { e.exceptOn(dayName(day), o) }

func (e *Event) exceptOn(day string, o *Event) {
	if e.Exceptions == nil {
		e.Exceptions = map[string]*Event{}
	}
	e.Exceptions[day] = o
}

// DeleteEvent takes an event, or one occurrence of a series, out of a calendar.
// Where the organizer does it, it stands cancelled in the calendars of those
// who were invited until they take it out.
func (t *Tenant) DeleteEvent(mailbox, id string) error {
	t.cal.change.Lock()
	defer t.cal.change.Unlock()
	p, m, err := t.open365(mailbox)
	if err != nil {
		return err
	}
	return t.deleteEvent(&p, &m, id)
}

func (t *Tenant) deleteEvent(p *Person, m *Mailbox, id string) error {
	old, day, err := t.locate(p, m, id)
	if err != nil {
		return err
	}
	if day == nil {
		t.drop(p, old)
		t.callOff(p, old)
		return nil
	}
	e := old.clone()
	e.except(*day, nil)
	t.put(p, e, "updated")
	t.callOffDay(p, old, *day)
	return nil
}

// Event is one event, series or occurrence of a mailbox by its id.
func (t *Tenant) Event(mailbox, id string) (Event, error) {
	p, m, err := t.open365(mailbox)
	if err != nil {
		return Event{}, err
	}
	e, err := t.event(&p, &m, id)
	return e.clone(), err
}

// Events are what a person's calendar shows between two instants, in the order
// of their beginning: series as their occurrences, as calendarView has them.
func (t *Tenant) Events(mailbox string, from, to time.Time) ([]Event, error) {
	p, m, err := t.open365(mailbox)
	if err != nil {
		return nil, err
	}
	var out []Event
	for _, e := range t.view(&p, &m, from, to) {
		out = append(out, e.clone())
	}
	return out, nil
}

var errNoEvent = fmt.Errorf("event: %w", ErrUnknown)

// open365 is a mailbox that is in use, in the cloud or on the customer's own
// server, and whose it is.
func (t *Tenant) open365(who string) (Person, Mailbox, error) {
	p, err := t.livePerson(who)
	if err != nil {
		return p, Mailbox{}, err
	}
	m := t.mailbox(&p)
	if m.State != Live && m.State != OnPremises {
		return p, m, fmt.Errorf("mailbox %q: %w", clip(who), ErrNoMailbox)
	}
	return p, m, nil
}

// settle fills in what an event leaves open and refuses what can't be.
func settle(e *Event, m *Mailbox) error {
	e.UID, e.Start, e.End = uidFrom(e.UID), e.Start.UTC(), e.End.UTC()
	e.Zone = cmp.Or(e.Zone, m.Zone)
	e.Sensitivity, e.Importance = cmp.Or(e.Sensitivity, "normal"), cmp.Or(e.Importance, "normal")
	if e.ShowAs == "" {
		if e.ShowAs = "busy"; e.AllDay {
			e.ShowAs = "free"
		}
	}
	if e.Response == "" {
		if e.Response = "organizer"; e.invited() {
			e.Response = "notResponded"
		}
	}
	e.Type = singleInstance
	loc, ok := m.place(e.Zone)
	switch {
	case !ok:
		return fmt.Errorf("m365: event: no such time zone: %q", clip(e.Zone))
	case e.Start.IsZero() || e.End.Before(e.Start):
		return errors.New("m365: event: it ends before it begins, or has no beginning")
	case e.AllDay && (!midnight(e.Start, loc) || !midnight(e.End, loc) || !e.End.After(e.Start)):
		return errors.New("m365: event: whole days run from midnight to midnight of their zone")
	case e.Recurrence == nil:
		e.Exceptions = nil
		return nil
	}
	return settleSeries(e, m)
}

func midnight(t time.Time, loc *time.Location) bool {
	y, m, d := t.In(loc).Date()
	return t.Equal(time.Date(y, m, d, 0, 0, 0, 0, loc))
}

// settleSeries moves the times to the first occurrence and settles exceptions.
func settleSeries(e *Event, m *Mailbox) error {
	s, err := seriesOf(e, m)
	if err != nil {
		return err
	}
	first, found := 0, false
	for first = range s.rule.dates(s.rule.first + 20_000) {
		found = true
		break
	}
	if !found {
		return errors.New("m365: recurrence: it ends before it begins")
	}
	o := s.regular(first)
	e.Start, e.End, e.Type = o.Start, o.End, seriesMaster
	for name, x := range e.Exceptions {
		if _, err := parseDay(name); err != nil {
			return err
		}
		if x == nil {
			continue
		}
		x.Recurrence, x.Organizer = nil, e.Organizer
		if err := settle(x, m); err != nil {
			return err
		}
	}
	return nil
}
