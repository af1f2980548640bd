package m365

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// How long a receiver may take, and how long we try, from
// https://learn.microsoft.com/graph/change-notifications-delivery-webhooks.
const (
	handshakePatience = 10 * time.Second
	firstPatience     = 3 * time.Second
	retryPatience     = 10 * time.Second
	deliveryLimit     = 4 * time.Hour
	gathering         = 20 * time.Millisecond // changes this close travel together
)

// notificationPath is what faults of notifications match as their path.
const notificationPath = "/notification"

// resourceData says what changed.
type resourceData struct {
	Type string `json:"@odata.type"`
	At   string `json:"@odata.id"`
	ETag string `json:"@odata.etag,omitempty"`
	ID   string `json:"id"`
}

// notification is one item of what a receiver is posted.
type notification struct {
	ID             string        `json:"id,omitempty"`
	SubscriptionID string        `json:"subscriptionId"`
	Expires        time.Time     `json:"subscriptionExpirationDateTime"`
	ClientState    *string       `json:"clientState"`
	ChangeType     string        `json:"changeType,omitempty"`
	Resource       string        `json:"resource,omitempty"`
	TenantID       string        `json:"tenantId"`
	Data           *resourceData `json:"resourceData,omitempty"`
	Lifecycle      string        `json:"lifecycleEvent,omitempty"`
}

// handshake asks a receiver to say a token back.
func (s *Server) handshake(address string) error {
	u, err := url.Parse(address)
	if err != nil {
		return errors.New("the address is not valid")
	}
	token := "Validation: Testing client application reachability for subscription Request-Id: " + requestID() + " åäö <&>"
	query := u.RawQuery
	if query != "" {
		query += "&"
	}
	u.RawQuery = query + "validationToken=" + url.QueryEscape(token)
	ctx, cancel := context.WithTimeout(s.ctx, handshakePatience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), nil)
	if err != nil {
		return errors.New("the address is not valid")
	}
	r.Header.Set("Content-Type", "text/plain; charset=utf-8")
	res, err := s.notifier().Do(r)
	if err != nil {
		return errors.New("the request timed out or the endpoint is unreachable")
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 1<<16))
	switch {
	case err != nil || res.StatusCode != http.StatusOK:
		return fmt.Errorf("notification endpoint must respond with 200 OK to validation request; it answered %d", res.StatusCode)
	case !strings.HasPrefix(res.Header.Get("Content-Type"), "text/plain"):
		return errors.New("notification endpoint must respond with text/plain")
	case string(body) != token && string(body) != html.EscapeString(token): // receivers are asked to escape what a browser could run
		return errors.New("response must exactly match validationToken query parameter")
	}
	return nil
}

// notifier is the client that posts.
func (s *Server) notifier() *http.Client {
	if s.Notify != nil {
		return s.Notify
	}
	return loopbackClient
}

// loopbackClient reaches receivers on this machine whatever their certificate.
var loopbackClient = &http.Client{Transport: &http.Transport{
	TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, // a simulator's receivers have certificates of their own making
}}

// changed gathers what subscriptions of t are to be told of a change. t.mu is
// held by the caller.
func (s *Server) changed(t *Tenant, ch change) {
	now := t.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	times := 1
	if ch.set == "events" && len(s.faults) > 0 {
		times = s.timesTold(t, ch.owner)
	}
	for _, key := range ch.keys() {
		for _, sub := range s.watch[t.ID+key] {
			if !strings.Contains(sub.ChangeType, ch.kind) || sub.paused || !sub.Expires.After(now) {
				continue
			}
			for range times {
				s.queue(sub.URL, sub.item(&ch))
			}
		}
	}
}

// timesTold is how often a change of a mailbox's events is told: once, unless
// faults of that mailbox say otherwise.
func (s *Server) timesTold(t *Tenant, owner string) int {
	r, known := t.people.get(owner)
	if !known {
		return 1
	}
	times := 1
	for _, f := range s.take(t, http.MethodPost, notificationPath, nil, &r.value) {
		switch f.Kind {
		case LostNotification:
			times = 0
		case TwiceNotification:
			times *= 2
		}
	}
	return times
}

// keys are what those may watch who are told of a change; see watched.
func (ch *change) keys() []string {
	if ch.set == "events" {
		return []string{"/users/" + ch.owner + "/events"}
	}
	return []string{"/" + ch.set, "/" + ch.set + "/" + ch.id}
}

// item is what a subscription is told of a change.
func (sub *subscription) item(ch *change) notification {
	kind, path := "#Microsoft.Graph.User", "Users/"+ch.id
	data := resourceData{ID: ch.id}
	switch ch.set {
	case "groups":
		kind, path = "#Microsoft.Graph.Group", "Groups/"+ch.id
	case "events":
		if data.ID = ch.id; sub.immutable {
			data.ID = immutableID(ch.id)
		}
		kind, path = "#Microsoft.Graph.Event", "Users/"+ch.owner+"/Events/"+data.ID
		data.ETag = ch.etag
	}
	data.Type, data.At = kind, path
	n := sub.about()
	n.ChangeType, n.Resource, n.Data = ch.kind, path, &data
	if ch.set == "events" {
		n.ID = requestID()
	}
	return n
}

// about is what every notification of a subscription says.
func (sub *subscription) about() notification {
	return notification{SubscriptionID: sub.ID, Expires: sub.Expires, ClientState: sub.ClientState, TenantID: sub.tenant.ID}
}

// RequireReauthorization sends reauthorizationRequired to every subscription
// of t that has a lifecycle address, or with mailboxes only to those on these
// people's events, and holds its notifications back (they are lost) until it
// is renewed or reauthorized.
func (s *Server) RequireReauthorization(t *Tenant, mailboxes ...string) {
	s.lifecycle(t, "reauthorizationRequired", true, mailboxes...)
}

// Lifecycle sends another lifecycle event, such as "missed" or
// "subscriptionRemoved", to every subscription of t, or with mailboxes only to
// those on these people's events; users and groups never get these two from
// Microsoft. The latter also ends the subscription.
func (s *Server) Lifecycle(t *Tenant, event string, mailboxes ...string) {
	s.lifecycle(t, event, false, mailboxes...)
}

func (s *Server) lifecycle(t *Tenant, event string, pause bool, mailboxes ...string) {
	only := map[string]bool{}
	for _, who := range mailboxes {
		if p, err := t.livePerson(who); err == nil {
			only[t.ID+"/users/"+p.ID+"/events"] = true
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, sub := range s.subs {
		if sub.tenant != t || len(mailboxes) > 0 && !only[sub.key] {
			continue
		}
		sub.paused = sub.paused || pause
		if event == "subscriptionRemoved" {
			s.forget(sub)
		}
		if sub.LifecycleURL != nil {
			n := sub.about()
			n.Lifecycle = event
			s.queue(*sub.LifecycleURL, n)
		}
	}
}

// Subscriptions counts the subscriptions on t, expired ones not counted.
func (s *Server) Subscriptions(t *Tenant) int {
	now := t.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, sub := range s.subs {
		if sub.tenant == t && sub.Expires.After(now) {
			n++
		}
	}
	return n
}

// queue puts an item with those that go to the same address; the first one of
// them starts the delivery. s.mu is held.
func (s *Server) queue(address string, n notification) {
	if s.ctx.Err() != nil {
		return
	}
	s.pending[address] = append(s.pending[address], n)
	if len(s.pending[address]) > 1 {
		return
	}
	s.work.Go(func() {
		if !s.wait(gathering) {
			return
		}
		s.mu.Lock()
		items := s.pending[address]
		delete(s.pending, address)
		s.mu.Unlock()
		s.deliver(address, items)
	})
}

func (s *Server) wait(d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-s.ctx.Done():
		return false
	}
}

// deliver posts until the receiver has taken the items or the time is up.
func (s *Server) deliver(address string, items []notification) {
	body, err := json.Marshal(struct {
		Value []notification `json:"value"`
	}{items})
	if err != nil {
		return
	}
	times := 1
	for _, f := range s.strike(s.tenant(items[0].TenantID), http.MethodPost, notificationPath, nil) {
		switch f.Kind {
		case LostNotification:
			return
		case TwiceNotification:
			times = 2
		case LateNotification:
			if !s.wait(f.Delay) {
				return
			}
		}
	}
	switch s.health(address) {
	case dropped:
		return
	case slow:
		if !s.wait(healthWindow) {
			return
		}
	}
	for range times {
		s.insist(address, body)
	}
}

func (s *Server) health(address string) health {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.receivers[address].health(time.Now())
}

func (s *Server) insist(address string, body []byte) {
	pause, patience := s.RetryAfter, firstPatience
	if pause <= 0 {
		pause = 10 * time.Second
	}
	for waited := time.Duration(0); waited < deliveryLimit; waited += pause {
		if s.post(address, body, patience) || !s.wait(pause) {
			return
		}
		pause, patience = 2*pause, retryPatience
	}
}

// post reports whether the receiver took it: 2xx in time.
func (s *Server) post(address string, body []byte, patience time.Duration) bool {
	ctx, cancel := context.WithTimeout(s.ctx, patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return false
	}
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	began := time.Now()
	res, err := s.notifier().Do(r)
	s.mu.Lock()
	s.receivers[address] = s.receivers[address].note(time.Now(), time.Since(began))
	s.mu.Unlock()
	if err != nil {
		return false
	}
	defer res.Body.Close()
	return res.StatusCode/100 == 2
}
