package desk

import (
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/store"
)

// calendarFile is what the calendar flow keeps of a person.
type calendarFile struct {
	Mailbox    *mailboxFile         `json:"mailbox,omitempty"`
	Spans      []spanFile           `json:"spans,omitempty"`
	Choice     *activity.Choice     `json:"choice,omitempty"`
	Silences   []activity.Silence   `json:"silences,omitempty"`
	Preference *organization.Person `json:"preference,omitempty"`
	Tellings   []tellingFile        `json:"tellings,omitempty"`
	Told       []toldFile           `json:"told,omitempty"`
	Tokens     []tokenFile          `json:"tokens,omitempty"`
}

type mailboxFile struct {
	Address  string           `json:"address"`
	Zone     string           `json:"zone,omitempty"`
	Hours    calendar.Hours   `json:"hours,omitzero"`
	Replies  calendar.Replies `json:"replies,omitzero"`
	ReadAt   time.Time        `json:"readAt,omitzero"`
	Health   calendar.State   `json:"health"`
	Sentence string           `json:"sentence,omitempty"`
	Events   []eventFile      `json:"events,omitempty"`
}

type eventFile struct {
	Start       time.Time            `json:"start,omitzero"`
	End         time.Time            `json:"end,omitzero"`
	First       calendar.Date        `json:"first,omitempty"` // of an all-day one, with the day after its last
	After       calendar.Date        `json:"after,omitempty"`
	ShowAs      calendar.ShowAs      `json:"showAs,omitempty"`
	Sensitivity calendar.Sensitivity `json:"sensitivity,omitempty"`
	Response    calendar.Response    `json:"response,omitempty"`
	Cancelled   bool                 `json:"cancelled,omitempty"`
	Prefix      string               `json:"prefix,omitempty"`
	Words       []string             `json:"words,omitempty"`
	Categories  []string             `json:"categories,omitempty"`
	Subject     string               `json:"subject,omitempty"`
	Place       string               `json:"place,omitempty"`
	Note        string               `json:"note,omitempty"`
}

type spanFile struct {
	From  time.Time      `json:"from"`
	To    time.Time      `json:"to"`
	State activity.State `json:"state"`
}

type tellingFile struct {
	Switchboard string         `json:"switchboard"`
	Subscriber  string         `json:"subscriber"`
	Live        bool           `json:"live"`
	Told        activity.State `json:"told"`
	Inside      activity.State `json:"inside"`
	At          time.Time      `json:"at,omitzero"`
	Answer      pbx.Reason     `json:"answer,omitzero"`
}

type toldFile struct {
	Switchboard string         `json:"switchboard"`
	At          time.Time      `json:"at"`
	State       activity.State `json:"state"`
}

type tokenFile struct {
	Name    string    `json:"name"`
	By      string    `json:"by,omitempty"`
	Created time.Time `json:"created"`
	Used    time.Time `json:"used,omitzero"`
	Revoked time.Time `json:"revoked,omitzero"`
}

// calendarOf is nil where the calendar flow keeps nothing of the person.
func calendarOf(c store.PersonCalendar) *calendarFile {
	f := &calendarFile{Silences: c.Choice.Silences}
	some := c.Choice.Generation > 0 || c.Preference.Generation > 0 || len(c.Told)+len(c.Tokens)+len(c.Tellings) > 0
	if m := c.Mailbox; m != nil {
		some = true
		f.Mailbox = &mailboxFile{
			Address: m.Address, Zone: m.Zone, Hours: m.Hours, Replies: m.Replies, ReadAt: m.ReadAt, Health: m.Health.State,
			Sentence: m.Health.Sentence, Events: mapped(m.Agenda, eventOf),
		}
		f.Spans = mapped(c.Day.Spans, func(s activity.Span) spanFile { return spanFile{s.From, s.To, s.State} })
	}
	if !some {
		return nil
	}
	if c.Choice.Choice.Activity != "" {
		f.Choice = &c.Choice.Choice
	}
	if c.Preference.Generation > 0 {
		f.Preference = &c.Preference.Person
	}
	f.Tellings = mapped(c.Tellings, func(t store.TellingState) tellingFile {
		return tellingFile{t.Switchboard, t.Subscriber, t.Live, t.Told, t.Inside, t.ToldAt, t.Answer}
	})
	f.Told = mapped(c.Told, func(t store.Told) toldFile { return toldFile{t.Switchboard, t.At, t.State} })
	f.Tokens = mapped(c.Tokens, func(t store.PersonToken) tokenFile { return tokenFile{t.Name, t.By, t.Created, t.Used, t.Revoked} })
	return f
}

func eventOf(e calendar.Event) eventFile {
	return eventFile{
		e.Start, e.End, e.First, e.After, e.ShowAs, e.Sensitivity, e.Response, e.Cancelled, e.Prefix, e.Words, e.Categories, e.Subject, e.Place, e.Note,
	}
}
