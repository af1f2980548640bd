package directory

import "fmt"

// Mapping says which property of a person goes to which field of a subscriber.
// It is data: kept as JSON, shown as a table.
type Mapping []Rule

// Rule maps one property. To is a field of a subscriber as package pbx names it.
type Rule struct {
	From Field  `json:"from"`
	To   string `json:"to"`
	When When   `json:"when"`
}

// When says whether a value is written over one that is held.
type When string

// The three policies. Clearing in the directory clears where it is Always.
const (
	Always    When = "always"
	WhenEmpty When = "whenEmpty"
	Never     When = "never"
)

// Mappable lists the properties that can be mapped, in the order they are offered.
func Mappable() []Field {
	fields := []Field{
		GivenName, Surname, DisplayName, Mail, MobilePhone, BusinessPhones, FaxNumber, JobTitle,
		Department, CompanyName, OfficeLocation, City, Country, EmployeeID, EmployeeType, Manager,
		PreferredLanguage, ProxyAddresses, UserPrincipalName,
	}
	return append(fields, ExtensionAttributes()...)
}

// ExtensionAttributes lists extensionAttribute1 to extensionAttribute15.
func ExtensionAttributes() []Field {
	fields := make([]Field, 15)
	for i := range fields {
		fields[i] = Field(fmt.Sprintf("extensionAttribute%d", i+1))
	}
	return fields
}

// AlwaysRead lists what scope, matching, numbers and lifecycle need whatever is
// mapped; it is shown to the administrator. Nothing else is read or kept.
func AlwaysRead() []Field {
	return []Field{
		DisplayName, GivenName, Surname, Mail, UserPrincipalName, ProxyAddresses, EmployeeID, AccountEnabled,
		UserType, Licensed, ShowInAddressList, UsageLocation, MobilePhone, BusinessPhones,
	}
}

// Reads is the union of AlwaysRead, the mapped properties of all mappings and
// the properties that conditions name, in a stable order.
func Reads(mappings []Mapping, scopes []Scope) []Field {
	need := map[Field]bool{}
	for _, f := range AlwaysRead() {
		need[f] = true
	}
	for _, m := range mappings {
		for _, r := range m {
			need[r.From] = true
		}
	}
	for _, s := range scopes {
		for _, c := range s.Conditions {
			need[c.Field] = true
		}
	}
	var fields []Field
	for _, f := range append(AlwaysRead(), Mappable()...) {
		if need[f] {
			fields = append(fields, f)
			delete(need, f)
		}
	}
	return fields
}
