package activity

import (
	"testing"
	"time"
)

func TestStoredDaysAreSmall(t *testing.T) {
	in := office(busy()...)
	in.Hours, in.OffHours = eightToFive(), Gone
	d := Make(in)
	if n := len(d.Append(nil)); n > 20*len(d.Spans) {
		t.Errorf("%d spans take %d bytes", len(d.Spans), n)
	}
}

func TestDamagedDays(t *testing.T) {
	d := Make(office(busy()...))
	whole := d.Append(nil)
	for n := range len(whole) {
		if _, err := ParseDay(whole[:n]); err == nil {
			t.Errorf("cut off after %d of %d bytes, it was read", n, len(whole))
		}
	}
	if _, err := ParseDay(append(whole, 0)); err == nil {
		t.Error("with a byte too many it was read")
	}
	if _, _, _, err := At([]byte(`{"From":1}`), time.Time{}); err == nil {
		t.Error("another form was read")
	}
}

// A clock stands between two milliseconds when somebody chooses. What comes after
// must not be stored, and told, one too early: 7:59 for 8:00.
func TestStoredTimesAreExact(t *testing.T) {
	chosen := at(tuesday + "10:15").Add(20*time.Second + 936_900*time.Microsecond)
	in := office(event("e", "10:00", "11:00"), event("f", "14:00", "15:00", others))
	in.Choice = Choice{Activity: Lunch, From: chosen, At: chosen, Until: at(tuesday + "12:00")}
	in.Silences = []Silence{{Event: "f", From: chosen.Add(100 * time.Microsecond), Until: at(tuesday + "14:30")}}
	stored := Make(in).Append(nil)
	for _, c := range []struct{ clock, want string }{
		{"11:30", "lunch till 12:00 back 12:00"},
		{"13:00", "available+"},
	} {
		span, _, ok, err := At(stored, at(tuesday+c.clock))
		if got := says(span.State); err != nil || !ok || got != c.want {
			t.Errorf("%s: %s, want %s (%v)", c.clock, got, c.want, err)
		}
		if s := span.State; !s.Until.Truncate(time.Second).Equal(s.Until) || !s.Back.At.Truncate(time.Second).Equal(s.Back.At) {
			t.Errorf("%s: until %s, back %s", c.clock, s.Until, s.Back.At)
		}
	}
	for _, s := range mustParse(t, stored).Spans[1:] {
		if at := s.From; !at.Equal(chosen.Truncate(time.Millisecond)) && !at.Truncate(time.Second).Equal(at) {
			t.Errorf("one begins at %s", at)
		}
	}
}

func mustParse(t *testing.T, stored []byte) Day {
	t.Helper()
	d, err := ParseDay(stored)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func FuzzParseDay(f *testing.F) {
	f.Add([]byte{})
	f.Add(Make(office(busy()...)).Append(nil))
	in := office(event("e", "10:00", "11:00"))
	in.Choice = Choice{Activity: "jour", From: in.From, At: in.From, By: "p-1", Note: "ring", Forward: Forward{ToNumber, "+4670"}}
	f.Add(Make(in).Append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := ParseDay(b)
		if err != nil {
			return
		}
		again, err := ParseDay(d.Append(nil))
		if err != nil || len(again.Spans) != len(d.Spans) {
			t.Fatalf("what was read cannot be read again: %v", err)
		}
		if _, _, _, err := At(b, d.From); err != nil {
			t.Fatalf("whole it can be read, and at a time not: %v", err)
		}
	})
}
