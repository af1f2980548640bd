// Package api serves REST at /api/v1, described by OpenAPI 3.1 at /openapi.json
// and for people at /docs, and the endpoint that Microsoft Graph notifies.
//
// Each operation stands as one line in a table, one table a file: it parses, calls
// one method of package desk and renders the answer as one of package client's
// types. Nothing is decided here. What is refused is a problem (RFC 9457) in the
// caller's language, and never repeats what was sent.
package api

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/telefonist/telefonist/desk"
	"github.com/telefonist/telefonist/language"
)

// Options are what may differ from the defaults.
type Options struct {
	Version string // shown in the description
	Log     *slog.Logger
	// From is a request's remote address; nil takes the connection's own. Behind a
	// proxy it must read what that proxy, and nobody else, says.
	From func(*http.Request) string
}

// Patterns are the paths that [New]'s handler serves, as patterns of
// [http.ServeMux].
var Patterns = []string{"/api/", "/openapi.json", "/docs", NotificationPath}

// server is what the operations share.
type server struct {
	desk *desk.Desk
	opts Options
	mux  *http.ServeMux
	huma huma.API
}

// New serves callers that come over the network with a token.
func New(d *desk.Desk, opts Options) http.Handler { return build(d, opts).asToken() }

// NewSocket serves whoever can open the socket in the data folder: the operator.
func NewSocket(d *desk.Desk, opts Options) http.Handler {
	s := build(d, opts)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.serve(w, r, desk.AtSocket())
	})
}

func build(d *desk.Desk, opts Options) *server {
	if opts.Log == nil {
		opts.Log = slog.Default()
	}
	if opts.From == nil {
		opts.From = remote
	}
	s := &server{desk: d, opts: opts, mux: http.NewServeMux()}
	s.huma = humago.New(s.mux, describe(opts.Version))
	for _, table := range [][]route{
		organizations, users, operators, sources, connecting, replicators, rounds, people, subscribers, notices, tenants,
		calendars, activities, mine, switchboards,
	} {
		for _, r := range table {
			r(s)
		}
	}
	s.mux.HandleFunc("/", s.unknown)
	s.mux.HandleFunc(NotificationPath, s.notification)
	s.mux.Handle("GET /docs", docs(s.huma.OpenAPI()))
	return s
}

// describe is the frame of the OpenAPI description. huma's own page of
// documentation would load a script from elsewhere.
func describe(version string) huma.Config {
	if version == "" {
		version = "0"
	}
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title:       "Telefonist",
				Version:     version,
				Description: "Keeps a telephone system in step with Microsoft 365. A token is sent as Authorization: Bearer.",
			},
			Components: &huma.Components{
				Schemas:         huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
				SecuritySchemes: map[string]*huma.SecurityScheme{"token": {Type: "http", Scheme: "bearer"}},
			},
			Security: []map[string][]string{{"token": {}}},
		},
		OpenAPIPath:   "/openapi",
		Formats:       map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat},
		DefaultFormat: "application/json",
	}
}

// asToken finds out whom the token speaks for before anything else is looked at.
func (s *server) asToken() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/api/") {
			s.mux.ServeHTTP(w, r)
			return
		}
		actor, err := s.caller(r)
		if err != nil {
			w.Header().Set("WWW-Authenticate", `Bearer realm="telefonist"`)
			s.refuse(w, r, err)
			return
		}
		s.serve(w, r, actor)
	})
}

// caller is the actor of a token, or of the text of a colleague's connect link.
func (s *server) caller(r *http.Request) (desk.Actor, error) {
	text, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return desk.Actor{}, errNoToken
	}
	if strings.HasPrefix(text, desk.LinkPrefix) {
		actor, _, err := s.desk.ActorOfLink(r.Context(), text, s.opts.From(r))
		return actor, err
	}
	return s.desk.ActorOfToken(r.Context(), text, s.opts.From(r))
}

var errNoToken = errors.New("no token")

func (s *server) serve(w http.ResponseWriter, r *http.Request, actor desk.Actor) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	ctx := context.WithValue(r.Context(), callKey{}, call{actor, printer(r), s.desk.Now()})
	s.mux.ServeHTTP(w, r.WithContext(ctx))
}

// call is who asks, and in which language he is answered.
type call struct {
	actor   desk.Actor
	printer *language.Printer
	now     time.Time
}

type callKey struct{}

func callOf(ctx context.Context) call {
	c, _ := ctx.Value(callKey{}).(call)
	if c.printer == nil {
		c.printer = language.For(language.English)
	}
	return c
}

// printer is the language that a caller asks for; programs that ask for none are
// answered in English.
func printer(r *http.Request) *language.Printer {
	if asked := r.Header.Get("Accept-Language"); asked != "" {
		return language.Match(asked)
	}
	return language.For(language.English)
}

// unknown answers for paths that nothing serves, and for methods that a path does
// not know, which http.ServeMux would do in plain text.
func (s *server) unknown(w http.ResponseWriter, r *http.Request) {
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		try := r.Clone(r.Context())
		try.Method = method
		if _, pattern := s.mux.Handler(try); pattern != "/" && pattern != "" {
			allowed = append(allowed, method)
		}
	}
	if len(allowed) > 0 && !slices.Contains(allowed, r.Method) {
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		s.refuse(w, r, errMethod)
		return
	}
	s.refuse(w, r, desk.ErrNotFound)
}

var errMethod = errors.New("method not allowed")

func remote(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
