// Package compact writes and reads times, numbers and text in few bytes, as
// agendas and days are stored: a hundred thousand people have some, and most of
// what stands in them is whole minutes and short words.
package compact

import (
	"encoding/binary"
	"math"
	"time"
)

// Text appends s with its length before it.
func Text(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// Millis appends a number of milliseconds: an even number is minutes, an odd one ms.
func Millis(b []byte, ms int64) []byte {
	if ms%minute == 0 {
		return binary.AppendVarint(b, ms/minute<<1)
	}
	return binary.AppendVarint(b, ms<<1|1)
}

const minute = 60_000

// Length appends a length to the millisecond, as Millis does.
func Length(b []byte, d time.Duration) []byte { return Millis(b, d.Milliseconds()) }

// Bits are up to 64 bits in which small numbers are put, and from which they are
// taken in the same order. What is put last costs nothing while it is 0.
type Bits struct {
	bits uint64
	n    int
}

// Put puts a number of so many bits.
func (b *Bits) Put(width int, v uint64) {
	b.bits |= v << b.n
	b.n += width
}

// Has puts one bit, for yes or no.
func (b *Bits) Has(is bool) {
	if is {
		b.bits |= 1 << b.n
	}
	b.n++
}

// Append appends the bits.
func (b *Bits) Append(to []byte) []byte { return binary.AppendUvarint(to, b.bits) }

// Take takes a number of so many bits.
func (b *Bits) Take(width int) uint64 {
	v := b.bits & (1<<width - 1)
	b.bits >>= width
	return v
}

// Is takes one bit.
func (b *Bits) Is() bool { return b.Take(1) == 1 }

// Reader reads what was appended, in the same order. What is missing or makes no
// sense is zero, and makes it Bad.
type Reader struct {
	s   string
	bad bool
}

// Read begins to read. The texts that are read are parts of one copy of b.
func Read(b []byte) Reader { return Reader{s: string(b)} }

// Bad is true where something could not be read.
func (r *Reader) Bad() bool { return r.bad }

// Left is how many bytes are left.
func (r *Reader) Left() int { return len(r.s) }

// Fail makes r Bad: what was read makes no sense.
func (r *Reader) Fail() { r.bad, r.s = true, "" }

// Byte reads a byte.
func (r *Reader) Byte() byte {
	if r.s == "" {
		r.bad = true
		return 0
	}
	c := r.s[0]
	r.s = r.s[1:]
	return c
}

// Uvarint reads what binary.AppendUvarint wrote.
func (r *Reader) Uvarint() uint64 {
	var v uint64
	for i := 0; i < len(r.s) && i < binary.MaxVarintLen64; i++ {
		c := r.s[i]
		if c < 0x80 {
			if i == binary.MaxVarintLen64-1 && c > 1 {
				break // more than 64 bits
			}
			r.s = r.s[i+1:]
			return v | uint64(c)<<(7*i)
		}
		v |= uint64(c&0x7f) << (7 * i)
	}
	r.Fail()
	return 0
}

// Varint reads what binary.AppendVarint wrote.
func (r *Reader) Varint() int64 {
	u := r.Uvarint()
	return int64(u>>1) ^ -int64(u&1)
}

// Bits reads what was put in Bits.
func (r *Reader) Bits() Bits { return Bits{bits: r.Uvarint()} }

// Millis reads what Millis wrote.
func (r *Reader) Millis() int64 {
	v := r.Varint()
	if v&1 != 0 {
		return v >> 1
	}
	if v >>= 1; v > math.MaxInt64/minute || v < math.MinInt64/minute {
		r.Fail()
		return 0
	}
	return v * minute
}

// Length reads what Length wrote.
func (r *Reader) Length() time.Duration {
	ms := r.Millis()
	if ms > math.MaxInt64/int64(time.Millisecond) || ms < math.MinInt64/int64(time.Millisecond) {
		r.Fail()
		return 0
	}
	return time.Duration(ms) * time.Millisecond
}

// Text reads what Text wrote.
func (r *Reader) Text() string {
	n := r.Uvarint()
	if n > uint64(len(r.s)) {
		r.Fail()
		return ""
	}
	text := r.s[:n]
	r.s = r.s[n:]
	return text
}
