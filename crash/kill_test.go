//go:build crash

package crash

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
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
