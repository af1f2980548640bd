package store

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/telefonist/telefonist/directory"
)

func groupsPage(full bool, groups []directory.Group, edges ...directory.Edge) directory.Page {
	return directory.Page{Part: directory.GroupsPart, Groups: groups, Edges: edges, Full: full, First: full, Last: true, Cursor: "g"}
}

func (h house) members() map[string][]string {
	h.Helper()
	m := must(h.Org.Memberships(h.Context(), h.source))(h)
	for _, ids := range m {
		slices.Sort(ids)
	}
	return m
}

func TestGroupsAndEdgesAreMirrored(t *testing.T) {
	h := newHouse(t)
	h.fold(everybody("1", person("a"), person("b")))
	sales := directory.Group{ID: "g1", Name: "Försäljning", Kind: directory.Security}
	nested := directory.Group{ID: "g2", Name: "Ekonomi", Kind: directory.Dynamic}
	h.fold(groupsPage(true, []directory.Group{sales, nested}, directory.Edge{Group: "g1", Member: "a"},
		directory.Edge{Group: "g1", Member: "g2"}, directory.Edge{Group: "g2", Member: "b"}))
	if d := cmp.Diff(map[string][]string{"g1": {"a", "g2"}, "g2": {"b"}}, h.members()); d != "" {
		t.Error(d)
	}
	groups := must(h.Groups(t.Context(), h.source, "", 10))(t)
	if d := cmp.Diff([]directory.Group{nested, sales}, groups); d != "" {
		t.Error("by name:", d)
	}
	if found := must(h.Groups(t.Context(), h.source, "forsalj", 10))(t); len(found) != 1 || found[0] != sales {
		t.Errorf("search: %v", found)
	}
	if got := must(h.Group(t.Context(), h.source, "g2"))(t); got != nested {
		t.Errorf("group: %v", got)
	}
	if got := must(h.GroupsOfMember(t.Context(), h.source, "b"))(t); !slices.Equal(got, []string{"g2"}) {
		t.Errorf("groups of b: %v", got)
	}
	m := h.state()
	if m.GroupsWhole != begun || m.WholeSeq == 0 {
		t.Errorf("state: %+v", m)
	}
}

// What a page of groups changed is told by the seq of the people concerned, or, where
// it can't be, by whole_seq.
func TestWhoIsTouchedByAnEdge(t *testing.T) {
	first := newHouse(t)
	start := groupsPage(true, []directory.Group{{ID: "g1"}, {ID: "g2"}}, directory.Edge{Group: "g1", Member: "a"})
	for _, c := range []struct {
		name    string
		page    directory.Page
		touched []string
		whole   bool
	}{
		{"an edge to a person", groupsPage(false, nil, directory.Edge{Group: "g2", Member: "b"}), []string{"b"}, false},
		{"an edge that was there", groupsPage(false, nil, directory.Edge{Group: "g1", Member: "a"}), nil, false},
		{"an edge taken away", groupsPage(false, nil, directory.Edge{Group: "g1", Member: "a", Gone: true}), []string{"a"}, false},
		{"an edge taken away that was not there", groupsPage(false, nil, directory.Edge{Group: "g2", Member: "a", Gone: true}), nil, false},
		{"an edge added and taken away", groupsPage(false, nil, directory.Edge{Group: "g2", Member: "a"}, directory.Edge{Group: "g2", Member: "a", Gone: true}), nil, false},
		{"an edge to a group", groupsPage(false, nil, directory.Edge{Group: "g1", Member: "g2"}), nil, true},
		{"an edge to somebody not read yet", groupsPage(false, nil, directory.Edge{Group: "g1", Member: "new"}), nil, true},
		{"a group renamed", groupsPage(false, []directory.Group{{ID: "g1", Name: "ny"}}), nil, false},
		{"a group gone", groupsPage(false, []directory.Group{{ID: "g1", Gone: true}}), nil, true},
		{"a group gone that was not there", groupsPage(false, []directory.Group{{ID: "g9", Gone: true}}), nil, false},
		{"a full read without a difference", start, nil, false},
		{"a full read with an edge more", groupsPage(true, start.Groups, start.Edges[0], directory.Edge{Group: "g2", Member: "a"}), nil, true},
		{"a full read with an edge less", groupsPage(true, start.Groups), nil, true},
		{"a full read with a group less", groupsPage(true, start.Groups[:1], start.Edges...), nil, true},
		{"an empty full read", groupsPage(true, nil), nil, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := settled(t, first.Store, first.clock, c.name, c.name)
			h.fold(everybody("1", person("a"), person("b")))
			h.fold(start)
			before := h.state()
			h.fold(c.page)
			if got := h.since(before.Seq); !slices.Equal(got, c.touched) {
				t.Errorf("touched: %q, want %q", got, c.touched)
			}
			if whole := h.state().WholeSeq > before.Seq; whole != c.whole {
				t.Errorf("whole: %v, want %v", whole, c.whole)
			}
		})
	}
}

func TestAFullReadOfGroupsDeletesWhatIsAbsent(t *testing.T) {
	h := newHouse(t)
	h.fold(groupsPage(true, []directory.Group{{ID: "g1"}, {ID: "g2"}}, directory.Edge{Group: "g1", Member: "a"}, directory.Edge{Group: "g1", Member: "b"},
		directory.Edge{Group: "g2", Member: "a"}))
	h.fold(groupsPage(true, nil))
	if got := h.members(); len(got) != 2 {
		t.Errorf("an empty answer deleted groups: %v", got)
	}
	h.fold(groupsPage(true, []directory.Group{{ID: "g1"}}, directory.Edge{Group: "g1", Member: "b"}))
	if d := cmp.Diff(map[string][]string{"g1": {"b"}}, h.members()); d != "" {
		t.Error(d)
	}
}
