package m365

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strconv"
)

// response is an answer not yet on the wire: it may go into a batch instead.
type response struct {
	status int
	header map[string]string
	body   []byte
}

// with is the answer with one more header.
func (r response) with(name, value string) response {
	if r.header = maps.Clone(r.header); r.header == nil {
		r.header = map[string]string{}
	}
	r.header[name] = value
	return r
}

// fail is Graph's error object.
func (c *call) fail(status int, code, message string) response {
	type inner struct {
		Date      string `json:"date"`
		RequestID string `json:"request-id"`
		ClientID  string `json:"client-request-id"`
	}
	type object struct {
		Code    string `json:"code"`
		Message string `json:"message"`
		Inner   inner  `json:"innerError"`
	}
	body, err := json.Marshal(struct {
		Error object `json:"error"`
	}{object{code, message, inner{c.now.UTC().Format("2006-01-02T15:04:05"), c.id, c.clientID()}}})
	if err != nil { // three strings: cannot happen
		return response{status: http.StatusInternalServerError}
	}
	return response{status: status, body: body}
}

// clientID is the caller's client-request-id, or ours when he sent none.
func (c *call) clientID() string {
	if id := c.header.Get("Client-Request-Id"); id != "" {
		return clip(id)
	}
	return c.id
}

func (c *call) notFound(id string) response {
	return c.fail(http.StatusNotFound, "Request_ResourceNotFound",
		fmt.Sprintf("Resource '%s' does not exist or one of its queried reference-property objects are not present.", clip(id)))
}

func (c *call) bad(message string) response {
	return c.fail(http.StatusBadRequest, "Request_BadRequest", message)
}

func (c *call) unsupported(message string) response {
	return c.fail(http.StatusBadRequest, "Request_UnsupportedQuery", message)
}

func ok(body []byte) response { return response{status: http.StatusOK, body: body} }

// send puts an answer on the wire with Graph's headers, or breaks it off there
// where a fault says so.
func (c *call) send(w http.ResponseWriter, answer response) {
	h := w.Header()
	h.Set("Request-Id", c.id)
	h.Set("Client-Request-Id", c.clientID())
	h.Set("Cache-Control", "no-cache")
	h.Set("Strict-Transport-Security", "max-age=31536000")
	h.Set("X-Ms-Ags-Diagnostic", `{"ServerInfo":{"DataCenter":"Simulated","Slice":"E","Ring":"1","ScaleUnit":"000","RoleInstance":"SIM00000000"}}`)
	h.Set("Date", c.now.UTC().Format(http.TimeFormat))
	if len(answer.body) > 0 {
		h.Set("Content-Type", "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8")
	}
	for name, value := range answer.header {
		h.Set(name, value)
	}
	body := answer.body
	if c.hit(Truncate) {
		body = body[:len(body)/2]
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if c.hit(Cut) { // net/http closes a connection on which less was written than said
		body = body[:len(body)/2]
	}
	w.WriteHeader(answer.status)
	w.Write(body)
}
