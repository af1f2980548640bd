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

const (
	generationsOfDays = `SELECT person, generation FROM day WHERE organization = $1 AND person IN (%s)`
	findChoices       = `SELECT person, choice, silences, asked_at, generation FROM choice WHERE organization = $1 AND person IN (%s)`
	findPreferences   = `SELECT person, settings FROM preference WHERE organization = $1 AND person IN (%s)`
)

// Subjects returns several people, in the order of their ids; who has no mailbox
// is left out. Agendas, which are long, come only where they are asked for.
func (o Org) Subjects(ctx context.Context, people []string, agendas bool) ([]Subject, error) {
	found := map[string]*Subject{}
	of := func(person string) *Subject {
		if found[person] == nil {
			found[person] = &Subject{}
		}
		return found[person]
	}
	mailboxes := findMailboxes
	if !agendas {
		mailboxes = strings.Replace(findMailboxes, "generation, agenda FROM", "generation, hash AS agenda FROM", 1)
	}
	for _, q := range []struct {
		text string
		scan func(*sql.Rows) error
	}{
		{generationsOfDays, func(rows *sql.Rows) error {
			var person string
			var generation int64
			err := rows.Scan(&person, &generation)
			of(person).DayGeneration = generation
			return err
		}},
		{findChoices, func(rows *sql.Rows) error {
			var r db.Choice
			if err := rows.Scan(&r.Person, &r.Choice, &r.Silences, &r.AskedAt, &r.Generation); err != nil {
				return err
			}
			c, err := choiceOf(r)
			of(r.Person).Choice = c
			return err
		}},
		{findPreferences, func(rows *sql.Rows) error {
			var person, settings string
			if err := rows.Scan(&person, &settings); err != nil {
				return err
			}
			p, err := decode[organization.Person](settings)
			of(person).Preference = p
			return err
		}},
		{mailboxes, func(rows *sql.Rows) error {
			m, err := scanMailbox(rows, agendas)
			of(m.Person).Mailbox = m
			return err
		}},
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
