package m365

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// outlookRow is an event in a list.
type outlookRow struct {
	Event
	From, To  string // times of the day, with the date where it is another day
	Organized string // by whom, where it is an invitation
	People    []outlookGuest
	Mine      bool // the mailbox called it
	Series    bool
	Now, Past bool
	Link      string
}

// outlookGuest is somebody invited.
type outlookGuest struct {
	Address, Name, Response string
	Checked                 bool
}

type outlookDay struct {
	Name  string
	Date  string
	Today bool
	Rows  []outlookRow
}

// outlookCalendar is what the page of a mailbox shows.
type outlookCalendar struct {
	Days             []outlookDay
	Week             bool
	Date, Prev, Next string
	Zone             string
	Now              string
	Replies          outlookReplies
	Problem          string
}

type outlookReplies struct {
	Status, Text                 string
	FromDate, FromTime           string
	ToDate, ToTime, Externally   string
	Scheduled, Always, Something bool
}

// calendar is the page of a mailbox: a day, or the week it is in.
func (d *outlookDesk) calendar() { d.list(http.StatusOK, "") }

func (d *outlookDesk) list(status int, problem string) {
	day := dayOf(d.now(), d.loc)
	if asked, err := parseDay(d.r.Form.Get("day")); err == nil && asked > 0 && asked < civil(2200, 1, 1) {
		day = asked
	}
	c := outlookCalendar{Week: d.r.Form.Get("view") == "week", Date: dayName(day), Zone: d.box.Zone, Problem: problem, Now: clockText(d.now())}
	first, last, step := day, day, 1
	if c.Week {
		first, step = weekOf(day)*7-3, 7
		last = first + 6
	}
	c.Prev, c.Next = dayName(day-step), dayName(day+step)
	for i := first; i <= last; i++ {
		c.Days = append(c.Days, d.oneDay(i))
	}
	c.Replies = d.replies()
	d.show(status, "calendar", c)
}

func (d *outlookDesk) oneDay(day int) outlookDay {
	from, to := instantAt(day, 0, d.loc), instantAt(day+1, 0, d.loc)
	out := outlookDay{Name: d.longDay(day), Date: dayName(day), Today: day == dayOf(d.now(), d.loc)}
	events := d.t.view(&d.person, &d.box, from, to)
	slices.SortStableFunc(events, func(a, b Event) int { // whole days first
		if a.AllDay == b.AllDay {
			return 0
		} else if a.AllDay {
			return -1
		}
		return 1
	})
	for i := range events {
		out.Rows = append(out.Rows, d.row(&events[i], day))
	}
	return out
}

// row is an event as the list of a day has it.
func (d *outlookDesk) row(e *Event, day int) outlookRow {
	now := d.t.now()
	row := outlookRow{
		Event: *e, Mine: !e.invited(), Series: e.Master != "" || e.Recurrence != nil,
		Past: !e.End.After(now), Now: !e.Start.After(now) && e.End.After(now), Link: d.here("/event?id=" + url.QueryEscape(e.ID)),
		From: d.dayTime(e.Start, day), To: d.dayTime(e.End, day),
	}
	if e.invited() {
		row.Organized = d.name(e.Organizer)
	}
	row.People = d.guests(e)
	return row
}

// guests are those invited with what they answered, as far as is known.
func (d *outlookDesk) guests(e *Event) []outlookGuest {
	var out []outlookGuest
	for _, to := range e.Attendees {
		g := outlookGuest{Address: to, Name: d.name(to), Response: e.Responses[to], Checked: true}
		if g.Response == "" && !e.invited() {
			g.Response = "notResponded"
		}
		out = append(out, g)
	}
	return out
}

// name is what a person with an address is called.
func (d *outlookDesk) name(address string) string {
	if p, err := d.t.livePerson(address); err == nil {
		return p.DisplayName
	}
	return address
}

// clockText is a time of day, with seconds where it has any.
func clockText(t time.Time) string {
	if t.Second() == 0 {
		return t.Format("15:04")
	}
	return t.Format(time.TimeOnly)
}

// dayTime is a time on a day's list.
func (d *outlookDesk) dayTime(t time.Time, day int) string {
	t = t.In(d.loc)
	other := dayOf(t, d.loc)
	if other == day || other == day+1 && clockText(t) == "00:00" {
		return clockText(t)
	}
	return fmt.Sprintf("%d/%d %s", t.Day(), t.Month(), clockText(t))
}

// longDay is a day as people say it.
func (d *outlookDesk) longDay(day int) string {
	date := dateOf(day)
	if d.lang == "en" {
		return date.Format("Monday 2 January 2006") + ", week " + strconv.Itoa(isoWeek(day))
	}
	months := words("januari februari mars april maj juni juli augusti september oktober november december")
	names := words("Söndag Måndag Tisdag Onsdag Torsdag Fredag Lördag")
	return fmt.Sprintf("%s %d %s %d, vecka %d", names[date.Weekday()], date.Day(), months[date.Month()-1], date.Year(), isoWeek(day))
}

func (d *outlookDesk) replies() outlookReplies {
	r := d.box.Replies
	out := outlookReplies{Status: r.Status, Text: plainText(r.Internal), Scheduled: r.Status == "scheduled", Always: r.Status == "alwaysEnabled"}
	out.Something = out.Scheduled || out.Always
	from, to := r.Start, r.End
	if from.IsZero() || to.IsZero() {
		from = d.now().Truncate(time.Hour).Add(time.Hour)
		to = from.AddDate(0, 0, 7)
	}
	from, to = from.In(d.loc), to.In(d.loc)
	out.FromDate, out.FromTime, out.ToDate, out.ToTime = from.Format(dayLayout), clockText(from), to.Format(dayLayout), clockText(to)
	return out
}

// plainText is the text of a reply, which is HTML, for a field.
func plainText(html string) string {
	var b strings.Builder
	inside := false
	for _, c := range html {
		switch {
		case c == '<':
			inside = true
		case c == '>' && inside:
			inside = false
		case !inside:
			b.WriteRune(c)
		}
	}
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&quot;", `"`, "&#39;", "'", "&#34;", `"`, "&amp;", "&").Replace(b.String())
}
