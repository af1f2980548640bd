package ntlm

import (
	"context"
	"sync"
	"time"
)

// How many times a password may be wrong before it is sent no more: once when
// it has never been right; twice when it has, because a server that is
// overloaded, or can't reach its domain, says the same as to a wrong one. Even
// the strictest rules lock an account at the third.
const (
	triesNew    = 1
	triesProved = 2
)

// freshTime is how long after a good sign-in by Basic others may begin before it
// is known how those under way went.
const freshTime = 10 * time.Second

// restTime is how long a password that has been right before, and was then
// refused, is left alone; then it gets one try more. Servers forget wrong
// passwords within half an hour, as a rule.
const restTime = time.Hour

// trial keeps an account from being locked: at no time are more sign-ins
// under way or refused, since the last good one, than the limit above. By Basic
// each request is a sign-in, and that would be the end of its speed: there as
// many as there are connections are under way while one after the other is
// good. So a password that is changed in the midst of such a burst is refused as
// often as requests were under way at that moment, and no other is begun; that
// is the price, and a domain doesn't count a password that was the account's own
// until it was changed. One that is changed between bursts is refused twice.
type trial struct {
	now func() time.Time

	mu      sync.Mutex
	changed chan struct{} // closed, and a new one made, when something below changes
	proved  bool
	flying  int // sign-ins whose outcome isn't known
	failed  int // since the last good one
	refusal *Refusal
	since   time.Time // of the refusal
	good    time.Time // the last good one
}

// outcome is what has become of a sign-in.
type outcome int

const (
	unknown outcome = iota // nobody has looked at the password
	good
	bad
)

func newTrial(now func() time.Time) *trial {
	return &trial{now: now, changed: make(chan struct{})}
}

// enter waits until the password may be sent, and says ErrRefused when it may
// not. Each call that returned nil needs one of leave. By Basic many may be under
// way as long as all goes well.
func (t *trial) enter(ctx context.Context, basic bool) error {
	for {
		t.mu.Lock()
		if err := t.standing(); err != nil {
			t.mu.Unlock()
			return err
		}
		if t.flying+t.failed < t.limit() || basic && t.failed == 0 && t.fresh() {
			t.flying++
			t.mu.Unlock()
			return nil
		}
		changed := t.changed
		t.mu.Unlock()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		}
	}
}

// fresh is true where the password was right a moment ago.
func (t *trial) fresh() bool { return t.proved && t.now().Sub(t.good) < freshTime }

// refused returns the refusal that stands, else nil.
func (t *trial) refused() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.standing()
}

func (t *trial) standing() error {
	switch {
	case t.refusal == nil:
		return nil
	case !t.proved || t.now().Sub(t.since) < restTime:
		return t.refusal
	}
	t.refusal, t.failed = nil, triesProved-1
	return nil
}

func (t *trial) limit() int {
	if t.proved {
		return triesProved
	}
	return triesNew
}

// leave tells the outcome of a sign-in. For a bad one it returns how long to
// wait before the next, or the refusal if there is none.
func (t *trial) leave(o outcome, scheme string, bound bool) (wait time.Duration, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.flying--
	switch o {
	case good:
		t.proved, t.failed, t.refusal, t.good = true, 0, nil, t.now()
	case bad:
		t.failed++
		if t.failed >= t.limit() {
			t.refusal, t.since = &Refusal{Scheme: scheme, Bound: bound, Worked: t.proved}, t.now()
			err = t.refusal
		}
		wait = 2 * time.Second << t.failed
	}
	close(t.changed)
	t.changed = make(chan struct{})
	return wait, err
}
