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
