package m365

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"
)

// Days are counted from 1 January 1970, so that a series runs through the
// calendar without a clock: only its occurrences that are asked for are turned
// into instants, in the series' own zone, each by the rules of its day.

const dayLayout = time.DateOnly

// dayOf is the day on which t falls where loc is.
func dayOf(t time.Time, loc *time.Location) int {
	y, m, d := t.In(loc).Date()
	return civil(y, m, d)
}

// civil is a date's day; month and day may lie outside their range.
func civil(y int, m time.Month, d int) int {
	return int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

func dateOf(day int) time.Time { return time.Unix(int64(day)*86400, 0).UTC() }

func dayName(day int) string { return dateOf(day).Format(dayLayout) }

func parseDay(name string) (int, error) {
	t, err := time.Parse(dayLayout, name)
	if err != nil {
		return 0, fmt.Errorf("m365: no date: %q", clip(name))
	}
	return int(t.Unix() / 86400), nil
}

func weekday(day int) time.Weekday { return time.Weekday(((day+4)%7 + 7) % 7) }

var weekdays = []string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}

// indexes are the names of the n-th such day of a month.
var indexes = []string{"first", "second", "third", "fourth", "last"}

// rule is a Recurrence made ready to count.
type rule struct {
	Recurrence
	first    int // the day from which it counts
	last     int // the last day it may fall on
	days     [7]bool
	firstDay time.Weekday
	index    int
}

// forever is a day that no calendar reaches.
const forever = 1 << 30

// rule reads the recurrence of a series whose first occurrence is on day.
func (r *Recurrence) rule(day int) (rule, error) {
	out := rule{Recurrence: *r, first: day, last: forever}
	out.Interval = max(1, r.Interval)
	date := dateOf(day)
	out.DayOfMonth, out.Month = cmp.Or(r.DayOfMonth, date.Day()), cmp.Or(r.Month, int(date.Month()))
	for _, name := range r.Days {
		i := slices.Index(weekdays, strings.ToLower(name))
		if i < 0 {
			return out, fmt.Errorf("m365: recurrence: no day of the week: %q", clip(name))
		}
		out.days[i] = true
	}
	if len(r.Days) == 0 {
		out.days[weekday(day)] = true
	}
	first := slices.Index(weekdays, strings.ToLower(cmp.Or(r.FirstDay, "sunday")))
	out.firstDay, out.index = time.Weekday(first), slices.Index(indexes, cmp.Or(r.Index, "first"))
	if r.Until != "" {
		last, err := parseDay(r.Until)
		if err != nil {
			return out, err
		}
		out.last = last
	}
	switch {
	case first < 0 || out.index < 0:
		return out, errors.New("m365: recurrence: firstDayOfWeek or index is none")
	case !slices.Contains([]string{"daily", "weekly", "absoluteMonthly", "relativeMonthly", "absoluteYearly", "relativeYearly"}, r.Type):
		return out, fmt.Errorf("m365: recurrence: no such type: %q", clip(r.Type))
	case out.Interval > 999:
		return out, errors.New("m365: recurrence: interval is above 999")
	case out.DayOfMonth < 1 || out.DayOfMonth > 31 || out.Month < 1 || out.Month > 12:
		return out, errors.New("m365: recurrence: dayOfMonth or month is none")
	}
	return out, nil
}

// dates are the days of the series up to the day to, first to last.
func (r *rule) dates(to int) iter.Seq[int] {
	return func(yield func(int) bool) {
		left := r.Count
		for day := range r.candidates() {
			if day > r.last || day > to {
				return
			}
			if day < r.first {
				continue
			}
			if !yield(day) {
				return
			}
			if left--; left == 0 { // never where Count is 0
				return
			}
		}
	}
}

// candidates are the days of the pattern without end, from the period on in
// which the series begins.
func (r *rule) candidates() iter.Seq[int] {
	switch r.Type {
	case "daily":
		return func(yield func(int) bool) {
			for day := r.first; yield(day); day += r.Interval {
			}
		}
	case "weekly":
		return r.weeks
	}
	return r.months
}

func (r *rule) weeks(yield func(int) bool) {
	week := r.first - (int(weekday(r.first))-int(r.firstDay)+7)%7
	for ; ; week += 7 * r.Interval {
		for day := week; day < week+7; day++ {
			if r.days[weekday(day)] && !yield(day) {
				return
			}
		}
	}
}

func (r *rule) months(yield func(int) bool) {
	date, step := dateOf(r.first), r.Interval
	year, month := date.Year(), date.Month()
	if strings.HasSuffix(r.Type, "Yearly") {
		month, step = time.Month(r.Month), 12*r.Interval
	}
	for ; ; month += time.Month(step) {
		if !yield(r.inMonth(civil(year, month, 1), civil(year, month+1, 1))) {
			return
		}
	}
}

// inMonth is the pattern's day in the month from the day first up to next.
func (r *rule) inMonth(first, next int) int {
	if strings.HasPrefix(r.Type, "absolute") {
		return min(first+r.DayOfMonth-1, next-1)
	}
	found, n := first, -1
	for day := first; day < next && n < r.index; day++ {
		if r.days[weekday(day)] {
			found = day
			n++
		}
	}
	if indexes[r.index] != "last" {
		return found
	}
	for found = next - 1; !r.days[weekday(found)]; found-- {
	}
	return found
}

// series is a series ready to be asked for its occurrences.
type series struct {
	master *Event
	rule   rule
	loc    *time.Location
	begin  time.Time // the first occurrence's beginning, where loc is
	end    time.Time // … and its end
	length int       // whole days from the one to the other
}

// seriesOf reads a series in its mailbox.
func seriesOf(e *Event, m *Mailbox) (*series, error) {
	loc, ok := m.place(e.Zone)
	if !ok {
		return nil, fmt.Errorf("m365: series: no such time zone: %q", clip(e.Zone))
	}
	first := dayOf(e.Start, loc)
	r, err := e.Recurrence.rule(first)
	if err != nil {
		return nil, err
	}
	return &series{
		master: e, rule: r, loc: loc, begin: e.Start.In(loc), end: e.End.In(loc), length: dayOf(e.End, loc) - first,
	}, nil
}

// on is the occurrence that would begin on a day: the exception where there is
// one, false where it was taken out.
func (s *series) on(day int) (Event, bool) {
	if x, differs := s.master.Exceptions[dayName(day)]; differs {
		if x == nil {
			return Event{}, false
		}
		o := *x
		o.Type, o.original = exception, s.regular(day).Start
		return s.belonging(o, day), true
	}
	return s.regular(day), true
}

// regular is the occurrence of a day as the series has it: by the wall clock,
// whatever daylight saving does to it.
func (s *series) regular(day int) Event {
	o := *s.master
	o.Recurrence, o.Exceptions, o.Type = nil, nil, occurrence
	y, m, d := dateOf(day).Date()
	o.Start = time.Date(y, m, d, s.begin.Hour(), s.begin.Minute(), s.begin.Second(), 0, s.loc).UTC()
	o.End = time.Date(y, m, d+s.length, s.end.Hour(), s.end.Minute(), s.end.Second(), 0, s.loc).UTC()
	o.original = o.Start
	if o.End.Before(o.Start) { // a time of day that this day has twice
		o.End = o.Start
	}
	return s.belonging(o, day)
}

// belonging is o with what every occurrence has of its series.
func (s *series) belonging(o Event, day int) Event {
	o.ID, o.Master, o.UID, o.day = occurrenceID(s.master.ID, day), s.master.ID, datedUID(s.master.UID, day), day
	o.Organizer, o.Created, o.version = s.master.Organizer, s.master.Created, max(o.version, s.master.version)
	if o.Modified.IsZero() {
		o.Modified = s.master.Modified
	}
	return o
}

// within are the occurrences that overlap a window.
func (s *series) within(from, to time.Time) []Event {
	var out []Event
	first := dayOf(from, s.loc)
	for day := range s.rule.dates(dayOf(to, s.loc)) {
		if day+s.length+1 < first {
			continue
		}
		if _, differs := s.master.Exceptions[dayName(day)]; differs {
			continue
		}
		if o := s.regular(day); o.overlaps(from, to) {
			out = append(out, o)
		}
	}
	for name, x := range s.master.Exceptions {
		day, err := parseDay(name)
		if err != nil || x == nil || !x.overlaps(from, to) || !s.has(day) {
			continue
		}
		if o, there := s.on(day); there {
			out = append(out, o)
		}
	}
	return out
}

// has says whether a day is one of the series'.
func (s *series) has(day int) bool {
	for d := range s.rule.dates(day) {
		if d == day {
			return true
		}
	}
	return false
}
