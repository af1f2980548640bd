//go:build peers

package exchange

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strings"
	"time"

	"github.com/telefonist/telefonist/client"
	"github.com/telefonist/telefonist/m365"
)

// customer is an organization that the program serves.
type customer struct {
	*client.Organization
	*program
	name   string
	people map[string]string // ids by name, once they are read
}

// add makes one; what change does with the settings of its calendars holds from the
// start.
func (p *program) add(name string, change func(*client.CalendarSettings)) *customer {
	p.Helper()
	made, err := p.AddOrganization(p.Context(), client.NewCustomer{Number: name, Name: name})
	must(p.T, err)
	c := &customer{Organization: p.In(made.ID), program: p, name: name}
	c.set(change)
	return c
}

// set changes the settings of the calendars.
func (c *customer) set(change func(*client.CalendarSettings)) {
	c.Helper()
	is, err := c.Calendar(c.Context())
	must(c.T, err)
	change(&is.Settings)
	_, err = c.SaveCalendar(c.Context(), is.Settings, is.Generation)
	must(c.T, err)
}

// office is how all customers have it: free days are working days.
func office(s *client.CalendarSettings) {
	s.Preset = "both"
	s.Hours = client.HoursSetting{On: true, Activity: "gone", Mailbox: true}
	s.Privacy.Subject, s.Privacy.Place = "colleagues", "colleagues"
}

// readGraph has the people and calendars of a tenant read through Graph.
func (c *customer) readGraph(t *m365.Tenant) (source string) {
	c.Helper()
	ctx := c.Context()
	made, err := c.AddSource(ctx, client.NewSource{Name: "Entra", Kind: "entra", Settings: map[string]string{
		"cloud": "simulated", "tenant": t.ID, "client": t.ClientID}})
	must(c.T, err)
	_, err = c.AddSecret(ctx, made.ID, client.NewSecret{Secret: t.Secret()})
	must(c.T, err)
	_, err = c.AddConnection(ctx, client.NewConnection{Source: made.ID})
	must(c.T, err)
	_, err = c.AddReplicator(ctx, client.NewReplicator{Name: "Personal", Source: made.ID, Settings: &client.Settings{
		Scope: client.Scope{Everybody: true}, Mapping: []client.Rule{{From: "displayName", To: "displayName", When: "always"}},
		Country: "SE", Extension: client.ExtensionRule{From: "nextFree", Start: 200}, Contacts: true, New: "create"}})
	must(c.T, err)
	until(c.T, "the first plan waits", func() string {
		rounds, err := c.Rounds(ctx, client.RoundQuery{State: "waiting"})
		must(c.T, err)
		if len(rounds) == 0 {
			return "no round"
		}
		must(c.T, c.Approve(ctx, rounds[0].ID))
		return ""
	})
	return made.ID
}

// readExchange has the calendars of an Exchange server read.
func (c *customer) readExchange(settings map[string]string) (source string) {
	c.Helper()
	word := password
	made, err := c.AddSource(c.Context(), client.NewSource{Name: "Exchange", Kind: "exchange", Settings: settings, Password: &word})
	must(c.T, err)
	_, err = c.AddConnection(c.Context(), client.NewConnection{Source: made.ID})
	must(c.T, err)
	return made.ID
}

// register puts people into the switchboard as a customer without Entra ID does.
func (c *customer) register(people []m365.Person) {
	c.Helper()
	var text bytes.Buffer
	w := csv.NewWriter(&text)
	w.Comma = ';'
	must(c.T, w.Write([]string{"Anknytning", "Namn", "E-post"}))
	for i, p := range people {
		must(c.T, w.Write([]string{fmt.Sprint(200 + i), p.DisplayName, p.Mail}))
	}
	w.Flush()
	got, err := c.Import(c.Context(), &text)
	must(c.T, err)
	if len(got.Problems) > 0 {
		c.Fatalf("%s: %+v", c.name, got.Problems)
	}
}

// mailboxes are how reading goes, by name.
func (c *customer) mailboxes() map[string]client.Mailbox {
	c.Helper()
	page, err := c.Mailboxes(c.Context(), client.MailboxQuery{Limit: 500})
	must(c.T, err)
	all := map[string]client.Mailbox{}
	for _, m := range page.Items {
		all[m.Name] = m
	}
	return all
}

// read waits until as many mailboxes have been read, by a way where one is given.
func (c *customer) read(n int, way string) {
	c.Helper()
	until(c.T, c.name+" reads every calendar", func() string {
		all, why := c.mailboxes(), []string{}
		for name, m := range all {
			switch {
			case m.Health != "fine":
				why = append(why, name+" is "+m.Health+" "+m.Sentence)
			case way != "" && (m.Way == nil || m.Way.Kind != way):
				why = append(why, fmt.Sprintf("%s is read by %+v, not by %s", name, m.Way, way))
			}
		}
		if len(all) != n {
			why = append(why, fmt.Sprintf("%d mailboxes, not %d", len(all), n))
		}
		c.people = map[string]string{}
		for name, m := range all {
			c.people[name] = m.Person
		}
		return strings.Join(why, "; ")
	})
}

// day is somebody's timeline, nil for nobody's.
func (c *customer) day(name string, from, to time.Time) client.Day {
	c.Helper()
	d, err := c.Day(c.Context(), c.people[name], from, to)
	must(c.T, err)
	return d
}

// always has everybody work round the clock.
func always(s *client.CalendarSettings) {
	s.Preset = "both"
	week := &client.Hours{}
	for day := range week.Week {
		week.Week[day] = []client.Shift{{From: 0, To: 24 * 60}}
	}
	s.Hours.Week, s.Hours.Mailbox, s.Hours.On = week, false, false
}
