package m365

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Drift makes n small changes in calendars such as an office makes all day:
// meetings are called, moved, drawn out and called off, invitations answered,
// somebody goes home ill. Subscriptions are told. It returns a sentence for
// each, in Swedish, without subjects.
func (o *Office) Drift(n int) []string {
	var done []string
	for tries := 0; len(done) < n && tries < 50*n; tries++ {
		if text := o.drift(); text != "" {
			done = append(done, text)
		}
	}
	return done
}

// Live lets the office drift, one change every so often, until ctx ends; say is
// told of each. Where days are lived faster it also tells subscriptions of days
// that are new in the calendars.
func (o *Office) Live(ctx context.Context, every time.Duration, say func(string)) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for told := 0; ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for _, what := range o.Drift(1) {
			say(what)
		}
		if o.lapse != nil {
			told = o.turn(told)
		}
	}
}

// turn tells subscriptions of the page of days that came into the calendars,
// a share of the people at a time through the first half of the page that is
// lived. It takes and returns how many were told since the beginning.
func (o *Office) turn(told int) int {
	now := o.t.now()
	page := o.lapse.pageAt(now)
	if page == 0 {
		return told // the first two stood there from the start
	}
	people, size := o.t.People(), o.lapse.page()
	half := float64(size) * o.lapse.length().Seconds() / 2
	share := min(1, now.Sub(o.lapse.start(page*size)).Seconds()/half)
	told = max(told, (page-1)*len(people)) // of a page that was slept through sweeps tell
	for due := (page-1)*len(people) + int(share*float64(len(people))); told < due; told++ {
		o.tellOf(&people[told%len(people)], (page+1)*size)
	}
	return told
}

// tellOf tells subscriptions of a person's first event from day k on.
func (o *Office) tellOf(p *Person, k int) {
	events, err := o.t.Events(p.ID, o.lapse.start(k), o.lapse.start(k+o.lapse.page()))
	if err == nil && len(events) > 0 {
		o.t.tellEvent(p, &events[0], "created")
	}
}

// minutes of the office's time.
func (o *Office) minutes(n int) time.Duration {
	d := time.Duration(n) * time.Minute
	if o.lapse != nil {
		d = time.Duration(float64(d) / o.lapse.speed)
	}
	return max(d, time.Second)
}

// soon is an instant so many minutes from now, at a quarter of the hour where
// days are as long as they are.
func (o *Office) soon(minutes int) time.Time {
	at := o.t.now().Add(o.minutes(minutes))
	if o.lapse != nil {
		return at.Truncate(time.Second)
	}
	return at.Truncate(15 * time.Minute).Add(15 * time.Minute)
}

func (o *Office) drift() string {
	id, p := o.t.somebody()
	if id == "" || p.Purpose != "user" {
		return ""
	}
	m, err := o.t.Mailbox(id)
	if err != nil || !o.t.inUse(&m) {
		return ""
	}
	loc, _ := m.place(m.Zone)
	at := func(t time.Time) string {
		if o.lapse != nil {
			return t.In(loc).Format(time.TimeOnly)
		}
		return t.In(loc).Format("15:04")
	}
	switch k := o.t.draw(100); {
	case k < 38:
		return o.call(&p, at)
	case k < 60:
		return o.move(&p, at)
	case k < 70:
		return o.drawOut(&p, at)
	case k < 78:
		return o.cancel(&p, at)
	case k < 88:
		return o.respond(&p)
	case k < 93:
		return o.justNow(&p)
	case k < 96:
		return o.goHome(&p, &m, loc)
	}
	return o.reply(&p, &m)
}

// call calls a meeting with some of the crew, or makes an appointment.
func (o *Office) call(p *Person, at func(time.Time) string) string {
	start := o.soon(5 + 15*o.t.draw(8))
	e := Event{Subject: pickDrawn(o.t, meetingWords), Start: start, End: start.Add(o.minutes(pickDrawn(o.t, []int{15, 30, 30, 45, 60}))), Online: o.t.draw(2) == 0}
	w := o.workerOf(p, start, start)
	if w.crew != nil {
		for range 1 + o.t.draw(4) {
			to := pickDrawn(o.t, w.crew.people).address
			if to != "" && to != p.address() && !slices.Contains(e.Attendees, to) {
				e.Attendees = append(e.Attendees, to)
			}
		}
	}
	if w.prefixes && o.t.draw(5) == 0 {
		e.Subject, e.Attendees = pickDrawn(o.t, []string{"UPP:", "LUN:", "MOT:", "UTE: kund", "UPP; ring gärna"}), nil
	}
	if _, err := o.t.AddEvent(p.ID, e); err != nil {
		return ""
	}
	if len(e.Attendees) == 0 {
		return fmt.Sprintf("%s skriver in något klockan %s", p.DisplayName, at(start))
	}
	return fmt.Sprintf("%s bjuder in %d till ett möte klockan %s", p.DisplayName, len(e.Attendees), at(start))
}

// coming is one of the person's own events that begin or end in some hours from
// now; nil where there is none.
func (o *Office) coming(p *Person, fits func(e *Event, now time.Time) bool) *Event {
	now := o.t.now()
	events, err := o.t.Events(p.ID, now, now.Add(o.minutes(6*60)))
	if err != nil {
		return nil
	}
	events = slices.DeleteFunc(events, func(e Event) bool { return e.AllDay || e.Cancelled || !fits(&e, now) })
	if len(events) == 0 {
		return nil
	}
	e := pickDrawn(o.t, events)
	return &e
}

func (o *Office) move(p *Person, at func(time.Time) string) string {
	e := o.coming(p, func(e *Event, now time.Time) bool { return !e.invited() && e.Start.After(now) })
	if e == nil {
		return ""
	}
	by := o.minutes(pickDrawn(o.t, []int{15, 15, 30, 60}))
	if e.Start.Add(-2*by).After(o.t.now()) && o.t.draw(3) == 0 {
		by = -by
	}
	if o.t.ChangeEvent(p.ID, e.ID, func(e *Event) { e.Start, e.End = e.Start.Add(by), e.End.Add(by) }) != nil {
		return ""
	}
	return fmt.Sprintf("%s flyttar ett möte från %s till %s", p.DisplayName, at(e.Start), at(e.Start.Add(by)))
}

func (o *Office) drawOut(p *Person, at func(time.Time) string) string {
	e := o.coming(p, func(e *Event, now time.Time) bool { return !e.invited() && e.Start.Before(now) && e.End.After(now) })
	if e == nil {
		return ""
	}
	end := e.End.Add(o.minutes(15))
	if o.t.ChangeEvent(p.ID, e.ID, func(e *Event) { e.End = end }) != nil {
		return ""
	}
	return fmt.Sprintf("%s drar ut på ett möte till %s", p.DisplayName, at(end))
}

func (o *Office) cancel(p *Person, at func(time.Time) string) string {
	e := o.coming(p, func(e *Event, now time.Time) bool { return !e.invited() && e.Start.After(now) })
	if e == nil || o.t.DeleteEvent(p.ID, e.ID) != nil {
		return ""
	}
	return fmt.Sprintf("%s ställer in ett möte klockan %s", p.DisplayName, at(e.Start))
}

func (o *Office) respond(p *Person) string {
	e := o.coming(p, func(e *Event, _ time.Time) bool { return e.invited() && e.Response == "notResponded" })
	if e == nil {
		return ""
	}
	answer := pickDrawn(o.t, []string{Accepted, Accepted, TentativelyAccepted, Declined})
	if o.t.Respond(p.ID, e.ID, answer) != nil {
		return ""
	}
	says := map[string]string{Accepted: "ja", TentativelyAccepted: "kanske", Declined: "nej"}[answer]
	return fmt.Sprintf("%s svarar %s på en inbjudan", p.DisplayName, says)
}

func (o *Office) justNow(p *Person) string {
	now := o.t.now().Truncate(time.Second)
	if _, err := o.t.AddEvent(p.ID, Event{Subject: "Telefonmöte", Start: now, End: now.Add(o.minutes(20))}); err != nil {
		return ""
	}
	return p.DisplayName + " är i möte från och med nu"
}

// goHome is ill for the rest of the day, or of a faster one.
func (o *Office) goHome(p *Person, m *Mailbox, loc *time.Location) string {
	now := o.t.now()
	day := dayOf(now, loc)
	e := Event{Subject: "SJU:", Start: instantAt(day, 0, loc), End: instantAt(day+1, 0, loc), AllDay: true, Zone: m.Zone}
	if o.lapse != nil {
		e = Event{Subject: "SJU:", Start: now.Truncate(time.Second), End: now.Add(o.minutes(5 * 60)), ShowAs: "oof"}
	}
	if _, err := o.t.AddEvent(p.ID, e); err != nil {
		return ""
	}
	return p.DisplayName + " har blivit sjuk"
}

func (o *Office) reply(p *Person, m *Mailbox) string {
	status := "alwaysEnabled"
	if m.Replies.Status != "disabled" {
		status = "disabled"
	}
	err := o.t.ChangeMailbox(p.ID, func(m *Mailbox) {
		m.Replies = Replies{Status: status, Internal: "Tillbaka snart.", External: "Tillbaka snart."}
	})
	if err != nil {
		return ""
	}
	if status == "disabled" {
		return p.DisplayName + " stänger av sina automatiska svar"
	}
	return p.DisplayName + " slår på automatiska svar"
}
