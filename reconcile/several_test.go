package reconcile_test

import (
	"testing"
	"time"

	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/m365"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/reconcile"
	"github.com/telefonist/telefonist/store"
)

// as lets a replicator be the one that the office's helpers speak of.
func (o *office) as(replicator string, f func()) {
	mine := o.replicator
	o.replicator = replicator
	f()
	o.replicator = mine
}

func TestTwoReplicatorsOfOneSource(t *testing.T) {
	norway := directory.Condition{Field: directory.UsageLocation, Operator: directory.Is, Value: "NO"}
	o := emptyOffice(t, func(r *organization.Replicator) {
		r.Name, r.Settings.Scope.Conditions = "Norge", []directory.Condition{norway}
	})
	all := o.replicate(func(r *organization.Replicator) { r.Name = "Alla" })
	kari := o.hire("Kari", "Nordmann", func(p *m365.Person) { p.UsageLocation = "NO" })
	anna := o.hire("Anna", "Öberg", func(p *m365.Person) { p.UsageLocation = "SE" })
	o.as(all, func() { // the second in order runs first: the order still decides
		o.start()
		o.stands("of the first,", kari, store.Taken)
		if why := o.standing(kari).Why; why.Args["replicator"] != "Norge" {
			t.Errorf("taken care of by %v", why)
		}
		o.stands("of both,", anna, store.Tied)
	})
	o.start()
	o.stands("in Norway,", kari, store.Tied)
	o.stands("in Norway,", anna, store.Outside)
	if len(o.entries()) != 2 {
		t.Errorf("%d entries for 2 people", len(o.entries()))
	}
	o.edit(kari, func(p *m365.Person) { p.UsageLocation = "SE" }) // linked: stays with Norway, as one who left
	o.change()
	if l := o.links()[kari]; l.Left != store.LeftScope || l.Replicator != o.replicator {
		t.Errorf("link = %+v", l)
	}
	o.as(all, func() {
		o.nightly()
		o.stands("linked by the other,", kari, store.Taken)
	})
	if len(o.entries()) != 2 {
		t.Errorf("%d entries for 2 people", len(o.entries()))
	}
}

func TestFreedExtensionRests(t *testing.T) {
	o := emptyOffice(t, func(r *organization.Replicator) {
		r.Settings.Extension = directory.ExtensionRule{From: directory.NextFree, Start: 100}
	})
	ids := o.staff(3)
	o.start()
	extensions := map[string]string{}
	for _, id := range ids {
		extensions[o.entry(id).Get(pbx.Extension)] = id
	}
	for _, ext := range []string{"100", "101", "102"} {
		if extensions[ext] == "" {
			t.Errorf("nobody has %s: %v", ext, extensions)
		}
	}
	o.must(o.tenant.Purge(extensions["101"]))
	o.change()
	o.decide(reconcile.Decision{Do: reconcile.DoRemove, Person: extensions["101"]})
	next := o.hire("Lisa", "Ny", nil)
	o.change()
	if got := o.entry(next).Get(pbx.Extension); got != "103" {
		t.Errorf("extension = %q while 101 rests", got)
	}
	o.comes(o.now.Add(91 * 24 * time.Hour))
	later := o.hire("Pelle", "Ny", nil)
	o.change()
	if got := o.entry(later).Get(pbx.Extension); got != "101" {
		t.Errorf("extension = %q, 101 has rested", got)
	}
}

func TestExtensionFromAFieldNeedsNoRest(t *testing.T) {
	o := emptyOffice(t, func(r *organization.Replicator) {
		r.Settings.Extension = directory.ExtensionRule{From: directory.FromField, Field: "extensionAttribute1"}
	})
	first := o.hire("Anna", "Öberg", func(p *m365.Person) { p.ExtensionAttributes = &[15]string{"100"} })
	second := o.hire("Bo", "Ek", nil)
	o.start()
	o.edit(first, func(p *m365.Person) { p.ExtensionAttributes = &[15]string{"200"} })
	o.change()
	o.edit(second, func(p *m365.Person) { p.ExtensionAttributes = &[15]string{"100"} })
	o.change()
	if a, b := o.entry(first).Get(pbx.Extension), o.entry(second).Get(pbx.Extension); a != "200" || b != "100" {
		t.Errorf("extensions %q and %q", a, b)
	}
}

func TestPeopleExchangeTheirExtensions(t *testing.T) {
	o := emptyOffice(t, func(r *organization.Replicator) {
		r.Settings.Extension = directory.ExtensionRule{From: directory.FromField, Field: "extensionAttribute1"}
	})
	first := o.hire("Anna", "Öberg", func(p *m365.Person) { p.ExtensionAttributes = &[15]string{"100"} })
	second := o.hire("Bo", "Ek", func(p *m365.Person) { p.ExtensionAttributes = &[15]string{"200"} })
	o.start()
	o.edit(first, func(p *m365.Person) { p.ExtensionAttributes = &[15]string{"200"} })
	o.edit(second, func(p *m365.Person) { p.ExtensionAttributes = &[15]string{"100"} })
	o.change()
	if a, b := o.entry(first).Get(pbx.Extension), o.entry(second).Get(pbx.Extension); a != "200" || b != "100" {
		t.Errorf("extensions %q and %q; they exchanged", a, b)
	}
}

func TestSureLinksOnlyWhereSwitchedOn(t *testing.T) {
	for _, sure := range []bool{false, true} {
		o := emptyOffice(t, func(r *organization.Replicator) { r.Settings.SureLinks = sure })
		anna := o.hire("Anna", "Öberg", nil)
		o.add("mail", "ANNA.ÖBERG@"+o.tenant.Domain)
		o.start()
		want := store.Offered
		if sure {
			want = store.Tied
		}
		o.stands("", anna, want)
		if len(o.entries()) != 1 {
			t.Errorf("%d entries: somebody who may be there is not made again", len(o.entries()))
		}
	}
}

func TestSuggestionByNumber(t *testing.T) {
	o := emptyOffice(t, fields(always(directory.MobilePhone, pbx.Mobile), always(directory.BusinessPhones, pbx.Business)))
	anna := o.hire("Anna", "Öberg", func(p *m365.Person) {
		p.MobilePhone, p.BusinessPhones = "070-123 45 67", []string{"08-123 45 00"}
	})
	bo := o.hire("Bo", "Ek", func(p *m365.Person) { p.BusinessPhones = []string{"08-123 45 00"} })
	entry := o.add("displayName", "A. O.", "mobile", "+46701234567", "other", "+46701234567")
	o.add("displayName", "Receptionen", "business", "+4681234500")
	o.start()
	s := o.standing(anna).Suggestions
	if len(s) != 1 || s[0].Subscriber != entry || s[0].Reason.Code != "number" {
		t.Errorf("suggestions = %v", s)
	}
	if s := o.standing(bo).Suggestions; len(s) != 0 {
		t.Errorf("by the reception's number: %v", s)
	}
}

func TestNewObjectWithALeaversMailIsPossiblyAnother(t *testing.T) {
	o := emptyOffice(t, func(r *organization.Replicator) { r.Settings.SureLinks = true })
	old := o.hire("Anna", "Öberg", nil)
	o.start()
	entry := o.links()[old].Subscriber
	o.must(o.tenant.Purge(old))
	again := o.hire("Anna", "Öberg", nil)
	for _, round := range []func() store.Round{o.change, o.nightly} { // in the same round, and later
		round()
		s := o.standing(again)
		if s.State != store.Offered || len(s.Suggestions) != 1 || s.Suggestions[0].Reason.Args["other"] != "true" || s.Suggestions[0].Sure {
			t.Errorf("the newcomer stands as %+v", s)
		}
		if l := o.links(); len(l) != 1 || l[old].Subscriber != entry || len(o.entries()) != 1 {
			t.Errorf("links = %v", l)
		}
	}
}

func TestContactsWithoutExtension(t *testing.T) {
	for _, contacts := range []bool{true, false} {
		o := emptyOffice(t, func(r *organization.Replicator) {
			r.Settings.Contacts = contacts
			r.Settings.Extension = directory.ExtensionRule{From: directory.FromNumber, Field: directory.BusinessPhones, Digits: 3}
		})
		with := o.hire("Anna", "Öberg", func(p *m365.Person) { p.BusinessPhones = []string{"08-123 45 67"} })
		without := o.hire("Bo", "Ek", nil)
		o.start()
		if got := o.entry(with).Get(pbx.Extension); got != "567" {
			t.Errorf("extension = %q", got)
		}
		if contacts {
			o.stands("as a contact,", without, store.Tied)
		} else if s := o.standing(without); s.State != store.Outside || s.Why.Code != "noExtension" {
			t.Errorf("stands as %+v", s)
		}
	}
}

func TestHiddenAndProtected(t *testing.T) {
	o := emptyOffice(t, nil)
	no := false
	id := o.hire("Anna", "Öberg", func(p *m365.Person) { p.ShowInAddressList = &no })
	o.start()
	if !o.entry(id).Hidden() {
		t.Error("hidden from address lists and not here")
	}
	row, err := o.org.Subscriber(o.ctx, o.entry(id).ID)
	o.must(err)
	row.Subscriber = row.With(pbx.Fields{pbx.Protected: "true"})
	o.must(o.org.UpdateSubscriber(o.ctx, row))
	yes := true
	o.edit(id, func(p *m365.Person) { p.ShowInAddressList = &yes })
	o.wants(o.change(), store.Done, 1)
	if e := o.entry(id); e.Get(pbx.Hidden) != "" || e.Get(pbx.Protected) != "true" || !e.Hidden() {
		t.Errorf("entry = %v; protection is set here and stays", e.Fields)
	}
}
