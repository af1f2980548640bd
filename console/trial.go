package console

import "time"

// What is shown of a trial at most: the people who differ the most come first, and
// a page of thousands of lines helps nobody.
const (
	mostTried       = 50
	mostDifferences = 12
)

// minutesText is a time as one says it: "3 timmar 20 minuter".
func (p *page) minutesText(n int) string {
	text := p.T("span.minutes", "n", n%60)
	if n >= 60 {
		hours := p.T("span.hours", "n", n/60)
		if n%60 == 0 {
			return hours
		}
		return hours + " " + text
	}
	return text
}

// spanText is from when to when, the day said once where it is one.
func (p *page) spanText(from, to time.Time) string {
	from, to = from.In(p.zone), to.In(p.zone)
	if from.Format(time.DateOnly) == to.Format(time.DateOnly) {
		return p.moment(from) + "–" + to.Format("15:04")
	}
	return p.moment(from) + " – " + p.moment(to)
}
