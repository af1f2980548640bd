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
func foldCrowd(ctx context.Context, o Org, source string, people []directory.Person) error {
	for i := 0; i < len(people); i += 999 {
		end := min(i+999, len(people))
		if _, err := o.Fold(ctx, source, directory.Page{Part: directory.PeoplePart, Full: true, First: i == 0, Last: end == len(people),
			People: people[i:end], Cursor: fmt.Sprint(i)}); err != nil {
			return err
		}
	}
	return nil
}

func report(b *testing.B, what string, n int, begun time.Time, used time.Duration) {
	b.ReportMetric(float64(used.Microseconds())/float64(n), what+"-cpu-us/person")
	b.ReportMetric(float64(time.Since(begun).Microseconds())/float64(n), what+"-wall-us/person")
}

// BenchmarkFold measures, for each person, CPU and time of the steps of a first
// round that are the store's: two full reads, reading the mirror, and the upserts.
func BenchmarkFold(b *testing.B) {
	const n = 20000
	people := crowd(n)
	for b.Loop() {
		s := open(b)
		org := must(s.AddOrganization(b.Context(), organization.Organization{Name: "x"}))(b)
		o := s.In(org.ID)
		src := must(o.AddSource(b.Context(), organization.Source{Name: "x"}))(b)
		step := func(what string, f func() error) {
			begun, used := time.Now(), cpu()
			if err := f(); err != nil {
				b.Fatal(err)
			}
			report(b, what, n, begun, cpu()-used)
		}
		step("first", func() error { return foldCrowd(b.Context(), o, src.ID, people) })
		step("again", func() error { return foldCrowd(b.Context(), o, src.ID, people) })
		step("read", func() error { all(b, o.People(b.Context(), src.ID, 0)); return nil })
		upsertCrowd(b, o, src.ID, people, step)
	}
}

func upsertCrowd(b *testing.B, o Org, source string, people []directory.Person, step func(string, func() error)) {
	var links []Link
	var standings []Standing
	var entries []pbx.Subscriber
	for i, p := range people {
		links = append(links, Link{Register: "builtin", Subscriber: p.ID, Source: source, Person: p.ID, State: Linked, Written: pbx.Fields{pbx.DisplayName: p.Name()}})
		standings = append(standings, Standing{Person: p.ID, Name: p.Name(), State: Tied})
		entries = append(entries, pbx.Subscriber{Fields: pbx.Fields{pbx.DisplayName: p.Name(), pbx.Mail: p.Get(directory.Mail), pbx.Extension: fmt.Sprint(i)}})
	}
	r := must(o.AddReplicator(b.Context(), organization.Replicator{Name: "r", Source: source, Register: "builtin"}))(b)
	step("links", func() error { return o.PutLinks(b.Context(), links) })
	step("standings", func() error { _, err := o.PutStandings(b.Context(), r.ID, standings); return err })
	step("subscribers", func() error { _, err := o.AddSubscribers(b.Context(), entries); return err })
}
