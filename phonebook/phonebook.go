// Package phonebook finds subscribers by what somebody types and by the number
// that calls.
//
//	book := phonebook.New(load, about, phonebook.Options{})
//	found, err := book.Search(ctx, org, "oberg sälj", phonebook.Attendant, 20)
//	hit, err := book.Lookup(ctx, org, "08-123 45 67", phonebook.Everybody)
//	book.Changed(org) // read the organization again when it is next asked for
//
// Each organization is one index in memory: a folded text with a line for each
// subscriber, which a search scans from end to end, and a map by number. The
// indexes that were used last are kept, up to a number of bytes. An index is
// never changed, so any number of questions run side by side; a change of the
// register means a new index, made by the first question that comes after.
package phonebook

import (
	"container/list"
	"context"
	"fmt"
	"iter"
	"sync"
	"time"

	"github.com/telefonist/telefonist/pbx"
)

// Audience is who asks. Each one sees what those before it do.
type Audience int

// Everybody sees neither hidden entries nor numbers for attendants only;
// attendants see those numbers; administrators see hidden entries, too.
const (
	Everybody Audience = iota
	Attendant
	Administrator
)

// About is what an index needs to know of an organization.
type About struct {
	Name    string // answers for a number that several people share
	Country string // ISO 3166-1 alpha-2, of numbers without a country code
}

// Loader lists an organization's subscribers, hidden ones too, in any order.
type Loader func(ctx context.Context, org string) iter.Seq2[pbx.Subscriber, error]

// Options are what may differ from the defaults.
type Options struct {
	Bytes int              // all indexes together, about; 256 MB
	Now   func() time.Time // time.Now
}

// An index is read again when the register has changed, but no more often than
// that loading takes a tenth of the time, and at the latest when it is old: a
// change that nobody told of must not stand for ever.
const (
	patience   = 10               // times what the last load took
	mostStale  = 30 * time.Second // whatever it took
	oldest     = 15 * time.Minute
	defaultMax = 256 << 20
)

// Book is the indexes of all organizations. It is safe for concurrent use.
type Book struct {
	load  Loader
	about func(ctx context.Context, org string) (About, error)
	max   int
	now   func() time.Time

	mu    sync.Mutex
	slots map[string]*slot
	used  *list.List // of *slot, the last used in front
	bytes int
}

// slot is an organization's place in the book.
type slot struct {
	org     string
	element *list.Element
	gate    chan struct{} // held by the one who loads

	index   *index // nil until loaded
	changes int    // that were told
	seen    int    // of them, those that index has
	loaded  time.Time
	took    time.Duration
}

// New makes a book that loads organizations by load and about.
func New(load Loader, about func(ctx context.Context, org string) (About, error), opts Options) *Book {
	b := &Book{load: load, about: about, max: opts.Bytes, now: opts.Now, slots: map[string]*slot{}, used: list.New()}
	if b.max == 0 {
		b.max = defaultMax
	}
	if b.now == nil {
		b.now = time.Now
	}
	return b
}

// Changed says that the organization's register, name or country is no longer
// what it was. It costs nothing.
func (b *Book) Changed(org string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if s := b.slots[org]; s != nil {
		s.changes++
	}
}

// get returns an index that is fresh enough, loading it where there is none. One
// loads, the others wait for him; who gives up waiting stops nobody.
func (b *Book) get(ctx context.Context, org string) (*index, error) {
	s, x := b.touch(org)
	if x != nil {
		return x, nil
	}
	select {
	case s.gate <- struct{}{}:
		defer func() { <-s.gate }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if _, x := b.touch(org); x != nil {
		return x, nil
	}
	b.mu.Lock()
	changes, began := s.changes, b.now()
	b.mu.Unlock()
	about, err := b.about(ctx, org)
	if err != nil {
		return nil, fmt.Errorf("phonebook: read organization: %w", err)
	}
	x, err = newIndex(b.load(ctx, org), about)
	if err != nil {
		return nil, fmt.Errorf("phonebook: list subscribers: %w", err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.slots[org] == s {
		b.bytes += x.size() - s.size()
		s.index, s.seen, s.loaded = x, changes, b.now()
		s.took = s.loaded.Sub(began)
		b.evict(s)
	}
	return x, nil
}

// touch marks the slot as used and returns its index unless it must be loaded.
func (b *Book) touch(org string) (*slot, *index) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.slots[org]
	if s == nil {
		s = &slot{org: org, gate: make(chan struct{}, 1)}
		s.element = b.used.PushFront(s)
		b.slots[org] = s
	}
	b.used.MoveToFront(s.element)
	age := b.now().Sub(s.loaded)
	if age < oldest && (s.seen == s.changes || age < min(patience*s.took, mostStale)) {
		return s, s.index
	}
	return s, nil
}

// evict drops indexes until the rest have room; keep stays, however large.
func (b *Book) evict(keep *slot) {
	for e := b.used.Back(); e != nil && b.bytes > b.max; {
		s := e.Value.(*slot)
		e = e.Prev()
		if s != keep && s.index != nil {
			b.bytes -= s.size()
			b.used.Remove(s.element)
			delete(b.slots, s.org)
		}
	}
}

func (s *slot) size() int {
	if s.index == nil {
		return 0
	}
	return s.index.size()
}
