// Package reconcile runs the two flows.
//
// A round reads a directory into the mirror, plans, holds what a person must
// decide, applies the rest and ties people to entries. [Reconciler.Round] tells it
// whole.
//
// The calendar flow's unit is the mailbox, and each of its steps ends in rows that
// say when the next is due. [Reconciler.Enroll] has mailboxes follow links, groups
// and settings; [Mailboxes] reads those that are due, keeps what rules need and
// computes the day that follows; [Days] computes days again when something else
// has changed; [Clock] tells switchboards at the second. Notifications
// ([Reconciler.MailboxesTold]), sweeps and buttons only say who is due. [WorkDays]
// and its like say how an engine is told of it all.
//
// State is rows: what should be, what was last written. Any step may be repeated,
// lost or run twice; the next pass ends in the same place. What was begun before
// the process stopped is taken up by the next [Reconciler.Round] or pass.
package reconcile

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/plan"
	"github.com/telefonist/telefonist/store"
)

// Reconciler runs both flows. Its function fields are filled where drivers are known.
type Reconciler struct {
	Store *store.Store
	Log   *slog.Logger
	Now   func() time.Time

	OpenSource   func(context.Context, organization.ID, string) (Source, error)
	OpenRegister func(context.Context, organization.ID, string) (pbx.Register, error)
	// OpenCalendar opens the calendars of a source. An error is that of the whole
	// source and may be asked for its code as a [directory.Trouble].
	OpenCalendar func(context.Context, organization.ID, string) (Calendar, error)
	// OpenSwitchboard opens one that is told activities; "builtin" is always there.
	// What it opens is kept until the switchboard's settings change.
	OpenSwitchboard func(context.Context, organization.ID, string) (Switchboard, error)

	// NotifyURL is where Microsoft can tell of changes, "" where it can't reach us.
	NotifyURL string
	// Told is called after a round has come to where it waits or ends.
	Told func(context.Context, organization.ID, store.Round)
	// Late is called for each telling with how long after its instant it was told.
	Late func(time.Duration)
	// Woken is called when rows say that a round is due, Wake when they say so of
	// another kind of work.
	Woken func()
	Wake  func(kind string)

	busy  keyed // one round at a time per replicator
	reads keyed // one reading at a time per source

	archive  archive
	changed  changes // organizations whose people are to be enrolled again
	readable changes // in which mailboxes have become readable, or are so no longer
	clock    bell
	post     bell // mailboxes have become due
	ears     ears
	troubles troubles
	channels channels
}

// errBusy says that a round of the replicator is under way.
var errBusy = errors.New("a round of this replicator is under way")

// Round runs what is due of a replicator, from reading to links. A round that
// was stopped is taken up where its rows say; one that waits for a person stays.
func (r *Reconciler) Round(ctx context.Context, org organization.ID, replicator string) error {
	if !r.busy.lock(string(org) + "/" + replicator) {
		return errBusy
	}
	defer r.busy.unlock(string(org) + "/" + replicator)

	t, err := r.begin(ctx, org, replicator)
	if err != nil || t == nil {
		return err
	}
	if t.round.State == store.Reading {
		if err := t.readSource(ctx); err != nil {
			return t.fail(ctx, err)
		}
		in, err := t.gather(ctx)
		if err != nil {
			return t.fail(ctx, err)
		}
		p, people := plan.Make(in), len(in.People)
		in = plan.Input{} // the directory is large, and no longer needed
		if err := t.keep(ctx, p, people, t.hold(p)); err != nil {
			return t.fail(ctx, err)
		}
	}
	if t.round.State == store.Applying {
		if err := t.apply(ctx); err != nil {
			return t.fail(ctx, err)
		}
	}
	return t.end(ctx)
}

// task is one round under way, with what it needs at hand.
type task struct {
	*Reconciler
	id         organization.ID
	org        store.Org
	replicator store.ReplicatorState
	round      store.Round
	read       reading
	resumed    bool            // taken up from an earlier process
	asking     context.Context // of what Explain asks of directories
}

// hold says why the plan may not be applied by itself.
func (t *task) hold(p plan.Plan) []pbx.Reason {
	var why []pbx.Reason
	if t.read.empty {
		why = append(why, pbx.Reason{Code: "empty"})
	}
	if !t.replicator.Approved {
		why = append(why, pbx.Reason{Code: "first"})
	}
	return append(why, plan.Hold(p, t.replicator.Settings.Limits, t.read.linked)...)
}

// begin takes up a round that was stopped, or starts the one that is due. nil
// means that there is nothing to do: not due, paused, or waiting for a person.
// What makes a replicator due is cleared first, so that a wake-up during the
// round is not lost.
func (r *Reconciler) begin(ctx context.Context, org organization.ID, replicator string) (*task, error) {
	o := r.Store.In(org)
	rep, err := o.Replicator(ctx, replicator)
	if err != nil {
		return nil, fmt.Errorf("begin round: %w", err)
	}
	open, err := o.OpenRounds(ctx, replicator)
	if err != nil {
		return nil, fmt.Errorf("begin round: %w", err)
	}
	t := &task{Reconciler: r, id: org, org: o, replicator: rep}
	waits := false
	for _, round := range open {
		switch {
		case round.State == store.Reading && byPerson(round.Cause): // stopped before it was written down
			round.State, round.Failure = store.Failed, pbx.Reason{Code: "interrupted"}
			if err := o.SetRound(ctx, round, store.Reading); err != nil {
				return nil, fmt.Errorf("begin round: %w", err)
			}
		case round.State == store.Reading || round.State == store.Applying:
			t.round, t.resumed = round, true
			return t, o.Undue(ctx, replicator)
		default:
			waits = true
		}
	}
	switch {
	case rep.Paused || rep.DueAt.IsZero() || rep.DueAt.After(r.Now()):
		return nil, nil
	case waits && rep.DueCause == store.OnChange:
		return nil, t.putOff(ctx) // a change waits behind the plan that waits
	}
	t.round, err = o.StartRound(ctx, store.Round{Replicator: replicator, Cause: rep.DueCause, Actor: rep.DueActor}) // a plan that waits is replaced by the new one
	if err != nil {
		return nil, fmt.Errorf("begin round: %w", err)
	}
	return t, nil
}

// putOff lets a replicator sleep until its next night: what waits comes first.
func (t *task) putOff(ctx context.Context) error {
	if err := t.org.Undue(ctx, t.replicator.ID); err != nil {
		return fmt.Errorf("put off round: %w", err)
	}
	if t.replicator.Schedule.Mode == organization.ByHand {
		return nil
	}
	return t.org.Wake(ctx, t.replicator.ID, Night(t.replicator.Schedule, t.replicator.ID, t.Now()), store.Nightly, "", true)
}

// end says when the next round is due and tells of this one.
func (t *task) end(ctx context.Context) error {
	if err := t.schedule(ctx); err != nil {
		return fmt.Errorf("end round: %w", err)
	}
	if t.round.State == store.Done && t.quiet() {
		return t.org.DeleteRound(ctx, t.round.ID)
	}
	if t.Told != nil {
		t.Told(ctx, t.id, t.round)
	}
	return nil
}

// fail ends a round that could not go on. It is tried again by itself where
// waiting may help, ever more rarely.
func (t *task) fail(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err() // stopped, not failed: taken up by the next process
	}
	failures := t.replicator.Failures + 1
	state, at := t.round.State, t.Now().Add(again(err, failures))
	whole := t.round.Whole || state == store.Applying // what was planned and not made is planned again
	if s := t.replicator.Schedule; s.Mode != organization.ByHand && !at.Before(Night(s, t.replicator.ID, t.Now())) {
		whole = true
	}
	t.Log.Warn("round failed", "organization", t.id, "replicator", t.replicator.ID, "round", t.round.Number, "failures", failures, "error", err)
	if state == store.Applying && byPerson(t.round.Cause) {
		whole = false // it goes on where it stopped: nobody plans again what a person decided
	} else if e := t.to(ctx, store.Failed, func() { t.round.Failure = reasonOf(err) }); e != nil {
		return errors.Join(err, fmt.Errorf("fail round: %w", e))
	}
	if e := t.org.SetFailures(ctx, t.replicator.ID, failures); e != nil {
		return errors.Join(err, fmt.Errorf("fail round: %w", e))
	}
	if e := t.org.Wake(ctx, t.replicator.ID, at, t.round.Cause, t.round.Actor, whole); e != nil {
		return errors.Join(err, fmt.Errorf("fail round: %w", e))
	}
	if t.Told != nil && t.round.State == store.Failed {
		t.Told(ctx, t.id, t.round)
	}
	return nil
}

// byPerson is true for rounds whose changes a person chose: they are not planned
// from the directory.
func byPerson(c store.Cause) bool { return c == store.Decision || c == store.Undoing }

// to moves the round to another state.
func (t *task) to(ctx context.Context, state store.RoundState, with func()) error {
	was := t.round.State
	t.round.State = state
	with()
	return t.org.SetRound(ctx, t.round, was)
}

// quiet is true for a round that nobody asked for and in which nothing happened:
// a delta each minute would else fill the list.
func (t *task) quiet() bool {
	n := t.round.Counts
	return t.round.Cause == store.OnChange && n[CountChanges]+n[CountLeft]+n[CountReturned] == 0
}

// keyed is a set of held keys.
type keyed struct {
	mu   sync.Mutex
	held map[string]bool
}

func (k *keyed) lock(key string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.held[key] {
		return false
	}
	if k.held == nil {
		k.held = map[string]bool{}
	}
	k.held[key] = true
	return true
}

func (k *keyed) unlock(key string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.held, key)
}
