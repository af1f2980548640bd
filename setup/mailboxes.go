package setup

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Mailboxes is what the script is made from that lets an application read the
// calendars of one group and of nobody else: RBAC for Applications in Exchange
// Online (https://learn.microsoft.com/exchange/permissions-exo/application-rbac).
type Mailboxes struct {
	// Tenant is the tenant's id or one of its domains.
	Tenant string
	// Cloud is as in [Entra].
	Cloud string
	// Client is the application's id.
	Client string
	// Group is the address or object id of a group with mail.
	Group string
	// Settings gives the role for mailbox settings too: hours, automatic replies.
	Settings bool
	// Inside and Outside are addresses of somebody in the group and somebody who
	// is not, for the table at the end; either may be "".
	Inside, Outside string
}

// scopeName is what the management scope is called, by which it is found again.
const scopeName = "Telefonist calendars"

// exchanges are the names of the clouds in Connect-ExchangeOnline.
var exchanges = map[string]string{
	"global": "O365Default", "usgov": "O365USGovGCCHigh", "usgov-dod": "O365USGovDoD", "china": "O365China",
}

// mailboxValues are what the script's template is filled with.
type mailboxValues struct {
	Mailboxes
	Cloud    mailboxCloud
	Resource string
	Scope    string
	Roles    []string
	Consents []Permission // of the whole tenant, which are taken away
}

type mailboxCloud struct{ Environment, Exchange string }

var guid = regexp.MustCompile(`^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$`)

// PowerShell is a script for PowerShell 7, or Windows PowerShell 5.1, with the
// modules ExchangeOnlineManagement and Microsoft.Graph. There is none for the
// Azure CLI, which does not know Exchange.
func (m Mailboxes) PowerShell() (string, error) {
	v, err := m.values()
	if err != nil {
		return "", err
	}
	return render("mailboxes.ps1", v)
}

func (m Mailboxes) values() (mailboxValues, error) {
	c, err := Entra{Cloud: m.Cloud}.cloud()
	if err != nil {
		return mailboxValues{}, err
	}
	cloudName := strings.ToLower(m.Cloud)
	if cloudName == "" {
		cloudName = "global"
	}
	if !guid.MatchString(m.Client) {
		return mailboxValues{}, errors.New("setup: the client id is no GUID")
	}
	for _, required := range []struct{ what, value string }{{"tenant", m.Tenant}, {"group", m.Group}} {
		if strings.TrimSpace(required.value) == "" {
			return mailboxValues{}, fmt.Errorf("setup: no %s", required.what)
		}
	}
	if err := harmless(m.Tenant, m.Group, m.Inside, m.Outside); err != nil {
		return mailboxValues{}, err
	}
	v := mailboxValues{
		Mailboxes: m,
		Cloud:     mailboxCloud{c.Environment, exchanges[cloudName]},
		Resource:  graphApp, Scope: scopeName,
		Roles: []string{"Application Calendars.Read"},
		Consents: []Permission{
			{Name: "Calendars.Read", ID: "798ee544-9d2d-430c-a058-570e29e34338"},
			{Name: "Calendars.ReadBasic.All", ID: "8ba4a692-bc31-4128-9094-475872af8a53"},
			{Name: "Calendars.ReadWrite", ID: "ef54d2bf-783f-4e0f-bca1-3210c0444d99"},
		},
	}
	if m.Settings {
		v.Roles = append(v.Roles, "Application MailboxSettings.Read")
		v.Consents = append(v.Consents,
			Permission{Name: "MailboxSettings.Read", ID: "40f97065-369a-49f4-947c-6a255697ae91"},
			Permission{Name: "MailboxSettings.ReadWrite", ID: "6931bccd-447a-43d1-b442-00a195474933"})
	}
	return v, nil
}
