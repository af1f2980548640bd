package language

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Each word of the field that a person may meet has its text. The words are read
// from where they are declared, so that a new one cannot be forgotten.
func TestWordsOfTheFieldHaveTexts(t *testing.T) {
	cases := []struct {
		file, declared string
		families       []string
	}{
		{"../phone/parse.go", `^\t\w+ +Reason += "([a-z-]+)"`, []string{"number."}},
		{"../directory/directory.go", `^\t\w+ +Field = "(\w+)"`, []string{"person."}},
		{"../directory/directory.go", `^\t\w+ +GroupKind = "(\w+)"`, []string{"group."}},
		{"../directory/mapping.go", `^\t\w+ +When = "(\w+)"`, []string{"when."}},
		{"../directory/scope.go", `^\t\w+ +Kind = "(\w+)"`, []string{"kinds.", "standing."}},
		{"../directory/scope.go", `^\t\w+ +Why = "(\w+)"`, []string{"standing."}},
		{"../directory/scope.go", `^\t\w+ +Operator = "(\w+)"`, []string{"operator."}},
		{"../directory/settings.go", `^\t\w+ +NewPeople = "(\w+)"`, []string{"new."}},
		{"../directory/settings.go", `^\t\w+ +ExtensionFrom = "(\w+)"`, []string{"extension."}},
		{"../pbx/pbx.go", `^\t\w+ +Field = "(\w+)"`, []string{"subscriber."}},
		{"../pbx/pbx.go", `^\t\w+ +Kind = "(\w+)"`, []string{"act."}},
		{"../plan/plan.go", `^\t\w+ +Left = "(\w+)"`, []string{"left."}},
		{"../plan/plan.go", `^\t\w+ +State = "(\w+)"`, []string{"state."}},
		{"../plan/hold.go", `exceeded\("(\w+)"`, []string{"hold."}},
		{"../plan/match.go", `add\(i, "(\w+)"`, []string{"suggestion.", "change."}},
		{"../organization/organization.go", `^\t\w+ +ScheduleMode = "(\w+)"`, []string{"schedule."}},
		{"../organization/organization.go", `^\t\w+ +Role = "(\w+)"`, []string{"role."}},
		{"../organization/organization.go", `^\t\w+ +CredentialKind = "(\w+)"`, []string{"credential."}},
		{"../store/rows.go", `^\t\w+ +RoundState = "(\w+)"`, []string{"round."}},
		{"../store/rows.go", `^\t\w+ +Cause = "(\w+)"`, []string{"cause."}},
		{"../store/rows.go", `^\t\w+ +ChangeState = "(\w+)"`, []string{"outcome."}},
		{"../graph/autherror.go", `^\t\w+ +Kind = "([a-z-]+)"`, []string{"signin."}},
		{"../directory/trouble.go", `^\t\w+ +Outcome = "(\w+)"`, []string{"check."}},
		{"../directory/entra/trouble.go", `return "(\w+)"`, []string{"failure."}},
		{"../directory/entra/check.go", `"((?:signin|permission|expiry)\.\w+)"`, []string{""}},
		{"../reconcile/decide.go", `^\tDo\w+ +Do = "(\w+)"`, []string{"do."}},
		{"../pbx/csv.go", `reason\("(\w+)"|Code: "(\w+)"`, []string{"csv."}},
		{"../pbx/csvcell.go", `return "", "(\w+)"`, []string{"csv."}},
		{"../desk/*.go", `(?:audit|write|auditOperator)\((?:ctx|[cv]\.actor|, )+"([a-z]+(?:\.[a-zA-Z]+)?)"`, []string{"audit."}},
		{"../desk/valid.go", `, "(\w+)"\)$`, []string{"invalid."}},
		{"../desk/calendarvalid.go", `, "(\w+)"\)$`, []string{"invalid."}},
		{"../calendar/calendar.go", `^\t\w+ +State = "(\w+)"`, []string{"health."}},
		{"../calendar/calendar.go", `^\t\w+ +ShowAs = "(\w+)"`, []string{"showas."}},
		{"../activity/activity.go", `^\t\w+ +Key = "(\w+)"`, []string{"activity."}},
		{"../activity/day.go", `^\t\w+ +Layer = "(\w+)"`, []string{"layer."}},
		{"../desk/day.go", `^\t\w+ +RuleOwner = "(\w+)"`, []string{"whose."}},
		{"../desk/mailboxlist.go", `: +"(\w+)",`, []string{"cure."}},
		{"../pbx/presence/*.go", `Refusal\{Code: "(\w+)"`, []string{"telling."}},
		{"../reconcile/lane.go", `(?:Refusal|Reason)\{Code: "(\w+)"`, []string{"telling."}},
		{"../calendar/calendar.go", `^\t\w+ +WayKind = "(\w+)"`, []string{"way.", "server.ways.", "what.way."}},
		{"../calendar/exchange/trouble.go", `^//\t(\w+) {2,}`, []string{"exchange."}},
		{"../calendar/exchange/*.go", `"(tried\.\w+)"`, []string{""}},
		{"../calendar/exchange/settings.go", `(?:wrong\(|, )"(\w+)"[})]`, []string{"invalid."}},
		{"../drivers/exchange.go", `"(exchange\.\w+)"`, []string{""}},
		{"../setup/exchange.go", `^\t\w+ +Right = "(\w+)"`, []string{"server.right."}},
		{"../drivers/calendar.go", `"(tenantWide|notTenantWide)"`, []string{"check."}},
	}
	for _, c := range cases {
		found := declared(t, c.file, c.declared)
		if len(found) == 0 {
			t.Errorf("%s declares nothing like %s", c.file, c.declared)
		}
		for _, word := range found {
			for _, family := range c.families {
				if key := family + word; !For(Swedish).Has(key) {
					t.Errorf("%s: %s has no text", c.file, key)
				}
			}
		}
	}
}

// A reason's family depends on where it is told; each code has a text in one.
func TestReasonsHaveTexts(t *testing.T) {
	families := []string{"change.", "problem.", "hold.", "failure.", "standing.", "left.", "csv.", "telling."}
	for _, pkg := range []string{"plan", "reconcile", "desk", "store"} {
		for _, code := range declared(t, "../"+pkg+"/*.go", `pbx\.Reason\{Code: "(\w+)"`) {
			if !slices.ContainsFunc(families, func(f string) bool { return For(Swedish).Has(f + code) }) {
				t.Errorf("%s: the reason %q has no text", pkg, code)
			}
		}
	}
}

// declared lists what pattern's groups match in the files, tests left out.
func declared(t *testing.T, files, pattern string) []string {
	t.Helper()
	paths, err := filepath.Glob(files)
	if err != nil || len(paths) == 0 {
		t.Errorf("%s: no files, %v", files, err)
	}
	var words []string
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Error(err)
		}
		for _, m := range regexp.MustCompile(`(?m)`+pattern).FindAllStringSubmatch(string(text), -1) {
			words = append(words, strings.Join(m[1:], "")) // one group matched, the others are empty
		}
	}
	return words
}
