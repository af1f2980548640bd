package store

import (
	"context"
	"fmt"

	"github.com/telefonist/telefonist/organization"
)

// erased lists every table with an organization's rows, those first that others
// are referred to by, with what tells its rows apart.
var erased = [][2]string{
	{"told", "person, at, switchboard"}, {"telling", "switchboard, subscriber"}, {"switchboard", "id"}, {"day", "person"},
	{"choice", "person"}, {"preference", "person"}, {"person_token", "id"}, {"person_link", "id"}, {"mailbox", "person"},
	{"carried", "subscriber"}, {"calendar", "source"},
	{"change", "round, position"}, {"round", "id"}, {"standing", "replicator, person"}, {"ignored", "replicator, person"},
	{"link", "register, subscriber"}, {"replicator", "id"}, {"edge", "source, group_id, member"},
	{"directory_group", "source, id"}, {"person", "source, id"}, {"subscription", "source, resource"},
	{"credential", "source, id"}, {"consent", "state_hash"}, {"connect_link", "id"}, {"source", "id"},
	{"subscriber", "id"}, {"extension_rest", "extension"}, {"notice_seen", "email"}, {"notice", "id"}, {"outbox", "id"},
	{"audit", "id"}, {"token", "id"}, {"member", "email"},
}

// ofStrangers lists the tables that are kept by person beyond the mailbox, with what
// tells their rows apart.
var ofStrangers = [][2]string{{"choice", "person"}, {"preference", "person"}, {"person_token", "id"}, {"person_link", "id"},
	{"told", "person, at, switchboard"}, {"carried", "subscriber"}}

// forgetStrangers erases what is kept of people who stand in no mirror any more, nor
// in the register.
func (o Org) forgetStrangers(ctx context.Context) error {
	for _, t := range ofStrangers {
		query := fmt.Sprintf(`DELETE FROM %[1]s WHERE organization = $1 AND (%[2]s) IN (
			SELECT %[2]s FROM %[1]s WHERE organization = $1 AND NOT EXISTS (
				SELECT 1 FROM source s JOIN person p ON p.organization = $1 AND p.source = s.id AND p.id = %[1]s.person
				WHERE s.organization = $1) AND NOT EXISTS (
				SELECT 1 FROM subscriber b WHERE b.organization = $1 AND b.id = %[1]s.person) LIMIT 500)`, t[0], t[1])
		if err := o.repeat(ctx, "forget "+t[0], Choices, func(w *writing) (int64, error) {
			return affected(w.conn.ExecContext(ctx, query, o.id))
		}); err != nil {
			return err
		}
	}
	return nil
}

// DeleteOrganization erases a customer and everything it has, in transactions of
// at most 500 rows, the organization itself last: interrupted, it is called again.
func (s *Store) DeleteOrganization(ctx context.Context, id organization.ID) error {
	o := s.In(id)
	if _, _, err := o.Organization(ctx); err != nil {
		return err
	}
	for _, t := range erased {
		query := fmt.Sprintf(`DELETE FROM %[1]s WHERE organization = $1 AND (%[2]s) IN (
			SELECT %[2]s FROM %[1]s WHERE organization = $1 LIMIT 500)`, t[0], t[1])
		if err := o.repeat(ctx, "erase "+t[0], "", func(w *writing) (int64, error) {
			return affected(w.conn.ExecContext(ctx, query, o.id))
		}); err != nil {
			return err
		}
	}
	return o.write(ctx, "erase organization", Organizations, func(w *writing) error {
		n, err := w.DeleteOrganization(ctx, o.id)
		return one(n, err, ErrNotFound)
	})
}
