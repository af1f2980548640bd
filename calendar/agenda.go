package calendar

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/telefonist/telefonist/calendar/compact"
)

// A stored agenda is its form and how many events it has; then each event: its
// bits, its key, its beginning counted from that of the event before, its length,
// and what its bits say that it has besides.
const agendaForm = 2

// The texts that every agenda may hold are stored as their places in these, which
// may therefore only grow; others are stored as they are.
var (
	showAsCodes   = []ShowAs{ShowUnknown, Free, Tentative, Busy, OutOfOffice, Elsewhere}
	responseCodes = []Response{ResponseUnknown, Organizer, Accepted, TentativeAccepted, Declined, NotResponded, NoResponse}
	privacyCodes  = []Sensitivity{"", Normal, Personal, Private, Confidential}
	markCodes     = []string{"", ":", ";"}
)

// codeBits hold a place in those, or other for a text that is in none.
const (
	codeBits = 3
	other    = 1<<codeBits - 1
)

// AppendAgenda appends events in a compact form, some 25 bytes for a plain one with
// a key of 16 letters. Times are kept to the millisecond; of an all-day event the
// dates alone.
func AppendAgenda(b []byte, events []Event) []byte {
	b = binary.AppendUvarint(append(b, agendaForm), uint64(len(events)))
	var at int64
	for i := range events {
		b, at = events[i].append(b, at)
	}
	return b
}

// append returns also when the event begins, from which the next one counts.
func (e *Event) append(b []byte, before int64) ([]byte, int64) {
	var bits compact.Bits
	show, response, privacy := code(showAsCodes, e.ShowAs), code(responseCodes, e.Response), code(privacyCodes, e.Sensitivity)
	bits.Put(codeBits, show)
	bits.Put(codeBits, response)
	bits.Put(2, uint64(e.Own+1))
	bits.Put(2, uint64(e.Others+1))
	bits.Put(codeBits, privacy)
	bits.Has(e.AllDay())
	bits.Put(2, uint64(max(0, slices.Index(markCodes, e.Mark))))
	texts := [...]string{e.Prefix, e.Subject, e.Place, e.Note}
	for _, s := range texts {
		bits.Has(s != "")
	}
	bits.Has(len(e.Words) > 0)
	bits.Has(len(e.Categories) > 0)
	bits.Has(e.Cancelled)

	b = compact.Text(bits.Append(b), e.Key)
	from, to := e.Start.UnixMilli(), e.End.UnixMilli()
	if e.AllDay() {
		from, to = e.First.Midnight(time.UTC).UnixMilli(), e.After.Midnight(time.UTC).UnixMilli()
	}
	b = compact.Millis(compact.Millis(b, from-before), to-from)
	for _, x := range [...]struct {
		code uint64
		text string
	}{{show, string(e.ShowAs)}, {response, string(e.Response)}, {privacy, string(e.Sensitivity)}} {
		if x.code == other {
			b = compact.Text(b, x.text)
		}
	}
	for _, s := range texts {
		if s != "" {
			b = compact.Text(b, s)
		}
	}
	return appendList(appendList(b, e.Words), e.Categories), from
}

func appendList(b []byte, all []string) []byte {
	if len(all) == 0 {
		return b
	}
	b = binary.AppendUvarint(b, uint64(len(all)))
	for _, s := range all {
		b = compact.Text(b, s)
	}
	return b
}

func code[T ~string](known []T, s T) uint64 {
	if i := slices.Index(known, s); i >= 0 {
		return uint64(i)
	}
	return other
}

// errAgenda never says what the bytes are: they may be private.
var errAgenda = errors.New("stored agenda is damaged")

// ParseAgenda reads what [AppendAgenda] wrote, nothing as no events. Its times are
// UTC, its texts parts of one copy of b.
func ParseAgenda(b []byte) ([]Event, error) {
	if len(b) == 0 {
		return nil, nil
	}
	r := compact.Read(b)
	if form := r.Byte(); form != agendaForm {
		return nil, fmt.Errorf("%w: its form is %d", errAgenda, form)
	}
	n := r.Uvarint()
	if n > uint64(r.Left()) { // each has four bytes and more
		return nil, errAgenda
	}
	events := make([]Event, n)
	var at int64
	for i := range events {
		at = events[i].read(&r, at)
	}
	if r.Bad() || r.Left() > 0 {
		return nil, errAgenda
	}
	return events, nil
}

func (e *Event) read(r *compact.Reader, before int64) int64 {
	bits := r.Bits()
	show, response := bits.Take(codeBits), bits.Take(codeBits)
	e.Own, e.Others = known(r, bits.Take(2)), known(r, bits.Take(2))
	privacy, allDay := bits.Take(codeBits), bits.Is()
	e.Mark = pick(r, markCodes, bits.Take(2))

	e.Key = r.Text()
	from := before + r.Millis()
	to := from + r.Millis()
	if allDay {
		e.First, e.After = DateOf(time.UnixMilli(from).UTC()), DateOf(time.UnixMilli(to).UTC())
	} else {
		e.Start, e.End = time.UnixMilli(from).UTC(), time.UnixMilli(to).UTC()
	}
	e.ShowAs, e.Response = text(r, showAsCodes, show), text(r, responseCodes, response)
	e.Sensitivity = text(r, privacyCodes, privacy)
	for _, s := range [...]*string{&e.Prefix, &e.Subject, &e.Place, &e.Note} {
		if bits.Is() {
			*s = r.Text()
		}
	}
	if bits.Is() {
		e.Words = readList(r)
	}
	if bits.Is() {
		e.Categories = readList(r)
	}
	e.Cancelled = bits.Is()
	return from
}

func readList(r *compact.Reader) []string {
	n := r.Uvarint()
	if n > uint64(r.Left()) {
		r.Fail()
		return nil
	}
	all := make([]string, n)
	for i := range all {
		all[i] = r.Text()
	}
	return all
}

func text[T ~string](r *compact.Reader, codes []T, i uint64) T {
	if i == other {
		return T(r.Text())
	}
	return pick(r, codes, i)
}

func pick[T any](r *compact.Reader, from []T, i uint64) (t T) {
	if i >= uint64(len(from)) {
		r.Fail()
		return t
	}
	return from[i]
}

func known(r *compact.Reader, v uint64) Known {
	return pick(r, []Known{No, Unknown, Yes}, v)
}

// Hash is the same for the same events in any order. A mailbox whose reading has
// the hash of the one before has not changed.
func Hash(events []Event) []byte {
	all := slices.Clone(events)
	slices.SortFunc(all, func(a, b Event) int {
		if n := cmp.Or(cmp.Compare(a.First, b.First), a.Start.Compare(b.Start), cmp.Compare(a.Key, b.Key)); n != 0 {
			return n
		}
		return bytes.Compare(AppendAgenda(nil, []Event{a}), AppendAgenda(nil, []Event{b}))
	})
	sum := sha256.Sum256(AppendAgenda(nil, all))
	return sum[:]
}
