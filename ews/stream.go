package ews

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// ErrSilent is a connection on which nothing came for longer than a server lets
// pass between two heart-beats: it is dead, though nobody has closed it.
var ErrSilent = errors.New("ews: nothing is heard any more")

// MaxSubscriptions is how many subscriptions one [Group.Stream] may listen to.
const MaxSubscriptions = 200

// Group is subscriptions of one account that are listened to together. Since
// Exchange 2013 all that is done with them must reach the same of several
// servers: the group names one mailbox for that, and keeps the cookies that lead
// there, which are never shared with another group. Mailboxes that live on
// different servers are best in different groups.
type Group struct {
	c       *Client
	anchor  string
	mu      sync.Mutex
	cookies map[string]string
}

// Group makes a group. anchor is the primary SMTP address of the first mailbox
// in it.
func (c *Client) Group(anchor string) *Group {
	return &Group{c: c, anchor: anchor, cookies: map[string]string{}}
}

// StreamEvent is what is heard of a subscription.
type StreamEvent struct {
	Kind         StreamKind
	Subscription string // "" for Opened and Beat
}

// StreamKind is a kind of [StreamEvent]: one of these, or the name that Exchange
// has for what happened, "CreatedEvent".
type StreamKind string

// The kinds.
const (
	Opened   StreamKind = "opened" // the server listens from now on
	Beat     StreamKind = "beat"   // nothing has happened
	Created  StreamKind = "CreatedEvent"
	Modified StreamKind = "ModifiedEvent"
	Deleted  StreamKind = "DeletedEvent"
	Moved    StreamKind = "MovedEvent"
	Copied   StreamKind = "CopiedEvent"
)

// header has what leads a call to the server of the group.
func (g *Group) header(a Access) http.Header {
	h := http.Header{}
	if a.Version < Exchange2013 {
		return h
	}
	h.Set("X-AnchorMailbox", g.anchor)
	h.Set("X-PreferServerAffinity", "true")
	g.mu.Lock()
	defer g.mu.Unlock()
	var all []string
	for name, value := range g.cookies {
		all = append(all, name+"="+value)
	}
	if len(all) > 0 {
		h.Set("Cookie", strings.Join(all, "; "))
	}
	return h
}

// learn keeps the cookies of an answer: X-BackEndOverrideCookie, which is the
// one that counts, and a few more.
func (g *Group) learn(res *http.Response) {
	const most, longest = 16, 4096
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range res.Cookies() {
		switch _, have := g.cookies[c.Name]; {
		case c.MaxAge < 0:
			delete(g.cookies, c.Name)
		case len(c.Value) <= longest && (have || len(g.cookies) < most):
			g.cookies[c.Name] = c.Value
		}
	}
}

// Subscribe asks for notifications of what is created, changed, moved or deleted
// in a calendar (operation Subscribe, for streaming, since Exchange 2010 SP1). It
// takes the rights of the mailbox's owner: impersonation or full access. The
// subscription lives for some minutes beyond the last [Group.Stream] that
// listened to it.
func (g *Group) Subscribe(ctx context.Context, a Access, folder FolderID) (string, error) {
	const op = "Subscribe"
	if a.Version < Exchange2010SP1 {
		return "", &Error{Op: op, Err: ErrOlder}
	}
	r := newRequest(a).raw(`<m:Subscribe><m:StreamingSubscriptionRequest><t:FolderIds>`).folder(folder).
		raw(`</t:FolderIds><t:EventTypes>`)
	for _, k := range [...]StreamKind{Copied, Created, Deleted, Modified, Moved} {
		r.raw(`<t:EventType>`, string(k), `</t:EventType>`)
	}
	r.raw(`</t:EventTypes></m:StreamingSubscriptionRequest></m:Subscribe>`)
	id := ""
	err := g.c.doIn(ctx, g, op, r, func(a *answer) {
		if !a.is(messages, "SubscribeResponse") {
			return
		}
		a.responses(func() {
			if a.is(messages, "SubscriptionId") {
				id = string(a.read())
			}
		})
	})
	if err == nil && id == "" {
		err = &Error{Op: op, Err: fmt.Errorf("%w: no subscription in it", ErrIncomplete)}
	}
	return id, err
}

// Unsubscribe ends a subscription; one that has ended by itself is no error.
func (g *Group) Unsubscribe(ctx context.Context, a Access, id string) error {
	r := newRequest(a).raw(`<m:Unsubscribe><m:SubscriptionId>`).text(id).raw(`</m:SubscriptionId></m:Unsubscribe>`)
	err := g.c.doIn(ctx, g, "Unsubscribe", r, func(a *answer) {
		if a.is(messages, "UnsubscribeResponse") {
			a.responses(func() {})
		}
	})
	var e *Error
	if errors.As(err, &e) && e.Lapsed() {
		return nil
	}
	return err
}

// Stream holds a connection open for some minutes, at most 30, and calls tell for
// what is heard of up to 200 subscriptions (operation GetStreamingEvents). It is
// nil when the time is up; open the next one at once. An [*Error] that is Lapsed
// names the Subscriptions that are dead, while nothing is heard of the others in
// the same call; make those anew. With [ErrSilent] the connection was lost.
func (g *Group) Stream(ctx context.Context, a Access, ids []string, minutes int, tell func(StreamEvent)) error {
	const op = "GetStreamingEvents"
	switch {
	case a.Version < Exchange2010SP1:
		return &Error{Op: op, Err: ErrOlder}
	case len(ids) == 0 || len(ids) > MaxSubscriptions:
		return &Error{Op: op, Code: "ErrorInvalidRequest", Err: fmt.Errorf("%d subscriptions", len(ids))}
	}
	minutes = min(max(minutes, 1), 30)
	r := newRequest(a).raw(`<m:GetStreamingEvents><m:SubscriptionIds>`)
	for _, id := range ids {
		r.raw(`<t:SubscriptionId>`).text(id).raw(`</t:SubscriptionId>`)
	}
	r.raw(`</m:SubscriptionIds><m:ConnectionTimeout>`).int(minutes).raw(`</m:ConnectionTimeout></m:GetStreamingEvents>`)

	// What ends it: the caller, silence, or a server that forgets to.
	ctx, cancel := context.WithTimeout(ctx, time.Duration(minutes)*time.Minute+g.c.cfg.Silence)
	defer cancel()
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	silence := time.AfterFunc(g.c.cfg.Silence, func() { end(ErrSilent) })
	defer silence.Stop()

	s := stream{tell: tell}
	err := g.listen(ctx, op, r, &s, func() { silence.Reset(g.c.cfg.Silence) })
	if err != nil && errors.Is(context.Cause(ctx), ErrSilent) {
		return &Error{Op: op, Err: ErrSilent}
	}
	if err == nil && !s.closed {
		return &Error{Op: op, Err: fmt.Errorf("%w: the connection was closed", ErrIncomplete)}
	}
	return err
}

func (g *Group) listen(ctx context.Context, op string, r *request, s *stream, alive func()) error {
	res, err := g.c.post(ctx, g.c.stream, op, r, g.header(r.a))
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	alive()
	g.learn(res)
	res.Body = &pulse{ReadCloser: res.Body, alive: alive}
	a := g.c.answer(op, res)
	a.many = true
	return a.documents(s.read)
}

// pulse says that something was read.
type pulse struct {
	io.ReadCloser
	alive func()
}

func (p *pulse) Read(b []byte) (int, error) {
	n, err := p.ReadCloser.Read(b)
	if n > 0 {
		p.alive()
	}
	return n, err
}

// stream reads the envelopes of one connection.
type stream struct {
	tell           func(StreamEvent)
	opened, closed bool
}

func (s *stream) read(a *answer) {
	if !a.is(messages, "GetStreamingEventsResponse") {
		return
	}
	for d := a.depth(); a.child(d); {
		if !a.is(messages, "ResponseMessages") {
			continue
		}
		for d := a.depth(); a.child(d); {
			s.message(a)
		}
	}
}

func (s *stream) message(a *answer) {
	var dead []string
	heard := false
	e := a.message(func() {
		switch {
		case a.is(messages, "Notifications"):
			heard = true
			s.open()
			for d := a.depth(); a.child(d); {
				s.notification(a)
			}
		case a.is(messages, "ErrorSubscriptionIds"):
			for d := a.depth(); a.child(d); {
				dead = append(dead, string(a.read()))
			}
		case a.is(messages, "ConnectionStatus"):
			s.closed = string(a.read()) == "Closed"
			a.last = s.closed
		}
	})
	switch {
	case e == nil && dead != nil:
		e = &Error{Op: a.op, Code: SubscriptionNotFound, Status: a.status, Server: a.server}
		fallthrough
	case e != nil:
		e.Subscriptions = dead
		a.stop(e)
	case !s.closed && !heard && a.err == nil:
		s.open()
		s.tell(StreamEvent{Kind: Beat})
	}
}

func (s *stream) open() {
	if !s.opened {
		s.opened = true
		s.tell(StreamEvent{Kind: Opened})
	}
}

// notification reads one, which is of one subscription. Its id stands before the
// events in it.
func (s *stream) notification(a *answer) {
	id := ""
	for d := a.depth(); a.child(d); {
		switch {
		case a.is(types, "SubscriptionId"):
			id = string(a.read())
		case a.is(types, "PreviousWatermark"), a.is(types, "MoreEvents"), a.is(types, "Watermark"):
		case a.is(types, "StatusEvent"):
			s.tell(StreamEvent{Kind: Beat})
		case a.space == types:
			k := one(a.local, Created, Modified, Deleted, Moved, Copied)
			for a.err == nil && a.depth() > d { // before it is told, it should be whole
				a.step(false)
			}
			if a.err == nil {
				s.tell(StreamEvent{Kind: k, Subscription: id})
			}
		}
	}
}
