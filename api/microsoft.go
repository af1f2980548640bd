package api

import (
	"context"
	"encoding/json"
	"html"
	"io"
	"net/http"
	"time"

	"github.com/telefonist/telefonist/desk"
)

// NotificationPath is where Microsoft Graph posts that something has changed.
const NotificationPath = "/microsoft/notifications"

// Microsoft counts an answer after 3 s as slow, and soon delivers no more.
const notificationPatience = 2500 * time.Millisecond

// notification answers Microsoft Graph: the handshake of a new subscription, and
// notifications, lifecycle ones too. They say who is due and nothing else is read
// of them; 202 whether they fit or not and however long it takes to write them
// down, 503 where more wait than memory is meant for, so that they come again.
// https://learn.microsoft.com/graph/change-notifications-delivery-webhooks
func (s *server) notification(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		s.refuse(w, r, errMethod)
		return
	}
	if token := r.URL.Query().Get("validationToken"); token != "" {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		io.WriteString(w, html.EscapeString(token))
		return
	}
	items, err := notifications(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		s.refuse(w, r, missing("value"))
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), notificationPatience)
	defer cancel()
	if err := s.desk.As(desk.AtNotification()).Notified(ctx, items); err != nil {
		s.opts.Log.ErrorContext(ctx, "notification could not be noted", "error", err)
		w.Header().Set("Retry-After", "10")
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

// maxItems is more than Microsoft puts into one post, maxItem more bytes than what
// we read of one takes: an id, our clientState and a word.
const (
	maxItems = 1000
	maxItem  = 512
)

// notifications reads the body of a post.
func notifications(r io.Reader) ([]desk.Notification, error) {
	var body struct {
		Value []struct {
			SubscriptionID string `json:"subscriptionId"`
			ClientState    string `json:"clientState"`
			Lifecycle      string `json:"lifecycleEvent"`
		} `json:"value"`
	}
	if err := json.NewDecoder(r).Decode(&body); err != nil {
		return nil, err
	}
	var items []desk.Notification
	for _, v := range body.Value[:min(len(body.Value), maxItems)] {
		if len(v.SubscriptionID)+len(v.ClientState)+len(v.Lifecycle) > maxItem {
			continue // not Microsoft's, and it would wait in memory
		}
		items = append(items, desk.Notification{Subscription: v.SubscriptionID, ClientState: v.ClientState, Lifecycle: v.Lifecycle})
	}
	return items, nil
}
