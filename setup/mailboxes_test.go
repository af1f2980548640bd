package setup

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func someMailboxes() Mailboxes {
	return Mailboxes{
		Tenant: "contoso.example", Client: "11111111-2222-3333-4444-555555555555", Group: "telefoni@contoso.example",
		Inside: "anna@contoso.example", Outside: "vd@contoso.example",
	}
}

func TestMailboxesGivesTheRoleBeforeItTakesTheConsent(t *testing.T) {
	script, err := someMailboxes().PowerShell()
	if err != nil {
		t.Fatal(err)
	}
	steps := []string{
		"$principal = Get-MgServicePrincipal", "$found.DistinguishedName", "New-ServicePrincipal -AppId", "New-ManagementScope",
		"New-ManagementRoleAssignment -App $principal.Id", "Remove-MgServicePrincipalAppRoleAssignment",
		"Test-ServicePrincipalAuthorization",
	}
	at := -1
	for _, step := range steps {
		i := strings.LastIndex(script, step)
		if i <= at {
			t.Errorf("%q does not stand after what must come before it", step)
		}
		at = i
	}
	if strings.Contains(script, "New-ApplicationAccessPolicy") {
		t.Error("the script uses what Microsoft has superseded")
	}
	if strings.Contains(script, "MailboxSettings") {
		t.Error("the script gives more than was asked for")
	}
	variablesAreAssigned(t, script)
}

func TestMailboxesWithSettings(t *testing.T) {
	m := someMailboxes()
	m.Settings, m.Cloud = true, "usgov"
	script, err := m.PowerShell()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"$roles = @('Application Calendars.Read', 'Application MailboxSettings.Read')",
		"'MailboxSettings.Read' = '40f97065-369a-49f4-947c-6a255697ae91'",
		"$exchange = 'O365USGovGCCHigh'", "$environment = 'USGov'",
	} {
		if !strings.Contains(script, want) {
			t.Errorf("the script lacks %q", want)
		}
	}
}

func TestMailboxesHoldsValuesAsLiterals(t *testing.T) {
	script, err := someMailboxes().PowerShell()
	if err != nil {
		t.Fatal(err)
	}
	want, _, err := lex(script)
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range nasty {
		m := someMailboxes()
		m.Tenant, m.Group, m.Inside, m.Outside = value, value, value, value
		script, err := m.PowerShell()
		if err != nil {
			t.Fatal(err)
		}
		got, literals, err := lex(script)
		if err != nil {
			t.Errorf("%q: %v", value, err)
			continue
		}
		if diff := cmp.Diff(want, strings.ReplaceAll(got, decoded, "§")); diff != "" {
			t.Errorf("%q changes the script: %s", value, diff)
		}
		if !slices.Contains(literals, value) && !slices.Contains(literals, base64.StdEncoding.EncodeToString([]byte(value))) {
			t.Errorf("%q does not stand in the script", value)
		}
		if i := strings.IndexFunc(script, func(r rune) bool { return r != '\n' && (r < ' ' || r > '~') }); i >= 0 {
			t.Errorf("%q: the script is not plain ASCII at %d", value, i)
		}
	}
}

func TestMailboxesRefuses(t *testing.T) {
	for what, change := range map[string]func(*Mailboxes){
		"no tenant":    func(m *Mailboxes) { m.Tenant = " " },
		"no group":     func(m *Mailboxes) { m.Group = "" },
		"no client":    func(m *Mailboxes) { m.Client = "" },
		"odd client":   func(m *Mailboxes) { m.Client = "x' ; Remove-Item" },
		"odd cloud":    func(m *Mailboxes) { m.Cloud = "moon" },
		"NUL in group": func(m *Mailboxes) { m.Group = "a\x00b" },
	} {
		m := someMailboxes()
		change(&m)
		if _, err := m.PowerShell(); err == nil {
			t.Errorf("%s passes", what)
		}
	}
}
