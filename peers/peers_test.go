//go:build peers

package peers_test

import (
	"database/sql"
	"testing"

	"github.com/telefonist/telefonist/peers"
)

func TestPostgresGivesEachItsOwn(t *testing.T) {
	a, b := open(t, peers.Postgres(t)), open(t, peers.Postgres(t))
	if _, err := a.Exec("CREATE TABLE person (name TEXT)"); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Exec("CREATE TABLE person (name TEXT)"); err != nil {
		t.Errorf("the second database is not empty: %v", err)
	}
}

// A statement that counted on the order of bytes would pass on SQLite and on
// a server with the C locale; ours sorts as a Swedish one does.
func TestPostgresSortsAsSwedes(t *testing.T) {
	db := open(t, peers.Postgres(t))
	var first string
	err := db.QueryRow("SELECT v FROM (VALUES ('Zorn'), ('anka'), ('Öberg')) AS t(v) ORDER BY v LIMIT 1").Scan(&first)
	if err != nil {
		t.Fatal(err)
	}
	if first != "anka" {
		t.Errorf("first of Zorn, anka, Öberg is %s, want anka", first)
	}
}

func open(t *testing.T, address string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}
