package store

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
)

// The clock takes rows as they are due, readings and days person by person, a
// choice within a larger transaction: all at once, in any order.
func TestNobodyLocksTheClockOut(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	var people []Enrolled
	for i := range 40 {
		p := fmt.Sprint("person", i)
		s := must(o.AddSubscriber(ctx, pbx.Subscriber{Fields: pbx.Fields{pbx.DisplayName: p}}))(t)
		o.ok(o.PutLinks(ctx, []Link{{Register: Builtin, Subscriber: s.ID, Source: o.source, Person: p, State: Linked}}))
		people = append(people, Enrolled{Person: p, EntraID: p, Name: p})
	}
	for range 3 {
		_, err := o.PutSwitchboard(ctx, organization.Switchboard{Register: Builtin}, nil, 0)
		o.ok(err)
	}
	o.ok(o.Enroll(ctx, o.source, people))
	ids := make([]string, len(people))
	for i, p := range people {
		ids[i] = p.Person
	}
	some := func() []string {
		mixed := append([]string(nil), ids...)
		rand.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
		return mixed[:30]
	}
	writers := map[string]func() error{
		"clock": func() error {
			due, err := o.DueTellings(ctx, begun, Place{}, 500)
			var rows []ToldRow
			for _, d := range due {
				d.Told, d.ToldAt = activity.State{Key: activity.Meeting}, begun
				rows = append(rows, ToldRow{d.TellingState, Tried})
			}
			rand.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
			_, err2 := o.SaveTold(ctx, rows)
			return errors.Join(err, err2)
		},
		"readings": func() error {
			mailboxes, err := o.MailboxesOf(ctx, some())
			var rows []ReadingRow
			for _, m := range mailboxes {
				day := meeting(m.Person, 1, begun, begun.Add(time.Hour))
				rows = append(rows, ReadingRow{Person: m.Person, Generation: m.Generation, Wakes: m.Wakes, Hash: []byte("h"), ReadAt: begun,
					Health: calendar.Health{State: calendar.Fine}, Day: &day})
			}
			_, err2 := o.SaveReadings(ctx, rows)
			return errors.Join(err, err2)
		},
		"wakes": func() error { return o.HeardMailboxes(ctx, some(), begun) },
		"stale": func() error { return o.StaleDays(ctx, some()) },
		"live":  func() error { return o.SetLive(ctx, some(), rand.IntN(2) == 0) },
		"choices": func() error {
			return o.Tx(ctx, func(o Org) error {
				for _, p := range some()[:5] {
					c, err := o.Choice(ctx, p)
					d, err2 := o.Day(ctx, p)
					day := meeting(p, d.Generation, begun, begun.Add(time.Hour))
					c.Choice = activity.Choice{Activity: activity.Lunch, At: begun}
					if err := errors.Join(err, err2, o.SaveChoice(ctx, c, &day)); err != nil {
						return err
					}
				}
				return nil
			})
		},
	}
	var all sync.WaitGroup
	for name, write := range writers {
		all.Go(func() {
			for range 25 {
				if err := write(); err != nil {
					t.Errorf("%s: %v", name, err)
					return
				}
			}
		})
	}
	all.Wait()
}
