package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// step is one part of the check and one line of its time table.
type step struct {
	name   string
	what   string        // what the table says of it
	budget time.Duration // on two cores
	needs  []need
	tests  *tests // nil for lint
}

// tests is one run of go test.
type tests struct {
	tag      string
	also     string // a further tag
	race     bool
	run      string   // go test's -run
	env      []string // KEY=value
	packages []string // folders; one that ends in /... with those below it
}

// steps in the order in which they run. The budgets, with install's four
// minutes, add up to the twenty that the whole may take.
var steps = []step{
	{name: "lint", what: "build, gofmt, vet, staticcheck", budget: 3 * time.Minute},
	{name: "unit", what: "unit, store on SQLite", budget: 3 * time.Minute,
		tests: &tests{packages: []string{"./..."}}},
	{name: "postgres", what: "store and register on PostgreSQL", budget: time.Minute, needs: []need{database},
		tests: &tests{tag: "postgres", packages: []string{"./store/...", "./pbx/builtin"}}},
	{name: "race", what: "race detector", budget: 150 * time.Second, needs: []need{compiler},
		tests: &tests{race: true, packages: []string{"./graph", "./ntlm", "./ews", "./sip", "./engine", "./reconcile"}}},
	{name: "peers", what: "real peers", budget: 150 * time.Second, needs: []need{node, database, switchboard, telephone, signIn, calendars},
		tests: &tests{tag: "peers", packages: []string{"./peers/...", "./pbx/presence", "./ntlm", "./ews", "./m365"}}},
	{name: "browser", what: "console in Chromium", budget: 150 * time.Second, needs: []need{chromium, node},
		tests: &tests{tag: "browser", packages: []string{"./browser/..."}}},
	{name: "kills", what: "kill -9 in mid round and mid day", budget: 90 * time.Second, needs: []need{database},
		tests: &tests{tag: "crash", also: "postgres", run: "Kill", env: []string{"TELEFONIST_KILLS=30"}, packages: []string{"./crash/..."}}},
}

// choose returns the steps of these names, all of them without a name, less
// those whose packages are not there.
func choose(names []string) ([]step, error) {
	known := map[string]bool{}
	for _, s := range steps {
		known[s.name] = true
	}
	wanted := map[string]bool{}
	for _, n := range names {
		if !known[n] {
			return nil, fmt.Errorf("no step %q", n)
		}
		wanted[n] = true
	}
	var out []step
	for _, s := range steps {
		if (len(names) == 0 || wanted[s.name]) && (s.tests == nil || len(s.tests.existing()) > 0) {
			out = append(out, s)
		}
	}
	return out, nil
}

// existing returns the packages that have Go files.
func (t *tests) existing() []string {
	var out []string
	for _, p := range t.packages {
		if files, _ := goFiles(p); len(files) > 0 {
			out = append(out, p)
		}
	}
	return out
}

// goTest runs the tests and says an error where they could not have failed:
// because there are none, or none behind the tag.
func (t *tests) goTest(ctx context.Context, c *check) (tally, error) {
	packages := t.existing()
	if t.tag != "" && !tagged(packages, t.tag) {
		return tally{}, fmt.Errorf("no test file of %s has the build tag %s", strings.Join(packages, " "), t.tag)
	}
	args := []string{"test", "-json", "-count=1", "-timeout=15m"}
	if t.tag != "" {
		args = append(args, "-tags", strings.TrimSuffix(t.tag+","+t.also, ","))
	}
	if t.race {
		args = append(args, "-race")
	}
	if t.run != "" {
		args = append(args, "-run", t.run)
	}
	cmd := command(ctx, "go", append(args, packages...)...)
	cmd.Env = append(c.environment(t.race), t.env...)
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	events, err := cmd.StdoutPipe()
	if err != nil {
		return tally{}, err
	}
	if err := cmd.Start(); err != nil {
		return tally{}, fmt.Errorf("go test: %w", err)
	}
	counted, errRead := countTests(events, c.out)
	errWait := cmd.Wait()
	switch {
	case ctx.Err() != nil:
		return counted, ctx.Err()
	case errRead != nil:
		return counted, errRead
	case errWait != nil && counted.failed == 0:
		return counted, fmt.Errorf("go test: %w\n%s", errWait, complaints.String())
	case counted.passed+counted.failed+counted.skipped == 0:
		return counted, errors.New("ran no test")
	}
	return counted, nil
}

// tagged says whether a test file of packages is built with tag alone.
func tagged(packages []string, tag string) bool {
	for _, p := range packages {
		files, _ := goFiles(p)
		for _, f := range files {
			source, err := os.ReadFile(f)
			if err == nil && strings.HasSuffix(f, "_test.go") && bytes.Contains(source, []byte("//go:build "+tag+"\n")) {
				return true
			}
		}
	}
	return false
}

// goFiles lists a package's Go files, with those below where pattern ends in
// /..., but nothing that is made: build, data and npm's modules.
func goFiles(pattern string) ([]string, error) {
	root, deep := strings.CutSuffix(pattern, "/...")
	var files []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != root && (!deep || made(d.Name())):
			return filepath.SkipDir
		case !d.IsDir() && strings.HasSuffix(path, ".go"):
			files = append(files, path)
		}
		return nil
	})
	return files, err
}

func made(folder string) bool {
	return folder == "build" || folder == "data" || folder == "node_modules" || strings.HasPrefix(folder, ".")
}
