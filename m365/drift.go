package m365

import (
	"fmt"
	"slices"
)

// Drift makes n small changes such as a company makes on any day: a new title,
// a move, a number, somebody hired, somebody gone. It returns a sentence for
// each, in Swedish as the people are. The seed decides which.
func (t *Tenant) Drift(n int) []string {
	var done []string
	for len(done) < n {
		if text := t.drift(); text != "" {
			done = append(done, text)
		} else if len(t.People()) == 0 {
			break
		}
	}
	return done
}

// drift makes one change, or none when chance picked somebody it does not fit.
func (t *Tenant) drift() string {
	if t.draw(100) < 12 {
		return t.hire()
	}
	id, p := t.somebody()
	if id == "" {
		return ""
	}
	switch k := t.draw(88); {
	case k < 22:
		title := pickDrawn(t, departments).titles[0]
		return t.edit(id, p.DisplayName+" har ny titel: "+title, func(p *Person) { p.JobTitle = title })
	case k < 37:
		to := pickDrawn(t, departments).name
		t.mu.RLock()
		boss := t.maker.heads[to]
		t.mu.RUnlock()
		return t.edit(id, p.DisplayName+" flyttar till "+to, func(p *Person) {
			p.Department = to
			if boss != p.ID {
				p.Manager = boss
			}
		})
	case k < 52:
		number := fmt.Sprintf("070-%03d %02d %02d", t.draw(1000), t.draw(100), t.draw(100))
		return t.edit(id, p.DisplayName+" har nytt mobilnummer", func(p *Person) { p.MobilePhone = number })
	case k < 58:
		surname := pickDrawn(t, nations[0].surnames)
		return t.edit(id, p.DisplayName+" heter nu "+surname, func(p *Person) {
			p.Surname, p.DisplayName = surname, p.GivenName+" "+surname
		})
	case k < 62:
		return t.edit(id, p.DisplayName+" har inget fast nummer längre", func(p *Person) { p.BusinessPhones = nil })
	case k < 78:
		return t.regroup(id, p)
	case k < 84:
		return t.edit(id, p.DisplayName+" har slutat (kontot spärrat)", func(p *Person) { p.AccountEnabled = false })
	default:
		if t.SoftDelete(id) != nil {
			return ""
		}
		return p.DisplayName + " har slutat (kontot borttaget)"
	}
}

// draw is a number below n out of the tenant's chance.
func (t *Tenant) draw(n int) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.rand.IntN(n)
}

func pickDrawn[T any](t *Tenant, list []T) T { return list[t.draw(len(list))] }

// somebody is an ordinary employee; the administrator is left in peace.
func (t *Tenant) somebody() (string, Person) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for range 50 {
		if len(t.people.items) == 0 {
			break
		}
		r := t.people.items[t.rand.IntN(len(t.people.items))]
		p := &r.value
		if r.state == live && p.AccountEnabled && p.UserType == "Member" && p.Role == "" {
			return r.id, *p
		}
	}
	return "", Person{}
}

func (t *Tenant) edit(id, text string, f func(*Person)) string {
	if t.ChangePerson(id, f) != nil {
		return ""
	}
	return text
}

// hire makes a new employee and puts him into his department's group.
func (t *Tenant) hire() string {
	t.mu.Lock()
	n := pickNation(t.rand)
	p := t.maker.employee(n, pickOne(t.rand, n.given), pickOne(t.rand, n.surnames))
	p.CreatedDateTime = t.now()
	t.mu.Unlock()
	t.AddPerson(p)
	for _, g := range t.Groups() {
		if g.DisplayName == "Avd "+p.Department && t.AddMember(g.ID, p.ID) != nil {
			return ""
		}
	}
	return p.DisplayName + " har börjat på " + p.Department
}

// regroup puts a person into a group, or takes him out where he is in it.
func (t *Tenant) regroup(id string, p Person) string {
	groups := t.Groups()
	if len(groups) == 0 {
		return ""
	}
	g := pickDrawn(t, groups)
	if slices.Contains(g.GroupTypes, "DynamicMembership") {
		return ""
	}
	if slices.Contains(t.Members(g.ID), id) {
		if t.RemoveMember(g.ID, id) != nil {
			return ""
		}
		return p.DisplayName + " är inte längre med i " + g.DisplayName
	}
	if t.AddMember(g.ID, id) != nil {
		return ""
	}
	return p.DisplayName + " är nu med i " + g.DisplayName
}
