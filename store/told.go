package store

import (
	"context"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/store/internal/db"
)

// Tellings returns what switchboards were told of a person, the oldest row first.
func (o Org) Tellings(ctx context.Context, person string) ([]TellingState, error) {
	rows, err := o.read().TellingsOfPerson(ctx, db.TellingsOfPersonParams{Organization: o.id, Person: person})
	return tellingsOf(rows, err)
}

// TellingsOf returns what one switchboard was told, only what failed where that is
// asked for, after the place that the page before gave as next, 0 being the
// beginning and the end.
func (o Org) TellingsOf(ctx context.Context, switchboard string, failing bool, after int64, limit int) (_ []TellingState, next int64, err error) {
	var rows []db.Telling
	if failing {
		rows, err = o.read().FailingTellings(ctx, db.FailingTellingsParams{Organization: o.id, Switchboard: switchboard, Serial: after, Limit: int32(limit)})
	} else {
		rows, err = o.read().TellingsOfSwitchboard(ctx, db.TellingsOfSwitchboardParams{Organization: o.id, Switchboard: switchboard, Serial: after, Limit: int32(limit)})
	}
	if len(rows) == limit && limit > 0 {
		next = rows[len(rows)-1].Serial
	}
	all, err := tellingsOf(rows, err)
	return all, next, err
}

func tellingsOf(rows []db.Telling, err error) ([]TellingState, error) {
	if err != nil {
		return nil, wrap("read tellings", err)
	}
	all, err := each(rows, tellingOf)
	return all, wrap("read tellings", err)
}

// TellingCount is how many subscribers a switchboard is told of.
type TellingCount struct {
	Tellings, Live, Failing int64
	Latest                  time.Duration // how late the latest of the last ones was
}

// TellingCounts counts what is told, by switchboard.
func (o Org) TellingCounts(ctx context.Context) (map[string]TellingCount, error) {
	rows, err := o.read().CountTellings(ctx, o.id)
	counts := make(map[string]TellingCount, len(rows))
	for _, r := range rows {
		counts[r.Switchboard] = TellingCount{r.Tellings, r.Live, r.Failing, time.Duration(r.Latest) * time.Millisecond}
	}
	return counts, wrap("count tellings", err)
}

// Told is something that a switchboard was told of a person.
type Told struct {
	Person, Switchboard string
	At                  time.Time
	State               activity.State // as it left us, without a subject or a place
}

// ToldAt returns what stood at a moment: what each switchboard had been told last.
func (o Org) ToldAt(ctx context.Context, person string, at time.Time) ([]Told, error) {
	rows, err := o.read().ToldAt(ctx, db.ToldAtParams{Organization: o.id, Person: person, At: millis(at)})
	if err != nil {
		return nil, wrap("read told", err)
	}
	all, err := each(rows, func(r db.ToldAtRow) (Told, error) {
		return toldOf(db.Told{Person: r.Person, At: r.At, Switchboard: r.Switchboard, State: r.State})
	})
	return all, wrap("read told", err)
}

// ToldBetween returns what was told of a person from one moment up to another, in
// order.
func (o Org) ToldBetween(ctx context.Context, person string, from, to time.Time, limit int) ([]Told, error) {
	rows, err := o.read().ToldBetween(ctx, db.ToldBetweenParams{Organization: o.id, Person: person, At: millis(from), At_2: millis(to),
		Limit: int32(limit)})
	if err != nil {
		return nil, wrap("read told", err)
	}
	all, err := each(rows, toldOf)
	return all, wrap("read told", err)
}

func toldOf(r db.Told) (Told, error) {
	state, err := decodeState(r.State)
	return Told{Person: r.Person, Switchboard: r.Switchboard, At: fromMillis(r.At), State: state}, err
}

// PurgeTold forgets what was told before then, but for what still stood then.
func (o Org) PurgeTold(ctx context.Context, before time.Time) error {
	return o.repeat(ctx, "purge told", "", func(w *writing) (int64, error) {
		return w.PurgeTold(ctx, db.PurgeToldParams{Organization: o.id, At: millis(before)})
	})
}
