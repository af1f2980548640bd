//go:build !race

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

func (o *office) explain(query string) []reconcile.Explanation {
	o.Helper()
	found, err := o.reconciler.Explain(o.ctx, o.org.ID(), query)
	o.must(err)
	return found
}

func TestExplainOnePersonNow(t *testing.T) {
	o := emptyOffice(t, fields(always(directory.MobilePhone, pbx.Mobile)))
	id := o.hire("Anna", "Öberg", func(p *m365.Person) { p.MobilePhone = "070-123 45 67" })
	mail := "anna.öberg@" + o.tenant.Domain
	o.start()
	o.edit(id, func(p *m365.Person) { p.MobilePhone = "070-765 43 21" })
	found := o.explain(mail)
	if len(found) != 1 {
		t.Fatalf("found %v", found)
	}
	e := found[0]
	if !e.ReadNow || !e.Verdict.In || e.State != store.Tied || e.Link == nil || e.Subscriber == nil || len(e.History) != 1 {
		t.Errorf("explanation = %+v", e)
	}
	last := e.Fields[len(e.Fields)-1]
	if last.Raw != "070-765 43 21" || last.Wanted != "+46707654321" || last.Held != "+46701234567" || last.Written != "+46701234567" {
		t.Errorf("mobile = %+v", last)
	}
	o.must(o.tenant.Purge(id))
	o.change()
	if found = o.explain(mail); len(found) != 1 || found[0].Gone != directory.Purged || found[0].State != store.Leaving {
		t.Errorf("of one who left: %+v", found)
	}
}

func TestExplainAnswersThoughTheTenantDoesNot(t *testing.T) {
	for name, trouble := range map[string]func(*office){
		"slow": func(o *office) {
			o.server.Fault(m365.Fault{Kind: m365.Slow, Delay: 10 * time.Second, Times: m365.Forever})
		},
		"unreachable": func(o *office) { o.must(o.server.Close()) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := emptyOffice(t, nil)
			o.replicate(func(r *organization.Replicator) { r.Name = "En till" })
			id := o.hire("Anna", "Öberg", nil)
			o.start()
			trouble(o)
			for _, query := range []string{"anna.öberg@" + o.tenant.Domain, id, "nobody@" + o.tenant.Domain} {
				began := time.Now()
				found := o.explain(query)
				if took := time.Since(began); took > 2*time.Second {
					t.Errorf("%q took %v", query, took)
				}
				if want := query[0] != 'n'; want != (len(found) == 2) || want && found[0].ReadNow {
					t.Errorf("%q: %d explanations", query, len(found))
				}
			}
		})
	}
}

func TestPreviewCountsBeforeSaving(t *testing.T) {
	o := emptyOffice(t, nil)
	o.staff(3)
	o.hire("Gäst", "Ek", func(p *m365.Person) { p.UserType = "Guest" })
	s := directory.DefaultSettings()
	if p, err := o.reconciler.Preview(o.ctx, o.org.ID(), o.source, s); err != nil || p.Read {
		t.Errorf("before a reading: %+v, %v", p, err)
	}
	o.start()
	p, err := o.reconciler.Preview(o.ctx, o.org.ID(), o.source, s)
	if err != nil || !p.Read || p.In != 3 || p.Out["guest"] != 1 || len(p.Sample) != 3 {
		t.Errorf("preview = %+v, %v", p, err)
	}
}
