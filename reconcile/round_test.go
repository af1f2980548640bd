//go:build !race

package reconcile_test

import (
	"testing"
	"time"

	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/m365"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/store"
)

func TestPeopleArriveAfterApproval(t *testing.T) {
	o := newOffice(t, 50, nil)
	r := o.run(store.ByHand, false)
	if r.State != store.Waiting {
		t.Fatalf("the first round is %s (%v), want it to wait for approval", r.State, r.Failure)
	}
	if n := len(o.links()); n != 0 {
		t.Fatalf("%d links before approval", n)
	}
	r = o.approve(r)
	if r.State != store.Done || r.Counts["create"] == 0 || r.Counts["done"] != r.Counts["create"] {
		t.Fatalf("after approval: %s, %v", r.State, r.Counts)
	}
	if n := len(o.links()); int64(n) != r.Counts["create"] {
		t.Errorf("%d links, want %d", n, r.Counts["create"])
	}
	o.comes(o.now.Add(time.Minute))
	if r = o.run(store.ByHand, true); r.Counts["changes"] != 0 || r.State != store.Done {
		t.Errorf("a second whole round: %s %v, want nothing to do", r.State, r.Counts)
	}
}

func TestChangeInEntraReachesTheRegister(t *testing.T) {
	o := newOffice(t, 50, nil)
	o.approve(o.run(store.ByHand, false))
	var person string
	var entry string
	for id, l := range o.links() {
		person, entry = id, l.Subscriber
		break
	}
	o.must(o.tenant.ChangePerson(person, func(p *m365.Person) { p.Surname = "Nyström" }))
	o.server.ResetRequests()
	r := o.run(store.OnChange, false)
	if r.State != store.Done || r.Counts["update"] != 1 {
		t.Fatalf("round: %s %v %v", r.State, r.Counts, r.Failure)
	}
	s, err := o.org.Subscriber(o.ctx, entry)
	o.must(err)
	if got := s.Get("lastName"); got != "Nyström" {
		t.Errorf("last name = %q", got)
	}
	if l := o.links()[person]; l.Written["lastName"] != "Nyström" {
		t.Errorf("ledger = %v", l.Written)
	}
}

func TestLimitHoldsTheWholeRound(t *testing.T) {
	o := emptyOffice(t, nil)
	ids := o.staff(20)
	o.start()
	o.leave(ids, 6) // more than the greater of 5 and 5 % of 20
	o.edit(ids[10], func(p *m365.Person) { p.Surname = "Ny" })
	r := o.wants(o.change(), store.Held, 1)
	if len(r.Held) != 1 || r.Held[0].Code != "left" || r.Held[0].Args["n"] != "6" || r.Held[0].Args["limit"] != "5" {
		t.Errorf("held for %v", r.Held)
	}
	if o.leftCount() != 0 || o.entry(ids[10]).Get(pbx.LastName) != "Ek" {
		t.Errorf("a held round changed something: %d left", o.leftCount())
	}
	if s := o.standing(ids[0]).State; s != store.Tied {
		t.Errorf("he stands as %s while the round is held", s)
	}
	t.Run("approved", func(t *testing.T) {
		r = o.approve(r)
		if r.State != store.Done || o.leftCount() != 6 || o.entry(ids[10]).Get(pbx.LastName) != "Ny" {
			t.Errorf("after approval: %s, %d left", r.State, o.leftCount())
		}
		if s := o.standing(ids[0]); s.State != store.Leaving || s.Why.Code != "softdeleted" {
			t.Errorf("he stands as %+v", s)
		}
		if n := len(o.entries()); n != 20 {
			t.Errorf("%d entries are left of 20: leavers wait for a person", n)
		}
	})
}

func TestDroppedRoundLeavesEverything(t *testing.T) {
	o := emptyOffice(t, nil)
	ids := o.staff(20)
	o.start()
	before := o.entries()
	o.leave(ids, 6)
	r := o.wants(o.change(), store.Held, 0)
	o.must(o.reconciler.Drop(o.ctx, o.org.ID(), r.ID, "karin@kontoret.se"))
	if r = o.last(); r.State != store.Dropped || o.leftCount() != 0 {
		t.Errorf("dropped: %s, %d left", r.State, o.leftCount())
	}
	if got := o.entries(); len(got) != len(before) {
		t.Errorf("%d entries, %d before", len(got), len(before))
	}
	if err := o.reconciler.Approve(o.ctx, o.org.ID(), r.ID, "karin@kontoret.se"); err == nil {
		t.Error("a dropped round could be approved")
	}
	for _, id := range ids[:6] {
		o.must(o.tenant.Restore(id))
	}
	o.wants(o.nightly(), store.Done, 0)
	if o.leftCount() != 0 {
		t.Errorf("%d left after all came back", o.leftCount())
	}
}

func TestDroppedFirstPlanOffers(t *testing.T) {
	o := emptyOffice(t, nil)
	ids := o.staff(3)
	r := o.wants(o.run(store.ByHand, false), store.Waiting, 3)
	o.must(o.reconciler.Drop(o.ctx, o.org.ID(), r.ID, "karin@kontoret.se"))
	if s := o.standing(ids[0]); s.State != store.Offered || len(o.entries()) != 0 {
		t.Errorf("he stands as %v, %d entries", s, len(o.entries()))
	}
	o.wants(o.change(), store.Waiting, 3) // still the first
}

func TestManyRenamesAreHeld(t *testing.T) {
	o := emptyOffice(t, fields(always(directory.JobTitle, pbx.Title)))
	ids := o.staff(20)
	o.start()
	for _, id := range ids {
		o.edit(id, func(p *m365.Person) { p.JobTitle = "Chef" })
	}
	o.wants(o.change(), store.Done, 20) // other fields never hold
	for _, id := range ids[:11] {
		o.edit(id, func(p *m365.Person) { p.Surname = "" })
	}
	r := o.wants(o.change(), store.Held, 11)
	if r.Held[0].Code != "changed" || r.Held[0].Args["limit"] != "10" {
		t.Errorf("held for %v", r.Held)
	}
	if got := o.entry(ids[0]).Get(pbx.LastName); got != "Ek" {
		t.Errorf("last name = %q", got)
	}
}

func TestNewNightlyRoundReplacesAWaitingOne(t *testing.T) {
	o := emptyOffice(t, func(r *organization.Replicator) { r.Schedule.Mode = organization.Soon })
	ids := o.staff(20)
	o.start()
	o.leave(ids, 6)
	first := o.wants(o.change(), store.Held, 0)
	o.edit(ids[19], func(p *m365.Person) { p.GivenName = "Ny" })
	o.comes(o.now.Add(time.Minute))
	if r := o.run(store.OnChange, false); r.ID != first.ID || r.State != store.Held {
		t.Fatalf("a change did not wait behind the plan that waits: round %d is %s", r.Number, r.State)
	}
	rep, err := o.org.Replicator(o.ctx, o.replicator)
	o.must(err)
	if rep.DueCause != store.Nightly || !rep.DueWhole {
		t.Errorf("due for %s at %v, want the next night", rep.DueCause, rep.DueAt)
	}
	r := o.nightly()
	if r.ID == first.ID || r.State != store.Held || r.Counts["left"] != 6 || r.Counts["update"] != 1 {
		t.Errorf("the nightly round is %s with %v; want all that waited and what is new", r.State, r.Counts)
	}
	if old, _ := o.org.Round(o.ctx, first.ID); old.State != store.Dropped || old.Failure.Code != "replaced" {
		t.Errorf("the one that waited is %s, %v", old.State, old.Failure)
	}
}

func TestQuietChangeRoundsLeaveNoRow(t *testing.T) {
	o := emptyOffice(t, nil)
	ids := o.staff(3)
	first := o.start()
	if r := o.change(); r.ID != first.ID {
		t.Errorf("a round in which nothing happened is kept: %d %v", r.Number, r.Counts)
	}
	o.must(o.tenant.Disable(ids[0]))
	if r := o.change(); r.Counts["left"] != 1 {
		t.Errorf("somebody left: %v", r.Counts)
	}
	o.must(o.tenant.Enable(ids[0]))
	if r := o.change(); r.Counts["returned"] != 1 {
		t.Errorf("somebody is back: %v", r.Counts)
	}
}

func TestQuietRoundIsOneRequest(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*organization.Replicator)
		want   []string
	}{
		{"everybody", nil, []string{"/v1.0/users/delta"}},
		{"groups", func(r *organization.Replicator) {
			r.Settings.Scope.Exclude = []string{"00000000-0000-0000-0000-000000000001"}
		},
			[]string{"/v1.0/users/delta", "/v1.0/groups/delta"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newOffice(t, 60, c.change)
			o.start()
			o.server.ResetRequests()
			o.change()
			var got []string
			for _, r := range o.server.Requests() {
				got = append(got, r.Path)
			}
			if len(got) != len(c.want) || got[0] != c.want[0] || got[len(got)-1] != c.want[len(c.want)-1] {
				t.Errorf("asked %v, want %v", got, c.want)
			}
		})
	}
}

func TestDeltaRoundPlansOnlyTheTouched(t *testing.T) {
	o := newOffice(t, 100, nil)
	o.start()
	for id := range o.links() {
		o.edit(id, func(p *m365.Person) { p.Department = "Ny avdelning"; p.GivenName = "Ny" })
		break
	}
	if r := o.change(); r.Counts["read"] != 1 || r.Whole {
		t.Errorf("planned %d people, whole %v; one was touched", r.Counts["read"], r.Whole)
	}
}

func TestNewFieldMeansAFullRead(t *testing.T) {
	o := emptyOffice(t, nil)
	id := o.hire("Anna", "Öberg", func(p *m365.Person) { p.JobTitle, p.City = "Chef", "Umeå" })
	o.start()
	o.reset(fields(always(directory.City, pbx.City)))
	o.wants(o.change(), store.Done, 1)
	if got := o.entry(id).Get(pbx.City); got != "Umeå" {
		t.Errorf("city = %q", got)
	}
}

func TestLedgerCorrectionSendsNothing(t *testing.T) {
	o := emptyOffice(t, nil)
	id := o.hire("Anna", "Öberg", nil)
	o.start()
	l := o.links()[id]
	l.Written = pbx.Fields{pbx.LastName: "Olsson"}
	o.must(o.org.SetLedger(o.ctx, []store.Link{l}))
	before, err := o.org.Subscriber(o.ctx, l.Subscriber)
	o.must(err)
	o.wants(o.nightly(), store.Done, 0)
	after, err := o.org.Subscriber(o.ctx, l.Subscriber)
	o.must(err)
	if got := o.links()[id].Written[pbx.LastName]; got != "Öberg" || after.Generation != before.Generation {
		t.Errorf("the ledger says %q, the entry was written %d times", got, after.Generation-before.Generation)
	}
}
