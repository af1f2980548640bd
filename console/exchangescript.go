package console

import (
	"github.com/telefonist/telefonist/desk"
)

// exchangeScriptView is the form of the script for an Exchange server, with the
// script that was made of it.
type exchangeScriptView struct {
	Action string // where the form goes; a link's page has its own
	File   string // where the script is had as a file, "" where that is not offered
	E      desk.ExchangeSetup
	Script string
	Steps  []desk.Step
	Said   wrongs
}

// readExchangeScript reads the form and writes the script it asks for, where it was
// sent.
func (p *page) readExchangeScript() (v exchangeScriptView, err error) {
	v.E = desk.ExchangeSetup{
		Version: p.form("version"), Right: desk.ExchangeRight(p.form("right")), Account: p.form("account"), Principal: p.form("principal"),
		Group: p.form("group"), Unit: p.form("unit"), Database: p.form("database"),
	}
	if v.E.Version == "" {
		v.E.Version = "2019"
		return v, nil
	}
	v.Script, v.Steps, err = p.visit.ExchangeScript(p.ctx(), v.E)
	if said, ok := p.refused(err); ok {
		v.Said = said
		return v, nil
	}
	return v, err
}

func showExchangeScript(p *page) error {
	v, err := p.readExchangeScript()
	if err != nil {
		return err
	}
	v.Action, v.File = p.url("connect/exchange/script"), p.scriptFile(v.E)
	if v.Said != nil {
		return p.again(p.exchangeScriptPage(v))
	}
	return p.ok(p.exchangeScriptPage(v))
}

// scriptFile is where the script of the same values is had as a file.
func (p *page) scriptFile(e desk.ExchangeSetup) string {
	return p.query("connect/exchange/script/file", "version", e.Version, "right", string(e.Right), "account", e.Account,
		"principal", e.Principal, "group", e.Group, "unit", e.Unit, "database", e.Database)
}

func saveExchangeScript(p *page) error {
	v, err := p.readExchangeScript()
	if err != nil {
		return err
	}
	if v.Script == "" {
		return errUnreadable
	}
	return p.file("text/plain; charset=utf-8", desk.ExchangeFile, v.Script)
}

// versionOptions are the versions of Exchange there is a script for.
func (p *page) versionOptions(now string) []option {
	var all []option
	for _, v := range desk.ExchangeVersions() {
		label := v
		if key := "server.version." + v; p.lang.Has(key) {
			label = p.T(key)
		}
		all = append(all, option{Value: v, Label: label, On: v == now})
	}
	return all
}

// rightOptions are the rights that may be given on any version; the desk refuses one
// that the chosen version has not.
func (p *page) rightOptions(now desk.ExchangeRight) []option {
	all := []option{{Label: p.T("server.right.default"), On: now == ""}}
	for _, r := range desk.ExchangeRights("SE") {
		all = append(all, option{Value: string(r), Label: p.T("server.right." + string(r)), On: r == now})
	}
	return all
}
