package store

import (
	"context"
	"database/sql"
	"strings"
	"unicode/utf8"

	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/store/internal/db"
)

// batch is the greatest number of rows that one write transaction touches.
const batch = 500

// conn is what statements run on: a database or a transaction. It makes all text
// valid UTF-8 without NUL, which PostgreSQL refuses, and in a transaction on
// SQLite prepares each statement once.
type conn struct {
	base     db.DBTX
	prepared map[string]*sql.Stmt // nil: the driver does it
}

func (c conn) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	clean(args)
	if c.prepared == nil {
		return c.base.ExecContext(ctx, query, args...)
	}
	stmt, err := c.prepare(ctx, query)
	if err != nil {
		return nil, err
	}
	return stmt.ExecContext(short(ctx), args...)
}

func (c conn) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	clean(args)
	if c.prepared == nil {
		return c.base.QueryContext(ctx, query, args...)
	}
	stmt, err := c.prepare(ctx, query)
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(short(ctx), args...)
}

func (c conn) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	clean(args)
	if c.prepared != nil {
		if stmt, err := c.prepare(ctx, query); err == nil {
			return stmt.QueryRowContext(short(ctx), args...)
		}
	}
	return c.base.QueryRowContext(ctx, query, args...)
}

// short is ctx for a statement of a transaction on SQLite, which no longer hears of
// ctx's end: for a context that can end, the driver starts a goroutine a
// statement, a third of what a row costs. These are short, and each transaction
// begins by asking.
func short(ctx context.Context) context.Context { return context.WithoutCancel(ctx) }

func (c conn) PrepareContext(ctx context.Context, query string) (*sql.Stmt, error) {
	return c.base.PrepareContext(ctx, query)
}

func (c conn) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	if stmt := c.prepared[query]; stmt != nil {
		return stmt, nil
	}
	stmt, err := c.base.PrepareContext(ctx, query)
	if err == nil {
		c.prepared[query] = stmt
	}
	return stmt, err
}

func clean(args []any) {
	for i, arg := range args {
		switch v := arg.(type) {
		case string:
			if dirty(v) {
				args[i] = cleaned(v)
			}
		case []byte:
			if v == nil {
				args[i] = []byte{} // no NULL anywhere
			}
		}
	}
}

func dirty(s string) bool { return strings.IndexByte(s, 0) >= 0 || !utf8.ValidString(s) }

func cleaned(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
}

// writing is a write transaction under way.
type writing struct {
	*db.Queries
	conn   conn
	events []Event
	grown  map[string]int64 // rows put into each table
}

// tell notes what is announced after the commit.
func (w *writing) tell(org, kind string) {
	e := Event{Organization: organization.ID(org), Kind: kind}
	for _, have := range w.events {
		if have == e {
			return
		}
	}
	w.events = append(w.events, e)
}

// write runs f in a transaction of its own.
func (s *Store) write(ctx context.Context, step string, f func(w *writing) error) error {
	if s.pool == nil {
		return s.writeIn(ctx, ordinary, step, f)
	}
	return s.writeNow(ctx, step, f)
}

// writeIn is write in a lane, on PostgreSQL too.
func (s *Store) writeIn(ctx context.Context, l lane, step string, f func(w *writing) error) error {
	if err := s.turn.take(ctx, l); err != nil {
		return wrap(step, err)
	}
	defer s.turn.give()
	return s.writeNow(ctx, step, f)
}

func (s *Store) writeNow(ctx context.Context, step string, f func(w *writing) error) error {
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return wrap(step, err)
	}
	defer tx.Rollback()
	w := &writing{conn: conn{base: tx}, grown: map[string]int64{}}
	if s.pool == nil {
		w.conn.prepared = map[string]*sql.Stmt{}
	}
	w.Queries = db.New(w.conn)
	if err := f(w); err != nil {
		if ended := ctx.Err(); ended != nil {
			err = ended // SQLite says "interrupted"
		}
		return wrap(step, err)
	}
	if s.pool != nil {
		if err := s.notify(ctx, tx, w.events); err != nil {
			return wrap(step, err)
		}
	}
	if err := tx.Commit(); err != nil {
		return wrap(step, err)
	}
	s.ears.tell(w.events)
	if s.pool != nil {
		s.settle(ctx, w.grown)
	}
	return nil
}

// Tx runs f in one write transaction: everything that f writes through the Org it
// is given is kept, or nothing. On SQLite all other writers wait meanwhile, so f
// does no I/O and touches at most 500 rows; it must not write through anything
// but its Org. Within a Tx another Tx is part of the first.
func (o Org) Tx(ctx context.Context, f func(Org) error) error {
	return o.inTurn().write(ctx, "transaction", "", func(w *writing) error {
		return f(Org{s: o.s, id: o.id, w: w})
	})
}

// write runs f in the transaction under way, or in one of its own, and announces
// kind, "" for nothing.
func (o Org) write(ctx context.Context, step, kind string, f func(w *writing) error) error {
	inner := func(w *writing) error {
		if err := f(w); err != nil {
			return err
		}
		if kind != "" {
			w.tell(o.id, kind)
		}
		return nil
	}
	switch {
	case o.w != nil:
		return wrap(step, inner(o.w))
	case o.turn:
		return o.s.writeIn(ctx, ordinary, step, inner)
	}
	return o.s.write(ctx, step, inner)
}

// inTurn is o for writing many rows of the calendar flow: on PostgreSQL, too, one
// waits for the other, and all for the clock. Else the clock, which takes rows as
// they are due, and those who take them person by person would lock each other out.
func (o Org) inTurn() Org {
	o.turn = true
	return o
}

// read is what questions are asked of.
func (o Org) read() *db.Queries {
	if o.w != nil {
		return o.w.Queries
	}
	return o.s.queries
}

// repeat runs f, each time in a transaction of its own, until it changes nothing.
func (o Org) repeat(ctx context.Context, step, kind string, f func(w *writing) (int64, error)) error {
	for {
		var rows int64
		err := o.write(ctx, step, kind, func(w *writing) (err error) {
			rows, err = f(w)
			return err
		})
		if err != nil || rows == 0 {
			return err
		}
	}
}

// pattern is the LIKE pattern for text that holds the folded search anywhere. A
// wildcard in it matches any one letter: LIKE's escapes differ between databases.
func pattern(folded string) string {
	if folded == "" {
		return "%"
	}
	return "%" + strings.NewReplacer("%", "_", `\`, "_").Replace(folded) + "%"
}

// any is the LIKE pattern of a filter: everything where it is "".
func anyOr(value string) string {
	if value == "" {
		return "%"
	}
	return value
}
