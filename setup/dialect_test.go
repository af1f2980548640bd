package setup

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// edition is what a server's shell knows: its PowerShell and its Exchange. Exchange
// 2007 runs on PowerShell 1.0, 2010 on 2.0, later ones on 3.0 or more.
type edition struct{ shell, exchange int }

func editionOf(version string) edition {
	switch {
	case strings.Contains(version, "2007"):
		return edition{1, 2007}
	case strings.Contains(version, "2010"):
		return edition{2, 2010}
	case version == "2013":
		return edition{3, 2013}
	}
	return edition{3, 2016}
}

// cmdlet is since when a command exists, and its parameters with theirs where they
// are younger. From Microsoft's reference of each version
// (https://learn.microsoft.com/powershell/module/exchangepowershell) and, for 2007,
// https://learn.microsoft.com/previous-versions/office/exchange-server-2007.
type cmdlet struct {
	since  edition
	params map[string]edition
}

func with(since edition, params ...string) cmdlet {
	c := cmdlet{since, map[string]edition{
		"ErrorAction": {1, 0},
	}}
	for _, p := range params {
		c.params[p] = edition{}
	}
	return c
}

func (c cmdlet) later(since edition, params ...string) cmdlet {
	for _, p := range params {
		c.params[p] = since
	}
	return c
}

var (
	always = edition{1, 0}
	e2007  = edition{1, 2007}
	e2010  = edition{2, 2010}
	e2013  = edition{2, 2013}
)

// cmdlets are those that the scripts may use.
var cmdlets = map[string]cmdlet{
	"Add-Content":    with(always, "Path", "Value"),
	"Add-Member":     with(always),
	"Add-PSSnapin":   with(always),
	"Export-Csv":     with(always, "Path", "NoTypeInformation", "Encoding").later(edition{3, 0}, "Append"),
	"ForEach-Object": with(always),
	"Format-List":    with(always),
	"Get-Command":    with(always),
	"Get-Content":    with(always, "Path").later(edition{3, 0}, "Raw"),
	"Get-Date":       with(always),
	"Group-Object":   with(always),
	"Join-Path":      with(always),
	"New-Item":       with(always, "Path", "ItemType"),
	"New-Object":     with(always).later(edition{2, 0}, "Property"),
	"Out-Host":       with(always),
	"Read-Host":      with(always, "Prompt", "AsSecureString"),
	"Remove-Item":    with(always, "Path"),
	"Select-Object":  with(always, "First"),
	"Set-Content":    with(always, "Path", "Value", "Encoding"),
	"Start-Sleep":    with(always, "Seconds"),
	"Test-Path":      with(always),
	"Where-Object":   with(always),
	"Write-Host":     with(always),
	"Write-Progress": with(always, "Activity", "Status", "PercentComplete"),
	"Write-Warning":  with(always),

	"Connect-ExchangeServer":          with(e2010, "auto").later(e2013, "ClientApplication:ManagementShell"),
	"Get-ADPermission":                with(e2007, "Identity", "User"),
	"Add-ADPermission":                with(e2007, "Identity", "User", "ExtendedRights"),
	"Remove-ADPermission":             with(e2007, "Identity", "User", "ExtendedRights", "Confirm:$false"),
	"Set-ADServerSettings":            with(e2010, "ViewEntireForest"),
	"Remove-Mailbox":                  with(e2007, "Identity"),
	"Get-CASMailbox":                  with(e2007, "Identity"),
	"Get-DistributionGroupMember":     with(e2007, "Identity", "ResultSize"),
	"Get-ExchangeServer":              with(e2007),
	"Get-Group":                       with(e2007, "Identity"),
	"Get-Mailbox":                     with(e2007, "Identity", "ResultSize"),
	"Get-MailboxDatabase":             with(e2007),
	"Get-MailboxFolderStatistics":     with(e2007, "Identity", "FolderScope"),
	"Get-MailboxPermission":           with(e2007, "Identity", "User"),
	"Add-MailboxPermission":           with(e2007, "Identity", "User", "AccessRights", "InheritanceType").later(e2010, "AutoMapping"),
	"Remove-MailboxPermission":        with(e2007, "Identity", "User", "AccessRights", "InheritanceType", "Confirm:$false"),
	"Get-WebServicesVirtualDirectory": with(e2007).later(e2013, "ADPropertiesOnly"),
	"New-Mailbox":                     with(e2007, "Name", "Alias", "SamAccountName", "UserPrincipalName", "Database", "OrganizationalUnit", "Password", "ResetPasswordOnNextLogon"),
	"Set-Mailbox":                     with(e2007, "Identity", "HiddenFromAddressListsEnabled"),
	"Set-CASMailbox":                  with(e2007, "Identity", "OWAEnabled", "ActiveSyncEnabled", "PopEnabled", "ImapEnabled").later(e2010, "EwsEnabled"),
	"Get-MailboxFolderPermission":     with(e2010, "Identity", "User"),
	"Add-MailboxFolderPermission":     with(e2010, "Identity", "User", "AccessRights"),
	"Set-MailboxFolderPermission":     with(e2010, "Identity", "User", "AccessRights"),
	"Remove-MailboxFolderPermission":  with(e2010, "Identity", "User", "Confirm:$false"),
	"Get-ManagementScope":             with(e2010),
	"New-ManagementScope":             with(e2010, "Name", "RecipientRestrictionFilter"),
	"Set-ManagementScope":             with(e2010, "Identity", "RecipientRestrictionFilter"),
	"Remove-ManagementScope":          with(e2010, "Identity", "Confirm:$false"),
	"Get-ManagementRoleAssignment":    with(e2010, "Role", "RoleAssignee"),
	"New-ManagementRoleAssignment":    with(e2010, "Name", "Role", "User", "CustomRecipientWriteScope"),
	"Remove-ManagementRoleAssignment": with(e2010, "Identity", "Confirm:$false"),
}

// constructs are what PowerShell has learnt since 1.0.
var constructs = []struct {
	name  string
	shell int
	in    *regexp.Regexp
}{
	{"try, catch, finally", 2, regexp.MustCompile(`(?i)\b(try|catch|finally)\s*[{\[]`)},
	{"splatting", 2, regexp.MustCompile(`\s@[A-Za-z_]\w*`)},
	{"-join, -split", 2, regexp.MustCompile(`(?i)\s-(join|split)\b`)},
	{"Set-StrictMode", 2, regexp.MustCompile(`Set-StrictMode`)},
	{"[CmdletBinding]", 2, regexp.MustCompile(`(?i)\[(CmdletBinding|Parameter)\b`)},
	{"[ordered], [pscustomobject]", 3, regexp.MustCompile(`(?i)\[(ordered|pscustomobject)\]`)},
	{"-in, -notin, -shl, -shr", 3, regexp.MustCompile(`(?i)\s-(in|notin|shl|shr)\b`)},
	{"$PSScriptRoot, $PSItem", 3, regexp.MustCompile(`(?i)\$(PSScriptRoot|PSItem)\b`)},
	{"$using:", 3, regexp.MustCompile(`(?i)\$using:`)},
	{"Where-Object and ForEach-Object without a block", 3, regexp.MustCompile(`(Where|ForEach)-Object\s+[^{\s]`)},
	{"@( ).Where, .ForEach", 4, regexp.MustCompile(`(?i)\.(where|foreach)\s*[({]`)},
	{"::new", 5, regexp.MustCompile(`(?i)::new\(`)},
	{"class, enum, using", 5, regexp.MustCompile(`(?m)^(class|enum|using)\s`)},
	{"ternary, ??, &&, ||", 7, regexp.MustCompile(`\?\?|&&|\|\||\s\?\s`)},
}

var (
	ownFunction = regexp.MustCompile(`(?m)^function ([A-Z]\w+-\w+)`)
	commandWord = regexp.MustCompile(`^[A-Z][A-Za-z]+-[A-Z]\w+$`)
	operators   = regexp.MustCompile(`^-(eq|ne|ceq|gt|ge|lt|le|and|or|not|like|notlike|contains|notcontains|f|as|is)$`)
	words       = regexp.MustCompile(`[A-Za-z][\w.]*-\w+|-[A-Za-z]\w*(?::(?:\$\w+|\w+))?|\$[\w:]+|[(){}|;\n]|&|\S`)
)

// exists fails for each command, parameter, operator and construct in a script's
// skeleton that a version does not know.
func exists(t *testing.T, version, skeleton string) {
	t.Helper()
	for _, fault := range unknown(version, skeleton) {
		t.Error(fault)
	}
}

func unknown(version, skeleton string) (faults []string) {
	have := editionOf(version)
	young := func(since edition) bool { return since.shell > have.shell || since.exchange > have.exchange }
	for _, c := range constructs {
		if c.shell > have.shell && c.in.MatchString(skeleton) {
			faults = append(faults, fmt.Sprintf("%s came with PowerShell %d: %s", c.name, c.shell, c.in.FindString(skeleton)))
		}
	}
	own := map[string]bool{}
	for _, m := range ownFunction.FindAllStringSubmatch(skeleton, -1) {
		own[m[1]] = true
	}
	running := []string{""} // the command at each depth of brackets
	for _, word := range words.FindAllString(skeleton, -1) {
		now := &running[len(running)-1]
		switch {
		case word == "(" || word == "{":
			running = append(running, "")
		case word == ")" || word == "}":
			running = running[:max(1, len(running)-1)]
		case word == "|" || word == ";" || word == "\n":
			*now = ""
		case word == "&":
			*now = "native"
		case commandWord.MatchString(word) && (*now == "Get-Command" || *now == "function"):
		case commandWord.MatchString(word) || word == "function":
			*now = word
			if c, known := cmdlets[word]; word != "function" && !own[word] && (!known || young(c.since)) {
				faults = append(faults, "there is no "+word)
			}
		case !strings.HasPrefix(word, "-") || len(word) == 1 || *now == "native" || own[*now] || operators.MatchString(word):
		default:
			if since, known := cmdlets[*now].params[word[1:]]; !known || young(since) {
				faults = append(faults, fmt.Sprintf("%q has no parameter %s", *now, word))
			}
		}
	}
	return faults
}

func TestExchangeUsesWhatExists(t *testing.T) {
	scriptsForExchange(t, func(t *testing.T, e Exchange, script string) {
		skeleton, _, err := lex(script)
		if err != nil {
			t.Fatal(err)
		}
		exists(t, e.Version, skeleton)
		assignedBeforeUse(t, skeleton)
	})
}

// The test itself finds what is too new, and what is misspelt.
func TestExistsFindsFaults(t *testing.T) {
	for _, c := range []struct {
		version, skeleton string
		faults            int
	}{
		{"2007", "Get-Mailbox -ResultSize Unlimited", 0},
		{"2007", "try { Get-Mailbox } catch { }", 1},
		{"2007", "Add-MailboxFolderPermission -Identity $a -User $b -AccessRights Reviewer", 1},
		{"2010", "Add-MailboxFolderPermission -Identity $a -User $b -AccessRights Reviewer", 0},
		{"2007", "Add-MailboxPermission -Identity $a -AutoMapping $false", 1},
		{"2010", "Export-Csv -Path $a -Append", 1},
		{"2010", "$a -in $b", 2}, // as a construct, and as a parameter of nothing
		{"2010", "Get-Mailbox | Where-Object Name -eq $x", 1},
		{"2019", "Get-Mailbox -Idenity $a", 1},
		{"2019", "Get-Mailboxes", 1},
		{"2013", "$a ?? $b", 1},
	} {
		if got := unknown(c.version, c.skeleton); len(got) != c.faults {
			t.Errorf("%s: %q has the faults %q, want %d", c.version, c.skeleton, got, c.faults)
		}
	}
}

var (
	variable   = regexp.MustCompile(`\$(?:script:)?([A-Za-z_]\w*)(\s*=[^=])?`)
	parameters = regexp.MustCompile(`(?m)^function [\w-]+\(([^)]*)\)|^\s+\[(?:switch|string)\]\$(\w+)`)
)

// assignedBeforeUse fails for each variable that nothing has assigned: a misspelt
// one is empty, and nothing says so.
func assignedBeforeUse(t *testing.T, skeleton string) {
	t.Helper()
	known := map[string]bool{"_": true, "null": true, "true": true, "false": true, "env": true, "MyInvocation": true, "LASTEXITCODE": true, "AdminSessionADSettings": true}
	for _, m := range parameters.FindAllStringSubmatch(skeleton, -1) {
		for _, name := range variable.FindAllStringSubmatch(m[1]+" $"+m[2], -1) {
			known[name[1]] = true
		}
	}
	loop := regexp.MustCompile(`foreach \(\$(\w+) in`)
	for i, line := range strings.Split(skeleton, "\n") {
		for _, m := range loop.FindAllStringSubmatch(line, -1) {
			known[m[1]] = true
		}
		for _, m := range variable.FindAllStringSubmatch(line, -1) {
			if m[2] != "" {
				known[m[1]] = true
			} else if !known[m[1]] {
				t.Errorf("line %d uses $%s, which nothing has assigned: %s", i+1, m[1], line)
			}
		}
	}
}
