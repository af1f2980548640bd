package store

import (
	"context"

	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/name"
	"github.com/telefonist/telefonist/store/internal/db"
)

func (f *folding) groups(ctx context.Context) error {
	for groups := f.page.Groups; len(groups) > 0; {
		n := min(batch, len(groups))
		if err := f.step(ctx, func(ctx context.Context, w *writing, at db.Source) error {
			return f.someGroups(ctx, w, at, groups[:n])
		}); err != nil {
			return err
		}
		groups = groups[n:]
	}
	for _, g := range f.page.Groups {
		if g.Gone {
			if err := f.dropGroup(ctx, g.ID); err != nil {
				return err
			}
		}
	}
	for edges := f.page.Edges; len(edges) > 0; {
		n := min(batch/2, len(edges)) // an edge may touch its person, too
		if err := f.step(ctx, func(ctx context.Context, w *writing, at db.Source) error {
			return f.someEdges(ctx, w, at, edges[:n])
		}); err != nil {
			return err
		}
		edges = edges[n:]
	}
	return nil
}

func (f *folding) someGroups(ctx context.Context, w *writing, at db.Source, groups []directory.Group) error {
	last := map[string]int{} // PostgreSQL wants each group once
	for i, g := range groups {
		last[g.ID] = i
	}
	var rows [][]any
	for i, g := range groups {
		if !g.Gone && last[g.ID] == i {
			rows = append(rows, []any{f.id, f.source, g.ID, g.Name, nameKey(g.Name, g.ID), name.Fold(g.Name),
				string(g.Kind), at.GroupsStamp})
		}
	}
	_, err := f.s.run(ctx, w, putGroups, rows)
	return err
}

// dropGroup deletes a group's edges, in as many transactions as they need, and
// then the group.
func (f *folding) dropGroup(ctx context.Context, group string) error {
	for more := true; more; {
		if err := f.step(ctx, func(ctx context.Context, w *writing, at db.Source) error {
			edges, err := w.DeleteEdgesOfGroup(ctx, db.DeleteEdgesOfGroupParams{Organization: f.id, Source: f.source, GroupID: group})
			if err != nil {
				return err
			}
			more = edges == batch
			rows := int64(0)
			if !more {
				rows, err = w.DeleteGroup(ctx, db.DeleteGroupParams{Organization: f.id, Source: f.source, ID: group})
			}
			if err != nil || edges+rows == 0 {
				return err
			}
			return f.whole(ctx, w, at)
		}); err != nil {
			return err
		}
	}
	return nil
}

// whole says that this transaction changed more than can be told person by person.
func (f *folding) whole(ctx context.Context, w *writing, at db.Source) error {
	return w.SetWholeSeq(ctx, db.SetWholeSeqParams{Organization: f.id, ID: f.source, WholeSeq: at.Seq})
}

func (f *folding) someEdges(ctx context.Context, w *writing, at db.Source, edges []directory.Edge) error {
	touched, err := f.putEdges(ctx, w, at, edges)
	if err != nil || len(touched) == 0 {
		return err
	}
	if f.page.Full {
		return f.whole(ctx, w, at)
	}
	people, err := f.s.among(ctx, w, touchPeople, []any{f.id, f.source, at.Seq}, touched)
	if err != nil {
		return err
	}
	if int(people) < len(touched) { // a group within a group, or somebody not read yet
		return f.whole(ctx, w, at)
	}
	return nil
}

// putEdges adds and deletes edges, and returns the members of those that were not
// so before, each once.
func (f *folding) putEdges(ctx context.Context, w *writing, at db.Source, edges []directory.Edge) ([]string, error) {
	final := map[directory.Edge]bool{} // the last word of the page about an edge: gone
	for _, e := range edges {
		final[directory.Edge{Group: e.Group, Member: e.Member}] = e.Gone
	}
	var touched []string
	seen := map[string]bool{}
	touch := func(member string) {
		if !seen[member] {
			seen[member] = true
			touched = append(touched, member)
		}
	}
	var rows [][]any
	for e, gone := range final {
		if !gone {
			rows = append(rows, []any{f.id, f.source, e.Group, e.Member, at.GroupsStamp})
			continue
		}
		n, err := w.DeleteEdge(ctx, db.DeleteEdgeParams{Organization: f.id, Source: f.source, GroupID: e.Group, Member: e.Member})
		if err != nil {
			return nil, err
		}
		if n > 0 {
			touch(e.Member)
		}
	}
	added, err := f.s.fresh(ctx, w, addEdges, rows)
	if err != nil {
		return nil, err
	}
	for edge := range added {
		touch(edge[1])
	}
	if f.page.Full && len(added) < len(rows) {
		_, err = f.s.run(ctx, w, stampEdges, rows)
	}
	return touched, err
}

// absent finds what a full read has not seen.
func (f *folding) absent(ctx context.Context) error {
	if f.page.Part == directory.PeoplePart {
		return f.absentPeople(ctx)
	}
	return f.absentGroups(ctx)
}

func (f *folding) absentPeople(ctx context.Context) error {
	var ids []string
	err := f.step(ctx, func(ctx context.Context, w *writing, at db.Source) error {
		seen, err := w.AnyStampedPerson(ctx, db.AnyStampedPersonParams{Organization: f.id, Source: f.source, Stamp: at.PeopleStamp})
		if err != nil {
			return err
		}
		ids, err = w.UnstampedPeople(ctx, db.UnstampedPeopleParams{Organization: f.id, Source: f.source, Stamp: at.PeopleStamp})
		if len(seen) == 0 && len(ids) > 0 {
			f.folded.Empty, ids = true, nil
		}
		return err
	})
	for err == nil && len(ids) > 0 {
		n := min(batch, len(ids))
		err = f.step(ctx, func(ctx context.Context, w *writing, at db.Source) error {
			lost, err := f.s.among(ctx, w, losePeople, []any{f.id, f.source, at.Seq, millis(f.s.now())}, ids[:n])
			f.folded.Missing += int(lost)
			return err
		})
		ids = ids[n:]
	}
	return err
}

func (f *folding) absentGroups(ctx context.Context) error {
	var ids []string
	none := false
	err := f.step(ctx, func(ctx context.Context, w *writing, at db.Source) error {
		seen, err := w.AnyStampedGroup(ctx, db.AnyStampedGroupParams{Organization: f.id, Source: f.source, Stamp: at.GroupsStamp})
		if err != nil || len(seen) == 0 {
			none = true
			return err
		}
		ids, err = w.UnstampedGroups(ctx, db.UnstampedGroupsParams{Organization: f.id, Source: f.source, Stamp: at.GroupsStamp})
		return err
	})
	if err != nil || none {
		return err
	}
	for _, id := range ids {
		if err := f.dropGroup(ctx, id); err != nil {
			return err
		}
	}
	for more := true; more; {
		if err := f.step(ctx, func(ctx context.Context, w *writing, at db.Source) error {
			n, err := w.DeleteUnstampedEdges(ctx, db.DeleteUnstampedEdgesParams{Organization: f.id, Source: f.source, Stamp: at.GroupsStamp})
			more = n == batch
			if err != nil || n == 0 {
				return err
			}
			return f.whole(ctx, w, at)
		}); err != nil {
			return err
		}
	}
	return nil
}
