package setup

import (
	"embed"
	"encoding/base64"
	"fmt"
	"path"
	"strings"
	"text/template"
)

//go:embed scripts
var scripts embed.FS

var templates = template.New("").Funcs(template.FuncMap{"powershell": powershell, "bash": bash})

// PowerShell is a script for PowerShell 7, or Windows PowerShell 5.1, with the
// modules Microsoft.Graph.Authentication and Microsoft.Graph.Applications.
func (e Entra) PowerShell() (string, error) { return e.script("entra.ps1") }

// AzureCLI is a script for bash with the Azure CLI, such as Azure Cloud Shell.
func (e Entra) AzureCLI() (string, error) { return e.script("entra.sh") }

func (e Entra) script(name string) (string, error) {
	v, err := e.values()
	if err != nil {
		return "", err
	}
	return render(name, v)
}

// render fills a script's template, and those that are parts of it, with its values.
func render[V values | mailboxValues | exchangeValues](name string, v V) (string, error) {
	own, err := templates.Clone()
	if err != nil {
		return "", fmt.Errorf("setup: %s: %w", name, err)
	}
	parsed, err := own.ParseFS(scripts, "scripts/"+strings.TrimSuffix(name, path.Ext(name))+"*")
	if err != nil {
		return "", fmt.Errorf("setup: %s: %w", name, err)
	}
	var b strings.Builder
	if err := parsed.ExecuteTemplate(&b, name, v); err != nil {
		return "", fmt.Errorf("setup: %s: %w", name, err)
	}
	return b.String(), nil
}

// bash writes s as one word. Nothing is special between single quotes but the
// quote itself.
func bash(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// powershell writes s as one expression. Between single quotes nothing is
// special but the quote; PowerShell takes curly ones for it too, and Windows
// PowerShell reads a script without a byte order mark as ANSI, so whatever is
// not printable ASCII is carried as base64.
func powershell(s string) string {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return "([Text.Encoding]::UTF8.GetString([Convert]::FromBase64String('" +
				base64.StdEncoding.EncodeToString([]byte(s)) + "')))"
		}
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}
