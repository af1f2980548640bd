package store

import (
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/pressly/goose/v3"

	"github.com/telefonist/telefonist/organization"
)

// released are the schemas that stand in databases out there, by the sum of their
// statements: a change of them is a file of its own.
var released = map[string]string{
	"00001_directory.sql": "a71956798070fb967e3f402525d0e81c0308dfd50c5091d4203a7a2bf8fc6a48",
}

func TestReleasedSchemasStayAsTheyAre(t *testing.T) {
	for file, want := range released {
		text := must(migrations.ReadFile("migrations/" + file))(t)
		var statements strings.Builder
		for line := range strings.Lines(string(text)) {
			code, _, _ := strings.Cut(line, "--")
			statements.WriteString(strings.Join(strings.Fields(code), " "))
		}
		sum := sha256.Sum256([]byte(statements.String()))
		if got := hex.EncodeToString(sum[:]); got != want {
			t.Errorf("%s has changed: its sum is %s", file, got)
		}
	}
}

// A database of the first release is brought up to date with what stands in it.
func TestADatabaseOfTheFirstReleaseIsOpened(t *testing.T) {
	path := filepath.Join(t.TempDir(), "old.db")
	old := must(sql.Open("sqlite", path))(t)
	first := fstest.MapFS{"00001_directory.sql": {Data: must(migrations.ReadFile("migrations/00001_directory.sql"))(t)}}
	must(must(goose.NewProvider(goose.DialectSQLite3, old, first))(t).Up(t.Context()))(t)
	must(old.ExecContext(t.Context(), `INSERT INTO organization VALUES ('o', '17', 'Åkeri', x'00', 'akeri', '{"language":"sv","country":"SE"}', 1, 0)`))(t)
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	s := must(Open(t.Context(), path, Options{}))(t)
	defer s.Close()
	org, _, err := s.In("o").Organization(t.Context())
	if err != nil || org.Name != "Åkeri" || org.Settings.Calendar.Zone != organization.DefaultCalendar().Zone {
		t.Errorf("%+v %v", org, err)
	}
	if due, err := s.DueTellings(t.Context(), begun, Place{}, 9); err != nil || len(due) > 0 {
		t.Error(due, err)
	}
}
