package store

import (
	"context"
	"errors"
	"time"

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/store/internal/db"
)

// PersonData is everything that is kept about one person (GDPR article 15).
type PersonData struct {
	Person      MirrorPerson
	Groups      []string // ids of the groups that hold him directly
	Links       []Link
	Subscribers []SubscriberRow // the entries of the built-in register he is linked to
	Standings   map[string]Standing
	Ignored     []IgnoredPerson
	Changes     []Change
	Calendar    PersonCalendar
}

// PersonCalendar is what the calendar flow keeps about one person.
type PersonCalendar struct {
	// Mailbox is nil where none is read. What others wrote into her calendar and
	// was shared is left out of its Agenda: subjects, places and notes stand only in
	// appointments of her own.
	Mailbox    *Mailbox
	Day        DayState
	Choice     ChoiceState
	Preference PreferenceState
	Tellings   []TellingState
	Told       []Told
	Tokens     []PersonToken
}

// IgnoredPerson says that a replicator passes someone over.
type IgnoredPerson struct {
	Replicator, By string
	At             time.Time
}

// ExportPerson gathers everything that is kept about a person of the source.
// Standings are by replicator.
func (o Org) ExportPerson(ctx context.Context, source, id string) (d PersonData, err error) {
	if d.Person, err = o.Person(ctx, source, id); err != nil {
		return d, err
	}
	if d.Groups, err = o.GroupsOfMember(ctx, source, id); err != nil {
		return d, err
	}
	if d.Links, err = o.LinksOfPerson(ctx, source, id); err != nil {
		return d, err
	}
	if d.Changes, err = o.ChangesOfPerson(ctx, id, maxRows); err != nil {
		return d, err
	}
	for _, l := range d.Links {
		s, err := o.Subscriber(ctx, l.Subscriber)
		if errors.Is(err, ErrNotFound) {
			continue // it stands in another register, or is being created
		}
		if err != nil {
			return d, err
		}
		d.Subscribers = append(d.Subscribers, s)
	}
	if err := o.exportStandings(ctx, id, &d); err != nil {
		return d, err
	}
	d.Calendar, err = o.exportCalendar(ctx, id)
	return d, err
}

func (o Org) exportCalendar(ctx context.Context, person string) (c PersonCalendar, err error) {
	m, err := o.Mailbox(ctx, person)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return c, err
	}
	if err == nil {
		for i, e := range m.Agenda {
			if e.Own != calendar.Yes {
				m.Agenda[i].Subject, m.Agenda[i].Place, m.Agenda[i].Note = "", "", ""
			}
		}
		c.Mailbox = &m
		if c.Day, err = o.Day(ctx, person); err != nil && !errors.Is(err, ErrNotFound) {
			return c, err
		}
		for i := range c.Day.Spans {
			s := &c.Day.Spans[i].State
			if s.Subject, s.Place = "", ""; !s.Manual {
				s.Note = ""
			}
		}
	}
	if c.Choice, err = o.Choice(ctx, person); err != nil {
		return c, err
	}
	if c.Preference, err = o.Preference(ctx, person); err != nil {
		return c, err
	}
	if c.Tellings, err = o.Tellings(ctx, person); err != nil {
		return c, err
	}
	for i := range c.Tellings {
		c.Tellings[i].Inside.Subject, c.Tellings[i].Inside.Place = "", ""
	}
	if c.Told, err = o.ToldBetween(ctx, person, time.Time{}, o.s.now().Add(time.Minute), maxRows); err != nil {
		return c, err
	}
	c.Tokens, err = o.PersonTokens(ctx, person)
	return c, err
}

func (o Org) exportStandings(ctx context.Context, person string, d *PersonData) error {
	rows, err := o.read().StandingsOfPerson(ctx, db.StandingsOfPersonParams{Organization: o.id, Person: person})
	if err != nil {
		return wrap("export person", err)
	}
	d.Standings = map[string]Standing{}
	for _, row := range rows {
		if d.Standings[row.Replicator], err = standingOf(row); err != nil {
			return wrap("export person", err)
		}
	}
	ignored, err := o.read().IgnoredPerson(ctx, db.IgnoredPersonParams{Organization: o.id, Person: person})
	for _, row := range ignored {
		d.Ignored = append(d.Ignored, IgnoredPerson{Replicator: row.Replicator, By: row.IgnoredBy, At: fromMillis(row.IgnoredAt)})
	}
	return wrap("export person", err)
}
