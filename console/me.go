package console

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/desk"
	"github.com/telefonist/telefonist/organization"
)

// What a session holds of somebody who came in by a link in a mail.
const (
	sessionPerson       = "person"
	sessionOrganization = "organization"
	sessionPersonStamp  = "person-stamp"
)

// enterHerself finds who somebody in the directory is, and what his pages say of
// the organization.
func (p *page) enterHerself() error {
	s := p.c.sessions
	person := s.GetString(p.ctx(), sessionPerson)
	if person == "" {
		return errPersonSignIn
	}
	org := organization.ID(s.GetString(p.ctx(), sessionOrganization))
	actor, err := p.c.Desk.ActorOfPerson(p.ctx(), org, person, s.GetString(p.ctx(), sessionPersonStamp))
	if errors.Is(err, desk.ErrNotFound) || errors.Is(err, desk.ErrWrong) {
		return errPersonSignIn
	}
	if err != nil {
		return err
	}
	p.actor = actor
	p.visit = p.c.Desk.As(actor).In(org)
	if p.about, err = p.visit.Here(p.ctx()); err != nil {
		return err
	}
	p.org.Settings.Country, p.zone = p.about.Country, p.about.Zone
	p.prefer(p.about.Language)
	p.prefer(actor.Language)
	return nil
}

// errPersonSignIn sends somebody to the page where he asks for a link.
var errPersonSignIn = errors.New("no link used")

// showAskLink is where somebody in the directory asks for a link.
func showAskLink(p *page) error { return p.ok(p.askLinkPage("", nil)) }

// askLink mails one. The answer is the same whoever has the address.
func askLink(p *page) error {
	address := p.form("address")
	err := p.c.Desk.MailPersonLink(p.ctx(), address, p.c.from(p.r))
	if said, ok := p.refused(err); ok {
		return p.again(p.askLinkPage(address, said))
	}
	if err != nil {
		return err
	}
	return p.ok(p.linkAskedPage(address))
}

// showPersonLink asks for a click: mail programs open links by themselves, and one
// that has been opened is used up.
func showPersonLink(p *page) error { return p.ok(p.personLinkPage()) }

// usePersonLink opens the session of whoever the link was mailed to.
func usePersonLink(p *page) error {
	actor, org, err := p.c.Desk.ActorOfPersonLink(p.ctx(), p.r.PathValue("link"), p.c.from(p.r))
	if errors.Is(err, desk.ErrWrong) {
		return p.show(http.StatusGone, p.personLinkOver())
	}
	if err != nil {
		return err
	}
	// Whoever was signed in here before is not she.
	if err := p.c.sessions.Clear(p.ctx()); err != nil {
		return err
	}
	if err := p.c.sessions.RenewToken(p.ctx()); err != nil {
		return err
	}
	p.c.sessions.Put(p.ctx(), sessionPerson, actor.About)
	p.c.sessions.Put(p.ctx(), sessionOrganization, string(org))
	p.c.sessions.Put(p.ctx(), sessionPersonStamp, actor.Stamp)
	return p.to("/me")
}

// leaveMe ends the session.
func leaveMe(p *page) error {
	if err := p.c.sessions.Destroy(p.ctx()); err != nil {
		return err
	}
	return p.to("/person")
}

// mineView is the reader's own day, or that of one who named him, with those
// whose days he may see.
type mineView struct {
	dayView
	Mine []desk.BoardRow
}

func showMe(p *page) error { return p.showMine(p.actor.About, "/me") }

func changeMe(p *page) error { return p.changedDay(p.actor.About, "/me") }

func showTheirs(p *page) error {
	person := p.r.PathValue("person")
	if person == p.actor.About {
		return p.to("/me")
	}
	return p.showMine(person, "/me/people/"+pathEscape(person))
}

func changeTheirs(p *page) error {
	person := p.r.PathValue("person")
	return p.changedDay(person, "/me/people/"+pathEscape(person))
}

func (p *page) showMine(person, base string) error {
	v := mineView{}
	var err error
	if v.dayView, err = p.readDay(person, base, "/me/find"); err != nil {
		return err
	}
	if v.Mine, err = p.visit.Mine(p.ctx()); err != nil {
		return err
	}
	return p.ok(p.mePage(v))
}

// ownView is what somebody has set for himself.
type ownView struct {
	Preference desk.Preference
	Tokens     []desk.PersonToken
	Made       string // the text of a token that was made just now
	Said       wrongs
}

func showOwn(p *page) error { return p.ownWith(ownView{}, p.ok) }

func (p *page) ownWith(v ownView, show shower) (err error) {
	if v.Preference, err = p.visit.Preference(p.ctx(), p.actor.About); err != nil {
		return err
	}
	if v.Tokens, err = p.visit.PersonTokens(p.ctx(), p.actor.About); err != nil {
		return err
	}
	p.takeFlashes()
	return show(p.ownPage(v))
}

// changeOwn changes one thing of what somebody has set for himself: each button
// says which.
func changeOwn(p *page) error {
	me := p.actor.About
	switch p.form("do") {
	case "token":
		text, _, err := p.visit.AddPersonToken(p.ctx(), me, p.form("name"))
		if said, ok := p.refused(err); ok {
			return p.ownWith(ownView{Said: said}, p.again)
		}
		if err != nil {
			return err
		}
		return p.ownWith(ownView{Made: text}, p.ok)
	case "revoke":
		return p.afterAt(p.visit.RevokePersonToken(p.ctx(), me, p.form("id")), "/me/settings#tokens", "own.revoked")
	}
	have, err := p.visit.Preference(p.ctx(), me)
	if err != nil {
		return err
	}
	wanted := have.Person
	if err := p.readOwn(&wanted); err == nil {
		_, err = p.visit.SavePreference(p.ctx(), me, wanted, have.Generation)
		return p.savedOwn(err)
	} else {
		return p.savedOwn(err)
	}
}

func (p *page) savedOwn(err error) error {
	if said, ok := p.refused(err); ok {
		return p.ownWith(ownView{Said: said}, p.again)
	}
	return p.afterAt(err, "/me/settings", "own.saved")
}

// readOwn puts into somebody's settings what the form changes of them.
func (p *page) readOwn(own *organization.Person) error {
	switch p.form("do") {
	case "privacy":
		own.Subject, own.Place = organization.Audience(p.form("subject")), organization.Audience(p.form("place"))
		own.Private = calendar.PrivateAs(p.form("private"))
	case "calendar":
		switch p.form("calendar") {
		case "on":
			own.Off = new(bool)
		case "off":
			off := true
			own.Off = &off
		default:
			own.Off = nil
		}
	case "language":
		own.Language = p.form("language")
	case "delegate":
		who, err := p.pickedPerson("delegate")
		if err != nil {
			return err
		}
		if !slices.Contains(own.Delegates, who) {
			own.Delegates = append(slices.Clone(own.Delegates), who)
		}
	case "undelegate":
		own.Delegates = slices.DeleteFunc(slices.Clone(own.Delegates), func(d string) bool { return d == p.form("person") })
	default:
		return desk.ErrNotFound
	}
	return nil
}

// narrower are the audiences that are no wider than the organization's.
func (p *page) narrower(now, widest organization.Audience) []option {
	all := []option{{Value: "", Label: p.T("own.asOrganization", "what", p.T("own.audience."+string(widest))), On: now == ""}}
	for _, a := range []organization.Audience{organization.Nobody, organization.Attendants, organization.Colleagues} {
		if a != widest {
			all = append(all, option{Value: string(a), Label: p.T("own.audience." + string(a)), On: a == now})
		}
		if a == widest {
			break
		}
	}
	return all
}

// stricter are the ways of counting private events that tell no more than the
// organization's.
func (p *page) stricter(now, widest calendar.PrivateAs) []option {
	all := []option{{Value: "", Label: p.T("own.asOrganization", "what", p.T("own.counts."+string(widest))), On: now == ""}}
	for _, a := range []calendar.PrivateAs{calendar.Ignore, calendar.StatusOnly, calendar.Everything} {
		if a == widest {
			break
		}
		all = append(all, option{Value: string(a), Label: p.T("own.counts." + string(a)), On: a == now})
	}
	return all
}

// calendarOptions say whether somebody's calendar counts.
func (p *page) calendarOptions(off *bool) []option {
	return []option{
		{Value: "", Label: p.T("own.calendar.follow"), On: off == nil},
		{Value: "on", Label: p.T("own.calendar.on"), On: off != nil && !*off},
		{Value: "off", Label: p.T("own.calendar.off"), Help: p.T("own.calendar.offHelp"), On: off != nil && *off},
	}
}

// curl is how a program sets the activity of the one whose token it holds.
func (p *page) curl(method, body, token string) string {
	base := p.c.PublicURL
	if base == "" {
		base = "http://" + p.r.Host
	}
	line := "curl -X " + method + " -H 'Authorization: Bearer " + token + "'"
	if body != "" {
		line += " -H 'Content-Type: application/json' -d '" + body + "'"
	}
	return line + " " + base + "/api/v1/me/activity"
}

// good tokens are those that still open something.
func goodTokens(all []desk.PersonToken) []desk.PersonToken {
	return slices.DeleteFunc(slices.Clone(all), func(t desk.PersonToken) bool { return !t.Revoked.IsZero() })
}

// used says when a token was last used.
func (p *page) used(t time.Time) string {
	if t.IsZero() {
		return p.T("own.neverUsed")
	}
	return p.T("own.usedAt", "time", p.moment(t))
}
