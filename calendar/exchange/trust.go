package exchange

import (
	"context"
	"sync"
	"time"
)

// trust says how often a way of reading is tried that may well be refused: a few
// times at first, and a few times an hour. Each time it works pays for many more.
// So ten thousand mailboxes of which only availability is allowed cost a handful of
// refusals, and where a way begins to work it soon reaches all that it works for.
type trust struct {
	mu    sync.Mutex
	begun bool
	left  int       // tries that may be made
	since time.Time // when left was last added to
	under int       // tries under way
	blank int       // tries in a row that told nothing
	ended chan struct{}
	said  string    // what the server said when it refused the last time
	rose  time.Time // when it last worked for a mailbox that was read by a worse one
}

const (
	firstTries = 4 // and as many an hour
	paid       = 20
	mostTries  = 200
	mostBlank  = 40
)

// outcome is how a try went.
type outcome int

const (
	unclear outcome = iota // it says nothing of the way
	refused
	worked
	bettered // worked for a mailbox that was read by a worse way
)

// take asks to make a try, which then must be settled. Where none is left but some
// are under way that may pay for more, it waits for them; force makes it anyhow.
func (t *trust) take(ctx context.Context, now time.Time, force bool) bool {
	t.mu.Lock()
	for {
		t.refill(now)
		if t.left > 0 || force {
			t.left = max(t.left-1, 0)
			t.under++
			t.mu.Unlock()
			return true
		}
		if t.under == 0 {
			t.mu.Unlock()
			return false
		}
		ended := t.ended
		t.mu.Unlock()
		select {
		case <-ctx.Done():
			return false
		case <-ended:
		}
		t.mu.Lock()
	}
}

// refill adds what has come with the time; the lock is held.
func (t *trust) refill(now time.Time) {
	if !t.begun {
		t.begun, t.left, t.since, t.ended = true, firstTries, now, make(chan struct{})
		return
	}
	const each = time.Hour / firstTries
	if more := int(now.Sub(t.since) / each); more > 0 {
		t.since = t.since.Add(time.Duration(more) * each)
		t.left = max(t.left, min(t.left+more, firstTries))
	}
}

// settle tells how a try went that was taken, and what the server said.
func (t *trust) settle(o outcome, said string, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.under--
	switch o {
	case refused:
		t.said = said
	case unclear:
		if t.blank++; t.blank <= mostBlank {
			t.left++
		}
		t.wake()
		return
	case bettered:
		t.rose = now
		fallthrough
	case worked:
		t.left = min(t.left+paid, mostTries)
	}
	t.blank = 0
	t.wake()
}

// wake lets those look again who wait for a try; the lock is held.
func (t *trust) wake() {
	close(t.ended)
	t.ended = make(chan struct{})
}

// roseSince is true where the way has begun to work for others after at.
func (t *trust) roseSince(at time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.rose.After(at)
}

// lastSaid is what the server said when the way was refused the last time.
func (t *trust) lastSaid() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.said
}
