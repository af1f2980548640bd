// Package pbxtest holds the suites that every driver of a switchboard passes.
// A driver's own test is one line:
//
//	func TestRegister(t *testing.T) {
//		pbxtest.Register(t, func(t *testing.T) pbx.Register { return open(t) })
//	}
package pbxtest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/telefonist/telefonist/pbx"
)

// Register checks that what open returns, each time an empty register of its
// own, keeps what [pbx.Register] promises, and that a plan carried out on it
// leaves nothing to plan. A driver that also has
//
//	ApplyAll(ctx context.Context, changes []pbx.Change) []pbx.Result
//
// is held to the same by that way, too.
func Register(t *testing.T, open func(t *testing.T) pbx.Register) {
	for _, test := range []struct {
		name string
		run  func(t *testing.T, r pbx.Register)
	}{
		{"create, list, find again by key", createTwice},
		{"every field is kept", everyField},
		{"odd characters are kept", oddCharacters},
		{"clearing clears that alone", clearing},
		{"hidden entries are listed", hiddenKept},
		{"each change may be repeated", repeat},
		{"an unknown subscriber is told as such", unknown},
		{"an extension has one owner", extensionTaken},
		{"a removed extension may be given again", extensionFreed},
		{"one bad change harms no other", oneBadChange},
		{"a cancelled context ends it and changes nothing", cancelled},
		{"five thousand are listed once each", manyListed},
		{"a listing may be left", listingLeft},
		{"nothing is shared with the caller", nothingShared},
		{"a plan carried out leaves nothing to plan", planAgain},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := open(t)
			if got := held(t, r); len(got) != 0 {
				t.Fatalf("the register isn't empty: %d entries", len(got))
			}
			test.run(t, r)
		})
	}
}

// batcher is what a register may be besides.
type batcher interface {
	ApplyAll(ctx context.Context, changes []pbx.Change) []pbx.Result
}

// applyAll makes changes in the fastest way that r has.
func applyAll(ctx context.Context, r pbx.Register, changes []pbx.Change) []pbx.Result {
	if b, ok := r.(batcher); ok {
		return b.ApplyAll(ctx, changes)
	}
	results := make([]pbx.Result, len(changes))
	for i, c := range changes {
		results[i].Subscriber, results[i].Err = r.Apply(ctx, c)
	}
	return results
}

// held is what the register holds, by id.
func held(t *testing.T, r pbx.Register) map[string]pbx.Subscriber {
	t.Helper()
	all := map[string]pbx.Subscriber{}
	for s, err := range r.Subscribers(t.Context()) {
		if err != nil {
			t.Fatalf("list: %v", err)
		}
		if _, twice := all[s.ID]; twice || s.ID == "" {
			t.Errorf("listed twice, or without an id: %q", s.ID)
		}
		all[s.ID] = s
	}
	return all
}

// apply makes a change that must go through, and checks that the answer is what
// the register then holds.
func apply(t *testing.T, r pbx.Register, c pbx.Change) pbx.Subscriber {
	t.Helper()
	s, err := r.Apply(t.Context(), c)
	if err != nil {
		t.Fatalf("%s: %v", c.Kind, err)
	}
	now, found := held(t, r)[s.ID]
	switch {
	case c.Kind == pbx.Remove && found:
		t.Errorf("%s is still there after its removal", s.ID)
	case c.Kind != pbx.Remove:
		if diff := gocmp.Diff(now, s); diff != "" {
			t.Errorf("%s: what is held, and what Apply answered: %s", c.Kind, diff)
		}
	}
	return s
}

// make1 creates an entry.
func make1(t *testing.T, r pbx.Register, key string, fields pbx.Fields) pbx.Subscriber {
	t.Helper()
	return apply(t, r, pbx.Change{Kind: pbx.Create, Key: key, Name: key, After: fields})
}

// holds checks what the register holds, ids apart, in the order of keys.
func holds(t *testing.T, r pbx.Register, want ...pbx.Subscriber) {
	t.Helper()
	var got []pbx.Subscriber
	for _, s := range held(t, r) {
		s.ID = ""
		got = append(got, s)
	}
	slices.SortFunc(got, func(a, b pbx.Subscriber) int { return cmp.Compare(a.Key, b.Key) })
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("the register holds: %s", diff)
	}
}

func createTwice(t *testing.T, r pbx.Register) {
	fields := pbx.Fields{pbx.DisplayName: "Åsa Öberg", pbx.Extension: "101", pbx.Mail: "asa@exempel.se"}
	first := make1(t, r, "key-1", fields)
	again := make1(t, r, "key-1", fields)
	if diff := gocmp.Diff(first, again); diff != "" || first.Key != "key-1" {
		t.Errorf("the same create again: %s", diff)
	}
	fields = pbx.Fields{pbx.DisplayName: "Åsa Öberg", pbx.Extension: "101", pbx.Mail: "asa.oberg@exempel.se"}
	if newer := make1(t, r, "key-1", fields); newer.ID != first.ID {
		t.Error("a create with the same key and newer values makes another entry")
	}
	make1(t, r, "key-2", pbx.Fields{pbx.DisplayName: "Åsa Öberg", pbx.Extension: "102", pbx.Mail: "asa@exempel.se"})
	for _, result := range applyAll(t.Context(), r, []pbx.Change{
		{Kind: pbx.Create, Key: "key-3", After: pbx.Fields{pbx.DisplayName: "Bo"}},
		{Kind: pbx.Create, Key: "key-3", After: pbx.Fields{pbx.DisplayName: "Bo"}},
	}) {
		if result.Err != nil || result.Subscriber.Key != "key-3" {
			t.Errorf("twice in one call: %+v", result)
		}
	}
	holds(t, r,
		pbx.Subscriber{Key: "key-1", Fields: fields},
		pbx.Subscriber{Key: "key-2", Fields: pbx.Fields{pbx.DisplayName: "Åsa Öberg", pbx.Extension: "102", pbx.Mail: "asa@exempel.se"}},
		pbx.Subscriber{Key: "key-3", Fields: pbx.Fields{pbx.DisplayName: "Bo"}})
}

// repeat makes each kind of change twice and demands the same end.
func repeat(t *testing.T, r pbx.Register) {
	anna := make1(t, r, "anna", pbx.Fields{pbx.DisplayName: "Anna", pbx.Extension: "101", pbx.Title: "Chef"})
	for _, c := range []pbx.Change{
		{Kind: pbx.Create, Key: "bo", After: pbx.Fields{pbx.DisplayName: "Bo", pbx.Extension: "102"}},
		{Kind: pbx.Update, Subscriber: anna.ID, Before: pbx.Fields{pbx.DisplayName: "Anna"}, After: pbx.Fields{pbx.DisplayName: "Anna Ek"}},
		{Kind: pbx.Update, Subscriber: anna.ID, After: pbx.Fields{pbx.Extension: "103", pbx.Title: ""}},
		{Kind: pbx.Update, Subscriber: anna.ID},
		{Kind: pbx.Link, Subscriber: anna.ID},
		{Kind: pbx.Link, Subscriber: anna.ID, After: pbx.Fields{pbx.Mail: "anna@exempel.se"}},
		{Kind: pbx.Unlink, Subscriber: anna.ID},
		{Kind: pbx.Remove, Subscriber: anna.ID, Before: pbx.Fields{pbx.DisplayName: "Anna Ek"}},
	} {
		once := apply(t, r, c)
		after := held(t, r)
		twice := apply(t, r, c)
		if diff := gocmp.Diff(after, held(t, r)); diff != "" {
			t.Errorf("%s %v, made again: %s", c.Kind, c.After, diff)
		}
		if c.Kind != pbx.Remove {
			if diff := gocmp.Diff(once, twice); diff != "" {
				t.Errorf("%s, answered again: %s", c.Kind, diff)
			}
		} else if once.Get(pbx.DisplayName) != "Anna Ek" || once.ID != anna.ID {
			t.Errorf("remove answers %+v, not the entry as it stood", once)
		}
	}
	holds(t, r, pbx.Subscriber{Key: "bo", Fields: pbx.Fields{pbx.DisplayName: "Bo", pbx.Extension: "102"}})
}

func unknown(t *testing.T, r pbx.Register) {
	gone := make1(t, r, "gone", pbx.Fields{pbx.DisplayName: "Gone"})
	apply(t, r, pbx.Change{Kind: pbx.Remove, Subscriber: gone.ID})
	for _, id := range []string{gone.ID, "never-was", ""} {
		for _, kind := range []pbx.Kind{pbx.Update, pbx.Link, pbx.Unlink} {
			_, err := r.Apply(t.Context(), pbx.Change{Kind: kind, Subscriber: id, After: pbx.Fields{pbx.DisplayName: "x"}})
			if !errors.Is(err, pbx.ErrNoSubscriber) {
				t.Errorf("%s of %q: %v", kind, id, err)
			}
		}
	}
	if _, err := r.Apply(t.Context(), pbx.Change{Kind: pbx.Remove, Subscriber: "never-was"}); err != nil {
		t.Errorf("removing what isn't there: %v", err)
	}
	holds(t, r)
}

func extensionTaken(t *testing.T, r pbx.Register) {
	anna := make1(t, r, "anna", pbx.Fields{pbx.DisplayName: "Anna", pbx.Extension: "101"})
	bo := make1(t, r, "bo", pbx.Fields{pbx.DisplayName: "Bo", pbx.Extension: "102"})
	for _, c := range []pbx.Change{
		{Kind: pbx.Create, Key: "eva", After: pbx.Fields{pbx.DisplayName: "Eva", pbx.Extension: "101"}},
		{Kind: pbx.Update, Subscriber: bo.ID, After: pbx.Fields{pbx.DisplayName: "Bo Ek", pbx.Extension: "101"}},
		{Kind: pbx.Link, Subscriber: bo.ID, After: pbx.Fields{pbx.Extension: "101"}},
	} {
		_, err := r.Apply(t.Context(), c)
		var refusal *pbx.Refusal
		if !errors.As(err, &refusal) || refusal.Code != "extensionTaken" || refusal.Args["extension"] != "101" {
			t.Errorf("%s: %v", c.Kind, err)
		}
	}
	holds(t, r, pbx.Subscriber{Key: "anna", Fields: anna.Fields}, pbx.Subscriber{Key: "bo", Fields: bo.Fields})
}

func extensionFreed(t *testing.T, r pbx.Register) {
	anna := make1(t, r, "anna", pbx.Fields{pbx.DisplayName: "Anna", pbx.Extension: "101"})
	bo := make1(t, r, "bo", pbx.Fields{pbx.DisplayName: "Bo", pbx.Extension: "102"})
	apply(t, r, pbx.Change{Kind: pbx.Remove, Subscriber: anna.ID})
	apply(t, r, pbx.Change{Kind: pbx.Update, Subscriber: bo.ID, After: pbx.Fields{pbx.Extension: "101"}})
	make1(t, r, "eva", pbx.Fields{pbx.DisplayName: "Eva", pbx.Extension: "102"})
	holds(t, r,
		pbx.Subscriber{Key: "bo", Fields: pbx.Fields{pbx.DisplayName: "Bo", pbx.Extension: "101"}},
		pbx.Subscriber{Key: "eva", Fields: pbx.Fields{pbx.DisplayName: "Eva", pbx.Extension: "102"}})
}

func oneBadChange(t *testing.T, r pbx.Register) {
	anna := make1(t, r, "anna", pbx.Fields{pbx.DisplayName: "Anna", pbx.Extension: "101"})
	results := applyAll(t.Context(), r, []pbx.Change{
		{Kind: pbx.Create, Key: "bo", After: pbx.Fields{pbx.DisplayName: "Bo"}},
		{Kind: pbx.Update, Subscriber: "never-was", After: pbx.Fields{pbx.DisplayName: "Nobody"}},
		{Kind: pbx.Create, Key: "eva", After: pbx.Fields{pbx.DisplayName: "Eva", pbx.Extension: "101"}},
		{Kind: "dance", Subscriber: anna.ID},
		{Kind: pbx.Update, Subscriber: anna.ID, After: pbx.Fields{pbx.DisplayName: "Anna Ek"}},
		{Kind: pbx.Create, Key: "ulf", After: pbx.Fields{pbx.DisplayName: "Ulf"}},
	})
	var went []bool
	for _, result := range results {
		went = append(went, result.Err == nil)
	}
	if want := []bool{true, false, false, false, true, true}; !slices.Equal(went, want) {
		t.Errorf("went through: %v, want %v", went, want)
	}
	holds(t, r,
		pbx.Subscriber{Key: "anna", Fields: pbx.Fields{pbx.DisplayName: "Anna Ek", pbx.Extension: "101"}},
		pbx.Subscriber{Key: "bo", Fields: pbx.Fields{pbx.DisplayName: "Bo"}},
		pbx.Subscriber{Key: "ulf", Fields: pbx.Fields{pbx.DisplayName: "Ulf"}})
}

func cancelled(t *testing.T, r pbx.Register) {
	anna := make1(t, r, "anna", pbx.Fields{pbx.DisplayName: "Anna"})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	changes := []pbx.Change{
		{Kind: pbx.Create, Key: "bo", After: pbx.Fields{pbx.DisplayName: "Bo"}},
		{Kind: pbx.Update, Subscriber: anna.ID, After: pbx.Fields{pbx.DisplayName: "Anna Ek"}},
		{Kind: pbx.Remove, Subscriber: anna.ID},
	}
	for i, result := range applyAll(ctx, r, changes) {
		if !errors.Is(result.Err, context.Canceled) {
			t.Errorf("%s: %v", changes[i].Kind, result.Err)
		}
	}
	var last error
	for _, err := range r.Subscribers(ctx) {
		last = err
	}
	if !errors.Is(last, context.Canceled) {
		t.Errorf("list: %v", last)
	}
	holds(t, r, pbx.Subscriber{Key: "anna", Fields: anna.Fields})
}

func manyListed(t *testing.T, r pbx.Register) {
	const many = 5000
	changes := make([]pbx.Change, many)
	for i := range changes {
		changes[i] = pbx.Change{Kind: pbx.Create, Key: fmt.Sprintf("key-%d", i),
			After: pbx.Fields{pbx.DisplayName: fmt.Sprintf("Person %d", i), pbx.Extension: fmt.Sprint(10000 + i)}}
	}
	for i, result := range applyAll(t.Context(), r, changes) {
		if result.Err != nil || result.Subscriber.Key != changes[i].Key {
			t.Fatalf("change %d: %+v", i, result)
		}
	}
	keys := map[string]bool{}
	for _, s := range held(t, r) {
		keys[s.Key] = s.Get(pbx.Extension) != "" && s.Get(pbx.DisplayName) != ""
	}
	for _, c := range changes {
		if !keys[c.Key] {
			t.Fatalf("%s isn't listed whole", c.Key)
		}
	}
	if len(keys) != many {
		t.Errorf("%d listed", len(keys))
	}
}

func listingLeft(t *testing.T, r pbx.Register) {
	for i := range 20 {
		make1(t, r, fmt.Sprint(i), pbx.Fields{pbx.DisplayName: "Anna"})
	}
	for range 50 { // more often than there are connections to leave open
		for _, err := range r.Subscribers(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			break
		}
	}
	make1(t, r, "last", pbx.Fields{pbx.DisplayName: "Bo"})
}
