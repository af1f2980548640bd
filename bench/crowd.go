package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/store"
)

// measureCrowd fills a database with people whose calendars have been read,
// straight through the store: to read 100,000 calendars from the simulator would
// take an hour of its time. Then it has all their days computed and everybody told
// to the built-in switchboard, as after a start.
func measureCrowd(ctx context.Context, b *bench) error {
	if err := b.fill(ctx); err != nil {
		return err
	}
	begin := time.Now()
	if err := b.timed(func() error {
		stop := b.work(ctx)
		defer stop()
		time.Sleep(time.Second)
		return b.settled(ctx)
	}); err != nil {
		return err
	}
	b.figure("rate", float64(b.people)/time.Since(begin).Seconds(), "days/s")
	return nil
}

// fill writes people, entries, links and readings.
func (b *bench) fill(ctx context.Context) error {
	const size = 500
	for i := 0; i < b.people; i += size {
		page := directory.Page{Part: directory.PeoplePart, Full: true, First: i == 0, Last: i+size >= b.people}
		var entries []pbx.Subscriber
		for n := i; n < min(i+size, b.people); n++ {
			name, mail := fmt.Sprint("Anna Ek ", n), fmt.Sprintf("anna.ek%d@kommun.example", n)
			page.People = append(page.People, directory.Person{ID: idOf(n), Fields: map[directory.Field]string{directory.DisplayName: name,
				directory.GivenName: "Anna", directory.Surname: "Ek", directory.Mail: mail, directory.Licensed: "true"}})
			entries = append(entries, pbx.Subscriber{Fields: pbx.Fields{pbx.DisplayName: name, pbx.FirstName: "Anna", pbx.LastName: "Ek",
				pbx.Mail: mail, pbx.Extension: fmt.Sprint(100_000 + n)}})
		}
		if _, err := b.org.Fold(ctx, b.source, page); err != nil {
			return err
		}
		rows, err := b.org.AddSubscribers(ctx, entries)
		if err != nil {
			return err
		}
		links := make([]store.Link, len(rows))
		for n, row := range rows {
			links[n] = store.Link{Register: store.Builtin, Subscriber: row.ID, Source: b.source, Person: page.People[n].ID,
				Replicator: b.replicator, State: store.Linked, LinkedAt: time.Now(), LinkedBy: "bench"}
		}
		if err := b.org.PutLinks(ctx, links); err != nil {
			return err
		}
	}
	if err := b.set(ctx, func(c *organization.Calendar) { c.Zone, c.Hours.FreeDays = noon(time.Now()), activity.FreeDays{} }); err != nil {
		return err
	}
	if err := b.connect(ctx); err != nil {
		return err
	}
	if err := b.reconciler.Enroll(ctx, b.org.ID()); err != nil {
		return err
	}
	for page, err := range b.mailboxes(ctx) {
		if err != nil {
			return err
		}
		if err := b.read(ctx, page, func(n int) []calendar.Event { return agendaOf(n, time.Now()) }); err != nil {
			return err
		}
	}
	return nil
}

// read keeps readings of mailboxes as if they had just been read, and has their
// days computed by themselves. The next is a day away.
func (b *bench) read(ctx context.Context, mailboxes []store.Mailbox, agenda func(n int) []calendar.Event) error {
	now := time.Now()
	for some := range slices.Chunk(mailboxes, 100) {
		rows, people := make([]store.ReadingRow, len(some)), make([]string, len(some))
		for i, m := range some {
			events := agenda(numberOf(m.Person))
			rows[i] = store.ReadingRow{Person: m.Person, Generation: m.Generation, Wakes: m.Wakes, Health: calendar.Health{State: calendar.Fine},
				ReadAt: now, CoversFrom: now.Add(-36 * time.Hour), CoversTo: now.AddDate(0, 0, 35), Hash: calendar.Hash(events), Agenda: events,
				DueAt: now.Add(24 * time.Hour), DueCause: "sweep"}
			people[i] = m.Person
		}
		if lost, err := b.org.SaveReadings(ctx, rows); err != nil || len(lost) > 0 {
			return fmt.Errorf("%d readings were not kept: %w", len(lost), err)
		}
		if err := b.org.StaleDays(ctx, people); err != nil {
			return err
		}
	}
	return nil
}

// idOf is the nth person's id, which says nothing of the order; numberOf is its
// reverse.
func idOf(n int) string { return fmt.Sprintf("%08x-51ca-4c1b-8b2e-%012x", uint32(n)*2654435761, n) }

func numberOf(id string) int {
	n := 0
	fmt.Sscanf(id[len(id)-12:], "%x", &n) // 0 where it is no id of ours, which there is not
	return n
}

// noon is a zone in which it is about noon: working hours last for hours to come
// whenever this is run.
func noon(now time.Time) string {
	east := 12 - now.UTC().Hour()
	if east >= 0 {
		return fmt.Sprintf("Etc/GMT-%d", east) // whose signs are the wrong way round
	}
	return fmt.Sprintf("Etc/GMT+%d", -east)
}

// agendaOf is what the nth person has to do from the day before now on, sixty
// appointments in 36 days, none of which begins or ends within the hour.
func agendaOf(n int, now time.Time) []calendar.Event {
	var all []calendar.Event
	for day := -1; len(all) < 60; day++ {
		for k, hours := range []int{-4, -3, 4, 6} {
			if (n+day+k)%5 < 2 { // not all of them each day
				continue
			}
			from := now.AddDate(0, 0, day).Truncate(time.Hour).Add(time.Duration(hours)*time.Hour + time.Duration(n%4)*15*time.Minute)
			e := calendar.Event{Key: fmt.Sprintf("%08x%08x%02d%02d", uint32(n)*2654435761, n, day+1, k), Start: from, End: from.Add(45 * time.Minute),
				ShowAs: calendar.Busy, Own: calendar.Yes, Others: calendar.Yes}
			if k == 2 {
				e.Prefix, e.Mark = "LUN", ":"
			}
			all = append(all, e)
			if len(all) == 60 {
				break
			}
		}
	}
	return all
}
