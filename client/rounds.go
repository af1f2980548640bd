package client

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"time"
)

// Round is one run of a replicator.
type Round struct {
	ID         string           `json:"id"`
	Replicator string           `json:"replicator"`
	Number     int64            `json:"number"` // per replicator
	Serial     int64            `json:"serial"` // orders all rounds of the organization
	Cause      string           `json:"cause"`
	Actor      string           `json:"actor,omitempty"`
	State      string           `json:"state"` // reading, waiting, held, applying, done, dropped, failed
	Whole      bool             `json:"whole"`
	Held       []Reason         `json:"held,omitempty"` // why it waits
	Counts     map[string]int64 `json:"counts"`
	Progress   int64            `json:"progress"`
	Total      int64            `json:"total"` // 0: not known
	Failure    *Reason          `json:"failure,omitempty"`
	Undoes     string           `json:"undoes,omitempty"`
	UndoneBy   string           `json:"undoneBy,omitempty"`
	ApprovedBy string           `json:"approvedBy,omitempty"`
	Started    time.Time        `json:"started"`
	Planned    time.Time        `json:"planned,omitzero"`
	Ended      time.Time        `json:"ended,omitzero"`
}

// Over is true where nothing more will happen in the round by itself or by hand.
func (r Round) Over() bool { return r.State == "done" || r.State == "dropped" || r.State == "failed" }

// Waits is true where a person must approve or drop the round.
func (r Round) Waits() bool { return r.State == "waiting" || r.State == "held" }

// Change is one change of a round.
type Change struct {
	Round      string            `json:"round"`
	Position   int64             `json:"position"`
	Kind       string            `json:"kind"` // create, update, link, unlink, remove
	Person     string            `json:"person,omitempty"`
	Name       string            `json:"name,omitempty"`
	Subscriber string            `json:"subscriber,omitempty"`
	Reason     Reason            `json:"reason"`
	Before     map[string]string `json:"before,omitempty"`
	After      map[string]string `json:"after,omitempty"` // "" clears
	State      string            `json:"state"`           // pending, done, skipped, failed
	Answer     *Reason           `json:"answer,omitempty"`
	At         time.Time         `json:"at,omitzero"`
	Blanked    bool              `json:"blanked,omitempty"` // a removed person's values, taken away after their time
}

// RoundQuery chooses rounds; what is empty is any.
type RoundQuery struct {
	Replicator, State, Cause string
	Before                   int64 // Serial of the last one of the page before
	Limit                    int
}

// ChangeQuery chooses changes; what is empty is any.
type ChangeQuery struct {
	Kind, State, Search string
	After               int64 // Position of the last one of the page before
	Limit               int
}

func (o *Organization) round(id string) string { return o.path + "/rounds/" + url.PathEscape(id) }

// Rounds reads a page of rounds, the newest first.
func (o *Organization) Rounds(ctx context.Context, q RoundQuery) ([]Round, error) {
	return list[Round](ctx, o.c, o.path+"/rounds", values("replicator", q.Replicator, "state", q.State, "cause", q.Cause,
		"before", number(q.Before), "limit", number(int64(q.Limit))))
}

// Round reads one round.
func (o *Organization) Round(ctx context.Context, id string) (Round, error) {
	return get[Round](ctx, o.c, o.round(id), nil)
}

// Changes reads a page of a round's changes, in the order in which they are made.
func (o *Organization) Changes(ctx context.Context, round string, q ChangeQuery) ([]Change, error) {
	return list[Change](ctx, o.c, o.round(round)+"/changes", values("kind", q.Kind, "state", q.State, "search", q.Search,
		"after", number(q.After), "limit", number(int64(q.Limit))))
}

// Approve lets a round that waits or is held be applied.
func (o *Organization) Approve(ctx context.Context, round string) error {
	_, err := send[nothing](ctx, o.c, http.MethodPost, o.round(round)+"/approve", nil)
	return err
}

// Drop throws a round that waits or is held away.
func (o *Organization) Drop(ctx context.Context, round string) error {
	_, err := send[nothing](ctx, o.c, http.MethodPost, o.round(round)+"/drop", nil)
	return err
}

// Undone is the round that a step made.
type Undone struct {
	Round string `json:"round"` // "" where nothing had to be written
}

// Undo plans to take an applied round back; the plan's id is the answer.
func (o *Organization) Undo(ctx context.Context, round string) (string, error) {
	u, err := send[Undone](ctx, o.c, http.MethodPost, o.round(round)+"/undo", nil)
	return u.Round, err
}

// ExportRound writes a round with all its changes as "csv" or "json".
func (o *Organization) ExportRound(ctx context.Context, round, format string, w io.Writer) error {
	return save(ctx, o.c, request{method: http.MethodGet, path: o.round(round) + "/export", query: values("format", format)}, w)
}
