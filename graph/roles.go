package graph

import (
	"context"
	"encoding/base64"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/go-json-experiment/json"
)

// Grant is what an access token says. Microsoft keeps the right to change
// tokens, so it is for diagnostics: only a call proves a permission.
type Grant struct {
	Readable bool // false when the token isn't a JWT: then nothing here is known
	Tenant   string
	ClientID string
	Roles    []string // application permissions, "User.Read.All"; none where nothing was consented to
	Expires  time.Time
}

// Roles signs in, if need be, and reads the token.
func (c *Client) Roles(ctx context.Context) (Grant, error) {
	token, err := c.tokens.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{c.cloud.scope()}, EnableCAE: true})
	if err != nil {
		return Grant{}, err
	}
	g := readToken(token.Token)
	g.Expires = token.ExpiresOn
	return g, nil
}

func readToken(token string) Grant {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return Grant{}
	}
	claims, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return Grant{}
	}
	var doc struct {
		Tenant string   `json:"tid"`
		V1     string   `json:"appid"`
		V2     string   `json:"azp"`
		Roles  []string `json:"roles"`
	}
	if json.Unmarshal(claims, &doc, lenient) != nil {
		return Grant{}
	}
	client := doc.V2
	if client == "" {
		client = doc.V1
	}
	return Grant{Readable: true, Tenant: doc.Tenant, ClientID: client, Roles: doc.Roles}
}
