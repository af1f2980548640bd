package setup

import (
	"encoding/base64"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// lex takes a PowerShell script apart as far as quoting goes: what stands
// outside strings and comments, with § for each string, and the strings
// themselves. It knows what these scripts use, and PowerShell's rule that curly
// quotation marks quote as straight ones do.
func lex(script string) (skeleton string, literals []string, err error) {
	var out strings.Builder
	var open []rune
	text := []rune(script)
	for i := 0; i < len(text); i++ {
		switch r := text[i]; {
		case r == '#':
			for i+1 < len(text) && text[i+1] != '\n' {
				i++
			}
		case single(r):
			var literal []rune
			for i++; ; i++ {
				if i >= len(text) {
					return "", nil, errors.New("a string does not end")
				}
				if single(text[i]) {
					if i+1 >= len(text) || !single(text[i+1]) {
						break
					}
					i++
				}
				literal = append(literal, text[i])
			}
			literals = append(literals, string(literal))
			out.WriteRune('§')
		case strings.ContainsRune("\"“”„`", r):
			return "", nil, errors.New("a double quotation mark or a backtick outside a string")
		case strings.ContainsRune("({[", r):
			open = append(open, r)
			out.WriteRune(r)
		case strings.ContainsRune(")}]", r):
			if len(open) == 0 || map[rune]rune{'(': ')', '{': '}', '[': ']'}[open[len(open)-1]] != r {
				return "", nil, errors.New("a bracket closes what is not open")
			}
			open = open[:len(open)-1]
			out.WriteRune(r)
		default:
			out.WriteRune(r)
		}
	}
	if len(open) > 0 {
		return "", nil, errors.New("a bracket is not closed")
	}
	return out.String(), literals, nil
}

func single(r rune) bool { return strings.ContainsRune("'‘’‚‛", r) }

const decoded = "([Text.Encoding]::UTF8.GetString([Convert]::FromBase64String(§)))"

var assigned = regexp.MustCompile(`(?m)^\$(\w+) = (.*)$`)

func TestPowerShellHoldsValuesAsLiterals(t *testing.T) {
	e := tame(t)
	script, err := e.PowerShell()
	if err != nil {
		t.Fatal(err)
	}
	want, _, err := lex(script)
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range nasty {
		e.Name, e.Tenant, e.PasteAt = value, value, value
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
		for _, want := range []string{value, "displayName eq '" + strings.ReplaceAll(value, "'", "''") + "'"} {
			encoded := base64.StdEncoding.EncodeToString([]byte(want))
			if !slices.Contains(literals, want) && !slices.Contains(literals, encoded) {
				t.Errorf("%q does not stand in the script", want)
			}
		}
	}
}

func TestPowerShellIsPlainASCII(t *testing.T) {
	e := tame(t)
	e.Name = "Växeln ’på’ “Östra”"
	script, err := e.PowerShell()
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(script, "\n") {
		if strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("line %d: %q", i+1, line)
		}
	}
}

// Each variable is assigned before it is used; a misspelt one stops the script
// under strict mode only when it gets there.
func TestPowerShellVariablesAreAssigned(t *testing.T) {
	script, err := tame(t).PowerShell()
	if err != nil {
		t.Fatal(err)
	}
	variablesAreAssigned(t, script)
}

func variablesAreAssigned(t *testing.T, script string) {
	t.Helper()
	skeleton, _, err := lex(script)
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{"_": true, "null": true, "false": true, "DryRun": true, "Undo": true, "Action": true, "ErrorActionPreference": true}
	token := regexp.MustCompile(`[$@]([A-Za-z_]\w*)(\s*\+?=[^=])?`)
	loop := regexp.MustCompile(`foreach \(\$(\w+) in`)
	for i, line := range strings.Split(skeleton, "\n") {
		for _, m := range loop.FindAllStringSubmatch(line, -1) {
			known[m[1]] = true
		}
		for _, m := range token.FindAllStringSubmatch(line, -1) {
			if m[2] != "" && !strings.Contains(m[2], "+") {
				known[m[1]] = true
			} else if !known[m[1]] {
				t.Errorf("line %d uses $%s, which nothing has assigned: %s", i+1, m[1], line)
			}
		}
	}
}

func TestPowerShellCarriesItsValues(t *testing.T) {
	e := tame(t)
	e.Cloud, e.Permissions = "usgov", []string{"User.Read.All", "Calendars.Read"}
	script, err := e.PowerShell()
	if err != nil {
		t.Fatal(err)
	}
	values := make(map[string]string)
	for _, m := range assigned.FindAllStringSubmatch(script, -1) {
		if values[m[1]] == "" {
			values[m[1]] = m[2]
		}
	}
	if values["environment"] != "'USGov'" || values["tenant"] != "'contoso.example'" {
		t.Errorf("environment %s, tenant %s", values["environment"], values["tenant"])
	}
	for _, want := range []string{
		"    'User.Read.All' = 'df021288-bdef-4463-88db-98f22de89214'\n    'Calendars.Read' = '798ee544-9d2d-430c-a058-570e29e34338'\n}",
		"New-MgApplication -DisplayName $name", "Update-MgApplication", "New-MgServicePrincipal -AppId",
		"New-MgServicePrincipalAppRoleAssignment", "'  Tenant ID:' $tenantId", "'  Client ID:' $app.AppId",
	} {
		if !strings.Contains(script, want) {
			t.Errorf("the script lacks %q", want)
		}
	}
	if strings.Contains(script, "GroupMember.Read.All") {
		t.Error("the script asks for more than was chosen")
	}
}

func TestLexFindsFaults(t *testing.T) {
	for _, script := range []string{"'open", "(", "(]", ")", `"x"`, "a ` b", "’x"} {
		if _, _, err := lex(script); err == nil {
			t.Errorf("%q passes", script)
		}
	}
	skeleton, literals, err := lex("a 'b''c' # 'd\n('’’')")
	if err != nil || skeleton != "a § \n(§)" || !slices.Equal(literals, []string{"b'c", "’"}) {
		t.Errorf("%q, %q, %v", skeleton, literals, err)
	}
}
