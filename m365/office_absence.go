package m365

import (
	"slices"
	"time"
)

// absence is a span of whole days on which a person does not work.
type absence struct {
	first, last int // both included
	kind        absenceKind
}

type absenceKind int

const (
	vacation absenceKind = iota
	sick
	childSick // Swedish VAB
	trip      // a fair, a course
	parental
)

// absences are a person's that touch the days from … to, oldest first.
func (h *habits) absences(from, to int) []absence {
	var out []absence
	keep := func(a absence) {
		if a.first <= to && a.last >= from {
			out = append(out, a)
		}
	}
	for year := dateOf(from).Year() - 1; year <= dateOf(to).Year(); year++ {
		h.longOnes(year, keep)
	}
	for week := weekOf(from) - 1; week <= weekOf(to); week++ {
		h.inWeek(week, keep)
	}
	slices.SortStableFunc(out, func(a, b absence) int { return a.first - b.first })
	return out
}

// away says whether, and why, a person is absent on a day.
func (h *habits) away(day int) (absence, bool) {
	spans := h.known
	if day < h.since || day > h.until || h.until == 0 {
		spans = h.absences(day, day)
	}
	for i := len(spans) - 1; i >= 0; i-- {
		if a := spans[i]; a.first <= day && day <= a.last {
			return a, true
		}
	}
	return absence{}, false
}

// learn looks up the absences of the days from … to, which then are known.
func (h *habits) learn(from, to int) {
	h.known, h.since, h.until = h.absences(from, to), from, to
}

// longOnes are what a person has planned for a year: the summer's weeks,
// Christmas, the schools' holidays, squeezed days, now and then parental leave.
func (h *habits) longOnes(year int, keep func(absence)) {
	d := throw(h.seed, 'y', uint64(year))
	if d.mille(12) {
		first := civil(year, time.Month(1+d.n(12)), 1)
		keep(absence{first, first + 90 + d.n(120), parental})
	}
	weeks := func(week, n int) {
		first := monday(year, week)
		last := first + 7*n - 3 // Friday
		if d.mille(400) {
			last += 2
		}
		keep(absence{first, last, vacation})
	}
	weeks(d.weighted([]weight{{5, 26}, {15, 27}, {35, 28}, {30, 29}, {12, 30}, {3, 31}}), 3+d.n(2))
	if school := d.mille(150); school || h.parent && d.mille(500) {
		weeks(7+d.n(4), 1)
	}
	if h.parent && d.mille(350) {
		weeks(44, 1)
	}
	if d.mille(550) {
		weeks(one(&d, []int{3, 5, 11, 13, 16, 19, 21, 35, 37, 38, 40, 42, 45, 46, 47, 48}), 1)
	}
	if d.mille(450) {
		keep(absence{civil(year, 12, 20+d.n(3)), civil(year+1, 1, one(&d, []int{1, 4, 5, 5})), vacation})
	}
	for range 3 {
		day := civil(year, 1, 8+d.n(350))
		keep(absence{day, day, vacation})
	}
	for _, day := range []int{easter(year) + 40, civil(year, 6, 5), civil(year, 6, 7), civil(year, 5, 2), civil(year, 4, 30), civil(year, 12, 27)} {
		if squeezed(day) && d.mille(600) {
			keep(absence{day, day, vacation})
		}
	}
}

// inWeek are what comes unplanned: illness, children's illness (February's
// most of all), and a fair or a course.
func (h *habits) inWeek(week int, keep func(absence)) {
	d := throw(h.seed, 'w', uint64(week))
	first := week*7 - 3 // Monday
	month := dateOf(first).Month()
	ill, child := 25, 30
	if month <= time.March || month >= time.November {
		ill, child = 45, 60
	}
	if month == time.February {
		child = 140
	}
	within := func(length int) (int, int) {
		begin := d.n(5)
		return first + begin, first + min(begin+length-1, 4)
	}
	if d.mille(ill) {
		a, b := within(1 + d.n(4))
		keep(absence{a, b, sick})
	}
	if h.parent && d.mille(child) {
		a, b := within(1 + d.n(2))
		keep(absence{a, b, childSick})
	}
	if d.mille(28) && month != time.July {
		a, b := within(1 + d.n(3))
		keep(absence{a, b, trip})
	}
}
