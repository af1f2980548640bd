package m365

import (
	"testing"
	"time"
)

func TestHealthOfReceivers(t *testing.T) {
	at := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		name                string
		quick, late, slower int // answers under 3 s, over 3 s, over 10 s
		after               time.Duration
		want                health
	}{
		{"nothing yet", 0, 0, 0, 0, healthy},
		{"too few to tell", 0, 5, 4, 0, healthy},
		{"all quick", 20, 0, 0, 0, healthy},
		{"10 % late", 18, 2, 0, 0, healthy},
		{"more than 10 % late", 17, 3, 0, 0, slow},
		{"15 % far too late", 17, 0, 3, 0, slow},
		{"more than 15 % far too late", 16, 0, 4, 0, dropped},
		{"ten minutes later", 16, 0, 4, 11 * time.Minute, healthy},
	} {
		var e endpoint
		for n, took := range map[int]time.Duration{0: time.Second, 1: 4 * time.Second, 2: 10 * time.Second} {
			for range []int{test.quick, test.late, test.slower}[n] {
				e = e.note(at, took)
			}
		}
		if got := e.health(at.Add(test.after)); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
	var e endpoint
	for i := range 100 {
		e = e.note(at.Add(time.Duration(i)*time.Minute), time.Second)
	}
	if len(e) > 11 {
		t.Errorf("%d answers kept", len(e))
	}
}
