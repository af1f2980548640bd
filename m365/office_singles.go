package m365

import (
	"fmt"
	"strings"
	"time"
)

// singles are what a worker has on one day at hours of it.
func (w *worker) singles(day int, at clock) []Event {
	var out []Event
	if w.crew != nil && !weekend(day) {
		for _, team := range []int{w.team(), -1} {
			for _, a := range w.o.appointments(w.crew, team, day) {
				if e, there := w.o.event(w.crew, &a, w.me, day, at); there {
					out = append(out, e)
				}
			}
		}
	}
	if !w.works(day) {
		return append(out, w.offDuty(day, at)...)
	}
	if _, away := w.away(day); away {
		return out
	}
	return append(out, w.own(day, at)...)
}

// diary writes a worker's own appointments of a day.
type diary struct {
	*worker
	day  int
	at   clock
	luck dice
	out  []Event
}

// add writes one down; start and length are minutes.
func (d *diary) add(subject, showAs string, start, length int) *Event {
	e := Event{
		ID: fmt.Sprintf("own%d.%d", d.day, len(d.out)), Subject: subject, ShowAs: showAs, Zone: d.zone,
		Start: d.at(d.day, start, d.loc), End: d.at(d.day, start+length, d.loc),
	}
	if d.custom {
		e.Zone = customZone
	}
	d.out = append(d.out, e)
	return &d.out[len(d.out)-1]
}

// say is a subject with its prefix, where the worker writes such.
func (d *diary) say(prefix, subject string) string {
	if !d.prefixes {
		return subject
	}
	if d.luck.mille(60) { // in haste
		prefix = strings.ToLower(prefix)
	}
	return prefix + " " + subject
}

// own are the appointments nobody else is in, and invitations from outside.
func (w *worker) own(day int, at clock) []Event {
	d := &diary{worker: w, day: day, at: at, luck: throw(w.seed, 'd', uint64(day))}
	d.lunchBreak()
	d.visits()
	d.private()
	d.desk()
	d.invitations()
	d.leaving()
	return d.out
}

func (d *diary) lunchBreak() {
	start, length := one(&d.luck, []int{11*60 + 30, 12 * 60, 12 * 60, 12*60 + 15}), one(&d.luck, []int{30, 45, 60, 60})
	switch {
	case d.lunch == plainLunch && d.luck.mille(700):
		d.add("Lunch", "busy", start, length)
	case d.lunch == markedLunch && d.luck.mille(800):
		d.add(strings.TrimSpace(d.say("LUN:", one(&d.luck, []string{"", "", "Lunch", "med Kim", "sushi"}))), "busy", start, length)
	}
}

// visits are at customers', with the place.
func (d *diary) visits() {
	often := 25
	switch {
	case d.crew == nil:
	case d.o.teams[d.team()].department == "Försäljning":
		often = 280
	case d.o.teams[d.team()].department == "Verkstad & service":
		often = 350
	}
	if !d.luck.mille(often * bustle(d.day) / 1000) {
		return
	}
	e := d.add(d.say("UTE:", "Kundbesök "+one(&d.luck, customers)), one(&d.luck, []string{"oof", "oof", "busy"}),
		one(&d.luck, []int{8 * 60, 9 * 60, 10 * 60, 13 * 60}), one(&d.luck, []int{120, 150, 180, 240}))
	e.Location, e.Categories = one(&d.luck, customerPlaces), []string{"Kundbesök"}
}

// private are those that nobody else is to read.
func (d *diary) private() {
	if d.luck.mille(22) {
		e := d.add(one(&d.luck, privateWords), one(&d.luck, []string{"oof", "busy", "busy"}), 60*(8+d.luck.n(8)), one(&d.luck, []int{30, 45, 60, 90}))
		e.Sensitivity = "private"
	}
	if d.parent && d.luck.mille(120) {
		e := d.add("Hämta på förskolan", "busy", 15*60+30, 45)
		e.Sensitivity = one(&d.luck, []string{"private", "personal", "normal"})
	}
	if d.luck.mille(6) {
		d.add(one(&d.luck, confidentialWords), "busy", 60*(9+d.luck.n(7)), 60).Sensitivity = "confidential"
	}
}

// desk is what a worker keeps free, or may be called during.
func (d *diary) desk() {
	if d.luck.mille(150 * bustle(d.day) / 1000) {
		d.add(one(&d.luck, ownWords), "busy", 60*(8+d.luck.n(8)), one(&d.luck, []int{60, 60, 90, 120}))
	}
	if d.prefixes && d.luck.mille(45) {
		d.add(d.say("UPP:", one(&d.luck, busyWords)), "busy", 60*(9+d.luck.n(6)), 60)
	}
	if d.prefixes && d.luck.mille(30) {
		d.add(d.say("MOT;", "Avstämning, ring om det är bråttom"), "busy", 60*(9+d.luck.n(6)), 45)
	}
	if d.prefixes && d.luck.mille(20) {
		d.add(d.say("HEM:", "hemma på eftermiddagen"), "workingElsewhere", 13*60, 4*60)
	}
	if d.luck.mille(60) {
		d.add(one(&d.luck, holdWords), "tentative", 60*(9+d.luck.n(7)), 60)
	}
	if d.luck.mille(10) { // a reminder, without length
		d.add("Ring Skatteverket", "free", 60*(9+d.luck.n(7)), 0)
	}
	if d.luck.mille(5) { // imported by another program
		d.add("Importerad: "+one(&d.luck, customers), one(&d.luck, []string{"unknown", "outOfSpace"}), 60*(9+d.luck.n(7)), 60)
	}
}

// invitations come from people elsewhere.
func (d *diary) invitations() {
	if !d.luck.mille(80 * bustle(d.day) / 1000) {
		return
	}
	e := d.add(one(&d.luck, externalWords), "busy", 60*(9+d.luck.n(7)), one(&d.luck, []int{30, 45, 60}))
	e.Organizer, e.Attendees, e.Online = one(&d.luck, outsiders), []string{d.p.address()}, d.luck.mille(800)
	e.Response = one(&d.luck, []string{Accepted, Accepted, TentativelyAccepted, "notResponded"})
	if e.ShowAs = shownAs("busy", e.Response); d.luck.mille(60) {
		e.cancel()
	}
}

// leaving early is Friday's habit.
func (d *diary) leaving() {
	if weekday(d.day) == time.Friday && d.luck.mille(120) {
		from := one(&d.luck, []int{14 * 60, 14*60 + 30, 15 * 60, 15 * 60})
		d.add(d.say("SLU:", one(&d.luck, []string{"Slutar tidigt", "Tar helg", "Åker till stugan"})), "oof", from, 17*60-from)
	}
}

// offDuty is what stands in calendars on days off: hardly anything.
func (w *worker) offDuty(day int, at clock) []Event {
	d := &diary{worker: w, day: day, at: at, luck: throw(w.seed, 'd', uint64(day))}
	if weekend(day) && d.luck.mille(40) {
		d.add(one(&d.luck, []string{"Kalas", "Match", "Middag", "Städdag i föreningen"}), "busy", 60*(11+d.luck.n(7)), 180).Sensitivity = "private"
	}
	if weekday(day) == time.Saturday && w.crew != nil && w.o.teams[w.team()].department == "IT" && d.luck.mille(60) {
		d.add("Beredskap", "workingElsewhere", 0, 2*24*60) // through the weekend
	}
	return d.out
}

// wholeDays are a worker's absences, those the colleagues sent, and red days.
func (w *worker) wholeDays(from, to int) []Event {
	var out []Event
	for _, a := range w.absences(from, to) {
		e := w.absent(a, instantAt)
		if w.crew != nil && w.announces(a) {
			w.send(&e, w.me, a)
		}
		out = append(out, e)
	}
	if w.crew != nil {
		out = append(out, w.announced(from, to)...)
	}
	if !w.redDays {
		return out
	}
	for day := from; day <= to; day++ {
		if name := redDay(day, true); name != "" {
			out = append(out, Event{
				ID: "red" + dayName(day), Subject: name, Location: "Sverige", AllDay: true, ShowAs: "free", Zone: w.zone,
				Categories: []string{"Helgdag"}, Start: instantAt(day, 0, w.loc), End: instantAt(day+1, 0, w.loc),
			})
		}
	}
	return out
}

// absent is an absence as the worker writes it: with a prefix and left "Free",
// as Outlook has it for whole days, or as out of office.
func (w *worker) absent(a absence, at clock) Event {
	d := throw(w.seed, 'a', uint64(a.first), uint64(a.kind))
	e := Event{
		ID: fmt.Sprintf("away%d.%d", a.first, a.kind), AllDay: true, ShowAs: "oof", Zone: w.zone,
		Start: at(a.first, 0, w.loc), End: at(a.last+1, 0, w.loc),
	}
	words := map[absenceKind][2][]string{
		vacation:  {{"SEM:", "SEM: Semester", "SEM: Semester v " + fmt.Sprint(isoWeek(a.first)), "Sem: fjällen"}, {"Semester", "Semester", "Ledig"}},
		sick:      {{"SJU:", "SJU: Sjuk", "SJU: förkyld"}, {"Sjuk", "Sjukanmäld"}},
		childSick: {{"VAB:", "SJU: VAB", "SJU: vab", "VAB: Ebba"}, {"VAB", "Vab"}},
		trip:      {{"UTE: " + one(&d, fairs)}, {one(&d, fairs)}},
		parental:  {{"SEM: Föräldraledig"}, {"Föräldraledig"}},
	}[a.kind]
	e.Subject = one(&d, words[1])
	if w.english {
		e.Subject = map[absenceKind]string{vacation: "Annual leave", sick: "Sick", childSick: "Sick child", trip: "Conference", parental: "Parental leave"}[a.kind]
	}
	if w.prefixes {
		if e.Subject = one(&d, words[0]); d.mille(700) {
			e.ShowAs = "free"
		}
	}
	if a.kind == vacation && d.mille(250) {
		e.Categories = []string{"Semester"}
	}
	if a.kind == sick && d.mille(200) {
		e.Sensitivity = "private"
	}
	return e
}

// announced are the holidays of colleagues who send them to everybody as a
// meeting, which in Outlook stand as whole days in every calendar.
func (w *worker) announced(from, to int) []Event {
	var out []Event
	for i := range w.crew.people {
		c := &w.crew.people[i]
		if i == w.me || c.id == "" || !c.habits.announce {
			continue
		}
		for _, a := range c.habits.absences(from, to) {
			if !c.habits.announces(a) {
				continue
			}
			e := Event{
				ID: fmt.Sprintf("sem%d.%d", i, a.first), AllDay: true, ShowAs: "free", Zone: c.habits.zone, Organizer: c.address,
				Start: instantAt(a.first, 0, c.habits.place()), End: instantAt(a.last+1, 0, c.habits.place()), Response: "notResponded",
			}
			w.send(&e, i, a)
			if throw(w.seed, uint64(a.first))%3 == 0 {
				e.Response = Accepted
			}
			if throw(c.habits.seed, 'O')%2 == 0 { // sent as out of office, and accepted so
				e.ShowAs = shownAs("oof", e.Response)
			}
			out = append(out, e)
		}
	}
	return out
}

// announces says whether a person sends an absence to the colleagues.
func (h *habits) announces(a absence) bool {
	return h.announce && h.prefixes && a.kind == vacation && a.last > a.first
}

// send makes an absence of the i-th of the crew a meeting with all the others.
func (w *worker) send(e *Event, i int, a absence) {
	c := &w.crew.people[i]
	e.Subject, e.UID = "SEM: "+c.given, fmt.Sprintf("%ssem%s.%d", w.o.t.ID, c.id, a.first)
	for j, other := range w.crew.people {
		if j != i && other.address != "" {
			e.Attendees = append(e.Attendees, other.address)
		}
	}
}
