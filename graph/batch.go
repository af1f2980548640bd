package graph

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// batchSize is the most that Microsoft takes in one $batch.
const batchSize = 20

// Request is one request of a batch.
type Request struct {
	Method string            `json:"method"`            // "" is GET
	URL    string            `json:"url"`               // below the version: "/users/…", escaped
	Header map[string]string `json:"headers,omitempty"` // Content-Type is set where there is a body
	Body   jsontext.Value    `json:"body,omitempty"`
}

// Response answers one request of a batch.
type Response struct {
	Status int // 0 when Microsoft left it out
	Header http.Header
	Body   jsontext.Value // nil where there is none
}

// Error is the response as an [*Error], nil where it is 2xx.
func (r *Response) Error(step string, now time.Time) *Error {
	if r.Status >= 200 && r.Status <= 299 {
		return nil
	}
	if r.Status == 0 {
		return &Error{Step: step, Err: fmt.Errorf("%w: an answer of the batch is missing", ErrIncomplete)}
	}
	e := newError(step, r.Status, r.Body)
	if id := r.Header.Get("Request-Id"); id != "" {
		e.RequestID = id
	}
	e.Wait = retryAfter(r.Header, now)
	return e
}

// Batch makes requests twenty at a time and answers them in their order. Those
// that fail transiently are made again, and only those, each after the wait that
// it asks for; so each must be safe to repeat. One that has to wait too long, or
// keeps failing, has its last answer. The error is of a batch itself, and then
// nothing else is known.
//
// Everything of a [Client] that goes through batches, made at the same time,
// shares them: see [Config.Batches].
func (c *Client) Batch(ctx context.Context, requests []Request) ([]Response, error) {
	responses := make([]Response, len(requests))
	var refused error
	parts := make([]*part, len(requests))
	for i := range requests {
		parts[i] = &part{request: requests[i], end: func(r *Response, err error) *part {
			if err != nil && !errors.Is(err, ErrIncomplete) && refused == nil {
				refused = err
			}
			responses[i] = *r
			return nil
		}}
	}
	if err := c.queue.run(ctx, parts); err != nil {
		return nil, fmt.Errorf("graph: batch: %w", err)
	}
	if refused != nil {
		return nil, refused
	}
	return responses, nil
}
