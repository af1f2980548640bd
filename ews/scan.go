package ews

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// ErrMalformed is what a body is that isn't XML as Exchange writes it.
var ErrMalformed = errors.New("ews: malformed XML")

// ErrTooLarge is an answer, or one element of it, that is larger than allowed.
var ErrTooLarge = errors.New("ews: answer too large")

// Bounds of what is read at once. The largest things there are: the state of a
// synchronized folder in a text, an item's id in a tag.
const (
	maxTag   = 64 << 10
	maxText  = 2 << 20
	maxDepth = 64

	maxBindings = 256 // of namespaces, at a time
)

// scanner reads XML element by element. encoding/xml would do but for two
// things: it refuses the references to control characters that Exchange writes
// for such in a subject, which would make a mailbox unreadable for one event,
// and it allocates a dozen times for each element, of which an organization's
// calendars have millions. FuzzAnswer holds this one against it.
//
// The first error stays: every method then does nothing, and err says which.
type scanner struct {
	r         io.Reader
	buf       []byte
	pos, end  int
	left      int64 // bytes that may still be read
	err       error
	closing   bool   // the element just opened was empty: <a/>
	opened    []byte // the names of the open elements, one after the other
	ends      []int  // where each ends in opened
	space     space  // of the element just opened
	local     []byte // its name without prefix
	attrs     []byte // what stands behind the name in its tag
	bindings  []binding
	text, val []byte
}

// binding is a prefix, "" for the default, while the element at depth is open.
type binding struct {
	prefix string
	space  space
	depth  int
}

func newScanner(r io.Reader, limit int64) *scanner {
	return &scanner{r: r, buf: make([]byte, 32<<10), left: limit}
}

// fail makes an error of what is wrong, and is false.
func (s *scanner) fail(what string) bool {
	if s.err == nil {
		s.err = fmt.Errorf("%w: %s", ErrMalformed, what)
	}
	return false
}

// more reads some more, keeping what hasn't been looked at. It is false at the
// end of input, and where something failed.
func (s *scanner) more() bool {
	if s.err != nil {
		return false
	}
	if s.pos > 0 {
		copy(s.buf, s.buf[s.pos:s.end])
		s.pos, s.end = 0, s.end-s.pos
	}
	if s.end == len(s.buf) {
		s.buf = append(s.buf, make([]byte, len(s.buf))...)
	}
	if s.left <= 0 {
		s.err = ErrTooLarge
		return false
	}
	for range 100 {
		room := s.buf[s.end:]
		n, err := s.r.Read(room[:min(int64(len(room)), s.left)])
		s.end += n
		s.left -= int64(n)
		if n > 0 {
			return true // err comes again
		}
		if err != nil {
			s.err = err
			return false
		}
	}
	s.err = io.ErrNoProgress
	return false
}

// find is where a text first stands from off after pos on, reading on to it. It
// is -1 where it isn't to be found before the end, or within limit.
func (s *scanner) find(text string, off, limit int) int {
	for {
		if s.end-s.pos > off {
			if i := bytes.Index(s.buf[s.pos+off:s.end], []byte(text)); i >= 0 {
				return off + i
			}
			off = max(off, s.end-s.pos-len(text)+1)
		}
		if s.end-s.pos > limit {
			s.err = ErrTooLarge
			return -1
		}
		if !s.demand(s.end - s.pos + 1) {
			return -1
		}
	}
}

// demand reads on until n bytes are there to be looked at; it is an error where
// there are fewer.
func (s *scanner) demand(n int) bool {
	for s.end-s.pos < n {
		if !s.more() {
			s.cut()
			return false
		}
	}
	return true
}

// cut makes an error of an end of input that may not be here.
func (s *scanner) cut() {
	if s.err == io.EOF {
		s.err = fmt.Errorf("%w: %w", ErrMalformed, io.ErrUnexpectedEOF)
	}
}

// depth is how many elements are open.
func (s *scanner) depth() int { return len(s.ends) }

// markup goes to the next tag, past what is written before it, which goes to
// text where that is wanted. It is false at the end of input.
func (s *scanner) markup(keep bool) bool {
	for s.err == nil {
		if s.pos == s.end && !s.more() {
			return false
		}
		n := bytes.IndexByte(s.buf[s.pos:s.end], '<')
		if n != 0 {
			if n < 0 {
				n = s.end - s.pos
			}
			s.words(s.buf[s.pos:s.pos+n], keep)
			s.pos += n
			continue
		}
		if !s.demand(2) {
			return false
		}
		switch s.buf[s.pos+1] {
		case '?':
			s.past("?>")
		case '!':
			s.declaration(keep)
		default:
			return s.err == nil
		}
	}
	return false
}

// words takes up text as it stands, its references still unread.
func (s *scanner) words(b []byte, keep bool) {
	if s.depth() == 0 {
		for _, c := range b { // a byte order mark may come in parts
			if !isSpace(c) && c != 0xef && c != 0xbb && c != 0xbf {
				s.fail("text outside of the document")
			}
		}
		return
	}
	if keep {
		if len(s.text)+len(b) > maxText {
			s.err = ErrTooLarge
			return
		}
		s.text = append(s.text, b...)
	}
}

// past goes behind the end of a comment or an instruction.
func (s *scanner) past(end string) {
	if i := s.find(end, 2, maxText); i >= 0 {
		s.pos += i + len(end)
	}
}

// declaration reads what begins with <!: a comment, or text in brackets. A
// document type is an error, and so are all entities that one could declare.
func (s *scanner) declaration(keep bool) {
	if !s.demand(len("<!--")) {
		return
	}
	switch {
	case bytes.HasPrefix(s.buf[s.pos:s.end], []byte("<!--")):
		s.pos += 2
		s.past("-->")
	case s.depth() > 0 && s.demand(len("<![CDATA[")) && bytes.HasPrefix(s.buf[s.pos:s.end], []byte("<![CDATA[")):
		s.pos += len("<![CDATA[")
		i := s.find("]]>", 0, maxText)
		if i < 0 {
			return
		}
		if keep { // written so that reading references leaves it as it is
			s.words(bytes.ReplaceAll(s.buf[s.pos:s.pos+i], []byte("&"), []byte("&amp;")), true)
		}
		s.pos += i + 3
	default:
		s.fail("a document type or another declaration")
	}
}

// tag is the next tag without its brackets. A value in it may hold one.
func (s *scanner) tag() []byte {
	var quote byte // of the value that off is in
	for off := 1; ; {
		var ends bool
		if off, quote, ends = tagEnd(s.buf[s.pos:s.end], off, quote); ends {
			tag := s.buf[s.pos+1 : s.pos+off]
			s.pos += off + 1
			return tag
		}
		if s.end-s.pos > maxTag {
			s.err = ErrTooLarge
			return nil
		}
		if !s.demand(s.end - s.pos + 1) {
			return nil
		}
	}
}

// tagEnd looks from off on for the end of a tag: either that is where it is, or
// off is how far it has looked, and quote what it is in.
func tagEnd(b []byte, off int, quote byte) (int, byte, bool) {
	for off < len(b) {
		if quote != 0 {
			i := bytes.IndexByte(b[off:], quote)
			if i < 0 {
				break
			}
			off, quote = off+i+1, 0
			continue
		}
		switch c := b[off]; c {
		case '>':
			return off, 0, true
		case '"', '\'':
			quote = c
		}
		off++
	}
	return len(b), quote, false
}

// step reads the next tag: true for an element that opens, false for one that
// ends, or where something failed.
func (s *scanner) step(keep bool) (opens bool) {
	if s.closing {
		s.closing = false
		s.close()
		return false
	}
	if !s.markup(keep) {
		if s.depth() > 0 {
			s.cut()
		}
		return false
	}
	tag := s.tag()
	if s.err != nil {
		return false
	}
	if len(tag) > 0 && tag[0] == '/' {
		name := trimRight(tag[1:])
		if n := s.depth(); n == 0 || !bytes.Equal(name, s.opened[s.begin(n-1):]) {
			return s.fail("an element ends that isn't open")
		}
		s.close()
		return false
	}
	return s.open(tag)
}

func (s *scanner) begin(i int) int {
	if i == 0 {
		return 0
	}
	return s.ends[i-1]
}

func (s *scanner) open(tag []byte) bool {
	if n := len(tag); n > 0 && tag[n-1] == '/' {
		s.closing, tag = true, tag[:n-1]
	}
	n, colon := nameLen(tag)
	if n == 0 || n < len(tag) && !isSpace(tag[n]) {
		return s.fail("a name is missing, or none")
	}
	if s.depth() == maxDepth {
		return s.fail("elements within elements, too deep")
	}
	name, prefix := tag[:n], []byte(nil)
	s.opened = append(s.opened, name...)
	s.ends = append(s.ends, len(s.opened))
	s.attrs = tag[n:]
	if len(s.attrs) > 0 && !s.bind() {
		return false
	}
	if colon > 0 {
		prefix = name[:colon]
	}
	s.local = name[colon+1:]
	var ok bool
	if s.space, ok = s.lookup(prefix); !ok {
		return s.fail("a prefix without a namespace")
	}
	return true
}

func (s *scanner) lookup(prefix []byte) (space, bool) {
	for i := len(s.bindings) - 1; i >= 0; i-- {
		if s.bindings[i].prefix == string(prefix) {
			return s.bindings[i].space, true
		}
	}
	return unknownSpace, len(prefix) == 0 || string(prefix) == "xml"
}

// bind reads through the attributes and takes up the namespaces among them.
func (s *scanner) bind() bool {
	if bytes.IndexByte(s.attrs, '<') >= 0 {
		return s.fail("a tag within a tag")
	}
	rest, ok := s.attrs, true
	for {
		var name, value []byte
		if name, value, rest, ok = attribute(rest); !ok {
			return s.fail("an attribute is written wrong")
		}
		if name == nil {
			return true
		}
		if prefix, isNS := bytes.CutPrefix(name, []byte("xmlns")); isNS && (len(prefix) == 0 || prefix[0] == ':') {
			if len(s.bindings) == maxBindings {
				return s.fail("too many namespaces")
			}
			s.bindings = append(s.bindings, binding{known(bytes.TrimPrefix(prefix, []byte(":"))), spaceOf(value), s.depth()})
		}
	}
}

// known is a prefix as a string, those in use without allocating it.
func known(prefix []byte) string {
	for _, p := range [...]string{"", "s", "h", "m", "t", "e", "xsi", "xsd", "soap"} {
		if p == string(prefix) {
			return p
		}
	}
	return string(prefix)
}

func (s *scanner) close() {
	n := s.depth()
	for len(s.bindings) > 0 && s.bindings[len(s.bindings)-1].depth == n {
		s.bindings = s.bindings[:len(s.bindings)-1]
	}
	s.opened = s.opened[:s.begin(n-1)]
	s.ends = s.ends[:n-1]
}
