package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"go.yaml.in/yaml/v3"

	"github.com/telefonist/telefonist/m365"
)

// simulateCommand is a simulated Microsoft 365.
type simulateCommand struct {
	Listen   string  `help:"Address and port." default:"127.0.0.1:8365"`
	People   int     `help:"Accounts in the tenant." default:"200"`
	Seed     uint64  `help:"The same seed makes the same tenant." default:"1"`
	CA       string  `help:"Where to write the authority of its certificate." default:"simulated-ca.pem" type:"path"`
	PageSize int     `help:"Objects in a page of a delta; 0 is Microsoft's 200."`
	Throttle bool    `help:"Count resource units, and refuse when they are used up, as Microsoft does."`
	Speed    float64 `help:"How many times faster the office lives; 1 is as the clock goes." default:"1"`

	simulatedExchange
}

// Run simulates until ctx ends.
func (c *simulateCommand) Run(ctx context.Context, t *terminal) error {
	tenant := m365.New(m365.Options{People: c.People, Seed: c.Seed, PageSize: c.PageSize, Throttle: c.Throttle})
	server := m365.NewServer(tenant)
	if err := server.Start(c.Listen); err != nil {
		return fmt.Errorf("start the simulation: %w", err)
	}
	defer server.Close()
	tenant.Grant(calendarRoles...)
	tenant.OpenOffice(c.Speed)
	exchange, err := c.add(server, tenant)
	if err != nil {
		return err
	}
	if err := os.WriteFile(c.CA, server.CA(), 0o644); err != nil {
		return fmt.Errorf("write the authority: %w", err)
	}
	ca, err := filepath.Abs(c.CA)
	if err != nil {
		return fmt.Errorf("write the authority: %w", err)
	}
	stanza, err := yaml.Marshal(map[string]map[string]Cloud{"clouds": {"simulated": {Login: server.URL(), Graph: server.URL(), CA: ca}}})
	if err != nil {
		return fmt.Errorf("print the settings: %w", err)
	}
	fmt.Fprintf(t.out, "# %d people of %s, at %s\n# Put this into the settings of telefonist serve:\n%s\n"+
		"# and connect this tenant, in the cloud \"simulated\":\n# tenant id:     %s\n# client id:     %s\n# client secret: %s\n"+
		"# Its calendars, to make and move meetings in: %s\n",
		c.People, tenant.Domain, server.URL(), stanza, tenant.ID, tenant.ClientID, tenant.Secret(), server.OutlookURL(tenant))
	if exchange != nil {
		exchange.print(t.out, ca, c.simulatedExchange)
	}
	<-ctx.Done()
	return nil
}
