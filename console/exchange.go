package console

import (
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/telefonist/telefonist/desk"
	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/organization"
)

// exchangeView is the form of a connection to an Exchange server of their own.
type exchangeView struct {
	Kind     organization.Kind
	Name     string
	Settings map[string]string
	Has      bool // a password is kept
	Link     bool // a colleague connects it, whom its name is nothing to
	Said     wrongs
	Online   bool                // it is Microsoft's own, which is read another way
	Entra    []desk.SourceState  // directories that are connected, where it is
	Reads    map[string]struct{} // of those, whose calendars are read already
}

func showAddExchange(p *page) error {
	v, err := p.exchangeOf()
	if err != nil {
		return err
	}
	return p.ok(p.addExchangePage(v))
}

func (p *page) exchangeOf() (v exchangeView, err error) {
	v.Kind, err = p.sourceKind(organization.Exchange)
	return v, err
}

// sourceKind is one of the kinds of connection; [desk.ErrNotFound] where the
// server has none of that name.
func (p *page) sourceKind(name string) (organization.Kind, error) {
	kinds, err := p.visit.SourceKinds(p.ctx())
	if err != nil {
		return organization.Kind{}, err
	}
	k, ok := kindNamed(kinds, name)
	if !ok {
		return k, desk.ErrNotFound
	}
	return k, nil
}

func kindNamed(kinds []organization.Kind, name string) (organization.Kind, bool) {
	for _, k := range kinds {
		if k.Name == name {
			return k, true
		}
	}
	return organization.Kind{}, false
}

// addExchange makes the connection and goes on to its page, where it is tried out.
func addExchange(p *page) error {
	v, err := p.exchangeOf()
	if err != nil {
		return err
	}
	n, err := p.readExchange(v.Kind)
	if err != nil {
		return err
	}
	s, err := p.visit.AddSource(p.ctx(), n)
	if said, ok := p.refused(err); ok {
		v.Name, v.Settings, v.Said = n.Name, n.Settings, said
		if v.Online = isOnline(err); v.Online {
			if err := p.leadToGraph(&v); err != nil {
				return err
			}
		}
		return p.again(p.addExchangePage(v))
	}
	if err == nil {
		_, err = p.visit.Check(p.ctx(), s.ID)
	}
	return p.after(err, "connect/"+s.ID+"#check", "server.added")
}

// readExchange reads the fields of [page.exchangeFields]; a password that was left
// empty stays as it is.
func (p *page) readExchange(k organization.Kind) (desk.NewSource, error) {
	n := desk.NewSource{Name: p.form("name"), Kind: organization.Exchange, Settings: map[string]string{}}
	authority, err := p.upload("ca")
	if err != nil {
		return n, err
	}
	for _, f := range k.Fields {
		value := p.form(f.Name)
		if f.Name == "ca" {
			value = authority
		}
		if value != "" {
			n.Settings[f.Name] = value
		}
	}
	if password := p.r.FormValue("password"); password != "" {
		n.Password = &password
	}
	return n, nil
}

// isOnline is true where the address that was refused is Exchange Online's.
func isOnline(err error) bool {
	var invalid *desk.Invalid
	if !errors.As(err, &invalid) {
		return false
	}
	for _, f := range invalid.Fields {
		if f.Code == onlineCode {
			return true
		}
	}
	return false
}

// onlineCode is what an address of Exchange Online is refused with.
const onlineCode = "online"

// leadToGraph finds which connections there are and whose calendars are read.
func (p *page) leadToGraph(v *exchangeView) error {
	all, err := p.visit.Sources(p.ctx())
	if err != nil {
		return err
	}
	reads, err := p.visit.CalendarConnections(p.ctx())
	if err != nil {
		return err
	}
	v.Reads = map[string]struct{}{}
	for _, c := range reads {
		v.Reads[c.Source] = struct{}{}
	}
	for _, s := range all {
		if s.Directory() {
			v.Entra = append(v.Entra, s)
		}
	}
	return nil
}

// exchangeSource is the page of a connection that is there.
func (p *page) exchangeSource(s desk.SourceState, said wrongs, typed *desk.NewSource, show shower) error {
	v, err := p.exchangeOf()
	if err != nil {
		return err
	}
	v.Name, v.Settings, v.Has, v.Said = s.Name, s.Settings, len(s.Credentials) > 0, said
	if err := p.leadToGraph(&v); err != nil {
		return err
	}
	v.Online = s.Checked != nil && slices.ContainsFunc(s.Checked.Lines, func(l directory.CheckLine) bool { return l.Code == "exchange.online" })
	if typed != nil {
		v.Name, v.Settings = typed.Name, typed.Settings
	}
	return show(p.exchangePage(s, v))
}

// changeExchange does what a button on its page asks for.
func changeExchange(p *page, s desk.SourceState) error {
	switch p.form("do") {
	case "save":
		return p.saveExchange(s)
	case "password":
		_, err := p.visit.AddSecret(p.ctx(), s.ID, p.r.FormValue("newPassword"), time.Time{})
		if said, ok := p.refused(err); ok {
			return p.exchangeSource(s, wrongs{"newPassword": said["password"]}, nil, p.again)
		}
		if err == nil {
			_, err = p.visit.Check(p.ctx(), s.ID)
		}
		return p.after(err, "connect/"+s.ID+"#check", "server.passwordChanged")
	}
	return desk.ErrNotFound
}

func (p *page) saveExchange(s desk.SourceState) error {
	k, err := p.sourceKind(organization.Exchange)
	if err != nil {
		return err
	}
	n, err := p.readExchange(k)
	if err != nil {
		return err
	}
	generation, _ := strconv.ParseInt(p.form("generation"), 10, 64)
	_, err = p.visit.SaveSource(p.ctx(), s.ID, n, generation)
	if said, ok := p.refused(err); ok {
		return p.exchangeSource(s, said, &n, p.again)
	}
	if err == nil {
		_, err = p.visit.Check(p.ctx(), s.ID)
	}
	return p.after(err, "connect/"+s.ID+"#check", "connect.saved")
}
