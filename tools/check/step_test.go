package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestBudgetsAddUpToTwentyMinutes(t *testing.T) {
	sum := installBudget
	for _, s := range steps {
		sum += s.budget
	}
	if sum != 20*time.Minute {
		t.Errorf("the budgets are %v in all, want 20m", sum)
	}
}

func TestGoFilesAndTags(t *testing.T) {
	t.Chdir(t.TempDir())
	for path, text := range map[string]string{
		"store/store.go":              "package store\n",
		"store/db/db_test.go":         "//go:build postgres\n\npackage db\n",
		"store/build/made_test.go":    "//go:build made\n\npackage made\n",
		"browser/npm/package.json":    "{}",
		"browser/node_modules/x/x.go": "package x\n",
	} {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		pattern, tag string
		exists, has  bool
	}{
		{"./store/...", "postgres", true, true},
		{"./store", "postgres", true, false},
		{"./store/...", "made", true, false},
		{"./browser/...", "browser", false, false},
		{"./crash/...", "crash", false, false},
	} {
		tests := tests{packages: []string{c.pattern}}
		if got := len(tests.existing()) > 0; got != c.exists {
			t.Errorf("%s exists: %v, want %v", c.pattern, got, c.exists)
		}
		if got := tagged(tests.packages, c.tag); got != c.has {
			t.Errorf("%s has tests tagged %s: %v, want %v", c.pattern, c.tag, got, c.has)
		}
	}
}

func TestChooseRefusesUnknownSteps(t *testing.T) {
	if _, err := choose([]string{"lint", "lnit"}); err == nil {
		t.Error("lnit was taken for a step")
	}
	if got, err := choose([]string{"lint"}); err != nil || len(got) != 1 || got[0].name != "lint" {
		t.Errorf("choose(lint) = %v, %v", got, err)
	}
}
