package graph

import (
	"sync"
	"time"
)

// Microsoft takes 500 calls that make, renew or end subscriptions in twenty
// seconds, for one application and tenant (its page "Throttling limits"). Some
// are left for what is done one by one.
const (
	subscriptionCalls = 460
	subscriptionSpan  = 20 * time.Second
)

// pace spreads calls so that no span of time holds more than most.
type pace struct {
	most int
	span time.Duration

	mu   sync.Mutex
	sent []stamp // within the last span, oldest first
}

type stamp struct {
	at time.Time
	n  int
}

// take says how long to wait before n calls may be made; 0 means now, and
// then they count.
func (p *pace) take(n int, now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.sent) > 0 && now.Sub(p.sent[0].at) >= p.span {
		p.sent = p.sent[1:]
	}
	sum := n
	for _, s := range p.sent {
		sum += s.n
	}
	for _, s := range p.sent {
		if sum <= p.most {
			break
		}
		if sum -= s.n; sum <= p.most {
			return s.at.Add(p.span).Sub(now)
		}
	}
	p.sent = append(p.sent, stamp{now, n})
	return 0
}
