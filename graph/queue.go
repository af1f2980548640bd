package graph

import (
	"context"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// perMailbox is how many requests Outlook serves at a time for one
	// application and mailbox (Microsoft's page "Throttling limits").
	perMailbox = 4
	// linger is how long a batch that isn't full waits for more to fill it
	// while others are under way.
	linger = 200 * time.Millisecond
)

// part is one request on its way through a batch.
type part struct {
	request Request
	errand  *errand
	mailbox string // whose, "" for nobody's
	// read takes a 2xx body as it arrives. It may be called again, from the
	// start, after an answer that broke off, and goes on when the caller has
	// gone: what the caller sees it touches by errand.with alone. nil leaves the
	// body in the Response.
	read func(*decoder) error
	// end takes the last answer; what it returns is asked for next. The error
	// is of a batch that failed as a whole, or of an answer that never came
	// whole. It runs once at a time within an errand, and not when the caller
	// has gone.
	end   func(*Response, error) *part
	tries int
}

// errand is what one caller waits for: its parts and what they lead to.
type errand struct {
	ctx  context.Context
	mu   sync.Mutex // held while the caller's functions run
	open int        // parts that haven't ended
	over bool       // the caller has gone
	done chan struct{}
}

// with runs f unless the caller has gone.
func (e *errand) with(f func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.over {
		f()
	}
}

// queue holds what waits for a batch, of all callers of a client, and sends it.
type queue struct {
	client *Client
	most   float64 // batches at a time
	linger time.Duration

	mu        sync.Mutex
	ready     []*part        // in the order in which they go
	flying    int            // batches under way
	limit     float64        // how many may be, between 1 and most
	busy      map[string]int // parts under way by mailbox
	lingering bool           // a timer runs that ends the wait for a full batch
	hurry     bool           // it has ended
}

func newQueue(c *Client, most int) *queue {
	return &queue{client: c, most: float64(most), limit: float64(most), linger: linger, busy: map[string]int{}}
}

// run sends parts and waits until they, and what they led to, have ended. The
// error is the context's; after it none of the parts' functions is called.
func (q *queue) run(ctx context.Context, parts []*part) error {
	if err := ctx.Err(); err != nil || len(parts) == 0 {
		return err
	}
	e := &errand{ctx: ctx, open: len(parts), done: make(chan struct{})}
	for _, p := range parts {
		p.errand = e
	}
	q.mu.Lock()
	if len(parts) < batchSize { // a short errand needn't wait for a long one
		q.ready = append(parts[:len(parts):len(parts)], q.ready...)
	} else {
		q.ready = append(q.ready, parts...)
	}
	q.send()
	q.mu.Unlock()
	select {
	case <-e.done:
		return nil
	case <-ctx.Done():
		e.mu.Lock()
		e.over = true
		e.mu.Unlock()
		return ctx.Err()
	}
}

// send sends what may go now. A batch that isn't full goes only where no other
// is under way, whose answers may lead to more, or when it has waited enough.
func (q *queue) send() {
	for q.flying < int(q.limit) && (len(q.ready) >= batchSize || len(q.ready) > 0 && (q.flying == 0 || q.hurry)) {
		q.hurry = false
		batch := q.take()
		if len(batch) == 0 {
			break
		}
		q.flying++
		go q.fly(batch)
	}
	if len(q.ready) > 0 && !q.lingering {
		q.lingering = true
		time.AfterFunc(q.linger, func() {
			q.mu.Lock()
			defer q.mu.Unlock()
			q.lingering, q.hurry = false, true
			q.send()
		})
	}
}

// take removes the next batch from what is ready. It leaves parts of a mailbox
// that is asked enough already, and forgets those that nobody waits for.
func (q *queue) take() (batch []*part) {
	rest := q.ready[:0]
	for _, p := range q.ready {
		switch {
		case p.errand.ctx.Err() != nil:
		case len(batch) < batchSize && q.busy[p.mailbox] < perMailbox:
			batch = append(batch, p)
			if p.mailbox != "" {
				q.busy[p.mailbox]++
			}
		default:
			rest = append(rest, p)
		}
	}
	clear(q.ready[len(rest):])
	q.ready = rest
	return batch
}

// fly makes one batch and puts back what has to be asked again, or next.
func (q *queue) fly(batch []*part) {
	ctx, done := shared(batch)
	next, again, throttled := q.deliver(ctx, batch)
	done()
	q.mu.Lock()
	defer q.mu.Unlock()
	q.flying--
	if throttled {
		q.limit = max(1, q.limit/2)
	} else {
		q.limit = min(q.most, q.limit+1/q.limit)
	}
	for _, p := range batch {
		if q.busy[p.mailbox]--; q.busy[p.mailbox] <= 0 {
			delete(q.busy, p.mailbox)
		}
	}
	// What has begun goes before what hasn't, so that little is half read.
	q.ready = append(next, q.ready...)
	for wait, parts := range again {
		q.client.meter.retries.Add(int64(len(parts)))
		time.AfterFunc(wait, func() {
			q.mu.Lock()
			defer q.mu.Unlock()
			q.ready = append(parts, q.ready...)
			q.send()
		})
	}
	q.send()
}

// deliver makes a batch and settles its parts: next are those they led to, again
// those to repeat, by how long they must wait.
func (q *queue) deliver(ctx context.Context, batch []*part) (next []*part, again map[time.Duration][]*part, throttled bool) {
	answers, err := q.client.exchange(ctx, batch)
	if e, ok := err.(*Error); ok && tooMuch(e.Status) && len(batch) > 1 {
		// One of them spoils it for all: find it.
		half := len(batch) / 2
		next, again, throttled = q.deliver(ctx, batch[:half])
		more, repeat, slow := q.deliver(ctx, batch[half:])
		for wait, parts := range repeat {
			if again == nil {
				again = map[time.Duration][]*part{}
			}
			again[wait] = append(again[wait], parts...)
		}
		return append(next, more...), again, throttled || slow
	}
	backoff := q.client.backoff + rand.N(q.client.backoff/4+1)
	for i, p := range batch {
		a := &answers[i]
		if err != nil {
			a.err = err
			throttled = throttled || overloaded(err)
			next = p.settle(a, next)
			continue
		}
		throttled = throttled || a.Status == http.StatusTooManyRequests
		p.tries++
		wait, repeat := q.client.repeat(p, a)
		if !repeat {
			next = p.settle(a, next)
			continue
		}
		if wait == 0 {
			wait = backoff << (p.tries - 1)
		}
		if again == nil {
			again = map[time.Duration][]*part{}
		}
		again[wait] = append(again[wait], p)
	}
	return next, again, throttled
}

// tooMuch holds the statuses with which a whole batch is refused for what is
// in it.
func tooMuch(status int) bool {
	return status == http.StatusBadRequest || status == http.StatusRequestEntityTooLarge
}

func overloaded(err error) bool {
	e, ok := err.(*Error)
	return ok && (e.Status == http.StatusTooManyRequests || e.Status == http.StatusServiceUnavailable)
}

// repeat says whether a part is asked again, and after which wait; 0 where
// Microsoft names none.
func (c *Client) repeat(p *part, a *answer) (time.Duration, bool) {
	if a.Status == http.StatusTooManyRequests {
		c.meter.throttled.Add(1)
	}
	wait := retryAfter(a.Header, c.now())
	switch {
	case p.tries >= tries || wait > c.maxWait:
		return 0, false
	case a.err != nil || a.Status == 0 || transient(a.Status):
		return wait, true
	}
	// Graph has been seen to say 401 to a good token, once.
	return wait, a.Status == http.StatusUnauthorized && p.tries == 1
}

// settle ends a part and collects what it led to.
func (p *part) settle(a *answer, next []*part) []*part {
	e := p.errand
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.over {
		return next
	}
	if follow := p.end(&a.Response, a.err); follow != nil {
		follow.errand = e
		return append(next, follow)
	}
	if e.open--; e.open == 0 {
		close(e.done)
	}
	return next
}

// shared makes a context that ends when those of all callers have.
func shared(batch []*part) (context.Context, func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(batch[0].errand.ctx))
	seen := map[*errand]bool{}
	for _, p := range batch {
		seen[p.errand] = true
	}
	var left atomic.Int64
	left.Store(int64(len(seen)))
	stops := make([]func() bool, 0, len(seen))
	for e := range seen {
		stops = append(stops, context.AfterFunc(e.ctx, func() {
			if left.Add(-1) == 0 {
				cancel()
			}
		}))
	}
	return ctx, func() {
		for _, stop := range stops {
			stop()
		}
		cancel()
	}
}
