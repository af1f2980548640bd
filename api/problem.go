package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/telefonist/telefonist/client"
	"github.com/telefonist/telefonist/desk"
	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/language"
)

// problem is an answer other than yes (RFC 9457).
type problem client.Error

// GetStatus is what huma asks for.
func (p *problem) GetStatus() int { return p.Status }

// ContentType is what huma asks for.
func (p *problem) ContentType(string) string { return "application/problem+json" }

func (p *problem) Error() string { return (*client.Error)(p).Error() }

// answers is the one place where errors become HTTP.
var answers = []struct {
	err    error
	status int
	code   string // of the sentence "error.{code}"
}{
	{desk.ErrForbidden, http.StatusForbidden, "forbidden"},
	{desk.ErrNotFound, http.StatusNotFound, "notfound"},
	{desk.ErrConflict, http.StatusConflict, "conflict"},
	{desk.ErrChanged, http.StatusPreconditionFailed, "changed"},
	{desk.ErrWrong, http.StatusUnauthorized, "token"},
	{errNoToken, http.StatusUnauthorized, "token"},
	{desk.ErrTooMany, http.StatusTooManyRequests, "toomany"},
	{desk.ErrNotOffered, http.StatusNotImplemented, "notoffered"},
	{errNoGeneration, http.StatusPreconditionRequired, "generation"},
	{errMethod, http.StatusMethodNotAllowed, "badrequest"},
	{context.DeadlineExceeded, http.StatusGatewayTimeout, "internal"},
}

// problemOf puts an error into words. What nobody foresaw is logged and told as
// nothing but that.
func (s *server) problemOf(ctx context.Context, err error) *problem {
	p := callOf(ctx).printer
	var bad *desk.Invalid
	if errors.As(err, &bad) {
		e := problemWith(http.StatusUnprocessableEntity, "invalid", p)
		for _, f := range bad.Fields {
			e.Errors = append(e.Errors, client.Fault{Location: "body." + f.Field, Code: f.Code, Message: p.T("invalid." + f.Code)})
		}
		return e
	}
	var trouble *directory.Trouble
	if errors.As(err, &trouble) {
		e := problemWith(http.StatusBadGateway, trouble.Code, p)
		e.Detail = p.Reason("check.", trouble.Code, trouble.Args)
		return e
	}
	for _, a := range answers {
		if errors.Is(err, a.err) {
			return problemWith(a.status, a.code, p)
		}
	}
	if ctx.Err() == nil {
		s.opts.Log.ErrorContext(ctx, "request failed", "error", err)
	}
	return problemWith(http.StatusInternalServerError, "internal", p)
}

func problemWith(status int, code string, p *language.Printer) *problem {
	return &problem{Status: status, Title: http.StatusText(status), Code: code, Detail: p.T("error." + code)}
}

// refuse answers outside of huma.
func (s *server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	ctx := r.Context()
	if _, ok := ctx.Value(callKey{}).(call); !ok {
		ctx = context.WithValue(ctx, callKey{}, call{printer: printer(r)})
	}
	e := s.problemOf(ctx, err)
	w.Header().Set("Content-Type", e.ContentType(""))
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(e.Status)
	json.NewEncoder(w).Encode(e) // a caller who has gone needs no answer
}

// init replaces huma's errors for the whole process: its own repeat the values
// that were refused, and with them a client secret. What it says in words stays as
// far as it is about the schema.
func init() {
	huma.NewErrorWithContext = func(hctx huma.Context, status int, _ string, errs ...error) huma.StatusError {
		ctx := context.Background()
		if hctx != nil {
			ctx = hctx.Context()
		}
		return refusedBody(status, callOf(ctx).printer, errs)
	}
	huma.NewError = func(status int, _ string, errs ...error) huma.StatusError {
		return refusedBody(status, language.For(language.English), errs)
	}
}

// refusedBody says where a body is not as the schema has it, and never what stood
// there.
func refusedBody(status int, p *language.Printer, errs []error) *problem {
	code := "badrequest"
	switch {
	case status == http.StatusUnprocessableEntity:
		code = "invalid"
	case status == http.StatusRequestEntityTooLarge:
		code = "toobig"
	case status >= http.StatusInternalServerError:
		code = "internal"
	}
	e := problemWith(status, code, p)
	for _, err := range errs {
		var d huma.ErrorDetailer
		if errors.As(err, &d) {
			detail := d.ErrorDetail()
			e.Errors = append(e.Errors, client.Fault{Location: located(detail), Message: schemaWords(detail.Message)})
		}
	}
	return e
}

// located is where a fault is; the name of an unexpected property is the caller's
// own text and left out.
func located(d *huma.ErrorDetail) string {
	if strings.HasPrefix(d.Message, "unexpected property") {
		if i := strings.LastIndexByte(d.Location, '.'); i > 0 {
			return d.Location[:i]
		}
	}
	return d.Location
}

// schemaWords is what of huma's sentence is about the schema; after a colon it
// would go on with what a parser made of the value.
func schemaWords(message string) string {
	words, _, _ := strings.Cut(message, ":")
	if !strings.HasPrefix(words, "expected") && words != "unexpected property" {
		return "not as the schema says"
	}
	return words
}
