package builtin

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/pbx/pbxtest"
	"github.com/telefonist/telefonist/store"
)

// open returns the register of a new organization in a new database.
func open(t testing.TB) (*Register, store.Org) {
	return openAt(t, filepath.Join(t.TempDir(), "telefonist.db"))
}

func openAt(t testing.TB, url string) (*Register, store.Org) {
	t.Helper()
	s, err := store.Open(t.Context(), url, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	org := organizationIn(t, s)
	return Open(org), org
}

func organizationIn(t testing.TB, s *store.Store) store.Org {
	t.Helper()
	o, err := s.AddOrganization(t.Context(), organization.Organization{Name: "Exempel AB", Settings: organization.DefaultSettings()})
	if err != nil {
		t.Fatal(err)
	}
	return s.In(o.ID)
}

func TestRegister(t *testing.T) {
	pbxtest.Register(t, func(t *testing.T) pbx.Register {
		r, _ := open(t)
		return r
	})
}

func creates(n int) []pbx.Change {
	changes := make([]pbx.Change, n)
	for i := range changes {
		changes[i] = pbx.Change{Kind: pbx.Create, Key: fmt.Sprintf("key-%d", i), After: pbx.Fields{
			pbx.DisplayName: fmt.Sprintf("Person %d", i), pbx.Extension: fmt.Sprint(100 + i), pbx.Mail: fmt.Sprintf("p%d@exempel.se", i)}}
	}
	return changes
}

// entries makes n and returns them.
func entries(t *testing.T, r *Register, n int) []pbx.Subscriber {
	t.Helper()
	all := make([]pbx.Subscriber, n)
	for i, result := range r.ApplyAll(t.Context(), creates(n)) {
		if result.Err != nil {
			t.Fatal(result.Err)
		}
		all[i] = result.Subscriber
	}
	return all
}

func extensionTo(s pbx.Subscriber, extension string) pbx.Change {
	return pbx.Change{Kind: pbx.Update, Subscriber: s.ID, After: pbx.Fields{pbx.Extension: extension}}
}

// extensions are what ApplyAll leaves each with, and whether it went through.
func extensions(t *testing.T, r *Register, changes ...pbx.Change) (after map[string]string, refused int) {
	t.Helper()
	for _, result := range r.ApplyAll(t.Context(), changes) {
		if result.Err != nil {
			refused++
		}
	}
	after = map[string]string{}
	for s, err := range r.Subscribers(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		after[s.Key] = s.Get(pbx.Extension)
	}
	return after, refused
}

func TestExtensionsMoveOn(t *testing.T) {
	r, _ := open(t)
	e := entries(t, r, 3) // have 100, 101, 102
	after, refused := extensions(t, r, extensionTo(e[0], "101"), extensionTo(e[1], "102"), extensionTo(e[2], "103"))
	if diff := gocmp.Diff(map[string]string{"key-0": "101", "key-1": "102", "key-2": "103"}, after); diff != "" || refused > 0 {
		t.Errorf("%d refused, %s", refused, diff)
	}
}

func TestExtensionsAreExchanged(t *testing.T) {
	r, org := open(t)
	e := entries(t, r, 6)
	after, refused := extensions(t, r,
		extensionTo(e[0], "101"), extensionTo(e[1], "100"), // a pair
		extensionTo(e[2], "103"), extensionTo(e[3], "104"), extensionTo(e[4], "102"), // three
		pbx.Change{Kind: pbx.Create, Key: "new", After: pbx.Fields{pbx.Extension: "105"}}, // nobody gives that up
		extensionTo(e[5], "105"))
	want := map[string]string{"key-0": "101", "key-1": "100", "key-2": "103", "key-3": "104", "key-4": "102", "key-5": "105"}
	if diff := gocmp.Diff(want, after); diff != "" || refused != 1 {
		t.Errorf("%d refused, %s", refused, diff)
	}
	if resting, err := org.RestingExtensions(t.Context(), time.Time{}); err != nil || len(resting) != 0 {
		t.Errorf("resting though held: %v, %v", resting, err)
	}
}

func TestFreedExtensionsRest(t *testing.T) {
	r, org := open(t)
	e := entries(t, r, 3)
	_, refused := extensions(t, r, extensionTo(e[0], "200"), extensionTo(e[1], ""), pbx.Change{Kind: pbx.Remove, Subscriber: e[2].ID})
	resting, err := org.RestingExtensions(t.Context(), time.Time{})
	if diff := gocmp.Diff(map[string]bool{"100": true, "101": true, "102": true}, resting); diff != "" || err != nil || refused > 0 {
		t.Errorf("%d refused, %v, resting: %s", refused, err, diff)
	}
	if _, err := r.Apply(t.Context(), extensionTo(e[0], "102")); err != nil { // by hand it may be given at once
		t.Error(err)
	}
	if resting, _ := org.RestingExtensions(t.Context(), time.Time{}); resting["102"] || !resting["200"] {
		t.Errorf("resting after: %v", resting)
	}
}

func TestRefusalSaysWhoHasIt(t *testing.T) {
	r, _ := open(t)
	e := entries(t, r, 2)
	refusal := func() *pbx.Refusal {
		_, err := r.Apply(t.Context(), extensionTo(e[0], "101"))
		var refusal *pbx.Refusal
		if !errors.As(err, &refusal) {
			t.Fatal(err)
		}
		return refusal
	}
	want := map[string]string{"extension": "101", "subscriber": e[1].ID, "name": "Person 1"}
	if diff := gocmp.Diff(want, refusal().Args); diff != "" {
		t.Error(diff)
	}
	if _, err := r.Apply(t.Context(), pbx.Change{Kind: pbx.Update, Subscriber: e[1].ID, After: pbx.Fields{pbx.Protected: "true"}}); err != nil {
		t.Fatal(err)
	}
	delete(want, "name")
	if diff := gocmp.Diff(want, refusal().Args); diff != "" {
		t.Error(diff)
	}
}

// An interrupted first round begins again: some entries are there, among them one
// that somebody has changed since, and some are new.
func TestApplyAllGoesOnWhereItStopped(t *testing.T) {
	r, _ := open(t)
	changes := creates(1000)
	var some []pbx.Change
	for i, c := range changes {
		if i < 400 || i%3 == 0 {
			some = append(some, c)
		}
	}
	made := map[string]string{}
	for i, result := range r.ApplyAll(t.Context(), some) {
		if result.Err != nil {
			t.Fatal(result.Err)
		}
		made[some[i].Key] = result.Subscriber.ID
	}
	if _, err := r.Apply(t.Context(), pbx.Change{Kind: pbx.Update, Subscriber: made["key-0"], After: pbx.Fields{pbx.Note: "ny"}}); err != nil {
		t.Fatal(err)
	}
	for i, result := range r.ApplyAll(t.Context(), changes) {
		id, was := made[changes[i].Key]
		if result.Err != nil || result.Subscriber.Key != changes[i].Key || was && result.Subscriber.ID != id {
			t.Fatalf("change %d: %+v", i, result)
		}
		if i == 0 && result.Subscriber.Get(pbx.Note) != "ny" {
			t.Error("what was added meanwhile is lost")
		}
	}
	if after, _ := extensions(t, r); len(after) != 1000 {
		t.Errorf("%d entries", len(after))
	}
}

func TestOrganizationsKeepApart(t *testing.T) {
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "telefonist.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ours, theirs := Open(organizationIn(t, s)), Open(organizationIn(t, s))
	e := entries(t, ours, 2)
	if _, err := theirs.Apply(t.Context(), extensionTo(e[0], "1")); !errors.Is(err, pbx.ErrNoSubscriber) {
		t.Errorf("update of another organization's: %v", err)
	}
	if _, err := theirs.Apply(t.Context(), pbx.Change{Kind: pbx.Remove, Subscriber: e[1].ID}); err != nil {
		t.Errorf("remove of another organization's: %v", err)
	}
	entries(t, theirs, 3) // the same keys and extensions
	if after, _ := extensions(t, ours); len(after) != 2 || after["key-0"] != "100" {
		t.Errorf("ours are %v", after)
	}
}

// Many write at once: each extension has one owner at the end, and each change
// an answer.
func TestConcurrentChanges(t *testing.T) {
	concurrentChanges(t, func() *Register { r, _ := open(t); return r }())
}

func concurrentChanges(t *testing.T, r *Register) {
	e := entries(t, r, 4)
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := range 20 {
				changes := []pbx.Change{
					extensionTo(e[(w+i)%4], fmt.Sprint(100+i%5)),
					{Kind: pbx.Create, Key: fmt.Sprint("shared-", i), After: pbx.Fields{pbx.DisplayName: "x", pbx.Extension: fmt.Sprint(500 + i)}},
				}
				for _, result := range r.ApplyAll(t.Context(), changes) {
					var refusal *pbx.Refusal
					if result.Err != nil && !errors.As(result.Err, &refusal) {
						t.Errorf("an answer that is none: %v", result.Err)
					}
				}
			}
		})
	}
	wg.Wait()
	owners := map[string]string{}
	count := 0
	for s, err := range r.Subscribers(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if other, twice := owners[s.Get(pbx.Extension)]; twice {
			t.Errorf("%s and %s have %s", other, s.Key, s.Get(pbx.Extension))
		}
		owners[cmp.Or(s.Get(pbx.Extension), s.Key)] = s.Key
		count++
	}
	if count != 24 {
		t.Errorf("%d entries, want 4 and 20", count)
	}
}

func BenchmarkFirstRound(b *testing.B) {
	benchmarkFirstRound(b, filepath.Join(b.TempDir(), "telefonist.db"))
}

// 10,000 creates.
func benchmarkFirstRound(b *testing.B, url string) {
	changes := creates(10_000)
	for b.Loop() {
		b.StopTimer()
		r, _ := openAt(b, url)
		b.StartTimer()
		for _, result := range r.ApplyAll(b.Context(), changes) {
			if result.Err != nil {
				b.Fatal(result.Err)
			}
		}
	}
	b.ReportMetric(float64(b.N*len(changes))/b.Elapsed().Seconds(), "changes/s")
}

// A thousand updates among 10,000.
func BenchmarkUpdates(b *testing.B) {
	r, _ := open(b)
	var updates []pbx.Change
	for i, result := range r.ApplyAll(b.Context(), creates(10_000)) {
		if i%10 == 0 {
			updates = append(updates, pbx.Change{Kind: pbx.Update, Subscriber: result.Subscriber.ID})
		}
	}
	for n := 0; b.Loop(); n++ {
		for i := range updates {
			updates[i].After = pbx.Fields{pbx.Title: fmt.Sprint("Chef ", n)}
		}
		for _, result := range r.ApplyAll(b.Context(), updates) {
			if result.Err != nil {
				b.Fatal(result.Err)
			}
		}
	}
	b.ReportMetric(float64(b.N*len(updates))/b.Elapsed().Seconds(), "changes/s")
}
