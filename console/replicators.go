package console

import (
	"slices"
	"strconv"

	"github.com/telefonist/telefonist/desk"
	"github.com/telefonist/telefonist/organization"
)

// replicatorsView is the list of directory syncs, and the form that adds one.
type replicatorsView struct {
	All     []desk.ReplicatorState
	Sources []desk.SourceState
	New     desk.NewReplicator
	Said    wrongs
}

func showReplicators(p *page) error { return p.replicatorsWith(replicatorsView{}, p.ok) }

func (p *page) replicatorsWith(v replicatorsView, show shower) error {
	var err error
	if v.All, err = p.visit.Replicators(p.ctx()); err != nil {
		return err
	}
	if v.Sources, err = p.visit.Sources(p.ctx()); err != nil {
		return err
	}
	v.Sources = slices.DeleteFunc(v.Sources, func(s desk.SourceState) bool { return !s.Directory() })
	return show(p.replicatorsPage(v))
}

func addReplicator(p *page) error {
	n := desk.NewReplicator{Name: p.form("name"), Source: p.form("source")}
	r, err := p.visit.AddReplicator(p.ctx(), n)
	if said, ok := p.refused(err); ok {
		return p.replicatorsWith(replicatorsView{New: n, Said: said}, p.again)
	}
	return p.after(err, "replicators/"+r.ID+"/scope", "replicators.added", "name", r.Name)
}

// changeReplicator does what one button does: run, pause, order, delete.
func changeReplicator(p *page) error {
	id := p.r.PathValue("replicator")
	switch p.form("do") {
	case "run":
		return p.runReplicator(id, false)
	case "runWhole":
		return p.runReplicator(id, true)
	case "pause", "resume":
		pause := p.form("do") == "pause"
		done := "replicators.resumed"
		if pause {
			done = "replicators.paused"
		}
		return p.afterAt(p.visit.PauseReplicator(p.ctx(), id, pause), p.backTo("replicators"), done)
	case "up", "down":
		return p.after(p.moveReplicator(id, p.form("do") == "up"), "replicators", "replicators.ordered")
	case "delete":
		return p.after(p.visit.DeleteReplicator(p.ctx(), id), "replicators", "replicators.deleted")
	}
	return desk.ErrNotFound
}

func (p *page) runReplicator(id string, whole bool) error {
	return p.afterAt(p.visit.RunReplicator(p.ctx(), id, whole), p.backTo("rounds"), "replicators.started")
}

// backTo is the page a form says it came from, else one of the organization.
func (p *page) backTo(path string) string {
	if next := p.form("next"); next != "" {
		return local(next)
	}
	return p.url(path)
}

func (p *page) moveReplicator(id string, up bool) error {
	all, err := p.visit.Replicators(p.ctx())
	if err != nil {
		return err
	}
	var ids []string
	for _, r := range all {
		ids = append(ids, r.ID)
	}
	i := slices.Index(ids, id)
	other := i + 1
	if up {
		other = i - 1
	}
	if i < 0 || other < 0 || other >= len(ids) {
		return nil
	}
	ids[i], ids[other] = ids[other], ids[i]
	return p.visit.OrderReplicators(p.ctx(), ids)
}

func showReplicator(p *page) error {
	r, err := p.visit.Replicator(p.ctx(), p.r.PathValue("replicator"))
	if err != nil {
		return err
	}
	return p.ok(p.replicatorPage(r, nil))
}

func saveReplicator(p *page) error {
	r, err := p.visit.Replicator(p.ctx(), p.r.PathValue("replicator"))
	if err != nil {
		return err
	}
	r.Name, r.Schedule, r.Settings.Limits = p.form("name"), p.readSchedule(), p.readLimits()
	return p.saveSettingsOf(r, "replicators/"+r.ID, func(said wrongs) error {
		return p.again(p.replicatorPage(r, said))
	})
}

// saveSettingsOf saves what a form changed in r and goes on to path. Where a plan
// waits, or none has been approved yet, it is made anew with what was saved.
func (p *page) saveSettingsOf(r desk.ReplicatorState, path string, refused func(wrongs) error) error {
	generation, _ := strconv.ParseInt(p.form("generation"), 10, 64)
	_, err := p.visit.SaveReplicator(p.ctx(), r.ID, desk.NewReplicator{Name: r.Name, Schedule: &r.Schedule, Settings: &r.Settings}, generation)
	if said, ok := p.refused(err); ok {
		return refused(said)
	}
	if err == nil && !r.Paused && (!r.Approved || waits(r)) {
		err = p.visit.RunReplicator(p.ctx(), r.ID, true)
		return p.after(err, path, "replicators.planned")
	}
	return p.after(err, path, "replicators.saved")
}

// waits is true where a plan is there to approve.
func waits(r desk.ReplicatorState) bool {
	return r.Open != nil && (r.Open.State == "waiting" || r.Open.State == "held")
}

// scheduleText says when a replicator runs.
func (p *page) scheduleText(s organization.Schedule) string {
	switch s.Mode {
	case organization.Nightly:
		return p.T("schedule.nightlyAt", "from", clock(s.From), "to", clock(s.To))
	case organization.Soon:
		return p.T("schedule.soon")
	}
	return p.T("schedule.byHand")
}

// stateOf is how a replicator is, worst first.
func (p *page) stateOf(r desk.ReplicatorState) (tone, string, string) {
	open := ""
	if r.Open != nil {
		open = string(r.Open.State)
	}
	switch {
	case r.Failures > 0:
		return bad, "circle-x", p.T("replicator.failing", "n", r.Failures)
	case open == "held":
		return warn, "hand-stop", p.T("round.held")
	case open == "waiting":
		return warn, "hourglass", p.T("round.waiting")
	case open == "reading", open == "applying":
		return active, "refresh", p.T("round." + open)
	case r.Paused:
		return neutral, "player-pause", p.T("replicator.paused")
	case r.Last == nil:
		return neutral, "circle-dashed", p.T("replicator.notRun")
	}
	return good, "circle-check", p.T("replicator.fine")
}
