package reconcile

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/store"
)

// available is what stands where nothing does.
var available = activity.State{Key: activity.Available, Open: true}

// tell tells some tellings whose instant has come. What the built-in switchboard
// is told is written, which is all there is to it; what others are told is handed
// to their lanes.
func (c *Clock) tell(ctx context.Context, due []telling) error {
	blank := map[organization.ID][]string{}
	for some := range slices.Chunk(due, toldAtOnce) {
		now := c.Now()
		rows := make([]store.ToldRow, 0, len(some))
		for i := range some {
			t := &some[i]
			switch {
			case t.blank:
				rows = append(rows, waits(t))
				blank[t.Organization] = append(blank[t.Organization], t.Person)
			case !t.until.IsZero() && !t.until.After(now): // too late for it: what stands now is loaded
				c.look(now)
			case t.Switchboard == store.Builtin:
				rows = append(rows, c.told(t, now))
			default:
				row, told := c.outside(t, now)
				if told {
					rows = append(rows, row)
				} else {
					c.hand(ctx, *t)
				}
			}
		}
		save := c.save
		if len(due) > toldAtOnce {
			save = c.saveFirst
		}
		if err := save(ctx, rows); err != nil {
			return err
		}
	}
	for org, people := range blank {
		if err := c.Store.In(org).StaleDays(ctx, people); err != nil {
			return fmt.Errorf("compute again: %w", err)
		}
		c.wake(WorkDays)
	}
	return nil
}

// save writes what was told, before anything else is written, even where we are
// being stopped.
func (c *Clock) save(ctx context.Context, rows []store.ToldRow) error {
	if len(rows) == 0 {
		return nil
	}
	stale, err := c.Store.SaveTold(context.WithoutCancel(ctx), rows)
	if err != nil {
		return fmt.Errorf("keep what was told: %w", err)
	}
	if stale > 0 {
		c.clock.ring() // made due meanwhile
	}
	return nil
}

// saveFirst is save for one of many batches of an instant, whose lines in the
// history wait until all have been told.
func (c *Clock) saveFirst(ctx context.Context, rows []store.ToldRow) error {
	lines, stale, err := c.Store.SaveToldFirst(context.WithoutCancel(ctx), rows)
	c.history = append(c.history, lines...)
	if err != nil {
		return fmt.Errorf("keep what was told: %w", err)
	}
	if stale > 0 {
		c.clock.ring()
	}
	return nil
}

// record writes the lines that wait into the history, beside the clock and behind
// it.
func (c *Clock) record(ctx context.Context) {
	if len(c.history) == 0 {
		return
	}
	lines := c.history
	c.history = nil
	c.group.Go(func() {
		if err := c.Store.AddHistory(context.WithoutCancel(ctx), lines); err != nil {
			c.Log.Error("keeping the history of what was told", "lines", len(lines), "error", err)
		}
	})
}

// waits is a row of a person whose day does not hold this moment: it is looked at
// again when her day has been computed.
func waits(t *telling) store.ToldRow {
	row := store.ToldRow{TellingState: t.TellingState, Kind: store.Unchanged}
	row.DueAt = time.Time{}
	return row
}

// told is what comes of telling the built-in switchboard.
func (c *Clock) told(t *telling, now time.Time) store.ToldRow {
	row := store.ToldRow{TellingState: t.TellingState, Kind: store.Unchanged}
	row.DueAt = t.until
	c.dueAgain(row.DueAt)
	outward := t.outward()
	inside := activity.State{}
	if !t.want.Same(outward) {
		inside = t.want
	}
	switch {
	case t.Leaving:
		row.Kind = store.Forgotten
	case t.Told.Key != "" && t.Told.Same(outward) && t.Inside.Same(inside):
		return row
	case t.Told.Key != "" && t.Told.Same(outward): // nobody outside may see when
		row.Kind, row.Inside = store.ChangedInside, inside
		return row
	default:
		row.Kind = store.Changed
	}
	row.Told, row.Inside = outward, inside
	row.ToldAt, row.Late, row.Answer, row.Tries = now, c.late(t, now), pbx.Reason{}, 0
	return row
}

// late is how long after its instant something is told. Who was never told of is not
// waited for to be available: that is what stands before a calendar was ever read.
func (c *Clock) late(t *telling, now time.Time) time.Duration {
	if t.Told.Key == "" && withdrawn(t.want) {
		return 0
	}
	late := max(0, now.Sub(t.DueAt))
	if c.Late != nil {
		c.Late(late)
	}
	return late
}

// dueAgain has a row looked at at its time, which may be before more is loaded.
func (c *Clock) dueAgain(at time.Time) {
	if !at.IsZero() && at.Before(c.Now().Add(lookAhead)) {
		c.look(at)
	}
}

// outward is what may leave us, with what a sentence is made with.
func (t *telling) outward() activity.State {
	s := t.want.Outward(t.terms.set)
	s.Language, s.Zone = t.terms.language, t.terms.Zone
	return s
}
