package activity

import (
	"cmp"
	"slices"
	"time"
)

// Passed is an event that covers a moment and proposes nothing, and why.
type Passed struct {
	Event   string    `json:"event"`
	From    time.Time `json:"from"`
	To      time.Time `json:"to"`
	Because Because   `json:"because"`
	Rule    string    `json:"rule,omitempty"` // the one that has no opinion
}

// Explain says what the activity at t follows from, what it beat, and which events
// had no say in it.
func Explain(in Input, t time.Time) Why {
	in.settle()
	var w Why
	for x := range in.stretches(t) {
		w = why(x)
		break
	}
	w.Passed = in.passed(t)
	return w
}

// passed are the events that cover t without proposing anything, in their order.
func (in *Input) passed(t time.Time) []Passed {
	var all []Passed
	for i := range in.Events {
		e := &in.Events[i]
		from, to := e.Span(in.Zone)
		if t.Before(from) || !t.Before(to) {
			continue
		}
		p := Passed{Event: e.Key, From: from.UTC(), To: to.UTC()}
		rule, because := in.judge(e)
		if rule != nil {
			p.Rule = rule.ID
		}
		if because == "" && !t.Before(in.silenced(e.Key, from)) {
			because = WasSilenced
		}
		if p.Because = because; because != "" {
			all = append(all, p)
		}
	}
	slices.SortFunc(all, func(a, b Passed) int { return cmp.Or(a.From.Compare(b.From), cmp.Compare(a.Event, b.Event)) })
	return all
}
