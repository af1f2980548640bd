package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/name"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/store/internal/db"
)

// BoardRow is a person on the board: a subscriber and what the built-in switchboard
// was told of it.
type BoardRow struct {
	Person       string
	Subscriber   pbx.Subscriber
	Live         bool
	Told, Inside activity.State // as in [TellingState]
	ToldAt       time.Time
	Health       calendar.State
	ReadAt       time.Time // when the calendar was last read
}

// BoardFilter chooses rows of the board; what is empty chooses all.
type BoardFilter struct {
	Text     string       // part of a name, a number, an address …
	Activity activity.Key // as it left us
}

// Board returns people with what stands, by name, after the place that the page
// before gave as next, "" being the beginning and the end.
func (o Org) Board(ctx context.Context, f BoardFilter, after string, limit int) (_ []BoardRow, next string, err error) {
	rows, err := o.read().Board(ctx, db.BoardParams{Organization: o.id, NameKey: place(after), Search: pattern(name.Fold(f.Text)),
		ToldKey: anyOr(string(f.Activity)), Limit: int32(limit)})
	if err != nil {
		return nil, "", wrap("read board", err)
	}
	if len(rows) == limit && limit > 0 {
		next = placeText(rows[len(rows)-1].NameKey)
	}
	page, err := each(rows, boardRowOf)
	return page, next, wrap("read board", err)
}

// BoardOf returns the rows of several subscribers, in no order; who is not on the
// board is left out.
func (o Org) BoardOf(ctx context.Context, subscribers []string) ([]BoardRow, error) {
	var all []BoardRow
	err := o.lookup(ctx, findBoard, []any{o.id}, subscribers, func(rows *sql.Rows) error {
		b, err := scanBoard(rows)
		all = append(all, b)
		return err
	})
	return all, wrap("read board", err)
}

// BoardSince returns the rows of whom the built-in switchboard was told something at
// that time or later, in no order.
func (o Org) BoardSince(ctx context.Context, since time.Time) ([]BoardRow, error) {
	var all []BoardRow
	err := o.each(ctx, boardSince, []any{o.id, millis(since)}, func(rows *sql.Rows) error {
		b, err := scanBoard(rows)
		all = append(all, b)
		return err
	})
	return all, wrap("read board", err)
}

func scanBoard(rows *sql.Rows) (BoardRow, error) {
	var r db.BoardRow
	if err := rows.Scan(&r.Person, &r.Subscriber, &r.Live, &r.ToldKey, &r.Told, &r.Inside, &r.ToldAt, &r.CreationKey, &r.Fields,
		&r.NameKey, &r.Health, &r.ReadAt); err != nil {
		return BoardRow{}, err
	}
	return boardRowOf(r)
}

// BoardCounts counts the people on the board by their activity as it left us, ""
// those of whom nothing was told yet.
func (o Org) BoardCounts(ctx context.Context) (map[activity.Key]int64, error) {
	rows, err := o.read().CountBoard(ctx, o.id)
	counts := make(map[activity.Key]int64, len(rows))
	for _, r := range rows {
		counts[activity.Key(r.ToldKey)] = r.People
	}
	return counts, wrap("count board", err)
}

func boardRowOf(r db.BoardRow) (b BoardRow, err error) {
	b = BoardRow{Person: r.Person, Subscriber: pbx.Subscriber{ID: r.Subscriber, Key: r.CreationKey}, Live: r.Live,
		ToldAt: fromMillis(r.ToldAt), Health: calendar.State(r.Health), ReadAt: fromMillis(r.ReadAt)}
	if b.Subscriber.Fields, err = decodeMap[pbx.Field](r.Fields); err != nil {
		return b, err
	}
	if b.Told, err = decodeState(r.Told); err != nil {
		return b, err
	}
	b.Inside, err = decodeState(r.Inside)
	return b, err
}
