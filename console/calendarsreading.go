package console

import (
	"strconv"

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/desk"
	"github.com/telefonist/telefonist/organization"
)

// readingView is the page of privacy and reading.
type readingView struct {
	S    desk.CalendarSettings
	Said wrongs
}

func showReading(p *page) error {
	s, err := p.visit.CalendarSettings(p.ctx())
	if err != nil {
		return err
	}
	return p.ok(p.readingPage(readingView{S: s}))
}

func saveReading(p *page) error {
	s, err := p.visit.CalendarSettings(p.ctx())
	if err != nil {
		return err
	}
	s.Generation, _ = strconv.ParseInt(p.form("generation"), 10, 64)
	s.Off = p.form("on") == ""
	s.Privacy = organization.Privacy{
		Subject: organization.Audience(p.form("subject")), Place: organization.Audience(p.form("place")),
		Private: calendar.PrivateAs(p.form("private")), Note: p.form("note") != "",
	}
	s.Reading = organization.ReadingSetting{
		Ahead: p.whole("ahead"), Far: p.whole("far"), Behind: p.whole("behind"), Sweep: p.whole("sweep"), AtOnce: p.whole("atOnce"), Told: p.whole("told"),
	}
	_, err = p.visit.SaveCalendarSettings(p.ctx(), s.Calendar, s.Generation)
	if said, ok := p.refused(err); ok {
		return p.again(p.readingPage(readingView{s, said}))
	}
	return p.after(err, "calendars/settings", "reading.saved")
}

func showPrecedence(p *page) error {
	s, err := p.visit.CalendarSettings(p.ctx())
	if err != nil {
		return err
	}
	return p.ok(p.precedencePage(s))
}
