package ews

import (
	"strconv"
	"strings"
	"time"
)

// ZoneRule is a time zone as availability has it: an offset, and when the clock
// is changed in every year.
type ZoneRule struct {
	Offset   time.Duration // ahead of UTC on standard time: an hour in Sweden
	Daylight time.Duration // ahead of that in summer; 0 where the clock isn't changed
	// When the clock is changed to standard time, and to daylight time.
	ToStandard, ToDaylight ZoneChange
}

// ZoneChange is on the Nth Weekday of a Month (5 is the last), at Time after
// midnight on the clock as it is until then.
type ZoneChange struct {
	Month   time.Month
	Nth     int
	Weekday time.Weekday
	Time    time.Duration
}

// ruleFor is the rule of zone for a window, and the zone in which the times of
// the question and the answer are meant. They are written without offsets, so
// that it must be exact for every instant in the window, and no hour may be
// there twice; where no rule is that, the zone is UTC.
func ruleFor(zone *time.Location, from, to time.Time) (ZoneRule, *time.Location) {
	if zone == nil {
		return ZoneRule{}, time.UTC
	}
	r, ok := yearRule(zone, from.In(zone).Year())
	if !ok || !r.holds(zone, from, to) {
		return ZoneRule{}, time.UTC
	}
	return r, zone
}

// yearRule is how the clock of zone goes in a year, false where it is changed
// otherwise than twice, there and back.
func yearRule(zone *time.Location, year int) (ZoneRule, bool) {
	changes := changesIn(zone, time.Date(year, 1, 1, 0, 0, 0, 0, zone), time.Date(year+1, 1, 1, 0, 0, 0, 0, zone))
	switch len(changes) {
	case 0:
		offset := offsetAt(zone, time.Date(year, 1, 1, 0, 0, 0, 0, zone))
		return ZoneRule{Offset: offset}, offset%time.Minute == 0
	case 2:
	default:
		return ZoneRule{}, false
	}
	before := offsetAt(zone, changes[0].Add(-time.Second))
	between := offsetAt(zone, changes[0])
	if offsetAt(zone, changes[1]) != before {
		return ZoneRule{}, false
	}
	first, second := changeAt(changes[0], before), changeAt(changes[1], between)
	r := ZoneRule{Offset: before, Daylight: between - before, ToDaylight: first, ToStandard: second}
	if between < before { // the southern half of the world
		r = ZoneRule{Offset: between, Daylight: before - between, ToStandard: first, ToDaylight: second}
	}
	return r, r.Offset%time.Minute == 0 && r.Daylight%time.Minute == 0
}

// changesIn are when the clock of zone is changed in [from, to).
func changesIn(zone *time.Location, from, to time.Time) []time.Time {
	var all []time.Time
	for at := from.In(zone); ; {
		_, next := at.ZoneBounds()
		if next.IsZero() || !next.Before(to) {
			return all
		}
		if offsetAt(zone, next) != offsetAt(zone, next.Add(-time.Second)) { // not only its name
			all = append(all, next)
		}
		at = next
	}
}

func offsetAt(zone *time.Location, t time.Time) time.Duration {
	_, offset := t.In(zone).Zone()
	return time.Duration(offset) * time.Second
}

// changeAt says when t is on a clock that is offset ahead of UTC. The fourth
// Sunday that is also the last is called the last, as most rules have it.
func changeAt(t time.Time, offset time.Duration) ZoneChange {
	local := t.UTC().Add(offset)
	nth := (local.Day() + 6) / 7
	if local.AddDate(0, 0, 7).Month() != local.Month() {
		nth = 5
	}
	midnight := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, time.UTC)
	return ZoneChange{local.Month(), nth, local.Weekday(), local.Sub(midnight)}
}

// holds is true where the rule says for all of a window what zone does, and the
// clock isn't put back in it.
func (r ZoneRule) holds(zone *time.Location, from, to time.Time) bool {
	changes := changesIn(zone, from, to)
	for _, at := range append(changes, from, to) {
		if offsetAt(zone, at) != r.offsetAt(at) || offsetAt(zone, at) < offsetAt(zone, at.Add(-time.Second)) {
			return false
		}
	}
	for year := from.UTC().Year(); year <= to.UTC().Year() && r.Daylight != 0; year++ {
		for _, at := range [...]time.Time{r.daylight(year), r.standard(year)} {
			if !at.Before(from) && at.Before(to) && offsetAt(zone, at) != r.offsetAt(at) {
				return false
			}
		}
	}
	return true
}

// offsetAt is how far the rule's clock is ahead of UTC.
func (r ZoneRule) offsetAt(t time.Time) time.Duration {
	if r.Daylight == 0 {
		return r.Offset
	}
	year := t.UTC().Add(r.Offset).Year()
	on, off := r.daylight(year), r.standard(year)
	summer := !t.Before(on) && t.Before(off)
	if off.Before(on) {
		summer = !t.Before(on) || t.Before(off)
	}
	if summer {
		return r.Offset + r.Daylight
	}
	return r.Offset
}

func (r ZoneRule) daylight(year int) time.Time { return r.ToDaylight.in(year).Add(-r.Offset) }

func (r ZoneRule) standard(year int) time.Time {
	return r.ToStandard.in(year).Add(-r.Offset - r.Daylight)
}

// in is when the change is in a year, on the clock until then as if it were UTC.
func (c ZoneChange) in(year int) time.Time {
	first := time.Date(year, c.Month, 1, 0, 0, 0, 0, time.UTC)
	day := 1 + (int(c.Weekday)-int(first.Weekday())+7)%7 + (c.Nth-1)*7
	for day > first.AddDate(0, 1, -1).Day() {
		day -= 7
	}
	return first.AddDate(0, 0, day-1).Add(c.Time)
}

// zone appends a SerializableTimeZone. Its biases are how far UTC is ahead.
func (r *request) zone(z ZoneRule) *request {
	if z.Daylight == 0 { // both must be there, and be dates
		z.ToStandard = ZoneChange{Month: time.January, Nth: 1, Weekday: time.Monday}
		z.ToDaylight = ZoneChange{Month: time.December, Nth: 5, Weekday: time.Sunday}
	}
	r.raw(`<t:TimeZone><t:Bias>`).int(int(-z.Offset / time.Minute)).raw(`</t:Bias>`)
	r.raw(`<t:StandardTime>`).change(0, z.ToStandard).raw(`</t:StandardTime>`)
	r.raw(`<t:DaylightTime>`).change(-z.Daylight, z.ToDaylight).raw(`</t:DaylightTime>`)
	return r.raw(`</t:TimeZone>`)
}

func (r *request) change(bias time.Duration, c ZoneChange) *request {
	at := time.Time{}.Add(c.Time)
	return r.raw(`<t:Bias>`).int(int(bias/time.Minute)).
		raw(`</t:Bias><t:Time>`, at.Format(time.TimeOnly), `</t:Time><t:DayOrder>`).int(c.Nth).
		raw(`</t:DayOrder><t:Month>`).int(int(c.Month)).
		raw(`</t:Month><t:DayOfWeek>`, c.Weekday.String(), `</t:DayOfWeek>`)
}

// zoneRule reads a SerializableTimeZone.
func (a *answer) zoneRule() (z ZoneRule) {
	var standard time.Duration
	for d := a.depth(); a.child(d); {
		switch string(a.local) {
		case "Bias":
			z.Offset = -a.minutes()
		case "StandardTime":
			standard, z.ToStandard = a.zoneChange()
		case "DaylightTime":
			z.Daylight, z.ToDaylight = a.zoneChange()
		}
	}
	z.Offset, z.Daylight = z.Offset-standard, standard-z.Daylight
	if z.Daylight == 0 || z.ToDaylight.Month == 0 || z.ToStandard.Month == 0 {
		z = ZoneRule{Offset: z.Offset}
	}
	return z
}

func (a *answer) zoneChange() (bias time.Duration, c ZoneChange) {
	for d := a.depth(); a.child(d); {
		switch string(a.local) {
		case "Bias":
			bias = a.minutes()
		case "Time":
			c.Time = clock(string(a.read()))
		case "DayOrder":
			c.Nth = a.number()
		case "Month":
			c.Month = time.Month(a.number())
		case "DayOfWeek":
			c.Weekday, _ = weekday(string(a.read()))
		}
	}
	return bias, c
}

// number reads a whole number, 0 for what is none.
func (s *scanner) number() int {
	n, _ := strconv.Atoi(strings.TrimSpace(string(s.read())))
	return n
}

func (s *scanner) minutes() time.Duration { return time.Duration(s.number()) * time.Minute }

// clock reads a time of day, with or without a fraction.
func clock(s string) time.Duration {
	t, err := time.Parse("15:04:05.999999999", s)
	if err != nil {
		return 0
	}
	return t.Sub(t.Truncate(24 * time.Hour))
}

func weekday(s string) (time.Weekday, bool) {
	for d := time.Sunday; d <= time.Saturday; d++ {
		if d.String() == s {
			return d, true
		}
	}
	return 0, false
}
