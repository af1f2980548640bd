package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/store"
)

// How soon a mailbox is read again.
const (
	firstRetry = time.Minute    // after what may pass by itself, and twice that each time
	lastRetry  = time.Hour      // of those
	firstRare  = time.Hour      // after what somebody has to mend
	lastRare   = 24 * time.Hour // of those
	slowSweep  = time.Hour      // where Microsoft tells of changes
	lastHold   = 15 * time.Minute
)

// fine is what is kept of a whole reading; whether its agenda differs is the
// caller's.
func (p *pass) fine(s seen) store.ReadingRow {
	pause := p.sweep()
	if p.tells(s) {
		pause = max(pause, slowSweep)
	}
	row := p.row(s)
	row.Health, row.Wanted = calendar.Health{State: calendar.Fine}, s.wanted
	row.ReadAt, row.CoversFrom, row.CoversTo = p.began, s.window.From, s.window.To
	row.Sought = nil
	row.DueAt, row.DueCause = p.began.Add(pause-spread(s.Person, pause/10)), CauseSweep
	if s.Reading.Way.Kind.Together() && !p.tells(s) {
		row.DueAt = p.together(pause)
	}
	return row
}

// together is when mailboxes that are asked for by the hundred are swept next: all
// of a source at once, so that a sweep of 10,000 is 100 requests, and at the latest
// after pause.
func (p *pass) together(pause time.Duration) time.Time {
	beat := spread(p.source, pause) // not that of others
	return p.began.Add(pause - beat).Truncate(pause).Add(beat)
}

// sweep is how long a mailbox of which nobody tells goes unread.
func (t *terms) sweep() time.Duration {
	return max(time.Duration(t.Reading.Sweep)*time.Minute, time.Minute)
}

// row is what is kept of any reading.
func (p *pass) row(s seen) store.ReadingRow {
	row := store.ReadingRow{Person: s.Person, Generation: s.Generation, Wakes: s.Wakes, Health: s.Reading.Health,
		Way: s.Reading.Way, WaySince: s.WaySince, Sought: s.Sought, Wanted: s.Wanted}
	if s.Reading.Health.State != calendar.Fine && row.Way == (calendar.Way{}) {
		row.Way = s.Subject.Way // nothing new was found of it
	}
	if s.WaySince.IsZero() || row.Way.Kind != s.Subject.Way.Kind {
		row.WaySince = p.began
	}
	return row
}

// retryIn is how long a mailbox waits that could not be read, for the nth time in
// the same way.
func retryIn(h calendar.Health, tries int64, now time.Time) time.Duration {
	doubled := func(first, last time.Duration) time.Duration {
		return min(first<<min(max(tries-1, 0), 20), last)
	}
	switch h.State {
	case calendar.NoMailbox, calendar.OnServer, calendar.Denied:
		return doubled(firstRare, lastRare)
	case calendar.Throttled:
		if wait := h.Until.Sub(now); !h.Until.IsZero() && wait > 0 {
			return min(wait, lastRare)
		}
	}
	return doubled(firstRetry, lastRetry)
}

// sourceAway is a source of whose mailboxes none could be asked.
type sourceAway struct{ calendar.Health }

func (s *sourceAway) Error() string { return "the source could not be asked: " + s.Sentence }

// hold has a whole source wait: its trouble is one, not that of each mailbox.
func (p *pass) hold(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	tries := p.troubles.note(place{p.org.ID(), p.source, ""}, err, p.began)
	wait := min(firstRetry<<min(tries-1, 10), lastHold)
	var t *directory.Trouble
	if errors.As(err, &t) {
		wait = max(wait, t.RetryAfter())
	}
	p.Log.Warn("calendars cannot be read", "organization", p.org.ID(), "source", p.source, "tries", tries, "error", err)
	if err := p.org.SetThrottled(ctx, p.source, p.began.Add(wait)); err != nil {
		return fmt.Errorf("hold source: %w", err)
	}
	return nil
}

// Trouble is why none of a source's calendars can be read at present.
type Trouble struct {
	Reason pbx.Reason
	Since  time.Time
	tries  int
}

// Trouble returns what hinders reading a source, and whether anything does.
func (r *Reconciler) Trouble(org organization.ID, source string) (Trouble, bool) {
	return r.troubles.of(place{org: org, source: source})
}

type troubles struct {
	mu  sync.Mutex
	all map[place]Trouble
}

func (t *troubles) of(at place) (Trouble, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	one, ok := t.all[at]
	return one, ok
}

// note keeps an error and says how many there have been in a row.
func (t *troubles) note(at place, err error, now time.Time) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.all == nil {
		t.all = map[place]Trouble{}
	}
	one, ok := t.all[at]
	if !ok {
		one.Since = now
	}
	one.tries++
	var away *sourceAway
	if one.Reason = reasonOf(err); errors.As(err, &away) {
		one.Reason = pbx.Reason{Code: string(calendar.NoSource), Args: map[string]string{"sentence": away.Sentence}}
	}
	t.all[at] = one
	return one.tries
}

func (t *troubles) over(at place) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.all, at)
}

// eventsOf is the resource of a person's calendar among subscriptions.
const eventsOf = "events/"

// silence is the problem of a subscription that did not tell of a change.
const silence = "subscription.silent"

// channels are the subscriptions of a source by which Microsoft tells of changes,
// by person, as they were a moment ago: thousands of rows, asked for by each of a
// hundred batches.
type channels struct {
	mu  sync.Mutex
	all map[place]channel
}

type channel struct {
	at   time.Time
	tell map[string]store.Subscription
}

const channelsFor = 5 * time.Second

// listen finds out of whose changes Microsoft tells.
func (p *pass) listen(ctx context.Context) error {
	if p.NotifyURL == "" {
		return nil
	}
	at := place{org: p.org.ID(), source: p.source}
	c := &p.channels
	c.mu.Lock()
	defer c.mu.Unlock()
	if have, ok := c.all[at]; ok && !p.began.Before(have.at) && p.began.Sub(have.at) < channelsFor {
		p.heard = have.tell
		return nil
	}
	all, err := p.org.EventSubscriptions(ctx, p.source)
	if err != nil {
		return err
	}
	p.heard = make(map[string]store.Subscription, len(all))
	for _, s := range all {
		if person, ok := strings.CutPrefix(s.Resource, eventsOf); ok && s.ID != "" && s.Problem == "" && s.Expires.After(p.began) {
			p.heard[person] = s
		}
	}
	if c.all == nil {
		c.all = map[place]channel{}
	}
	c.all[at] = channel{p.began, p.heard}
	return nil
}

// tells is true where the source tells of a person's changes, as far as we know.
func (p *pass) tells(s seen) bool {
	if s.Reading.Way.Kind.Heard() && p.ears.hear(p.at(), s.Person) {
		return true
	}
	_, ok := p.heard[s.Person]
	return ok && !slices.ContainsFunc(p.silent, func(one store.Subscription) bool { return one.Resource == eventsOf+s.Person })
}

func (p *pass) at() place { return place{org: p.org.ID(), source: p.source} }

// hark finds a change that a sweep came upon though the source should have told of
// it: until it tells of something again, the mailbox is swept like the others.
func (p *pass) hark(s seen, before []calendar.Event, zone *time.Location) {
	sub, told := p.heard[s.Person]
	ear := p.ears.hear(p.at(), s.Person)
	if !told && !ear || s.DueCause != CauseSweep || s.ReadAt.IsZero() {
		return
	}
	to := s.CoversTo
	if s.window.To.Before(to) {
		to = s.window.To
	}
	if !differ(before, s.Events, zone, s.window.From, to) {
		return
	}
	if ear {
		p.ears.mute(p.at(), s.Person)
	}
	if told {
		sub.Problem, sub.Due = silence, p.began
		p.silent = append(p.silent, sub)
	}
}
