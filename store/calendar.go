package store

import (
	"context"
	"slices"
	"time"

	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/store/internal/db"
)

// ConnectionState is what is kept about a source whose calendars are read.
type ConnectionState struct {
	organization.Connection
	Generation     int64  // counts changes of the settings
	Permissions    string // JSON of what the last check found, as its maker wrote it
	CheckedAt      time.Time
	SettingsDue    time.Time // when hours and automatic replies are read next, zero never
	ThrottledUntil time.Time // the whole source waits until then
	Created        time.Time
}

// Connections returns the sources whose calendars are read, the oldest first.
func (o Org) Connections(ctx context.Context) ([]ConnectionState, error) {
	rows, err := o.read().ListConnections(ctx, o.id)
	if err != nil {
		return nil, wrap("list calendar connections", err)
	}
	all, err := each(rows, connectionOf)
	return all, wrap("list calendar connections", err)
}

// Connection returns one of them.
func (o Org) Connection(ctx context.Context, source string) (ConnectionState, error) {
	row, err := o.read().GetConnection(ctx, db.GetConnectionParams{Organization: o.id, Source: source})
	if err != nil {
		return ConnectionState{}, wrap("read calendar connection", err)
	}
	c, err := connectionOf(row)
	return c, wrap("read calendar connection", err)
}

func connectionOf(row db.Calendar) (ConnectionState, error) {
	settings, err := decode[organization.Connection](row.Settings)
	settings.Source = row.Source
	return ConnectionState{Connection: settings, Generation: row.Generation, Permissions: row.Permissions,
		CheckedAt: fromMillis(row.CheckedAt), SettingsDue: fromMillis(row.SettingsDueAt),
		ThrottledUntil: fromMillis(row.ThrottledUntil), Created: fromMillis(row.CreatedAt)}, err
}

// PutConnection adds a connection where the generation is 0, and else replaces its
// settings where that is still its generation: otherwise it is an ErrConflict, or
// ErrExists.
func (o Org) PutConnection(ctx context.Context, c organization.Connection, generation int64) error {
	settings, err := encode(c)
	if err != nil {
		return err
	}
	return o.write(ctx, "put calendar connection", Calendars, func(w *writing) error {
		if generation == 0 {
			return w.AddConnection(ctx, db.AddConnectionParams{Organization: o.id, Source: c.Source, Settings: settings,
				Paused: c.Off, SettingsDueAt: millis(o.s.now())})
		}
		n, err := w.UpdateConnection(ctx, db.UpdateConnectionParams{Organization: o.id, Source: c.Source, Settings: settings,
			Paused: c.Off, Generation: generation})
		return one(n, err, ErrConflict)
	})
}

// SetPermissions keeps what a check found, as JSON of its maker's, and its time.
func (o Org) SetPermissions(ctx context.Context, source, found string) error {
	return o.write(ctx, "set permissions", Calendars, func(w *writing) error {
		n, err := w.SetPermissions(ctx, db.SetPermissionsParams{Organization: o.id, Source: source, Permissions: found,
			CheckedAt: millis(o.s.now())})
		return one(n, err, ErrNotFound)
	})
}

// SetSettingsDue says when hours and automatic replies are read next, zero never.
func (o Org) SetSettingsDue(ctx context.Context, source string, at time.Time) error {
	return o.write(ctx, "set settings due", "", func(w *writing) error {
		n, err := w.SetSettingsDue(ctx, db.SetSettingsDueParams{Organization: o.id, Source: source, SettingsDueAt: millis(at)})
		return one(n, err, ErrNotFound)
	})
}

// SetThrottled has the whole source wait until then.
func (o Org) SetThrottled(ctx context.Context, source string, until time.Time) error {
	return o.write(ctx, "set throttled", "", func(w *writing) error {
		n, err := w.SetThrottled(ctx, db.SetThrottledParams{Organization: o.id, Source: source, ThrottledUntil: millis(until)})
		return one(n, err, ErrNotFound)
	})
}

// DeleteConnection forgets what was read of the calendars of its own people, and has
// taken back what was told of them. Other people whom it read another connection
// reads instead, where there is one; what is known of them stands until then. Choices
// and preferences are kept.
func (o Org) DeleteConnection(ctx context.Context, source string) error {
	if _, err := o.Connection(ctx, source); err != nil {
		return err
	}
	if err := o.handOver(ctx, source); err != nil {
		return err
	}
	if err := o.AlignTellings(ctx, nil); err != nil {
		return err
	}
	return o.write(ctx, "delete calendar connection", Calendars, func(w *writing) error {
		n, err := w.DeleteConnection(ctx, db.DeleteConnectionParams{Organization: o.id, Source: source})
		return one(n, err, ErrNotFound)
	})
}

// handOver leaves the mailboxes that a connection reads to others, or drops them.
func (o Org) handOver(ctx context.Context, source string) error {
	all, err := o.Connections(ctx)
	if err != nil {
		return err
	}
	rows, err := o.read().MailboxesReadBy(ctx, db.MailboxesReadByParams{Organization: o.id, Source: source})
	if err != nil {
		return wrap("delete calendar connection", err)
	}
	people := map[string]map[string][]string{} // by home and by who reads them next
	for _, r := range rows {
		next := ""
		for _, c := range all {
			if c.Source != source && r.Home != source && (next == "" || c.Source == r.Home) {
				next = c.Source
			}
		}
		if people[r.Home] == nil {
			people[r.Home] = map[string][]string{}
		}
		people[r.Home][next] = append(people[r.Home][next], r.Person)
	}
	for home, by := range people {
		for next, some := range by {
			if next == "" {
				err = o.dropMailboxes(ctx, home, some)
			} else {
				err = o.moveMailboxes(ctx, next, some)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// moveMailboxes has the mailboxes of people read by another connection, at once.
func (o Org) moveMailboxes(ctx context.Context, source string, people []string) error {
	for part := range slices.Chunk(people, batch) {
		if err := o.inTurn().write(ctx, "move mailboxes", Mailboxes, func(w *writing) error {
			_, err := o.s.among(ctx, w, moveMailboxes, []any{o.id, source, millis(o.s.now())}, part)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// DueConnection is a connection whose mailboxes' settings are to be read.
type DueConnection struct {
	Organization organization.ID
	Source       string
	At           time.Time
}

// DueSettings returns the connections whose mailboxes' hours and automatic replies
// are to be read, the longest due first.
func (s *Store) DueSettings(ctx context.Context, now time.Time, limit int) ([]DueConnection, error) {
	rows, err := s.queries.DueSettings(ctx, db.DueSettingsParams{SettingsDueAt: millis(now), Limit: int32(limit)})
	due := make([]DueConnection, len(rows))
	for i, r := range rows {
		due[i] = DueConnection{organization.ID(r.Organization), r.Source, fromMillis(r.SettingsDueAt)}
	}
	return due, wrap("list due settings", err)
}

// NextSettingsDue is when the next of them is due, zero for never.
func (s *Store) NextSettingsDue(ctx context.Context) (time.Time, error) {
	at, err := s.queries.NextSettingsDue(ctx)
	return fromMillis(at), wrap("next settings", err)
}
