package console

import (
	"strconv"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/desk"
)

// picture is a day drawn: lanes below each other over the same hours. Lengths are
// in the units of its viewBox, as wide as the screen it is meant for.
type picture struct {
	ID            string
	Width, Height int
	Ticks         []hourMark
	Lanes         []lane
	Now, At       int // where a line stands, 0 for none
	From, To      int // minutes after midnight, for what a click means
}

// hourMark is a full hour.
type hourMark struct {
	X    int
	Text string // "" for one too close to its neighbours
}

// lane is one of the things that a day follows from, or what came out.
type lane struct {
	Label string
	Y     int // of its label's base line
	Top   int // of its bars
	Bars  []bar
	High  int
}

// bar is a time in a lane.
type bar struct {
	X, Y, Width, Height int
	Class, Text, Title  string
}

// How a picture is laid out.
const (
	laneLabel = 20
	barHigh   = 26
	barStep   = 28
	laneGap   = 10
	axisHigh  = 22
	mostRows  = 4  // of events at the same time
	letter    = 8  // how wide one is, for what fits in a bar
	narrowest = 44 // between two hours that are both named
)

// picture draws a day into a width.
func (p *page) picture(id string, v dayView, width int) picture {
	from, to := p.hoursShown(v)
	d := picture{ID: id, Width: width, From: from, To: to}
	x := func(t time.Time) int {
		at := t.In(p.zone)
		m := at.Hour()*60 + at.Minute()
		if at.Before(v.Day) {
			m = from
		} else if !at.Before(v.Day.AddDate(0, 0, 1)) {
			m = to
		}
		return (min(max(m, from), to) - from) * width / (to - from)
	}
	every := 1
	for ; every*60*width/(to-from) < narrowest; every++ {
	}
	for h := from / 60; h <= to/60; h++ {
		t := hourMark{X: (h*60 - from) * width / (to - from)}
		if (h-from/60)%every == 0 && h < to/60 {
			t.Text = strconv.Itoa(h)
		}
		d.Ticks = append(d.Ticks, t)
	}
	y := axisHigh
	for _, l := range p.lanes(v, x) {
		l.Y, l.Top = y+laneLabel-5, y+laneLabel
		for i := range l.Bars {
			l.Bars[i].Y += l.Top
			l.High = max(l.High, l.Bars[i].Y+l.Bars[i].Height-l.Top)
		}
		l.High = max(l.High, barHigh)
		y = l.Top + l.High + laneGap
		d.Lanes = append(d.Lanes, l)
	}
	d.Height = y
	if now := p.now(); !now.Before(v.Day) && now.Before(v.Day.AddDate(0, 0, 1)) {
		d.Now = x(now)
	}
	if v.Why != nil {
		d.At = x(v.Why.At)
	}
	return d
}

// hoursShown is the part of the day in which something goes on: six to eight in
// the evening, and more where an event begins before or ends after.
func (p *page) hoursShown(v dayView) (from, to int) {
	from, to = 6*60, 20*60
	next := v.Day.AddDate(0, 0, 1)
	widen := func(t time.Time) {
		if t.Before(v.Day) || t.After(next) {
			return
		}
		m := t.In(p.zone).Hour()*60 + t.In(p.zone).Minute()
		if t.Equal(next) {
			m = 24 * 60
		}
		from, to = min(from, m/60*60), max(to, (m+59)/60*60)
	}
	for _, e := range v.D.Events {
		if !e.AllDay {
			widen(e.From)
			widen(e.To)
		}
	}
	if v.Why != nil {
		widen(v.Why.At)
	}
	return from, to
}

func (p *page) lanes(v dayView, x func(time.Time) int) []lane {
	span := func(from, to time.Time, class, text string) bar {
		b := bar{X: x(from), Height: barHigh, Class: class, Title: text + " " + p.fromTo(from, to, v.Day)}
		b.Width = max(2, x(to)-b.X)
		b.Text = fitting(text, b.Width)
		return b
	}
	all := []lane{{Label: p.T("lane.calendar"), Bars: stacked(v.D.Events, func(e desk.DayEvent) bar {
		class := "event"
		if e.Silenced {
			class = "event-silenced"
		}
		return span(e.From, e.To, class, p.eventName(e))
	})}}
	if len(v.D.Hours) > 0 {
		l := lane{Label: p.T("lane.hours")}
		for _, h := range v.D.Hours {
			l.Bars = append(l.Bars, span(h.From, h.To, "hours", p.T("lane.working")))
		}
		all = append(all, l)
	}
	next := v.Day.AddDate(0, 0, 1)
	if r := v.D.Replies; r != nil {
		end := r.To
		if end.IsZero() {
			end = next
		}
		if r.From.Before(next) && end.After(v.Day) {
			all = append(all, lane{Label: p.T("lane.replies"), Bars: []bar{span(r.From, end, "replies", p.T("lane.repliesOn"))}})
		}
	}
	if c := v.D.Choice; c != nil && c.Activity != "" {
		end := c.Until
		if end.IsZero() {
			end = next
		}
		if c.From.Before(next) && end.After(v.Day) {
			all = append(all, lane{Label: p.T("lane.manual"), Bars: []bar{span(c.From, end, "act-"+activityTone(c.Activity), p.activityCalled(v.Names, c.Activity))}})
		}
	}
	out := lane{Label: p.T("lane.out")}
	for _, s := range v.D.Spans {
		out.Bars = append(out.Bars, span(s.From, s.To, "act-"+activityTone(s.Seen.Key), p.activityName(s.Seen)))
	}
	return append(all, out)
}

// stacked puts events that cover the same time below each other; what does not
// fit any more lies over the last.
func stacked(events []desk.DayEvent, draw func(desk.DayEvent) bar) []bar {
	var all []bar
	var ends []time.Time // of each row
	for _, e := range events {
		row := 0
		for row < len(ends) && row < mostRows-1 && e.From.Before(ends[row]) {
			row++
		}
		if row == len(ends) {
			ends = append(ends, e.To)
		}
		if e.To.After(ends[row]) {
			ends[row] = e.To
		}
		b := draw(e)
		b.Y = row * barStep
		all = append(all, b)
	}
	return all
}

// fitting is as much of a text as there is room for: a bar is not told by its
// colour alone as long as a letter fits in it.
func fitting(text string, width int) string {
	letters := []rune(text)
	room := (width - 6) / letter
	switch {
	case len(letters) <= room:
		return text
	case room < 1:
		return ""
	case room < 4:
		return string(letters[:min(room, len(letters))])
	}
	return string(letters[:room-1]) + "…"
}

// described says in words what a picture shows, for those who don't see it.
func (p *page) described(v dayView) string {
	var parts []string
	for _, s := range v.D.Spans {
		if s.Seen.Key != activity.Available {
			parts = append(parts, p.fromTo(s.From, s.To, v.Day)+" "+p.activityName(s.Seen))
		}
	}
	if len(parts) == 0 {
		return p.T("board.nothing")
	}
	return p.lang.List(parts)
}
