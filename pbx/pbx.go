// Package pbx holds the words for a telephone system we write to: its
// subscribers, the changes we make to them, and what a driver must be able to
// do. Drivers live in the packages below it; pbxtest holds the suite that each
// of them passes.
package pbx

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/telefonist/telefonist/phone"
)

// Field names what is known of a subscriber.
type Field string

// The fields. Mobile, Business, Fax, Attendant and Other hold a [phone.Number]
// as text; Extension holds digits; Mails holds further addresses, one a line.
const (
	Extension    Field = "extension"
	FirstName    Field = "firstName"
	LastName     Field = "lastName"
	DisplayName  Field = "displayName"
	Mail         Field = "mail"
	Mobile       Field = "mobile"
	Business     Field = "business"
	Fax          Field = "fax"
	Attendant    Field = "attendant" // a number only attendants see
	Other        Field = "other"
	Title        Field = "title"
	Department   Field = "department"
	Company      Field = "company"
	Office       Field = "office"
	City         Field = "city"
	Country      Field = "country"
	EmployeeID   Field = "employeeId"
	EmployeeType Field = "employeeType"
	Manager      Field = "manager"
	Language     Field = "language"
	Mails        Field = "mails"
	UserName     Field = "userName"
	Note         Field = "note"
	ContactURL   Field = "contactUrl"
	Primary      Field = "primary"   // which of the number fields is shown first; "" means the first that has one
	Hidden       Field = "hidden"    // "true": hidden from address lists
	Protected    Field = "protected" // "true": skyddade personuppgifter; set here, never by a replicator
)

// Attributes lists attribute1 to attribute15, free fields for extension attributes.
func Attributes() []Field {
	fields := make([]Field, 15)
	for i := range fields {
		fields[i] = Field(fmt.Sprintf("attribute%d", i+1))
	}
	return fields
}

// Numbers lists the fields that hold a telephone number, in the order in which
// one of them becomes the primary one.
func Numbers() []Field { return []Field{Business, Mobile, Other, Attendant, Fax} }

// IsNumber is true for the fields of [Numbers].
func (f Field) IsNumber() bool { return slices.Contains(Numbers(), f) }

// Writable lists the fields a mapping may name, in the order they are shown.
func Writable() []Field {
	fields := []Field{
		FirstName, LastName, DisplayName, Mail, Mobile, Business, Fax, Other, Attendant, Title, Department, Company,
		Office, City, Country, EmployeeID, EmployeeType, Manager, Language, Mails, UserName, Note,
	}
	return append(fields, Attributes()...)
}

// Weighty is true for the fields whose change counts towards holding a round:
// name, extension and numbers.
func (f Field) Weighty() bool {
	return f == FirstName || f == LastName || f == DisplayName || f == Extension || f.IsNumber()
}

// Fields are the values of a subscriber or of a change; an absent field has no
// value, an empty one is to be cleared.
type Fields map[Field]string

// Subscriber is an entry of a switchboard's register. Without an extension it is
// a contact.
type Subscriber struct {
	ID     string // the switchboard's own key
	Key    string // the key our create carried, "" for entries made by others
	Fields Fields
}

// Get returns the value of f, "" when there is none.
func (s Subscriber) Get(f Field) string { return s.Fields[f] }

// Contact is true for entries without an extension.
func (s Subscriber) Contact() bool { return s.Get(Extension) == "" }

// Hidden is true for entries that only an administrator may find.
func (s Subscriber) Hidden() bool { return s.Get(Hidden) == "true" || s.Get(Protected) == "true" }

// Name is what the entry is called on a page.
func (s Subscriber) Name() string {
	for _, n := range []string{s.Get(DisplayName), joined(s.Get(FirstName), s.Get(LastName)), s.Get(Mail), s.Get(Extension)} {
		if n != "" {
			return n
		}
	}
	return s.ID
}

// PrimaryNumber is the number shown first, "" when there is none.
func (s Subscriber) PrimaryNumber() phone.Number {
	if n := s.Get(Field(s.Get(Primary))); n != "" {
		return phone.Number(n)
	}
	for _, f := range Numbers() {
		if n := s.Get(f); n != "" && f != Attendant && f != Fax {
			return phone.Number(n)
		}
	}
	return phone.Number(s.Get(Extension))
}

// With returns s with the fields of a change applied; it shares nothing with s.
func (s Subscriber) With(after Fields) Subscriber {
	s.Fields = maps.Clone(s.Fields)
	if s.Fields == nil {
		s.Fields = Fields{}
	}
	for f, v := range after {
		if v == "" {
			delete(s.Fields, f)
		} else {
			s.Fields[f] = v
		}
	}
	return s
}

func joined(first, last string) string {
	if first == "" || last == "" {
		return first + last
	}
	return first + " " + last
}

// Kind is what a change does.
type Kind string

// Create and Update write; Link ties an existing entry to a person and may write
// too; Unlink gives it back; Remove deletes it, and is only ever a person's decision.
const (
	Create Kind = "create"
	Update Kind = "update"
	Link   Kind = "link"
	Unlink Kind = "unlink"
	Remove Kind = "remove"
)

// Change is one step of a plan: who, why, and each field before and after.
type Change struct {
	Kind       Kind
	Person     string // object id in the source
	Name       string // what the person is called
	Subscriber string // the entry; "" for a create
	Key        string // our key, for a create
	Reason     Reason
	Before     Fields // the values that After replaces, as they stood
	After      Fields // the values to write, "" to clear
}

// Reason is why a change is made, as a fact; the words are the face's.
type Reason struct {
	Code string            `json:"code"`
	Args map[string]string `json:"args,omitempty"`
}

// Register is a switchboard's list of subscribers.
type Register interface {
	// Subscribers lists the whole register, hidden entries too. An error ends it.
	Subscribers(ctx context.Context) iter.Seq2[Subscriber, error]
	// Apply makes a change and returns the entry as it stands after it (for a
	// Remove, as it stood). It is safe to repeat: a create finds the entry that
	// carries its key, or, made before, the one with its extension or mail, and
	// brings it to After; an update or remove of what is already so changes
	// nothing. Link and Unlink without After only answer with the entry. The error
	// is [ErrNoSubscriber], a [*Refusal], or what went wrong on the way.
	Apply(ctx context.Context, c Change) (Subscriber, error)
}
