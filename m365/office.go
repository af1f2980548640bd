package m365

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Office fills the mailboxes of a tenant with the calendars of a Swedish
// office: stand-ups, meetings back to back and on top of each other, lunches,
// holidays written as SEM: and left "Free", children's illness, visits to
// customers, private appointments, colleagues in other zones, rooms, automatic
// replies, July. What stands on which day follows from the tenant's seed
// alone, any year; nothing of it is held in memory. What is changed is.
type Office struct {
	t     *Tenant
	seed  uint64
	lapse *timelapse // nil = days are as long as they are

	teams  []team
	teamOf []int32 // by place among the people; -1 = none
	rooms  []int32 // places
	chief  string  // address of whoever calls everybody together
}

// team are up to teamSize people of a department, the first of whom leads it.
type team struct {
	department string
	members    []int32 // places among the people
}

const (
	teamSize = 8
	crewSize = 3 // teams that work together
)

// OpenOffice lets people work in the tenant from now on.
//
// speed above 1 is for demonstrations: from now on working days follow each
// other so many times faster, without nights and weekends, in every calendar;
// whole days, too, become hours. Only the instants of the events show it:
// begin and end are what Graph says. The ordinary calendar goes on behind.
func (t *Tenant) OpenOffice(speed float64) *Office {
	o := &Office{t: t, seed: mix(t.opts.Seed + 0x0FF1CE)}
	if speed > 1 {
		o.lapse = newTimelapse(t.now(), speed)
	}
	o.enrol()
	t.Everyday(Everyday{Events: o.events, Mailbox: o.officeMailbox})
	t.office.Store(o)
	return o
}

// enrol makes teams of the people who are there. Those hired later have
// calendars of their own, and no team.
func (o *Office) enrol() {
	o.t.mu.RLock()
	defer o.t.mu.RUnlock()
	byDepartment := map[string][]int32{}
	var names []string
	o.teamOf = make([]int32, len(o.t.people.items))
	for i, r := range o.t.people.items {
		o.teamOf[i] = -1
		p := &r.value
		switch {
		case r.state != live:
		case p.Purpose == "room":
			o.rooms = append(o.rooms, int32(i))
		case p.Purpose == "user" && p.UserType == "Member" && p.AccountEnabled && p.Department != "":
			if byDepartment[p.Department] == nil {
				names = append(names, p.Department)
			}
			byDepartment[p.Department] = append(byDepartment[p.Department], int32(i))
			if o.chief == "" {
				o.chief = p.address()
			}
		}
	}
	for len(names) > 0 { // round the departments, so that those who work together are of several
		names = slices.DeleteFunc(names, func(name string) bool {
			waiting := byDepartment[name]
			n := min(teamSize, len(waiting))
			for _, place := range waiting[:n] {
				o.teamOf[place] = int32(len(o.teams))
			}
			o.teams = append(o.teams, team{name, waiting[:n:n]})
			byDepartment[name] = waiting[n:]
			return n == len(waiting)
		})
	}
}

// colleague is a member of a crew.
type colleague struct {
	id, address, name, given string
	habits                   habits
	team                     int // among the office's
}

// crew are the teams that work together.
type crew struct {
	number int // among the office's crews
	people []colleague
}

// crewOf is a crew as the days from … to find it. Who is gone has no id there.
func (o *Office) crewOf(number, from, to int) *crew {
	c := &crew{number: number, people: make([]colleague, 0, crewSize*teamSize)}
	o.t.mu.RLock()
	defer o.t.mu.RUnlock()
	for i := number * crewSize; i < min((number+1)*crewSize, len(o.teams)); i++ {
		for _, place := range o.teams[i].members {
			r := o.t.people.items[place]
			if r.state != live {
				c.people = append(c.people, colleague{team: i})
				continue
			}
			p := &r.value
			h := habitsOf(o.seed, p.ID, p.Country)
			h.learn(from, to)
			c.people = append(c.people, colleague{p.ID, p.address(), p.DisplayName, firstName(p), h, i})
		}
	}
	return c
}

// firstName is what others call p; not everybody's account has it.
func firstName(p *Person) string {
	if p.GivenName != "" {
		return p.GivenName
	}
	if _, given, swapped := strings.Cut(p.DisplayName, ", "); swapped {
		return given
	}
	name, _, _ := strings.Cut(p.DisplayName, " ")
	return name
}

// team are the indexes of a team in the crew.
func (c *crew) team(number int) (first, end int) {
	first = slices.IndexFunc(c.people, func(p colleague) bool { return p.team == number })
	if first < 0 {
		return 0, 0
	}
	for end = first; end < len(c.people) && c.people[end].team == number; end++ {
	}
	return first, end
}

// worker is a person while his calendar is written.
type worker struct {
	o *Office
	p *Person
	habits
	loc  *time.Location
	crew *crew // nil = he has no team
	me   int   // in the crew
}

// workerOf is a person on the days that touch from … to.
func (o *Office) workerOf(p *Person, from, to time.Time) *worker {
	w := &worker{o: o, p: p, habits: habitsOf(o.seed, p.ID, p.Country), me: -1}
	w.loc = w.place()
	o.t.mu.RLock()
	place, known := o.t.people.byID[p.ID]
	o.t.mu.RUnlock()
	if !known || place >= len(o.teamOf) || o.teamOf[place] < 0 {
		return w
	}
	c := o.crewOf(int(o.teamOf[place])/crewSize, dayOf(from, w.loc)-1, dayOf(to, w.loc)+1)
	if w.me = slices.IndexFunc(c.people, func(m colleague) bool { return m.id == p.ID }); w.me >= 0 {
		w.crew, w.habits = c, c.people[w.me].habits
	}
	return w
}

func (w *worker) team() int { return w.crew.people[w.me].team }

// events are what Everyday asks for.
func (o *Office) events(p Person, from, to time.Time) []Event {
	var out []Event
	switch {
	case p.Purpose == "room":
		out = o.bookings(&p, from, to)
	case p.Purpose == "shared":
		out = o.rota(&p, from, to)
	case p.Purpose == "user" && p.AccountEnabled:
		out = o.calendar(o.workerOf(&p, from, to), from, to)
	}
	return slices.DeleteFunc(out, func(e Event) bool { return e.Recurrence == nil && !e.overlaps(from, to) })
}

// calendar is what stands in a worker's calendar.
func (o *Office) calendar(w *worker, from, to time.Time) []Event {
	out := o.real(w, from, to)
	if o.lapse == nil {
		return out
	}
	out = o.lapse.clear(out, w)
	for _, k := range o.lapse.within(o.t.now(), from, to) {
		out = append(out, o.lapse.day(w, k)...)
	}
	return out
}

// real is the calendar in days as long as they are.
func (o *Office) real(w *worker, from, to time.Time) []Event {
	first, last := dayOf(from, w.loc)-1, dayOf(to, w.loc)+1
	out := w.series(first, last)
	for day := first; day <= last; day++ {
		out = append(out, w.singles(day, instantAt)...)
	}
	return append(out, w.wholeDays(first, last)...)
}

// clock says when a minute of a day is at some place.
type clock func(day, minute int, loc *time.Location) time.Time

// rota is what a shared mailbox has: who looks after it, a week at a time.
func (o *Office) rota(p *Person, from, to time.Time) []Event {
	if len(o.teams) == 0 {
		return nil
	}
	loc, _ := zone(defaultZone)
	var out []Event
	for week := weekOf(dayOf(from, loc)) - 1; week <= weekOf(dayOf(to, loc)); week++ {
		d := throw(o.seed, fingerprint(p.ID), uint64(week))
		c := o.crewOf(d.n(len(o.teams))/crewSize, 0, 0)
		who := one(&d, c.people)
		first := week*7 - 3
		out = append(out, Event{
			ID: fmt.Sprintf("rota-%d", week), Subject: "Jour: " + who.given, AllDay: true, ShowAs: "free", Zone: defaultZone,
			Start: instantAt(first, 0, loc), End: instantAt(first+5, 0, loc),
		})
	}
	return out
}
