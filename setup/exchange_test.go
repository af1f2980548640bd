package setup

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// scriptsForExchange is each script there is: version, right, everybody or a group.
func scriptsForExchange(t *testing.T, each func(t *testing.T, e Exchange, script string)) {
	t.Helper()
	for _, version := range ExchangeVersions() {
		for _, right := range ExchangeRights(version) {
			for _, group := range []string{"", "telefoni@foretag.example"} {
				e := Exchange{Version: version, Right: right, Group: group}
				name := version + " " + string(right)
				if group != "" {
					name += " group"
				}
				t.Run(name, func(t *testing.T) {
					script, err := e.PowerShell()
					if err != nil {
						t.Fatal(err)
					}
					each(t, e, script)
				})
			}
		}
	}
}

func TestExchangeRecommends(t *testing.T) {
	for _, version := range ExchangeVersions() {
		want := LimitedDetails
		if version == "2007" {
			want = FullAccess
		}
		recommended, err := Exchange{Version: version}.PowerShell()
		if err != nil {
			t.Fatal(err)
		}
		script, err := Exchange{Version: version, Right: want, Account: "Monitor"}.PowerShell()
		if err != nil || script != recommended {
			t.Errorf("%s: what is recommended is not %s, %v", version, want, err)
		}
	}
}

func TestExchangeIsPlainAndWhole(t *testing.T) {
	scriptsForExchange(t, func(t *testing.T, _ Exchange, script string) {
		if _, _, err := lex(script); err != nil {
			t.Error(err)
		}
		for i, line := range strings.Split(script, "\n") {
			if strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r > '~' }) || strings.HasSuffix(line, " ") {
				t.Errorf("line %d: %q", i+1, line)
			}
		}
		if strings.Contains(script, "\n\n\n") || strings.Contains(script, "<no value>") || strings.HasSuffix(script, "\n\n") {
			t.Error("the template leaves holes")
		}
	})
}

func TestExchangeHoldsValuesAsLiterals(t *testing.T) {
	tame := Exchange{Version: "2016", Right: Reviewer, Group: "g", Principal: "p", Unit: "u", Database: "d", PasteAt: "a"}
	script, err := tame.PowerShell()
	if err != nil {
		t.Fatal(err)
	}
	want, _, err := lex(script)
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range nasty {
		e := Exchange{Version: "2016", Right: Reviewer, Group: value, Principal: value, Unit: value, Database: value, PasteAt: value}
		script, err := e.PowerShell()
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
	}
}

func TestExchangeRefuses(t *testing.T) {
	for want, e := range map[string]Exchange{
		"no version":                {Version: "2003"},
		"it has fullaccess":         {Version: "2007", Right: LimitedDetails},
		"has no right \"reviewer\"": {Version: "2007", Right: Reviewer},
		"has no right \"owner\"":    {Version: "2019", Right: "owner"},
		"an account's name":         {Version: "2019", Account: "Monitor' ; Remove-Item"},
		"1 to 20":                   {Version: "2019", Account: strings.Repeat("m", 21)},
		"begins with @":             {Version: "2019", Group: "@group"},
		"holds a NUL":               {Version: "2019", Unit: "a\x00b"},
	} {
		if script, err := e.PowerShell(); err == nil || script != "" || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
		if steps, err := e.Steps(); err == nil || steps != nil {
			t.Errorf("%q: there are steps", want)
		}
	}
}

// The scripts in the manuals that switchboards come with, and in what theirs differ
// from ours. Each fault of theirs is something that ours must not do.
func TestExchangeHasNoFaultOfTheManuals(t *testing.T) {
	scriptsForExchange(t, func(t *testing.T, e Exchange, script string) {
		skeleton, literals, err := lex(script)
		if err != nil {
			t.Fatal(err)
		}
		faults := map[string]bool{
			"Unlimeted":                   strings.Contains(script, "Unlimeted"),
			"typographic quotation marks": strings.ContainsAny(script, "”“’‘–"),
			"a calendar that has to be called Calendar": strings.Contains(script, `:\Calendar`) ||
				slices.Contains(literals, "Kalender"),
			"a password in the file":                   strings.Contains(script, "AsPlainText") || strings.Contains(script, "ConvertTo-SecureString"),
			"a command cut by its line":                strings.Contains(skeleton, "\n-") || strings.Contains(skeleton, "\n -"),
			"rights that have to be there already":     strings.Contains(skeleton, "ForEach-Object { Add-MailboxFolderPermission"),
			"a pipeline within a pipeline of Exchange": pipelineInPipeline(skeleton),
			"more than the account is given":           strings.Contains(script, "-User Default") || strings.Contains(script, "'Default'"),
		}
		for fault, there := range faults {
			if there {
				t.Error(fault)
			}
		}
		wants := []string{
			"Read-Host -Prompt ('Password for the new account ' + $account) -AsSecureString",
			"-HiddenFromAddressListsEnabled $true", "-OWAEnabled $false -ActiveSyncEnabled $false -PopEnabled $false -ImapEnabled $false",
			"Export-Csv", "[switch]$WhatIf", "[switch]$Remove",
		}
		switch e.Right {
		case LimitedDetails, Reviewer:
			wants = append(wants, "Get-MailboxFolderStatistics -Identity $Mailbox.DistinguishedName -FolderScope Calendar", "Set-MailboxFolderPermission")
		case FullAccess:
			wants = append(wants, "-AccessRights $right -InheritanceType All")
		}
		if e.Right != Impersonation || e.Version == "2007" {
			wants = append(wants, "schtasks.exe $arguments", "'DAILY'", "[switch]$Unattended")
		}
		if e.Group == "" && e.Right != Impersonation {
			wants = append(wants, "Get-Mailbox -ResultSize Unlimited")
		}
		for _, want := range wants {
			if !strings.Contains(script, want) {
				t.Errorf("the script lacks %q", want)
			}
		}
		if e.Version == "2007" && strings.Contains(script, "AutoMapping") {
			t.Error("Exchange 2007 knows no AutoMapping")
		}
		if i := strings.Index(script, "-AutoMapping $false"); e.Right == FullAccess && e.Version != "2007" &&
			(i < 0 || !strings.Contains(script[:i], "Parameters.ContainsKey('AutoMapping')")) {
			t.Error("auto-mapping is not turned off where it can be, or also where it can't")
		}
	})
}

// pipelineInPipeline is true where an Exchange command runs inside ForEach-Object
// on the way from another, which remote sessions refuse.
func pipelineInPipeline(skeleton string) bool {
	for _, line := range strings.Split(skeleton, "\n") {
		_, inner, ok := strings.Cut(line, "| ForEach-Object {")
		if ok && (strings.Contains(inner, "-Mailbox") || strings.Contains(inner, "-ADPermission")) {
			return true
		}
	}
	return false
}

func TestExchangeSteps(t *testing.T) {
	keys := func(e Exchange) (keys []string) {
		steps, err := e.Steps()
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range steps {
			keys = append(keys, strings.TrimPrefix(s.Key, "exchange.step."))
		}
		return keys
	}
	if diff := cmp.Diff([]string{"network", "shell", "everybody", "trial", "run", "values"}, keys(Exchange{Version: "2016"})); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"network", "shell", "group", "trial", "run", "values"}, keys(Exchange{Version: "2007", Group: "x"})); diff != "" {
		t.Error(diff)
	}
}

func TestBetter(t *testing.T) {
	folder := func(right string) string {
		return "$f = 'anna@foretag.example' + ':\\' + (Get-MailboxFolderStatistics 'anna@foretag.example' -FolderScope Calendar | Select-Object -First 1).Name; " +
			"if (Get-MailboxFolderPermission $f -User 'Monitor' -ErrorAction SilentlyContinue) " +
			"{ Set-MailboxFolderPermission $f -User 'Monitor' -AccessRights " + right + " } " +
			"else { Add-MailboxFolderPermission $f -User 'Monitor' -AccessRights " + right + " }"
	}
	const full = "Add-MailboxPermission -Identity 'anna@foretag.example' -User 'Monitor' -AccessRights FullAccess -InheritanceType All"
	for _, c := range []struct{ version, way, want string }{
		{"2007", "", full},
		{"Exchange2007_SP1", "times", full},
		{"Exchange2007_SP1", "details", full},
		{"2007", "reviewer", ""},
		{"2007", "fullAccess", ""},
		{"2010", "", folder("LimitedDetails")},
		{"Exchange2016", "times", folder("LimitedDetails")},
		{"Exchange2013_SP1", "details", folder("Reviewer")},
		{"Exchange2010_SP1", "reviewer", full},
		{"Exchange2010_SP2", "reviewer", full + " -AutoMapping $false"},
		{"SE", "reviewer", full + " -AutoMapping $false"},
		{"", "reviewer", full + " -AutoMapping $false"},
		{"2019", "fullAccess", ""},
		{"2019", "impersonation", ""},
	} {
		got := Better(c.version, c.way, "anna@foretag.example", "Monitor")
		if got != c.want {
			t.Errorf("%s by %s: %s\nwant %s", c.version, c.way, got, c.want)
		}
		if got == "" {
			continue
		}
		skeleton, _, err := lex(got)
		if err != nil || strings.Contains(skeleton, "\n") {
			t.Errorf("%q is no line of PowerShell: %v", got, err)
		}
		exists(t, c.version, skeleton)
	}
	for _, value := range nasty {
		line := Better("2019", "times", value, value)
		if _, _, err := lex(line); err != nil || strings.Contains(line, "\n") {
			t.Errorf("%q: %v, %q", value, err, line)
		}
	}
}
