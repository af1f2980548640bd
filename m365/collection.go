package m365

import (
	"bytes"
	"sort"
	"time"
)

// lifetime is where an object stands between its making and its purge.
type lifetime int

const (
	live        lifetime = iota
	softDeleted          // in directory/deletedItems, restorable for 30 days
	purged               // gone for good; only a tombstone is left
)

// record is an object with what delta must know of it.
type record[T any] struct {
	value   T
	id      string
	state   lifetime
	seq     uint64         // its last change
	born    uint64         // its making or restoring: told in full after this
	changed map[int]uint64 // property → its last change after the making
}

type logEntry struct {
	seq uint64
	at  int // place in collection.items
}

// collection holds the objects of one type in the order of their making. An
// object never leaves it, so a place in it is good for ever as a position of
// paging; a purged one stays as a tombstone.
type collection[T any] struct {
	schema *schema[T]
	items  []*record[T]
	byID   map[string]int
	log    []logEntry // changes, oldest first; rounds of delta read its tail
	live   int
}

func newCollection[T any](s *schema[T]) *collection[T] {
	return &collection[T]{schema: s, byID: map[string]int{}}
}

// add takes in a new object. Those of the tenant's making (seq 0) leave no
// trace in the log: nobody can hold a token that is older than they.
func (c *collection[T]) add(id string, v T, seq uint64) *record[T] {
	r := &record[T]{value: v, id: id, seq: seq, born: seq}
	c.byID[id] = len(c.items)
	c.items = append(c.items, r)
	c.live++
	if seq > 0 {
		c.log = append(c.log, logEntry{seq, len(c.items) - 1})
	}
	return r
}

// get finds an object that has not been purged.
func (c *collection[T]) get(id string) (*record[T], bool) {
	i, ok := c.byID[id]
	if !ok || c.items[i].state == purged {
		return nil, false
	}
	return c.items[i], true
}

// touch notes a change of r that no property shows.
func (c *collection[T]) touch(r *record[T], seq uint64) {
	r.seq = seq
	c.log = append(c.log, logEntry{seq, c.byID[r.id]})
}

// move brings r to another state.
func (c *collection[T]) move(r *record[T], to lifetime, seq uint64) {
	if r.state == live {
		c.live--
	}
	if to == live {
		c.live++
		r.born = seq
	}
	r.state = to
	c.touch(r, seq)
}

// replace gives r a new value and notes which properties differ by comparing
// what Graph would write of them. It reports whether any does.
func (c *collection[T]) replace(r *record[T], v T, seq uint64) bool {
	var before, after []byte
	differs := false
	for i, p := range c.schema.props {
		before, after = p.write(before[:0], &r.value), p.write(after[:0], &v)
		if bytes.Equal(before, after) {
			continue
		}
		if r.changed == nil {
			r.changed = map[int]uint64{}
		}
		r.changed[i] = seq
		differs = true
	}
	r.value = v
	if differs {
		c.touch(r, seq)
	}
	return differs
}

// logAfter is the place of the first entry of the log that is newer than seq.
func (c *collection[T]) logAfter(seq uint64) int {
	return sort.Search(len(c.log), func(i int) bool { return c.log[i].seq > seq })
}

// page walks live objects from place at, oldest first, until yield says no. It
// returns the place to go on from, or -1 at the end.
func (c *collection[T]) page(at int, yield func(*record[T]) bool) int {
	for ; at < len(c.items); at++ {
		if r := c.items[at]; r.state == live && !yield(r) {
			return at
		}
	}
	return -1
}

// restorable is how long Entra keeps what was soft-deleted.
const restorable = 30 * 24 * time.Hour
