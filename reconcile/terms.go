package reconcile

import (
	"cmp"
	"context"
	"fmt"
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
	order    []string                        // of those, Exchange servers first, then the oldest
	servers  map[string]bool                 // those that are Exchange servers of their own
	homes    []string                        // whose people are enrolled
	unread   map[string]bool                 // homes whose groups have never been read
	members  map[string]directory.Membership // of the groups that settings name, by home
	was      map[string]string               // who of them was an entry of the register before, and which
	stamp    string
}

// archive keeps organizations' terms until something that they follow from has
// changed.
type archive struct {
	mu        sync.Mutex
	all       map[organization.ID]*terms
	enrolled  map[organization.ID]*terms // as they were when people were last enrolled
	registers map[organization.ID]*register
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
	sources, err := o.Sources(ctx)
	if err != nil {
		return nil, fmt.Errorf("read settings: %w", err)
	}
	book, err := r.register(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("read settings: %w", err)
	}
	stamp := fmt.Sprint(generation, book.version)
	for _, c := range connections {
		stamp += fmt.Sprintf(" %s %d", c.Source, c.Generation)
	}
	for _, s := range sources {
		stamp += fmt.Sprintf(" %s %d", s.ID, s.Seq)
	}
	r.archive.mu.Lock()
	have := r.archive.all[o.ID()]
	r.archive.mu.Unlock()
	if have != nil && have.stamp == stamp {
		return have, nil
	}
	t := newTerms(org.Settings, stamp)
	t.was = book.was
	t.connect(connections, sources, book)
	if err := t.close(ctx, o, book); err != nil {
		return nil, err
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
		servers: map[string]bool{}, unread: map[string]bool{}, members: map[string]directory.Membership{}}
	t.zone = zoneOf(t.Zone, time.UTC)
	t.set = t.Calendar.Set()
	t.preset = t.Preset.Rules(t.set, t.ShowAs)
	return t
}

// with is t with other settings, for the same people, whose groups are still to be
// closed over.
func (t *terms) with(s organization.Calendar) *terms {
	other := newTerms(organization.Settings{Calendar: s, Language: t.language}, t.stamp)
	other.sources, other.order, other.servers = t.sources, t.order, t.servers
	other.homes, other.unread, other.was = t.homes, t.unread, t.was
	return other
}

// connect says which connections there are and whose people they are for: those of
// each directory that has one of its own, and, where there is an Exchange server,
// those of every directory and of the register.
func (t *terms) connect(connections []store.ConnectionState, sources []store.SourceState, book *register) {
	kinds := make(map[string]string, len(sources))
	for _, s := range sources {
		kinds[s.ID] = s.Kind
	}
	for _, c := range connections {
		t.sources[c.Source] = c.Connection
		t.order = append(t.order, c.Source)
		if kinds[c.Source] == organization.Exchange {
			t.servers[c.Source] = true
		}
	}
	slices.SortStableFunc(t.order, func(a, b string) int { return cmp.Compare(rank(t.servers[a]), rank(t.servers[b])) })
	for _, s := range sources {
		if _, own := t.sources[s.ID]; s.Directory() && (own || len(t.servers) > 0) {
			t.homes = append(t.homes, s.ID)
			t.unread[s.ID] = s.GroupsWhole.IsZero()
		}
	}
	if len(t.servers) > 0 || book.local && len(t.sources) > 0 {
		t.homes = append(t.homes, organization.Local)
	}
}

// rank puts what is so before what is not.
func rank(is bool) int {
	if is {
		return 0
	}
	return 1
}

// close closes over the groups of people's homes that settings name. The departments
// of the register hold those, too, who are linked to one of its entries.
func (t *terms) close(ctx context.Context, o store.Org, book *register) error {
	for _, home := range t.homes {
		wanted := t.groupsOf(home)
		if len(wanted) == 0 || home == organization.Local {
			continue
		}
		edges, err := o.Memberships(ctx, home)
		if err != nil {
			return fmt.Errorf("read groups: %w", err)
		}
		t.members[home] = directory.Close(edges, wanted...)
	}
	for _, department := range t.groupsOf(organization.Local) {
		if people := book.departments[department]; people != nil {
			if t.members[organization.Local] == nil {
				t.members[organization.Local] = directory.Membership{}
			}
			t.members[organization.Local][department] = people
		}
	}
	return nil
}

// groupsOf are the groups that are asked for anywhere among the people of a home.
func (t *terms) groupsOf(home string) []string {
	var wanted []string
	for _, c := range t.sources {
		wanted = append(append(wanted, c.Live.Groups...), c.Group)
	}
	for _, g := range t.Groups {
		if g.Source == home {
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

// member is whether a person is in a group of her home or in a department.
func (t *terms) member(home, person, group string) bool {
	return t.members[home][group][person] || t.members[organization.Local][group][person]
}

// enrolls is true where a connection may read a person's mailbox.
func (t *terms) enrolls(c organization.Connection, home, person string) bool {
	return c.Group == "" || t.member(home, person, c.Group)
}

// readers are the connections that may read a person's mailbox, the first to be asked
// first: her home's own, else the Exchange servers, then all others; those that are
// switched off last. There are none for somebody whom her home's own leaves out.
func (t *terms) readers(home, person string) []string {
	own, has := t.sources[home]
	if has && !t.enrolls(own, home, person) {
		return nil
	}
	var all []string
	if has {
		all = append(all, home)
	}
	for _, source := range t.order {
		if source != home && t.enrolls(t.sources[source], home, person) {
			all = append(all, source)
		}
	}
	slices.SortStableFunc(all, func(a, b string) int { return cmp.Compare(rank(!t.sources[a].Off), rank(!t.sources[b].Off)) })
	return all
}

// candidates are those of the readers that can be asked at present.
func (t *terms) candidates(home, person string) []string {
	return slices.DeleteFunc(t.readers(home, person), func(source string) bool { return t.sources[source].Off })
}

// live is true where what stands for a person may be told outside: where her home's
// own connection says so, or, where it has none, any that may read her.
func (t *terms) live(home, person string) bool {
	if own, ok := t.sources[home]; ok {
		return t.liveBy(own, home, person)
	}
	return slices.ContainsFunc(t.readers(home, person), func(source string) bool { return t.liveBy(t.sources[source], home, person) })
}

func (t *terms) liveBy(c organization.Connection, home, person string) bool {
	was, before := t.was[person]
	return c.Live.All || slices.Contains(c.Live.People, person) || before && slices.Contains(c.Live.People, was) ||
		slices.ContainsFunc(c.Live.Groups, func(g string) bool { return t.member(home, person, g) })
}

// groups are the organization's groups that a person is in, the first that counts
// first.
func (t *terms) groups(person string) []organization.Group {
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
func (t *terms) keep(person string, p organization.Person) *calendar.Keep {
	k := activity.Keep(t.rules(t.groups(person), p))
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
func (t *terms) memberOf(home, person string) map[string]bool {
	in := map[string]bool{}
	for _, source := range []string{home, organization.Local} {
		for group, people := range t.members[source] {
			if people[person] {
				in[group] = true
			}
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
