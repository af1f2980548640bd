package client

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"time"
)

// People is a page of people with how many stand under each tab.
type People struct {
	Counts map[string]int64 `json:"counts"`
	People []Person         `json:"people"`
	Next   string           `json:"next,omitempty"`
}

// Person is where somebody stands in a replicator.
type Person struct {
	ID          string       `json:"id"`
	Name        string       `json:"name"`
	State       string       `json:"state"` // offered, linked, ignored, outside, elsewhere, left
	Why         *Reason      `json:"why,omitempty"`
	Problems    []Reason     `json:"problems,omitempty"`
	Suggestions []Suggestion `json:"suggestions,omitempty"`
	Links       []Link       `json:"links,omitempty"`
	Hidden      bool         `json:"hidden,omitempty"`
}

// Suggestion is an entry that may be the person.
type Suggestion struct {
	Subscriber string `json:"subscriber"`
	Name       string `json:"name"`
	Extension  string `json:"extension,omitempty"`
	Reason     Reason `json:"reason"`
	Sure       bool   `json:"sure,omitempty"`
}

// Link is the tie between a person and a subscriber.
type Link struct {
	Subscriber string            `json:"subscriber"`
	Register   string            `json:"register"`
	Replicator string            `json:"replicator"`
	State      string            `json:"state"`
	Written    map[string]string `json:"written,omitempty"`
	Left       string            `json:"left,omitempty"`
	LeftAt     time.Time         `json:"leftAt,omitzero"`
	Linked     time.Time         `json:"linked,omitzero"`
	By         string            `json:"by,omitempty"`
}

// PeopleQuery chooses people of a replicator.
type PeopleQuery struct {
	State  string // the tab; "problems" are those with something to see to
	Search string
	After  string // Next of the page before
	Limit  int
}

// Decision is about one person: link, create, ignore, unignore, unlink, remove, keep.
type Decision struct {
	Do         string `json:"do"`
	Person     string `json:"person"`
	Subscriber string `json:"subscriber,omitempty"`
}

// Decisions are made at once.
type Decisions struct {
	Decisions []Decision `json:"decisions"`
}

// Explanation is all there is to say about a person in a replicator.
type Explanation struct {
	Replicator     string            `json:"replicator"`
	ReplicatorName string            `json:"replicatorName"`
	ID             string            `json:"id"`
	Name           string            `json:"name"`
	Directory      map[string]string `json:"directory"`
	ReadNow        bool              `json:"readNow"`
	Gone           string            `json:"gone,omitempty"`
	InScope        bool              `json:"inScope"`
	Why            string            `json:"why,omitempty"`
	Condition      *Condition        `json:"condition,omitempty"`
	Group          string            `json:"group,omitempty"`
	State          string            `json:"state,omitempty"`
	Link           *Link             `json:"link,omitempty"`
	Subscriber     *Subscriber       `json:"subscriber,omitempty"`
	Fields         []FieldLine       `json:"fields"`
	Suggestions    []Suggestion      `json:"suggestions,omitempty"`
	History        []Change          `json:"history,omitempty"`
}

// FieldLine is one mapped field, from the directory to what was written.
type FieldLine struct {
	Field   string  `json:"field"`
	From    string  `json:"from"`
	When    string  `json:"when"`
	Raw     string  `json:"raw"`
	Wanted  string  `json:"wanted"`
	Held    string  `json:"held"`
	Written string  `json:"written"`
	Problem *Reason `json:"problem,omitempty"`
}

// People reads a page of a replicator's people, by name.
func (o *Organization) People(ctx context.Context, replicator string, q PeopleQuery) (People, error) {
	return get[People](ctx, o.c, o.replicator(replicator)+"/people",
		values("state", q.State, "search", q.Search, "after", q.After, "limit", number(int64(q.Limit))))
}

// Decide does what was decided; the answer is the round that did it, "" where
// nothing had to be written.
func (o *Organization) Decide(ctx context.Context, replicator string, decisions ...Decision) (string, error) {
	u, err := send[Undone](ctx, o.c, http.MethodPost, o.replicator(replicator)+"/decisions", Decisions{decisions})
	return u.Round, err
}

// Explain tells everything about a person now; query is an address, a name or an
// object id.
func (o *Organization) Explain(ctx context.Context, query string) ([]Explanation, error) {
	return list[Explanation](ctx, o.c, o.path+"/explain", values("query", query))
}

// PersonData writes all that is kept of one person (GDPR article 15) as JSON.
func (o *Organization) PersonData(ctx context.Context, id string, w io.Writer) error {
	return save(ctx, o.c, request{method: http.MethodGet, path: o.path + "/people/" + url.PathEscape(id) + "/data"}, w)
}
