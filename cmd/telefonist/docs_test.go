package main

import (
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"
)

// root is the folder of the repository.
const root = "../.."

var (
	codeBlock = regexp.MustCompile("(?ms)^ *```[a-z]*\n(.*?)^ *```$")
	ourLine   = regexp.MustCompile(`^(?:build/|docker exec telefonist /)?telefonist (.+)$`)
	keyRow    = regexp.MustCompile("(?m)^\\| `([a-zA-Z.-]+)` \\| (\\S+) \\|")
)

// TestDocsCommands wants each line "telefonist …" of the documentation to be one
// that the program understands.
func TestDocsCommands(t *testing.T) {
	texts := map[string]string{}
	for _, pattern := range []string{"*.md", "docs/*.md"} {
		files, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			texts[file] = read(t, file)
		}
	}
	t.Chdir(t.TempDir())
	for _, name := range []string{"telefonist.yaml", "telefonist.cer", "company-ca.pem", "foretag-ca.pem"} { // files that lines speak of must be there
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	seen := 0
	for _, file := range slices.Sorted(maps.Keys(texts)) {
		for _, line := range ourLines(texts[file]) {
			seen++
			if err := understood(words(line)); err != nil {
				t.Errorf("%s: telefonist %s: %v", filepath.Base(file), line, err)
			}
		}
	}
	if seen < 20 {
		t.Errorf("found %d lines, want the documentation's", seen)
	}
}

func understood(args []string) error {
	parser, err := kong.New(&commands{}, kong.Name("telefonist"), kong.Vars{"version": version()},
		kong.ExplicitGroups([]kong.Group{{Key: "running", Title: "Of a running server:"}}))
	if err != nil {
		return err
	}
	_, err = parser.Parse(args)
	return err
}

// ourLines are the command lines in a text's code blocks, without the program.
func ourLines(text string) []string {
	var all []string
	for _, block := range codeBlock.FindAllStringSubmatch(text, -1) {
		code := strings.ReplaceAll(block[1], "\\\n", " ")
		for line := range strings.Lines(code) {
			if m := ourLine.FindStringSubmatch(strings.TrimSpace(line)); m != nil {
				all = append(all, m[1])
			}
		}
	}
	return all
}

// words splits a line as a shell does, up to a comment or where it reads or writes; it
// knows single quotes and no other quoting.
func words(line string) []string {
	var all []string
	for i, part := range strings.Split(line, "'") {
		if i%2 == 1 {
			all = append(all, part)
			continue
		}
		for _, word := range strings.Fields(part) {
			if word == ">" || word == "<" || word == "#" || word == "|" {
				return all
			}
			all = append(all, word)
		}
	}
	return all
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestDocsSettings wants the table in docs/operating.md to name every setting with
// its variable, and nothing else.
func TestDocsSettings(t *testing.T) {
	want := map[string]string{}
	settingsKeys(reflect.TypeFor[Settings](), "", want)
	got := map[string]string{}
	for _, m := range keyRow.FindAllStringSubmatch(read(t, filepath.Join(root, "docs/operating.md")), -1) {
		if m[2] == "–" || strings.HasPrefix(m[2], "`TELEFONIST_") {
			got[m[1]] = strings.Trim(m[2], "`–")
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("settings, -the program's +the documentation's:\n%s", diff)
	}
}

// settingsKeys puts each key's variable into keys, "" for what is set in the file
// alone.
func settingsKeys(of reflect.Type, path string, keys map[string]string) {
	for i := range of.NumField() {
		f := of.Field(i)
		key := path + f.Tag.Get("yaml")
		switch f.Type.Kind() {
		case reflect.Struct:
			settingsKeys(f.Type, key+".", keys)
		case reflect.Map:
			keys[key] = ""
			settingsKeys(f.Type.Elem(), key+".NAME.", keys)
		default:
			keys[key] = "TELEFONIST_" + strings.NewReplacer("-", "_", ".", "_").Replace(strings.ToUpper(key))
			if strings.Contains(key, ".NAME.") {
				keys[key] = ""
			}
		}
	}
}
