package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"strings"
	"sync"
	"time"

	"github.com/telefonist/telefonist/organization"
)

// Event says that things of one kind of one organization have changed. Whoever
// hears it reads again.
type Event struct {
	Organization organization.ID // "" for what belongs to none
	Kind         string          // one of the constants below
}

// The kinds of thing that an [Event] tells of.
const (
	Organizations = "organization"
	Members       = "member" // users and tokens
	Sources       = "source"
	People        = "person" // the mirror
	Replicators   = "replicator"
	Links         = "link"
	Standings     = "standing"
	Rounds        = "round"
	Subscribers   = "subscriber"
	Notices       = "notice"
	Mails         = "mail"
	Entries       = "audit"
	Connecting    = "connect" // connect links and consents

	Calendars  = "calendar" // connections and switchboards
	Mailboxes  = "mailbox"  // health and what was read
	Choices    = "choice"   // what people set, and their preferences
	Activities = "activity" // what was told
)

// channel is where PostgreSQL carries the events to other processes.
const channel = "telefonist"

// Listen returns what is committed from now on, by this process or, on
// PostgreSQL, by another. A slow listener holds nobody up: equal events that wait
// are heard once. The channel is closed by cancel and by [Store.Close].
func (s *Store) Listen() (events <-chan Event, cancel func()) { return s.ears.listen() }

// ears are those who listen.
type ears struct {
	mu     sync.Mutex
	closed bool
	all    map[*ear]bool
}

// ear is a queue without doubles in front of a channel.
type ear struct {
	mu      sync.Mutex
	waiting []Event
	wake    chan struct{}
	done    chan struct{}
	once    sync.Once
	out     chan Event
}

func (e *ears) listen() (<-chan Event, func()) {
	one := &ear{wake: make(chan struct{}, 1), done: make(chan struct{}), out: make(chan Event)}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		close(one.out)
		return one.out, func() {}
	}
	if e.all == nil {
		e.all = map[*ear]bool{}
	}
	e.all[one] = true
	go one.run()
	return one.out, func() {
		e.mu.Lock()
		delete(e.all, one)
		e.mu.Unlock()
		one.stop()
	}
}

func (e *ears) tell(events []Event) {
	if len(events) == 0 {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for one := range e.all {
		one.hear(events)
	}
}

func (e *ears) close() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	for one := range e.all {
		one.stop()
	}
	e.all = nil
}

func (e *ear) stop() { e.once.Do(func() { close(e.done) }) }

func (e *ear) hear(events []Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
next:
	for _, event := range events {
		for _, have := range e.waiting {
			if have == event {
				continue next
			}
		}
		e.waiting = append(e.waiting, event)
	}
	select {
	case e.wake <- struct{}{}:
	default:
	}
}

func (e *ear) run() {
	defer close(e.out)
	for {
		select {
		case <-e.wake:
		case <-e.done:
			return
		}
		for {
			e.mu.Lock()
			if len(e.waiting) == 0 {
				e.mu.Unlock()
				break
			}
			event := e.waiting[0]
			e.waiting = e.waiting[1:]
			e.mu.Unlock()
			select {
			case e.out <- event:
			case <-e.done:
				return
			}
		}
	}
}

// self marks our own notifications, which have been told already.
var self = rand.Text()

// notify has PostgreSQL tell other processes when tx is committed.
func (s *Store) notify(ctx context.Context, tx *sql.Tx, events []Event) error {
	for _, e := range events {
		text := self + " " + e.Kind + " " + string(e.Organization)
		if _, err := tx.ExecContext(ctx, "SELECT pg_notify($1, $2)", channel, text); err != nil {
			return err
		}
	}
	return nil
}

// hear listens to other processes, on PostgreSQL, until Close.
func (s *Store) hear() {
	if s.pool == nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.stop = cancel
	go func() {
		defer close(s.stopped)
		for ctx.Err() == nil {
			if err := s.hearOnce(ctx); ctx.Err() == nil {
				s.log.Warn("listening to PostgreSQL was interrupted", "error", err)
				select {
				case <-time.After(time.Second):
				case <-ctx.Done():
				}
			}
		}
	}()
}

func (s *Store) hearOnce(ctx context.Context) error {
	c, err := s.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	own := c.Hijack() // it must not go back to the pool still listening
	defer own.Close(context.WithoutCancel(ctx))
	if _, err := own.Exec(ctx, "LISTEN "+channel); err != nil {
		return err
	}
	for {
		n, err := own.WaitForNotification(ctx)
		if err != nil {
			return err
		}
		from, rest, _ := strings.Cut(n.Payload, " ")
		kind, org, _ := strings.Cut(rest, " ")
		if from != self {
			s.ears.tell([]Event{{Organization: organization.ID(org), Kind: kind}})
		}
	}
}
