package reconcile

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"sync"
	"time"

	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/store"
)

// schedule makes the replicator due again as its settings say.
func (t *task) schedule(ctx context.Context) error {
	s, now := t.replicator.Schedule, t.Now()
	night := Night(s, t.replicator.ID, now)
	soon := now.Add(time.Minute)
	heard, err := t.hears(ctx)
	if err != nil {
		return err
	}
	if heard {
		soon = now.Add(time.Hour) // Microsoft tells of changes; this is the sweep
	}
	switch {
	case s.Mode == organization.ByHand:
		return nil
	case s.Mode == organization.Soon && soon.Before(night):
		return t.org.Wake(ctx, t.replicator.ID, soon, store.OnChange, "", false)
	}
	return t.org.Wake(ctx, t.replicator.ID, night, store.Nightly, "", true)
}

// Night is the next time after now at which a replicator runs by night: a minute
// of its window that its id chooses, so that not all tenants start at once.
func Night(s organization.Schedule, replicator string, now time.Time) time.Time {
	zone, err := time.LoadLocation(s.Zone)
	if err != nil {
		zone = time.UTC
	}
	width := s.To - s.From
	if width <= 0 {
		width += 24 * 60 // a window over midnight
	}
	h := fnv.New32a()
	h.Write([]byte(replicator))
	minute := s.From + int(h.Sum32()%uint32(width))
	local := now.In(zone)
	for day := -1; ; day++ {
		at := time.Date(local.Year(), local.Month(), local.Day()+day, 0, minute, 0, 0, zone)
		if at.After(now) {
			return at
		}
	}
}

// again is how long to wait before a failed round is tried again.
func again(err error, failures int64) time.Duration {
	var t *directory.Trouble
	wait := min(time.Minute<<min(failures-1, 10), 6*time.Hour)
	if errors.As(err, &t) {
		if !t.Temporary() {
			wait = max(wait, time.Hour) // somebody has to do something first
		}
		wait = max(wait, t.RetryAfter())
	}
	return wait
}

// reasonOf turns an error into the fact that a page puts into words.
func reasonOf(err error) pbx.Reason {
	var t *directory.Trouble
	if errors.As(err, &t) {
		return pbx.Reason{Code: t.Code, Args: t.Args}
	}
	return pbx.Reason{Code: "internal"}
}

// Due runs the rounds that are due, several replicators at once. Its Next and
// Run are given to an engine.
type Due struct {
	*Reconciler
	// AtOnce is how many rounds run at the same time; 4 where zero.
	AtOnce int

	mu      sync.Mutex
	running map[string]bool
	done    chan struct{}
	group   sync.WaitGroup
}

// Next is when the next round is due.
func (d *Due) Next(ctx context.Context) (time.Time, error) { return d.Store.NextReplicatorDue(ctx) }

// Run starts the rounds that are due and returns when there is none to start or
// no room; then it has waited for one to end.
func (d *Due) Run(ctx context.Context) error {
	d.mu.Lock()
	if d.running == nil {
		d.running, d.done = map[string]bool{}, make(chan struct{}, 1)
	}
	if d.AtOnce == 0 {
		d.AtOnce = 4
	}
	room := d.AtOnce - len(d.running)
	d.mu.Unlock()
	due, err := d.Store.DueReplicators(ctx, d.Now(), d.AtOnce+room)
	if err != nil {
		return fmt.Errorf("find due rounds: %w", err)
	}
	started := 0
	for _, w := range due {
		if started < room && d.start(ctx, w.Organization, w.Replicator) {
			started++
		}
	}
	if started > 0 {
		return nil
	}
	select {
	case <-ctx.Done():
	case <-d.done:
	case <-time.After(time.Second):
	}
	return nil
}

func (d *Due) start(ctx context.Context, org organization.ID, replicator string) bool {
	key := string(org) + "/" + replicator
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.running[key] {
		return false
	}
	d.running[key] = true
	d.group.Go(func() {
		if err := d.Round(ctx, org, replicator); err != nil && !errors.Is(err, errBusy) && ctx.Err() == nil {
			d.Log.Error("round", "organization", org, "replicator", replicator, "error", err)
		}
		d.mu.Lock()
		delete(d.running, key)
		d.mu.Unlock()
		select {
		case d.done <- struct{}{}:
		default:
		}
	})
	return true
}

// Wait waits for the rounds under way; their context has ended them.
func (d *Due) Wait() { d.group.Wait() }

// Resume makes the rounds that an earlier process left unfinished due at once.
func (r *Reconciler) Resume(ctx context.Context) error {
	open, err := r.Store.UnfinishedRounds(ctx)
	if err != nil {
		return fmt.Errorf("resume rounds: %w", err)
	}
	for _, u := range open {
		if err := r.Store.In(u.Organization).Wake(ctx, u.Replicator, r.Now(), store.ByHand, "", false); err != nil {
			return fmt.Errorf("resume rounds: %w", err)
		}
	}
	return nil
}
