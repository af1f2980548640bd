package store

import (
	"testing"
	"time"

	"github.com/telefonist/telefonist/activity"
)

func TestHistoryOfThousandsIsWrittenLaterAndNeverLost(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	due := must(o.DueTellings(ctx, o.clock.at, Place{}, 99))(t)
	var rows []ToldRow
	for _, d := range due {
		row := ToldRow{d.TellingState, Changed}
		row.Told, row.ToldAt, row.DueAt = activity.State{Key: activity.Meeting, Subject: "hemligt"}, o.clock.at, time.Time{}
		rows = append(rows, row)
	}
	lines, stale, err := o.SaveToldFirst(ctx, rows)
	o.ok(err)
	if stale > 0 || len(lines) != len(rows) || len(rows) == 0 {
		t.Fatalf("%d lines for %d rows, %d stale", len(lines), len(rows), stale)
	}
	history := func() []Told {
		t.Helper()
		return must(o.ToldBetween(ctx, rows[0].Person, time.Time{}, o.clock.at.Add(time.Hour), 9))(t)
	}
	if h := history(); len(h) > 0 {
		t.Errorf("history before it was written: %v", h)
	}
	o.ok(o.RecallHistory(ctx)) // the process has ended meanwhile
	o.ok(o.AddHistory(ctx, lines))
	o.ok(o.RecallHistory(ctx))
	if h := history(); len(h) != 1 || h[0].State.Key != activity.Meeting || h[0].State.Subject != "" {
		t.Errorf("history: %+v", h)
	}
}
