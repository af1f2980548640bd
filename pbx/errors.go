package pbx

import "errors"

// ErrNoSubscriber is what [Register].Apply answers, wrapped or bare, to a change
// of an entry that the register does not have. Removing what is already gone is
// no error.
var ErrNoSubscriber = errors.New("pbx: no such subscriber")

// Refusal is a switchboard's no to one change. It will be no again until the
// change or the register is another, and says nothing about other changes.
type Refusal struct {
	Code string            // as in [Reason]: "extensionTaken", "kind" …
	Args map[string]string // facts for the sentence; may hold names and numbers
}

// Error names the code alone, so that it can be logged.
func (r *Refusal) Error() string { return "pbx: refused: " + r.Code }

// Reason is the refusal as a fact to be stored and shown.
func (r *Refusal) Reason() Reason { return Reason{Code: r.Code, Args: r.Args} }

// Result is what became of one of several changes.
type Result struct {
	Subscriber Subscriber // as [Register].Apply returns it
	Err        error
}
