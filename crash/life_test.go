//go:build crash

package crash

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/drivers"
	"github.com/telefonist/telefonist/m365"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/seal"
	"github.com/telefonist/telefonist/store"
)

// life is a company's life: a first round, changes of many kinds, decisions. The
// tenant lives in this process, what is tested in one that may be killed.
type life struct {
	*testing.T
	settings
	tenant *m365.Tenant
	people []m365.Person // as they were at first
	chance *rand.Rand    // nil: nobody is killed
	kills  int64         // at the most
	child  *process
	took   []time.Duration // by each step
	lasts  []time.Duration // of a life without kills
	deaths []string
}

// newLife sets an organization up: 200 people, some entries that were there
// before, everything that can be mapped.
func newLife(t *testing.T, database string, chance *rand.Rand, kills int64) *life {
	t.Helper()
	l := &life{T: t, chance: chance, kills: kills, tenant: m365.New(m365.Options{People: 200, Seed: 3, PageSize: 20})}
	l.people = l.tenant.People()
	server := m365.NewServer(l.tenant)
	l.must(server.Start("127.0.0.1:0"))
	t.Cleanup(func() { server.Close() })
	key, text, err := seal.New()
	l.must(err)
	l.settings = settings{Database: database, Key: text, CA: server.CA(), Cloud: server.URL()}
	s := l.open()
	defer s.Close()
	org, err := s.AddOrganization(t.Context(), organization.Organization{Name: "Kontoret AB", Settings: organization.DefaultSettings()})
	l.must(err)
	l.Organization = org.ID
	l.connect(s.In(org.ID), key)
	for i, p := range l.people[50:60] { // some may be people; Entra will tell
		_, err := s.In(org.ID).AddSubscriber(t.Context(), pbx.Subscriber{ID: fmt.Sprintf("entry-%02d", i), Fields: pbx.Fields{
			pbx.DisplayName: p.DisplayName, pbx.Extension: fmt.Sprint(10 + i), pbx.Note: "för hand"}})
		l.must(err)
	}
	return l
}

func (l *life) must(err error) {
	l.Helper()
	if err != nil {
		l.Fatal(err)
	}
}

func (l *life) open() *store.Store {
	l.Helper()
	s, err := store.Open(l.Context(), l.Database, store.Options{Log: slog.New(slog.DiscardHandler)})
	l.must(err)
	return s
}

func (l *life) connect(o store.Org, key *seal.Key) {
	l.Helper()
	source, err := o.AddSource(l.Context(), organization.Source{Name: "Entra", Kind: drivers.Entra, Settings: map[string]string{
		"cloud": "simulated", "tenant": l.tenant.ID, "client": l.tenant.ClientID}})
	l.must(err)
	sealed, err := key.Seal([]byte(l.tenant.Secret()), organization.Sealed(o.ID(), source.ID, string(organization.Secret)))
	l.must(err)
	_, err = o.AddCredential(l.Context(), source.ID, organization.Credential{Kind: organization.Secret}, sealed)
	l.must(err)
	r := organization.Replicator{Name: "Personal", Kind: "MicrosoftEntra", Source: source.ID, Register: drivers.Builtin,
		Schedule: organization.Schedule{Mode: organization.ByHand, Zone: "Europe/Stockholm"}, Settings: directory.DefaultSettings()}
	r.Settings.New = directory.Create
	r.Settings.Extension = directory.ExtensionRule{From: directory.NextFree, Start: 100}
	r.Settings.Scope.Exclude = []string{l.group("Ledningen")}
	r.Settings.Mapping = append(r.Settings.Mapping,
		directory.Rule{From: directory.MobilePhone, To: string(pbx.Mobile), When: directory.Always},
		directory.Rule{From: directory.BusinessPhones, To: string(pbx.Business), When: directory.Always},
		directory.Rule{From: directory.JobTitle, To: string(pbx.Title), When: directory.WhenEmpty},
		directory.Rule{From: directory.Manager, To: string(pbx.Manager), When: directory.Always})
	r, err = o.AddReplicator(l.Context(), r)
	l.must(err)
	l.Source, l.Replicator = source.ID, r.ID
}

// group makes a group that is left out, with two people in it.
func (l *life) group(name string) string {
	l.Helper()
	id := l.tenant.AddGroup(m365.Group{ID: "44444444-4444-4444-4444-444444444444", DisplayName: name, SecurityEnabled: true})
	for _, p := range l.people[60:62] {
		l.must(l.tenant.AddMember(id, p.ID))
	}
	return id
}

// live goes through the life and returns how it ends.
func (l *life) live() map[string]ending {
	l.Helper()
	defer func() {
		if l.child != nil {
			l.child.end()
		}
	}()
	step := 0
	press := func(lines ...string) {
		l.Helper()
		for _, line := range lines {
			l.press(step, line)
			step++
		}
	}
	press("round whole", "approve", "decide")
	for season := range 3 {
		l.change(season)
		press("round change", "approve", "decide")
		l.change(season + 3)
		press("round whole", "approve", "decide", "round whole")
	}
	return l.ending()
}

// change is what happens in the tenant between two rounds.
func (l *life) change(season int) {
	l.Helper()
	at := 70 + 12*season // people nobody else's season touches
	who := func(i int) string { return l.people[at+i].ID }
	edit := func(i int, f func(*m365.Person)) { l.Helper(); l.must(l.tenant.ChangePerson(who(i), f)) }
	edit(0, func(p *m365.Person) { p.Surname, p.DisplayName = "Ny", p.GivenName+" Ny" })
	edit(1, func(p *m365.Person) { p.MobilePhone = fmt.Sprintf("070-123 45 %02d", season) })
	edit(2, func(p *m365.Person) { p.MobilePhone, p.JobTitle = "", "" })
	edit(3, func(p *m365.Person) { p.Mail = fmt.Sprintf("ny%d@%s", season, l.tenant.Domain) })
	l.must(l.tenant.Disable(who(4)))
	l.must(l.tenant.SoftDelete(who(5)))
	l.must(l.tenant.Purge(who(6)))
	l.must(l.tenant.AddMember("44444444-4444-4444-4444-444444444444", who(7)))
	if season > 0 {
		l.must(l.tenant.Enable(l.people[at-12+4].ID)) // somebody is back
	}
	show := true
	for i := range 5 {
		name := fmt.Sprintf("Nyanställd%d", i)
		l.tenant.AddPerson(m365.Person{ID: fmt.Sprintf("55555555-5555-5555-%04d-%012d", season, i), GivenName: name, Surname: "Ek",
			DisplayName: name + " Ek", Mail: fmt.Sprintf("n%d.%d@%s", season, i, l.tenant.Domain), AccountEnabled: true,
			UserPrincipalName: fmt.Sprintf("n%d.%d@%s", season, i, l.tenant.Domain), ShowInAddressList: &show,
			Licenses: []string{"05e9a617-0261-4cee-bb44-138d3ef5d965"}, Purpose: "user"})
	}
}

// ending is where a person stands at the end, with his entries; entries of nobody
// stand under "".
type ending struct {
	State   store.StandingState
	Why     string
	Entries []pbx.Fields
	Written []pbx.Fields
	Left    []store.LeftReason
	States  []store.LinkState
}

// ending reads what came of it all, and that nothing is left standing.
func (l *life) ending() map[string]ending {
	l.Helper()
	l.child.end()
	l.child = nil
	s := l.open()
	defer s.Close()
	o, ctx := s.In(l.Organization), l.Context()
	open, err := o.OpenRounds(ctx, l.Replicator)
	l.must(err)
	if len(open) > 0 {
		l.Errorf("a round is left %s, after %v", open[0].State, l.deaths)
	}
	end := map[string]ending{}
	standings, _, err := o.Standings(ctx, l.Replicator, "", "", "", 10_000)
	l.must(err)
	for _, st := range standings {
		end[st.Person] = ending{State: st.State, Why: st.Why.Code}
	}
	entries := map[string]pbx.Fields{}
	for e, err := range o.Subscribers(ctx) {
		l.must(err)
		entries[e.ID] = e.Fields
	}
	for k, err := range o.Links(ctx, drivers.Builtin) {
		l.must(err)
		e := end[k.Person]
		e.Entries, e.Written = append(e.Entries, entries[k.Subscriber]), append(e.Written, k.Written)
		e.Left, e.States = append(e.Left, k.Left), append(e.States, k.State)
		end[k.Person] = e
		delete(entries, k.Subscriber)
	}
	nobody := ending{}
	for _, f := range entries {
		nobody.Entries = append(nobody.Entries, f)
	}
	slices.SortFunc(nobody.Entries, func(a, b pbx.Fields) int { return slices.Compare(inOrder(a), inOrder(b)) })
	end[""] = nobody
	return end
}

func inOrder(f pbx.Fields) []string {
	var all []string
	for k, v := range f {
		all = append(all, string(k)+"="+v)
	}
	slices.Sort(all)
	return all
}
