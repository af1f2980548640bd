package m365

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// batchItem is one request of a batch.
type batchItem struct {
	ID        string            `json:"id"`
	Method    string            `json:"method"`
	URL       string            `json:"url"`
	Headers   map[string]string `json:"headers"`
	Body      json.RawMessage   `json:"body"`
	DependsOn []string          `json:"dependsOn"`
}

// batchAnswer is the answer to one.
type batchAnswer struct {
	ID      string            `json:"id"`
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers,omitempty"`
	body    []byte            // JSON
}

// appendTo writes the answer, its body as it is: encoding/json would read through
// each page of events once more.
func (a batchAnswer) appendTo(b []byte) ([]byte, error) {
	head, err := json.Marshal(a)
	if err != nil {
		return nil, err
	}
	b = append(append(b, head[:len(head)-1]...), `,"body":`...)
	return append(append(b, a.body...), '}'), nil
}

// batchMax is how many requests a batch may hold.
const batchMax = 20

// batch answers POST /$batch as json-batching.md describes it. Answers come
// back to front: callers must go by id.
func (c *call) batch() response {
	var asked struct {
		Requests []batchItem `json:"requests"`
	}
	switch err := json.Unmarshal(c.body, &asked); {
	case c.method != http.MethodPost:
		return c.fail(http.StatusMethodNotAllowed, "Request_BadRequest", "Specified HTTP method is not allowed for the request target.")
	case err != nil:
		return c.fail(http.StatusBadRequest, "BadRequest", "Invalid batch payload format.")
	}
	if message := checkBatch(asked.Requests); message != "" {
		return c.fail(http.StatusBadRequest, "BadRequest", message)
	}
	answers := c.items(asked.Requests)
	body := []byte(`{"responses":[`)
	for i, a := range slices.Backward(answers) {
		var err error
		if body, err = a.appendTo(body); err != nil {
			return c.fail(http.StatusInternalServerError, "generalException", "cannot encode the batch")
		}
		if i > 0 {
			body = append(body, ',')
		}
	}
	return ok(append(body, "]}"...))
}

// checkBatch is what is wrong with a batch as a whole, or empty.
func checkBatch(items []batchItem) string {
	if len(items) == 0 {
		return "The batch request must contain at least one request."
	}
	if len(items) > batchMax {
		return fmt.Sprintf("Number of batch request steps exceeds the maximum value of %d.", batchMax)
	}
	seen := map[string]bool{}
	for _, item := range items {
		id := strings.ToLower(item.ID)
		switch {
		case id == "" || item.Method == "" || item.URL == "":
			return "A batch request step must have id, method and url."
		case seen[id]:
			return "Request Id is duplicated: '" + clip(item.ID) + "'."
		case strings.Contains(item.URL, "$batch"):
			return "A batch can't contain another batch."
		case strings.Contains(item.URL, "://"):
			return "Invalid batch request url: it must be relative."
		case len(item.Body) > 0 && !hasContentType(item.Headers):
			return "A request with a body must have a Content-Type header: '" + clip(item.ID) + "'."
		}
		for name, value := range item.Headers {
			if strings.EqualFold(name, "Prefer") && strings.Contains(strings.ToLower(value), "respond-async") {
				return "respond-async is not supported in a batch."
			}
		}
		for _, other := range item.DependsOn {
			if !seen[strings.ToLower(other)] {
				return "dependsOn names a request that does not come before: '" + clip(other) + "'."
			}
		}
		seen[id] = true
	}
	return ""
}

func hasContentType(headers map[string]string) bool {
	for name := range headers {
		if strings.EqualFold(name, "Content-Type") {
			return true
		}
	}
	return false
}

// parallel is how many requests of a batch Graph sends to Outlook at a time,
// of https://learn.microsoft.com/graph/throttling-limits#outlook-service-limits.
const parallel = 4

// items answers the requests of a batch: a few at a time, or where any depends
// on another one by one. Faults strike in the order of the batch all the same.
func (c *call) items(asked []batchItem) []batchAnswer {
	answers := make([]batchAnswer, len(asked))
	parts := make([]*call, len(asked))
	oneByOne := false
	for i := range asked {
		parts[i] = c.part(&asked[i])
		oneByOne = oneByOne || len(asked[i].DependsOn) > 0
	}
	if oneByOne {
		failed := map[string]bool{}
		for i, part := range parts {
			answers[i] = part.item(&asked[i], failed)
			failed[strings.ToLower(asked[i].ID)] = answers[i].Status >= 400
		}
		return answers
	}
	free := make(chan struct{}, parallel)
	var work sync.WaitGroup
	for i, part := range parts {
		free <- struct{}{}
		work.Go(func() {
			answers[i] = part.item(&asked[i], nil)
			<-free
		})
	}
	work.Wait()
	return answers
}

// part is a request of the batch as a call of its own, with the faults that
// strike it.
func (c *call) part(item *batchItem) *call {
	sub := &call{
		s: c.s, t: c.t, claims: c.claims, unlisted: c.unlisted, method: strings.ToUpper(item.Method), header: http.Header{}, body: item.Body,
		base: c.base, now: c.now, id: requestID(),
	}
	for name, value := range item.Headers {
		sub.header.Set(name, value)
	}
	if address, err := url.Parse("/" + strings.TrimPrefix(item.URL, "/")); err == nil {
		sub.path, sub.query = splitPath(address.Path), parseQuery(address.RawQuery)
		sub.struck = c.s.strike(c.t, sub.method, "/v1.0"+address.Path, sub.query)
	}
	return sub
}

// item answers one request of the batch as if it had come alone.
func (c *call) item(item *batchItem, failed map[string]bool) batchAnswer {
	answer := c.run(item, failed)
	if len(answer.body) > 0 && answer.header["Content-Type"] == "" {
		answer = answer.with("Content-Type", "application/json")
	}
	body := answer.body
	if len(body) == 0 {
		body = []byte("null")
	}
	return batchAnswer{item.ID, answer.status, answer.header, body}
}

func (c *call) run(item *batchItem, failed map[string]bool) response {
	for _, other := range item.DependsOn {
		if failed[strings.ToLower(other)] {
			return c.fail(http.StatusFailedDependency, "FailedDependency", "A request this one depends on has failed.")
		}
	}
	if c.path == nil {
		return c.fail(http.StatusBadRequest, "BadRequest", "Invalid url.")
	}
	return c.dispatch()
}
