package api_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"iter"

	"github.com/telefonist/telefonist/api"
	"github.com/telefonist/telefonist/client"
	"github.com/telefonist/telefonist/desk"
	"github.com/telefonist/telefonist/drivers"
	"github.com/telefonist/telefonist/graph"
	"github.com/telefonist/telefonist/m365"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/phonebook"
	"github.com/telefonist/telefonist/reconcile"
	"github.com/telefonist/telefonist/seal"
	"github.com/telefonist/telefonist/store"
)

// place is a whole server with a simulated Microsoft 365 beside it.
type place struct {
	desk     *desk.Desk
	store    *store.Store
	url      string
	operator *client.Client // through the socket's handler
	tenant   *m365.Tenant
	sim      *m365.Server
	rounds   *reconcile.Due
}

func open(t *testing.T) *place {
	t.Helper()
	ctx := context.Background()
	st, err := store.Open(ctx, filepath.Join(t.TempDir(), "t.db"), store.Options{Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	key, _, err := seal.New()
	if err != nil {
		t.Fatal(err)
	}
	p := &place{store: st, tenant: m365.New(m365.Options{People: 40, Seed: 1})}
	p.sim = m365.NewServer(p.tenant)
	if err := p.sim.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.sim.Close() })
	cloud := graph.Cloud{Name: "sim", Login: p.sim.URL(), Graph: p.sim.URL(), CA: p.sim.CA()}
	d := &drivers.Drivers{
		Store: st, Unseal: key.Open, Dial: (&net.Dialer{}).DialContext, Now: time.Now,
		Clouds: map[string]drivers.Cloud{"sim": {Cloud: cloud, Trusted: true}},
	}
	r := &reconcile.Reconciler{
		Store: st, Log: quiet, Now: time.Now, OpenSource: d.Source, OpenRegister: d.Register, OpenCalendar: d.Calendar, OpenSwitchboard: d.Switchboard,
	}
	p.rounds = &reconcile.Due{Reconciler: r}
	p.desk = &desk.Desk{
		Store: st, Log: quiet, Now: time.Now, Kinds: d.Kinds(), Reconcile: r, Seal: key.Seal, Book: book(st),
		PublicURL: "https://telefonist.example", Switchboards: drivers.Switchboards(), Probe: d.Probe, CheckCalendar: d.CheckCalendar,
	}
	network := httptest.NewServer(api.New(p.desk, api.Options{Log: quiet, Version: "test"}))
	t.Cleanup(network.Close)
	p.url = network.URL
	socket := httptest.NewServer(api.NewSocket(p.desk, api.Options{Log: quiet}))
	t.Cleanup(socket.Close)
	p.operator = client.New(socket.URL, "")
	return p
}

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

func book(st *store.Store) *phonebook.Book {
	load := func(ctx context.Context, org string) iter.Seq2[pbx.Subscriber, error] {
		return func(yield func(pbx.Subscriber, error) bool) {
			for row, err := range st.In(organization.ID(org)).Subscribers(ctx) {
				if !yield(row.Subscriber, err) {
					return
				}
			}
		}
	}
	about := func(ctx context.Context, org string) (phonebook.About, error) {
		o, _, err := st.In(organization.ID(org)).Organization(ctx)
		return phonebook.About{Name: o.Name, Country: o.Settings.Country}, err
	}
	return phonebook.New(load, about, phonebook.Options{})
}

// customer makes an organization and a client with a token of a role in it.
func (p *place) customer(t *testing.T, number string, role string) (*client.Organization, *client.Client) {
	t.Helper()
	ctx := context.Background()
	if _, err := p.operator.PutOrganization(ctx, number, client.NewCustomer{Name: "Kund " + number}); err != nil {
		t.Fatal(err)
	}
	token, err := p.operator.In(number).AddToken(ctx, client.NewToken{Name: "test", Role: role})
	if err != nil {
		t.Fatal(err)
	}
	c := client.New(p.url, token.Text)
	return c.In(number), c
}

// connect gives the organization a source that works.
func (p *place) connect(t *testing.T, org *client.Organization) client.Source {
	t.Helper()
	ctx := context.Background()
	s, err := org.AddSource(ctx, p.newSource())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := org.AddSecret(ctx, s.ID, client.NewSecret{Secret: p.tenant.Secret()}); err != nil {
		t.Fatal(err)
	}
	return s
}

func (p *place) newSource() client.NewSource {
	return client.NewSource{Name: "Entra ID", Kind: drivers.Entra, Settings: map[string]string{
		"cloud": "sim", "tenant": p.tenant.ID, "client": p.tenant.ClientID,
	}}
}

func wantStatus(t *testing.T, what string, err error, status int) {
	t.Helper()
	if !client.IsStatus(err, status) {
		t.Errorf("%s: got %v, want status %d", what, err, status)
	}
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestFromConnectingToLinked(t *testing.T) {
	ctx := t.Context()
	p := open(t)
	org, _ := p.customer(t, "1042", "administrator")
	source := p.connect(t, org)
	check := must[client.Check](t)(org.Check(ctx, source.ID))
	if !check.OK || check.People != 40 {
		t.Fatalf("check: got %+v, want everything fine and 40 people", check)
	}
	rep := must[client.Replicator](t)(org.AddReplicator(ctx, client.NewReplicator{Name: "Alla", Source: source.ID}))
	p.run(t, rep.ID, org)
	rounds := must[[]client.Round](t)(org.Rounds(ctx, client.RoundQuery{Replicator: rep.ID}))
	if len(rounds) != 1 || rounds[0].State != "waiting" {
		t.Fatalf("first round: got %+v, want one that waits", rounds)
	}
	people := must[client.People](t)(org.People(ctx, rep.ID, client.PeopleQuery{State: "offered", Limit: 5}))
	if len(people.People) != 5 || people.Next == "" {
		t.Fatalf("offered: got %d people and next %q, want 5 of more", len(people.People), people.Next)
	}
	if err := org.Approve(ctx, rounds[0].ID); err != nil {
		t.Fatal(err)
	}
	p.run(t, rep.ID, org)
	who := people.People[0]
	made := must[string](t)(org.Decide(ctx, rep.ID, client.Decision{Do: "create", Person: who.ID}))
	if r := must[client.Round](t)(org.Round(ctx, made)); r.State != "done" {
		t.Errorf("round of the decision: got %+v, want done", r)
	}
	found := must[client.Subscribers](t)(org.Subscribers(ctx, client.SubscriberQuery{Search: who.Name}))
	if found.Total != 1 || found.Subscribers[0].Name != who.Name {
		t.Errorf("search for %s: got %+v", who.Name, found)
	}
	all := must[[]client.Explanation](t)(org.Explain(ctx, who.ID))
	if len(all) != 1 || !all[0].ReadNow || all[0].Link == nil || all[0].State != "linked" {
		t.Errorf("explain: got %+v, want him linked and read now", all)
	}
}

// run runs what is due of a replicator, as the engine would.
func (p *place) run(t *testing.T, replicator string, org *client.Organization) {
	t.Helper()
	c := must[client.Customer](t)(org.Get(context.Background()))
	if err := p.rounds.Round(context.Background(), organization.ID(c.ID), replicator); err != nil {
		t.Fatal(err)
	}
}

var _ http.Handler
