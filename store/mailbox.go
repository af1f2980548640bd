package store

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"time"

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/name"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/store/internal/db"
)

// Enrolled is a person whose calendar is read.
type Enrolled struct {
	Person  string // the directory's id; that of the entry for somebody local
	EntraID string // "" where there is none
	Address string // primary SMTP address
	Name    string
	Live    bool // her activity may be told outside; see [organization.Live]
	// Sources are the connections that may read it, the first to be asked first. It
	// is for [Org.Enroll] alone; none is the connection of the home itself.
	Sources []string
}

// Mailbox is a person's calendar as it was last read, and when it is read again.
type Mailbox struct {
	Enrolled
	Home   string // what enrolled it: the source that has the person, or [organization.Local]
	Source string // the connection that reads it now

	// Way is how Source reads it, WaySince since when that is a way of this kind.
	Way      calendar.Way
	WaySince time.Time
	// Sought is what connections answered while the one is sought that has it, nil
	// once it was found.
	Sought []Sought
	// Wanted is a sum of what the last whole reading was to keep. Lists leave it out.
	Wanted string

	// Zone, Hours and Replies are what the mailbox itself says, at SettingsAt.
	Zone       string // IANA, "" not known
	Hours      calendar.Hours
	Replies    calendar.Replies
	SettingsAt time.Time

	// Agenda is what stands in CoversFrom to CoversTo, and what is kept of the time
	// before; Hash is that of the reading as it was kept. Lists leave both out.
	Agenda               []calendar.Event
	Hash                 []byte
	CoversFrom, CoversTo time.Time
	ReadAt               time.Time // the last whole reading, zero never
	ChangedAt            time.Time // the last that differed from the one before
	HeardAt              time.Time // the last notification
	Health               calendar.Health
	HealthSince          time.Time
	Tries                int64 // readings that failed in a row
	DueAt                time.Time
	DueCause             string
	Wakes                int64 // counts what made it due
	Generation           int64 // counts all other changes
}

// Sought is what a connection answered that was asked for a mailbox while the one is
// sought that has it.
type Sought struct {
	Source   string         `json:"source"`
	State    calendar.State `json:"state"`
	Sentence string         `json:"sentence,omitempty"`
	Way      calendar.Way   `json:"way,omitzero"`
	At       time.Time      `json:"at,omitzero"`
}

// Calendar is the mailbox as a driver wants it; Zone and Keep are the caller's. A
// connection that isn't the home's knows nothing of its ids.
func (m Mailbox) Calendar() calendar.Mailbox {
	box := calendar.Mailbox{Person: m.Person, Address: m.Address, Way: m.Way}
	if m.Source == m.Home {
		box.EntraID = m.EntraID
	}
	return box
}

// Enroll makes the mailboxes of a home (a source of people, or [organization.Local])
// those of the given people, all of them. Who is new is read at once, and so is one
// that is read by a connection which may no longer do so. Who is missing loses
// agenda and day, and what was told of him is taken back; his choice and preferences
// stay. One whom another home has enrolled is passed over. It ends with
// [Org.AlignTellings].
func (o Org) Enroll(ctx context.Context, home string, people []Enrolled) error {
	rows, err := o.read().EnrolledOf(ctx, db.EnrolledOfParams{Organization: o.id, Home: home})
	if err != nil {
		return wrap("enroll", err)
	}
	have := make(map[string]db.EnrolledOfRow, len(rows))
	for _, r := range rows {
		have[r.Person] = r
	}
	var put []Enrolled
	seen := make(map[string]bool, len(people))
	for _, p := range people {
		if len(p.Sources) == 0 {
			p.Sources = []string{home}
		}
		was, ok := have[p.Person]
		if ok && was.EntraID == p.EntraID && slices.Contains(p.Sources, was.Source) {
			p.Sources = []string{was.Source}
		}
		now := db.EnrolledOfRow{Person: p.Person, Source: p.Sources[0], EntraID: p.EntraID, Address: p.Address, Name: p.Name, Live: p.Live}
		if !seen[p.Person] && (!ok || was != now) {
			put = append(put, p)
		}
		seen[p.Person] = true
		delete(have, p.Person)
	}
	if err := o.putMailboxes(ctx, home, put); err != nil {
		return err
	}
	if err := o.dropMailboxes(ctx, home, slices.Sorted(maps.Keys(have))); err != nil {
		return err
	}
	return o.AlignTellings(ctx, nil)
}

// Homes are those that have enrolled mailboxes, in no order.
func (o Org) Homes(ctx context.Context) ([]string, error) {
	homes, err := o.read().HomesOfMailboxes(ctx, o.id)
	return homes, wrap("list homes", err)
}

// putMailboxes enrolls people, each to be read by the first of her sources.
func (o Org) putMailboxes(ctx context.Context, home string, people []Enrolled) error {
	for part := range slices.Chunk(people, batch/2) { // each has a day, too
		now := millis(o.s.now())
		mailboxes, days := make([][]any, len(part)), make([][]any, len(part))
		for i, p := range part {
			mailboxes[i] = []any{o.id, p.Person, home, p.Sources[0], p.EntraID, p.Address, p.Name, nameKey(p.Name, p.Person),
				name.Fold(p.Name + "\n" + p.Address), p.Live, now, "new", string(calendar.Never), "", "", "", int64(0), "", int64(0), "", "", []byte{},
				int64(0), int64(0), int64(0), int64(0), int64(0), "", now, int64(0), int64(0), int64(0), int64(1), []byte{}}
			days[i] = []any{o.id, p.Person, int64(0), int64(0), true, now, int64(1), []byte{}}
		}
		if err := o.inTurn().write(ctx, "enroll", Mailboxes, func(w *writing) error {
			if _, err := o.s.run(ctx, w, putMailboxes, mailboxes); err != nil {
				return err
			}
			_, err := o.s.run(ctx, w, addDays, days)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

func (o Org) dropMailboxes(ctx context.Context, home string, people []string) error {
	for part := range slices.Chunk(people, batch/2) {
		if err := o.inTurn().write(ctx, "leave mailboxes", Mailboxes, func(w *writing) error {
			if _, err := o.s.among(ctx, w, dropMailboxes, []any{o.id, home}, part); err != nil {
				return err
			}
			_, err := o.s.among(ctx, w, dropDays, []any{o.id}, part)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// Mailbox returns a person's mailbox with its agenda.
func (o Org) Mailbox(ctx context.Context, person string) (Mailbox, error) {
	row, err := o.read().GetMailbox(ctx, db.GetMailboxParams{Organization: o.id, Person: person})
	if err != nil {
		return Mailbox{}, wrap("read mailbox", err)
	}
	m, err := mailboxOf(row)
	return m, wrap("read mailbox", err)
}

// MailboxesOf returns the mailboxes of several people with their agendas, in no
// order; who has none is left out.
func (o Org) MailboxesOf(ctx context.Context, people []string) ([]Mailbox, error) {
	var all []Mailbox
	err := o.lookup(ctx, findMailboxes, []any{o.id}, people, func(rows *sql.Rows) error {
		m, err := scanMailbox(rows)
		all = append(all, m)
		return err
	})
	return all, wrap("read mailboxes", err)
}

// scanMailbox reads a row of findMailboxes.
func scanMailbox(rows *sql.Rows) (Mailbox, error) {
	var r db.Mailbox
	if err := rows.Scan(&r.Person, &r.Home, &r.Source, &r.EntraID, &r.Address, &r.Name, &r.Live, &r.Zone, &r.Hours, &r.Replies,
		&r.SettingsAt, &r.Way, &r.WaySince, &r.Sought, &r.Wanted, &r.Hash, &r.CoversFrom, &r.CoversTo, &r.ReadAt, &r.ChangedAt, &r.HeardAt, &r.Health, &r.Sentence,
		&r.HealthSince, &r.ThrottledUntil, &r.Tries, &r.DueAt, &r.DueCause, &r.Wakes, &r.Generation, &r.Agenda); err != nil {
		return Mailbox{}, err
	}
	return mailboxOf(r)
}

func mailboxOf(r db.Mailbox) (m Mailbox, err error) {
	m = Mailbox{Enrolled: Enrolled{Person: r.Person, EntraID: r.EntraID, Address: r.Address, Name: r.Name, Live: r.Live},
		Home: r.Home, Source: r.Source, WaySince: fromMillis(r.WaySince), Wanted: r.Wanted, Zone: r.Zone, SettingsAt: fromMillis(r.SettingsAt), Hash: r.Hash, CoversFrom: fromMillis(r.CoversFrom),
		CoversTo: fromMillis(r.CoversTo), ReadAt: fromMillis(r.ReadAt), ChangedAt: fromMillis(r.ChangedAt),
		HeardAt: fromMillis(r.HeardAt), HealthSince: fromMillis(r.HealthSince), Tries: r.Tries, DueAt: fromMillis(r.DueAt),
		DueCause: r.DueCause, Wakes: r.Wakes, Generation: r.Generation,
		Health: calendar.Health{State: calendar.State(r.Health), Sentence: r.Sentence, Until: fromMillis(r.ThrottledUntil)}}
	if m.Hours, err = decode[calendar.Hours](r.Hours); err != nil {
		return m, err
	}
	if m.Replies, err = decode[calendar.Replies](r.Replies); err != nil {
		return m, err
	}
	if m.Way, err = decode[calendar.Way](r.Way); err != nil {
		return m, err
	}
	if m.Sought, err = decode[[]Sought](r.Sought); err != nil {
		return m, err
	}
	m.Agenda, err = calendar.ParseAgenda(r.Agenda)
	return m, err
}

// ReadingRow is how a reading of a mailbox went, and what follows from it.
type ReadingRow struct {
	Person            string
	Generation, Wakes int64 // of the mailbox as it was when the reading began
	Health            calendar.Health
	Tries             int64
	DueAt             time.Time
	DueCause          string
	// ReadAt and what it covers are set for a whole reading alone: else the agenda
	// stays as it was.
	ReadAt               time.Time
	CoversFrom, CoversTo time.Time
	// Hash is nil where the agenda is as it was.
	Hash   []byte
	Agenda []calendar.Event
	Day    *DayRow // nil where it stays as it was

	// Source is the connection that reads it from now on, "" the same as before.
	Source   string
	Way      calendar.Way
	WaySince time.Time
	Sought   []Sought
	Wanted   string
}

// SaveReadings keeps how readings went, each with its agenda, its day and the
// tellings that are due for it, in transactions of at most 100. Left out, and
// returned by their people, are those whose mailbox is no longer as it was when
// they began; what woke a mailbox meanwhile keeps it due. A day that is missing
// beside a new agenda, or was computed from something older than what stands
// there now, is computed again by itself.
func (o Org) SaveReadings(ctx context.Context, readings []ReadingRow) (lost []string, err error) {
	for part := range slices.Chunk(readings, batch/5) { // mailbox, agenda, day, and a person's tellings
		var some []string
		if err := o.inTurn().write(ctx, "save readings", Mailboxes, func(w *writing) (err error) {
			some, err = o.saveReadings(ctx, w, part)
			return err
		}); err != nil {
			return lost, err
		}
		lost = append(lost, some...)
	}
	return lost, nil
}

func (o Org) saveReadings(ctx context.Context, w *writing, readings []ReadingRow) (lost []string, err error) {
	now := millis(o.s.now())
	rows := make([][]any, len(readings))
	for i, r := range readings {
		way := ""
		if r.Way != (calendar.Way{}) {
			if way, err = encode(r.Way); err != nil {
				return nil, err
			}
		}
		sought, err := encodeList(r.Sought)
		if err != nil {
			return nil, err
		}
		rows[i] = []any{o.id, r.Person, r.Generation, r.Wakes, string(r.Health.State), r.Health.Sentence, now, millis(r.Health.Until),
			r.Tries, millis(r.DueAt), r.DueCause, millis(r.ReadAt), millis(r.CoversFrom), millis(r.CoversTo),
			way, millis(r.WaySince), sought, r.Wanted, r.Source}
	}
	saved, err := o.s.runEach(ctx, w, saveReadings, rows)
	if err != nil {
		return nil, err
	}
	var agendas [][]any
	var days []DayRow
	var stale []string
	for i, r := range readings {
		if !saved[i] {
			lost = append(lost, r.Person)
			continue
		}
		if r.Hash != nil {
			agendas = append(agendas, []any{o.id, r.Person, now, r.Hash, encodeAgenda(r.Agenda)})
		}
		if r.Day != nil {
			days = append(days, *r.Day)
		} else if r.Hash != nil {
			stale = append(stale, r.Person)
		}
	}
	if _, err := o.s.run(ctx, w, saveAgendas, agendas); err != nil {
		return nil, err
	}
	if _, err := o.s.among(ctx, w, staleDays, []any{o.id, now}, stale); err != nil {
		return nil, err
	}
	return lost, o.saveDays(ctx, w, days)
}

// WakeMailboxes has the mailboxes of people read at that time, or earlier if they
// were due before; a reading under way does not undo it.
func (o Org) WakeMailboxes(ctx context.Context, people []string, at time.Time, cause string) error {
	for part := range slices.Chunk(people, batch) {
		if err := o.inTurn().write(ctx, "wake mailboxes", Mailboxes, func(w *writing) error {
			_, err := o.s.among(ctx, w, wakeMailboxes, []any{o.id, millis(at), cause}, part)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// WakeSource has all mailboxes of a source read at that time, or earlier; "" is
// every source.
func (o Org) WakeSource(ctx context.Context, source string, at time.Time, cause string) error {
	people, err := o.read().PeopleEnrolled(ctx, db.PeopleEnrolledParams{Organization: o.id, Source: anyOr(source)})
	if err != nil {
		return wrap("wake mailboxes", err)
	}
	return o.WakeMailboxes(ctx, people, at, cause)
}

// HeardMailboxes notes that a notification came now, and has the mailboxes read at
// that time, or earlier, with the cause "notified".
func (o Org) HeardMailboxes(ctx context.Context, people []string, at time.Time) error {
	for part := range slices.Chunk(people, batch) {
		if err := o.inTurn().write(ctx, "hear mailboxes", "", func(w *writing) error {
			_, err := o.s.among(ctx, w, hearMailboxes, []any{o.id, millis(o.s.now()), millis(at)}, part)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// DueMailbox is a mailbox whose time has come.
type DueMailbox struct {
	Organization   organization.ID
	Source, Person string
	At             time.Time
	Cause          string
	Way            calendar.WayKind // by which it was read last
}

// DueMailboxes returns mailboxes that are due, the longest due first: at most limit of
// each connection, that nobody's first reading holds up others, and beside them at
// most limit that were told of or asked for. Those of a connection that is off or
// throttled are left out.
func (s *Store) DueMailboxes(ctx context.Context, now time.Time, limit int) ([]DueMailbox, error) {
	urgent, err := s.queries.UrgentMailboxes(ctx, db.UrgentMailboxesParams{DueAt: millis(now), Limit: int32(limit)})
	if err != nil {
		return nil, wrap("list due mailboxes", err)
	}
	calendars, err := s.queries.DueCalendars(ctx, millis(now))
	if err != nil {
		return nil, wrap("list due mailboxes", err)
	}
	var due []DueMailbox
	seen := make(map[[2]string]bool, len(urgent))
	for _, r := range urgent {
		seen[[2]string{r.Organization, r.Person}] = true
		due = append(due, dueMailbox(db.DueMailboxesOfRow(r)))
	}
	for _, c := range calendars {
		rows, err := s.queries.DueMailboxesOf(ctx, db.DueMailboxesOfParams{Organization: c.Organization, Source: c.Source,
			DueAt: millis(now), Limit: int32(limit)})
		if err != nil {
			return nil, wrap("list due mailboxes", err)
		}
		for _, r := range rows {
			if !seen[[2]string{r.Organization, r.Person}] {
				due = append(due, dueMailbox(r))
			}
		}
	}
	slices.SortStableFunc(due, func(a, b DueMailbox) int { return a.At.Compare(b.At) })
	return due, nil
}

func dueMailbox(r db.DueMailboxesOfRow) DueMailbox {
	way, _ := decode[calendar.Way](r.Way) // a damaged one is no way at all, which its reading says
	return DueMailbox{organization.ID(r.Organization), r.Source, r.Person, fromMillis(r.DueAt), r.DueCause, way.Kind}
}

// NextMailboxDue is when the next mailbox is due, zero for never.
func (s *Store) NextMailboxDue(ctx context.Context) (time.Time, error) {
	rows, err := s.queries.NextMailboxesDue(ctx)
	var next int64
	for _, r := range rows {
		if at := max(r.DueAt, r.ThrottledUntil); r.DueAt > 0 && (next == 0 || at < next) {
			next = at
		}
	}
	return fromMillis(next), wrap("next mailbox", err)
}
