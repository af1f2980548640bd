package api_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/telefonist/telefonist/client"
	"github.com/telefonist/telefonist/m365"
)

// applied brings an organization to where a first round has created everybody.
func (p *place) applied(t *testing.T, number string) (*client.Organization, client.Replicator, client.Round) {
	t.Helper()
	ctx := t.Context()
	org, _ := p.customer(t, number, "administrator")
	s := p.connect(t, org)
	rep := must[client.Replicator](t)(org.AddReplicator(ctx, client.NewReplicator{Name: "Alla", Source: s.ID}))
	rep.Settings.New = "create"
	rep.Settings.Mapping = append(rep.Settings.Mapping, client.Rule{From: "department", To: "department", When: "always"})
	rep = must[client.Replicator](t)(org.SaveReplicator(ctx, rep.ID, client.NewReplicator{Name: "Alla", Settings: &rep.Settings}, rep.Generation))
	p.run(t, rep.ID, org)
	round := must[[]client.Round](t)(org.Rounds(ctx, client.RoundQuery{State: "waiting"}))[0]
	if err := org.Approve(ctx, round.ID); err != nil {
		t.Fatal(err)
	}
	p.run(t, rep.ID, org)
	return org, rep, must[client.Round](t)(org.Round(ctx, round.ID))
}

func TestRoundsThroughTheAPI(t *testing.T) {
	ctx := t.Context()
	p := open(t)
	who := p.tenant.AddPerson(m365.Person{
		UserPrincipalName: "formel@" + p.tenant.Domain, DisplayName: "=HYPERLINK(1)", Mail: "formel@" + p.tenant.Domain,
		AccountEnabled: true, UserType: "Member", Licenses: []string{"c7df2760-2c81-4ef7-b578-5b5392b571df"}, Department: "Ängen",
	})
	org, rep, round := p.applied(t, "1")
	if round.State != "done" || round.Counts["create"] == 0 {
		t.Fatalf("the round: got %+v, want it done with creates", round)
	}
	wantStatus(t, "approving it again", org.Approve(ctx, round.ID), 409)
	wantStatus(t, "dropping it", org.Drop(ctx, round.ID), 409)
	page := must[[]client.Change](t)(org.Changes(ctx, round.ID, client.ChangeQuery{Kind: "create", State: "done", Limit: 3}))
	if len(page) != 3 || page[0].Reason.Text == "" {
		t.Fatalf("changes: got %+v, want three with their reasons in words", page)
	}
	next := must[[]client.Change](t)(org.Changes(ctx, round.ID, client.ChangeQuery{Kind: "create", After: page[2].Position, Limit: 3}))
	if len(next) == 0 || next[0].Position <= page[2].Position {
		t.Errorf("the page after: got %+v", next)
	}
	found := must[[]client.Change](t)(org.Changes(ctx, round.ID, client.ChangeQuery{Search: "hyperlink"}))
	if len(found) != 1 || found[0].Person != who || found[0].After["department"] != "Ängen" {
		t.Errorf("search: got %+v, want the one", found)
	}
	var csv, all strings.Builder
	if err := org.ExportRound(ctx, round.ID, "csv", &csv); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(csv.String(), "\ufeff") || !strings.Contains(csv.String(), ";'=HYPERLINK(1);") || strings.Contains(csv.String(), ";=") {
		t.Errorf("CSV: got %.300q, want no cell that runs as a formula", csv.String())
	}
	if err := org.ExportRound(ctx, round.ID, "json", &all); err != nil || !json.Valid([]byte(all.String())) {
		t.Errorf("JSON: %v", err)
	}
	var data strings.Builder
	if err := org.PersonData(ctx, who, &data); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"Ängen", "formel@", rep.ID, round.ID} {
		if !strings.Contains(data.String(), part) {
			t.Errorf("one person's data lacks %q: %.500s", part, data.String())
		}
	}
	undo := must[string](t)(org.Undo(ctx, round.ID))
	if r := must[client.Round](t)(org.Round(ctx, undo)); r.State != "waiting" || r.Undoes != round.ID {
		t.Errorf("undo: got %+v, want a plan that waits", r)
	}
	if err := org.Drop(ctx, undo); err != nil {
		t.Error(err)
	}
	_, err := org.Undo(ctx, undo)
	wantStatus(t, "undoing what was dropped", err, 409)
}

func TestDecisionsThatCannotBe(t *testing.T) {
	ctx := t.Context()
	p := open(t)
	org, rep, _ := p.applied(t, "1")
	someone := must[client.People](t)(org.People(ctx, rep.ID, client.PeopleQuery{State: "linked", Limit: 1})).People[0]
	for _, tc := range []struct {
		name     string
		decision client.Decision
		status   int
	}{
		{"nothing", client.Decision{}, 422},
		{"what nobody knows", client.Decision{Do: "fire", Person: someone.ID}, 422},
		{"linking to nothing", client.Decision{Do: "link", Person: someone.ID}, 422},
		{"linking to what is not there", client.Decision{Do: "link", Person: someone.ID, Subscriber: "x"}, 404},
		{"unlinking who is not linked", client.Decision{Do: "unlink", Person: "nobody"}, 422},
	} {
		_, err := org.Decide(ctx, rep.ID, tc.decision)
		wantStatus(t, tc.name, err, tc.status)
	}
	_, err := org.Decide(ctx, rep.ID)
	wantStatus(t, "no decision", err, 422)
	if err := org.PauseReplicator(ctx, rep.ID); err != nil {
		t.Fatal(err)
	}
	wantStatus(t, "running what is paused", org.RunReplicator(ctx, rep.ID, false), 422)
	if err := org.ResumeReplicator(ctx, rep.ID); err != nil {
		t.Fatal(err)
	}
	wantStatus(t, "an order without it", org.OrderReplicators(ctx, nil), 422)
	if err := org.OrderReplicators(ctx, []string{rep.ID}); err != nil {
		t.Error(err)
	}
}

// TestAttendantsSeeNobodyHidden hides one person in the directory and protects
// another here.
func TestAttendantsSeeNobodyHidden(t *testing.T) {
	ctx := t.Context()
	p := open(t)
	hide := false
	hidden := p.tenant.AddPerson(m365.Person{
		UserPrincipalName: "dold@" + p.tenant.Domain, DisplayName: "Dold Dora", Mail: "dold@" + p.tenant.Domain,
		AccountEnabled: true, UserType: "Member", Licenses: []string{"c7df2760-2c81-4ef7-b578-5b5392b571df"}, ShowInAddressList: &hide,
	})
	org, rep, _ := p.applied(t, "1")
	attendant := client.New(p.url, p.token(t, "1", "attendant")).In("1")
	people := must[client.People](t)(org.People(ctx, rep.ID, client.PeopleQuery{State: "linked", Limit: 500})).People
	var protected client.Person
	sees := false
	for _, who := range people {
		sees = sees || who.ID == hidden
		if !who.Hidden {
			protected = who
		}
	}
	if !sees {
		t.Errorf("an administrator does not see whom the directory hides")
	}
	if err := org.Protect(ctx, protected.Links[0].Subscriber, true); err != nil {
		t.Fatal(err)
	}
	for _, who := range must[client.People](t)(attendant.People(ctx, rep.ID, client.PeopleQuery{Limit: 500})).People {
		if who.ID == hidden || who.ID == protected.ID {
			t.Errorf("an attendant sees %s", who.Name)
		}
	}
	page := must[client.Subscribers](t)(attendant.Subscribers(ctx, client.SubscriberQuery{Limit: 500}))
	for _, s := range page.Subscribers {
		if s.Name == "Dold Dora" || s.ID == protected.Links[0].Subscriber {
			t.Errorf("an attendant's list has %s", s.Name)
		}
	}
	r := must[client.Replicator](t)(attendant.Replicator(ctx, rep.ID))
	if len(r.Settings.Mapping) > 0 || r.Schedule.Mode != "" {
		t.Errorf("an attendant sees settings: %+v", r)
	}
	_, err := attendant.Explain(ctx, protected.ID)
	wantStatus(t, "explaining to an attendant", err, 403)
	if err := org.Protect(ctx, protected.Links[0].Subscriber, false); err != nil {
		t.Fatal(err)
	}
}
