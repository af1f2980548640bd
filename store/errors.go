package store

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
)

// failure is an answer that a caller asks for, and that errors.Is finds by the
// standard library's name, too.
type failure struct {
	text string
	like error
}

func (f *failure) Error() string { return f.text }

func (f *failure) Is(target error) bool { return f.like != nil && target == f.like }

// What may come of a question or a write. ErrNotFound is an fs.ErrNotExist and
// ErrExists an fs.ErrExist; ErrConflict says that the row is no longer as the
// caller read it, or that something else stands in the way.
var (
	ErrNotFound error = &failure{"not found", fs.ErrNotExist}
	ErrExists   error = &failure{"exists already", fs.ErrExist}
	ErrConflict error = &failure{"changed meanwhile", nil}
)

// wrap names the step and turns the databases' errors into ours.
func wrap(step string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", step, ours(err))
}

func ours(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	if pg := (*pgconn.PgError)(nil); errors.As(err, &pg) {
		switch pg.Code {
		case "23505": // unique_violation
			return ErrExists
		case "23503": // foreign_key_violation: what it belongs to is gone
			return ErrNotFound
		}
		return fmt.Errorf("postgres %s: %s", pg.Code, pg.Message) // without the row's values
	}
	if lite := (*sqlite.Error)(nil); errors.As(err, &lite) {
		switch lite.Code() {
		case 1555, 2067: // SQLITE_CONSTRAINT_PRIMARYKEY, _UNIQUE
			return ErrExists
		case 787: // SQLITE_CONSTRAINT_FOREIGNKEY
			return ErrNotFound
		}
	}
	return err
}

// one turns "how many rows were changed" into an answer: no row is missing.
func one(rows int64, err error, missing error) error {
	if err == nil && rows == 0 {
		return missing
	}
	return err
}
