package plan

import (
	"maps"
	"strconv"

	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/pbx"
)

// mover is a linked person whose one entry should get another extension, which
// is in use.
type mover struct {
	person directory.Person
	wish   wish
	tie    Tied
	to     string
}

// renumber adds to a wish the extension that the one entry t is to have. One that
// is in use makes the person wait until all is known that is let go.
func (m *maker) renumber(p directory.Person, w wish, t Tied) (problems []pbx.Reason, waits bool) {
	ext, problems := extension(p, m.in.Settings, w.fields)
	switch {
	case ext == "":
	case m.take(t.Subscriber.Get(pbx.Extension), ext):
		w.fields[pbx.Extension] = ext
	default:
		m.movers = append(m.movers, mover{p, w, t, ext})
		return nil, true
	}
	return problems, false
}

// take gives an entry that has one extension another, if nobody has it.
func (m *maker) take(have, ext string) bool {
	switch {
	case ext == have:
		return true
	case m.inUse(ext):
		return false
	}
	m.given[ext] = true
	if have != "" {
		m.left[have] = true
	}
	return true
}

// move lets those have the extension they wait for whose holder moves on by this
// very plan, also where several exchange theirs; the others keep what they have.
func (m *maker) move() {
	moving := m.movers
	for {
		leaves, wants := map[string]bool{}, map[string]int{}
		for _, v := range moving {
			leaves[v.tie.Subscriber.Get(pbx.Extension)] = true
			wants[v.to]++
		}
		var still []mover
		for _, v := range moving {
			if wants[v.to] == 1 && (leaves[v.to] || m.left[v.to]) {
				still = append(still, v)
			}
		}
		if len(still) == len(moving) {
			break
		}
		moving = still
	}
	goes := map[string]bool{}
	for _, v := range moving {
		goes[v.person.ID] = true
	}
	for _, v := range m.movers {
		problems := v.wish.problems
		if goes[v.person.ID] {
			v.wish.fields[pbx.Extension] = v.to
		} else {
			problems = append(problems, extensionTaken(v.to))
		}
		m.stand(v.person, Standing{State: Linked, Problems: m.bring(v.person, v.tie, v.wish.fields, problems)})
	}
}

// promised is what is wanted for a create that was begun, with the extension that
// it was begun with, or where that is in use by now, the next free one.
func (m *maker) promised(t Tied, fields pbx.Fields) pbx.Fields {
	ext := t.Written[pbx.Extension]
	if t.Held || m.in.Settings.Extension.From != directory.NextFree || ext == "" {
		return fields
	}
	if m.inUse(ext) {
		ext = m.nextFree()
	}
	m.given[ext] = true
	fields = maps.Clone(fields) // it may be wanted of a second entry, too
	fields[pbx.Extension] = ext
	return fields
}

// nextFree is the first extension that is neither in use nor resting.
func (m *maker) nextFree() string {
	for ; ; m.next++ {
		if ext := strconv.Itoa(m.next); !m.inUse(ext) && !m.in.Resting[ext] {
			return ext
		}
	}
}

func extensionTaken(ext string) pbx.Reason {
	return pbx.Reason{Code: "extensionTaken", Args: map[string]string{"extension": ext}}
}
