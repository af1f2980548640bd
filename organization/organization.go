// Package organization holds a customer's own settings: the organization itself,
// its sources and credentials, its replicators, its users and tokens, who is
// notified, and the kinds of source and switchboard that can be configured.
//
// All of it is data; what may be done with it is decided in package desk.
package organization

import (
	"time"

	"github.com/telefonist/telefonist/directory"
)

// ID is an organization's own id, the first column of every key.
type ID string

// Organization is a customer.
type Organization struct {
	ID       ID
	Number   string // the operator's customer number, unique, "" when there is none
	Name     string
	Settings Settings
	Created  time.Time
}

// Settings are the organization's choices that belong to no replicator.
type Settings struct {
	Language  string    `json:"language"` // "sv" or "en": mails, and pages before somebody chose
	Country   string    `json:"country"`  // ISO 3166 alpha-2
	Retention Retention `json:"retention"`
	Notify    Notify    `json:"notify"`
	// Template is what new replicators start with: schedule and limits.
	Template Template `json:"template"`
	// Calendar is how calendars become activities.
	Calendar Calendar `json:"calendar"`
}

// Retention says how long things are kept, in days.
type Retention struct {
	Rounds  int `json:"rounds"`  // rounds with their changes; 90
	Removed int `json:"removed"` // the values of a removed person within them; 30
}

// Notify says who is told of changes, leavers, held rounds, failures and
// expiring secrets.
type Notify struct {
	Users  []string `json:"users,omitempty"`  // e-mail addresses of users, told in the console
	Emails []string `json:"emails,omitempty"` // told by e-mail
	Every  bool     `json:"every,omitempty"`  // also of rounds in which nothing waits and nothing failed
}

// Template is what an operator gives a new organization's replicators.
type Template struct {
	Schedule Schedule         `json:"schedule"`
	Limits   directory.Limits `json:"limits"`
}

// Schedule says when a replicator runs by itself.
type Schedule struct {
	Mode ScheduleMode `json:"mode"`
	// From and To bound the nightly window, minutes after midnight in Zone; the
	// minute within it is spread by the replicator's id.
	From int    `json:"from"`
	To   int    `json:"to"`
	Zone string `json:"zone"` // IANA
}

// ScheduleMode is one of three ways to start a round.
type ScheduleMode string

// By hand; once a night; soon after a change, with a whole read each night.
const (
	ByHand  ScheduleMode = "byHand"
	Nightly ScheduleMode = "nightly"
	Soon    ScheduleMode = "soon"
)

// DefaultSettings is what a new organization starts with.
func DefaultSettings() Settings {
	return Settings{
		Language:  "sv",
		Country:   "SE",
		Retention: Retention{Rounds: 90, Removed: 30},
		Template: Template{
			Schedule: Schedule{Mode: Nightly, From: 60, To: 300, Zone: "Europe/Stockholm"},
			Limits:   directory.DefaultSettings().Limits,
		},
		Calendar: DefaultCalendar(),
	}
}

// Source is a connection to a directory. Its credentials stand beside it.
type Source struct {
	ID       string
	Name     string
	Kind     string // name of a [Kind]: "entra", "exchange"
	Settings map[string]string
	Created  time.Time
}

// The kinds of source.
const (
	Entra    = "entra"    // Microsoft Entra ID, with the calendars of Microsoft 365
	Exchange = "exchange" // an Exchange server of their own: calendars, no directory
)

// Directory is true where people can be read from a source, not their calendars
// alone.
func (s Source) Directory() bool { return s.Kind != Exchange }

// CredentialKind is how a source signs in.
type CredentialKind string

// A client secret, or a certificate with its private key.
const (
	Secret      CredentialKind = "secret"
	Certificate CredentialKind = "certificate"
)

// Credential is what is known of a sealed secret or key. Two may stand side by
// side while one is changed; the newest is tried first.
type Credential struct {
	ID         string
	Kind       CredentialKind
	Hint       string    // first three letters of a secret; thumbprint of a certificate
	PublicPEM  string    // the certificate without its key
	Expires    time.Time // zero when not known
	ExpiryRead bool      // read from the directory, not typed
	Created    time.Time
}

// Replicator is a configured directory sync.
type Replicator struct {
	ID       string
	Name     string
	Kind     string // "MicrosoftEntra"
	Source   string // id of its source
	Register string // "builtin"
	Position int    // among unlinked people the lower one decides
	Paused   bool
	Schedule Schedule
	Settings directory.Settings
	Created  time.Time
}

// Role is what a user or a token may do.
type Role string

// The roles. Operator spans all organizations; Person is himself alone. Link and
// Microsoft are no users: a connect link, and a change notification.
const (
	Operator      Role = "operator"
	Administrator Role = "administrator"
	Attendant     Role = "attendant"
	PersonRole    Role = "person"
	Link          Role = "link"
	Microsoft     Role = "microsoft"
)

// User is someone who signs in to the console.
type User struct {
	Email    string // lower case; the key
	Name     string
	Role     Role
	Language string // "" follows the browser
	Created  time.Time
	SeenAt   time.Time
}

// Token is an API token; its text is shown once and only its hash is kept.
type Token struct {
	ID      string
	Name    string
	Role    Role
	By      string
	Created time.Time
	Expires time.Time // zero: never
	Used    time.Time
	Revoked time.Time
}

// Field describes one setting of a [Kind]; forms, the API's check, help and docs
// are made from it. Labels and help are the strings "kind.{Kind}.{Name}" and
// "kind.{Kind}.{Name}.help".
type Field struct {
	Name     string
	Required bool
	Options  []string           // a choice, where not empty
	Check    func(string) error // says in a [FieldError] what is wrong
}

// Kind is a kind of source or switchboard that can be configured.
type Kind struct {
	Name   string
	Fields []Field
}

// FieldError says which setting is wrong and why, as the key of a string.
type FieldError struct {
	Field, Code string
}

func (e *FieldError) Error() string { return e.Field + ": " + e.Code }

// Parse checks values against the kind's fields: required ones present, choices
// known, no unknown names. The first error is a [*FieldError].
func (k Kind) Parse(values map[string]string) error {
	known := map[string]bool{}
	for _, f := range k.Fields {
		known[f.Name] = true
		v := values[f.Name]
		switch {
		case v == "" && f.Required:
			return &FieldError{f.Name, "required"}
		case v == "":
			continue
		case len(f.Options) > 0 && !contains(f.Options, v):
			return &FieldError{f.Name, "option"}
		case f.Check != nil:
			if err := f.Check(v); err != nil {
				return err
			}
		}
	}
	for name := range values {
		if !known[name] {
			return &FieldError{name, "unknown"}
		}
	}
	return nil
}

func contains(all []string, one string) bool {
	for _, s := range all {
		if s == one {
			return true
		}
	}
	return false
}
