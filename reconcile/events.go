package reconcile

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/store"
)

// EventSubscriptions asks Microsoft to tell of changes in each mailbox that can be
// read, where it can reach us. Its Next and Run are given to an engine, by
// [WorkEvents]. As of [Subscriptions], what there should be is compared with rows,
// and nothing depends on one: a mailbox of which nobody tells is swept.
type EventSubscriptions struct {
	*Reconciler
	mu      sync.Mutex
	started bool
	aligned time.Time
}

const (
	subscribeAtOnce = 200              // in a call of a driver
	alignEvery      = 10 * time.Second // at the most, while mailboxes come and go
)

// Next is when a subscription is to be made, renewed or ended.
func (e *EventSubscriptions) Next(ctx context.Context) (time.Time, error) {
	at, err := e.Store.NextEventSubscriptionDue(ctx)
	if err != nil {
		return at, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case !e.started:
		return e.Now(), nil
	case e.readable.some():
		return earliest(at, e.aligned.Add(alignEvery)), nil
	}
	return at, nil
}

// Run compares what there should be with what there is, where that has changed,
// and does what is due.
func (e *EventSubscriptions) Run(ctx context.Context) error {
	if err := e.alignChanged(ctx); err != nil {
		return err
	}
	due, err := e.Store.DueEventSubscriptions(ctx, e.Now(), 5*subscribeAtOnce)
	if err != nil {
		return fmt.Errorf("find subscriptions: %w", err)
	}
	places := map[place][]store.Subscription{}
	for _, d := range due {
		at := place{org: d.Organization, source: d.Source}
		places[at] = append(places[at], d.Subscription)
	}
	var failed []error
	for at, subs := range places {
		if err := e.attend(ctx, at, subs); err != nil && ctx.Err() == nil {
			failed = append(failed, fmt.Errorf("keep subscriptions: %w", err))
		}
	}
	return errors.Join(append(failed, ctx.Err())...)
}

func (e *EventSubscriptions) alignChanged(ctx context.Context) error {
	e.mu.Lock()
	started := e.started
	e.mu.Unlock()
	if !started {
		all, err := e.Store.AllOrganizations(ctx)
		if err != nil {
			return fmt.Errorf("align subscriptions: %w", err)
		}
		for _, org := range all {
			e.readable.add(org)
		}
	}
	for _, org := range e.readable.take() {
		if err := e.align(ctx, org); err != nil {
			e.readable.add(org)
			return fmt.Errorf("align subscriptions: %w", err)
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.started, e.aligned = true, e.Now()
	return nil
}

// align makes a row for each mailbox that is to be told of, and marks those that
// are to be no longer.
func (e *EventSubscriptions) align(ctx context.Context, org organization.ID) error {
	o := e.Store.In(org)
	t, err := e.terms(ctx, o)
	if err != nil {
		return err
	}
	for _, c := range t.sources {
		rows, err := o.EventSubscriptions(ctx, c.Source)
		if err != nil {
			return err
		}
		have := make(map[string]store.Subscription, len(rows))
		for _, r := range rows {
			have[r.Resource] = r
		}
		wanted, err := e.wantedOf(ctx, o, c, t.servers[c.Source])
		if err != nil {
			return err
		}
		var put []store.Subscription
		for _, resource := range wanted {
			row, ok := have[resource]
			if !ok || row.Problem == leaving {
				row.Resource, row.Problem, row.Due = resource, "", e.Now()
				put = append(put, row)
			}
			delete(have, resource)
		}
		for _, row := range have {
			if row.Problem != leaving {
				row.Problem, row.Due = leaving, e.Now()
				put = append(put, row)
			}
		}
		if err := o.PutSubscriptions(ctx, c.Source, put); err != nil {
			return err
		}
	}
	return nil
}

// wantedOf are the resources of the mailboxes that can be read. An Exchange server is
// listened to instead, where that is possible.
func (e *EventSubscriptions) wantedOf(ctx context.Context, o store.Org, c organization.Connection, server bool) ([]string, error) {
	var wanted []string
	if e.NotifyURL == "" || c.Off || server {
		return nil, nil
	}
	for after := ""; ; {
		page, next, err := o.Mailboxes(ctx, store.MailboxFilter{Source: c.Source}, after, 1000)
		if err != nil {
			return nil, err
		}
		for _, m := range page {
			if !m.ReadAt.IsZero() && readable(m.Health.State) {
				wanted = append(wanted, eventsOf+m.Person)
			}
		}
		if after = next; after == "" {
			return wanted, nil
		}
	}
}

// readable is true for a mailbox that can be read, if not just now.
func readable(s calendar.State) bool {
	return s != calendar.NoMailbox && s != calendar.OnServer && s != calendar.Denied
}

// attend does what is due of a source's subscriptions.
func (e *EventSubscriptions) attend(ctx context.Context, at place, subs []store.Subscription) error {
	o := e.Store.In(at.org)
	cal, err := e.OpenCalendar(ctx, at.org, at.source)
	if err == nil && cal.Subscribe == nil {
		err = errors.New("the source tells of nothing")
	}
	if err != nil {
		for i := range subs {
			subs[i].Due = e.Now().Add(later(err))
		}
		return errors.Join(ctx.Err(), o.PutSubscriptions(ctx, at.source, subs))
	}
	var end, make, renew []store.Subscription
	for _, s := range subs {
		switch {
		case s.Problem == leaving:
			end = append(end, s)
		case s.ID == "":
			make = append(make, s)
		default:
			renew = append(renew, s)
		}
	}
	for some := range slices.Chunk(end, subscribeAtOnce) {
		if err := e.end(ctx, o, cal, at, some); err != nil {
			return err
		}
	}
	for some := range slices.Chunk(renew, subscribeAtOnce) {
		gone, err := e.renew(ctx, o, cal, at, some)
		if err != nil {
			return err
		}
		make = append(make, gone...)
	}
	for some := range slices.Chunk(make, subscribeAtOnce) {
		if err := e.make(ctx, o, cal, at, some); err != nil {
			return err
		}
	}
	return nil
}

// asked are rows as a driver wants them.
func (e *EventSubscriptions) asked(ctx context.Context, o store.Org, subs []store.Subscription) ([]calendar.Subscription, error) {
	all, people := make([]calendar.Subscription, len(subs)), make([]string, len(subs))
	for i, s := range subs {
		people[i] = strings.TrimPrefix(s.Resource, eventsOf)
	}
	subjects, err := o.Subjects(ctx, people, false)
	if err != nil {
		return nil, err
	}
	boxes := make(map[string]calendar.Mailbox, len(subjects))
	for _, s := range subjects {
		boxes[s.Person] = s.Calendar()
	}
	for i, s := range subs {
		box, ok := boxes[people[i]]
		if !ok { // she has left since
			box = calendar.Mailbox{Person: people[i], EntraID: people[i]}
		}
		all[i] = calendar.Subscription{Mailbox: box, ID: s.ID, URL: e.NotifyURL}
	}
	return all, nil
}

// make makes subscriptions, and has their mailboxes read once more, since what
// changed while they were made may have been told to nobody. One that we made
// before and forgot, stopped between making it and writing it down, is ended
// first.
func (e *EventSubscriptions) make(ctx context.Context, o store.Org, cal Calendar, at place, subs []store.Subscription) error {
	ask, err := e.asked(ctx, o, subs)
	if err != nil {
		return err
	}
	for i := range ask {
		ask[i].State = rand.Text()
	}
	answers := cal.Subscribe(ctx, ask)
	var taken []int
	var unknown []calendar.Subscription
	for i, a := range answers {
		if a.Outcome == calendar.Taken && a.ID != "" {
			taken, unknown = append(taken, i), append(unknown, calendar.Subscription{ID: a.ID})
		}
	}
	if len(taken) > 0 {
		cal.Unsubscribe(ctx, unknown)
		var again []calendar.Subscription
		for _, i := range taken {
			again = append(again, ask[i])
		}
		for n, a := range cal.Subscribe(ctx, again) {
			answers[taken[n]] = a
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var people []string
	for i, a := range answers {
		if a.Outcome == calendar.Stands {
			subs[i].ID, subs[i].ClientStateHash = a.ID, store.HashClientState(ask[i].State)
			people = append(people, ask[i].Mailbox.Person)
		}
		e.answer(&subs[i], a)
	}
	if err := o.PutSubscriptions(ctx, at.source, subs); err != nil {
		return err
	}
	return e.readSoon(ctx, o, people)
}

// readSoon has mailboxes read again without haste.
func (e *EventSubscriptions) readSoon(ctx context.Context, o store.Org, people []string) error {
	if len(people) == 0 {
		return nil
	}
	defer e.wake(WorkMailboxes)
	return o.WakeMailboxes(ctx, people, e.Now(), CauseAgain)
}

// renew puts off ends, which also gives Microsoft the authorization it asked for,
// and returns those that there are no more.
func (e *EventSubscriptions) renew(ctx context.Context, o store.Org, cal Calendar, at place, subs []store.Subscription) (gone []store.Subscription, err error) {
	ask, err := e.asked(ctx, o, subs)
	if err != nil {
		return nil, err
	}
	answers := cal.Renew(ctx, ask)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	kept := subs[:0:0]
	for i, a := range answers {
		if a.Outcome == calendar.Gone {
			subs[i].ID = ""
			gone = append(gone, subs[i])
			continue
		}
		e.answer(&subs[i], a)
		kept = append(kept, subs[i])
	}
	return gone, o.PutSubscriptions(ctx, at.source, kept)
}

// end ends subscriptions; one that cannot be ended now ends by itself.
func (e *EventSubscriptions) end(ctx context.Context, o store.Org, cal Calendar, at place, subs []store.Subscription) error {
	made := slices.DeleteFunc(slices.Clone(subs), func(s store.Subscription) bool { return s.ID == "" })
	if len(made) > 0 {
		ask, err := e.asked(ctx, o, made)
		if err != nil {
			return err
		}
		cal.Unsubscribe(ctx, ask)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	resources := make([]string, len(subs))
	for i, s := range subs {
		resources[i] = s.Resource
	}
	return o.DeleteSubscriptions(ctx, at.source, resources)
}

// answer keeps what became of asking. One that has been silent stays so until it
// tells of something.
func (e *EventSubscriptions) answer(s *store.Subscription, a calendar.Answer) {
	now := e.Now()
	switch a.Outcome {
	case calendar.Stands:
		s.Expires = a.Expires
		if s.Problem != silence {
			s.Problem = ""
		}
		wait := min(renewEvery, a.Expires.Sub(now)/2)
		s.Due = now.Add(wait - spread(s.Resource, max(wait/8, 1)))
		return
	case calendar.Later:
		s.Problem, s.Due = "subscription.source", now.Add(max(subscribeSoon, a.Wait))
		return
	case calendar.Taken:
		s.Problem = "subscription.taken"
	case calendar.Unreachable:
		s.Problem = "subscription.unreachable"
	default:
		s.Problem = "subscription.refused"
	}
	s.Due = now.Add(subscribeSlow)
}
