package telefonist_test

import (
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write store/internal/db/generated.sum anew (make generate does)")

// TestSQLIsFresh fails when a .sql file or sqlc.yaml was changed, or a file
// that sqlc wrote was edited, since make generate ran last. It compares
// checksums because sqlc itself takes minutes to build.
func TestSQLIsFresh(t *testing.T) {
	const sums = "store/internal/db/generated.sum"
	got, err := checksums("store")
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(sums, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(sums)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("run make generate (-generated, +now):\n%s", diff)
	}
}

// checksums lists, as sha256sum does, what sqlc reads and what it wrote.
func checksums(root string) (string, error) {
	var out strings.Builder
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		read := filepath.Ext(path) == ".sql" || d != nil && d.Name() == "sqlc.yaml"
		written := filepath.Ext(path) == ".go" && filepath.Base(filepath.Dir(path)) == "db"
		if err != nil || d.IsDir() || !read && !written {
			return err
		}
		text, err := os.ReadFile(path)
		fmt.Fprintf(&out, "%x  %s\n", sha256.Sum256(text), filepath.ToSlash(path))
		return err
	})
	if err == nil && out.Len() == 0 {
		err = errors.New("nothing that sqlc reads under " + root)
	}
	return out.String(), err
}
