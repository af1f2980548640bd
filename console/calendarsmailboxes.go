package console

import (
	"slices"

	"github.com/a-h/templ"

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/desk"
)

// mailboxesView is a page of mailboxes.
type mailboxesView struct {
	Page    desk.MailboxPage
	Filter  desk.MailboxFilter
	Sources []desk.CalendarConnection
	Next    string
}

func showMailboxes(p *page) error {
	v, err := p.mailboxesOf()
	if err != nil {
		return err
	}
	return p.ok(p.mailboxesPage(v))
}

func liveMailboxes(p *page) error {
	return p.live([]string{"mailbox", "calendar"}, func(p *page) (templ.Component, error) {
		v, err := p.mailboxesOf()
		return p.mailboxBody(v), err
	})
}

const mailboxesShown = 50

func (p *page) mailboxesOf() (mailboxesView, error) {
	v := mailboxesView{Filter: desk.MailboxFilter{
		Source: p.form("source"), State: calendar.State(p.form("state")), Way: calendar.WayKind(p.form("way")), Search: p.form("q"), After: p.form("after"), Limit: mailboxesShown,
	}}
	var err error
	if v.Sources, err = p.visit.CalendarConnections(p.ctx()); err != nil {
		return v, err
	}
	if v.Page, err = p.visit.Mailboxes(p.ctx(), v.Filter); err != nil {
		return v, err
	}
	if v.Page.Next != "" {
		v.Next = p.query("calendars/mailboxes", "source", v.Filter.Source, "state", string(v.Filter.State), "way", string(v.Filter.Way), "q", v.Filter.Search, "after", v.Page.Next)
	}
	return v, nil
}

// showsFrom is true where it is worth telling what each mailbox is read from: of
// several connections, or in one of several ways.
func (v mailboxesView) showsFrom() bool {
	return len(v.Sources) > 1 || slices.ContainsFunc(v.Sources, func(c desk.CalendarConnection) bool { return c.Server })
}

// soughtText is what connections answered that were asked for a mailbox.
func (p *page) soughtText(m desk.MailboxRow) string {
	var all []string
	for _, s := range m.Sought {
		all = append(all, p.T("calendars.sought", "name", s.SourceName, "health", p.T("health."+string(s.State))))
	}
	return p.lang.List(all)
}

// wayIcon is drawn beside a way of reading.
func wayIcon(w calendar.WayKind) string {
	switch w {
	case calendar.Impersonation:
		return "user"
	case calendar.FullAccess:
		return "key"
	case calendar.Reviewer:
		return "calendar-event"
	case calendar.Details:
		return "list-check"
	}
	return "clock"
}

// changeMailbox has a calendar read now, or puts a person in service or back.
func changeMailbox(p *page) error {
	back := local(p.form("back"))
	person, source := p.form("person"), p.form("source")
	switch p.form("do") {
	case "read":
		return p.afterAt(p.visit.ReadMailbox(p.ctx(), person), back, "calendars.reading")
	case "live":
		_, err := p.visit.SetLive(p.ctx(), source, desk.Who{Person: person}, true)
		return p.afterAt(err, back, "calendars.isLive")
	case "test":
		_, err := p.visit.SetLive(p.ctx(), source, desk.Who{Person: person}, false)
		return p.afterAt(err, back, "calendars.isTest")
	}
	return errUnreadable
}
