package api

import (
	"context"

	"github.com/telefonist/telefonist/client"
	"github.com/telefonist/telefonist/desk"
)

type approving struct {
	OneThing
	Body client.Approval
}

// tenants are those that wait for an operator; the sign-in that brought them here
// takes a browser and is the console's.
var tenants = []route{
	globally("GET", "/tenants", "TenantsWaiting", "List the tenants that wait for an operator",
		func(ctx context.Context, c *desk.Caller, _ *nothing) (client.List[client.TenantWaiting], error) {
			all, err := c.TenantsWaiting(ctx)
			return listed(all, err, func(w desk.TenantWaiting) client.TenantWaiting {
				return client.TenantWaiting{
					ID: w.ID, Organization: string(w.Organization), Customer: w.Customer, By: w.By, Tenant: w.Tenant.ID,
					Name: w.Tenant.Name, Domain: w.Tenant.Domain, People: w.Tenant.People, Others: w.Others, Expires: w.Expires,
				}
			})
		}),
	inside("POST", "/tenants/{id}", "ApproveTenant", "Answer for a tenant that waits: yes connects it, no forgets it",
		func(ctx context.Context, v *desk.Visit, in *approving) (client.Approved, error) {
			done, err := v.ApproveTenant(ctx, in.ID, in.Body.Yes)
			if err != nil || done.Source == "" {
				return client.Approved{}, err
			}
			check := checked(done.Check, callOf(ctx).printer)
			return client.Approved{Source: done.Source, Check: &check}, nil
		}),
}
