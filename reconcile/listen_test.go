package reconcile_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/reconcile"
	"github.com/telefonist/telefonist/store"
)

// listens holds ears open beside the test, which ends them with it.
func (p *plant) listens() {
	p.Helper()
	ctx, cancel := context.WithCancel(p.ctx)
	var group sync.WaitGroup
	listening := &reconcile.Listening{Reconciler: p.reconciler}
	group.Go(func() { listening.Run(ctx) })
	p.Cleanup(func() { cancel(); group.Wait() })
}

// until waits for something that happens beside the test.
func (p *plant) until(what string, is func() bool) {
	p.Helper()
	for deadline := time.Now().Add(30 * time.Second); !is(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			p.Fatalf("it never came to be that %s", what)
		}
	}
}

func (s *service) open() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ears
}

// opened is how often an ear was.
func (s *service) opened() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.begun
}

func (p *plant) due(person string) (cause string, in time.Duration) {
	p.Helper()
	m := p.box(person)
	return m.DueCause, m.DueAt.Sub(p.now)
}

func TestWhoIsHeardIsSweptRarely(t *testing.T) {
	t.Parallel()
	p := newPlant(t, 2, false, nil)
	exchange := p.server(organization.Connection{})
	anna, bo := p.people[0], p.people[1]
	exchange.holds(p.address(anna), calendar.Impersonation, p.time(monday, "10:00"), p.time(monday, "11:00"))
	exchange.holds(p.address(bo), calendar.Times, p.time(monday, "10:00"), p.time(monday, "11:00"))
	p.settles()
	if _, in := p.due(anna); in > 5*time.Minute {
		t.Errorf("who is not heard is swept after %v", in)
	}
	p.listens()
	p.until("her ear is open", func() bool { cause, _ := p.due(anna); return cause == reconcile.CauseAgain })
	if len(exchange.heard) != 1 || exchange.heard[0].Address != p.address(anna) || exchange.heard[0].Way.Kind != calendar.Impersonation {
		t.Errorf("listened to %+v", exchange.heard)
	}
	p.settles() // what changed before was told to nobody
	if cause, in := p.due(anna); cause != reconcile.CauseSweep || in < 50*time.Minute {
		t.Errorf("who is heard is swept after %v (%s)", in, cause)
	}
	if _, in := p.due(bo); in > 5*time.Minute {
		t.Errorf("who can't be heard is swept after %v", in)
	}

	exchange.holds(p.address(anna), calendar.Impersonation, p.time(monday, "12:00"), p.time(monday, "13:00"))
	exchange.tells(calendar.Notice{Person: anna, What: calendar.Changed})
	p.until("she is due", func() bool { cause, _ := p.due(anna); return cause == reconcile.CauseTold })
	p.settles()
	p.at("12:00")
	p.wantsTold(anna, "meeting until 13:00")
	p.settles()
	exchange.tells(calendar.Notice{Person: anna, What: calendar.Deaf})
	p.until("she is swept like others", func() bool { _, in := p.due(anna); return in <= 5*time.Minute })
	exchange.tells(calendar.Notice{Person: anna, What: calendar.Listening})
	p.until("she is read again", func() bool { cause, in := p.due(anna); return cause == reconcile.CauseAgain && in <= 0 })
}

func TestAnEarThatBreaksIsOpenedAgain(t *testing.T) {
	t.Parallel()
	p := newPlant(t, 1, false, nil)
	exchange := p.server(organization.Connection{})
	anna := p.people[0]
	exchange.holds(p.address(anna), calendar.FullAccess, p.time(monday, "10:00"), p.time(monday, "11:00"))
	p.settles()
	p.listens()
	p.until("she is heard", func() bool { cause, _ := p.due(anna); return cause == reconcile.CauseAgain })
	p.settles()
	exchange.deaf <- errors.New("connection reset by peer")
	p.until("she is swept like others", func() bool { _, in := p.due(anna); return in <= 5*time.Minute })
	p.until("she is heard again", func() bool { cause, _ := p.due(anna); return cause == reconcile.CauseAgain })
	p.settles()

	c, err := p.org.Connection(p.ctx, exchange.source)
	p.must(err)
	c.Off = true
	p.must(p.org.PutConnection(p.ctx, c.Connection, c.Generation))
	p.reconciler.Heard(store.Event{Organization: p.org.ID(), Kind: store.Calendars})
	p.settles()
	p.until("the ear is closed", func() bool { return exchange.open() == 0 })
}

// A server that tells of nothing is no trouble: nobody is told of it, and it isn't
// tried again and again.
func TestAServerThatTellsOfNothing(t *testing.T) {
	t.Parallel()
	p := newPlant(t, 1, false, nil)
	log := new(lines)
	p.reconciler.Log = slog.New(slog.NewTextHandler(log, nil))
	exchange := p.server(organization.Connection{})
	anna := p.people[0]
	exchange.holds(p.address(anna), calendar.FullAccess, p.time(monday, "10:00"), p.time(monday, "11:00"))
	p.settles()
	exchange.deaf <- fmt.Errorf("listen: %w", calendar.ErrUntold)
	p.listens()
	p.until("its ear is closed", func() bool { return exchange.opened() == 1 && exchange.open() == 0 })
	time.Sleep(50 * time.Millisecond) // it would say so at once
	p.settles()
	if _, in := p.due(anna); in > 5*time.Minute {
		t.Errorf("who is not heard is swept after %v", in)
	}
	if said := log.String(); said != "" || exchange.opened() != 1 {
		t.Errorf("opened %d times; the log: %s", exchange.opened(), said)
	}
}

// lines are what is logged beside a test.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// A stream that has died without a word is found out by what sweeps come upon.
func TestAnEarThatTellsOfNothing(t *testing.T) {
	t.Parallel()
	p := newPlant(t, 1, false, nil)
	exchange := p.server(organization.Connection{})
	anna := p.people[0]
	exchange.holds(p.address(anna), calendar.Impersonation, p.time(monday, "10:00"), p.time(monday, "11:00"))
	p.settles()
	p.listens()
	p.until("she is heard", func() bool { cause, _ := p.due(anna); return cause == reconcile.CauseAgain })
	p.settles()
	if _, in := p.due(anna); in < 50*time.Minute {
		t.Fatalf("swept after %v", in)
	}
	exchange.holds(p.address(anna), calendar.Impersonation, p.time(monday, "12:00"), p.time(monday, "13:00"))
	p.passes(time.Hour)
	if _, in := p.due(anna); in > 5*time.Minute {
		t.Errorf("though nobody told of a change she is swept after %v", in)
	}
	exchange.tells(calendar.Notice{Person: anna, What: calendar.Changed})
	p.until("she is due", func() bool { cause, _ := p.due(anna); return cause == reconcile.CauseTold })
	p.settles()
	if _, in := p.due(anna); in < 50*time.Minute {
		t.Errorf("who is heard again is swept after %v", in)
	}
}
