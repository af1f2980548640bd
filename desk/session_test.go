package desk

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/reconcile"
	"github.com/telefonist/telefonist/store"
)

// clock is a time that tests move.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

// open makes a desk with a store in memory.
func open(t *testing.T) (*Desk, *clock) {
	t.Helper()
	c := &clock{time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)}
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	st, err := store.Open(context.Background(), "", store.Options{Now: c.Now, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	return &Desk{
		Store: st, Log: log, Now: c.Now, Kinds: testKinds, Reconcile: &reconcile.Reconciler{Store: st, Log: log, Now: c.Now},
		Seal:      func(plain, place []byte) ([]byte, error) { return append([]byte("sealed:"), place...), nil },
		PublicURL: "https://telefonist.example",
		cost:      cost{time: 1, memory: 1024, threads: 1},
	}, c
}

var testKinds = []organization.Kind{{Name: "entra", Fields: []organization.Field{
	{Name: "cloud", Required: true, Options: []string{"global"}}, {Name: "tenant", Required: true}, {Name: "client", Required: true},
}}}

const goodPassword = "korrekt häst batteri"

// operator makes the first operator by the word that the first start prints.
func operator(t *testing.T, d *Desk) Actor {
	t.Helper()
	w, err := d.FirstInvitation(t.Context())
	if err != nil || w == "" {
		t.Fatalf("first invitation: got %q, %v", w, err)
	}
	a, err := d.AcceptInvitation(t.Context(), w, NewPassword{Email: "Eva@Example.se", Name: "Eva", Password: goodPassword})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestFirstOperatorComesByOneWord(t *testing.T) {
	d, _ := open(t)
	w, err := d.FirstInvitation(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if i, err := d.Invited(t.Context(), w); err != nil || !i.First {
		t.Errorf("invited: got %+v, %v, want the first", i, err)
	}
	if _, err := d.AcceptInvitation(t.Context(), w, NewPassword{Email: "eva", Name: "", Password: goodPassword}); !invalidIn(err, "email", "name") {
		t.Errorf("without e-mail and name: got %v", err)
	}
	if _, err := d.AcceptInvitation(t.Context(), w, NewPassword{Email: "eva@example.se", Name: "Eva", Password: "short"}); !invalidIn(err, "password") {
		t.Errorf("a short password: got %v", err)
	}
	a, err := d.AcceptInvitation(t.Context(), w, NewPassword{Email: "Eva@Example.se", Name: "Eva", Password: goodPassword})
	if err != nil || !a.Operator() || a.ID != "eva@example.se" {
		t.Fatalf("accepted: got %+v, %v", a, err)
	}
	if _, err := d.AcceptInvitation(t.Context(), w, NewPassword{Email: "b@example.se", Name: "B", Password: goodPassword}); !errors.Is(err, ErrWrong) {
		t.Errorf("a second time: got %v, want ErrWrong", err)
	}
	if again, err := d.FirstInvitation(t.Context()); err != nil || again != "" {
		t.Errorf("once there is an operator: got %q, %v, want none", again, err)
	}
}

func invalidIn(err error, fields ...string) bool {
	var bad *Invalid
	if !errors.As(err, &bad) {
		return false
	}
	for _, f := range fields {
		if !bad.Has(f) {
			return false
		}
	}
	return true
}

func TestSignIn(t *testing.T) {
	d, c := open(t)
	operator(t, d)
	a, err := d.SignIn(t.Context(), " EVA@example.se ", goodPassword, "10.0.0.1")
	if err != nil || !a.Operator() {
		t.Fatalf("got %+v, %v, want Eva", a, err)
	}
	for _, tc := range [][2]string{{"eva@example.se", "wrong password"}, {"nobody@example.se", goodPassword}, {"eva@example.se", ""}, {"", ""}} {
		if _, err := d.SignIn(t.Context(), tc[0], tc[1], "10.0.0.2"); !errors.Is(err, ErrWrong) {
			t.Errorf("%q: got %v, want ErrWrong", tc[0], err)
		}
	}
	for range 8 {
		d.SignIn(t.Context(), "eva@example.se", "guess", "10.0.0.3")
	}
	if _, err := d.SignIn(t.Context(), "eva@example.se", goodPassword, "10.0.0.3"); !errors.Is(err, ErrTooMany) {
		t.Errorf("after guesses, even with the right one: got %v, want ErrTooMany", err)
	}
	if _, err := d.SignIn(t.Context(), "eva@example.se", goodPassword, "10.0.0.4"); err != nil {
		t.Errorf("herself, from where she sits: %v", err)
	}
	c.now = c.now.Add(time.Hour)
	if _, err := d.SignIn(t.Context(), "eva@example.se", goodPassword, "10.0.0.3"); err != nil {
		t.Errorf("an hour later: %v", err)
	}
}

// TestNewPasswordEndsSessions is the stamp that a session holds.
func TestNewPasswordEndsSessions(t *testing.T) {
	d, c := open(t)
	a := operator(t, d)
	if _, err := d.ActorOf(t.Context(), a.ID, a.Stamp); err != nil {
		t.Fatal(err)
	}
	if err := d.As(a).ChangePassword(t.Context(), "wrong", "another good password"); !invalidIn(err, "old") {
		t.Errorf("without the old one: got %v", err)
	}
	if err := d.As(a).ChangePassword(t.Context(), goodPassword, "eva is my password"); err != nil {
		t.Errorf("a short name in it is no fault: %v", err)
	}
	if _, err := d.ActorOf(t.Context(), a.ID, a.Stamp); !errors.Is(err, ErrWrong) {
		t.Errorf("the old session: got %v, want ErrWrong", err)
	}
	if _, err := d.SignIn(t.Context(), a.ID, "eva is my password", "x"); err != nil {
		t.Error(err)
	}
	i, err := d.As(AtSocket()).InviteOperator(t.Context(), a.ID)
	if err != nil || !strings.HasPrefix(i.URL, "https://telefonist.example/") {
		t.Fatalf("invited: got %+v, %v", i, err)
	}
	c.now = c.now.Add(inviteLasts + time.Minute)
	if _, err := d.Invited(t.Context(), i.Word); !errors.Is(err, ErrWrong) {
		t.Errorf("an old word: got %v, want ErrWrong", err)
	}
}

func TestPasswordHash(t *testing.T) {
	one, two := recommended.hash("a"), recommended.hash("a")
	if one == two || !strings.HasPrefix(one, "$argon2id$v=19$m=65536,t=3,p=2$") {
		t.Errorf("hashes: got %s and %s", one, two)
	}
	for _, tc := range []struct {
		hash, password string
		fits           bool
	}{
		{one, "a", true}, {one, "b", false}, {one, "", false}, {"", "a", false}, {"", "", false}, {recommended.nobody(), "a", false},
		{"$argon2id$v=19$m=65536,t=0,p=2$AAAA$AAAA", "a", false}, {"$2y$05$x", "a", false},
	} {
		if got := recommended.fits(tc.hash, tc.password); got != tc.fits {
			t.Errorf("verify %q with %q: got %v", tc.hash, tc.password, got)
		}
	}
}

func TestInvitingWhoeverIsAtHomeElsewhere(t *testing.T) {
	d, _ := open(t)
	ctx := t.Context()
	eva := operator(t, d)
	var orgs []organization.ID
	for _, name := range []string{"A", "B"} {
		o, err := d.As(eva).AddOrganization(ctx, NewOrganization{Name: name})
		if err != nil {
			t.Fatal(err)
		}
		orgs = append(orgs, o.ID)
	}
	first, err := d.As(eva).In(orgs[0]).AddUser(ctx, NewUser{Email: "olle@example.se", Name: "Olle", Role: organization.Administrator})
	if err != nil || first.Word == "" {
		t.Fatalf("a new user: got %+v, %v, want a word", first, err)
	}
	olle, err := d.AcceptInvitation(ctx, first.Word, NewPassword{Password: goodPassword})
	if err != nil || olle.Role(orgs[0]) != organization.Administrator || olle.Role(orgs[1]) != "" {
		t.Fatalf("Olle: got %+v, %v", olle, err)
	}
	boss := Actor{ID: "boss@example.se", Kind: User, Roles: map[organization.ID]organization.Role{orgs[1]: organization.Administrator}}
	second, err := d.As(boss).In(orgs[1]).AddUser(ctx, NewUser{Email: "olle@example.se", Name: "Olle", Role: organization.Attendant})
	if err != nil || second.Word != "" {
		t.Errorf("a user with a password: got %+v, %v, want no word", second, err)
	}
	if _, err := d.As(boss).In(orgs[1]).InviteUser(ctx, "olle@example.se"); !invalidIn(err, "email") {
		t.Errorf("a new password for one who is at home elsewhere: got %v, want a refusal", err)
	}
	if _, err := d.As(eva).In(orgs[1]).InviteUser(ctx, "olle@example.se"); err != nil {
		t.Errorf("by an operator: %v", err)
	}
	if _, err := d.As(boss).In(orgs[1]).AddUser(ctx, NewUser{Email: "eva@example.se", Role: organization.Operator}); !invalidIn(err, "role") {
		t.Errorf("an operator made by an administrator: got %v", err)
	}
	if err := d.As(olle).In(orgs[0]).RemoveUser(ctx, "olle@example.se"); !invalidIn(err, "email") {
		t.Errorf("removing oneself: got %v", err)
	}
	if _, err := d.As(olle).In(orgs[1]).Users(ctx); !errors.Is(err, ErrNotFound) {
		t.Errorf("a stranger: got %v, want ErrNotFound", err)
	}
}
