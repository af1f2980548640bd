package m365

import (
	"sync"
	"time"
)

// The year as a Swedish office lives it. Days are counted as in series.go.

// easter is Easter Sunday (the Gregorian computus of Meeus).
func easter(year int) int {
	a, b, c := year%19, year/100, year%100
	d, e := b/4, b%4
	g := (8*b + 13) / 25
	h := (19*a + b - d - g + 15) % 30
	i, k := c/4, c%4
	l := (32 + 2*e + 2*i - h - k) % 7
	m := (a + 11*h + 22*l) / 451
	month := (h + l - 7*m + 114) / 31
	day := (h+l-7*m+114)%31 + 1
	return civil(year, time.Month(month), day)
}

// onOrAfter is the first such weekday from a day on.
func onOrAfter(day int, w time.Weekday) int { return day + (int(w)-int(weekday(day))+7)%7 }

// almanac is what one year has of days that are not like others, by the day of
// the year.
type almanac struct {
	red    [367]string // names of red days
	common [367]bool   // … that are so, more or less, around Sweden too
	half   [367]bool   // the days before red ones that end at noon
}

// almanacs of the years asked for, by year.
var almanacs sync.Map

func almanacOf(year int) *almanac {
	if known, ok := almanacs.Load(year); ok {
		return known.(*almanac)
	}
	a, first, sunday := &almanac{}, civil(year, 1, 1), easter(year)
	midsummer, saints := onOrAfter(civil(year, 6, 19), time.Friday), onOrAfter(civil(year, 10, 31), time.Saturday)
	for _, d := range []struct {
		day    int
		name   string
		common bool
	}{
		{first, "Nyårsdagen", true}, {civil(year, 1, 6), "Trettondedag jul", false}, {sunday - 2, "Långfredagen", true},
		{sunday, "Påskdagen", false}, {sunday + 1, "Annandag påsk", true}, {civil(year, 5, 1), "Första maj", true},
		{sunday + 39, "Kristi himmelsfärdsdag", true}, {sunday + 49, "Pingstdagen", false},
		{civil(year, 6, 6), "Sveriges nationaldag", false}, {midsummer, "Midsommarafton", false}, {midsummer + 1, "Midsommardagen", false},
		{saints, "Alla helgons dag", false}, {civil(year, 12, 24), "Julafton", false}, {civil(year, 12, 25), "Juldagen", true},
		{civil(year, 12, 26), "Annandag jul", true}, {civil(year, 12, 31), "Nyårsafton", false},
	} {
		a.red[d.day-first], a.common[d.day-first] = d.name, d.common
	}
	for _, day := range []int{civil(year, 1, 5), sunday - 3, civil(year, 4, 30), saints - 1, civil(year, 12, 23)} {
		a.half[day-first] = true
	}
	almanacs.Store(year, a)
	return a
}

// inYear is a day's almanac and its place there.
func inYear(day int) (*almanac, int) {
	date := dateOf(day)
	return almanacOf(date.Year()), date.YearDay() - 1
}

// redDay is the name of a day on which offices are closed; "" on others.
// Midsummer's, Christmas and New Year's Eve are as good as red in Sweden.
func redDay(day int, sweden bool) string {
	a, i := inYear(day)
	if !sweden && !a.common[i] {
		return ""
	}
	return a.red[i]
}

// weekend says whether a day is a Saturday or a Sunday.
func weekend(day int) bool { return weekday(day) == time.Saturday || weekday(day) == time.Sunday }

// workday says whether offices are open.
func workday(day int, sweden bool) bool { return !weekend(day) && redDay(day, sweden) == "" }

// halfDay says whether the day before a red one ends at noon: Epiphany's eve,
// Maundy Thursday, Walpurgis, the Friday before All Saints', 23 December.
func halfDay(day int) bool {
	a, i := inYear(day)
	return a.half[i]
}

// squeezed says whether a working day lies between a red one and a weekend,
// Swedish klämdag: many take it off.
func squeezed(day int) bool {
	switch weekday(day) {
	case time.Friday:
		return redDay(day, true) == "" && redDay(day-1, true) != ""
	case time.Monday:
		return redDay(day, true) == "" && redDay(day+1, true) != ""
	}
	return false
}

// monday is the first day of an ISO week.
func monday(year, week int) int {
	january := civil(year, 1, 4)
	return january - (int(weekday(january))+6)%7 + 7*(week-1)
}

// weekOf counts weeks that begin on Mondays.
func weekOf(day int) int { return (day + 3) / 7 }

// isoWeek is a day's week in the year.
func isoWeek(day int) int {
	_, week := dateOf(day).ISOWeek()
	return week
}

// bustle is how much goes on in the office on a day, of a thousand.
func bustle(day int) int {
	date := dateOf(day)
	week := isoWeek(day)
	switch {
	case date.Month() == time.December && date.Day() > 20, date.Month() == time.January && date.Day() < 6:
		return 200
	case squeezed(day):
		return 250
	case week >= 28 && week <= 31:
		return 180
	case week == 27 || week == 32:
		return 450
	case halfDay(day):
		return 500
	case weekday(day) == time.Friday:
		return 700
	}
	return 1000
}

// season is the part of the year in which meetings come back.
type season struct {
	name        string
	first, last int
}

// seasonsOf are the seasons of a year: there are no stand-ups in July.
func seasonsOf(year int) [2]season {
	name := dateOf(civil(year, 6, 1)).Format("06")
	return [2]season{
		{"v" + name, monday(year, 2), monday(year, 24) + 4},
		{"h" + name, monday(year, 33), monday(year, 51) + 4},
	}
}
