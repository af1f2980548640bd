package reconcile_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/telefonist/telefonist/m365"
	"github.com/telefonist/telefonist/reconcile"
	"github.com/telefonist/telefonist/store"
)

// hardDay is a day of many people on which much goes wrong at Microsoft, with what
// truly stands in their calendars.
type hardDay struct {
	*post
	chance *rand.Rand
	stands map[string][]appointment
}

type appointment struct {
	id       string
	from, to time.Time
}

// TestAHardDay lets meetings be made, moved and called off all day, while Microsoft
// throttles for hours, tells of nothing, drops every subscription and takes no
// token. After each of these one pass brings what stands in line with the calendars.
func TestAHardDay(t *testing.T) {
	d := &hardDay{post: newPost(t, crowd), chance: rand.New(rand.NewPCG(1, 2)), stands: map[string][]appointment{}}
	for hour := 8; hour < 18; hour++ {
		d.comes(d.time(monday, fmt.Sprintf("%02d:05", hour)))
		switch hour {
		case 9:
			d.server.Fault(m365.Fault{Kind: m365.Throttled, Path: "calendarView", Code: "ApplicationThrottled", RetryAfter: "900", Times: 150})
			d.server.Fault(m365.Fault{Kind: m365.Throttled, Path: "$batch", RetryAfter: "1200", Times: 3})
		case 11:
			d.server.Fault(m365.Fault{Kind: m365.LostNotification, Times: m365.Forever})
		case 14:
			d.server.Lifecycle(d.tenant, "subscriptionRemoved")
			d.tenant.Expire()
			d.server.Fault(m365.Fault{Kind: m365.Token, Code: "7000222", Times: m365.Forever})
			d.server.Fault(m365.Fault{Kind: m365.Unauthorized, Times: 20})
		case 10, 13, 16: // over
			d.server.ClearFaults()
			d.comes(d.now.Add(20 * time.Minute))
		}
		d.upset(15)
		d.follows()
		if slices.Contains([]int{8, 10, 13, 16, 17}, hour) {
			d.comes(d.now.Add(time.Hour / 4)) // the next pass
			d.reads()
			d.subscribes()
			d.wantsAll()
			d.at(fmt.Sprintf("%02d:00", hour+1))
			d.wantsAll()
		}
	}
}

// upset changes n calendars.
func (d *hardDay) upset(n int) {
	d.Helper()
	for range n {
		person := d.people[d.chance.IntN(len(d.people))]
		from := d.now.Truncate(time.Hour).Add(time.Duration(d.chance.IntN(8)) * 15 * time.Minute)
		to := from.Add(time.Duration(1+d.chance.IntN(6)) * 15 * time.Minute)
		mine := d.stands[person]
		switch {
		case len(mine) == 0 || d.chance.IntN(3) == 0:
			id, err := d.tenant.AddEvent(person, m365.Event{Start: from, End: to, Attendees: []string{"kund@kunden.example"}})
			d.must(err)
			d.stands[person] = append(mine, appointment{id, from, to})
		case d.chance.IntN(2) == 0:
			d.must(d.tenant.DeleteEvent(person, mine[0].id))
			d.stands[person] = mine[1:]
		default:
			d.must(d.tenant.ChangeEvent(person, mine[0].id, func(e *m365.Event) { e.Start, e.End = from, to }))
			mine[0].from, mine[0].to = from, to
		}
	}
}

// follows takes what notifications have come by now, and works.
func (d *hardDay) follows() {
	d.Helper()
	for {
		select {
		case i := <-d.arrived:
			org, source, sub, err := d.store.FindSubscription(d.ctx, i.Subscription)
			if errors.Is(err, store.ErrNotFound) {
				continue // of one that has been made anew since
			}
			d.must(err)
			d.must(d.reconciler.MailboxesTold(d.ctx, org, source, []reconcile.MailboxTold{{Subscription: sub, Lifecycle: i.Lifecycle}}))
			continue
		default:
		}
		break
	}
	d.comes(d.now.Add(time.Second))
	d.works()
	d.subscribes()
}

// wantsAll compares everybody with what is true now.
func (d *hardDay) wantsAll() {
	d.Helper()
	for _, person := range d.people {
		want := "available"
		for _, a := range d.stands[person] {
			if !a.from.After(d.now) && a.to.After(d.now) {
				want = "meeting"
			}
		}
		d.wantsTold(person, want)
	}
}
