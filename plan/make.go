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
		w := m.wish(i)
		if ties := m.tied[p.ID]; len(ties) > 0 {
			m.follow(p, w, ties)
		} else {
			m.welcome(p, w)
		}
	}
	for _, person := range m.absent {
		m.leave(person, m.tied[person])
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
	wishes   []wish // of people in scope, where numbers are compared; else made one by one
	tied     map[string][]Tied
	absent   []string // tied people whom the directory no longer has, by id
	when     map[pbx.Field]directory.When
	index    *index
	once     map[string]int // address → unlinked people in scope who have it
	inUse    map[string]bool
	taken    map[string]bool // entries already linked in this plan
	next     int             // the next extension to try
	plan     Plan
}

func newMaker(in Input) *maker {
	m := &maker{
		in:       in,
		people:   slices.Clone(in.People),
		verdicts: make([]directory.Verdict, len(in.People)),
		tied:     make(map[string][]Tied, len(in.Tied)),
		when:     policies(in.Settings.Mapping),
		inUse:    make(map[string]bool, len(in.InUse)),
		taken:    map[string]bool{},
		next:     in.Settings.Extension.Start,
	}
	slices.SortFunc(m.people, func(a, b directory.Person) int { return cmp.Compare(a.ID, b.ID) })
	for _, t := range in.Tied {
		m.tied[t.Person] = append(m.tied[t.Person], t)
	}
	for _, ties := range m.tied {
		slices.SortFunc(ties, func(a, b Tied) int { return cmp.Compare(a.Subscriber.ID, b.Subscriber.ID) })
	}
	for e := range in.InUse {
		m.inUse[e] = true
	}
	newcomers := false
	for i, p := range m.people {
		m.verdicts[i] = in.Settings.Scope.Judge(p, in.Membership)
		newcomers = newcomers || m.verdicts[i].In && len(m.tied[p.ID]) == 0
	}
	m.absent = m.whoIsAbsent()
	if candidates := m.candidates(); newcomers && len(candidates) > 0 {
		m.compare(candidates)
	}
	return m
}

// compare readies what newcomers are matched by: who is wanted with which
// address and number, and the entries that they may be.
func (m *maker) compare(candidates []candidate) {
	m.wishes = make([]wish, len(m.people))
	m.once = map[string]int{}
	var inScope []pbx.Fields
	for i, p := range m.people {
		if !m.verdicts[i].In {
			continue
		}
		m.wishes[i] = m.make(i)
		inScope = append(inScope, m.wishes[i].fields)
		if len(m.tied[p.ID]) == 0 {
			for _, address := range p.Addresses() {
				m.once[address]++
			}
		}
	}
	m.index = newIndex(candidates, sharedNumbers(m.in.Shared, inScope))
}

// candidates are the entries that a newcomer may be, by id: those nobody is tied
// to, and those whose person has left, also by this very plan.
func (m *maker) candidates() []candidate {
	var all []candidate
	for _, s := range m.in.Unlinked {
		all = append(all, candidate{s, false})
	}
	for _, s := range m.in.Leaving {
		all = append(all, candidate{s, true})
	}
	add := func(person string) {
		for _, t := range m.tied[person] {
			if t.Held {
				all = append(all, candidate{t.Subscriber, true})
			}
		}
	}
	for i, p := range m.people {
		if !m.verdicts[i].In {
			add(p.ID)
		}
	}
	for _, person := range m.absent {
		add(person)
	}
	slices.SortFunc(all, func(a, b candidate) int { return cmp.Compare(a.ID, b.ID) })
	return all
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
	for _, t := range held {
		problems = m.bring(p, t, w.fields, problems, len(held) == 1)
	}
	m.stand(p, Standing{State: Linked, Problems: problems})
}

// bring plans what one entry needs. A person with several entries keeps each
// entry's extension.
func (m *maker) bring(p directory.Person, t Tied, fields pbx.Fields, problems []pbx.Reason, only bool) []pbx.Reason {
	if ext, more := extension(p, m.in.Settings, fields); only && (ext != "" || more != nil) {
		problems = append(problems, more...)
		switch have := t.Subscriber.Get(pbx.Extension); {
		case ext == "" || ext == have:
		case m.inUse[ext]:
			problems = append(problems, extensionTaken(ext))
		default:
			m.inUse[ext] = true
			fields[pbx.Extension] = ext
		}
	}
	if t.Creating {
		m.resume(p.ID, p.Name(), t, fields)
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
	found := m.suggest(p, w)
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

func (m *maker) suggest(p directory.Person, w wish) []Suggestion {
	if m.index == nil {
		return nil
	}
	return slices.DeleteFunc(m.index.suggest(p, w.fields, func(a string) bool { return m.once[a] == 1 }),
		func(s Suggestion) bool { return m.taken[s.Subscriber.ID] })
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
	if ext != "" {
		w.fields[pbx.Extension] = ext
	}
	return w.fields, problems
}

// nextFree is the first extension that is neither in use nor resting.
func (m *maker) nextFree() string {
	for ; ; m.next++ {
		if ext := strconv.Itoa(m.next); !m.inUse[ext] && !m.in.Resting[ext] {
			return ext
		}
	}
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
