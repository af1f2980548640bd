package m365

import (
	"slices"
	"time"
)

// The states of a receiver, of
// https://learn.microsoft.com/graph/change-notifications-delivery-webhooks: of
// the answers of ten minutes, more than 10 % over 3 s make it slow, and what
// is new waits ten minutes; more than 15 % over 10 s make it dropped, and what
// is new is lost.
type health int

const (
	healthy health = iota
	slow
	dropped
)

const (
	healthWindow = 10 * time.Minute
	healthSample = 10 // fewer answers say nothing; the number is ours
)

type sample struct {
	at   time.Time
	took time.Duration
}

// endpoint is a receiver's answers of late.
type endpoint []sample

// note adds an answer and forgets those that are too old to count.
func (e endpoint) note(at time.Time, took time.Duration) endpoint {
	e = slices.DeleteFunc(e, func(s sample) bool { return at.Sub(s.at) > healthWindow })
	return append(e, sample{at, took})
}

func (e endpoint) health(now time.Time) health {
	all, late, tooLate := 0, 0, 0
	for _, s := range e {
		if now.Sub(s.at) > healthWindow {
			continue
		}
		all++
		if s.took >= firstPatience {
			late++
		}
		if s.took >= retryPatience {
			tooLate++
		}
	}
	switch {
	case all < healthSample:
		return healthy
	case 100*tooLate > 15*all:
		return dropped
	case 100*late > 10*all:
		return slow
	}
	return healthy
}
