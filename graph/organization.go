package graph

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// Organization is the tenant as it calls itself.
type Organization struct {
	ID      string   `json:"id"`
	Name    string   `json:"displayName"`
	Country string   `json:"countryLetterCode"` // ISO 3166, "SE"
	Domains []Domain `json:"verifiedDomains"`
}

// Domain is one of a tenant's verified domains.
type Domain struct {
	Name    string `json:"name"`
	Default bool   `json:"isDefault"` // new users get addresses in it
	Initial bool   `json:"isInitial"` // its first, under onmicrosoft.com
}

// Organization reads the tenant's name and domains. Needs User.Read.All or
// Organization.Read.All.
func (c *Client) Organization(ctx context.Context) (Organization, error) {
	const step = "organization"
	l := list[Organization]{step: step, item: func(d *decoder, o *Organization) error {
		return json.UnmarshalDecode(d.dec, o, lenient)
	}}
	page, _, err := readPage(ctx, c, l, c.address("/organization", "$select", "id,displayName,countryLetterCode,verifiedDomains"), 1)
	if err != nil {
		return Organization{}, err
	}
	if len(page.Items) == 0 {
		return Organization{}, &Error{Step: step, Status: 200, Err: fmt.Errorf("%w: no organization", ErrIncomplete)}
	}
	return page.Items[0], nil
}

// Application is an app registration with what it can sign in by.
type Application struct {
	ID           string // object id
	ClientID     string
	Name         string
	Secrets      []Expiry
	Certificates []Expiry
}

// Expiry is a secret or certificate of an app registration.
type Expiry struct {
	KeyID string
	Name  string
	Hint  string // a secret's first three characters
	Start time.Time
	End   time.Time // zero where Microsoft's date can't be read
}

// Application reads an app registration and when its secrets and certificates
// end. Needs Application.Read.All, and lives only in the tenant where it was
// registered: elsewhere it is an [*Error] with NotFound.
func (c *Client) Application(ctx context.Context, clientID string) (Application, error) {
	key := strings.ReplaceAll(clientID, "'", "''")
	address := c.address("/applications(appId='"+url.PathEscape(key)+"')",
		"$select", "id,appId,displayName,passwordCredentials,keyCredentials")
	var a Application
	err := c.read(ctx, call{step: "application", url: address}, func(d *decoder) (err error) {
		a, err = decodeApplication(d)
		return err
	})
	return a, err
}

func decodeApplication(d *decoder) (Application, error) {
	type credential struct {
		KeyID string `json:"keyId"`
		Name  string `json:"displayName"`
		Hint  string `json:"hint"`
		Start string `json:"startDateTime"`
		End   string `json:"endDateTime"`
	}
	var doc struct {
		ID           string       `json:"id"`
		ClientID     string       `json:"appId"`
		Name         string       `json:"displayName"`
		Secrets      []credential `json:"passwordCredentials"`
		Certificates []credential `json:"keyCredentials"`
	}
	if err := json.UnmarshalDecode(d.dec, &doc, lenient); err != nil {
		return Application{}, err
	}
	expiries := func(list []credential) (out []Expiry) {
		for _, x := range list {
			out = append(out, Expiry{x.KeyID, x.Name, x.Hint, parseTime(x.Start), parseTime(x.End)})
		}
		return out
	}
	return Application{doc.ID, doc.ClientID, doc.Name, expiries(doc.Secrets), expiries(doc.Certificates)}, nil
}

// parseTime reads Microsoft's dates; what isn't one ("NA") is the zero time.
func parseTime(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}
	}
	return t
}
