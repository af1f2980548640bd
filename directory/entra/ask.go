package entra

import (
	"context"

	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/graph"
)

// FindGroups searches groups by the beginning of a word of their name, at most 50.
func (r Reader) FindGroups(ctx context.Context, search string) ([]directory.Group, error) {
	found, err := r.Client.SearchGroups(ctx, search, 50)
	if err != nil {
		return nil, Trouble(err)
	}
	groups := make([]directory.Group, len(found))
	for i := range found {
		groups[i] = group(&found[i])
	}
	return groups, nil
}

// Group reads one group by its object id.
func (r Reader) Group(ctx context.Context, id string) (directory.Group, error) {
	g, err := r.Client.Group(ctx, id)
	if err != nil {
		return directory.Group{}, Trouble(err)
	}
	return group(&g), nil
}

func group(g *graph.Group) directory.Group {
	return directory.Group{ID: g.ID, Name: g.Text("displayName"), Kind: kind(&g.Object)}
}

// Person reads one person as Entra has him now, by object id or user principal name.
func (r Reader) Person(ctx context.Context, id string) (directory.Person, error) {
	u, err := r.Client.User(ctx, id, properties(withoutManager(r.Fields)))
	if err != nil {
		return directory.Person{}, Trouble(err)
	}
	p := person(&u)
	for f, v := range p.Fields {
		if v == "" {
			delete(p.Fields, f)
		}
	}
	return p, nil
}

func withoutManager(fields []directory.Field) []directory.Field {
	var out []directory.Field
	for _, f := range fields {
		if f != directory.Manager {
			out = append(out, f)
		}
	}
	return out
}

// Count says how many people the groups of a scope hold, nested groups included,
// or, for everybody, how many users the tenant has: before exclusions, kinds and
// conditions, which only a reading can tell.
func (r Reader) Count(ctx context.Context, s directory.Scope) (int, error) {
	if s.Everybody {
		n, err := r.Client.CountUsers(ctx)
		return n, Trouble(err)
	}
	total := 0
	for _, g := range s.Groups {
		n, err := r.Client.CountTransitiveMembers(ctx, g)
		if err != nil {
			return 0, Trouble(err)
		}
		total += n
	}
	return total, nil
}

// Purposes asks what people's mailboxes are for: "user", "shared", "room",
// "equipment", "others", and "none" for those who have no mailbox here. Whoever
// could not be asked is left out.
func (r Reader) Purposes(ctx context.Context, ids []string) (map[string]string, error) {
	purposes := make(map[string]string, len(ids))
	for p, err := range r.Client.UserPurposes(ctx, ids) {
		switch {
		case err != nil:
			return purposes, Trouble(err)
		case p.Err == nil && p.Purpose != "":
			purposes[p.ID] = p.Purpose
		case p.Err != nil && p.Err.NotFound():
			purposes[p.ID] = "none"
		case p.Err != nil && p.Err.Denied():
			return purposes, Trouble(p.Err)
		}
	}
	return purposes, nil
}
