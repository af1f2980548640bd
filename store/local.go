package store

import (
	"cmp"
	"context"
	"database/sql"
	"maps"

	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
)

// People of [organization.Local] are entries of the built-in register that nobody of
// a directory is linked to; a person's id is that of the entry. Whoever asks for a
// person of any home asks by that, and gets of a local one what the entry holds.

// Registered is somebody of the register, as the calendar flow sees him.
type Registered struct {
	ID, Name, Address, Department string
	// Person is who is linked to it, or will be as soon as it is made, in the directory
	// of Source; the entry itself, of [organization.Local], where nobody is.
	Person, Source string
}

// Registered returns the whole built-in register with who is linked to each entry, in no
// order.
func (o Org) Registered(ctx context.Context) ([]Registered, error) {
	linked := map[string]Registered{}
	for l, err := range o.Links(ctx, Builtin) {
		if err != nil {
			return nil, err
		}
		linked[l.Subscriber] = Registered{Person: l.Person, Source: l.Source}
	}
	var all []Registered
	for s, err := range o.Subscribers(ctx) {
		if err != nil {
			return nil, err
		}
		e, ok := linked[s.ID]
		if !ok {
			e = Registered{Person: s.ID, Source: organization.Local}
		}
		e.ID, e.Name, e.Address, e.Department = s.ID, s.Name(), s.Get(pbx.Mail), s.Get(pbx.Department)
		all = append(all, e)
	}
	return all, nil
}

// localPeople are entries in a directory's words.
func (o Org) localPeople(ctx context.Context, ids []string) ([]MirrorPerson, error) {
	entries, err := o.SubscribersOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	people := make([]MirrorPerson, len(entries))
	for i, s := range entries {
		fields := map[directory.Field]string{directory.DisplayName: s.Name(), directory.Mail: s.Get(pbx.Mail),
			directory.Department: s.Get(pbx.Department), directory.JobTitle: s.Get(pbx.Title)}
		if s.Hidden() {
			fields[directory.ShowInAddressList] = "false"
		}
		maps.DeleteFunc(fields, func(_ directory.Field, v string) bool { return v == "" })
		people[i] = MirrorPerson{Person: directory.Person{ID: s.ID, Fields: fields}}
	}
	return people, nil
}

// localLinks are the ties of entries to themselves.
func (o Org) localLinks(ctx context.Context, people []string) ([]Link, error) {
	var links []Link
	err := o.lookup(ctx, findEntries, []any{o.id}, people, func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		links = append(links, Link{Register: Builtin, Subscriber: id, Source: organization.Local, Person: id, State: Linked})
		return err
	})
	return links, wrap("read links", err)
}

// localPerson is one entry, or an ErrNotFound.
func (o Org) localPerson(ctx context.Context, id string) (MirrorPerson, error) {
	people, err := o.localPeople(ctx, []string{id})
	if err != nil || len(people) == 0 {
		return MirrorPerson{}, cmp.Or(err, wrap("read person", ErrNotFound))
	}
	return people[0], nil
}
