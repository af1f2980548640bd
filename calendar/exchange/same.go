package exchange

import (
	"context"
	"crypto/rand"
	"errors"
	"sync"
	"time"

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/ews"
)

// A calendar with much in it, of which nobody tells us when it changes, is asked
// what has happened since the last time before it is read again: mostly nothing
// has, and the answer is a line instead of a hundred events.

const (
	worthAsking = 40 // events in a window
	firstPages  = 4  // of 512 items each, of a calendar that is asked for the first time
	asksAtOnce  = 2  // some servers let an account ask five times at once
	mostViews   = 4096
	longState   = 64 << 10
)

// views are what was read last of calendars that are worth asking first.
type views struct {
	mu   sync.Mutex
	all  map[string]viewed // by address
	asks chan struct{}
}

// viewed is what is known of a calendar since it was read.
type viewed struct {
	window calendar.Window
	worth  bool
	state  string    // of the server's synchronization, from before it was read; "" none
	mark   string    // given to who keeps what was read, and handed back by him
	not    time.Time // not asked before that
}

func (v *views) of(address string) viewed {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.all[address]
}

func (v *views) put(address string, now viewed) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if _, have := v.all[address]; !have && len(v.all) >= mostViews {
		for some := range v.all { // any: it is read whole the next time, no more
			delete(v.all, some)
			break
		}
	}
	v.all[address] = now
}

// unchanged asks whether anything has happened in a calendar since it was read for
// the same window, and whoever asks has kept that. Where it hasn't been asked yet,
// or something has, c.state is the state that the next question begins at; it is
// from before the calendar is read, so that nothing is lost between the two.
func (r *reading) unchanged(m *calendar.Mailbox, c *climb, access ews.Access, kind calendar.WayKind) bool {
	c.state = ""
	before := r.views.of(m.Address)
	heard := kind.Heard() && r.server.version >= ews.Exchange2010SP1
	if heard || !before.worth || r.window.From.After(r.now) || r.now.Before(before.not) {
		return false
	}
	select {
	case r.views.asks <- struct{}{}:
		defer func() { <-r.views.asks }()
	case <-r.ctx.Done():
		return false
	}
	state, changed, err := r.since(c, access, before.state)
	if err != nil {
		r.note(err)
		if !errors.Is(err, context.Canceled) {
			before.state, before.mark, before.not = "", "", r.now.Add(lastBetter)
			r.views.put(m.Address, before)
		}
		return false
	}
	same := before.state != "" && !changed && before.window == r.window && before.mark == c.mark.seen
	if c.state = state; same {
		before.state = state
		r.views.put(m.Address, before)
	}
	return same
}

// errMuch is a calendar with more in it than is looked through for a first state.
var errMuch = errors.New("too much to ask")

// since asks for all changes since a state, "" for everything there is.
func (r *reading) since(c *climb, access ews.Access, state string) (string, bool, error) {
	any := false
	for range firstPages {
		var changed, more bool
		err := r.versioned(c, access, func(a ews.Access) (err error) {
			state, changed, more, err = r.client.Changes(r.ctx, a, ews.FolderID{}, state)
			return err
		})
		var e *ews.Error
		switch any = any || changed; {
		case errors.As(err, &e) && e.Lapsed():
			return "", true, nil // begin anew the next time
		case err != nil:
			return "", false, err
		case !more && len(state) <= longState:
			return state, any, nil
		}
	}
	return "", false, errMuch
}

// viewed notes that a calendar was read, and marks the reading.
func (r *reading) viewed(m *calendar.Mailbox, c *climb, events int) {
	c.mark.seen = ""
	if r.window.From.After(r.now) {
		return // a part of the future besides
	}
	now := viewed{window: r.window, worth: events >= worthAsking, state: c.state, not: r.views.of(m.Address).not}
	if now.state != "" {
		now.mark = rand.Text()[:8]
		c.mark.seen = now.mark
	}
	if now.worth || now.state != "" {
		r.views.put(m.Address, now)
	}
}
