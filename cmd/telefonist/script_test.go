package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"telefonist": main})
}

// The scripts drive the real program, each in a folder of its own.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"await": await, "pick": pick, "split": split, "nowhere": nowhere,
		},
	})
}

// await waits until a file holds what a pattern matches: await file pattern.
func await(ts *testscript.TestScript, neg bool, args []string) {
	pattern := regexp.MustCompile(args[1])
	for range 600 {
		text, err := os.ReadFile(ts.MkAbs(args[0]))
		if err == nil && pattern.Match(text) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	ts.Fatalf("%s never held %s:\n%s", args[0], args[1], ts.ReadFile(args[0]))
}

// pick sets a variable to what a pattern's group matches: pick VARIABLE file pattern.
func pick(ts *testscript.TestScript, neg bool, args []string) {
	found := regexp.MustCompile(args[2]).FindStringSubmatch(ts.ReadFile(args[1]))
	if found == nil {
		ts.Fatalf("%s does not hold %s", args[1], args[2])
	}
	ts.Setenv(args[0], found[1])
}

// split divides what simulate printed into settings and a secret: split file
// settings secret.
func split(ts *testscript.TestScript, neg bool, args []string) {
	var settings, secret strings.Builder
	for line := range strings.Lines(ts.ReadFile(args[0])) {
		if text, ok := strings.CutPrefix(line, "# client secret: "); ok {
			secret.WriteString(strings.TrimSpace(text) + "\n")
		}
		if !strings.HasPrefix(line, "#") {
			settings.WriteString(line)
		}
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(settings.String()), 0o600))
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(secret.String()), 0o600))
	ts.Check(os.Remove(ts.MkAbs(args[0])))
}

// nowhere fails where a file's text stands in any other file: nowhere file.
func nowhere(ts *testscript.TestScript, neg bool, args []string) {
	secret := strings.TrimSpace(ts.ReadFile(args[0]))
	if secret == "" {
		ts.Fatalf("%s is empty", args[0])
	}
	looked := 0
	ts.Check(filepath.Walk(ts.MkAbs("."), func(path string, info os.FileInfo, err error) error {
		if err != nil || !info.Mode().IsRegular() || path == ts.MkAbs(args[0]) {
			return err
		}
		looked++
		text, err := os.ReadFile(path)
		if strings.Contains(string(text), secret) {
			ts.Fatalf("%s holds the secret", path)
		}
		return err
	}))
	if looked == 0 {
		ts.Fatalf("there was nothing to look through")
	}
}
