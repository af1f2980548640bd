package client

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// Replicator is a configured directory sync.
type Replicator struct {
	ID         string           `json:"id"`
	Name       string           `json:"name"`
	Kind       string           `json:"kind"`
	Source     string           `json:"source"`
	Register   string           `json:"register"`
	Position   int              `json:"position"` // among unlinked people the lower one decides
	Paused     bool             `json:"paused"`
	Schedule   Schedule         `json:"schedule"`
	Settings   Settings         `json:"settings"`
	Created    time.Time        `json:"created"`
	Due        time.Time        `json:"due,omitzero"` // when the next round starts
	Approved   bool             `json:"approved"`     // a first plan has been approved
	Failures   int64            `json:"failures"`     // rounds failed in a row
	People     map[string]int64 `json:"people"`       // by tab: offered, linked, ignored, outside, elsewhere, left; problems
	Last       *Round           `json:"last,omitempty"`
	Open       *Round           `json:"open,omitempty"`
	Generation int64            `json:"generation"` // the ETag of its settings
}

// NewReplicator is what makes one. What is not given is the organization's
// template, or stays as it is.
type NewReplicator struct {
	Name     string    `json:"name"`
	Source   string    `json:"source,omitempty"`
	Schedule *Schedule `json:"schedule,omitempty"`
	Settings *Settings `json:"settings,omitempty"`
}

// Schedule says when a replicator runs by itself: byHand, nightly, soon.
type Schedule struct {
	Mode string `json:"mode"`
	From int    `json:"from"` // minutes after midnight in Zone
	To   int    `json:"to"`
	Zone string `json:"zone"`
}

// Settings are whom a replicator takes, what it writes, what it may do by itself.
type Settings struct {
	Scope      Scope         `json:"scope"`
	Mapping    []Rule        `json:"mapping"`
	Country    string        `json:"country,omitempty"`
	ContactURL string        `json:"contactUrl,omitempty"`
	Extension  ExtensionRule `json:"extension"`
	Contacts   bool          `json:"contacts"`
	New        string        `json:"new"` // "offer", "create"
	SureLinks  bool          `json:"sureLinks,omitempty"`
	Limits     Limits        `json:"limits"`
}

// Scope says which people a replicator takes care of.
type Scope struct {
	Everybody  bool        `json:"everybody,omitempty"`
	Groups     []string    `json:"groups,omitempty"`
	Exclude    []string    `json:"exclude,omitempty"`
	Conditions []Condition `json:"conditions,omitempty"`
	LetIn      []string    `json:"letIn,omitempty"` // guest, disabled, room, equipment, shared, unlicensed
}

// Condition compares one property.
type Condition struct {
	Field    string `json:"field"`
	Operator string `json:"operator"`
	Value    string `json:"value"`
}

// Rule maps a property of a person to a field of a subscriber.
type Rule struct {
	From string `json:"from"`
	To   string `json:"to"`
	When string `json:"when"` // always, whenEmpty, never
}

// ExtensionRule says where a new subscriber's extension comes from.
type ExtensionRule struct {
	From   string `json:"from,omitempty"` // "", field, number, nextFree
	Field  string `json:"field,omitempty"`
	Digits int    `json:"digits,omitempty"`
	Start  int    `json:"start,omitempty"`
}

// Limits hold a round.
type Limits struct {
	Left    Limit `json:"left"`
	Changed Limit `json:"changed"`
}

// Limit is the greater of a number and a part of the linked.
type Limit struct {
	Count   int `json:"count"`
	Percent int `json:"percent"`
}

// Preview says whom settings would take.
type Preview struct {
	Read          bool            `json:"read"` // false: the directory has not been read yet
	In            int             `json:"in"`
	Out           map[string]int  `json:"out"` // by reason
	Sample        []PreviewPerson `json:"sample"`
	Problems      int             `json:"problems"`
	SharedNumbers int             `json:"sharedNumbers"`
}

// PreviewPerson is somebody as the mapping would have him.
type PreviewPerson struct {
	ID       string            `json:"id"`
	Name     string            `json:"name"`
	Wanted   map[string]string `json:"wanted"`
	Problems []Reason          `json:"problems,omitempty"`
}

func (o *Organization) replicator(id string) string {
	return o.path + "/replicators/" + url.PathEscape(id)
}

// Replicators lists the directory syncs in their order.
func (o *Organization) Replicators(ctx context.Context) ([]Replicator, error) {
	return list[Replicator](ctx, o.c, o.path+"/replicators", nil)
}

// Replicator reads one.
func (o *Organization) Replicator(ctx context.Context, id string) (Replicator, error) {
	return get[Replicator](ctx, o.c, o.replicator(id), nil)
}

// AddReplicator makes one; its first round starts at once and waits for approval.
func (o *Organization) AddReplicator(ctx context.Context, n NewReplicator) (Replicator, error) {
	return send[Replicator](ctx, o.c, http.MethodPost, o.path+"/replicators", n)
}

// SaveReplicator changes one of the generation that was read.
func (o *Organization) SaveReplicator(ctx context.Context, id string, n NewReplicator, generation int64) (Replicator, error) {
	return do[Replicator](ctx, o.c, request{method: http.MethodPut, path: o.replicator(id), body: n, generation: generation})
}

// PauseReplicator stops one; everything is kept.
func (o *Organization) PauseReplicator(ctx context.Context, id string) error {
	_, err := send[nothing](ctx, o.c, http.MethodPost, o.replicator(id)+"/pause", nil)
	return err
}

// ResumeReplicator starts one again.
func (o *Organization) ResumeReplicator(ctx context.Context, id string) error {
	_, err := send[nothing](ctx, o.c, http.MethodPost, o.replicator(id)+"/resume", nil)
	return err
}

// DeleteReplicator takes one away; its entries stay as local ones.
func (o *Organization) DeleteReplicator(ctx context.Context, id string) error {
	_, err := send[nothing](ctx, o.c, http.MethodDelete, o.replicator(id), nil)
	return err
}

// Order is the ids of all replicators.
type Order struct {
	Replicators []string `json:"replicators"`
}

// OrderReplicators says which one decides first; ids are all of them.
func (o *Organization) OrderReplicators(ctx context.Context, ids []string) error {
	_, err := send[nothing](ctx, o.c, http.MethodPut, o.path+"/replicators", Order{ids})
	return err
}

// Run says how a round is started by hand.
type Run struct {
	Whole bool `json:"whole,omitempty"` // read and plan everybody anew
}

// RunReplicator starts a round now.
func (o *Organization) RunReplicator(ctx context.Context, id string, whole bool) error {
	_, err := send[nothing](ctx, o.c, http.MethodPost, o.replicator(id)+"/run", Run{whole})
	return err
}
