package store

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/organization"
)

func TestSources(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	src := must(h.Source(ctx, h.source))(t)
	src.Name, src.Settings = "Nytt namn", map[string]string{"tenant": "x", "client": "y"}
	h.ok(h.UpdateSource(ctx, src.Source, src.Generation))
	h.is(h.UpdateSource(ctx, src.Source, src.Generation), ErrConflict)
	h.ok(h.SetTenant(ctx, h.source, "tid"))
	h.ok(h.SetChecked(ctx, h.source, `{"ok":true}`))
	src.Generation, src.Tenant, src.CheckedAt, src.Checked = 2, "tid", begun, `{"ok":true}`
	if d := cmp.Diff([]SourceState{src}, must(h.Sources(ctx))(t)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]TenantSource{{h.ID(), h.source, "Nytt namn"}}, must(h.SourcesOfTenant(ctx, "tid"))(t)); d != "" {
		t.Error(d)
	}
	if got := must(h.SourcesOfTenant(ctx, ""))(t); len(got) != 0 {
		t.Errorf("sources without a tenant share one: %v", got)
	}
	h.is(h.DeleteSource(ctx, h.source), ErrConflict)
	h.ok(h.DeleteReplicator(ctx, h.replicator))
	h.ok(h.DeleteSource(ctx, h.source))
	h.is(h.DeleteSource(ctx, h.source), ErrNotFound)
}

func TestAResetMirrorIsReadAnew(t *testing.T) {
	h := newHouse(t)
	h.fold(everybody("c", person("a", "displayName", "A")))
	h.ok(h.ResetMirror(t.Context(), h.source, []directory.Field{directory.DisplayName, directory.City}))
	m := h.state()
	if m.Cursor != "" || !slices.Equal(m.Fields, []directory.Field{directory.DisplayName, directory.City}) || m.PeopleWhole != begun {
		t.Errorf("mirror: %+v", m)
	}
	if got := h.mirror(); !slices.Equal(got, []string{"a:A"}) {
		t.Errorf("what was mirrored is lost: %q", got)
	}
}

func TestTwoCredentialsStandSideBySide(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	old := must(h.AddCredential(ctx, h.source, organization.Credential{Kind: organization.Secret, Hint: "abc", Expires: begun.AddDate(0, 0, 10)}, []byte{0, 1, 0xff}))(t)
	h.clock.pass(time.Second)
	cert := must(h.AddCredential(ctx, h.source, organization.Credential{Kind: organization.Certificate, PublicPEM: "pem"}, []byte("key")))(t)
	if d := cmp.Diff([]organization.Credential{cert, old}, must(h.Credentials(ctx, h.source))(t)); d != "" {
		t.Error("the newest first:", d)
	}
	if g := must(h.Source(ctx, h.source))(t).Generation; g != 3 {
		t.Errorf("generation %d after two credentials", g)
	}
	got, sealed, err := h.SealedCredential(ctx, h.source, old.ID)
	if err != nil || got != old || !slices.Equal(sealed, []byte{0, 1, 0xff}) {
		t.Errorf("%+v %v %v", got, sealed, err)
	}
	h.ok(h.SetWarned(ctx, h.source, old.ID, 14))
	expiring := must(h.ExpiringCredentials(ctx, begun.AddDate(0, 0, 60)))(t)
	if d := cmp.Diff([]ExpiringCredential{{h.ID(), h.source, old, 14}}, expiring); d != "" {
		t.Error(d)
	}
	h.ok(h.SetExpiry(ctx, h.source, old.ID, begun.AddDate(1, 0, 0), true))
	expiring = must(h.ExpiringCredentials(ctx, begun.AddDate(2, 0, 0)))(t)
	if len(expiring) != 1 || !expiring[0].ExpiryRead || expiring[0].WarnedDays != 0 {
		t.Errorf("after a new expiry: %+v", expiring)
	}
	h.ok(h.DeleteCredential(ctx, h.source, old.ID))
	h.is(h.DeleteCredential(ctx, h.source, old.ID), ErrNotFound)
	_, err = h.AddCredential(ctx, "nowhere", organization.Credential{}, nil)
	h.is(err, ErrNotFound)
}

func TestSubscriptions(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	sub := Subscription{Resource: "users", ID: "graph-1", ClientStateHash: "x", Expires: begun.Add(time.Hour)}
	h.ok(h.PutSubscription(ctx, h.source, sub))
	h.ok(h.SubscriptionHeard(ctx, h.source, "users"))
	sub.ID, sub.Heard = "graph-2", begun
	h.ok(h.PutSubscription(ctx, h.source, sub))
	if d := cmp.Diff([]Subscription{sub}, must(h.Subscriptions(ctx, h.source))(t)); d != "" {
		t.Error(d)
	}
	org, source, got, err := h.FindSubscription(ctx, "graph-2")
	if err != nil || org != h.ID() || source != h.source || got != sub {
		t.Errorf("%v %v %+v %v", org, source, got, err)
	}
	if d := cmp.Diff([]SourceSubscription{{h.ID(), h.source, sub}}, must(h.AllSubscriptions(ctx))(t)); d != "" {
		t.Error(d)
	}
	// Two that are not there at the moment do not stand in each other's way.
	for _, resource := range []string{"users", "groups"} {
		h.ok(h.PutSubscription(ctx, h.source, Subscription{Resource: resource, Due: begun.Add(time.Hour), Problem: "subscription.refused"}))
	}
	for _, s := range must(h.Subscriptions(ctx, h.source))(t) {
		if s.ID != "" || !s.Due.Equal(begun.Add(time.Hour)) || s.Problem != "subscription.refused" {
			t.Errorf("%+v", s)
		}
	}
	h.ok(h.DeleteSubscription(ctx, h.source, "users"))
	h.is(h.SubscriptionHeard(ctx, h.source, "users"), ErrNotFound)
}

func TestReplicators(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	second := must(h.AddReplicator(ctx, organization.Replicator{Name: "Två", Kind: "MicrosoftEntra", Source: h.source, Register: "builtin",
		Schedule: organization.Schedule{Mode: organization.Nightly, Zone: "Europe/Stockholm"}, Settings: directory.DefaultSettings()}))(t)
	if second.Position != 2 {
		t.Errorf("position %d", second.Position)
	}
	state := must(h.Replicator(ctx, second.ID))(t)
	if d := cmp.Diff(second, state.Replicator); d != "" {
		t.Error(d)
	}
	second.Settings.Scope = directory.Scope{Groups: []string{"g"}}
	h.ok(h.UpdateReplicator(ctx, second, 1))
	h.is(h.UpdateReplicator(ctx, second, 1), ErrConflict)
	h.ok(h.OrderReplicators(ctx, []string{second.ID, h.replicator}))
	got := must(h.Replicators(ctx))(t)
	if len(got) != 2 || got[0].ID != second.ID || got[0].Settings.Scope.Groups[0] != "g" || got[0].Generation != 2 {
		t.Errorf("replicators: %+v", got)
	}
	_, err := h.AddReplicator(ctx, organization.Replicator{Source: "nowhere"})
	h.is(err, ErrNotFound)
	h.is(h.OrderReplicators(ctx, []string{"nobody"}), ErrNotFound)
}

func TestDeletingAReplicatorKeepsSubscribersAndHistory(t *testing.T) {
	f := furnish(newHouse(t))
	ctx := t.Context()
	f.ok(f.DeleteReplicator(ctx, f.replicator))
	if got := all(t, f.Links(ctx, "builtin")); len(got) != 0 {
		t.Errorf("links: %v", got)
	}
	if got := all(t, f.Subscribers(ctx)); len(got) != 1 {
		t.Errorf("subscribers: %v", got)
	}
	if r := must(f.Round(ctx, f.round))(t); r.State != Dropped || r.Failure.Code != "replicatorDeleted" {
		t.Errorf("round: %+v", r)
	}
	f.is(f.DeleteReplicator(ctx, f.replicator), ErrNotFound)
}

func TestOnePersonsDataIsExported(t *testing.T) {
	f := furnish(newHouse(t))
	got := must(f.ExportPerson(t.Context(), f.source, "a"))(t)
	if got.Person.Name() != "Anna" || !slices.Equal(got.Groups, []string{"g"}) || len(got.Links) != 1 || len(got.Subscribers) != 1 ||
		got.Standings[f.replicator].State != Tied || len(got.Changes) != 1 || len(got.Ignored) != 0 {
		t.Errorf("export: %+v", got)
	}
	other := must(f.ExportPerson(t.Context(), f.source, "b"))(t)
	if len(other.Ignored) != 1 || other.Ignored[0].By != "eva" || len(other.Subscribers) != 0 || len(other.Links) != 1 {
		t.Errorf("export: %+v", other)
	}
}
