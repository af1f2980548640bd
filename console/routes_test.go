package console

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// Patterns are the addresses of an audience, for the tests that walk them.
func Patterns(inOrganization bool) []string {
	var all []string
	for _, r := range routes() {
		if r.who == inside == inOrganization && r.who != anyone {
			all = append(all, r.pattern)
		}
	}
	return all
}

// What a form says of where to go back never leads to another server.
func TestLocal(t *testing.T) {
	for address, want := range map[string]string{
		"":                     "/",
		"/o/a/people?q=x#y":    "/o/a/people?q=x#y",
		"https://evil.example": "/",
		"//evil.example/x":     "/",
		`/\evil.example`:       "/",
		"javascript:alert(1)":  "/",
		"people":               "/",
		"\x00":                 "/",
	} {
		if got := local(address); got != want {
			t.Errorf("local(%q) = %q, want %q", address, got, want)
		}
	}
}

// An asset is kept for ever under the address that carries its hash, and is
// nowhere else.
func TestAssets(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /static/{hash}/{name}", serveAsset)
	for _, name := range []string{"app.css", "app.js", "htmx.min.js", "hx-sse.min.js", "tabler.min.css", "icon.svg"} {
		for _, encoding := range []string{"", "gzip"} {
			r := httptest.NewRequest("GET", assetURL(name), nil)
			r.Header.Set("Accept-Encoding", encoding)
			w := httptest.NewRecorder()
			mux.ServeHTTP(w, r)
			if w.Code != http.StatusOK || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") || w.Body.Len() == 0 {
				t.Errorf("%s (%q): %d %v, %d bytes", name, encoding, w.Code, w.Header(), w.Body.Len())
			}
			if encoding == "" && w.Header().Get("Content-Encoding") != "" {
				t.Errorf("%s is packed for a browser that did not ask for it", name)
			}
		}
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest("GET", "/static/000000000000/"+name, nil))
		if w.Code != http.StatusNotFound {
			t.Errorf("%s under another hash: %d, want 404", name, w.Code)
		}
	}
}

// Every icon that a page names is there.
func TestIcons(t *testing.T) {
	for _, name := range []string{"home", "users", "circle-check", "alert-triangle", "circle-x", "refresh", "hourglass", "hand-stop", "ban"} {
		if !strings.HasPrefix(iconText()[name], "<svg") {
			t.Errorf("no icon %q", name)
		}
	}
}
