package console

import (
	"github.com/a-h/templ"

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/desk"
)

// mailboxesView is a page of mailboxes.
type mailboxesView struct {
	Page    desk.MailboxPage
	Filter  desk.MailboxFilter
	Sources map[string]string // names, by id
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
	v := mailboxesView{Sources: map[string]string{}, Filter: desk.MailboxFilter{
		Source: p.form("source"), State: calendar.State(p.form("state")), Search: p.form("q"), After: p.form("after"), Limit: mailboxesShown,
	}}
	all, err := p.visit.CalendarConnections(p.ctx())
	if err != nil {
		return v, err
	}
	for _, c := range all {
		v.Sources[c.Source] = c.SourceName
	}
	if v.Page, err = p.visit.Mailboxes(p.ctx(), v.Filter); err != nil {
		return v, err
	}
	if v.Page.Next != "" {
		v.Next = p.query("calendars/mailboxes", "source", v.Filter.Source, "state", string(v.Filter.State), "q", v.Filter.Search, "after", v.Page.Next)
	}
	return v, nil
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
