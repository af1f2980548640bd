//go:build browser

package browser

import (
	"context"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/telefonist/telefonist/client"
	"github.com/telefonist/telefonist/m365"
)

// office is the program at a customer whose days pass a hundred times faster than
// the clock, and whose calendars are read and told.
type office struct {
	program
	*testing.T
	customer *client.Organization
	org      string // the path of its pages
	box      *postbox
}

const customerNumber = "1042"

func openOffice(t *testing.T) *office {
	t.Helper()
	tenant := m365.New(m365.Options{People: 60, Seed: 4})
	tenant.Grant("Calendars.Read", "MailboxSettings.Read")
	tenant.OpenOffice(120)
	o := &office{T: t, box: openPostbox(t)}
	o.program = startProgram(t, tenant, o.box.settings()+"networks: {allow: [127.0.0.0/8]}\n")
	socket := client.Socket(filepath.Join(o.Data, "telefonist.sock")).Speaking("sv")
	made, err := socket.AddOrganization(t.Context(), client.NewCustomer{Number: customerNumber, Name: "Ålsta Rör & Värme AB"})
	o.must(err)
	o.customer, o.org = socket.In(customerNumber), "/o/"+made.ID+"/"
	o.connect()
	return o
}

func (o *office) must(err error) {
	o.Helper()
	if err != nil {
		o.Fatal(err)
	}
}

// connect reads the tenant's people and calendars, in service from the start, and
// approves the first plan.
func (o *office) connect() {
	o.Helper()
	source, err := o.customer.AddSource(o.Context(), client.NewSource{Name: "Microsoft Entra ID", Kind: "entra", Settings: map[string]string{
		"cloud": "simulated", "tenant": o.Tenant.ID, "client": o.Tenant.ClientID}})
	o.must(err)
	_, err = o.customer.AddSecret(o.Context(), source.ID, client.NewSecret{Secret: o.Tenant.Secret()})
	o.must(err)
	_, err = o.customer.AddConnection(o.Context(), client.NewConnection{Source: source.ID})
	o.must(err)
	_, err = o.customer.SetLive(o.Context(), source.ID, client.SetLive{All: true, Live: true})
	o.must(err)
	_, err = o.customer.AddSwitchboard(o.Context(), client.NewSwitchboard{Name: "Kamailio", Kind: "presence", Settings: map[string]string{
		"server": "127.0.0.1:9", "transport": "tcp", "address": "sip:{extension}@vaxel.example.se", "username": "telefonist"}})
	o.must(err)
	o.always()
	_, err = o.customer.AddReplicator(o.Context(), client.NewReplicator{Name: "Alla anställda", Source: source.ID, Settings: &client.Settings{
		Scope: client.Scope{Everybody: true}, Mapping: []client.Rule{{From: "displayName", To: "displayName", When: "always"}},
		Country: "SE", Extension: client.ExtensionRule{From: "nextFree", Start: 200}, Contacts: true, New: "create"}})
	o.must(err)
	o.until("the first plan waits", func() bool {
		rounds, err := o.customer.Rounds(o.Context(), client.RoundQuery{State: "waiting"})
		o.must(err)
		if len(rounds) > 0 {
			o.must(o.customer.Approve(o.Context(), rounds[0].ID))
		}
		return len(rounds) > 0
	})
	o.until("every calendar has been read", func() bool {
		board, err := o.customer.Board(o.Context(), client.BoardQuery{Limit: 500})
		o.must(err)
		return len(board.Items) > 0 && !slices.ContainsFunc(board.Items, func(p client.PersonActivity) bool { return p.State == nil || p.Health == "never" })
	})
}

// always has people work around the clock: the tenant's days have no nights.
func (o *office) always() {
	o.Helper()
	c, err := o.customer.Calendar(o.Context())
	o.must(err)
	week := &client.Hours{}
	for day := range week.Week {
		week.Week[day] = []client.Shift{{From: 0, To: 24 * 60}}
	}
	c.Settings.Hours.Week, c.Settings.Hours.FreeDays = week, client.FreeDays{}
	_, err = o.customer.SaveCalendar(o.Context(), c.Settings, c.Generation)
	o.must(err)
}

func (o *office) until(what string, good func() bool) {
	o.Helper()
	ctx, cancel := context.WithTimeout(o.Context(), 3*patience)
	defer cancel()
	for !good() {
		select {
		case <-ctx.Done():
			o.Fatalf("it never comes that %s", what)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// somebody is a person with a calendar who is there, and whose name is nobody
// else's; none of those who were had before.
func (o *office) somebody(before ...string) (found client.PersonActivity) {
	o.Helper()
	o.until("somebody is available", func() bool {
		board, err := o.customer.Board(o.Context(), client.BoardQuery{Limit: 500})
		o.must(err)
		at := slices.IndexFunc(board.Items, func(p client.PersonActivity) bool {
			return p.Health == "fine" && p.State.Activity == "available" && !slices.Contains(before, p.ID) && !named(board.Items, p)
		})
		if at >= 0 {
			found = board.Items[at]
		}
		return at >= 0
	})
	return found
}

// address is where somebody gets mail.
func (o *office) address(p client.PersonActivity) string {
	o.Helper()
	all := o.Tenant.People()
	at := slices.IndexFunc(all, func(one m365.Person) bool { return one.ID == p.ID })
	if at < 0 {
		o.Fatalf("%s is not in the directory", p.Name)
	}
	return all[at].Mail
}

// named is true where another has the same name.
func named(all []client.PersonActivity, as client.PersonActivity) bool {
	return slices.ContainsFunc(all, func(p client.PersonActivity) bool { return p.Name == as.Name && p.ID != as.ID })
}
