package exchange_test

import (
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/m365"
)

func TestWaysOfEveryVersion(t *testing.T) {
	for _, v := range m365.ExchangeVersions() {
		t.Run(string(v), func(t *testing.T) {
			w := newWorld(t, 30, m365.ExchangeOptions{Version: v})
			group := w.tenant.AddGroup(m365.Group{DisplayName: "Läsbara", SecurityEnabled: true})
			w.do(w.tenant.AddMember(group, w.staff[0].ID))
			w.do(w.x.GrantImpersonation("monitor", group))
			w.do(w.x.Grant("monitor", m365.RightFullAccess, w.staff[1].ID))
			w.do(w.x.Grant("monitor", m365.RightReviewer, w.staff[2].ID))
			w.do(w.x.Grant("monitor", m365.RightLimitedDetails, w.staff[3].ID))
			w.do(w.x.Grant("monitor", m365.RightNone, w.staff[5].ID))
			for i := range 6 {
				w.add(i, m365.Event{Subject: "SEM: Möte", Start: day(23, 9, 0), End: day(23, 10, 0)})
			}
			list := w.mailboxes(6)
			first := w.read(list)
			for i, want := range []string{"impersonation", "fullAccess", "reviewer", "details", "times", "denied"} {
				r := first[i]
				if n := kinds(first[i : i+1]); n[want] != 1 {
					t.Errorf("%d: %+v, want %s", i, r, want)
				}
				if i < 5 && len(r.Events) != 1 {
					t.Errorf("%s: %d events", want, len(r.Events))
				}
				if i < 4 && (r.Events[0].Prefix != "SEM" || r.Events[0].Own != calendar.Yes || r.Events[0].Others != calendar.No) {
					t.Errorf("%s: %+v", want, r.Events[0])
				}
				if heard := i < 2; i < 5 && (r.Way.Better.IsZero() != heard || (r.Way.Refused == "") != heard || r.Way.Server == "") {
					t.Errorf("%s: %+v", want, r.Way)
				}
			}
			if e := first[4].Events[0]; e.Own != calendar.Unknown || e.Others != calendar.Unknown || e.Subject+e.Prefix != "" {
				t.Errorf("times alone: %+v", e)
			}
			// What has been found is not looked for again, and what hasn't changed is the same.
			w.asked()
			second := w.read(list)
			if d := cmp.Diff(first[:5], second[:5]); d != "" {
				t.Errorf("the second reading (-first +second):\n%s", d)
			}
			if n := w.asked(); n["FindItem"] != 4 || n["GetFolder"] != 1 || n["GetUserAvailabilityRequest"] != 1 { // two of those for who was denied
				t.Errorf("the second reading asked %v", n)
			}
		})
	}
}

// TestFewTriesForMany is an organization in which availability alone is allowed:
// a few mailboxes tell that of all the others.
func TestFewTriesForMany(t *testing.T) {
	w := newWorld(t, 800, m365.ExchangeOptions{Version: m365.Exchange2007SP1})
	list := w.mailboxes(len(w.staff))
	var group sync.WaitGroup
	for some := range slices.Chunk(list, 100) { // at the same time, as a pass does
		group.Go(func() {
			if n := kinds(w.read(some)); n["times"] != len(some) {
				t.Errorf("%v", n)
			}
		})
	}
	group.Wait()
	asked, sum := w.asked(), 0
	for _, n := range asked {
		sum += n
	}
	if most := (len(list)+99)/100 + 16; sum > most {
		t.Errorf("%d requests for %d mailboxes, want %d at most: %v", sum, len(list), most, asked)
	}
	// A day later a right is there for all. It is found by one, and reaches everybody
	// within the next reading of each.
	w.do(w.x.Grant("monitor", m365.RightReviewer))
	w.pass(26 * time.Hour)
	for range 2 {
		for some := range slices.Chunk(list, 100) {
			w.read(some)
		}
	}
	found := map[string]int{}
	for _, m := range list {
		found[string(m.Way.Kind)]++
	}
	if found["reviewer"] != len(list) {
		t.Errorf("after a right for all: %v", found)
	}
	// It is taken away again: the same reading falls back, and keeps to few refusals
	// where the way above is refused, too.
	w.do(w.x.Grant("monitor", ""))
	w.asked()
	if n := kinds(w.read(list[:100])); n["times"] != 100 {
		t.Errorf("without the right: %v", n)
	}
	if n := w.asked(); n["FindItem"] > 120 || n["GetUserAvailabilityRequest"] != 1 {
		t.Errorf("falling back asked %v", n)
	}
}

// TestBetterIsTriedSlowly is a right for one among many that lack it.
func TestBetterIsTriedSlowly(t *testing.T) {
	w := newWorld(t, 80, m365.ExchangeOptions{})
	list := w.mailboxes(40)
	w.read(list)
	w.asked()
	tries := func(hours int) int {
		n := 0
		for range hours * 4 {
			w.pass(15 * time.Minute)
			w.read(list)
			for op, times := range maps.All(w.asked()) {
				if op != "GetUserAvailabilityRequest" {
					n += times
				}
			}
		}
		return n
	}
	if n := tries(24); n < 24 || n > 24*2*5 {
		t.Errorf("%d tries of what is refused in a day", n)
	}
	for _, m := range list {
		if wait := m.Way.Better.Sub(w.clock()); wait > 28*time.Hour {
			t.Errorf("tried again in %v", wait)
		}
	}
	w.do(w.x.Grant("monitor", m365.RightReviewer, w.staff[7].ID))
	tries(72)
	if k := list[7].Way.Kind; k != calendar.Reviewer {
		t.Errorf("three days after it was allowed: %s", k)
	}
}

// TestAMailboxOnAnOlderServer is spoken to in the older version, which is found
// once.
func TestAMailboxOnAnOlderServer(t *testing.T) {
	w := newWorld(t, 30, m365.ExchangeOptions{})
	w.do(w.x.GrantImpersonation("monitor", "*"))
	w.do(w.x.Older(m365.Exchange2010SP2, w.staff[1].Mail))
	for i := range 2 {
		w.add(i, m365.Event{Subject: "Möte", Start: day(23, 9, 0), End: day(23, 10, 0)})
	}
	list := w.mailboxes(2)
	for step, most := range []int{3, 2} {
		w.asked()
		for i, r := range w.read(list) {
			if r.Health.State != calendar.Fine || r.Way.Kind != calendar.Impersonation || len(r.Events) != 1 {
				t.Errorf("%d: %+v", i, r)
			}
		}
		if n := w.asked()["FindItem"]; n > most {
			t.Errorf("reading %d asked %d views", step, n)
		}
	}
	if a, b := list[0].Way.Mark, list[1].Way.Mark; a == b {
		t.Errorf("both are spoken to alike: %q", a)
	}
	w.do(w.x.Older(m365.Exchange2019, w.staff[1].Mail))
	for range 24 * 12 {
		w.pass(5 * time.Minute)
		w.read(list)
	}
	if a, b := list[0].Way.Mark, list[1].Way.Mark; a != b {
		t.Errorf("a day after it was moved: %q, the other %q", b, a)
	}
}
