package client

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"time"
)

// Subscriber is an entry of the switchboard; without an extension it is a contact.
type Subscriber struct {
	ID         string            `json:"id"`
	Name       string            `json:"name"`
	Number     string            `json:"number,omitempty"` // the one shown first, as the country writes it
	Fields     map[string]string `json:"fields"`
	Created    time.Time         `json:"created,omitzero"`
	Changed    time.Time         `json:"changed,omitzero"`
	Generation int64             `json:"generation,omitempty"` // the ETag; 0 in lists found by search
}

// Subscribers is a page of entries.
type Subscribers struct {
	Subscribers []Subscriber `json:"subscribers"`
	Next        string       `json:"next,omitempty"`
	Total       int          `json:"total"` // of a search; else -1
}

// SubscriberQuery chooses entries.
type SubscriberQuery struct {
	Search, After string
	Limit         int
}

// Fields are what is typed for an entry; "" clears.
type Fields struct {
	Fields map[string]string `json:"fields"`
}

// Hit is who has a number.
type Hit struct {
	Number     string      `json:"number"`
	Name       string      `json:"name"` // the company's where several people share it
	Shared     bool        `json:"shared,omitempty"`
	Subscriber *Subscriber `json:"subscriber,omitempty"`
}

// Import is what a CSV file would do, or did.
type Import struct {
	Changes  []Change        `json:"changes"`
	Problems []ImportProblem `json:"problems"`
	Same     int             `json:"same"`
}

// ImportProblem is something in a file that was not understood or was refused.
type ImportProblem struct {
	Line   int    `json:"line,omitempty"`
	Field  string `json:"field,omitempty"`
	Name   string `json:"name,omitempty"`
	Skip   bool   `json:"skip"` // the whole row is left out
	Reason Reason `json:"reason"`
}

func (o *Organization) subscriber(id string) string {
	return o.path + "/subscribers/" + url.PathEscape(id)
}

// Subscribers reads a page of the register, by name; of a search the best first.
func (o *Organization) Subscribers(ctx context.Context, q SubscriberQuery) (Subscribers, error) {
	return get[Subscribers](ctx, o.c, o.path+"/subscribers", values("search", q.Search, "after", q.After, "limit", number(int64(q.Limit))))
}

// Subscriber reads one entry.
func (o *Organization) Subscriber(ctx context.Context, id string) (Subscriber, error) {
	return get[Subscriber](ctx, o.c, o.subscriber(id), nil)
}

// AddSubscriber makes an entry by hand.
func (o *Organization) AddSubscriber(ctx context.Context, fields map[string]string) (Subscriber, error) {
	return send[Subscriber](ctx, o.c, http.MethodPost, o.path+"/subscribers", Fields{fields})
}

// SaveSubscriber changes an entry of the generation that was read; fields that are
// not named stay.
func (o *Organization) SaveSubscriber(ctx context.Context, id string, fields map[string]string, generation int64) (Subscriber, error) {
	return do[Subscriber](ctx, o.c, request{method: http.MethodPatch, path: o.subscriber(id), body: Fields{fields}, generation: generation})
}

// DeleteSubscriber takes an entry away.
func (o *Organization) DeleteSubscriber(ctx context.Context, id string) error {
	_, err := send[nothing](ctx, o.c, http.MethodDelete, o.subscriber(id), nil)
	return err
}

// Protect marks an entry as skyddade personuppgifter, or takes the mark away.
func (o *Organization) Protect(ctx context.Context, id string, protected bool) error {
	method := http.MethodPut
	if !protected {
		method = http.MethodDelete
	}
	_, err := send[nothing](ctx, o.c, method, o.subscriber(id)+"/protected", nil)
	return err
}

// PreviewImport says what a CSV file would do; nothing is changed.
func (o *Organization) PreviewImport(ctx context.Context, file io.Reader) (Import, error) {
	return do[Import](ctx, o.c, request{method: http.MethodPost, path: o.path + "/subscribers/import", query: values("preview", "true"), file: file, fileType: "text/csv"})
}

// Import applies a CSV file.
func (o *Organization) Import(ctx context.Context, file io.Reader) (Import, error) {
	return do[Import](ctx, o.c, request{method: http.MethodPost, path: o.path + "/subscribers/import", file: file, fileType: "text/csv"})
}

// ExportSubscribers writes the register as "csv" or "json".
func (o *Organization) ExportSubscribers(ctx context.Context, format string, w io.Writer) error {
	return save(ctx, o.c, request{method: http.MethodGet, path: o.path + "/subscribers/export", query: values("format", format)}, w)
}

// Lookup tells who has a number, in any spelling.
func (o *Organization) Lookup(ctx context.Context, number string) (Hit, error) {
	return get[Hit](ctx, o.c, o.path+"/lookup", url.Values{"number": {number}})
}
