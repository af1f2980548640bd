package main

import (
	"context"
	"fmt"
	"iter"
	"os"
	"slices"
	"time"

	"github.com/telefonist/telefonist/desk"
	"github.com/telefonist/telefonist/drivers"
	"github.com/telefonist/telefonist/notify"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/phonebook"
	"github.com/telefonist/telefonist/reconcile"
	"github.com/telefonist/telefonist/seal"
	"github.com/telefonist/telefonist/store"
)

// newDesk makes the one place where rights are decided.
func (p *Program) newDesk(key *seal.Key, r *reconcile.Reconciler) *desk.Desk {
	kinds := p.drivers.Kinds()
	return &desk.Desk{
		Store: p.Store, Log: p.Log, Now: p.Now, Kinds: kinds, Reconcile: r, Notify: p.notify,
		Book:      phonebook.New(p.entries, p.about, phonebook.Options{Now: p.Now}),
		Seal:      key.Seal,
		Unseal:    key.Open,
		Wake:      p.engine.Wake,
		PublicURL: p.Settings.PublicURL,
		Clouds:    kinds[0].Fields[0].Options,

		Switchboards:  drivers.Switchboards(),
		Probe:         p.drivers.Probe,
		CheckCalendar: p.drivers.CheckCalendar,
	}
}

// entries feeds the phone book from the built-in register.
func (p *Program) entries(ctx context.Context, org string) iter.Seq2[pbx.Subscriber, error] {
	return func(yield func(pbx.Subscriber, error) bool) {
		for row, err := range p.Store.In(organization.ID(org)).Subscribers(ctx) {
			if !yield(row.Subscriber, err) || err != nil {
				return
			}
		}
	}
}

func (p *Program) about(ctx context.Context, org string) (phonebook.About, error) {
	o, _, err := p.Store.In(organization.ID(org)).Organization(ctx)
	return phonebook.About{Name: o.Name, Country: o.Settings.Country}, err
}

// newNotifier sends mail where a server for it is set.
func (p *Program) newNotifier() (*notify.Notifier, error) {
	n := &notify.Notifier{
		Store: p.Store, Log: p.Log, Now: p.Now,
		Woken: func() { p.engine.Wake(desk.WakeMail) },
	}
	s := p.Settings.SMTP
	if s.Host == "" {
		return n, nil
	}
	server := notify.SMTP{Host: s.Host, Port: s.Port, Username: s.Username, Password: s.Password, From: s.From, Security: s.Security}
	if s.CA != "" {
		ca, err := os.ReadFile(s.CA)
		if err != nil {
			return nil, fmt.Errorf("smtp.ca: %w", err)
		}
		server.CA = ca
	}
	n.Send = server.Send
	return n, nil
}

// addWork tells the engine what there is to do.
func (p *Program) addWork() {
	p.engine.Add(desk.WakeRounds, p.rounds.Next, p.rounds.Run)
	told := reconcile.Subscriptions{Reconciler: p.rounds.Reconciler}
	p.engine.Add(desk.WakeSubscriptions, told.Next, told.Run)
	p.addCalendarWork()
	if p.notify.Send != nil {
		p.engine.Add(desk.WakeMail, p.Store.NextMailDue, p.notify.SendDue)
	}
	p.addUpkeep()
}

// addCalendarWork tells the engine what there is to do for activities. The clock
// is no work of the engine's: it keeps seconds. Nor are ears: they are held open.
func (p *Program) addCalendarWork() {
	r := p.rounds.Reconciler
	enrolling := &reconcile.Enrolling{Reconciler: r}
	p.engine.Add(reconcile.WorkEnroll, enrolling.Next, enrolling.Run)
	p.boxes = &reconcile.Mailboxes{Reconciler: r}
	p.engine.Add(reconcile.WorkMailboxes, p.boxes.Next, p.boxes.Run)
	settings := reconcile.MailboxSettings{Reconciler: r}
	p.engine.Add(reconcile.WorkSettings, settings.Next, settings.Run)
	days := reconcile.Days{Reconciler: r}
	p.engine.Add(reconcile.WorkDays, days.Next, days.Run)
	events := &reconcile.EventSubscriptions{Reconciler: r}
	p.engine.Add(reconcile.WorkEvents, events.Next, events.Run)
	p.clock = &reconcile.Clock{Reconciler: r}
	p.ears = &reconcile.Listening{Reconciler: r}
}

// addUpkeep has upkeep done at the start and then every six hours. No row says
// when: what it leads to is done once, because its own rows say that it has been.
func (p *Program) addUpkeep() {
	next := p.Now()
	p.engine.Add("upkeep",
		func(context.Context) (time.Time, error) { return next, nil },
		func(ctx context.Context) error {
			err := p.upkeep(ctx)
			if err == nil {
				next = p.Now().Add(6 * time.Hour)
			}
			return err
		})
}

// upkeep warns of credentials that end and forgets what has been kept long enough.
func (p *Program) upkeep(ctx context.Context) error {
	if err := p.notify.Expiring(ctx); err != nil {
		return err
	}
	if err := p.Store.PurgeSessions(ctx); err != nil {
		return fmt.Errorf("upkeep: %w", err)
	}
	all, err := p.Store.AllOrganizations(ctx)
	if err != nil {
		return fmt.Errorf("upkeep: %w", err)
	}
	for _, id := range all {
		if err := p.forget(ctx, id); err != nil {
			return fmt.Errorf("upkeep of %s: %w", id, err)
		}
	}
	return p.Store.Checkpoint(ctx) // so that what was forgotten is gone from the disk
}

// forget deletes what an organization's settings no longer keep.
func (p *Program) forget(ctx context.Context, id organization.ID) error {
	o := p.Store.In(id)
	org, _, err := o.Organization(ctx)
	if err != nil {
		return err
	}
	now := p.Now()
	keep := org.Settings.Retention
	rounds := now.AddDate(0, 0, -max(keep.Rounds, 1))
	steps := []func() error{
		func() error { return o.DeleteRounds(ctx, rounds) },
		func() error { return o.BlankRemoved(ctx, now.AddDate(0, 0, -max(keep.Removed, 1))) },
		func() error { return o.PurgeNotices(ctx, rounds) },
		func() error { return o.PurgeConsents(ctx) },
		func() error { return o.PurgeTold(ctx, now.AddDate(0, 0, -max(org.Settings.Calendar.Reading.Told, 1))) },
		func() error { return o.PurgePersonLinks(ctx, now.AddDate(0, 0, -1)) },
		func() error { return o.ForgetExtensions(ctx, now.AddDate(0, 0, -90)) },
	}
	sources, err := o.Sources(ctx)
	if err != nil {
		return err
	}
	for _, s := range sources {
		steps = append(steps, func() error { return o.PurgePeople(ctx, s.ID, now.AddDate(0, 0, -max(keep.Removed, 30))) })
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// follow tells the phone book and the engine what has changed in the store.
func (p *Program) follow(ctx context.Context) {
	events, cancel := p.Store.Listen()
	defer cancel()
	for {
		select {
		case <-ctx.Done():
			return
		case e, ok := <-events:
			if !ok {
				return
			}
			p.heard(e)
		}
	}
}

func (p *Program) heard(e store.Event) {
	p.rounds.Heard(e)
	switch {
	case e.Kind == store.Replicators:
		p.engine.Wake(desk.WakeRounds)
	case slices.Contains([]string{store.Subscribers, store.Organizations}, e.Kind):
		p.Desk.Book.Changed(string(e.Organization))
	}
}
