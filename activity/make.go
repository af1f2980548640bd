package activity

import (
	"cmp"
	"slices"
	"time"

	"github.com/telefonist/telefonist/calendar"
)

// furthest is how far beyond a window an end or a return is looked for.
const furthest = daysAhead * 24 * time.Hour

// Make computes a day. At each instant a choice wins; else the claim of highest
// rank among those of the events that cover it, the automatic replies and the
// hours; then the one that began later, then the shorter.
func Make(in Input) Day {
	in.settle()
	if !in.From.Before(in.To) {
		return Day{From: in.From, To: in.To}
	}
	l := in.line()
	l.times()
	l.returns(&in)
	return Day{From: in.From, To: in.To, Spans: l.within(in.To)}
}

// settle fills in what must be there, and takes what clocks said between two
// milliseconds for the first of them, as times are kept.
func (in *Input) settle() {
	if in.Zone == nil {
		in.Zone = time.UTC
	}
	c, r := &in.Choice, &in.Replies
	for _, t := range []*time.Time{&c.From, &c.Until, &c.At, &r.From, &r.To} {
		*t = t.Truncate(time.Millisecond)
	}
	in.Silences = slices.Clone(in.Silences)
	for i := range in.Silences {
		s := &in.Silences[i]
		s.From, s.Until = s.From.Truncate(time.Millisecond), s.Until.Truncate(time.Millisecond)
	}
}

// line is a person's time from a window's beginning on, as far as it must be
// known to say of everything in the window when it ends and when she is back.
type line struct {
	spans  []Span
	public []Key // of each span, as what it is known outside
}

func (in *Input) line() line {
	l := line{spans: make([]Span, 0, 32), public: make([]Key, 0, 32)} // some two days
	end := later(in.To, in.Known).Add(furthest)
	away := false    // somebody in the window is not back yet
	settled := false // what stands at the window's end has ended
	work := in.Worktime()
	for x := range in.stretches(in.From) {
		l.add(in, x)
		last := len(l.spans) - 1
		if open := l.spans[last].State.Open; !open && x.from.Before(in.To) {
			away = true
		} else if open && away {
			_, _, back := work.first(Interval{x.from, x.to}, shortest)
			away = !back
		}
		if last > 0 && !l.same(last-1, last) && !l.spans[last].From.Before(in.To) {
			settled = true
		}
		if !x.from.Before(in.To) && settled && !away || x.to.After(end) {
			break
		}
	}
	if last := &l.spans[len(l.spans)-1]; last.To.After(end) {
		last.To = never
	}
	return l
}

// add puts a stretch at the end, as part of the last span where nothing changes.
func (l *line) add(in *Input, x stretch) {
	s := Span{From: x.from.UTC(), To: x.to, State: in.state(x)}
	if n := len(l.spans); n > 0 && l.spans[n-1].State.Same(s.State) {
		l.spans[n-1].To = s.To
		return
	}
	s.Why = why(x)
	l.spans = append(l.spans, s)
	l.public = append(l.public, cmp.Or(s.State.Outer, in.Set.Public(s.State.Key).Key))
}

// state is what a stretch amounts to, but for its times.
func (in *Input) state(x stretch) State {
	if len(x.claims) == 0 {
		return State{Key: Available, Open: in.opens(Available, AsActivity)}
	}
	won, outside := &x.claims[0], &x.claims[x.outer]
	s := State{Key: won.Activity, Open: outside.open && !x.shut}
	if x.outer > 0 {
		s.Outer = in.Set.Public(outside.Activity).Key
		if a, _ := in.Set.Find(outside.Activity); outside.Layer == ByCalendar && !a.Sensitive && !outside.event.Private() {
			s.OuterNote = outside.event.Note
		}
	}
	switch won.Layer {
	case ByChoice:
		c := in.Choice
		s.Note, s.Forward, s.Manual, s.By, s.At = c.Note, c.Forward, true, c.By, c.At
	case ByCalendar:
		if a, _ := in.Set.Find(s.Key); !a.Sensitive {
			s.share(won.event, won.text)
		}
	}
	return s
}

// share takes over what an event shares; of a private one never a note.
func (s *State) share(e *calendar.Event, text bool) {
	if text {
		s.Subject, s.Place = e.Subject, e.Place
	}
	if !e.Private() {
		s.Note = e.Note
	}
}

func why(x stretch) Why {
	if len(x.claims) == 0 {
		return Why{}
	}
	won := x.claims[0].Claim
	w := Why{Layer: won.Layer, Event: won.Event, From: won.From, To: won.To, Rule: won.Rule}
	for _, c := range x.claims[1:] {
		w.Beaten = append(w.Beaten, c.Claim)
	}
	return w
}

// same is true for neighbours that are one: what stands is the same outside, or
// their border would tell them apart, and so is whether the telephone is open.
func (l *line) same(i, j int) bool {
	return l.public[i] == l.public[j] && l.spans[i].State.Open == l.spans[j].State.Open
}

// times fills in since when and until when each activity stands.
func (l *line) times() {
	last := len(l.spans) - 1
	for i := 1; i <= last; i++ {
		l.spans[i].State.Since = l.spans[i].From
		if l.same(i-1, i) {
			l.spans[i].State.Since = l.spans[i-1].State.Since
		}
	}
	for i := last; i >= 0; i-- {
		l.spans[i].State.Until = orZero(l.spans[i].To)
		if i < last && l.same(i, i+1) {
			l.spans[i].State.Until = l.spans[i+1].State.Until
		}
	}
}

// returns fills in when the person is back: after each time the telephone is
// closed, the first working time that is worth waiting for during which it is open.
func (l *line) returns(in *Input) {
	work := in.Worktime()
	back := Back{Kind: BackUnknown}
	var open Interval // the time after the span looked at
	for i := len(l.spans) - 1; i >= 0; i-- {
		s := &l.spans[i]
		if s.State.Open {
			if open.To.IsZero() {
				open.To = s.To
			}
			open.From = s.From
			continue
		}
		if !open.To.IsZero() {
			if at, day, ok := work.first(open, shortest); ok {
				back = in.back(at.From, day)
			}
			open = Interval{}
		}
		s.State.Back = back
	}
}

// back is a return at a time, or no earlier than that where the events are not
// known so far.
func (in *Input) back(at time.Time, day bool) Back {
	b := Back{Kind: BackTime, At: at.UTC()}
	switch {
	case in.Calendar && !in.Known.IsZero() && !at.Before(in.Known):
		b.Kind = BackEarliest
	case day:
		b.Kind = BackDay
	}
	return b
}

// within cuts the line off at the window's end.
func (l *line) within(end time.Time) []Span {
	for i := range l.spans {
		if s := &l.spans[i]; !s.To.Before(end) {
			s.To = end.UTC()
			return l.spans[:i+1]
		}
		l.spans[i].To = l.spans[i].To.UTC()
	}
	return l.spans
}
