package ntlm

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"
	"testing"
	"time"
)

// The examples of [MS-NLMP] 4.2.1 and 4.2.4, NTLMv2.
var example = signIn{
	user: "User", domain: "Domain", password: "Password", workstation: "COMPUTER",
	nonce: [8]byte(bytes.Repeat([]byte{0xaa}, 8)),
	key:   [16]byte(bytes.Repeat([]byte{0x55}, 16)),
}

const (
	exampleFlags     flags = 0xe2888235
	exampleChallenge       = "4e544c4d53535000 02000000 0c000c00 38000000 33828ae2 0123456789abcdef 0000000000000000 24002400 44000000" +
		"060070170000000f 530065007200760065007200 02000c0044006f006d00610069006e00 01000c00530065007200760065007200 00000000"
	exampleTarget = "02000c0044006f006d00610069006e00 01000c00530065007200760065007200 00000000"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestVectors(t *testing.T) {
	c, err := parseChallenge(unhex(t, exampleChallenge))
	if err != nil {
		t.Fatal(err)
	}
	key := ownerKey("User", "Domain", "Password")
	nt, lm := respond(key, c.nonce, example.nonce, [8]byte{}, c.target)
	session := sessionKey(key, nt[:16])
	for _, v := range []struct {
		what string
		got  []byte
		want string
	}{
		{"4.2.4.1.1 NTOWFv2", key, "0c868a403bfd7a93a3001ef22ef02e3f"},
		{"4.2.4.1.2 session base key", session, "8de40ccadbc14a82f15cb0ad0de95ca3"},
		{"4.2.4.1.3 temp", nt[16:], "01010000000000000000000000000000aaaaaaaaaaaaaaaa00000000" + exampleTarget + "00000000"},
		{"4.2.4.2.1 LMv2", lm, "86c35097ac9cec102554764a57cccc19aaaaaaaaaaaaaaaa"},
		{"4.2.4.2.2 NTLMv2", nt[:16], "68cd0ab851e51c96aabc927bebef6a1c"},
		{"4.2.4.2.3 encrypted session key", rc4Once(session, example.key[:]), "c5dad2544fc979909 4ce1ce90bc9d03e"},
		{"4.2.4.4 sealing key", derived(example.key[:], sealingMagic), "59f600973cc4960a25480a7c196e4c58"},
		{"4.2.4.4 signing key", derived(example.key[:], signingMagic), "4788dc861b4782f35d43fd98fe1a2d39"},
		{"the challenge's target information", c.target.bytes(), exampleTarget},
	} {
		if got, want := hex.EncodeToString(v.got), hex.EncodeToString(unhex(t, v.want)); got != want {
			t.Errorf("%s: %s, want %s", v.what, got, want)
		}
	}
}

// The message of 4.2.4.3, whose time is 0, the year 1601.
func TestAuthenticationVector(t *testing.T) {
	c, err := parseChallenge(unhex(t, exampleChallenge))
	if err != nil {
		t.Fatal(err)
	}
	s := example
	s.now = time.Date(1601, 1, 1, 0, 0, 0, 0, time.UTC)
	got, session := s.authentication(negotiation(exampleFlags), exampleFlags, c)
	want := unhex(t, "4e544c4d5353500003000000180018006c00000054005400840000000c000c004800000008000800540000001000100"+
		"05c00000010001000d8000000358288e20501280a0000000f44006f006d00610069006e00550073006500720043004f004d00500055005400450052"+
		"0086c35097ac9cec102554764a57cccc19aaaaaaaaaaaaaaaa68cd0ab851e51c96aabc927bebef6a1c01010000000000000000000000000000aaaaaaaa"+
		"aaaaaaaa0000000002000c0044006f006d00610069006e0001000c005300650072007600650072000000000000000000c5dad2544fc9799094ce1ce90bc9d03e")
	copy(want[64:72], version[:]) // the example is a Windows XP
	if !bytes.Equal(got, want) {
		t.Errorf("the message is\n%x, want\n%x", got, want)
	}
	if !bytes.Equal(session, s.key[:]) {
		t.Errorf("the session's key is %x, want %x", session, s.key)
	}
	if v := binary.LittleEndian.Uint32(got[60:]); flags(v) != exampleFlags {
		t.Errorf("flags %#x, want %#x", v, uint32(exampleFlags))
	}
}

// A challenge that doesn't fit together is refused.
func TestBrokenChallenge(t *testing.T) {
	good := unhex(t, exampleChallenge)
	change := func(at int, b ...byte) []byte {
		c := bytes.Clone(good)
		copy(c[at:], b)
		return c
	}
	for what, b := range map[string][]byte{
		"nothing":                      nil,
		"a beginning":                  good[:31],
		"no room for its target":       good[:47],
		"another signature":            change(7, 1),
		"another message":              change(8, 1),
		"no Unicode":                   change(20, 0x32),
		"a target that ends behind it": change(40, 0x25),
		"a target behind it":           change(44, 0xff, 0xff, 0xff, 0xff),
		"a target in its head":         change(44, 47),
		"a pair that ends behind it":   change(70, 0xff, 0xff),
		"no end of the pairs":          change(100, 1),
		"an end with a value":          change(102, 4),
		"a pair twice":                 change(84, 2),
		"a time of 12 bytes":           change(68, avTimestamp),
		"flags of 12 bytes":            change(84, avFlags),
		"too much":                     append(bytes.Clone(good), make([]byte, maxMessage)...),
		"too many pairs":               slices.Concat(change(40, 0, 2, 0, 2)[:68], manyPairs(128)),
	} {
		if c, err := parseChallenge(b); err == nil {
			t.Errorf("%s: read as %+v", what, c)
		}
	}
}

// manyPairs are empty ones of different kinds.
func manyPairs(n int) []byte {
	var b []byte
	for i := range n {
		b = append(b, byte(i+100), 0, 0, 0)
	}
	return b
}

// What the oldest servers leave out may be missing.
func TestChallengeWithoutTarget(t *testing.T) {
	for _, what := range []string{
		"4e544c4d53535000 02000000 0000000000000000 01020000 0123456789abcdef",
		"4e544c4d53535000 02000000 0000000000000000 01028000 0123456789abcdef 0000000000000000 0000000000000000",
	} {
		c, err := parseChallenge(unhex(t, what))
		if err != nil || len(c.target) > 0 || c.build() != "" {
			t.Errorf("%s: %+v, %v", what, c, err)
			continue
		}
		if m, _ := example.authentication(negotiation(asked), asked, c); len(m) < 72 {
			t.Errorf("answered by %x", m)
		}
	}
}

func TestFileTime(t *testing.T) {
	for _, at := range []time.Time{time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 11, 22, 3, 4, 5, 600, time.UTC), time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)} {
		if got := fromFileTime(fileTime(at)); !got.Equal(at) {
			t.Errorf("%v is read as %v", at, got)
		}
	}
	for _, none := range []uint64{0, epoch - 1, 1 << 63, 1<<64 - 1} {
		if got := fromFileTime(none); !got.IsZero() {
			t.Errorf("%d is read as %v", none, got)
		}
	}
}
