package graph

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/go-json-experiment/json"
)

// maxBatch bounds the answer to a batch: twenty of the largest pages.
const maxBatch = batchSize * maxBody / 2

// answer is what came for one part.
type answer struct {
	Response
	err error // the body couldn't be read, or the batch failed
}

// exchange sends one $batch. Answers that came whole count, also where the
// last broke off; an error means that none came.
func (c *Client) exchange(ctx context.Context, batch []*part) ([]answer, error) {
	answers := make([]answer, len(batch))
	body, err := encodeBatch(batch)
	if err != nil {
		return answers, err
	}
	c.meter.batches.Add(1)
	c.meter.parts.Add(int64(len(batch)))
	const step = "batch"
	res, err := c.send(ctx, call{step: step, method: http.MethodPost, url: c.address("/$batch"), body: body})
	if err != nil {
		return answers, err
	}
	defer res.Body.Close()
	d := decoders.Get().(*decoder)
	defer decoders.Put(d)
	defer d.forget() // what people write in their calendars passes here
	d.reset(http.MaxBytesReader(nil, res.Body, maxBatch))
	if err := d.batch(batch, answers); err != nil && ctx.Err() != nil {
		return answers, fmt.Errorf("graph: %s: %w", step, ctx.Err())
	}
	for i := range answers {
		if a := &answers[i]; a.err == nil && a.Status == 0 {
			a.err = broken(step, res, errors.New("an answer is missing"))
		} else if a.err != nil {
			a.err = broken(step, res, a.err)
		}
	}
	return answers, nil
}

func encodeBatch(batch []*part) ([]byte, error) {
	type item struct {
		ID string `json:"id"`
		Request
	}
	var doc struct {
		Requests []item `json:"requests"`
	}
	for i, p := range batch {
		it := item{strconv.Itoa(i), p.request}
		it.Method = cmp.Or(it.Method, http.MethodGet)
		if it.Body != nil && it.Header == nil {
			it.Header = map[string]string{"Content-Type": "application/json"}
		}
		doc.Requests = append(doc.Requests, it)
	}
	body, err := json.Marshal(&doc)
	if err != nil {
		return nil, fmt.Errorf("graph: batch: %w", errors.New("a body isn't JSON"))
	}
	return body, nil
}

// batch reads the answers, which come in any order.
func (d *decoder) batch(batch []*part, answers []answer) error {
	return d.members(func(name string) error {
		if name != "responses" {
			return d.dec.SkipValue()
		}
		return d.elements(func() error { return d.answer(batch, answers) })
	})
}

// answer reads one answer and files it by its id. A body is read as it arrives
// where its part and status are known by then, as they are in Microsoft's
// order, else once they are.
func (d *decoder) answer(batch []*part, answers []answer) error {
	at, streamed := -1, false
	a := answer{Response: Response{Header: http.Header{}}}
	err := d.members(func(name string) error {
		switch name {
		case "id":
			id, err := d.string()
			if n, bad := strconv.Atoi(id); bad == nil && n >= 0 && n < len(batch) {
				at = n
			}
			return err
		case "status":
			n, err := d.int()
			a.Status = int(max(0, n))
			return err
		case "headers":
			return d.headers(a.Header)
		case "body":
			if at >= 0 && batch[at].read != nil && a.fine() && d.dec.PeekKind() != 'n' {
				streamed = true
				var err error
				a.err, err = d.within(batch[at].read)
				return err
			}
			raw, err := d.dec.ReadValue()
			if err == nil && raw.Kind() != 'n' {
				a.Body = raw.Clone()
			}
			return err
		}
		return d.dec.SkipValue()
	})
	if err != nil || at < 0 {
		return err // cut off, or not one of ours
	}
	if p := batch[at]; p.read != nil && a.fine() && !streamed {
		a.err = readLate(a.Body, p.read)
		a.Body = nil
	}
	answers[at] = a
	return nil
}

// readLate reads a body that had to be kept for a while.
func readLate(body []byte, read func(*decoder) error) error {
	d := decoders.Get().(*decoder)
	defer decoders.Put(d)
	defer d.forget()
	d.reset(bytes.NewReader(body))
	return read(d)
}

func (a *answer) fine() bool { return a.Status >= 200 && a.Status <= 299 }

// within reads one value with read, whose failure leaves the rest readable
// unless the document itself is broken: that is the second error.
func (d *decoder) within(read func(*decoder) error) (failed, broken error) {
	depth := d.dec.StackDepth()
	failed = read(d)
	if failed == nil {
		return nil, nil
	}
	if !errors.Is(failed, ErrIncomplete) {
		return failed, failed // not JSON, or no more of it
	}
	for d.dec.StackDepth() > depth {
		if _, err := d.dec.ReadToken(); err != nil {
			return failed, err
		}
	}
	return failed, nil
}

// headers reads an answer's headers; what isn't text is skipped.
func (d *decoder) headers(h http.Header) error {
	return d.fields(func(name string) error {
		v, err := d.string()
		if v != "" {
			h.Set(name, v)
		}
		return err
	})
}
