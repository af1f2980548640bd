package m365_test

import (
	"testing"
	"time"

	"github.com/telefonist/telefonist/m365"
)

// BenchmarkCalendar reads 37 days of one mailbox after another.
func BenchmarkCalendar(b *testing.B) {
	now := time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
	tenant := m365.New(m365.Options{People: 1000, Seed: 1, Now: func() time.Time { return now }})
	tenant.OpenOffice(1)
	people := tenant.People()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		tenant.Events(people[i%len(people)].ID, now.AddDate(0, 0, -1), now.AddDate(0, 0, 36))
	}
}
