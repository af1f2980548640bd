package store

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/name"
	"github.com/telefonist/telefonist/store/internal/db"
)

// MailboxFilter chooses mailboxes; what is empty chooses all.
type MailboxFilter struct {
	Source string
	Health calendar.State
	Way    calendar.WayKind
	Text   string // part of the person's name or address
}

// Mailboxes returns mailboxes without their agendas, by name, after the place that
// the page before gave as next, "" being the beginning and the end.
func (o Org) Mailboxes(ctx context.Context, f MailboxFilter, after string, limit int) (_ []Mailbox, next string, err error) {
	search := pattern(name.Fold(f.Text))
	var rows []db.ListMailboxesRow
	if f.Health == "" {
		rows, err = o.read().ListMailboxes(ctx, db.ListMailboxesParams{Organization: o.id, NameKey: place(after), Search: search,
			Source: anyOr(f.Source), Way: wayLike(f.Way), Limit: int32(limit)})
	} else {
		var some []db.ListMailboxesInHealthRow
		some, err = o.read().ListMailboxesInHealth(ctx, db.ListMailboxesInHealthParams{Organization: o.id, Health: string(f.Health),
			NameKey: place(after), Search: search, Source: anyOr(f.Source), Way: wayLike(f.Way), Limit: int32(limit)})
		for _, r := range some {
			rows = append(rows, db.ListMailboxesRow(r))
		}
	}
	if err != nil {
		return nil, "", wrap("list mailboxes", err)
	}
	if len(rows) == limit && limit > 0 {
		next = placeText(rows[len(rows)-1].NameKey)
	}
	all, err := each(rows, listedMailbox)
	return all, next, wrap("list mailboxes", err)
}

func listedMailbox(r db.ListMailboxesRow) (Mailbox, error) {
	return mailboxOf(db.Mailbox{Person: r.Person, Home: r.Home, Way: r.Way, WaySince: r.WaySince, Sought: r.Sought, Source: r.Source, EntraID: r.EntraID, Address: r.Address, Name: r.Name, Live: r.Live,
		Zone: r.Zone, Hours: r.Hours, Replies: r.Replies, SettingsAt: r.SettingsAt, CoversFrom: r.CoversFrom, CoversTo: r.CoversTo,
		ReadAt: r.ReadAt, ChangedAt: r.ChangedAt, HeardAt: r.HeardAt, Health: r.Health, Sentence: r.Sentence,
		HealthSince: r.HealthSince, ThrottledUntil: r.ThrottledUntil, Tries: r.Tries, DueAt: r.DueAt, DueCause: r.DueCause,
		Wakes: r.Wakes, Generation: r.Generation})
}

// MailboxCount is how many mailboxes of a source are in a state, and when the one
// of them that waits longest was last read, zero where one never was.
type MailboxCount struct {
	Source    string
	Health    calendar.State
	Mailboxes int64
	Oldest    time.Time
	Ways      map[calendar.WayKind]int64 // those of them that are read in one of Exchange's ways
}

func waysOf(r db.CountMailboxesRow) map[calendar.WayKind]int64 {
	ways := map[calendar.WayKind]int64{calendar.Impersonation: r.Impersonation, calendar.FullAccess: r.FullAccess,
		calendar.Reviewer: r.Reviewer, calendar.Details: r.Details, calendar.Times: r.Times}
	maps.DeleteFunc(ways, func(_ calendar.WayKind, n int64) bool { return n == 0 })
	if len(ways) == 0 {
		return nil
	}
	return ways
}

// wayLike is the pattern of ways of a kind, as they are kept.
func wayLike(k calendar.WayKind) string {
	if k == "" {
		return "%"
	}
	return `{"kind":"` + string(k) + `"%`
}

// MailboxCounts counts the mailboxes by source and state, in no order.
func (o Org) MailboxCounts(ctx context.Context) ([]MailboxCount, error) {
	rows, err := o.read().CountMailboxes(ctx, o.id)
	counts := make([]MailboxCount, len(rows))
	for i, r := range rows {
		counts[i] = MailboxCount{Source: r.Source, Health: calendar.State(r.Health), Mailboxes: r.Mailboxes, Oldest: fromMillis(r.Oldest), Ways: waysOf(r)}
	}
	return counts, wrap("count mailboxes", err)
}

// SettingsRow is what a mailbox says of its owner's week and absence.
type SettingsRow struct {
	Person  string
	Zone    string // IANA, "" not known
	Hours   calendar.Hours
	Replies calendar.Replies
}

// SaveSettings keeps what mailboxes say, read now, and returns the people for whom
// it differs from before: their days are computed again by themselves.
func (o Org) SaveSettings(ctx context.Context, settings []SettingsRow) (changed []string, err error) {
	for part := range slices.Chunk(settings, batch/3) { // each is stamped, and its day may be marked
		rows, people := make([][]any, len(part)), make([]string, len(part))
		for i, r := range part {
			if rows[i], err = o.settingsRow(r); err != nil {
				return changed, err
			}
			people[i] = r.Person
		}
		var some []string
		if err := o.inTurn().write(ctx, "save mailbox settings", Mailboxes, func(w *writing) error {
			some = nil
			now := millis(o.s.now())
			differ, err := o.s.runEach(ctx, w, saveSettings, rows)
			if err != nil {
				return err
			}
			for i, d := range differ {
				if d {
					some = append(some, people[i])
				}
			}
			if _, err := o.s.among(ctx, w, settingsRead, []any{o.id, now}, people); err != nil {
				return err
			}
			_, err = o.s.among(ctx, w, staleDays, []any{o.id, now}, some)
			return err
		}); err != nil {
			return changed, err
		}
		changed = append(changed, some...)
	}
	return changed, nil
}

func (o Org) settingsRow(r SettingsRow) ([]any, error) {
	hours, replies := "", ""
	var err error
	if len(r.Hours.Days) > 0 {
		if hours, err = encode(r.Hours); err != nil {
			return nil, err
		}
	}
	if r.Replies.On {
		if replies, err = encode(r.Replies); err != nil {
			return nil, err
		}
	}
	return []any{o.id, r.Person, r.Zone, hours, replies}, nil
}
