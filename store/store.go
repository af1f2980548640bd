// Package store keeps everything that Telefonist remembers, in SQLite or in
// PostgreSQL, by one SQL text.
//
//	s, err := store.Open(ctx, "data/telefonist.db", store.Options{})
//	org := s.In(id)                         // the only way to a customer's rows
//	people := org.People(ctx, source, 0)    // an iterator
//	err = org.Tx(ctx, func(org store.Org) error { … })
//
// [Store] itself holds what spans organizations: who signs in, what is due, who
// owns the hash of a token. [Org] holds the rest; each of its statements names
// its organization.
//
// What the calendar flow keeps is a chain of rows, each made due by the one before:
// a [Mailbox], the [DayState] that follows from it and from what a person chose, and
// a [TellingState] for each subscriber and switchboard. [Org.Enroll] and
// [Org.AlignTellings] say which of them there are, [Store.DueTellings] and
// [Store.SaveTold] are the clock's, whose writers come before all others.
//
// Statements are written in PostgreSQL's form under query/ and made into Go by
// sqlc; bulk.go and bulkcalendar.go alone are written by hand. No write transaction touches more than
// 500 rows or waits for anything. Once one is committed, [Store.Listen] tells
// what kind of thing of which organization changed, and nothing more.
//
// A missing row is [ErrNotFound], a taken key [ErrExists], a row that changed
// meanwhile [ErrConflict]; ask with errors.Is.
package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"embed"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/store/internal/db"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Store is an open database. It is safe for use by several goroutines.
type Store struct {
	now     func() time.Time
	log     *slog.Logger
	writer  *sql.DB
	reader  *sql.DB // the same as writer on PostgreSQL
	pool    *pgxpool.Pool
	folder  string      // of a database that ends with us
	queries *db.Queries // on reader
	serial  atomic.Int64
	turn    turn // who writes next: anybody on SQLite, the calendar flow on PostgreSQL
	sizes   sync.Mutex
	size    map[string]int64 // rows put into each table since Open; see settle
	ears    ears
	stop    context.CancelFunc
	stopped chan struct{}
}

// Options are what may differ from the defaults.
type Options struct {
	Now func() time.Time // time.Now
	Log *slog.Logger     // slog.Default
}

// Open opens the database at url and brings its tables up to date. A postgres://
// or postgresql:// URL is PostgreSQL; a path, with or without "sqlite:", is a
// file of SQLite; "" is a file that is gone after Close.
func Open(ctx context.Context, url string, opts Options) (*Store, error) {
	s := &Store{now: opts.Now, log: opts.Log, stop: func() {}, stopped: make(chan struct{}), size: map[string]int64{}}
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	if err := s.open(ctx, url); err != nil {
		s.Close()
		return nil, fmt.Errorf("open database: %w", err)
	}
	return s, nil
}

func (s *Store) open(ctx context.Context, url string) error {
	dialect, opts := goose.DialectSQLite3, []goose.ProviderOption(nil)
	if strings.HasPrefix(url, "postgres://") || strings.HasPrefix(url, "postgresql://") {
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return err
		}
		dialect, opts = goose.DialectPostgres, append(opts, goose.WithSessionLocker(locker))
		if err := s.openPostgres(ctx, url); err != nil {
			return err
		}
	} else if err := s.openSQLite(ctx, strings.TrimPrefix(url, "sqlite:")); err != nil {
		return err
	}
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	up, err := goose.NewProvider(dialect, s.writer, files, opts...)
	if err != nil {
		return err
	}
	if _, err := up.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	s.queries = db.New(conn{base: s.reader})
	s.serial.Store(s.now().UnixMicro())
	s.hear()
	return nil
}

// openSQLite opens one connection that writes, which is what keeps writers from
// each other, and a few that only read and never wait for it. What is deleted or
// replaced is overwritten (secure_delete): a subject must not outlive its event in a
// page that is free.
func (s *Store) openSQLite(ctx context.Context, path string) error {
	const pragmas = "_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)&_pragma=synchronous(NORMAL)"
	if path == "" {
		var err error
		if s.folder, err = os.MkdirTemp("", "telefonist-"); err != nil {
			return err
		}
		path = filepath.Join(s.folder, "telefonist.db")
	}
	name := "file:" + (&url.URL{Path: path}).EscapedPath() + "?"
	writer, err := sql.Open("sqlite", name+pragmas+"&_pragma=cache_size(-32768)&_pragma=journal_mode(WAL)&_pragma=wal_autocheckpoint(16000)&_pragma=secure_delete(1)&_txlock=immediate")
	if err != nil {
		return err
	}
	s.writer = writer
	writer.SetMaxOpenConns(1)
	if err := writer.PingContext(ctx); err != nil {
		return err
	}
	if s.reader, err = sql.Open("sqlite", name+pragmas+"&_pragma=cache_size(-4096)&_pragma=query_only(1)"); err != nil {
		return err
	}
	s.reader.SetMaxOpenConns(12) // an iterator holds one while it runs
	s.reader.SetMaxIdleConns(4)
	return nil
}

func (s *Store) openPostgres(ctx context.Context, url string) error {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return errors.New("the postgres:// address can't be read") // pgx quotes it, with the password
	}
	if !strings.Contains(url, "pool_max_conns") {
		config.MaxConns = 16 // an iterator holds one while it runs
	}
	if s.pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return err
	}
	s.writer = stdlib.OpenDBFromPool(s.pool)
	s.reader = s.writer
	return s.writer.PingContext(ctx)
}

// Close ends the connections and every [Store.Listen].
func (s *Store) Close() error {
	s.stop()
	s.ears.close()
	if s.pool != nil && s.queries != nil {
		<-s.stopped
	}
	var errs []error
	if s.reader != nil && s.reader != s.writer {
		errs = append(errs, s.reader.Close())
	}
	if s.writer != nil {
		errs = append(errs, s.writer.Close())
	}
	if s.pool != nil {
		s.pool.Close()
	}
	if s.folder != "" {
		errs = append(errs, os.RemoveAll(s.folder))
	}
	return errors.Join(errs...)
}

// Ping tells whether the database answers.
func (s *Store) Ping(ctx context.Context) error { return s.reader.PingContext(ctx) }

// NewID makes an id of 16 letters and digits: 48 bits of the time in ms, then 32
// that count on from where chance began, so that a process never makes the same
// twice. Ids that are made one after the other stand beside each other in an
// index, and rows made together touch few of its pages.
func NewID() string {
	var b [10]byte
	binary.BigEndian.PutUint64(b[:8], uint64(time.Now().UnixMilli())<<16)
	binary.BigEndian.PutUint32(b[6:], ids.Add(1))
	return idText.EncodeToString(b[:])
}

// idText sorts as the bytes do.
var idText = base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding)

var ids = func() *atomic.Uint32 {
	var n atomic.Uint32
	var start [4]byte
	rand.Read(start[:]) // never fails
	n.Store(binary.BigEndian.Uint32(start[:]))
	return &n
}()

// next is a number greater than every one before it, close to the time in µs.
func (s *Store) next() int64 {
	for {
		last := s.serial.Load()
		n := max(last+1, s.now().UnixMicro())
		if s.serial.CompareAndSwap(last, n) {
			return n
		}
	}
}

// In is the organization's part of the store; id is not checked to exist.
func (s *Store) In(id organization.ID) Org { return Org{s: s, id: string(id)} }

// Org is one organization's part of the store.
type Org struct {
	s  *Store
	id string
	w  *writing // nil outside a transaction

	turn bool // see inTurn
}

// ID is the organization's id.
func (o Org) ID() organization.ID { return organization.ID(o.id) }

// millis is t as the database has it: milliseconds UTC, 0 for the zero time.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
