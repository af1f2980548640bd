package exchange

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/ews"
)

// Read reads the window of each mailbox, whole or not at all, by the best way that
// is allowed. What isn't kept by a mailbox's Keep is gone when it returns. Events
// come by start and key, so that what hasn't changed reads the same.
func (s *Source) Read(ctx context.Context, mailboxes []calendar.Mailbox, w calendar.Window) []calendar.Reading {
	r := s.reading(ctx, mailboxes, w)
	if r.begin() == nil {
		r.all()
	}
	r.finish()
	return r.out
}

// reading is one call of [Source.Read].
type reading struct {
	*Source
	ctx       context.Context
	mailboxes []calendar.Mailbox
	window    calendar.Window
	now       time.Time
	server    server
	out       []calendar.Reading
	climbs    []climb

	mu    sync.Mutex
	away  *Trouble // the whole server's, found in this reading; nothing more is asked
	waits int      // calls that were waited for in vain
}

func (s *Source) reading(ctx context.Context, mailboxes []calendar.Mailbox, w calendar.Window) *reading {
	r := &reading{Source: s, ctx: ctx, mailboxes: mailboxes, window: w, now: s.options.Now(),
		out: make([]calendar.Reading, len(mailboxes)), climbs: make([]climb, len(mailboxes))}
	for i, m := range mailboxes {
		r.out[i].Way = m.Way
		r.climbs[i] = climb{mark: parseMark(m.Way.Mark), known: m.Way.Kind}
		if m.Address == "" {
			r.out[i].Health.State = calendar.NoMailbox
		}
	}
	return r
}

// begin finds out what it is that answers. Where nothing can be asked each mailbox
// says why.
func (r *reading) begin() error {
	t := r.stopped()
	var err error
	if t == nil {
		if r.server, err = r.answering(r.ctx); err == nil {
			return nil
		}
		r.note(err)
		t = r.stopped()
	}
	h := calendar.Health{State: calendar.NoSource}
	if t != nil {
		h = r.Source.away(t)
	} else if !gone(r.ctx, err) {
		h.Sentence = words(err)
	}
	for i, m := range r.mailboxes {
		if m.Address != "" {
			r.out[i].Health = h
		}
	}
	return errAway
}

var errAway = errors.New("nothing can be asked")

// each does something for mailboxes, as many at a time as a server is asked.
func (r *reading) each(which func(i int) bool, do func(i int)) {
	var group sync.WaitGroup
	slots := make(chan struct{}, r.options.AtOnce)
	for i := range r.mailboxes {
		if !which(i) {
			continue
		}
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			do(i)
		})
	}
	group.Wait()
}

// all reads every mailbox: those that may be read one by one first, and then the
// rest by availability. What that says no to has another way held back, maybe.
func (r *reading) all() {
	rest := make([]bool, len(r.mailboxes))
	r.each(func(i int) bool { return r.mailboxes[i].Address != "" }, func(i int) { rest[i] = !r.calendar(i, false) })
	r.availability(indexes(rest))
	heldBack := func(i int) bool {
		c := &r.climbs[i]
		return rest[i] && r.out[i].Health.State == calendar.Denied && !c.all && c.known == "" && r.now.Sub(c.mark.tried) > lastBetter/2
	}
	r.each(heldBack, func(i int) {
		if no := r.out[i]; !r.calendar(i, true) {
			r.climbs[i].mark.tried = r.now
			no.Way.Mark, no.Way.Refused = r.climbs[i].mark.String(), r.climbs[i].said
			r.out[i] = no
		}
	})
}

func indexes(set []bool) []int {
	var all []int
	for i, in := range set {
		if in {
			all = append(all, i)
		}
	}
	return all
}

// finish keeps what the reading says of the whole server.
func (r *reading) finish() {
	r.Source.mu.Lock()
	defer r.Source.mu.Unlock()
	for _, o := range r.out {
		if o.Health.State == calendar.Fine {
			r.Source.trouble = nil
			return
		}
	}
	if r.away != nil {
		r.Source.trouble = r.away
	}
}

// stopped is the trouble that hinders asking anything more.
func (r *reading) stopped() *Trouble {
	if t := r.held(); t != nil {
		return t
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.away
}

// patience bounds a call besides what the client does, once a few were waited for
// in vain: else the mailboxes of a site that is away would keep all the others
// waiting, one after the other.
func (r *reading) patience() (context.Context, context.CancelFunc) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.waits < mostWaits {
		return r.ctx, func() {}
	}
	return context.WithTimeout(r.ctx, min(impatient, r.options.Timeout))
}

const (
	mostWaits = 6
	impatient = 10 * time.Second
)

// waited counts a call that nobody answered in time.
func (r *reading) waited(err error) {
	if timeout(err) {
		r.mu.Lock()
		r.waits++
		r.mu.Unlock()
	}
}

// note keeps what an error says of the whole server.
func (r *reading) note(err error) {
	t := r.troubleOf(err)
	switch {
	case t == nil:
	case t.Code == "busy":
		r.hold(t)
	default:
		r.mu.Lock()
		r.away = t
		r.mu.Unlock()
	}
}

// availability reads mailboxes a hundred at a time, those of one zone together: in
// it their all-day events are from midnight to midnight.
func (r *reading) availability(all []int) {
	zones := map[*time.Location][]int{}
	for _, i := range all {
		zone := r.mailboxes[i].Zone
		zones[zone] = append(zones[zone], i)
	}
	for zone, some := range zones {
		for len(some) > 0 {
			n := min(len(some), ews.MaxAddresses)
			r.batch(zone, some[:n])
			some = some[n:]
		}
	}
}

// batch reads some mailboxes in one call.
func (r *reading) batch(zone *time.Location, some []int) {
	if t := r.stopped(); t != nil {
		for _, i := range some {
			r.out[i].Health = r.Source.away(t)
		}
		return
	}
	q := ews.AvailabilityQuery{Access: ews.Access{Version: r.server.version}, From: r.window.From, To: r.window.To, Zone: zone, Detailed: true}
	for _, i := range some {
		q.Addresses = append(q.Addresses, r.mailboxes[i].Address)
	}
	events := make([][]calendar.Event, len(some))
	ctx, end := r.patience()
	defer end()
	answers, err := r.client.Availability(ctx, q, func(n int, e *ews.BusyEvent) {
		if e, ok := kept(&r.mailboxes[some[n]], busyEvent(e, zone)); ok {
			events[n] = append(events[n], e)
		}
	})
	r.waited(err)
	if timeout(err) && r.ctx.Err() == nil && len(some) > smallBatch {
		// One mailbox on a site that is away makes all of them wait.
		r.batch(zone, some[:len(some)/2])
		r.batch(zone, some[len(some)/2:])
		return
	}
	if err != nil {
		r.note(err)
		for _, i := range some {
			r.out[i].Health = r.health(err)
		}
		return
	}
	r.available(some, answers, events)
}

// available keeps what availability says of each of some mailboxes.
func (r *reading) available(some []int, answers []ews.AvailabilityAnswer, events [][]calendar.Event) {
	if everyoneBusy(answers) {
		r.note(answers[0].Err)
	}
	for n, i := range some {
		if answers[n].Err != nil {
			r.unavailable(i, answers[n].Err)
			continue
		}
		kind := calendar.Times
		if answers[n].View == ews.ViewDetailed {
			kind = calendar.Details
		}
		order(events[n])
		r.out[i] = calendar.Reading{Events: events[n], Health: calendar.Health{State: calendar.Fine},
			Way: r.climbs[i].way(&r.mailboxes[i], kind, r.server.name, r.now)}
	}
}

// everyoneBusy is true where a server says of each mailbox that it is busy, which
// is then not that of one of several.
func everyoneBusy(answers []ews.AvailabilityAnswer) bool {
	return !slices.ContainsFunc(answers, func(a ews.AvailabilityAnswer) bool {
		var e *ews.Error
		return !errors.As(a.Err, &e) || !busy(e)
	})
}

// smallBatch is how many mailboxes are asked for together at the least, where they
// make the server wait.
const smallBatch = 12

func timeout(err error) bool { return errors.Is(err, context.DeadlineExceeded) }

// unavailable keeps what availability says of a mailbox that it doesn't show.
func (r *reading) unavailable(i int, err error) {
	m, c := &r.mailboxes[i], &r.climbs[i]
	h := r.health(err)
	var e *ews.Error
	if errors.As(err, &e) && e.Elsewhere() {
		// Another site that is down for a moment says the same as one that isn't ours.
		if c.far++; c.known == "" || c.far >= farAway {
			h.State = calendar.OnServer
		}
	} else {
		c.far = 0
	}
	way := calendar.Way{Kind: c.known, Server: m.Way.Server, Refused: c.said, Better: m.Way.Better}
	if h.State == calendar.Denied || h.State == calendar.NoMailbox || h.State == calendar.OnServer {
		way.Kind = ""
	}
	if c.tried {
		c.tries, c.mark.tried = c.tries+1, r.now
	}
	way.Mark = c.mark.String()
	r.out[i] = calendar.Reading{Health: h, Way: way}
}

// farAway is how often in a row another server can't be reached before a mailbox
// that was read counts as being elsewhere.
const farAway = 3
