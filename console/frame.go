package console

import (
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/telefonist/telefonist/desk"
	"github.com/telefonist/telefonist/organization"
)

// shower is how a page is answered: as it should be, or as a form refused.
type shower func(templ.Component) error

// openPlaces finds where the actor may go. An operator may go everywhere: he has
// a page for that and no list of hundreds in the corner.
func (p *page) openPlaces() error {
	if p.operator() || len(p.actor.Roles) == 0 {
		return nil
	}
	all, err := p.c.Desk.As(p.actor).Organizations(p.ctx(), "")
	if err != nil {
		return err
	}
	for _, o := range all {
		p.places = append(p.places, o.Organization)
	}
	return nil
}

// openOrganization enters the organization of the path: what the frame shows of
// it, and its time zone.
func (p *page) openOrganization(id organization.ID) error {
	p.visit = p.c.Desk.As(p.actor).In(id)
	customer, err := p.visit.Organization(p.ctx())
	if err != nil {
		return err
	}
	p.org, p.customer = customer.Organization, customer
	p.prefer(p.org.Settings.Language)
	p.prefer(p.actor.Language)
	p.zone = zoneOf(p.org)
	if p.about, err = p.visit.Here(p.ctx()); err != nil {
		return err
	}
	if p.may("Notices") {
		notices, err := p.visit.Notices(p.ctx(), 0, 1)
		if err != nil {
			return err
		}
		p.unread = int(notices.Unseen)
	}
	return p.openPlaces()
}

// after goes back to a page of the organization and says how it went: what was
// refused stands there as a sentence, other errors get their own page.
func (p *page) after(err error, path, done string, facts ...any) error {
	return p.afterAt(err, p.url(path), done, facts...)
}

func (p *page) afterAt(err error, address, done string, facts ...any) error {
	if said, ok := p.refused(err); ok {
		p.sayText(bad, strings.Join(said.all(), " "))
		return p.to(address)
	}
	if err != nil {
		return err
	}
	if done != "" {
		p.say(good, done, facts...)
	}
	return p.to(address)
}

// all are the sentences, each once.
func (w wrongs) all() []string {
	var sentences []string
	seen := map[string]bool{}
	for _, s := range w {
		if !seen[s] {
			seen[s] = true
			sentences = append(sentences, s)
		}
	}
	return sentences
}

// number is a small number in an id or an attribute.
func number(n int) string { return strconv.Itoa(n) }

// place is a line of the navigation.
type place struct {
	URL, Icon, Label string
	On               bool
}

// nav lists the pages the actor may open, here and outside the organization.
func (p *page) nav() []place {
	var all []place
	add := func(path, icon, label, operation string) {
		if p.org.ID != "" && p.may(operation) {
			all = append(all, place{URL: p.url(path), Icon: icon, Label: p.T(label), On: p.on(path)})
		}
	}
	add("", "home", "page.overview", "Overview")
	if p.about.Mode != desk.NoCalendars {
		add("board", "phone", "page.board", "Board")
	}
	add("people", "users", "page.people", "People")
	add("subscribers", "address-book", "page.subscribers", "Subscribers")
	add("rounds", "history", "page.rounds", "Rounds")
	add("replicators", "refresh", "page.replicators", "SaveReplicator")
	add("connect", "plug-connected", "page.connect", "Sources")
	add("calendars", "calendar-event", "page.calendars", "CalendarConnections")
	add("rules", "list-check", "page.rules", "SaveCalendarSettings")
	add("activities", "tag", "page.activities", "SaveCalendarSettings")
	add("hours", "clock", "page.hours", "SaveCalendarSettings")
	add("switchboards", "phone", "page.switchboards", "Switchboards")
	if p.about.Mode != desk.NoCalendars {
		add("staffcard", "printer", "page.staffcard", "Guide")
	}
	add("notifications", "bell", "page.notifications", "Notices")
	add("users", "key", "page.users", "Users")
	add("audit", "file-text", "page.audit", "Audit")
	add("settings", "settings", "page.settings", "SaveOrganization")
	if p.operator() && p.org.ID == "" {
		for _, o := range []place{{URL: "/organizations", Icon: "buildings", Label: p.T("nav.organizations")}, {URL: "/operators", Icon: "key", Label: p.T("page.operators")}} {
			o.On = p.r.URL.Path == o.URL
			all = append(all, o)
		}
	}
	return all
}

// on is true where the page belongs to a line of the navigation.
func (p *page) on(path string) bool {
	here := strings.TrimPrefix(p.r.URL.Path, p.url(""))
	if strings.HasPrefix(here, "people/") && strings.HasSuffix(here, "/day") {
		here = "board" // where the days of people are come to
	}
	return here == path || path != "" && strings.HasPrefix(here, path+"/")
}

// may is true where the actor's role here has the right to an operation: pages
// leave out what would be refused.
func (p *page) may(operation string) bool {
	return p.visit != nil && desk.May(p.visit.Role(), "Visit."+operation)
}

// onlyWho shows an empty form to those alone who could post it: such a page asks
// the desk for nothing, so the desk refuses nothing.
func (p *page) onlyWho(operation string, show func() error) error {
	if !p.may(operation) {
		return desk.ErrForbidden
	}
	return show()
}
