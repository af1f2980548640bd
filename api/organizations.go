package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/telefonist/telefonist/client"
	"github.com/telefonist/telefonist/desk"
	"github.com/telefonist/telefonist/organization"
)

type (
	// Searching is the input of a list that can be searched.
	Searching struct {
		Search string `query:"search"`
	}
	newCustomer struct{ Body client.NewCustomer }
	putCustomer struct {
		Number string `path:"org" doc:"The operator's customer number"`
		Body   client.NewCustomer
	}
	importing struct {
		RawBody []byte `contentType:"application/octet-stream"`
	}
	saveCustomer struct {
		InOrganization
		IfMatching
		Body client.NewCustomer
	}
	confirming struct {
		InOrganization
		Name string `query:"name" doc:"The organization's name, to confirm"`
	}
)

var organizations = []route{
	globally("GET", "/organizations", "Organizations", "List the customers you may enter, the worst first",
		func(ctx context.Context, c *desk.Caller, in *Searching) (client.List[client.CustomerState], error) {
			all, err := c.Organizations(ctx, in.Search)
			return listed(all, err, customerState)
		}),
	globally("POST", "/organizations", "AddOrganization", "Make a customer",
		func(ctx context.Context, c *desk.Caller, in *newCustomer) (client.Customer, error) {
			n, err := newOrganization(in.Body)
			if err != nil {
				return client.Customer{}, err
			}
			o, err := c.AddOrganization(ctx, n)
			return customer(o), err
		}),
	globally("PUT", "/organizations/{org}", "PutOrganization", "Make the customer with this number what the body says, whether it was there or not",
		func(ctx context.Context, c *desk.Caller, in *putCustomer) (client.Customer, error) {
			n, err := newOrganization(in.Body)
			if err != nil {
				return client.Customer{}, err
			}
			o, _, err := c.PutOrganization(ctx, in.Number, n)
			return customer(o), err
		}),
	globally("POST", "/organizations/import", "ImportOrganization", "Make a customer of an export",
		func(ctx context.Context, c *desk.Caller, in *importing) (client.Customer, error) {
			o, err := c.ImportOrganization(ctx, bytes.NewReader(in.RawBody))
			return customer(o), err
		}, files),
	inside("GET", "", "Organization", "Read a customer",
		func(ctx context.Context, v *desk.Visit, _ *InOrganization) (client.Customer, error) {
			o, err := v.Organization(ctx)
			return customer(o), err
		}),
	inside("PUT", "/settings", "SaveOrganization", "Rename a customer and change its settings",
		func(ctx context.Context, v *desk.Visit, in *saveCustomer) (client.Customer, error) {
			generation, err := in.generation()
			if err != nil {
				return client.Customer{}, err
			}
			n, err := newOrganization(in.Body)
			if err != nil {
				return client.Customer{}, err
			}
			if n.Settings == nil {
				return client.Customer{}, missing("settings")
			}
			o, err := v.SaveOrganization(ctx, n.Name, *n.Settings, generation)
			return customer(o), err
		}),
	done("DELETE", "", "DeleteOrganization", "Erase a customer and everything that is kept of it",
		func(ctx context.Context, v *desk.Visit, in *confirming) error {
			return v.DeleteOrganization(ctx, in.Name)
		}),
	exported("/export", "ExportOrganization", "Write a customer, without its secrets",
		func(ctx context.Context, v *desk.Visit, _ *InOrganization, f *file) error {
			f.as("organization", desk.JSON)
			return v.ExportOrganization(ctx, f)
		}),
	inside("GET", "/overview", "Overview", "How a customer stands",
		func(ctx context.Context, v *desk.Visit, _ *InOrganization) (client.Overview, error) {
			o, err := v.Overview(ctx)
			return client.Overview{
				Organization: customer(o.Organization), Sources: each(o.Sources, source),
				Replicators: each(o.Replicators, replicator(ctx)), Waiting: each(o.Waiting, round(ctx)), Unseen: o.Unseen,
			}, err
		}),
}

func missing(field string) error {
	return &desk.Invalid{Fields: []organization.FieldError{{Field: field, Code: "required"}}}
}

func newOrganization(in client.NewCustomer) (desk.NewOrganization, error) {
	n := desk.NewOrganization{Number: in.Number, Name: in.Name}
	if in.Settings == nil {
		return n, nil
	}
	s, err := translated[organization.Settings](*in.Settings)
	n.Settings = &s
	return n, err
}

func customer(c desk.Customer) client.Customer {
	settings, _ := translated[client.OrganizationSettings](withoutCalendar{Settings: c.Settings}) // ours, so it fits
	return client.Customer{
		ID: string(c.ID), Number: c.Number, Name: c.Name, Settings: settings, Zone: c.Settings.Calendar.Zone, Created: c.Created,
		Generation: c.Generation,
	}
}

// withoutCalendar are settings without those that are read and changed by
// themselves.
type withoutCalendar struct {
	organization.Settings
	Calendar *struct{} `json:"calendar,omitempty"`
}

func customerState(o desk.OrganizationState) client.CustomerState {
	return client.CustomerState{
		Customer: customer(desk.Customer{Organization: o.Organization, Generation: o.Generation}),
		Sources:  o.Sources, Replicators: o.Replicators, Held: o.Held, Waiting: o.Waiting, Failing: o.Failing,
		Left: o.Left, Expiring: o.Expiring, LastRound: o.LastRound,
	}
}

// translated turns settings into the wire's and back by way of their JSON, which
// is the same; a test compares it field by field. A value that does not fit is
// refused without being repeated.
func translated[To, From any](from From) (to To, err error) {
	text, err := json.Marshal(from)
	if err != nil {
		return to, fmt.Errorf("translate settings: %w", err)
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&to); err != nil {
		return to, missing("settings")
	}
	return to, nil
}
