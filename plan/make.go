package plan

import (
	"cmp"
	"slices"
	"strings"

	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/pbx"
)

// Make computes the plan. People who are linked are followed; people in scope
// who are not are linked, created or offered as the settings say; everybody else
// gets a standing that says why he is not here. It never removes anything.
func Make(in Input) Plan {
	m := newMaker(in)
	for i, p := range m.people {
		w := m.wish(i)
		if ties := m.tied(p.ID); len(ties) > 0 {
			m.follow(p, w, ties)
		} else {
			m.welcome(p, w)
		}
	}
	m.move()
	for _, person := range m.absent {
		m.leave(person, m.tied(person))
	}
	m.plan.sort()
	return m.plan
}

// wish is what the directory wants for one person.
type wish struct {
	verdict  directory.Verdict
	fields   pbx.Fields // owned by the wish: the plan takes it over
	problems []pbx.Reason
}

type maker struct {
	in       Input
	people   []directory.Person // by id
	verdicts []directory.Verdict
	wishes   []wish   // of people in scope, where numbers are compared; else made one by one
	ties     []Tied   // by person, then entry
	absent   []string // tied people whom the directory no longer has, by id
	when     map[pbx.Field]directory.When
	index    *index
	once     map[string]int  // address → people in scope who have it
	given    map[string]bool // extensions that this plan gives
	left     map[string]bool // extensions that are let go by this plan
	movers   []mover
	taken    map[string]bool // entries already linked in this plan
	next     int             // the next extension to try
	plan     Plan
}

func newMaker(in Input) *maker {
	m := &maker{
		in:       in,
		people:   slices.Clone(in.People),
		verdicts: make([]directory.Verdict, len(in.People)),
		ties:     slices.Clone(in.Tied),
		when:     policies(in.Settings.Mapping),
		given:    map[string]bool{},
		left:     map[string]bool{},
		taken:    map[string]bool{},
		next:     in.Settings.Extension.Start,
	}
	slices.SortFunc(m.people, func(a, b directory.Person) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(m.ties, func(a, b Tied) int {
		return cmp.Or(cmp.Compare(a.Person, b.Person), cmp.Compare(a.Subscriber.ID, b.Subscriber.ID))
	})
	m.plan.Standings = make([]Standing, 0, len(m.people))
	newcomers := false
	for i, p := range m.people {
		m.verdicts[i] = in.Settings.Scope.Judge(p, in.Membership)
		newcomers = newcomers || m.verdicts[i].In && len(m.tied(p.ID)) == 0
	}
	m.absent = m.whoIsAbsent()
	if candidates := m.candidates(); newcomers && len(candidates) > 0 {
		m.compare(candidates)
	}
	return m
}

// wish is what is wanted for the person at i.
func (m *maker) wish(i int) wish {
	if m.wishes != nil && m.verdicts[i].In {
		return m.wishes[i]
	}
	return m.make(i)
}

func (m *maker) make(i int) wish {
	w, p := wish{verdict: m.verdicts[i]}, m.people[i]
	if w.verdict.In {
		w.fields, w.problems = Wanted(p, m.in.Settings, m.in.Managers[p.Get(directory.ManagerID)])
	}
	return w
}

// follow plans for a linked person: someone who has left stays as he is, others
// are brought to what the directory says.
func (m *maker) follow(p directory.Person, w wish, ties []Tied) {
	left := leftBy(w.verdict)
	held := ties[:0:0]
	for _, t := range ties {
		if m.there(p.ID, p.Name(), t, left) {
			held = append(held, t)
		}
	}
	switch {
	case len(held) == 0 && left != Present:
		m.stand(p, Standing{State: Outside, Why: whyOutside(w.verdict)})
		return
	case len(held) == 0:
		m.stand(p, Standing{State: Ignored, Why: pbx.Reason{Code: "removedHere"}})
		return
	case left != Present:
		m.stand(p, Standing{State: Leaving, Why: whyOutside(w.verdict)})
		return
	}
	problems := w.problems
	if len(held) == 1 { // who has several keeps the extension of each
		more, waits := m.renumber(p, w, held[0])
		if waits {
			return
		}
		problems = append(problems, more...)
	}
	for _, t := range held {
		problems = m.bring(p, t, w.fields, problems)
	}
	m.stand(p, Standing{State: Linked, Problems: problems})
}

// bring plans what one entry needs.
func (m *maker) bring(p directory.Person, t Tied, fields pbx.Fields, problems []pbx.Reason) []pbx.Reason {
	if t.Creating {
		m.resume(p.ID, p.Name(), t, m.promised(t, fields))
		return problems
	}
	before, after, ledger, behind := difference(fields, t.Subscriber.Fields, t.Written, m.when)
	if behind {
		m.plan.Ledger = append(m.plan.Ledger, Correction{t.Subscriber.ID, ledger})
	}
	if len(after) > 0 {
		m.change(pbx.Change{Kind: pbx.Update, Person: p.ID, Name: p.Name(), Subscriber: t.Subscriber.ID,
			Reason: pbx.Reason{Code: "changed"}, Before: before, After: after})
	}
	return keepsEarlier(problems, t.Subscriber)
}

// leave plans for a linked person whom the directory no longer has.
func (m *maker) leave(person string, ties []Tied) {
	left := Missing
	switch m.in.Gone[person] {
	case directory.Purged:
		left = Purged
	case directory.SoftDeleted:
		left = SoftDeleted
	}
	known, held := directory.Person{ID: person}, false
	for _, t := range ties {
		if t.Held {
			known = directory.Person{ID: person, Fields: map[directory.Field]string{directory.DisplayName: t.Subscriber.Name()}}
		}
		held = m.there(person, known.Name(), t, left) || held
	}
	if held {
		m.stand(known, Standing{State: Leaving, Why: pbx.Reason{Code: string(left)}})
	}
}

// there says whether a link has its entry, and notes who has left or is back. A
// create that was begun for somebody who has left is let go, or, where the entry
// was made, finished as it is.
func (m *maker) there(person, name string, t Tied, left Left) bool {
	switch {
	case !t.Held && (!t.Creating || left != Present):
		m.plan.Lost = append(m.plan.Lost, t)
		return false
	case t.Creating && left != Present:
		m.resume(person, name, t, t.Subscriber.Fields)
	case !t.Creating && t.Left != left:
		m.plan.Leavers = append(m.plan.Leavers, Leaver{t.Subscriber.ID, t.Person, name, t.Left, left})
	}
	return true
}

// resume repeats a create that was begun, by its key.
func (m *maker) resume(person, name string, t Tied, fields pbx.Fields) {
	m.change(pbx.Change{Kind: pbx.Create, Person: person, Name: name, Key: t.Subscriber.Key,
		Reason: pbx.Reason{Code: "resumed"}, After: filled(fields)})
}

// whoIsAbsent lists the linked people, in order, whom the directory does not
// have: the gone, and after a whole read also those it never mentioned.
func (m *maker) whoIsAbsent() []string {
	var away []string
	for i, t := range m.ties {
		if i > 0 && m.ties[i-1].Person == t.Person {
			continue
		}
		_, gone := m.in.Gone[t.Person]
		_, here := slices.BinarySearchFunc(m.people, t.Person, func(p directory.Person, id string) int { return cmp.Compare(p.ID, id) })
		if !here && (gone || m.in.Whole) {
			away = append(away, t.Person)
		}
	}
	return away
}

// tied are the links of a person, by entry.
func (m *maker) tied(person string) []Tied {
	from, ok := slices.BinarySearchFunc(m.ties, person, func(t Tied, id string) int { return cmp.Compare(t.Person, id) })
	to := from
	for ok && to < len(m.ties) && m.ties[to].Person == person {
		to++
	}
	return m.ties[from:to]
}

// inUse is true for an extension that an entry has or is given by this plan.
func (m *maker) inUse(ext string) bool { return m.in.InUse[ext] || m.given[ext] }

func (m *maker) change(c pbx.Change) { m.plan.Changes = append(m.plan.Changes, c) }

func (m *maker) stand(p directory.Person, s Standing) {
	s.Person, s.Name = p.ID, p.Name()
	m.plan.Standings = append(m.plan.Standings, s)
}

// kindOrder is the order of changes: what ties first, what removes last.
func kindOrder(k pbx.Kind) int {
	return slices.Index([]pbx.Kind{pbx.Link, pbx.Create, pbx.Update, pbx.Unlink, pbx.Remove}, k)
}

func (p *Plan) sort() {
	type sortable struct {
		kind int
		name string
		pbx.Change
	}
	keyed := make([]sortable, len(p.Changes))
	for i, c := range p.Changes {
		keyed[i] = sortable{kindOrder(c.Kind), strings.ToLower(c.Name), c}
	}
	slices.SortFunc(keyed, func(a, b sortable) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.name, b.name),
			cmp.Compare(a.Person, b.Person), cmp.Compare(a.Subscriber, b.Subscriber), cmp.Compare(a.Key, b.Key))
	})
	for i := range keyed {
		p.Changes[i] = keyed[i].Change
	}
	slices.SortStableFunc(p.Standings, func(a, b Standing) int { return cmp.Compare(a.Person, b.Person) })
	slices.SortStableFunc(p.Leavers, func(a, b Leaver) int {
		return cmp.Or(cmp.Compare(a.Person, b.Person), cmp.Compare(a.Subscriber, b.Subscriber))
	})
}

// leftBy turns a verdict over a linked person into why he waits for a decision.
func leftBy(v directory.Verdict) Left {
	switch {
	case v.In:
		return Present
	case v.Why == directory.Why(directory.Disabled):
		return Disabled
	}
	return OutOfScope
}

func whyOutside(v directory.Verdict) pbx.Reason {
	r := pbx.Reason{Code: string(v.Why)}
	switch v.Why {
	case directory.WhyExcluded:
		r.Args = map[string]string{"group": v.Group}
	case directory.WhyCondition:
		r.Args = map[string]string{"field": string(v.Condition.Field), "operator": string(v.Condition.Operator), "value": v.Condition.Value}
	}
	return r
}

// keepsEarlier adds to each number problem the number that is kept.
func keepsEarlier(problems []pbx.Reason, held pbx.Subscriber) []pbx.Reason {
	out := make([]pbx.Reason, len(problems))
	for i, r := range problems {
		if r.Code == "number" {
			r.Args = map[string]string{"field": r.Args["field"], "raw": r.Args["raw"], "why": r.Args["why"],
				"number": held.Get(pbx.Field(r.Args["field"]))}
		}
		out[i] = r
	}
	if len(out) == 0 {
		return nil
	}
	return out
}
