package telefonist_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/telefonist/telefonist"

// field is the packages that hold the values and pure functions of the trade.
const field = " phone directory calendar activity pbx "

// mayImport holds what each package may import, of ours. A folder without a
// row belongs to the nearest one above it that has a row. "*" is everything.
var mayImport = map[string]string{
	"cmd/telefonist": "*", // wires

	"name":          "", // any package may import it
	"calendar/zone": "",
	"phone":         "",
	"directory":     "phone",
	"calendar":      "calendar/zone",
	"activity":      "calendar calendar/zone",
	"pbx":           "phone activity",
	"plan":          "phone directory pbx",
	"organization":  "phone directory calendar activity calendar/zone",
	"language":      "", // for notify, api, console and cmd alone
	"setup":         "", // for desk and cmd alone
	"seal":          "", // for cmd, and for tests

	// Protocols, usable alone by strangers; none imports another.
	"graph": "",
	"ntlm":  "",
	"m365":  "",
	"sip":   "",
	"ews":   "",

	// Drivers: a protocol on one side, the field on the other.
	"directory/entra":   "directory graph",
	"calendar/outlook":  "calendar calendar/zone graph",
	"calendar/exchange": "calendar calendar/zone ews ntlm",
	"pbx/builtin":       "phone activity pbx store",
	"pbx/presence":      "activity pbx sip language",
	"pbx/pbxtest":       "phone activity directory pbx plan",
	"drivers":           field + "organization store graph directory/entra calendar/outlook calendar/exchange pbx/builtin pbx/presence",

	// Machinery.
	"store":     "phone directory calendar activity pbx organization",
	"engine":    "",
	"reconcile": field + "plan organization store engine",
	"phonebook": "phone activity pbx",
	"notify":    "pbx organization plan store language", // pbx, whose changes a plan is made of

	// Faces.
	"desk":    field + "calendar/zone plan organization setup store phonebook notify reconcile",
	"api":     field + "plan organization language desk client",
	"client":  "",
	"console": field + "calendar/zone plan organization language desk",

	// What only tests and developers use.
	"peers":             "peers/postgres",
	"peers/postgres":    "",
	"peers/kamailio":    "",
	"peers/apache":      "",
	"peers/exchangelib": "ntlm ews",           // for its tests: our clients and strangers at one simulated server
	"peers/office":      "client language",    // for its tests, which drive the program
	"peers/exchange":    "client",             // the same
	"peers/phone":       "sip peers/kamailio", // for its tests: what is published at one is shown by the other
	"tools":             "peers/postgres peers/kamailio peers/apache peers/exchangelib peers/phone",
	"bench":             "*",
	"browser":           "*",
	"crash":             "*",
}

// testsMayImport is what test files may import besides: what stands in for
// the world outside, the store with the organizations it keeps, and graph,
// whose Cloud says to drivers where Microsoft is.
const testsMayImport = "m365 pbx/pbxtest pbx/builtin drivers store organization peers peers/kamailio peers/apache peers/phone seal graph"

// wired is the packages whose tests bring up the whole program, as
// cmd/telefonist does, and may import everything for it.
const wired = "api console client"

// longest is how many packages a chain of imports may have.
const longest = 9

func TestImports(t *testing.T) {
	imports := map[string][]string{}
	for _, f := range sources(t) {
		row := rowOf(f.dir)
		if row == "" {
			if !f.test {
				t.Errorf("%s: package %s has no row in the table", f.path, f.dir)
			}
			continue
		}
		allowed := mayImport[row] + " name"
		if f.test {
			allowed += " " + testsMayImport
		} else {
			for _, imported := range f.imports {
				if imported != "name" { // which any package may import
					imports[f.dir] = append(imports[f.dir], imported)
				}
			}
		}
		for _, imported := range f.imports {
			to := rowOf(imported)
			all := mayImport[row] == "*" || f.test && slices.Contains(strings.Fields(wired), row)
			if to != row && !all && !slices.Contains(strings.Fields(allowed), to) {
				t.Errorf("%s: %s may not import %s", f.path, row, imported)
			}
		}
	}
	for dir := range imports {
		if chain := chainFrom(dir, imports); len(chain) > longest {
			t.Errorf("a chain of %d packages, want %d at most: %s", len(chain), longest, strings.Join(chain, " > "))
		}
	}
}

func TestTableHasNoCircle(t *testing.T) {
	for row := range mayImport {
		seen := map[string]bool{}
		for todo := strings.Fields(mayImport[row]); len(todo) > 0; todo = todo[1:] {
			if todo[0] == row {
				t.Errorf("%s may import itself by way of others", row)
			}
			if _, known := mayImport[todo[0]]; !known && todo[0] != "*" {
				t.Errorf("%s may import %s, which has no row", row, todo[0])
			}
			if !seen[todo[0]] {
				seen[todo[0]] = true
				todo = append(todo, strings.Fields(mayImport[todo[0]])...)
			}
		}
	}
}

// source is a Go file: the folder of its package, and what it imports of ours.
type source struct {
	path, dir string
	test      bool
	imports   []string
}

func sources(t *testing.T) []source {
	t.Helper()
	var out []source
	err := filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return skipDir(file, d.Name())
		}
		if filepath.Ext(file) != ".go" {
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		file = filepath.ToSlash(file)
		s := source{path: file, dir: path.Dir(file), test: strings.HasSuffix(file, "_test.go")}
		for _, spec := range parsed.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if ours, ok := strings.CutPrefix(imported, module+"/"); ok {
				s.imports = append(s.imports, ours)
			}
		}
		out = append(out, s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// skipDir leaves out what is made, what go itself ignores, and benchpeers,
// which is a module of its own.
func skipDir(file, name string) error {
	ignored := []string{"build", "data", "node_modules", "testdata", "benchpeers"}
	if file != "." && (strings.HasPrefix(name, ".") || slices.Contains(ignored, name)) {
		return filepath.SkipDir
	}
	return nil
}

// rowOf returns the row of the table that holds for dir, or "".
func rowOf(dir string) string {
	for ; dir != "."; dir = path.Dir(dir) {
		if _, ok := mayImport[dir]; ok {
			return dir
		}
	}
	return ""
}

// chainFrom returns the longest chain of imports that begins with dir. It
// ends, because Go allows no circles.
func chainFrom(dir string, imports map[string][]string) []string {
	var rest []string
	for _, to := range slices.Sorted(maps.Keys(set(imports[dir]))) {
		if c := chainFrom(to, imports); len(c) > len(rest) {
			rest = c
		}
	}
	return append([]string{dir}, rest...)
}

func set(items []string) map[string]bool {
	out := map[string]bool{}
	for _, i := range items {
		out[i] = true
	}
	return out
}
