package activity

import (
	"slices"
	"strings"

	"github.com/telefonist/telefonist/calendar"
)

// Compile puts rules in the order in which they are tried: the person's, those of
// her groups in the administrator's order, the organization's, the preset's. Those
// that are turned off are left out.
func Compile(person []Rule, groups [][]Rule, organization, preset []Rule) []Rule {
	all := slices.Concat(append(append([][]Rule{person}, groups...), organization, preset)...)
	return slices.DeleteFunc(all, func(r Rule) bool { return r.Off })
}

// Rules are the rules that a preset stands for, with a set's activities and what
// an organization has each show-as mean where it differs from the usual ("" for no
// opinion).
func (p Preset) Rules(set Set, showAs map[calendar.ShowAs]Key) []Rule {
	switch p {
	case ByStatus:
		return statusRules(showAs)
	case ByPrefix:
		return prefixRules(set)
	case ByBoth:
		return append(prefixRules(set), statusRules(showAs)...)
	}
	return nil
}

// prefixRules has a rule for each activity that has a prefix. Those that say that
// a person is gone count in her own appointments alone: a "SEM: Anna" that Anna
// sends to forty colleagues must not send forty on holiday.
func prefixRules(set Set) []Rule {
	var rules []Rule
	for _, a := range set {
		if a.Prefix == "" {
			continue
		}
		r := Rule{ID: "prefix/" + string(a.Key), If: Condition{Prefix: strings.ToUpper(a.Prefix), Own: MustBe}, Then: a.Key, Preset: ByPrefix}
		if a.Key == Meeting || a.Key == Busy {
			r.If.Own = NotAsked
		}
		rules = append(rules, r)
	}
	return rules
}

// statusRules has rules for each show-as of Outlook. An event all day that is
// shown as free (a birthday) has no opinion whatever free means, and one that is
// shown as out of office counts only where the person made it.
func statusRules(showAs map[calendar.ShowAs]Key) []Rule {
	var rules []Rule
	add := func(id string, then Key, c Condition) {
		if own, ok := showAs[c.ShowAs]; ok {
			then = own
		}
		rules = append(rules, Rule{ID: "status/" + id, If: c, Then: then, Preset: ByStatus})
	}
	add("free", "", Condition{ShowAs: calendar.Free, AllDay: MustNot})
	add("tentative", "", Condition{ShowAs: calendar.Tentative})
	if _, ok := showAs[calendar.Busy]; !ok {
		add("busy-others", Meeting, Condition{ShowAs: calendar.Busy, Others: MustBe})
	}
	add("busy", Busy, Condition{ShowAs: calendar.Busy})
	add("oof", Out, Condition{ShowAs: calendar.OutOfOffice, AllDay: MustNot})
	add("oof-days", Out, Condition{ShowAs: calendar.OutOfOffice, AllDay: MustBe, Own: MustBe})
	add("elsewhere", Home, Condition{ShowAs: calendar.Elsewhere})
	return rules
}

// Keep is what must be kept of events for rules to work: their words, categories
// and prefixes. What is shared, and how private events count, is for the caller to
// fill in.
func Keep(rules []Rule) calendar.Keep {
	var k calendar.Keep
	for _, r := range rules {
		if r.Off {
			continue
		}
		k.Words = with(k.Words, r.If.Word)
		k.Categories = with(k.Categories, r.If.Category)
		k.Prefixes = with(k.Prefixes, r.If.Prefix)
	}
	return k
}

func with(all []string, s string) []string {
	if s == "" || holds(all, s) {
		return all
	}
	return append(all, s)
}
