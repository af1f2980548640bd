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
	ID   string `json:"id"`
}

// notification is one item of what a receiver is posted.
type notification struct {
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
	path := ch.set + "/" + ch.id
	now := t.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, sub := range s.subs {
		resource := strings.ToLower(strings.Trim(sub.Resource, "/"))
		resource = strings.TrimSuffix(strings.TrimSuffix(resource, "/members"), "/owners")
		fits := (resource == ch.set || resource == path) && strings.Contains(sub.ChangeType, ch.kind)
		if sub.tenant != t || !fits || sub.paused || !sub.Expires.After(now) {
			continue
		}
		kind := "#Microsoft.Graph.User"
		if ch.set == "groups" {
			kind = "#Microsoft.Graph.Group"
		}
		s.queue(sub.URL, notification{
			SubscriptionID: sub.ID, Expires: sub.Expires, ClientState: sub.ClientState, ChangeType: ch.kind, TenantID: t.ID,
			Resource: strings.ToUpper(path[:1]) + path[1:], Data: &resourceData{kind, strings.ToUpper(path[:1]) + path[1:], ch.id},
		})
	}
}

// RequireReauthorization sends reauthorizationRequired to every subscription
// of t that has a lifecycle address, and holds its notifications back (they
// are lost) until it is renewed or reauthorized.
func (s *Server) RequireReauthorization(t *Tenant) {
	s.lifecycle(t, "reauthorizationRequired", true)
}

// Lifecycle sends another lifecycle event, such as "missed" or
// "subscriptionRemoved"; users and groups never get these from Microsoft. The
// latter also ends the subscription.
func (s *Server) Lifecycle(t *Tenant, event string) { s.lifecycle(t, event, false) }

func (s *Server) lifecycle(t *Tenant, event string, pause bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, sub := range s.subs {
		if sub.tenant != t {
			continue
		}
		sub.paused = sub.paused || pause
		if event == "subscriptionRemoved" {
			delete(s.subs, id)
		}
		if sub.LifecycleURL != nil {
			s.queue(*sub.LifecycleURL, notification{
				SubscriptionID: sub.ID, Expires: sub.Expires, ClientState: sub.ClientState, TenantID: t.ID, Lifecycle: event,
			})
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
