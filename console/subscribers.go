package console

import (
	"strconv"
	"strings"

	"github.com/telefonist/telefonist/desk"
	"github.com/telefonist/telefonist/pbx"
)

const subscribersPage = 50

// subscribersView is the register, and whom a number belongs to.
type subscribersView struct {
	Page   desk.SubscriberPage
	Next   string
	Number string // that was looked up
	Hit    *desk.Hit
	Nobody bool
	Said   wrongs
}

func showSubscribers(p *page) error {
	var v subscribersView
	var err error
	f := desk.SubscriberFilter{Search: p.form("q"), After: p.form("after"), Limit: subscribersPage}
	if v.Page, err = p.visit.Subscribers(p.ctx(), f); err != nil {
		return err
	}
	if v.Page.Next != "" {
		v.Next = p.query("subscribers", "q", p.form("q"), "after", v.Page.Next)
	}
	if v.Number = p.form("number"); v.Number != "" {
		hit, err := p.visit.Lookup(p.ctx(), v.Number)
		said, refused := p.refused(err)
		switch {
		case refused:
			v.Said = said
		case notFound(err):
			v.Nobody = true
		case err != nil:
			return err
		default:
			v.Hit = &hit
		}
	}
	return p.ok(p.subscribersPage(v))
}

// subscriberView is the form of one entry.
type subscriberView struct {
	S    desk.SubscriberRow
	New  bool
	Said wrongs
	Day  string // the person whose day is the entry's, "" where no calendar is read
}

func newSubscriber(p *page) error {
	return p.onlyWho("AddSubscriber", func() error { return p.ok(p.subscriberPage(subscriberView{New: true})) })
}

func addSubscriber(p *page) error {
	fields := p.readSubscriber()
	s, err := p.visit.AddSubscriber(p.ctx(), fields)
	if said, ok := p.refused(err); ok {
		return p.again(p.subscriberPage(subscriberView{S: typed(desk.SubscriberRow{}, fields), New: true, Said: said}))
	}
	return p.after(err, "subscribers", "subscribers.added", "name", s.Name())
}

func showSubscriber(p *page) error {
	s, err := p.visit.Subscriber(p.ctx(), p.r.PathValue("subscriber"))
	if err != nil {
		return err
	}
	return p.ok(p.subscriberPage(subscriberView{S: s, Day: p.whoseDayIs(s)}))
}

// whoseDayIs finds the person of an entry: by its own id somebody of the register
// alone, else by the address somebody whom it is linked to.
func (p *page) whoseDayIs(s desk.SubscriberRow) string {
	people := []desk.PersonName{{Person: s.ID}}
	if found, err := p.visit.FindPeople(p.ctx(), orElse(s.Get(pbx.Mail), s.Name())); err == nil {
		people = append(people, found...)
	}
	for _, one := range people {
		if row, err := p.visit.Activity(p.ctx(), one.Person); err == nil && row.Subscriber == s.ID {
			return row.Person
		}
	}
	return ""
}

func saveSubscriber(p *page) error {
	id := p.r.PathValue("subscriber")
	if p.form("do") == "delete" {
		return p.after(p.visit.DeleteSubscriber(p.ctx(), id), "subscribers", "subscribers.deleted")
	}
	fields := p.readSubscriber()
	generation, _ := strconv.ParseInt(p.form("generation"), 10, 64)
	s, err := p.visit.SaveSubscriber(p.ctx(), id, fields, generation)
	if said, ok := p.refused(err); ok {
		have, err := p.visit.Subscriber(p.ctx(), id)
		if err != nil {
			return err
		}
		return p.again(p.subscriberPage(subscriberView{S: typed(have, fields), Said: said}))
	}
	return p.after(err, "subscribers/"+id, "subscribers.saved", "name", s.Name())
}

// readSubscriber reads the form; a tick that is not set clears its field.
func (p *page) readSubscriber() map[string]string {
	fields := map[string]string{}
	for _, f := range fieldOrder() {
		if _, posted := p.r.PostForm[string(f)]; posted || f == pbx.Hidden || f == pbx.Protected {
			fields[string(f)] = p.form(string(f))
		}
	}
	return fields
}

// typed is an entry as someone has just typed it.
func typed(s desk.SubscriberRow, fields map[string]string) desk.SubscriberRow {
	after := pbx.Fields{}
	for f, v := range fields {
		after[pbx.Field(f)] = v
	}
	s.Subscriber = s.With(after)
	return s
}

// importView is a CSV file before and after it was taken in.
type importView struct {
	Plan *desk.ImportPlan
	Text string // the file, carried in the form from preview to import
	Done bool
	Said wrongs
}

func showImport(p *page) error {
	return p.onlyWho("Import", func() error { return p.ok(p.importPage(importView{})) })
}

func importSubscribers(p *page) error {
	text, err := p.upload("file")
	if err != nil {
		return err
	}
	read := p.visit.PreviewImport
	v := importView{Text: text}
	if p.form("do") == "import" {
		read, v.Done = p.visit.Import, true
	}
	plan, err := read(p.ctx(), strings.NewReader(text))
	if said, ok := p.refused(err); ok {
		return p.again(p.importPage(importView{Said: said}))
	}
	if err != nil {
		return err
	}
	v.Plan = &plan
	return p.ok(p.importPage(v))
}

func exportSubscribers(p *page) error {
	return p.export("subscribers", func(f desk.Format) error {
		return p.visit.ExportSubscribers(p.ctx(), p.w, f, p.tag)
	})
}

// fieldGroups is how the form of an entry is divided.
func fieldGroups() []struct {
	Key    string
	Fields []pbx.Field
} {
	return []struct {
		Key    string
		Fields []pbx.Field
	}{
		{"subscribers.groupName", []pbx.Field{pbx.FirstName, pbx.LastName, pbx.DisplayName, pbx.Mail}},
		{"subscribers.groupNumbers", []pbx.Field{pbx.Extension, pbx.Business, pbx.Mobile, pbx.Other, pbx.Attendant, pbx.Fax}},
		{"subscribers.groupWork", []pbx.Field{pbx.Title, pbx.Department, pbx.Company, pbx.Office, pbx.City, pbx.Country, pbx.Manager}},
		{"subscribers.groupMore", []pbx.Field{pbx.EmployeeID, pbx.EmployeeType, pbx.Language, pbx.UserName, pbx.ContactURL, pbx.Mails, pbx.Note}},
	}
}
