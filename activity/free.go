package activity

import (
	"iter"
	"time"
)

// Free is a time during which a person can be reached.
type Free struct {
	Interval          // To is zero where it has no end that is known
	Kind     BackKind // BackTime, BackDay, BackEarliest, or BackUnknown where none is found
}

// NextFree is the first time from t on during which the telephone is open and it
// is working time, for at least so long; at once where that is now.
func NextFree(in Input, t time.Time, least time.Duration) Free {
	in.settle()
	work := in.Worktime()
	for open := range in.openTimes(t) {
		if at, day, ok := work.first(open, least); ok {
			b := in.back(at.From, day && at.From.After(t))
			return Free{Interval{b.At, orZero(at.To)}, b.Kind}
		}
	}
	return Free{Kind: BackUnknown}
}

// openTimes are the times from t on during which the telephone is open, as far as
// anybody looks.
func (in *Input) openTimes(t time.Time) iter.Seq[Interval] {
	end := later(t, in.Known).Add(furthest)
	return func(yield func(Interval) bool) {
		var open Interval
		for x := range in.stretches(t) {
			is, last := in.state(x).Open, !x.to.Before(end)
			switch {
			case is && open.To.IsZero():
				open = Interval{x.from, x.to}
			case is:
				open.To = x.to
			}
			if !open.To.IsZero() && (!is || last) {
				if !yield(open) {
					return
				}
				open = Interval{}
			}
			if last {
				return
			}
		}
	}
}
