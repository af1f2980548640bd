package reconcile_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/m365"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/store"
)

// year is a company's life: a first reading, changes heard of by delta, and a
// day later the reading of everybody. fault strikes each of the three; a round
// that fails or is held for it is run again later, as the engine would. It ends
// with a good night.
func (o *office) year(fault func()) map[string]known {
	o.Helper()
	fault()
	o.healed(o.run(store.ByHand, false), false)
	o.comes(o.now.Add(time.Hour))
	o.healed(o.run(store.ByHand, true), true) // an empty or short first answer mends itself

	people := o.tenant.People()
	o.edit(people[24].ID, func(p *m365.Person) { p.GivenName, p.MobilePhone = "Ny", "070-765 43 21" })
	o.must(o.tenant.Disable(people[25].ID))
	o.must(o.tenant.SoftDelete(people[26].ID))
	o.hire("Lisa", "Ny", func(p *m365.Person) { p.ID = "22222222-2222-2222-2222-222222222222" })
	fault()
	o.comes(o.now.Add(time.Minute))
	o.healed(o.run(store.OnChange, false), true)

	o.must(o.tenant.Purge(people[27].ID))
	o.edit(people[28].ID, func(p *m365.Person) { p.JobTitle = "" })
	fault()
	o.comes(o.now.Add(25 * time.Hour))
	o.healed(o.run(store.Nightly, true), true)

	o.server.ClearFaults()
	o.comes(o.now.Add(25 * time.Hour))
	o.healed(o.run(store.Nightly, true), true)
	return o.state()
}

// healed approves what waits, and runs again what failed or was held.
func (o *office) healed(r store.Round, started bool) {
	o.Helper()
	if n := o.leftCount(); n > 3 {
		o.Errorf("%d people are marked as left after round %d", n, r.Number)
	}
	for try := 0; r.State == store.Failed || r.State == store.Held || r.State == store.Waiting; try++ {
		switch {
		case try == 5:
			o.Fatalf("round %d is still %s: %v %v", r.Number, r.State, r.Held, r.Failure)
		case r.State == store.Waiting:
			r = o.approve(r)
			continue
		case r.State == store.Failed && r.Failure.Code == "internal":
			o.Errorf("round %d failed without a reason", r.Number)
		}
		o.server.ClearFaults()
		o.comes(o.now.Add(7 * time.Hour))
		r = o.run(store.ByHand, true)
	}
}

func faulty(t *testing.T) *office {
	return openOffice(t, m365.New(m365.Options{People: 32, Seed: 7, PageSize: 5}), func(r *organization.Replicator) {
		r.Settings.Mapping = append(r.Settings.Mapping, always(directory.MobilePhone, pbx.Mobile), always(directory.JobTitle, pbx.Title))
		r.Settings.Scope.Exclude = []string{"33333333-3333-3333-3333-333333333333"} // groups are read, too
	})
}

func TestFaultsChangeNothingInTheEnd(t *testing.T) {
	want := faulty(t).year(func() {})
	users := func(f m365.Fault) []m365.Fault { f.Path = "users/delta"; return []m365.Fault{f} }
	for name, faults := range map[string][]m365.Fault{
		"429 with Retry-After":       users(m365.Fault{Kind: m365.Throttled, After: 2, RetryAfter: "1"}),
		"429 with fraction":          users(m365.Fault{Kind: m365.Throttled, After: 1, RetryAfter: "0.128"}),
		"429 without Retry-After":    users(m365.Fault{Kind: m365.Throttled, After: 1}),
		"429 for minutes":            users(m365.Fault{Kind: m365.Throttled, After: 3, RetryAfter: "300"}),
		"503":                        users(m365.Fault{Kind: m365.Unavailable, After: 2}),
		"503 that stays":             users(m365.Fault{Kind: m365.Unavailable, After: 2, Times: m365.Forever}),
		"504":                        users(m365.Fault{Kind: m365.GatewayTimeout, After: 2}),
		"cut in mid page":            users(m365.Fault{Kind: m365.Cut, After: 2}),
		"cut each time":              users(m365.Fault{Kind: m365.Cut, After: 3, Times: m365.Forever}),
		"truncated JSON":             users(m365.Fault{Kind: m365.Truncate, After: 2}),
		"truncated each time":        users(m365.Fault{Kind: m365.Truncate, After: 2, Times: m365.Forever}),
		"empty page with nextLink":   users(m365.Fault{Kind: m365.EmptyPage, After: 1, Times: 2}),
		"empty pages without end":    users(m365.Fault{Kind: m365.EmptyPage, Times: m365.Forever}),
		"empty directory":            users(m365.Fault{Kind: m365.EmptyDirectory}),
		"slow":                       users(m365.Fault{Kind: m365.Slow, After: 1, Delay: 300 * time.Millisecond}),
		"one spurious 401":           users(m365.Fault{Kind: m365.Unauthorized, After: 2}),
		"403 for a while":            users(m365.Fault{Kind: m365.Forbidden, After: 2, Times: 2}),
		"wrong clock":                {{Kind: m365.Clock, Delay: -3 * time.Hour, Times: m365.Forever}},
		"repeated page":              users(m365.Fault{Kind: m365.RepeatPage, After: 1}),
		"repeated page without end":  users(m365.Fault{Kind: m365.RepeatPage, Times: m365.Forever}),
		"missing tombstone":          users(m365.Fault{Kind: m365.MissingTombstone, Times: m365.Forever}),
		"duplicates":                 users(m365.Fault{Kind: m365.Duplicate, Times: m365.Forever}),
		"replays":                    users(m365.Fault{Kind: m365.Replay, Times: m365.Forever}),
		"lag":                        users(m365.Fault{Kind: m365.Lag, Times: 1}),
		"410":                        users(m365.Fault{Kind: m365.Gone}),
		"410 in mid read":            users(m365.Fault{Kind: m365.Gone, After: 3}),
		"sync state not found":       users(m365.Fault{Kind: m365.SyncStateNotFound}),
		"groups throttled":           {{Kind: m365.Throttled, Path: "groups/delta", RetryAfter: "60"}},
		"groups cut":                 {{Kind: m365.Cut, Path: "groups/delta", Times: m365.Forever}},
		"groups empty":               {{Kind: m365.EmptyDirectory, Path: "groups/delta"}},
		"mailbox settings throttled": {{Kind: m365.Throttled, Path: "$batch", RetryAfter: "60"}},
		"sign-in throttled":          {{Kind: m365.Token, Code: "50196"}},
	} {
		if raceDetector && !slices.Contains([]string{"429 with Retry-After", "cut in mid page", "410 in mid read", "groups throttled"}, name) {
			continue // ten times as slow, and the code that runs is the same
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := faulty(t)
			got := o.year(func() {
				o.server.ClearFaults()
				for _, f := range faults {
					o.server.Fault(f)
				}
			})
			for id := range got {
				if want[id].State != got[id].State || len(want[id].Left) != len(got[id].Left) {
					continue
				}
				for i, l := range got[id].Left { // how he left may have gone untold; that he left may not
					if l != store.Present && want[id].Left[i] != store.Present {
						got[id].Left[i] = want[id].Left[i]
					}
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the end differs (-without, +with the fault):\n%s", diff)
			}
		})
	}
}

func TestFailureSaysWhy(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault m365.Fault
		want  string
		wait  time.Duration // at least
	}{
		{"429", m365.Fault{Kind: m365.Throttled, RetryAfter: "900"}, "throttled", 15 * time.Minute},
		{"503", m365.Fault{Kind: m365.Unavailable}, "unavailable", time.Minute},
		{"cut", m365.Fault{Kind: m365.Cut}, "incomplete", time.Minute},
		{"truncated", m365.Fault{Kind: m365.Truncate}, "incomplete", time.Minute},
		{"empty pages", m365.Fault{Kind: m365.EmptyPage}, "incomplete", time.Minute},
		{"repeated page", m365.Fault{Kind: m365.RepeatPage}, "incomplete", time.Minute},
		{"403", m365.Fault{Kind: m365.Forbidden}, "denied", time.Hour},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := emptyOffice(t, nil)
			o.staff(30)
			o.start()
			before := o.state()
			c.fault.Path, c.fault.Times = "users/delta", m365.Forever
			o.server.Fault(c.fault)
			r := o.nightly()
			if r.State != store.Failed || r.Failure.Code != c.want {
				t.Errorf("round is %s, %v; want %s", r.State, r.Failure, c.want)
			}
			rep, err := o.org.Replicator(o.ctx, o.replicator)
			o.must(err)
			if wait := rep.DueAt.Sub(o.now); wait < c.wait || !rep.DueWhole || rep.DueCause != store.Nightly {
				t.Errorf("tried again in %v for %s", wait, rep.DueCause)
			}
			if diff := cmp.Diff(before, o.state()); diff != "" {
				t.Error(diff)
			}
			if len(o.told) == 0 || o.told[len(o.told)-1].Failure.Code != c.want {
				t.Error("nobody was told")
			}
		})
	}
}
