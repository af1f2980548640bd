package reconcile

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/store"
)

// drop leaves out of what was loaded earlier what has been loaded anew.
func (c *Clock) drop(fresh []telling) {
	some := false
	anew := make(map[tellingKey]bool, len(fresh))
	for i := range fresh {
		key := fresh[i].key()
		anew[key] = true
		some = some || c.known[key]
		delete(c.known, key)
	}
	if some {
		c.ready = slices.DeleteFunc(c.ready, func(t telling) bool { return anew[t.key()] })
	}
}

// load tells what is due, and loads what will be so soon.
func (c *Clock) load(ctx context.Context) error {
	if err := c.tellDue(ctx); err != nil {
		return err
	}
	now := c.Now()
	until := now.Add(lookAhead)
	if c.ready, c.known = c.ready[:0], map[tellingKey]bool{}; cap(c.ready) > 2*pageOfDue {
		c.ready = nil // what a storm took is given back
	}
	for after := (store.Place{}); ; {
		page, err := c.page(ctx, until, after, now)
		if err != nil {
			return err
		}
		for _, t := range page.tellings {
			c.ready = append(c.ready, t)
			c.known[t.key()] = true
		}
		if len(c.ready) >= readyAtMost && !page.last {
			until = c.ready[len(c.ready)-1].at
			c.look(until) // the rest is loaded when these have been told
			break
		}
		if page.last {
			break
		}
		after = page.after
	}
	slices.SortStableFunc(c.ready, func(a, b telling) int { return b.at.Compare(a.at) })
	c.horizon = until
	return nil
}

// look has rows looked at again at that time, or hardly later.
func (c *Clock) look(at time.Time) {
	if at.After(c.Now()) {
		at = at.Add(lookGrain - 1).Truncate(lookGrain)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if i, ok := slices.BinarySearchFunc(c.again, at, time.Time.Compare); !ok {
		c.again = slices.Insert(c.again, i, at)
	}
}

// looks is true where rows are to be looked at now.
func (c *Clock) looks(now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for n < len(c.again) && !c.again[n].After(now) {
		n++
	}
	c.again = slices.Delete(c.again, 0, n)
	return n > 0
}

// page is some tellings that are due, in their order.
type page struct {
	tellings []telling
	after    store.Place
	last     bool
}

// page loads tellings that are due before a time, those left out that are under
// way already.
func (c *Clock) page(ctx context.Context, before time.Time, after store.Place, now time.Time) (page, error) {
	flying := c.flying() // before the rows are read, which may be saved meanwhile
	rows, err := c.Store.DueTellings(ctx, before, after, pageOfDue)
	if err != nil {
		return page{}, fmt.Errorf("load tellings: %w", err)
	}
	p := page{last: len(rows) < pageOfDue, tellings: make([]telling, 0, len(rows))}
	books := map[organization.ID]*terms{}
	for i := range rows {
		row := &rows[i]
		if flying[tellingKey{row.Organization, row.Switchboard, row.Subscriber}] {
			continue
		}
		t := books[row.Organization]
		if t == nil {
			if t, err = c.terms(ctx, c.Store.In(row.Organization)); err != nil {
				return page{}, err
			}
			books[row.Organization] = t
		}
		p.tellings = append(p.tellings, prepare(row, t, now))
	}
	if !p.last {
		p.after = rows[len(rows)-1].After()
	}
	return p, nil
}

// prepare finds what is to be told of a row at its instant.
func prepare(row *store.DueTelling, t *terms, now time.Time) telling {
	one := telling{TellingState: row.TellingState, terms: t, at: row.DueAt}
	if one.at.Before(now) {
		one.at = now
	}
	if row.Leaving {
		one.want = available
		return one
	}
	span, ok := row.Day.At(one.at)
	if !ok {
		one.blank = true
		return one
	}
	one.want, one.until = span.State, row.Day.Next(one.at)
	for row.Switchboard != store.Builtin && !one.until.IsZero() { // where sick turns into out nothing is sent
		next, ok := row.Day.At(one.until)
		if !ok || !next.State.Outward(t.set).Same(one.want.Outward(t.set)) {
			break
		}
		one.until = row.Day.Next(one.until)
	}
	return one
}
