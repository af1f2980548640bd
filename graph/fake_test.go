package graph

import (
	"bytes"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	testTenant = "11111111-2222-3333-4444-555555555555"
	testApp    = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
	testSecret = "q8Q~not.a.real-secret_0123456789abcdef"
)

// fake is the smallest sign-in that azidentity takes, with a Graph whose
// answers a test gives.
type fake struct {
	*httptest.Server
	mu     sync.Mutex
	tokens int                                               // given so far
	asked  []string                                          // paths of Graph, in order
	token  func(w http.ResponseWriter, r *http.Request) bool // answers a token request if it returns true
	graph  http.HandlerFunc
}

func newFake(t testing.TB, answer http.HandlerFunc) *fake {
	t.Helper()
	f := &fake{graph: answer}
	f.Server = httptest.NewUnstartedServer(f)
	f.Server.Config.ErrorLog = quiet
	f.StartTLS()
	t.Cleanup(f.Close)
	return f
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	base := "https://" + r.Host
	tenant, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	switch rest {
	case "v2.0/.well-known/openid-configuration":
		fmt.Fprintf(w, `{"issuer":"%[1]s/%[2]s/v2.0","authorization_endpoint":"%[1]s/%[2]s/oauth2/v2.0/authorize","token_endpoint":"%[1]s/%[2]s/oauth2/v2.0/token"}`, base, tenant)
	case "oauth2/v2.0/token":
		_ = r.ParseForm()
		if f.token != nil && f.token(w, r) {
			return
		}
		f.mu.Lock()
		f.tokens++
		n := f.tokens
		f.mu.Unlock()
		fmt.Fprintf(w, `{"token_type":"Bearer","expires_in":3599,"access_token":"token-%d"}`, n)
	default:
		f.mu.Lock()
		f.asked = append(f.asked, r.Method+" "+r.URL.RequestURI())
		f.mu.Unlock()
		f.graph(w, r)
	}
}

// cloud is this server's, as a real installation would be told of one.
func (f *fake) cloud() Cloud {
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: f.Certificate().Raw})
	return Cloud{Name: "fake", Login: f.URL, Graph: f.URL, CA: ca}
}

func (f *fake) config() Config {
	return Config{Cloud: f.cloud(), Tenant: testTenant, ClientID: testApp,
		Credentials: []Credential{{Secret: testSecret}},
		Backoff:     time.Millisecond}
}

// client makes one of the config as changed.
func (f *fake) client(t testing.TB, change ...func(*Config)) *Client {
	t.Helper()
	cfg := f.config()
	for _, c := range change {
		c(&cfg)
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (f *fake) calls() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string(nil), f.asked...)
}

// answers gives a body a request, the last one for ever.
func answers(bodies ...string) http.HandlerFunc {
	var mu sync.Mutex
	n := 0
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		body := bodies[min(n, len(bodies)-1)]
		n++
		mu.Unlock()
		_, _ = io.WriteString(w, strings.ReplaceAll(body, "HOST", "https://"+r.Host))
	}
}

func readCloser(body []byte) io.ReadCloser { return io.NopCloser(bytes.NewReader(body)) }
