package m365

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// Sku ids of real products, so that licences look like licences.
const (
	skuE3   = "05e9a617-0261-4cee-bb44-138d3ef5d965"
	skuF1   = "66b55226-6b4f-492c-910c-a3b7a3c9d993"
	skuRoom = "6af4b3d6-14bb-4a2a-960c-6c902aad34f3"
)

// newGUID makes a version 4 GUID out of r.
func newGUID(r *rand.Rand) string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], r.Uint64())
	binary.BigEndian.PutUint64(b[8:], r.Uint64())
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// maker makes people: everything random about a tenant comes out of rand.
type maker struct {
	rand   *rand.Rand
	domain string
	guests string // the domain in front of #EXT#
	now    time.Time
	upn    map[string]int // how many have had this local part
	staff  int            // the last employee number given
	heads  map[string]string
	chief  string
}

// special are accounts that every tenant of some size has, at fixed places, so
// that whoever reads it meets each kind.
var special = map[int]func(*maker, *Person){
	0: (*maker).beChief,
	1: (*maker).beNamesake,
	2: (*maker).beNamesake,
	3: (*maker).beGuest,
	4: func(_ *maker, p *Person) { p.AccountEnabled = false },
	5: func(_ *maker, p *Person) { p.Mail, p.ProxyAddresses, p.Purpose = "", nil, "" },
	6: (*maker).beRoom,
	7: (*maker).beShared,
	8: (*maker).beEquipment,
	9: func(_ *maker, p *Person) { p.Licenses, p.Purpose = nil, "" },
	10: func(_ *maker, p *Person) {
		hidden := false
		p.ShowInAddressList = &hidden
	},
}

// atReception says whether the i-th account has the reception's number: twenty
// of the first two hundred do.
func atReception(i int) bool { return i >= 11 && i < 191 && (i-11)%9 == 0 }

// person makes the i-th account. The first employee of a department heads it.
func (m *maker) person(i int) Person {
	p := m.account(i)
	if part := p.Department; m.heads[part] == "" && p.AccountEnabled && p.UserType == "Member" {
		m.heads[part] = p.ID
	}
	return p
}

func (m *maker) account(i int) Person {
	n := pickNation(m.rand)
	given, surname := pickOne(m.rand, n.given), pickOne(m.rand, n.surnames)
	p := m.employee(n, given, surname)
	if be, ok := special[i]; ok {
		be(m, &p)
		return p
	}
	if atReception(i) {
		p.BusinessPhones = []string{receptionNumber}
		return p
	}
	switch k := m.rand.IntN(1000); {
	case k < 35:
		m.beGuest(&p)
	case k < 65:
		p.AccountEnabled = false
	case k < 80:
		p.Mail, p.ProxyAddresses, p.Purpose = "", nil, ""
	case k < 100:
		m.beRoom(&p)
	case k < 115:
		m.beShared(&p)
	case k < 120:
		m.beEquipment(&p)
	case k < 145:
		p.Licenses, p.Purpose = nil, ""
	case k < 150:
		hidden := false
		p.ShowInAddressList = &hidden
	}
	return p
}

// employee is an ordinary account with mailbox and licence.
func (m *maker) employee(n *nation, given, surname string) Person {
	part := pickOne(m.rand, departments)
	city := pickOne(m.rand, n.cities)
	m.staff++
	p := Person{
		ID: newGUID(m.rand), GivenName: given, Surname: surname, DisplayName: given + " " + surname,
		JobTitle: pickOne(m.rand, part.titles), Department: part.name, CompanyName: "Exempelbolaget AB",
		OfficeLocation: fmt.Sprintf("%s plan %d", city, 1+m.rand.IntN(6)), City: city, Country: n.country, UsageLocation: n.code,
		StreetAddress: fmt.Sprintf("%s %d", pickOne(m.rand, n.streets), 1+m.rand.IntN(120)), PostalCode: digits(m.rand, 5),
		PreferredLanguage: n.language, EmployeeID: fmt.Sprintf("%05d", 10000+m.staff), EmployeeType: "Employee",
		BusinessPhones: n.desk(m.rand), MobilePhone: n.cell(m.rand), AccountEnabled: true, UserType: "Member", Purpose: "user",
		Licenses: []string{skuE3}, Manager: m.managerOf(part.name),
		CreatedDateTime: m.now.Add(-time.Duration(m.rand.IntN(8*365*24)) * time.Hour).Truncate(time.Second),
	}
	local := mailPart(given, surname)
	if name := strings.ToLower(surname); strings.Contains(name, "'") && m.staff%2 == 0 {
		local = mailPart(given, "") + keepApostrophe.Replace(name)
	}
	m.address(&p, local)
	m.vary(&p)
	return p
}

// managerOf is the head of a department; heads answer to the chief.
func (m *maker) managerOf(department string) string {
	if head := m.heads[department]; head != "" {
		return head
	}
	return m.chief
}

// address gives p a sign-in name and mail addresses that nobody has yet.
func (m *maker) address(p *Person, local string) {
	local = m.unique(local)
	p.UserPrincipalName = local + "@" + m.domain
	p.Mail, p.MailNickname = p.UserPrincipalName, local
	p.ProxyAddresses = []string{"SMTP:" + p.Mail}
	if m.rand.IntN(4) == 0 {
		p.ProxyAddresses = append(p.ProxyAddresses, "smtp:"+local+"@"+m.guests)
	}
}

// unique is a local part that nobody has: the second one gets a 2.
func (m *maker) unique(local string) string {
	m.upn[local]++
	if n := m.upn[local]; n > 1 {
		local += strconv.Itoa(n)
	}
	return local
}

// vary leaves out and adds what differs from one account to the next.
func (m *maker) vary(p *Person) {
	switch m.rand.IntN(12) {
	case 0:
		p.DisplayName = p.Surname + ", " + p.GivenName
	case 1:
		p.DisplayName = p.GivenName + " " + p.Surname + " (konsult)"
		p.EmployeeType, p.CompanyName = "Contractor", "Konsultgruppen i Norr AB"
	case 2:
		p.JobTitle = ""
	case 3:
		p.GivenName, p.Surname = "", ""
	case 4:
		p.FaxNumber = "08-555 010 " + digits(m.rand, 2)
	case 5:
		p.OfficeLocation, p.EmployeeID, p.UsageLocation = "", "", ""
	case 6:
		p.OtherMails = []string{mailPart(p.GivenName, p.Surname) + "@privat.example"}
	case 7: // renamed once: the address shown is not the one he signs in with
		_, surname, _ := strings.Cut(p.MailNickname, ".")
		p.Mail = m.unique(p.MailNickname[:1]+"."+strings.TrimRight(surname, "0123456789")) + "@" + m.domain
		p.ProxyAddresses = []string{"SMTP:" + p.Mail, "smtp:" + p.UserPrincipalName}
	}
	if m.rand.IntN(3) == 0 {
		p.ExtensionAttributes = &[15]string{0: digits(m.rand, 4), 4: "KST " + digits(m.rand, 3)}
	}
	if m.rand.IntN(5) == 0 {
		synced := true
		p.SyncEnabled, p.SamAccountName = &synced, p.MailNickname
	}
}

func (m *maker) beChief(p *Person) {
	p.JobTitle, p.Department, p.Manager, p.Role = "VD", "Ledning", "", "Global Administrator"
	m.chief, m.heads["Ledning"] = p.ID, p.ID
}

// beNamesake is one of two with the same name.
func (m *maker) beNamesake(p *Person) {
	p.GivenName, p.Surname, p.DisplayName = "Anna", "Öberg", "Anna Öberg"
	m.address(p, "anna.oberg")
}

func (m *maker) beGuest(p *Person) {
	home := mailPart(p.GivenName, p.Surname)
	if home == "." {
		home = "gast" + digits(m.rand, 4)
	}
	m.upn["#"+home]++
	home += strconv.Itoa(m.upn["#"+home])
	p.UserPrincipalName = home + "_partner.example#EXT#@" + m.guests
	p.Mail, p.ProxyAddresses = home+"@partner.example", []string{"SMTP:" + home + "@partner.example"}
	p.UserType, p.CreationType, p.ExternalUserState = "Guest", "Invitation", "Accepted"
	if m.rand.IntN(3) == 0 {
		p.ExternalUserState = "PendingAcceptance"
	}
	p.Licenses, p.Purpose, p.Manager, p.EmployeeID, p.BusinessPhones, p.MobilePhone = nil, "", "", "", nil, ""
}

// beThing makes an account that nobody signs in to.
func (m *maker) beThing(p *Person, purpose, name, local string) {
	*p = Person{
		ID: p.ID, DisplayName: name, AccountEnabled: false, UserType: "Member", Purpose: purpose,
		UsageLocation: "SE", CreatedDateTime: p.CreatedDateTime, OfficeLocation: p.OfficeLocation,
	}
	m.address(p, local)
}

func (m *maker) beRoom(p *Person) {
	lake := pickOne(m.rand, words(`Vättern Siljan Mälaren Vänern Hjälmaren Storsjön Åsnen Möckeln`))
	m.beThing(p, "room", "Konferensrum "+lake, "rum-"+asciiFold.Replace(strings.ToLower(lake)))
	p.Licenses = []string{skuRoom}
}

func (m *maker) beShared(p *Person) {
	box := pickOne(m.rand, words(`Info Order Faktura Support Jobb Växeln Press`))
	m.beThing(p, "shared", box, asciiFold.Replace(strings.ToLower(box)))
}

func (m *maker) beEquipment(p *Person) {
	thing := pickOne(m.rand, words(`Poolbil Projektor Släpvagn Elcykel`))
	m.beThing(p, "equipment", thing+" "+digits(m.rand, 2), asciiFold.Replace(strings.ToLower(thing)))
}
