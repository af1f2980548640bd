package main

import (
	"fmt"
	"os"

	"github.com/telefonist/telefonist/setup"
)

// setupCommand writes scripts; it needs no server.
type setupCommand struct {
	Entra setupEntra `cmd:"" help:"Register an application in Microsoft Entra ID, with a certificate and its permissions."`
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
