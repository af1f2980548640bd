package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/store/internal/db"
)

// Builtin names the switchboard in the store itself, which has no row of its own,
// and its register.
const Builtin = "builtin"

// TellingState is what one switchboard was last told of one subscriber, and when it
// is looked at next.
type TellingState struct {
	Organization            organization.ID
	Switchboard, Subscriber string
	Person                  string
	Live                    bool // may be told to anybody outside: where not, only [Builtin] is
	Leaving                 bool // it is taken back and then forgotten: the person's calendar is no longer read, or he lost the subscriber
	Paused                  bool // its switchboard is

	// Told is what left us, Key "" where nothing was told yet. Inside is what
	// colleagues may see, where it differs; [Builtin] alone is told that.
	Told, Inside activity.State
	ToldAt       time.Time
	Late         time.Duration // how long after its instant
	Receipt      string
	Answer       pbx.Reason // Code "" where all is well
	Tries        int64      // failed in a row
	DueAt        time.Time  // zero: never
	Generation   int64      // counts what made it due
}

// DueTelling is a telling whose time has come, with the day that says what is to
// be told.
type DueTelling struct {
	TellingState
	Day    StoredDay
	serial int64
}

// StoredDay is a person's day as it is kept, empty where none is known; it is asked
// without being read whole.
type StoredDay []byte

// At is [activity.Day.At].
func (d StoredDay) At(t time.Time) (activity.Span, bool) {
	span, _, ok, err := activity.At(d, t)
	return span, ok && err == nil
}

// Next is [activity.Day.Next].
func (d StoredDay) Next(t time.Time) time.Time {
	_, next, _, err := activity.At(d, t)
	if err != nil {
		return time.Time{}
	}
	return next
}

// After is where the next page of [Store.DueTellings] begins.
func (t DueTelling) After() Place { return Place{t.DueAt.UnixMilli(), t.serial} }

// Place is a place among what is due; zero is the beginning.
type Place struct{ due, serial int64 }

// DueTellings returns what is due before then, the longest due first, after a
// place; those of paused switchboards are left out.
func (s *Store) DueTellings(ctx context.Context, before time.Time, after Place, limit int) ([]DueTelling, error) {
	rows, err := s.queries.DueTellings(ctx, db.DueTellingsParams{DueAt: millis(before), DueAt_2: after.due, DueAt_3: after.serial,
		Limit: int32(limit)})
	if err != nil {
		return nil, wrap("list due tellings", err)
	}
	due, err := each(rows, dueTellingOf)
	return due, wrap("list due tellings", err)
}

func dueTellingOf(r db.DueTellingsRow) (t DueTelling, err error) {
	t.TellingState, err = tellingOf(db.Telling{Organization: r.Organization, Switchboard: r.Switchboard, Subscriber: r.Subscriber,
		Person: r.Person, Live: r.Live, Leaving: r.Leaving, Told: r.Told, Inside: r.Inside, ToldAt: r.ToldAt, LateMs: r.LateMs,
		Receipt: r.Receipt, Answer: r.Answer, Tries: r.Tries, DueAt: r.DueAt, Generation: r.Generation})
	if err != nil {
		return t, err
	}
	t.serial = r.Serial
	t.Day = r.Spans
	return t, nil
}

func tellingOf(r db.Telling) (t TellingState, err error) {
	t = TellingState{Organization: organization.ID(r.Organization), Switchboard: r.Switchboard, Subscriber: r.Subscriber,
		Person: r.Person, Live: r.Live, Leaving: r.Leaving, Paused: r.Paused, ToldAt: fromMillis(r.ToldAt),
		Late: time.Duration(r.LateMs) * time.Millisecond, Receipt: r.Receipt, Tries: r.Tries, DueAt: fromMillis(r.DueAt),
		Generation: r.Generation}
	if t.Told, err = decodeState(r.Told); err != nil {
		return t, err
	}
	if t.Inside, err = decodeState(r.Inside); err != nil {
		return t, err
	}
	t.Answer, err = decode[pbx.Reason](r.Answer)
	return t, err
}

// NextTellingDue is when the next telling is due, zero for never.
func (s *Store) NextTellingDue(ctx context.Context) (time.Time, error) {
	at, err := s.queries.NextTellingDue(ctx)
	return fromMillis(at), wrap("next telling", err)
}

// ToldRow is a telling after its time came: all that [TellingState] has of what was
// told, and DueAt.
type ToldRow struct {
	TellingState
	Kind ToldKind
}

// ToldKind says what came of a telling whose time had come.
type ToldKind int

// The kinds: nothing but DueAt is new; it was tried, or told the same again; the
// state is another than before, which is kept in the history, too; only what it is
// inside is another, of which the history and ToldAt must not tell; or it was
// leaving and has been taken back, and is forgotten.
const (
	Unchanged ToldKind = iota
	Tried
	Changed
	ChangedInside
	Forgotten
)

// SaveTold keeps what came of tellings, before all other writers, in transactions
// of at most 500 rows. What was told is always kept; of those that were made due
// meanwhile, which it counts, the time stays as it is.
func (s *Store) SaveTold(ctx context.Context, rows []ToldRow) (stale int, err error) {
	for part := range slices.Chunk(rows, batch/2) { // each may have a line in the history
		missed, _, err := s.saveToldPart(ctx, part, false)
		if err != nil {
			return stale, err
		}
		stale += missed
	}
	return stale, nil
}

// SaveToldFirst is SaveTold for thousands at an instant: it leaves their lines in
// the history to [Store.AddHistory], which costs more than all the rest and which
// nobody waits for. Should the process end in between, [Store.RecallHistory] finds
// the last of them.
func (s *Store) SaveToldFirst(ctx context.Context, rows []ToldRow) (history []HistoryRow, stale int, err error) {
	for part := range slices.Chunk(rows, batch) {
		missed, lines, err := s.saveToldPart(ctx, part, true)
		if err != nil {
			return history, stale, err
		}
		for _, line := range lines {
			history = append(history, HistoryRow{line})
		}
		stale += missed
	}
	return history, stale, nil
}

func (s *Store) saveToldPart(ctx context.Context, part []ToldRow, later bool) (stale int, history [][]any, err error) {
	save := func(part []ToldRow) error {
		return s.writeIn(ctx, clockwork, "save told", func(w *writing) (err error) {
			if stale, history, err = s.saveTold(ctx, w, part); err != nil || later {
				return err
			}
			_, err = s.run(ctx, w, addTold, history)
			return err
		})
	}
	if err = save(part); errors.Is(err, ErrNotFound) { // a customer was erased meanwhile
		err = save(s.ofCustomers(ctx, part))
	}
	return stale, history, err
}

// ofCustomers are the rows whose organizations are still there.
func (s *Store) ofCustomers(ctx context.Context, rows []ToldRow) (left []ToldRow) {
	all, err := s.AllOrganizations(ctx)
	for _, r := range rows {
		if err != nil || slices.Contains(all, r.Organization) {
			left = append(left, r)
		}
	}
	return left
}

// saveTold returns the lines that the history is to have.
func (s *Store) saveTold(ctx context.Context, w *writing, part []ToldRow) (stale int, history [][]any, err error) {
	var b toldBatch
	for _, r := range part {
		b.add(r)
		if r.Kind == Changed || r.Kind == ChangedInside || r.Kind == Forgotten {
			w.tell(string(r.Organization), Activities)
		}
	}
	due, err := s.runEach(ctx, w, setDue, b.due)
	if err != nil {
		return 0, nil, err
	}
	told, err := s.runEach(ctx, w, saveTold, b.told)
	if err != nil {
		return 0, nil, err
	}
	gone, err := s.runEach(ctx, w, forgetTold, b.forgotten)
	if err != nil {
		return 0, nil, err
	}
	var late [][]any
	for i, row := range b.told {
		if !told[i] {
			late = append(late, withoutDue(row))
		}
	}
	for i, row := range b.left {
		if !gone[i] {
			late = append(late, withoutDue(row))
		}
	}
	for _, saved := range due {
		if !saved {
			stale++
		}
	}
	if _, err := s.run(ctx, w, keepTold, late); err != nil {
		return 0, nil, err
	}
	return stale + len(late), b.history, nil
}

// toldBatch are the rows of one transaction.
type toldBatch struct {
	due, told, forgotten, history [][]any
	left                          [][]any // of the forgotten, as they would be kept
}

func (b *toldBatch) add(r ToldRow) {
	key := []any{string(r.Organization), r.Switchboard, r.Subscriber, r.Generation}
	if r.Kind == Unchanged {
		b.due = append(b.due, append(key, millis(r.DueAt)))
		return
	}
	row := append(slices.Clone(key), string(r.Told.Key), encodeState(r.Told), encodeState(r.Inside), millis(r.ToldAt), r.Late.Milliseconds(), r.Receipt,
		encodeReason(r.Answer), r.Tries, millis(r.DueAt))
	if r.Kind == Forgotten {
		b.forgotten, b.left = append(b.forgotten, key), append(b.left, row)
	} else {
		b.told = append(b.told, row)
	}
	if r.Kind == Tried || r.Kind == ChangedInside || r.Told.Key == "" {
		return
	}
	r.Told.Subject, r.Told.Place = "", ""
	b.history = append(b.history, []any{string(r.Organization), r.Person, millis(r.ToldAt), r.Switchboard, encodeState(r.Told)})
}

// withoutDue is a row of saveTold as keepTold takes it.
func withoutDue(row []any) []any {
	return append(slices.Clone(row[:3]), row[4:12]...)
}
