package store

import (
	"errors"
	"io/fs"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telefonist/telefonist/organization"
)

func TestCustomersByNumberAreIdempotent(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	want := organization.Organization{Number: "500", Name: "Brf Ärlan", Settings: organization.DefaultSettings()}
	first, made, err := h.PutOrganization(ctx, want)
	if err != nil || !made || first.ID == "" {
		t.Fatal(first, made, err)
	}
	want.Name, want.Settings.Language = "Brf Ärlan 2", "en"
	second, made, err := h.PutOrganization(ctx, want)
	if err != nil || made || second.ID != first.ID {
		t.Fatal(second, made, err)
	}
	got, generation, err := h.OrganizationByNumber(ctx, "500")
	if err != nil || generation != 2 || got.Name != "Brf Ärlan 2" || got.Settings.Language != "en" || got.Created != begun {
		t.Errorf("%+v %d %v", got, generation, err)
	}
	_, err = h.AddOrganization(ctx, organization.Organization{Number: "500"})
	h.is(err, ErrExists)
	for range 2 { // without a number there may be many
		must(h.AddOrganization(ctx, organization.Organization{Name: "Utan nummer"}))(t)
	}
	_, _, err = h.OrganizationByNumber(ctx, "")
	h.is(err, ErrNotFound)
	h.is(h.In(first.ID).SetOrganization(ctx, got, 1), ErrConflict)
}

func TestCustomersAreListed(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	for _, n := range []string{"Öst", "Alfa", "Ängen"} {
		must(h.AddOrganization(ctx, organization.Organization{Name: n}))(t)
	}
	var got []string
	for next, first := "", true; first || next != ""; first = false {
		var page []organization.Organization
		var err error
		page, next, err = h.Organizations(ctx, "", next, 3)
		h.ok(err)
		for _, o := range page {
			got = append(got, o.Name)
		}
	}
	if want := []string{"Alfa", "Åkeri i Öst AB", "Ängen", "Öst"}; !slices.Equal(got, want) {
		t.Errorf("by name: %q", got)
	}
	if page, _, _ := h.Organizations(ctx, "17", "", 9); len(page) != 1 || page[0].ID != h.ID() {
		t.Errorf("by number: %v", page)
	}
	if ids := must(h.AllOrganizations(ctx))(t); len(ids) != 4 {
		t.Errorf("all: %v", ids)
	}
}

func TestTheWorstCustomersComeFirst(t *testing.T) {
	bad := furnish(newHouse(t))
	ctx := t.Context()
	calm := settled(t, bad.Store, bad.clock, "Alfa", "1")
	failing := settled(t, bad.Store, bad.clock, "Beta", "2")
	failing.ok(failing.SetFailures(ctx, failing.replicator, 2))
	r := must(bad.Round(ctx, bad.round))(t)
	r.State = Held
	bad.ok(bad.SetRound(ctx, r, Reading))
	states := must(bad.OrganizationStates(ctx, "", begun.Add(time.Hour)))(t)
	var order []organization.ID
	for _, s := range states {
		order = append(order, s.ID)
	}
	if !slices.Equal(order, []organization.ID{failing.ID(), bad.ID(), calm.ID()}) {
		t.Errorf("order: %v", order)
	}
	got := states[1]
	got.Organization = organization.Organization{}
	want := OrganizationState{Generation: 1, Sources: 1, Replicators: 1, Held: 1, Left: 1, Expiring: 1, LastRound: begun}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestLogins(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	if n := must(h.CountLogins(ctx))(t); n != 0 {
		t.Errorf("%d can sign in to an empty store", n)
	}
	h.ok(h.PutLogin(ctx, Login{Email: "Chef@Example.se", Name: "Chefen", PasswordHash: "x", Operator: true}))
	h.ok(h.PutMember(ctx, organization.User{Email: "Eva@example.se", Name: "Eva", Role: organization.Attendant}))
	h.ok(h.PutMember(ctx, organization.User{Email: "eva@example.se", Name: "Eva Ek", Role: organization.Administrator}))
	if n := must(h.CountLogins(ctx))(t); n != 1 {
		t.Errorf("%d can sign in, but only one has a password", n)
	}
	h.ok(h.SetPassword(ctx, "eva@EXAMPLE.se", "hash"))
	h.ok(h.SetLanguage(ctx, "eva@example.se", "en"))
	h.clock.pass(time.Hour)
	h.ok(h.Seen(ctx, "eva@example.se"))
	want := Login{Email: "eva@example.se", Name: "Eva", PasswordHash: "hash", Language: "en", Created: begun, Seen: begun.Add(time.Hour)}
	if d := cmp.Diff(want, must(h.Login(ctx, "EVA@example.se"))(t)); d != "" {
		t.Error(d)
	}
	users := must(h.Members(ctx))(t)
	if d := cmp.Diff([]organization.User{{Email: "eva@example.se", Name: "Eva Ek", Role: organization.Administrator, Language: "en",
		Created: begun, SeenAt: begun.Add(time.Hour)}}, users); d != "" {
		t.Error(d)
	}
	if got := must(h.Member(ctx, "EVA@example.se"))(t); got != users[0] {
		t.Errorf("member: %+v", got)
	}
	where := must(h.Store.Memberships(ctx, "eva@example.se"))(t)
	if d := cmp.Diff([]Membership{{h.ID(), "Åkeri i Öst AB", organization.Administrator}}, where); d != "" {
		t.Error(d)
	}
	if ops := must(h.Operators(ctx))(t); len(ops) != 1 || ops[0].Email != "chef@example.se" {
		t.Errorf("operators: %v", ops)
	}
	h.ok(h.DeleteMember(ctx, "eva@example.se"))
	h.is(h.DeleteMember(ctx, "eva@example.se"), ErrNotFound)
	h.ok(h.DeleteLogin(ctx, "eva@example.se"))
	_, err := h.Login(ctx, "eva@example.se")
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	h.is(h.SetPassword(ctx, "eva@example.se", "x"), ErrNotFound)
}

func TestSessionsAreKeptByTheirHash(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	h.ok(h.Commit("token", []byte("one"), begun.Add(time.Hour)))
	h.ok(h.CommitCtx(ctx, "token", []byte("two"), begun.Add(time.Hour)))
	if data, found, err := h.Find("token"); err != nil || !found || string(data) != "two" {
		t.Errorf("%q %v %v", data, found, err)
	}
	var kept string
	h.ok(h.reader.QueryRowContext(ctx, "SELECT token_hash FROM operator_session").Scan(&kept))
	if kept == "token" {
		t.Error("the token itself is kept")
	}
	h.clock.pass(time.Hour)
	if _, found, err := h.Find("token"); err != nil || found {
		t.Errorf("an expired session is found: %v", err)
	}
	h.ok(h.PurgeSessions(ctx))
	h.ok(h.Commit("other", nil, begun.Add(2*time.Hour)))
	h.ok(h.Delete("other"))
	var left int
	if h.ok(h.reader.QueryRowContext(ctx, "SELECT COUNT(*) FROM operator_session").Scan(&left)); left != 0 {
		t.Errorf("%d sessions are left", left)
	}
}

func TestTokens(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	ours := must(h.AddToken(ctx, organization.Token{Name: "skript", Role: organization.Attendant, By: "eva", Expires: begun.Add(time.Hour)}, "h1"))(t)
	theirs := must(h.AddOperatorToken(ctx, organization.Token{Name: "cli"}, "h2"))(t)
	_, err := h.AddToken(ctx, organization.Token{}, "h1")
	h.is(err, ErrExists)
	h.ok(h.TouchToken(ctx, ours.ID))
	h.ok(h.TouchOperatorToken(ctx, theirs.ID))
	ours.Used, theirs.Used = begun, begun
	org, got, err := h.FindToken(ctx, "h1")
	if err != nil || org != h.ID() || got != ours {
		t.Errorf("%v %+v %v", org, got, err)
	}
	if got := must(h.TokenByHash(ctx, "h1"))(t); got != ours {
		t.Errorf("by hash: %+v", got)
	}
	if got := must(h.OperatorTokenByHash(ctx, "h2"))(t); got != theirs || got.Role != organization.Operator {
		t.Errorf("operator's: %+v", got)
	}
	h.ok(h.RevokeToken(ctx, ours.ID))
	h.is(h.RevokeToken(ctx, ours.ID), ErrNotFound)
	h.ok(h.RevokeOperatorToken(ctx, theirs.ID))
	if got := must(h.Tokens(ctx))(t); len(got) != 1 || got[0].Revoked != begun {
		t.Errorf("tokens: %+v", got)
	}
	if got := must(h.OperatorTokens(ctx))(t); len(got) != 1 || got[0].Revoked != begun {
		t.Errorf("operator's tokens: %+v", got)
	}
}

func TestAnInviteIsUsedOnce(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	h.ok(h.AddInvite(ctx, "hash", Invite{Email: "Eva@example.se", Purpose: "password", Expires: begun.Add(time.Hour)}))
	h.ok(h.AddInvite(ctx, "late", Invite{Email: "eva@example.se", Purpose: "password", Expires: begun}))
	want := Invite{Email: "eva@example.se", Purpose: "password", Expires: begun.Add(time.Hour)}
	if got := must(h.Invite(ctx, "hash"))(t); got != want {
		t.Errorf("invite: %+v", got)
	}
	if got := must(h.UseInvite(ctx, "hash"))(t); got != want {
		t.Errorf("used: %+v", got)
	}
	for _, hash := range []string{"hash", "late", "unknown"} {
		_, err := h.UseInvite(ctx, hash)
		h.is(err, ErrNotFound)
		_, err = h.Invite(ctx, hash)
		h.is(err, ErrNotFound)
	}
}

func TestAuditLogs(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	for _, verb := range []string{"pause", "resume", "delete"} {
		h.ok(h.AddEntry(ctx, Entry{Actor: "eva", Role: organization.Administrator, Verb: verb, Object: "replicator Alla", Detail: map[string]string{"name": "Öst"}}))
		h.ok(h.AddOperatorEntry(ctx, Entry{Actor: "chef", Verb: verb}))
	}
	first := must(h.Entries(ctx, "", 0, 2))(t)
	rest := must(h.Entries(ctx, "OST", first[1].ID, 2))(t)
	if len(rest) != 1 || rest[0].Verb != "pause" || first[0].Verb != "delete" || rest[0].Detail["name"] != "Öst" || rest[0].At != begun {
		t.Errorf("entries: %+v %+v", first, rest)
	}
	if got := must(h.Entries(ctx, "resume", 0, 9))(t); len(got) != 1 {
		t.Errorf("search: %v", got)
	}
	ops := must(h.OperatorEntries(ctx, 0, 2))(t)
	if ops = append(ops, must(h.OperatorEntries(ctx, ops[1].ID, 2))(t)...); len(ops) != 3 || ops[2].Verb != "pause" {
		t.Errorf("operators' entries: %+v", ops)
	}
}
