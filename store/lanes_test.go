package store

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
)

// The clock's writers come first, each lane by arrival, and one who gave up in the
// queue holds nobody up.
func TestTheClockWritesFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var turn turn
		var order []string
		if err := turn.take(t.Context(), ordinary); err != nil {
			t.Fatal(err)
		}
		impatient, leave := context.WithCancel(t.Context())
		wait := func(ctx context.Context, l lane, name string) {
			go func() {
				if err := turn.take(ctx, l); err != nil {
					order = append(order, name+" left")
					return
				}
				order = append(order, name)
				turn.give()
			}()
			synctest.Wait()
		}
		wait(t.Context(), ordinary, "round")
		wait(impatient, clockwork, "impatient")
		wait(t.Context(), ordinary, "pass")
		wait(t.Context(), clockwork, "clock")
		wait(t.Context(), clockwork, "clock again")
		leave()
		synctest.Wait()
		turn.give()
		synctest.Wait()
		if want := []string{"impatient left", "clock", "clock again", "round", "pass"}; !slices.Equal(order, want) {
			t.Errorf("got %v, want %v", order, want)
		}
		if turn.taken {
			t.Error("the turn was not given back")
		}
	})
}

// One who gives up in the moment the turn comes to him passes it on.
func TestATurnThatNobodyTakesIsPassedOn(t *testing.T) {
	var turn turn
	if err := turn.take(t.Context(), ordinary); err != nil {
		t.Fatal(err)
	}
	mine := make(chan struct{})
	turn.waiting[clockwork] = append(turn.waiting[clockwork], mine)
	turn.give() // to mine
	turn.leave(clockwork, mine)
	if err := turn.take(t.Context(), ordinary); err != nil || len(turn.waiting[clockwork]) > 0 {
		t.Error("the turn was lost", err)
	}
}
