//go:build peers

package office

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/telefonist/telefonist/client"
	"github.com/telefonist/telefonist/language"
	"github.com/telefonist/telefonist/m365"
	"github.com/telefonist/telefonist/peers/kamailio"
	"github.com/telefonist/telefonist/peers/phone"
)

// office is everything between a calendar and a telephone that watches Anna.
type office struct {
	*process
	tenant    *m365.Tenant
	outlook   *m365.Server
	anna      string // her id in the directory
	erik      string // the address of whom she invites
	source    string
	presence  *kamailio.Server
	telephone *phone.Phone
	address   string // what it watches
}

// What the program and the presence server know each other by.
const account, password = "telefonist", "hemligt nog"

// openOffice has the program serve a customer with two people, whose calendars are
// read in test mode, and tell a switchboard that asks for a password.
func openOffice(t *testing.T) *office {
	t.Helper()
	o := &office{tenant: m365.New(m365.Options{People: -1, Seed: 11})}
	o.tenant.Grant("Calendars.Read")
	o.erik = "erik@" + o.tenant.Domain
	for _, name := range []string{"Erik Åkesson", "Anna Öberg"} {
		given, _, _ := strings.Cut(name, " ")
		address := strings.ToLower(given) + "@" + o.tenant.Domain
		o.anna = o.tenant.AddPerson(m365.Person{DisplayName: name, Mail: address, UserPrincipalName: address, UserType: "Member", Purpose: "user",
			AccountEnabled: true, Licenses: []string{"05e9a617-0261-4cee-bb44-138d3ef5d965"}})
	}
	o.outlook = m365.NewServer(o.tenant)
	o.outlook.RetryAfter = time.Second // what can't be delivered comes again soon
	must(t, o.outlook.Start("127.0.0.1:0"))
	t.Cleanup(func() { o.outlook.Close() })
	must(t, o.outlook.StartPages("127.0.0.1:0"))

	var err error
	o.presence, err = kamailio.Start(t.Context(), kamailio.Options{Username: account, Password: password, Algorithm: "SHA-256"})
	must(t, err)
	t.Cleanup(func() {
		if err := o.presence.Stop(); err != nil {
			t.Error(err)
		}
	})

	address := freeAddress(t)
	o.process = newProcess(t, "1042", "serve", "--config", o.settings(t), "--listen", address, "--public-url", "http://"+address)
	o.start()
	o.connect()
	o.watch()
	return o
}

// settings write what the program can't be told by a flag.
func (o *office) settings(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	ca, file := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "telefonist.yaml")
	must(t, os.WriteFile(ca, o.outlook.CA(), 0o600))
	text := fmt.Sprintf("log: {level: warn}\nnetworks: {allow: [127.0.0.0/8]}\nclouds: {simulated: {login: %[1]q, graph: %[1]q, ca: %[2]q}}\n", o.outlook.URL(), ca)
	must(t, os.WriteFile(file, []byte(text), 0o600))
	return file
}

// start runs the program.
func (o *office) start() {
	o.Helper()
	o.run("Telefonist is at")
}

// connect makes a customer of the tenant and of the switchboard, and approves the
// first plan.
func (o *office) connect() {
	o.Helper()
	t, ctx := o.T, o.Context()
	_, err := client.Socket(filepath.Join(o.data, "telefonist.sock")).AddOrganization(ctx, client.NewCustomer{Number: "1042", Name: "Åkeri AB"})
	must(t, err)
	source, err := o.org.AddSource(ctx, client.NewSource{Name: "Entra", Kind: "entra", Settings: map[string]string{
		"cloud": "simulated", "tenant": o.tenant.ID, "client": o.tenant.ClientID}})
	must(t, err)
	o.source = source.ID
	_, err = o.org.AddSecret(ctx, source.ID, client.NewSecret{Secret: o.tenant.Secret()})
	must(t, err)
	_, err = o.org.AddConnection(ctx, client.NewConnection{Source: source.ID})
	must(t, err)
	secret := password
	_, err = o.org.AddSwitchboard(ctx, client.NewSwitchboard{Name: "Växeln", Kind: "presence", Password: &secret, Settings: map[string]string{
		"server": o.presence.Address, "transport": "tcp", "username": account,
		"address": "sip:{extension}@" + kamailio.Domain, "expires": "60"}}) // all is told again within half a minute
	must(t, err)
	o.alwaysWork()
	_, err = o.org.AddReplicator(ctx, client.NewReplicator{Name: "Personal", Source: source.ID, Settings: creating()})
	must(t, err)
	o.approve()
}

// alwaysWork has no hour and no day be one on which nobody works, so that the time
// of return is the meeting's end whenever this runs.
func (o *office) alwaysWork() {
	o.Helper()
	c, err := o.org.Calendar(o.Context())
	must(o.T, err)
	round := &client.Hours{}
	for day := range round.Week {
		round.Week[day] = []client.Shift{{From: 0, To: 24 * 60}}
	}
	c.Settings.Hours.Week, c.Settings.Hours.FreeDays = round, client.FreeDays{}
	_, err = o.org.SaveCalendar(o.Context(), c.Settings, c.Generation)
	must(o.T, err)
}

// board is what it says of Anna, once it says anything.
func (o *office) board() (row client.PersonActivity) {
	o.Helper()
	until(o.T, "Anna stands on the board", func() bool {
		page, err := o.org.Board(o.Context(), client.BoardQuery{Search: "Anna"})
		must(o.T, err)
		if len(page.Items) == 1 {
			row = page.Items[0]
		}
		return row.State != nil
	})
	return row
}

// live puts everybody in service, or back into test mode.
func (o *office) live(live bool) {
	o.Helper()
	_, err := o.org.SetLive(o.Context(), o.source, client.SetLive{All: true, Live: live})
	must(o.T, err)
}

// creating is a directory sync that makes people who are new.
func creating() *client.Settings {
	return &client.Settings{Scope: client.Scope{Everybody: true}, Mapping: []client.Rule{{From: "displayName", To: "displayName", When: "always"}},
		Country: "SE", Extension: client.ExtensionRule{From: "nextFree", Start: 200}, Contacts: true, New: "create"}
}

// watch puts a telephone on the desk that watches Anna.
func (o *office) watch() {
	o.Helper()
	if o.address == "" {
		o.address = "sip:" + o.board().Extension + "@" + kamailio.Domain
	}
	telephone, err := telephone.Watch(o.presence.Address, o.address)
	must(o.T, err)
	o.telephone = telephone
	o.Cleanup(func() {
		if err := telephone.Stop(); err != nil {
			o.Error(err)
		}
	})
}

// shows waits until the telephone shows this of Anna; at midnight that is another.
func (o *office) shows(want func(now time.Time) phone.Shown) {
	o.Helper()
	ctx, cancel := context.WithTimeout(o.Context(), patience)
	defer cancel()
	if _, err := o.telephone.Await(ctx, o.address, func(s phone.Shown) bool { return s == want(time.Now()) }); err != nil {
		o.Fatalf("want %+v: %v", want(time.Now()), err)
	}
}

// nothing is what is shown of somebody of whom nothing is told.
func (o *office) nothing(time.Time) phone.Shown { return phone.Shown{Address: o.address} }

// says is an activity with the time of return; in a meeting one can be reached.
func (o *office) says(rpid, name string, back time.Time) func(time.Time) phone.Shown {
	return func(now time.Time) phone.Shown {
		return phone.Shown{Address: o.address, Open: rpid == "meeting", Activities: rpid, Note: language.For(language.Swedish).State(name, "time", back.In(stockholm), now)}
	}
}

// stockholm is where the office is.
var stockholm = func() *time.Location {
	zone, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		panic(err)
	}
	return zone
}()

// meet makes an appointment of Anna's by the form of the simulated Outlook, and
// returns its id.
func (o *office) meet(subject string, from, to time.Time, invite ...string) string {
	o.Helper()
	before := o.events()
	fields := append(times(from, to), "subject", subject, "showas", "busy")
	for _, address := range invite {
		fields = append(fields, "invite", address)
	}
	o.fill("/new", fields...)
	for _, e := range o.events() {
		if !slices.ContainsFunc(before, func(b m365.Event) bool { return b.ID == e.ID }) {
			return e.ID
		}
	}
	o.Fatal("Outlook has not made the appointment")
	return ""
}

// press presses one of the buttons of an appointment.
func (o *office) press(button, id string, fields ...string) {
	o.Helper()
	o.fill("/event", append(fields, "do", button, "id", id)...)
}

// times are the fields that say from when to when.
func times(from, to time.Time) []string {
	from, to = from.In(stockholm), to.In(stockholm)
	return []string{"fromdate", from.Format(time.DateOnly), "fromtime", from.Format(time.TimeOnly),
		"todate", to.Format(time.DateOnly), "totime", to.Format(time.TimeOnly)}
}

// fill sends a form of Anna's Outlook.
func (o *office) fill(page string, fields ...string) {
	o.Helper()
	fill(o.T, o.outlook.OutlookURL(o.tenant)+"/"+o.anna+page, fields...)
}

func fill(t *testing.T, page string, fields ...string) {
	t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	res, err := http.PostForm(page, form)
	must(t, err)
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Fatalf("Outlook answers %s", res.Status)
	}
}

// events are Anna's of today and tomorrow.
func (o *office) events() []m365.Event {
	o.Helper()
	events, err := o.tenant.Events(o.anna, time.Now().Add(-time.Hour), time.Now().Add(48*time.Hour))
	must(o.T, err)
	return events
}
