package m365

import "time"

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

// redDay is the name of a day on which offices are closed; "" on others.
// Midsummer's, Christmas and New Year's Eve are as good as red in Sweden.
func redDay(day int, sweden bool) string {
	date := dateOf(day)
	y := date.Year()
	sunday := easter(y)
	switch day {
	case civil(y, 1, 1):
		return "Nyårsdagen"
	case sunday - 2:
		return "Långfredagen"
	case sunday + 1:
		return "Annandag påsk"
	case civil(y, 12, 25):
		return "Juldagen"
	case civil(y, 12, 26):
		return "Annandag jul"
	}
	if !sweden {
		return ""
	}
	midsummer := onOrAfter(civil(y, 6, 19), time.Friday)
	switch day {
	case civil(y, 1, 6):
		return "Trettondedag jul"
	case sunday:
		return "Påskdagen"
	case civil(y, 5, 1):
		return "Första maj"
	case sunday + 39:
		return "Kristi himmelsfärdsdag"
	case sunday + 49:
		return "Pingstdagen"
	case civil(y, 6, 6):
		return "Sveriges nationaldag"
	case midsummer:
		return "Midsommarafton"
	case midsummer + 1:
		return "Midsommardagen"
	case onOrAfter(civil(y, 10, 31), time.Saturday):
		return "Alla helgons dag"
	case civil(y, 12, 24):
		return "Julafton"
	case civil(y, 12, 31):
		return "Nyårsafton"
	}
	return ""
}

// weekend says whether a day is a Saturday or a Sunday.
func weekend(day int) bool { return weekday(day) == time.Saturday || weekday(day) == time.Sunday }

// workday says whether offices are open.
func workday(day int, sweden bool) bool { return !weekend(day) && redDay(day, sweden) == "" }

// halfDay says whether the day before a red one ends at noon: Epiphany's eve,
// Maundy Thursday, Walpurgis, the Friday before All Saints', 23 December.
func halfDay(day int) bool {
	date := dateOf(day)
	y := date.Year()
	switch day {
	case civil(y, 1, 5), easter(y) - 3, civil(y, 4, 30), onOrAfter(civil(y, 10, 31), time.Saturday) - 1, civil(y, 12, 23):
		return true
	}
	return false
}

// squeezed says whether a working day lies between a red one and a weekend,
// Swedish klämdag: many take it off.
func squeezed(day int) bool {
	if !workday(day, true) {
		return false
	}
	return weekday(day) == time.Friday && redDay(day-1, true) != "" || weekday(day) == time.Monday && redDay(day+1, true) != ""
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
