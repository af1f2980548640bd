// Package setup makes what an administrator of a Microsoft 365 tenant or of an
// Exchange server needs to let Telefonist in: the app registration step by step, as
// keys and values for a page, and ready scripts that do the same steps, one for
// PowerShell with the Microsoft.Graph modules and one for bash with the Azure CLI
// ([Entra]); a script that keeps the application to the calendars of one group
// ([Mailboxes]); and one that makes the account for an Exchange server and gives it
// a right ([Exchange], [Better]).
//
//	e := setup.Entra{Name: "Telefonist", Tenant: "contoso.example", Certificate: pem}
//	script, err := e.PowerShell()
//
// A script carries its values as literals that nothing in them can break out of.
// It may be run again: an application of the same name is taken up where it is,
// and only what is missing is added. With -DryRun (--dry-run) it changes nothing
// and tells what it would do; with Exchange's it is -WhatIf. It holds no secret; the
// certificate's private key never leaves us, and the account's password is asked
// for where the script runs.
package setup

import (
	"crypto/sha1"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Entra is what the scripts and steps for Microsoft Entra ID are made from.
type Entra struct {
	// Name is the application's display name, by which it is found again.
	Name string
	// Tenant is the tenant's id or one of its domains. The scripts refuse to
	// work in another.
	Tenant string
	// Cloud is "global" (or ""), "usgov", "usgov-dod" or "china".
	Cloud string
	// Certificate is the public certificate in PEM, without its key. The scripts
	// need it; the steps tell of a client secret where it is empty.
	Certificate []byte
	// Permissions are names of [Permissions]; nil means [DefaultPermissions].
	Permissions []string
	// PasteAt is where the values that a script prints are to be pasted, an
	// address or a few words; may be "".
	PasteAt string
}

// Permission is an application permission of Microsoft Graph.
type Permission struct {
	Name string
	// ID of the app role, from Microsoft's permissions reference.
	ID string
	// Default says that it is asked for where nobody chose.
	Default bool
}

// Permissions lists what may be asked for, in the order in which it is offered.
// Calendars.Read is for activities by calendar and not for the directory;
// Group.Read.All does what GroupMember.Read.All does and gives more.
func Permissions() []Permission {
	return []Permission{
		{"User.Read.All", "df021288-bdef-4463-88db-98f22de89214", true},
		{"GroupMember.Read.All", "98830695-27a2-44f7-8c18-0c3ebc9698f6", true},
		{"Group.Read.All", "5b567255-7703-4780-807c-7be8301ae99b", false},
		{"MailboxSettings.Read", "40f97065-369a-49f4-947c-6a255697ae91", true},
		{"Application.Read.All", "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30", true},
		{"Calendars.Read", "798ee544-9d2d-430c-a058-570e29e34338", false},
		{"Calendars.ReadBasic.All", "8ba4a692-bc31-4128-9094-475872af8a53", false},
	}
}

// DefaultPermissions names the permissions that are asked for where nobody chose.
func DefaultPermissions() []string {
	var names []string
	for _, p := range Permissions() {
		if p.Default {
			names = append(names, p.Name)
		}
	}
	return names
}

// cloud is what the tools call one of Microsoft's clouds.
type cloud struct {
	Graph       string // the address of Microsoft Graph
	Environment string // of Connect-MgGraph
	Azure       string // of az cloud set
	Portal      string // the Entra admin center
}

var clouds = map[string]cloud{
	"global":    {"https://graph.microsoft.com", "Global", "AzureCloud", "https://entra.microsoft.com"},
	"usgov":     {"https://graph.microsoft.us", "USGov", "AzureUSGovernment", "https://entra.microsoft.us"},
	"usgov-dod": {"https://dod-graph.microsoft.us", "USGovDoD", "AzureUSGovernment", "https://entra.microsoft.us"},
	"china":     {"https://microsoftgraph.chinacloudapi.cn", "China", "AzureChinaCloud", "https://entra.microsoftonline.cn"},
}

// ErrCloud says that a script is wanted for a cloud that only the operator knows,
// such as a simulated one: Microsoft's tools can sign in to none but Microsoft's.
var ErrCloud = errors.New("setup: no cloud of Microsoft's is called")

func (e Entra) cloud() (cloud, error) {
	name := e.Cloud
	if name == "" {
		name = "global"
	}
	c, ok := clouds[strings.ToLower(name)]
	if !ok {
		return cloud{}, fmt.Errorf("%w %q: there are global, usgov, usgov-dod and china", ErrCloud, name)
	}
	return c, nil
}

func (e Entra) permissions() ([]Permission, error) {
	names := e.Permissions
	if names == nil {
		names = DefaultPermissions()
	}
	if len(names) == 0 {
		return nil, errors.New("setup: no permissions chosen")
	}
	var chosen []Permission
	for _, name := range names {
		i := slices.IndexFunc(Permissions(), func(p Permission) bool { return p.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("setup: no permission is called %q", name)
		}
		chosen = append(chosen, Permissions()[i])
	}
	return chosen, nil
}

// certificate reads the public certificate and refuses a private key, which has
// no business in a script.
func (e Entra) certificate() (*x509.Certificate, error) {
	if strings.Contains(string(e.Certificate), "PRIVATE KEY") {
		return nil, errors.New("setup: the certificate comes with its private key")
	}
	block, _ := pem.Decode(e.Certificate)
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, errors.New("setup: no certificate in PEM")
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("setup: read certificate: %w", err)
	}
	return c, nil
}

// values are what a script's template is filled with.
type values struct {
	Name, Tenant, PasteAt string
	Cloud                 cloud
	Permissions           []Permission
	Filter                string // OData, finds the application by its name
	PEM                   string
	DER                   string // base64
	Thumbprint            string // base64 of SHA-1, keyCredential.customKeyIdentifier
	Resource              string // Microsoft Graph's own application id
}

// harmless refuses what no quoting helps against: a NUL, which no argument can
// hold, and "@" where az would read a file in place of the value.
func harmless(texts ...string) error {
	for _, s := range texts {
		if strings.ContainsRune(s, 0) {
			return errors.New("setup: a value holds a NUL")
		}
		if strings.HasPrefix(s, "@") || strings.Contains(s, "=@") {
			return errors.New("setup: a value begins with @ or holds =@")
		}
	}
	return nil
}

// graphApp is the application id of Microsoft Graph in every tenant.
const graphApp = "00000003-0000-0000-c000-000000000000"

func (e Entra) values() (values, error) {
	c, err := e.cloud()
	if err != nil {
		return values{}, err
	}
	chosen, err := e.permissions()
	if err != nil {
		return values{}, err
	}
	cert, err := e.certificate()
	if err != nil {
		return values{}, err
	}
	for _, required := range []struct{ what, value string }{{"name", e.Name}, {"tenant", e.Tenant}} {
		if strings.TrimSpace(required.value) == "" {
			return values{}, fmt.Errorf("setup: no %s", required.what)
		}
	}
	if err := harmless(e.Name, e.Tenant, e.PasteAt); err != nil {
		return values{}, err
	}
	sum := sha1.Sum(cert.Raw)
	return values{
		Name: e.Name, Tenant: e.Tenant, PasteAt: e.PasteAt, Cloud: c, Permissions: chosen,
		Filter:     "displayName eq '" + strings.ReplaceAll(e.Name, "'", "''") + "'",
		PEM:        string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})),
		DER:        base64.StdEncoding.EncodeToString(cert.Raw),
		Thumbprint: base64.StdEncoding.EncodeToString(sum[:]),
		Resource:   graphApp,
	}, nil
}
