package reconcile_test

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/telefonist/telefonist/engine"
	"github.com/telefonist/telefonist/m365"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/reconcile"
	"github.com/telefonist/telefonist/store"
)

// gate is a register that lets nobody in until it is opened, and counts who is
// inside.
type gate struct {
	pbx.Register
	inside, most *atomic.Int32
	open         chan struct{}
	here         chan struct{}
}

func (g gate) wait() {
	n := g.inside.Add(1)
	defer g.inside.Add(-1)
	for {
		most := g.most.Load()
		if n <= most || g.most.CompareAndSwap(most, n) {
			break
		}
	}
	g.here <- struct{}{}
	<-g.open
}

// guard puts a gate before the register.
func (o *office) guard() gate {
	g := gate{inside: new(atomic.Int32), most: new(atomic.Int32), open: make(chan struct{}), here: make(chan struct{}, 100)}
	inner := o.reconciler.OpenRegister
	o.reconciler.OpenRegister = func(ctx context.Context, org organization.ID, name string) (pbx.Register, error) {
		g.wait()
		return inner(ctx, org, name)
	}
	return g
}

func TestRoundsOfOneReplicatorNeverOverlap(t *testing.T) {
	o := emptyOffice(t, nil)
	o.staff(5)
	g := o.guard()
	o.must(o.org.Wake(o.ctx, o.replicator, o.now, store.ByHand, "", false))
	var all sync.WaitGroup
	var refused atomic.Int32
	for range 8 {
		all.Go(func() {
			if o.reconciler.Round(o.ctx, o.org.ID(), o.replicator) != nil {
				refused.Add(1)
			}
		})
	}
	<-g.here
	for refused.Load() < 7 {
		time.Sleep(time.Millisecond)
	}
	close(g.open)
	all.Wait()
	rounds, err := o.org.Rounds(o.ctx, store.RoundFilter{}, 0, 10)
	o.must(err)
	if g.most.Load() != 1 || len(rounds) != 1 {
		t.Errorf("%d rounds, %d at once", len(rounds), g.most.Load())
	}
}

func TestDueRunsSeveralReplicatorsAtOnce(t *testing.T) {
	o := emptyOffice(t, nil)
	o.staff(5)
	ids := []string{o.replicator}
	for range 3 {
		other := m365.New(m365.Options{People: 20, Seed: uint64(10 + len(ids))})
		o.server.Add(other)
		o.source = o.connect(other)
		ids = append(ids, o.replicate(nil))
	}
	g := o.guard()
	for _, id := range ids {
		o.must(o.org.Wake(o.ctx, id, o.now, store.ByHand, "", false))
	}
	due := &reconcile.Due{Reconciler: o.reconciler, AtOnce: 3}
	o.must(due.Run(o.ctx))
	for range 3 {
		<-g.here
	}
	if n := g.inside.Load(); n != 3 {
		t.Errorf("%d rounds at once, want 3", n)
	}
	close(g.open)
	due.Wait()
	for at := o.now; !at.IsZero(); { // the fourth had to wait for room
		o.must(due.Run(o.ctx))
		due.Wait()
		var err error
		at, err = due.Next(o.ctx)
		o.must(err)
	}
	rounds, err := o.org.Rounds(o.ctx, store.RoundFilter{State: store.Waiting}, 0, 10)
	o.must(err)
	if len(rounds) != 4 || g.most.Load() > 3 {
		t.Errorf("%d rounds wait for approval, %d at once", len(rounds), g.most.Load())
	}
}

func TestEngineStopsInMidRound(t *testing.T) {
	o := newOffice(t, 100, nil)
	o.server.Fault(m365.Fault{Kind: m365.Slow, Path: "users/delta", After: 2, Delay: 100 * time.Millisecond, Times: m365.Forever})
	o.must(o.org.Wake(o.ctx, o.replicator, o.now, store.ByHand, "", false))
	due := &reconcile.Due{Reconciler: o.reconciler}
	e := &engine.Engine{Log: slog.New(slog.DiscardHandler), Now: o.instant}
	e.Add("rounds", due.Next, due.Run)
	ctx, cancel := context.WithCancel(o.ctx)
	stopped := make(chan struct{})
	go func() { e.Run(ctx); due.Wait(); close(stopped) }()
	for len(o.server.Requests()) < 3 {
		time.Sleep(time.Millisecond)
	}
	cancel()
	<-stopped
	if r := o.last(); r.State != store.Reading {
		t.Fatalf("a stopped round is %s, %v: it has not failed", r.State, r.Failure)
	}
	o.server.ClearFaults()
	o.server.ResetRequests()
	o.must(o.reconciler.Resume(o.ctx))
	o.must(due.Run(o.ctx))
	due.Wait()
	r := o.wants(o.last(), store.Waiting, o.last().Counts["create"])
	if r.Number != 1 || r.Counts["read"] != 100 {
		t.Errorf("round %d read %d people of 100", r.Number, r.Counts["read"])
	}
	pages := 0
	for _, r := range o.server.Requests() {
		if r.Path == "/v1.0/users/delta" {
			pages++
		}
	}
	if pages >= 5 {
		t.Errorf("%d pages of 5 were read: it began anew", pages)
	}
}

func TestResumeGoesOnApplying(t *testing.T) {
	o := emptyOffice(t, nil)
	o.staff(3)
	r := o.run(store.ByHand, false)
	r.State = store.Applying
	o.must(o.org.SetRound(o.ctx, r, store.Waiting)) // as if it had stopped right after approval
	o.must(o.org.PauseReplicator(o.ctx, o.replicator, true))
	o.must(o.reconciler.Resume(o.ctx))
	due := &reconcile.Due{Reconciler: o.reconciler}
	o.must(due.Run(o.ctx))
	due.Wait()
	o.wants(o.last(), store.Done, 3)
	if len(o.entries()) != 3 {
		t.Errorf("%d entries", len(o.entries()))
	}
}

func TestInterruptedDecisionIsNotPlannedFromTheDirectory(t *testing.T) {
	o := emptyOffice(t, nil)
	o.staff(3)
	r, err := o.org.StartRound(o.ctx, store.Round{Replicator: o.replicator, Cause: store.Decision, Actor: "karin@kontoret.se"})
	o.must(err)
	o.must(o.reconciler.Resume(o.ctx))
	o.must(o.reconciler.Round(o.ctx, o.org.ID(), o.replicator))
	if r, err = o.org.Round(o.ctx, r.ID); err != nil || r.State != store.Failed || r.Failure.Code != "interrupted" {
		t.Errorf("round is %s, %v, %v", r.State, r.Failure, err)
	}
	if len(o.entries()) != 0 {
		t.Errorf("%d entries", len(o.entries()))
	}
}

func TestPlanOfAStoppedRoundIsReplaced(t *testing.T) {
	o := emptyOffice(t, nil)
	o.staff(2)
	r, err := o.org.StartRound(o.ctx, store.Round{Replicator: o.replicator, Cause: store.ByHand})
	o.must(err)
	var half []store.Change
	for i := range 5 {
		half = append(half, store.Change{Position: int64(i + 1), Change: pbx.Change{Kind: pbx.Create, Person: "gammal", Key: "gammal"}})
	}
	o.must(o.org.PutChanges(o.ctx, r.ID, half)) // a plan half written when the process died
	o.must(o.reconciler.Resume(o.ctx))
	o.must(o.reconciler.Round(o.ctx, o.org.ID(), o.replicator))
	o.approve(o.wants(o.last(), store.Waiting, 2))
	if len(o.entries()) != 2 {
		t.Errorf("%d entries, want 2", len(o.entries()))
	}
}

func TestPausedReplicatorRests(t *testing.T) {
	o := emptyOffice(t, nil)
	o.staff(1)
	o.must(o.org.PauseReplicator(o.ctx, o.replicator, true))
	o.must(o.org.Wake(o.ctx, o.replicator, o.now, store.Nightly, "", true))
	o.must(o.reconciler.Round(o.ctx, o.org.ID(), o.replicator))
	if r := o.last(); r.ID != "" {
		t.Errorf("a round %s", r.State)
	}
	due, err := o.store.DueReplicators(o.ctx, o.now, 10)
	if err != nil || len(due) != 0 {
		t.Errorf("due: %v, %v", due, err)
	}
	o.must(o.org.PauseReplicator(o.ctx, o.replicator, false))
	o.must(o.reconciler.Round(o.ctx, o.org.ID(), o.replicator))
	o.wants(o.last(), store.Waiting, 1)
}

func TestFailedApplyingIsPlannedAgain(t *testing.T) {
	o := emptyOffice(t, nil)
	id := o.hire("Anna", "Öberg", nil)
	o.start()
	o.edit(id, func(p *m365.Person) { p.Surname = "Ny" })
	inner := o.reconciler.OpenRegister
	times := 0
	o.reconciler.OpenRegister = func(ctx context.Context, org organization.ID, name string) (pbx.Register, error) {
		if times++; times == 2 { // it answers the plan and then no more
			return nil, context.DeadlineExceeded
		}
		return inner(ctx, org, name)
	}
	if r := o.change(); r.State != store.Failed {
		t.Fatalf("round is %s", r.State)
	}
	o.comes(o.now.Add(5 * time.Minute))
	o.must(o.reconciler.Round(o.ctx, o.org.ID(), o.replicator)) // by itself
	if got := o.entry(id).Get(pbx.LastName); got != "Ny" {
		t.Errorf("last name = %q: what was planned is lost", got)
	}
	o.healthy()
}
