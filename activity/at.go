package activity

import (
	"slices"
	"sort"
	"time"
)

// At is the span that t lies in, false outside the window.
func (d Day) At(t time.Time) (Span, bool) {
	if i := d.index(t); i >= 0 {
		return d.Spans[i], true
	}
	return Span{}, false
}

// Next is the next instant after t at which the answer changes, zero where none is
// known.
func (d Day) Next(t time.Time) time.Time {
	if len(d.Spans) > 0 && t.Before(d.From) {
		return d.From
	}
	if i := d.index(t); i >= 0 && i+1 < len(d.Spans) {
		return d.Spans[i].To
	}
	return time.Time{}
}

func (d Day) index(t time.Time) int {
	i := sort.Search(len(d.Spans), func(i int) bool { return t.Before(d.Spans[i].To) })
	if i == len(d.Spans) || t.Before(d.Spans[i].From) {
		return -1
	}
	return i
}

// Outward is d as it may leave us: what is the same outside is one span, and what
// it follows from is gone.
func (d Day) Outward(set Set) Day {
	spans := make([]Span, 0, len(d.Spans))
	for _, s := range d.Spans {
		s.State, s.Why = s.State.Outward(set), Why{}
		if n := len(spans); n > 0 && spans[n-1].State.Same(s.State) {
			spans[n-1].To = s.To
			continue
		}
		spans = append(spans, s)
	}
	d.Spans = slices.Clip(spans)
	return d
}

// Difference is a time during which two days are not the same.
type Difference struct {
	From, To      time.Time
	Before, After State
}

// Compare says where two days of a person differ: in activity, in whether the
// telephone is open, or in what is shown beside. That an end or a return has moved
// is no difference by itself. Only the time that both hold is compared.
func Compare(before, after Day) []Difference {
	var all []Difference
	for i, j := 0, 0; i < len(before.Spans) && j < len(after.Spans); {
		a, b := &before.Spans[i], &after.Spans[j]
		d := Difference{later(a.From, b.From), earlier(a.To, b.To), a.State, b.State}
		if d.From.Before(d.To) && !alike(a.State, b.State) {
			if n := len(all); n > 0 && all[n-1].To.Equal(d.From) && alike(all[n-1].Before, d.Before) && alike(all[n-1].After, d.After) {
				all[n-1].To = d.To
			} else {
				all = append(all, d)
			}
		}
		if !a.To.After(b.To) {
			i++
		}
		if !b.To.After(a.To) {
			j++
		}
	}
	return all
}

// alike is true for states that are the same but for their times.
func alike(a, b State) bool {
	a.Until, a.Back, b.Until, b.Back = time.Time{}, Back{}, time.Time{}, Back{}
	return a.Same(b)
}
