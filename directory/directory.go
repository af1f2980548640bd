// Package directory holds the words for people and groups of a directory
// (Microsoft Entra ID) and the pure rules over them: who is in scope, what a
// delta entry changes, how directory fields are mapped to subscriber fields.
//
// A [Source] delivers a directory as pages; the store folds them, one
// transaction a page, into a mirror; scope and plan work on the mirror. Nothing
// here reads the network, a database or a clock.
package directory

import (
	"context"
	"iter"
	"strings"
)

// Field names a property of a person, spelled as Microsoft Graph spells it
// (https://learn.microsoft.com/graph/api/resources/user). Extension attributes
// are "extensionAttribute1" to "extensionAttribute15".
type Field string

// The properties that Telefonist knows. What a source reads is the union of the
// mapped ones and of [AlwaysRead].
const (
	GivenName         Field = "givenName"
	Surname           Field = "surname"
	DisplayName       Field = "displayName"
	Mail              Field = "mail"
	UserPrincipalName Field = "userPrincipalName"
	MobilePhone       Field = "mobilePhone"
	BusinessPhones    Field = "businessPhones"
	FaxNumber         Field = "faxNumber"
	JobTitle          Field = "jobTitle"
	Department        Field = "department"
	CompanyName       Field = "companyName"
	OfficeLocation    Field = "officeLocation"
	City              Field = "city"
	Country           Field = "country"
	EmployeeID        Field = "employeeId"
	EmployeeType      Field = "employeeType"
	Manager           Field = "manager" // the manager's display name
	PreferredLanguage Field = "preferredLanguage"
	ProxyAddresses    Field = "proxyAddresses" // one address a line, "SMTP:" marks the primary one
	UsageLocation     Field = "usageLocation"  // ISO 3166 alpha-2
	AccountEnabled    Field = "accountEnabled" // "true", "false"
	UserType          Field = "userType"       // "Member", "Guest"
	Licensed          Field = "licensed"       // "true" when any licence is assigned
	ShowInAddressList Field = "showInAddressList"
	Purpose           Field = "userPurpose" // user, shared, room, equipment, others; "" when not known
	ManagerID         Field = "managerId"   // object id of the manager
)

// Person is someone in a directory. A property that is absent from Fields was
// not delivered; one that is present and empty has been cleared. The whole
// person in the mirror has no empty ones.
type Person struct {
	ID     string // the object id; opaque, never reused
	Fields map[Field]string
}

// Get returns the property f, "" when it has no value.
func (p Person) Get(f Field) string { return p.Fields[f] }

// Name is what the person is called on a page: display name, else given name
// and surname, else the user principal name, else the id.
func (p Person) Name() string {
	for _, s := range []string{
		p.Get(DisplayName),
		strings.TrimSpace(p.Get(GivenName) + " " + p.Get(Surname)),
		p.Get(UserPrincipalName),
	} {
		if s != "" {
			return s
		}
	}
	return p.ID
}

// Enabled is false only where the directory says that the account is disabled.
func (p Person) Enabled() bool { return p.Get(AccountEnabled) != "false" }

// Hidden is true for people hidden from address lists (showInAddressList false).
func (p Person) Hidden() bool { return p.Get(ShowInAddressList) == "false" }

// Addresses are the person's mail addresses, lower-cased and without doubles:
// mail and user principal name first, then the SMTP proxy addresses.
func (p Person) Addresses() []string {
	var all []string
	add := func(s string) {
		s = strings.ToLower(strings.TrimSpace(s))
		if s == "" || !strings.Contains(s, "@") {
			return
		}
		for _, have := range all {
			if have == s {
				return
			}
		}
		all = append(all, s)
	}
	add(p.Get(Mail))
	add(p.Get(UserPrincipalName))
	for line := range strings.Lines(p.Get(ProxyAddresses)) {
		if kind, address, ok := strings.Cut(strings.TrimSpace(line), ":"); ok && strings.EqualFold(kind, "smtp") {
			add(address)
		}
	}
	return all
}

// Merge returns p as changed by a delta entry: what the entry holds replaces,
// what it holds empty is cleared, what it does not mention stays. The result
// shares nothing with p.
func (p Person) Merge(entry Person) Person {
	merged := Person{ID: p.ID, Fields: make(map[Field]string, len(p.Fields)+len(entry.Fields))}
	for f, v := range p.Fields {
		merged.Fields[f] = v
	}
	for f, v := range entry.Fields {
		if v == "" {
			delete(merged.Fields, f)
		} else {
			merged.Fields[f] = v
		}
	}
	return merged
}

// Gone is a person who has left the directory.
type Gone struct {
	ID     string
	Reason GoneReason
}

// GoneReason tells how someone left: Graph's @removed.reason.
type GoneReason string

const (
	SoftDeleted GoneReason = "changed" // restorable for 30 days
	Purged      GoneReason = "deleted" // gone for good
	Missing     GoneReason = "missing" // absent from a whole read, no tombstone seen
)

// Group is a group of a directory. Gone groups have only their ID.
type Group struct {
	ID, Name string
	Kind     GroupKind
	Gone     bool
}

// GroupKind is what sort of group it is, for a person to recognise.
type GroupKind string

// The kinds of group that Entra tells apart by groupTypes, securityEnabled and mailEnabled.
const (
	Security     GroupKind = "security"
	Microsoft365 GroupKind = "microsoft365"
	Dynamic      GroupKind = "dynamic"
	Distribution GroupKind = "distribution"
)

// Edge says that Member (a person or a group) is a direct member of Group, or,
// where Gone, no longer is.
type Edge struct {
	Group, Member string
	Gone          bool
}

// Part is one of the two independent readings of a directory.
type Part string

// People and groups are read and resumed apart.
const (
	PeoplePart Part = "people"
	GroupsPart Part = "groups"
)

// Page is one answer of a directory, to be folded in one transaction with its
// Cursor. People are delta entries (see [Person.Merge]).
type Page struct {
	Part   Part
	People []Person
	Gone   []Gone
	Groups []Group
	Edges  []Edge

	Cursor string // opaque; reading from it goes on after this page
	Full   bool   // the page belongs to a read of everything
	First  bool   // the first page of that read
	Last   bool   // the last page of its part
}

// Source is a directory that can be read. Read delivers what has changed since
// cursor, "" asking for everybody. It ends after the last page of the last part;
// an error ends it too and leaves what was folded so far valid. An expired
// cursor is no error: the source begins a full read of that part.
type Source interface {
	Read(ctx context.Context, cursor string) iter.Seq2[Page, error]
}
