package exchange_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/calendar/exchange"
	"github.com/telefonist/telefonist/ews"
	"github.com/telefonist/telefonist/m365"
	"github.com/telefonist/telefonist/ntlm"
)

// hearing listens to mailboxes in the background.
type hearing struct {
	*world
	heard chan calendar.Notice
	stop  func() error
	wait  func()     // until it ends by itself
	inner sync.Mutex // locked while somebody is told
}

// listen begins to; what is told waits in heard.
func (w *world) listen(mailboxes []calendar.Mailbox) *hearing {
	h := &hearing{world: w, heard: make(chan calendar.Notice, 10_000)}
	ctx, cancel := context.WithCancel(w.t.Context())
	done := make(chan error, 1)
	go func() {
		done <- w.source.Listen(ctx, mailboxes, func(n calendar.Notice) {
			if !h.inner.TryLock() {
				w.t.Error("told by two at a time")
				return
			}
			defer h.inner.Unlock()
			h.heard <- n
		})
	}()
	ended := make(chan struct{})
	var err error
	go func() { err = <-done; close(ended) }()
	h.wait = func() { <-ended }
	h.stop = sync.OnceValue(func() error { cancel(); <-ended; return err })
	w.t.Cleanup(func() { _ = h.stop() })
	return h
}

// until waits until n mailboxes have been told of as what, the last notice of each,
// and returns whose.
func (h *hearing) until(what calendar.Heard, n int) []string {
	h.t.Helper()
	last := map[string]calendar.Heard{}
	late := time.After(30 * time.Second)
	for {
		var who []string
		for person, w := range last {
			if w == what {
				who = append(who, person)
			}
		}
		if len(who) >= n {
			slices.Sort(who)
			return who
		}
		select {
		case notice := <-h.heard:
			last[notice.Person] = notice.What
		case <-late:
			h.t.Fatalf("%d are %s, want %d", len(who), what, n)
		}
	}
}

func (w *world) heardMailboxes(n int) []calendar.Mailbox {
	list := w.mailboxes(n)
	for i := range list {
		list[i].Way.Kind = calendar.Impersonation
	}
	return list
}

func (w *world) book(who int) {
	w.add(who, m365.Event{Subject: "Möte", Start: day(25, 9, 0), End: day(25, 10, 0)})
}

func TestListen(t *testing.T) {
	for _, v := range []m365.ExchangeVersion{m365.Exchange2010SP2, m365.Exchange2013SP1, m365.Exchange2019} {
		t.Run(string(v), func(t *testing.T) {
			w := newWorld(t, 300, m365.ExchangeOptions{Version: v, Affinity: 3})
			w.do(w.x.GrantImpersonation("monitor", "*"))
			list := w.heardMailboxes(210) // two connections
			w.do(w.x.Grant("monitor", m365.RightFullAccess, w.staff[3].ID))
			list[3].Way.Kind = calendar.FullAccess
			list[4].Way.Kind = calendar.Reviewer // not heard
			h := w.listen(list)
			h.until(calendar.Listening, 209)
			for _, who := range []int{0, 3, 4, 209} {
				w.book(who)
			}
			want := []string{list[0].Person, list[209].Person, list[3].Person}
			slices.Sort(want)
			if got := h.until(calendar.Changed, 3); !slices.Equal(got, want) {
				t.Errorf("changed: %v, want %v", got, want)
			}
			if n := w.asked()["Subscribe"]; n != 209 {
				t.Errorf("%d subscriptions were made", n)
			}
			// Whoever listens again keeps what was made, and takes up who is new.
			w.do(h.stop2())
			h = w.listen(w.heardMailboxes(211)[1:])
			h.until(calendar.Listening, 210)
			if n := w.asked()["Subscribe"]; n != 3 { // the fifth, the last, and one that is read another way now
				t.Errorf("%d subscriptions were made anew", n)
			}
		})
	}
}

// stop2 is nil where it ended as it was told to.
func (h *hearing) stop2() error {
	if err := h.stop(); !errors.Is(err, context.Canceled) {
		return fmt.Errorf("listening ended with %w", err)
	}
	return nil
}

func TestNothingIsHeardFromOldServers(t *testing.T) {
	w := newWorld(t, 30, m365.ExchangeOptions{Version: m365.Exchange2007SP1})
	if err := w.source.Listen(t.Context(), w.heardMailboxes(3), func(calendar.Notice) { t.Error("told") }); !errors.Is(err, calendar.ErrUntold) || !errors.Is(err, ews.ErrOlder) {
		t.Error(err)
	}
}

func TestWhatBreaksIsTakenUp(t *testing.T) {
	w := newWorld(t, 60, m365.ExchangeOptions{HeartBeat: 50 * time.Millisecond})
	w.silence = 400 * time.Millisecond
	w.source = w.open(4)
	w.do(w.x.GrantImpersonation("monitor", "*"))
	list := w.heardMailboxes(20)
	h := w.listen(list)
	h.until(calendar.Listening, 20)

	// The connection is lost: whatever happened meanwhile was told to nobody.
	w.server.CloseClientConnections()
	h.until(calendar.Deaf, 20)
	h.until(calendar.Listening, 20)
	w.book(7)
	if got := h.until(calendar.Changed, 1); got[0] != list[7].Person {
		t.Errorf("changed: %v", got)
	}

	// It stays open and says nothing any more.
	w.do(w.x.Fault(m365.ExchangeFault{Kind: m365.ExchangeSilence, Times: m365.Forever}))
	h.until(calendar.Deaf, 20)
	w.x.ClearFaults()
	h.until(calendar.Listening, 20)

	// The server forgets the subscriptions.
	w.asked()
	w.x.ForgetSubscriptions()
	h.until(calendar.Deaf, 20)
	h.until(calendar.Listening, 20)
	if n := w.asked()["Subscribe"]; n != 20 {
		t.Errorf("%d subscriptions made anew", n)
	}
	w.book(2)
	if got := h.until(calendar.Changed, 1); got[0] != list[2].Person {
		t.Errorf("changed: %v", got)
	}

	// It forgets two of them.
	w.asked()
	w.unsubscribe(2)
	if got := h.until(calendar.Deaf, 2); len(got) != 2 {
		t.Errorf("deaf: %v", got)
	}
	h.until(calendar.Listening, 2)
	if n := w.asked()["Subscribe"]; n != 2 {
		t.Errorf("%d subscriptions made anew", n)
	}
}

// TestARefusedAccountHearsNothing: somebody has to do something first.
func TestARefusedAccountHearsNothing(t *testing.T) {
	w := newWorld(t, 60, m365.ExchangeOptions{})
	w.do(w.x.GrantImpersonation("monitor", "*"))
	h := w.listen(w.heardMailboxes(20))
	h.until(calendar.Listening, 20)
	w.do(w.x.SetPassword("monitor", "annat"))
	w.server.CloseClientConnections()
	h.until(calendar.Deaf, 20)
	h.wait()
	var trouble *exchange.Trouble
	if err := h.stop(); !errors.As(err, &trouble) || trouble.Code != "refused" {
		t.Errorf("it ended with %v", err)
	}
}

// unsubscribe ends the first subscriptions of those that are listened to.
func (w *world) unsubscribe(n int) {
	c, err := ews.New(ews.Config{URL: w.server.URL + "/EWS/Exchange.asmx", HTTP: &http.Client{Transport: ntlm.New(ntlm.Credential{User: "monitor", Password: password}, ntlm.Options{Basic: true})}})
	w.do(err)
	w.mu.Lock()
	ids := w.ids[:n]
	w.mu.Unlock()
	for _, id := range ids {
		w.do(c.Group("monitor").Unsubscribe(w.t.Context(), ews.Access{Version: ews.Exchange2016}, id))
	}
}

// TestManyEars: a thousand mailboxes cost five connections.
func TestManyEars(t *testing.T) {
	w := newWorld(t, 1200, m365.ExchangeOptions{})
	w.do(w.x.GrantImpersonation("monitor", "*"))
	before := runtime.NumGoroutine()
	h := w.listen(w.heardMailboxes(1000))
	h.until(calendar.Listening, 1000)
	if n := runtime.NumGoroutine() - before; n > 80 { // the server's are among them
		t.Errorf("%d goroutines", n)
	}
	if n := w.asked(); n["Subscribe"] != 1000 || n["GetStreamingEvents"] != 5 {
		t.Errorf("asked %v", n)
	}
}

// TestFewConnectionsAreHeldOpen: until 2013 a server lets an account have three.
func TestFewConnectionsAreHeldOpen(t *testing.T) {
	w := newWorld(t, 1000, m365.ExchangeOptions{Version: m365.Exchange2013SP1})
	w.do(w.x.GrantImpersonation("monitor", "*"))
	h := w.listen(w.heardMailboxes(700))
	h.until(calendar.Listening, 600)
	if n := w.asked(); n["GetStreamingEvents"] != 3 {
		t.Errorf("asked %v", n)
	}
}
