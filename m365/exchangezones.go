package m365

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
)

// biasZone is Exchange's SerializableTimeZone: local time plus bias minutes is
// UTC, plus those of the one of its two times that lasts.
type biasZone struct {
	bias               int
	standard, daylight biasTime
}

// biasTime is when standard time or daylight saving begins; month 0 = never.
type biasTime struct {
	bias       int
	at         string // "02:00:00"
	order      int    // 1 … 5, the last
	month, day int    // day of the week from Sunday = 0
}

var weekdayNames = []string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"}

// location makes a place of the zone, by way of the rule that a time zone file
// ends with (RFC 8536 3.3.1): it counts its biases westward, too.
func (z *biasZone) location() (*time.Location, error) {
	rule := "<ST>" + posixOffset(z.bias+z.standard.bias)
	if z.standard.month != 0 && z.daylight.month != 0 {
		rule += "<DT>" + posixOffset(z.bias+z.daylight.bias) + "," + z.daylight.posix() + "," + z.standard.posix()
	}
	if known, ok := biasLocations.Load(rule); ok {
		return known.(*time.Location), nil
	}
	header := append([]byte("TZif2"), make([]byte, 15)...)
	for _, n := range []uint32{0, 0, 0, 0, 1, 3} { // one type of three letters, no transitions
		header = binary.BigEndian.AppendUint32(header, n)
	}
	body := append(binary.BigEndian.AppendUint32(nil, uint32(-60*(z.bias+z.standard.bias))), 0, 0, 'S', 'T', 0)
	file := append(append(append(append(header, body...), header...), body...), '\n')
	loc, err := time.LoadLocationFromTZData(rule, append(append(file, rule...), '\n'))
	if err != nil {
		return nil, fmt.Errorf("m365: time zone: %w", err)
	}
	biasLocations.Store(rule, loc)
	return loc, nil
}

// biasLocations are the places made so far, by their rules.
var biasLocations sync.Map

func posixOffset(minutes int) string {
	sign := ""
	if minutes < 0 {
		sign, minutes = "-", -minutes
	}
	return fmt.Sprintf("%s%d:%02d", sign, minutes/60, minutes%60)
}

func (t *biasTime) posix() string {
	return fmt.Sprintf("M%d.%d.%d/%s", t.month, t.order, t.day, t.at)
}

// readBiasZone reads a TimeZone element of a request.
func readBiasZone(e *element) (biasZone, bool) {
	z := biasZone{bias: e.number(1<<20, "Bias")}
	if e == nil || z.bias == 1<<20 {
		return z, false
	}
	for name, to := range map[string]*biasTime{"StandardTime": &z.standard, "DaylightTime": &z.daylight} {
		at := e.child(name)
		*to = biasTime{at.number(0, "Bias"), at.value("Time"), at.number(0, "DayOrder"), at.number(0, "Month"), weekdayNumber(at.value("DayOfWeek"))}
		if _, err := time.Parse(time.TimeOnly, to.at); at == nil || err != nil {
			return z, false
		}
	}
	return z, true
}

func weekdayNumber(name string) int {
	for i, known := range weekdayNames {
		if known == name {
			return i
		}
	}
	return 0
}

// biasZoneOf is what the clock of a place does in the year of an instant.
func biasZoneOf(loc *time.Location, now time.Time) biasZone {
	type key struct {
		loc  *time.Location
		year int
	}
	k := key{loc, now.In(loc).Year()}
	if known, ok := biasZones.Load(k); ok {
		return known.(biasZone)
	}
	z := biasZone{standard: biasTime{at: "00:00:00"}, daylight: biasTime{at: "00:00:00"}}
	begin := time.Date(k.year, 1, 1, 0, 0, 0, 0, loc)
	_, offset := begin.Zone()
	z.bias = -offset / 60
	for t := begin; ; {
		_, next := t.ZoneBounds()
		if next.IsZero() || next.In(loc).Year() != k.year {
			break
		}
		_, before := next.Add(-time.Second).In(loc).Zone()
		wall := next.Add(time.Duration(before) * time.Second).UTC() // by the clock before it turns
		turn := biasTime{at: wall.Format(time.TimeOnly), order: (wall.Day() + 6) / 7, month: int(wall.Month()), day: int(wall.Weekday())}
		if wall.AddDate(0, 0, 7).Month() != wall.Month() {
			turn.order = 5
		}
		if next.In(loc).IsDST() {
			_, after := next.In(loc).Zone()
			turn.bias = (before - after) / 60
			z.bias, z.daylight = -before/60, turn
		} else {
			_, after := next.In(loc).Zone()
			z.bias, z.standard = -after/60, turn
		}
		t = next.In(loc)
	}
	if z.standard.month == 0 || z.daylight.month == 0 {
		z.standard, z.daylight = biasTime{at: "00:00:00"}, biasTime{at: "00:00:00"}
	}
	biasZones.Store(k, z)
	return z
}

// biasZones are those worked out so far, by place and year.
var biasZones sync.Map

// biasZone is the zone of the working hours as Mailbox has it.
func (c *CustomZone) biasZone() biasZone {
	turn := func(t Transition, bias int) biasTime {
		at, err := time.Parse("15:04", t.Time)
		if err != nil {
			at = time.Time{}
		}
		day := max(0, weekdayIndex(t.Day))
		return biasTime{bias, at.Format(time.TimeOnly), t.Occurrence, t.Month, day}
	}
	return biasZone{c.Bias, turn(c.Standard, 0), turn(c.Daylight, c.DaylightBias)}
}

func weekdayIndex(name string) int {
	for i, known := range weekdays {
		if strings.EqualFold(known, name) {
			return i
		}
	}
	return -1
}

// write puts the zone into an answer, in the namespace of types.
func (z *biasZone) write(m *markup) {
	m.open("TimeZone")
	m.count("Bias", z.bias)
	for _, t := range []struct {
		name string
		*biasTime
	}{{"StandardTime", &z.standard}, {"DaylightTime", &z.daylight}} {
		m.open(t.name)
		m.count("Bias", t.bias)
		m.text("Time", t.at)
		m.count("DayOrder", t.order)
		m.count("Month", t.month)
		m.text("DayOfWeek", weekdayNames[t.day])
		m.close(t.name)
	}
	m.close("TimeZone")
}

// windowsName is what Windows calls the zone that an event or mailbox names.
func windowsName(name string) string {
	if _, known := windowsZones[name]; known {
		return name
	}
	windowsNames.Do(func() {
		windowsByPlace = map[string]string{}
		for windows, iana := range windowsZones {
			if old, there := windowsByPlace[iana]; !there || windows < old {
				windowsByPlace[iana] = windows
			}
		}
		for iana, windows := range map[string]string{"Europe/Stockholm": "W. Europe Standard Time", "UTC": "UTC"} {
			windowsByPlace[iana] = windows
		}
	})
	return windowsByPlace[name]
}

var (
	windowsNames   sync.Once
	windowsByPlace map[string]string
)

// minutes are those of a day at "08:30".
func minutes(clock string) int {
	h, m, _ := strings.Cut(clock, ":")
	hour, _ := strconv.Atoi(h)
	minute, _ := strconv.Atoi(m)
	return 60*hour + minute
}
