package m365

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// exchangeSub is a streaming subscription to one mailbox. The feed's lock
// guards it.
type exchangeSub struct {
	id, user string
	person   string
	kinds    []string // of events, "ModifiedEvent"
	backend  int      // the mailbox server that knows it
	pending  []change
	stream   *exchangeStream // who reads it now
	expires  time.Time
}

// exchangeStream is an open GetStreamingEvents.
type exchangeStream struct {
	wake    chan struct{} // of length 1
	end     string        // why it has to end: a response code
	dropped chan struct{} // closed where the connection is to break
}

const (
	subscriptionLife = 30 * time.Minute // without anybody who reads it
	mostSubscribed   = 200              // in one GetStreamingEvents
	mostOfMailbox    = 5000             // EWSMaxSubscriptions
	eventBacklog     = 1000
)

// note keeps a change for whoever reads the subscription.
func (s *exchangeSub) note(ch change) {
	if len(s.pending) < eventBacklog {
		s.pending = append(s.pending, ch)
	}
	if s.stream != nil {
		s.stream.awake()
	}
}

func (s *exchangeStream) awake() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// subscribe answers Subscribe for a stream. Pull and push are not simulated.
// https://learn.microsoft.com/exchange/client-developer/web-service-reference/subscribe-operation
func (c *ewsCall) subscribe() error {
	e := c.op.child("StreamingSubscriptionRequest")
	switch {
	case e == nil:
		return &ewsFault{code: "ErrorInvalidRequest", text: "The request is invalid."}
	case c.x.release.schema < schema2010SP1 || c.schema < schema2010SP1:
		return c.invalid("The element 'Subscribe' has invalid child element 'StreamingSubscriptionRequest'.")
	}
	sub := &exchangeSub{user: strings.ToLower(c.account.User), backend: c.backend(true)}
	for _, kind := range e.child("EventTypes").all() {
		sub.kinds = append(sub.kinds, strings.TrimSpace(kind.text))
	}
	if len(sub.kinds) == 0 {
		return c.invalid("The element 'EventTypes' has incomplete content.")
	}
	refused, err := c.watches(sub, e)
	if err != nil {
		return err
	}
	if refused == nil {
		refused = c.x.feed.add(sub, c.now)
	}
	c.respond(func() {
		c.message(refused, func() { c.out.text("m:SubscriptionId", sub.id) })
	})
	return nil
}

// watches finds the mailbox that a subscription is on. Only its owner may, and
// who is as good as one.
func (c *ewsCall) watches(sub *exchangeSub, e *element) (*ewsError, error) {
	folders := e.child("FolderIds").all()
	if e.attr("SubscribeToAllFolders") == "true" {
		folders = []*element{{name: "DistinguishedFolderId", attrs: []xml.Attr{{Name: xml.Name{Local: "Id"}, Value: topFolder}}}}
	}
	if len(folders) == 0 {
		return nil, c.invalid("The element 'StreamingSubscriptionRequest' has incomplete content.")
	}
	for _, id := range folders {
		f, err := c.open(id)
		if refused, ok := err.(*ewsError); ok {
			return refused, nil
		}
		if err != nil {
			return nil, err
		}
		if !f.right.atLeast(RightFullAccess) || sub.person != "" && sub.person != f.p.ID {
			return &ewsError{code: "ErrorSubscriptionDelegateAccessNotSupported", text: "Subscriptions are not supported for delegate user access."}, nil
		}
		sub.person = f.p.ID
	}
	return nil, nil
}

// add takes in a subscription and gives it its id.
func (f *exchangeFeed) add(sub *exchangeSub, now time.Time) *ewsError {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, other := range slices.Clone(f.watch[sub.person]) {
		if other.stream == nil && now.After(other.expires) {
			f.forget(other)
		}
	}
	if len(f.watch[sub.person]) >= mostOfMailbox {
		return &ewsError{code: "ErrorExceededSubscriptionCount", text: "You have exceeded the available subscriptions for your account. Remove unnecessary subscriptions and try your request again."}
	}
	f.made++
	sub.id = ewsID('s', sub.person, fmt.Appendf(nil, "%d", f.made))
	sub.expires = now.Add(subscriptionLife)
	f.subs[sub.id] = sub
	f.watch[sub.person] = append(f.watch[sub.person], sub)
	return nil
}

// forget ends a subscription. f.mu is held.
func (f *exchangeFeed) forget(sub *exchangeSub) {
	delete(f.subs, sub.id)
	left := slices.DeleteFunc(slices.Clone(f.watch[sub.person]), func(other *exchangeSub) bool { return other == sub })
	if f.watch[sub.person] = left; len(left) == 0 {
		delete(f.watch, sub.person)
	}
	if sub.stream != nil {
		sub.stream.awake()
	}
}

// find is a subscription as the caller may use it. f.mu is held.
func (c *ewsCall) find(id string) (*exchangeSub, *ewsError) {
	sub := c.x.feed.subs[id]
	switch {
	case sub == nil || c.x.opts.Affinity > 0 && sub.backend != c.backend(false) || sub.stream == nil && c.now.After(sub.expires):
		return nil, noSubscription
	case sub.user != strings.ToLower(c.account.User):
		return nil, &ewsError{code: "ErrorSubscriptionAccessDenied", text: "The specified user does not have access to the specified subscription."}
	}
	return sub, nil
}

var noSubscription = &ewsError{code: "ErrorSubscriptionNotFound", text: "The specified subscription was not found."}

// unsubscribe answers Unsubscribe.
func (c *ewsCall) unsubscribe() error {
	f := c.x.feed
	f.mu.Lock()
	sub, refused := c.find(c.op.value("SubscriptionId"))
	if refused == nil {
		f.forget(sub)
	}
	f.mu.Unlock()
	c.respond(func() { c.message(refused, func() {}) })
	return nil
}

// backend is the mailbox server that the call is led to: where its cookie
// says, or else where the mailbox of X-AnchorMailbox lies. set gives the caller
// the cookies that lead there again.
func (c *ewsCall) backend(set bool) int {
	n := c.x.opts.Affinity
	if n <= 0 || c.x.release.schema < schema2013 {
		return 0
	}
	prefers := strings.EqualFold(c.r.Header.Get("X-PreferServerAffinity"), "true")
	at := int(hash64(strings.ToLower(cmp.Or(c.r.Header.Get("X-AnchorMailbox"), c.account.Mailbox, c.account.User))) % uint64(n))
	if cookie, err := c.r.Cookie("X-BackEndOverrideCookie"); err == nil && prefers {
		if _, scanned := fmt.Sscanf(cookie.Value, "backend%d.", &at); scanned != nil || at < 0 || at >= n {
			at = 0
		}
	}
	if set {
		http.SetCookie(c.w, &http.Cookie{Name: "exchangecookie", Value: fmt.Sprintf("%016x%016x", hash64(c.account.User), hash64(c.x.opts.Domain)), Path: "/", HttpOnly: true})
		if prefers {
			http.SetCookie(c.w, &http.Cookie{Name: "X-BackEndOverrideCookie", Value: fmt.Sprintf("backend%d.%s~1941996295", at, strings.ToLower(c.x.t.Domain)), Path: "/", HttpOnly: true})
		}
	}
	return at
}

// streamingEvents answers GetStreamingEvents: envelope after envelope until
// the time is over.
// https://learn.microsoft.com/exchange/client-developer/web-service-reference/getstreamingevents-operation
func (c *ewsCall) streamingEvents() error {
	var ids []string
	for _, e := range c.op.child("SubscriptionIds").all() {
		ids = append(ids, strings.TrimSpace(e.text))
	}
	minutes := c.op.number(0, "ConnectionTimeout")
	switch {
	case len(ids) == 0 || len(ids) > mostSubscribed:
		return c.invalid("The element 'SubscriptionIds' has invalid content.")
	case minutes < 1 || minutes > 30:
		return c.invalid("The 'ConnectionTimeout' element is invalid.")
	}
	done, fault := c.x.hang(c.account.User)
	if fault != nil {
		return fault
	}
	defer done()
	stream := &exchangeStream{wake: make(chan struct{}, 1), dropped: make(chan struct{})}
	subs, lost, refused := c.attach(stream, ids)
	if refused != nil {
		c.respond(func() { c.lost(refused, lost) })
		return nil
	}
	defer c.x.feed.detach(subs, stream, c.x.t.now)
	c.stream(stream, subs, time.Duration(minutes)*cmp.Or(c.x.opts.Minute, time.Minute))
	return nil
}

// attach makes the stream the reader of its subscriptions. Where one of them
// is no good, none is read.
func (c *ewsCall) attach(stream *exchangeStream, ids []string) (subs []*exchangeSub, lost []string, refused *ewsError) {
	f := c.x.feed
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, id := range ids {
		sub, err := c.find(id)
		if err != nil {
			refused = err
			lost = append(lost, id)
			continue
		}
		subs = append(subs, sub)
	}
	if refused != nil {
		return nil, lost, refused
	}
	for _, sub := range subs {
		if old := sub.stream; old != nil {
			old.end = "ErrorNewEventStreamConnectionOpened"
			old.awake()
		}
		sub.stream = stream
		if len(sub.pending) > 0 { // what came while nobody listened
			stream.awake()
		}
	}
	return subs, nil, nil
}

func (f *exchangeFeed) detach(subs []*exchangeSub, stream *exchangeStream, now func() time.Time) {
	at := now()
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, sub := range subs {
		if sub.stream == stream {
			sub.stream, sub.expires = nil, at.Add(subscriptionLife)
		}
	}
}

// lost is a message that names the subscriptions that are no good.
func (c *ewsCall) lost(err *ewsError, ids []string) {
	tag := "m:GetStreamingEventsResponseMessage"
	c.refusal(tag, err)
	if len(ids) > 0 {
		c.out.open("m:ErrorSubscriptionIds")
		for _, id := range ids {
			c.out.text("t:SubscriptionId", id)
		}
		c.out.close("m:ErrorSubscriptionIds")
	}
	c.out.text("m:ConnectionStatus", "Closed")
	c.out.close(tag)
}
