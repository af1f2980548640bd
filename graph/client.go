package graph

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// Config is what a [Client] is made from. Tenant, ClientID and at least one
// credential are needed; the rest has defaults.
type Config struct {
	Cloud       Cloud        // the zero Cloud is [Global]
	Tenant      string       // tenant id (GUID) or one of its verified domains
	ClientID    string       // application (client) id
	Credentials []Credential // tried in order while they are refused

	// Transport carries the requests; nil makes one that trusts Cloud.CA and
	// connects with Dial.
	Transport http.RoundTripper
	// Dial connects the transport made here; nil is net.Dialer's. It isn't
	// asked again after an error that has a method NonRetriable().
	Dial func(ctx context.Context, network, address string) (net.Conn, error)

	MaxWait time.Duration    // longest wait made here rather than by the caller; 0 is 10 s
	Backoff time.Duration    // before the first repeat where Microsoft names no time; 0 is 400 ms
	Timeout time.Duration    // for one try, its body included; 0 is 2 min
	Now     func() time.Time // nil is time.Now

	// Batches is how many $batch requests are made at a time; 0 is 4. Where
	// Microsoft throttles it becomes fewer by itself, for a while.
	Batches int

	// Application names the program in User-Agent, in at most 24 characters;
	// "" is telefonist.
	Application string
}

// tries is how often a call is made before its failure is the answer.
const tries = 4

// Client reads one tenant as one application. Make it with [New].
type Client struct {
	cloud   Cloud
	host    string
	pipe    runtime.Pipeline
	tokens  *tokens
	meter   *meter
	queue   *queue
	pace    *pace
	backoff time.Duration
	maxWait time.Duration
	now     func() time.Time
}

// New makes a client; nothing is sent yet. A tenant, client id or certificate
// that can't be right is an [*AuthError] already here.
func New(cfg Config) (*Client, error) {
	cfg.fill()
	host, err := url.Parse(cfg.Cloud.Graph)
	if err != nil || host.Host == "" {
		return nil, fmt.Errorf("graph: cloud %q has no usable address", cfg.Cloud.Name)
	}
	idle := func() {}
	if cfg.Transport == nil {
		own, err := newTransport(cfg.Cloud.CA, cfg.Dial)
		if err != nil {
			return nil, err
		}
		cfg.Transport, idle = own, own.CloseIdleConnections
	}
	options := cfg.options()
	toks, err := newTokens(cfg, options)
	if err != nil {
		return nil, err
	}
	m := &meter{now: cfg.Now, idle: idle}
	pipe := runtime.NewPipeline("graph", "v1", runtime.PipelineOptions{
		PerCall: []policy.Policy{begin{}},
		PerRetry: []policy.Policy{
			renew{toks},
			runtime.NewBearerTokenPolicy(toks, []string{cfg.Cloud.scope()}, nil),
			m,
		},
	}, &options)
	c := &Client{cloud: cfg.Cloud, host: host.Host, pipe: pipe, tokens: toks, meter: m,
		backoff: cfg.Backoff, maxWait: cfg.MaxWait, now: cfg.Now,
		pace: &pace{most: subscriptionCalls, span: subscriptionSpan}}
	c.queue = newQueue(c, cfg.Batches)
	return c, nil
}

// Close lets go of connections that no call uses; the client stays usable. A
// transport given in Config is left alone.
func (c *Client) Close() { c.meter.idle() }

func (cfg *Config) fill() {
	if cfg.Cloud.Graph == "" && cfg.Cloud.Login == "" {
		cfg.Cloud = Global
	}
	cfg.Cloud.Graph = strings.TrimRight(cfg.Cloud.Graph, "/")
	cfg.Cloud.Login = strings.TrimRight(cfg.Cloud.Login, "/")
	cfg.Tenant, cfg.ClientID = strings.TrimSpace(cfg.Tenant), strings.TrimSpace(cfg.ClientID)
	if cfg.MaxWait <= 0 {
		cfg.MaxWait = 10 * time.Second
	}
	if cfg.Backoff <= 0 {
		cfg.Backoff = 400 * time.Millisecond
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = 2 * time.Minute
	}
	if cfg.Batches <= 0 {
		cfg.Batches = 4
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
}

// call is one request to Graph. Its step names it in errors, so that the
// address, which may hold a person's, needn't.
type call struct {
	step   string
	method string // "" is GET
	url    string
	header http.Header
	body   []byte // JSON
}

// send makes a call and gives its answer if that is 2xx, else an [*Error] or
// [*AuthError]. The caller closes the body.
func (c *Client) send(ctx context.Context, k call) (*http.Response, error) {
	req, err := runtime.NewRequest(ctx, cmp.Or(k.method, http.MethodGet), k.url)
	if err != nil {
		return nil, &Error{Step: k.step, Err: errors.New("malformed address")}
	}
	for name, values := range k.header {
		req.Raw().Header[name] = values
	}
	if k.header.Get("Accept") == "" {
		req.Raw().Header.Set("Accept", "application/json")
	}
	if k.body != nil {
		if err := req.SetBody(nopCloser{bytes.NewReader(k.body)}, "application/json"); err != nil {
			return nil, &Error{Step: k.step, Err: err}
		}
	}
	runtime.SkipBodyDownload(req)
	res, err := c.pipe.Do(req)
	if err != nil {
		return nil, c.failure(ctx, k.step, req.Raw().Header, err)
	}
	if res.StatusCode < 200 || res.StatusCode > 299 {
		defer res.Body.Close()
		return nil, c.refusal(k.step, res)
	}
	return res, nil
}

// nopCloser makes a reader the body that azcore can rewind for a repeat.
type nopCloser struct{ io.ReadSeeker }

func (nopCloser) Close() error { return nil }

// maxBody bounds an answer: the largest page that Microsoft sends is a few MB.
const maxBody = 64 << 20

// read makes a call and decodes its whole answer. One that breaks off or isn't
// whole JSON is asked for again, so the call must be safe to repeat.
func (c *Client) read(ctx context.Context, k call, decode func(*decoder) error) error {
	for try := 1; ; try++ {
		res, err := c.send(ctx, k)
		if err != nil {
			return err
		}
		err = decodeBody(res.Body, decode)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("graph: %s: %w", k.step, ctx.Err())
		}
		if try == tries {
			return broken(k.step, res, err)
		}
		c.meter.retries.Add(1)
		if err := pause(ctx, c.backoff<<(try-1)); err != nil {
			return fmt.Errorf("graph: %s: %w", k.step, err)
		}
	}
}

func decodeBody(body io.ReadCloser, decode func(*decoder) error) error {
	defer body.Close()
	d := decoders.Get().(*decoder)
	defer decoders.Put(d)
	d.reset(http.MaxBytesReader(nil, body, maxBody))
	if err := decode(d); err != nil {
		return err
	}
	return d.end()
}

// pause waits, or returns the context's error when that ends first.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// address makes a URL of the API from a path whose parts are already escaped.
func (c *Client) address(path string, query ...string) string {
	var b strings.Builder
	b.WriteString(c.cloud.base())
	b.WriteString(path)
	for i := 0; i+1 < len(query); i += 2 {
		if query[i+1] == "" {
			continue
		}
		if strings.Contains(b.String(), "?") {
			b.WriteByte('&')
		} else {
			b.WriteByte('?')
		}
		b.WriteString(query[i])
		b.WriteByte('=')
		b.WriteString(strings.ReplaceAll(url.QueryEscape(query[i+1]), "+", "%20"))
	}
	return b.String()
}
