package activity

import "time"

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
	end := later(t, in.Known).Add(furthest)
	var open Interval
	for x := range in.stretches(t) {
		isOpen := in.state(x).Open
		if isOpen && open.To.IsZero() {
			open.From = x.from
		}
		if isOpen {
			open.To = x.to
		}
		last := x.to.After(end)
		if open.To.IsZero() || isOpen && !last {
			continue
		}
		if at, day, ok := work.first(open, least); ok {
			b := in.back(at.From, day && at.From.After(t))
			return Free{Interval{b.At, orZero(at.To)}, b.Kind}
		}
		if open = (Interval{}); last {
			break
		}
	}
	return Free{Kind: BackUnknown}
}
