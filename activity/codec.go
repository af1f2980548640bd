package activity

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"
)

// A stored day is the version, its beginning in ms, its length, and how many spans
// it has; then each span: its marks, its activity, its length, and those of the
// rest that its marks name. All numbers are varints; a length is in minutes where
// it comes out even, else in ms. Times count from the span's own beginning.
const version = 1

// The marks of a span: what it is, what it has, and the kind of its return.
const (
	hasOpen = 1 << iota
	hasManual
	hasSince
	hasUntil
	hasNote
	hasSubject
	hasPlace
	hasForward
	hasBy
	hasAt
	kindShift = iota // three bits
)

// Kinds, forwards and the nine are stored as their places in these, which may
// therefore only grow; an organization's own activities are stored by name.
var (
	kinds    = []BackKind{BackNone, BackTime, BackDay, BackEarliest, BackUnknown}
	forwards = []ForwardKind{NoForward, ToVoicemail, ToNumber, ToColleague}
)

// Append appends d in a compact form, without what its spans follow from. Times
// are kept to the millisecond.
func (d Day) Append(b []byte) []byte {
	b = append(b, version)
	b = binary.AppendVarint(b, d.From.UnixMilli())
	b = appendLength(b, d.To.Sub(d.From))
	b = binary.AppendUvarint(b, uint64(len(d.Spans)))
	for i := range d.Spans {
		b = d.Spans[i].append(b)
	}
	return b
}

func (s *Span) append(b []byte) []byte {
	a := &s.State
	marks := uint64(max(0, slices.Index(kinds, a.Back.Kind))) << kindShift
	for bit, is := range [...]bool{a.Open, a.Manual, !a.Since.IsZero(), !a.Until.IsZero(), a.Note != "", a.Subject != "",
		a.Place != "", a.Forward.Kind != "", a.By != "", !a.At.IsZero()} {
		if is {
			marks |= 1 << bit
		}
	}
	b = binary.AppendUvarint(b, marks)
	if i := slices.Index(nine, a.Key); i >= 0 {
		b = append(b, byte(i))
	} else {
		b = appendText(append(b, byte(len(nine))), string(a.Key))
	}
	b = appendLength(b, s.To.Sub(s.From))
	if marks&hasSince != 0 {
		b = appendLength(b, a.Since.Sub(s.From))
	}
	if marks&hasUntil != 0 {
		b = appendLength(b, a.Until.Sub(s.To))
	}
	if timed(a.Back.Kind) {
		b = appendLength(b, a.Back.At.Sub(s.To))
	}
	for _, text := range [...]string{a.Note, a.Subject, a.Place} {
		if text != "" {
			b = appendText(b, text)
		}
	}
	if marks&hasForward != 0 {
		b = appendText(append(b, byte(max(0, slices.Index(forwards, a.Forward.Kind)))), a.Forward.To)
	}
	if a.By != "" {
		b = appendText(b, a.By)
	}
	if marks&hasAt != 0 {
		b = appendLength(b, a.At.Sub(s.From))
	}
	return b
}

func timed(k BackKind) bool { return k == BackTime || k == BackDay || k == BackEarliest }

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// appendLength appends a length, even numbers being minutes and odd ones ms.
func appendLength(b []byte, d time.Duration) []byte {
	if d%time.Minute == 0 {
		return binary.AppendVarint(b, int64(d/time.Minute)<<1)
	}
	return binary.AppendVarint(b, d.Milliseconds()<<1|1)
}

// errDay says that bytes are no day. What they are is not said: it may be private.
var errDay = errors.New("stored day is damaged")

// ParseDay reads what [Day.Append] wrote. Its times are UTC.
func ParseDay(b []byte) (Day, error) {
	r, err := readDay(b)
	if err != nil {
		return Day{}, err
	}
	d := Day{From: r.from, To: r.to, Spans: make([]Span, 0, r.left)}
	for r.left > 0 {
		var s Span
		if !r.next(&s) {
			return Day{}, errDay
		}
		d.Spans = append(d.Spans, s)
	}
	if len(r.b) > 0 {
		return Day{}, fmt.Errorf("%w: %d bytes too many", errDay, len(r.b))
	}
	return d, nil
}

// At is [Day.At] and [Day.Next] of a stored day, without reading all of it: span
// is what stands at t, next when that changes, zero where it is not known; ok is
// false outside the window.
func At(stored []byte, t time.Time) (span Span, next time.Time, ok bool, err error) {
	r, err := readDay(stored)
	if err != nil {
		return Span{}, time.Time{}, false, err
	}
	if t.Before(r.from) && r.left > 0 {
		next = r.from
	}
	for r.left > 0 {
		if !r.next(&span) {
			return Span{}, time.Time{}, false, errDay
		}
		if !t.Before(span.From) && t.Before(span.To) {
			if r.left > 0 {
				next = span.To
			}
			return span, next, true, nil
		}
	}
	return Span{}, next, false, nil
}

// dayReader goes through a stored day. A number that is not there is 0 and marks
// the day as damaged.
type dayReader struct {
	b        []byte
	bad      bool
	left     uint64 // spans
	from, to time.Time
	at       time.Time // where the next span begins
}

func readDay(b []byte) (*dayReader, error) {
	if len(b) == 0 {
		return nil, errDay
	}
	if b[0] != version {
		return nil, fmt.Errorf("%w: its form is %d", errDay, b[0])
	}
	r := &dayReader{b: b[1:]}
	r.from = time.UnixMilli(r.varint()).UTC()
	r.to = r.from.Add(r.length())
	r.left = r.uvarint()
	r.at = r.from
	if r.bad || r.left > uint64(len(r.b)) { // each has three bytes and more
		return nil, errDay
	}
	return r, nil
}

// next reads a span into an empty one.
func (r *dayReader) next(s *Span) bool {
	*s = Span{}
	r.left--
	marks := r.uvarint()
	a := &s.State
	a.Open, a.Manual = marks&hasOpen != 0, marks&hasManual != 0
	a.Key = r.key()
	s.From = r.at
	s.To = s.From.Add(r.length())
	r.at = s.To
	if marks&hasSince != 0 {
		a.Since = s.From.Add(r.length())
	}
	if marks&hasUntil != 0 {
		a.Until = s.To.Add(r.length())
	}
	a.Back.Kind = pick(r, kinds, marks>>kindShift)
	if timed(a.Back.Kind) {
		a.Back.At = s.To.Add(r.length())
	}
	if marks&(hasNote|hasSubject|hasPlace|hasForward|hasBy|hasAt) != 0 {
		r.rest(s, marks)
	}
	return !r.bad && s.From.Before(s.To)
}

// rest reads what few spans have.
func (r *dayReader) rest(s *Span, marks uint64) {
	a := &s.State
	if marks&hasNote != 0 {
		a.Note = r.text()
	}
	if marks&hasSubject != 0 {
		a.Subject = r.text()
	}
	if marks&hasPlace != 0 {
		a.Place = r.text()
	}
	if marks&hasForward != 0 {
		a.Forward = Forward{Kind: pick(r, forwards, uint64(r.byte())), To: r.text()}
	}
	if marks&hasBy != 0 {
		a.By = r.text()
	}
	if marks&hasAt != 0 {
		a.At = s.From.Add(r.length())
	}
}

func (r *dayReader) key() Key {
	i := int(r.byte())
	if i < len(nine) {
		return nine[i]
	}
	return Key(r.text())
}

func pick[T any](r *dayReader, from []T, i uint64) (t T) {
	if i >= uint64(len(from)) {
		r.bad = true
		return t
	}
	return from[i]
}

func (r *dayReader) byte() byte {
	if len(r.b) == 0 {
		r.bad = true
		return 0
	}
	c := r.b[0]
	r.b = r.b[1:]
	return c
}

func (r *dayReader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.bad, n = true, len(r.b)
	}
	r.b = r.b[n:]
	return v
}

func (r *dayReader) varint() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.bad, n = true, len(r.b)
	}
	r.b = r.b[n:]
	return v
}

func (r *dayReader) length() time.Duration {
	v := r.varint()
	unit := time.Minute
	if v&1 != 0 {
		unit = time.Millisecond
	}
	v >>= 1
	if v > math.MaxInt64/int64(unit) || v < math.MinInt64/int64(unit) {
		r.bad = true
	}
	return time.Duration(v) * unit
}

func (r *dayReader) text() string {
	n := r.uvarint()
	if n > uint64(len(r.b)) {
		r.bad = true
		return ""
	}
	s := string(r.b[:n])
	r.b = r.b[n:]
	return s
}
