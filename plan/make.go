package plan

import (
	"cmp"
	"slices"
	"strconv"
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
		if ties := m.tied[p.ID]; len(ties) > 0 {
			m.follow(p, m.wanted[i], ties)
		} else {
			m.welcome(p, m.wanted[i])
		}
	}
	for _, person := range m.absent() {
		m.leave(person, m.tied[person])
	}
	m.plan.sort()
	return m.plan
}

// wish is what the directory wants for one person.
type wish struct {
	verdict  directory.Verdict
	fields   pbx.Fields
	problems []pbx.Reason
}

type maker struct {
	in     Input
	people []directory.Person // by id
	wanted []wish
	tied   map[string][]Tied
	when   map[pbx.Field]directory.When
	index  *index
	once   map[string]int // address → unlinked people in scope who have it
	inUse  map[string]bool
	taken  map[string]bool // entries already linked in this plan
	next   int             // the next extension to try
	plan   Plan
}

func newMaker(in Input) *maker {
	m := &maker{
		in:     in,
		people: slices.Clone(in.People),
		tied:   map[string][]Tied{},
		when:   policies(in.Settings.Mapping),
		once:   map[string]int{},
		inUse:  make(map[string]bool, len(in.InUse)),
		taken:  map[string]bool{},
		next:   in.Settings.Extension.Start,
	}
	slices.SortFunc(m.people, func(a, b directory.Person) int { return cmp.Compare(a.ID, b.ID) })
	for _, t := range in.Tied {
		m.tied[t.Person] = append(m.tied[t.Person], t)
	}
	for e := range in.InUse {
		m.inUse[e] = true
	}
	m.wanted = make([]wish, len(m.people))
	var inScope []pbx.Fields
	for i, p := range m.people {
		w := &m.wanted[i]
		if w.verdict = in.Settings.Scope.Judge(p, in.Membership); !w.verdict.In && len(m.tied[p.ID]) == 0 {
			continue
		}
		w.fields, w.problems = Wanted(p, in.Settings, in.Managers[p.Get(directory.ManagerID)])
		if !w.verdict.In {
			continue
		}
		inScope = append(inScope, w.fields)
		if len(m.tied[p.ID]) == 0 {
			for _, address := range p.Addresses() {
				m.once[address]++
			}
		}
	}
	m.index = newIndex(in, sharedNumbers(in.Shared, inScope))
	return m
}

// follow plans for a linked person: someone who has left stays as he is, others
// are brought to what the directory says.
func (m *maker) follow(p directory.Person, w wish, ties []Tied) {
	left := leftBy(w.verdict)
	held := ties[:0:0]
	for _, t := range ties {
		if !t.Held && !t.Creating {
			m.plan.Lost = append(m.plan.Lost, t)
			continue
		}
		held = append(held, t)
		m.note(p.Name(), t, left)
	}
	switch {
	case len(held) == 0:
		m.stand(p, Standing{State: Ignored, Why: pbx.Reason{Code: "removedHere"}})
		return
	case left != Present:
		m.stand(p, Standing{State: Leaving, Why: whyOutside(w.verdict)})
		return
	}
	problems := w.problems
	for _, t := range held {
		problems = m.bring(p, t, w.fields, problems, len(held) == 1)
	}
	m.stand(p, Standing{State: Linked, Problems: problems})
}

// bring plans what one entry needs. A person with several entries keeps each
// entry's extension.
func (m *maker) bring(p directory.Person, t Tied, fields pbx.Fields, problems []pbx.Reason, only bool) []pbx.Reason {
	wanted := fields
	if ext, more := extension(p, m.in.Settings, fields); only && (ext != "" || more != nil) {
		problems = append(problems, more...)
		switch have := t.Subscriber.Get(pbx.Extension); {
		case ext == "" || ext == have:
		case m.inUse[ext]:
			problems = append(problems, extensionTaken(ext))
		default:
			m.inUse[ext] = true
			wanted = with(fields, pbx.Extension, ext)
		}
	}
	if t.Creating && !t.Held {
		m.change(pbx.Change{Kind: pbx.Create, Person: p.ID, Name: p.Name(), Key: t.Subscriber.Key,
			Reason: pbx.Reason{Code: "resumed"}, After: filled(wanted)})
		return problems
	}
	before, after, ledger, behind := difference(wanted, t.Subscriber.Fields, t.Written, m.when)
	if behind {
		m.plan.Ledger = append(m.plan.Ledger, Correction{t.Subscriber.ID, ledger})
	}
	if len(after) > 0 {
		m.change(pbx.Change{Kind: pbx.Update, Person: p.ID, Name: p.Name(), Subscriber: t.Subscriber.ID,
			Reason: pbx.Reason{Code: "changed"}, Before: before, After: after})
	}
	return keepsEarlier(problems, t.Subscriber)
}

// welcome plans for somebody who is not linked.
func (m *maker) welcome(p directory.Person, w wish) {
	switch {
	case !w.verdict.In:
		m.stand(p, Standing{State: Outside, Why: whyOutside(w.verdict)})
		return
	case m.in.Elsewhere[p.ID] != "":
		m.stand(p, Standing{State: Elsewhere, Why: pbx.Reason{Code: "elsewhere", Args: map[string]string{"replicator": m.in.Elsewhere[p.ID]}}})
		return
	case m.in.Ignored[p.ID]:
		m.stand(p, Standing{State: Ignored})
		return
	}
	found := slices.DeleteFunc(m.index.suggest(p, w.fields, func(a string) bool { return m.once[a] == 1 }),
		func(s Suggestion) bool { return m.taken[s.Subscriber.ID] })
	if one, ok := sureOne(found); ok && m.in.Settings.SureLinks {
		m.link(p, w, one)
		return
	}
	if len(found) == 0 && m.in.Settings.New == directory.Create {
		m.create(p, w)
		return
	}
	_, problems := m.give(p, w)
	if problem, out := noExtension(problems); out {
		m.stand(p, Standing{State: Outside, Why: problem})
		return
	}
	m.stand(p, Standing{State: Offered, Problems: problems, Suggestions: found})
}

func (m *maker) link(p directory.Person, w wish, s Suggestion) {
	m.taken[s.Subscriber.ID] = true
	before, after, _, _ := difference(w.fields, s.Subscriber.Fields, nil, m.when)
	m.change(pbx.Change{Kind: pbx.Link, Person: p.ID, Name: p.Name(), Subscriber: s.Subscriber.ID,
		Reason: s.Reason, Before: before, After: after})
	m.stand(p, Standing{State: Linked, Problems: keepsEarlier(w.problems, s.Subscriber)})
}

func (m *maker) create(p directory.Person, w wish) {
	fields, problems := m.give(p, w)
	if problem, out := noExtension(problems); out {
		m.stand(p, Standing{State: Outside, Why: problem})
		return
	}
	if ext := fields[pbx.Extension]; ext != "" {
		m.inUse[ext] = true
	}
	m.change(pbx.Change{Kind: pbx.Create, Person: p.ID, Name: p.Name(), Key: m.in.NewKey(p.ID),
		Reason: pbx.Reason{Code: "new"}, After: filled(fields)})
	m.stand(p, Standing{State: Linked, Problems: problems})
}

// give adds the extension to what is wanted for a new entry.
func (m *maker) give(p directory.Person, w wish) (pbx.Fields, []pbx.Reason) {
	ext, more := extension(p, m.in.Settings, w.fields)
	problems := append(slices.Clip(w.problems), more...)
	if m.in.Settings.Extension.From == directory.NextFree {
		ext = m.nextFree()
	}
	if ext != "" && m.inUse[ext] {
		problems = append(problems, extensionTaken(ext))
		ext = ""
	}
	if ext == "" && !m.in.Settings.Contacts {
		return nil, append(problems, pbx.Reason{Code: "noExtension"})
	}
	if ext == "" {
		return w.fields, problems
	}
	return with(w.fields, pbx.Extension, ext), problems
}

func (m *maker) nextFree() string {
	for m.inUse[strconv.Itoa(m.next)] {
		m.next++
	}
	return strconv.Itoa(m.next)
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
	known := directory.Person{ID: person}
	for _, t := range ties {
		if t.Held {
			known = directory.Person{ID: person, Fields: map[directory.Field]string{directory.DisplayName: t.Subscriber.Name()}}
		}
		m.note(known.Name(), t, left)
	}
	m.stand(known, Standing{State: Leaving, Why: pbx.Reason{Code: string(left)}})
}

// absent are the linked people, in order, whom the directory does not have: the
// gone, and after a whole read also those it never mentioned.
func (m *maker) absent() []string {
	here := make(map[string]bool, len(m.people))
	for _, p := range m.people {
		here[p.ID] = true
	}
	var away []string
	for person := range m.tied {
		if _, gone := m.in.Gone[person]; !here[person] && (gone || m.in.Whole) {
			away = append(away, person)
		}
	}
	slices.Sort(away)
	return away
}

func (m *maker) note(name string, t Tied, left Left) {
	if t.Left != left {
		m.plan.Leavers = append(m.plan.Leavers, Leaver{t.Subscriber.ID, t.Person, name, t.Left, left})
	}
}

func (m *maker) change(c pbx.Change) { m.plan.Changes = append(m.plan.Changes, c) }

func (m *maker) stand(p directory.Person, s Standing) {
	s.Person, s.Name = p.ID, p.Name()
	m.plan.Standings = append(m.plan.Standings, s)
}

var kindOrder = map[pbx.Kind]int{pbx.Link: 0, pbx.Create: 1, pbx.Update: 2, pbx.Unlink: 3, pbx.Remove: 4}

func (p *Plan) sort() {
	slices.SortStableFunc(p.Changes, func(a, b pbx.Change) int {
		return cmp.Or(cmp.Compare(kindOrder[a.Kind], kindOrder[b.Kind]),
			strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)),
			cmp.Compare(a.Person, b.Person), cmp.Compare(a.Subscriber, b.Subscriber))
	})
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

func extensionTaken(ext string) pbx.Reason {
	return pbx.Reason{Code: "extensionTaken", Args: map[string]string{"extension": ext}}
}

func noExtension(problems []pbx.Reason) (pbx.Reason, bool) {
	for _, p := range problems {
		if p.Code == "noExtension" {
			return p, true
		}
	}
	return pbx.Reason{}, false
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

func with(fields pbx.Fields, f pbx.Field, v string) pbx.Fields {
	out := make(pbx.Fields, len(fields)+1)
	for k, have := range fields {
		out[k] = have
	}
	out[f] = v
	return out
}
