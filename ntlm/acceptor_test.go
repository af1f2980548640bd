package ntlm

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"crypto/rc4"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"unicode/utf16"

	"golang.org/x/crypto/md4" //lint:ignore SA1019 NTLM's password hash is made of it
)

// acceptor is a server that wants NTLM. It reads the messages with code of its
// own, that a fault of the client's isn't mirrored here.
type acceptor struct {
	schemes []string // offered, NTLM when nil
	spnego  bool     // takes wrapped messages alone
	old     bool     // tells no time, so that there is no integrity code
	forgets bool     // signs in a request, not a connection
	told    string   // Persistent-Auth, which says whether it does
	binding []byte   // of the channel, of which protection speaks
	protect string   // "" looks at no binding, "allow", "require"

	mu       sync.Mutex
	password string
	requests int                                                // of all kinds
	tries    int                                                // passwords looked at
	answered func(w http.ResponseWriter, r *http.Request) bool  // instead of what follows, when it says true
	fault    func(w http.ResponseWriter, kind byte, n int) bool // the same, for the nth message 1 or 3, or for a request that is signed in (0)
	counts   [4]int
	last     authenticated
}

// authenticated is what the last good message 3 said.
type authenticated struct {
	user, domain, workstation, service string
	integrity, bound                   bool
}

// connection is what the server knows of one.
type connection struct {
	mu     sync.Mutex
	first  []byte
	second []byte
	user   string
}

type connectionKey struct{}

// serve starts a over plain HTTP, unless start is given.
func (a *acceptor) serve(t *testing.T, start func(*httptest.Server)) *httptest.Server {
	t.Helper()
	if a.password == "" {
		a.password = "Password"
	}
	s := httptest.NewUnstartedServer(a)
	s.Config.ConnContext = func(ctx context.Context, _ net.Conn) context.Context {
		return context.WithValue(ctx, connectionKey{}, &connection{})
	}
	if start == nil {
		start = (*httptest.Server).Start
	}
	start(s)
	t.Cleanup(s.Close)
	return s
}

func (a *acceptor) change(f func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	f()
}

// count returns how many requests came, and how many passwords.
func (a *acceptor) count() (requests, tries int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.requests, a.tries
}

// faulty lets fault answer a message of this kind.
func (a *acceptor) faulty(w http.ResponseWriter, kind byte) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.counts[kind]++
	return a.fault != nil && a.fault(w, kind, a.counts[kind])
}

func (a *acceptor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := r.Context().Value(connectionKey{}).(*connection)
	c.mu.Lock()
	defer c.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client is gone
	}
	a.mu.Lock()
	a.requests++
	answered := a.answered
	a.mu.Unlock()
	if answered != nil && answered(w, r) {
		return
	}
	if a.told != "" {
		w.Header().Set("Persistent-Auth", a.told)
	}
	if c.user == "" {
		if !a.handshake(w, r, c) {
			return
		}
	} else if a.faulty(w, 0) {
		return
	}
	fmt.Fprintf(w, "%s %d %x", c.user, len(body), md5.Sum(body))
	if a.forgets {
		c.first, c.second, c.user = nil, nil, ""
	}
}

// handshake says whether the connection is signed in now; else it answers.
func (a *acceptor) handshake(w http.ResponseWriter, r *http.Request, c *connection) bool {
	scheme, text, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	m, err := base64.StdEncoding.DecodeString(text)
	wrapped := err == nil && len(m) > 0 && m[0] != 'N'
	var mic []byte
	if wrapped {
		m, mic = peel(m)
	}
	if err != nil || len(m) < 32 || string(m[:8]) != "NTLMSSP\x00" || a.spnego != wrapped || !a.offers(scheme) {
		a.offer(w)
		return false
	}
	kind := m[8]
	if (kind == 1 || kind == 3) && a.faulty(w, kind) {
		return false
	}
	switch {
	case kind == 1 && r.ContentLength == 0:
		c.first, c.second = m, a.challenge()
		reply := c.second
		if wrapped {
			reply = der(0xa1, der(0x30, der(0xa0, []byte{0x0a, 1, 1}), der(0xa1, ntlmOID), der(0xa2, der(0x04, reply))))
		}
		w.Header().Set("WWW-Authenticate", scheme+" "+base64.StdEncoding.EncodeToString(reply))
		w.WriteHeader(http.StatusUnauthorized)
		io.WriteString(w, strings.Repeat("Unauthorized. ", 500)) // to be drained
		return false
	case kind == 3 && c.second != nil && a.right(m, mic, wrapped, c):
		return true
	}
	c.second = nil
	a.offer(w)
	return false
}

func (a *acceptor) offered() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.schemes == nil {
		return []string{"NTLM"}
	}
	return a.schemes
}

func (a *acceptor) offers(scheme string) bool {
	return strings.Contains(strings.ToLower(strings.Join(a.offered(), ",")), strings.ToLower(scheme))
}

func (a *acceptor) offer(w http.ResponseWriter) {
	for _, s := range a.offered() {
		w.Header().Add("WWW-Authenticate", s)
	}
	w.WriteHeader(http.StatusUnauthorized)
	io.WriteString(w, "<html>401</html>")
}

func wide(s string) []byte {
	var b bytes.Buffer
	_ = binary.Write(&b, binary.LittleEndian, utf16.Encode([]rune(s)))
	return b.Bytes()
}

func narrow(b []byte) string {
	u := make([]uint16, len(b)/2)
	_ = binary.Read(bytes.NewReader(b), binary.LittleEndian, u)
	return string(utf16.Decode(u))
}

func (a *acceptor) challenge() []byte {
	var info bytes.Buffer
	put := func(id uint16, v []byte) {
		_ = binary.Write(&info, binary.LittleEndian, []uint16{id, uint16(len(v))})
		info.Write(v)
	}
	put(2, wide("EXAMPLE"))
	put(1, wide("EXCH01"))
	put(4, wide("example.se"))
	put(3, wide("exch01.example.se"))
	if !a.old {
		put(7, []byte{0x00, 0x80, 0x3e, 0xd5, 0xde, 0xb1, 0x9d, 0x01}) // 1970-01-01
	}
	put(0, nil)
	m := make([]byte, 56, 56+info.Len())
	copy(m, "NTLMSSP\x00\x02")
	binary.LittleEndian.PutUint32(m[20:], 0xe28a8215) // with all that anybody asks for
	_, _ = rand.Read(m[24:32])
	binary.LittleEndian.PutUint16(m[40:], uint16(info.Len()))
	binary.LittleEndian.PutUint16(m[42:], uint16(info.Len()))
	binary.LittleEndian.PutUint32(m[44:], 56)
	copy(m[48:], []byte{10, 0, 0x63, 0x45, 0, 0, 0, 15}) // Windows Server 2019
	return append(m, info.Bytes()...)
}

func keyed(key []byte, parts ...[]byte) []byte {
	h := hmac.New(md5.New, key)
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}

// right says whether message 3 proves the password and all that is to be
// proved with it, and keeps what it says.
func (a *acceptor) right(m, mic []byte, wrapped bool, c *connection) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.tries++
	field := func(at int) []byte {
		size, from := int(binary.LittleEndian.Uint16(m[at:])), int(binary.LittleEndian.Uint32(m[at+4:]))
		return m[from : from+size]
	}
	got := authenticated{user: narrow(field(36)), domain: narrow(field(28)), workstation: narrow(field(44))}
	hash := md4.New()
	hash.Write(wide(a.password))
	key := keyed(hash.Sum(nil), wide(strings.ToUpper(got.user)), wide(got.domain))
	proof := field(20)
	if len(proof) < 44 || !hmac.Equal(proof[:16], keyed(key, c.second[24:32], proof[16:])) {
		return false
	}
	lm := field(12)
	if !a.old && !bytes.Equal(lm, make([]byte, 24)) || a.old && !bytes.Equal(lm[:16], keyed(key, c.second[24:32], lm[16:])) {
		return false
	}
	pairs := map[uint16][]byte{}
	for b := proof[44:]; len(b) >= 4 && b[0] != 0; {
		id, size := binary.LittleEndian.Uint16(b), binary.LittleEndian.Uint16(b[2:])
		pairs[id], b = b[4:4+size], b[4+size:]
	}
	session := keyed(key, proof[:16])
	if binary.LittleEndian.Uint32(m[60:])&0x40000000 != 0 {
		session = streamed(session, field(52))
	}
	got.service = narrow(pairs[9])
	got.integrity = len(pairs[6]) == 4 && pairs[6][0]&2 != 0
	bound, has := pairs[10]
	got.bound = has && bytes.Equal(bound, a.binding)
	blank := bytes.Clone(m)
	copy(blank[72:88], make([]byte, 16))
	switch {
	case got.integrity == a.old, got.integrity && !hmac.Equal(m[72:88], keyed(session, c.first, c.second, blank)):
		return false
	case a.protect == "require" && !got.bound, a.protect == "allow" && has && !got.bound:
		return false
	case wrapped && !bytes.Equal(mic, listSignature(session)):
		return false
	}
	a.last, c.user = got, got.user
	return true
}

func streamed(key, b []byte) []byte {
	s, err := rc4.NewCipher(key)
	if err != nil {
		panic(err)
	}
	out := make([]byte, len(b))
	s.XORKeyStream(out, b)
	return out
}

var ntlmOID = []byte{0x06, 0x0a, 0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0a}

// listSignature is what the client must sign SPNEGO's list of mechanisms by.
func listSignature(session []byte) []byte {
	magic := func(what string) []byte {
		sum := md5.Sum([]byte(string(session) + "session key to client-to-server " + what + " key magic constant\x00"))
		return sum[:]
	}
	sum := keyed(magic("signing"), make([]byte, 4), der(0x30, ntlmOID))[:8]
	return append(append([]byte{1, 0, 0, 0}, streamed(magic("sealing"), sum)...), 0, 0, 0, 0)
}

func der(tag byte, parts ...[]byte) []byte {
	b := bytes.Join(parts, nil)
	switch n := len(b); {
	case n < 0x80:
		return append([]byte{tag, byte(n)}, b...)
	case n < 0x100:
		return append([]byte{tag, 0x81, byte(n)}, b...)
	default:
		return append([]byte{tag, 0x82, byte(n >> 8), byte(n)}, b...)
	}
}

// peel finds NTLM's message in SPNEGO's, and the signature at its end.
func peel(m []byte) (message, mic []byte) {
	i := bytes.Index(m, []byte("NTLMSSP\x00"))
	if i < 0 {
		return nil, nil
	}
	if end := []byte{0xa3, 0x12, 0x04, 0x10}; len(m) > 20 && bytes.Equal(m[len(m)-20:len(m)-16], end) {
		return m[i : len(m)-20], m[len(m)-16:]
	}
	return m[i:], nil
}
