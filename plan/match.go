package plan

import (
	"strings"

	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/name"
	"github.com/telefonist/telefonist/pbx"
)

// index finds entries by what a person and an entry can have in common.
type index struct {
	entries  []candidate
	mail     map[string][]int
	number   map[string][]int
	name     map[string][]int
	employee map[string][]int
}

// candidate is an entry that a person may be tied to; of one whose person has
// left, a newcomer with the same mail or name is possibly somebody else.
type candidate struct {
	pbx.Subscriber
	left bool
}

func newIndex(candidates []candidate, shared map[string]bool) *index {
	x := &index{mail: map[string][]int{}, number: map[string][]int{}, name: map[string][]int{}, employee: map[string][]int{}}
	for _, c := range candidates {
		x.add(c, shared)
	}
	return x
}

func (x *index) add(c candidate, shared map[string]bool) {
	i := len(x.entries)
	x.entries = append(x.entries, c)
	put := func(m map[string][]int, key string) {
		if key == "" {
			return
		}
		if list := m[key]; len(list) == 0 || list[len(list)-1] != i {
			m[key] = append(m[key], i)
		}
	}
	put(x.mail, strings.ToLower(c.Get(pbx.Mail)))
	put(x.mail, strings.ToLower(c.Get(pbx.UserName)))
	for line := range strings.Lines(c.Get(pbx.Mails)) {
		line = strings.ToLower(strings.TrimSpace(line))
		put(x.mail, strings.TrimPrefix(line, "smtp:"))
	}
	put(x.name, name.Match(entryName(c.Subscriber)))
	put(x.employee, c.Get(pbx.EmployeeID))
	if c.left {
		return // a telephone number is passed on with the desk
	}
	for _, f := range pbx.Numbers() {
		if n := c.Get(f); !shared[n] {
			put(x.number, n)
		}
	}
}

func entryName(s pbx.Subscriber) string {
	if first, last := s.Get(pbx.FirstName), s.Get(pbx.LastName); first != "" && last != "" {
		return first + " " + last
	}
	return s.Get(pbx.DisplayName)
}

// suggest lists the entries that may be p, best first: mail, number, employee
// id, name. Nothing is ever sure by name.
func (x *index) suggest(p directory.Person, wanted pbx.Fields, once func(address string) bool) []Suggestion {
	var found []Suggestion
	seen := map[int]bool{}
	add := func(i int, code string, sure bool) {
		if seen[i] {
			return
		}
		seen[i] = true
		reason := pbx.Reason{Code: code}
		if x.entries[i].left {
			reason.Args, sure = map[string]string{"other": "true"}, false
		}
		found = append(found, Suggestion{x.entries[i].Subscriber, reason, sure})
	}
	for _, address := range p.Addresses() {
		hits := x.mail[address]
		for _, i := range hits {
			add(i, "mail", len(hits) == 1 && once(address))
		}
	}
	for _, f := range pbx.Numbers() {
		if n := wanted[f]; n != "" {
			for _, i := range x.number[n] {
				add(i, "number", false)
			}
		}
	}
	if id := p.Get(directory.EmployeeID); id != "" {
		for _, i := range x.employee[id] {
			add(i, "employeeId", false)
		}
	}
	for _, i := range x.name[name.Match(personName(p))] {
		add(i, "name", false)
	}
	return found
}

func personName(p directory.Person) string {
	if first, last := p.Get(directory.GivenName), p.Get(directory.Surname); first != "" && last != "" {
		return first + " " + last
	}
	return p.Get(directory.DisplayName)
}

// sureOne is the only entry that is surely p, if there is just one.
func sureOne(found []Suggestion) (Suggestion, bool) {
	var one Suggestion
	n := 0
	for _, s := range found {
		if s.Sure {
			one = s
			n++
		}
	}
	return one, n == 1
}

// sharedNumbers are the numbers that more than one person or entry has.
func sharedNumbers(known map[string]bool, wanted []pbx.Fields) map[string]bool {
	shared := map[string]bool{}
	for n, several := range known {
		if several {
			shared[n] = true
		}
	}
	seen := map[string]bool{}
	for _, fields := range wanted {
		for n := range OwnNumbers(fields) {
			if seen[n] {
				shared[n] = true
			}
			seen[n] = true
		}
	}
	return shared
}

// OwnNumbers are the different numbers among fields.
func OwnNumbers(fields pbx.Fields) map[string]bool {
	own := map[string]bool{}
	for _, f := range pbx.Numbers() {
		if n := fields[f]; n != "" {
			own[n] = true
		}
	}
	return own
}
