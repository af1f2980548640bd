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

// Limits of subscriptions on users and groups, of
// https://learn.microsoft.com/graph/change-notifications-overview.
const (
	subscriptionMin   = 45 * time.Minute    // less becomes this
	subscriptionMax   = 41760 * time.Minute // more is refused
	subscriptionQuota = 100                 // per app and tenant
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

	tenant *Tenant
	paused bool // reauthorization is asked for and not given
}

func subscriptionRoutes() []route {
	return []route{
		get("subscriptions", 1, (*call).listSubscriptions),
		post("subscriptions", 1, (*call).subscribe),
		get("subscriptions/{}", 1, (*call).getSubscription),
		{http.MethodPatch, []string{"subscriptions", "{}"}, nil, 1, (*call).renew},
		{http.MethodDelete, []string{"subscriptions", "{}"}, nil, 1, (*call).unsubscribe},
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
	c.s.mu.Unlock()
	answer := c.json("subscriptions", sub)
	answer.status = http.StatusCreated
	return answer
}

// checkSubscription judges what the caller wrote.
func (c *call) checkSubscription(sub *subscription) *response {
	refuse := func(r response) *response { return &r }
	kinds := strings.Split(sub.ChangeType, ",")
	for _, kind := range kinds {
		if kind = strings.TrimSpace(kind); kind != "updated" && kind != "deleted" {
			return refuse(c.invalid("changeType '" + clip(kind) + "' is not supported for this resource."))
		}
	}
	set := strings.ToLower(strings.Split(strings.Trim(sub.Resource, "/"), "/")[0])
	roles := map[string][]string{
		"users":  {"User.Read.All", "Directory.Read.All"},
		"groups": {"Group.Read.All", "GroupMember.Read.All", "Directory.Read.All"},
	}[set]
	switch {
	case roles == nil:
		return refuse(c.invalid("Resource '" + clip(sub.Resource) + "' is not supported."))
	case !c.may(roles):
		return refuse(c.fail(http.StatusForbidden, "Forbidden", "Operation: Create; Exception: [Status Code: Forbidden; Reason: Insufficient privileges.]"))
	case sub.ClientState != nil && len([]rune(*sub.ClientState)) > clientStateMax:
		return refuse(c.invalid("clientState is longer than 128 characters."))
	case sub.Rich != nil && *sub.Rich:
		return refuse(c.invalid("includeResourceData is not supported for this resource."))
	case !deliverable(sub.URL) || sub.LifecycleURL != nil && !deliverable(*sub.LifecycleURL):
		return refuse(c.invalid("The notificationUrl is not valid: it must be an https address."))
	case sub.Expires.IsZero():
		return refuse(c.invalid("expirationDateTime is required."))
	}
	return c.checkExpiry(&sub.Expires)
}

// checkExpiry refuses what is past or too far ahead and lengthens what is too
// short.
func (c *call) checkExpiry(at *time.Time) *response {
	switch {
	case !at.After(c.now):
		r := c.invalid("Subscription expiration must be in the future.")
		return &r
	case at.Sub(c.now) > subscriptionMax:
		r := c.invalid(fmt.Sprintf("Subscription expiration can only be %d minutes in the future.", int(subscriptionMax.Minutes())))
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
	mine := 0
	for id, other := range c.s.subs {
		switch {
		case !other.Expires.After(c.now):
			delete(c.s.subs, id)
		case other.tenant != c.t || other.ApplicationID != sub.ApplicationID:
		case sameResource(other.Resource, sub.Resource) && other.ChangeType == sub.ChangeType:
			r := c.fail(http.StatusConflict, "ExtensionError", "Subscription Id "+id+" already exists for the requested combination")
			return &r
		default:
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
		if failed := c.checkExpiry(change.Expires); failed != nil {
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
	c.s.subs[sub.ID] = &sub
	c.s.mu.Unlock()
	return c.json("subscriptions", sub)
}

func (c *call) unsubscribe() response {
	sub, found := c.own()
	if !found {
		return c.noSubscription()
	}
	c.s.mu.Lock()
	delete(c.s.subs, sub.ID)
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
