package plan

import (
	"cmp"
	"maps"
	"slices"

	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/pbx"
)

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
		for _, address := range p.Addresses() {
			m.once[address]++
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
		for _, t := range m.tied(person) {
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
	ext, more := extension(p, m.in.Settings, w.fields)
	problems := append(w.problems, more...)
	switch {
	case ext == "":
	case m.take(s.Subscriber.Get(pbx.Extension), ext):
		w.fields[pbx.Extension] = ext
	default:
		problems = append(problems, extensionTaken(ext))
	}
	before, after, _, _ := difference(w.fields, s.Subscriber.Fields, nil, m.when)
	m.change(pbx.Change{Kind: pbx.Link, Person: p.ID, Name: p.Name(), Subscriber: s.Subscriber.ID,
		Reason: s.Reason, Before: before, After: after})
	m.stand(p, Standing{State: Linked, Problems: keepsEarlier(problems, s.Subscriber)})
}

func (m *maker) create(p directory.Person, w wish) {
	fields, problems := m.give(p, w)
	if problem, out := noExtension(problems); out {
		m.stand(p, Standing{State: Outside, Why: problem})
		return
	}
	if ext := fields[pbx.Extension]; ext != "" {
		m.given[ext] = true
	}
	maps.DeleteFunc(fields, func(_ pbx.Field, v string) bool { return v == "" })
	m.change(pbx.Change{Kind: pbx.Create, Person: p.ID, Name: p.Name(), Key: m.in.NewKey(p.ID),
		Reason: pbx.Reason{Code: "new"}, After: fields})
	m.stand(p, Standing{State: Linked, Problems: problems})
}

// give adds the extension to what is wanted for a new entry.
func (m *maker) give(p directory.Person, w wish) (pbx.Fields, []pbx.Reason) {
	ext, more := extension(p, m.in.Settings, w.fields)
	problems := append(slices.Clip(w.problems), more...)
	if m.in.Settings.Extension.From == directory.NextFree {
		ext = m.nextFree()
	}
	if ext != "" && m.inUse(ext) {
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

func noExtension(problems []pbx.Reason) (pbx.Reason, bool) {
	for _, p := range problems {
		if p.Code == "noExtension" {
			return p, true
		}
	}
	return pbx.Reason{}, false
}
