//go:build crash

package crash

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telefonist/telefonist/store"
)

func TestMain(m *testing.M) {
	if text := os.Getenv(settingsVariable); text != "" {
		if err := runChild(text); err != nil {
			fmt.Fprintln(os.Stderr, "child:", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// number reads a whole number from the environment.
func number(t *testing.T, variable string, otherwise int64) int64 {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", variable, err)
	}
	return n
}

func TestKillsOnSQLite(t *testing.T) {
	kills, seed := number(t, "TELEFONIST_KILLS", 30), number(t, "TELEFONIST_KILL_SEED", time.Now().UnixNano()%1_000_000)
	t.Logf("%d kills, seed %d", kills, seed)
	manyLives(t, kills, seed, func(t *testing.T) string { return filepath.Join(t.TempDir(), "telefonist.db") })
}

func TestKillsOnPostgres(t *testing.T) {
	server := os.Getenv("TELEFONIST_TEST_POSTGRES")
	if server == "" {
		return // TestKillsOnSQLite is the same, on the other database
	}
	kills, seed := max(10, number(t, "TELEFONIST_KILLS", 30)/3), number(t, "TELEFONIST_KILL_SEED", time.Now().UnixNano()%1_000_000)
	t.Logf("%d kills, seed %d", kills, seed)
	manyLives(t, kills, seed, func(t *testing.T) string { return newPostgres(t, server) })
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

// manyLives lives once without a kill, and then, killed, until there have been
// enough kills; the end must always be the same.
func manyLives(t *testing.T, kills, seed int64, database func(*testing.T) string) {
	quiet := newLife(t, database(t), nil, 0)
	want := quiet.live()
	t.Logf("without a kill the steps take %v", quiet.took)
	if len(want) < 150 {
		t.Fatalf("only %d people at the end", len(want))
	}
	chance := rand.New(rand.NewPCG(uint64(seed), 9))
	for n := 1; kills > 0; n++ {
		l := newLife(t, database(t), chance, kills)
		l.lasts = quiet.took
		got := l.live()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("seed %d, life %d: the end differs (-without, +with kills) after %s:\n%s", seed, n, strings.Join(l.deaths, ", "), diff)
		}
		if len(l.deaths) == 0 {
			t.Fatal("nobody was killed")
		}
		t.Logf("life %d: killed in %s", n, strings.Join(l.deaths, ", "))
		kills -= int64(len(l.deaths))
	}
}
