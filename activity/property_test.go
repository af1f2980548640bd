package activity

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/telefonist/telefonist/calendar"
)

// within draws a time of the window, to the second.
func within(t *rapid.T, in Input) time.Time {
	return in.From.Add(time.Duration(rapid.IntRange(0, int(in.To.Sub(in.From)/time.Second)-1).Draw(t, "at")) * time.Second)
}

func mustAt(t *rapid.T, d Day, at time.Time) State {
	s, ok := d.At(at)
	if !ok {
		t.Fatalf("nothing stands at %s in %v", at, d.Spans)
	}
	return s.State
}

// At each instant stands what all that is proposed at that instant amounts to: so
// there is no gap in what is back to back, a long meeting does not end with a
// shorter one in it, and nothing depends on what stood before.
func TestWhatStandsFollowsFromThatInstantAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t)
		d := Make(in)
		for range 20 {
			at := within(t, in)
			key, open := oracle(in, at)
			if s := mustAt(t, d, at); s.Key != key || s.Open != open {
				t.Fatalf("at %s: %s, open %v; want %s, %v", at.In(in.Zone), s.Key, s.Open, key, open)
			}
		}
	})
}

func TestSpansFillTheWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t)
		d := Make(in)
		at := in.From
		for i, s := range d.Spans {
			if !s.From.Equal(at) || !s.From.Before(s.To) {
				t.Fatalf("span %d is %s to %s, after %s", i, s.From, s.To, at)
			}
			if i > 0 && s.State.Same(d.Spans[i-1].State) {
				t.Fatalf("spans %d and %d are the same", i-1, i)
			}
			at = s.To
		}
		if !at.Equal(in.To) {
			t.Fatalf("the last ends %s", at)
		}
		for _, outside := range []time.Time{in.From.Add(-1), in.To} {
			if _, ok := d.At(outside); ok {
				t.Fatalf("something stands at %s", outside)
			}
		}
	})
}

func TestOrderOfEventsDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t)
		other := in
		other.Events = rapid.Permutation(in.Events).Draw(t, "order")
		if diff := cmp.Diff(Make(in), Make(other)); diff != "" {
			t.Fatal(diff)
		}
		at := within(t, in)
		if diff := cmp.Diff(Explain(in, at), Explain(other, at)); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestNothingChangesBeforeNext(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t)
		d := Make(in)
		at := within(t, in)
		now, next := mustAt(t, d, at), d.Next(at)
		end := next
		if next.IsZero() {
			end = in.To
		}
		if !end.After(at) {
			t.Fatalf("after %s comes %s", at, next)
		}
		between := at.Add(time.Duration(rapid.Int64Range(0, int64(end.Sub(at))-1).Draw(t, "between")))
		if diff := cmp.Diff(now, mustAt(t, d, between)); diff != "" {
			t.Fatalf("at %s, before %s: %s", between, next, diff)
		}
		if !next.IsZero() && now.Same(mustAt(t, d, next)) {
			t.Fatalf("nothing changes at %s", next)
		}
	})
}

func TestRemovingAnEventChangesOnlyWhatItCovered(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t)
		if len(in.Events) == 0 {
			return
		}
		i := rapid.IntRange(0, len(in.Events)-1).Draw(t, "removed")
		less := in
		less.Events = slices.Delete(slices.Clone(in.Events), i, i+1)
		from, to := in.Events[i].Span(in.Zone)
		for _, d := range Compare(Make(in), Make(less)) {
			if d.From.Before(from) || d.To.After(to) {
				t.Fatalf("without what covers %s to %s, %s to %s is another: %s, %s", from, to, d.From, d.To, says(d.Before), says(d.After))
			}
		}
	})
}

func TestBackIsTheFirstTimeWorthWaitingFor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t)
		at := within(t, in)
		s := mustAt(t, Make(in), at)
		if s.Open != (s.Back.Kind == BackNone) {
			t.Fatalf("open %v and back %q", s.Open, s.Back.Kind)
		}
		if !timed(s.Back.Kind) {
			return
		}
		back := s.Back.At
		if s.Until.IsZero() || back.Before(s.Until) || !back.After(at) {
			t.Fatalf("at %s: until %s, back %s", at, s.Until, back)
		}
		if _, open := oracle(in, back); !open || !works(in, back) {
			t.Fatalf("back at %s, and not there", back.In(in.Zone))
		}
		if known := in.Calendar && !back.Before(in.Known); known != (s.Back.Kind == BackEarliest) {
			t.Fatalf("back %s %s, known until %s", s.Back.Kind, back, in.Known)
		}
		if back.Sub(at) > 4*24*time.Hour {
			return
		}
		reachable := time.Duration(0) // on end, before back
		for u := s.Until; u.Before(back); u = u.Add(step) {
			if _, open := oracle(in, u); !open || !works(in, u) {
				reachable = 0
			} else if reachable += step; reachable >= shortest && works(in, u.Add(-step)) && sameShift(in, u) {
				t.Fatalf("back %s, and could be reached at %s", back, u)
			}
		}
	})
}

// sameShift is true where the steps that end with u are of one working day: of
// what is shorter in each of two, nothing is said.
func sameShift(in Input, u time.Time) bool {
	a, b := in.Worktime().spell(u.Add(-step)), in.Worktime().spell(u)
	return a.Interval == b.Interval
}

// Whoever is ill is to all outside what anybody is who is out of the office, byte
// for byte.
func TestSensitiveIsOutsideAsOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t)
		in.Set = slices.Clone(rapid.SampledFrom([]Set{in.Set, in.Set.With(Set{{Key: Meeting}, {Key: Sick, Sensitive: true}})}).Draw(t, "ranks"))
		for i := range in.Set {
			if in.Set[i].Key == Sick {
				in.Set[i].Open = rapid.Bool().Draw(t, "a set that would tell") // must not matter
			}
		}
		in.Rules = append(ByPrefix.Rules(in.Set, nil), Rule{ID: "word", If: Condition{ShowAs: calendar.OutOfOffice}, Then: Sick})
		for i := range in.Events { // what is out has no note and no open telephone, by which anybody knows it
			if e := &in.Events[i]; e.Prefix == "UTE" || e.Prefix == "SJU" || e.ShowAs == calendar.OutOfOffice {
				e.Mark, e.Note, e.Subject = ":", "", ""
			}
		}
		in.Choice.Note = ""
		other := in
		other.Rules = slices.Clone(in.Rules)
		for i := range other.Rules {
			if other.Rules[i].Then == Sick {
				other.Rules[i].Then = Out
			}
		}
		if other.Choice.Activity == Sick {
			other.Choice.Activity = Out
		}
		a, b := Make(in).Outward(in.Set), Make(other).Outward(in.Set)
		if !bytes.Equal(a.Append(nil), b.Append(nil)) {
			t.Fatalf("stored they differ: %s", cmp.Diff(a, b))
		}
		at := within(t, in)
		if x, y := asJSON(t, mustAt(t, Make(in), at).Outward(in.Set)), asJSON(t, mustAt(t, Make(other), at).Outward(in.Set)); x != y {
			t.Fatalf("told they differ: %s and %s", x, y)
		}
	})
}

func asJSON(t *rapid.T, s State) string {
	state, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	public, err := json.Marshal(s.Public)
	if err != nil {
		t.Fatal(err)
	}
	return string(state) + string(public)
}

func TestStoredDayComesBackAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t)
		in.Set = in.Set.With(Set{{Key: "jour", Prefix: "JOU", Open: true}})
		if in.Choice.Activity == Home {
			in.Choice.Activity, in.Choice.By, in.Choice.Forward = "jour", "p-1", Forward{ToNumber, "+46701234567"}
		}
		d := Make(in)
		stored := d.Append(nil)
		got, err := ParseDay(stored)
		if err != nil {
			t.Fatal(err)
		}
		for i := range d.Spans {
			d.Spans[i].Why = Why{}
		}
		if diff := cmp.Diff(d, got); diff != "" {
			t.Fatal(diff)
		}
		at := drawTime(t, in, "at")
		span, next, ok, err := At(stored, at)
		want, stands := d.At(at)
		if err != nil || ok != stands || !next.Equal(d.Next(at)) {
			t.Fatalf("at %s: ok %v, next %s, %v; want %v, %s", at, ok, next, err, stands, d.Next(at))
		}
		if diff := cmp.Diff(want, span); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestCompareFindsEveryMinute(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t)
		other := in
		other.Rules = ByStatus.Rules(in.Set, map[calendar.ShowAs]Key{calendar.Free: Home, calendar.Busy: Lunch})
		before, after := Make(in), Make(other)
		all := Compare(before, after)
		for range 10 {
			at := within(t, in)
			i := slices.IndexFunc(all, func(d Difference) bool { return !at.Before(d.From) && at.Before(d.To) })
			a, b := mustAt(t, before, at), mustAt(t, after, at)
			if (i >= 0) == alike(a, b) {
				t.Fatalf("at %s: %s and %s, found %v", at, says(a), says(b), i >= 0)
			}
			if i >= 0 && (!alike(all[i].Before, a) || !alike(all[i].After, b)) {
				t.Fatalf("at %s: said to be %s and %s", at, says(all[i].Before), says(all[i].After))
			}
		}
		if len(Compare(before, before)) > 0 {
			t.Fatal("a day differs from itself")
		}
	})
}

func TestReturnSilencesOneThing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t)
		at := within(t, in)
		why := Explain(in, at)
		back := in
		back.Choice, back.Silences = Return(in, at)
		now := Explain(back, at)
		if why.Layer != ByDefault && now.Layer == why.Layer && now.Event == why.Event && now.Rule == why.Rule {
			t.Fatalf("still %+v", now)
		}
		if len(back.Silences) > len(in.Silences)+1 {
			t.Fatalf("silenced %+v", back.Silences)
		}
		if why.Layer == ByChoice {
			return // what was chosen is gone, before that too
		}
		for _, d := range Compare(Make(in), Make(back)) {
			if d.From.Before(at) && !gone(in, at) {
				t.Fatalf("before %s, %s to %s was %s and became %s", at, d.From, d.To, says(d.Before), says(d.After))
			}
		}
	})
}

// gone is true where a silence is forgotten because what it was for is over.
func gone(in Input, at time.Time) bool {
	return slices.ContainsFunc(in.Silences, func(s Silence) bool { return !at.Before(s.Until) })
}

func TestNextFreeIsFree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t)
		at := within(t, in)
		least := time.Duration(rapid.IntRange(2, 24).Draw(t, "least")) * step
		f := NextFree(in, at, least)
		if f.Kind == BackUnknown {
			return
		}
		if f.From.Before(at) || !f.To.IsZero() && f.To.Sub(f.From) < least {
			t.Fatalf("free %s to %s, asked at %s for %s", f.From, f.To, at, least)
		}
		for u := f.From; u.Before(f.From.Add(least)); u = u.Add(step) {
			if _, open := oracle(in, u); !open || !works(in, u) {
				t.Fatalf("free from %s, and not at %s", f.From.In(in.Zone), u.In(in.Zone))
			}
		}
	})
}

func TestInputIsLeftAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t)
		before, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		Make(in)
		Explain(in, in.From)
		Return(in, in.From)
		NextFree(in, in.From, shortest)
		if after, err := json.Marshal(in); err != nil || !bytes.Equal(before, after) {
			t.Fatalf("%s became %s", before, after)
		}
	})
}
