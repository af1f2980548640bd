package reconcile_test

import (
	"context"
	"testing"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/engine"
	"github.com/telefonist/telefonist/m365"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/reconcile"
)

// TestEverythingByItself runs all kinds of work as the program does: what is
// connected is enrolled, read and told, and what changes in Outlook is followed.
func TestEverythingByItself(t *testing.T) {
	w := newWorkplace(t, 120, nil).attached()
	anna := w.people[0]
	w.comes(time.Now()) // what is to be told now, whatever o'clock it is
	w.reconciler.Now = time.Now
	r := w.reconciler
	e := &engine.Engine{Log: r.Log, Now: time.Now}
	r.Wake = e.Wake
	enrolling, mailboxes, events := &reconcile.Enrolling{Reconciler: r}, &reconcile.Mailboxes{Reconciler: r}, &reconcile.EventSubscriptions{Reconciler: r}
	settings, days, clock := reconcile.MailboxSettings{Reconciler: r}, reconcile.Days{Reconciler: r}, &reconcile.Clock{Reconciler: r}
	e.Add(reconcile.WorkEnroll, enrolling.Next, enrolling.Run)
	e.Add(reconcile.WorkMailboxes, mailboxes.Next, mailboxes.Run)
	e.Add(reconcile.WorkSettings, settings.Next, settings.Run)
	e.Add(reconcile.WorkDays, days.Next, days.Run)
	e.Add(reconcile.WorkEvents, events.Next, events.Run)
	heard, deaf := w.store.Listen()
	defer deaf()
	ctx, stop := context.WithCancel(w.ctx)
	done := make(chan struct{}, 3)
	go func() { e.Run(ctx); mailboxes.Wait(); done <- struct{}{} }()
	go func() { clock.Run(ctx); done <- struct{}{} }()
	go func() {
		for {
			select {
			case e := <-heard:
				r.Heard(e)
			case <-ctx.Done():
				done <- struct{}{}
				return
			}
		}
	}()
	defer func() { stop(); <-done; <-done; <-done }()

	for _, p := range w.people {
		_, err := w.tenant.AddEvent(p, m365.Event{Start: time.Now().Add(-time.Minute), End: time.Now().Add(time.Hour), Attendees: []string{"a@b.example"}})
		w.must(err)
	}
	w.must(w.org.PutConnection(w.ctx, organization.Connection{Source: w.source, Live: organization.Live{All: true}}, 0))
	w.until("all are told of their meetings", func() bool {
		w.board.mu.Lock()
		defer w.board.mu.Unlock()
		return len(w.board.standing) == 120
	})
	w.until("so is the built-in one", func() bool { return w.told(anna).Key == activity.Meeting })
	w.settings(func(c *organization.Calendar) { c.Off = true })
	w.until("all that was set is taken back", func() bool {
		w.board.mu.Lock()
		defer w.board.mu.Unlock()
		return len(w.board.standing) == 0
	})
	w.settings(func(c *organization.Calendar) { c.Off = false })
	w.until("it stands again", func() bool { return w.told(anna).Key == activity.Meeting })
}

// until waits for something to be so, as long as the test may take.
func (w *workplace) until(what string, so func() bool) {
	w.Helper()
	for !so() {
		select {
		case <-w.ctx.Done():
			w.Fatalf("in vain: %s", what)
		case <-time.After(20 * time.Millisecond):
		}
	}
}
