package console

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/desk"
	"github.com/telefonist/telefonist/organization"
)

// hoursView is the page of working hours, red days and automatic replies.
type hoursView struct {
	S    desk.CalendarSettings // as drafted
	Said wrongs
	Done string
	Year int
	// Typed are the hours as they were typed, by the name of their field: what can't
	// be read stands there again.
	Typed map[string]string
	// Ask is what is asked before something that closes telephones is switched on.
	Ask *closing
	Try tryView
}

// closing is how many telephones would be closed.
type closing struct {
	desk.Closing
	Hours, Replies bool // which of them is being switched on
	Unknown        bool // it could not be counted
}

func showHours(p *page) error {
	s, err := p.visit.CalendarSettings(p.ctx())
	if err != nil {
		return err
	}
	return p.ok(p.hoursPage(hoursView{S: s, Year: p.year()}))
}

// year is whose red days are listed.
func (p *page) year() int {
	now := p.now().Year()
	if n, err := strconv.Atoi(p.form("year")); err == nil && n >= now-1 && n <= now+5 {
		return n
	}
	return now
}

// changeHours takes the form with the button that was pressed. What closes
// telephones is saved once it has been said how many, and agreed to.
func changeHours(p *page) error {
	had, err := p.visit.CalendarSettings(p.ctx())
	if err != nil {
		return err
	}
	v := hoursView{S: had, Year: p.year(), Typed: map[string]string{}}
	v.S.Generation, _ = strconv.ParseInt(p.form("generation"), 10, 64)
	v.Said = p.readHours(&v)
	verb := p.form("do")
	save := verb == "save" || verb == "agree"
	switch {
	case save && v.Said == nil:
		if v.Ask, v.Said, err = p.closes(had.Calendar, v.S.Calendar); err != nil {
			return err
		}
		if v.Said != nil {
			return p.again(p.hoursPage(v))
		}
		if v.Ask != nil && verb != "agree" {
			return p.ok(p.hoursPage(v))
		}
		_, err := p.visit.SaveCalendarSettings(p.ctx(), v.S.Calendar, v.S.Generation)
		if said, ok := p.refused(err); ok {
			v.Ask, v.Said = nil, said
			return p.again(p.hoursPage(v))
		}
		return p.after(err, "hours", "hours.saved")
	case save:
		return p.again(p.hoursPage(v))
	case verb == "try" && v.Said == nil:
		if v.Said, err = p.try(&v.Try, v.S.Calendar); err != nil {
			return err
		}
	}
	return p.ok(p.hoursPage(v))
}

// closes asks how many telephones would be closed, nil where nothing is switched on
// that closes any.
func (p *page) closes(had, draft organization.Calendar) (*closing, wrongs, error) {
	c := closing{Hours: draft.Hours.On && !had.Hours.On, Replies: draft.Replies.On && !had.Replies.On}
	if !c.Hours && !c.Replies {
		return nil, nil, nil
	}
	var err error
	c.Closing, err = p.visit.WouldClose(p.ctx(), draft)
	if said, ok := p.refused(err); ok {
		return nil, said, nil
	}
	if errors.Is(err, desk.ErrNotOffered) {
		c.Unknown, err = true, nil
	}
	return &c, nil, err
}

// readHours reads the form into the draft, and says what can't be read.
func (p *page) readHours(v *hoursView) wrongs {
	said := wrongs{}
	c := &v.S.Calendar
	c.Zone = p.form("zone")
	c.Hours.On, c.Hours.Mailbox = p.form("hoursOn") != "", p.form("mailbox") != ""
	c.Hours.Activity = activity.Key(p.form("offHours"))
	c.Replies = organization.RepliesSetting{On: p.form("repliesOn") != "", Activity: activity.Key(p.form("onReplies"))}
	c.Hours.Week = p.readWeek(v, said, "", "hours.week")
	for i := range c.Groups {
		c.Groups[i].Hours = nil
		if at := "g" + number(i) + "-"; p.form(at+"own") == "own" {
			c.Groups[i].Hours = p.readWeek(v, said, at, "groups["+number(i)+"].hours")
		}
	}
	p.readFreeDays(v, said)
	if len(said) == 0 {
		return nil
	}
	return said
}

// readWeek reads the fields of [page.weekFields]; nil where no day has any hours.
func (p *page) readWeek(v *hoursView, said wrongs, prefix, at string) *activity.Hours {
	var h activity.Hours
	some := false
	read := func(name, at string, week *[7][]activity.Shift) {
		for d := range week {
			field := prefix + name + number(d)
			text := p.form(field)
			v.Typed[field] = text
			shifts, ok := readShifts(text)
			if !ok {
				said[at+"["+number(d)+"]"] = p.T("hours.unreadable")
			}
			week[d] = shifts
			some = some || len(shifts) > 0
		}
	}
	read("day", at+".week", &h.Week)
	if p.form(prefix+"weeks") == "two" {
		h.Odd = new([7][]activity.Shift)
		read("odd", at+".odd", h.Odd)
	}
	if !some && h.Odd == nil {
		return nil
	}
	return &h
}

// readShifts reads the hours of a day, "8–12, 13–17:30"; nothing is a day off.
func readShifts(text string) ([]activity.Shift, bool) {
	var all []activity.Shift
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == ';' }) {
		part = strings.Map(func(r rune) rune {
			switch r {
			case '–', '—', '−':
				return '-'
			case ' ', '\u00a0':
				return -1
			}
			return r
		}, part)
		if part == "" {
			continue
		}
		first, last, ok := strings.Cut(part, "-")
		from, to := hourOf(first), hourOf(last)
		if !ok || from < 0 || to < 0 {
			return nil, false
		}
		if to <= from {
			to += 24 * 60 // it ends on the next day
		}
		all = append(all, activity.Shift{From: from, To: to})
	}
	return all, true
}

// hourOf is minutes after midnight of "8", "8:30", "08.30" or "24:00", -1 for what is
// no time.
func hourOf(text string) int {
	hour, minute, _ := strings.Cut(strings.ReplaceAll(text, ".", ":"), ":")
	h, err := strconv.Atoi(hour)
	m := 0
	if minute != "" && err == nil {
		m, err = strconv.Atoi(minute)
	}
	if err != nil || h < 0 || m < 0 || m > 59 || h*60+m > 24*60 || len(minute) > 2 {
		return -1
	}
	return h*60 + m
}

// shiftsText is the reverse of readShifts.
func shiftsText(all []activity.Shift) string {
	var parts []string
	for _, s := range all {
		parts = append(parts, dayClock(s.From)+"–"+dayClock(s.To))
	}
	return strings.Join(parts, ", ")
}

// dayClock writes minutes after midnight; beyond 24:00 they are the next day's.
func dayClock(minutes int) string {
	if minutes > 24*60 {
		minutes -= 24 * 60
	}
	return strconv.Itoa(minutes/60) + ":" + strconv.Itoa(100 + minutes%60)[1:]
}

// typed is what stands in a field of hours.
func (v hoursView) typed(field string, shifts []activity.Shift) string {
	if text, ok := v.Typed[field]; ok {
		return text
	}
	return shiftsText(shifts)
}

// What becomes of an own day.
const (
	dayClosed = "closed"
	dayHalf   = "half"
	dayWork   = "work"
)

func (p *page) readFreeDays(v *hoursView, said wrongs) {
	f := &v.S.Hours.FreeDays
	f.Country, f.Halves = p.form("country"), p.form("halves") != ""
	if f.HalfEnds = hourOf(p.form("halfEnds")); f.HalfEnds < 0 {
		f.HalfEnds = 12 * 60
		said["hours.freeDays.halfEnds"] = p.T("hours.unreadableTime")
	}
	f.Own = nil
	for i, date := range p.r.Form["ownDate"] {
		if p.form("do") == "dropDay:"+number(i) || date == "" && p.cell("ownName", i) == "" {
			continue
		}
		d := activity.FreeDay{Date: calendar.Date(date), Name: p.cell("ownName", i)}
		switch p.cell("ownKind", i) {
		case dayWork:
			d.Ends = 24 * 60
		case dayHalf:
			if d.Ends = hourOf(p.cell("ownEnds", i)); d.Ends <= 0 {
				d.Ends = 12 * 60
				said["hours.freeDays.own["+number(len(f.Own))+"].ends"] = p.T("hours.unreadableTime")
			}
		}
		f.Own = append(f.Own, d)
	}
	slices.SortStableFunc(f.Own, func(a, b activity.FreeDay) int { return strings.Compare(string(a.Date), string(b.Date)) })
}

// ownDays are the organization's own, and an empty line for one more.
func (v hoursView) ownDays() []activity.FreeDay {
	return append(slices.Clone(v.S.Hours.FreeDays.Own), activity.FreeDay{})
}

func ownKind(d activity.FreeDay) string {
	switch {
	case d.Ends == 0:
		return dayClosed
	case d.Ends >= 24*60:
		return dayWork
	}
	return dayHalf
}

// dayText is a date with its weekday.
func (p *page) dayText(d calendar.Date) string {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return string(d)
	}
	return p.lang.Weekday(t) + " " + strconv.Itoa(t.Day()) + " " + p.T("month."+strconv.Itoa(int(t.Month())))
}

// weekdayName is the d'th day of a week that begins on Monday.
func (p *page) weekdayName(d int) string { return p.T("weekday." + strconv.Itoa((d+1)%7)) }
