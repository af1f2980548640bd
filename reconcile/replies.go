package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/store"
)

// MailboxSettings reads, each hour and soon after mailboxes are read for the first
// time, what they say of their zone, of working hours and of automatic replies, where
// that may be asked. Its Next and Run are given to an engine, by [WorkSettings].
type MailboxSettings struct{ *Reconciler }

const (
	settingsEvery = time.Hour
	settingsAfter = 5 * time.Second // after the last of many new mailboxes was read
)

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
		if err := m.read(ctx, d); err != nil && ctx.Err() == nil {
			failed = append(failed, err)
		}
	}
	return errors.Join(append(failed, ctx.Err())...)
}

// read reads those of a source. Where mailboxes became new meanwhile they are read
// again as soon as was wanted then.
func (m MailboxSettings) read(ctx context.Context, due store.DueConnection) error {
	o := m.Store.In(due.Organization)
	if err := m.readAll(ctx, o, due.Source); err != nil {
		return fmt.Errorf("read mailbox settings: %w", err)
	}
	c, err := o.Connection(ctx, due.Source)
	if err == nil && c.SettingsDue.Equal(due.At) {
		err = o.SetSettingsDue(ctx, due.Source, m.Now().Add(settingsEvery))
	}
	if err != nil {
		return fmt.Errorf("read mailbox settings: %w", err)
	}
	return nil
}

// settingsSoon has the settings read of mailboxes that are new.
func (p *pass) settingsSoon(ctx context.Context) error {
	c, err := p.org.Connection(ctx, p.source)
	if soon := p.Now().Add(settingsAfter); err == nil && c.SettingsDue.After(p.Now()) {
		err = p.org.SetSettingsDue(ctx, p.source, soon)
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) { // the connection has gone
		return fmt.Errorf("read settings soon: %w", err)
	}
	p.wake(WorkSettings)
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
