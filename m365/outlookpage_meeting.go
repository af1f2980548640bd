package m365

import (
	"errors"
	"html"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// outlookForm is a meeting as it is filled in.
type outlookForm struct {
	ID, Subject, Location, Categories string
	FromDate, FromTime                string
	ToDate, ToTime                    string
	AllDay, Private                   bool
	ShowAs                            string
	Invited                           []outlookGuest
	Find                              string
	Found                             []outlookGuest
	Problem                           string

	Row    *outlookRow // of a meeting that is there
	Shows  []string    // what ShowAs may be
	Nobody bool        // was found
}

var outlookShows = []string{"busy", "free", "tentative", "oof", "workingElsewhere"}

// newMeeting is the empty form: the next half hour of the day asked for.
func (d *outlookDesk) newMeeting() {
	start := d.now().Truncate(30 * time.Minute).Add(30 * time.Minute)
	if day, err := parseDay(d.r.Form.Get("day")); err == nil && day != dayOf(start, d.loc) {
		start = instantAt(day, 9*60, d.loc)
	}
	d.fill(http.StatusOK, outlookForm{ShowAs: "busy"}.at(start, start.Add(30*time.Minute), false))
}

func (d *outlookDesk) fill(status int, f outlookForm) {
	f.Shows = outlookShows
	d.show(status, "form", f)
}

// at is f with the times of an event.
func (f outlookForm) at(start, end time.Time, allDay bool) outlookForm {
	if f.AllDay = allDay; allDay {
		end = end.AddDate(0, 0, -1) // the last day is in it
	}
	f.FromDate, f.FromTime, f.ToDate, f.ToTime = start.Format(dayLayout), clockText(start), end.Format(dayLayout), clockText(end)
	return f
}

// form reads what was filled in.
func (d *outlookDesk) form() outlookForm {
	v := d.r.PostForm
	f := outlookForm{
		ID: v.Get("id"), Subject: v.Get("subject"), Location: v.Get("location"), Categories: v.Get("categories"), Find: v.Get("find"),
		FromDate: v.Get("fromdate"), FromTime: v.Get("fromtime"), ToDate: v.Get("todate"), ToTime: v.Get("totime"),
		AllDay: v.Get("allday") != "", Private: v.Get("private") != "", ShowAs: v.Get("showas"),
	}
	for _, address := range v["invite"] {
		if !slices.ContainsFunc(f.Invited, func(g outlookGuest) bool { return g.Address == address }) {
			f.Invited = append(f.Invited, outlookGuest{Address: address, Name: d.name(address), Checked: true})
		}
	}
	return f
}

// look adds the people that were searched for, to pick from.
func (d *outlookDesk) look(f outlookForm) outlookForm {
	for _, p := range d.t.search(f.Find, 12) {
		address := p.address()
		if p.ID != d.person.ID && !slices.ContainsFunc(f.Invited, func(g outlookGuest) bool { return g.Address == address }) {
			f.Found = append(f.Found, outlookGuest{Address: address, Name: strings.TrimSuffix(p.DisplayName+", "+p.Department, ", ")})
		}
	}
	f.Nobody, f.Find = len(f.Found) == 0, ""
	return f
}

// pressed is the button of the form. The Enter key searches where there is
// something to search for, and saves elsewhere.
func (d *outlookDesk) pressed() string {
	switch do := d.r.PostForm.Get("do"); {
	case do != "enter":
		return do
	case d.r.PostForm.Get("find") != "":
		return "find"
	}
	return "save"
}

var errOutlookTimes = errors.New("times")

// times are those filled in, in the mailbox's zone.
func (d *outlookDesk) times(f *outlookForm) (start, end time.Time, err error) {
	parse := func(date, clock string) time.Time {
		layout := dayLayout + " 15:04"
		if strings.Count(clock, ":") == 2 {
			layout = time.DateTime
		}
		t, wrong := time.ParseInLocation(layout, date+" "+clock, d.loc)
		if wrong != nil {
			err = errOutlookTimes
		}
		return t
	}
	if f.AllDay {
		start, end = parse(f.FromDate, "00:00"), parse(f.ToDate, "00:00").AddDate(0, 0, 1)
	} else {
		start, end = parse(f.FromDate, f.FromTime), parse(f.ToDate, f.ToTime)
	}
	if err == nil && end.Before(start) {
		err = errOutlookTimes
	}
	return start, end, err
}

// write puts what was filled in into an event.
func (f *outlookForm) write(e *Event, start, end time.Time, zone string) {
	e.Subject, e.Location, e.ShowAs = f.Subject, f.Location, f.ShowAs
	if !start.Equal(e.Start) || !end.Equal(e.End) || e.AllDay != f.AllDay {
		e.Start, e.End, e.AllDay, e.Zone = start, end, f.AllDay, zone
	}
	f.mark(e)
}

// mark is what also somebody invited may write into his copy.
func (f *outlookForm) mark(e *Event) {
	e.Categories = nil
	for c := range strings.SplitSeq(f.Categories, ",") {
		if c = strings.TrimSpace(c); c != "" {
			e.Categories = append(e.Categories, c)
		}
	}
	switch {
	case f.Private:
		e.Sensitivity = "private"
	case e.Sensitivity == "private":
		e.Sensitivity = "normal"
	}
}

// makeMeeting takes the form: to search for people, or to make the meeting.
func (d *outlookDesk) makeMeeting() {
	f := d.form()
	if d.pressed() == "find" {
		d.fill(http.StatusOK, d.look(f))
		return
	}
	start, end, err := d.times(&f)
	if err == nil {
		var e Event
		f.write(&e, start, end, d.box.Zone)
		for _, g := range f.Invited {
			e.Attendees = append(e.Attendees, g.Address)
		}
		_, err = d.t.AddEvent(d.person.ID, e)
	}
	if err != nil {
		f.Problem = d.problem(err)
		d.fill(http.StatusUnprocessableEntity, f)
		return
	}
	d.back(start)
}

// problem is what to tell of an error.
func (d *outlookDesk) problem(err error) string {
	switch {
	case errors.Is(err, errOutlookTimes):
		return d.say("problem-times")
	case errors.Is(err, ErrUnknown):
		return d.say("problem-gone")
	}
	return err.Error()
}

// back leads to the list of a day.
func (d *outlookDesk) back(at time.Time) {
	query := url.Values{"day": {at.In(d.loc).Format(dayLayout)}}
	if d.r.Form.Get("view") == "week" {
		query.Set("view", "week")
	}
	http.Redirect(d.w, d.r, d.here("?"+query.Encode()), http.StatusSeeOther)
}

// meetNow is the quick one: from now on for half an hour.
func (d *outlookDesk) meetNow() {
	now := d.now().Truncate(time.Second)
	length := 30 * time.Minute
	if asked, err := time.ParseDuration(d.r.PostForm.Get("for")); err == nil && asked > 0 && asked <= 12*time.Hour {
		length = asked
	}
	subject := strings.TrimSpace(d.r.PostForm.Get("subject"))
	if subject == "" {
		subject = d.say("now-subject")
	}
	if _, err := d.t.AddEvent(d.person.ID, Event{Subject: subject, Start: now, End: now.Add(length)}); err != nil {
		d.list(http.StatusUnprocessableEntity, d.problem(err))
		return
	}
	d.back(now)
}

// setReplies turns automatic replies on, from and to an instant, or off.
func (d *outlookDesk) setReplies() {
	v := d.r.PostForm
	text := html.EscapeString(v.Get("text"))
	r := Replies{Status: v.Get("status"), Internal: text, External: text}
	var err error
	switch r.Status {
	case "disabled", "alwaysEnabled":
	case "scheduled":
		f := d.form()
		r.Start, r.End, err = d.times(&f)
	default:
		err = errOutlookTimes
	}
	if err == nil {
		err = d.t.ChangeMailbox(d.person.ID, func(m *Mailbox) { m.Replies = r })
	}
	if err != nil {
		d.list(http.StatusUnprocessableEntity, d.problem(err))
		return
	}
	d.back(d.now())
}
