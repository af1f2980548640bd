package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestCountTests lets the go command run small packages and counts what it
// really prints.
func TestCountTests(t *testing.T) {
	for _, c := range []struct {
		name, body string
		want       string
		shown      []string // what the output must hold
		hidden     string   // and what not
	}{
		{"pass", `func TestA(t *testing.T) { t.Log("quiet"); t.Run("x", func(t *testing.T) {}); t.Run("y", func(t *testing.T) {}) }
func TestB(t *testing.T) {}`,
			"3 passed, 0 failed, 0 skipped", nil, "quiet"},
		{"fuzz seeds", `func FuzzA(f *testing.F) { f.Add("a"); f.Add("b"); f.Fuzz(func(*testing.T, string) {}) }`,
			"2 passed, 0 failed, 0 skipped", nil, "FuzzA"},
		{"skip", `func TestA(t *testing.T) { t.Skip("why") }`,
			"0 passed, 0 failed, 1 skipped", nil, "why"},
		{"subtest", `func TestA(t *testing.T) { t.Run("x", func(t *testing.T) { t.Error("crooked") }); t.Run("y", func(t *testing.T) {}) }
func TestB(t *testing.T) { t.Log("quiet") }`,
			"2 passed, 1 failed, 0 skipped", []string{"FAIL small TestA/x", "crooked"}, "quiet"},
		{"own", `func TestA(t *testing.T) { t.Run("x", func(t *testing.T) {}); t.Error("of its own") }`,
			"1 passed, 1 failed, 0 skipped", []string{"of its own"}, "quiet"},
		{"panic", `func TestA(t *testing.T) { t.Run("x", func(t *testing.T) { panic("aground") }) }
func TestB(t *testing.T) {}`,
			"0 passed, 1 failed, 0 skipped", []string{"aground"}, "quiet"},
		{"exit", `func TestA(t *testing.T) { os.Exit(3) }`,
			"0 passed, 1 failed, 0 skipped", []string{"TestA"}, "quiet"},
		{"main", `func TestA(t *testing.T) {}
func TestMain(m *testing.M) { m.Run(); println("leaked"); os.Exit(1) }`,
			"1 passed, 1 failed, 0 skipped", []string{"FAIL small", "leaked"}, "quiet"},
		{"build", `func TestA(t *testing.T) { undefined() }`,
			"0 passed, 1 failed, 0 skipped", []string{"undefined: undefined"}, "quiet"},
		{"vet", `func TestA(t *testing.T) { t.Errorf("%d", "no number") }`,
			"0 passed, 1 failed, 0 skipped", []string{"wrong type"}, "quiet"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out bytes.Buffer
			got, err := countTests(bytes.NewReader(goTestJSON(t, c.body)), &out)
			if err != nil {
				t.Fatal(err)
			}
			if got.String() != c.want {
				t.Errorf("counted %s, want %s", got, c.want)
			}
			for _, s := range c.shown {
				if !strings.Contains(out.String(), s) {
					t.Errorf("the output lacks %q:\n%s", s, &out)
				}
			}
			if c.hidden != "" && strings.Contains(out.String(), c.hidden) {
				t.Errorf("the output shows %q:\n%s", c.hidden, &out)
			}
			if len(got.skips) != got.skipped {
				t.Errorf("names %d of %d skipped tests", len(got.skips), got.skipped)
			}
		})
	}
}

// goTestJSON returns what go test -json prints of a package with body.
func goTestJSON(t *testing.T, body string) []byte {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":        "module small\n\ngo 1.26.0\n",
		"small_test.go": "package small\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n\nvar _ = os.Exit\n\n" + body + "\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("go", "test", "-json", "./...")
	cmd.Dir = dir
	out, err := cmd.Output()
	if len(out) == 0 {
		t.Fatalf("go test -json prints nothing: %v", err)
	}
	return out
}
