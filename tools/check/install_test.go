package main

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestRefuseServices(t *testing.T) {
	const own = "#!/bin/sh\nexit 0\n"
	for _, c := range []struct {
		name          string
		before        string
		during, after string // "" is no file
	}{
		{"none", "", refusal, ""},
		{"the system's own stays", own, own, own},
		{"ours, left behind by a killed run", refusal, refusal, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "sbin/policy-rc.d")
			if c.before != "" {
				if err := errors.Join(os.Mkdir(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(c.before), 0o755)); err != nil {
					t.Fatal(err)
				}
			}
			allow, err := refuseServices(path)
			if err != nil {
				t.Fatal(err)
			}
			if got := content(t, path); got != c.during {
				t.Errorf("while installing it is %q, want %q", got, c.during)
			}
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o755 {
				t.Errorf("it can't be run: %v, %v", info, err)
			}
			if err := allow(); err != nil {
				t.Fatal(err)
			}
			if got := content(t, path); got != c.after {
				t.Errorf("afterwards it is %q, want %q", got, c.after)
			}
		})
	}
}

func content(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return string(text)
}

func TestMissingNamesEachOnce(t *testing.T) {
	lacking := need{name: "a", found: func() bool { return false }}
	here := need{name: "b", found: func() bool { return true }}
	if got := missing([]need{lacking, here, lacking}); len(got) != 1 || got[0].name != "a" {
		t.Errorf("missing %v, want a alone", got)
	}
}
