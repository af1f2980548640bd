package m365

import (
	"bytes"
	"crypto/hmac"
	"crypto/md5"
	"crypto/rc4"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf16"

	"golang.org/x/crypto/md4" //lint:ignore SA1019 NTLM is made of it
)

// The messages of NTLM as the side sees them that is asked to let in
// ([MS-NLMP] §2.2). NTLMv2 alone is taken.

// Flags of [MS-NLMP] §2.2.2.5.
const (
	ntlmUnicode     = 1 << 0
	ntlmTarget      = 1 << 2
	ntlmSign        = 1 << 4
	ntlmSeal        = 1 << 5
	ntlmNTLM        = 1 << 9
	ntlmAlwaysSign  = 1 << 15
	ntlmDomain      = 1 << 16 // the target is a domain
	ntlmExtended    = 1 << 19
	ntlmTargetInfo  = 1 << 23
	ntlmVersion     = 1 << 25
	ntlm128         = 1 << 29
	ntlmKeyExchange = 1 << 30
	ntlm56          = 1 << 31

	ntlmOffered = ntlmUnicode | ntlmSign | ntlmSeal | ntlmNTLM | ntlmAlwaysSign | ntlmExtended | ntlmVersion | ntlm128 | ntlmKeyExchange | ntlm56
)

// Ids of AV_PAIRs, §2.2.2.1.
const (
	avEnd         = 0
	avComputer    = 1
	avDomain      = 2
	avDNSComputer = 3
	avDNSDomain   = 4
	avDNSTree     = 5
	avFlags       = 6
	avTimestamp   = 7
	avTargetName  = 9
	avBindings    = 10

	avFlagMIC = 2 // in avFlags: the message carries a MIC
)

// ntlmLifetime is how far the client's clock may be off, §3.1.1.1 (MaxLifetime).
const ntlmLifetime = 36 * time.Hour

var (
	ntlmSignature = []byte("NTLMSSP\x00")
	errNTLM       = errors.New("m365: not an NTLM message that can be read")
)

// ntlmType is which of the three messages m is, 0 for none.
func ntlmType(m []byte) uint32 {
	if len(m) < 16 || !bytes.HasPrefix(m, ntlmSignature) {
		return 0
	}
	return binary.LittleEndian.Uint32(m[8:])
}

// ntlmServer is who challenges.
type ntlmServer struct {
	domain, dns, host string // NetBIOS name and DNS name of the domain, NetBIOS name of the server
	untimed           bool   // tells no time, as Windows Server 2003 does: then no client sends a MIC
}

// challenge answers a NEGOTIATE_MESSAGE with a CHALLENGE_MESSAGE, §2.2.1.2.
func (s ntlmServer) challenge(negotiate []byte, nonce [8]byte, now time.Time) []byte {
	asked := binary.LittleEndian.Uint32(negotiate[12:])
	target := utf16LE(s.domain)
	var info []byte
	pair := func(id int, value []byte) {
		info = binary.LittleEndian.AppendUint16(info, uint16(id))
		info = append(binary.LittleEndian.AppendUint16(info, uint16(len(value))), value...)
	}
	pair(avDomain, target)
	pair(avComputer, utf16LE(s.host))
	pair(avDNSDomain, utf16LE(s.dns))
	pair(avDNSComputer, utf16LE(strings.ToLower(s.host)+"."+s.dns))
	pair(avDNSTree, utf16LE(s.dns))
	if !s.untimed {
		pair(avTimestamp, binary.LittleEndian.AppendUint64(nil, fileTime(now)))
	}
	pair(avEnd, nil)

	const fixed = 56
	flags := asked&ntlmOffered | ntlmUnicode | ntlmNTLM | ntlmTarget | ntlmDomain | ntlmTargetInfo
	m := append([]byte(nil), ntlmSignature...)
	m = binary.LittleEndian.AppendUint32(m, 2)
	m = appendField(m, len(target), fixed)
	m = binary.LittleEndian.AppendUint32(m, flags)
	m = append(append(m, nonce[:]...), make([]byte, 8)...)
	m = appendField(m, len(info), fixed+len(target))
	m = append(m, 10, 0, 0x63, 0x45, 0, 0, 0, 15) // the version: Windows Server 2016, NTLM revision 15
	return append(append(m, target...), info...)
}

func appendField(m []byte, length, offset int) []byte {
	m = binary.LittleEndian.AppendUint16(m, uint16(length))
	m = binary.LittleEndian.AppendUint16(m, uint16(length))
	return binary.LittleEndian.AppendUint32(m, uint32(offset))
}

// ntlmProof is what an AUTHENTICATE_MESSAGE says, §2.2.1.3.
type ntlmProof struct {
	user, domain string
	flags        uint32
	proof, blob  []byte // NTProofStr, and what it is made of beside the challenge
	key          []byte // EncryptedRandomSessionKey
	sent         time.Time
	pairs        map[uint16][]byte
	message      []byte
}

// readProof reads an AUTHENTICATE_MESSAGE with an NTLMv2 response.
func readProof(m []byte) (*ntlmProof, error) {
	if ntlmType(m) != 3 || len(m) < 64 {
		return nil, errNTLM
	}
	var fields [6][]byte // LM, NT, domain, user, workstation, session key
	for i := range fields {
		at := m[12+8*i:]
		length, offset := int(binary.LittleEndian.Uint16(at)), int(binary.LittleEndian.Uint32(at[4:]))
		if offset > len(m) || length > len(m)-offset {
			return nil, errNTLM
		}
		fields[i] = m[offset : offset+length]
	}
	p := &ntlmProof{flags: binary.LittleEndian.Uint32(m[60:]), key: fields[5], message: m}
	if p.flags&ntlmUnicode == 0 {
		return nil, fmt.Errorf("%w: it is not in Unicode", errNTLM)
	}
	p.domain, p.user = fromUTF16LE(fields[2]), fromUTF16LE(fields[3])
	response := fields[1]
	if len(response) < 16+28+4 || response[16] != 1 || response[17] != 1 {
		return nil, fmt.Errorf("%w: no NTLMv2 response", errNTLM)
	}
	p.proof, p.blob = response[:16], response[16:]
	p.sent = fromFileTime(binary.LittleEndian.Uint64(p.blob[8:]))
	var err error
	p.pairs, err = readPairs(p.blob[28:])
	return p, err
}

// readPairs reads AV_PAIRs up to the one that ends them.
func readPairs(b []byte) (map[uint16][]byte, error) {
	pairs := map[uint16][]byte{}
	for len(b) >= 4 {
		id, length := binary.LittleEndian.Uint16(b), int(binary.LittleEndian.Uint16(b[2:]))
		if id == avEnd {
			return pairs, nil
		}
		if length > len(b)-4 {
			break
		}
		pairs[id], b = b[4:4+length], b[4+length:]
	}
	return nil, fmt.Errorf("%w: its list of pairs has no end", errNTLM)
}

// hasMIC says whether the client promised one, where nobody can take the promise out.
func (p *ntlmProof) hasMIC() bool {
	flags := p.pairs[avFlags]
	return len(flags) == 4 && binary.LittleEndian.Uint32(flags)&avFlagMIC != 0
}

// bindings are the client's channel bindings, nil where it sent none: sixteen
// zeros are none too.
func (p *ntlmProof) bindings() []byte {
	if b := p.pairs[avBindings]; len(b) == 16 && !bytes.Equal(b, make([]byte, 16)) {
		return b
	}
	return nil
}

// knows says whether whoever made p knew the password, and, where he promised
// a MIC, that nobody changed any of the three messages (§3.2.5.1.2, §3.3.2).
func (p *ntlmProof) knows(password string, negotiate, challenge []byte) bool {
	if len(challenge) < 32 {
		return false
	}
	hash := md4.New()
	hash.Write(utf16LE(password))
	owner := hmacMD5(hash.Sum(nil), utf16LE(strings.ToUpper(p.user)+p.domain))
	if !hmac.Equal(hmacMD5(owner, challenge[24:32], p.blob), p.proof) {
		return false
	}
	if !p.hasMIC() {
		return true
	}
	session := hmacMD5(owner, p.proof)
	if p.flags&ntlmKeyExchange != 0 {
		cipher, err := rc4.NewCipher(session)
		if err != nil || len(p.key) != 16 {
			return false
		}
		session = make([]byte, 16)
		cipher.XORKeyStream(session, p.key)
	}
	if len(p.message) < 88 {
		return false
	}
	bare := bytes.Clone(p.message)
	clear(bare[72:88])
	return hmac.Equal(hmacMD5(session, negotiate, challenge, bare), p.message[72:88])
}

func hmacMD5(key []byte, parts ...[]byte) []byte {
	h := hmac.New(md5.New, key)
	for _, part := range parts {
		h.Write(part)
	}
	return h.Sum(nil)
}

func utf16LE(s string) []byte {
	var out []byte
	for _, unit := range utf16.Encode([]rune(s)) {
		out = binary.LittleEndian.AppendUint16(out, unit)
	}
	return out
}

func fromUTF16LE(b []byte) string {
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	return string(utf16.Decode(units))
}

// fileTimeEpoch is how many seconds 1970 is after 1601, where FILETIME begins.
const fileTimeEpoch = 11_644_473_600

func fileTime(t time.Time) uint64 {
	return uint64(t.Unix()+fileTimeEpoch)*1e7 + uint64(t.Nanosecond()/100)
}

func fromFileTime(f uint64) time.Time {
	return time.Unix(int64(f/1e7)-fileTimeEpoch, int64(f%1e7)*100)
}
