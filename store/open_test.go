//go:build !postgres

package store

import (
	"context"
	"flag"
	"testing"
)

// -rapid.checks on the command line asks for more.
func init() { _ = flag.Set("rapid.checks", "50") }

// open makes an empty database that is gone after the test.
func open(t testing.TB) *Store {
	t.Helper()
	s, err := Open(context.Background(), t.TempDir()+"/telefonist.db", Options{})
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
