package pbx

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// header is a column: what we call it, and what others do.
type header struct {
	field  Field
	sv, en string
	others []string
}

// idHeader is the column of [Subscriber.ID]. Excel takes a file that begins with
// "ID" for another format (SYLK), so we write it last.
const idHeader = "Id"

var headers = append([]header{
	{Extension, "Anknytning", "Extension", []string{
		"ankn", "anknytningsnummer", "internnummer", "intern", "kortnummer", "ext", "extensionnumber", "internal"}},
	{DisplayName, "Namn", "Name", []string{"visningsnamn", "helanamnet", "fullständigtnamn", "displayname", "fullname"}},
	{FirstName, "Förnamn", "First name", []string{"tilltalsnamn", "givenname", "forename"}},
	{LastName, "Efternamn", "Last name", []string{"surname", "familyname"}},
	{Mail, "E-post", "E-mail", []string{
		"epostadress", "mejl", "mejladress", "mail", "mailadress", "mailaddress", "emailaddress", "primarysmtpaddress"}},
	{Business, "Telefon", "Phone", []string{
		"telefonnummer", "tfn", "tel", "fasttelefon", "fast", "direktnummer", "telefonarbete", "arbetstelefon", "nummer",
		"phonenumber", "telephone", "telephonenumber", "businessphone", "businessphones", "workphone", "officephone",
		"directnumber", "number"}},
	{Mobile, "Mobil", "Mobile", []string{
		"mobiltelefon", "mobilnummer", "mobilnr", "mobilephone", "mobilenumber", "cell", "cellphone"}},
	{Other, "Annat nummer", "Other number", []string{"övrigtnummer", "annantelefon", "otherphone", "other"}},
	{Attendant, "Nummer för telefonist", "Number for attendants", []string{
		"telefonistnummer", "endasttelefonist", "attendant", "attendantnumber"}},
	{Fax, "Fax", "Fax", []string{"telefax", "faxnummer", "faxnumber"}},
	{Title, "Titel", "Title", []string{"befattning", "jobtitle", "roll"}},
	{Department, "Avdelning", "Department", []string{"avd", "enhet", "dept", "unit"}},
	{Company, "Företag", "Company", []string{"bolag", "företagsnamn", "organisation", "companyname", "organization"}},
	{Office, "Kontor", "Office", []string{"rum", "plats", "officelocation", "room", "location"}},
	{City, "Ort", "City", []string{"stad", "postort", "town"}},
	{Country, "Land", "Country", nil},
	{EmployeeID, "Anställningsnummer", "Employee ID", []string{"anställningsid", "anstnr", "employeenumber"}},
	{EmployeeType, "Anställningsform", "Employee type", []string{"anställningstyp"}},
	{Manager, "Chef", "Manager", []string{"närmastechef"}},
	{Language, "Språk", "Language", []string{"preferredlanguage"}},
	{Mails, "Fler e-postadresser", "Further e-mail addresses", []string{"proxyaddresses", "alias", "aliases", "mails"}},
	{UserName, "Användarnamn", "User name", []string{"inloggningsnamn", "upn", "userprincipalname", "login"}},
	{Note, "Anteckning", "Note", []string{"anteckningar", "kommentar", "notering", "information", "notes", "comment"}},
	{ContactURL, "Kontaktsida", "Contact page", []string{"contacturl", "url", "webbsida", "webpage"}},
	{Primary, "Visas först", "Shown first", []string{"primärt", "primärtnummer", "primary", "primarynumber"}},
	{Hidden, "Dold", "Hidden", []string{"hemlig"}},
	{Protected, "Skyddade personuppgifter", "Protected", []string{"skyddad", "skyddadidentitet", "sekretess"}},
}, attributeHeaders()...)

func attributeHeaders() []header {
	var all []header
	for i, f := range Attributes() {
		all = append(all, header{f, fmt.Sprintf("Attribut %d", i+1), fmt.Sprintf("Attribute %d", i+1),
			[]string{fmt.Sprintf("extensionattribute%d", i+1), fmt.Sprintf("customattribute%d", i+1)}})
	}
	return all
}

// Columns lists every field that a CSV file can hold, in the order in which
// [WriteCSV] writes them when asked for none in particular.
func Columns() []Field {
	fields := make([]Field, len(headers))
	for i, h := range headers {
		fields[i] = h.field
	}
	return fields
}

// byHeading finds a field by any spelling of its heading.
var byHeading = func() map[string]Field {
	fields := map[string]Field{}
	for _, h := range headers {
		for _, name := range append([]string{h.sv, h.en, string(h.field)}, h.others...) {
			fields[bareHeading(name)] = h.field
		}
	}
	return fields
}()

// columnFor is the field that a heading names, in any of its spellings.
func columnFor(heading string) (Field, bool) {
	f, found := byHeading[bareHeading(heading)]
	return f, found
}

// heading is what a field's column is called in language lang: Swedish for "sv",
// else English.
func heading(f Field, lang string) string {
	at := slices.IndexFunc(headers, func(h header) bool { return h.field == f })
	switch {
	case at < 0:
		return string(f)
	case lang == "sv":
		return headers[at].sv
	}
	return headers[at].en
}

func bareHeading(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}
