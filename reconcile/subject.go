package reconcile

import (
	"hash/fnv"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/store"
)

// A day is kept from the beginning of yesterday to the end of the day after
// tomorrow, and is computed again when less than a day of it is left: some time
// during the six hours before that, so that not all are at once.
const (
	dayBehind = 1
	dayAhead  = 3
	dayLeft   = 24 * time.Hour
	daySpread = 6 * time.Hour
)

// zoneOf is the zone that a person's dates and hours are in.
func (t *terms) zoneOf(s store.Subject) *time.Location { return zoneOf(s.Zone, t.zone) }

// input is everything that a person's day between two times follows from.
func (t *terms) input(s store.Subject, from, to time.Time) activity.Input {
	groups := t.groups(s.Person)
	in := activity.Input{
		From: from, To: to, Zone: t.zoneOf(s), Set: t.set,
		Calendar: t.counts(s.Source, groups, s.Preference), Events: s.Agenda, Known: s.CoversTo,
		Rules: t.rules(groups, s.Preference), Groups: t.memberOf(s.Home, s.Person),
		Silences: s.Choice.Silences, PrivateAs: t.private(s.Preference), Choice: s.Choice.Choice,
		Hours: t.hours(groups, s.Preference, s.Mailbox.Hours), FreeDays: t.Hours.FreeDays,
	}
	if t.Replies.On && in.Calendar {
		in.Replies, in.OnReplies = s.Mailbox.Replies, t.Replies.Activity
	}
	if t.Hours.On && (in.Calendar || t.on(s.Source)) { // who leaves his calendar out works the same hours
		in.OffHours = t.Hours.Activity
	}
	return in
}

// day is a person's day as it is kept, made at now.
func (t *terms) day(s store.Subject, now time.Time) store.DayRow {
	zone := t.zoneOf(s)
	today := calendar.DateOf(now.In(zone))
	d := activity.Make(t.input(s, today.Add(-dayBehind).Midnight(zone), today.Add(dayAhead).Midnight(zone)))
	row := store.DayRow{Person: s.Person, Day: d, Generation: s.DayGeneration,
		DueAt: d.To.Add(-dayLeft - spread(s.Person, daySpread))}
	for i := range d.Spans {
		span := &d.Spans[i]
		if !span.To.After(now) {
			span.State.Subject, span.State.Place, span.State.Note = "", "", ""
		} else if (span.State.Subject != "" || span.State.Place != "") && span.To.Before(row.DueAt) {
			row.DueAt = span.To // what is shared is dropped when its event ends
		}
	}
	return row
}

// spread is a part of d that key chooses, the same each time.
func spread(key string, d time.Duration) time.Duration {
	h := fnv.New32a()
	h.Write([]byte(key))
	return time.Duration(h.Sum32()) % d
}
