package exchange

import (
	"net/http"
	"sync/atomic"
	"time"
)

// clock passes requests on, and looks at the server's clock in each answer.
type clock struct {
	http.RoundTripper
	now  func() time.Time
	last *atomic.Pointer[skew]
}

// skew is how far a server's clock was ahead of ours, to a second or two.
type skew struct{ ahead time.Duration }

func (c clock) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := c.RoundTripper.RoundTrip(r)
	if err == nil {
		if t, err := http.ParseTime(res.Header.Get("Date")); err == nil {
			c.last.Store(&skew{t.Sub(c.now()).Round(time.Second)})
		}
	}
	return res, err
}
