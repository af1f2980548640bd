// Package client speaks to a Telefonist server: over TCP with an API token, or
// through the socket in its data folder, where no token is needed.
//
//	c := client.New("https://telefonist.example.se", token)
//	c := client.Socket("data/telefonist.sock")
//	org := c.In("1042") // an organization, by id or by the operator's number
//	rounds, err := org.Rounds(ctx, client.RoundQuery{State: "held"})
//
// Its types are what the API writes and reads (/openapi.json says the same).
// A refusal is an [*Error].
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Client speaks to one server. It is safe for use by several goroutines.
type Client struct {
	base     string
	token    string
	language string // sent as Accept-Language
	http     *http.Client
}

// New speaks to the server at base with an API token.
func New(base, token string) *Client {
	return &Client{base: strings.TrimSuffix(base, "/"), token: token, http: &http.Client{}}
}

// Socket speaks through a unix socket; who can open it is the operator.
func Socket(path string) *Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", path)
	}
	return &Client{base: "http://telefonist", http: &http.Client{Transport: &http.Transport{DialContext: dial}}}
}

// WithHTTP returns a client that sends through h (its own CA, a proxy).
func (c *Client) WithHTTP(h *http.Client) *Client {
	return &Client{base: c.base, token: c.token, language: c.language, http: h}
}

// Speaking returns a client that is answered in a language, a BCP 47 tag such as
// "sv"; without one the answers are in English.
func (c *Client) Speaking(language string) *Client {
	return &Client{base: c.base, token: c.token, language: language, http: c.http}
}

// Organization is one customer's part of the API.
type Organization struct {
	c    *Client
	path string
}

// In is the customer with this id or number; it is not checked to exist.
func (c *Client) In(org string) *Organization {
	return &Organization{c, "/organizations/" + url.PathEscape(org)}
}

// Error is what the server answers other than yes, as in RFC 9457.
type Error struct {
	Status int     `json:"status"`
	Title  string  `json:"title"`
	Detail string  `json:"detail,omitempty"`
	Code   string  `json:"code,omitempty"` // "forbidden", "notfound", "conflict", "changed", "invalid" …
	Errors []Fault `json:"errors,omitempty"`
}

// Fault is a value that was refused: where, and why as a code and a sentence. The
// value itself is never repeated.
type Fault struct {
	Location string `json:"location,omitempty"`
	Code     string `json:"code,omitempty"`
	Message  string `json:"message"`
}

func (e *Error) Error() string {
	text := e.Detail
	if text == "" {
		text = e.Title
	}
	for _, f := range e.Errors {
		text += "\n  " + f.Location + ": " + f.Message
	}
	return text
}

// IsStatus is true where err is the server's answer with that status.
func IsStatus(err error, status int) bool {
	var e *Error
	return errors.As(err, &e) && e.Status == status
}

// nothing is the body of an answer that has none.
type nothing struct{}

// request is one call.
type request struct {
	method, path string
	query        url.Values
	body         any       // sent as JSON, unless it is a file
	file         io.Reader // sent as it is
	fileType     string
	generation   int64 // sent as If-Match where not 0
}

// unset is the generation of what nobody has set yet.
const unset = -1

// do makes a call and decodes its answer.
func do[T any](ctx context.Context, c *Client, r request) (answer T, err error) {
	body, err := c.open(ctx, r)
	if err != nil {
		return answer, err
	}
	defer body.Close()
	if _, none := any(answer).(nothing); none {
		_, err := io.Copy(io.Discard, body)
		return answer, err
	}
	if err := json.NewDecoder(body).Decode(&answer); err != nil {
		return answer, fmt.Errorf("%s %s: read answer: %w", r.method, r.path, err)
	}
	return answer, nil
}

// save makes a call and copies its answer to w.
func save(ctx context.Context, c *Client, r request, w io.Writer) error {
	body, err := c.open(ctx, r)
	if err != nil {
		return err
	}
	defer body.Close()
	if _, err := io.Copy(w, body); err != nil {
		return fmt.Errorf("%s %s: read answer: %w", r.method, r.path, err)
	}
	return nil
}

// open makes a call and returns the body of its answer; a refusal is an [*Error].
func (c *Client) open(ctx context.Context, r request) (io.ReadCloser, error) {
	reader, contentType := r.file, r.fileType
	if r.body != nil {
		text, err := json.Marshal(r.body)
		if err != nil {
			return nil, fmt.Errorf("%s %s: write request: %w", r.method, r.path, err)
		}
		reader, contentType = bytes.NewReader(text), "application/json"
	}
	at := c.base + "/api/v1" + r.path
	if len(r.query) > 0 {
		at += "?" + r.query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, r.method, at, reader)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", r.method, r.path, err)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	if c.language != "" {
		req.Header.Set("Accept-Language", c.language)
	}
	if r.generation != 0 {
		req.Header.Set("If-Match", strconv.Quote(strconv.FormatInt(max(r.generation, 0), 10)))
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, err // *url.Error says method and address, and never the token
	}
	if resp.StatusCode < 400 {
		return resp.Body, nil
	}
	defer resp.Body.Close()
	return nil, refusal(resp)
}

// refusal reads a problem; a proxy in between may answer with something else.
func refusal(resp *http.Response) error {
	e := &Error{}
	text, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil || json.Unmarshal(text, e) != nil {
		e = &Error{}
	}
	e.Status = resp.StatusCode
	if e.Title == "" {
		e.Title = resp.Status
	}
	return e
}

// values collects a query without its empty parts.
func values(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			v.Set(pairs[i], pairs[i+1])
		}
	}
	return v
}

func number(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// List is a page of things; Next asks for the following page, "" on the last one.
type List[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty"`
}

// list reads the items of one page.
func list[T any](ctx context.Context, c *Client, path string, query url.Values) ([]T, error) {
	l, err := do[List[T]](ctx, c, request{method: http.MethodGet, path: path, query: query})
	return l.Items, err
}

func get[T any](ctx context.Context, c *Client, path string, query url.Values) (T, error) {
	return do[T](ctx, c, request{method: http.MethodGet, path: path, query: query})
}

func send[T any](ctx context.Context, c *Client, method, path string, body any) (T, error) {
	return do[T](ctx, c, request{method: method, path: path, body: body})
}

// Reason is why something is so, as a fact: a code with what belongs to it.
type Reason struct {
	Code string            `json:"code"`
	Args map[string]string `json:"args,omitempty"`
	Text string            `json:"text,omitempty"` // the sentence, in the language that was asked for
}

// Entry is a line of an audit log.
type Entry struct {
	ID     int64             `json:"id"`
	At     time.Time         `json:"at"`
	Actor  string            `json:"actor"`
	Role   string            `json:"role"`
	Verb   string            `json:"verb"`
	Object string            `json:"object,omitempty"`
	Detail map[string]string `json:"detail,omitempty"`
}
