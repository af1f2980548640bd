package reconcile_test

import (
	"cmp"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/reconcile"
	"github.com/telefonist/telefonist/store"
)

// BenchmarkNineOClock measures how late the built-in switchboard is told where the
// activities of 20,000 people (or CROWD of them) change at one second.
func BenchmarkNineOClock(b *testing.B) {
	n, _ := strconv.Atoi(cmp.Or(os.Getenv("CROWD"), "20000"))
	nine := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	now := nine.Add(-time.Hour)
	var began time.Time
	clockNow := func() time.Time {
		if began.IsZero() {
			return now
		}
		return now.Add(time.Since(began))
	}
	ctx := b.Context()
	s, err := store.Open(ctx, b.TempDir()+"/b.db", store.Options{Now: clockNow, Log: slog.New(slog.DiscardHandler)})
	check(b, err)
	defer s.Close()
	org, err := s.AddOrganization(ctx, organization.Organization{Name: "x", Settings: organization.DefaultSettings()})
	check(b, err)
	o := s.In(org.ID)
	source, err := o.AddSource(ctx, organization.Source{Name: "x"})
	check(b, err)
	people, entries, links := make([]store.Enrolled, n), make([]pbx.Subscriber, n), make([]store.Link, n)
	for i := range people {
		id := fmt.Sprintf("%08x-51ca-4c1b-8b2e-%012x", uint32(i)*2654435761, i)
		people[i] = store.Enrolled{Person: id, EntraID: id, Name: fmt.Sprint("Anna Ek ", i)}
		entries[i] = pbx.Subscriber{Fields: pbx.Fields{pbx.DisplayName: people[i].Name}}
	}
	subscribers, err := o.AddSubscribers(ctx, entries)
	check(b, err)
	for i := range links {
		links[i] = store.Link{Register: store.Builtin, Subscriber: subscribers[i].ID, Source: source.ID, Person: people[i].Person, State: store.Linked}
	}
	check(b, o.PutLinks(ctx, links))
	check(b, o.PutConnection(ctx, organization.Connection{Source: source.ID, Live: organization.Live{All: true}}, 0))
	check(b, o.Enroll(ctx, source.ID, people))
	clock := &reconcile.Clock{Reconciler: &reconcile.Reconciler{Store: s, Log: slog.New(slog.DiscardHandler), Now: clockNow}}
	var days []store.DayRow
	for at := range slices.Chunk(people, 500) {
		var ids []string
		for _, p := range at {
			ids = append(ids, p.Person)
		}
		found, err := o.Subjects(ctx, ids, false)
		check(b, err)
		for _, f := range found {
			d := activity.Day{From: nine.AddDate(0, 0, -1), To: nine.AddDate(0, 0, 2)}
			for from, key := d.From, activity.Available; from.Before(d.To); from = from.Add(time.Hour) {
				d.Spans = append(d.Spans, activity.Span{From: from, To: from.Add(time.Hour), State: activity.State{Key: key, Open: key == activity.Available, Until: from.Add(time.Hour)}})
				key = map[activity.Key]activity.Key{activity.Available: activity.Meeting, activity.Meeting: activity.Available}[key]
			}
			days = append(days, store.DayRow{Person: f.Person, Day: d, Generation: f.DayGeneration})
		}
	}
	check(b, o.SaveDays(ctx, days))
	_, err = clock.Tick(ctx)
	check(b, err)
	clock.Wake()
	for b.Loop() {
		nine = nine.Add(time.Hour)
		began = time.Time{}
		now = nine.Add(-10 * time.Second)
		_, err = clock.Tick(ctx)
		check(b, err)
		now = nine.Add(-4 * time.Second)
		load := time.Now()
		_, err = clock.Tick(ctx)
		check(b, err)
		b.ReportMetric(float64(time.Since(load).Milliseconds()), "load-ms")
		now, began = nine, time.Now()
		used := cpu()
		for {
			next, err := s.NextTellingDue(ctx)
			check(b, err)
			if next.After(nine.Add(time.Minute)) {
				break
			}
			_, err = clock.Tick(ctx)
			check(b, err)
		}
		b.ReportMetric(float64(time.Since(began).Milliseconds()), "all-ms")
		b.ReportMetric(float64((cpu() - used).Milliseconds()), "all-cpu-ms")
		clock.Idle()
		rows, _, err := o.Board(ctx, store.BoardFilter{}, "", n)
		check(b, err)
		late := make([]time.Duration, 0, n)
		for _, r := range rows {
			if r.ToldAt.Before(nine) {
				b.Fatalf("told at %v", r.ToldAt)
			}
			late = append(late, r.ToldAt.Sub(nine))
		}
		slices.Sort(late)
		b.ReportMetric(float64(late[len(late)/2].Milliseconds()), "p50-ms")
		b.ReportMetric(float64(late[len(late)*99/100].Milliseconds()), "p99-ms")
		b.ReportMetric(0, "ns/op")
	}
}

func check(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// cpu is how much the process has used.
func cpu() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
