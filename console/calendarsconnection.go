package console

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/desk"
	"github.com/telefonist/telefonist/organization"
)

// connectionView is one connection.
type connectionView struct {
	C      desk.CalendarConnection
	Names  map[string]string // of groups and people, by id
	Search string            // of a group or a person to put in service
	Person bool              // it is a person that is looked for
	Groups []foundLine
	Found  bool // something was looked for
	// Trouble is why it could not be looked for.
	Trouble string
	Script  string
	Asked   scriptForm
	Said    wrongs
}

// foundLine is a group or a person that was found.
type foundLine struct{ ID, Name, Sub string }

// scriptForm is what a script is made from.
type scriptForm struct {
	Group, Inside, Outside string
	Settings               bool
}

func (p *page) readScriptForm() scriptForm {
	return scriptForm{p.form("scriptGroup"), p.form("inside"), p.form("outside"), p.form("settings") != ""}
}

func (f scriptForm) proof() desk.Proof { return desk.Proof{Inside: f.Inside, Outside: f.Outside} }

func showCalendar(p *page) error {
	v, err := p.connectionOf()
	if err != nil {
		return err
	}
	if v.Asked = p.readScriptForm(); p.r.Form.Has("scriptGroup") {
		v.Script, err = p.visit.CalendarScript(p.ctx(), v.C.Source, v.Asked.Group, v.Asked.Settings, v.Asked.proof())
		said, refused := p.refused(err)
		if err != nil && !refused {
			return err
		}
		v.Said = said
	}
	p.find(&v)
	return p.ok(p.calendarPage(v))
}

func (p *page) connectionOf() (connectionView, error) {
	all, err := p.visit.CalendarConnections(p.ctx())
	if err != nil {
		return connectionView{}, err
	}
	i := slices.IndexFunc(all, func(c desk.CalendarConnection) bool { return c.Source == p.r.PathValue("source") })
	if i < 0 {
		return connectionView{}, desk.ErrNotFound
	}
	v := connectionView{C: all[i], Names: map[string]string{}}
	if v.C.Checked != nil {
		if x := v.C.Checked.Inside; x != nil {
			v.Asked.Inside = x.Address
		}
		if x := v.C.Checked.Outside; x != nil {
			v.Asked.Outside = x.Address
		}
	}
	p.nameLive(&v)
	return v, nil
}

// mostNames bounds how many names a page asks for.
const mostNames = 20

// nameLive finds the names of groups and people; what can't be had is shown by its
// id.
func (p *page) nameLive(v *connectionView) {
	ctx, cancel := context.WithTimeout(p.ctx(), entraWaits)
	defer cancel()
	ids := slices.Clone(v.C.Live.Groups)
	if v.C.Group != "" {
		ids = append(ids, v.C.Group)
	}
	for _, id := range ids[:min(len(ids), mostNames)] {
		if groups, err := p.visit.Groups(ctx, v.C.Source, id); err == nil && len(groups) == 1 {
			v.Names[id] = groups[0].Name
		}
	}
	for _, id := range v.C.Live.People[:min(len(v.C.Live.People), mostNames)] {
		if row, err := p.visit.Activity(ctx, id); err == nil {
			v.Names[id] = row.Name
		}
	}
}

func (v connectionView) name(id string) string { return cmp.Or(v.Names[id], id) }

// find looks for the group or the person that was typed.
func (p *page) find(v *connectionView) {
	v.Search, v.Person = p.form("who"), p.form("sort") == "person"
	if v.Search == "" {
		return
	}
	v.Found = true
	ctx, cancel := context.WithTimeout(p.ctx(), entraWaits)
	defer cancel()
	if v.Person {
		people, err := p.visit.FindPeople(ctx, v.Search)
		if err != nil {
			v.Trouble = p.T("scope.trouble")
		}
		for _, one := range people {
			v.Groups = append(v.Groups, foundLine{ID: one.Person, Name: one.Name})
		}
		return
	}
	groups, err := p.visit.Groups(ctx, v.C.Source, v.Search)
	if err != nil {
		v.Trouble = p.trouble(err)
	}
	for _, g := range groups {
		v.Groups = append(v.Groups, foundLine{ID: g.ID, Name: g.Name, Sub: p.or("group."+string(g.Kind), "word.unknown")})
	}
}

// changeCalendar does what a button on a connection's page asks for.
func changeCalendar(p *page) error {
	source := p.r.PathValue("source")
	path := "calendars/" + source
	who := desk.Who{All: p.form("all") != "", Group: p.form("group"), Person: p.form("person")}
	switch p.form("do") {
	case "live":
		_, err := p.visit.SetLive(p.ctx(), source, who, true)
		return p.after(err, path, "calendars.isLive")
	case "test":
		_, err := p.visit.SetLive(p.ctx(), source, who, false)
		return p.after(err, path, "calendars.isTest")
	case "group":
		return p.saveConnection(path, func(c *organization.Connection) { c.Group = p.form("group") }, "calendars.groupSaved")
	case "off":
		return p.saveConnection(path, func(c *organization.Connection) { c.Off = true }, "calendars.isOff")
	case "on":
		return p.saveConnection(path, func(c *organization.Connection) { c.Off = false }, "calendars.isOn")
	case "check":
		return p.checkCalendars(source, path)
	case "read":
		return p.after(p.visit.ReadMailboxes(p.ctx(), source), path, "calendars.readingAll")
	case "remove":
		return p.after(p.visit.RemoveCalendarConnection(p.ctx(), source), "calendars", "calendars.removed")
	}
	return errUnreadable
}

func (p *page) saveConnection(path string, change func(*organization.Connection), done string) error {
	v, err := p.connectionOf()
	if err != nil {
		return err
	}
	c := v.C.Connection
	change(&c)
	_, err = p.visit.SaveCalendarConnection(p.ctx(), c.Source, c.Group, c.Off, v.C.Generation)
	return p.after(err, path, done)
}

func (p *page) checkCalendars(source, path string) error {
	_, err := p.visit.CheckCalendar(p.ctx(), source, p.readScriptForm().proof())
	if errors.Is(err, desk.ErrNotOffered) {
		p.say(warn, "calendars.checkNotOffered")
		return p.to(p.url(path))
	}
	return p.after(err, path+"#check", "calendars.checked")
}

// showCalendarScript is the script as a file.
func showCalendarScript(p *page) error {
	f := p.readScriptForm()
	text, err := p.visit.CalendarScript(p.ctx(), p.r.PathValue("source"), f.Group, f.Settings, f.proof())
	if err != nil {
		return p.after(err, "calendars/"+p.r.PathValue("source"), "")
	}
	return p.file("text/plain; charset=utf-8", "telefonist-mailboxes.ps1", text)
}

// scriptURL is where the script with the same values is had as a file.
func (p *page) scriptURL(source string, f scriptForm) string {
	settings := ""
	if f.Settings {
		settings = "on"
	}
	return p.query("calendars/"+source+"/script", "scriptGroup", f.Group, "inside", f.Inside, "outside", f.Outside, "settings", settings)
}

// proofText is what the two mailboxes prove, with its tone.
func (p *page) proofText(c desk.CalendarCheck) (tone, string) {
	in, out := "", ""
	if c.Inside != nil {
		in = c.Inside.Address
	}
	if c.Outside != nil {
		out = c.Outside.Address
	}
	switch {
	case c.Proven():
		return good, p.T("proof.fine", "inside", in, "outside", out)
	case c.Outside != nil && c.Outside.State == calendar.Fine:
		return bad, p.T("proof.outsideRead", "outside", out)
	case c.Inside != nil && c.Inside.State != calendar.Fine:
		return warn, p.T("proof.insideUnread", "inside", in)
	}
	return neutral, p.T("calendars.proofHalf")
}
