package m365

import (
	"fmt"
	"slices"
	"time"
)

// routine is what comes back: a stand-up, a lunch, a day at home.
type routine struct {
	key   string
	event Event          // without times, as it stands in this calendar
	days  []time.Weekday // on which it is
	every int            // weeks; 0 = of a month the first of days
	phase int            // of which weeks
	place *time.Location // of the organizer
	start int            // minute
	last  int            // minutes it lasts; 0 = whole days
	own   bool           // nobody else is in it
	span  season         // in which it comes back; zero = the office's seasons
}

// falls says whether the routine is on a day.
func (r *routine) falls(day int) bool {
	switch {
	case !slices.Contains(r.days, weekday(day)):
		return false
	case r.every == 0:
		return dateOf(day).Day() <= 7
	}
	return weekOf(day)%r.every == r.phase%r.every
}

// fate is what becomes of one occurrence.
type fate int

const (
	asUsual fate = iota
	skipped
	calledOff
	movedBy30
	renamed
)

// fate of the occurrence on a day: red days have none, and now and then one is
// moved, called off or turned into something else.
func (r *routine) fate(seed uint64, day int) fate {
	if redDay(day, true) != "" {
		return skipped
	}
	if r.last == 0 {
		return asUsual
	}
	d := throw(seed, fingerprint(r.key), uint64(day))
	switch k := d.n(100); {
	case k < 4:
		return movedBy30
	case k < 7 && !r.own:
		return calledOff
	case k < 8 && !r.own:
		return renamed
	}
	return asUsual
}

// times are when the occurrence of a day is.
func (r *routine) times(day, later int, at clock) (from, to time.Time) {
	if r.last == 0 {
		return at(day, 0, r.place), at(day+1, 0, r.place)
	}
	return at(day, r.start+later, r.place), at(day, r.start+later+r.last, r.place)
}

// occurrence is the routine on a day; false where there is none.
func (r *routine) occurrence(seed uint64, day int, at clock) (Event, bool) {
	e := r.event.clone()
	e.Start, e.End = r.times(day, 0, at)
	switch r.fate(seed, day) {
	case skipped:
		return e, false
	case calledOff:
		if !e.invited() {
			return e, false
		}
		e.cancel()
	case movedBy30:
		e.Start, e.End = r.times(day, 30, at)
	case renamed:
		e.Subject += " – obs ny agenda"
	}
	return e, true
}

// series is the routine through a season; false where it is on none of its days.
func (r *routine) series(seed uint64, t season) (Event, bool) {
	e := r.event.clone()
	first := t.first
	for ; first <= t.last && !r.falls(first); first++ {
	}
	if first > t.last {
		return e, false
	}
	e.ID, e.UID = r.key+"-"+t.name, e.UID+"-"+t.name
	if r.own {
		e.UID = ""
	}
	e.Start, e.End = r.times(first, 0, instantAt)
	e.Recurrence = &Recurrence{Type: "weekly", Interval: r.every, FirstDay: "monday", Until: dayName(t.last)}
	if r.every == 0 {
		e.Recurrence.Type, e.Recurrence.Interval, e.Recurrence.Index = "relativeMonthly", 1, "first"
	}
	for _, w := range r.days {
		e.Recurrence.Days = append(e.Recurrence.Days, weekdays[w])
	}
	for day := first; day <= t.last; day++ {
		if !r.falls(day) || r.fate(seed, day) == asUsual {
			continue
		}
		if o, there := r.occurrence(seed, day, instantAt); there {
			e.except(day, &o)
		} else {
			e.except(day, nil)
		}
	}
	return e, true
}

// seasons are those of a routine that touch the days from … to.
func (r *routine) seasons(from, to int) []season {
	if r.span.last != 0 {
		return []season{r.span}
	}
	var out []season
	for year := dateOf(from).Year(); year <= dateOf(to).Year(); year++ {
		for _, t := range seasonsOf(year) {
			if t.first <= to && t.last >= from {
				out = append(out, t)
			}
		}
	}
	return out
}

// series are a worker's routines as series, and birthdays.
func (w *worker) series(from, to int) []Event {
	var out []Event
	for _, r := range w.routines() {
		for _, t := range r.seasons(from, to) {
			if e, there := r.series(w.o.seed, t); there {
				out = append(out, e)
			}
		}
	}
	if d := throw(w.seed, 'b'); w.crew != nil && d.mille(300) {
		born := civil(2019, time.Month(1+d.n(12)), 1+d.n(28))
		e := Event{
			ID: "birthday", Subject: one(&d, w.crew.people).given + " fyller år", AllDay: true, ShowAs: "free", Zone: w.zone,
			Start: instantAt(born, 0, w.loc), End: instantAt(born+1, 0, w.loc), Recurrence: &Recurrence{Type: "absoluteYearly"},
		}
		if d.mille(200) { // as other programs write whole days
			e.Zone, e.Start, e.End = "UTC", dateOf(born), dateOf(born+1)
		}
		out = append(out, e)
	}
	return out
}

var office5 = []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday}

// routines are a worker's: his own and those of his team.
func (w *worker) routines() []routine {
	out := w.ownRoutines()
	if w.crew == nil {
		return out
	}
	first, end := w.crew.team(w.team())
	d := throw(w.o.seed, 't', uint64(w.team()))
	if standUp := w.standUp(&d, first, end); standUp != nil {
		out = append(out, *standUp)
	}
	english := w.crew.people[first].habits.english
	if r := w.meeting(first, first, end, "team", pick(english, "Team meeting", "Avdelningsmöte")); r != nil {
		r.days, r.start, r.last = []time.Weekday{one(&d, office5[:4])}, 10*60, 60
		out = append(out, *r)
	}
	if r := w.meeting(first, first, end, "apt", "APT"); r != nil {
		r.days, r.every, r.start, r.last = []time.Weekday{time.Thursday}, 0, 14*60, 90
		out = append(out, *r)
	}
	if r := w.meeting(first, first, end, "fika", "Fredagsfika"); r != nil && d.mille(500) {
		r.days, r.start, r.last = []time.Weekday{time.Friday}, 14*60+30, 30
		r.event.ShowAs, r.event.Location = "free", one(&d, floors)
		out = append(out, *r)
	}
	for i := first + 1; i < end; i++ {
		if r := w.oneToOne(first, i); r != nil {
			out = append(out, *r)
		}
	}
	return append(out, w.company()...)
}

func pick(english bool, en, sv string) string {
	if english {
		return en
	}
	return sv
}

// standUp is the team's, at nine or close to it.
func (w *worker) standUp(d *dice, first, end int) *routine {
	if d.mille(150) { // some teams have none
		return nil
	}
	lead := &w.crew.people[first].habits
	r := w.meeting(first, first, end, "stand", pick(lead.english, "Daily stand-up", "Stand-up "+w.o.teams[w.team()].department))
	if r == nil {
		return nil
	}
	r.days, r.start, r.last = office5, d.weighted([]weight{{70, 9 * 60}, {15, 8*60 + 45}, {15, 9*60 + 15}}), 15
	if d.mille(300) {
		r.days = []time.Weekday{time.Monday, time.Wednesday, time.Friday}
	}
	r.event.Online = true
	return r
}

// meeting is a routine that one of the crew called for the people first … end;
// nil where the worker is not in it.
func (w *worker) meeting(by, first, end int, key, subject string) *routine {
	organizer := &w.crew.people[by]
	if w.me < first && w.me != by || w.me >= end || organizer.id == "" {
		return nil
	}
	r := &routine{key: fmt.Sprintf("%s%d.%d", key, w.team(), first), every: 1, place: organizer.habits.place()}
	r.event = Event{Subject: subject, Zone: organizer.habits.zone, ShowAs: "busy"}
	r.event.UID = w.o.t.ID + r.key
	for i := first; i < end; i++ {
		if to := w.crew.people[i].address; i != by && to != "" {
			r.event.Attendees = append(r.event.Attendees, to)
		}
	}
	if w.me != by {
		d := throw(w.seed, fingerprint(r.key))
		r.event.Organizer = organizer.address
		r.event.Response = one(&d, []string{Accepted, Accepted, Accepted, Accepted, Accepted, TentativelyAccepted, "notResponded"})
		r.event.ShowAs = shownAs("busy", r.event.Response)
	}
	return r
}

// oneToOne is every other week's talk of the lead with one of the team.
func (w *worker) oneToOne(lead, i int) *routine {
	if w.me != lead && w.me != i {
		return nil
	}
	a, b := &w.crew.people[lead], &w.crew.people[i]
	r := w.meeting(lead, i, i+1, "1to1", "1:1 "+a.given+" / "+b.given)
	if r == nil || b.id == "" {
		return nil
	}
	d := throw(w.o.seed, fingerprint(r.key))
	r.days, r.every, r.phase = []time.Weekday{one(&d, office5[1:4])}, 2, d.n(2)
	r.start, r.last = one(&d, []int{9*60 + 30, 10 * 60, 11 * 60, 13 * 60, 14 * 60, 15 * 60, 15*60 + 30}), one(&d, []int{30, 30, 45, 25})
	if d.mille(200) {
		r.event.Sensitivity = "private"
	}
	return r
}

// company is the month's information, for everybody.
func (w *worker) company() []routine {
	mail := "alla@" + w.o.t.Domain
	r := routine{
		key: "month", days: []time.Weekday{time.Wednesday}, start: 15 * 60, last: 45, place: w.loc,
		event: Event{Subject: "Månadsinfo", UID: w.o.t.ID + "month", Zone: defaultZone, ShowAs: "busy", Online: true, Attendees: []string{mail}},
	}
	r.place, _ = zone(defaultZone)
	if w.p.address() == w.o.chief {
		return []routine{r}
	}
	d := throw(w.seed, 'M')
	r.event.Organizer, r.event.Response = w.o.chief, one(&d, []string{Accepted, Accepted, "notResponded", TentativelyAccepted})
	r.event.ShowAs = shownAs("busy", r.event.Response)
	return []routine{r}
}

// ownRoutines are those a worker has made for himself.
func (w *worker) ownRoutines() []routine {
	own := func(key, subject, showAs string, start, last int, days ...time.Weekday) routine {
		return routine{key: key, event: Event{Subject: subject, ShowAs: showAs, Zone: w.zone, AllDay: last == 0},
			days: days, every: 1, place: w.loc, start: start, last: last, own: true}
	}
	var out []routine
	d := throw(w.seed, 'o')
	if w.lunch == plainSeries {
		out = append(out, own("lunch", "Lunch", "busy", one(&d, []int{11*60 + 30, 12 * 60, 12 * 60}), 60, office5...))
	}
	if w.home != everyday {
		out = append(out, own("home", one(&d, w.homeWords()), "workingElsewhere", 0, 0, w.home))
	}
	if w.off != everyday && d.mille(600) {
		out = append(out, own("off", pick(w.prefixes, "SLU: Ledig", "Ledig, jobbar 80 %"), "oof", 0, 0, w.off))
	}
	if d.mille(150) {
		out = append(out, own("focus", "Fokustid", "busy", 8*60, 90, one(&d, office5)))
	}
	if d.mille(80) {
		r := own("sport", "Träning", "busy", 7*60, 60, time.Tuesday, time.Thursday)
		r.event.Sensitivity = "private"
		out = append(out, r)
	}
	return out
}

func (w *worker) homeWords() []string {
	if w.prefixes {
		return []string{"HEM:", "HEM: Jobbar hemma", "hem: hemma"}
	}
	return []string{pick(w.english, "WFH", "Jobbar hemifrån"), "Hemma"}
}
