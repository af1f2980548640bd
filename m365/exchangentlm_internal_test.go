package m365

import (
	"bytes"
	"crypto/rc4"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/md4" //lint:ignore SA1019 NTLM is made of it
)

// asked is what a test's client puts into its messages.
type asked struct {
	domain, user, password string
	bindings               []byte
	target                 string
	mic, exchange          bool
	sent                   time.Time // zero = what the server says
}

func negotiateMessage() []byte {
	m := append([]byte(nil), ntlmSignature...)
	m = binary.LittleEndian.AppendUint32(m, 1)
	m = binary.LittleEndian.AppendUint32(m, ntlmOffered|ntlmTarget)
	return append(m, make([]byte, 24)...)
}

// authenticateMessage answers a challenge as [MS-NLMP] §3.1.5.1.2 says.
func (a asked) authenticateMessage(t *testing.T, challenge []byte) []byte {
	t.Helper()
	at, length := binary.LittleEndian.Uint32(challenge[44:]), binary.LittleEndian.Uint16(challenge[40:])
	info := challenge[at : at+uint32(length)]
	pairs, err := readPairs(info)
	if err != nil {
		t.Fatal(err)
	}
	sent := a.sent
	if sent.IsZero() {
		sent = fromFileTime(binary.LittleEndian.Uint64(append(pairs[avTimestamp], make([]byte, 8)...)))
	}
	list := bytes.Clone(info[:len(info)-4])
	pair := func(id uint16, value []byte) {
		list = binary.LittleEndian.AppendUint16(list, id)
		list = append(binary.LittleEndian.AppendUint16(list, uint16(len(value))), value...)
	}
	if a.mic {
		pair(avFlags, []byte{avFlagMIC, 0, 0, 0})
	}
	if a.bindings != nil {
		pair(avBindings, a.bindings)
	}
	if a.target != "" {
		pair(avTargetName, utf16LE(a.target))
	}
	pair(avEnd, nil)
	blob := []byte{1, 1, 0, 0, 0, 0, 0, 0}
	blob = binary.LittleEndian.AppendUint64(blob, fileTime(sent))
	blob = append(append(append(blob, "clientch"...), 0, 0, 0, 0), list...)
	blob = append(blob, 0, 0, 0, 0)

	hash := md4.New()
	hash.Write(utf16LE(a.password))
	owner := hmacMD5(hash.Sum(nil), utf16LE(strings.ToUpper(a.user)+a.domain))
	proof := hmacMD5(owner, challenge[24:32], blob)
	session, key := hmacMD5(owner, proof), []byte(nil)
	flags := uint32(ntlmUnicode | ntlmNTLM | ntlmTargetInfo | ntlmVersion)
	if a.exchange {
		cipher, err := rc4.NewCipher(session)
		if err != nil {
			t.Fatal(err)
		}
		key, session, flags = make([]byte, 16), []byte("exported session"), flags|ntlmKeyExchange
		cipher.XORKeyStream(key, session)
	}
	m := append([]byte(nil), ntlmSignature...)
	m = binary.LittleEndian.AppendUint32(m, 3)
	payload := []byte(nil)
	for _, field := range [][]byte{make([]byte, 24), append(proof, blob...), utf16LE(a.domain), utf16LE(a.user), nil, key} {
		m = appendField(m, len(field), 88+len(payload))
		payload = append(payload, field...)
	}
	m = binary.LittleEndian.AppendUint32(m, flags)
	m = append(append(m, make([]byte, 8+16)...), payload...)
	if a.mic {
		copy(m[72:88], hmacMD5(session, negotiateMessage(), challenge, m))
	}
	return m
}

// [MS-NLMP] §4.2.4.2.2: NTProofStr of User, Domain, Password.
func TestNTLMv2OfTheSpecification(t *testing.T) {
	blob, _ := hex.DecodeString("01010000000000000000000000000000aaaaaaaaaaaaaaaa00000000" +
		"02000c0044006f006d00610069006e0001000c005300650072007600650072000000000000000000")
	proof, _ := hex.DecodeString("68cd0ab851e51c96aabc927bebef6a1c")
	challenge := append(make([]byte, 24), 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef)
	p := &ntlmProof{user: "User", domain: "Domain", proof: proof, blob: blob}
	if !p.knows("Password", nil, challenge) {
		t.Error("the specification's proof is refused")
	}
	if p.knows("password", nil, challenge) {
		t.Error("another password passes")
	}
}

func TestProofs(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 0, 0, 100, time.UTC)
	server := ntlmServer{domain: "EXEMPEL", dns: "exempel.example", host: "EXCH01"}
	negotiate := negotiateMessage()
	challenge := server.challenge(negotiate, [8]byte{1, 2, 3}, now)
	right := asked{domain: "EXEMPEL", user: "Åke", password: "Lösen ord", mic: true, exchange: true}
	plain := right
	plain.mic, plain.exchange = false, false
	micAlone := right
	micAlone.exchange = false
	for _, c := range []struct {
		name string
		ask  asked
		bend func(m []byte)
		want bool
	}{
		{"with a MIC and a key", right, nil, true},
		{"with a MIC", micAlone, nil, true},
		{"without", plain, nil, true},
		{"a MIC that was changed", right, func(m []byte) { m[80]++ }, false},
		{"flags that were changed", right, func(m []byte) { m[61] ^= 0x40 }, false},
		{"flags that were changed, and nothing to show it", plain, func(m []byte) { m[61] ^= 0x40 }, true},
		{"a pair that was changed", plain, func(m []byte) { m[88+24+16+28+4]++ }, false},
	} {
		m := c.ask.authenticateMessage(t, challenge)
		if c.bend != nil {
			c.bend(m)
		}
		p, err := readProof(m)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if p.user != "Åke" || p.domain != "EXEMPEL" || !p.sent.Equal(now) {
			t.Errorf("%s: read %s\\%s at %v", c.name, p.domain, p.user, p.sent)
		}
		if got := p.knows("Lösen ord", negotiate, challenge); got != c.want {
			t.Errorf("%s: passes %v, want %v", c.name, got, c.want)
		}
	}
}

// Whatever comes, it is refused and nothing breaks.
func TestTornMessagesAreRefused(t *testing.T) {
	challenge := ntlmServer{domain: "D", dns: "d", host: "H"}.challenge(negotiateMessage(), [8]byte{}, time.Now())
	whole := asked{domain: "D", user: "u", password: "p", mic: true}.authenticateMessage(t, challenge)
	for n := range whole {
		torn := whole[:n]
		if p, err := readProof(torn); err == nil && p.knows("p", negotiateMessage(), challenge) {
			t.Fatalf("%d of %d bytes pass", n, len(whole))
		}
	}
	for at := range whole {
		bent := bytes.Clone(whole)
		bent[at] ^= 0xff
		if p, err := readProof(bent); err == nil {
			p.bindings()
			if p.knows("p", negotiateMessage(), challenge) {
				t.Errorf("byte %d may be anything", at)
			}
		}
	}
}
