package exchange

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/ews"
)

// ear is one connection on which a server tells of changes, and whose. It belongs
// to one goroutine, and to who shares out mailboxes while nobody listens.
type ear struct {
	source  *Source
	version ews.Version
	group   *ews.Group
	members []*member
	tell    func(calendar.Notice)
	end     context.CancelCauseFunc // of all listening
}

// member is a mailbox that is listened to.
type member struct {
	calendar.Mailbox
	id    string    // its subscription, "" where there is none
	heard bool      // Listening was told, and no Deaf since
	next  time.Time // not subscribed before that
	lost  int       // subscriptions in a row that the server forgot before anything was heard
}

// How long it takes until something is tried again.
const (
	firstPause = 250 * time.Millisecond // after a connection that broke, and twice that each time
	lastPause  = 5 * time.Minute
	notAsked   = time.Minute     // where the server could not be asked
	notYet     = 5 * time.Minute // for a mailbox that could not be subscribed to
	notAllowed = time.Hour       // for one that may not
	steady     = 30 * time.Second
	longest    = 30 // minutes of a connection
	mostLost   = 3
)

func (e *ear) add(m calendar.Mailbox) { e.members = append(e.members, &member{Mailbox: m}) }

// keep leaves the mailboxes that are still wanted, and takes them out of there.
func (e *ear) keep(wanted map[string]calendar.Mailbox) {
	e.members = slices.DeleteFunc(e.members, func(m *member) bool {
		now, is := wanted[m.Address]
		if delete(wanted, m.Address); is && now.Way.Kind == m.Way.Kind {
			m.Mailbox, m.heard = now, false
			return false
		}
		if is {
			wanted[m.Address] = now // by another way: anew
		}
		return true
	})
}

// listen keeps a connection open until ctx ends.
func (e *ear) listen(ctx context.Context) {
	pause := firstPause
	for ctx.Err() == nil {
		next := e.subscribe(ctx)
		ids := e.ids()
		if len(ids) == 0 {
			rest(ctx, min(max(time.Until(next), firstPause), lastPause))
			continue
		}
		minutes := longest
		if !next.IsZero() {
			minutes = min(max(int(time.Until(next)/time.Minute), 1), longest)
		}
		began := time.Now()
		err := e.group.Stream(ctx, ews.Access{Version: e.version}, ids, minutes, e.hear)
		stood := time.Since(began) >= steady // else it isn't worth much, and costs a reading of all
		if stood {
			pause = firstPause
		}
		switch wait := e.broken(err); {
		case err == nil && stood:
		case wait > 0:
			rest(ctx, min(wait, lastPause))
		default:
			rest(ctx, pause)
			pause = min(2*pause, lastPause)
		}
	}
}

// broken says of whom nothing is heard any more, and how long the server asks to
// be left alone.
func (e *ear) broken(err error) time.Duration {
	var said *ews.Error
	switch {
	case err == nil: // the time is up; what happens until the next is kept for us
		return 0
	case errors.As(err, &said) && said.Lapsed():
		for _, m := range e.members {
			if m.id != "" && (len(said.Subscriptions) == 0 || slices.Contains(said.Subscriptions, m.id)) {
				e.lose(m)
			}
		}
		return 0
	}
	for _, m := range e.members { // something may have been told to nobody
		e.deaf(m)
	}
	t := e.source.troubleOf(err)
	if t == nil {
		return 0
	}
	e.note(t)
	return max(t.Wait, notAsked)
}

// note keeps what hinders the whole server. Where somebody has to do something
// first, nobody listens until then.
func (e *ear) note(t *Trouble) {
	if t.Code == "busy" {
		e.source.hold(t)
		return
	}
	e.source.mu.Lock()
	e.source.trouble = t
	e.source.mu.Unlock()
	if !t.Soon {
		e.end(t)
	}
}

// lose takes note of a subscription that the server no longer knows. One that it
// forgets again and again, as servers do that share the work badly, is made more and
// more seldom.
func (e *ear) lose(m *member) {
	m.id = ""
	if m.lost++; m.lost > mostLost {
		m.next = time.Now().Add(notYet << min(m.lost-mostLost-1, 4))
	}
	e.deaf(m)
}

func (e *ear) deaf(m *member) {
	if m.heard {
		m.heard = false
		e.tell(calendar.Notice{Person: m.Person, What: calendar.Deaf})
	}
}

// ids are those of the subscriptions that there are.
func (e *ear) ids() []string {
	var ids []string
	for _, m := range e.members {
		if m.id != "" {
			ids = append(ids, m.id)
		}
	}
	return ids
}

// hear passes on what the server tells.
func (e *ear) hear(event ews.StreamEvent) {
	switch event.Kind {
	case ews.Beat:
	case ews.Opened:
		for _, m := range e.members {
			if m.id != "" && !m.heard {
				m.heard, m.lost = true, 0
				e.tell(calendar.Notice{Person: m.Person, What: calendar.Listening})
			}
		}
	default:
		for _, m := range e.members {
			if m.id == event.Subscription {
				e.tell(calendar.Notice{Person: m.Person, What: calendar.Changed})
				return
			}
		}
	}
}

// subscribe makes the subscriptions that are missing, and says when the next is to
// be tried, zero where none is.
func (e *ear) subscribe(ctx context.Context) (next time.Time) {
	for _, m := range e.members {
		if m.id != "" || ctx.Err() != nil {
			continue
		}
		if now := time.Now(); !now.Before(m.next) {
			m.next = now.Add(e.one(ctx, m))
		}
		if m.id == "" && (next.IsZero() || m.next.Before(next)) {
			next = m.next
		}
	}
	return next
}

// one subscribes to a mailbox, and says how soon to try again where that fails.
func (e *ear) one(ctx context.Context, m *member) time.Duration {
	if t := e.source.held(); t != nil {
		return t.Wait
	}
	access := ews.Access{Version: e.version, Mailbox: m.Address}
	if pinned := parseMark(m.Way.Mark).version; pinned > 0 {
		access.Version = min(pinned, e.version)
	}
	if m.Way.Kind == calendar.Impersonation {
		access.Mailbox, access.Impersonate = "", m.Address
	}
	id, err := e.group.Subscribe(ctx, access, ews.FolderID{})
	if err == nil {
		m.id = id
		return 0
	}
	var said *ews.Error
	t := e.source.troubleOf(err)
	switch {
	case t != nil: // the others' too
		e.note(t)
		wait := max(t.Wait, notAsked)
		for _, other := range e.members {
			other.next = time.Now().Add(wait)
		}
		return wait
	case errors.Is(err, ews.ErrOlder), errors.As(err, &said) && (said.Denied() || said.Gone() || said.Code == "ErrorExceededSubscriptionCount"):
		return notAllowed
	}
	return notYet
}

// rest waits, or until ctx ends.
func rest(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
