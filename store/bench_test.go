package store

import (
	"context"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
)

// crowd makes people with the properties that are usually mapped.
func crowd(n int) []directory.Person {
	first := []string{"Åsa", "Björn", "Maria", "Karl-Erik", "Ingrid", "Lars", "Émile", "Östen", "Anna Karin", "Sven"}
	last := []string{"Öberg", "Lindqvist", "van der Berg", "O'Brien", "Åkesson", "Ström", "Nuñez", "Andersson", "Ek", "Sjö"}
	people := make([]directory.Person, n)
	for i := range people {
		f, l := first[i%10], last[i/10%10]
		mail := fmt.Sprintf("p%d@kommun.example.se", i)
		people[i] = directory.Person{ID: fmt.Sprintf("%08x-51ca-4c1b-8b2e-%012x", i*2654435761%(1<<32), i), Fields: map[directory.Field]string{
			directory.DisplayName: f + " " + l, directory.GivenName: f, directory.Surname: l, directory.Mail: mail,
			directory.UserPrincipalName: mail, directory.MobilePhone: fmt.Sprintf("070-%07d", i), directory.Department: "Förvaltningen för omsorg",
			directory.BusinessPhones: fmt.Sprintf("08-%06d", i), directory.JobTitle: "Handläggare", directory.AccountEnabled: "true",
			directory.UserType: "Member", directory.Licensed: "true", directory.UsageLocation: "SE", directory.EmployeeID: fmt.Sprint(100000 + i),
			directory.ProxyAddresses: "SMTP:" + mail + "\nsmtp:" + f + "." + l + "@kommun.example.se", directory.OfficeLocation: "Stadshuset",
			directory.City: "Västerås", directory.CompanyName: "Exempelkommun",
		}}
	}
	return people
}

func cpu() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// foldCrowd folds a full read in pages of 999, as Graph gives them.
func foldCrowd(b testing.TB, o Org, source string, people []directory.Person) {
	ctx := context.Background()
	for i := 0; i < len(people); i += 999 {
		end := min(i+999, len(people))
		if _, err := o.Fold(ctx, source, directory.Page{Part: directory.PeoplePart, Full: true, First: i == 0, Last: end == len(people),
			People: people[i:end], Cursor: fmt.Sprint(i)}); err != nil {
			b.Fatal(err)
		}
	}
}

func report(b *testing.B, what string, n int, begun time.Time, used time.Duration) {
	b.ReportMetric(float64(used.Microseconds())/float64(n), what+"-cpu-us/person")
	b.ReportMetric(float64(time.Since(begun).Microseconds())/float64(n), what+"-wall-us/person")
}

func BenchmarkFold(b *testing.B) {
	ctx := context.Background()
	const n = 20000
	people := crowd(n)
	for b.Loop() {
		s := open(b)
		org, err := s.AddOrganization(ctx, organization.Organization{Name: "x"})
		if err != nil {
			b.Fatal(err)
		}
		o := s.In(org.ID)
		src, err := o.AddSource(ctx, organization.Source{Name: "x"})
		if err != nil {
			b.Fatal(err)
		}
		step := func(what string, f func()) {
			begun, used := time.Now(), cpu()
			f()
			report(b, what, n, begun, cpu()-used)
		}
		step("first", func() { foldCrowd(b, o, src.ID, people) })
		step("again", func() { foldCrowd(b, o, src.ID, people) })
		step("read", func() {
			for _, err := range o.People(ctx, src.ID, 0) {
				if err != nil {
					b.Fatal(err)
				}
			}
		})
		var links []Link
		var standings []Standing
		var entries []pbx.Subscriber
		for i, p := range people {
			links = append(links, Link{Register: "builtin", Subscriber: p.ID, Source: src.ID, Person: p.ID, State: Linked, Written: pbx.Fields{pbx.DisplayName: p.Name()}})
			standings = append(standings, Standing{Person: p.ID, Name: p.Name(), State: Tied})
			entries = append(entries, pbx.Subscriber{Fields: pbx.Fields{pbx.DisplayName: p.Name(), pbx.Mail: p.Get(directory.Mail), pbx.Extension: fmt.Sprint(i)}})
		}
		step("links", func() {
			if err := o.PutLinks(ctx, links); err != nil {
				b.Fatal(err)
			}
		})
		r, err := o.AddReplicator(ctx, organization.Replicator{Name: "r", Source: src.ID, Register: "builtin"})
		if err != nil {
			b.Fatal(err)
		}
		step("standings", func() {
			if _, err := o.PutStandings(ctx, r.ID, standings); err != nil {
				b.Fatal(err)
			}
		})
		step("subscribers", func() {
			if _, err := o.AddSubscribers(ctx, entries); err != nil {
				b.Fatal(err)
			}
		})
	}
}
