package m365

import (
	"net/http"
	"strings"
	"time"
)

// meeting is the page of one event.
func (d *outlookDesk) meeting() {
	e, err := d.t.event(&d.person, &d.box, d.r.Form.Get("id"))
	if err != nil {
		d.list(http.StatusNotFound, d.problem(err))
		return
	}
	d.fill(http.StatusOK, d.filled(&e))
}

// filled is the form of an event that is there.
func (d *outlookDesk) filled(e *Event) outlookForm {
	row := d.row(e, dayOf(e.Start, d.loc))
	f := outlookForm{
		ID: e.ID, Subject: e.Subject, Location: e.Location, Categories: strings.Join(e.Categories, ", "), ShowAs: e.ShowAs,
		Private: e.Sensitivity == "private", Row: &row,
	}
	if !e.invited() {
		f.Invited = row.People
	}
	return f.at(e.Start.In(d.loc), e.End.In(d.loc), e.AllDay)
}

// changeMeeting does with an event what the button says.
func (d *outlookDesk) changeMeeting() {
	id, do := d.r.PostForm.Get("id"), d.pressed()
	e, err := d.t.event(&d.person, &d.box, id)
	if err != nil {
		d.list(http.StatusNotFound, d.problem(err))
		return
	}
	shift := func(start, end time.Duration) {
		err = d.t.ChangeEvent(d.person.ID, id, func(e *Event) { e.Start, e.End = e.Start.Add(start), e.End.Add(end) })
	}
	const quarter = 15 * time.Minute
	at := e.Start
	switch do {
	case "find":
		f := d.form()
		f.Row = d.filled(&e).Row
		d.fill(http.StatusOK, d.look(f))
		return
	case "save":
		if at, err = d.save(&e); err != nil {
			f := d.form()
			f.Row, f.Problem = d.filled(&e).Row, d.problem(err)
			d.fill(http.StatusUnprocessableEntity, f)
			return
		}
	case "later":
		shift(quarter, quarter)
	case "earlier":
		shift(-quarter, -quarter)
	case "longer":
		shift(0, quarter)
	case "end":
		now := d.t.now().Truncate(time.Second)
		err = d.t.ChangeEvent(d.person.ID, id, func(e *Event) { e.End = now })
	case "delete":
		err = d.t.DeleteEvent(d.person.ID, id)
	case "delete-series":
		err = d.t.DeleteEvent(d.person.ID, e.Master)
	case Accepted, TentativelyAccepted, Declined:
		err = d.t.Respond(d.person.ID, id, do)
	default:
		http.Error(d.w, "no such button", http.StatusBadRequest)
		return
	}
	if err != nil {
		d.list(http.StatusUnprocessableEntity, d.problem(err))
		return
	}
	d.back(at)
}

// save takes the form over into the event. Somebody invited changes only how
// it shows in his own calendar; who is invited to a single one of a series is
// the series' matter.
func (d *outlookDesk) save(old *Event) (time.Time, error) {
	f := d.form()
	if old.invited() {
		return old.Start, d.t.ChangeEvent(d.person.ID, old.ID, func(e *Event) { e.ShowAs = f.ShowAs; f.mark(e) })
	}
	start, end, err := d.times(&f)
	if err != nil {
		return old.Start, err
	}
	return start, d.t.ChangeEvent(d.person.ID, old.ID, func(e *Event) {
		f.write(e, start, end, d.box.Zone)
		if e.Master != "" {
			return
		}
		e.Attendees = nil
		for _, g := range f.Invited {
			e.Attendees = append(e.Attendees, g.Address)
		}
	})
}
