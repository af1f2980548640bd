package reconcile

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/store"
)

// Listening holds open, for each connection that can tell of changes in that way, an
// ear for the mailboxes that it reads so that it can. What is heard makes a mailbox
// due, no more; of one that is not heard nothing depends on it: it is swept at the
// usual pace. [Listening.Run] is its loop, beside the engine.
type Listening struct {
	*Reconciler
	group sync.WaitGroup
}

// How ears are held open.
const (
	earSettles  = 3 * time.Second  // a burst of changes is given so long to end
	earRests    = time.Minute      // an ear is not opened anew for others more often
	earsEvery   = 5 * time.Minute  // looked at in any case
	firstDeaf   = 5 * time.Second  // before it is tried again
	lastDeaf    = 5 * time.Minute  // of those
	earStands   = 10 * time.Minute // one that held so long begins anew with the first pause
	mutesToDeaf = 3                // changes that nobody told of, before an ear is opened anew
)

// ears are those that are open.
type ears struct {
	bell
	mu  sync.Mutex
	all map[place]*ear
}

// ear listens to some mailboxes of a connection.
type ear struct {
	at     place
	set    string // whom it listens to and how, as text to compare
	boxes  []calendar.Mailbox
	sweep  time.Duration
	begun  time.Time
	cancel context.CancelFunc
	heard  bell

	mu       sync.Mutex
	hears    map[string]bool // people whose changes are told now
	muted    map[string]bool // of whom that has turned out not to be so
	now      map[string]bool // who began to be heard, and changed and deaf likewise: not yet written down
	changed  map[string]bool
	deaf     map[string]bool
	breaking context.CancelFunc // ends what it listens to now, so that it begins anew
}

// Run opens and closes ears as mailboxes, connections and settings ask for, until
// ctx ends.
func (l *Listening) Run(ctx context.Context) {
	defer l.group.Wait()
	for ctx.Err() == nil {
		again, err := l.align(ctx)
		if err != nil && ctx.Err() == nil {
			l.Log.Error("listening to calendars", "error", err)
		}
		timer := time.NewTimer(again)
		select {
		case <-ctx.Done():
		case <-timer.C:
		case <-l.ears.rung():
			sleep(ctx, earSettles)
		}
		timer.Stop()
	}
}

// align opens an ear for each connection that should have one, opens anew those
// whose mailboxes have changed, and closes the others; ctx is that of the ears. It
// says how long it is until that is to be looked at again.
func (l *Listening) align(ctx context.Context) (time.Duration, error) {
	again := earsEvery
	wanted, err := l.wanted(ctx)
	if err != nil {
		return again, fmt.Errorf("align ears: %w", err)
	}
	l.ears.mu.Lock()
	defer l.ears.mu.Unlock()
	for at, have := range l.ears.all {
		want := wanted[at]
		switch {
		case want == nil:
			have.cancel()
			delete(l.ears.all, at)
		case want.set == have.set:
			delete(wanted, at)
		case l.Now().Sub(have.begun) < earRests:
			delete(wanted, at)
			again = earRests
		default:
			have.cancel()
		}
	}
	for at, e := range wanted {
		if l.ears.all == nil {
			l.ears.all = map[place]*ear{}
		}
		e.begun = l.Now()
		l.ears.all[at] = e
		l.open(ctx, e)
	}
	return again, nil
}

// wanted are the ears that there should be.
func (l *Listening) wanted(ctx context.Context) (map[place]*ear, error) {
	all, err := l.Store.AllOrganizations(ctx)
	if err != nil {
		return nil, err
	}
	wanted := map[place]*ear{}
	for _, org := range all {
		o := l.Store.In(org)
		connections, err := o.Connections(ctx)
		if err != nil {
			return nil, err
		}
		if len(connections) == 0 {
			continue
		}
		t, err := l.terms(ctx, o)
		if err != nil {
			return nil, err
		}
		for _, c := range connections {
			if c.Off || !t.servers[c.Source] {
				continue
			}
			e := &ear{at: place{org: org, source: c.Source}, sweep: t.sweep(), hears: map[string]bool{}}
			if err := e.of(ctx, o); err != nil {
				return nil, err
			}
			if len(e.boxes) > 0 {
				wanted[e.at] = e
			}
		}
	}
	return wanted, nil
}

// of finds the mailboxes that a connection reads so that their changes can be heard.
func (e *ear) of(ctx context.Context, o store.Org) error {
	source, err := o.Source(ctx, e.at.source)
	if err != nil {
		return err
	}
	var lines []string
	for after := ""; ; {
		page, next, err := o.Mailboxes(ctx, store.MailboxFilter{Source: e.at.source}, after, 1000)
		if err != nil {
			return err
		}
		for _, m := range page {
			if m.Way.Kind.Heard() && readable(m.Health.State) {
				e.boxes = append(e.boxes, m.Calendar())
				lines = append(lines, fmt.Sprint(m.Person, " ", m.Address, " ", m.Way.Kind))
			}
		}
		if after = next; after == "" {
			slices.Sort(lines)
			e.set = fmt.Sprint(source.Generation, "\n", strings.Join(lines, "\n"))
			return nil
		}
	}
}

// open begins to listen.
func (l *Listening) open(ctx context.Context, e *ear) {
	ctx, e.cancel = context.WithCancel(ctx)
	l.group.Go(func() {
		defer e.cancel()
		var beside sync.WaitGroup
		defer beside.Wait()
		beside.Go(func() { l.keep(ctx, e) })
		pause := firstDeaf
		for ctx.Err() == nil {
			e.deafen()
			begun := l.Now()
			err := l.listen(ctx, e)
			if ctx.Err() != nil || errors.Is(err, calendar.ErrUntold) {
				return // no trouble: its mailboxes are swept
			}
			if l.Now().Sub(begun) >= earStands {
				pause = firstDeaf
			}
			l.Log.Warn("calendars cannot be listened to", "organization", e.at.org, "source", e.at.source, "again", pause, "error", err)
			e.deafen()
			sleep(ctx, pause)
			pause = min(2*pause, lastDeaf)
		}
	})
}

// listen listens until it breaks.
func (l *Listening) listen(ctx context.Context, e *ear) error {
	cal, err := l.OpenCalendar(ctx, e.at.org, e.at.source)
	if err != nil {
		return err
	}
	if cal.Listen == nil {
		return calendar.ErrUntold
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	e.mu.Lock()
	e.breaking = cancel
	e.mu.Unlock()
	return cal.Listen(ctx, e.boxes, e.tell)
}

// tell notes what was heard, quickly.
func (e *ear) tell(n calendar.Notice) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.muted, n.Person)
	switch n.What {
	case calendar.Listening:
		if e.hears[n.Person] {
			return
		}
		e.hears[n.Person] = true
		delete(e.deaf, n.Person)
		note(&e.now, n.Person)
	case calendar.Changed:
		note(&e.changed, n.Person)
	case calendar.Deaf:
		if !e.hears[n.Person] {
			return
		}
		delete(e.hears, n.Person)
		note(&e.deaf, n.Person)
	}
	e.heard.ring()
}

// deafen notes that nothing is told any more.
func (e *ear) deafen() {
	e.mu.Lock()
	defer e.mu.Unlock()
	clear(e.hears)
	e.muted = nil
	for _, box := range e.boxes {
		note(&e.deaf, box.Person)
	}
	e.heard.ring()
}

func note(set *map[string]bool, person string) {
	if *set == nil {
		*set = map[string]bool{}
	}
	(*set)[person] = true
}

// keep writes down what was heard until ctx ends, what comes in a moment together.
func (l *Listening) keep(ctx context.Context, e *ear) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-e.heard.rung():
		}
		if sleep(ctx, coalesce) != nil {
			return
		}
		if err := l.write(ctx, e); err != nil && ctx.Err() == nil {
			l.Log.Error("noting what was heard", "organization", e.at.org, "source", e.at.source, "error", err)
			sleep(ctx, firstDeaf)
			e.heard.ring()
		}
	}
}

// write makes mailboxes due: one that has changed now; one that begins to be heard
// too, because what changed before was told to nobody; one that is heard no longer
// at the pace of those that never were.
func (l *Listening) write(ctx context.Context, e *ear) error {
	e.mu.Lock()
	changed, now, deaf := e.changed, e.now, e.deaf
	e.changed, e.now, e.deaf = nil, nil, nil
	e.mu.Unlock()
	o, at := l.Store.In(e.at.org), l.Now()
	err := o.WakeMailboxes(ctx, slices.Sorted(maps.Keys(deaf)), at.Add(e.sweep), CauseSweep)
	if err == nil {
		err = o.WakeMailboxes(ctx, slices.Sorted(maps.Keys(now)), at, CauseAgain)
	}
	if err == nil {
		err = o.HeardMailboxes(ctx, slices.Sorted(maps.Keys(changed)), at)
	}
	if err == nil {
		l.wake(WorkMailboxes)
		return nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, back := range []struct {
		of   map[string]bool
		into *map[string]bool
	}{{changed, &e.changed}, {now, &e.now}, {deaf, &e.deaf}} {
		for person := range back.of {
			note(back.into, person)
		}
	}
	return err
}

// hear is true where a person's changes are told by an open ear, as far as we know.
func (s *ears) hear(at place, person string) bool {
	e := s.of(at)
	if e == nil {
		return false
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.hears[person] && !e.muted[person]
}

// mute notes that a change of somebody's was not told: she is swept like others until
// something of hers is. Where that is so of several, the ear is opened anew: it may
// have died without a word.
func (s *ears) mute(at place, person string) {
	e := s.of(at)
	if e == nil {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	note(&e.muted, person)
	if len(e.muted) >= mutesToDeaf && e.breaking != nil {
		e.breaking()
	}
}

func (s *ears) of(at place) *ear {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all[at]
}
