package m365

import (
	"strconv"
	"time"
)

// Person is one account of the tenant: an employee, a guest, or what a room or
// a shared mailbox has for an account. An empty text is null in Graph. The
// JSON names are Graph's, so the control API takes the same fields.
type Person struct {
	ID                string    `json:"id,omitempty"`
	UserPrincipalName string    `json:"userPrincipalName,omitempty"`
	DisplayName       string    `json:"displayName,omitempty"`
	GivenName         string    `json:"givenName,omitempty"`
	Surname           string    `json:"surname,omitempty"`
	Mail              string    `json:"mail,omitempty"`
	MailNickname      string    `json:"mailNickname,omitempty"`
	BusinessPhones    []string  `json:"businessPhones,omitempty"` // Entra holds at most one
	MobilePhone       string    `json:"mobilePhone,omitempty"`
	FaxNumber         string    `json:"faxNumber,omitempty"`
	JobTitle          string    `json:"jobTitle,omitempty"`
	Department        string    `json:"department,omitempty"`
	CompanyName       string    `json:"companyName,omitempty"`
	OfficeLocation    string    `json:"officeLocation,omitempty"`
	StreetAddress     string    `json:"streetAddress,omitempty"`
	PostalCode        string    `json:"postalCode,omitempty"`
	City              string    `json:"city,omitempty"`
	State             string    `json:"state,omitempty"`
	Country           string    `json:"country,omitempty"`
	UsageLocation     string    `json:"usageLocation,omitempty"` // ISO 3166-1 alpha-2
	PreferredLanguage string    `json:"preferredLanguage,omitempty"`
	EmployeeID        string    `json:"employeeId,omitempty"`
	EmployeeType      string    `json:"employeeType,omitempty"`
	EmployeeHireDate  time.Time `json:"employeeHireDate,omitzero"`
	EmployeeLeaveDate time.Time `json:"employeeLeaveDateTime,omitzero"`
	AccountEnabled    bool      `json:"accountEnabled"`
	ShowInAddressList *bool     `json:"showInAddressList,omitempty"`
	UserType          string    `json:"userType,omitempty"` // Member or Guest
	CreationType      string    `json:"creationType,omitempty"`
	ExternalUserState string    `json:"externalUserState,omitempty"`
	OtherMails        []string  `json:"otherMails,omitempty"`
	ProxyAddresses    []string  `json:"proxyAddresses,omitempty"`
	ImAddresses       []string  `json:"imAddresses,omitempty"`
	Licenses          []string  `json:"licenses,omitempty"` // sku ids, Graph's assignedLicenses
	SamAccountName    string    `json:"onPremisesSamAccountName,omitempty"`
	SyncEnabled       *bool     `json:"onPremisesSyncEnabled,omitempty"`
	CreatedDateTime   time.Time `json:"createdDateTime,omitzero"`
	DeletedDateTime   time.Time `json:"deletedDateTime,omitzero"`
	Manager           string    `json:"manager,omitempty"` // a person's id

	// ExtensionAttributes are extensionAttribute1 … 15; nil when none is set.
	ExtensionAttributes *[15]string `json:"extensionAttributes,omitempty"`

	// Purpose is mailboxSettings/userPurpose: user, linked, shared, room,
	// equipment, others; empty for an account without a mailbox.
	Purpose string `json:"userPurpose,omitempty"`

	// Role is the directory role that decides who may consent:
	// "Global Administrator", "Privileged Role Administrator" or empty.
	Role string `json:"role,omitempty"`

	formerManager string // who manager@delta says was taken away
}

var users = newSchema("users", "#microsoft.graph.user", []prop[Person]{
	texts("businessPhones", true, func(p *Person) *[]string { return &p.BusinessPhones }),
	text("displayName", true, func(p *Person) *string { return &p.DisplayName }),
	text("givenName", true, func(p *Person) *string { return &p.GivenName }),
	text("jobTitle", true, func(p *Person) *string { return &p.JobTitle }),
	text("mail", true, func(p *Person) *string { return &p.Mail }),
	text("mobilePhone", true, func(p *Person) *string { return &p.MobilePhone }),
	text("officeLocation", true, func(p *Person) *string { return &p.OfficeLocation }),
	text("preferredLanguage", true, func(p *Person) *string { return &p.PreferredLanguage }),
	text("surname", true, func(p *Person) *string { return &p.Surname }),
	text("userPrincipalName", true, func(p *Person) *string { return &p.UserPrincipalName }),
	text("id", true, func(p *Person) *string { return &p.ID }),
	flag("accountEnabled", false, func(p *Person) *bool { return &p.AccountEnabled }),
	text("city", false, func(p *Person) *string { return &p.City }),
	text("companyName", false, func(p *Person) *string { return &p.CompanyName }),
	text("country", false, func(p *Person) *string { return &p.Country }),
	instant("createdDateTime", false, func(p *Person) *time.Time { return &p.CreatedDateTime }),
	text("creationType", false, func(p *Person) *string { return &p.CreationType }),
	instant("deletedDateTime", false, func(p *Person) *time.Time { return &p.DeletedDateTime }),
	text("department", false, func(p *Person) *string { return &p.Department }),
	instant("employeeHireDate", false, func(p *Person) *time.Time { return &p.EmployeeHireDate }),
	text("employeeId", false, func(p *Person) *string { return &p.EmployeeID }),
	instant("employeeLeaveDateTime", false, func(p *Person) *time.Time { return &p.EmployeeLeaveDate }),
	text("employeeType", false, func(p *Person) *string { return &p.EmployeeType }),
	text("externalUserState", false, func(p *Person) *string { return &p.ExternalUserState }),
	text("faxNumber", false, func(p *Person) *string { return &p.FaxNumber }),
	texts("imAddresses", false, func(p *Person) *[]string { return &p.ImAddresses }),
	text("mailNickname", false, func(p *Person) *string { return &p.MailNickname }),
	text("onPremisesSamAccountName", false, func(p *Person) *string { return &p.SamAccountName }),
	optional("onPremisesSyncEnabled", false, func(p *Person) **bool { return &p.SyncEnabled }),
	texts("otherMails", false, func(p *Person) *[]string { return &p.OtherMails }),
	text("postalCode", false, func(p *Person) *string { return &p.PostalCode }),
	texts("proxyAddresses", false, func(p *Person) *[]string { return &p.ProxyAddresses }),
	optional("showInAddressList", false, func(p *Person) **bool { return &p.ShowInAddressList }),
	text("state", false, func(p *Person) *string { return &p.State }),
	text("streetAddress", false, func(p *Person) *string { return &p.StreetAddress }),
	text("usageLocation", false, func(p *Person) *string { return &p.UsageLocation }),
	text("userType", false, func(p *Person) *string { return &p.UserType }),
	{"assignedLicenses", false, writeLicenses},
	{"identities", false, writeIdentities},
	{"onPremisesExtensionAttributes", false, writeExtensionAttributes},
	{managerProp, false, writeManagerDelta},
	constant[Person]("onPremisesDistinguishedName", false, "null"),
	constant[Person]("onPremisesImmutableId", false, "null"),
})

// managerProp is a relation: only delta carries it, by this annotation.
const managerProp = "manager@delta"

func writeManagerDelta(b []byte, p *Person) []byte {
	switch {
	case p.Manager != "":
		b = append(b, `[{"@odata.type":"#microsoft.graph.user","id":`...)
		b = appendQuoted(b, p.Manager)
		return append(b, `}]`...)
	case p.formerManager != "":
		b = append(b, `[{"@odata.type":"#microsoft.graph.user","id":`...)
		b = appendQuoted(b, p.formerManager)
		return append(b, `,"@removed":{"reason":"deleted"}}]`...)
	}
	return append(b, "null"...)
}

func writeLicenses(b []byte, p *Person) []byte {
	b = append(b, '[')
	for i, sku := range p.Licenses {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"disabledPlans":[],"skuId":`...)
		b = appendQuoted(b, sku)
		b = append(b, '}')
	}
	return append(b, ']')
}

func writeIdentities(b []byte, p *Person) []byte {
	b = append(b, `[{"signInType":"userPrincipalName","issuer":`...)
	b = appendText(b, domainOf(p.UserPrincipalName))
	b = append(b, `,"issuerAssignedId":`...)
	b = appendText(b, p.UserPrincipalName)
	return append(b, `}]`...)
}

// writeExtensionAttributes writes the one complex value that holds all
// fifteen; they can't be selected one by one.
func writeExtensionAttributes(b []byte, p *Person) []byte {
	b = append(b, '{')
	for i := range 15 {
		b = appendKey(b, "extensionAttribute"+strconv.Itoa(i+1))
		value := ""
		if p.ExtensionAttributes != nil {
			value = p.ExtensionAttributes[i]
		}
		b = appendText(b, value)
	}
	return append(b, '}')
}
