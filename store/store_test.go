package store

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
)

func TestSmoke(t *testing.T) {
	ctx := context.Background()
	s, err := Open(ctx, t.TempDir()+"/x.db", Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	org, err := s.AddOrganization(ctx, organization.Organization{Number: "17", Name: "Åkeri AB", Settings: organization.DefaultSettings()})
	if err != nil {
		t.Fatal(err)
	}
	o := s.In(org.ID)
	got, gen, err := o.Organization(ctx)
	if err != nil || gen != 1 {
		t.Fatal(err, gen)
	}
	if d := cmp.Diff(org, got); d != "" {
		t.Error(d)
	}
	orgs, next, err := s.Organizations(ctx, "akeri", "", 10)
	if err != nil || len(orgs) != 1 || next != "" {
		t.Error(orgs, next, err)
	}
	src, err := o.AddSource(ctx, organization.Source{Name: "Entra", Kind: "entra", Settings: map[string]string{"tenant": "x"}})
	if err != nil {
		t.Fatal(err)
	}
	f, err := o.Fold(ctx, src.ID, directory.Page{Part: directory.PeoplePart, Full: true, First: true, Last: true, Cursor: "c1",
		People: []directory.Person{{ID: "a", Fields: map[directory.Field]string{directory.DisplayName: "Ån\x00na \"x\"\\\n", directory.Mail: "a@b.se"}}}})
	if err != nil || f.Changed != 1 {
		t.Fatal(f, err)
	}
	for p, err := range o.People(ctx, src.ID, 0) {
		if err != nil || p.Name() != "Ånna \"x\"\\\n" {
			t.Errorf("%q %v", p.Name(), err)
		}
	}
	r, err := o.AddReplicator(ctx, organization.Replicator{Name: "r", Kind: "MicrosoftEntra", Source: src.ID, Register: "builtin", Settings: directory.DefaultSettings()})
	if err != nil {
		t.Fatal(err)
	}
	if err := o.Wake(ctx, r.ID, time.Now().Add(-time.Second), ByHand, "me", true); err != nil {
		t.Fatal(err)
	}
	round, err := o.StartRound(ctx, Round{Replicator: r.ID, Cause: ByHand})
	if err != nil || !round.Whole {
		t.Fatal(round, err)
	}
	if _, err := o.StartRound(ctx, Round{Replicator: r.ID}); !errors.Is(err, ErrConflict) {
		t.Error(err)
	}
	if err := o.PutChanges(ctx, round.ID, []Change{{Position: 1, Change: pbx.Change{Kind: pbx.Create, Name: "Ö", After: pbx.Fields{"mail": ""}}}}); err != nil {
		t.Fatal(err)
	}
	cs, err := o.PendingChanges(ctx, round.ID, 0, 10)
	if err != nil || len(cs) != 1 || cs[0].After["mail"] != "" || len(cs[0].After) != 1 {
		t.Error(cs, err)
	}
	row, err := o.AddSubscriber(ctx, pbx.Subscriber{Key: "k", Fields: pbx.Fields{pbx.Extension: "100"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.AddSubscriber(ctx, pbx.Subscriber{Fields: pbx.Fields{pbx.Extension: "100"}}); !errors.Is(err, ErrExists) {
		t.Error(err)
	}
	if n, err := o.PutStandings(ctx, r.ID, []Standing{{Person: "a", Name: "A", State: Offered}}); n != 1 || err != nil {
		t.Error(n, err)
	}
	if n, err := o.PutStandings(ctx, r.ID, []Standing{{Person: "a", Name: "A", State: Offered}}); n != 0 || err != nil {
		t.Error(n, err)
	}
	if err := o.DeleteSubscriber(ctx, row.ID); err != nil {
		t.Error(err)
	}
	if _, err := o.ExportPerson(ctx, src.ID, "a"); err != nil {
		t.Error(err)
	}
	if _, err := s.OrganizationStates(ctx, "", time.Now()); err != nil {
		t.Error(err)
	}
	if _, err := s.Metrics(ctx); err != nil {
		t.Error(err)
	}
	if err := s.DeleteOrganization(ctx, org.ID); err != nil {
		t.Error(err)
	}
	m, err := Open(ctx, "", Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if _, err := m.AddOrganization(ctx, organization.Organization{Name: "x"}); err != nil {
		t.Error(err)
	}
	if ids, err := m.AllOrganizations(ctx); err != nil || len(ids) != 1 {
		t.Error(ids, err)
	}
}
