//go:build !race

package reconcile_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/m365"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/store"
)

// The tests of this file are named after what users of other products complain
// of: each was somebody's lost morning.

func TestReadFailureIsNotEverybodyLeft(t *testing.T) {
	o := emptyOffice(t, nil)
	o.staff(30)
	o.start()
	before := o.state()
	o.comes(o.now.Add(24 * time.Hour))
	o.server.Fault(m365.Fault{Kind: m365.Throttled, Path: "users/delta", RetryAfter: "120", After: 1, Times: m365.Forever})
	r := o.run(store.Nightly, true)
	if r.State != store.Failed || r.Failure.Code != "throttled" {
		t.Fatalf("round is %s, %v", r.State, r.Failure)
	}
	if diff := cmp.Diff(before, o.state()); diff != "" {
		t.Errorf("a failed reading changed something: %s", diff)
	}
	o.server.ClearFaults()
	o.comes(o.now.Add(3 * time.Minute))
	o.wants(o.run(store.Nightly, true), store.Done, 0)
	if o.leftCount() != 0 {
		t.Errorf("%d left", o.leftCount())
	}
}

func TestEmptyAnswerIsHeldAndChangesNothing(t *testing.T) {
	o := newOffice(t, 60, func(r *organization.Replicator) { r.Settings.Scope.Exclude = []string{"ingen"} })
	o.start()
	before := o.state()
	o.server.Fault(m365.Fault{Kind: m365.EmptyDirectory, Path: "users/delta"})
	r := o.nightly()
	if r.State != store.Held || len(r.Held) != 1 || r.Held[0].Code != "empty" {
		t.Fatalf("round is %s, held for %v, failure %v", r.State, r.Held, r.Failure)
	}
	if diff := cmp.Diff(before, o.state()); diff != "" {
		t.Errorf("an empty answer changed something: %s", diff)
	}
	people, err := o.org.PeopleCount(o.ctx, o.source)
	o.must(err)
	if people != 60 {
		t.Errorf("%d of 60 people are left in the mirror", people)
	}
	o.wants(o.nightly(), store.Done, 0)
	if diff := cmp.Diff(before, o.state()); diff != "" {
		t.Errorf("after a good answer: %s", diff)
	}
}

func TestToolDeletesNothingItDidNotMake(t *testing.T) {
	o := emptyOffice(t, func(r *organization.Replicator) { r.Settings.SureLinks = true })
	stranger, err := o.org.AddSubscriber(o.ctx, pbx.Subscriber{Fields: pbx.Fields{pbx.DisplayName: "Porttelefonen", pbx.Extension: "99"}})
	o.must(err)
	known, err := o.org.AddSubscriber(o.ctx, pbx.Subscriber{Fields: pbx.Fields{
		pbx.DisplayName: "Anna", pbx.Mail: "anna.öberg@" + o.tenant.Domain, pbx.Extension: "100", pbx.Note: "sitter i hörnet", pbx.Protected: "true"}})
	o.must(err)
	id := o.hire("Anna", "Öberg", nil)
	r := o.run(store.ByHand, false)
	if r.State != store.Waiting || r.Counts["link"] != 1 {
		t.Fatalf("the first run is %s with %v; it is always a plan to approve", r.State, r.Counts)
	}
	o.approve(r)
	o.must(o.tenant.Purge(id))
	o.change()
	o.nightly()
	entries := o.entries()
	if len(entries) != 2 {
		t.Fatalf("%d entries of 2", len(entries))
	}
	if diff := cmp.Diff(stranger.Subscriber, entries[stranger.ID]); diff != "" {
		t.Errorf("an entry of somebody else: %s", diff)
	}
	for f, want := range map[pbx.Field]string{pbx.Extension: "100", pbx.Note: "sitter i hörnet", pbx.Protected: "true", pbx.LastName: "Öberg"} {
		if got := entries[known.ID].Get(f); got != want {
			t.Errorf("%s = %q, want %q", f, got, want)
		}
	}
}

func TestLeaversAreListedNotRemoved(t *testing.T) {
	o := emptyOffice(t, func(r *organization.Replicator) {
		r.Settings.Scope.Conditions = []directory.Condition{{Field: directory.Department, Operator: directory.IsNot, Value: "Lager"}}
	})
	ids := o.staff(5)
	o.start()
	o.must(o.tenant.Disable(ids[0]))
	o.must(o.tenant.SoftDelete(ids[1]))
	o.must(o.tenant.Purge(ids[2]))
	o.edit(ids[3], func(p *m365.Person) { p.Department, p.Surname = "Lager", "Ny" })
	o.wants(o.change(), store.Done, 0)
	for i, want := range []store.LeftReason{"disabled", "softdeleted", "purged", "scope", store.Present} {
		if l := o.links()[ids[i]]; l.Left != want || l.Left != store.Present && !l.LeftAt.Equal(o.now) {
			t.Errorf("person %d: left %q at %v, want %q", i, l.Left, l.LeftAt, want)
		}
		state := store.Leaving
		if want == store.Present {
			state = store.Tied
		}
		if s := o.standing(ids[i]); s.State != state {
			t.Errorf("person %d stands as %s", i, s.State)
		}
	}
	if len(o.entries()) != 5 || o.entry(ids[3]).Get(pbx.LastName) != "Ek" {
		t.Error("leavers stay as they are until somebody decides")
	}
	o.must(o.tenant.Restore(ids[1]))
	o.must(o.tenant.Enable(ids[0]))
	o.change()
	for _, id := range ids[:2] {
		if l := o.links()[id]; l.Left != store.Present || o.standing(id).State != store.Tied {
			t.Errorf("the same object came back and is %q, %s", l.Left, o.standing(id).State)
		}
	}
}

func TestPersonDeletedOnlyHereDoesNotComeBackNextDay(t *testing.T) {
	o := emptyOffice(t, nil)
	id := o.hire("Anna", "Öberg", nil)
	o.start()
	o.must(o.org.DeleteSubscriber(o.ctx, o.links()[id].Subscriber))
	o.wants(o.nightly(), store.Done, 1)
	if s := o.standing(id).State; s != store.Ignored || len(o.entries()) != 0 {
		t.Errorf("stands as %s, %d entries", s, len(o.entries()))
	}
	o.wants(o.nightly(), store.Done, 0)
	if len(o.entries()) != 0 || len(o.links()) != 0 {
		t.Errorf("%d entries, %d links", len(o.entries()), len(o.links()))
	}
}

func TestSoftDeletedMissingFromDeltaIsFoundByTheDailyRead(t *testing.T) {
	o := emptyOffice(t, nil)
	ids := o.staff(5)
	o.start()
	o.must(o.tenant.SoftDelete(ids[0]))
	o.server.Fault(m365.Fault{Kind: m365.MissingTombstone, Path: "users/delta"})
	o.change()
	if o.leftCount() != 0 {
		t.Fatal("delta was to keep silent")
	}
	o.nightly()
	if l := o.links()[ids[0]]; l.Left != "missing" {
		t.Errorf("left = %q, want missing", l.Left)
	}
}

func TestDailyReadHappensThoughTheNightWasMissed(t *testing.T) {
	o := emptyOffice(t, func(r *organization.Replicator) {
		r.Schedule = organization.Schedule{Mode: organization.Soon, From: 60, To: 61, Zone: "Europe/Stockholm"}
	})
	ids := o.staff(5)
	o.start()
	o.must(o.tenant.SoftDelete(ids[0]))
	o.server.Fault(m365.Fault{Kind: m365.MissingTombstone, Path: "users/delta"})
	o.change()
	o.comes(o.now.Add(30 * time.Hour)) // we were off all night
	o.run(store.OnChange, false)
	if o.leftCount() != 1 {
		t.Errorf("%d left, want the one whom delta kept silent about", o.leftCount())
	}
}

func TestNestedGroupsWithCycle(t *testing.T) {
	group := "11111111-1111-1111-1111-111111111111"
	o := emptyOffice(t, func(r *organization.Replicator) { r.Settings.Scope = directory.Scope{Groups: []string{group}} })
	ids := o.staff(4)
	o.tenant.AddGroup(m365.Group{ID: group, DisplayName: "Alla", SecurityEnabled: true})
	inner := o.tenant.AddGroup(m365.Group{DisplayName: "Sälj", SecurityEnabled: true})
	innermost := o.tenant.AddGroup(m365.Group{DisplayName: "Sälj norr", SecurityEnabled: true})
	for _, edge := range [][2]string{{group, inner}, {inner, innermost}, {innermost, group}, {group, ids[0]}, {inner, ids[1]}, {innermost, ids[2]}} {
		o.must(o.tenant.AddMember(edge[0], edge[1]))
	}
	o.start()
	linked := func(want ...string) {
		t.Helper()
		links := o.links()
		n := 0
		for _, id := range want {
			if l, ok := links[id]; ok && l.Left == store.Present {
				n++
			}
		}
		if n != len(want) || len(links)-o.leftCount() != n {
			t.Errorf("%d of %d linked, %d links", n, len(want), len(links)-o.leftCount())
		}
	}
	linked(ids[:3]...)
	o.must(o.tenant.AddMember(innermost, ids[3]))
	o.change()
	linked(ids...)
	o.must(o.tenant.RemoveMember(inner, innermost))
	o.change()
	linked(ids[0], ids[1])
	if l := o.links()[ids[2]]; l.Left != store.LeftScope {
		t.Errorf("left = %q", l.Left)
	}
}

func TestDeltaTokenExpiryInAllItsForms(t *testing.T) {
	for _, kind := range []m365.Kind{m365.Gone, m365.SyncStateNotFound} {
		t.Run(string(kind), func(t *testing.T) {
			o := newOffice(t, 60, nil)
			o.start()
			before := o.state()
			o.server.Fault(m365.Fault{Kind: kind, Path: "users/delta"})
			o.server.ResetRequests()
			o.quiet()
			if n := len(o.server.Requests()); n < 4 {
				t.Errorf("%d requests, want a full read", n)
			}
			if diff := cmp.Diff(before, o.state()); diff != "" {
				t.Error(diff)
			}
		})
	}
	t.Run("everything forgotten", func(t *testing.T) {
		o := newOffice(t, 60, nil)
		o.start()
		before := o.state()
		o.tenant.Expire()
		o.quiet()
		if diff := cmp.Diff(before, o.state()); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("the full read breaks off", func(t *testing.T) {
		o := newOffice(t, 100, nil)
		o.start()
		o.tenant.Expire()
		o.server.Fault(m365.Fault{Kind: m365.Throttled, Path: "users/delta", RetryAfter: "60", After: 3})
		if r := o.change(); r.State != store.Failed || o.leftCount() != 0 {
			t.Errorf("round is %s, %d left; nobody leaves before the read is whole", r.State, o.leftCount())
		}
		o.server.ResetRequests()
		o.change()
		o.healthy()
		if o.leftCount() != 0 {
			t.Errorf("%d left", o.leftCount())
		}
		if n := len(o.server.Requests()); n > 4 {
			t.Errorf("%d requests: it did not go on at its page", n)
		}
	})
}

func TestNumbersRejectedAreListedAndKept(t *testing.T) {
	o := emptyOffice(t, fields(always(directory.MobilePhone, pbx.Mobile), always(directory.BusinessPhones, pbx.Business)))
	id := o.hire("Anna", "Öberg", func(p *m365.Person) {
		p.MobilePhone, p.BusinessPhones = "070-123 45 67", []string{"+46 (0)8-123 45 67"}
	})
	o.start()
	if e := o.entry(id); e.Get(pbx.Mobile) != "+46701234567" || e.Get(pbx.Business) != "+4681234567" {
		t.Fatalf("numbers = %v", e.Fields)
	}
	o.edit(id, func(p *m365.Person) { p.MobilePhone = "fråga Kalle" })
	o.quiet()
	if got := o.entry(id).Get(pbx.Mobile); got != "+46701234567" {
		t.Errorf("mobile = %q", got)
	}
	problems := o.standing(id).Problems
	if len(problems) != 1 || problems[0].Args["raw"] != "fråga Kalle" || problems[0].Args["number"] != "+46701234567" {
		t.Errorf("problems = %v", problems)
	}
}

func TestClearingIsAChange(t *testing.T) {
	o := emptyOffice(t, fields(always(directory.JobTitle, pbx.Title), always(directory.MobilePhone, pbx.Mobile), always(directory.Manager, pbx.Manager)))
	boss := o.hire("Bo", "Chef", nil)
	id := o.hire("Anna", "Öberg", func(p *m365.Person) { p.JobTitle, p.MobilePhone, p.Manager = "Säljare", "070-123 45 67", boss })
	o.start()
	if got := o.entry(id).Get(pbx.Manager); got != "Bo Chef" {
		t.Errorf("manager = %q", got)
	}
	o.edit(id, func(p *m365.Person) { p.JobTitle, p.MobilePhone, p.Manager = "", "", "" })
	o.wants(o.change(), store.Done, 1)
	for _, f := range []pbx.Field{pbx.Title, pbx.Mobile, pbx.Manager} {
		if got := o.entry(id).Get(f); got != "" {
			t.Errorf("%s = %q", f, got)
		}
	}
	o.wants(o.nightly(), store.Done, 0)
}

func TestSecretExpires(t *testing.T) {
	o := emptyOffice(t, nil)
	ids := o.staff(3)
	o.start()
	o.server.Fault(m365.Fault{Kind: m365.Token, Code: "7000222", Times: m365.Forever})
	s, err := o.org.Source(o.ctx, o.source)
	o.must(err)
	o.must(o.org.UpdateSource(o.ctx, s.Source, s.Generation)) // a client that has no token yet
	r := o.change()
	if r.State != store.Failed || !strings.HasPrefix(r.Failure.Code, "signin.") {
		t.Fatalf("round is %s, %v", r.State, r.Failure)
	}
	if len(o.links()) != len(ids) || o.leftCount() != 0 {
		t.Error("a secret that ended changed somebody")
	}
	rep, err := o.org.Replicator(o.ctx, o.replicator)
	o.must(err)
	if rep.Paused || rep.Failures != 1 || rep.DueAt.Sub(o.now) < time.Hour {
		t.Errorf("paused %v, %d failures, due in %v; want it to try ever more rarely", rep.Paused, rep.Failures, rep.DueAt.Sub(o.now))
	}
	o.server.ClearFaults()
	o.comes(o.now.Add(2 * time.Hour))
	o.run(store.ByHand, false)
	o.healthy()
}

func TestThrottlingNeverDisables(t *testing.T) {
	o := emptyOffice(t, func(r *organization.Replicator) { r.Schedule.Mode = organization.Soon })
	o.staff(3)
	o.start()
	o.server.Fault(m365.Fault{Kind: m365.Throttled, RetryAfter: "600", Times: m365.Forever})
	for i := range 5 {
		r := o.change()
		rep, err := o.org.Replicator(o.ctx, o.replicator)
		o.must(err)
		if r.State != store.Failed || rep.Paused || rep.Failures != int64(i+1) || rep.DueAt.Sub(o.now) < 10*time.Minute {
			t.Fatalf("try %d: %s, paused %v, %d failures, again in %v", i+1, r.State, rep.Paused, rep.Failures, rep.DueAt.Sub(o.now))
		}
	}
	o.server.ClearFaults()
	o.nightly()
	o.healthy()
}
