package m365

import (
	"regexp"
	"slices"
	"strings"
)

// ruleTerm is one comparison of a membership rule.
type ruleTerm struct {
	property, operator, value string
	null                      bool
}

var ruleShape = regexp.MustCompile(`^\(*\s*user\.(\w+)\s+-(eq|ne|startsWith|contains)\s+(?:"([^"]*)"|(true|false|null))\s*\)*$`)

// parseRule reads a membership rule of comparisons joined by and, the part of
// Entra's language that is needed here. Of other rules nothing is decided.
func parseRule(rule string) ([]ruleTerm, bool) {
	var terms []ruleTerm
	for part := range strings.SplitSeq(rule, " and ") {
		m := ruleShape.FindStringSubmatch(strings.TrimSpace(part))
		if m == nil {
			return nil, false
		}
		terms = append(terms, ruleTerm{m[1], m[2], strings.ToLower(m[3] + m[4]), m[4] == "null"})
	}
	return terms, true
}

func (r ruleTerm) fits(p *Person) bool {
	values := users.values(p, r.property)
	some := func(f func(string, string) bool) bool {
		return slices.ContainsFunc(values, func(v string) bool { return f(strings.ToLower(v), r.value) })
	}
	equal := some(func(a, b string) bool { return a == b }) || r.null && len(values) == 0
	switch r.operator {
	case "eq":
		return equal
	case "ne":
		return !equal
	case "startsWith":
		return some(strings.HasPrefix)
	}
	return some(strings.Contains)
}

// dynamic puts a person into the dynamic groups whose rule he fits and takes
// him out of the others. Entra does so within minutes, we at once.
func (t *Tenant) dynamic(r *record[Person]) {
	for _, g := range t.groups.items {
		if g.state == live && g.value.RuleProcessingState == "On" {
			t.judge(g, r)
		}
	}
}

// judge decides about one person and one dynamic group.
func (t *Tenant) judge(g *record[Group], r *record[Person]) {
	terms, known := parseRule(g.value.MembershipRule)
	if !known || r.state != live {
		return
	}
	out := slices.ContainsFunc(terms, func(term ruleTerm) bool { return !term.fits(&r.value) })
	t.setMember(g, r.id, false, out)
}

// judgeAll fills a dynamic group whose rule is new.
func (t *Tenant) judgeAll(g *record[Group]) {
	if g.value.RuleProcessingState != "On" {
		return
	}
	for _, r := range t.people.items {
		t.judge(g, r)
	}
}
