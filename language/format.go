package language

import (
	"strconv"
	"strings"
	"time"
)

// format is how a language's readers write what is not words. Words stand in
// the tables.
type format struct {
	thousands string
	grouped   int // the fewest digits that are divided into groups
	percent   string
	comma     string
}

var formats = map[string]format{
	Swedish: {thousands: "\u00a0", grouped: 5, percent: "\u00a0%", comma: ","},
	English: {thousands: ",", grouped: 4, percent: "%", comma: "."},
	Dutch:   {thousands: ".", grouped: 5, percent: "%", comma: ","},
}

// Number writes n with the thousands divided: "12 500" with a no-break space in
// Swedish, "12,500" in English.
func (p *Printer) Number(n int) string {
	digits := strconv.Itoa(n)
	sign := ""
	if n < 0 {
		sign, digits = "−", digits[1:]
	}
	if len(digits) < p.format.grouped {
		return sign + digits
	}
	var b strings.Builder
	b.WriteString(sign)
	for i, digit := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteString(p.format.thousands)
		}
		b.WriteRune(digit)
	}
	return b.String()
}

// Decimal writes x with so many decimals, "1,5" in Swedish and "1.5" in English.
func (p *Printer) Decimal(x float64, decimals int) string {
	return strings.Replace(strconv.FormatFloat(x, 'f', decimals, 64), ".", p.format.comma, 1)
}

// Percent writes n of a hundred: "5 %" in Swedish, "5%" in English.
func (p *Printer) Percent(n int) string { return p.Number(n) + p.format.percent }

// List joins items as one says them: "a, b och c".
func (p *Printer) List(items []string) string {
	if len(items) < 2 {
		return strings.Join(items, "")
	}
	last := len(items) - 1
	return strings.Join(items[:last], ", ") + " " + p.T("list.and") + " " + items[last]
}

// Day writes the date in t's zone without its year: "21 november".
func (p *Printer) Day(t time.Time) string {
	return strconv.Itoa(t.Day()) + " " + p.T("month."+strconv.Itoa(int(t.Month())))
}

// Date writes the date in t's zone: "21 november 2026". It is "" for the zero time.
func (p *Printer) Date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return p.Day(t) + " " + strconv.Itoa(t.Year())
}

// Weekday is the name of t's day: "måndag".
func (p *Printer) Weekday(t time.Time) string {
	return p.T("weekday." + strconv.Itoa(int(t.Weekday())))
}

// Clock writes the time of day in t's zone: "08:05".
func (p *Printer) Clock(t time.Time) string { return t.Format("15:04") }

// When writes t in its zone as someone says it at now: "i dag 14:05", "i går
// 09:12", "i morgon 08:00", "12 augusti 14:05", and with the year where that is
// another. It is "" for the zero time.
func (p *Printer) When(t, now time.Time) string {
	if t.IsZero() {
		return ""
	}
	now = now.In(t.Location())
	clock := Text("time", p.Clock(t))
	switch days(t) - days(now) {
	case 0:
		return p.T("time.today", clock)
	case -1:
		return p.T("time.yesterday", clock)
	case 1:
		return p.T("time.tomorrow", clock)
	}
	day := p.Date(t)
	if t.Year() == now.Year() {
		day = p.Day(t)
	}
	return day + " " + p.Clock(t)
}

// days counts calendar days, whatever the length of each.
func days(t time.Time) int {
	year, month, day := t.Date()
	return int(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// Span writes how long d is, in its largest unit: "3 minuter", "2 dagar".
// Negative spans are written as positive ones.
func (p *Printer) Span(d time.Duration) string {
	d = d.Abs()
	switch {
	case d < time.Minute:
		return p.T("span.seconds", Count("n", int(d/time.Second)))
	case d < time.Hour:
		return p.T("span.minutes", Count("n", int(d/time.Minute)))
	case d < 24*time.Hour:
		return p.T("span.hours", Count("n", int(d/time.Hour)))
	}
	return p.T("span.days", Count("n", int(d/(24*time.Hour))))
}

// Ago writes when t was, seen from now: "nyss", "för 3 minuter sedan"; and for
// what is to come "om 3 minuter".
func (p *Printer) Ago(t, now time.Time) string {
	d := now.Sub(t)
	switch {
	case d.Abs() < time.Minute:
		return p.T("time.now")
	case d < 0:
		return p.T("time.in", Text("span", p.Span(d)))
	}
	return p.T("time.ago", Text("span", p.Span(d)))
}

// Since writes how long something has lasted at now: "sedan 3 minuter".
func (p *Printer) Since(t, now time.Time) string {
	return p.T("time.since", Text("span", p.Span(now.Sub(t))))
}
