package client

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"time"
)

// Customer is an organization.
type Customer struct {
	ID         string               `json:"id"`
	Number     string               `json:"number,omitempty"` // the operator's customer number
	Name       string               `json:"name"`
	Settings   OrganizationSettings `json:"settings"`
	Zone       string               `json:"zone,omitempty"` // IANA, that its calendars are told in
	Created    time.Time            `json:"created"`
	Generation int64                `json:"generation"` // the ETag of its settings
}

// NewCustomer is what makes one. Settings that are not given are the defaults, or
// stay as they are.
type NewCustomer struct {
	Number   string                `json:"number,omitempty"`
	Name     string                `json:"name"`
	Settings *OrganizationSettings `json:"settings,omitempty"`
}

// OrganizationSettings are an organization's choices that belong to no replicator.
type OrganizationSettings struct {
	Language  string    `json:"language"` // "sv" or "en"
	Country   string    `json:"country"`  // ISO 3166 alpha-2
	Retention Retention `json:"retention"`
	Notify    Notify    `json:"notify"`
	Template  Template  `json:"template"` // what new replicators start with
}

// Retention says how long things are kept, in days.
type Retention struct {
	Rounds  int `json:"rounds"`
	Removed int `json:"removed"`
}

// Notify says who is told, as e-mail addresses.
type Notify struct {
	Users  []string `json:"users,omitempty"`  // told in the console
	Emails []string `json:"emails,omitempty"` // told by e-mail
	Every  bool     `json:"every,omitempty"`  // also of rounds in which nothing waits
}

// Template is what new replicators start with.
type Template struct {
	Schedule Schedule `json:"schedule"`
	Limits   Limits   `json:"limits"`
}

// CustomerState is a customer as an operator's overview shows it.
type CustomerState struct {
	Customer
	Sources     int64     `json:"sources"`
	Replicators int64     `json:"replicators"`
	Held        int64     `json:"held"`     // rounds
	Waiting     int64     `json:"waiting"`  // rounds
	Failing     int64     `json:"failing"`  // replicators
	Left        int64     `json:"left"`     // people to decide about
	Expiring    int64     `json:"expiring"` // credentials, within 30 days
	LastRound   time.Time `json:"lastRound,omitzero"`
}

// Organizations lists the customers that the token may enter, the worst first.
func (c *Client) Organizations(ctx context.Context, search string) ([]CustomerState, error) {
	return list[CustomerState](ctx, c, "/organizations", values("search", search))
}

// AddOrganization makes a customer.
func (c *Client) AddOrganization(ctx context.Context, n NewCustomer) (Customer, error) {
	return send[Customer](ctx, c, http.MethodPost, "/organizations", n)
}

// PutOrganization makes the customer with this number what n says, whether it was
// there or not.
func (c *Client) PutOrganization(ctx context.Context, number string, n NewCustomer) (Customer, error) {
	n.Number = ""
	return send[Customer](ctx, c, http.MethodPut, "/organizations/"+url.PathEscape(number), n)
}

// ImportOrganization makes a customer of what [Organization.Export] wrote.
func (c *Client) ImportOrganization(ctx context.Context, file io.Reader) (Customer, error) {
	return do[Customer](ctx, c, request{method: http.MethodPost, path: "/organizations/import", file: file, fileType: "application/octet-stream"})
}

// Get reads the customer.
func (o *Organization) Get(ctx context.Context) (Customer, error) {
	return get[Customer](ctx, o.c, o.path, nil)
}

// Save renames the customer and changes its settings, where it is still the
// generation that was read (412 otherwise).
func (o *Organization) Save(ctx context.Context, name string, s OrganizationSettings, generation int64) (Customer, error) {
	return do[Customer](ctx, o.c, request{
		method: http.MethodPut, path: o.path + "/settings", body: NewCustomer{Name: name, Settings: &s}, generation: generation,
	})
}

// Delete erases the customer and all that is kept of it; name must be its name.
func (o *Organization) Delete(ctx context.Context, name string) error {
	_, err := do[nothing](ctx, o.c, request{method: http.MethodDelete, path: o.path, query: values("name", name)})
	return err
}

// Export writes the customer as JSON, without its secrets.
func (o *Organization) Export(ctx context.Context, w io.Writer) error {
	return save(ctx, o.c, request{method: http.MethodGet, path: o.path + "/export"}, w)
}

// Overview is how a customer stands.
type Overview struct {
	Organization Customer     `json:"organization"`
	Sources      []Source     `json:"sources"`
	Replicators  []Replicator `json:"replicators"`
	Waiting      []Round      `json:"waiting"`
	Unseen       int64        `json:"unseen"`
}

// Overview reads how the customer stands.
func (o *Organization) Overview(ctx context.Context) (Overview, error) {
	return get[Overview](ctx, o.c, o.path+"/overview", nil)
}
