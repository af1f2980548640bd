package desk

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/store"
)

var exchangeKind = organization.Kind{Name: organization.Exchange, Fields: []organization.Field{{Name: "url", Required: true}, {Name: "user", Required: true}, {Name: "ca"}}}

// server is an organization with a connection to an Exchange server.
func server(t *testing.T) (*Desk, *Visit, SourceState) {
	t.Helper()
	d, _ := open(t)
	d.Kinds = append(testKinds, exchangeKind)
	d.Seal = func(plain, place []byte) ([]byte, error) { return append(append([]byte{}, plain...), place...), nil }
	customer, err := d.As(operator(t, d)).AddOrganization(t.Context(), NewOrganization{Name: "Kund"})
	if err != nil {
		t.Fatal(err)
	}
	v := d.As(operatorOf(d)).In(customer.ID)
	s, err := v.AddSource(t.Context(), NewSource{Name: "Egen server", Kind: organization.Exchange, Password: new("Höst 2026"),
		Settings: map[string]string{"url": "https://mail.example.se/EWS/Exchange.asmx", "user": `EXEMPEL\monitor`}})
	if err != nil {
		t.Fatal(err)
	}
	return d, v, s
}

func operatorOf(*Desk) Actor { return AtSocket() }

func TestAServerHasOnePasswordForOneAccount(t *testing.T) {
	_, v, s := server(t)
	ctx := t.Context()
	if len(s.Credentials) != 1 || s.Credentials[0].Kind != organization.Secret || s.Credentials[0].Hint != "" {
		t.Errorf("kept: %+v", s.Credentials)
	}
	sealed := func() []byte {
		t.Helper()
		now, err := v.Source(ctx, s.ID)
		if err != nil || len(now.Credentials) != 1 {
			t.Fatalf("now %+v, %v", now.Credentials, err)
		}
		s = now
		_, text, err := v.store().SealedCredential(ctx, s.ID, now.Credentials[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	if !bytes.HasPrefix(sealed(), []byte("Höst 2026")) {
		t.Error("the password was not sealed as it was typed")
	}
	if _, err := v.AddSecret(ctx, s.ID, " ny ", s.Created); err != nil {
		t.Fatal(err)
	}
	if before := s.Generation; !bytes.HasPrefix(sealed(), []byte(" ny ")) || s.Generation == before {
		t.Error("another password did not take the place of the first")
	}
	for name, change := range map[string]map[string]string{
		"another server":  {"url": "https://other.example/EWS/Exchange.asmx", "user": `EXEMPEL\monitor`},
		"without TLS":     {"url": "http://mail.example.se/EWS/Exchange.asmx", "user": `EXEMPEL\monitor`},
		"another account": {"url": "https://mail.example.se/EWS/Exchange.asmx", "user": "someone"},
	} {
		if _, err := v.SaveSource(ctx, s.ID, NewSource{Name: s.Name, Settings: change}, s.Generation); !invalidIn(err, "password") {
			t.Errorf("%s gets the password: %v", name, err)
		}
	}
	same := map[string]string{"url": "https://MAIL.example.se/ews/exchange.asmx", "user": `EXEMPEL\monitor`}
	if _, err := v.SaveSource(ctx, s.ID, NewSource{Name: "Omdöpt", Settings: same}, s.Generation); err != nil {
		t.Errorf("the same server: %v", err)
	}
	sealed()
	other := map[string]string{"url": "https://other.example/EWS/Exchange.asmx", "user": "someone"}
	if _, err := v.SaveSource(ctx, s.ID, NewSource{Name: s.Name, Settings: other, Password: new("annat")}, s.Generation); err != nil {
		t.Errorf("another server with its own password: %v", err)
	}
	if !bytes.HasPrefix(sealed(), []byte("annat")) {
		t.Error("the old password is still there")
	}
}

func TestAServerHasNoDirectory(t *testing.T) {
	_, v, s := server(t)
	ctx := t.Context()
	if _, err := v.AddReplicator(ctx, NewReplicator{Name: "Personal", Source: s.ID}); !invalidIn(err, "source") {
		t.Errorf("a replicator: %v", err)
	}
	if _, err := v.MakeCertificate(ctx, s.ID); !invalidIn(err, "certificate") {
		t.Errorf("a certificate: %v", err)
	}
	if _, err := v.CalendarScript(ctx, s.ID, "group@example.se", false, Proof{}); !invalidIn(err, "source") {
		t.Errorf("a script for Microsoft 365: %v", err)
	}
	if _, err := v.AddSource(ctx, NewSource{Name: "Entra", Kind: "entra", Password: new("x"),
		Settings: map[string]string{"cloud": "global", "tenant": "t", "client": "c"}}); !invalidIn(err, "password") {
		t.Errorf("a password for Entra ID: %v", err)
	}
}

// People of the register stand on the board by their entries, and their departments
// are groups.
func TestPeopleOfTheRegisterAlone(t *testing.T) {
	d, v, s := server(t)
	ctx := t.Context()
	o := v.store()
	added, err := o.AddSubscribers(ctx, []pbx.Subscriber{{Fields: pbx.Fields{pbx.FirstName: "Anna", pbx.Mail: "anna@example.se", pbx.Department: "Kund service"}}})
	if err != nil {
		t.Fatal(err)
	}
	_ = added
	all, err := o.Registered(ctx)
	if err != nil || len(all) != 1 || all[0].Source != organization.Local {
		t.Fatalf("registered: %+v, %v", all, err)
	}
	anna := all[0].ID
	if _, err := v.AddCalendarConnection(ctx, s.ID, ""); err != nil {
		t.Fatal(err)
	}
	if err := d.Reconcile.Enroll(ctx, v.org); err != nil {
		t.Fatal(err)
	}
	page, err := v.Mailboxes(ctx, MailboxFilter{})
	if err != nil || len(page.Rows) != 1 || page.Rows[0].Person != anna || page.Rows[0].Home != organization.Local || !page.Rows[0].Server {
		t.Fatalf("mailboxes: %+v, %v", page.Rows, err)
	}
	h, err := v.person(ctx, anna)
	if err != nil || h.Subscriber != anna || h.Home != organization.Local {
		t.Errorf("the person: %+v, %v", h, err)
	}
	groups, err := v.Groups(ctx, s.ID, "service")
	if err != nil || len(groups) != 1 || groups[0].ID != "Kund service" {
		t.Errorf("groups: %+v, %v", groups, err)
	}
	if _, err := v.SetLive(ctx, s.ID, Who{Group: "Kund service"}, true); err != nil {
		t.Errorf("live for a department: %v", err)
	}
	if _, err := v.SetLive(ctx, s.ID, Who{Group: "Ingen"}, true); !invalidIn(err, "group") {
		t.Errorf("live for no department: %v", err)
	}
	if _, err := v.SetLive(ctx, s.ID, Who{Person: anna}, true); err != nil {
		t.Errorf("live for a person: %v", err)
	}
	settings, err := v.CalendarSettings(ctx)
	if err != nil {
		t.Fatal(err)
	}
	c := settings.Calendar
	c.Groups = []organization.Group{{Source: organization.Local, ID: "Kund service", Name: "Kund service"}}
	c.Rules = []activity.Rule{{ID: "r1", If: activity.Condition{Group: "Kund service", ShowAs: calendar.Busy}, Then: activity.Lunch}}
	if _, err := v.SaveCalendarSettings(ctx, c, settings.Generation); err != nil {
		t.Errorf("rules of a department: %v", err)
	}
	if _, err := v.SavePreference(ctx, anna, organization.Person{Delegates: []string{"x"}}, 0); !errors.As(err, new(*Invalid)) {
		t.Errorf("a delegate who is nobody: %v", err)
	}
}

// A directory's own connection takes over whom a server's has in service; another
// server's, and a directory's where there is no server, begin in test mode.
func TestTheWayToMicrosoft365SilencesNobody(t *testing.T) {
	_, v, s := server(t)
	ctx := t.Context()
	entra := func(name string) string {
		t.Helper()
		made, err := v.AddSource(ctx, NewSource{Name: name, Kind: organization.Entra, Settings: map[string]string{"cloud": "global", "tenant": name, "client": "c"}})
		if err != nil {
			t.Fatal(err)
		}
		return made.ID
	}
	add := func(source string) organization.Live {
		t.Helper()
		c, err := v.AddCalendarConnection(ctx, source, "")
		if err != nil {
			t.Fatal(err)
		}
		return c.Live
	}
	if live := add(entra("before")); !live.Test() {
		t.Errorf("without a server: %+v", live)
	}
	if live := add(s.ID); !live.Test() {
		t.Errorf("the server: %+v", live)
	}
	have, err := v.store().Connection(ctx, s.ID)
	if err != nil {
		t.Fatal(err)
	}
	c := have.Connection
	c.Live = organization.Live{Groups: []string{"Lager"}, People: []string{"b", "a"}}
	if err := v.store().PutConnection(ctx, c, have.Generation); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(organization.Live{Groups: []string{"Lager"}, People: []string{"a", "b"}}, add(entra("some"))); diff != "" {
		t.Error(diff)
	}
	if _, err := v.SetLive(ctx, s.ID, Who{All: true}, true); err != nil {
		t.Fatal(err)
	}
	if live := add(entra("all")); !live.All {
		t.Errorf("all: %+v", live)
	}
	other, err := v.AddSource(ctx, NewSource{Name: "Annan server", Kind: organization.Exchange, Password: new("x"),
		Settings: map[string]string{"url": "https://post.example.se/EWS/Exchange.asmx", "user": "monitor"}})
	if err != nil {
		t.Fatal(err)
	}
	if live := add(other.ID); !live.Test() {
		t.Errorf("another server: %+v", live)
	}
}

func TestTheLineThatWouldBetterAMailbox(t *testing.T) {
	m := store.Mailbox{Enrolled: store.Enrolled{Address: "anna@example.se"}, Way: calendar.Way{Kind: calendar.Times, Server: "Exchange 2016 15.1.1"}}
	for _, c := range []struct {
		state calendar.State
		way   calendar.WayKind
		some  bool
	}{
		{calendar.Fine, calendar.Times, true},
		{calendar.Fine, calendar.Impersonation, false},
		{calendar.Denied, calendar.Impersonation, true}, // it has been taken away
		{calendar.NoMailbox, calendar.Times, false},
		{calendar.NoSource, "", false},
	} {
		m.Health.State, m.Way.Kind = c.state, c.way
		if got := better(m, `EXEMPEL\monitor`); (got != "") != c.some {
			t.Errorf("%s by %s: %q", c.state, c.way, got)
		}
	}
}
