package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/telefonist/telefonist/client"
	"github.com/telefonist/telefonist/desk"
)

// route is a line of a table of operations.
type route func(*server)

// base is where everything stands.
const base = "/api/v1"

// maxBody bounds a body of JSON, maxFile a file.
const (
	maxBody = 1 << 20
	maxFile = 64 << 20
)

// InOrganization is the input of what belongs to an organization, by id or number.
type InOrganization struct {
	Org string `path:"org" doc:"The organization's id, or the operator's customer number"`
}

func (w InOrganization) organization() string { return w.Org }

// OneThing is the input of what is about one thing of an organization.
type OneThing struct {
	InOrganization
	ID string `path:"id"`
}

// ofOrganization is an input that names an organization.
type ofOrganization interface{ organization() string }

// nothing is an input without anything.
type nothing struct{}

// reply is an answer with a body and, where it has one, its generation.
type reply[O any] struct {
	ETag string `header:"ETag"`
	Body O
}

func replied[O any](body O) *reply[O] {
	r := &reply[O]{Body: body}
	if g := generationOf(body); g != 0 {
		r.ETag = strconv.Quote(strconv.FormatInt(g, 10))
	}
	return r
}

func generationOf(body any) int64 {
	switch b := body.(type) {
	case client.Customer:
		return b.Generation
	case client.Source:
		return b.Generation
	case client.Replicator:
		return b.Generation
	case client.Subscriber:
		return b.Generation
	case client.Calendar:
		return b.Generation
	case client.Connection:
		return b.Generation
	case client.Switchboard:
		return b.Generation
	case client.Preference:
		return b.Generation
	}
	return 0
}

// IfMatching is the If-Match header of what changes settings.
type IfMatching struct {
	IfMatch string `header:"If-Match" doc:"The ETag that was read; something else answers 412"`
}

var errNoGeneration = errors.New("no If-Match")

func (m IfMatching) generation() (int64, error) {
	text := strings.Trim(strings.TrimPrefix(strings.TrimSpace(m.IfMatch), "W/"), `"`)
	if text == "" {
		return 0, errNoGeneration
	}
	g, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, desk.ErrChanged
	}
	return g, nil
}

// operation describes a line. Its id is the name of what it calls at the desk, as
// in desk.Rights.
func operation(method, path, id, summary string, status int) huma.Operation {
	tag, _, _ := strings.Cut(strings.TrimPrefix(path, "/organizations/{org}/"), "/")
	if !strings.HasPrefix(path, "/organizations/{org}/") {
		tag = "operator"
	}
	return huma.Operation{
		Method: method, Path: base + path, OperationID: id, Summary: summary, DefaultStatus: status,
		Tags: []string{tag}, MaxBodyBytes: maxBody, Errors: []int{401, 403, 404, 422, 429},
	}
}

// globally is an operation outside any one organization.
func globally[I, O any](method, path, id, summary string, h func(context.Context, *desk.Caller, *I) (O, error), more ...func(*huma.Operation)) route {
	return func(s *server) {
		op := operation(method, path, id, summary, http.StatusOK)
		for _, m := range more {
			m(&op)
		}
		huma.Register(s.huma, op, func(ctx context.Context, in *I) (*reply[O], error) {
			out, err := h(ctx, s.desk.As(callOf(ctx).actor), in)
			if err != nil {
				return nil, s.problemOf(ctx, err)
			}
			return replied(out), nil
		})
	}
}

// globallyDone is one without an answer but that it is done.
func globallyDone[I any](method, path, id, summary string, h func(context.Context, *desk.Caller, *I) error) route {
	return func(s *server) {
		huma.Register(s.huma, operation(method, path, id, summary, http.StatusNoContent), func(ctx context.Context, in *I) (*struct{}, error) {
			if err := h(ctx, s.desk.As(callOf(ctx).actor), in); err != nil {
				return nil, s.problemOf(ctx, err)
			}
			return nil, nil
		})
	}
}

// inside is an operation in an organization.
func inside[I ofOrganization, O any](method, path, id, summary string, h func(context.Context, *desk.Visit, *I) (O, error), more ...func(*huma.Operation)) route {
	return func(s *server) {
		op := operation(method, "/organizations/{org}"+path, id, summary, http.StatusOK)
		for _, m := range more {
			m(&op)
		}
		huma.Register(s.huma, op, func(ctx context.Context, in *I) (*reply[O], error) {
			v, err := s.visit(ctx, (*in).organization())
			if err != nil {
				return nil, s.problemOf(ctx, err)
			}
			out, err := h(ctx, v, in)
			if err != nil {
				return nil, s.problemOf(ctx, err)
			}
			return replied(out), nil
		})
	}
}

// files lets an operation take a file.
func files(op *huma.Operation) { op.MaxBodyBytes = maxFile }

// done is one without an answer but that it is done.
func done[I ofOrganization](method, path, id, summary string, h func(context.Context, *desk.Visit, *I) error) route {
	return func(s *server) {
		op := operation(method, "/organizations/{org}"+path, id, summary, http.StatusNoContent)
		huma.Register(s.huma, op, func(ctx context.Context, in *I) (*struct{}, error) {
			v, err := s.visit(ctx, (*in).organization())
			if err == nil {
				err = h(ctx, v, in)
			}
			if err != nil {
				return nil, s.problemOf(ctx, err)
			}
			return nil, nil
		})
	}
}

// exported is an operation that writes a file.
func exported[I ofOrganization](path, id, summary string, h func(context.Context, *desk.Visit, *I, *file) error) route {
	return func(s *server) {
		op := operation(http.MethodGet, "/organizations/{org}"+path, id, summary, http.StatusOK)
		huma.Register(s.huma, op, func(ctx context.Context, in *I) (*huma.StreamResponse, error) {
			v, err := s.visit(ctx, (*in).organization())
			if err != nil {
				return nil, s.problemOf(ctx, err)
			}
			return &huma.StreamResponse{Body: func(hctx huma.Context) {
				r, w := humago.Unwrap(hctx)
				f := &file{w: w}
				if err := h(ctx, v, in, f); err != nil && !f.begun {
					s.refuse(w, r, err)
				} else if err != nil {
					// Ended half-way, it must not look whole.
					s.opts.Log.ErrorContext(ctx, "export broke off", "error", err)
					panic(http.ErrAbortHandler)
				}
			}}, nil
		})
	}
}

// file is what is being downloaded. Its header goes out with its first byte, so
// that until then the answer may still be a refusal.
type file struct {
	w          http.ResponseWriter
	name, mime string
	begun      bool
}

func (f *file) Write(p []byte) (int, error) {
	if !f.begun {
		f.begun = true
		f.w.Header().Set("Content-Type", f.mime)
		f.w.Header().Set("Content-Disposition", `attachment; filename="`+f.name+`"`)
	}
	return f.w.Write(p)
}

var _ io.Writer = (*file)(nil)

// as names the file.
func (f *file) as(name string, format desk.Format) desk.Format {
	f.name, f.mime = name+"."+string(format), "application/json"
	if format == desk.CSV {
		f.mime = "text/csv; charset=utf-8"
	}
	return format
}

// visit enters the organization that the path names.
func (s *server) visit(ctx context.Context, ref string) (*desk.Visit, error) {
	c := s.desk.As(callOf(ctx).actor)
	org, err := c.Find(ctx, ref)
	if err != nil {
		return nil, err
	}
	return c.In(org), nil
}

// listed is a page without a next one.
func listed[T, W any](all []T, err error, wire func(T) W) (client.List[W], error) {
	return client.List[W]{Items: each(all, wire)}, err
}

// each turns a list into what is sent; never null.
func each[T, W any](all []T, wire func(T) W) []W {
	out := make([]W, len(all))
	for i, one := range all {
		out[i] = wire(one)
	}
	return out
}
