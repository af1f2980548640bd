package activity

import (
	"slices"
	"strings"
	"time"

	"github.com/telefonist/telefonist/calendar"
)

// matches is true where an event has all that is asked of it. text says whether
// its words and categories may be looked at.
func (c Condition) matches(e *calendar.Event, text bool) bool {
	return (c.Prefix == "" || strings.EqualFold(c.Prefix, e.Prefix)) &&
		(c.ShowAs == "" || c.ShowAs == e.ShowAs) &&
		(c.Word == "" || text && holds(e.Words, c.Word)) &&
		(c.Category == "" || text && holds(e.Categories, c.Category)) &&
		(c.Response == "" || c.Response == e.Response) &&
		c.AllDay.is(calendar.KnownBool(e.AllDay())) &&
		c.Private.is(calendar.KnownBool(e.Private())) &&
		c.Own.is(e.Own) && c.Others.is(e.Others)
}

// is never holds for what is not known, unless nothing is asked.
func (a Asked) is(k calendar.Known) bool {
	switch a {
	case MustBe:
		return k == calendar.Yes
	case MustNot:
		return k == calendar.No
	}
	return true
}

func holds(all []string, word string) bool {
	return slices.ContainsFunc(all, func(s string) bool { return strings.EqualFold(s, word) })
}

// Because says why an event proposes nothing.
type Because string

// The reasons, in the order in which they are looked for.
const (
	CalendarOff   Because = "off"       // the calendar does not count for this person
	WasCancelled  Because = "cancelled" // by whoever called the meeting
	WasDeclined   Because = "declined"
	PrivateHidden Because = "private"  // private events are ignored
	WasSilenced   Because = "silenced" // by "back"
	NoRule        Because = "noRule"   // no rule matches it
	NoOpinion     Because = "noOpinion"
)

// judge finds the rule that decides what an event proposes, or why it proposes
// nothing; then the rule, where there is one, is the one that says so.
func (in *Input) judge(e *calendar.Event) (*Rule, Because) {
	switch {
	case !in.Calendar:
		return nil, CalendarOff
	case e.Cancelled:
		return nil, WasCancelled
	case e.Response == calendar.Declined:
		return nil, WasDeclined
	case e.Private() && in.PrivateAs == calendar.Ignore:
		return nil, PrivateHidden
	}
	text := !e.Private() || in.PrivateAs == calendar.Everything
	for i := range in.Rules {
		r := &in.Rules[i]
		if r.Off || r.If.Group != "" && !in.Groups[r.If.Group] || !r.If.matches(e, text) {
			continue
		}
		if r.Then == "" || in.Set.index(r.Then) < 0 { // an activity that is no more has no say either
			return r, NoOpinion
		}
		return r, ""
	}
	return nil, NoRule
}

// silenced is the instant from which "back" has silenced an event, never where it
// has not. An event that was moved to after the silence is heard again.
func (in *Input) silenced(key string, from time.Time) time.Time {
	quiet := never
	for _, s := range in.Silences {
		if s.Layer == "" && s.Event == key && from.Before(s.Until) {
			quiet = earlier(quiet, s.From)
		}
	}
	return quiet
}
