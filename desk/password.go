package desk

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// cost is what a new hash takes to make.
type cost struct {
	time    uint32
	memory  uint32 // KiB
	threads uint8
}

// recommended is RFC 9106 section 4, the second recommendation (memory scarce). A
// hash carries its own cost, so that it can be raised later.
var recommended = cost{time: 3, memory: 64 * 1024, threads: 2}

const (
	saltBytes = 16
	keyBytes  = 32
)

// The shortest password, in characters, and the longest, in bytes (a bound on
// what an anonymous caller can make us hash).
const (
	MinPassword = 12
	maxPassword = 256
)

// hash returns an argon2id hash in the PHC string format.
func (c cost) hash(password string) string {
	salt := make([]byte, saltBytes)
	rand.Read(salt)
	return c.text(salt, argon2.IDKey([]byte(password), salt, c.time, c.memory, c.threads, keyBytes))
}

func (c cost) text(salt, key []byte) string {
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.memory, c.time, c.threads, b64(salt), b64(key))
}

// nobody is the hash that a password for an unknown address is held against, so
// that unknown and wrong take the same time. No password fits it.
func (c cost) nobody() string { return c.text(make([]byte, saltBytes), make([]byte, keyBytes)) }

// fits compares in constant time. A hash that can't be read fits nothing.
func (c cost) fits(hash, password string) bool {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[1] != "argon2id" || len(password) > maxPassword {
		parts = strings.Split(c.nobody(), "$")
		password = ""
	}
	var version int
	var memory, time uint32
	var threads uint8
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return false
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &time, &threads); err != nil || time == 0 || threads == 0 {
		return false
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false
	}
	want, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil || len(want) == 0 {
		return false
	}
	have := argon2.IDKey([]byte(password), salt, time, memory, threads, uint32(len(want)))
	return subtle.ConstantTimeCompare(have, want) == 1
}

// checkPassword says what is wrong with a new password.
func checkPassword(field, password, email string) error {
	var bad faults
	bad.when(utf8.RuneCountInString(password) < MinPassword, field, "tooShort")
	bad.when(len(password) > maxPassword, field, "tooLong")
	bad.when(!utf8.ValidString(password), field, "text")
	name, _, _ := strings.Cut(email, "@")
	bad.when(len(bad) == 0 && len(name) > 3 && strings.Contains(strings.ToLower(password), strings.ToLower(name)), field, "guessable")
	return bad.err()
}

// word makes a one-time word or the secret part of a token: 130 bits, in letters
// and digits that survive being mailed.
func word() string { return strings.ToLower(rand.Text()) }

// hashWord is what is kept of a word; with 130 bits of chance nothing slower is needed.
func hashWord(w string) string {
	sum := sha256.Sum256([]byte(w))
	return hex.EncodeToString(sum[:])
}
