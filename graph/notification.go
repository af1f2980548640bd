package graph

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// Notification tells that something changed, or (Lifecycle) what became of a
// subscription. It says who is due, never what the change was. Whoever knows
// the address can send one, so ClientState must be compared first.
type Notification struct {
	ID             string
	SubscriptionID string
	ClientState    string
	ChangeType     string    // "created", "updated", "deleted"; values unknown today pass
	Lifecycle      string    // "reauthorizationRequired", "subscriptionRemoved", "missed", or "" for a change
	Resource       string    // "users/{id}"
	Tenant         string    // tenant id
	Expires        time.Time // of the subscription; zero where Microsoft's date can't be read
	Type           string    // of what changed, "user", in lower case
	ObjectID       string    // of what changed
	Encrypted      bool      // has content that this package doesn't read
}

// Validation says that it only tries whether an Event Hub can be reached.
func (n *Notification) Validation() bool { return strings.HasPrefix(n.ChangeType, "Validation:") }

// Notifications is one delivery; its items may be of several subscriptions and
// tenants.
type Notifications struct {
	Items            []Notification
	ValidationTokens []string // JWTs, only with encrypted content
}

// maxDelivery bounds a delivery; Microsoft's are a few kB.
const maxDelivery = 4 << 20

// ParseNotifications reads the body of a delivery: {"value": [...]}, or one
// notification by itself.
func ParseNotifications(r io.Reader) (Notifications, error) {
	var doc struct {
		Value            []notification `json:"value"`
		ValidationTokens []string       `json:"validationTokens"`
		notification
	}
	body, err := io.ReadAll(io.LimitReader(r, maxDelivery+1))
	if err != nil {
		return Notifications{}, fmt.Errorf("graph: read notifications: %w", err)
	}
	if len(body) > maxDelivery {
		return Notifications{}, errors.New("graph: read notifications: too large")
	}
	if err := json.Unmarshal(body, &doc, lenient); err != nil {
		return Notifications{}, errors.New("graph: read notifications: not a delivery of Microsoft's")
	}
	if doc.Value == nil && doc.SubscriptionID != "" {
		doc.Value = []notification{doc.notification}
	}
	out := Notifications{ValidationTokens: doc.ValidationTokens}
	for i := range doc.Value {
		out.Items = append(out.Items, doc.Value[i].item())
	}
	return out, nil
}

// notification is one as it is sent. Its date is a string, because Event Hubs
// are sent "NA".
type notification struct {
	ID             string `json:"id"`
	SubscriptionID string `json:"subscriptionId"`
	ClientState    string `json:"clientState"`
	ChangeType     string `json:"changeType"`
	Lifecycle      string `json:"lifecycleEvent"`
	Resource       string `json:"resource"`
	Tenant         string `json:"tenantId"`
	Organization   string `json:"organizationId"`
	Expires        string `json:"subscriptionExpirationDateTime"`
	Data           struct {
		Type string `json:"@odata.type"`
		ID   string `json:"id"`
	} `json:"resourceData"`
	Content *struct {
		KeyID string `json:"encryptionCertificateId"`
	} `json:"encryptedContent"`
}

func (n *notification) item() Notification {
	tenant := n.Tenant
	if tenant == "" {
		tenant = n.Organization
	}
	return Notification{
		ID: n.ID, SubscriptionID: n.SubscriptionID, ClientState: n.ClientState, ChangeType: n.ChangeType,
		Lifecycle: n.Lifecycle, Resource: n.Resource, Tenant: tenant, Expires: parseTime(n.Expires),
		Type:     strings.TrimPrefix(strings.ToLower(n.Data.Type), "#microsoft.graph."),
		ObjectID: n.Data.ID, Encrypted: n.Content != nil,
	}
}
