package directory

import "time"

// Trouble is a source that could not be read, as a fact: Code is the key of a
// sentence with its cure, Args its words. It never holds a secret.
type Trouble struct {
	Code string
	Args map[string]string
	Wait time.Duration // how long the source asked to wait, 0 when it did not
	Soon bool          // the same may succeed later without anybody doing anything
	Err  error         // for a programmer
}

func (t *Trouble) Error() string {
	if t.Err == nil {
		return "directory: " + t.Code
	}
	return "directory: " + t.Code + ": " + t.Err.Error()
}

// Unwrap returns what failed underneath.
func (t *Trouble) Unwrap() error { return t.Err }

// Temporary says that waiting may help.
func (t *Trouble) Temporary() bool { return t.Soon }

// RetryAfter is how long the source asked to wait, 0 when it did not say.
func (t *Trouble) RetryAfter() time.Duration { return t.Wait }

// CheckResult is what was found when a source was tried out.
type CheckResult struct {
	At     time.Time   `json:"at"`
	Lines  []CheckLine `json:"lines"`
	People int         `json:"people"` // -1 when it could not be counted
	Groups int         `json:"groups"`

	Tenant string `json:"tenant,omitempty"` // the tenant's id
	Name   string `json:"name,omitempty"`   // what the tenant calls itself
	Domain string `json:"domain,omitempty"`

	// SecretExpires is when the credential that signs in ends; zero where it may
	// not be read.
	SecretExpires time.Time `json:"secretExpires,omitzero"`

	// Features that hang on a permission.
	GroupScope   bool `json:"groupScope"`   // members of groups can be read
	MailboxKinds bool `json:"mailboxKinds"` // rooms and shared mailboxes can be told apart
}

// OK is true where nothing that is needed failed.
func (c CheckResult) OK() bool {
	for _, l := range c.Lines {
		if l.Outcome == CheckFailed {
			return false
		}
	}
	return len(c.Lines) > 0
}

// CheckLine is one thing tried: Code is the key of a sentence that says what was
// found and, where it is not fine, what to do.
type CheckLine struct {
	Subject string            `json:"subject"` // what was tried: "signin", a permission's name, "expiry"
	Outcome Outcome           `json:"outcome"`
	Code    string            `json:"code"`
	Args    map[string]string `json:"args,omitempty"`
}

// Outcome is how a thing tried came out.
type Outcome string

// A warning leaves a function out; a failure leaves the source unusable.
const (
	CheckFine   Outcome = "ok"
	CheckWarned Outcome = "warn"
	CheckFailed Outcome = "fail"
)
