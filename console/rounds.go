package console

import (
	"errors"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"github.com/telefonist/telefonist/desk"
	"github.com/telefonist/telefonist/pbx"
)

const (
	roundsPage  = 30
	changesPage = 50
)

// roundsView is the list of rounds.
type roundsView struct {
	Replicators []desk.ReplicatorState
	Rounds      []desk.Round
	Next        string
}

func showRounds(p *page) error {
	v := roundsView{}
	var err error
	if v.Replicators, err = p.visit.Replicators(p.ctx()); err != nil {
		return err
	}
	if v.Rounds, err = p.readRounds(); err != nil {
		return err
	}
	if len(v.Rounds) == roundsPage {
		v.Next = p.query("rounds", "replicator", p.form("replicator"), "before", strconv.FormatInt(v.Rounds[roundsPage-1].Serial, 10))
	}
	return p.ok(p.roundsPage(v))
}

func (p *page) readRounds() ([]desk.Round, error) {
	before, _ := strconv.ParseInt(p.form("before"), 10, 64)
	return p.visit.Rounds(p.ctx(), desk.RoundFilter{Replicator: p.form("replicator"), Before: before, Limit: roundsPage})
}

func liveRounds(p *page) error {
	return p.live([]string{"round", "replicator"}, func(p *page) (templ.Component, error) {
		replicators, err := p.visit.Replicators(p.ctx())
		if err != nil {
			return nil, err
		}
		rounds, err := p.readRounds()
		return p.roundTable(rounds, nameOf(replicators)), err
	})
}

// roundView is a round with a page of its changes.
type roundView struct {
	R       desk.Round
	Name    string // of its replicator
	Kind    string
	State   string
	Changes []desk.Change
	Next    string
}

func showRound(p *page) error {
	v, err := p.readRound()
	if err != nil {
		return err
	}
	return p.ok(p.roundPage(v))
}

func liveRound(p *page) error {
	return p.live([]string{"round"}, func(p *page) (templ.Component, error) {
		v, err := p.readRound()
		return p.roundBody(v), err
	})
}

func (p *page) readRound() (roundView, error) {
	id := p.r.PathValue("round")
	r, err := p.visit.Round(p.ctx(), id)
	if err != nil {
		return roundView{}, err
	}
	v := roundView{R: r, Kind: p.form("kind"), State: p.form("state")}
	replicator, err := p.visit.Replicator(p.ctx(), r.Replicator)
	if err != nil && !errors.Is(err, desk.ErrNotFound) {
		return v, err
	}
	v.Name = orElse(replicator.Name, r.Replicator)
	f := desk.ChangeFilter{Kind: pbx.Kind(v.Kind), Search: p.form("q"), After: -1, Limit: changesPage}
	f.State = stateOf(f.State, v.State)
	if after, err := strconv.ParseInt(p.form("after"), 10, 64); err == nil {
		f.After = after
	}
	if v.Changes, err = p.visit.Changes(p.ctx(), id, f); err != nil {
		return v, err
	}
	if len(v.Changes) == changesPage {
		v.Next = p.roundURL(v, v.Kind, v.State, strconv.FormatInt(v.Changes[changesPage-1].Position, 10))
	}
	return v, nil
}

func (p *page) roundURL(v roundView, kind, state, after string) string {
	return p.query("rounds/"+v.R.ID, "kind", kind, "state", state, "q", p.form("q"), "after", after)
}

// decideRound approves, drops or undoes.
func decideRound(p *page) error {
	id := p.r.PathValue("round")
	at := "rounds/" + id
	switch p.form("do") {
	case "approve":
		return p.after(p.visit.ApproveRound(p.ctx(), id), at, "round.approved")
	case "drop":
		return p.after(p.visit.DropRound(p.ctx(), id), at, "round.isDropped")
	case "undo":
		undo, err := p.visit.UndoRound(p.ctx(), id)
		return p.after(err, "rounds/"+undo, "round.undoMade")
	}
	return desk.ErrNotFound
}

func exportRound(p *page) error {
	return p.export("round", func(f desk.Format) error {
		return p.visit.ExportRound(p.ctx(), p.r.PathValue("round"), p.w, f)
	})
}

func roundTone(r desk.Round) (tone, string) {
	switch r.State {
	case "reading", "applying":
		return active, "refresh"
	case "waiting":
		return warn, "hourglass"
	case "held":
		return warn, "hand-stop"
	case "done":
		if r.Counts["failed"] > 0 {
			return warn, "alert-triangle"
		}
		return good, "circle-check"
	case "failed":
		return bad, "circle-x"
	}
	return neutral, "ban"
}

func kindIcon(k pbx.Kind) string {
	switch k {
	case pbx.Create:
		return "user-plus"
	case pbx.Link:
		return "link"
	case pbx.Unlink:
		return "unlink"
	case pbx.Remove:
		return "trash"
	}
	return "pencil"
}

func kindTone(k pbx.Kind) tone {
	switch k {
	case pbx.Create, pbx.Link:
		return good
	case pbx.Remove:
		return bad
	case pbx.Unlink:
		return warn
	}
	return active
}

func changeTone(s string) tone {
	switch s {
	case "done":
		return good
	case "failed":
		return bad
	case "skipped":
		return warn
	}
	return neutral
}

// tallies are what a round counted, in words, in a fixed order.
func (p *page) tallies(counts map[string]int64) []string {
	order := []string{"create", "link", "update", "unlink", "remove", "left", "offered", "problems", "done", "skipped", "failed"}
	var said []string
	for _, k := range order {
		if n := counts[k]; n > 0 && p.lang.Has("tally."+k) {
			said = append(said, p.T("tally."+k, "n", n))
		}
	}
	if len(said) == 0 {
		said = append(said, p.T("tally.nothing"))
	}
	return said
}

// kindsOf are the kinds of change that a round counted.
func kindsOf(r desk.Round) []string {
	order := []string{"create", "link", "update", "unlink", "remove"}
	return slices.DeleteFunc(order, func(k string) bool { return r.Counts[k] == 0 })
}

// failure is why a round or a change failed, in words.
func (p *page) failure(r pbx.Reason) string {
	return p.told(r, "failure", "problem", "hold", "signin", "graph", "standing")
}

// became is what a round came to: one that a newer one took the place of was not
// rejected by anybody.
func became(r desk.Round) string {
	if r.State == "dropped" && r.Failure.Code == "replaced" {
		return "replaced"
	}
	return string(r.State)
}
