//go:build unix

// Package peers gives tests the strangers that they speak to. A test that
// needs one carries a build tag, so that a plain go test neither needs nor
// skips it; make test sets the tags, installs the peers, starts PostgreSQL
// and tells the tests where everything is.
//
// Its own tests, behind the tag peers, let the client libraries that others
// wrote work against our simulated Microsoft 365.
package peers

import (
	"context"
	"crypto/rand"
	"database/sql"
	"net/url"
	"os"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"github.com/telefonist/telefonist/peers/postgres"
)

// Postgres makes an empty database for this test and returns its
// postgres://… address; it is dropped when the test ends. The server is the
// one that TELEFONIST_TEST_POSTGRES names, whose user must be allowed to make
// databases, else one started for this test alone.
func Postgres(t testing.TB) string {
	t.Helper()
	server := os.Getenv("TELEFONIST_TEST_POSTGRES")
	if server == "" {
		server = ownServer(t)
	}
	address, err := url.Parse(server)
	if err != nil {
		t.Fatalf("TELEFONIST_TEST_POSTGRES: %v", err)
	}
	db, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatalf("open PostgreSQL: %v", err)
	}
	name := "telefonist_" + strings.ToLower(rand.Text())
	if _, err := db.ExecContext(t.Context(), "CREATE DATABASE "+name); err != nil {
		t.Fatalf("make a database: %v", err)
	}
	t.Cleanup(func() {
		if _, err := db.ExecContext(context.Background(), "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Errorf("drop the database: %v", err)
		}
		if err := db.Close(); err != nil {
			t.Errorf("close PostgreSQL: %v", err)
		}
	})
	address.Path = "/" + name
	return address.String()
}

func ownServer(t testing.TB) string {
	t.Helper()
	s, err := postgres.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s.URL
}
