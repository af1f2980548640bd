package desk

import (
	"context"

	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/setup"
)

// Shell is what a script is written for.
type Shell string

// PowerShell with the Microsoft.Graph modules; bash with the Azure CLI.
const (
	PowerShell Shell = "powershell"
	AzureCLI   Shell = "azure"
)

// appName is what the application is called in Entra.
const appName = "Telefonist"

// Steps are the steps by hand in the Entra admin center, for a source or, where
// id is "", for one that is to be made.
func (v *Visit) Steps(ctx context.Context, source string) ([]Step, error) {
	if err := v.may(ctx, "Steps"); err != nil {
		return nil, err
	}
	e := setup.Entra{Name: appName}
	if source != "" && v.Role() != organization.Link {
		var err error
		if e, err = v.entra(ctx, source); err != nil {
			return nil, err
		}
	}
	steps, err := e.Steps()
	return steps, step("write steps", err)
}

// Script is a ready script that does the steps with the source's newest
// certificate; without one it is refused.
func (v *Visit) Script(ctx context.Context, source string, shell Shell) (string, error) {
	if err := v.may(ctx, "Script"); err != nil {
		return "", err
	}
	var bad faults
	option(&bad, "shell", shell, PowerShell, AzureCLI)
	if err := bad.err(); err != nil {
		return "", err
	}
	e, err := v.entra(ctx, source)
	if err != nil {
		return "", err
	}
	if e.Certificate == nil {
		return "", invalid("certificate", "required")
	}
	write := e.PowerShell
	if shell == AzureCLI {
		write = e.AzureCLI
	}
	text, err := write()
	return text, step("write script", err)
}

// entra is what a source's script and steps are made from.
func (v *Visit) entra(ctx context.Context, source string) (setup.Entra, error) {
	s, err := v.source(ctx, source)
	if err != nil {
		return setup.Entra{}, err
	}
	e := setup.Entra{Name: appName, Tenant: s.Settings["tenant"], Cloud: s.Settings["cloud"], PasteAt: v.desk.PublicURL}
	for _, c := range s.Credentials {
		if c.Kind == organization.Certificate {
			e.Certificate = []byte(c.PublicPEM)
			break
		}
	}
	return e, nil
}
