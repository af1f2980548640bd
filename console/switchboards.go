package console

import (
	"errors"
	"strconv"
	"strings"

	"github.com/telefonist/telefonist/desk"
	"github.com/telefonist/telefonist/organization"
)

// switchboardsView is the list of telephone systems that are told activities, and
// the form for one more.
type switchboardsView struct {
	All   []desk.SwitchboardState
	Kinds []organization.Kind
	New   desk.NewSwitchboard
	Said  wrongs
}

func showSwitchboards(p *page) error {
	v, err := p.switchboardsOf()
	if err != nil {
		return err
	}
	v.New.Settings = map[string]string{"transport": "tls", "address": "sip:{extension}@"}
	return p.ok(p.switchboardsPage(v))
}

func (p *page) switchboardsOf() (v switchboardsView, err error) {
	if v.All, err = p.visit.Switchboards(p.ctx()); err != nil {
		return v, err
	}
	v.Kinds, err = p.visit.SwitchboardKinds(p.ctx())
	return v, err
}

// addSwitchboard makes one and goes on to its page, where it is tried out.
func addSwitchboard(p *page) error {
	v, err := p.switchboardsOf()
	if err != nil {
		return err
	}
	v.New = p.readSwitchboard(v.Kinds, p.form("kind"))
	s, err := p.visit.AddSwitchboard(p.ctx(), v.New)
	if said, ok := p.refused(err); ok {
		v.Said = said
		return p.again(p.switchboardsPage(v))
	}
	return p.after(err, "switchboards/"+s.ID, "switchboards.added")
}

// readSwitchboard reads the fields of [page.switchboardFields]. A password that was
// left empty stays as it is, unless it is to be taken away.
func (p *page) readSwitchboard(kinds []organization.Kind, kind string) desk.NewSwitchboard {
	n := desk.NewSwitchboard{Name: p.form("name"), Kind: kind, Settings: map[string]string{}}
	for _, k := range kinds {
		for _, f := range k.Fields {
			if value := p.form("s-" + f.Name); k.Name == kind && value != "" {
				n.Settings[f.Name] = value
			}
		}
	}
	if password := p.r.FormValue("password"); password != "" {
		n.Password = &password
	} else if p.form("noPassword") != "" {
		n.Password = new("")
	}
	return n
}

// switchboardView is one switchboard.
type switchboardView struct {
	S         desk.SwitchboardState
	Kinds     []organization.Kind
	Name      string
	Settings  map[string]string
	Said      wrongs
	Addresses desk.Addresses
	Trouble   bool // the addresses could not be made
}

func showSwitchboard(p *page) error {
	v, err := p.switchboardOf()
	if err != nil {
		return err
	}
	return p.ok(p.switchboardPage(v))
}

func (p *page) switchboardOf() (v switchboardView, err error) {
	id := p.r.PathValue("switchboard")
	if v.S, err = p.visit.Switchboard(p.ctx(), id); err != nil {
		return v, err
	}
	if v.Kinds, err = p.visit.SwitchboardKinds(p.ctx()); err != nil {
		return v, err
	}
	v.Name, v.Settings = v.S.Name, v.S.Settings
	if v.Addresses, err = p.visit.SwitchboardAddresses(p.ctx(), id); err != nil {
		if !errors.Is(err, desk.ErrNotOffered) {
			p.c.Log.WarnContext(p.ctx(), "addresses of a switchboard", "error", err)
		}
		v.Trouble = true
	}
	return v, nil
}

// changeSwitchboard does what a button on its page asks for.
func changeSwitchboard(p *page) error {
	id := p.r.PathValue("switchboard")
	path := "switchboards/" + id
	switch p.form("do") {
	case "save":
		return p.saveSwitchboard(id, path)
	case "pause":
		_, err := p.visit.PauseSwitchboard(p.ctx(), id, true)
		return p.after(err, path, "switchboards.isPaused")
	case "resume":
		_, err := p.visit.PauseSwitchboard(p.ctx(), id, false)
		return p.after(err, path, "switchboards.isResumed")
	case "delete":
		return p.after(p.visit.DeleteSwitchboard(p.ctx(), id), "switchboards", "switchboards.deleted")
	case "check":
		return p.checkSwitchboard(id, path)
	}
	return errUnreadable
}

func (p *page) saveSwitchboard(id, path string) error {
	v, err := p.switchboardOf()
	if err != nil {
		return err
	}
	n := p.readSwitchboard(v.Kinds, v.S.Kind)
	generation, _ := strconv.ParseInt(p.form("generation"), 10, 64)
	_, err = p.visit.SaveSwitchboard(p.ctx(), id, n, generation)
	if said, ok := p.refused(err); ok {
		v.Name, v.Settings, v.Said = n.Name, n.Settings, said
		return p.again(p.switchboardPage(v))
	}
	return p.after(err, path, "switchboards.saved")
}

func (p *page) checkSwitchboard(id, path string) error {
	ok, why, err := p.visit.CheckSwitchboard(p.ctx(), id)
	switch {
	case errors.Is(err, desk.ErrNotOffered):
		p.say(warn, "switchboards.checkNotOffered")
	case err != nil:
		return err
	case ok:
		p.say(good, "switchboards.works")
	default:
		p.sayText(bad, p.told(why, "telling"))
	}
	return p.to(p.url(path))
}

// settingFault is what is wrong with a setting: kinds name it alone, the desk with
// where it stands.
func settingFault(said wrongs, name string) string {
	if wrong := said["settings."+name]; wrong != "" {
		return wrong
	}
	return said[name]
}

// transports are the ways of SIP, by their names.
func transports(all []string, now string) []option {
	var options []option
	for _, t := range all {
		options = append(options, option{Value: t, Label: strings.ToUpper(t), On: t == now})
	}
	return options
}
