//go:build !race

package reconcile_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/m365"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/store"
)

func TestApostropheInEmail(t *testing.T) {
	o := emptyOffice(t, nil)
	id := o.hire("Sinead", "O'Brien", nil)
	o.start()
	if got := o.entry(id).Get(pbx.Mail); got != "sinead.o'brien@"+o.tenant.Domain {
		t.Errorf("mail = %q", got)
	}
	found, err := o.reconciler.Explain(o.ctx, o.org.ID(), "sinead.o'brien@"+o.tenant.Domain)
	o.must(err)
	if len(found) != 1 || !found[0].ReadNow || found[0].Person.ID != id {
		t.Errorf("explain found %v", found)
	}
}

func TestRenameReachesTheExtensionName(t *testing.T) {
	o := emptyOffice(t, func(r *organization.Replicator) {
		r.Settings.Extension = directory.ExtensionRule{From: directory.NextFree, Start: 200}
	})
	id := o.hire("Anna", "Öberg", nil)
	o.start()
	o.edit(id, func(p *m365.Person) { p.Surname, p.DisplayName = "Åström", "Anna Åström" })
	o.wants(o.change(), store.Done, 1)
	e := o.entry(id)
	if e.Get(pbx.LastName) != "Åström" || e.Get(pbx.DisplayName) != "Anna Åström" || e.Get(pbx.Extension) != "200" {
		t.Errorf("entry = %v", e.Fields)
	}
}

func TestEmailChangeIsNotADeletedUser(t *testing.T) {
	o := emptyOffice(t, nil)
	id := o.hire("Anna", "Öberg", nil)
	o.start()
	entry := o.links()[id].Subscriber
	o.edit(id, func(p *m365.Person) {
		p.Mail, p.UserPrincipalName = "anna.gift@"+o.tenant.Domain, "anna.gift@"+o.tenant.Domain
	})
	o.wants(o.change(), store.Done, 1)
	if l := o.links()[id]; l.Subscriber != entry || l.Left != store.Present || len(o.entries()) != 1 {
		t.Errorf("link = %+v, %d entries", l, len(o.entries()))
	}
	if got := o.entry(id).Get(pbx.Mail); got != "anna.gift@"+o.tenant.Domain {
		t.Errorf("mail = %q", got)
	}
}

func TestOnePersonWithoutEmailDoesNotEndTheRun(t *testing.T) {
	o := emptyOffice(t, fields(always(directory.MobilePhone, pbx.Mobile)))
	bad := []string{
		o.hire("Utan", "Post", func(p *m365.Person) { p.Mail, p.Purpose = "", "" }),
		o.hire("Konstig", "Post", func(p *m365.Person) { p.Mail = "inte en adress" }),
		o.hire("", "", func(p *m365.Person) { p.DisplayName, p.MobilePhone = "", "?!" }),
	}
	good := o.staff(3)
	o.start()
	for _, id := range append(bad, good...) {
		if _, ok := o.links()[id]; !ok {
			t.Errorf("%v is not there", o.standing(id))
		}
	}
	rep, err := o.org.Replicator(o.ctx, o.replicator)
	o.must(err)
	if rep.Failures != 0 || rep.Paused {
		t.Errorf("%d failures, paused %v", rep.Failures, rep.Paused)
	}
}

func TestOneRefusedChangeDoesNotEndTheRun(t *testing.T) {
	o := emptyOffice(t, func(r *organization.Replicator) {
		r.Settings.Extension = directory.ExtensionRule{From: directory.FromField, Field: "extensionAttribute1"}
	})
	var ids []string
	for i := range 4 {
		ids = append(ids, o.hire("Person"+strconv.Itoa(i), "Ek", func(p *m365.Person) { p.ExtensionAttributes = &[15]string{strconv.Itoa(100 + i)} }))
	}
	r := o.wants(o.run(store.ByHand, false), store.Waiting, 4)
	_, err := o.org.AddSubscriber(o.ctx, pbx.Subscriber{Fields: pbx.Fields{pbx.DisplayName: "Växeln", pbx.Extension: "101"}})
	o.must(err) // somebody took it while the plan waited
	r = o.approve(r)
	if r.State != store.Done || r.Counts["done"] != 3 || r.Counts["failed"] != 1 {
		t.Errorf("round is %s with %v", r.State, r.Counts)
	}
	if s := o.standing(ids[1]); s.State != store.Offered || s.Why.Code != "extensionTaken" {
		t.Errorf("he stands as %+v", s)
	}
	if _, ok := o.links()[ids[1]]; ok || len(o.links()) != 3 {
		t.Errorf("%d links", len(o.links()))
	}
}

func TestGuardIsNotOnlyForZeroRows(t *testing.T) {
	o := newOffice(t, 100, nil)
	o.start()
	linked := len(o.links())
	for i, p := range o.tenant.People() {
		if i > 10 {
			o.must(o.tenant.Purge(p.ID))
		}
	}
	r := o.nightly()
	if r.State != store.Held || o.leftCount() != 0 || len(o.links()) != linked {
		t.Errorf("round is %s, %d left of %d", r.State, o.leftCount(), linked)
	}
}

func TestNoPagePerPersonIsAsked(t *testing.T) {
	o := newOffice(t, 200, nil)
	o.server.ResetRequests()
	o.start()
	n := 0
	for _, r := range o.server.Requests() {
		if strings.HasPrefix(r.Path, "/v1.0/users/") && r.Path != "/v1.0/users/delta" {
			n++
		}
	}
	if n != 0 {
		t.Errorf("%d requests for one person each", n)
	}
}

func TestPurposesAreAskedOnce(t *testing.T) {
	o := emptyOffice(t, nil)
	o.staff(5)
	room := o.hire("Rum", "Storsjön", func(p *m365.Person) { p.Purpose = "room" })
	o.start()
	if s := o.standing(room); s.State != store.Outside || s.Why.Code != "room" {
		t.Errorf("the room stands as %+v", s)
	}
	late := o.hire("Lisa", "Ny", nil)
	o.change()
	o.nightly()
	o.nightly()
	if len(o.asked) != 7 || o.asked[late] != 1 {
		t.Errorf("%d people were asked about, want 7", len(o.asked))
	}
	for id, n := range o.asked {
		if n != 1 {
			t.Errorf("%s was asked about %d times", id, n)
		}
	}
}

func TestRenamedManagerReachesHisReportsByNight(t *testing.T) {
	o := emptyOffice(t, fields(always(directory.Manager, pbx.Manager)))
	boss := o.hire("Bo", "Chef", nil)
	id := o.hire("Anna", "Öberg", func(p *m365.Person) { p.Manager = boss })
	o.start()
	o.edit(boss, func(p *m365.Person) { p.DisplayName = "Bo Direktör" })
	o.wants(o.change(), store.Done, 1)
	o.wants(o.nightly(), store.Done, 1)
	if got := o.entry(id).Get(pbx.Manager); got != "Bo Direktör" {
		t.Errorf("manager = %q", got)
	}
}
