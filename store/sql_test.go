package store

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// statements returns each SQL text of the package with where it stands: those of
// query/ but operator.sql, and those written by hand.
func statements(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	files, _ := filepath.Glob("query/*.sql")
	for _, file := range files {
		text := must(os.ReadFile(file))(t)
		for _, part := range strings.Split(string(text), "-- name: ")[1:] {
			name, query, _ := strings.Cut(part, " ")
			_, query, _ = strings.Cut(query, "\n")
			texts[filepath.Base(file)+" "+name] = strings.TrimSpace(query)
		}
	}
	sources, _ := filepath.Glob("*.go")
	for _, file := range sources {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		tree := must(parser.ParseFile(token.NewFileSet(), file, nil, 0))(t)
		ast.Inspect(tree, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				text, _ := strconv.Unquote(lit.Value)
				if sqlVerb.MatchString(text) {
					texts[file+" "+text[:min(60, len(text))]] = text
				}
			}
			return true
		})
	}
	if len(texts) < 150 {
		t.Fatalf("only %d statements were found", len(texts))
	}
	return texts
}

var (
	sqlVerb  = regexp.MustCompile(`^(SELECT|INSERT INTO|UPDATE|DELETE FROM) `)
	sqlTable = regexp.MustCompile(`\b(?:FROM|JOIN|INTO|UPDATE) ([a-z_%\[\]0-9s]+)`)
	ownRows  = regexp.MustCompile(`\borganization = (?:\$1|v\.organization)`)
	ordered  = regexp.MustCompile(`(?s)ORDER BY (.*?)(?: LIMIT|;|$)`)
	column   = regexp.MustCompile(`(?m)^    ([a-z_]+) +(TEXT|BIGINT|BOOLEAN|BYTEA) +NOT NULL`)
)

// Every statement names its organization as often as it names a table, unless it
// stands in operator.sql.
func TestEachStatementNamesItsOrganization(t *testing.T) {
	for where, text := range statements(t) {
		if strings.HasPrefix(where, "operator.sql") || strings.Contains(text, "pg_notify") {
			continue
		}
		tables := 0
		for _, m := range sqlTable.FindAllStringSubmatch(text, -1) {
			if m[1] != "" && !strings.HasPrefix(m[1], "operator_") {
				tables++
			}
		}
		named := len(ownRows.FindAllString(text, -1))
		if strings.HasPrefix(text, "INSERT INTO") {
			if !regexp.MustCompile(`^INSERT INTO [a-z_]+ \((organization,|email,)`).MatchString(text) {
				t.Errorf("%s does not begin with the organization", where)
			}
			named++
		}
		if named < tables {
			t.Errorf("%s names %d tables and its organization %d times:\n%s", where, tables, named, text)
		}
		if !strings.HasPrefix(text, "INSERT INTO") && !strings.Contains(text, "$1") && !strings.Contains(text, "v.organization") {
			t.Errorf("%s has no organization for an argument", where)
		}
	}
}

// schema returns the columns' types, table by table.
func schema(t *testing.T) map[string]map[string]string {
	t.Helper()
	tables := map[string]map[string]string{}
	files, _ := filepath.Glob("migrations/*.sql")
	for _, file := range files {
		for _, part := range strings.Split(string(must(os.ReadFile(file))(t)), "CREATE TABLE ")[1:] {
			name, rest, _ := strings.Cut(part, " (")
			body, _, _ := strings.Cut(rest, "\n);")
			tables[name] = map[string]string{}
			for _, m := range column.FindAllStringSubmatch(body, -1) {
				tables[name][m[1]] = m[2]
			}
		}
	}
	return tables
}

// Text sorts differently in each database, so nothing is ordered by it.
func TestOrderIsByNumbersAndBytes(t *testing.T) {
	tables := schema(t)
	seen := 0
	for where, text := range statements(t) {
		for _, m := range ordered.FindAllStringSubmatch(text, -1) {
			table := sqlTable.FindStringSubmatch(text)[1]
			if where == "operator.sql OrganizationStates" || where == "operator.sql Memberships" {
				table = "organization"
			}
			for _, by := range strings.Split(m[1], ",") {
				by = strings.TrimSuffix(strings.TrimSpace(by), " DESC")
				by = by[strings.LastIndex(by, ".")+1:]
				seen++
				if kind := tables[table][by]; kind != "BIGINT" && kind != "BYTEA" {
					t.Errorf("%s is ordered by %s.%s, a %s", where, table, by, kind)
				}
			}
		}
	}
	if seen < 30 {
		t.Errorf("only %d orders were found", seen)
	}
}

// Every table but operator_* begins with its organization, and its key does.
func TestEachTableBeginsWithItsOrganization(t *testing.T) {
	files, _ := filepath.Glob("migrations/*.sql")
	for _, file := range files {
		for _, part := range strings.Split(string(must(os.ReadFile(file))(t)), "CREATE TABLE ")[1:] {
			name, rest, _ := strings.Cut(part, " (\n")
			body, _, _ := strings.Cut(rest, "\n);")
			if strings.HasPrefix(name, "operator_") {
				continue
			}
			if !strings.HasPrefix(strings.TrimSpace(body), "organization ") {
				t.Errorf("table %s does not begin with its organization", name)
			}
			if name != "organization" && !strings.Contains(body, "PRIMARY KEY (organization, ") {
				t.Errorf("the key of table %s does not begin with its organization", name)
			}
		}
	}
}

// Deleting a customer leaves no table out.
func TestErasedListsEveryTable(t *testing.T) {
	listed := map[string]bool{"organization": true}
	for _, e := range erased {
		listed[e[0]] = true
	}
	for table := range schema(t) {
		if !strings.HasPrefix(table, "operator_") && !listed[table] {
			t.Errorf("table %s is not erased", table)
		}
	}
}
