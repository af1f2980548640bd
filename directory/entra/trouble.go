package entra

import (
	"context"
	"errors"
	"time"

	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/graph"
)

// Trouble turns an error of graph into one that a page can put into words:
// "signin.{kind}" for the sign-in, else what Graph refused.
func Trouble(err error) error {
	var signIn *graph.AuthError
	var call *graph.Error
	t := &directory.Trouble{Err: err}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &signIn):
		t.Code = "signin." + string(signIn.Kind)
		t.Args = map[string]string{"code": signIn.Code}
		t.Soon, t.Wait = signIn.Temporary(), signIn.RetryAfter()
	case errors.Is(err, graph.ErrIncomplete), errors.Is(err, graph.ErrLoop):
		t.Code, t.Soon = "incomplete", true
	case errors.As(err, &call):
		t.Code = code(call)
		t.Args = map[string]string{"code": call.Code, "request": call.RequestID}
		t.Soon, t.Wait = call.Temporary(), call.RetryAfter()
	default:
		t.Code, t.Soon, t.Wait = "unreachable", true, time.Minute
	}
	return t
}

func code(e *graph.Error) string {
	switch {
	case e.Status == 429:
		return "throttled"
	case e.Denied():
		return "denied"
	case e.NotFound():
		return "notFound"
	case e.Status == 0:
		return "unreachable"
	case e.Temporary():
		return "unavailable"
	}
	return "refused"
}
