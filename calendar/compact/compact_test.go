package compact_test

import (
	"encoding/binary"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/telefonist/telefonist/calendar/compact"
)

func TestWhatIsWrittenIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u, v := rapid.Uint64().Draw(t, "u"), rapid.Int64().Draw(t, "v")
		text := rapid.String().Draw(t, "text")
		d := time.Duration(rapid.Int64Range(-1<<43, 1<<43).Draw(t, "ms")) * time.Millisecond
		b := binary.AppendVarint(binary.AppendUvarint(nil, u), v)
		b = append(compact.Length(compact.Text(b, text), d), 'x')
		r := compact.Read(b)
		if got := r.Uvarint(); got != u {
			t.Fatalf("%d read as %d", u, got)
		}
		if got := r.Varint(); got != v {
			t.Fatalf("%d read as %d", v, got)
		}
		if got := r.Text(); got != text {
			t.Fatalf("%q read as %q", text, got)
		}
		if got := r.Length(); got != d {
			t.Fatalf("%s read as %s", d, got)
		}
		if got := r.Byte(); got != 'x' || r.Bad() || r.Left() != 0 {
			t.Fatalf("%q, bad %v, %d left", got, r.Bad(), r.Left())
		}
		r = compact.Read(b[:rapid.IntRange(0, len(b)-1).Draw(t, "cut")])
		r.Uvarint()
		r.Varint()
		r.Text()
		r.Length()
		if r.Byte(); !r.Bad() {
			t.Fatal("cut off, and read as if it were whole")
		}
	})
}

func TestNumbersOfMoreThan64Bits(t *testing.T) {
	for _, b := range []string{"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"} {
		r := compact.Read([]byte(b))
		if v := r.Uvarint(); v != 0 || !r.Bad() {
			t.Errorf("% x read as %d", b, v)
		}
	}
}

func TestLongestLengths(t *testing.T) {
	for _, v := range []int64{1 << 50, -1 << 50, math.MaxInt64, math.MaxInt64 - 1} { // more than a Duration holds
		r := compact.Read(binary.AppendVarint(nil, v))
		if d := r.Length(); d != 0 || !r.Bad() {
			t.Errorf("%d read as %s", v, d)
		}
	}
}

func TestBitsAreTakenInTheirOrder(t *testing.T) {
	var b compact.Bits
	b.Has(true)
	b.Put(3, 5)
	b.Has(false)
	b.Put(2, 3)
	r := compact.Read(b.Append(nil))
	got := r.Bits()
	if !got.Is() || got.Take(3) != 5 || got.Is() || got.Take(2) != 3 || got.Take(8) != 0 {
		t.Error("taken is not what was put")
	}
}
