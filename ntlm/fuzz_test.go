package ntlm

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"strings"
	"testing"
)

// FuzzChallenge answers whatever a server sends: an answer's fields lie
// within it, and what the server said of itself is in it once.
func FuzzChallenge(f *testing.F) {
	good := unhex(f, exampleChallenge)
	f.Add(good)
	f.Add((&acceptor{}).challenge())
	f.Add((&acceptor{old: true}).challenge())
	for _, n := range []int{0, 7, 12, 31, 32, 47, 48, 68, len(good) - 1} {
		f.Add(good[:n])
	}
	for at, v := range map[int]byte{8: 3, 20: 0, 40: 0xff, 41: 0xff, 44: 0, 45: 0xff, 47: 0xff, 70: 0xff, 71: 0xff, 68: 0, 84: 2} {
		bad := bytes.Clone(good)
		bad[at] = v
		f.Add(bad)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := parseChallenge(b)
		if err != nil {
			return
		}
		_ = c.build()
		s := example
		s.binding, s.service = make([]byte, 16), "HTTP/mail"
		for _, ask := range []flags{asked, askedNegotiate} {
			m, session := s.authentication(negotiation(ask), ask, c)
			if len(session) != 16 {
				t.Fatalf("a session key of %d bytes", len(session))
			}
			for _, at := range []int{12, 20, 28, 36, 44, 52} {
				if end := int(binary.LittleEndian.Uint16(m[at:])) + int(binary.LittleEndian.Uint32(m[at+4:])); end > len(m) {
					t.Fatalf("field %d ends at %d of %d", at, end, len(m))
				}
			}
		}
		target, _ := s.target(c)
		again, err := parsePairs(target.bytes())
		if err != nil || len(again) != len(target) {
			t.Fatalf("%d pairs are read again as %d: %v", len(target), len(again), err)
		}
	})
}

func FuzzSPNEGO(f *testing.F) {
	m := unhex(f, exampleChallenge)
	wrapped := der(0xa1, der(0x30, der(0xa0, []byte{0x0a, 1, 1}), der(0xa1, ntlmOID), der(0xa2, der(0x04, m))))
	f.Add(m)
	f.Add(wrapped)
	f.Add(wrapped[:len(wrapped)-1])
	f.Add(append(bytes.Clone(wrapped), 0))
	f.Add(der(0xa1, der(0x30)))
	f.Add([]byte{0xa1, 0x84, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, token []byte) {
		m, _, err := unwrap(token)
		if err == nil && len(m) > len(token) {
			t.Fatalf("%d bytes of %d", len(m), len(token))
		}
		h := &handshake{scheme: Negotiate, ask: askedNegotiate}
		if _, err := h.open(); err != nil {
			t.Fatal(err)
		}
		if err := h.read(token); err != nil {
			return
		}
		if _, err := h.last(example); err != nil {
			t.Fatal(err)
		}
	})
}

func FuzzOffers(f *testing.F) {
	for _, line := range []string{"NTLM", "Negotiate, NTLM", `Basic realm="a, NTLM"`, `Basic realm="a\", b", charset="UTF-8", Negotiate abc==`,
		"NTLM TlRMTVNTUAACAAAA", ",,", `"`, `"\`, "=", " = , ,NTLM  "} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		h := http.Header{"Www-Authenticate": {line, line}}
		names := offered(h)
		if len(names) > 16 {
			t.Fatalf("%d schemes", len(names))
		}
		for _, n := range names {
			if n == "" || strings.ContainsAny(n, ",=") && !strings.Contains(line, `"`) {
				t.Fatalf("a scheme is named %q", n)
			}
		}
		if b := token(h, NTLM); len(b) > base64.StdEncoding.DecodedLen(len(line)) {
			t.Fatalf("a token of %d bytes in %d", len(b), len(line))
		}
		_ = choose(names, true)
	})
}
