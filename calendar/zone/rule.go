package zone

import (
	"encoding/binary"
	"fmt"
	"time"
)

// Rule is a zone without a name: an offset, and when the clock is changed.
type Rule struct {
	Offset   time.Duration // ahead of UTC in winter: an hour in Sweden
	Daylight time.Duration // ahead of that in summer; 0 where the clock isn't changed
	// When the clock is changed to standard time, and to daylight time.
	ToStandard, ToDaylight Change
}

// Change is when a clock is changed each year: on the Nth Weekday of a Month
// (5 is the last), at Time after midnight on the clock as it is until then.
type Change struct {
	Month   time.Month
	Nth     int
	Weekday time.Weekday
	Time    time.Duration
}

// Location is the zone that follows the rule in every year. It is false for one
// that makes no sense: an offset of a day and more, a change that never comes.
func (r Rule) Location() (*time.Location, bool) {
	const day = 24 * time.Hour
	if r.Offset <= -day || r.Offset >= day || r.Daylight <= -day || r.Daylight >= day {
		return nil, false
	}
	text := "STD" + posix(-r.Offset)
	if r.Daylight != 0 {
		if !r.ToDaylight.known() || !r.ToStandard.known() {
			return nil, false
		}
		text += "DST" + posix(-r.Offset-r.Daylight) + r.ToDaylight.posix() + r.ToStandard.posix()
	}
	l, err := time.LoadLocationFromTZData("Custom", file(r.Offset, text))
	return l, err == nil
}

func (c Change) known() bool {
	return c.Month >= 1 && c.Month <= 12 && c.Nth >= 1 && c.Nth <= 5 &&
		c.Weekday >= 0 && c.Weekday <= 6 && c.Time >= 0 && c.Time < 48*time.Hour
}

// posix writes the change as a POSIX TZ string has it: ",M3.5.0/2:00:00".
func (c Change) posix() string {
	return fmt.Sprintf(",M%d.%d.%d/%s", c.Month, c.Nth, c.Weekday, posix(c.Time))
}

// posix writes a duration as a POSIX TZ string has it: "-1:30:00".
func posix(d time.Duration) string {
	sign := ""
	if d < 0 {
		sign, d = "-", -d
	}
	return fmt.Sprintf("%s%d:%02d:%02d", sign, d/time.Hour, d/time.Minute%60, d/time.Second%60)
}

// file makes the smallest file of time zone information (RFC 9636) that leaves
// all to the rule in its footer: no change is listed, one zone stands in front.
func file(offset time.Duration, footer string) []byte {
	head := append([]byte("TZif2"), make([]byte, 15)...)
	var b []byte
	b = append(b, head...)
	b = append(b, make([]byte, 6*4)...) // the block for readers of version 1 is empty
	b = append(b, head...)
	for _, count := range []uint32{0, 0, 0, 0, 1, 4} { // one zone, four letters of its name
		b = binary.BigEndian.AppendUint32(b, count)
	}
	b = binary.BigEndian.AppendUint32(b, uint32(int32(offset/time.Second)))
	b = append(b, 0, 0) // standard time, its name at 0
	b = append(b, "STD\x00"...)
	return append(b, "\n"+footer+"\n"...)
}
