package m365_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/telefonist/telefonist/m365"
)

func TestTheSameSeedMakesTheSameTenant(t *testing.T) {
	a, b, c := m365.New(m365.Options{Seed: 5}), m365.New(m365.Options{Seed: 5}), m365.New(m365.Options{Seed: 6})
	hidden := cmpopts.IgnoreUnexported(m365.Person{}, m365.Group{})
	if diff := cmp.Diff(a.People(), b.People(), hidden); diff != "" {
		t.Errorf("people differ:\n%s", diff)
	}
	if diff := cmp.Diff(a.Groups(), b.Groups(), hidden); diff != "" {
		t.Errorf("groups differ:\n%s", diff)
	}
	for _, g := range a.Groups() {
		if !slices.Equal(a.Members(g.ID), b.Members(g.ID)) {
			t.Errorf("members of %s differ", g.DisplayName)
		}
	}
	if a.ID != b.ID || a.ClientID != b.ClientID || a.Secret() != b.Secret() || a.SecretID() != b.SecretID() {
		t.Error("ids or secret differ")
	}
	if a.ID == c.ID || a.Secret() == c.Secret() || a.People()[0].ID == c.People()[0].ID {
		t.Error("another seed makes the same tenant")
	}
	if x, y := a.Drift(40), b.Drift(40); !slices.Equal(x, y) {
		t.Errorf("drift differs: %q and %q", x, y)
	}
}

// Each kind of account and of text that a directory sync trips over is there.
func TestATenantHasEverythingThatIsTrouble(t *testing.T) {
	tenant := m365.New(m365.Options{People: 2000, Seed: 1})
	if n := len(tenant.People()); n != 2000 {
		t.Fatalf("%d people", n)
	}
	numbers := func(p m365.Person) string {
		return strings.Join(append(slices.Clone(p.BusinessPhones), p.MobilePhone), "|")
	}
	all := func(p m365.Person) string { return p.DisplayName + p.City + p.Department }
	seen := map[string]int{}
	for _, p := range tenant.People() {
		for name, is := range map[string]bool{
			"å": strings.ContainsAny(all(p), "åÅ"), "ä": strings.ContainsAny(all(p), "äÄ"), "ö": strings.ContainsAny(all(p), "öÖ"),
			"ñ": strings.Contains(all(p), "ñ"), "'": strings.Contains(p.DisplayName, "'"), "-": strings.Contains(p.DisplayName, "-"),
			"ø": strings.ContainsAny(p.DisplayName, "øØ"), "ß": strings.Contains(p.DisplayName, "ß"), "space in surname": strings.Contains(p.Surname, " "),
			"guest": p.UserType == "Guest" && strings.Contains(p.UserPrincipalName, "#EXT#"), "disabled": !p.AccountEnabled && p.Purpose == "user",
			"no mail": p.Mail == "" && p.UserType == "Member", "room": p.Purpose == "room", "shared": p.Purpose == "shared",
			"equipment": p.Purpose == "equipment", "unlicensed": len(p.Licenses) == 0 && p.EmployeeID != "", "hidden": p.ShowInAddressList != nil,
			"no names": p.GivenName == "" && p.Surname == "" && p.UserType == "Member", "comma": strings.Contains(p.DisplayName, ", "),
			"no manager": p.Manager == "", "manager": p.Manager != "", "extension attribute": p.ExtensionAttributes != nil,
			"(0)": strings.Contains(numbers(p), "(0)"), "ankn": strings.Contains(numbers(p), "ankn"), "no plus": strings.HasPrefix(p.MobilePhone, "46 "),
			"reception": slices.Contains(p.BusinessPhones, "08-555 010 00"), "rubbish": strings.Contains(numbers(p), "ring mobilen"),
			"nothing": numbers(p) == "", "internal": len(p.BusinessPhones) == 1 && len(p.BusinessPhones[0]) == 4, "no-break space": strings.Contains(numbers(p), "\u00a0"),
			"Sverige": p.Country == "Sverige", "Nederland": p.Country == "Nederland", "Deutschland": p.Country == "Deutschland",
			"Norge": p.Country == "Norge", "United Kingdom": p.Country == "United Kingdom", "two mails": len(p.ProxyAddresses) > 1,
			"fax": p.FaxNumber != "", "synced": p.SyncEnabled != nil, "contractor": p.EmployeeType == "Contractor", "admin": p.Role != "",
			"mail and UPN differ": p.Mail != "" && p.Mail != p.UserPrincipalName && p.UserType == "Member", "' in mail": strings.Contains(p.Mail, "'"),
		} {
			if seen[name] += 0; is {
				seen[name]++
			}
		}
	}
	for name, n := range seen {
		if n == 0 {
			t.Errorf("nobody with %s", name)
		}
	}
	if seen["reception"] != 20 {
		t.Errorf("%d people have the reception's number, want 20", seen["reception"])
	}
}

func TestPeopleAreToldApart(t *testing.T) {
	tenant := m365.New(m365.Options{People: 3000, Seed: 2})
	ids, names, mails, shown := map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]int{}
	for _, p := range tenant.People() {
		if ids[p.ID] || names[strings.ToLower(p.UserPrincipalName)] {
			t.Errorf("%s %s is there twice", p.ID, p.UserPrincipalName)
		}
		ids[p.ID], names[strings.ToLower(p.UserPrincipalName)] = true, true
		if p.Mail != "" && mails[p.Mail] {
			t.Errorf("%s is there twice", p.Mail)
		}
		mails[p.Mail] = true
		shown[p.DisplayName]++
		if p.Manager == p.ID {
			t.Errorf("%s is his own manager", p.UserPrincipalName)
		}
	}
	if shown["Anna Öberg"] < 2 {
		t.Error("no two people have the same name")
	}
	for _, p := range tenant.People() {
		if p.Manager != "" && !ids[p.Manager] {
			t.Errorf("%s has a manager who is nobody", p.UserPrincipalName)
		}
	}
}

func TestGroupsAreOfEachKind(t *testing.T) {
	tenant := m365.New(m365.Options{Seed: 1})
	kinds := map[string]bool{}
	holds := map[string][]string{}
	for _, g := range tenant.Groups() {
		holds[g.ID] = tenant.Members(g.ID)
		kinds["security"] = kinds["security"] || g.SecurityEnabled && len(g.GroupTypes) == 0
		kinds["unified"] = kinds["unified"] || slices.Contains(g.GroupTypes, "Unified") && g.MailEnabled
		kinds["dynamic"] = kinds["dynamic"] || slices.Contains(g.GroupTypes, "DynamicMembership") && g.MembershipRule != ""
		kinds["hidden"] = kinds["hidden"] || g.Visibility == "HiddenMembership"
		kinds["empty"] = kinds["empty"] || len(holds[g.ID]) == 0
	}
	for a, inA := range holds {
		for _, b := range inA {
			kinds["nested"] = kinds["nested"] || holds[b] != nil
			kinds["cycle"] = kinds["cycle"] || slices.Contains(holds[b], a)
		}
	}
	for _, kind := range []string{"security", "unified", "dynamic", "hidden", "empty", "nested", "cycle"} {
		if !kinds[kind] {
			t.Errorf("no %s group", kind)
		}
	}
}
