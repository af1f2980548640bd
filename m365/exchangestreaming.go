package m365

import (
	"cmp"
	"net/http"
	"slices"
	"time"
)

// The stream itself runs by the wall clock: whoever reads it waits by it, too.

const heartBeat = 45 * time.Second

// stream writes envelopes until the time is over, the client leaves or the
// subscriptions are gone.
func (c *ewsCall) stream(stream *exchangeStream, subs []*exchangeSub, lasting time.Duration) {
	c.streamed = true
	c.w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	c.w.WriteHeader(http.StatusOK)
	over := time.NewTimer(lasting)
	defer over.Stop()
	beat := time.NewTicker(cmp.Or(c.x.opts.HeartBeat, heartBeat))
	defer beat.Stop()
	c.tell(nil, "OK")
	for {
		select {
		case <-c.r.Context().Done():
			return
		case <-stream.dropped:
			panic(http.ErrAbortHandler)
		case <-over.C:
			c.tell(nil, "Closed")
			return
		case <-beat.C:
			c.tell(nil, "OK")
		case <-stream.wake:
			news, lost, end := c.x.feed.news(stream, subs)
			c.tell(news, "")
			if end == "" && len(lost) > 0 {
				end = noSubscription.code
			}
			if end != "" {
				c.push(func() {
					c.lost(&ewsError{code: end, text: "The subscription is no longer available on this connection."}, lost)
				})
				return
			}
		}
	}
}

// news takes what is to be told of subscriptions, and says which are gone and
// why the stream has to end.
func (f *exchangeFeed) news(stream *exchangeStream, subs []*exchangeSub) (news map[*exchangeSub][]change, lost []string, end string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	news = map[*exchangeSub][]change{}
	for _, sub := range subs {
		switch {
		case f.subs[sub.id] != sub:
			lost = append(lost, sub.id)
		case sub.stream == stream && len(sub.pending) > 0:
			news[sub], sub.pending = sub.pending, nil
		}
	}
	return news, lost, stream.end
}

// tell pushes an envelope with events, or with the status alone.
func (c *ewsCall) tell(news map[*exchangeSub][]change, status string) {
	if news != nil && len(news) == 0 {
		return
	}
	c.push(func() {
		c.message(nil, func() {
			if len(news) > 0 {
				c.notifications(news)
			}
			if status != "" {
				c.out.text("m:ConnectionStatus", status)
			}
		})
	})
}

// push sends one envelope, unless streams have fallen silent.
func (c *ewsCall) push(message func()) {
	if c.x.silent() {
		return
	}
	c.out = c.out[:0]
	c.respond(message)
	body := c.enveloped()
	if c.pushed++; c.pushed > 1 && c.x.release.schema < schema2013 {
		body = body[len(xmlDeclaration):] // older servers declare the stream, not its documents
	}
	if c.cut && c.pushed > 1 {
		c.breakOff(body)
	}
	c.w.Write(body)
	http.NewResponseController(c.w).Flush()
}

// notifications writes what has happened, by subscription. An event that is
// deleted in Outlook moves to Deleted Items.
func (c *ewsCall) notifications(news map[*exchangeSub][]change) {
	subs := make([]*exchangeSub, 0, len(news))
	for sub := range news {
		if slices.ContainsFunc(news[sub], func(ch change) bool { return len(sub.tells(ch)) > 0 }) {
			subs = append(subs, sub)
		}
	}
	slices.SortFunc(subs, func(a, b *exchangeSub) int { return cmp.Compare(a.id, b.id) })
	if len(subs) == 0 {
		return
	}
	c.out.open("m:Notifications")
	for _, sub := range subs {
		c.out.open("m:Notification")
		c.out.text("t:SubscriptionId", sub.id)
		for _, ch := range news[sub] {
			for _, kind := range sub.tells(ch) {
				c.event(kind, sub.person, ch)
			}
		}
		c.out.close("m:Notification")
	}
	c.out.close("m:Notifications")
}

// tells are the kinds of event that a change is to the subscription.
func (s *exchangeSub) tells(ch change) []string {
	kinds := []string{map[string]string{"created": "CreatedEvent", "updated": "ModifiedEvent", "deleted": "MovedEvent"}[ch.kind], "FreeBusyChangedEvent"}
	return slices.DeleteFunc(kinds, func(kind string) bool { return !slices.Contains(s.kinds, kind) })
}

func (c *ewsCall) event(kind, person string, ch change) {
	m, tag := &c.out, "t:"+kind
	calendar := folderID(person, calendarFolder)
	parent := calendar
	if kind == "MovedEvent" {
		parent = folderID(person, "deleteditems")
	}
	m.open(tag)
	m.text("t:TimeStamp", c.x.t.now().Format("2006-01-02T15:04:05Z"))
	m.empty("t:ItemId", "Id", itemID(person, ch.id), "ChangeKey", "CQAAAA==")
	m.empty("t:ParentFolderId", "Id", parent, "ChangeKey", folderKey)
	if kind == "MovedEvent" {
		m.empty("t:OldItemId", "Id", itemID(person, ch.id), "ChangeKey", "CQAAAA==")
		m.empty("t:OldParentFolderId", "Id", calendar, "ChangeKey", folderKey)
	}
	m.close(tag)
}

// ForgetSubscriptions ends all subscriptions, as when a mailbox server takes
// over from another: whoever reads one is told.
func (x *Exchange) ForgetSubscriptions() {
	x.feed.mu.Lock()
	defer x.feed.mu.Unlock()
	for _, sub := range x.feed.subs {
		x.feed.forget(sub)
	}
}

// DropStreams breaks the connections of all streams. Their subscriptions stay.
func (x *Exchange) DropStreams() {
	x.feed.mu.Lock()
	defer x.feed.mu.Unlock()
	dropped := map[*exchangeStream]bool{}
	for _, sub := range x.feed.subs {
		if s := sub.stream; s != nil && !dropped[s] {
			dropped[s] = true
			close(s.dropped)
		}
		sub.stream = nil
	}
}

// Subscriptions counts the subscriptions, and those that a stream reads.
func (x *Exchange) Subscriptions() (all, read int) {
	x.feed.mu.Lock()
	defer x.feed.mu.Unlock()
	for _, sub := range x.feed.subs {
		if sub.stream != nil {
			read++
		}
	}
	return len(x.feed.subs), read
}
