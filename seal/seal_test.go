package seal

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSealedOpensOnlyInItsPlace(t *testing.T) {
	key, _, err := New()
	if err != nil {
		t.Fatal(err)
	}
	other, _, err := New()
	if err != nil {
		t.Fatal(err)
	}
	plain, place := []byte("a~secret"), []byte("org/source/secret")
	sealed, err := key.Seal(plain, place)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, plain) {
		t.Error("the secret stands in what was sealed")
	}
	altered := bytes.Clone(sealed)
	altered[len(altered)-1] ^= 1
	for _, tc := range []struct {
		name   string
		key    *Key
		sealed []byte
		place  string
		opens  bool
	}{
		{"same place", key, sealed, string(place), true},
		{"another organization", key, sealed, "other/source/secret", false},
		{"another key", other, sealed, string(place), false},
		{"altered", key, altered, string(place), false},
		{"cut", key, sealed[:4], string(place), false},
		{"nothing", key, nil, string(place), false},
	} {
		got, err := tc.key.Open(tc.sealed, []byte(tc.place))
		if tc.opens && (err != nil || !bytes.Equal(got, plain)) {
			t.Errorf("%s: got %q, %v", tc.name, got, err)
		}
		if !tc.opens && !errors.Is(err, ErrOpen) {
			t.Errorf("%s: got error %v, want ErrOpen", tc.name, err)
		}
	}
}

func TestFileIsMadeOnceForItsOwnerAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key.json")
	first, err := File(path)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := first.Seal([]byte("x"), nil)
	if err != nil {
		t.Fatal(err)
	}
	again, err := File(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := again.Open(sealed, nil); err != nil || string(got) != "x" {
		t.Errorf("after a restart: got %q, %v", got, err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != 0o600 {
		t.Errorf("mode %#o, want 0600", got)
	}
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
		t.Errorf("%d files beside the key, want it alone", len(left))
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := File(path); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a key others can read: got error %v", err)
	}
}

func TestParseSaysNothingOfTheKey(t *testing.T) {
	_, text, err := New()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Parse(text); err != nil {
		t.Errorf("its own text: %v", err)
	}
	broken := bytes.Replace(text, []byte(`"key"`), []byte(`"kye"`), 1)
	_, err = Parse(broken)
	if err == nil {
		t.Fatal("a broken keyset was accepted")
	}
	if len(err.Error()) > 60 {
		t.Errorf("the error tells too much: %v", err)
	}
}
