package store

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telefonist/telefonist/pbx"
)

func (h house) start(r Round) Round {
	h.Helper()
	r.Replicator = h.replicator
	return must(h.StartRound(h.Context(), r))(h)
}

func TestRoundsOfOneReplicatorNeverOverlap(t *testing.T) {
	h := newHouse(t)
	r := h.start(Round{Cause: ByHand, Actor: "eva"})
	if r.State != Reading || r.Number != 1 || r.Started != begun || r.Whole {
		t.Errorf("round: %+v", r)
	}
	_, err := h.StartRound(t.Context(), Round{Replicator: h.replicator})
	h.is(err, ErrConflict)
	r.State = Applying
	h.ok(h.SetRound(t.Context(), r, Reading))
	_, err = h.StartRound(t.Context(), Round{Replicator: h.replicator})
	h.is(err, ErrConflict)
	h.is(h.SetRound(t.Context(), r, Reading), ErrConflict)
	h.clock.pass(time.Minute)
	r.State = Done
	h.ok(h.SetRound(t.Context(), r, Applying))
	got := must(h.Round(t.Context(), r.ID))(t)
	if got.State != Done || got.Planned != begun || got.Ended != begun.Add(time.Minute) {
		t.Errorf("round: %+v", got)
	}
	if second := h.start(Round{Cause: Nightly}); second.Number != 2 || second.Serial <= got.Serial {
		t.Errorf("second round: %+v", second)
	}
	_, err = h.StartRound(t.Context(), Round{Replicator: "nobody"})
	h.is(err, ErrNotFound)
}

func TestARoundThatWaitsIsReplacedByAWholeOne(t *testing.T) {
	for _, state := range []RoundState{Waiting, Held} {
		h := newHouse(t)
		r := h.start(Round{Cause: OnChange})
		r.State, r.Held = state, []pbx.Reason{{Code: "left", Args: map[string]string{"count": "9"}}}
		r.Counts = map[string]int64{"left": 9}
		h.ok(h.SetRound(t.Context(), r, Reading))
		next := h.start(Round{Cause: OnChange})
		if !next.Whole {
			t.Errorf("%s: what waited would be left out of the next plan", state)
		}
		old := must(h.Round(t.Context(), r.ID))(t)
		if old.State != Dropped || old.Failure.Code != "replaced" || old.Ended.IsZero() {
			t.Errorf("%s: replaced round: %+v", state, old)
		}
		if d := cmp.Diff(r.Held, old.Held); d != "" || old.Counts["left"] != 9 {
			t.Errorf("%s: why it waited is lost: %s %v", state, d, old.Counts)
		}
		if open := must(h.OpenRounds(t.Context(), h.replicator))(t); len(open) != 1 || open[0].ID != next.ID {
			t.Errorf("%s: open: %v", state, open)
		}
	}
}

func TestARoundTakesWhatWasDue(t *testing.T) {
	h := newHouse(t)
	h.ok(h.Wake(t.Context(), h.replicator, begun.Add(time.Hour), Nightly, "", false))
	h.ok(h.Wake(t.Context(), h.replicator, begun.Add(2*time.Hour), ByHand, "later", true))
	r := must(h.Replicator(t.Context(), h.replicator))(t)
	if r.DueAt != begun.Add(time.Hour) || r.DueCause != Nightly || !r.DueWhole {
		t.Errorf("the earlier time wins and whole stays: %+v", r)
	}
	h.ok(h.Wake(t.Context(), h.replicator, begun, ByHand, "eva", false))
	r = must(h.Replicator(t.Context(), h.replicator))(t)
	if r.DueAt != begun || r.DueCause != ByHand || r.DueActor != "eva" || !r.DueWhole {
		t.Errorf("due by hand: %+v", r)
	}
	if next := must(h.NextReplicatorDue(t.Context()))(t); next != begun {
		t.Errorf("next due: %v", next)
	}
	due := must(h.DueReplicators(t.Context(), begun, 10))(t)
	if d := cmp.Diff([]Due{{h.ID(), h.replicator, begun}}, due); d != "" {
		t.Error(d)
	}
	h.ok(h.PauseReplicator(t.Context(), h.replicator, true))
	if due := must(h.DueReplicators(t.Context(), begun, 10))(t); len(due) != 0 {
		t.Errorf("due though paused: %v", due)
	}
	round := h.start(Round{Cause: ByHand})
	if !round.Whole {
		t.Error("whole was asked for")
	}
	if r := must(h.Replicator(t.Context(), h.replicator))(t); !r.DueAt.IsZero() || r.DueWhole {
		t.Errorf("still due: %+v", r)
	}
	h.is(h.Wake(t.Context(), "nobody", begun, ByHand, "", false), ErrNotFound)
}

func TestPlannedAndFailures(t *testing.T) {
	h := newHouse(t)
	h.ok(h.SetFailures(t.Context(), h.replicator, 3))
	if m := must(h.Metrics(t.Context()))(t); m.FailingReplicators != 1 || m.Organizations != 1 {
		t.Errorf("metrics: %+v", m)
	}
	h.ok(h.Planned(t.Context(), h.replicator, 7, 2, true, begun.Add(time.Hour)))
	r := must(h.Replicator(t.Context(), h.replicator))(t)
	if r.Failures != 0 || r.PlannedSeq != 7 || r.PlannedGeneration != 2 || !r.Approved || r.DueAt != begun.Add(time.Hour) {
		t.Errorf("replicator: %+v", r)
	}
}

func TestUnfinishedRoundsAreFoundAfterAStart(t *testing.T) {
	h := newHouse(t)
	r := h.start(Round{Cause: ByHand})
	want := []Unfinished{{h.ID(), r.ID, h.replicator}}
	if d := cmp.Diff(want, must(h.UnfinishedRounds(t.Context()))(t)); d != "" {
		t.Error(d)
	}
	r.State = Held
	h.ok(h.SetRound(t.Context(), r, Reading))
	if got := must(h.UnfinishedRounds(t.Context()))(t); len(got) != 0 {
		t.Errorf("a held round is unfinished: %v", got)
	}
}

func TestRoundsAreListedNewestFirst(t *testing.T) {
	h := newHouse(t)
	var ids []string
	for i := range 5 {
		r := h.start(Round{Cause: []Cause{ByHand, Nightly}[i%2]})
		r.State = Done
		h.ok(h.SetRound(t.Context(), r, Reading))
		ids = append([]string{r.ID}, ids...)
	}
	page := func(f RoundFilter, before int64) (got []string, last int64) {
		for _, r := range must(h.Rounds(t.Context(), f, before, 3))(t) {
			got, last = append(got, r.ID), r.Serial
		}
		return got, last
	}
	one, last := page(RoundFilter{}, 0)
	two, _ := page(RoundFilter{Replicator: h.replicator, State: Done}, last)
	if got := append(one, two...); !slices.Equal(got, ids) {
		t.Errorf("pages: %v, want %v", got, ids)
	}
	if got, _ := page(RoundFilter{Cause: Nightly}, 0); len(got) != 2 {
		t.Errorf("nightly: %v", got)
	}
	if got, _ := page(RoundFilter{Replicator: "other"}, 0); len(got) != 0 {
		t.Errorf("of another replicator: %v", got)
	}
}

func TestChangesOfARound(t *testing.T) {
	h := newHouse(t)
	r := h.start(Round{Cause: ByHand})
	changes := make([]Change, 1203)
	for i := range changes {
		changes[i] = Change{Round: r.ID, Position: int64(i + 1), State: Pending, Change: pbx.Change{Kind: pbx.Update, Person: fmt.Sprint("p", i),
			Name: fmt.Sprintf("Åke %04d", i), Subscriber: "s", Reason: pbx.Reason{Code: "changed", Args: map[string]string{"from": "\"Ö\"", "a": "b"}},
			Before: pbx.Fields{pbx.Title: "förr"}, After: pbx.Fields{pbx.Title: ""}}}
	}
	h.ok(h.PutChanges(t.Context(), r.ID, changes))
	got := must(h.Changes(t.Context(), r.ID, ChangeFilter{}, 0, 2))(t)
	if d := cmp.Diff(changes[:2], got); d != "" {
		t.Error(d)
	}
	if got := must(h.Changes(t.Context(), r.ID, ChangeFilter{Kind: pbx.Update, State: Pending, Text: "ake 0007"}, 0, 9))(t); len(got) != 1 || got[0].Position != 8 {
		t.Errorf("filtered: %v", got)
	}
	done := slices.Clone(changes[:700])
	for i := range done {
		done[i].State, done[i].Subscriber, done[i].At, done[i].Answer = Applied, "entry", begun, pbx.Reason{Code: "ok"}
	}
	h.ok(h.FinishChanges(t.Context(), r.ID, done))
	pending := must(h.PendingChanges(t.Context(), r.ID, 0, 10))(t)
	if len(pending) != 10 || pending[0].Position != 701 {
		t.Errorf("pending: %v", pending)
	}
	if d := cmp.Diff(done[3], must(h.Change(t.Context(), r.ID, 4))(t)); d != "" {
		t.Error(d)
	}
	counts := must(h.ChangeCounts(t.Context(), r.ID))(t)
	if d := cmp.Diff(map[pbx.Kind]map[ChangeState]int64{pbx.Update: {Applied: 700, Pending: 503}}, counts); d != "" {
		t.Error(d)
	}
	if got := must(h.ChangesOfPerson(t.Context(), "p3", 9))(t); len(got) != 1 || got[0].Position != 4 {
		t.Errorf("of a person: %v", got)
	}
	if got := must(h.ChangesOfSubscriber(t.Context(), "entry", 9))(t); len(got) != 9 {
		t.Errorf("of an entry: %v", got)
	}
}

func TestRetention(t *testing.T) {
	h := newHouse(t)
	r := h.start(Round{Cause: ByHand})
	change := func(position int64, kind pbx.Kind, who string, at time.Time) Change {
		return Change{Position: position, State: Applied, At: at, Change: pbx.Change{Kind: kind, Person: "p" + who, Name: "N" + who, Subscriber: "s" + who,
			Before: pbx.Fields{pbx.Title: "x"}, After: pbx.Fields{pbx.Mail: "y"}}}
	}
	h.ok(h.PutChanges(t.Context(), r.ID, []Change{
		change(1, pbx.Create, "1", begun), change(2, pbx.Remove, "1", begun.Add(time.Hour)),
		change(3, pbx.Create, "2", begun), change(4, pbx.Create, "1", begun.Add(3*time.Hour)), // he came back
		change(5, pbx.Remove, "3", begun.Add(5*time.Hour))}))
	h.ok(h.BlankRemoved(t.Context(), begun.Add(2*time.Hour)))
	var blank []int64
	for _, c := range must(h.Changes(t.Context(), r.ID, ChangeFilter{}, 0, 9))(t) {
		if c.Blanked != (c.Name == "" && len(c.Before) == 0 && len(c.After) == 0) {
			t.Errorf("half blanked: %+v", c)
		}
		if c.Blanked {
			blank = append(blank, c.Position)
		}
	}
	if !slices.Equal(blank, []int64{1, 2}) {
		t.Errorf("blanked: %v", blank)
	}
	h.ok(h.DeleteRounds(t.Context(), begun.AddDate(1, 0, 0)))
	if _, err := h.Round(t.Context(), r.ID); err != nil {
		t.Error("a round that is not over was deleted:", err)
	}
	r.State = Done
	h.ok(h.SetRound(t.Context(), r, Reading))
	h.ok(h.DeleteRounds(t.Context(), begun))
	h.ok(h.DeleteRounds(t.Context(), begun.Add(time.Second)))
	_, err := h.Round(t.Context(), r.ID)
	h.is(err, ErrNotFound)
}

func TestProgressAndUndo(t *testing.T) {
	h := newHouse(t)
	r := h.start(Round{Cause: ByHand})
	h.ok(h.SetProgress(t.Context(), r.ID, 10, 20))
	h.ok(h.SetUndone(t.Context(), r.ID, "later"))
	h.is(h.SetUndone(t.Context(), r.ID, "again"), ErrConflict)
	if got := must(h.Round(t.Context(), r.ID))(t); got.Progress != 10 || got.Total != 20 || got.UndoneBy != "later" {
		t.Errorf("round: %+v", got)
	}
}

func TestADecisionAndAnUndoLeaveWhatWaits(t *testing.T) {
	for _, cause := range []Cause{Decision, Undoing} {
		h := newHouse(t)
		waits := h.start(Round{Cause: Nightly})
		waits.State = Held
		h.ok(h.SetRound(t.Context(), waits, Reading))
		h.ok(h.Wake(t.Context(), h.replicator, begun, Nightly, "", true))
		r := h.start(Round{Cause: cause, Undoes: "round"})
		if r.Whole {
			t.Errorf("%s: plans everybody", cause)
		}
		if got := must(h.Round(t.Context(), waits.ID))(t); got.State != Held {
			t.Errorf("%s: what waited is %s", cause, got.State)
		}
		if got := must(h.Replicator(t.Context(), h.replicator))(t); got.DueAt != begun || !got.DueWhole {
			t.Errorf("%s: what was due is forgotten: %+v", cause, got)
		}
		if got := must(h.OpenRounds(t.Context(), h.replicator))(t); len(got) != 2 {
			t.Errorf("%s: open: %v", cause, got)
		}
	}
}
