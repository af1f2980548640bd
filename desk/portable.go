package desk

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"

	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/store"
)

// portable is a customer as it is carried from one server to another: everything
// that a person decided or made, and nothing that can be read again or is secret.
// Credentials, tokens, rounds and the mirror stay behind.
type portable struct {
	Version      int                       `json:"version"`
	Organization organization.Organization `json:"organization"`
	Users        []organization.User       `json:"users"`
	Sources      []organization.Source     `json:"sources"`
	Replicators  []organization.Replicator `json:"replicators"`
	Ignored      map[string][]string       `json:"ignored"` // by replicator
	Links        []store.Link              `json:"links"`
	Subscribers  []pbx.Subscriber          `json:"subscribers"`

	Calendars    []organization.Connection      `json:"calendars,omitempty"`
	Switchboards []organization.Switchboard     `json:"switchboards,omitempty"`
	Preferences  map[string]organization.Person `json:"preferences,omitempty"` // by person
}

const portableVersion = 1

// ExportOrganization writes the customer as JSON, without its secrets.
func (v *Visit) ExportOrganization(ctx context.Context, w io.Writer) error {
	if err := v.may(ctx, "ExportOrganization"); err != nil {
		return err
	}
	p, err := v.carry(ctx)
	if err != nil {
		return err
	}
	if err := v.audit(ctx, "organization.export", string(v.org), nil); err != nil {
		return err
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", " ")
	return step("write organization", enc.Encode(p))
}

func (v *Visit) carry(ctx context.Context) (p portable, err error) {
	o, err := v.organization(ctx)
	if err != nil {
		return p, err
	}
	p = portable{Version: portableVersion, Organization: o.Organization, Ignored: map[string][]string{}}
	if p.Users, err = v.store().Members(ctx); err != nil {
		return p, step("list users", err)
	}
	sources, err := v.store().Sources(ctx)
	if err != nil {
		return p, step("list sources", err)
	}
	for _, s := range sources {
		p.Sources = append(p.Sources, s.Source)
	}
	replicators, err := v.store().Replicators(ctx)
	if err != nil {
		return p, step("list replicators", err)
	}
	for _, r := range replicators {
		p.Replicators = append(p.Replicators, r.Replicator)
		ignored, err := v.store().IgnoredOf(ctx, r.ID)
		if err != nil {
			return p, step("list ignored", err)
		}
		for person := range ignored {
			p.Ignored[r.ID] = append(p.Ignored[r.ID], person)
		}
		slices.Sort(p.Ignored[r.ID])
	}
	for l, err := range v.store().Links(ctx, BuiltinRegister) {
		if err != nil {
			return p, step("list links", err)
		}
		p.Links = append(p.Links, l)
	}
	for s, err := range v.store().Subscribers(ctx) {
		if err != nil {
			return p, step("list subscribers", err)
		}
		p.Subscribers = append(p.Subscribers, s.Subscriber)
	}
	return p, v.carryCalendars(ctx, &p)
}

// carryCalendars adds what people decided about calendars.
func (v *Visit) carryCalendars(ctx context.Context, p *portable) error {
	connections, err := v.store().Connections(ctx)
	if err != nil {
		return step("list calendar connections", err)
	}
	for _, c := range connections {
		p.Calendars = append(p.Calendars, c.Connection)
	}
	boards, err := v.store().Switchboards(ctx)
	if err != nil {
		return step("list switchboards", err)
	}
	for _, b := range boards {
		p.Switchboards = append(p.Switchboards, b.Switchboard)
	}
	preferences, err := v.store().Preferences(ctx)
	if err != nil {
		return step("list preferences", err)
	}
	p.Preferences = map[string]organization.Person{}
	for _, one := range preferences {
		p.Preferences[one.ID] = one.Person
	}
	return nil
}

// ImportOrganization makes a customer of what [Visit.ExportOrganization] wrote,
// with an id of its own. Its number must be free. Its replicators are paused: they
// have no credentials yet.
func (c *Caller) ImportOrganization(ctx context.Context, r io.Reader) (Customer, error) {
	if err := c.may("ImportOrganization"); err != nil {
		return Customer{}, err
	}
	var p portable
	if err := json.NewDecoder(r).Decode(&p); err != nil {
		return Customer{}, invalid("file", "json")
	}
	if err := p.check(c.desk.Kinds, c.desk.Switchboards); err != nil {
		return Customer{}, err
	}
	settings := p.Organization.Settings
	n := NewOrganization{Number: p.Organization.Number, Name: p.Organization.Name, Settings: &settings}
	if err := n.check(); err != nil {
		return Customer{}, err
	}
	customer, err := c.addOrganization(ctx, n)
	if err != nil {
		return Customer{}, err
	}
	if err := p.unpack(ctx, c.desk.Store.In(customer.ID), c.actor.ID); err != nil {
		// half a customer helps nobody
		return Customer{}, errors.Join(answer(err, "import organization"), c.desk.Store.DeleteOrganization(context.WithoutCancel(ctx), customer.ID))
	}
	return customer, nil
}

// check refuses a file that no server would have written.
func (p portable) check(kinds, boards []organization.Kind) error {
	var bad faults
	bad.when(p.Version != portableVersion, "version", "option")
	for i := range p.Users {
		p.Users[i].Email = bad.email("users", p.Users[i].Email)
		bad.when(userRole(p.Users[i].Role) != nil, "users", "option")
	}
	known, directories := map[string]bool{}, map[string]bool{}
	for _, s := range p.Sources {
		known[s.ID], directories[s.ID] = true, s.Directory()
		bad.when(s.ID == "" || checkSourceOf(kinds, &NewSource{Name: s.Name, Kind: s.Kind, Settings: s.Settings}) != nil, "sources", "option")
	}
	for _, r := range p.Replicators {
		bad.when(r.ID == "" || !directories[r.Source], "replicators", "option")
		bad.name("replicators", r.Name)
		bad.schedule("replicators.schedule", r.Schedule)
		bad.replicatorSettings(r.Settings)
	}
	for _, s := range p.Subscribers {
		bad.when(s.ID == "", "subscribers", "required")
	}
	for _, c := range p.Calendars {
		bad.when(!known[c.Source], "calendars", "option")
	}
	for _, b := range p.Switchboards {
		bad.name("switchboards", b.Name)
		i := slices.IndexFunc(boards, func(k organization.Kind) bool { return k.Name == b.Kind })
		bad.when(b.Register != BuiltinRegister || i < 0 || boards[i].Parse(b.Settings) != nil, "switchboards", "option")
	}
	for person, one := range p.Preferences {
		var wrong faults
		wrong.preference(one, p.Organization.Settings.Calendar, person)
		bad.when(person == "" || len(wrong) > 0, "preferences", "option")
	}
	return bad.err()
}

func (p portable) unpack(ctx context.Context, o store.Org, actor string) error {
	for _, u := range p.Users {
		if err := o.PutMember(ctx, u); err != nil {
			return err
		}
	}
	for _, s := range p.Sources {
		if _, err := o.AddSource(ctx, s); err != nil {
			return err
		}
	}
	for _, r := range p.Replicators {
		r.Paused = true
		if _, err := o.AddReplicator(ctx, r); err != nil {
			return err
		}
		for _, person := range p.Ignored[r.ID] {
			if err := o.Ignore(ctx, r.ID, person, actor); err != nil {
				return err
			}
		}
	}
	if _, err := o.AddSubscribers(ctx, p.Subscribers); err != nil {
		return err
	}
	if err := o.PutLinks(ctx, p.Links); err != nil {
		return err
	}
	return p.unpackCalendars(ctx, o)
}

// unpackCalendars brings calendars in test mode and switchboards paused: they have
// no credentials yet, and two servers must not tell the same telephones.
func (p portable) unpackCalendars(ctx context.Context, o store.Org) error {
	for _, c := range p.Calendars {
		c.Live = organization.Live{}
		if err := o.PutConnection(ctx, c, 0); err != nil {
			return err
		}
	}
	for _, b := range p.Switchboards {
		b.ID, b.Paused, b.Hint = "", true, ""
		if _, err := o.PutSwitchboard(ctx, b, []byte{}, 0); err != nil {
			return err
		}
	}
	for person, one := range p.Preferences {
		if err := o.SavePreference(ctx, person, one, 0); err != nil {
			return err
		}
	}
	return nil
}
