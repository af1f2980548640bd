package activity

import (
	"fmt"
	"testing"
	"time"

	"github.com/telefonist/telefonist/calendar"
)

// busy is the agenda of somebody with much to do: some 300 events over 44 days.
func busy() []calendar.Event {
	var all []calendar.Event
	start := at("2026-11-16 00:00")
	for day := range 44 {
		for n := range 7 {
			from := start.AddDate(0, 0, day).Add(8*time.Hour + time.Duration(n)*75*time.Minute)
			e := calendar.Event{Key: fmt.Sprintf("k%d-%d-0123456789", day, n), Start: from, End: from.Add(time.Duration(30+15*(n%4)) * time.Minute),
				ShowAs: []calendar.ShowAs{calendar.Busy, calendar.Tentative, calendar.Busy, calendar.Free}[n%4], Response: calendar.Accepted, Own: calendar.Yes, Others: calendar.Yes}
			if n == 3 {
				e.Prefix, e.Mark = "LUN", ":"
			}
			all = append(all, e)
		}
	}
	return all
}

func BenchmarkMake(b *testing.B) {
	in := office(busy()...)
	in.To = in.From.Add(48 * time.Hour)
	in.Hours, in.OffHours = eightToFive(), Gone
	b.ReportAllocs()
	for b.Loop() {
		Make(in)
	}
}

func BenchmarkParseDay(b *testing.B) {
	in := office(busy()...)
	in.Hours, in.OffHours = eightToFive(), Gone
	d := Make(in)
	stored := d.Append(nil)
	b.ReportMetric(float64(len(stored))/float64(len(d.Spans)), "B/span")
	b.ReportMetric(float64(len(d.Spans)), "spans")
	b.Run("whole", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := ParseDay(stored); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("at", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, _, ok, err := At(stored, at("2026-11-25 12:00")); !ok || err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Logf("%d spans in %d bytes", len(d.Spans), len(stored))
}
