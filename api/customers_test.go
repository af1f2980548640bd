package api_test

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/telefonist/telefonist/api"
	"github.com/telefonist/telefonist/client"
)

// TestFiveHundredCustomers brings up as many by PUT, twice: the second time
// nothing changes.
func TestFiveHundredCustomers(t *testing.T) {
	ctx := t.Context()
	p := open(t)
	template := must[client.Customer](t)(p.operator.PutOrganization(ctx, "0", client.NewCustomer{Name: "Mall"})).Settings
	template.Language, template.Retention = "en", client.Retention{Rounds: 30, Removed: 7}
	template.Template.Schedule = client.Schedule{Mode: "nightly", From: 120, To: 240, Zone: "Europe/Oslo"}
	first := map[string]client.Customer{}
	for round := range 2 {
		for i := range 500 {
			number := fmt.Sprintf("K-%03d", i)
			got := must[client.Customer](t)(p.operator.PutOrganization(ctx, number, client.NewCustomer{Name: "Kund " + number, Settings: &template}))
			if round == 0 {
				first[number] = got
			} else if got.ID != first[number].ID || got.Generation != 1 {
				t.Fatalf("%s, again: got id %s of generation %d, want %s of 1", number, got.ID, got.Generation, first[number].ID)
			}
		}
	}
	all := must[[]client.CustomerState](t)(p.operator.Organizations(ctx, ""))
	if len(all) != 501 {
		t.Errorf("got %d customers, want 501", len(all))
	}
	renamed := must[client.Customer](t)(p.operator.PutOrganization(ctx, "K-007", client.NewCustomer{Name: "Bond AB"}))
	if renamed.ID != first["K-007"].ID || renamed.Name != "Bond AB" || renamed.Settings.Retention.Rounds != 30 {
		t.Errorf("renamed without settings: got %+v, want the same settings", renamed)
	}
	found := must[[]client.CustomerState](t)(p.operator.Organizations(ctx, "bond"))
	if len(found) != 1 || found[0].Number != "K-007" {
		t.Errorf("search: got %+v, want K-007", found)
	}
	_, err := p.operator.AddOrganization(ctx, client.NewCustomer{Number: "K-001", Name: "En till"})
	wantStatus(t, "a number that is taken", err, 409)
	_, err = p.operator.PutOrganization(ctx, "a b/c", client.NewCustomer{Name: "x"})
	wantStatus(t, "a number with a slash", err, 422)
}

func TestNewReplicatorsStartWithTheTemplate(t *testing.T) {
	ctx := t.Context()
	p := open(t)
	org, _ := p.customer(t, "1", "administrator")
	c := must[client.Customer](t)(org.Get(ctx))
	c.Settings.Country = "NO"
	c.Settings.Template = client.Template{
		Schedule: client.Schedule{Mode: "soon", From: 0, To: 60, Zone: "Europe/Oslo"},
		Limits:   client.Limits{Left: client.Limit{Count: 1, Percent: 2}, Changed: client.Limit{Count: 3, Percent: 4}},
	}
	must[client.Customer](t)(org.Save(ctx, c.Name, c.Settings, c.Generation))
	r := must[client.Replicator](t)(org.AddReplicator(ctx, client.NewReplicator{Name: "Alla", Source: p.connect(t, org).ID}))
	if r.Schedule != c.Settings.Template.Schedule || r.Settings.Limits != c.Settings.Template.Limits || r.Settings.Country != "NO" {
		t.Errorf("got %+v and %+v, want the template's", r.Schedule, r.Settings)
	}
}

// TestWhoeverSavesMustHaveRead is about If-Match.
func TestWhoeverSavesMustHaveRead(t *testing.T) {
	ctx := t.Context()
	p := open(t)
	org, _ := p.customer(t, "1", "administrator")
	c := must[client.Customer](t)(org.Get(ctx))
	must[client.Customer](t)(org.Save(ctx, "Nytt namn", c.Settings, c.Generation))
	_, err := org.Save(ctx, "Annat namn", c.Settings, c.Generation)
	wantStatus(t, "saving what was read before", err, http.StatusPreconditionFailed)
	_, err = org.Save(ctx, "Annat namn", c.Settings, 0)
	wantStatus(t, "saving without having read", err, http.StatusPreconditionRequired)
	s := p.connect(t, org)
	_, err = org.SaveSource(ctx, s.ID, p.newSource(), s.Generation)
	wantStatus(t, "saving a source after its secret came", err, http.StatusPreconditionFailed)
	s = must[client.Source](t)(org.Source(ctx, s.ID))
	n := p.newSource()
	n.Name = "Ny"
	if got := must[client.Source](t)(org.SaveSource(ctx, s.ID, n, s.Generation)); got.Name != "Ny" || got.Generation != s.Generation+1 {
		t.Errorf("saved source: got %+v", got)
	}
	raw := ask(t, "GET", p.url+"/api/v1/organizations/1", p.token(t, "1", "administrator"), "", "")
	if got, want := raw.header.Get("ETag"), fmt.Sprintf("%q", fmt.Sprint(must[client.Customer](t)(org.Get(ctx)).Generation)); got != want {
		t.Errorf("ETag: got %s, want %s", got, want)
	}
}

// TestCustomerIsCarriedAndErased exports, erases and imports a customer.
func TestCustomerIsCarriedAndErased(t *testing.T) {
	ctx := t.Context()
	p := open(t)
	org, _ := p.customer(t, "1", "administrator")
	f := p.furnish(t, org)
	must[client.User](t)(org.AddUser(ctx, client.NewUser{Email: "Asa@Example.se", Name: "Åsa", Role: "administrator"}))
	var file strings.Builder
	if err := p.operator.In("1").Export(ctx, &file); err != nil {
		t.Fatal(err)
	}
	_, err := p.operator.ImportOrganization(ctx, strings.NewReader(file.String()))
	wantStatus(t, "importing while the number is taken", err, 409)
	wantStatus(t, "erasing as its administrator", org.Delete(ctx, "Kund 1"), 403)
	wantStatus(t, "erasing without its name", p.operator.In("1").Delete(ctx, "Kund"), 422)
	if err := p.operator.In("1").Delete(ctx, "Kund 1"); err != nil {
		t.Fatal(err)
	}
	_, err = p.operator.In("1").Get(ctx)
	wantStatus(t, "after erasing", err, 404)
	_, err = org.Get(ctx)
	wantStatus(t, "its token after erasing", err, 401)
	c := must[client.Customer](t)(p.operator.ImportOrganization(ctx, strings.NewReader(file.String())))
	again := p.operator.In("1")
	if c.ID == f.org || c.Name != "Kund 1" {
		t.Errorf("imported: got %+v, want a new id", c)
	}
	reps := must[[]client.Replicator](t)(again.Replicators(ctx))
	if len(reps) != 1 || !reps[0].Paused || reps[0].ID != f.replicator {
		t.Errorf("its replicators: got %+v, want the one, paused", reps)
	}
	if got := must[client.Subscriber](t)(again.Subscriber(ctx, f.subscriber)); got.Name != "Växeln" {
		t.Errorf("its entry: got %+v", got)
	}
	users := must[[]client.User](t)(again.Users(ctx))
	if len(users) != 1 || users[0].Email != "asa@example.se" {
		t.Errorf("its users: got %+v", users)
	}
}

func TestSocketNeedsNoToken(t *testing.T) {
	p := open(t)
	path := filepath.Join(t.TempDir(), "s")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: api.NewSocket(p.desk, api.Options{Log: quiet})}
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	me := must[client.Me](t)(client.Socket(path).Me(t.Context()))
	if !me.Operator || me.Kind != "socket" {
		t.Errorf("got %+v, want the operator at the socket", me)
	}
}

// TestOperatorIsSeen is about the customer's audit log.
func TestOperatorIsSeen(t *testing.T) {
	ctx := t.Context()
	p := open(t)
	org, _ := p.customer(t, "1", "administrator")
	must[[]client.Source](t)(p.operator.In("1").Sources(ctx))
	must[[]client.Source](t)(p.operator.In("1").Sources(ctx))
	must[[]client.Source](t)(org.Sources(ctx))
	visits := must[[]client.Entry](t)(org.Audit(ctx, "visit", 0, 0))
	if len(visits) != 1 || visits[0].Actor != "socket" || visits[0].Role != "operator" {
		t.Errorf("got %+v, want the operator's one visit", visits)
	}
}

// TestLookup is one number in many spellings.
func TestLookup(t *testing.T) {
	ctx := t.Context()
	p := open(t)
	org, _ := p.customer(t, "1", "administrator")
	desk := p.token(t, "1", "attendant")
	made := must[client.Subscriber](t)(org.AddSubscriber(ctx, map[string]string{"displayName": "Åsa Öberg", "business": "08-123 45 67", "extension": "4567"}))
	for _, n := range []string{"08-123 45 67", "+46 8 123 45 67", "0046(0)8-1234567", "sip:+4681234567@pbx.example", "4567"} {
		hit, err := client.New(p.url, desk).In("1").Lookup(ctx, n)
		if err != nil || hit.Name != "Åsa Öberg" || hit.Subscriber == nil || hit.Subscriber.ID != made.ID {
			t.Errorf("%s: got %+v, %v, want Åsa Öberg", n, hit, err)
		}
	}
	_, err := org.Lookup(ctx, "08-765 43 21")
	wantStatus(t, "nobody's number", err, 404)
	_, err = org.Lookup(ctx, "not a number")
	wantStatus(t, "no number", err, 422)
	if err := org.Protect(ctx, made.ID, true); err != nil {
		t.Fatal(err)
	}
	p.desk.Book.Changed(must[client.Customer](t)(org.Get(ctx)).ID)
	_, err = client.New(p.url, desk).In("1").Lookup(ctx, "4567")
	wantStatus(t, "a protected person, to an attendant", err, 404)
	_, err = client.New(p.url, desk).In("1").Subscriber(ctx, made.ID)
	wantStatus(t, "a protected entry, to an attendant", err, 404)
	if s := must[client.Subscribers](t)(client.New(p.url, desk).In("1").Subscribers(ctx, client.SubscriberQuery{})); len(s.Subscribers) != 0 {
		t.Errorf("a protected entry in an attendant's list: %+v", s)
	}
	must[client.Subscriber](t)(org.Subscriber(ctx, made.ID))
}

// TestCSV goes in and comes out, and in again without a change.
func TestCSV(t *testing.T) {
	ctx := t.Context()
	p := open(t)
	org, _ := p.customer(t, "1", "administrator")
	file := "Visningsnamn;Anknytning;Mobil\r\nÅsa Öberg;101;070-123 45 67\r\nOlle Ek;102;fel\r\nIngen anknytning;x;\r\n"
	plan := must[client.Import](t)(org.PreviewImport(ctx, strings.NewReader(file)))
	if len(plan.Changes) != 2 || len(plan.Problems) != 2 {
		t.Fatalf("preview: got %+v, want two entries and two problems", plan)
	}
	if s := must[client.Subscribers](t)(org.Subscribers(ctx, client.SubscriberQuery{})); len(s.Subscribers) != 0 {
		t.Errorf("a preview wrote %+v", s)
	}
	must[client.Import](t)(org.Import(ctx, strings.NewReader(file)))
	var out strings.Builder
	if err := org.ExportSubscribers(ctx, "csv", &out); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(out.String(), "\ufeff") || !strings.Contains(out.String(), "Åsa Öberg") || strings.Contains(out.String(), ";+46") {
		t.Errorf("export: got %q, want a mark and numbers that stay text", out.String())
	}
	again := must[client.Import](t)(org.PreviewImport(ctx, strings.NewReader(out.String())))
	if len(again.Changes) != 0 || again.Same != 2 {
		t.Errorf("the export, read again: got %+v, want no change", again)
	}
}

// TestConnectLink lets a colleague without an account connect.
func TestConnectLink(t *testing.T) {
	ctx := t.Context()
	p := open(t)
	org, _ := p.customer(t, "1", "administrator")
	p.customer(t, "2", "administrator")
	l := must[client.ConnectLink](t)(org.AddConnectLink(ctx, client.NewConnectLink{Colleague: "Åsa", Days: 3, Language: "sv"}))
	at, err := url.Parse(l.URL)
	if err != nil || at.Host != "telefonist.example" {
		t.Fatalf("address: got %q, %v", l.URL, err)
	}
	text := at.Path[strings.LastIndexByte(at.Path, '/')+1:]
	colleague := client.New(p.url, text)
	own := must[client.Customer](t)(org.Get(ctx)).ID
	if c := must[client.Connecting](t)(colleague.In(own).Connecting(ctx)); c.Organization != "Kund 1" || len(c.Kinds) == 0 {
		t.Errorf("connecting: got %+v", c)
	}
	_, err = colleague.In("2").Connecting(ctx)
	wantStatus(t, "a link of another organization", err, 404)
	_, err = colleague.In(own).Sources(ctx)
	wantStatus(t, "a link that wants to see sources", err, 403)
	n := p.newSource()
	values := client.ConnectValues{Kind: n.Kind, Settings: n.Settings, Secret: p.tenant.SecretID()}
	_, err = colleague.In(own).Connect(ctx, values)
	wantStatus(t, "the secret's id instead of its value", err, 422)
	values.Secret = "wrong-secret-value"
	if c := must[client.Check](t)(colleague.In(own).Connect(ctx, values)); c.OK {
		t.Errorf("a wrong secret: got %+v, want a failure", c)
	}
	if s := must[[]client.Source](t)(org.Sources(ctx)); len(s) != 0 {
		t.Errorf("after a wrong secret: got %+v, want nothing kept", s)
	}
	values.Secret = p.tenant.Secret()
	if c := must[client.Check](t)(colleague.In(own).Connect(ctx, values)); !c.OK {
		t.Errorf("the right secret: got %+v, want all fine", c)
	}
	if s := must[[]client.Source](t)(org.Sources(ctx)); len(s) != 1 || len(s[0].Credentials) != 1 || s[0].Tenant != p.tenant.ID {
		t.Errorf("after the right secret: got %+v, want one source", s)
	}
	_, err = colleague.In(own).Connecting(ctx)
	wantStatus(t, "a used link", err, 401)
	l = must[client.ConnectLink](t)(org.AddConnectLink(ctx, client.NewConnectLink{Colleague: "Åsa", Days: 3, Language: "sv"}))
	if err := org.RevokeConnectLink(ctx, l.ID); err != nil {
		t.Fatal(err)
	}
	_, err = client.New(p.url, l.URL[strings.LastIndexByte(l.URL, '/')+1:]).In(own).Connecting(ctx)
	wantStatus(t, "a revoked link", err, 401)
}
