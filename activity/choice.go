package activity

import (
	"slices"
	"time"
)

// Choice is what somebody set by hand for a person. It stands until its end, or
// until "back".
type Choice struct {
	Activity Key       `json:"activity"`
	From     time.Time `json:"from"`
	Until    time.Time `json:"until,omitzero"` // zero: tills vidare
	Phone    Phone     `json:"phone,omitempty"`
	Note     string    `json:"note,omitempty"`
	Forward  Forward   `json:"forward,omitzero"`
	By       string    `json:"by,omitempty"` // who set it, "" the person himself
	At       time.Time `json:"at"`           // when
}

// Stands is true where the choice is in force at t.
func (c Choice) Stands(t time.Time) bool {
	return c.Activity != "" && !t.Before(c.From) && (c.Until.IsZero() || t.Before(c.Until))
}

// Silence is what "back" has silenced, from then on and until it ends: an event,
// or the automatic replies, or that it is outside hours. An event is heard again
// where it is moved to begin after Until.
type Silence struct {
	Event string    `json:"event,omitempty"` // its key
	Layer Layer     `json:"layer,omitempty"` // ByReplies or ByHours, where it is no event
	From  time.Time `json:"from,omitzero"`   // when "back" was said
	Until time.Time `json:"until"`           // when it ended as it stood then, and the silence may be forgotten
}

// Return is what becomes of a person's choice and silences where she says at t that
// she is back: a choice that stands is cleared, else what won is silenced, that
// alone. What has no end is silenced for the rest of the day.
func Return(in Input, t time.Time) (Choice, []Silence) {
	in.settle()
	silences := slices.DeleteFunc(slices.Clone(in.Silences), func(s Silence) bool { return !t.Before(s.Until) })
	if in.Choice.Stands(t) {
		return Choice{}, silences
	}
	w := Explain(in, t)
	s := Silence{Event: w.Event, From: t, Until: w.To}
	switch w.Layer {
	case ByDefault:
		return in.Choice, silences
	case ByReplies, ByHours:
		s.Layer = w.Layer
	}
	if s.Until.IsZero() {
		s.Until = in.Worktime().RestOfDay(t)
	}
	return in.Choice, append(silences, s)
}

// Till is the next instant after t at which clocks show a time of day, in minutes
// after midnight.
func (w Worktime) Till(t time.Time, minutes int) time.Time {
	today := civil(t.In(w.zone()))
	if at := w.clock(today, minutes); at.After(t) {
		return at
	}
	return w.clock(today.AddDate(0, 0, 1), minutes)
}

// RestOfDay is when the day of t ends: with the shift that is being worked past
// midnight, with the last of the day's that has not ended, else at midnight.
func (w Worktime) RestOfDay(t time.Time) time.Time {
	today := civil(t.In(w.zone()))
	var end time.Time
	w.shifts(today.AddDate(0, 0, -1), func(i Interval) bool {
		if !t.Before(i.From) && t.Before(i.To) {
			end = later(end, i.To)
		}
		return true
	})
	if !end.IsZero() {
		return end
	}
	w.shifts(today, func(i Interval) bool {
		if t.Before(i.To) {
			end = later(end, i.To)
		}
		return true
	})
	if end.IsZero() {
		end = w.clock(today, 24*60)
	}
	return end
}

// Forgotten is when a choice without an end has stood for a working day, and the
// person is to be asked whether it is still right: at the same time of day on the
// next day on which she works. It is zero where there is nothing to ask.
func (w Worktime) Forgotten(c Choice) time.Time {
	if c.Activity == "" || !c.Until.IsZero() {
		return time.Time{}
	}
	set := later(c.From, c.At).In(w.zone())
	minutes := set.Hour()*60 + set.Minute()
	for n := 1; n <= daysAhead; n++ {
		day := civil(set).AddDate(0, 0, n)
		if !w.shifts(day, func(Interval) bool { return false }) {
			return w.clock(day, minutes)
		}
	}
	return time.Time{}
}
