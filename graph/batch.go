package graph

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
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
	e.RequestID = cmp.Or(r.Header.Get("Request-Id"), e.RequestID)
	e.Wait = retryAfter(r.Header, now)
	return e
}

// Batch makes requests twenty at a time and answers them in their order. Those
// that fail transiently are made again, and only those, after the longest wait
// that any of them asks for; so each must be safe to repeat. One that has to
// wait too long, or keeps failing, has its last answer. The error is of the
// batch itself; the responses before it stand.
func (c *Client) Batch(ctx context.Context, requests []Request) ([]Response, error) {
	responses := make([]Response, len(requests))
	for from := 0; from < len(requests); from += batchSize {
		to := min(from+batchSize, len(requests))
		if err := c.batch(ctx, requests[from:to], responses[from:to]); err != nil {
			return responses[:from], err
		}
	}
	return responses, nil
}

// batch makes at most twenty requests.
func (c *Client) batch(ctx context.Context, requests []Request, responses []Response) error {
	due := make([]int, len(requests))
	for i := range due {
		due[i] = i
	}
	for try := 1; ; try++ {
		if err := c.post(ctx, requests, responses, due); err != nil {
			return err
		}
		var wait time.Duration
		due, wait = c.again(responses, due)
		if len(due) == 0 || try == tries || wait > c.maxWait {
			return nil
		}
		c.meter.retries.Add(1)
		if err := pause(ctx, cmp.Or(wait, c.backoff<<(try-1))); err != nil {
			return fmt.Errorf("graph: batch: %w", err)
		}
	}
}

// again says which of the due have failed transiently, and the longest wait.
func (c *Client) again(responses []Response, due []int) (failed []int, wait time.Duration) {
	for _, i := range due {
		if s := responses[i].Status; s == 0 || transient(s) {
			failed = append(failed, i)
			wait = max(wait, retryAfter(responses[i].Header, c.now()))
			if s == http.StatusTooManyRequests {
				c.meter.throttled.Add(1)
			}
		}
	}
	return failed, wait
}

// post sends one $batch of the due and files its answers.
func (c *Client) post(ctx context.Context, requests []Request, responses []Response, due []int) error {
	type item struct {
		ID string `json:"id"`
		Request
	}
	var doc struct {
		Requests []item `json:"requests"`
	}
	for _, i := range due {
		it := item{strconv.Itoa(i), requests[i]}
		it.Method = cmp.Or(it.Method, http.MethodGet)
		if it.Body != nil && it.Header == nil {
			it.Header = map[string]string{"Content-Type": "application/json"}
		}
		doc.Requests = append(doc.Requests, it)
	}
	body, err := json.Marshal(&doc)
	if err != nil {
		return fmt.Errorf("graph: batch: %w", errors.New("a body isn't JSON"))
	}
	return c.read(ctx, call{step: "batch", method: http.MethodPost, url: c.address("/$batch"), body: body},
		func(d *decoder) error { return d.batch(responses) })
}

// batch reads the answers, which come in any order.
func (d *decoder) batch(responses []Response) error {
	return d.members(func(name string) error {
		if name != "responses" {
			return d.dec.SkipValue()
		}
		return d.elements(func() error {
			var doc struct {
				ID     string            `json:"id"`
				Status int               `json:"status"`
				Header map[string]string `json:"headers"`
				Body   jsontext.Value    `json:"body"`
			}
			if err := json.UnmarshalDecode(d.dec, &doc, lenient); err != nil {
				return err
			}
			i, err := strconv.Atoi(doc.ID)
			if err != nil || i < 0 || i >= len(responses) {
				return nil // not one of ours
			}
			r := Response{Status: doc.Status, Header: http.Header{}, Body: doc.Body}
			for k, v := range doc.Header {
				r.Header.Set(k, v)
			}
			if r.Body.Kind() == 'n' {
				r.Body = nil
			}
			responses[i] = r
			return nil
		})
	})
}
