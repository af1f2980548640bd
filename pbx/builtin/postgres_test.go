//go:build postgres

package builtin

import (
	"testing"

	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/pbx/pbxtest"
	"github.com/telefonist/telefonist/peers"
)

func TestRegisterOnPostgres(t *testing.T) {
	address := peers.Postgres(t)
	pbxtest.Register(t, func(t *testing.T) pbx.Register {
		r, _ := openAt(t, address)
		return r
	})
}

func TestConcurrentChangesOnPostgres(t *testing.T) {
	r, _ := openAt(t, peers.Postgres(t))
	concurrentChanges(t, r)
}

func BenchmarkFirstRoundOnPostgres(b *testing.B) { benchmarkFirstRound(b, peers.Postgres(b)) }
