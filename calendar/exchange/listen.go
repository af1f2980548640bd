package exchange

import (
	"context"
	"fmt"
	"sync"

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/ews"
)

// How many connections a server lets one account hold open: 3 until 2013, 10 since
// 2016 (HangingConnectionLimit).
const (
	fewHanging  = 3
	mostHanging = 10
)

// ears are what an account listens to, kept between two calls of [Source.Listen]:
// a subscription outlives its connection by half an hour, and making a thousand
// anew costs a thousand calls.
type ears struct {
	free chan struct{} // taken by who listens
	all  []*ear
}

// Listen holds connections open through which the server tells of changes in
// mailboxes that are read as their owner or with full access, two hundred on each,
// since Exchange 2010 SP1. What is beyond the connections that a server allows, or
// what it refuses, is not heard, and never told as Listening. It returns when ctx
// ends, or, with the reason, where the server has nothing to tell at all, which is
// [calendar.ErrUntold], or no longer to this account.
func (s *Source) Listen(ctx context.Context, mailboxes []calendar.Mailbox, tell func(calendar.Notice)) error {
	select {
	case s.ears.free <- struct{}{}:
		defer func() { <-s.ears.free }()
	case <-ctx.Done():
		return ctx.Err()
	}
	server, err := s.answering(ctx)
	if err != nil {
		return fmt.Errorf("listen to Exchange: %w", err)
	}
	if server.version < ews.Exchange2010SP1 {
		return fmt.Errorf("listen to Exchange: %w: %w", calendar.ErrUntold, ews.ErrOlder)
	}
	hanging := fewHanging
	if server.version >= ews.Exchange2016 {
		hanging = mostHanging
	}
	s.ears.share(s, server, mailboxes, hanging)
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	var told sync.Mutex
	var group sync.WaitGroup
	for _, e := range s.ears.all {
		e.tell = func(n calendar.Notice) {
			told.Lock()
			defer told.Unlock()
			if ctx.Err() == nil {
				tell(n)
			}
		}
		e.end = end
		group.Go(func() { e.listen(ctx) })
	}
	group.Wait()
	<-ctx.Done()
	return context.Cause(ctx)
}

// share gives each mailbox to the connection it had, or to one with room.
func (a *ears) share(s *Source, server server, mailboxes []calendar.Mailbox, hanging int) {
	wanted := make(map[string]calendar.Mailbox, len(mailboxes))
	for _, m := range mailboxes {
		if m.Address != "" && m.Way.Kind.Heard() {
			wanted[m.Address] = m
		}
	}
	left := a.all[:0]
	for _, e := range a.all {
		if e.keep(wanted); len(e.members) > 0 {
			left = append(left, e)
		}
	}
	clear(a.all[len(left):])
	a.all = left
	at := 0
	for _, m := range mailboxes {
		if _, new := wanted[m.Address]; !new {
			continue
		}
		delete(wanted, m.Address)
		for at < len(a.all) && len(a.all[at].members) >= ews.MaxSubscriptions {
			at++
		}
		if at == len(a.all) {
			if at >= hanging {
				return
			}
			a.all = append(a.all, &ear{source: s, version: server.version, group: s.client.Group(m.Address)})
		}
		a.all[at].add(m)
	}
}
