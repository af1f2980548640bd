//go:build postgres

package builtin

import (
	"os"
	"testing"

	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/pbx/pbxtest"
)

// database is the postgres:// address of a server to try on; each test makes
// itself an organization there.
func database(t testing.TB) string {
	t.Helper()
	url := os.Getenv("TELEFONIST_TEST_POSTGRES")
	if url == "" {
		t.Fatal("TELEFONIST_TEST_POSTGRES holds no postgres:// address")
	}
	return url
}

func TestRegisterOnPostgres(t *testing.T) {
	pbxtest.Register(t, func(t *testing.T) pbx.Register {
		r, _ := openAt(t, database(t))
		return r
	})
}

func TestConcurrentChangesOnPostgres(t *testing.T) {
	r, _ := openAt(t, database(t))
	concurrentChanges(t, r)
}

func BenchmarkFirstRoundOnPostgres(b *testing.B) { benchmarkFirstRound(b, database(b)) }
