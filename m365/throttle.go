package m365

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"
)

// bucket is the budget of resource units of one app in one tenant.
type bucket struct {
	spent float64
	at    time.Time
}

// throttleWindow is the time over which a bucket refills.
const throttleWindow = 10 * time.Second

// budget is what a tenant of this size may spend in throttleWindow, as
// https://learn.microsoft.com/graph/throttling-limits has it.
func budget(people int) float64 {
	switch {
	case people < 50:
		return 3500
	case people <= 500:
		return 5000
	}
	return 8000
}

// price is what a call costs, after what its query options add or save.
func (c *call) price(units int) int {
	if c.query.Has("$select") {
		units--
	}
	if c.query.Has("$expand") {
		units++
	}
	if top, err := strconv.Atoi(c.query.Get("$top")); err == nil && top < 20 {
		units--
	}
	return max(1, units)
}

// spend takes units from an app's budget. Calls that are refused count, too.
func (t *Tenant) spend(app string, units int, now time.Time) (headers map[string]string, spent bool) {
	headers = map[string]string{"x-ms-resource-unit": strconv.Itoa(units)}
	if !t.opts.Throttle {
		return headers, false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	limit := budget(t.people.live)
	b := t.buckets[app]
	if b == nil {
		b = &bucket{at: now}
		t.buckets[app] = b
	}
	b.spent = max(0, b.spent-limit*now.Sub(b.at).Seconds()/throttleWindow.Seconds())
	b.at = now
	b.spent = min(b.spent+float64(units), 1.8*limit)
	share := b.spent / limit
	if share > 0.8 {
		headers["x-ms-throttle-limit-percentage"] = strconv.FormatFloat(math.Round(share*10)/10, 'f', 1, 64)
	}
	if share <= 1 {
		return headers, false
	}
	headers["x-ms-throttle-scope"] = fmt.Sprintf("Tenant_Application/ReadWrite/%s/%s", app, t.ID)
	headers["x-ms-throttle-information"] = "ResourceUnitLimitExceeded"
	headers["Retry-After"] = strconv.Itoa(1 + int((share-1)*throttleWindow.Seconds()))
	return headers, true
}

// throttled is the answer to a call over budget.
func (c *call) throttled(headers map[string]string) response {
	answer := c.tooMany("")
	answer.header = headers
	return answer
}

// tooMany is 429, with a Retry-After unless that is empty.
func (c *call) tooMany(retryAfter string) response {
	type inner struct {
		Code    string `json:"code"`
		Date    string `json:"date"`
		Message string `json:"message"`
		ID      string `json:"request-id"`
		Status  string `json:"status"`
	}
	type object struct {
		Code    string `json:"code"`
		Inner   inner  `json:"innerError"`
		Message string `json:"message"`
	}
	body, err := json.Marshal(map[string]object{"error": {
		"TooManyRequests", inner{"429", c.now.UTC().Format("2006-01-02T15:04:05"), "Please retry after", c.id, "429"},
		"Please retry again later.",
	}})
	if err != nil { // strings alone: cannot happen
		return response{status: http.StatusTooManyRequests}
	}
	answer := response{status: http.StatusTooManyRequests, body: body}
	if retryAfter != "" {
		answer = answer.with("Retry-After", retryAfter)
	}
	return answer
}
