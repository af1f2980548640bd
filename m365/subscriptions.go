package m365

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Limits of subscriptions, of
// https://learn.microsoft.com/graph/change-notifications-overview and
// https://learn.microsoft.com/graph/api/resources/subscription.
const (
	subscriptionMin   = 45 * time.Minute    // less becomes this
	directoryMax      = 41760 * time.Minute // more is refused: users and groups
	eventsMaxLife     = 10080 * time.Minute // … and events
	subscriptionQuota = 100                 // on users and groups, per app and tenant
	mailboxQuota      = 1000                // on events, per mailbox over all apps
	clientStateMax    = 128                 // characters
)

// subscription is a registered wish to be told of changes.
type subscription struct {
	ID            string    `json:"id"`
	Resource      string    `json:"resource"`
	ApplicationID string    `json:"applicationId"`
	ChangeType    string    `json:"changeType"`
	ClientState   *string   `json:"clientState"`
	URL           string    `json:"notificationUrl"`
	LifecycleURL  *string   `json:"lifecycleNotificationUrl"`
	Expires       time.Time `json:"expirationDateTime"`
	CreatorID     string    `json:"creatorId"`
	TLS           string    `json:"latestSupportedTlsVersion"`
	Certificate   *string   `json:"encryptionCertificate"`
	CertificateID *string   `json:"encryptionCertificateId"`
	Rich          *bool     `json:"includeResourceData"`
	ContentType   *string   `json:"notificationContentType"`

	tenant    *Tenant
	key       string // what it watches; see watched
	paused    bool   // reauthorization is asked for and not given
	immutable bool   // ids are told in their immutable form
}

func (sub *subscription) onEvents() bool { return strings.HasSuffix(sub.key, "/events") }

func subscriptionRoutes() []route {
	return []route{
		get("subscriptions", 1, (*call).listSubscriptions),
		post("subscriptions", 1, (*call).subscribe),
		get("subscriptions/{}", 1, (*call).getSubscription),
		on(http.MethodPatch, "subscriptions/{}", 1, (*call).renew),
		on(http.MethodDelete, "subscriptions/{}", 1, (*call).unsubscribe),
		post("subscriptions/{}/reauthorize", 1, (*call).reauthorize),
	}
}

func (c *call) invalid(message string) response {
	return c.fail(http.StatusBadRequest, "InvalidRequest", message)
}

// subscribe answers POST /subscriptions: the handshake is over before it does.
func (c *call) subscribe() response {
	var sub subscription
	if err := json.Unmarshal(c.body, &sub); err != nil {
		return c.invalid("The subscription is not valid JSON or a date in it is none.")
	}
	if failed := c.checkSubscription(&sub); failed != nil {
		return *failed
	}
	sub.ID, sub.ApplicationID, sub.CreatorID, sub.tenant = requestID(), c.claims.AppID, c.claims.Object, c.t
	sub.immutable = strings.EqualFold(c.preference("IdType"), "ImmutableId")
	if sub.TLS == "" {
		sub.TLS = "v1_2"
	}
	if failed := c.checkQuota(&sub); failed != nil {
		return *failed
	}
	addresses := []string{sub.URL}
	if sub.LifecycleURL != nil {
		addresses = append(addresses, *sub.LifecycleURL)
	}
	for _, address := range addresses {
		if err := c.s.handshake(address); err != nil {
			return c.fail(http.StatusBadRequest, "ValidationError", "Subscription validation request failed: "+err.Error()+".")
		}
	}
	c.s.mu.Lock()
	c.s.subs[sub.ID] = &sub
	c.s.watch[sub.key] = append(c.s.watch[sub.key], &sub)
	c.s.mu.Unlock()
	answer := c.json("subscriptions", sub)
	answer.status = http.StatusCreated
	return answer
}

// checkSubscription judges what the caller wrote.
func (c *call) checkSubscription(sub *subscription) *response {
	refuse := func(r response) *response { return &r }
	if failed := c.watched(sub); failed != nil {
		return failed
	}
	for kind := range strings.SplitSeq(sub.ChangeType, ",") {
		kind = strings.TrimSpace(kind)
		if kind != "updated" && kind != "deleted" && !(kind == "created" && sub.onEvents()) {
			return refuse(c.invalid("changeType '" + clip(kind) + "' is not supported for this resource."))
		}
	}
	switch {
	case sub.ClientState != nil && len([]rune(*sub.ClientState)) > clientStateMax:
		return refuse(c.invalid("clientState is longer than 128 characters."))
	case sub.Rich != nil && *sub.Rich:
		return refuse(c.invalid("includeResourceData is not supported for this resource."))
	case !deliverable(sub.URL) || sub.LifecycleURL != nil && !deliverable(*sub.LifecycleURL):
		return refuse(c.invalid("The notificationUrl is not valid: it must be an https address."))
	case sub.Expires.IsZero():
		return refuse(c.invalid("expirationDateTime is required."))
	}
	return c.checkExpiry(&sub.Expires, sub)
}

// watched reads the resource of a subscription into its key: the tenant's id,
// and /users, /groups, one of these, or /users/{id}/events. The caller must be
// allowed to read it.
func (c *call) watched(sub *subscription) *response {
	refuse := func(r response) *response { return &r }
	parts := splitPath(sub.Resource)
	set := strings.ToLower(parts[0])
	if n := len(parts); set == "users" && n >= 3 && strings.EqualFold(parts[n-1], "events") {
		return c.watchedMailbox(sub, parts)
	}
	roles := map[string][]string{
		"users":  {"User.Read.All", "Directory.Read.All"},
		"groups": {"Group.Read.All", "GroupMember.Read.All", "Directory.Read.All"},
	}[set]
	switch {
	case roles == nil, len(parts) > 2 && set == "users", len(parts) > 3:
		return refuse(c.invalid("Resource '" + clip(sub.Resource) + "' is not supported."))
	case !c.may(roles):
		return refuse(c.fail(http.StatusForbidden, "Forbidden", "Operation: Create; Exception: [Status Code: Forbidden; Reason: Insufficient privileges.]"))
	}
	sub.key = c.t.ID + "/" + set
	if len(parts) > 1 { // /members and /owners after it are told like the rest
		sub.key += "/" + strings.ToLower(parts[1])
	}
	return nil
}

// watchedMailbox is watched for events, of /users/{id}/events and
// /users/{id}/calendar/events.
func (c *call) watchedMailbox(sub *subscription, parts []string) *response {
	refuse := func(status int, code, reason string) *response {
		r := c.fail(status, code, "Operation: Create; Exception: [Status Code: "+strings.ReplaceAll(http.StatusText(status), " ", "")+"; Reason: "+reason+"]")
		return &r
	}
	p, err := c.t.livePerson(parts[1])
	if err != nil {
		return refuse(http.StatusNotFound, "ResourceNotFound", "The requested user is invalid.")
	}
	c.person = p
	if denied := c.mailboxDenied(eventReads); denied != nil {
		return refuse(http.StatusForbidden, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
	}
	if m := c.t.mailbox(&p); m.State != Live {
		return refuse(http.StatusNotFound, "MailboxNotEnabledForRESTAPI", "The mailbox is either inactive, soft-deleted, or is hosted on-premise.")
	}
	sub.key = c.t.ID + "/users/" + p.ID + "/events"
	return nil
}

// checkExpiry refuses what is past or too far ahead and lengthens what is too
// short.
func (c *call) checkExpiry(at *time.Time, sub *subscription) *response {
	longest := directoryMax
	if sub.onEvents() {
		longest = eventsMaxLife
	}
	switch {
	case !at.After(c.now):
		r := c.invalid("Subscription expiration must be in the future.")
		return &r
	case at.Sub(c.now) > longest:
		r := c.invalid(fmt.Sprintf("Subscription expiration can only be %d minutes in the future.", int(longest.Minutes())))
		return &r
	case at.Sub(c.now) < subscriptionMin:
		*at = c.now.Add(subscriptionMin)
	}
	*at = at.UTC()
	return nil
}

// deliverable says whether notifications may go to an address: https, or http
// on this machine.
func deliverable(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http" && loopback(u.Hostname()))
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// checkQuota refuses a subscription that exists already, or one too many.
func (c *call) checkQuota(sub *subscription) *response {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	for _, other := range slices.Clone(c.s.watch[sub.key]) {
		switch {
		case !other.Expires.After(c.now):
			c.s.forget(other)
		case other.ApplicationID == sub.ApplicationID && sameResource(other.Resource, sub.Resource) && other.ChangeType == sub.ChangeType:
			r := c.fail(http.StatusConflict, "ExtensionError", "Subscription Id "+other.ID+" already exists for the requested combination")
			return &r
		}
	}
	if sub.onEvents() {
		if len(c.s.watch[sub.key]) >= mailboxQuota {
			r := c.fail(http.StatusForbidden, "Forbidden", fmt.Sprintf("The limit of %d subscriptions on the mailbox is reached.", mailboxQuota))
			return &r
		}
		return nil
	}
	mine := 0
	for _, other := range c.s.subs {
		if other.tenant == c.t && other.ApplicationID == sub.ApplicationID && !other.onEvents() && other.Expires.After(c.now) {
			mine++
		}
	}
	if mine >= subscriptionQuota {
		r := c.fail(http.StatusForbidden, "Forbidden", fmt.Sprintf("The limit of %d subscriptions for the app in this tenant is reached.", subscriptionQuota))
		return &r
	}
	return nil
}

func sameResource(a, b string) bool {
	return strings.EqualFold(strings.Trim(a, "/"), strings.Trim(b, "/"))
}

// forget ends a subscription. s.mu is held.
func (s *Server) forget(sub *subscription) {
	delete(s.subs, sub.ID)
	left := slices.DeleteFunc(s.watch[sub.key], func(other *subscription) bool { return other == sub })
	if s.watch[sub.key] = left; len(left) == 0 {
		delete(s.watch, sub.key)
	}
}

// own is a copy of one of the caller's subscriptions.
func (c *call) own() (subscription, bool) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	sub := c.s.subs[c.args[0]]
	if sub == nil || sub.tenant != c.t || sub.ApplicationID != c.claims.AppID || !sub.Expires.After(c.now) {
		return subscription{}, false
	}
	return *sub, true
}

func (c *call) noSubscription() response {
	return c.fail(http.StatusNotFound, "ResourceNotFound", "The object was not found.")
}

func (c *call) listSubscriptions() response {
	c.s.mu.Lock()
	subs := []subscription{}
	for _, sub := range c.s.subs {
		if sub.tenant == c.t && sub.ApplicationID == c.claims.AppID && sub.Expires.After(c.now) {
			subs = append(subs, *sub)
		}
	}
	c.s.mu.Unlock()
	slices.SortFunc(subs, func(a, b subscription) int { return strings.Compare(a.ID, b.ID) })
	return c.json("subscriptions", subs)
}

func (c *call) getSubscription() response {
	sub, found := c.own()
	if !found {
		return c.noSubscription()
	}
	return c.json("subscriptions", sub)
}

// renew answers PATCH: a new expiry also reauthorizes.
func (c *call) renew() response {
	sub, found := c.own()
	if !found {
		return c.noSubscription()
	}
	var change struct {
		Expires   *time.Time `json:"expirationDateTime"`
		URL       *string    `json:"notificationUrl"`
		Lifecycle *string    `json:"lifecycleNotificationUrl"`
	}
	switch err := json.Unmarshal(c.body, &change); {
	case err != nil:
		return c.invalid("The subscription is not valid JSON or a date in it is none.")
	case change.Lifecycle != nil:
		return c.invalid("lifecycleNotificationUrl can't be changed.")
	}
	if change.Expires != nil {
		if failed := c.checkExpiry(change.Expires, &sub); failed != nil {
			return *failed
		}
		sub.Expires, sub.paused = *change.Expires, false
	}
	if change.URL != nil {
		if !deliverable(*change.URL) {
			return c.invalid("The notificationUrl is not valid: it must be an https address.")
		}
		if err := c.s.handshake(*change.URL); err != nil {
			return c.fail(http.StatusBadRequest, "ValidationError", "Subscription validation request failed: "+err.Error()+".")
		}
		sub.URL = *change.URL
	}
	c.s.mu.Lock()
	if kept := c.s.subs[sub.ID]; kept != nil {
		*kept = sub
	}
	c.s.mu.Unlock()
	return c.json("subscriptions", sub)
}

func (c *call) unsubscribe() response {
	sub, found := c.own()
	if !found {
		return c.noSubscription()
	}
	c.s.mu.Lock()
	if kept := c.s.subs[sub.ID]; kept != nil {
		c.s.forget(kept)
	}
	c.s.mu.Unlock()
	return response{status: http.StatusNoContent}
}

func (c *call) reauthorize() response {
	sub, found := c.own()
	if !found {
		return c.noSubscription()
	}
	c.s.mu.Lock()
	if kept := c.s.subs[sub.ID]; kept != nil {
		kept.paused = false
	}
	c.s.mu.Unlock()
	return response{status: http.StatusNoContent}
}
