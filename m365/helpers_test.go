package m365_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/telefonist/telefonist/m365"
)

// world is a running server with its first tenant, and a client of it.
type world struct {
	t      *testing.T
	server *m365.Server
	tenant *m365.Tenant
	client *http.Client
	token  string
}

// start runs a server with one tenant made by o.
func start(t *testing.T, o m365.Options) *world {
	t.Helper()
	tenant := m365.New(o)
	server := m365.NewServer(tenant)
	if err := server.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	w := &world{t: t, server: server, tenant: tenant, client: server.Client()}
	w.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	t.Cleanup(w.client.CloseIdleConnections)
	return w
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// decode reads the body as JSON.
func (a answer) decode(t *testing.T, v any) {
	t.Helper()
	if err := json.Unmarshal(a.body, v); err != nil {
		t.Fatalf("body is no JSON: %v\n%.300s", err, a.body)
	}
}

// tokenFor asks for a token with the form's fields on top of the usual ones.
func (w *world) tokenFor(tenant string, change map[string]string) answer {
	w.t.Helper()
	form := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {w.tenant.ClientID}, "client_secret": {w.tenant.Secret()},
		"scope": {"https://graph.microsoft.com/.default"},
	}
	for name, value := range change {
		if form.Set(name, value); value == "" {
			form.Del(name)
		}
	}
	res, err := w.client.PostForm(w.server.URL()+"/"+tenant+"/oauth2/v2.0/token", form)
	if err != nil {
		w.t.Fatal(err)
	}
	return read(w.t, res)
}

func read(t *testing.T, res *http.Response) answer {
	t.Helper()
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, body}
}

// signIn gets the token that later calls send.
func (w *world) signIn() {
	w.t.Helper()
	var got struct {
		Token string `json:"access_token"`
	}
	a := w.tokenFor(w.tenant.ID, nil)
	a.decode(w.t, &got)
	if w.token = got.Token; w.token == "" {
		w.t.Fatalf("no token: %s", a.body)
	}
}

// do sends a request to Graph; path may be a whole URL. Headers come in pairs.
func (w *world) do(method, path, body string, headers ...string) answer {
	w.t.Helper()
	res, err := w.client.Do(w.request(method, path, body, headers...))
	if err != nil {
		w.t.Fatal(err)
	}
	return read(w.t, res)
}

func (w *world) request(method, path, body string, headers ...string) *http.Request {
	w.t.Helper()
	if w.token == "" {
		w.signIn()
	}
	if !strings.HasPrefix(path, "https:") {
		path = w.server.URL() + path
	}
	r, err := http.NewRequest(method, strings.ReplaceAll(path, " ", "%20"), strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+w.token)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

func (w *world) get(path string, headers ...string) answer {
	w.t.Helper()
	return w.do(http.MethodGet, path, "", headers...)
}

// object is any JSON object.
type object = map[string]any

// page is a page of a list or of delta.
type page struct {
	Context string   `json:"@odata.context"`
	Count   *int     `json:"@odata.count"`
	Next    string   `json:"@odata.nextLink"`
	Delta   string   `json:"@odata.deltaLink"`
	Value   []object `json:"value"`
}

func (w *world) page(path string, headers ...string) page {
	w.t.Helper()
	a := w.get(path, headers...)
	if a.status != http.StatusOK {
		w.t.Fatalf("GET %s: %d %s", path, a.status, a.body)
	}
	var p page
	a.decode(w.t, &p)
	return p
}

// all follows links to the end and returns every object and the deltaLink.
func (w *world) all(path string, headers ...string) ([]object, string) {
	w.t.Helper()
	var objects []object
	for range 1000 {
		p := w.page(path, headers...)
		objects = append(objects, p.Value...)
		if p.Next == "" {
			return objects, p.Delta
		}
		path = p.Next
	}
	w.t.Fatal("pages without end")
	return nil, ""
}

// code is the error code of a refusal.
func (a answer) code(t *testing.T) string {
	t.Helper()
	var got struct {
		Error struct {
			Code string `json:"code"`
		} `json:"error"`
	}
	a.decode(t, &got)
	return got.Error.Code
}
