package console

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/telefonist/telefonist/desk"
)

// fail answers an error once: with the sign-in page, or with a page that says
// what happened and what to do. What is wrong here is logged; the reader gets
// no more than the request's part in it.
func (p *page) fail(err error) {
	if errors.Is(err, context.Canceled) {
		return
	}
	if errors.Is(err, errSignIn) {
		p.askToSignIn("/sign-in")
		return
	}
	if errors.Is(err, errPersonSignIn) {
		p.askToSignIn("/person")
		return
	}
	status, key := sentence(err)
	if status == http.StatusInternalServerError {
		p.c.Log.ErrorContext(p.ctx(), "page", "method", p.r.Method, "pattern", p.r.Pattern, "error", err)
	}
	if err := p.show(status, p.errorPage(key)); err != nil {
		p.c.Log.DebugContext(p.ctx(), "page not delivered", "error", err)
	}
}

// sentence is how an error reads: its status, and the key of its texts.
func sentence(err error) (status int, key string) {
	var tooLarge *http.MaxBytesError
	var refused *desk.Invalid
	switch {
	case errors.Is(err, desk.ErrForbidden):
		return http.StatusForbidden, "forbidden"
	case errors.Is(err, desk.ErrNotFound):
		return http.StatusNotFound, "notFound"
	case errors.Is(err, desk.ErrConflict):
		return http.StatusConflict, "conflict"
	case errors.Is(err, desk.ErrChanged):
		return http.StatusConflict, "changed"
	case errors.Is(err, desk.ErrWrong):
		return http.StatusForbidden, "wrong"
	case errors.Is(err, desk.ErrTooMany):
		return http.StatusTooManyRequests, "tooMany"
	case errors.Is(err, desk.ErrNotOffered):
		return http.StatusNotImplemented, "notOffered"
	case errors.As(err, &tooLarge):
		return http.StatusRequestEntityTooLarge, "tooLarge"
	case errors.Is(err, errUnreadable):
		return http.StatusBadRequest, "invalid"
	case errors.As(err, &refused):
		return http.StatusUnprocessableEntity, "invalid"
	}
	return http.StatusInternalServerError, "internal"
}

// askToSignIn leads to a page where one signs in, and from that of users back here.
func (p *page) askToSignIn(address string) {
	if address == "/sign-in" && p.r.Method == http.MethodGet && p.r.URL.Path != "/" {
		address += "?next=" + url.QueryEscape(p.r.URL.RequestURI())
	}
	if p.htmx() {
		p.w.Header().Set("HX-Redirect", address)
		p.w.WriteHeader(http.StatusOK)
		return
	}
	_ = p.to(address)
}

// wrongs are the faults of a refused form, in words, by field.
type wrongs map[string]string

// refused is true where err says which values can't be accepted, and puts it
// into words.
func (p *page) refused(err error) (wrongs, bool) {
	var invalid *desk.Invalid
	if !errors.As(err, &invalid) {
		return nil, false
	}
	said := wrongs{}
	for _, f := range invalid.Fields {
		if said[f.Field] == "" {
			said[f.Field] = p.or("invalid."+f.Code, "invalid.other")
		}
	}
	return said, true
}

func notOffered(err error) bool { return errors.Is(err, desk.ErrNotOffered) }
func notFound(err error) bool   { return errors.Is(err, desk.ErrNotFound) }
