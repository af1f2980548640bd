package activity

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/telefonist/telefonist/calendar/compact"
)

// A stored day is its form, its beginning, its length, and how many spans it has;
// then each span: its bits, its length, and what its bits say that it has besides.
// Times count from the span's own beginning or end.
const dayForm = 1

// Kinds, forwards and the nine are stored as their places in these, which may
// therefore only grow; an organization's own activities are stored by name.
var (
	kinds    = []BackKind{BackNone, BackTime, BackDay, BackEarliest, BackUnknown}
	forwards = []ForwardKind{NoForward, ToVoicemail, ToNumber, ToColleague}
)

const ownKey = 15 // in the place of one of the nine

// Append appends d in a compact form, without what its spans follow from. Times
// are kept to the millisecond.
func (d Day) Append(b []byte) []byte {
	b = compact.Millis(append(b, dayForm), d.From.UnixMilli())
	b = lapse(b, d.From, d.To)
	b = binary.AppendUvarint(b, uint64(len(d.Spans)))
	for i := range d.Spans {
		b = d.Spans[i].append(b)
	}
	return b
}

func (s *Span) append(b []byte) []byte {
	a := &s.State
	key := slices.Index(nine, a.Key)
	if key < 0 {
		key = ownKey
	}
	var bits compact.Bits
	bits.Put(4, uint64(key))
	bits.Has(a.Open)
	bits.Has(!a.Since.IsZero())
	bits.Has(!a.Until.IsZero())
	bits.Put(3, uint64(max(0, slices.Index(kinds, a.Back.Kind))))
	bits.Has(a.Manual)
	bits.Has(!a.At.IsZero())
	bits.Put(2, uint64(max(0, slices.Index(forwards, a.Forward.Kind))))
	texts := [...]string{a.Note, a.Subject, a.Place, a.By, a.Forward.To, string(a.Outer), a.OuterNote}
	for _, text := range texts {
		bits.Has(text != "")
	}

	b = lapse(bits.Append(b), s.From, s.To)
	if key == ownKey {
		b = compact.Text(b, string(a.Key))
	}
	if !a.Since.IsZero() {
		b = lapse(b, s.From, a.Since)
	}
	if !a.Until.IsZero() {
		b = lapse(b, s.To, a.Until)
	}
	if timed(a.Back.Kind) {
		b = lapse(b, s.To, a.Back.At)
	}
	if !a.At.IsZero() {
		b = lapse(b, s.From, a.At)
	}
	for _, text := range texts {
		if text != "" {
			b = compact.Text(b, text)
		}
	}
	return b
}

// lapse appends how long it is from one time to another as both are kept: lengths
// that were cut each by itself would add up to an earlier end.
func lapse(b []byte, from, to time.Time) []byte {
	return compact.Length(b, to.Truncate(time.Millisecond).Sub(from.Truncate(time.Millisecond)))
}

func timed(k BackKind) bool { return k == BackTime || k == BackDay || k == BackEarliest }

// errDay says that bytes are no day. What they are is not said: it may be private.
var errDay = errors.New("stored day is damaged")

// ParseDay reads what [Day.Append] wrote. Its times are UTC.
func ParseDay(b []byte) (Day, error) {
	r, err := readDay(b)
	if err != nil {
		return Day{}, err
	}
	d := Day{From: r.from, To: r.to, Spans: make([]Span, r.left)}
	for i := range d.Spans {
		if !r.next(&d.Spans[i]) {
			return Day{}, errDay
		}
	}
	if r.Left() > 0 {
		return Day{}, fmt.Errorf("%w: %d bytes too many", errDay, r.Left())
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
		if span = (Span{}); !r.next(&span) {
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

// dayReader goes through a stored day.
type dayReader struct {
	compact.Reader
	left     uint64 // spans
	from, to time.Time
	at       time.Time // where the next span begins
}

func readDay(b []byte) (*dayReader, error) {
	r := &dayReader{Reader: compact.Read(b)}
	if form := r.Byte(); form != dayForm {
		return nil, fmt.Errorf("%w: its form is %d", errDay, form)
	}
	r.from = time.UnixMilli(r.Millis()).UTC()
	r.to = r.from.Add(r.Length())
	r.at = r.from
	r.left = r.Uvarint()
	if r.Bad() || r.left > uint64(r.Left()) { // each has two bytes and more
		return nil, errDay
	}
	return r, nil
}

// next reads a span into an empty one.
func (r *dayReader) next(s *Span) bool {
	s.From = r.at
	a := &s.State
	r.left--
	bits := r.Bits()
	key := bits.Take(4)
	a.Open = bits.Is()
	since, until, kind := bits.Is(), bits.Is(), bits.Take(3)
	a.Manual = bits.Is()
	at := bits.Is()
	a.Forward.Kind = pick(r, forwards, bits.Take(2))

	s.To = s.From.Add(r.Length())
	r.at = s.To
	if key == ownKey {
		a.Key = Key(r.Text())
	} else {
		a.Key = pick(r, nine, key)
	}
	if since {
		a.Since = s.From.Add(r.Length())
	}
	if until {
		a.Until = s.To.Add(r.Length())
	}
	if a.Back.Kind = pick(r, kinds, kind); timed(a.Back.Kind) {
		a.Back.At = s.To.Add(r.Length())
	}
	if at {
		a.At = s.From.Add(r.Length())
	}
	for _, text := range [...]*string{&a.Note, &a.Subject, &a.Place, &a.By, &a.Forward.To, (*string)(&a.Outer), &a.OuterNote} {
		if bits.Is() {
			*text = r.Text()
		}
	}
	return !r.Bad() && s.From.Before(s.To)
}

func pick[T any](r *dayReader, from []T, i uint64) (t T) {
	if i >= uint64(len(from)) {
		r.Fail()
		return t
	}
	return from[i]
}
