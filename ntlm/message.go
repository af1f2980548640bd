package ntlm

import (
	"encoding/binary"
	"errors"
	"time"
	"unicode/utf16"
)

// flags are those that are negotiated, [MS-NLMP] 2.2.2.5.
type flags uint32

const (
	unicodeStrings  flags = 1 << 0
	requestTarget   flags = 1 << 2
	sign            flags = 1 << 4
	ntlmSession     flags = 1 << 9
	alwaysSign      flags = 1 << 15
	extendedSession flags = 1 << 19
	targetInfo      flags = 1 << 23
	withVersion     flags = 1 << 25
	key128          flags = 1 << 29
	keyExchange     flags = 1 << 30
	key56           flags = 1 << 31
)

// asked are the flags that Windows' own browsers ask for, less OEM strings:
// by the scheme NTLM no session key is agreed on, by Negotiate one is.
const (
	asked          = unicodeStrings | requestTarget | ntlmSession | alwaysSign | extendedSession | withVersion | key128 | key56
	askedNegotiate = asked | sign | keyExchange
)

const (
	signature  = "NTLMSSP\x00"
	maxMessage = 32 << 10 // Windows' challenges have some hundred bytes
)

// version is what client and server say for debugging, [MS-NLMP] 2.2.2.10:
// Windows 10, NTLMSSP revision 15.
var version = [8]byte{10, 0, 0, 0, 0, 0, 0, 15}

// negotiation is the first message, [MS-NLMP] 2.2.1.1.
func negotiation(ask flags) []byte {
	m := make([]byte, 0, 40)
	m = append(m, signature...)
	m = binary.LittleEndian.AppendUint32(m, 1)
	m = binary.LittleEndian.AppendUint32(m, uint32(ask))
	m = append(m, make([]byte, 16)...) // no domain, no workstation
	return append(m, version[:]...)
}

// challenge is what is used of the second message, [MS-NLMP] 2.2.1.2.
type challenge struct {
	raw    []byte // the whole
	flags  flags
	nonce  [8]byte
	target pairs // what the server says of itself
}

var errMessage = errors.New("not an NTLM challenge")

// parseChallenge reads the second message, which anybody may have written:
// what doesn't fit together is an error.
func parseChallenge(b []byte) (*challenge, error) {
	const least = 32 // up to the nonce, as the oldest servers send it
	if len(b) < least || len(b) > maxMessage || string(b[:8]) != signature || binary.LittleEndian.Uint32(b[8:]) != 2 {
		return nil, errMessage
	}
	c := &challenge{raw: b, flags: flags(binary.LittleEndian.Uint32(b[20:]))}
	if c.flags&unicodeStrings == 0 {
		return nil, errors.New("the server doesn't speak Unicode")
	}
	copy(c.nonce[:], b[24:32])
	if c.flags&targetInfo == 0 {
		return c, nil
	}
	const header = 48
	if len(b) < header {
		return nil, errMessage
	}
	size, from := int(binary.LittleEndian.Uint16(b[40:])), int64(binary.LittleEndian.Uint32(b[44:]))
	if from < header && size > 0 || from+int64(size) > int64(len(b)) {
		return nil, errMessage
	}
	if size == 0 {
		return c, nil
	}
	var err error
	c.target, err = parsePairs(b[from : from+int64(size)])
	return c, err
}

// signIn is what the third message is made of.
type signIn struct {
	user, domain, password string
	workstation            string
	service                string // HTTP/host, "" says nothing of it
	binding                []byte // of the channel, 16 bytes, nil says nothing of it
	now                    time.Time
	nonce                  [8]byte  // random
	key                    [16]byte // random
}

// authentication is the third message, [MS-NLMP] 2.2.1.3: the answer to c,
// which came upon first, the first message that asked for ask. With it comes
// the session's key.
func (s signIn) authentication(first []byte, ask flags, c *challenge) (message, session []byte) {
	agreed := (ask | targetInfo) & (c.flags | requestTarget)
	ownerKey := ownerKey(s.user, s.domain, s.password)
	target, stamped := s.target(c)
	proof, lm := respond(ownerKey, c.nonce, s.nonce, s.time(c), target)
	if stamped {
		lm = make([]byte, 24) // 3.1.5.1.2
	}
	session = sessionKey(ownerKey, proof[:16])
	var wrapped []byte
	if agreed&keyExchange != 0 {
		wrapped, session = rc4Once(session, s.key[:]), s.key[:]
	}
	head := 72
	if stamped {
		head += 16 // the integrity code
	}
	m := layout{head: make([]byte, head)}
	copy(m.head, signature)
	binary.LittleEndian.PutUint32(m.head[8:], 3)
	m.field(28, utf16le(s.domain))
	m.field(36, utf16le(s.user))
	m.field(44, utf16le(s.workstation))
	m.field(12, lm)
	m.field(20, proof)
	m.field(52, wrapped)
	binary.LittleEndian.PutUint32(m.head[60:], uint32(agreed))
	copy(m.head[64:], version[:])
	whole := append(m.head, m.payload...)
	if stamped {
		copy(whole[72:88], hmacMD5(session, first, c.raw, whole))
	}
	return whole, session
}

// target returns what the server said of itself and what the client adds,
// [MS-NLMP] 3.1.5.1.2. A server that tells its time understands an integrity
// code: stamped.
func (s signIn) target(c *challenge) (target pairs, stamped bool) {
	target = c.target.clone()
	if _, stamped = target.get(avTimestamp); stamped {
		var of uint32
		if held, ok := target.get(avFlags); ok {
			of = binary.LittleEndian.Uint32(held)
		}
		target.set(avFlags, binary.LittleEndian.AppendUint32(nil, of|avFlagIntegrity))
	}
	if s.binding != nil {
		target.set(avChannelBindings, s.binding)
	}
	if s.service != "" {
		target.set(avTargetName, utf16le(s.service))
	}
	return target, stamped
}

// time returns the server's, else the client's, as a FILETIME.
func (s signIn) time(c *challenge) (t [8]byte) {
	if held, ok := c.target.get(avTimestamp); ok {
		copy(t[:], held)
		return t
	}
	binary.LittleEndian.PutUint64(t[:], fileTime(s.now))
	return t
}

// The epoch of FILETIME, 1601, before that of Unix, in 100 ns.
const epoch = 116444736000000000

func fileTime(t time.Time) uint64 { return uint64(t.Unix()*1e7 + int64(t.Nanosecond()/100) + epoch) }

// layout puts a message's fields behind its head.
type layout struct{ head, payload []byte }

// field writes length, room and offset of b to the head at i, [MS-NLMP] 2.2.
func (l *layout) field(i int, b []byte) {
	binary.LittleEndian.PutUint16(l.head[i:], uint16(len(b)))
	binary.LittleEndian.PutUint16(l.head[i+2:], uint16(len(b)))
	binary.LittleEndian.PutUint32(l.head[i+4:], uint32(len(l.head)+len(l.payload)))
	l.payload = append(l.payload, b...)
}

func utf16le(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

// fromUTF16 reads what utf16le writes; a last odd byte is dropped.
func fromUTF16(b []byte) string {
	u := make([]uint16, len(b)/2)
	for i := range u {
		u[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	return string(utf16.Decode(u))
}
