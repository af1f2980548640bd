package client

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// TenantWaiting is a tenant that an operator has to approve for a customer: it is
// connected by another already, or consented before anybody asked.
type TenantWaiting struct {
	ID           string    `json:"id"`
	Organization string    `json:"organization"`
	Customer     string    `json:"customer"`
	By           string    `json:"by"`
	Tenant       string    `json:"tenant"`
	Name         string    `json:"name,omitempty"`
	Domain       string    `json:"domain,omitempty"`
	People       int       `json:"people"`
	Others       []string  `json:"others,omitempty"` // customers that have it already
	Expires      time.Time `json:"expires"`
}

// Approval is an operator's answer.
type Approval struct {
	Yes bool `json:"yes"`
}

// Approved is what came of it.
type Approved struct {
	Source string `json:"source,omitempty"` // the connection, where the answer was yes
	Check  *Check `json:"check,omitempty"`
}

// TenantsWaiting lists the tenants that wait for an operator.
func (c *Client) TenantsWaiting(ctx context.Context) ([]TenantWaiting, error) {
	return list[TenantWaiting](ctx, c, "/tenants", nil)
}

// ApproveTenant answers for a tenant that waits: yes connects it, no forgets it.
func (o *Organization) ApproveTenant(ctx context.Context, id string, yes bool) (Approved, error) {
	return send[Approved](ctx, o.c, http.MethodPost, o.path+"/tenants/"+url.PathEscape(id), Approval{yes})
}
