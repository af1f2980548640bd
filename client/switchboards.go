package client

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// Switchboard is a telephone system that is told activities.
type Switchboard struct {
	ID          string            `json:"id"`
	Name        string            `json:"name"`
	Kind        string            `json:"kind"`
	Settings    map[string]string `json:"settings"`
	Register    string            `json:"register"`
	Paused      bool              `json:"paused"`
	Hint        string            `json:"hint,omitempty"` // which password it is
	Subscribers int64             `json:"subscribers"`    // of whom it is told
	Refused     int64             `json:"refused"`        // of whom it could not be
	Created     time.Time         `json:"created"`
	Generation  int64             `json:"generation"`
}

// NewSwitchboard is what makes one. A password that is not given stays.
type NewSwitchboard struct {
	Name     string            `json:"name"`
	Kind     string            `json:"kind,omitempty"`
	Settings map[string]string `json:"settings"`
	Register string            `json:"register,omitempty"`
	Password *string           `json:"password,omitempty"`
}

// Pause stops telling a switchboard, or goes on.
type Pause struct {
	Paused bool `json:"paused"`
}

// SwitchboardCheck is whether a switchboard takes what it would be told.
type SwitchboardCheck struct {
	OK     bool    `json:"ok"`
	Answer *Reason `json:"answer,omitempty"`
}

// Addresses lists what is wrong with a switchboard's addresses.
type Addresses struct {
	Total   int           `json:"total"`
	Sample  []Addressed   `json:"sample"`
	Missing []Addressed   `json:"missing"`
	Doubles [][]Addressed `json:"doubles"`
}

// Addressed is a subscriber with its address, or why it has none.
type Addressed struct {
	Subscriber string  `json:"subscriber"`
	Name       string  `json:"name"`
	Extension  string  `json:"extension,omitempty"`
	Address    string  `json:"address,omitempty"`
	Reason     *Reason `json:"reason,omitempty"`
}

func (o *Organization) switchboard(id string) string {
	return o.path + "/switchboards/" + url.PathEscape(id)
}

// SwitchboardKinds lists the kinds there are.
func (o *Organization) SwitchboardKinds(ctx context.Context) ([]Kind, error) {
	return list[Kind](ctx, o.c, o.path+"/switchboard-kinds", nil)
}

// Switchboards lists the switchboards beside the built-in one.
func (o *Organization) Switchboards(ctx context.Context) ([]Switchboard, error) {
	return list[Switchboard](ctx, o.c, o.path+"/switchboards", nil)
}

// Switchboard is one of them.
func (o *Organization) Switchboard(ctx context.Context, id string) (Switchboard, error) {
	return get[Switchboard](ctx, o.c, o.switchboard(id), nil)
}

// AddSwitchboard makes one.
func (o *Organization) AddSwitchboard(ctx context.Context, n NewSwitchboard) (Switchboard, error) {
	return send[Switchboard](ctx, o.c, http.MethodPost, o.path+"/switchboards", n)
}

// SaveSwitchboard changes one.
func (o *Organization) SaveSwitchboard(ctx context.Context, id string, n NewSwitchboard, generation int64) (Switchboard, error) {
	return do[Switchboard](ctx, o.c, request{method: http.MethodPut, path: o.switchboard(id), body: n, generation: generation})
}

// PauseSwitchboard stops telling it, or goes on.
func (o *Organization) PauseSwitchboard(ctx context.Context, id string, paused bool) (Switchboard, error) {
	return send[Switchboard](ctx, o.c, http.MethodPost, o.switchboard(id)+"/pause", Pause{paused})
}

// DeleteSwitchboard withdraws what it was told and forgets it.
func (o *Organization) DeleteSwitchboard(ctx context.Context, id string) error {
	_, err := do[nothing](ctx, o.c, request{method: http.MethodDelete, path: o.switchboard(id)})
	return err
}

// CheckSwitchboard tries whether it takes what it would be told.
func (o *Organization) CheckSwitchboard(ctx context.Context, id string) (SwitchboardCheck, error) {
	return send[SwitchboardCheck](ctx, o.c, http.MethodPost, o.switchboard(id)+"/check", nil)
}

// SwitchboardAddresses lists doubles and gaps among its addresses.
func (o *Organization) SwitchboardAddresses(ctx context.Context, id string) (Addresses, error) {
	return get[Addresses](ctx, o.c, o.switchboard(id)+"/addresses", nil)
}
