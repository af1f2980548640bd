package desk

import (
	"context"
	"errors"
	"strings"

	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/store"
)

// Customer is an organization with the generation of its settings.
type Customer struct {
	organization.Organization
	Generation int64
}

// NewOrganization is what an operator types for a customer.
type NewOrganization struct {
	Number   string // his own customer number, "" for none
	Name     string
	Settings *organization.Settings // nil: the defaults; its Template is what new replicators start with
}

func (n *NewOrganization) check() error {
	var bad faults
	n.Name = bad.name("name", n.Name)
	n.Number = strings.TrimSpace(n.Number)
	bad.number(n.Number)
	if n.Settings == nil {
		s := organization.DefaultSettings()
		n.Settings = &s
	}
	if n.Settings.Calendar.Zone == "" { // whoever says nothing of calendars
		n.Settings.Calendar = organization.DefaultCalendar()
	}
	bad.organizationSettings(*n.Settings)
	return bad.err()
}

// number checks a customer number: it stands in paths.
func (f *faults) number(s string) {
	f.text("number", s, 64)
	f.when(strings.ContainsAny(s, "/?#%\\ \t\n") || s == "." || s == "..", "number", "characters")
}

// AddOrganization makes a customer; [ErrConflict] where its number is taken.
func (c *Caller) AddOrganization(ctx context.Context, n NewOrganization) (Customer, error) {
	if err := c.may("AddOrganization"); err != nil {
		return Customer{}, err
	}
	if err := n.check(); err != nil {
		return Customer{}, err
	}
	return c.addOrganization(ctx, n)
}

func (c *Caller) addOrganization(ctx context.Context, n NewOrganization) (Customer, error) {
	o, err := c.desk.Store.AddOrganization(ctx, organization.Organization{Number: n.Number, Name: n.Name, Settings: *n.Settings})
	if err != nil {
		return Customer{}, answer(err, "add organization")
	}
	v := c.In(o.ID)
	if err := v.audit(ctx, "organization.add", string(o.ID), map[string]string{"name": o.Name, "number": o.Number}); err != nil {
		return Customer{}, err
	}
	if err := c.desk.auditOperator(ctx, c.actor, "organization.add", string(o.ID), map[string]string{"name": o.Name}); err != nil {
		return Customer{}, err
	}
	return Customer{o, 1}, nil
}

// PutOrganization makes the customer with this number what n says, whether it
// was there or not; doing it again changes nothing. Settings that are not given
// stay as they are, and so do those of calendars.
func (c *Caller) PutOrganization(ctx context.Context, number string, n NewOrganization) (customer Customer, created bool, err error) {
	if err := c.may("PutOrganization"); err != nil {
		return Customer{}, false, err
	}
	if strings.TrimSpace(number) == "" {
		return Customer{}, false, invalid("number", "required")
	}
	n.Number = number
	given := n.Settings != nil
	if err := n.check(); err != nil {
		return Customer{}, false, err
	}
	have, generation, err := c.desk.Store.OrganizationByNumber(ctx, n.Number)
	if errors.Is(err, store.ErrNotFound) {
		customer, err = c.addOrganization(ctx, n)
		return customer, true, err
	}
	if err != nil {
		return Customer{}, false, step("read organization", err)
	}
	want := have
	want.Name = n.Name
	if given {
		want.Settings = *n.Settings
		want.Settings.Calendar = have.Settings.Calendar
	}
	if same(have, want) {
		return Customer{have, generation}, false, nil
	}
	customer, err = c.In(have.ID).save(ctx, want, generation)
	return customer, false, err
}

// Organizations lists the customers the actor may enter, for an operator the
// ones that need him first.
func (c *Caller) Organizations(ctx context.Context, search string) ([]OrganizationState, error) {
	if err := c.may("Organizations"); err != nil {
		return nil, err
	}
	all, err := c.desk.Store.OrganizationStates(ctx, search, c.desk.Now().Add(expirySoon))
	if err != nil {
		return nil, step("list organizations", err)
	}
	if c.actor.Everywhere == "" {
		mine := all[:0]
		for _, o := range all {
			if c.actor.Roles[o.ID] != "" {
				mine = append(mine, o)
			}
		}
		all = mine
	}
	return all, nil
}

// Find is the id of the organization that ref names: its id or its number.
func (c *Caller) Find(ctx context.Context, ref string) (organization.ID, error) {
	if err := c.may("Find"); err != nil {
		return "", err
	}
	o, _, err := c.desk.Store.In(organization.ID(ref)).Organization(ctx)
	if errors.Is(err, store.ErrNotFound) {
		o, _, err = c.desk.Store.OrganizationByNumber(ctx, ref)
	}
	if err != nil {
		return "", answer(err, "find organization")
	}
	if c.actor.Role(o.ID) == "" {
		return "", ErrNotFound
	}
	return o.ID, nil
}

// Organization is the customer that is visited.
func (v *Visit) Organization(ctx context.Context) (Customer, error) {
	if err := v.may(ctx, "Organization"); err != nil {
		return Customer{}, err
	}
	return v.organization(ctx)
}

func (v *Visit) organization(ctx context.Context) (Customer, error) {
	o, generation, err := v.store().Organization(ctx)
	return Customer{o, generation}, answer(err, "read organization")
}

// SaveOrganization renames the customer and changes its settings, but for those of
// its calendars ([Visit.SaveCalendarSettings]); generation is what
// [Visit.Organization] gave, else [ErrChanged].
func (v *Visit) SaveOrganization(ctx context.Context, name string, s organization.Settings, generation int64) (Customer, error) {
	if err := v.may(ctx, "SaveOrganization"); err != nil {
		return Customer{}, err
	}
	have, err := v.organization(ctx)
	if err != nil {
		return Customer{}, err
	}
	s.Calendar = have.Settings.Calendar
	var bad faults
	name = bad.name("name", name)
	bad.organizationSettings(s)
	if err := bad.err(); err != nil {
		return Customer{}, err
	}
	want := have.Organization
	want.Name, want.Settings = name, s
	return v.save(ctx, want, generation)
}

func (v *Visit) save(ctx context.Context, o organization.Organization, generation int64) (Customer, error) {
	err := v.write(ctx, "organization.save", string(o.ID), map[string]string{"name": o.Name}, func(s store.Org) error {
		return s.SetOrganization(ctx, o, generation)
	})
	return Customer{o, generation + 1}, err
}

// DeleteOrganization erases everything of the customer: people, subscribers,
// rounds, secrets, its audit log. typed must be its name.
func (v *Visit) DeleteOrganization(ctx context.Context, typed string) error {
	if err := v.may(ctx, "DeleteOrganization"); err != nil {
		return err
	}
	o, err := v.organization(ctx)
	if err != nil {
		return err
	}
	if strings.TrimSpace(typed) != o.Name {
		return invalid("name", "confirm")
	}
	if err := v.desk.Store.DeleteOrganization(ctx, v.org); err != nil {
		return answer(err, "delete organization")
	}
	return v.desk.auditOperator(ctx, v.actor, "organization.delete", string(v.org), nil)
}
