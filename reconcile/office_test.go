package reconcile_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/drivers"
	"github.com/telefonist/telefonist/m365"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/reconcile"
	"github.com/telefonist/telefonist/seal"
	"github.com/telefonist/telefonist/store"
)

// office is a simulated tenant, connected: everything a round needs, running.
type office struct {
	*testing.T
	ctx        context.Context
	tenant     *m365.Tenant
	server     *m365.Server
	store      *store.Store
	org        store.Org
	reconciler *reconcile.Reconciler
	drivers    *drivers.Drivers
	source     string
	replicator string
	timing     sync.Mutex // held while now is set, or read beside the test
	now        time.Time
	mu         sync.Mutex // for told and asked
	told       []store.Round
	asked      map[string]int // how often each person's mailbox was asked what it is for
	key        *seal.Key
}

// newOffice connects a tenant with a replicator that change may alter.
func newOffice(t *testing.T, people int, change func(*organization.Replicator)) *office {
	t.Helper()
	return openOffice(t, m365.New(m365.Options{People: people, Seed: 1, PageSize: 20}), change)
}

// comes lets a time come; what is at work beside the test asks for it by instant.
func (o *office) comes(t time.Time) {
	o.timing.Lock()
	defer o.timing.Unlock()
	o.now = t
}

func (o *office) instant() time.Time {
	o.timing.Lock()
	defer o.timing.Unlock()
	return o.now
}

// emptyOffice is one that nobody works at yet.
func emptyOffice(t *testing.T, change func(*organization.Replicator)) *office {
	t.Helper()
	return newOffice(t, -1, change)
}

func openOffice(t *testing.T, tenant *m365.Tenant, change func(*organization.Replicator)) *office {
	t.Helper()
	o := &office{T: t, ctx: t.Context(), tenant: tenant, now: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC), asked: map[string]int{}}
	now := o.instant
	o.server = m365.NewServer(o.tenant)
	o.must(o.server.Start("127.0.0.1:0"))
	t.Cleanup(func() { o.server.Close() })
	var err error
	o.key, _, err = seal.New()
	o.must(err)
	o.store, err = store.Open(o.ctx, "", store.Options{Now: now, Log: slog.New(slog.DiscardHandler)})
	o.must(err)
	t.Cleanup(func() { o.store.Close() })
	org, err := o.store.AddOrganization(o.ctx, organization.Organization{Name: "Kontoret AB", Settings: organization.DefaultSettings()})
	o.must(err)
	o.org = o.store.In(org.ID)
	cloud := drivers.Cloud{Trusted: true}
	cloud.Name, cloud.Login, cloud.Graph, cloud.CA = "simulated", o.server.URL(), o.server.URL(), o.server.CA()
	o.drivers = &drivers.Drivers{Store: o.store, Unseal: o.key.Open, Now: now, Clouds: map[string]drivers.Cloud{"simulated": cloud}}
	o.reconciler = &reconcile.Reconciler{Store: o.store, Log: slog.New(slog.DiscardHandler), Now: now,
		OpenSource: o.open, OpenRegister: o.drivers.Register,
		Told: func(_ context.Context, _ organization.ID, r store.Round) {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.told = append(o.told, r)
		}}
	o.source = o.connect(o.tenant)
	o.replicator = o.replicate(change)
	return o
}

func (o *office) must(err error) {
	o.Helper()
	if err != nil {
		o.Fatal(err)
	}
}

// open opens the source and counts who is asked about.
func (o *office) open(ctx context.Context, org organization.ID, id string) (reconcile.Source, error) {
	s, err := o.drivers.Source(ctx, org, id)
	if purposes := s.Purposes; purposes != nil {
		s.Purposes = func(ctx context.Context, ids []string) (map[string]string, error) {
			o.mu.Lock()
			for _, id := range ids {
				o.asked[id]++
			}
			o.mu.Unlock()
			return purposes(ctx, ids)
		}
	}
	return s, err
}

func (o *office) connect(tenant *m365.Tenant) (source string) {
	s, err := o.org.AddSource(o.ctx, organization.Source{Name: "Entra", Kind: drivers.Entra, Settings: map[string]string{
		"cloud": "simulated", "tenant": tenant.ID, "client": tenant.ClientID}})
	o.must(err)
	sealed, err := o.key.Seal([]byte(tenant.Secret()), organization.Sealed(o.org.ID(), s.ID, string(organization.Secret)))
	o.must(err)
	_, err = o.org.AddCredential(o.ctx, s.ID, organization.Credential{Kind: organization.Secret}, sealed)
	o.must(err)
	return s.ID
}

// replicate adds a replicator that creates new people and runs by hand.
func (o *office) replicate(change func(*organization.Replicator)) (id string) {
	o.Helper()
	r := organization.Replicator{Name: "Personal", Kind: "MicrosoftEntra", Source: o.source, Register: drivers.Builtin,
		Schedule: organization.Schedule{Mode: organization.ByHand, From: 60, To: 300, Zone: "Europe/Stockholm"}, Settings: directory.DefaultSettings()}
	r.Settings.New = directory.Create
	if change != nil {
		change(&r)
	}
	r, err := o.org.AddReplicator(o.ctx, r)
	o.must(err)
	return r.ID
}

// hire adds somebody with a mailbox and a licence; edit may alter him.
func (o *office) hire(given, surname string, edit func(*m365.Person)) (id string) {
	show := true
	p := m365.Person{GivenName: given, Surname: surname, DisplayName: given + " " + surname, AccountEnabled: true, ShowInAddressList: &show,
		Licenses: []string{"05e9a617-0261-4cee-bb44-138d3ef5d965"}, Purpose: "user"}
	p.Mail = strings.ToLower(given+"."+surname) + "@" + o.tenant.Domain
	p.UserPrincipalName = p.Mail
	if edit != nil {
		edit(&p)
	}
	return o.tenant.AddPerson(p)
}

// staff hires n people.
func (o *office) staff(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = o.hire(fmt.Sprintf("Person%02d", i), "Ek", nil)
	}
	return ids
}

// edit changes somebody in Entra.
func (o *office) edit(id string, f func(*m365.Person)) {
	o.Helper()
	o.must(o.tenant.ChangePerson(id, f))
}

// start runs the first round and approves it.
func (o *office) start() store.Round {
	o.Helper()
	r := o.approve(o.run(store.ByHand, false))
	if r.State != store.Done {
		o.Fatalf("the first round is %s: %v", r.State, r.Failure)
	}
	return r
}

// change reads what changed, as each minute.
func (o *office) change() store.Round {
	o.Helper()
	o.comes(o.now.Add(time.Minute))
	return o.run(store.OnChange, false)
}

// nightly reads everybody, a day later.
func (o *office) nightly() store.Round {
	o.Helper()
	o.comes(o.now.Add(24 * time.Hour))
	return o.run(store.Nightly, true)
}

// entry is the entry that a person is linked to.
func (o *office) entry(person string) pbx.Subscriber {
	o.Helper()
	l, ok := o.links()[person]
	if !ok {
		o.Fatalf("person %s is not linked", person)
	}
	s, err := o.org.Subscriber(o.ctx, l.Subscriber)
	o.must(err)
	return s.Subscriber
}

// standing is where a person stands.
func (o *office) standing(person string) store.Standing {
	o.Helper()
	s, err := o.org.Standing(o.ctx, o.replicator, person)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		o.Fatal(err)
	}
	return s
}

// wants fails where a round is not in a state with a number of changes.
func (o *office) wants(r store.Round, state store.RoundState, changes int64) store.Round {
	o.Helper()
	if r.State != state || r.Counts["changes"] != changes {
		o.Fatalf("round %d is %s with %v (held %v, failure %v); want %s with %d changes", r.Number, r.State, r.Counts, r.Held, r.Failure, state, changes)
	}
	return r
}

// quiet reads what changed and fails where that left a round in the list.
func (o *office) quiet() {
	o.Helper()
	before := o.last()
	if r := o.change(); r.ID != before.ID || r.State != before.State {
		o.Fatalf("round %d is %s with %v (failure %v); want that nothing happened", r.Number, r.State, r.Counts, r.Failure)
	}
}

// entries are all entries of the register by id.
func (o *office) entries() map[string]pbx.Subscriber {
	o.Helper()
	all := map[string]pbx.Subscriber{}
	for s, err := range o.org.Subscribers(o.ctx) {
		o.must(err)
		all[s.ID] = s.Subscriber
	}
	return all
}

// fields lets a replicator write more.
func fields(rules ...directory.Rule) func(*organization.Replicator) {
	return func(r *organization.Replicator) { r.Settings.Mapping = append(r.Settings.Mapping, rules...) }
}

// always maps a property.
func always(from directory.Field, to pbx.Field) directory.Rule {
	return directory.Rule{From: from, To: string(to), When: directory.Always}
}

// reset changes a replicator's settings.
func (o *office) reset(f func(*organization.Replicator)) {
	o.Helper()
	r, err := o.org.Replicator(o.ctx, o.replicator)
	o.must(err)
	f(&r.Replicator)
	o.must(o.org.UpdateReplicator(o.ctx, r.Replicator, r.Generation))
}

// run makes a round due and runs it; it returns the newest round.
func (o *office) run(cause store.Cause, whole bool) store.Round {
	o.Helper()
	o.must(o.org.Wake(o.ctx, o.replicator, o.now, cause, "karin@kontoret.se", whole))
	o.must(o.reconciler.Round(o.ctx, o.org.ID(), o.replicator))
	return o.last()
}

func (o *office) last() store.Round {
	o.Helper()
	all, err := o.org.Rounds(o.ctx, store.RoundFilter{}, 0, 1)
	o.must(err)
	if len(all) == 0 {
		return store.Round{}
	}
	return all[0]
}

func (o *office) approve(r store.Round) store.Round {
	o.Helper()
	o.must(o.reconciler.Approve(o.ctx, o.org.ID(), r.ID, "karin@kontoret.se"))
	o.must(o.reconciler.Round(o.ctx, o.org.ID(), o.replicator))
	return o.last()
}

func (o *office) links() map[string]store.Link {
	o.Helper()
	links := map[string]store.Link{}
	for l, err := range o.org.Links(o.ctx, drivers.Builtin) {
		o.must(err)
		links[l.Person] = l
	}
	return links
}

// known is all that is to be said of a person here, for comparing two ends.
type known struct {
	Entries []pbx.Fields
	Written []pbx.Fields
	Left    []store.LeftReason
	State   store.StandingState
}

// state is where everybody stands, with his entries; those nobody is tied to
// stand under "".
func (o *office) state() map[string]known {
	o.Helper()
	all := map[string]known{}
	entries := o.entries()
	for l, err := range o.org.Links(o.ctx, drivers.Builtin) {
		o.must(err)
		k := all[l.Person]
		k.Entries = append(k.Entries, entries[l.Subscriber].Fields)
		k.Written = append(k.Written, l.Written)
		k.Left = append(k.Left, l.Left)
		all[l.Person] = k
		delete(entries, l.Subscriber)
	}
	standings, _, err := o.org.Standings(o.ctx, o.replicator, "", "", "", 10_000)
	o.must(err)
	for _, s := range standings {
		k := all[s.Person]
		k.State = s.State
		all[s.Person] = k
	}
	for _, e := range entries {
		k := all[""]
		k.Entries = append(k.Entries, e.Fields)
		all[""] = k
	}
	return all
}

// healthy fails where the last round failed.
func (o *office) healthy() {
	o.Helper()
	rep, err := o.org.Replicator(o.ctx, o.replicator)
	if err != nil || rep.Failures != 0 || rep.Paused {
		o.Errorf("%d failures, paused %v, %v", rep.Failures, rep.Paused, err)
	}
}

// decide carries decisions out and returns their round.
func (o *office) decide(decisions ...reconcile.Decision) store.Round {
	o.Helper()
	id, err := o.reconciler.Decide(o.ctx, o.org.ID(), o.replicator, "karin@kontoret.se", decisions)
	o.must(err)
	if id == "" {
		return store.Round{}
	}
	r, err := o.org.Round(o.ctx, id)
	o.must(err)
	return r
}

// stands fails where a person does not stand there, now or after the next night.
func (o *office) stands(when, person string, state store.StandingState) {
	o.Helper()
	if s := o.standing(person); s.State != state {
		o.Errorf("%s he stands as %s (%v), want %s", when, s.State, s.Why, state)
	}
}

func offering(r *organization.Replicator) { r.Settings.New = directory.Offer }

// add adds an entry by hand.
func (o *office) add(pairs ...string) string {
	o.Helper()
	f := pbx.Fields{}
	for i := 0; i < len(pairs); i += 2 {
		f[pbx.Field(pairs[i])] = pairs[i+1]
	}
	s, err := o.org.AddSubscriber(o.ctx, pbx.Subscriber{Fields: f})
	o.must(err)
	return s.ID
}

// leave soft-deletes the first n of ids.
func (o *office) leave(ids []string, n int) {
	o.Helper()
	for _, id := range ids[:n] {
		o.must(o.tenant.SoftDelete(id))
	}
}

func (o *office) leftCount() int {
	n := 0
	for _, l := range o.links() {
		if l.Left != store.Present {
			n++
		}
	}
	return n
}
