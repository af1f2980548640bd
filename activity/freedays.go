package activity

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/telefonist/telefonist/calendar"
)

// noon is when half days end where nobody has said.
const noon = 12 * 60

// Countries are those whose public holidays are known.
func Countries() []string { return []string{"SE", "NO", "NL", "DE", "GB"} }

// Year are the free days of a year in their order, by their names; weekends are
// none. An organization's own day takes the place of the country's.
func (f FreeDays) Year(year int) []FreeDay {
	var all []FreeDay
	for _, d := range holidays(f.Country, year) {
		if d.Ends > 0 {
			if !f.Halves {
				continue
			}
			d.Ends = cmp.Or(f.HalfEnds, noon)
		}
		if !slices.ContainsFunc(f.Own, func(o FreeDay) bool { return o.Date == d.Date }) {
			all = append(all, d)
		}
	}
	first := calendar.DateOf(time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC))
	for _, d := range f.Own {
		if d.Date >= first && d.Date < calendar.DateOf(time.Date(year+1, 1, 1, 0, 0, 0, 0, time.UTC)) {
			all = append(all, d)
		}
	}
	slices.SortStableFunc(all, func(a, b FreeDay) int { return cmp.Compare(a.Date, b.Date) })
	return all
}

// On says whether a day is free, and when it ends where only half of it is.
func (f FreeDays) On(d calendar.Date) (FreeDay, bool) {
	for _, own := range f.Own {
		if own.Date == d {
			return own, true
		}
	}
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return FreeDay{}, false
	}
	for _, h := range holidays(f.Country, t.Year()) {
		switch {
		case h.Date != d:
		case h.Ends == 0:
			return h, true
		case f.Halves:
			h.Ends = cmp.Or(f.HalfEnds, noon)
			return h, true
		}
	}
	return FreeDay{}, false
}

// on says of a day at midnight UTC whether it is free and, where it is only half
// free, when it ends.
func (f FreeDays) on(day time.Time) (free bool, ends int) {
	if len(f.Own) == 0 && !calendarOf(f.Country, day.Year()).has[day.YearDay()] {
		return false, 0
	}
	d, free := f.On(calendar.DateOf(day))
	return free, d.Ends
}

// countryYear is a year's holidays, and quickly whether a day is one of them.
type countryYear struct {
	days []FreeDay
	has  [367]bool
}

// years remembers what has been computed: it never changes, and costs Easter.
var years sync.Map // of yearKey to *countryYear

type yearKey struct {
	country string
	year    int
}

func holidays(country string, year int) []FreeDay { return calendarOf(country, year).days }

func calendarOf(country string, year int) *countryYear {
	k := yearKey{country, year}
	if have, ok := years.Load(k); ok {
		return have.(*countryYear)
	}
	c := &countryYear{}
	for _, h := range observed[country] {
		actual, moved := h.Calc(year)
		for _, t := range []time.Time{actual, moved} {
			if t.IsZero() || c.has[t.YearDay()] || t.Year() != year {
				continue
			}
			d := FreeDay{Date: calendar.DateOf(t), Names: h.names}
			if h.half {
				d.Ends = noon
			}
			c.has[t.YearDay()] = true
			c.days = append(c.days, d)
		}
	}
	slices.SortFunc(c.days, func(a, b FreeDay) int { return cmp.Compare(a.Date, b.Date) })
	years.Store(k, c)
	return c
}
