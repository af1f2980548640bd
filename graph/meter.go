package graph

import (
	"crypto/rand"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// Stats is what a client has asked of Microsoft since it was made.
type Stats struct {
	Requests  int64   // to Graph, repeats included
	Retries   int64   // repeats of one that failed or broke off, or of a part of a batch
	Batches   int64   // of the requests, those that were a $batch
	Parts     int64   // requests within batches, repeats included
	Throttled int64   // answers 429
	Units     int64   // resource units (x-ms-resource-unit), the currency of the directory's limits
	Limit     float64 // share of the limit in use, from the last answer; Microsoft tells it above 0.8 only, else 0
}

// Stats returns the counts so far.
func (c *Client) Stats() Stats {
	return Stats{
		Requests:  c.meter.requests.Load(),
		Retries:   c.meter.retries.Load(),
		Batches:   c.meter.batches.Load(),
		Parts:     c.meter.parts.Load(),
		Throttled: c.meter.throttled.Load(),
		Units:     c.meter.units.Load(),
		Limit:     math.Float64frombits(c.meter.limit.Load()),
	}
}

// attempt is shared by the tries of one call.
type attempt struct {
	n     int
	fresh bool // the next try takes a new connection
}

// begin marks a call: its id for Microsoft's support, and its count of tries.
type begin struct{}

func (begin) Do(req *policy.Request) (*http.Response, error) {
	req.Raw().Header.Set("client-request-id", newID())
	req.SetOperationValue(&attempt{})
	return req.Next()
}

// newID makes a random UUID (RFC 9562, version 4).
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand since Go 1.24)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// meter counts requests and answers, and writes Retry-After in the one form
// that azcore reads exactly: it takes whole seconds only, Graph sends 2.128.
type meter struct {
	now                                 func() time.Time
	idle                                func() // closes idle connections
	requests, retries, throttled, units atomic.Int64
	batches, parts                      atomic.Int64
	limit                               atomic.Uint64
}

func (m *meter) Do(req *policy.Request) (*http.Response, error) {
	var a *attempt
	if !req.OperationValue(&a) {
		a = &attempt{}
	}
	a.n++
	m.requests.Add(1)
	if a.n > 1 {
		m.retries.Add(1)
	}
	if a.fresh {
		m.idle()
	}
	res, err := req.Next()
	if err != nil {
		return res, err
	}
	m.note(res.Header)
	switch res.StatusCode {
	case http.StatusTooManyRequests:
		m.throttled.Add(1)
	case http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		a.fresh = true // as Microsoft advises: another front end may be well
	}
	if wait := retryAfter(res.Header, m.now()); wait > 0 {
		res.Header.Set("Retry-After-Ms", strconv.FormatInt(max(1, wait.Milliseconds()), 10))
	}
	return res, nil
}

func (m *meter) note(h http.Header) {
	if units, err := strconv.ParseFloat(h.Get("X-Ms-Resource-Unit"), 64); err == nil && units > 0 && units < 1e6 {
		m.units.Add(int64(math.Ceil(units)))
	}
	share, _ := strconv.ParseFloat(h.Get("X-Ms-Throttle-Limit-Percentage"), 64)
	m.limit.Store(math.Float64bits(share))
}

// maxRetryAfter bounds a wait that a header asks for.
const maxRetryAfter = 24 * time.Hour

// retryAfter reads Retry-After: whole or decimal seconds, or an HTTP date
// (RFC 9110 §10.2.3). 0 means that none was given, or that it is over.
func retryAfter(h http.Header, now time.Time) time.Duration {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if v == "" {
		return 0
	}
	if s, err := strconv.ParseFloat(v, 64); err == nil {
		if !(s > 0) {
			return 0
		}
		return time.Duration(min(s, maxRetryAfter.Seconds()) * float64(time.Second))
	}
	if at, err := http.ParseTime(v); err == nil {
		return min(max(0, at.Sub(now)), maxRetryAfter)
	}
	return 0
}
