package activity

import (
	"time"

	"github.com/telefonist/telefonist/calendar"
)

// shortest is the shortest time between two absences in which a person can be
// reached; a shorter one is not worth waiting for.
const shortest = 10 * time.Minute

// How far working time is looked for: somebody who has not worked for so long is
// away until further notice.
const (
	daysBack  = 60
	daysAhead = 400
)

// Worktime says when it is working time for a person: in her hours, or where none
// are known all of Monday to Friday, less the days that are free.
type Worktime struct {
	Hours *Hours
	Free  FreeDays
	Zone  *time.Location
}

// Worktime is that of the person.
func (in *Input) Worktime() Worktime {
	return Worktime{Hours: in.Hours, Free: in.FreeDays, Zone: in.Zone}
}

func (w Worktime) zone() *time.Location {
	if w.Zone == nil {
		return time.UTC
	}
	return w.Zone
}

// weekdays are the hours of whoever has none.
var weekdays = OfficeHours(0, 24*60)

// civil is a day without a zone, at midnight UTC, which is easily counted with.
func civil(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// shifts calls yield with the working spans that begin on a day, until it returns
// false.
func (w Worktime) shifts(day time.Time, yield func(Interval) bool) bool {
	hours := w.Hours
	if hours == nil {
		hours = &weekdays
	}
	free, half := w.Free.on(day)
	if free && half == 0 {
		return true
	}
	for _, s := range hours.on(day) {
		if half > 0 {
			s.To = min(s.To, half)
		}
		i := Interval{w.clock(day, s.From), w.clock(day, s.To)}
		if i.From.Before(i.To) && !yield(i) {
			return false
		}
	}
	return true
}

// on are the spans of a day of the week, odd or even.
func (h *Hours) on(day time.Time) []Shift {
	week := &h.Week
	if h.Odd != nil {
		if _, n := day.ISOWeek(); n%2 == 1 {
			week = h.Odd
		}
	}
	return week[(day.Weekday()+6)%7]
}

// clock is a time of day in minutes after midnight, as clocks on the wall show it.
func (w Worktime) clock(day time.Time, minutes int) time.Time {
	if minutes%(24*60) == 0 { // a midnight may not exist
		return calendar.DateOf(day).Add(minutes / (24 * 60)).Midnight(w.zone()).UTC()
	}
	return time.Date(day.Year(), day.Month(), day.Day(), 0, minutes, 0, 0, w.zone()).UTC()
}

// Working is true where t is working time.
func (w Worktime) Working(t time.Time) bool { return w.spell(t).working }

// Between is the working time from one instant up to another, in order.
func (w Worktime) Between(from, to time.Time) []Interval {
	var all []Interval
	for t := from; t.Before(to); {
		s := w.spell(t)
		if s.working {
			all = append(all, Interval{later(s.From, from), earlier(s.To, to)})
		}
		t = s.To
	}
	return all
}

// spell is a time during which a person works or does not, as far as one shift
// reaches.
type spell struct {
	Interval
	working bool
}

// spell is the one that t is in. From is zero and To never where it is longer
// than anybody looks.
func (w Worktime) spell(t time.Time) spell {
	s := spell{Interval: Interval{To: never}}
	today := civil(t.In(w.zone()))
	look := func(i Interval) bool {
		switch {
		case i.From.After(t):
			s.To = earlier(s.To, i.From)
		case i.To.After(t):
			s = spell{i, true}
			return false
		case i.To.After(s.From):
			s.From = i.To
		}
		return true
	}
	for n := -1; n <= 0; n++ { // a shift may have begun yesterday
		if !w.shifts(today.AddDate(0, 0, n), look) {
			return s
		}
	}
	for n := 1; n <= daysAhead && s.To.Equal(never); n++ {
		w.shifts(today.AddDate(0, 0, n), look)
	}
	for n := 2; n <= daysBack && s.From.IsZero(); n++ {
		w.shifts(today.AddDate(0, 0, -n), look)
	}
	return s
}

// first is the first working time within an interval that is worth waiting for.
// day is true where it begins with a day of which no hours are known.
func (w Worktime) first(within Interval, least time.Duration) (at Interval, day, ok bool) {
	from := civil(within.From.In(w.zone()))
	for n := -1; n <= daysAhead && !ok; n++ {
		d := from.AddDate(0, 0, n)
		if d.AddDate(0, 0, -1).After(within.To) {
			break
		}
		w.shifts(d, func(i Interval) bool {
			at = Interval{later(i.From, within.From), earlier(i.To, within.To)}
			if at.To.Sub(at.From) < least {
				return true
			}
			day, ok = w.Hours == nil && at.From.Equal(i.From), true
			return false
		})
	}
	return at, day, ok
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}
