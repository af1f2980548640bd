package store

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
)

// The suite is the same for both databases: open is in open_test.go for SQLite and
// in open_postgres_test.go for PostgreSQL (go test -tags postgres).

// clock is a time that a test sets.
type clock struct{ at time.Time }

func (c *clock) now() time.Time                 { return c.at }
func (c *clock) pass(d time.Duration) time.Time { c.at = c.at.Add(d); return c.at }

// begun is when every test begins.
var begun = time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)

// house is an organization with a source and a replicator, in a database of its own.
type house struct {
	*testing.T
	*Store
	Org
	clock      *clock
	source     string
	replicator string
}

func newHouse(t *testing.T) house {
	t.Helper()
	s := open(t)
	c := &clock{begun}
	s.now = c.now
	return settled(t, s, c, "Åkeri i Öst AB", "17")
}

func settled(t *testing.T, s *Store, c *clock, name, number string) house {
	t.Helper()
	org := must(s.AddOrganization(t.Context(), organization.Organization{Number: number, Name: name, Settings: organization.DefaultSettings()}))(t)
	h := house{T: t, Store: s, Org: s.In(org.ID), clock: c}
	h.source = must(h.AddSource(t.Context(), organization.Source{Name: "Entra", Kind: "entra", Settings: map[string]string{"tenant": "kommun.example.se"}}))(t).ID
	h.replicator = must(h.AddReplicator(t.Context(), organization.Replicator{Name: "Alla", Kind: "MicrosoftEntra", Source: h.source,
		Register: "builtin", Settings: directory.DefaultSettings()}))(t).ID
	return h
}

// must is the value, or the end of the test.
func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func (h house) ok(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

// is checks that err is want.
func (h house) is(err, want error) {
	h.Helper()
	if !errors.Is(err, want) {
		h.Errorf("got error %v, want %v", err, want)
	}
}

func all[T any](t testing.TB, seq iter.Seq2[T, error]) []T {
	t.Helper()
	var list []T
	for v, err := range seq {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, v)
	}
	return list
}

func person(id string, pairs ...string) directory.Person {
	p := directory.Person{ID: id, Fields: map[directory.Field]string{}}
	for i := 0; i+1 < len(pairs); i += 2 {
		p.Fields[directory.Field(pairs[i])] = pairs[i+1]
	}
	return p
}

// fold folds a page.
func (h house) fold(p directory.Page) Folded {
	h.Helper()
	return must(h.Fold(h.Context(), h.source, p))(h)
}

// everybody is a full read of people in one page.
func everybody(cursor string, people ...directory.Person) directory.Page {
	return directory.Page{Part: directory.PeoplePart, People: people, Cursor: cursor, Full: true, First: true, Last: true}
}

// mirror tells who is there, as "id:name" with how he is gone.
func (h house) mirror() []string {
	h.Helper()
	var list []string
	for _, p := range all(h, h.People(h.Context(), h.source, 0)) {
		line := p.ID + ":" + p.Get(directory.DisplayName)
		if p.GoneReason != "" {
			line += " " + string(p.GoneReason)
		}
		list = append(list, line)
	}
	slices.Sort(list)
	return list
}

// since tells whose seq is greater.
func (h house) since(seq int64) []string {
	h.Helper()
	var ids []string
	for _, p := range all(h, h.People(h.Context(), h.source, seq)) {
		ids = append(ids, p.ID)
	}
	slices.Sort(ids)
	return ids
}

func (h house) state() Mirror {
	h.Helper()
	return must(h.Mirror(h.Context(), h.source))(h)
}

func entries(n int) []pbx.Subscriber {
	list := make([]pbx.Subscriber, n)
	for i := range list {
		list[i] = pbx.Subscriber{Key: fmt.Sprint("key", i), Fields: pbx.Fields{pbx.DisplayName: fmt.Sprintf("Person %04d", i), pbx.Extension: fmt.Sprint(1000 + i)}}
	}
	return list
}

func byID[T any](list []T, id func(T) string) []T {
	slices.SortFunc(list, func(a, b T) int { return cmp.Compare(id(a), id(b)) })
	return list
}
