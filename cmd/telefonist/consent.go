package main

import (
	"context"
	"maps"
	"slices"

	"github.com/telefonist/telefonist/console"
	"github.com/telefonist/telefonist/desk"
	"github.com/telefonist/telefonist/drivers"
)

// consent is how tenants are connected by the operator's own applications, in the
// clouds where he has one.
func (p *Program) consent() (desk.MicrosoftSignIn, error) {
	at := map[string]*drivers.SignIn{}
	for name, c := range p.drivers.Clouds {
		if c.AppClient == "" {
			continue
		}
		s, err := p.drivers.SignIn(name, p.Settings.PublicURL+console.CallbackPath)
		if err != nil {
			return desk.MicrosoftSignIn{}, err
		}
		at[name] = s
	}
	return desk.MicrosoftSignIn{
		Clouds: slices.Sorted(maps.Keys(at)),
		URL: func(cloud, state, nonce, verifier string) string {
			return at[cloud].URL(state, nonce, verifier)
		},
		Tenant: func(ctx context.Context, cloud, code, nonce, verifier string) (string, error) {
			return at[cloud].Tenant(ctx, code, nonce, verifier)
		},
		ConsentURL: func(cloud, tenant, state string) string { return at[cloud].ConsentURL(tenant, state) },
		Connected: func(ctx context.Context, cloud, tenant string) (desk.Tenant, error) {
			c, err := p.drivers.Connected(ctx, cloud, tenant)
			return desk.Tenant{ID: c.Tenant, Name: c.Name, Domain: c.Domain, People: c.People, Kind: drivers.Entra, Settings: c.Settings}, err
		},
	}, nil
}
