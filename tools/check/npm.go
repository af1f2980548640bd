package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// npmFolder is a package.json with its lock, and where its modules go: into a
// copy under build, so that the sources stay clean.
type npmFolder struct {
	from, to string
	env      string // the variable that tells tests where value is
	value    string // a path under to
}

var npmFolders = []npmFolder{
	{"peers/msgraph", "build/peers/msgraph", "TELEFONIST_PEERS_NODE_MODULES", "."},
	{"browser/npm", "build/browser", "TELEFONIST_AXE", "node_modules/axe-core/axe.min.js"},
}

func (f npmFolder) exists() bool {
	_, err := os.Stat(filepath.Join(f.from, "package-lock.json"))
	return err == nil
}

// install brings exactly what the lock file names, and runs no package's own
// scripts. It does nothing where the same lock has been installed already.
func (f npmFolder) install(ctx context.Context) error {
	// npm writes this copy of the lock when everything is in place.
	done := filepath.Join(f.to, "node_modules/.package-lock.json")
	if _, err := os.Stat(done); err == nil && f.same("package.json") && f.same("package-lock.json") {
		return nil
	}
	_ = os.Remove(done)
	for _, file := range []string{"package.json", "package-lock.json"} {
		wanted, err := os.ReadFile(filepath.Join(f.from, file))
		if err := errors.Join(err, os.MkdirAll(f.to, 0o755),
			os.WriteFile(filepath.Join(f.to, file), wanted, 0o644)); err != nil {
			return fmt.Errorf("npm ci: %w", err)
		}
	}
	cmd := command(ctx, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
	cmd.Dir = f.to
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("npm ci in %s: %w\n%s", f.to, err, out)
	}
	return nil
}

// same says whether the copy of file is what the source is now.
func (f npmFolder) same(file string) bool {
	wanted, err := os.ReadFile(filepath.Join(f.from, file))
	held, errHeld := os.ReadFile(filepath.Join(f.to, file))
	return err == nil && errHeld == nil && bytes.Equal(wanted, held)
}

// variable is the environment entry for the tests.
func (f npmFolder) variable() (string, error) {
	path, err := filepath.Abs(filepath.Join(f.to, f.value))
	if err != nil {
		return "", err
	}
	return f.env + "=" + path, nil
}
