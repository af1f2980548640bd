package graph_test

import (
	"context"
	"encoding/pem"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/telefonist/telefonist/graph"
	"github.com/telefonist/telefonist/m365"
)

// simulated starts a tenant and gives what makes clients of it.
func simulated(t testing.TB, o m365.Options) (*m365.Server, *m365.Tenant, func(testing.TB) *graph.Client) {
	t.Helper()
	tenant := m365.New(o)
	server := m365.NewServer(tenant)
	if err := server.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	_, secret := tenant.App(tenant.ClientID).AddSecret(time.Now().AddDate(1, 0, 0))
	return server, tenant, func(t testing.TB) *graph.Client {
		t.Helper()
		c, err := graph.New(graph.Config{
			Cloud:  graph.Cloud{Name: "simulated", Login: server.URL(), Graph: server.URL(), CA: server.CA()},
			Tenant: tenant.ID, ClientID: tenant.ClientID, Credentials: []graph.Credential{{Secret: secret}},
			Backoff: time.Millisecond,
		})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
}

func TestClientOnTheSimulator(t *testing.T) {
	_, _, newClient := simulated(t, m365.Options{Seed: 7, People: 450})
	clientTests(t, newClient)
}

// read follows a round to its end.
func read(ctx context.Context, c *graph.Client, link string) (ids []string, end string, err error) {
	for page, err := range c.Users(ctx, link, []string{"displayName"}) {
		if err != nil {
			return ids, end, err
		}
		for _, u := range page.Items {
			ids = append(ids, u.ID)
		}
		end = page.Link()
	}
	return ids, end, nil
}

// everybody is who lives in a tenant, by id.
func everybody(tenant *m365.Tenant) (ids []string) {
	for _, p := range tenant.People() {
		ids = append(ids, p.ID)
	}
	slices.Sort(ids)
	return ids
}

func TestEverybodyIsReadDespiteAFault(t *testing.T) {
	server, tenant, newClient := simulated(t, m365.Options{Seed: 3, People: 950})
	want := everybody(tenant)
	for name, f := range map[string]m365.Fault{
		"429 fractional":     {Kind: m365.Throttled, RetryAfter: "0.012", After: 1},
		"429 without header": {Kind: m365.Throttled, After: 2, Times: 2},
		"503":                {Kind: m365.Unavailable, Times: 2},
		"504":                {Kind: m365.GatewayTimeout},
		"401":                {Kind: m365.Unauthorized, After: 1},
		"cut":                {Kind: m365.Cut, After: 1, Times: 3},
		"truncated":          {Kind: m365.Truncate, After: 2, Times: 2},
		"empty pages":        {Kind: m365.EmptyPage, After: 1, Times: 3},
		"a page twice":       {Kind: m365.RepeatPage, After: 1},
		"slow":               {Kind: m365.Slow, Delay: 20 * time.Millisecond},
		"duplicate":          {Kind: m365.Duplicate, Times: m365.Forever},
	} {
		t.Run(name, func(t *testing.T) {
			f.Path = "/users"
			server.Fault(f)
			defer server.ClearFaults()
			ids, _, err := read(t.Context(), newClient(t), "")
			slices.Sort(ids)
			if ids = slices.Compact(ids); err != nil || !slices.Equal(ids, want) {
				t.Errorf("read %d of %d people: %v", len(ids), len(want), err)
			}
		})
	}
}

func TestResourceUnitsOfTheSimulatorAreSummed(t *testing.T) {
	_, _, newClient := simulated(t, m365.Options{Seed: 3, People: 250})
	c := newClient(t)
	if _, _, err := read(t.Context(), c, ""); err != nil {
		t.Fatal(err)
	}
	if s := c.Stats(); s.Requests != 2 || s.Units < s.Requests {
		t.Errorf("stats %+v, want two requests and what they cost", s)
	}
}

func TestAPermissionThatIsMissing(t *testing.T) {
	_, _, newClient := simulated(t, m365.Options{Seed: 3, People: 20, Roles: []string{"User.Read.All"}})
	c := newClient(t)
	if _, _, err := read(t.Context(), c, ""); err != nil {
		t.Errorf("people: %v", err)
	}
	var refused *graph.Error
	if _, err := c.CountGroups(t.Context()); !errors.As(err, &refused) || !refused.Denied() {
		t.Errorf("groups: %v", err)
	}
	for p, err := range c.UserPurposes(t.Context(), everybodyOf(t, c)[:1]) {
		if err != nil || p.Err == nil || !p.Err.Denied() {
			t.Errorf("purpose: %+v, %v", p, err)
		}
	}
}

func everybodyOf(t *testing.T, c *graph.Client) []string {
	ids, _, err := read(t.Context(), c, "")
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

func TestPagesThatLeadInACircle(t *testing.T) {
	server, _, newClient := simulated(t, m365.Options{Seed: 3, People: 450})
	server.Fault(m365.Fault{Kind: m365.RepeatPage, Path: "/users", After: 1, Times: m365.Forever})
	_, _, err := read(t.Context(), newClient(t), "")
	if !errors.Is(err, graph.ErrLoop) {
		t.Errorf("got %v, want ErrLoop", err)
	}
}

func TestARoundAfterARound(t *testing.T) {
	_, tenant, newClient := simulated(t, m365.Options{Seed: 5, People: 30})
	c := newClient(t)
	_, link, err := read(t.Context(), c, "")
	if err != nil {
		t.Fatal(err)
	}
	people := tenant.People()
	changed, left := people[3], people[4]
	if err := tenant.ChangePerson(changed.ID, func(p *m365.Person) { p.DisplayName = "Ny Nämnd" }); err != nil {
		t.Fatal(err)
	}
	if err := tenant.SoftDelete(left.ID); err != nil {
		t.Fatal(err)
	}
	got := map[string]graph.User{}
	for page, err := range c.Users(t.Context(), link, nil) {
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range page.Items {
			got[u.ID] = u
		}
	}
	if u := got[changed.ID]; u.Text("displayName") != "Ny Nämnd" {
		t.Errorf("who changed: %+v", u)
	}
	if u := got[left.ID]; u.Removed != graph.Changed {
		t.Errorf("who left: %+v", u)
	}
	if len(got) != 2 {
		t.Errorf("%d came, want the two", len(got))
	}
}

func TestALinkThatRanOut(t *testing.T) {
	server, tenant, newClient := simulated(t, m365.Options{Seed: 5, People: 30})
	c := newClient(t)
	_, link, err := read(t.Context(), c, "")
	if err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(){
		"410":               func() { server.Fault(m365.Fault{Kind: m365.Gone, Path: "/users"}) },
		"syncStateNotFound": func() { server.Fault(m365.Fault{Kind: m365.SyncStateNotFound, Path: "/users"}) },
		"expired":           tenant.Expire,
	} {
		spoil()
		if _, _, err := read(t.Context(), c, link); !errors.Is(err, graph.ErrReset) {
			t.Errorf("%s: got %v, want ErrReset", name, err)
		}
	}
}

func TestACertificateOnTheSimulator(t *testing.T) {
	server, tenant, _ := simulated(t, m365.Options{Seed: 1, People: 10})
	now := time.Now()
	cert, err := graph.NewCertificate("Telefonist", now.Add(-time.Minute), now.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	c, err := graph.New(graph.Config{
		Cloud:  graph.Cloud{Login: server.URL(), Graph: server.URL(), CA: server.CA()},
		Tenant: tenant.Domain, ClientID: tenant.ClientID, Credentials: []graph.Credential{{Certificate: cert}},
	})
	if err != nil {
		t.Fatal(err)
	}
	var refused *graph.AuthError
	if _, err := c.Roles(t.Context()); !errors.As(err, &refused) || refused.Kind != graph.CertificateNotAccepted {
		t.Errorf("before it is uploaded: %v", err)
	}
	block, _ := pem.Decode(cert.Cert)
	if err := tenant.AddCertificate(block.Bytes); err != nil {
		t.Fatal(err)
	}
	if g, err := c.Roles(t.Context()); err != nil || g.Tenant != tenant.ID {
		t.Errorf("after: %+v, %v", g, err)
	}
}

func TestSignInErrorsOfTheSimulator(t *testing.T) {
	server, tenant, _ := simulated(t, m365.Options{Seed: 1, People: 10})
	id, value := tenant.App(tenant.ClientID).AddSecret(time.Now().AddDate(0, 1, 0))
	_, old := tenant.App(tenant.ClientID).AddSecret(time.Now().AddDate(0, 0, -1))
	for name, c := range map[string]struct {
		tenant, client, secret string
		want                   graph.Kind
	}{
		"a wrong secret":    {tenant.ID, tenant.ClientID, "wrong", graph.WrongSecret},
		"the secret's ID":   {tenant.ID, tenant.ClientID, id, graph.SecretIDPasted},
		"an expired secret": {tenant.ID, tenant.ClientID, old, graph.SecretExpired},
		"another app":       {tenant.ID, "00000000-0000-4000-8000-000000000000", value, graph.UnknownApp},
		"another tenant":    {"00000000-0000-4000-8000-000000000000", tenant.ClientID, value, graph.UnknownTenant},
	} {
		client, err := graph.New(graph.Config{
			Cloud:  graph.Cloud{Login: server.URL(), Graph: server.URL(), CA: server.CA()},
			Tenant: c.tenant, ClientID: c.client, Credentials: []graph.Credential{{Secret: c.secret}},
		})
		if err != nil {
			t.Fatal(err)
		}
		var refused *graph.AuthError
		if _, err := client.Roles(t.Context()); !errors.As(err, &refused) || refused.Kind != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}
