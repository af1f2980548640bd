package main

import (
	"context"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/phonebook"
	"github.com/telefonist/telefonist/plan"
	"github.com/telefonist/telefonist/store"
)

// measureRead reads everybody and keeps nobody.
func measureRead(ctx context.Context, b *bench) error {
	source, err := b.reconciler.OpenSource(ctx, b.org.ID(), b.source)
	if err != nil {
		return err
	}
	n := 0
	err = b.timed(func() error {
		for page, err := range source.Reader(directory.AlwaysRead(), false).Read(ctx, "") {
			if err != nil {
				return err
			}
			n += len(page.People)
		}
		return nil
	})
	b.figure("people", float64(n), "people")
	b.figure("requests", float64(source.Usage().Requests), "requests")
	return err
}

// round runs one round to where it waits or ends.
func (b *bench) round(ctx context.Context, cause store.Cause, whole bool) (store.Round, error) {
	if err := b.org.Wake(ctx, b.replicator, time.Now(), cause, "bench", whole); err != nil {
		return store.Round{}, err
	}
	if err := b.reconciler.Round(ctx, b.org.ID(), b.replicator); err != nil {
		return store.Round{}, err
	}
	return b.last(ctx)
}

func (b *bench) last(ctx context.Context) (store.Round, error) {
	all, err := b.org.Rounds(ctx, store.RoundFilter{}, 0, 1)
	if err != nil || len(all) == 0 {
		return store.Round{}, err
	}
	if r := all[0]; r.State == store.Failed {
		return r, fmt.Errorf("round failed: %v", r.Failure)
	}
	return all[0], nil
}

// measureFirst runs the whole first round: read, plan, approve, apply. What each
// mailbox is for is not asked: that is a batch of requests for each 20 people,
// and an addition to what others are compared in.
func measureFirst(ctx context.Context, b *bench) error {
	if err := b.ask("roles", `{"revoke":["MailboxSettings.Read"]}`); err != nil {
		return err
	}
	return b.timed(func() error {
		r, err := b.round(ctx, store.ByHand, true)
		if err != nil {
			return err
		}
		if err := b.reconciler.Approve(ctx, b.org.ID(), r.ID, "bench"); err != nil {
			return err
		}
		if err := b.reconciler.Round(ctx, b.org.ID(), b.replicator); err != nil {
			return err
		}
		if r, err = b.last(ctx); err != nil {
			return err
		}
		b.figure("created", float64(r.Counts["done"]), "people")
		requests, err := b.usage(ctx)
		b.figure("requests", float64(requests), "requests")
		return err
	})
}

// measureQuiet runs a round in which nothing has happened.
func measureQuiet(ctx context.Context, b *bench) error {
	if _, err := b.usage(ctx); err != nil { // signs in
		return err
	}
	err := b.timed(func() error { _, err := b.round(ctx, store.OnChange, false); return err })
	if err != nil {
		return err
	}
	requests, err := b.usage(ctx)
	b.figure("requests", float64(requests), "requests")
	return err
}

// measureChanges runs a round in which 1,000 people have changed.
func measureChanges(ctx context.Context, b *bench) error {
	if err := b.ask("drift", fmt.Sprintf(`{"n":%d}`, min(1000, b.people/10))); err != nil {
		return err
	}
	return b.timed(func() error {
		r, err := b.round(ctx, store.OnChange, false)
		b.figure("made", float64(r.Counts["changes"]), "changes")
		return err
	})
}

// measurePlan plans people against as many entries, of which 1 % have changed.
func measurePlan(_ context.Context, b *bench) error {
	in := plan.Input{Now: time.Now(), Settings: directory.DefaultSettings(), Whole: true, NewKey: func(p string) string { return p }}
	in.Settings.Mapping = append(in.Settings.Mapping, directory.Rule{From: directory.MobilePhone, To: "mobile", When: directory.Always})
	for i := range b.people {
		id := strconv.Itoa(i)
		mobile := fmt.Sprintf("+4670%07d", i)
		title := "Nilsson"
		if i%100 == 0 {
			title = "Nyström"
		}
		in.People = append(in.People, directory.Person{ID: id, Fields: map[directory.Field]string{
			directory.GivenName: "Anna", directory.Surname: title, directory.DisplayName: "Anna Nilsson " + id,
			directory.Mail: id + "@example.se", directory.MobilePhone: mobile, directory.Licensed: "true"}})
		held := pbx.Fields{pbx.FirstName: "Anna", pbx.LastName: "Nilsson", pbx.DisplayName: "Anna Nilsson " + id, pbx.Mail: id + "@example.se", pbx.Mobile: mobile}
		in.Tied = append(in.Tied, plan.Tied{Person: id, Subscriber: pbx.Subscriber{ID: id, Fields: held}, Held: true, Written: held})
	}
	return b.timed(func() error {
		b.figure("changes", float64(len(plan.Make(in).Changes)), "changes")
		return nil
	})
}

// measurePhonebook searches and looks up among as many entries as people.
func measurePhonebook(ctx context.Context, b *bench) error {
	load := func(ctx context.Context, _ string) iter.Seq2[pbx.Subscriber, error] {
		return func(yield func(pbx.Subscriber, error) bool) {
			for row, err := range b.org.Subscribers(ctx) {
				if !yield(row.Subscriber, err) {
					return
				}
			}
		}
	}
	about := func(context.Context, string) (phonebook.About, error) {
		return phonebook.About{Name: "Mätning AB", Country: "SE"}, nil
	}
	book := phonebook.New(load, about, phonebook.Options{})
	words := []string{"anna", "oberg", "nils er", "4567", "ekonomi", "lars joh", "zzz"}
	var took []time.Duration
	err := b.timed(func() error {
		for i := range 2000 {
			begin := time.Now()
			if _, err := book.Search(ctx, "bench", words[i%len(words)], phonebook.Attendant, 20); err != nil {
				return err
			}
			took = append(took, time.Since(begin))
		}
		return nil
	})
	if err != nil {
		return err
	}
	took = took[1:] // the first loads
	slices.Sort(took)
	b.figure("search.p50", ms(took[len(took)/2]), "ms")
	b.figure("search.p99", ms(took[len(took)*99/100]), "ms")
	begin := time.Now()
	const lookups = 100_000
	for i := range lookups {
		_, err := book.Lookup(ctx, "bench", fmt.Sprintf("070-%03d %02d %02d", i%1000, i/1000%100, i%100), phonebook.Attendant)
		if err != nil && err != phonebook.ErrNobody && err != phonebook.ErrUnreadable {
			return err
		}
	}
	b.figure("lookup.rate", lookups/time.Since(begin).Seconds(), "1/s")
	return nil
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// measureUpserts folds pages of people into the mirror, new and unchanged, on
// SQLite and, where TELEFONIST_TEST_POSTGRES names a server, on PostgreSQL.
func measureUpserts(ctx context.Context, b *bench) error {
	if err := upserts(ctx, b, "sqlite", filepath.Join(b.dir, "upserts.db")); err != nil {
		return err
	}
	if url := os.Getenv("TELEFONIST_TEST_POSTGRES"); url != "" {
		return upserts(ctx, b, "postgres", url)
	}
	return nil
}

func upserts(ctx context.Context, b *bench, name, url string) error {
	s, err := store.Open(ctx, url, store.Options{})
	if err != nil {
		return err
	}
	defer s.Close()
	org, err := s.AddOrganization(ctx, customer())
	if err != nil {
		return err
	}
	o := s.In(org.ID)
	defer s.DeleteOrganization(ctx, org.ID)
	source, err := o.AddSource(ctx, sourceOf())
	if err != nil {
		return err
	}
	const pages, size = 100, 200
	for _, round := range []string{"new", "unchanged"} {
		begin := time.Now()
		for i := range pages {
			page := directory.Page{Part: directory.PeoplePart, Full: true, First: i == 0, Last: i == pages-1}
			for j := range size {
				id := strconv.Itoa(i*size + j)
				page.People = append(page.People, directory.Person{ID: id, Fields: map[directory.Field]string{
					directory.DisplayName: "Anna " + id, directory.Mail: id + "@example.se", directory.Department: "Ekonomi"}})
			}
			if _, err := o.Fold(ctx, source.ID, page); err != nil {
				return err
			}
		}
		b.figure("fold."+name+"."+round, pages*size/time.Since(begin).Seconds(), "people/s")
	}
	return nil
}
