package console

import (
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/telefonist/telefonist/desk"
	"github.com/telefonist/telefonist/pbx"
)

const peoplePage = 50

// peopleView is one tab of a replicator's people.
type peopleView struct {
	Replicators []desk.ReplicatorState
	R           desk.ReplicatorState
	State       string // the tab
	Page        desk.PeoplePage
}

// The tabs, in their order.
func peopleTabs() []string {
	return []string{"offered", "linked", "ignored", "left", "problems", "outside", "elsewhere"}
}

// tabKey is the name of a tab, as common wording has it.
func tabKey(state string) string {
	if state == "offered" {
		return "tab.available"
	}
	return "tab." + state
}

func showPeople(p *page) error {
	v, err := p.readPeople()
	if err != nil {
		return err
	}
	return p.ok(p.peoplePage(v))
}

func livePeople(p *page) error {
	return p.live([]string{"standing", "link"}, func(p *page) (templ.Component, error) {
		v, err := p.readPeople()
		return tabs(p.T("people.tabs"), p.tabsOf(v)), err
	})
}

func (p *page) readPeople() (peopleView, error) {
	v := peopleView{State: p.form("state")}
	var err error
	if v.Replicators, err = p.visit.Replicators(p.ctx()); err != nil || len(v.Replicators) == 0 {
		return v, err
	}
	v.R = v.Replicators[0]
	for _, r := range v.Replicators {
		if r.ID == p.form("replicator") {
			v.R = r
		}
	}
	if v.State == "" {
		v.State = firstTab(v.R)
	}
	f := desk.PeopleFilter{Replicator: v.R.ID, Search: p.form("q"), After: p.form("after"), Limit: peoplePage}
	f.State = stateOf(f.State, v.State)
	v.Page, err = p.visit.People(p.ctx(), f)
	return v, err
}

// tabsLive is where the tabs' counts come from while the page is open.
func (p *page) tabsLive(v peopleView) string {
	return p.query("people/live", "replicator", v.R.ID, "state", v.State, "q", p.form("q"))
}

// stateOf makes a state of its name, of the type of the filter that takes it.
func stateOf[S ~string](_ S, name string) S { return S(name) }

// firstTab is the one that waits for a person, else the linked.
func firstTab(r desk.ReplicatorState) string {
	for _, state := range []string{"left", "offered"} {
		for s, n := range r.People {
			if string(s) == state && n > 0 {
				return state
			}
		}
	}
	return "linked"
}

// tabURL is the address of a tab with the filters that are on.
func (p *page) tabURL(v peopleView, state, after string) string {
	return p.query("people", "replicator", v.R.ID, "state", state, "q", p.form("q"), "after", after)
}

// decide takes what was decided about one person, or about those chosen.
func decide(p *page) error {
	replicator := p.form("replicator")
	var all []desk.Decision
	if one := p.form("one"); one != "" {
		parts := strings.SplitN(one, " ", 3)
		for len(parts) < 3 {
			parts = append(parts, "")
		}
		all = append(all, desk.Decision{Do: desk.Do(parts[0]), Person: parts[1], Subscriber: parts[2]})
	} else {
		all = p.chosen(desk.Do(p.form("do")))
	}
	back := local(p.form("next"))
	if len(all) == 0 {
		p.say(warn, "people.nobodyChosen")
		return p.to(back)
	}
	round, err := p.visit.Decide(p.ctx(), replicator, all)
	if err != nil || round == "" {
		return p.afterAt(err, back, "people.decided", "n", len(all))
	}
	r, err := p.visit.Round(p.ctx(), round)
	if err != nil {
		return err
	}
	if r.State == "waiting" || r.State == "held" {
		return p.afterAt(nil, p.url("rounds/"+round), "people.decidedWaits", "n", len(all))
	}
	return p.afterAt(nil, back, "people.decidedRound", "n", len(all), "round", number(int(r.Number)))
}

// chosen are the decisions about the ticked people. One who is to be linked
// comes with the entry that was suggested first.
func (p *page) chosen(do desk.Do) []desk.Decision {
	var all []desk.Decision
	for _, person := range p.r.Form["person"] {
		id, suggested, _ := strings.Cut(person, " ")
		d := desk.Decision{Do: do, Person: id}
		if do == desk.DoLink {
			if suggested == "" {
				continue
			}
			d.Subscriber = suggested
		}
		all = append(all, d)
	}
	return all
}

// choice is the value of a person's check box: who, and the sure suggestion.
func choice(r desk.PersonRow) string {
	for _, s := range r.Suggestions {
		if s.Sure {
			return r.Person + " " + s.Subscriber
		}
	}
	return r.Person
}

// restorable is how long Entra keeps a deleted user
// (https://learn.microsoft.com/entra/fundamentals/users-restore).
const restorable = 30 * 24 * time.Hour

// why is why he stands where he stands. Of one who has left it says since when,
// or until when he can be brought back.
func (p *page) why(r desk.PersonRow) string {
	if r.Why.Code == "" {
		return ""
	}
	if string(r.State) == "left" {
		for _, l := range r.Links {
			if l.Left == "" || l.LeftAt.IsZero() {
				continue
			}
			at := l.LeftAt
			if l.Left == "softdeleted" {
				at = at.Add(restorable)
			}
			return p.T("left."+string(l.Left), "date", p.date(at))
		}
	}
	return p.told(r.Why, "standing", "change")
}

func another(s pbx.Reason) bool { return s.Args["other"] == "true" || s.Code == "another" }

// decidable is the tab whose buttons are shown: none to those who may not decide.
func (p *page) decidable(state string) string {
	if !p.may("Decide") {
		return ""
	}
	return state
}
