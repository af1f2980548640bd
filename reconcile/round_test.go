package reconcile_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/drivers"
	"github.com/telefonist/telefonist/graph"
	"github.com/telefonist/telefonist/m365"
	"github.com/telefonist/telefonist/organization"
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
	now        time.Time
	told       []store.Round
}

// newOffice connects a tenant with a replicator that change may alter.
func newOffice(t *testing.T, people int, change func(*organization.Replicator)) *office {
	t.Helper()
	o := &office{T: t, ctx: t.Context(), now: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)}
	now := func() time.Time { return o.now }
	o.tenant = m365.New(m365.Options{People: people, Seed: 1})
	o.server = m365.NewServer(o.tenant)
	o.must(o.server.Start("127.0.0.1:0"))
	t.Cleanup(func() { o.server.Close() })
	key, _, err := seal.New()
	o.must(err)
	o.store, err = store.Open(o.ctx, "", store.Options{Now: now, Log: slog.New(slog.DiscardHandler)})
	o.must(err)
	t.Cleanup(func() { o.store.Close() })
	org, err := o.store.AddOrganization(o.ctx, organization.Organization{Name: "Kontoret AB", Settings: organization.DefaultSettings()})
	o.must(err)
	o.org = o.store.In(org.ID)
	o.drivers = &drivers.Drivers{Store: o.store, Unseal: key.Open, Now: time.Now, Clouds: map[string]drivers.Cloud{
		"simulated": {Cloud: graph.Cloud{Name: "simulated", Login: o.server.URL(), Graph: o.server.URL(), CA: o.server.CA()}, Trusted: true},
	}}
	o.reconciler = &reconcile.Reconciler{Store: o.store, Log: slog.New(slog.DiscardHandler), Now: now,
		OpenSource: o.drivers.Source, OpenRegister: o.drivers.Register,
		Told: func(_ context.Context, _ organization.ID, r store.Round) { o.told = append(o.told, r) }}
	o.connect(key)
	o.replicate(change)
	return o
}

func (o *office) must(err error) {
	o.Helper()
	if err != nil {
		o.Fatal(err)
	}
}

func (o *office) connect(key *seal.Key) {
	s, err := o.org.AddSource(o.ctx, organization.Source{Name: "Entra", Kind: drivers.Entra, Settings: map[string]string{
		"cloud": "simulated", "tenant": o.tenant.ID, "client": o.tenant.ClientID}})
	o.must(err)
	sealed, err := key.Seal([]byte(o.tenant.Secret()), organization.Sealed(o.org.ID(), s.ID, string(organization.Secret)))
	o.must(err)
	_, err = o.org.AddCredential(o.ctx, s.ID, organization.Credential{Kind: organization.Secret}, sealed)
	o.must(err)
	o.source = s.ID
}

func (o *office) replicate(change func(*organization.Replicator)) {
	r := organization.Replicator{Name: "Personal", Kind: "MicrosoftEntra", Source: o.source, Register: drivers.Builtin,
		Schedule: organization.Schedule{Mode: organization.ByHand, Zone: "Europe/Stockholm"}, Settings: directory.DefaultSettings()}
	r.Settings.New = directory.Create
	if change != nil {
		change(&r)
	}
	r, err := o.org.AddReplicator(o.ctx, r)
	o.must(err)
	o.replicator = r.ID
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

func TestPeopleArriveAfterApproval(t *testing.T) {
	o := newOffice(t, 50, nil)
	r := o.run(store.ByHand, false)
	if r.State != store.Waiting {
		t.Fatalf("the first round is %s (%v), want it to wait for approval", r.State, r.Failure)
	}
	if n := len(o.links()); n != 0 {
		t.Fatalf("%d links before approval", n)
	}
	r = o.approve(r)
	if r.State != store.Done || r.Counts["create"] == 0 || r.Counts["done"] != r.Counts["create"] {
		t.Fatalf("after approval: %s, %v", r.State, r.Counts)
	}
	if n := len(o.links()); int64(n) != r.Counts["create"] {
		t.Errorf("%d links, want %d", n, r.Counts["create"])
	}
	o.now = o.now.Add(time.Minute)
	if r = o.run(store.ByHand, true); r.Counts["changes"] != 0 || r.State != store.Done {
		t.Errorf("a second whole round: %s %v, want nothing to do", r.State, r.Counts)
	}
}

func TestChangeInEntraReachesTheRegister(t *testing.T) {
	o := newOffice(t, 50, nil)
	o.approve(o.run(store.ByHand, false))
	var person string
	var entry string
	for id, l := range o.links() {
		person, entry = id, l.Subscriber
		break
	}
	o.must(o.tenant.ChangePerson(person, func(p *m365.Person) { p.Surname = "Nyström" }))
	o.server.ResetRequests()
	r := o.run(store.OnChange, false)
	if r.State != store.Done || r.Counts["update"] != 1 {
		t.Fatalf("round: %s %v %v", r.State, r.Counts, r.Failure)
	}
	s, err := o.org.Subscriber(o.ctx, entry)
	o.must(err)
	if got := s.Get("lastName"); got != "Nyström" {
		t.Errorf("last name = %q", got)
	}
	if l := o.links()[person]; l.Written["lastName"] != "Nyström" {
		t.Errorf("ledger = %v", l.Written)
	}
}
