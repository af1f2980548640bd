package store

import (
	"context"
	"slices"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/store/internal/db"
)

// DayRow is a person's day, from yesterday to some 48 hours ahead, without its
// causes.
type DayRow struct {
	Person string
	activity.Day
	DueAt time.Time // when it must be computed again because it ends
	// Generation is that of the row as it was before anything was read that the day
	// follows from: every change of these counts it up.
	Generation int64
}

// DayState is a day as it is kept.
type DayState struct {
	DayRow
	Stale bool // something it follows from has changed
}

// Day returns a person's day. Read it, for its generation, before reading what a
// new one is computed from.
func (o Org) Day(ctx context.Context, person string) (DayState, error) {
	row, err := o.read().GetDay(ctx, db.GetDayParams{Organization: o.id, Person: person})
	if err != nil {
		return DayState{}, wrap("read day", err)
	}
	d, err := dayOf(row)
	return d, wrap("read day", err)
}

func dayOf(row db.Day) (DayState, error) {
	day, err := decodeDay(row.Spans)
	day.From, day.To = fromMillis(row.FromAt), fromMillis(row.ToAt)
	return DayState{DayRow{row.Person, day, fromMillis(row.DueAt), row.Generation}, row.Stale}, err
}

// SaveDays keeps days and makes the tellings of their people due. A day computed
// from what is no longer so is not kept: the one that stands is marked stale.
func (o Org) SaveDays(ctx context.Context, days []DayRow) error {
	for part := range slices.Chunk(days, batch/4) { // a person may have several tellings
		if err := o.inTurn().write(ctx, "save days", "", func(w *writing) error { return o.saveDays(ctx, w, part) }); err != nil {
			return err
		}
	}
	return nil
}

func (o Org) saveDays(ctx context.Context, w *writing, days []DayRow) error {
	rows := make([][]any, len(days))
	for i, d := range days {
		rows[i] = []any{o.id, d.Person, d.Generation, millis(d.From), millis(d.To), millis(d.DueAt), encodeDay(d.Day)}
	}
	saved, err := o.s.runEach(ctx, w, saveDays, rows)
	if err != nil {
		return err
	}
	var kept, lost []string
	for i, d := range days {
		if saved[i] {
			kept = append(kept, d.Person)
		} else {
			lost = append(lost, d.Person)
		}
	}
	now := millis(o.s.now())
	if _, err := o.s.among(ctx, w, wakeTellings, []any{o.id, now}, kept); err != nil {
		return err
	}
	_, err = o.s.among(ctx, w, staleDays, []any{o.id, now}, lost)
	return err
}

// saveDay keeps a person's day, or has it computed again where it is nil.
func (o Org) saveDay(ctx context.Context, w *writing, person string, day *DayRow) error {
	if day == nil {
		_, err := o.s.among(ctx, w, staleDays, []any{o.id, millis(o.s.now())}, []string{person})
		return err
	}
	row := *day
	row.Person = person
	return o.saveDays(ctx, w, []DayRow{row})
}

// StaleDays has the days of people computed again, nil for everybody's.
func (o Org) StaleDays(ctx context.Context, people []string) error {
	if people == nil {
		var err error
		if people, err = o.read().PeopleWithDay(ctx, o.id); err != nil {
			return wrap("stale days", err)
		}
	}
	for part := range slices.Chunk(people, batch) {
		if err := o.inTurn().write(ctx, "stale days", "", func(w *writing) error {
			_, err := o.s.among(ctx, w, staleDays, []any{o.id, millis(o.s.now())}, part)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// DueDay is a day that is stale or ends soon.
type DueDay struct {
	Organization organization.ID
	Person       string
	At           time.Time
}

// DueDays returns days that are to be computed again, the longest due first.
func (s *Store) DueDays(ctx context.Context, now time.Time, limit int) ([]DueDay, error) {
	rows, err := s.queries.DueDays(ctx, db.DueDaysParams{DueAt: millis(now), Limit: int32(limit)})
	due := make([]DueDay, len(rows))
	for i, r := range rows {
		due[i] = DueDay{organization.ID(r.Organization), r.Person, fromMillis(r.DueAt)}
	}
	return due, wrap("list due days", err)
}

// NextDayDue is when the next day is due, zero for never.
func (s *Store) NextDayDue(ctx context.Context) (time.Time, error) {
	at, err := s.queries.NextDayDue(ctx)
	return fromMillis(at), wrap("next day", err)
}
