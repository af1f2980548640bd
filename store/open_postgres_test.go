//go:build postgres

package store

import (
	"context"
	"database/sql"
	"flag"
	"net/url"
	"os"
	"testing"
)

// -rapid.checks on the command line asks for more.
func init() { _ = flag.Set("rapid.checks", "15") }

// open makes an empty schema in the database that TELEFONIST_TEST_POSTGRES names,
// which is gone after the test. (A database for each test takes much longer.)
func open(t testing.TB) *Store {
	t.Helper()
	ctx := context.Background()
	server := os.Getenv("TELEFONIST_TEST_POSTGRES")
	if server == "" {
		t.Fatal("TELEFONIST_TEST_POSTGRES names no server")
	}
	admin, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { admin.Close() })
	schema := "telefonist_" + NewID()
	if _, err := admin.ExecContext(ctx, "CREATE SCHEMA "+schema); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := admin.ExecContext(ctx, "DROP SCHEMA "+schema+" CASCADE"); err != nil {
			t.Error(err)
		}
	})
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	query.Set("search_path", schema)
	u.RawQuery = query.Encode()
	s, err := Open(ctx, u.String(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}
