package m365

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"
	"time"
)

// appointment is a meeting of some of a crew on one day.
type appointment struct {
	key           string
	luck          dice // for everything that is not settled yet
	start, length int  // minutes of the day at the organizer's place
	by            int  // organizer, in the crew
	who           uint32
	subject       string
	confidential  bool
	online        bool
	room          bool // the team's room is asked for
	off           bool // called off: it still stands with those invited
}

// starts are when meetings begin, in minutes of the hour.
var starts = []weight{{60, 0}, {24, 30}, {6, 15}, {5, 45}, {3, 5}, {2, 10}}

// lengths are how long they last: many end early so that one can walk.
var lengths = []weight{{34, 30}, {28, 60}, {10, 45}, {8, 25}, {7, 50}, {6, 90}, {4, 15}, {3, 120}}

// lively is how many meetings a department has, of a hundred.
func lively(department string) int {
	switch department {
	case "Lager", "Produktion", "Verkstad & service":
		return 40
	case "Kundtjänst", "Växel & reception":
		return 60
	case "Ledning", "IT", "Marknad":
		return 130
	}
	return 100
}

// appointments are the meetings of a team on a day, or with team -1 those of
// the crew across its teams.
func (o *Office) appointments(c *crew, team, day int) []appointment {
	first, end, usual := 0, len(c.people), 2
	if team >= 0 {
		first, end = c.team(team)
		usual = 5 * lively(o.teams[team].department) / 100
	}
	size := end - first
	if size < 2 {
		return nil
	}
	d := throw(o.seed, 'm', uint64(c.number), uint64(team+1), uint64(day))
	n := (usual*size/teamSize + d.n(3)) * bustle(day) / 1000
	if team < 0 {
		n = d.n(usual+2) * bustle(day) / 1000
	}
	var out []appointment
	for i := range n {
		a := appointment{key: fmt.Sprintf("m%d.%d.%d.%d", c.number, team+1, day, i), luck: throw(uint64(d), uint64(i))}
		a.settle(c, first, size)
		if i > 0 && a.luck.mille(300) { // straight on, with the same people
			before := &out[i-1]
			a.start, a.by, a.who = before.start+before.length, before.by, before.who
		}
		if limit := closing(day); a.start+a.length > limit {
			a.start = 8*60 + a.start%(limit-10*60)
		}
		a.word(c)
		out = append(out, a)
	}
	return out
}

// closing is the minute at which a day is over.
func closing(day int) int {
	switch {
	case halfDay(day):
		return 13 * 60
	case weekday(day) == time.Friday:
		return 16 * 60
	}
	return 17*60 + 30
}

// settle decides when a meeting is and who of the people first, first+1, …
// takes part.
func (a *appointment) settle(c *crew, first, size int) {
	d := &a.luck
	a.start = 60*d.weighted([]weight{{8, 8}, {18, 9}, {20, 10}, {14, 11}, {3, 12}, {18, 13}, {16, 14}, {12, 15}, {4, 16}}) + d.weighted(starts)
	a.length = d.weighted(lengths)
	if lunch := a.start + a.length; lunch > 12*60 && a.start < 12*60+45 && d.mille(700) {
		a.start = 13 * 60
	}
	a.by = first + d.n(size)
	if d.mille(300) {
		a.by = first // the lead
	}
	wanted := d.weighted([]weight{{35, 1}, {25, 2}, {15, 3}, {15, 5}, {10, 7}})
	if size > teamSize {
		wanted = 3 + d.n(9)
	}
	for range 3 * wanted {
		if bits.OnesCount32(a.who) == min(wanted, size-1) {
			break
		}
		if i := first + d.n(size); i != a.by {
			a.who |= 1 << i
		}
	}
}

// word gives a meeting its subject.
func (a *appointment) word(c *crew) {
	d := &a.luck
	organizer := &c.people[a.by].habits
	theme := one(d, themes)
	switch k := d.n(100); {
	case organizer.english:
		a.subject = one(d, englishWords)
	case k < 15:
		a.subject = "Kundmöte " + one(d, customers)
	case k < 55:
		a.subject = one(d, meetingWords) + " " + theme
	case k < 60:
		a.subject = "SV: " + one(d, meetingWords)
	case k < 63:
		a.subject = "VB: " + one(d, meetingWords) + " " + theme
	default:
		a.subject = one(d, meetingWords)
	}
	if bits.OnesCount32(a.who) == 1 && d.mille(120) {
		a.subject, a.confidential = one(d, confidentialWords), true
	}
	if organizer.prefixes && d.mille(80) {
		a.subject = "MOT: " + a.subject
	}
	a.online, a.room, a.off = d.mille(450), d.mille(350), d.mille(35)
}

// response is what somebody invited has answered.
func (a *appointment) response(h *habits, i, day int) string {
	d := throw(uint64(a.luck), 'a', uint64(i))
	_, away := h.away(day)
	away = away || !h.works(day)
	switch k := d.n(100); {
	case away && k < 60:
		return "notResponded"
	case away && k < 85, k < 3:
		return Declined
	case k < 12:
		return "notResponded"
	case k < 20:
		return TentativelyAccepted
	}
	return Accepted
}

// event is a meeting as it stands in the calendar of one of the crew; false
// where it does not.
func (o *Office) event(c *crew, a *appointment, me, day int, at clock) (Event, bool) {
	organizer := &c.people[a.by]
	if me != a.by && a.who&(1<<me) == 0 || organizer.id == "" || !organizer.habits.works(day) {
		return Event{}, false
	}
	if _, away := organizer.habits.away(day); away {
		return Event{}, false
	}
	e := Event{
		ID: a.key, UID: o.t.ID + a.key, Subject: a.subject, Zone: organizer.habits.zone, ShowAs: "busy", Online: a.online,
		Start: at(day, a.start, organizer.habits.place()), End: at(day, a.start+a.length, organizer.habits.place()),
	}
	if a.confidential {
		e.Sensitivity = "confidential"
	}
	o.address(&e, c, a)
	if me == a.by {
		o.answers(&e, c, a, day)
		return e, !a.off
	}
	mine := &c.people[me].habits
	e.Organizer, e.Response = organizer.address, a.response(mine, me, day)
	if a.off {
		e.cancel()
		return e, throw(uint64(a.luck), 'o', uint64(me))%3 != 0 // some have taken it out
	}
	e.ShowAs = shownAs(e.ShowAs, e.Response)
	return e, e.Response != Declined || mine.declined
}

// address says who is invited to a meeting and where it is.
func (o *Office) address(e *Event, c *crew, a *appointment) {
	for who := a.who; who != 0; who &= who - 1 {
		if to := c.people[bits.TrailingZeros32(who)].address; to != "" {
			e.Attendees = append(e.Attendees, to)
		}
	}
	if room := o.roomOf(c.people[a.by].team); a.room && room != nil {
		e.Location = room.name
		e.Attendees = append(e.Attendees, room.address)
	} else if a.online {
		e.Location = "Microsoft Teams-möte"
	}
}

// answers are those the organizer has.
func (o *Office) answers(e *Event, c *crew, a *appointment, day int) {
	e.Responses = map[string]string{}
	for who := a.who; who != 0; who &= who - 1 {
		i := bits.TrailingZeros32(who)
		if to := &c.people[i]; to.address != "" {
			e.Responses[to.address] = a.response(&to.habits, i, day)
		}
	}
	if room := o.roomOf(c.people[a.by].team); a.room && room != nil {
		e.Responses[room.address] = Accepted
	}
}

// room is the meeting room of a team.
type room struct{ name, address string }

// roomOf is a team's room; nil where there is none.
func (o *Office) roomOf(team int) *room {
	if len(o.rooms) == 0 {
		return nil
	}
	o.t.mu.RLock()
	defer o.t.mu.RUnlock()
	r := o.t.people.items[o.rooms[team%len(o.rooms)]]
	if r.state != live {
		return nil
	}
	return &room{r.value.DisplayName, r.value.address()}
}

// bookings are what stands in a room's calendar. As Exchange has it, a room
// shows who booked it in place of the subject, and takes the first who asks.
func (o *Office) bookings(p *Person, from, to time.Time) []Event {
	o.t.mu.RLock()
	place, known := o.t.people.byID[p.ID]
	o.t.mu.RUnlock()
	at := slices.Index(o.rooms, int32(place))
	if !known || at < 0 {
		return nil
	}
	loc, _ := zone(defaultZone)
	var out []Event
	for day := dayOf(from, loc) - 1; day <= dayOf(to, loc)+1; day++ {
		if o.lapse == nil && workday(day, true) {
			out = append(out, o.booked(at, day, func(int) clock { return instantAt })...)
		}
	}
	if o.lapse != nil {
		for _, k := range o.lapse.within(o.t.now(), from, to) {
			more := o.booked(at, o.lapse.date(k), func(crew int) clock { return o.lapse.clock(k, crew) })
			for i := range more {
				o.lapse.stamp(&more[i], k)
			}
			out = append(out, more...)
		}
	}
	return out
}

// booked are the bookings of a day of the room at a place among the rooms.
func (o *Office) booked(at, day int, clocks func(crew int) clock) []Event {
	var asked []Event
	for team := at; team < len(o.teams); team += len(o.rooms) {
		c := o.crewOf(team/crewSize, day, day)
		all := append(o.appointments(c, team, day), o.appointments(c, -1, day)...)
		for i := range all {
			a := &all[i]
			if !a.room || a.off || c.people[a.by].team != team {
				continue
			}
			e, there := o.event(c, a, a.by, day, clocks(c.number))
			if !there {
				continue
			}
			e.Subject, e.Responses, e.Response, e.Organizer = c.people[a.by].name, nil, Accepted, c.people[a.by].address
			asked = append(asked, e)
		}
	}
	slices.SortStableFunc(asked, func(a, b Event) int { return strings.Compare(a.ID, b.ID) })
	var out []Event
	for _, e := range asked {
		taken := slices.ContainsFunc(out, func(other Event) bool { return other.overlaps(e.Start, e.End) })
		if !taken {
			out = append(out, e)
		}
	}
	return out
}
