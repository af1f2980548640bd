// Package engine runs what is due when it is due.
//
// It keeps no times of its own: each kind of work says when its next piece is
// due, by asking its rows, and is run then, at once when it is woken, and at the
// latest every [Engine.Patience]. A piece of work that is lost, repeated or
// woken for nothing does no harm, because the rows stay the truth.
package engine

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// Engine runs kinds of work, each one piece at a time. Add everything before Run.
type Engine struct {
	Log *slog.Logger
	// Patience is the longest a kind sleeps without looking at its rows; a
	// minute where zero. It bounds what a lost wake-up or a clock set back costs.
	Patience time.Duration
	// Now tells the time; time.Now where nil.
	Now func() time.Time

	kinds []*kind
}

type kind struct {
	name string
	next func(context.Context) (time.Time, error)
	run  func(context.Context) error
	wake chan struct{}
}

// Add has run called whenever next's time has come. next answers with the zero
// time when nothing is due. An error of either is logged and tried again after a
// pause that grows to Patience.
func (e *Engine) Add(name string, next func(context.Context) (time.Time, error), run func(context.Context) error) {
	e.kinds = append(e.kinds, &kind{name, next, run, make(chan struct{}, 1)})
}

// Wake has the named kind look at its rows at once. It never blocks, and a kind
// that is running looks again when it is done.
func (e *Engine) Wake(name string) {
	for _, k := range e.kinds {
		if k.name == name {
			select {
			case k.wake <- struct{}{}:
			default:
			}
		}
	}
}

// Run works until ctx ends, then waits for the pieces under way, which are told
// by their context.
func (e *Engine) Run(ctx context.Context) {
	if e.Patience == 0 {
		e.Patience = time.Minute
	}
	if e.Now == nil {
		e.Now = time.Now
	}
	var all sync.WaitGroup
	for _, k := range e.kinds {
		all.Go(func() { e.loop(ctx, k) })
	}
	all.Wait()
}

func (e *Engine) loop(ctx context.Context, k *kind) {
	pause := firstPause
	for ctx.Err() == nil {
		wait, err := e.wait(ctx, k)
		if err == nil && wait <= 0 {
			err = k.run(ctx)
		}
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			e.Log.Error("work failed", "kind", k.name, "error", err, "again", pause)
			wait, pause = pause, min(2*pause, e.Patience)
			e.sleep(ctx, k, wait)
		default:
			pause = firstPause
			e.sleep(ctx, k, wait)
		}
	}
}

const firstPause = time.Second

// wait is how long k may sleep: no time at all where something is due.
func (e *Engine) wait(ctx context.Context, k *kind) (time.Duration, error) {
	at, err := k.next(ctx)
	if err != nil || at.IsZero() {
		return e.Patience, err
	}
	return min(at.Sub(e.Now()), e.Patience), nil
}

func (e *Engine) sleep(ctx context.Context, k *kind, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-k.wake:
	case <-t.C:
	}
}
