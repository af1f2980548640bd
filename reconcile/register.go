package reconcile

import (
	"context"
	"maps"
	"reflect"
	"strings"

	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/store"
)

// register is what the calendar flow knows of the built-in register, as it was when
// people were last enrolled. Only an organization has one read whose calendars may
// lie on an Exchange server, or whose settings name departments: it is as long as
// the customer is large.
type register struct {
	version     int
	local       bool                 // local people have been enrolled
	departments directory.Membership // by name, the people whose entries say so
	was         map[string]string    // people who were entries of their own before, and which
}

// register returns it as it was read last, read now where it never was.
func (r *Reconciler) register(ctx context.Context, o store.Org) (*register, error) {
	r.archive.mu.Lock()
	have := r.archive.registers[o.ID()]
	r.archive.mu.Unlock()
	if have != nil {
		return have, nil
	}
	book, _, err := r.readRegister(ctx, o)
	return book, err
}

// readRegister reads it, and returns what is in it where that is asked for at all.
func (r *Reconciler) readRegister(ctx context.Context, o store.Org) (*register, []store.Registered, error) {
	book := &register{}
	homes, err := o.Homes(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, home := range homes {
		book.local = book.local || home == organization.Local
	}
	if book.was, err = o.Carried(ctx); err != nil {
		return nil, nil, err
	}
	asked, err := r.asksRegister(ctx, o)
	if err != nil {
		return nil, nil, err
	}
	var entries []store.Registered
	if asked || book.local {
		if entries, err = o.Registered(ctx); err != nil {
			return nil, nil, err
		}
		book.departments = departments(entries)
	}
	r.archive.mu.Lock()
	defer r.archive.mu.Unlock()
	have := r.archive.registers[o.ID()]
	if have != nil && have.local == book.local && maps.Equal(have.was, book.was) && reflect.DeepEqual(have.departments, book.departments) {
		return have, entries, nil
	}
	if have != nil {
		book.version = have.version + 1
	}
	if r.archive.registers == nil {
		r.archive.registers = map[organization.ID]*register{}
	}
	r.archive.registers[o.ID()] = book
	return book, entries, nil
}

// asksRegister is true where an Exchange server is connected, or a department named.
func (r *Reconciler) asksRegister(ctx context.Context, o store.Org) (bool, error) {
	connections, err := o.Connections(ctx)
	if err != nil || len(connections) == 0 {
		return false, err
	}
	sources, err := o.Sources(ctx)
	if err != nil {
		return false, err
	}
	for _, s := range sources {
		for _, c := range connections {
			if c.Source == s.ID && s.Kind == organization.Exchange {
				return true, nil
			}
		}
	}
	org, _, err := o.Organization(ctx)
	for _, g := range org.Settings.Calendar.Groups {
		if g.Source == organization.Local {
			return true, nil
		}
	}
	return false, err
}

func departments(entries []store.Registered) directory.Membership {
	all := directory.Membership{}
	for _, e := range entries {
		if e.Department == "" {
			continue
		}
		if all[e.Department] == nil {
			all[e.Department] = map[string]bool{}
		}
		all[e.Department][e.Person] = true
	}
	return all
}

// asks is true where the register was read when people were last enrolled, so that
// its changes matter.
func (a *archive) asks(org organization.ID) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	book := a.registers[org]
	return book != nil && (book.local || book.departments != nil)
}

// localPeople are those of the register whom nobody of a directory is linked to and
// who have an address.
func (t *terms) localPeople(entries []store.Registered) []store.Enrolled {
	var people []store.Enrolled
	for _, e := range entries {
		if e.Source != organization.Local || !strings.Contains(e.Address, "@") {
			continue
		}
		if readers := t.readers(organization.Local, e.ID); len(readers) > 0 {
			people = append(people, store.Enrolled{Person: e.ID, Address: e.Address, Name: e.Name,
				Live: t.live(organization.Local, e.ID), Sources: readers})
		}
	}
	return people
}
