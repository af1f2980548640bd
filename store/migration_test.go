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

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/organization"
)

// released are the schemas that stand in databases out there, by the sum of their
// statements: a change of them is a file of its own.
var released = map[string]string{
	"00001_directory.sql": "a71956798070fb967e3f402525d0e81c0308dfd50c5091d4203a7a2bf8fc6a48",
	"00002_calendar.sql":  "36452021a4cb84ef7f30441ce0273714873e1ba59f6398440b53ce3e8d21e709",
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

// A mailbox of the second release is read by what enrolled it.
func TestADatabaseOfTheSecondReleaseIsOpened(t *testing.T) {
	path := filepath.Join(t.TempDir(), "old.db")
	old := must(sql.Open("sqlite", path))(t)
	files := fstest.MapFS{}
	for _, file := range []string{"00001_directory.sql", "00002_calendar.sql"} {
		files[file] = &fstest.MapFile{Data: must(migrations.ReadFile("migrations/" + file))(t)}
	}
	must(must(goose.NewProvider(goose.DialectSQLite3, old, files))(t).Up(t.Context()))(t)
	for _, row := range []string{
		`INSERT INTO organization VALUES ('o', '17', 'Åkeri', x'00', 'akeri', '{"language":"sv","country":"SE"}', 1, 0)`,
		`INSERT INTO source (organization, id, name, kind, settings, tenant, generation, cursor, fields, seq, whole_seq, people_stamp, groups_stamp, people_whole, people_began,
			groups_whole, read_at, checked_at, checked, created_at) VALUES ('o', 's', 'Entra', 'entra', '', '', 1, '', '', 0, 0, 0, 0, 0, 0, 0, 0, 0, '', 0)`,
		`INSERT INTO calendar VALUES ('o', 's', '{}', FALSE, '', 0, 1, 0, 0, 0)`,
		`INSERT INTO mailbox VALUES ('o', 'anna', 's', 'anna', 'anna@example.se', 'Anna', x'01', 'anna', TRUE, '', '', '', 0, x'02', 1, 2, 3, 4, 5,
			'fine', '', 6, 0, 0, 7, 'sweep', 8, 9, x'')`,
	} {
		must(old.ExecContext(t.Context(), row))(t)
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	s := must(Open(t.Context(), path, Options{}))(t)
	defer s.Close()
	m := must(s.In("o").Mailbox(t.Context(), "anna"))(t)
	if m.Home != "s" || m.Source != "s" || m.Address != "anna@example.se" || !m.Live || m.Wakes != 8 || m.Generation != 9 ||
		!m.DueAt.Equal(fromMillis(7)) || !m.WaySince.Equal(fromMillis(3)) || m.Health.State != calendar.Fine {
		t.Errorf("%+v", m)
	}
	if due := must(s.DueMailboxes(t.Context(), begun, 9))(t); len(due) != 1 {
		t.Errorf("due: %v", due)
	}
}
