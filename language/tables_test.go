package language

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestTablesAreWhole(t *testing.T) {
	for _, fault := range faults {
		t.Error(fault)
	}
	for _, tag := range Tags() {
		if len(strs[tag]) == 0 {
			t.Errorf("nothing in %s", tag)
		}
	}
}

func TestTheFaultsOfATableAreFound(t *testing.T) {
	table := func(text string) fs.FS {
		return fstest.MapFS{"strings/a.tsv": {Data: []byte(text)}, "strings/b.tsv": {Data: []byte("key\tsv\ten\nb\tbe\tbee\n")}}
	}
	cases := map[string][]string{
		"key\tsv\ten\n# hm\n\na\taa\tbb\n": nil,
		"key\tsv\ten\na\taa\n":             {"strings/a.tsv:2: 2 cells under 3 columns"},
		"key\tsv\ten\na\t\tbb\n":           {"strings/a.tsv:2: a has no text in sv"},
		"key\tsv\na\taa\n":                 {"strings/a.tsv:2: a has no text in en"},
		"key\tsv\ten\nb\taa\tbb\n":         {"strings/b.tsv:2: b stands twice"},
		"key\tnl\ten\tsv\na\tcc\tbb\taa\n": nil,
	}
	for text, want := range cases {
		_, got := read(table(text), Tags())
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
	if _, faults := read(fstest.MapFS{}, Tags()); len(faults) == 0 {
		t.Error("no tables is no fault")
	}
}

var placeholder = regexp.MustCompile(`\{[^}]*\}`)

// Each language says the same facts, in each of its forms.
func TestPlaceholdersAgree(t *testing.T) {
	for key, forms := range strs[Swedish] {
		want := facts(forms[0])
		for _, tag := range Tags() {
			others := strs[tag][key]
			if len(others) != len(forms) {
				t.Errorf("%s: %d forms in %s, %d in %s", key, len(others), tag, len(forms), Swedish)
			}
			for _, form := range others {
				if diff := cmp.Diff(want, facts(form)); diff != "" {
					t.Errorf("%s in %s: %s", key, tag, diff)
				}
				if strings.TrimSpace(form) != form || strings.Contains(form, "  ") {
					t.Errorf("%s in %s has spaces too many: %q", key, tag, form)
				}
			}
		}
	}
}

func facts(text string) []string {
	names := placeholder.FindAllString(text, -1)
	slices.Sort(names)
	return slices.Compact(names)
}

var (
	used     = regexp.MustCompile(`\.T\(\s*"([^"\n]+)"\s*([,)+])`)
	literals = regexp.MustCompile("[\"`]([a-z][A-Za-z0-9]*(?:\\.[A-Za-z0-9-]+)+)[\"`]")
	prefixes = regexp.MustCompile(`"([a-z][A-Za-z0-9.-]*\.)"\s*\+`)
)

// Each key that code asks for has its text. A key that code puts together,
// T("left."+reason), needs at least one text of that family.
func TestKeysInCodeHaveTexts(t *testing.T) {
	mentioned, families := map[string]bool{}, map[string]bool{}
	for path, text := range sources(t) {
		for _, m := range used.FindAllStringSubmatch(text, -1) {
			if key := m[1]; m[2] == "+" && !hasFamily(key) {
				t.Errorf("%s asks for the family %q, which has no texts", path, key)
			} else if m[2] != "+" && !For(Swedish).Has(key) {
				t.Errorf("%s asks for %q, which has no text", path, key)
			}
		}
		for _, m := range literals.FindAllStringSubmatch(text, -1) {
			mentioned[m[1]] = true
		}
		for _, m := range prefixes.FindAllStringSubmatch(text, -1) {
			families[m[1]] = true
		}
	}
	for _, key := range slices.Sorted(maps.Keys(strs[Swedish])) {
		if !mentioned[key] && !inFamily(key, families) {
			t.Logf("not used by any code: %s", key)
		}
	}
}

func hasFamily(prefix string) bool {
	for key := range strs[Swedish] {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return false
}

func inFamily(key string, families map[string]bool) bool {
	for i := range len(key) {
		if key[i] == '.' && families[key[:i+1]] {
			return true
		}
	}
	return false
}

// sources reads the project's Go and templ files, but not what is generated from
// them nor this package's tests.
func sources(t *testing.T) map[string]string {
	t.Helper()
	texts := make(map[string]string)
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if name == "build" || name == "node_modules" || name == "data" || strings.HasPrefix(name, ".") && name != ".." {
				return filepath.SkipDir
			}
			return nil
		}
		if strings.HasSuffix(name, "_templ.go") || strings.HasPrefix(path, "../language/") && strings.HasSuffix(name, "_test.go") {
			return nil
		}
		if ext := filepath.Ext(name); ext == ".go" || ext == ".templ" {
			text, err := os.ReadFile(path)
			texts[path] = string(text)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(texts) < 2 {
		t.Fatalf("only %d sources found", len(texts))
	}
	return texts
}
