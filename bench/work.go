package main

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/telefonist/telefonist/engine"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/reconcile"
	"github.com/telefonist/telefonist/store"
)

// work has everything at work for calendars that the server has, as
// cmd/telefonist wires it, and returns what ends it.
func (b *bench) work(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	r := b.reconciler
	e := &engine.Engine{Log: r.Log, Now: r.Now}
	r.Wake = e.Wake
	enrolling := &reconcile.Enrolling{Reconciler: r}
	e.Add(reconcile.WorkEnroll, enrolling.Next, enrolling.Run)
	mailboxes := &reconcile.Mailboxes{Reconciler: r}
	e.Add(reconcile.WorkMailboxes, mailboxes.Next, mailboxes.Run)
	settings := reconcile.MailboxSettings{Reconciler: r}
	e.Add(reconcile.WorkSettings, settings.Next, settings.Run)
	days := reconcile.Days{Reconciler: r}
	e.Add(reconcile.WorkDays, days.Next, days.Run)
	events := &reconcile.EventSubscriptions{Reconciler: r}
	e.Add(reconcile.WorkEvents, events.Next, events.Run)
	clock := &reconcile.Clock{Reconciler: r}
	ears := &reconcile.Listening{Reconciler: r}
	told, deaf := b.store.Listen()
	var group sync.WaitGroup
	group.Go(func() { e.Run(ctx); mailboxes.Wait() })
	group.Go(func() { clock.Run(ctx) })
	group.Go(func() { ears.Run(ctx) })
	group.Go(func() {
		for e := range told {
			r.Heard(e)
		}
	})
	return func() { cancel(); deaf(); group.Wait() }
}

// settled waits until nothing is due: everything has been read, computed and told.
func (b *bench) settled(ctx context.Context) error {
	nexts := []func(context.Context) (time.Time, error){
		b.store.NextMailboxDue, b.store.NextDayDue, b.store.NextTellingDue, b.store.NextEventSubscriptionDue,
	}
	for calm := 0; calm < 3; calm++ {
		for _, next := range nexts {
			at, err := next(ctx)
			if err != nil {
				return err
			}
			if !at.IsZero() && !at.After(time.Now()) {
				calm = -1
				break
			}
		}
		time.Sleep(200 * time.Millisecond)
	}
	return nil
}

// connect has the customer's calendars read, for everybody and in earnest. When
// mailboxes work is not asked for.
func (b *bench) connect(ctx context.Context) error {
	if err := b.org.PutConnection(ctx, organization.Connection{Source: b.source, Live: organization.Live{All: true}}, 0); err != nil {
		return err
	}
	return b.org.SetSettingsDue(ctx, b.source, time.Time{})
}

// set changes the customer's calendar settings.
func (b *bench) set(ctx context.Context, change func(*organization.Calendar)) error {
	org, generation, err := b.org.Organization(ctx)
	if err != nil {
		return err
	}
	change(&org.Settings.Calendar)
	return b.org.SetOrganization(ctx, org, generation)
}

// mailboxes are all of the customer's, without their agendas.
func (b *bench) mailboxes(ctx context.Context) iter.Seq2[[]store.Mailbox, error] {
	return func(yield func([]store.Mailbox, error) bool) {
		for after := ""; ; {
			page, next, err := b.org.Mailboxes(ctx, store.MailboxFilter{}, after, 1000)
			if !yield(page, err) || err != nil || next == "" {
				return
			}
			after = next
		}
	}
}

// late tells how late what switchboards were told since then was: half of all, all
// but one of a hundred, and the latest.
func (b *bench) late(name string, all []time.Duration, want int) error {
	if len(all) != want {
		return fmt.Errorf("%s: %d were told of %d", name, len(all), want)
	}
	slices.Sort(all)
	b.figure(name+".p50", all[len(all)/2].Seconds(), "s")
	b.figure(name+".p99", all[len(all)*99/100].Seconds(), "s")
	b.figure(name+".most", all[len(all)-1].Seconds(), "s")
	return nil
}
