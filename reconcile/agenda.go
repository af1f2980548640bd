package reconcile

import (
	"bytes"
	"slices"
	"time"

	"github.com/telefonist/telefonist/calendar"
)

// tidy is an agenda without what has been for longer than is kept, and without
// what was shared of events that have ended; and whether that changes it.
func (t *terms) tidy(agenda []calendar.Event, zone *time.Location, now time.Time) (_ []calendar.Event, changed bool) {
	// What has just been is kept in any case: it is read with each reading.
	old := calendar.DateOf(now.In(zone)).Add(-max(t.Reading.Behind, 1)).Midnight(zone)
	kept := slices.DeleteFunc(agenda, func(e calendar.Event) bool {
		_, to := e.Span(zone)
		return to.Before(old)
	})
	changed = len(kept) < len(agenda)
	for i, e := range kept {
		if _, to := e.Span(zone); (e.Subject != "" || e.Place != "" || e.Note != "") && !to.After(now) {
			kept[i], changed = e.Over(), true
		}
	}
	return kept, changed
}

// differ is true where two agendas do not say the same of the time that lies in
// both of what they cover: so something has been changed in between.
func differ(before, after []calendar.Event, zone *time.Location, from, to time.Time) bool {
	within := func(events []calendar.Event) []calendar.Event {
		var some []calendar.Event
		for _, e := range events {
			if a, b := e.Span(zone); !a.Before(from) && !b.After(to) {
				some = append(some, e.Over())
			}
		}
		return some
	}
	return !bytes.Equal(calendar.Hash(within(before)), calendar.Hash(within(after)))
}
