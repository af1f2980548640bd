package store

import (
	"context"
	"database/sql"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/name"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/store/internal/db"
)

// Mirror tells how far the source has been read.
func (o Org) Mirror(ctx context.Context, source string) (Mirror, error) {
	row, err := o.read().GetSource(ctx, db.GetSourceParams{Organization: o.id, ID: source})
	if err != nil {
		return Mirror{}, wrap("read mirror", err)
	}
	var fields []directory.Field
	for line := range strings.Lines(row.Fields) {
		fields = append(fields, directory.Field(strings.TrimSpace(line)))
	}
	return Mirror{Cursor: row.Cursor, Fields: fields, Seq: row.Seq, WholeSeq: row.WholeSeq,
		PeopleWhole: fromMillis(row.PeopleWhole), PeopleBegan: fromMillis(row.PeopleBegan), GroupsWhole: fromMillis(row.GroupsWhole),
		ReadAt: fromMillis(row.ReadAt), Generation: row.Generation}, nil
}

// ResetMirror makes the next read of the source a full one, of the given
// properties. What is mirrored stays until then.
func (o Org) ResetMirror(ctx context.Context, source string, fields []directory.Field) error {
	lines := make([]string, len(fields))
	for i, f := range fields {
		lines[i] = string(f)
	}
	return o.write(ctx, "reset mirror", Sources, func(w *writing) error {
		n, err := w.ResetMirror(ctx, db.ResetMirrorParams{Organization: o.id, ID: source, Fields: strings.Join(lines, "\n")})
		return one(n, err, ErrNotFound)
	})
}

// People yields everybody whom the mirror has, the gone ones too, whose seq is
// greater than since; 0 yields all. It is one moment of the mirror and holds a
// connection until the loop ends.
func (o Org) People(ctx context.Context, source string, since int64) iter.Seq2[MirrorPerson, error] {
	return stream(ctx, o, "read people", readPeople, []any{o.id, source, since}, scanPerson)
}

func scanPerson(rows *sql.Rows) (p MirrorPerson, err error) {
	var reason, data string
	var at int64
	if err := rows.Scan(&p.ID, &p.Seq, &reason, &at, &data); err != nil {
		return p, err
	}
	p.GoneReason, p.GoneAt = directory.GoneReason(reason), fromMillis(at)
	p.Fields, err = decodeMap[directory.Field](data)
	return p, err
}

// PeopleByIDs returns those of the ids that the mirror has, gone ones too; of
// [organization.Local] those that the register has.
func (o Org) PeopleByIDs(ctx context.Context, source string, ids []string) ([]MirrorPerson, error) {
	if source == organization.Local {
		return o.localPeople(ctx, ids)
	}
	people := make([]MirrorPerson, 0, len(ids))
	err := o.lookup(ctx, findPeople, []any{o.id, source}, ids, func(rows *sql.Rows) error {
		p, err := scanPerson(rows)
		people = append(people, p)
		return err
	})
	return people, wrap("read people", err)
}

// Person returns one person of the mirror, who may be gone, or, of
// [organization.Local], of the register.
func (o Org) Person(ctx context.Context, source, id string) (MirrorPerson, error) {
	if source == organization.Local {
		return o.localPerson(ctx, id)
	}
	row, err := o.read().GetPerson(ctx, db.GetPersonParams{Organization: o.id, Source: source, ID: id})
	if err != nil {
		return MirrorPerson{}, wrap("read person", err)
	}
	p, err := personOf(row)
	return p, wrap("read person", err)
}

func personOf(row db.Person) (MirrorPerson, error) {
	fields, err := decodeMap[directory.Field](row.Data)
	return MirrorPerson{Person: directory.Person{ID: row.ID, Fields: fields}, Seq: row.Seq,
		GoneReason: directory.GoneReason(row.GoneReason), GoneAt: fromMillis(row.GoneAt)}, err
}

// SearchPeople returns present people whose name or address holds the text, in
// the order of their names.
func (o Org) SearchPeople(ctx context.Context, source, text string, limit int) ([]MirrorPerson, error) {
	rows, err := o.read().SearchPeople(ctx, db.SearchPeopleParams{Organization: o.id, Source: source, NameKey: []byte{},
		Search: pattern(name.Fold(text)), Limit: int32(limit)})
	if err != nil {
		return nil, wrap("search people", err)
	}
	people, err := each(rows, personOf)
	return people, wrap("search people", err)
}

// PeopleCount counts the present people.
func (o Org) PeopleCount(ctx context.Context, source string) (int64, error) {
	n, err := o.read().CountPeople(ctx, db.CountPeopleParams{Organization: o.id, Source: source})
	return n, wrap("count people", err)
}

// Memberships returns the direct members of each group, people and groups alike;
// a group without members is there, too. See [directory.Close].
func (o Org) Memberships(ctx context.Context, source string) (map[string][]string, error) {
	members := map[string][]string{}
	groups, err := o.Groups(ctx, source, "", maxRows)
	if err != nil {
		return nil, err
	}
	for _, g := range groups {
		members[g.ID] = nil
	}
	err = o.each(ctx, readEdges, []any{o.id, source}, func(rows *sql.Rows) error {
		var group, member string
		if err := rows.Scan(&group, &member); err != nil {
			return err
		}
		members[group] = append(members[group], member)
		return nil
	})
	return members, wrap("read members", err)
}

// maxRows stands for no limit.
const maxRows = 1<<31 - 1

// GroupsOfMember returns the ids of the groups that hold the person or group
// directly.
func (o Org) GroupsOfMember(ctx context.Context, source, member string) ([]string, error) {
	ids, err := o.read().GroupsOfMember(ctx, db.GroupsOfMemberParams{Organization: o.id, Source: source, Member: member})
	return ids, wrap("read groups", err)
}

// Groups returns groups whose name holds the text, in the order of their names.
func (o Org) Groups(ctx context.Context, source, text string, limit int) ([]directory.Group, error) {
	rows, err := o.read().SearchGroups(ctx, db.SearchGroupsParams{Organization: o.id, Source: source,
		Search: pattern(name.Fold(text)), Limit: int32(limit)})
	groups := make([]directory.Group, len(rows))
	for i, row := range rows {
		groups[i] = groupOf(row)
	}
	return groups, wrap("read groups", err)
}

// Group returns one group.
func (o Org) Group(ctx context.Context, source, id string) (directory.Group, error) {
	row, err := o.read().GetGroup(ctx, db.GetGroupParams{Organization: o.id, Source: source, ID: id})
	return groupOf(row), wrap("read group", err)
}

func groupOf(row db.DirectoryGroup) directory.Group {
	return directory.Group{ID: row.ID, Name: row.Name, Kind: directory.GroupKind(row.Kind)}
}

// SetPurposes keeps what kind of mailbox people have ("user", "shared", "room",
// "equipment", "others", by their ids); "" forgets it. Who is not in the mirror is
// passed over.
func (o Org) SetPurposes(ctx context.Context, source string, purposes map[string]string) error {
	ids := slices.Sorted(maps.Keys(purposes))
	for len(ids) > 0 {
		n := min(batch, len(ids))
		if err := o.write(ctx, "set purposes", People, func(w *writing) error {
			return o.setPurposes(ctx, w, source, ids[:n], purposes)
		}); err != nil {
			return err
		}
		ids = ids[n:]
	}
	return nil
}

func (o Org) setPurposes(ctx context.Context, w *writing, source string, ids []string, purposes map[string]string) error {
	at, err := w.NextSeq(ctx, db.NextSeqParams{Organization: o.id, ID: source})
	if err != nil {
		return err
	}
	people, err := Org{s: o.s, id: o.id, w: w}.PeopleByIDs(ctx, source, ids)
	if err != nil {
		return err
	}
	for _, p := range people {
		before := encodeMap(p.Fields)
		after := p.Merge(directory.Person{Fields: map[directory.Field]string{directory.Purpose: purposes[p.ID]}})
		data := encodeMap(after.Fields)
		if data == before {
			continue
		}
		if err := w.SetPersonData(ctx, db.SetPersonDataParams{Organization: o.id, Source: source, ID: p.ID, Data: data, Seq: at.Seq}); err != nil {
			return err
		}
	}
	return nil
}

// PurgePeople forgets people of the source who have been gone since before then
// and have no link, with all that they chose and that was told of them.
func (o Org) PurgePeople(ctx context.Context, source string, before time.Time) error {
	if err := o.repeat(ctx, "purge people", People, func(w *writing) (int64, error) {
		return w.PurgePeople(ctx, db.PurgePeopleParams{Organization: o.id, Source: source, GoneAt: millis(before)})
	}); err != nil {
		return err
	}
	return o.forgetStrangers(ctx)
}

// each turns rows into values.
func each[R, T any](rows []R, turn func(R) (T, error)) ([]T, error) {
	all := make([]T, len(rows))
	for i, row := range rows {
		var err error
		if all[i], err = turn(row); err != nil {
			return nil, err
		}
	}
	return all, nil
}
