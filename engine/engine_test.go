package engine

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// work is a row: when it is due next, and when it ran.
type work struct {
	mu   sync.Mutex
	due  time.Time
	ran  []time.Time
	fail int
}

func (w *work) next(context.Context) (time.Time, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.due, nil
}

func (w *work) run(context.Context) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ran = append(w.ran, time.Now())
	if w.fail > 0 {
		w.fail--
		return errors.New("no answer")
	}
	w.due = time.Time{}
	return nil
}

func (w *work) set(at time.Time) {
	w.mu.Lock()
	w.due = at
	w.mu.Unlock()
}

// times is when it ran so far.
func (w *work) times() []time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.ran)
}

func start(t *testing.T, w *work) (*Engine, time.Time) {
	t.Helper()
	e := &Engine{Log: slog.New(slog.DiscardHandler)}
	e.Add("rounds", w.next, w.run)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { e.Run(ctx); close(done) }()
	t.Cleanup(func() { stop(); <-done })
	return e, time.Now()
}

func TestRunsAtItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &work{due: time.Now().Add(20 * time.Second)}
		_, begin := start(t, w)
		time.Sleep(3 * time.Minute)
		if len(w.times()) != 1 || w.times()[0].Sub(begin) != 20*time.Second {
			t.Errorf("ran %v after %v, want once after 20 s", len(w.times()), w.times())
		}
	})
}

func TestWakeIsNotLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &work{}
		e, begin := start(t, w)
		time.Sleep(5 * time.Second)
		w.set(time.Now())
		e.Wake("rounds")
		e.Wake("rounds")
		synctest.Wait()
		if len(w.times()) != 1 || w.times()[0].Sub(begin) != 5*time.Second {
			t.Errorf("ran %v, want at once when woken", w.times())
		}
	})
}

func TestMissedWakeCostsAtMostPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &work{}
		_, begin := start(t, w)
		time.Sleep(5 * time.Second)
		w.set(time.Now())
		time.Sleep(2 * time.Minute)
		if len(w.times()) != 1 || w.times()[0].Sub(begin) > time.Minute {
			t.Errorf("ran %v, want within a minute", w.times())
		}
	})
}

func TestFailureIsTriedAgainWithGrowingPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &work{due: time.Now(), fail: 3}
		_, begin := start(t, w)
		time.Sleep(time.Minute)
		var at []time.Duration
		for _, r := range w.times() {
			at = append(at, r.Sub(begin))
		}
		want := []time.Duration{0, time.Second, 3 * time.Second, 7 * time.Second}
		if len(at) != len(want) {
			t.Fatalf("ran at %v, want %v", at, want)
		}
		for i := range want {
			if at[i] != want[i] {
				t.Errorf("ran at %v, want %v", at, want)
			}
		}
	})
}
