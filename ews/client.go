package ews

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"
)

// ErrOlder is a call that the version an [Access] names doesn't have.
var ErrOlder = errors.New("ews: the server is too old for this")

// Config is what a [Client] is made from. URL is needed; the rest has defaults.
type Config struct {
	// URL is where the service is, https://mail.example.com/EWS/Exchange.asmx.
	URL string
	// HTTP carries the requests and signs in, as one account: nothing here adds
	// a password. nil is a client that doesn't sign in. Its Jar, Timeout and
	// CheckRedirect are not used: cookies are kept by each [Group], Timeout below
	// counts, and redirects are not followed.
	HTTP *http.Client
	// Stream carries the connections that [Group.Stream] holds open, since a
	// transport of few connections would soon have none left; nil is HTTP.
	Stream *http.Client

	AtOnce    int           // calls at a time, connections held open aside; 0 is 4
	Timeout   time.Duration // for one call, waiting for its turn aside; 0 is 2 min
	Silence   time.Duration // after which a stream is dead; 0 is 100 s, two heart-beats and some
	MaxAnswer int64         // bytes of one answer; 0 is 64 MiB
	UserAgent string        // "" is "ews"
	Now       func() time.Time
}

// Client is one account on one server. Make it with [New].
type Client struct {
	cfg    Config
	turn   chan struct{}
	call   *http.Client
	stream *http.Client
}

// New makes a client; nothing is sent yet.
func New(cfg Config) (*Client, error) {
	u, err := url.Parse(cfg.URL)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, errors.New("ews: the URL must be a full one, https://mail.example.com/EWS/Exchange.asmx")
	}
	if u.User != nil {
		return nil, errors.New("ews: the URL must not hold a password")
	}
	if cfg.HTTP == nil {
		cfg.HTTP = &http.Client{}
	}
	cfg.AtOnce = cmp.Or(cfg.AtOnce, 4)
	cfg.Timeout = cmp.Or(cfg.Timeout, 2*time.Minute)
	cfg.Silence = cmp.Or(cfg.Silence, 100*time.Second)
	cfg.MaxAnswer = cmp.Or(cfg.MaxAnswer, 64<<20)
	cfg.UserAgent = cmp.Or(cfg.UserAgent, "ews")
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Client{
		cfg:    cfg,
		turn:   make(chan struct{}, cfg.AtOnce),
		call:   withoutRedirects(cfg.HTTP),
		stream: withoutRedirects(cmp.Or(cfg.Stream, cfg.HTTP)),
	}, nil
}

// withoutRedirects is c with nothing that could carry a request, or a cookie,
// elsewhere than to where it was sent.
func withoutRedirects(c *http.Client) *http.Client {
	return &http.Client{
		Transport:     c.Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// do makes a call: it sends an envelope and has body read the one in answer.
// What fails is an [*Error].
func (c *Client) do(ctx context.Context, op string, r *request, body func(*answer)) error {
	return c.doIn(ctx, nil, op, r, body)
}

// doIn makes a call that belongs to a group, or to none.
func (c *Client) doIn(ctx context.Context, g *Group, op string, r *request, body func(*answer)) error {
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		return &Error{Op: op, Err: ctx.Err()}
	}
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	var header http.Header
	if g != nil {
		header = g.header(r.a)
	}
	res, err := c.post(ctx, c.call, op, r, header)
	if err != nil {
		return err
	}
	defer drain(res.Body)
	if g != nil {
		g.learn(res)
	}
	a := c.answer(op, res)
	if err := a.documents(body); err != nil {
		return err
	}
	if a.count == 0 {
		return a.strange("an empty answer")
	}
	return nil
}

// post sends a request. An answer that can't hold an envelope is an error.
func (c *Client) post(ctx context.Context, hc *http.Client, op string, r *request, header http.Header) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.cfg.URL, bytes.NewReader(r.end()))
	if err != nil {
		return nil, &Error{Op: op, Err: err}
	}
	for k, v := range header {
		req.Header[k] = v
	}
	req.Header.Set("Content-Type", "text/xml; charset=utf-8")
	req.Header.Set("Accept", "text/xml")
	req.Header.Set("User-Agent", c.cfg.UserAgent)
	if op != "Subscribe" { // what only reads may go again when the server has just closed the connection
		req.Header["Idempotency-Key"] = []string{} // for net/http, which doesn't send it
	}
	if r.a.Impersonate != "" && req.Header.Get("X-AnchorMailbox") == "" {
		req.Header.Set("X-AnchorMailbox", r.a.Impersonate) // else it may go by way of another server
	}
	res, err := hc.Do(req)
	if err != nil {
		return nil, &Error{Op: op, Err: withoutAddress(err)}
	}
	if res.StatusCode != http.StatusOK && res.StatusCode != http.StatusInternalServerError {
		defer drain(res.Body)
		return nil, c.refusal(op, res)
	}
	return res, nil
}

// refusal makes the error of an answer that isn't one of Exchange's but its web
// server's, or of a proxy in front of it.
func (c *Client) refusal(op string, res *http.Response) *Error {
	e := &Error{Op: op, Status: res.StatusCode, Wait: retryAfter(res.Header, c.cfg.Now())}
	if to, err := res.Location(); err == nil && !strings.EqualFold(path.Base(to.Path), "genericerrorpage.htm") {
		e.Location = clip([]byte(to.Host))
	}
	head, _ := io.ReadAll(io.LimitReader(res.Body, 16<<10))
	e.Text = clip(title(head))
	return e
}

// title is that of a page in HTML.
func title(page []byte) []byte {
	lower := bytes.ToLower(page)
	from := bytes.Index(lower, []byte("<title>"))
	if from < 0 || len(lower) != len(page) {
		return nil
	}
	from += len("<title>")
	to := bytes.IndexByte(page[from:], '<')
	if to < 0 {
		return nil
	}
	return page[from : from+to]
}

// drain reads a little of what is left, so that the connection can be used again.
func drain(body io.ReadCloser) {
	_, _ = io.CopyN(io.Discard, body, 64<<10)
	_ = body.Close()
}

// withoutAddress drops the URL that net/http puts into its errors.
func withoutAddress(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// wrap gives an error of reading an answer its operation.
func wrap(op string, status int, err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Op: op, Status: status, Err: fmt.Errorf("reading the answer: %w", err)}
}
