package calendar_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/telefonist/telefonist/calendar"
)

func load(t interface{ Fatal(...any) }, name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func TestMidnight(t *testing.T) {
	for _, c := range []struct {
		zone string
		date calendar.Date
		want string
	}{
		{"Europe/Stockholm", "2026-06-19", "2026-06-19T00:00:00+02:00"},
		{"Europe/Stockholm", "2026-03-29", "2026-03-29T00:00:00+01:00"}, // clocks change at 2
		{"Europe/Stockholm", "2026-03-30", "2026-03-30T00:00:00+02:00"},
		{"Europe/Stockholm", "2026-10-26", "2026-10-26T00:00:00+01:00"},
		{"America/New_York", "2026-03-09", "2026-03-09T00:00:00-04:00"},
		// There is no midnight: clocks are put forward at it.
		{"Africa/Cairo", "2026-04-24", "2026-04-24T01:00:00+03:00"},
		{"Asia/Beirut", "2026-03-29", "2026-03-29T01:00:00+03:00"},
		{"America/Havana", "2026-03-08", "2026-03-08T01:00:00-04:00"},
		{"America/Sao_Paulo", "2018-11-04", "2018-11-04T01:00:00-02:00"},
		{"America/Santiago", "2026-09-06", "2026-09-06T01:00:00-03:00"},
		// There are two, or the hour before is there twice.
		{"America/Havana", "2026-11-01", "2026-11-01T00:00:00-04:00"},
		{"Atlantic/Azores", "2026-10-25", "2026-10-25T00:00:00Z"},
		{"America/Sao_Paulo", "2018-02-18", "2018-02-18T00:00:00-03:00"},
		// There is no such day: Samoa went over the date line.
		{"Pacific/Apia", "2011-12-30", "2011-12-31T00:00:00+14:00"},
		{"Pacific/Apia", "2011-12-31", "2011-12-31T00:00:00+14:00"},
		{"Pacific/Kiritimati", "2026-01-01", "2026-01-01T00:00:00+14:00"},
		{"Etc/GMT+12", "2026-01-01", "2026-01-01T00:00:00-12:00"},
		{"UTC", "2026-01-01", "2026-01-01T00:00:00Z"},
	} {
		if got := c.date.Midnight(load(t, c.zone)).Format(time.RFC3339); got != c.want {
			t.Errorf("%s in %s begins %s, want %s", c.date, c.zone, got, c.want)
		}
	}
	if at := calendar.Date("19/6").Midnight(time.UTC); !at.IsZero() {
		t.Errorf("what is no date begins %s", at)
	}
}

// A day begins at the first instant of it, and the next begins later.
func TestMidnightIsTheFirstInstantOfItsDay(t *testing.T) {
	zones := []*time.Location{time.UTC}
	for _, name := range []string{"Europe/Stockholm", "Europe/Amsterdam", "America/New_York", "Africa/Cairo", "America/Havana", "America/Santiago",
		"Asia/Beirut", "Asia/Gaza", "Asia/Tehran", "Atlantic/Azores", "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns", "Africa/Casablanca"} {
		zones = append(zones, load(t, name))
	}
	rapid.Check(t, func(t *rapid.T) {
		zone := rapid.SampledFrom(zones).Draw(t, "zone")
		d := calendar.Date("1990-01-01").Add(rapid.IntRange(0, 20_000).Draw(t, "day"))
		at := d.Midnight(zone)
		if got := calendar.DateOf(at.In(zone)); got != d {
			t.Fatalf("%s begins on %s", d, got)
		}
		if before := calendar.DateOf(at.Add(-time.Nanosecond).In(zone)); before >= d {
			t.Fatalf("just before %s begins, it is %s", d, before)
		}
		if next := d.Add(1).Midnight(zone); next.Sub(at) < 22*time.Hour || next.Sub(at) > 26*time.Hour {
			t.Fatalf("%s is %s long", d, next.Sub(at))
		}
	})
}

func TestSpanOfAllDayIsInItsZone(t *testing.T) {
	e := calendar.Event{First: "2026-03-28", After: "2026-03-30"}
	from, to := e.Span(load(t, "Europe/Stockholm"))
	if got := to.Sub(from); got != 47*time.Hour || !e.AllDay() {
		t.Errorf("two days over the change of clocks are %s", got)
	}
}

func TestReplies(t *testing.T) {
	noon := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		replies calendar.Replies
		want    bool
	}{
		"off":              {calendar.Replies{From: noon.Add(-time.Hour)}, false},
		"on":               {calendar.Replies{On: true}, true},
		"begins":           {calendar.Replies{On: true, From: noon, To: noon.Add(time.Hour)}, true},
		"has ended":        {calendar.Replies{On: true, From: noon.Add(-time.Hour), To: noon}, false},
		"has not begun":    {calendar.Replies{On: true, From: noon.Add(1)}, false},
		"ends some time":   {calendar.Replies{On: true, To: noon.Add(1)}, true},
		"began once, ever": {calendar.Replies{On: true, From: noon.Add(-1)}, true},
	} {
		if got := c.replies.Stands(noon); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
