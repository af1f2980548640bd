package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/plan"
	"github.com/telefonist/telefonist/store"
)

// Explanation says all there is to say about one person in one replicator.
type Explanation struct {
	Replicator  Named
	Person      directory.Person
	ReadNow     bool // asked of the directory just now; else as last read
	Gone        directory.GoneReason
	Verdict     directory.Verdict
	GroupName   string // of an excluding group
	State       store.StandingState
	Link        *store.Link
	Subscriber  *pbx.Subscriber
	Fields      []FieldLine
	Suggestions []store.Suggestion
	History     []store.Change
}

// Named is something with an id and a name.
type Named struct{ ID, Name string }

// FieldLine is one mapped field: what the directory says, what we want from it,
// what the register holds, what we last wrote.
type FieldLine struct {
	Field                      pbx.Field
	From                       directory.Field
	When                       directory.When
	Raw, Wanted, Held, Written string
	Problem                    *pbx.Reason
}

// patience is how long Explain waits for directories, for all that it asks of
// them, before it answers with what was last read.
const patience = 1500 * time.Millisecond

// Explain answers for the people that query names (an address, an object id, or
// part of a name; at most ten), one explanation a replicator.
func (r *Reconciler) Explain(ctx context.Context, org organization.ID, query string) ([]Explanation, error) {
	o := r.Store.In(org)
	all, err := o.Replicators(ctx)
	if err != nil {
		return nil, fmt.Errorf("explain: %w", err)
	}
	asking, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var out []Explanation
	for _, rep := range all {
		t := &task{Reconciler: r, id: org, org: o, replicator: rep, asking: asking}
		found, err := t.find(ctx, query)
		if err != nil {
			return nil, fmt.Errorf("explain: %w", err)
		}
		for _, p := range found {
			e, err := t.explain(ctx, p, len(found) == 1)
			if err != nil {
				return nil, fmt.Errorf("explain: %w", err)
			}
			out = append(out, e)
		}
	}
	return out, nil
}

// find looks in the mirror, and, for an address or id that it does not hold, in
// the directory itself.
func (t *task) find(ctx context.Context, query string) ([]store.MirrorPerson, error) {
	query = strings.TrimSpace(query)
	if p, err := t.org.Person(ctx, t.replicator.Source, query); err == nil {
		return []store.MirrorPerson{p}, nil
	} else if !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	found, err := t.org.SearchPeople(ctx, t.replicator.Source, query, 10)
	if err != nil || len(found) > 0 || !strings.Contains(query, "@") {
		return found, err
	}
	if found, err = t.findLeft(ctx, query); err != nil || len(found) > 0 {
		return found, err
	}
	if p, err := t.ask(query); err == nil {
		return []store.MirrorPerson{{Person: p}}, nil
	}
	return nil, nil
}

// findLeft looks for an address among the linked people who have left: nobody
// else is searched for who is gone.
func (t *task) findLeft(ctx context.Context, address string) ([]store.MirrorPerson, error) {
	left, err := t.org.LeftLinks(ctx, t.replicator.ID)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(left))
	for i, l := range left {
		ids[i] = l.Person
	}
	people, err := t.org.PeopleByIDs(ctx, t.replicator.Source, ids)
	return slices.DeleteFunc(people, func(p store.MirrorPerson) bool {
		return !slices.Contains(p.Addresses(), strings.ToLower(address))
	}), err
}

// ask reads one person from the directory, in short time or not at all.
func (t *task) ask(id string) (directory.Person, error) {
	ctx := t.asking
	source, err := t.OpenSource(ctx, t.id, t.replicator.Source)
	if err != nil {
		return directory.Person{}, err
	}
	fields, _, err := needs(ctx, t.org, t.replicator.Source)
	if err != nil {
		return directory.Person{}, err
	}
	return source.Person(ctx, id, fields)
}

func (t *task) explain(ctx context.Context, p store.MirrorPerson, now bool) (Explanation, error) {
	e := Explanation{Replicator: Named{t.replicator.ID, t.replicator.Name}, Person: p.Person, Gone: p.GoneReason}
	if now {
		if fresh, err := t.ask(p.ID); err == nil {
			for _, f := range []directory.Field{directory.Purpose, directory.ManagerID} {
				if v := p.Get(f); v != "" && fresh.Fields[f] == "" {
					fresh.Fields[f] = v
				}
			}
			e.Person, e.ReadNow = fresh, true
		}
	}
	in := plan.Input{People: []directory.Person{e.Person}}
	if err := t.membership(ctx, &in); err != nil {
		return e, err
	}
	e.Verdict = t.replicator.Settings.Scope.Judge(e.Person, in.Membership)
	if e.Verdict.Group != "" {
		if g, err := t.org.Group(ctx, t.replicator.Source, e.Verdict.Group); err == nil {
			e.GroupName = g.Name
		}
	}
	if s, err := t.org.Standing(ctx, t.replicator.ID, p.ID); err == nil {
		e.State, e.Suggestions = s.State, s.Suggestions
	}
	if err := t.explainLink(ctx, &e); err != nil {
		return e, err
	}
	t.explainFields(ctx, &e)
	var err error
	e.History, err = t.org.ChangesOfPerson(ctx, p.ID, 50)
	return e, err
}

func (t *task) explainLink(ctx context.Context, e *Explanation) error {
	links, err := t.org.LinksOfPerson(ctx, t.replicator.Source, e.Person.ID)
	if err != nil {
		return err
	}
	for _, l := range links {
		if l.Replicator != t.replicator.ID {
			continue
		}
		e.Link = &l
		register, err := t.OpenRegister(ctx, t.id, t.replicator.Register)
		if err != nil {
			return err
		}
		// A link change without fields only asks for the entry.
		s, err := register.Apply(ctx, pbx.Change{Kind: pbx.Link, Subscriber: l.Subscriber})
		if err == nil {
			e.Subscriber = &s
		}
		return nil
	}
	return nil
}

func (t *task) explainFields(ctx context.Context, e *Explanation) {
	wanted, problems := plan.Wanted(e.Person, t.replicator.Settings, t.manager(ctx, e.Person))
	for _, rule := range t.replicator.Settings.Mapping {
		f := pbx.Field(rule.To)
		line := FieldLine{Field: f, From: rule.From, When: rule.When, Raw: e.Person.Get(rule.From), Wanted: wanted[f]}
		if rule.From == directory.Manager {
			line.Raw = wanted[f]
		}
		if e.Subscriber != nil {
			line.Held = e.Subscriber.Get(f)
		}
		if e.Link != nil {
			line.Written = e.Link.Written[f]
		}
		for i := range problems {
			if problems[i].Args["field"] == string(f) {
				line.Problem = &problems[i]
			}
		}
		e.Fields = append(e.Fields, line)
	}
}
