package reconcile

import (
	"context"
	"fmt"

	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/plan"
	"github.com/telefonist/telefonist/store"
)

// gather lays side by side what a plan is made from: of everybody for a whole
// round, else of those who were touched since the replicator's last plan, by
// themselves or by a membership.
func (t *task) gather(ctx context.Context) (plan.Input, error) {
	mirror, err := t.org.Mirror(ctx, t.replicator.Source)
	if err != nil {
		return plan.Input{}, fmt.Errorf("gather: %w", err)
	}
	t.read.seq = mirror.Seq
	linked, _, err := t.org.LinkCounts(ctx, t.replicator.ID)
	if err != nil {
		return plan.Input{}, fmt.Errorf("gather: %w", err)
	}
	t.read.linked = int(linked)
	t.round.Whole = t.round.Whole || !t.replicator.Approved || mirror.WholeSeq > t.replicator.PlannedSeq ||
		t.replicator.Generation != t.replicator.PlannedGeneration
	in := plan.Input{
		Now:      t.Now(),
		Source:   t.replicator.Source,
		Settings: t.replicator.Settings,
		Whole:    t.round.Whole,
		Gone:     map[string]directory.GoneReason{},
		NewKey:   newKey,
	}
	for _, step := range []func(context.Context, *plan.Input) error{t.leanPeople, t.membership, t.links, t.earlier, t.managers} {
		if err := step(ctx, &in); err != nil {
			return plan.Input{}, fmt.Errorf("gather: %w", err)
		}
	}
	return in, nil
}

// newKey makes the key that a create carries. It is kept with the plan, so that a
// create that is repeated carries the same one.
func newKey(string) string { return store.NewID() }

// leanPeople reads people with only what a plan needs of them: there may be
// hundreds of thousands.
func (t *task) leanPeople(ctx context.Context, in *plan.Input) error {
	all, err := t.org.Replicators(ctx)
	if err != nil {
		return err
	}
	var scopes []directory.Scope // those of the others decide, too: see earlier
	for _, r := range all {
		scopes = append(scopes, r.Settings.Scope)
	}
	return t.eachPerson(ctx, in, lean(t.replicator.Settings, scopes))
}

// people reads people with all that is known of them.
func (t *task) people(ctx context.Context, in *plan.Input) error {
	return t.eachPerson(ctx, in, func(p directory.Person) directory.Person { return p })
}

func (t *task) eachPerson(ctx context.Context, in *plan.Input, with func(directory.Person) directory.Person) error {
	since := t.replicator.PlannedSeq
	if in.Whole {
		since = -1
	}
	for p, err := range t.org.People(ctx, t.replicator.Source, since) {
		if err != nil {
			return err
		}
		if p.GoneReason == "" {
			in.People = append(in.People, with(p.Person))
		} else {
			in.Gone[p.ID] = p.GoneReason
		}
	}
	return nil
}

// usual are values that say no more than none would, unless the settings name
// their property.
var usual = map[directory.Field]string{
	directory.AccountEnabled: "true", directory.UserType: "Member", directory.Licensed: "true",
	directory.ShowInAddressList: "true", directory.Purpose: "user",
}

// lean takes from a person what is usual, and numbers that nothing is made of.
func lean(s directory.Settings, scopes []directory.Scope) func(directory.Person) directory.Person {
	named := map[directory.Field]bool{s.Extension.Field: true}
	for _, r := range s.Mapping {
		named[r.From] = true
	}
	for _, scope := range scopes {
		for _, c := range scope.Conditions {
			named[c.Field] = true
		}
	}
	drop := func(f directory.Field, v string) bool {
		switch {
		case named[f]:
			return false
		case f == directory.MobilePhone, f == directory.BusinessPhones, f == directory.UsageLocation && s.Country != "":
			return true
		}
		return usual[f] != "" && usual[f] == v
	}
	return func(p directory.Person) directory.Person {
		n := 0
		for f, v := range p.Fields {
			if !drop(f, v) {
				n++
			}
		}
		fields := make(map[directory.Field]string, n)
		for f, v := range p.Fields {
			if !drop(f, v) {
				fields[f] = v
			}
		}
		return directory.Person{ID: p.ID, Fields: fields}
	}
}

// membership closes the groups that the scope names.
func (t *task) membership(ctx context.Context, in *plan.Input) error {
	scope := t.replicator.Settings.Scope
	if !scope.UsesGroups() || len(in.People) == 0 {
		return nil
	}
	members, err := t.org.Memberships(ctx, t.replicator.Source)
	if err != nil {
		return err
	}
	in.Membership = directory.Close(members, append(append([]string(nil), scope.Groups...), scope.Exclude...)...)
	return nil
}

// links finds who is tied to what. Entries are looked through only where links
// are behind them or where somebody new may be one of them.
func (t *task) links(ctx context.Context, in *plan.Input) error {
	touched := map[string]bool{}
	for _, p := range in.People {
		touched[p.ID] = true
	}
	for id := range in.Gone {
		touched[id] = true
	}
	if !in.Whole && len(touched) == 0 {
		return nil
	}
	ignored, err := t.org.IgnoredOf(ctx, t.replicator.ID)
	if err != nil {
		return err
	}
	in.Ignored = ignored
	ties, err := t.ties(ctx, in, touched)
	if err != nil {
		return err
	}
	return t.entries(ctx, in, ties)
}

// ties are the links by entry; those of touched people go into the plan.
type ties struct {
	mine  map[string]store.Link // entry → link of this replicator that is planned
	all   map[string]bool       // entries tied to anybody
	left  map[string]bool       // entries whose person has left
	keyed map[string]store.Link // creates under way, by key
}

func (t *task) ties(ctx context.Context, in *plan.Input, touched map[string]bool) (ties, error) {
	x := ties{map[string]store.Link{}, map[string]bool{}, map[string]bool{}, map[string]store.Link{}}
	names, err := t.names(ctx)
	if err != nil {
		return x, err
	}
	in.Elsewhere = map[string]string{}
	for l, err := range t.org.Links(ctx, t.replicator.Register) {
		if err != nil {
			return x, err
		}
		x.all[l.Subscriber] = true
		if l.Left != store.Present {
			x.left[l.Subscriber] = true
		}
		switch {
		case l.Replicator != t.replicator.ID:
			if l.Source == t.replicator.Source {
				in.Elsewhere[l.Person] = names[l.Replicator]
			}
		case !in.Whole && !touched[l.Person]:
		case l.State == store.Creating:
			x.keyed[l.Key] = l
		default:
			x.mine[l.Subscriber] = l
		}
	}
	return x, nil
}

func (t *task) names(ctx context.Context) (map[string]string, error) {
	all, err := t.org.Replicators(ctx)
	if err != nil {
		return nil, err
	}
	names := make(map[string]string, len(all))
	for _, r := range all {
		names[r.ID] = r.Name
	}
	return names, nil
}

// entries lays the register's entries to their links.
func (t *task) entries(ctx context.Context, in *plan.Input, x ties) error {
	register, err := t.OpenRegister(ctx, t.id, t.replicator.Register)
	if err != nil {
		return err
	}
	in.InUse, in.Shared = map[string]bool{}, map[string]bool{}
	seen := map[string]bool{}
	for s, err := range register.Subscribers(ctx) {
		if err != nil {
			return err
		}
		if ext := s.Get(pbx.Extension); ext != "" {
			in.InUse[ext] = true
		}
		for n := range plan.OwnNumbers(s.Fields) {
			in.Shared[n] = seen[n]
			seen[n] = true
		}
		if l, ok := x.keyed[s.Key]; ok && s.Key != "" {
			in.Tied = append(in.Tied, tied(l, s, true))
			delete(x.keyed, s.Key)
		} else if l, ok := x.mine[s.ID]; ok {
			in.Tied = append(in.Tied, tied(l, s, true))
			delete(x.mine, s.ID)
		} else if x.left[s.ID] {
			in.Leaving = append(in.Leaving, s)
		} else if !x.all[s.ID] {
			in.Unlinked = append(in.Unlinked, s)
		}
	}
	for _, l := range x.mine {
		in.Tied = append(in.Tied, tied(l, pbx.Subscriber{ID: l.Subscriber}, false))
	}
	for key, l := range x.keyed {
		in.Tied = append(in.Tied, tied(l, pbx.Subscriber{ID: l.Subscriber, Key: key}, false))
	}
	return t.resting(ctx, in)
}

// resting adds the extensions that were freed lately: a caller may still mean
// the one who had it.
func (t *task) resting(ctx context.Context, in *plan.Input) error {
	var err error
	in.Resting, err = t.org.RestingExtensions(ctx, t.Now().Add(-restOfExtension))
	return err
}

// earlier leaves people to the replicators before this one in whose scope they
// are: among unlinked people the order of the replicators decides.
func (t *task) earlier(ctx context.Context, in *plan.Input) error {
	if len(in.People) == 0 {
		return nil
	}
	all, err := t.org.Replicators(ctx)
	if err != nil {
		return err
	}
	for _, r := range all {
		if r.ID == t.replicator.ID {
			return nil
		}
		if r.Source != t.replicator.Source || r.Register != t.replicator.Register {
			continue
		}
		theirs := plan.Input{People: in.People}
		before := &task{Reconciler: t.Reconciler, id: t.id, org: t.org, replicator: r}
		if err := before.membership(ctx, &theirs); err != nil {
			return err
		}
		for _, p := range in.People {
			if in.Elsewhere[p.ID] == "" && r.Settings.Scope.Judge(p, theirs.Membership).In {
				in.Elsewhere[p.ID] = r.Name
			}
		}
	}
	return nil
}

func tied(l store.Link, s pbx.Subscriber, held bool) plan.Tied {
	return plan.Tied{Person: l.Person, Subscriber: s, Held: held, Written: l.Written, Left: plan.Left(l.Left), Creating: l.State == store.Creating}
}

// managers resolves the names of managers where the mapping wants them.
func (t *task) managers(ctx context.Context, in *plan.Input) error {
	if !mapsManager(in.Settings.Mapping) {
		return nil
	}
	in.Managers = map[string]string{}
	known := make(map[string]string, len(in.People))
	for _, p := range in.People {
		known[p.ID] = p.Name()
	}
	for _, p := range in.People {
		id := p.Get(directory.ManagerID)
		if id == "" || in.Managers[id] != "" {
			continue
		}
		name, ok := known[id]
		if !ok {
			m, err := t.org.Person(ctx, t.replicator.Source, id)
			if err != nil {
				continue // a manager we do not hold has no name here
			}
			name = m.Name()
		}
		in.Managers[id] = name
	}
	return nil
}

func mapsManager(m directory.Mapping) bool {
	for _, r := range m {
		if r.From == directory.Manager {
			return true
		}
	}
	return false
}
