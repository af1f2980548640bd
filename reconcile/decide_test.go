//go:build !race

package reconcile_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/drivers"
	"github.com/telefonist/telefonist/m365"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/reconcile"
	"github.com/telefonist/telefonist/store"
)

func TestDecisions(t *testing.T) {
	o := emptyOffice(t, offering)
	anna, bo, eva := o.hire("Anna", "Öberg", nil), o.hire("Bo", "Ek", nil), o.hire("Eva", "Ek", nil)
	desk := o.add("displayName", "Oberg Anna", "extension", "100", "note", "hörnet")
	dect := o.add("displayName", "Anna DECT", "extension", "200")
	o.start()
	for _, id := range []string{anna, bo, eva} {
		o.stands("at first", id, store.Offered)
	}
	if s := o.standing(anna).Suggestions; len(s) != 1 || s[0].Subscriber != desk || s[0].Reason.Code != "name" {
		t.Errorf("suggestions = %v", s)
	}

	r := o.decide(
		reconcile.Decision{Do: reconcile.DoLink, Person: anna, Subscriber: desk},
		reconcile.Decision{Do: reconcile.DoCreate, Person: bo},
		reconcile.Decision{Do: reconcile.DoIgnore, Person: eva})
	if r.State != store.Done || r.Counts["done"] != 2 || r.Cause != store.Decision || r.Actor != "karin@kontoret.se" {
		t.Errorf("the round is %s by %s: %v", r.State, r.Actor, r.Counts)
	}
	o.stands("linked,", anna, store.Tied)
	o.stands("created,", bo, store.Tied)
	o.stands("ignored,", eva, store.Ignored)
	if e := o.entry(anna); e.ID != desk || e.Get(pbx.LastName) != "Öberg" || e.Get(pbx.Extension) != "100" || e.Get(pbx.Note) != "hörnet" {
		t.Errorf("linked entry = %+v", e)
	}
	if l := o.links()[anna]; l.LinkedBy != "karin@kontoret.se" {
		t.Errorf("linked by %q", l.LinkedBy)
	}

	o.decide(reconcile.Decision{Do: reconcile.DoLink, Person: anna, Subscriber: dect}) // one person, two telephones
	o.edit(anna, func(p *m365.Person) { p.Surname = "Ny" })
	o.wants(o.change(), store.Done, 2)
	for _, id := range []string{desk, dect} {
		if got := o.entries()[id].Get(pbx.LastName); got != "Ny" {
			t.Errorf("last name = %q", got)
		}
	}

	o.decide(reconcile.Decision{Do: reconcile.DoUnlink, Person: anna, Subscriber: dect})
	o.stands("with one of two left,", anna, store.Tied)
	o.decide(reconcile.Decision{Do: reconcile.DoUnignore, Person: eva}, reconcile.Decision{Do: reconcile.DoUnlink, Person: anna})
	o.stands("unignored,", eva, store.Offered)
	o.stands("unlinked,", anna, store.Offered)
	o.nightly()
	o.stands("next day,", eva, store.Offered)
	o.stands("next day,", anna, store.Offered)
	o.stands("next day,", bo, store.Tied)
	if len(o.entries()) != 3 {
		t.Errorf("%d entries, want the three there are", len(o.entries()))
	}
}

func TestUnlinkedPersonIsNotTiedAgainByItself(t *testing.T) {
	o := emptyOffice(t, func(r *organization.Replicator) { r.Settings.SureLinks = true })
	anna := o.hire("Anna", "Öberg", nil)
	o.add("mail", "anna.öberg@"+o.tenant.Domain)
	o.start()
	o.stands("surely", anna, store.Tied)
	o.decide(reconcile.Decision{Do: reconcile.DoUnlink, Person: anna})
	o.stands("unlinked,", anna, store.Ignored)
	o.nightly()
	o.stands("next day,", anna, store.Ignored)
	o.decide(reconcile.Decision{Do: reconcile.DoCreate, Person: anna})
	o.stands("created by hand,", anna, store.Tied)
	if ignored, err := o.org.IgnoredOf(o.ctx, o.replicator); err != nil || len(ignored) != 0 {
		t.Errorf("still ignored: %v, %v", ignored, err)
	}
}

func TestLeaversAreKeptRemovedOrIgnoredByAPerson(t *testing.T) {
	o := emptyOffice(t, nil)
	ids := o.staff(4)
	o.start()
	entry := o.links()
	for _, id := range ids[:3] {
		o.must(o.tenant.SoftDelete(id))
	}
	o.change()
	o.decide(
		reconcile.Decision{Do: reconcile.DoKeep, Person: ids[0]},
		reconcile.Decision{Do: reconcile.DoRemove, Person: ids[1]},
		reconcile.Decision{Do: reconcile.DoIgnore, Person: ids[2]})
	entries := o.entries()
	if _, kept := entries[entry[ids[0]].Subscriber]; !kept {
		t.Error("what was to be kept is gone")
	}
	if _, there := entries[entry[ids[1]].Subscriber]; there || len(entries) != 3 {
		t.Errorf("%d entries, what was to be removed is there: %v", len(entries), there)
	}
	if len(o.links()) != 1 {
		t.Errorf("%d links", len(o.links()))
	}
	o.stands("ignored,", ids[2], store.Ignored)
	o.wants(o.nightly(), store.Done, 0)
	o.must(o.tenant.Restore(ids[1]))
	o.wants(o.change(), store.Done, 1)
	o.stands("back,", ids[1], store.Tied)
}

func TestDecisionThatCannotBeCarriedOutSaysSo(t *testing.T) {
	o := emptyOffice(t, offering)
	anna := o.hire("Anna", "Öberg", nil)
	last := o.start()
	for _, d := range []reconcile.Decision{
		{Do: reconcile.DoLink, Person: anna, Subscriber: "finns inte"},
		{Do: reconcile.DoUnlink, Person: anna},
		{Do: "spola", Person: anna},
		{Do: reconcile.DoCreate, Person: "finns inte"},
	} {
		_, err := o.reconciler.Decide(o.ctx, o.org.ID(), o.replicator, "karin@kontoret.se", []reconcile.Decision{d})
		if !errors.Is(err, reconcile.ErrDecision) && !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: %v", d.Do, err)
		}
	}
	if r := o.last(); r.ID != last.ID {
		t.Errorf("a round %d, %s, was left behind", r.Number, r.State)
	}
	o.healthy()
}

func TestSecondDecisionOverOneEntryIsSkipped(t *testing.T) {
	o := emptyOffice(t, offering)
	anna, bo := o.hire("Anna", "Öberg", nil), o.hire("Bo", "Ek", nil)
	desk := o.add("displayName", "Nr. 100")
	o.start()
	o.decide(reconcile.Decision{Do: reconcile.DoLink, Person: anna, Subscriber: desk})
	r := o.decide(reconcile.Decision{Do: reconcile.DoLink, Person: bo, Subscriber: desk})
	if r.Counts["skipped"] != 1 || o.links()[anna].Subscriber != desk || len(o.links()) != 1 {
		t.Errorf("counts %v, links %v", r.Counts, o.links())
	}
	if got := o.entries()[desk].Get(pbx.FirstName); got != "Anna" {
		t.Errorf("first name = %q", got)
	}
}

func TestDecisionGoesOnWhenNobodyWaits(t *testing.T) {
	o := emptyOffice(t, offering)
	ids := o.staff(5)
	o.start()
	ctx, cancel := context.WithCancel(o.ctx)
	open := o.reconciler.OpenRegister
	o.reconciler.OpenRegister = func(c context.Context, org organization.ID, name string) (pbx.Register, error) {
		defer cancel() // the browser is closed while the register is read
		return open(c, org, name)
	}
	var all []reconcile.Decision
	for _, id := range ids {
		all = append(all, reconcile.Decision{Do: reconcile.DoCreate, Person: id})
	}
	if _, err := o.reconciler.Decide(ctx, o.org.ID(), o.replicator, "karin@kontoret.se", all); err == nil {
		for _, id := range ids {
			o.stands("created,", id, store.Tied)
		}
	}
	open2, err := o.org.OpenRounds(o.ctx, o.replicator)
	o.must(err)
	if len(open2) != 0 {
		t.Errorf("a round was left as %s", open2[0].State)
	}
}

func TestUndo(t *testing.T) {
	o := emptyOffice(t, func(r *organization.Replicator) {
		r.Settings.SureLinks = true
		r.Settings.Mapping = append(r.Settings.Mapping, always(directory.JobTitle, pbx.Title))
	})
	anna := o.hire("Anna", "Öberg", func(p *m365.Person) { p.JobTitle = "Säljare" })
	bo := o.hire("Bo", "Ek", nil)
	desk := o.add("mail", "anna.öberg@"+o.tenant.Domain, "displayName", "Hörnet")
	before := o.entries()
	first := o.start()

	o.edit(anna, func(p *m365.Person) { p.Surname, p.JobTitle = "Ny", "Chef" })
	second := o.wants(o.change(), store.Done, 1)
	entry, err := o.org.Subscriber(o.ctx, desk)
	o.must(err)
	entry.Subscriber = entry.With(pbx.Fields{pbx.Title: "Direktör"})
	o.must(o.org.UpdateSubscriber(o.ctx, entry)) // changed since, by hand

	undo := func(id string) store.Round {
		t.Helper()
		u, err := o.reconciler.Undo(o.ctx, o.org.ID(), id, "karin@kontoret.se")
		o.must(err)
		r, err := o.org.Round(o.ctx, u)
		o.must(err)
		if r.State != store.Waiting {
			t.Fatalf("an undo is %s, want it to wait for approval", r.State)
		}
		return r
	}
	r := undo(second.ID)
	if got := o.entries()[desk].Get(pbx.LastName); got != "Ny" {
		t.Errorf("last name = %q before approval", got)
	}
	o.must(o.reconciler.Approve(o.ctx, o.org.ID(), r.ID, "karin@kontoret.se"))
	rep, err := o.org.Replicator(o.ctx, o.replicator)
	o.must(err)
	if !rep.Paused {
		t.Error("the replicator goes on: it would write again what was taken back")
	}
	due := &reconcile.Due{Reconciler: o.reconciler}
	o.must(due.Run(o.ctx)) // as the engine would, though it is paused
	due.Wait()
	if got := o.entries()[desk]; got.Get(pbx.LastName) != "Öberg" || got.Get(pbx.Title) != "Direktör" {
		t.Errorf("entry = %v; want the name back and the title as it was changed since", got.Fields)
	}
	if old, err := o.org.Round(o.ctx, second.ID); err != nil || old.UndoneBy != r.ID {
		t.Errorf("undone by %q, %v", old.UndoneBy, err)
	}
	if _, err := o.reconciler.Undo(o.ctx, o.org.ID(), second.ID, "karin@kontoret.se"); !errors.Is(err, reconcile.ErrNotApplied) {
		t.Errorf("undone twice: %v", err)
	}
	if at, err := o.store.NextReplicatorDue(o.ctx); err != nil || !at.IsZero() {
		t.Errorf("a paused replicator is due at %v, %v", at, err)
	}

	o.approve(undo(first.ID))
	got := o.entries()
	if len(got) != 1 || len(o.links()) != 0 {
		t.Fatalf("%d entries, %d links", len(got), len(o.links()))
	}
	want := before[desk].With(pbx.Fields{pbx.Title: "Direktör"})
	if diff := cmp.Diff(want, got[desk]); diff != "" {
		t.Error(diff)
	}
	o.stands("undone,", anna, store.Ignored)
	o.stands("undone,", bo, store.Ignored)
	o.must(o.org.PauseReplicator(o.ctx, o.replicator, false))
	o.wants(o.nightly(), store.Done, 0)
}

func TestUndoOfARemovalBringsBothTelephonesBack(t *testing.T) {
	o := emptyOffice(t, offering)
	anna := o.hire("Anna", "Öberg", nil)
	o.add("displayName", "Bord", "extension", "100")
	o.add("displayName", "DECT", "extension", "200")
	o.start()
	for id := range o.entries() {
		o.decide(reconcile.Decision{Do: reconcile.DoLink, Person: anna, Subscriber: id})
	}
	r := o.decide(reconcile.Decision{Do: reconcile.DoRemove, Person: anna})
	if len(o.entries()) != 0 {
		t.Fatalf("%d entries", len(o.entries()))
	}
	u, err := o.reconciler.Undo(o.ctx, o.org.ID(), r.ID, "karin@kontoret.se")
	o.must(err)
	back, err := o.org.Round(o.ctx, u)
	o.must(err)
	o.approve(back)
	extensions := map[string]bool{}
	for _, e := range o.entries() {
		extensions[e.Get(pbx.Extension)] = true
	}
	n := 0
	for l, err := range o.org.Links(o.ctx, drivers.Builtin) {
		o.must(err)
		if l.Person == anna && l.State == store.Linked {
			n++
		}
	}
	if !extensions["100"] || !extensions["200"] || n != 2 {
		t.Errorf("extensions %v, %d links", extensions, n)
	}
	o.stands("back,", anna, store.Tied)
}

func TestDecisionDoesNotTouchThePlanThatWaits(t *testing.T) {
	o := emptyOffice(t, nil)
	ids := o.staff(3)
	waiting := o.wants(o.run(store.ByHand, false), store.Waiting, 3)
	o.decide(reconcile.Decision{Do: reconcile.DoCreate, Person: ids[0]})
	if r, err := o.org.Round(o.ctx, waiting.ID); err != nil || r.State != store.Waiting {
		t.Fatalf("the plan is %s, %v", r.State, err)
	}
	r := o.approve(waiting)
	if r, err := o.org.Round(o.ctx, waiting.ID); err != nil || r.Counts["done"] != 2 || r.Counts["skipped"] != 1 {
		t.Errorf("counts = %v", r.Counts)
	}
	if len(o.entries()) != 3 || len(o.links()) != 3 {
		t.Errorf("%d entries, %d links after round %d", len(o.entries()), len(o.links()), r.Number)
	}
	for _, id := range ids {
		o.stands("approved,", id, store.Tied)
	}
	o.comes(o.now.Add(time.Minute))
	o.wants(o.run(store.ByHand, true), store.Done, 0)
}
