package plan

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/pbx"
)

// sends are the steps of a plan that anybody would notice.
func sends(p Plan) bool { return len(p.Changes)+len(p.Leavers)+len(p.Lost) > 0 }

func TestAppliedPlanLeavesNothingToPlan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		// An extension or a match that one change frees is taken in the round after;
		// else one round says all.
		rounds := 1
		if w.settings.SureLinks || w.settings.Extension.From != directory.NoExtension {
			rounds = 4
		}
		creating := slices.ContainsFunc(slices.Collect(maps.Values(w.ties)), func(t Tied) bool { return t.Creating })
		if creating {
			rounds++ // a create that was begun is first finished as it was
		}
		var p Plan
		for range rounds {
			p = Make(w.input())
			w.apply(t, p)
		}
		if p = Make(w.input()); sends(p) {
			t.Fatalf("after %d rounds there is still %+v", rounds, p)
		}
		w.apply(t, p)
		if p = Make(w.input()); !p.Empty() {
			t.Fatalf("the ledger is never right: %+v", p)
		}
	})
}

func TestOrderOfInputDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawWorld(t).input()
		other := in
		other.People = rapid.Permutation(in.People).Draw(t, "people")
		other.Tied = rapid.Permutation(in.Tied).Draw(t, "tied")
		other.Unlinked = rapid.Permutation(in.Unlinked).Draw(t, "unlinked")
		if diff := cmp.Diff(Make(in), Make(other)); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestInputIsLeftAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		in, same := w.input(), w.input()
		Make(in)
		in.NewKey, same.NewKey = nil, nil
		if diff := cmp.Diff(same, in); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestOnlyWhatIsOursIsTouched(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		in := w.input()
		mapped := map[pbx.Field]bool{pbx.Hidden: true, pbx.Extension: in.Settings.Extension.From != directory.NoExtension, pbx.ContactURL: in.Settings.ContactURL != ""}
		for _, r := range in.Settings.Mapping {
			mapped[pbx.Field(r.To)] = r.When != directory.Never
		}
		unlinked := map[string]bool{}
		for _, s := range in.Unlinked {
			unlinked[s.ID] = true
		}
		here := map[string]bool{}
		for _, p := range in.People {
			here[p.ID] = in.Settings.Scope.Judge(p, in.Membership).In
		}
		for _, c := range Make(in).Changes {
			resumed := c.Reason.Code == "resumed"
			switch tie, tied := w.ties[c.Subscriber]; {
			case !here[c.Person] && !resumed:
				t.Fatalf("%s for somebody who is not in scope: %+v", c.Kind, c)
			case c.Kind == pbx.Update && (!tied || tie.Person != c.Person):
				t.Fatalf("an update of what is not ours: %+v", c)
			case c.Kind == pbx.Link && (!unlinked[c.Subscriber] || !in.Settings.SureLinks):
				t.Fatalf("a link nobody asked for: %+v", c)
			case c.Kind == pbx.Create && (c.Key == "" || in.Settings.New != directory.Create && !resumed):
				t.Fatalf("a create nobody asked for: %+v", c)
			case c.Kind == pbx.Remove, c.Kind == pbx.Unlink:
				t.Fatalf("nothing goes by itself: %+v", c)
			}
			held := w.register[c.Subscriber]
			for f, v := range c.After {
				if !mapped[f] && !resumed {
					t.Fatalf("%s writes %s, which is not mapped", c.Kind, f)
				}
				if c.Kind == pbx.Update && (held.Get(f) == v || c.Before[f] != held.Get(f)) {
					t.Fatalf("%s: before %q, held %q, after %q", f, c.Before[f], held.Get(f), v)
				}
				if f.IsNumber() && v != "" && v[0] != '+' && len(v) > 6 {
					t.Fatalf("%s = %q is no number", f, v)
				}
			}
		}
	})
}

func TestNoExtensionIsGivenTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		for range 3 {
			w.apply(t, Make(w.input()))
			holder := map[string]string{}
			for id, s := range w.register {
				if ext := s.Get(pbx.Extension); ext != "" && holder[ext] != "" {
					t.Fatalf("%s and %s both have %s", id, holder[ext], ext)
				} else if ext != "" {
					holder[ext] = id
				}
			}
		}
	})
}

func TestUndoGivesBackWhatNobodyChangedSince(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		w.settings.Extension = directory.ExtensionRule{} // whose extension it is would have to be settled, too
		before := maps.Clone(w.register)
		applied := w.apply(t, Make(w.input()))
		byHand := map[string]map[pbx.Field]bool{}
		for _, id := range slices.Sorted(maps.Keys(w.register)) {
			byHand[id] = map[pbx.Field]bool{}
			if rapid.IntRange(0, 2).Draw(t, "changed by hand") == 0 {
				f := rapid.SampledFrom(targets).Draw(t, "field")
				w.register[id] = w.register[id].With(pbx.Fields{f: "för hand"})
				byHand[id][f] = true
			}
		}
		after := maps.Clone(w.register)
		back := Undo(applied, func(id string) (pbx.Subscriber, bool) { s, ok := w.register[id]; return s, ok }, w.input().NewKey)
		for _, c := range back {
			if c.Kind == pbx.Remove {
				delete(w.register, c.Subscriber)
			} else {
				w.register[c.Subscriber] = w.register[c.Subscriber].With(c.After)
			}
		}
		resumed := map[string]bool{} // what was found half made is no longer told from what was made
		for _, c := range applied {
			resumed[c.Subscriber] = c.Kind == pbx.Create
		}
		for id, now := range w.register {
			if resumed[id] {
				if len(byHand[id]) == 0 && before[id].ID == "" {
					t.Fatalf("%s was made, changed by nobody, and is still there", id)
				}
				continue
			}
			for _, f := range append([]pbx.Field{pbx.Hidden, pbx.ContactURL, pbx.Note}, targets...) {
				want := before[id].Get(f)
				if byHand[id][f] {
					want = after[id].Get(f)
				}
				if now.Get(f) != want {
					t.Fatalf("%s of %s is %q, want %q", f, id, now.Get(f), want)
				}
			}
		}
	})
}

func TestUndoOfSeveralRemovalsKeepsThemApart(t *testing.T) {
	removed := []pbx.Change{
		{Kind: pbx.Remove, Person: "anna", Subscriber: "desk", Before: pbx.Fields{pbx.Extension: "100"}},
		{Kind: pbx.Remove, Person: "anna", Subscriber: "dect", Before: pbx.Fields{pbx.Extension: "200"}},
	}
	back := Undo(removed, func(string) (pbx.Subscriber, bool) { return pbx.Subscriber{}, false }, func(p string) string { return "key-" + p })
	if len(back) != 2 || back[0].Key == back[1].Key || back[0].Key == "" {
		t.Errorf("got %+v", back)
	}
}

func TestHoldIsMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.Custom(func(t *rapid.T) directory.Limit {
			return directory.Limit{Count: rapid.IntRange(0, 20).Draw(t, "count"), Percent: rapid.IntRange(0, 100).Draw(t, "percent")}
		})
		limits := directory.Limits{Left: limit.Draw(t, "left"), Changed: limit.Draw(t, "changed")}
		linked := rapid.IntRange(0, 300).Draw(t, "linked")
		p := Plan{}
		was := map[string]bool{}
		for i := range 60 {
			id := string(rune('0' + i))
			if rapid.Bool().Draw(t, "leaves") {
				p.Leavers = append(p.Leavers, Leaver{Person: id, Is: Disabled})
			} else {
				p.Changes = append(p.Changes, pbx.Change{Kind: pbx.Update, Person: id, Before: pbx.Fields{pbx.Extension: "1"}, After: pbx.Fields{pbx.Extension: ""}})
			}
			now := map[string]bool{}
			for _, r := range Hold(p, limits, linked) {
				now[r.Code] = true
			}
			for code := range was {
				if !now[code] {
					t.Fatalf("one more and it is no longer held for %s", code)
				}
			}
			wider := limits
			wider.Left.Count++
			wider.Changed.Percent++
			if len(Hold(p, wider, linked)) > len(now) {
				t.Fatal("wider limits hold more")
			}
			if now["left"] != (len(p.Leavers) > limits.Left.Of(linked)) || now["changed"] != (len(p.Changes) > limits.Changed.Of(linked)) {
				t.Fatalf("held for %v with %d leavers and %d changes of %d, %+v", now, len(p.Leavers), len(p.Changes), linked, limits)
			}
			was = now
		}
	})
}
