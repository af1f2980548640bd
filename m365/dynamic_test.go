package m365_test

import (
	"slices"
	"testing"

	"github.com/telefonist/telefonist/m365"
)

// Who fits a dynamic group's rule is in it, and delta tells of it as of any
// other change.
func TestDynamicGroupsFollowTheirRule(t *testing.T) {
	w := start(t, m365.Options{People: 30, Seed: 1})
	group := w.tenant.AddGroup(m365.Group{
		DisplayName: "Lagret", GroupTypes: []string{"DynamicMembership"}, RuleProcessingState: "On",
		MembershipRule: `(user.department -eq "Lager") and (user.accountEnabled -eq true)`,
	})
	fits := func() (ids []string) {
		for _, p := range w.tenant.People() {
			if p.Department == "Lager" && p.AccountEnabled {
				ids = append(ids, p.ID)
			}
		}
		return ids
	}
	sorted := func(ids []string) []string { return slices.Sorted(slices.Values(ids)) }
	check := func(when string) {
		t.Helper()
		if got, want := sorted(w.tenant.Members(group)), sorted(fits()); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", when, got, want)
		}
	}
	check("at first")
	link := w.round("/v1.0/groups/delta?$select=displayName,members&$filter=id eq '" + group + "'")
	id := w.tenant.AddPerson(m365.Person{DisplayName: "Kim", Department: "Lager", AccountEnabled: true})
	check("hired")
	if got, _ := w.all(link); len(got) != 1 {
		t.Errorf("delta: %v", got)
	}
	w.must(w.tenant.Disable(id))
	check("disabled")
	w.must(w.tenant.Enable(id))
	check("enabled")
	w.must(w.tenant.ChangePerson(id, func(p *m365.Person) { p.Department = "HR" }))
	check("moved")
	w.must(w.tenant.ChangeGroup(group, func(g *m365.Group) { g.MembershipRule = `user.displayName -startsWith "kim"` }))
	if got := w.tenant.Members(group); !slices.Equal(got, []string{id}) {
		t.Errorf("by the new rule: %v", got)
	}
}
