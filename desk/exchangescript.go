package desk

import (
	"context"
	"slices"

	"github.com/telefonist/telefonist/setup"
)

// ExchangeFile is under which name the script is saved.
const ExchangeFile = setup.ExchangeFile

// ExchangeVersions are the versions of Exchange there is a script for, the oldest
// first.
func ExchangeVersions() []string { return setup.ExchangeVersions() }

// ExchangeRights are the rights that can be given on a version, the one that we
// recommend first; none on an unknown one.
func ExchangeRights(version string) []ExchangeRight {
	if !slices.Contains(setup.ExchangeVersions(), version) {
		return nil
	}
	return setup.ExchangeRights(version)
}

// ExchangeScript writes the PowerShell that makes the account on an Exchange server
// and gives it a right, and the steps around it. It holds no secret and changes
// nothing here.
func (v *Visit) ExchangeScript(ctx context.Context, e ExchangeSetup) (script string, steps []Step, err error) {
	if err := v.may(ctx, "ExchangeScript"); err != nil {
		return "", nil, err
	}
	var bad faults
	option(&bad, "version", e.Version, setup.ExchangeVersions()...)
	if len(bad) == 0 && e.Right != "" {
		option(&bad, "right", e.Right, setup.ExchangeRights(e.Version)...)
	}
	for field, value := range map[string]string{"account": e.Account, "principal": e.Principal, "group": e.Group, "unit": e.Unit, "database": e.Database} {
		bad.text(field, value, maxName)
	}
	if err := bad.err(); err != nil {
		return "", nil, err
	}
	e.PasteAt = v.desk.PublicURL
	if script, err = e.PowerShell(); err != nil {
		return "", nil, invalid("account", "script") // setup says which in a programmer's words
	}
	steps, err = e.Steps()
	return script, steps, step("write steps", err)
}
