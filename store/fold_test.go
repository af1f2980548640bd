package store

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telefonist/telefonist/directory"
)

func TestAFullReadIsMirrored(t *testing.T) {
	h := newHouse(t)
	f := h.fold(directory.Page{Part: directory.PeoplePart, Full: true, First: true, Cursor: "1",
		People: []directory.Person{person("a", "displayName", "Åsa Öberg", "mail", "asa@example.se", "jobTitle", "")}})
	if f != (Folded{Changed: 1}) {
		t.Errorf("first page: %+v", f)
	}
	if !h.state().PeopleWhole.IsZero() {
		t.Error("a read that has not ended counts as whole")
	}
	h.fold(directory.Page{Part: directory.PeoplePart, Full: true, Last: true, Cursor: "2", People: []directory.Person{person("b", "displayName", "Bo")}})
	if got := h.mirror(); !slices.Equal(got, []string{"a:Åsa Öberg", "b:Bo"}) {
		t.Errorf("mirror: %q", got)
	}
	m := h.state()
	if m.Cursor != "2" || m.PeopleWhole != begun || m.ReadAt != begun {
		t.Errorf("state: %+v", m)
	}
	got := must(h.Person(t.Context(), h.source, "a"))(t)
	if d := cmp.Diff(map[directory.Field]string{"displayName": "Åsa Öberg", "mail": "asa@example.se"}, got.Fields); d != "" {
		t.Error("empty properties are not kept:", d)
	}
	found := must(h.SearchPeople(t.Context(), h.source, "OBERG", 10))(t)
	if len(found) != 1 || found[0].ID != "a" {
		t.Errorf("search: %v", found)
	}
}

func TestADeltaMergesAndAFullReadReplaces(t *testing.T) {
	h := newHouse(t)
	h.fold(everybody("1", person("a", "displayName", "A", "jobTitle", "chef", "city", "Umeå")))
	h.ok(h.SetPurposes(t.Context(), h.source, map[string]string{"a": "user", "nobody": "room"}))
	h.fold(directory.Page{Part: directory.PeoplePart, Last: true, Cursor: "2", People: []directory.Person{person("a", "jobTitle", "", "department", "IT")}})
	got := must(h.Person(t.Context(), h.source, "a"))(t)
	want := map[directory.Field]string{"displayName": "A", "city": "Umeå", "department": "IT", "userPurpose": "user"}
	if d := cmp.Diff(want, got.Fields); d != "" {
		t.Error("after a delta:", d)
	}
	// The same person twice in one read: the second time it is merged.
	h.fold(everybody("3", person("a", "displayName", "A"), person("a", "city", "Luleå")))
	got = must(h.Person(t.Context(), h.source, "a"))(t)
	want = map[directory.Field]string{"displayName": "A", "city": "Luleå", "userPurpose": "user"}
	if d := cmp.Diff(want, got.Fields); d != "" {
		t.Error("after a full read:", d)
	}
}

func TestWhatIsAsBeforeIsNotWritten(t *testing.T) {
	h := newHouse(t)
	h.fold(everybody("1", person("a", "displayName", "A"), person("b", "displayName", "B")))
	seq := h.state().Seq
	f := h.fold(everybody("2", person("a", "displayName", "A"), person("b", "displayName", "Bo")))
	if f.Changed != 1 {
		t.Errorf("changed: %+v", f)
	}
	if got := h.since(seq); !slices.Equal(got, []string{"b"}) {
		t.Errorf("touched since: %q", got)
	}
}

func TestAbsenceCountsOnlyAfterAWholeRead(t *testing.T) {
	h := newHouse(t)
	h.fold(everybody("1", person("a", "displayName", "A"), person("b", "displayName", "B"), person("c", "displayName", "C")))
	h.clock.pass(24 * time.Hour)
	seq := h.state().Seq
	h.fold(directory.Page{Part: directory.PeoplePart, Full: true, First: true, Cursor: "2", People: []directory.Person{person("a", "displayName", "A")}})
	if got := h.mirror(); !slices.Equal(got, []string{"a:A", "b:B", "c:C"}) {
		t.Errorf("before the last page: %q", got)
	}
	f := h.fold(directory.Page{Part: directory.PeoplePart, Full: true, Last: true, Cursor: "3", People: []directory.Person{person("c", "displayName", "C")}})
	if f != (Folded{Missing: 1}) {
		t.Errorf("folded: %+v", f)
	}
	if got := h.mirror(); !slices.Equal(got, []string{"a:A", "b:B missing", "c:C"}) {
		t.Errorf("after the last page: %q", got)
	}
	if got := h.since(seq); !slices.Equal(got, []string{"b"}) {
		t.Errorf("touched since: %q", got)
	}
	if b := must(h.Person(t.Context(), h.source, "b"))(t); b.GoneAt != begun.Add(24*time.Hour) {
		t.Errorf("gone at %v", b.GoneAt)
	}
	if n := must(h.PeopleCount(t.Context(), h.source))(t); n != 2 {
		t.Errorf("%d people are present, want 2", n)
	}
}

func TestAnEmptyFullReadMarksNobody(t *testing.T) {
	h := newHouse(t)
	if f := h.fold(everybody("1")); f.Empty {
		t.Error("a directory that was empty before is not an empty answer")
	}
	h.fold(everybody("2", person("a", "displayName", "A")))
	f := h.fold(everybody("3"))
	if !f.Empty || f.Missing != 0 {
		t.Errorf("folded: %+v", f)
	}
	if got := h.mirror(); !slices.Equal(got, []string{"a:A"}) {
		t.Errorf("mirror: %q", got)
	}
	if c := h.state().Cursor; c != "" {
		t.Errorf("cursor %q: the next read is not a full one", c)
	}
}

func TestTombstonesAndReturns(t *testing.T) {
	h := newHouse(t)
	h.fold(everybody("1", person("a", "displayName", "A"), person("b", "displayName", "B")))
	gone := func(reason directory.GoneReason, ids ...string) {
		var list []directory.Gone
		for _, id := range ids {
			list = append(list, directory.Gone{ID: id, Reason: reason})
		}
		h.fold(directory.Page{Part: directory.PeoplePart, Gone: list, Last: true, Cursor: "x"})
	}
	steps := []struct {
		name string
		do   func()
		want []string
	}{
		{"deleted", func() { gone(directory.SoftDeleted, "a", "never seen") }, []string{"a:A changed", "b:B"}},
		{"again", func() { gone(directory.SoftDeleted, "a") }, []string{"a:A changed", "b:B"}},
		{"purged", func() { h.clock.pass(time.Hour); gone(directory.Purged, "a") }, []string{"a:A deleted", "b:B"}},
		{"a purge is final", func() { gone(directory.SoftDeleted, "a") }, []string{"a:A deleted", "b:B"}},
		{"a full read without him", func() { h.fold(everybody("2", person("b", "displayName", "B"))) }, []string{"a:A deleted", "b:B"}},
		{"back", func() { h.fold(everybody("3", person("a", "displayName", "A2"), person("b", "displayName", "B"))) }, []string{"a:A2", "b:B"}},
		{"missing", func() { h.fold(everybody("4", person("b", "displayName", "B"))) }, []string{"a:A2 missing", "b:B"}},
		{"explained", func() { gone(directory.SoftDeleted, "a") }, []string{"a:A2 changed", "b:B"}},
		{"restored", func() {
			h.fold(directory.Page{Part: directory.PeoplePart, People: []directory.Person{person("a")}, Last: true, Cursor: "5"})
		}, []string{"a:A2", "b:B"}},
	}
	for _, s := range steps {
		seq := h.state().Seq
		before := h.mirror()
		s.do()
		if got := h.mirror(); !slices.Equal(got, s.want) {
			t.Errorf("%s: %q, want %q", s.name, got, s.want)
		}
		if changed := !slices.Equal(before, s.want); changed != slices.Contains(h.since(seq), "a") {
			t.Errorf("%s: touched since: %q", s.name, h.since(seq))
		}
	}
}

func TestAPurgeKeepsWhenHeLeft(t *testing.T) {
	h := newHouse(t)
	h.fold(everybody("1", person("a"), person("b")))
	h.fold(directory.Page{Part: directory.PeoplePart, Gone: []directory.Gone{{ID: "a", Reason: directory.SoftDeleted}}})
	h.clock.pass(time.Hour)
	h.fold(directory.Page{Part: directory.PeoplePart, Gone: []directory.Gone{{ID: "a", Reason: directory.Purged}}})
	if a := must(h.Person(t.Context(), h.source, "a"))(t); a.GoneAt != begun {
		t.Errorf("gone at %v, want %v", a.GoneAt, begun)
	}
}

func TestPurgePeopleKeepsLinkedOnes(t *testing.T) {
	h := newHouse(t)
	h.fold(everybody("1", person("a"), person("b"), person("c")))
	h.fold(everybody("2", person("c")))
	h.ok(h.PutLinks(t.Context(), []Link{{Register: "builtin", Subscriber: "s", Source: h.source, Person: "b", Replicator: h.replicator, State: Linked}}))
	h.ok(h.PurgePeople(t.Context(), h.source, begun))
	if got := h.mirror(); len(got) != 3 {
		t.Errorf("purged too early: %q", got)
	}
	h.ok(h.PurgePeople(t.Context(), h.source, begun.Add(time.Second)))
	if got := h.mirror(); !slices.Equal(got, []string{"b: missing", "c:"}) {
		t.Errorf("mirror: %q", got)
	}
}

func TestManyRowsTakeManyTransactions(t *testing.T) {
	h := newHouse(t)
	people := make([]directory.Person, 1203)
	edges := make([]directory.Edge, len(people))
	for i := range people {
		people[i] = person(fmt.Sprint("p", i), "displayName", fmt.Sprint("P ", i))
		edges[i] = directory.Edge{Group: "g", Member: people[i].ID}
	}
	if f := h.fold(everybody("1", people...)); f.Changed != len(people) {
		t.Errorf("folded: %+v", f)
	}
	h.fold(directory.Page{Part: directory.GroupsPart, Full: true, First: true, Last: true, Cursor: "2",
		Groups: []directory.Group{{ID: "g", Name: "G"}}, Edges: edges})
	if m := must(h.Org.Memberships(t.Context(), h.source))(t); len(m["g"]) != len(people) {
		t.Errorf("%d members", len(m["g"]))
	}
	if f := h.fold(everybody("3", people[0])); f.Missing != len(people)-1 {
		t.Errorf("folded: %+v", f)
	}
	h.fold(directory.Page{Part: directory.GroupsPart, Cursor: "4", Groups: []directory.Group{{ID: "g", Gone: true}}})
	if m := must(h.Org.Memberships(t.Context(), h.source))(t); len(m) != 0 {
		t.Errorf("%d groups are left", len(m))
	}
	got := must(h.PeopleByIDs(t.Context(), h.source, []string{"p1", "p1202", "who"}))(t)
	if len(got) != 2 {
		t.Errorf("by ids: %v", got)
	}
}
