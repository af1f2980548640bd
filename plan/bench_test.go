package plan

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/pbx"
)

// company is n people as a directory with numbers holds them, with a mapping of
// ten fields.
func company(n int) Input {
	in := Input{Source: "entra", Whole: true, Settings: directory.DefaultSettings(), InUse: map[string]bool{},
		NewKey: func(person string) string { return "round." + person }}
	in.Settings.New = directory.Create
	in.Settings.Extension = directory.ExtensionRule{From: directory.FromNumber, Field: directory.BusinessPhones, Digits: 6}
	for from, to := range map[directory.Field]pbx.Field{directory.MobilePhone: pbx.Mobile, directory.BusinessPhones: pbx.Business,
		directory.JobTitle: pbx.Title, directory.Department: pbx.Department, directory.CompanyName: pbx.Company, directory.OfficeLocation: pbx.Office} {
		in.Settings.Mapping = append(in.Settings.Mapping, directory.Rule{From: from, To: string(to), When: directory.Always})
	}
	in.People = make([]directory.Person, n)
	for i := range in.People {
		mail := fmt.Sprintf("anna.oberg%d@example.se", i)
		in.People[i] = person(fmt.Sprintf("%08d-0000-0000-0000-000000000000", i),
			"givenName", "Anna", "surname", fmt.Sprintf("Öberg%d", i), "displayName", fmt.Sprintf("Anna Öberg%d", i), "mail", mail,
			"userPrincipalName", mail, "proxyAddresses", "SMTP:"+mail, "mobilePhone", fmt.Sprintf("070-%03d %02d %02d", i/10000, i/100%100, i%100),
			"businessPhones", fmt.Sprintf("+46 8 5%03d %03d", i/1000, i%1000), "jobTitle", "Säljare", "department", "Sälj", "companyName", "Kontoret AB",
			"officeLocation", "Stockholm", "accountEnabled", "true", "userType", "Member", "licensed", "true", "usageLocation", "SE")
	}
	return in
}

// linked ties everybody to an entry that is as it should be, but for one in a
// hundred.
func linked(in Input) Input {
	for i, c := range Make(in).Changes {
		fields := c.After
		in.InUse[fields[pbx.Extension]] = true
		if i%100 == 0 {
			fields = pbx.Subscriber{Fields: fields}.With(pbx.Fields{pbx.LastName: "Som hon hette förr"}).Fields
		}
		in.Tied = append(in.Tied, Tied{Person: c.Person, Held: true, Written: fields,
			Subscriber: pbx.Subscriber{ID: fmt.Sprintf("entry%011d", i), Key: c.Key, Fields: fields}})
	}
	return in
}

func measure(b *testing.B, in Input, changes int) {
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	b.ReportAllocs()
	var p Plan
	for b.Loop() {
		p = Make(in)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if len(p.Changes) != changes {
		b.Fatalf("%d changes, want %d", len(p.Changes), changes)
	}
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/(1<<20), "MB-plan")
	runtime.KeepAlive(p)
	runtime.KeepAlive(in)
}

// BenchmarkMake plans 100,000 people beside 100,000 entries, of whom one in a
// hundred has changed.
func BenchmarkMake(b *testing.B) { measure(b, linked(company(100_000)), 1000) }

// BenchmarkFirst plans the first round of 100,000 people.
func BenchmarkFirst(b *testing.B) { measure(b, company(100_000), 100_000) }
