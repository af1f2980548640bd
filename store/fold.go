package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/name"
	"github.com/telefonist/telefonist/store/internal/db"
)

// Fold writes a page into the mirror, in transactions of at most 500 rows. The
// page's cursor is kept by the last of them: a fold that is killed before that is
// made again from the same cursor, and ends in the same place.
//
// The first page of a full read begins a new stamp, which each person and group
// that is seen receives. The last one finds who was not seen: people are marked
// missing, groups and edges are deleted. Where nobody was seen although there were
// people before, nothing is marked, the cursor is cleared so that the next read is
// a full one, and Folded.Empty says so: stop reading then. A full read of groups
// that brings none deletes none.
//
// Each transaction counts up the mirror's seq, which the people it changes bear,
// also by an edge. What can't be told person by person (a group within a group, a
// group gone, edges that a full read changed) sets whole_seq instead.
func (o Org) Fold(ctx context.Context, source string, page directory.Page) (Folded, error) {
	f := folding{Org: o, source: source, page: page, begin: page.First && page.Full}
	if err := f.people(ctx); err != nil {
		return f.folded, wrap("fold people", err)
	}
	if err := f.groups(ctx); err != nil {
		return f.folded, wrap("fold groups", err)
	}
	if page.Full && page.Last {
		if err := f.absent(ctx); err != nil {
			return f.folded, wrap("fold absence", err)
		}
	}
	return f.folded, f.step(ctx, f.end)
}

// folding is one page on its way into the mirror.
type folding struct {
	Org
	source string
	page   directory.Page
	begin  bool // the next transaction begins a full read
	folded Folded
}

// step runs f in a transaction of its own with a new seq. at is the source's row.
func (f *folding) step(ctx context.Context, do func(ctx context.Context, w *writing, at db.Source) error) error {
	return f.write(ctx, "fold", People, func(w *writing) error {
		at, err := w.NextSeq(ctx, db.NextSeqParams{Organization: f.id, ID: f.source})
		if err != nil {
			return err
		}
		if f.begin {
			if f.page.Part == directory.PeoplePart {
				at.PeopleStamp = at.Seq
				err = w.SetPeopleStamp(ctx, db.SetPeopleStampParams{Organization: f.id, ID: f.source, PeopleStamp: at.Seq, PeopleBegan: millis(f.s.now())})
			} else {
				at.GroupsStamp = at.Seq
				err = w.SetGroupsStamp(ctx, db.SetGroupsStampParams{Organization: f.id, ID: f.source, GroupsStamp: at.Seq})
			}
			if err != nil {
				return err
			}
		}
		if err := do(ctx, w, at); err != nil {
			return err
		}
		f.begin = false
		return nil
	})
}

// end keeps the cursor and, after a whole read, the time of it.
func (f *folding) end(ctx context.Context, w *writing, at db.Source) error {
	now := millis(f.s.now())
	cursor := f.page.Cursor
	if f.folded.Empty {
		cursor = ""
	} else if f.page.Full && f.page.Last {
		var err error
		if f.page.Part == directory.PeoplePart {
			err = w.SetPeopleWhole(ctx, db.SetPeopleWholeParams{Organization: f.id, ID: f.source, PeopleWhole: now})
		} else {
			err = w.SetGroupsWhole(ctx, db.SetGroupsWholeParams{Organization: f.id, ID: f.source, GroupsWhole: now})
		}
		if err != nil {
			return err
		}
	}
	return w.SetCursor(ctx, db.SetCursorParams{Organization: f.id, ID: f.source, Cursor: cursor, ReadAt: now})
}

func (f *folding) people(ctx context.Context) error {
	for people := f.page.People; len(people) > 0; {
		n := min(batch, len(people))
		if err := f.step(ctx, func(ctx context.Context, w *writing, at db.Source) error {
			return f.somePeople(ctx, w, at, people[:n])
		}); err != nil {
			return err
		}
		people = people[n:]
	}
	for gone := f.page.Gone; len(gone) > 0; {
		n := min(batch, len(gone))
		if err := f.step(ctx, func(ctx context.Context, w *writing, at db.Source) error {
			return f.someGone(ctx, w, at, gone[:n])
		}); err != nil {
			return err
		}
		gone = gone[n:]
	}
	return nil
}

// held is what the mirror holds of someone.
type held struct {
	id     string
	stamp  int64
	reason string
	at     int64
	data   string
	fresh  bool // changed by this transaction
	person directory.Person
}

func (f *folding) somePeople(ctx context.Context, w *writing, at db.Source, people []directory.Person) error {
	ids := make([]string, len(people))
	for i, p := range people {
		ids[i] = p.ID
	}
	have, err := f.held(ctx, w, ids)
	if err != nil {
		return err
	}
	var order []*held // each person once, as PostgreSQL wants it
	var stamps []string
	for _, entry := range people {
		h := have[entry.ID]
		if h == nil {
			h = &held{id: entry.ID, person: directory.Person{ID: entry.ID}}
			have[entry.ID] = h
		}
		data, err := f.merge(h, entry, at.PeopleStamp)
		if err != nil {
			return fmt.Errorf("person %s: %w", h.id, err)
		}
		if data != h.data || h.reason != "" || h.isNew() {
			h.data, h.reason, h.at = data, "", 0
			if !h.fresh {
				h.fresh = true
				order = append(order, h)
			}
		} else if h.stamp != at.PeopleStamp && !h.fresh {
			stamps = append(stamps, h.id)
		}
		h.stamp = at.PeopleStamp
	}
	if _, err := f.s.among(ctx, w, stampPeople, []any{f.id, f.source, at.PeopleStamp}, stamps); err != nil {
		return err
	}
	f.folded.Changed += len(order)
	rows := make([][]any, len(order))
	for i, h := range order {
		rows[i] = f.personRow(h, at.Seq)
	}
	_, err = f.s.run(ctx, w, putPeople, rows)
	return err
}

func (h *held) isNew() bool { return h.stamp == 0 && h.data == "" && !h.fresh }

// merge applies an entry to what is held and returns the result as text. What a
// full read brings replaces the whole person the first time that read sees him:
// what it does not mention has no value. The purpose is asked for apart.
func (f *folding) merge(h *held, entry directory.Person, stamp int64) (string, error) {
	anew := f.page.Full && h.stamp != stamp
	if anew && !strings.Contains(h.data, `"`+string(directory.Purpose)+`":`) && !anyEmpty(entry) {
		h.person = entry // the most frequent case: nothing of before stays
		return encodeMap(entry.Fields), nil
	}
	if h.person.Fields == nil {
		var err error
		if h.person.Fields, err = decodeMap[directory.Field](h.data); err != nil {
			return "", err
		}
	}
	base := h.person
	if anew {
		base = directory.Person{ID: h.id}
		if v := h.person.Get(directory.Purpose); v != "" {
			base.Fields = map[directory.Field]string{directory.Purpose: v}
		}
	}
	h.person = base.Merge(entry)
	return encodeMap(h.person.Fields), nil
}

func anyEmpty(p directory.Person) bool {
	for _, v := range p.Fields {
		if v == "" {
			return true
		}
	}
	return false
}

func (f *folding) personRow(h *held, seq int64) []any {
	return []any{f.id, f.source, h.id, h.stamp, seq, h.reason, h.at,
		nameKey(h.person.Name(), h.id), personSearch(h.person), h.data}
}

// nameKey sorts by name as people expect; the id makes it the only one of its kind.
func nameKey(called, id string) []byte {
	return append(append(name.Key(called), 0), id...)
}

func personSearch(p directory.Person) string {
	return name.Fold(p.Name() + "\n" + strings.Join(p.Addresses(), "\n"))
}

func (f *folding) held(ctx context.Context, w *writing, ids []string) (map[string]*held, error) {
	have := make(map[string]*held, len(ids))
	in := Org{s: f.s, id: f.id, w: w}
	err := in.lookup(ctx, heldPeople, []any{f.id, f.source}, ids, func(rows *sql.Rows) error {
		h := &held{}
		if err := rows.Scan(&h.id, &h.stamp, &h.reason, &h.at, &h.data); err != nil {
			return err
		}
		h.person.ID = h.id
		have[h.id] = h
		return nil
	})
	return have, err
}

// someGone marks people as gone, and lets a deletion become final. Who was never
// seen is not remembered.
func (f *folding) someGone(ctx context.Context, w *writing, at db.Source, gone []directory.Gone) error {
	ids := make([]string, len(gone))
	for i, g := range gone {
		ids[i] = g.ID
	}
	have, err := f.held(ctx, w, ids)
	if err != nil {
		return err
	}
	for _, g := range gone {
		h := have[g.ID]
		if h == nil || finality(directory.GoneReason(h.reason)) >= finality(g.Reason) {
			continue
		}
		if h.reason == "" {
			h.at = millis(f.s.now())
		}
		h.reason = string(g.Reason)
		f.folded.Changed++
		if _, err := w.SetGone(ctx, db.SetGoneParams{Organization: f.id, Source: f.source, ID: h.id,
			GoneReason: h.reason, GoneAt: h.at, Seq: at.Seq}); err != nil {
			return err
		}
	}
	return nil
}

// finality orders the ways to be gone: a purge is told after a deletion, and
// either explains an absence.
func finality(r directory.GoneReason) int {
	switch r {
	case "":
		return 0
	case directory.Missing:
		return 1
	case directory.SoftDeleted:
		return 2
	}
	return 3
}
