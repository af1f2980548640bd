package reconcile

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/store"
)

// Days computes days again: those that something they follow from has changed for,
// and those that soon end. Its Next and Run are given to an engine, by [WorkDays].
type Days struct{ *Reconciler }

// daysAtOnce is how many days are computed between two writes.
const daysAtOnce = 500

// Next is when the next day is to be computed again.
func (d Days) Next(ctx context.Context) (time.Time, error) { return d.Store.NextDayDue(ctx) }

// Run computes a batch of what is due.
func (d Days) Run(ctx context.Context) error {
	due, err := d.Store.DueDays(ctx, d.Now(), daysAtOnce)
	if err != nil {
		return fmt.Errorf("find due days: %w", err)
	}
	people := map[organization.ID][]string{}
	for _, day := range due {
		people[day.Organization] = append(people[day.Organization], day.Person)
	}
	var failed []error
	for org, some := range people {
		if err := d.compute(ctx, org, some); err != nil {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

// compute makes people's days and keeps them, which makes their tellings due.
func (d Days) compute(ctx context.Context, org organization.ID, people []string) error {
	o := d.Store.In(org)
	t, err := d.terms(ctx, o)
	if err != nil {
		return fmt.Errorf("compute days: %w", err)
	}
	subjects, err := o.Subjects(ctx, people, true)
	if err != nil {
		return fmt.Errorf("compute days: %w", err)
	}
	now := d.Now()
	days := make([]store.DayRow, len(subjects))
	if err := abreast(len(subjects), func(i int) error {
		days[i] = t.day(subjects[i], now)
		return nil
	}); err != nil {
		return err
	}
	if err := d.dropShared(ctx, o, t, subjects, now); err != nil {
		return err
	}
	if err := o.SaveDays(ctx, days); err != nil {
		return fmt.Errorf("keep days: %w", err)
	}
	d.wake(WorkClock)
	return nil
}

// dropShared forgets the subjects and places of events that have ended, which are
// in an agenda only where they are shared, and what has been for longer than is
// kept.
func (d Days) dropShared(ctx context.Context, o store.Org, t *terms, subjects []store.Subject, now time.Time) error {
	var rows []store.ReadingRow
	for _, s := range subjects {
		agenda, changed := t.tidy(s.Agenda, t.zoneOf(s), now)
		if !changed {
			continue
		}
		rows = append(rows, store.ReadingRow{Person: s.Person, Generation: s.Generation, Wakes: s.Wakes, Health: s.Health,
			Tries: s.Tries, DueAt: s.DueAt, DueCause: s.DueCause, Hash: s.Hash, Agenda: agenda,
			Way: s.Way, WaySince: s.WaySince, Sought: s.Sought, Wanted: s.Wanted})
	}
	for len(rows) > 0 {
		n := min(readAtOnce, len(rows))
		if _, err := o.SaveReadings(ctx, rows[:n]); err != nil {
			return fmt.Errorf("drop subjects: %w", err)
		}
		rows = rows[n:]
	}
	return nil
}
