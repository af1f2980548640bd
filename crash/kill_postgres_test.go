//go:build crash && postgres

package crash

import (
	"database/sql"
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/telefonist/telefonist/store"
)

func TestKillsOnPostgres(t *testing.T) {
	server := os.Getenv("TELEFONIST_TEST_POSTGRES")
	if server == "" {
		t.Fatal("TELEFONIST_TEST_POSTGRES names no server; make test starts one")
	}
	kills, seed := max(10, number(t, "TELEFONIST_KILLS", 30)/3), number(t, "TELEFONIST_KILL_SEED", time.Now().UnixNano()%1_000_000)
	t.Logf("%d kills, seed %d", kills, seed)
	manyLives(t, kills, seed, func(t *testing.T) string { return newPostgres(t, server) })
}

func TestCalendarKillsOnPostgres(t *testing.T) {
	server := os.Getenv("TELEFONIST_TEST_POSTGRES")
	if server == "" {
		t.Fatal("TELEFONIST_TEST_POSTGRES names no server; make test starts one")
	}
	kills, seed := max(5, number(t, "TELEFONIST_KILLS", 30)/6), number(t, "TELEFONIST_KILL_SEED", time.Now().UnixNano()%1_000_000)
	manyWorkdays(t, kills, seed, func(t *testing.T) string { return newPostgres(t, server) })
}

// newPostgres makes a database that is gone after the test.
func newPostgres(t *testing.T, server string) string {
	t.Helper()
	admin, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { admin.Close() })
	name := "telefonist_crash_" + store.NewID()
	if _, err := admin.ExecContext(t.Context(), "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := admin.Exec("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}
