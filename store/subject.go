package store

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/store/internal/db"
)

// Subject is a person whose calendar is read, with all that is kept that her day
// follows from.
type Subject struct {
	Mailbox
	Choice     ChoiceState
	Preference organization.Person
	// DayGeneration is that of her day before anything else of this was read; see
	// [DayRow].
	DayGeneration int64
}

// Subjects returns several people, in the order of their ids; who has no mailbox
// is left out. Agendas, which are long, come only where they are asked for.
func (o Org) Subjects(ctx context.Context, people []string, agendas bool) ([]Subject, error) {
	found := subjects{}
	mailboxes := findMailboxes
	if !agendas {
		mailboxes = findMailboxesBare
	}
	for _, q := range []struct {
		text string
		scan func(*sql.Rows) error
	}{ // the generations come first: what changes after them counts them up
		{findGenerations, found.generation}, {findChoices, found.choice}, {findPreferences, found.preference}, {mailboxes, found.mailbox},
	} {
		if err := o.lookup(ctx, q.text, []any{o.id}, people, q.scan); err != nil {
			return nil, wrap("read people", err)
		}
	}
	var all []Subject
	for _, s := range found {
		if s.Mailbox.Person != "" {
			s.Choice.Person = s.Mailbox.Person
			all = append(all, *s)
		}
	}
	slices.SortFunc(all, func(a, b Subject) int { return strings.Compare(a.Person, b.Person) })
	return all, nil
}

// subjects are people as their rows are read.
type subjects map[string]*Subject

func (s subjects) of(person string) *Subject {
	if s[person] == nil {
		s[person] = &Subject{}
	}
	return s[person]
}

func (s subjects) generation(rows *sql.Rows) error {
	var person string
	var generation int64
	err := rows.Scan(&person, &generation)
	s.of(person).DayGeneration = generation
	return err
}

func (s subjects) choice(rows *sql.Rows) error {
	var r db.Choice
	if err := rows.Scan(&r.Person, &r.Choice, &r.Silences, &r.AskedAt, &r.Generation); err != nil {
		return err
	}
	c, err := choiceOf(r)
	s.of(r.Person).Choice = c
	return err
}

func (s subjects) preference(rows *sql.Rows) error {
	var person, settings string
	if err := rows.Scan(&person, &settings); err != nil {
		return err
	}
	p, err := decode[organization.Person](settings)
	s.of(person).Preference = p
	return err
}

func (s subjects) mailbox(rows *sql.Rows) error {
	m, err := scanMailbox(rows)
	s.of(m.Person).Mailbox = m
	return err
}
