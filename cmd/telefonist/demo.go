package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/console"
	"github.com/telefonist/telefonist/desk"
	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/drivers"
	"github.com/telefonist/telefonist/m365"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/store"
)

// demoCommand starts a simulated tenant and a server that is connected to it.
type demoCommand struct {
	Listen string        `help:"Address and port of the console." default:"127.0.0.1:8080"`
	Data   string        `help:"Folder of the demonstration." default:"build/demo"`
	People int           `help:"Accounts in the tenant." default:"8000"`
	Seed   uint64        `help:"The same seed makes the same tenant." default:"1"`
	Every  time.Duration `help:"How often something changes in the tenant." default:"20s"`
	Speed  float64       `help:"How many times faster the office lives; 1 is as the clock goes." default:"1"`

	SIP          string `name:"sip" help:"A SIP presence server (HOST:PORT) that is told activities too."`
	SIPTransport string `name:"sip-transport" help:"udp, tcp or tls." enum:"udp,tcp,tls" default:"tcp"`
	SIPAddress   string `name:"sip-address" help:"What the server calls a subscriber." default:"sip:{extension}@example.test"`
	SIPUser      string `name:"sip-user" help:"Account to publish with; its password is read from TELEFONIST_SIP_PASSWORD."`

	simulatedExchange
}

// Who signs in to the demonstration.
const (
	demoEmail    = "demo@example.se"
	demoPassword = "visa mig runt"
)

// Run shows the demonstration until ctx ends.
func (c *demoCommand) Run(ctx context.Context, t *terminal) (err error) {
	tenant := m365.New(m365.Options{People: c.People, Seed: c.Seed, PageSize: 20})
	tenant.Grant(calendarRoles...)
	server := m365.NewServer(tenant)
	if err := server.Start("127.0.0.1:0"); err != nil {
		return fmt.Errorf("start the simulated tenant: %w", err)
	}
	defer server.Close()
	if err := server.StartPages("127.0.0.1:0"); err != nil {
		return fmt.Errorf("start the simulated Outlook: %w", err)
	}
	office := tenant.OpenOffice(c.Speed)
	exchange, err := c.add(server, tenant)
	if err != nil {
		return err
	}
	p, err := c.program(server, tenant, t)
	if err != nil {
		return err
	}
	if err := p.Start(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Stop()) }()
	at, err := c.prepare(ctx, p, tenant)
	if err == nil && exchange != nil {
		err = exchange.connect(ctx, at, server.CA())
	}
	if err != nil {
		return fmt.Errorf("prepare the demonstration: %w", err)
	}
	fmt.Fprintf(t.out, `
  Telefonist is at  http://%s
  Sign in as        %s
  with              %s

  %d people of %s are arriving. Look through the plan and approve it:
  then the board turns as their calendars say, and something changes in the
  tenant every %s. Make and move meetings yourself in the simulated Outlook:

  %s

  Ctrl-C ends it.

`, p.Address, demoEmail, demoPassword, c.People, tenant.Domain, c.Every, server.OutlookURL(tenant))
	say := func(what string) { fmt.Fprintf(t.out, "  %s  %s\n", time.Now().Format("15:04:05"), what) }
	go office.Live(ctx, c.Every, say)
	c.drift(ctx, say, tenant)
	return nil
}

// program is a server that knows the simulated tenant's cloud and listens where
// the tenant can tell it of changes.
func (c *demoCommand) program(server *m365.Server, tenant *m365.Tenant, t *terminal) (*Program, error) {
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	ca := filepath.Join(c.Data, "simulated-ca.pem")
	if err := os.WriteFile(ca, server.CA(), 0o644); err != nil {
		return nil, fmt.Errorf("write the authority: %w", err)
	}
	s := defaults()
	s.Listen, s.Data, s.Log.Level = c.Listen, c.Data, "warn"
	cloud := Cloud{Login: server.URL(), Graph: server.URL(), CA: ca}
	if _, port, err := net.SplitHostPort(c.Listen); err == nil && port != "0" {
		s.PublicURL = "http://127.0.0.1:" + port
		cloud.App = operatorsApp(tenant, s.PublicURL)
	}
	s.Clouds = map[string]Cloud{"simulated": cloud}
	if c.SIP != "" || c.Exchange != "" {
		s.Networks.Allow = privateNetworks
	}
	log, err := s.logger(t.err)
	if err != nil {
		return nil, err
	}
	return &Program{Settings: s, Log: log}, nil
}

// operatorsApp registers the multi-tenant application that a tenant can consent to.
func operatorsApp(tenant *m365.Tenant, public string) App {
	app := tenant.AddApp(m365.App{
		Name: "Telefonist", MultiTenant: true, RedirectURIs: []string{public + console.CallbackPath}, RequiredRoles: m365.DefaultRoles,
	})
	_, secret := app.AddSecret(time.Now().AddDate(2, 0, 0))
	return App{Client: app.ClientID, Secret: secret}
}

// calendarRoles are the permissions by which calendars are read.
var calendarRoles = []string{"Calendars.Read", "MailboxSettings.Read"}

// privateNetworks are where a server to try things on is likely to be.
var privateNetworks = []string{"127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"}

// prepare makes, the first time, an organization that is connected to the tenant
// and follows it. The first plan is left for the visitor to approve.
func (c *demoCommand) prepare(ctx context.Context, p *Program, tenant *m365.Tenant) (*desk.Visit, error) {
	operator := p.Desk.As(desk.Actor{ID: "demo", Name: "Demo", Kind: desk.Socket, Everywhere: organization.Operator})
	const number = "demo"
	id, err := operator.Find(ctx, number)
	if err == nil {
		return operator.In(id), again(ctx, p.Store.In(id))
	}
	if !errors.Is(err, desk.ErrNotFound) {
		return nil, err
	}
	customer, err := operator.AddOrganization(ctx, desk.NewOrganization{Number: number, Name: tenant.Name})
	if err != nil {
		return nil, err
	}
	at := operator.In(customer.ID)
	invited, err := at.AddUser(ctx, desk.NewUser{Email: demoEmail, Name: "Demo", Role: organization.Administrator})
	if err != nil {
		return nil, err
	}
	if _, err := p.Desk.AcceptInvitation(ctx, invited.Word, desk.NewPassword{Email: demoEmail, Name: "Demo", Password: demoPassword}); err != nil {
		return nil, err
	}
	source, err := at.AddSource(ctx, desk.NewSource{Name: "Microsoft Entra ID", Kind: drivers.Entra, Settings: map[string]string{
		"cloud": "simulated", "tenant": tenant.ID, "client": tenant.ClientID}})
	if err != nil {
		return nil, err
	}
	if _, err := at.AddSecret(ctx, source.ID, tenant.Secret(), time.Now().AddDate(0, 0, 45)); err != nil {
		return nil, err
	}
	if err := c.prepareCalendars(ctx, at, source.ID); err != nil {
		return nil, err
	}
	_, err = at.AddReplicator(ctx, desk.NewReplicator{Name: "Personal", Source: source.ID,
		Schedule: &organization.Schedule{Mode: organization.Soon, From: 60, To: 300, Zone: "Europe/Stockholm"}, Settings: demoSettings()})
	return at, err // its first round begins at once
}

// prepareCalendars has everybody's calendar read and told, so that the board turns
// as soon as the plan is approved.
func (c *demoCommand) prepareCalendars(ctx context.Context, at *desk.Visit, source string) error {
	if _, err := at.AddCalendarConnection(ctx, source, ""); err != nil {
		return err
	}
	if _, err := at.SetLive(ctx, source, desk.Who{All: true}, true); err != nil {
		return err
	}
	if err := c.noNights(ctx, at); err != nil {
		return err
	}
	if c.SIP == "" {
		return nil
	}
	n := desk.NewSwitchboard{Name: "SIP", Kind: drivers.Presence, Settings: map[string]string{
		"server": c.SIP, "transport": c.SIPTransport, "address": c.SIPAddress, "username": c.SIPUser}}
	if password := os.Getenv("TELEFONIST_SIP_PASSWORD"); password != "" {
		n.Password = &password
	}
	_, err := at.AddSwitchboard(ctx, n)
	return err
}

// noNights has people work around the clock where the office lives faster: its days
// follow each other without nights and weekends, and nobody is back "tomorrow".
func (c *demoCommand) noNights(ctx context.Context, at *desk.Visit) error {
	if c.Speed <= 1 {
		return nil
	}
	have, err := at.CalendarSettings(ctx)
	if err != nil {
		return err
	}
	s, always := have.Calendar, activity.Hours{}
	for day := range always.Week {
		always.Week[day] = []activity.Shift{{From: 0, To: 24 * 60}}
	}
	s.Hours.Week, s.Hours.FreeDays = &always, activity.FreeDays{}
	_, err = at.SaveCalendarSettings(ctx, s, have.Generation)
	return err
}

func demoSettings() *directory.Settings {
	s := directory.DefaultSettings()
	s.New = directory.Create
	s.Mapping = append(s.Mapping,
		directory.Rule{From: directory.MobilePhone, To: "mobile", When: directory.Always},
		directory.Rule{From: directory.BusinessPhones, To: "business", When: directory.Always},
		directory.Rule{From: directory.JobTitle, To: "title", When: directory.Always},
		directory.Rule{From: directory.Department, To: "department", When: directory.Always},
		directory.Rule{From: directory.OfficeLocation, To: "office", When: directory.Always},
	)
	s.Extension = directory.ExtensionRule{From: directory.NextFree, Start: 200}
	return &s
}

// again reads the tenant anew: it is another process's, whose links are gone.
func again(ctx context.Context, o store.Org) error {
	sources, err := o.Sources(ctx)
	if err != nil {
		return err
	}
	for _, s := range sources {
		if err := o.ResetMirror(ctx, s.ID, directory.AlwaysRead()); err != nil {
			return err
		}
	}
	all, err := o.Replicators(ctx)
	if err != nil {
		return err
	}
	for _, r := range all {
		if err := o.Wake(ctx, r.ID, time.Now(), store.ByHand, "demo", true); err != nil {
			return err
		}
	}
	return nil
}

// drift lets something happen in the tenant now and then, and tells of it.
func (c *demoCommand) drift(ctx context.Context, say func(string), tenant *m365.Tenant) {
	tick := time.NewTicker(c.Every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			for _, what := range tenant.Drift(1) {
				say(what)
			}
		}
	}
}
