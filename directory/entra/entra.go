// Package entra reads people and groups of Microsoft Entra ID for Telefonist: a
// [directory.Source] over package graph.
//
// People come from users/delta and groups, with their direct members, from
// groups/delta. A cursor holds the links of both rounds, so that a reading that
// was stopped goes on at its page, and a link that Microsoft has forgotten
// begins a full read of that part alone.
package entra

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"

	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/graph"
)

// Reader reads one tenant. Fields are the properties to read besides the id;
// Groups says whether groups and memberships are needed too.
type Reader struct {
	Client *graph.Client
	Fields []directory.Field
	Groups bool
}

var _ directory.Source = Reader{}

// cursor is where the rounds stand; "" means that a round has not begun.
type cursor struct {
	People     string `json:"people,omitempty"`
	PeopleFull bool   `json:"peopleFull,omitempty"` // the round under way is a full one
	Groups     string `json:"groups,omitempty"`
	GroupsFull bool   `json:"groupsFull,omitempty"`
}

func (c cursor) String() string {
	text, err := json.Marshal(c)
	if err != nil { // strings and booleans always marshal
		return ""
	}
	return string(text)
}

// Read implements [directory.Source]; errors are [*directory.Trouble].
func (r Reader) Read(ctx context.Context, from string) iter.Seq2[directory.Page, error] {
	return func(yield func(directory.Page, error) bool) {
		var at cursor
		if from != "" {
			if err := json.Unmarshal([]byte(from), &at); err != nil {
				yield(directory.Page{}, fmt.Errorf("read cursor: %w", err))
				return
			}
		}
		people := part[graph.User]{directory.PeoplePart, &at, &at.People, &at.PeopleFull, r.readPeople, r.people}
		if !people.read(ctx, yield) || !r.Groups {
			return
		}
		groups := part[graph.Group]{directory.GroupsPart, &at, &at.Groups, &at.GroupsFull, r.readGroups, fillGroups}
		groups.read(ctx, yield)
	}
}

// part reads one of the two rounds. link and full point into cursor.
type part[T any] struct {
	name   directory.Part
	cursor *cursor
	link   *string
	full   *bool
	pages  func(context.Context, string) iter.Seq2[graph.Page[T], error]
	fill   func(*directory.Page, []T)
}

// read delivers the pages of the round, and begins once more where the link has
// run out. It says whether the next part may follow.
func (p part[T]) read(ctx context.Context, yield func(directory.Page, error) bool) bool {
	err := p.round(ctx, yield)
	if errors.Is(err, graph.ErrReset) {
		*p.link = ""
		err = p.round(ctx, yield)
	}
	if err != nil && !errors.Is(err, errStopped) {
		yield(directory.Page{}, Trouble(fmt.Errorf("read %s: %w", p.name, err)))
	}
	return err == nil
}

// errStopped says that the caller wants no more pages.
var errStopped = errors.New("stopped")

func (p part[T]) round(ctx context.Context, yield func(directory.Page, error) bool) error {
	first := *p.link == ""
	if first {
		*p.full = true
	}
	for page, err := range p.pages(ctx, *p.link) {
		if err != nil {
			return err
		}
		out := directory.Page{Part: p.name, Full: *p.full, First: first, Last: page.Last()}
		p.fill(&out, page.Items)
		*p.link = page.Link()
		if out.Last {
			*p.full = false
		}
		out.Cursor = p.cursor.String()
		if !yield(out, nil) {
			return errStopped
		}
		first = false
	}
	return nil
}

func (r Reader) readPeople(ctx context.Context, link string) iter.Seq2[graph.Page[graph.User], error] {
	return r.Client.Users(ctx, link, properties(r.Fields))
}

func (r Reader) readGroups(ctx context.Context, link string) iter.Seq2[graph.Page[graph.Group], error] {
	return r.Client.Groups(ctx, link, groupProperties)
}

func (r Reader) people(page *directory.Page, users []graph.User) {
	page.People = make([]directory.Person, 0, len(users))
	for i := range users {
		u := &users[i]
		switch {
		case u.Removed == "":
			page.People = append(page.People, person(u))
		case u.Removed == graph.Changed:
			page.Gone = append(page.Gone, directory.Gone{ID: u.ID, Reason: directory.SoftDeleted})
		default:
			page.Gone = append(page.Gone, directory.Gone{ID: u.ID, Reason: directory.Purged})
		}
	}
}

func fillGroups(page *directory.Page, groups []graph.Group) {
	for i := range groups {
		g := &groups[i]
		page.Groups = append(page.Groups, directory.Group{
			ID: g.ID, Name: g.Text("displayName"), Kind: kind(&g.Object), Gone: g.Removed != "",
		})
		for _, m := range g.Members {
			page.Edges = append(page.Edges, directory.Edge{Group: g.ID, Member: m.ID, Gone: m.Removed != ""})
		}
	}
}
