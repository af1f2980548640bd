package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/telefonist/telefonist/directory"
)

// tenant is a directory that changes, and the pages by which it is read. A page's
// cursor is its number: reading from it gives the page after it.
type tenant struct {
	people map[string]map[directory.Field]string
	groups map[string]map[string]bool // members
	pages  []directory.Page
}

func (d *tenant) add(p directory.Page) {
	d.pages = append(d.pages, p)
	d.pages[len(d.pages)-1].Cursor = strconv.Itoa(len(d.pages))
}

// change makes a few changes and returns them as a delta tells them; a tombstone
// may be forgotten, as it sometimes is.
func (d *tenant) change(t *rapid.T) (people, groups directory.Page) {
	people, groups = directory.Page{Part: directory.PeoplePart}, directory.Page{Part: directory.GroupsPart}
	for range rapid.IntRange(0, 6).Draw(t, "changes") {
		id := fmt.Sprint("p", rapid.IntRange(0, 12).Draw(t, "person"))
		group := fmt.Sprint("g", rapid.IntRange(0, 3).Draw(t, "group"))
		switch rapid.IntRange(0, 5).Draw(t, "what") {
		case 0, 1:
			field := rapid.SampledFrom([]directory.Field{directory.DisplayName, directory.JobTitle}).Draw(t, "field")
			value := rapid.SampledFrom([]string{"", "x", "Åsa \"Ö\"\n"}).Draw(t, "value")
			if d.people[id] == nil {
				d.people[id] = map[directory.Field]string{directory.DisplayName: id}
			}
			d.people[id][field] = value
			if value == "" {
				delete(d.people[id], field)
			}
			entry := maps.Clone(d.people[id])
			entry[field] = value
			people.People = append(people.People, directory.Person{ID: id, Fields: entry})
			people.Gone = slices.DeleteFunc(people.Gone, func(g directory.Gone) bool { return g.ID == id })
		case 2:
			if d.people[id] != nil && len(d.people) > 1 && !slices.ContainsFunc(people.People, func(p directory.Person) bool { return p.ID == id }) {
				delete(d.people, id)
				if rapid.IntRange(0, 3).Draw(t, "forgotten") > 0 {
					people.Gone = append(people.Gone, directory.Gone{ID: id, Reason: directory.SoftDeleted})
				}
			}
		case 3:
			delete(d.groups, group)
			groups.Edges = slices.DeleteFunc(groups.Edges, func(e directory.Edge) bool { return e.Group == group })
			groups.Groups = append(slices.DeleteFunc(groups.Groups, func(g directory.Group) bool { return g.ID == group }), directory.Group{ID: group, Gone: true})
		default:
			if d.groups[group] == nil {
				d.groups[group] = map[string]bool{}
				groups.Groups = append(slices.DeleteFunc(groups.Groups, func(g directory.Group) bool { return g.ID == group }), directory.Group{ID: group, Name: group})
			}
			gone := d.groups[group][id]
			if d.groups[group][id] = true; gone {
				delete(d.groups[group], id)
			}
			groups.Edges = append(groups.Edges, directory.Edge{Group: group, Member: id, Gone: gone})
		}
	}
	people.Last, groups.Last = true, true
	return people, groups
}

// whole adds the pages of a full read, cut anywhere.
func (d *tenant) whole(t *rapid.T) {
	ids := slices.Sorted(maps.Keys(d.people))
	for first := true; first || len(ids) > 0; first = false {
		n := rapid.IntRange(1, 8).Draw(t, "page")
		n = min(n, len(ids))
		p := directory.Page{Part: directory.PeoplePart, Full: true, First: first, Last: n == len(ids)}
		for _, id := range ids[:n] {
			p.People = append(p.People, directory.Person{ID: id, Fields: maps.Clone(d.people[id])})
		}
		ids = ids[n:]
		d.add(p)
	}
	groups := directory.Page{Part: directory.GroupsPart, Full: true, First: true, Last: true}
	for _, g := range slices.Sorted(maps.Keys(d.groups)) {
		groups.Groups = append(groups.Groups, directory.Group{ID: g, Name: g})
		for _, member := range slices.Sorted(maps.Keys(d.groups[g])) {
			groups.Edges = append(groups.Edges, directory.Edge{Group: g, Member: member})
		}
	}
	d.add(groups)
}

// mortal is a context that dies when it has been asked for its end so many times:
// somewhere in the middle of a transaction, or between two.
type mortal struct {
	context.Context
	die  context.CancelFunc
	left atomic.Int64
}

func (m *mortal) Done() <-chan struct{} {
	if m.left.Add(-1) == 0 {
		m.die()
	}
	return m.Context.Done()
}

// read folds all pages from where the mirror stands, and is killed after so many
// steps each time, but the last.
func (d *tenant) read(h house, kills []int64) {
	for {
		ctx, cancel := context.WithCancel(h.Context())
		m := &mortal{Context: ctx, die: cancel}
		if len(kills) > 0 {
			m.left.Store(kills[0])
			kills = kills[1:]
		}
		err := d.readOn(m, h)
		cancel()
		if err == nil {
			return
		}
		if ctx.Err() == nil {
			h.Fatal(err)
		}
	}
}

func (d *tenant) readOn(ctx context.Context, h house) error {
	for {
		at, _ := strconv.Atoi(h.state().Cursor)
		if at == len(d.pages) {
			return nil
		}
		if _, err := h.Fold(ctx, h.source, d.pages[at]); err != nil {
			return err
		}
	}
}

// world is everything that a plan sees of a mirror.
type world struct {
	People  map[string]string
	Members map[string][]string
}

func (h house) world() world {
	w := world{People: map[string]string{}, Members: h.members()}
	for _, p := range all(h, h.People(h.Context(), h.source, 0)) {
		w.People[p.ID] = string(p.GoneReason) + " " + encodeMap(p.Fields)
	}
	return w
}

// However a directory changes and wherever reading it is killed, the mirror ends as
// it does without, equal to the directory, and whoever differs from an earlier
// moment has a greater seq, unless whole_seq says that everybody may.
func TestKilledFoldsEndWhereUnkilledOnesDo(t *testing.T) {
	first := newHouse(t)
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		d := tenant{people: map[string]map[directory.Field]string{"p0": {directory.DisplayName: "p0"}}, groups: map[string]map[string]bool{"g9": {}}}
		calm := settled(t, first.Store, first.clock, "calm", fmt.Sprint("calm", n))
		killed := settled(t, first.Store, first.clock, "killed", fmt.Sprint("killed", n))
		d.whole(rt)
		for range rapid.IntRange(1, 5).Draw(rt, "rounds") {
			d.read(calm, nil)
			before, at := calm.world(), calm.state()
			people, groups := d.change(rt)
			if rapid.Bool().Draw(rt, "full") {
				d.whole(rt)
			} else {
				d.add(people)
				d.add(groups)
			}
			d.read(calm, nil)
			d.read(killed, rapid.SliceOfN(rapid.Int64Range(1, 120), 0, 6).Draw(rt, "kills"))
			if diff := cmp.Diff(calm.world(), killed.world()); diff != "" {
				rt.Fatal("killed and calm differ:", diff)
			}
			untold(rt, calm, before, at)
		}
		d.whole(rt)
		d.read(calm, nil)
		d.same(rt, calm)
	})
}

// untold finds people who differ from before without being told.
func untold(t *rapid.T, h house, before world, at Mirror) {
	if h.state().WholeSeq > at.Seq {
		return
	}
	told, after := h.since(at.Seq), h.world()
	groupsOf := func(w world, id string) (in []string) {
		for g, members := range w.Members {
			if slices.Contains(members, id) {
				in = append(in, g)
			}
		}
		slices.Sort(in)
		return in
	}
	for id := range after.People {
		changed := before.People[id] != after.People[id] || !slices.Equal(groupsOf(before, id), groupsOf(after, id))
		if changed && !slices.Contains(told, id) {
			t.Fatalf("%s differs and was not told", id)
		}
	}
}

// same finds where the mirror differs from the directory after a whole read.
func (d *tenant) same(t *rapid.T, h house) {
	present := map[string]string{}
	for _, p := range all(h, h.People(h.Context(), h.source, 0)) {
		if p.GoneReason == "" {
			present[p.ID] = encodeMap(p.Fields)
		}
	}
	want := map[string]string{}
	for id, fields := range d.people {
		want[id] = encodeMap(fields)
	}
	if diff := cmp.Diff(want, present); diff != "" {
		t.Fatal("people differ from the directory:", diff)
	}
	members := map[string][]string{}
	for g, ids := range d.groups {
		members[g] = slices.Sorted(maps.Keys(ids))
	}
	if diff := cmp.Diff(members, h.members(), equateEmpty); diff != "" {
		t.Fatal("groups differ from the directory:", diff)
	}
}

var equateEmpty = cmp.Transformer("empty", func(list []string) string { return fmt.Sprint(list) })
