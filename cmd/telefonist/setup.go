package main

import (
	"fmt"
	"os"

	"github.com/telefonist/telefonist/setup"
)

// setupCommand writes scripts; it needs no server.
type setupCommand struct {
	Entra     setupEntra     `cmd:"" help:"Register an application in Microsoft Entra ID, with a certificate and its permissions."`
	Mailboxes setupMailboxes `cmd:"" help:"Let the application read the calendars of one group and of nobody else."`
	Exchange  setupExchange  `cmd:"" help:"Make the account for an Exchange server of your own, with the right to read the calendars."`
}

// setupEntra writes the script for one of two shells.
type setupEntra struct {
	Tenant      string   `help:"Tenant id or domain." required:""`
	Certificate string   `help:"File with the public certificate that Telefonist made (PEM)." required:"" type:"existingfile"`
	Shell       string   `help:"powershell or azurecli." enum:"powershell,azurecli" default:"powershell"`
	Name        string   `help:"The application's name." default:"Telefonist"`
	Cloud       string   `help:"global, usgov, usgov-dod or china." default:"global"`
	Permission  []string `help:"Permissions to ask for, instead of the usual ones."`
}

// Run prints the script.
func (c *setupEntra) Run(t *terminal) error {
	certificate, err := os.ReadFile(c.Certificate)
	if err != nil {
		return fmt.Errorf("read certificate: %w", err)
	}
	e := setup.Entra{Name: c.Name, Tenant: c.Tenant, Cloud: c.Cloud, Certificate: certificate, Permissions: c.Permission}
	write := e.PowerShell
	if c.Shell == "azurecli" {
		write = e.AzureCLI
	}
	script, err := write()
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(t.out, script)
	return err
}

// setupMailboxes writes the script for RBAC for Applications in Exchange Online.
type setupMailboxes struct {
	Tenant   string `help:"Tenant id or domain." required:""`
	Client   string `help:"The application's client id." required:""`
	Group    string `help:"Address of the group whose members' calendars are read." required:""`
	Settings bool   `help:"Let it read working hours and automatic replies too."`
	Inside   string `help:"Somebody in the group, to show what will hold."`
	Outside  string `help:"Somebody who is not."`
	Cloud    string `help:"global, usgov, usgov-dod or china." default:"global"`
}

// Run prints the script.
func (c *setupMailboxes) Run(t *terminal) error {
	script, err := setup.Mailboxes{
		Tenant: c.Tenant, Cloud: c.Cloud, Client: c.Client, Group: c.Group, Settings: c.Settings, Inside: c.Inside, Outside: c.Outside,
	}.PowerShell()
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(t.out, script)
	return err
}

// setupExchange writes the script for an Exchange server.
type setupExchange struct {
	Version  string      `help:"What the server is: 2007 (SP1 or later), 2010, 2013, 2016, 2019 or SE." required:"" enum:"2007,2010,2013,2016,2019,SE"`
	Rights   setup.Right `help:"limiteddetails (2010 and later, what we recommend there), reviewer (2010 and later), impersonation or fullaccess (what we recommend for 2007)." enum:",limiteddetails,reviewer,impersonation,fullaccess" default:"" placeholder:"RIGHT"`
	Group    string      `help:"Address of the group whose members' calendars are read; everybody's without it."`
	User     string      `help:"Name of the account that reads; it is made where it isn't there." default:"Monitor"`
	UPN      string      `help:"Its user principal name, where it is not to be user@domain." name:"upn" placeholder:"NAME"`
	Unit     string      `help:"Organizational unit to make it in."`
	Database string      `help:"Mailbox database to make it in."`
}

// Run prints the script.
func (c *setupExchange) Run(t *terminal) error {
	script, err := setup.Exchange{
		Version: c.Version, Right: c.Rights, Account: c.User, Principal: c.UPN, Group: c.Group, Unit: c.Unit, Database: c.Database,
	}.PowerShell()
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(t.out, script)
	return err
}
