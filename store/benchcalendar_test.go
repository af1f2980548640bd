package store

import (
	"fmt"
	"testing"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
)

// enrolled is an organization with n people, each with a subscriber, a mailbox, a
// day of eight spans, and a telling that is due at nine.
func enrolled(b *testing.B, n int) (*Store, Org) {
	ctx := b.Context()
	s := open(b)
	s.now = func() time.Time { return begun }
	o := s.In(must(s.AddOrganization(ctx, organization.Organization{Name: "x"}))(b).ID)
	source := must(o.AddSource(ctx, organization.Source{Name: "x"}))(b).ID
	people, entries := make([]Enrolled, n), make([]pbx.Subscriber, n)
	for i := range people {
		id := fmt.Sprintf("%08x-51ca-4c1b-8b2e-%012x", uint32(i)*2654435761, i)
		people[i] = Enrolled{Person: id, EntraID: id, Address: fmt.Sprintf("p%d@kommun.example.se", i), Name: fmt.Sprint("Anna Ek ", i)}
		entries[i] = pbx.Subscriber{Fields: pbx.Fields{pbx.DisplayName: people[i].Name, pbx.Extension: fmt.Sprint(10000 + i)}}
	}
	subscribers := must(o.AddSubscribers(ctx, entries))(b)
	links := make([]Link, n)
	for i := range links {
		links[i] = Link{Register: Builtin, Subscriber: subscribers[i].ID, Source: source, Person: people[i].Person, State: Linked}
	}
	for _, err := range []error{o.PutLinks(ctx, links), o.PutConnection(ctx, organization.Connection{Source: source}, 0), o.Enroll(ctx, source, people)} {
		if err != nil {
			b.Fatal(err)
		}
	}
	return s, o
}

// working is a day with eight spans.
func working(i int) activity.Day {
	d := activity.Day{From: begun.Add(-24 * time.Hour), To: begun.Add(48 * time.Hour)}
	at := d.From
	for k := range 8 {
		end := begun.Add(time.Duration(k-3) * time.Hour)
		if k == 7 {
			end = d.To
		}
		state := activity.State{Key: activity.Available, Open: true}
		if k%2 == 1 {
			state = activity.State{Key: activity.Meeting, Since: at, Until: end, Back: activity.Back{Kind: activity.BackTime, At: end}}
		}
		d.Spans = append(d.Spans, activity.Span{From: at, To: end, State: state})
		at = end
	}
	return d
}

// BenchmarkNineOClock measures the store's part of an instant at which 20,000
// activities change: loading the tellings with their days, and writing what was
// told.
func BenchmarkNineOClock(b *testing.B) {
	const n = 20000
	s, o := enrolled(b, n)
	ctx := b.Context()
	mailboxes, _, err := o.Mailboxes(ctx, MailboxFilter{}, "", n)
	if err != nil {
		b.Fatal(err)
	}
	var readings []ReadingRow
	agenda := []calendar.Event{{Key: "AAMkAGI2TG93AAA=", Start: begun, End: begun.Add(time.Hour), ShowAs: calendar.Busy}}
	for i, m := range mailboxes {
		readings = append(readings, ReadingRow{Person: m.Person, Generation: m.Generation, ReadAt: begun, Hash: []byte("0123456789abcdef"),
			Health: calendar.Health{State: calendar.Fine}, Agenda: agenda, Day: &DayRow{Person: m.Person, Generation: 1, Day: working(i)}})
	}
	for b.Loop() {
		step(b, "readings", func() error {
			for i := 0; i < n; i += 100 {
				if _, err := o.SaveReadings(ctx, readings[i:i+100]); err != nil {
					return err
				}
			}
			return nil
		})
		var rows []ToldRow
		step(b, "load", func() error {
			for at := (Place{}); ; {
				due, err := s.DueTellings(ctx, begun.Add(5*time.Second), at, 5000)
				if err != nil || len(due) == 0 {
					return err
				}
				at = due[len(due)-1].After()
				for _, t := range due {
					span, ok := t.Day.At(begun)
					if !ok {
						b.Fatal("no day")
					}
					t.Told, t.ToldAt, t.DueAt = span.State, begun, t.Day.Next(begun)
					rows = append(rows, ToldRow{t.TellingState, Changed})
				}
			}
		})
		if len(rows) != n {
			b.Fatalf("%d tellings were due", len(rows))
		}
		step(b, "write", func() error { _, err := s.SaveTold(ctx, rows); return err })
		for i := range rows {
			rows[i].Generation++
			rows[i].DueAt = begun
		}
		step(b, "due", func() error {
			for i := range rows {
				rows[i].Kind = Unchanged
			}
			_, err := s.SaveTold(ctx, rows)
			return err
		})
		step(b, "board", func() error { _, _, err := o.Board(ctx, BoardFilter{}, "", 5000); return err })
		for i := range readings {
			readings[i].Generation++
			readings[i].Day.Generation++
		}
	}
}

func step(b *testing.B, what string, f func() error) {
	start, used := time.Now(), cpu()
	if err := f(); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(time.Since(start).Milliseconds()), what+"-ms")
	b.ReportMetric(float64((cpu() - used).Milliseconds()), what+"-cpu-ms")
}
