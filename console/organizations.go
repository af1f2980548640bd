package console

import (
	"errors"

	"github.com/telefonist/telefonist/desk"
	"github.com/telefonist/telefonist/organization"
)

// organizationsView is every customer the actor may enter, the worst first.
type organizationsView struct {
	All []desk.OrganizationState
	// Tenants wait for an operator.
	Tenants []desk.TenantWaiting
	New     desk.NewOrganization
	Said    wrongs
}

func showOrganizations(p *page) error { return p.organizationsWith(organizationsView{}, p.ok) }

func (p *page) organizationsWith(v organizationsView, show shower) error {
	if err := p.openPlaces(); err != nil {
		return err
	}
	var err error
	if v.All, err = p.c.Desk.As(p.actor).Organizations(p.ctx(), p.form("q")); err != nil {
		return err
	}
	if p.operator() {
		if v.Tenants, err = p.c.Desk.As(p.actor).TenantsWaiting(p.ctx()); err != nil {
			return err
		}
	}
	return show(p.organizationsPage(v))
}

func addOrganization(p *page) error {
	s := organization.DefaultSettings()
	s.Language = p.tag
	n := desk.NewOrganization{Name: p.form("name"), Number: p.form("number"), Settings: &s}
	o, err := p.c.Desk.As(p.actor).AddOrganization(p.ctx(), n)
	said, ok := p.refused(err)
	if errors.Is(err, desk.ErrConflict) {
		said, ok = wrongs{"number": p.T("invalid.taken")}, true
	}
	if ok {
		return p.organizationsWith(organizationsView{New: n, Said: said}, p.again)
	}
	return p.afterAt(err, "/o/"+string(o.ID)+"/", "organizations.added", "name", o.Name)
}

// health is how a customer stands, worst first.
func (p *page) health(o desk.OrganizationState) (tone, string, string) {
	switch {
	case o.Failing > 0:
		return bad, "circle-x", p.T("organizations.failing", "n", o.Failing)
	case o.Held > 0:
		return warn, "hand-stop", p.T("organizations.held", "n", o.Held)
	case o.Waiting > 0:
		return warn, "hourglass", p.T("organizations.waiting", "n", o.Waiting)
	case o.Expiring > 0:
		return warn, "clock", p.T("organizations.expiring", "n", o.Expiring)
	case o.Left > 0:
		return active, "user-minus", p.T("organizations.left", "n", o.Left)
	case o.Sources == 0:
		return neutral, "circle-dashed", p.T("organizations.unconnected")
	case o.Replicators == 0:
		return neutral, "circle-dashed", p.T("organizations.notSyncing")
	}
	return good, "circle-check", p.T("organizations.fine")
}
