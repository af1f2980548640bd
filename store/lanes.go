package store

import (
	"context"
	"slices"
	"sync"
)

// lane is where a writer waits for its turn.
type lane int

// The clock's writers come before all others: at nine o'clock thousands of
// activities change, while a round may be writing its hundredth 500.
const (
	clockwork lane = iota
	ordinary
)

// turn is a mutex whose waiters stand in two lanes, in each by their arrival.
type turn struct {
	mu      sync.Mutex
	taken   bool
	waiting [2][]chan struct{}
}

// take waits for the turn, or for the end of ctx.
func (t *turn) take(ctx context.Context, l lane) error {
	t.mu.Lock()
	if !t.taken {
		t.taken = true
		t.mu.Unlock()
		return nil
	}
	mine := make(chan struct{})
	t.waiting[l] = append(t.waiting[l], mine)
	t.mu.Unlock()
	select {
	case <-mine:
		return nil
	case <-ctx.Done():
		t.leave(l, mine)
		return ctx.Err()
	}
}

// leave takes a waiter out of its lane, and passes on the turn that it was given
// meanwhile.
func (t *turn) leave(l lane, mine chan struct{}) {
	t.mu.Lock()
	i := slices.Index(t.waiting[l], mine)
	if i >= 0 {
		t.waiting[l] = slices.Delete(t.waiting[l], i, i+1)
	}
	t.mu.Unlock()
	if i < 0 {
		t.give()
	}
}

// give hands the turn to whoever waits longest in the first lane that is not empty.
func (t *turn) give() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for l := range t.waiting {
		if len(t.waiting[l]) > 0 {
			close(t.waiting[l][0])
			t.waiting[l] = t.waiting[l][1:]
			return
		}
	}
	t.taken = false
}
