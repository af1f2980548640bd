package desk

import (
	"context"
	"slices"
	"time"

	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/store"
)

// Confirmed is what came of saying that a tenant is the right one.
type Confirmed struct {
	Waits  bool   // an operator has to approve it
	Source string // the connection, "" while it waits and where it was not the right one
	Check  CheckResult
}

// ConfirmTenant takes the answer to whether the tenant is the right one. Yes makes
// the connection and uses the link up, unless another organization has the tenant
// already, or the application could read it before anybody consented here: then an
// operator has to approve it.
func (v *Visit) ConfirmTenant(ctx context.Context, state, session string, yes bool) (Confirmed, error) {
	if err := v.may(ctx, "ConfirmTenant"); err != nil {
		return Confirmed{}, err
	}
	c, in, err := v.begun(ctx, state, session, AtConfirm)
	switch {
	case err != nil:
		return Confirmed{}, err
	case !yes:
		return Confirmed{}, v.giveUp(ctx, c, nil)
	case in.Found == nil:
		return Confirmed{}, ErrConflict
	}
	own, others, err := v.desk.ownersOf(ctx, v.org, c.Tenant)
	if err != nil {
		return Confirmed{}, err
	}
	if len(others) == 0 && (own || !in.Before) {
		return v.connectTenant(ctx, c, *in.Found)
	}
	was := c.Step
	c.Step, c.Expires = AtOperator, v.desk.Now().Add(approvalLasts)
	err = v.write(ctx, "tenant.wait", c.Tenant, nil, func(o store.Org) error {
		if err := o.AdvanceConsent(ctx, c, was); err != nil {
			return err
		}
		return useLink(ctx, o, c, c.Source)
	})
	return Confirmed{Waits: true}, err
}

// useLink uses the link up that a sign-in came by, if any.
func useLink(ctx context.Context, o store.Org, c store.Consent, source string) error {
	if c.Link == "" {
		return nil
	}
	return o.UseConnectLink(ctx, c.Link, source)
}

// ownersOf finds which organizations have a tenant already.
func (d *Desk) ownersOf(ctx context.Context, org organization.ID, tenant string) (own bool, others []organization.ID, err error) {
	sources, err := d.Store.SourcesOfTenant(ctx, tenant)
	for _, s := range sources {
		if s.Organization == org {
			own = true
		} else if !slices.Contains(others, s.Organization) {
			others = append(others, s.Organization)
		}
	}
	return own, others, step("find tenant", err)
}

// connectTenant makes the source of a tenant that has been confirmed, in one
// transaction with all that may happen once only, and tries it.
func (v *Visit) connectTenant(ctx context.Context, c store.Consent, t Tenant) (Confirmed, error) {
	s := organization.Source{ID: store.NewID(), Name: connectedName, Kind: t.Kind, Settings: t.Settings}
	if err := v.checkSource(&NewSource{Name: s.Name, Kind: s.Kind, Settings: s.Settings}); err != nil {
		return Confirmed{}, err
	}
	have, replaces, err := v.replaced(ctx, c)
	if err != nil {
		return Confirmed{}, err
	}
	if replaces {
		s.ID, s.Name = have.ID, have.Name
	}
	was := c.Step
	c.Step, c.Source = atDone, s.ID
	detail := map[string]string{"tenant": c.Tenant, "domain": t.Domain, "source": s.ID}
	err = v.write(ctx, "tenant.connect", s.ID, detail, func(o store.Org) error {
		if err := o.AdvanceConsent(ctx, c, was); err != nil {
			return err
		}
		if was == AtConfirm {
			if err := useLink(ctx, o, c, s.ID); err != nil {
				return err
			}
		}
		if err := putSource(ctx, o, s, have, replaces); err != nil {
			return err
		}
		return o.SetTenant(ctx, s.ID, c.Tenant)
	})
	if err != nil {
		return Confirmed{}, err
	}
	check, err := v.check(ctx, s.ID)
	return Confirmed{Source: s.ID, Check: check}, err
}

// replaced is the source that a link is for, where it is of the same tenant or of
// none yet; of another one it stays as it is, and one more is made.
func (v *Visit) replaced(ctx context.Context, c store.Consent) (SourceState, bool, error) {
	if c.Source == "" {
		return SourceState{}, false, nil
	}
	have, err := v.source(ctx, c.Source)
	return have, have.Tenant == "" || have.Tenant == c.Tenant, err
}

// putSource writes the source; credentials of its own make way for the operator's
// application.
func putSource(ctx context.Context, o store.Org, s organization.Source, have SourceState, replaces bool) error {
	if !replaces {
		_, err := o.AddSource(ctx, s)
		return err
	}
	if err := o.UpdateSource(ctx, s, have.Generation); err != nil {
		return err
	}
	for _, credential := range have.Credentials {
		if err := o.DeleteCredential(ctx, s.ID, credential.ID); err != nil {
			return err
		}
	}
	return nil
}

// TenantWaiting is a tenant that an operator has to approve for a customer.
type TenantWaiting struct {
	ID           string
	Organization organization.ID
	Customer     string
	By           string // who signed in
	Tenant       Tenant
	// Others are the customers that have the tenant already; where there are none,
	// it had consented to the application before.
	Others  []string
	Expires time.Time
}

// TenantsWaiting lists the tenants that wait for an operator, the oldest first.
func (c *Caller) TenantsWaiting(ctx context.Context) ([]TenantWaiting, error) {
	if err := c.may("TenantsWaiting"); err != nil {
		return nil, err
	}
	all, err := c.desk.Store.ConsentsAt(ctx, AtOperator)
	if err != nil {
		return nil, step("list tenants", err)
	}
	waiting := make([]TenantWaiting, len(all))
	for i, consent := range all {
		if waiting[i], err = c.In(consent.Organization).waiting(ctx, consent.Consent); err != nil {
			return nil, err
		}
	}
	return waiting, nil
}

func (v *Visit) waiting(ctx context.Context, c store.Consent) (TenantWaiting, error) {
	in, err := v.openSignIn(c)
	if err != nil {
		return TenantWaiting{}, err
	}
	o, err := v.organization(ctx)
	if err != nil {
		return TenantWaiting{}, err
	}
	w := TenantWaiting{ID: c.StateHash, Organization: v.org, Customer: o.Name, By: in.Name, Tenant: orZero(in.Found), Expires: c.Expires}
	_, others, err := v.desk.ownersOf(ctx, v.org, c.Tenant)
	for _, id := range others {
		other, _, err := v.desk.Store.In(id).Organization(ctx)
		if err != nil {
			return TenantWaiting{}, step("read organization", err)
		}
		w.Others = append(w.Others, other.Name)
	}
	return w, err
}

// ApproveTenant is an operator's answer for a tenant that waits: yes connects it,
// no forgets it.
func (v *Visit) ApproveTenant(ctx context.Context, id string, yes bool) (Confirmed, error) {
	if err := v.may(ctx, "ApproveTenant"); err != nil {
		return Confirmed{}, err
	}
	c, err := v.store().Consent(ctx, id)
	if err != nil {
		return Confirmed{}, answer(err, "read sign-in")
	}
	if c.Step != AtOperator || !c.Expires.After(v.desk.Now()) {
		return Confirmed{}, ErrNotFound
	}
	if !yes {
		return Confirmed{}, v.giveUp(ctx, c, nil)
	}
	in, err := v.openSignIn(c)
	if err != nil {
		return Confirmed{}, err
	}
	return v.connectTenant(ctx, c, orZero(in.Found))
}
