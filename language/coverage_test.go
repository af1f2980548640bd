package language

import (
	"os"
	"regexp"
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
		{"../directory/entra/trouble.go", `return "(\w+)"`, []string{"trouble."}},
		{"../directory/entra/check.go", `"((?:signin|permission|expiry)\.\w+)"`, []string{""}},
		{"../desk/valid.go", `, "(\w+)"\)$`, []string{"invalid."}},
	}
	for _, c := range cases {
		text, err := os.ReadFile(c.file)
		if err != nil {
			t.Error(err)
			continue
		}
		found := regexp.MustCompile(`(?m)`+c.declared).FindAllStringSubmatch(string(text), -1)
		if len(found) == 0 {
			t.Errorf("%s declares nothing like %s", c.file, c.declared)
		}
		for _, m := range found {
			for _, family := range c.families {
				if key := family + m[len(m)-1]; !For(Swedish).Has(key) {
					t.Errorf("%s: %s has no text", c.file, key)
				}
			}
		}
	}
}
