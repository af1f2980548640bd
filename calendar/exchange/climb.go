package exchange

import (
	"cmp"
	"errors"
	"slices"

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/ews"
)

// errNoRead is a folder that may be seen and not read.
var errNoRead = &ews.Error{Op: "GetFolder", Code: ews.AccessDenied, Text: "EffectiveRights: Read=false"}

// calendar reads one mailbox by the best of the ways to the calendar itself, from
// the one it was read by the last time downwards, and from above that where it is
// time to try. It is false where only availability is left; force tries what was
// held back.
func (r *reading) calendar(i int, force bool) (done bool) {
	m, c := &r.mailboxes[i], &r.climbs[i]
	c.all = true
	for _, rung := range r.rungs() {
		if t := r.stopped(); t != nil {
			r.out[i].Health = r.Source.away(t)
			return true
		}
		known := slices.Contains(rung.kinds, c.known)
		if !known && (!r.due(m, c, rung) && !force || !rung.trust.take(r.ctx, r.now, force)) {
			if c.known != calendar.FullAccess {
				c.all = false
			}
			c.said = cmp.Or(m.Way.Refused, rung.trust.lastSaid(), c.said)
			continue
		}
		kind, events, err := r.view(m, c, rung)
		if !known {
			rung.trust.settle(outcomeOf(err, c.known, kind), words(err), r.now)
			c.tried = true
		}
		if r.rungDone(i, kind, events, err, known) {
			return true
		}
	}
	if c.gone == len(r.rungs()) {
		r.out[i].Health.State = calendar.NoMailbox
		return true
	}
	return false
}

// due is true where a way is worth trying that is not the one by which a mailbox is
// read: the next worse, or a better one after a while, or once others have it.
func (r *reading) due(m *calendar.Mailbox, c *climb, rung rung) bool {
	switch {
	case c.known == "", !better(rung.kinds[len(rung.kinds)-1], c.known):
		return true
	case c.known == calendar.FullAccess:
		return false // it has all that the other gives
	}
	return !r.now.Before(m.Way.Better) || rung.trust.roseSince(c.mark.tried)
}

func outcomeOf(err error, before, now calendar.WayKind) outcome {
	switch {
	case err == nil && before != "" && better(now, before):
		return bettered
	case err == nil:
		return worked
	case denied(err):
		return refused
	}
	return unclear
}

// denied is true for an error that says no to one way and nothing of the others.
func denied(err error) bool {
	var e *ews.Error
	return errors.As(err, &e) && (e.Denied() && !e.Account() || e.Code == "ErrorMissingEmailAddress")
}

// rungDone keeps what came of a way. It is false where the next one is to be tried.
func (r *reading) rungDone(i int, kind calendar.WayKind, events []calendar.Event, err error, known bool) bool {
	m, c := &r.mailboxes[i], &r.climbs[i]
	var e *ews.Error
	errors.As(err, &e)
	switch {
	case err == nil:
		r.out[i] = calendar.Reading{Events: events, Health: calendar.Health{State: calendar.Fine}, Way: c.way(m, kind, r.server.name, r.now), Same: c.same}
		return true
	case denied(err):
		c.said = words(err)
		return false
	}
	r.waited(err)
	r.note(err)
	r.out[i].Health = r.health(err)
	if e != nil && e.Gone() && r.stopped() == nil {
		c.gone++
		return known // it was here
	}
	if known || r.stopped() != nil || r.ctx.Err() != nil {
		return true
	}
	return false // a try says nothing of the way it is read by
}

// view reads a calendar by one way, and says which of its kinds that is.
func (r *reading) view(m *calendar.Mailbox, c *climb, rung rung) (calendar.WayKind, []calendar.Event, error) {
	access := rung.access(m.Address)
	kind := rung.kinds[0]
	if len(rung.kinds) > 1 {
		kind = c.known
		again := kind == calendar.Reviewer && !r.now.Before(m.Way.Better) // it may be more by now
		if again || !slices.Contains(rung.kinds, kind) {
			var err error
			if kind, err = r.rights(access, c); err != nil {
				return "", nil, err
			}
		}
		c.tried = c.tried || again
	}
	if c.same = r.unchanged(m, c, access, kind); c.same {
		return kind, nil, nil
	}
	var events []calendar.Event
	err := r.versioned(c, access, func(a ews.Access) error {
		events = events[:0]
		ctx, end := r.patience()
		defer end()
		return r.client.CalendarView(ctx, a, r.window.From, r.window.To, func(i *ews.Item) {
			if e, ok := kept(m, r.item(i, m)); ok {
				events = append(events, e)
			}
		})
	})
	if err != nil {
		return "", nil, err
	}
	order(events)
	r.viewed(m, c, len(events))
	return kind, events, nil
}

// rights tells whether the account owns a mailbox, or may only read its calendar.
func (r *reading) rights(a ews.Access, c *climb) (calendar.WayKind, error) {
	var f ews.Folder
	err := r.versioned(c, a, func(a ews.Access) (err error) {
		ctx, end := r.patience()
		defer end()
		f, err = r.client.Folder(ctx, a)
		return err
	})
	switch {
	case err != nil:
		return "", err
	case !f.Rights.Read:
		return "", errNoRead
	case f.Rights.Create && f.Rights.Modify && f.Rights.Delete && f.Rights.Folders:
		return calendar.FullAccess, nil
	}
	return calendar.Reviewer, nil
}

// versioned makes a call in the version of the protocol that a mailbox's own
// server speaks, which in a mixed organization may be older than the one that is
// asked, and finds that out where it isn't known.
func (r *reading) versioned(c *climb, a ews.Access, call func(ews.Access) error) error {
	a.Version = c.mark.speaks(a.Impersonate+a.Mailbox, r.server.version, r.now)
	err := call(a)
	if err == nil && a.Version == r.server.version {
		c.version = 0 // it needs no other
	}
	if !wrongVersion(err) {
		return err
	}
	found, _, probed := r.client.Probe(r.ctx, a)
	if found == 0 || found == a.Version {
		if probed != nil {
			return probed
		}
		return err
	}
	a.Version, c.version = found, found
	return call(a)
}
