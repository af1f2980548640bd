package ews

import (
	"bytes"
	"time"
)

// time reads a time, and allocates nothing for it.
func (s *scanner) time(t *time.Time, zone *time.Location) bool {
	got, ok := dateTime(s.read(), zone)
	if ok {
		*t = got.UTC()
	}
	return ok
}

// dateTime reads "2026-06-19T08:00:00", with or without a fraction, and with an
// offset as any of the servers write it, "Z", "+02:00" or "+0200"; without one it
// is on the clock of zone.
func dateTime(b []byte, zone *time.Location) (time.Time, bool) {
	const layout = "2006-01-02T15:04:05"
	b = bytes.TrimSpace(b)
	if len(b) < len(layout) {
		return time.Time{}, false
	}
	for i := range len(layout) {
		if c := layout[i]; c < '0' || c > '9' {
			if b[i] != c {
				return time.Time{}, false
			}
		}
	}
	year, ok0 := digits(b[:4])
	month, ok1 := digits(b[5:7])
	day, ok2 := digits(b[8:10])
	hour, ok3 := digits(b[11:13])
	minute, ok4 := digits(b[14:16])
	second, ok5 := digits(b[17:19])
	rest := b[19:]
	if len(rest) > 0 && rest[0] == '.' { // nobody meets at a fraction of a second
		n := 1
		for n < len(rest) && rest[n] >= '0' && rest[n] <= '9' {
			n++
		}
		rest = rest[n:]
	}
	ahead, local, ok6 := offset(rest)
	if !ok0 || !ok1 || !ok2 || !ok3 || !ok4 || !ok5 || !ok6 || month < 1 || month > 12 || hour > 24 || minute > 59 || second > 60 {
		return time.Time{}, false
	}
	if !local {
		zone = time.UTC
	}
	t := time.Date(year, time.Month(month), day, hour, minute, second, 0, zone)
	if _, _, d := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Date(); d != day {
		return time.Time{}, false
	}
	return t.Add(-ahead), true
}

// offset reads how far a clock is ahead of UTC, or that it isn't said.
func offset(b []byte) (ahead time.Duration, local, ok bool) {
	switch {
	case len(b) == 0:
		return 0, true, true
	case len(b) == 1 && b[0] == 'Z':
		return 0, false, true
	case len(b) == 6 && b[3] == ':':
		b = append(make([]byte, 0, 8), b[0], b[1], b[2], b[4], b[5])
	case len(b) != 5:
		return 0, false, false
	}
	h, ok1 := digits(b[1:3])
	m, ok2 := digits(b[3:5])
	ahead = time.Duration(h)*time.Hour + time.Duration(m)*time.Minute
	if b[0] == '-' {
		ahead = -ahead
	}
	return ahead, false, ok1 && ok2 && (b[0] == '+' || b[0] == '-')
}

func digits(b []byte) (n int, ok bool) {
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}
