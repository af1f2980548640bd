package reconcile

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/store"
)

// terms are an organization's calendar settings made ready for computing the days
// of its people: read once, shared by all of them, never changed.
type terms struct {
	organization.Calendar
	language string
	zone     *time.Location
	set      activity.Set
	preset   []activity.Rule
	sources  map[string]organization.Connection
	unread   map[string]bool                 // sources whose groups have never been read
	members  map[string]directory.Membership // of the groups that settings name, by source
	stamp    string
}

// archive keeps organizations' terms until something that they follow from has
// changed.
type archive struct {
	mu       sync.Mutex
	all      map[organization.ID]*terms
	enrolled map[organization.ID]*terms // as they were when people were last enrolled
}

// terms returns an organization's terms as its rows say now.
func (r *Reconciler) terms(ctx context.Context, o store.Org) (*terms, error) {
	org, generation, err := o.Organization(ctx)
	if err != nil {
		return nil, fmt.Errorf("read settings: %w", err)
	}
	connections, err := o.Connections(ctx)
	if err != nil {
		return nil, fmt.Errorf("read settings: %w", err)
	}
	stamp := fmt.Sprint(generation)
	mirrors := map[string]store.Mirror{}
	for _, c := range connections {
		m, err := o.Mirror(ctx, c.Source)
		if err != nil {
			return nil, fmt.Errorf("read settings: %w", err)
		}
		mirrors[c.Source] = m
		stamp += fmt.Sprintf(" %s %d %d", c.Source, c.Generation, m.Seq)
	}
	r.archive.mu.Lock()
	have := r.archive.all[o.ID()]
	r.archive.mu.Unlock()
	if have != nil && have.stamp == stamp {
		return have, nil
	}
	t := newTerms(org.Settings, stamp)
	for _, c := range connections {
		if err := t.connect(ctx, o, c.Connection, mirrors[c.Source]); err != nil {
			return nil, err
		}
	}
	r.archive.mu.Lock()
	defer r.archive.mu.Unlock()
	if r.archive.all == nil {
		r.archive.all = map[organization.ID]*terms{}
	}
	r.archive.all[o.ID()] = t
	return t, nil
}

func newTerms(s organization.Settings, stamp string) *terms {
	t := &terms{Calendar: s.Calendar, language: s.Language, stamp: stamp, sources: map[string]organization.Connection{},
		unread: map[string]bool{}, members: map[string]directory.Membership{}}
	t.zone = zoneOf(t.Zone, time.UTC)
	t.set = t.Calendar.Set()
	t.preset = t.Preset.Rules(t.set, t.ShowAs)
	return t
}

// with is t with other settings, for the same people.
func (t *terms) with(s organization.Calendar) *terms {
	other := newTerms(organization.Settings{Calendar: s, Language: t.language}, t.stamp)
	other.sources, other.unread, other.members = maps.Clone(t.sources), maps.Clone(t.unread), maps.Clone(t.members)
	return other
}

// connect closes over the groups of a source that settings name.
func (t *terms) connect(ctx context.Context, o store.Org, c organization.Connection, m store.Mirror) error {
	t.sources[c.Source] = c
	t.unread[c.Source] = m.GroupsWhole.IsZero()
	wanted := t.groupsOf(c)
	if len(wanted) == 0 {
		return nil
	}
	edges, err := o.Memberships(ctx, c.Source)
	if err != nil {
		return fmt.Errorf("read groups: %w", err)
	}
	t.members[c.Source] = directory.Close(edges, wanted...)
	return nil
}

// groupsOf are the groups that are asked for anywhere among the people of a source.
func (t *terms) groupsOf(c organization.Connection) []string {
	wanted := slices.Clone(c.Live.Groups)
	if c.Group != "" {
		wanted = append(wanted, c.Group)
	}
	for _, g := range t.Groups {
		if g.Source == c.Source {
			wanted = append(wanted, g.ID)
		}
		for _, rule := range g.Rules {
			wanted = append(wanted, rule.If.Group)
		}
	}
	for _, rule := range t.Rules {
		wanted = append(wanted, rule.If.Group)
	}
	slices.Sort(wanted)
	return slices.DeleteFunc(slices.Compact(wanted), func(g string) bool { return g == "" })
}

// enrolls is true where a person's mailbox is to be read.
func (t *terms) enrolls(c organization.Connection, person string) bool {
	return c.Group == "" || t.members[c.Source][c.Group][person]
}

// live is true where what stands for a person may be told outside.
func (t *terms) live(source, person string) bool {
	c, ok := t.sources[source]
	if !ok {
		return false
	}
	return c.Live.All || slices.Contains(c.Live.People, person) ||
		slices.ContainsFunc(c.Live.Groups, func(g string) bool { return t.members[source][g][person] })
}

// groups are the organization's groups that a person is in, the first that counts
// first.
func (t *terms) groups(source, person string) []organization.Group {
	var in []organization.Group
	for _, g := range t.Groups {
		if t.members[g.Source][g.ID][person] {
			in = append(in, g)
		}
	}
	return in
}

// counts is whether calendars count for a person: her own switch, else that of
// the first of her groups that has one, else the organization's.
func (t *terms) counts(source string, groups []organization.Group, p organization.Person) bool {
	if c, ok := t.sources[source]; !ok || c.Off {
		return false
	}
	if p.Off != nil {
		return !*p.Off
	}
	for _, g := range groups {
		if g.Off != nil {
			return !*g.Off
		}
	}
	return !t.Off
}

// on is true where calendars of a source are read, and the organization lets
// them count.
func (t *terms) on(source string) bool {
	c, ok := t.sources[source]
	return ok && !c.Off && !t.Off
}

// rules are those that are tried for a person, in their order.
func (t *terms) rules(groups []organization.Group, p organization.Person) []activity.Rule {
	shared := make([][]activity.Rule, len(groups))
	for i, g := range groups {
		shared[i] = g.Rules
	}
	return activity.Compile(p.Rules, shared, t.Rules, t.preset)
}

// hours are when a person works, nil where nobody has said.
func (t *terms) hours(groups []organization.Group, p organization.Person, outlook calendar.Hours) *activity.Hours {
	if p.Hours != nil {
		return p.Hours
	}
	for _, g := range groups {
		if g.Hours != nil {
			return g.Hours
		}
	}
	if t.Hours.Mailbox && len(outlook.Days) > 0 && outlook.To > outlook.From {
		var h activity.Hours
		for _, d := range outlook.Days {
			h.Week[(int(d)+6)%7] = []activity.Shift{{From: outlook.From, To: outlook.To}}
		}
		return &h
	}
	return t.Hours.Week
}

// keep is what may be kept of a person's events.
func (t *terms) keep(source, person string, p organization.Person) *calendar.Keep {
	k := activity.Keep(t.rules(t.groups(source, person), p))
	k.Subject = shared(t.Privacy.Subject, p.Subject)
	k.Place = shared(t.Privacy.Place, p.Place)
	k.Note = t.Privacy.Note
	k.Private = t.private(p)
	return &k
}

// shared is true where something is shown to anybody; a person may narrow what
// the organization allows, never widen it.
func shared(all, own organization.Audience) bool {
	return all != organization.Nobody && all != "" && own != organization.Nobody
}

// private is how private events count, the stricter of the organization's and the
// person's.
func (t *terms) private(p organization.Person) calendar.PrivateAs {
	strict := []calendar.PrivateAs{calendar.Ignore, calendar.StatusOnly, calendar.Everything}
	all := slices.Index(strict, t.Privacy.Private)
	if all < 0 {
		all = 1
	}
	if own := slices.Index(strict, p.Private); own >= 0 {
		all = min(all, own)
	}
	return strict[all]
}

// memberOf says of each group that rules ask for whether a person is in it.
func (t *terms) memberOf(source, person string) map[string]bool {
	in := map[string]bool{}
	for group, people := range t.members[source] {
		if people[person] {
			in[group] = true
		}
	}
	return in
}

// zoneOf is a zone by its IANA name, or another where there is none of that name.
func zoneOf(name string, other *time.Location) *time.Location {
	if name == "" || name == "Local" {
		return other
	}
	if zone, ok := zones.Load(name); ok {
		return zone.(*time.Location)
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return other
	}
	zones.Store(name, zone)
	return zone
}

// zones are those that have been asked for, by name: each costs reading a file.
var zones sync.Map
