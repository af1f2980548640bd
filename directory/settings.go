package directory

// Settings is what an administrator has chosen for a replicator, apart from its
// name, its source and its times: whom it takes, what it writes, what it may do
// by itself.
type Settings struct {
	Scope   Scope   `json:"scope"`
	Mapping Mapping `json:"mapping"`

	// Country is the default country for numbers written without one, ISO 3166
	// alpha-2; a person's usageLocation stands in where it is empty.
	Country string `json:"country,omitempty"`
	// ContactURL is a template for a caller's page: {number}, {mail}, {name}, {id}.
	ContactURL string `json:"contactUrl,omitempty"`

	Extension ExtensionRule `json:"extension"`
	// Contacts lets people without an extension become contacts.
	Contacts bool `json:"contacts"`

	New NewPeople `json:"new"`
	// SureLinks links without asking where mail or user principal name is the
	// same, on one each side, both unlinked.
	SureLinks bool `json:"sureLinks,omitempty"`

	Limits Limits `json:"limits"`
}

// NewPeople says what happens to someone in scope who is not linked.
type NewPeople string

// Offer lets new people wait for an administrator; Create makes a subscriber.
const (
	Offer  NewPeople = "offer"
	Create NewPeople = "create"
)

// ExtensionRule says where a new subscriber's extension comes from.
type ExtensionRule struct {
	From   ExtensionFrom `json:"from,omitempty"`
	Field  Field         `json:"field,omitempty"`  // FromField: the property that holds it; FromNumber: the number it is cut from
	Digits int           `json:"digits,omitempty"` // FromNumber: how many last digits
	Start  int           `json:"start,omitempty"`  // NextFree: the first one to give
}

// ExtensionFrom is a way to find an extension.
type ExtensionFrom string

// The ways. A freed extension rests for 90 days before NextFree gives it again.
const (
	NoExtension ExtensionFrom = ""
	FromField   ExtensionFrom = "field"
	FromNumber  ExtensionFrom = "number"
	NextFree    ExtensionFrom = "nextFree"
)

// Limit is exceeded by more than the greater of Count and Percent of the linked.
type Limit struct {
	Count   int `json:"count"`
	Percent int `json:"percent"`
}

// Of is the number that may not be exceeded among linked people.
func (l Limit) Of(linked int) int { return max(l.Count, linked*l.Percent/100) }

// Limits hold a round: Left counts people newly left, disabled or out of scope,
// Changed those whose name, extension or number would change or be cleared.
type Limits struct {
	Left    Limit `json:"left"`
	Changed Limit `json:"changed"`
}

// DefaultSettings is what a new replicator starts with: everybody who is a
// member of staff, names and e-mail, new people offered.
func DefaultSettings() Settings {
	return Settings{
		Scope: Scope{Everybody: true},
		Mapping: Mapping{
			{GivenName, "firstName", Always},
			{Surname, "lastName", Always},
			{DisplayName, "displayName", Always},
			{Mail, "mail", Always},
		},
		Country:  "SE",
		Contacts: true,
		New:      Offer,
		Limits:   Limits{Left: Limit{5, 5}, Changed: Limit{10, 10}},
	}
}
