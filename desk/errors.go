package desk

import (
	"errors"
	"fmt"
	"strings"

	"github.com/telefonist/telefonist/organization"
)

// The answers other than yes. Faces turn each into HTTP and into a sentence
// once, at the edge; [*Invalid] is the sixth.
var (
	ErrForbidden  = errors.New("not allowed")                 // the role has no right to it: 403
	ErrNotFound   = errors.New("not found")                   // also for what belongs to another organization: 404
	ErrConflict   = errors.New("in conflict with what is")    // a name or number taken, a state passed: 409
	ErrChanged    = errors.New("changed by somebody else")    // the generation has moved on: 412
	ErrWrong      = errors.New("wrong e-mail or password")    // also a used or expired word, an unknown token: 401
	ErrTooMany    = errors.New("too many attempts")           // try later: 429
	ErrNotOffered = errors.New("not possible on this server") // greyed, with its reason: 501
)

// Invalid says which values cannot be accepted, and why, as keys of strings. It
// never holds the values.
type Invalid struct {
	Fields []organization.FieldError
}

func (e *Invalid) Error() string {
	lines := make([]string, len(e.Fields))
	for i := range e.Fields {
		lines[i] = e.Fields[i].Error()
	}
	return "invalid: " + strings.Join(lines, ", ")
}

// Has is true where field was refused.
func (e *Invalid) Has(field string) bool {
	for _, f := range e.Fields {
		if f.Field == field {
			return true
		}
	}
	return false
}

// faults gathers what is wrong with a form.
type faults []organization.FieldError

func (f *faults) add(field, code string) {
	*f = append(*f, organization.FieldError{Field: field, Code: code})
}

// when adds a fault where it is so.
func (f *faults) when(so bool, field, code string) {
	if so {
		f.add(field, code)
	}
}

// err is nil where nothing is wrong.
func (f faults) err() error {
	if len(f) == 0 {
		return nil
	}
	return &Invalid{f}
}

func invalid(field, code string) error {
	return &Invalid{[]organization.FieldError{{Field: field, Code: code}}}
}

// asInvalid turns what a [organization.Kind] says into an answer.
func asInvalid(err error) error {
	var fe *organization.FieldError
	if errors.As(err, &fe) {
		return &Invalid{[]organization.FieldError{*fe}}
	}
	return err
}

// step names where an error arose, leaving the answers above recognisable.
func step(name string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", name, err)
}
