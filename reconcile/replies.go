package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/store"
)

// MailboxSettings reads, each hour, what mailboxes say of their zone, of working
// hours and of automatic replies, where that may be asked. Its Next and Run are
// given to an engine, by [WorkSettings].
type MailboxSettings struct{ *Reconciler }

const settingsEvery = time.Hour

// Next is when the settings of a source's mailboxes are to be read.
func (m MailboxSettings) Next(ctx context.Context) (time.Time, error) {
	return m.Store.NextSettingsDue(ctx)
}

// Run reads those of the sources that are due.
func (m MailboxSettings) Run(ctx context.Context) error {
	due, err := m.Store.DueSettings(ctx, m.Now(), 10)
	if err != nil {
		return fmt.Errorf("find due settings: %w", err)
	}
	var failed []error
	for _, d := range due {
		if err := m.read(ctx, d.Organization, d.Source); err != nil && ctx.Err() == nil {
			failed = append(failed, err)
		}
	}
	return errors.Join(append(failed, ctx.Err())...)
}

func (m MailboxSettings) read(ctx context.Context, org organization.ID, source string) error {
	o := m.Store.In(org)
	if err := m.readAll(ctx, o, source); err != nil {
		return fmt.Errorf("read mailbox settings: %w", err)
	}
	if err := o.SetSettingsDue(ctx, source, m.Now().Add(settingsEvery)); err != nil {
		return fmt.Errorf("read mailbox settings: %w", err)
	}
	return nil
}

func (m MailboxSettings) readAll(ctx context.Context, o store.Org, source string) error {
	cal, err := m.OpenCalendar(ctx, o.ID(), source)
	if err != nil || cal.Settings == nil {
		return ctx.Err() // what hinders the source, its readings say
	}
	for after := ""; ; {
		page, next, err := o.Mailboxes(ctx, store.MailboxFilter{Source: source}, after, readAtOnce)
		if err != nil {
			return err
		}
		page = slices.DeleteFunc(page, func(b store.Mailbox) bool {
			return b.Health.State == calendar.NoMailbox || b.Health.State == calendar.OnServer
		})
		if more, err := m.some(ctx, o, cal, page); err != nil || !more {
			return err
		}
		if after = next; after == "" {
			return nil
		}
	}
}

// some reads the settings of some mailboxes, and tells whether it is worth while to
// ask for others: a source that says no to all of them will do so again.
func (m MailboxSettings) some(ctx context.Context, o store.Org, cal Calendar, page []store.Mailbox) (more bool, err error) {
	if len(page) == 0 {
		return true, nil
	}
	boxes := make([]calendar.Mailbox, len(page))
	for i, b := range page {
		boxes[i] = b.Calendar()
	}
	var rows []store.SettingsRow
	zones := map[string]string{}
	for i, s := range cal.Settings(ctx, boxes) {
		more = more || s.Health.State != calendar.Denied && s.Health.State != calendar.NoSource
		if s.Health.State == calendar.Fine {
			rows = append(rows, store.SettingsRow{Person: page[i].Person, Zone: s.Zone, Hours: s.Hours, Replies: s.Replies})
			if s.Zone != page[i].Zone {
				zones[page[i].Person] = s.Zone
			}
		}
	}
	changed, err := o.SaveSettings(ctx, rows)
	if err != nil {
		return false, err
	}
	var elsewhere []string // their days begin at other times: another window is theirs
	for _, person := range changed {
		if _, ok := zones[person]; ok {
			elsewhere = append(elsewhere, person)
		}
	}
	if len(elsewhere) > 0 {
		if err := m.ReadAgain(ctx, o.ID(), elsewhere, CauseSweep); err != nil {
			return false, err
		}
	}
	m.wake(WorkDays)
	return more, nil
}
