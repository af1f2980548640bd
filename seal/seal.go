// Package seal keeps secrets unreadable at rest: AES-256-GCM by way of Tink,
// each value bound by associated data to the place where it stands, so that a
// sealed value moved to another row opens nowhere.
//
//	key, err := seal.File("data/key.json") // made at the first start, mode 0600
//	sealed, err := key.Seal(secret, []byte("organization/source/secret"))
//
// The key is a Tink keyset in JSON. It can hold several keys: the primary one
// seals, all of them open, which is how a key is changed.
package seal

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// Key seals and opens. It is safe for use by several goroutines.
type Key struct{ aead tink.AEAD }

// ErrOpen is returned for a value that was sealed with another key, for another
// place, or was altered. It says nothing of the value.
var ErrOpen = errors.New("seal: cannot be opened with this key in this place")

// File reads the key that stands in a file, or makes one and writes it there,
// readable by its owner alone. A file that others may read is refused.
func File(path string) (*Key, error) {
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return create(path)
	case err != nil:
		return nil, fmt.Errorf("read key: %w", err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read key: %w", err)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return nil, fmt.Errorf("key file %s can be read by others (mode %#o): run chmod 600", path, mode)
	}
	return Parse(text)
}

// Parse reads a key from the text of a keyset, as given in a setting.
func Parse(text []byte) (*Key, error) {
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(text)))
	if err != nil {
		return nil, errors.New("key: not a keyset of Tink in JSON") // its text may hold the key
	}
	return newKey(handle)
}

// New makes a key and returns the text of its keyset, to be kept secret.
func New() (*Key, []byte, error) {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, nil, fmt.Errorf("make key: %w", err)
	}
	var text bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&text)); err != nil {
		return nil, nil, fmt.Errorf("write key: %w", err)
	}
	key, err := newKey(handle)
	return key, text.Bytes(), err
}

// Seal encrypts plain, bound to its place.
func (k *Key) Seal(plain, place []byte) ([]byte, error) {
	sealed, err := k.aead.Encrypt(plain, place)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return sealed, nil
}

// Open decrypts what was sealed for the same place; the error is [ErrOpen].
func (k *Key) Open(sealed, place []byte) ([]byte, error) {
	plain, err := k.aead.Decrypt(sealed, place)
	if err != nil {
		return nil, ErrOpen
	}
	return plain, nil
}

func newKey(handle *keyset.Handle) (*Key, error) {
	primitive, err := aead.New(handle)
	if err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}
	return &Key{primitive}, nil
}

// create writes a new key beside its place and links it in, so that a start that
// is cut short leaves no half key and two starts agree on one.
func create(path string) (*Key, error) {
	key, text, err := New()
	if err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".key-*") // 0600
	if err != nil {
		return nil, fmt.Errorf("write key: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(text)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return nil, fmt.Errorf("write key: %w", err)
	}
	if err := os.Link(f.Name(), path); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return File(path)
		}
		return nil, fmt.Errorf("write key: %w", err)
	}
	return key, nil
}
