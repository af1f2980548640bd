package main

import (
	"context"
	"fmt"
	"io"

	"github.com/telefonist/telefonist/desk"
	"github.com/telefonist/telefonist/drivers"
	"github.com/telefonist/telefonist/m365"
)

// simulatedExchange is a customer's own Exchange server beside the simulated
// Microsoft 365, with the same people.
type simulatedExchange struct {
	Exchange       string `help:"Simulate the customer's own Exchange server of a version, too." enum:",2007,2010,2013,2016,2019,SE" default:"" placeholder:"2007|2010|2013|2016|2019|SE"`
	ExchangeShare  int    `help:"How many of a hundred mailboxes are there and not at Microsoft; all without it." default:"100" placeholder:"PERCENT"`
	ExchangeRights string `help:"What the account that reads may do: times, limiteddetails, reviewer, impersonation or fullaccess; without it what is recommended." enum:",none,times,limiteddetails,reviewer,impersonation,fullaccess" default:"" placeholder:"RIGHTS"`
}

// monitorUser is the account that reads calendars.
const monitorUser = "monitor"

var exchangeVersions = map[string]m365.ExchangeVersion{
	"2007": m365.Exchange2007SP1, "2010": m365.Exchange2010SP2, "2013": m365.Exchange2013SP1,
	"2016": m365.Exchange2016, "2019": m365.Exchange2019, "SE": m365.ExchangeSE,
}

// rights are those of the account that reads: the recommended ones where none
// were chosen.
func (c simulatedExchange) rights() string {
	switch {
	case c.ExchangeRights != "":
		return c.ExchangeRights
	case c.Exchange == "2007": // which knows no others
		return string(m365.RightFullAccess)
	}
	return string(m365.RightLimitedDetails)
}

// exchangeServer is the address and the account of one that is simulated.
type exchangeServer struct{ url, user, password string }

// add puts the server beside the tenant, once that is served; nil where none
// is wanted. The same seed makes the same password again.
func (c simulatedExchange) add(server *m365.Server, tenant *m365.Tenant) (*exchangeServer, error) {
	if c.Exchange == "" {
		return nil, nil
	}
	if c.ExchangeShare < 0 || c.ExchangeShare > 100 {
		return nil, fmt.Errorf("simulate Exchange: %d%% of the mailboxes", c.ExchangeShare)
	}
	const domain = "EXEMPEL"
	s := &exchangeServer{url: server.URL() + "/EWS/Exchange.asmx", user: domain + `\` + monitorUser, password: "Monitor-" + tenant.ID[:8]}
	x := m365.NewExchange(tenant, m365.ExchangeOptions{
		Version: exchangeVersions[c.Exchange], Domain: domain, NTLM: true, Basic: true, Protection: "allow", Lockout: 10,
		Accounts: []m365.ExchangeAccount{{User: monitorUser, Password: s.password, Mailbox: monitorUser + "@" + tenant.Domain}},
	})
	if c.rights() == "impersonation" {
		if err := x.GrantImpersonation(monitorUser, "*"); err != nil {
			return nil, err
		}
	} else if err := x.Grant(monitorUser, m365.ExchangeRight(c.rights())); err != nil {
		return nil, err
	}
	if err := c.move(tenant); err != nil {
		return nil, fmt.Errorf("simulate Exchange: %w", err)
	}
	server.AddExchange("exchange", x)
	return s, nil
}

// move brings the wanted share of the mailboxes to the server, evenly spread.
func (c simulatedExchange) move(tenant *m365.Tenant) error {
	moved := 0
	for _, p := range tenant.People() {
		if p.Purpose == "" {
			continue
		}
		if moved += c.ExchangeShare; moved < 100 {
			continue
		}
		moved -= 100
		if err := tenant.ChangeMailbox(p.ID, func(m *m365.Mailbox) { m.State = m365.OnPremises }); err != nil {
			return err
		}
	}
	return nil
}

// print tells how to connect the server.
func (s *exchangeServer) print(out io.Writer, ca string, c simulatedExchange) {
	fmt.Fprintf(out, "# Exchange %s has %d%% of the mailboxes, and this account may do: %s\n# url:      %s\n# user:     %s\n# password: %s\n# ca:       %s\n",
		c.Exchange, c.ExchangeShare, c.rights(), s.url, s.user, s.password, ca)
}

// connect lets an organization read the server's calendars: anew, where an
// earlier process's was connected, whose address and authority are gone.
func (s *exchangeServer) connect(ctx context.Context, at *desk.Visit, ca []byte) error {
	n := desk.NewSource{Name: "Exchange", Kind: drivers.Exchange, Password: &s.password,
		Settings: map[string]string{"url": s.url, "user": s.user, "ca": string(ca)}}
	have, err := at.Sources(ctx)
	if err != nil {
		return err
	}
	for _, source := range have {
		if source.Kind == drivers.Exchange {
			_, err := at.SaveSource(ctx, source.ID, n, source.Generation)
			return err
		}
	}
	made, err := at.AddSource(ctx, n)
	if err != nil {
		return err
	}
	if _, err = at.AddCalendarConnection(ctx, made.ID, ""); err != nil {
		return err
	}
	_, err = at.SetLive(ctx, made.ID, desk.Who{All: true}, true)
	return err
}
