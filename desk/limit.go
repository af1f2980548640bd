package desk

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// limiter slows down whoever guesses: a bucket for each key (an address, an
// account), forgotten when it has been full for a while.
type limiter struct {
	mu      sync.Mutex
	every   time.Duration // one more attempt each
	burst   int
	buckets map[string]*rate.Limiter
}

// maxBuckets bounds the memory that a flood of addresses can take.
const maxBuckets = 20_000

func newLimiter(every time.Duration, burst int) *limiter {
	return &limiter{every: every, burst: burst, buckets: map[string]*rate.Limiter{}}
}

func (l *limiter) bucket(key string, now time.Time) *rate.Limiter {
	b := l.buckets[key]
	if b == nil {
		if len(l.buckets) >= maxBuckets {
			l.forget(now)
		}
		b = rate.NewLimiter(rate.Every(l.every), l.burst)
		l.buckets[key] = b
	}
	return b
}

// spent is true where key has no attempt left; it takes none.
func (l *limiter) spent(key string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.buckets[key]
	return b != nil && b.TokensAt(now) < 1
}

// take takes one attempt away from key.
func (l *limiter) take(key string, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.bucket(key, now).AllowN(now, 1)
}

// forget drops the full buckets and, under a flood, all of them.
func (l *limiter) forget(now time.Time) {
	for key, b := range l.buckets {
		if b.TokensAt(now) >= float64(l.burst) {
			delete(l.buckets, key)
		}
	}
	if len(l.buckets) >= maxBuckets {
		clear(l.buckets)
	}
}
