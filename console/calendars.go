package console

import (
	"slices"

	"github.com/a-h/templ"

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/desk"
)

// calendarsView is the list of connections whose calendars are read.
type calendarsView struct {
	Connections []desk.CalendarConnection
	Names       map[string]string  // of groups, by object id
	Free        []desk.SourceState // sources whose calendars are not read yet
	Off         bool               // the organization's calendars set nothing
}

func showCalendars(p *page) error {
	v, err := p.calendarsOf()
	if err != nil {
		return err
	}
	return p.ok(p.calendarsPage(v))
}

func (p *page) calendarsOf() (calendarsView, error) {
	all, err := p.visit.CalendarConnections(p.ctx())
	if err != nil {
		return calendarsView{}, err
	}
	sources, err := p.visit.Sources(p.ctx())
	if err != nil {
		return calendarsView{}, err
	}
	settings, err := p.visit.CalendarSettings(p.ctx())
	if err != nil {
		return calendarsView{}, err
	}
	v := calendarsView{Connections: all, Off: settings.Off}
	for _, s := range sources {
		if !slices.ContainsFunc(all, func(c desk.CalendarConnection) bool { return c.Source == s.ID }) {
			v.Free = append(v.Free, s)
		}
	}
	return v, nil
}

func liveCalendars(p *page) error {
	return p.live([]string{"calendar", "mailbox"}, func(p *page) (templ.Component, error) {
		v, err := p.calendarsOf()
		return p.calendarList(v), err
	})
}

// addCalendar begins to read a source's calendars.
func addCalendar(p *page) error {
	source := p.form("source")
	_, err := p.visit.AddCalendarConnection(p.ctx(), source, "")
	path := "calendars"
	if err == nil {
		path += "/" + source
	}
	return p.after(err, path, "calendars.added")
}

// states are how reading a mailbox goes, the worst first.
func states() []calendar.State {
	return []calendar.State{
		calendar.NoSource, calendar.Denied, calendar.Failed, calendar.NoMailbox, calendar.OnServer, calendar.Throttled, calendar.Never, calendar.Fine,
	}
}

func stateTone(s calendar.State) (tone, string) {
	switch s {
	case calendar.Fine:
		return good, "circle-check"
	case calendar.Never:
		return neutral, "circle-dashed"
	case calendar.Throttled:
		return neutral, "hourglass"
	case calendar.NoMailbox, calendar.OnServer:
		return warn, "alert-triangle"
	}
	return bad, "circle-x"
}

func total(counts map[calendar.State]int64) (n int64) {
	for _, c := range counts {
		n += c
	}
	return n
}
