package ews

import (
	"bytes"
	"io"
	"strconv"
	"unicode/utf8"
)

// root opens the next document's outermost element; there may be several behind
// one another. It is false at the end of input.
func (s *scanner) root() bool {
	opens := s.step(false)
	if s.err == io.EOF {
		s.err = nil
	}
	return opens
}

// child opens the next element within the one at depth, past whatever has not
// been read of the child before it. It is false where that element ends.
//
//	for d := s.depth(); s.child(d); {
//		if s.is(types, "ItemId") {
//			…
func (s *scanner) child(depth int) bool {
	for s.err == nil && s.depth() >= depth {
		if s.step(false) && s.depth() == depth+1 {
			return true
		}
	}
	return false
}

// is says whether the element just opened has this name.
func (s *scanner) is(sp space, local string) bool {
	return s.space == sp && string(s.local) == local
}

// attr is the value of an attribute of the element just opened, "" for none.
func (s *scanner) attr(name string) string { return string(s.attrBytes(name)) }

// attrBytes is the same, nil for none, and good until something else is read.
func (s *scanner) attrBytes(name string) []byte {
	for rest := s.attrs; ; {
		var n, value []byte
		if n, value, rest, _ = attribute(rest); n == nil {
			return nil
		}
		if string(n) == name {
			s.val = s.unescape(s.val[:0], value)
			return s.val
		}
	}
}

// read reads the text of the element just opened to its end, without that of
// elements in it. It is good until something else is read; nil where it failed.
func (s *scanner) read() []byte {
	s.text = s.text[:0]
	d := s.depth()
	for s.err == nil && s.depth() >= d {
		s.step(s.depth() == d)
	}
	if s.err != nil {
		return nil
	}
	if bytes.IndexByte(s.text, '&') < 0 && plain(s.text) {
		return s.text
	}
	s.text = s.unescape(s.text[:0], s.text) // what is written is never longer than what was read
	return s.text
}

// plain is true for text without anything that has to be replaced.
func plain(b []byte) bool {
	for _, c := range b {
		if c < ' ' && c != '\n' && c != '\t' || c >= utf8.RuneSelf {
			return utf8.Valid(b) && bytes.IndexFunc(b, control) < 0
		}
	}
	return true
}

// control is true for what XML doesn't allow in a text.
func control(r rune) bool {
	return r < ' ' && r != '\n' && r != '\t' || r == 0xfffe || r == 0xffff
}

// unescape appends b with its references resolved and with U+FFFD for what no
// text should hold, be it written plainly or, as Exchange does, as a reference.
// The five entities that XML has are the only ones.
func (s *scanner) unescape(to, b []byte) []byte {
	for len(b) > 0 {
		if b[0] == '&' {
			end := bytes.IndexByte(b, ';')
			r, ok := rune(0), false
			if end > 0 && end <= 10 {
				r, ok = reference(b[1:end])
			}
			if !ok {
				s.fail("an entity that XML doesn't have")
				return nil
			}
			to, b = appendRune(to, r), b[end+1:]
			continue
		}
		r, n := utf8.DecodeRune(b)
		switch {
		case r == '\r': // the end of a line, however it is written
			to = append(to, '\n')
			if n < len(b) && b[n] == '\n' {
				n++
			}
		case r == utf8.RuneError && n == 1:
			to = append(to, '?') // not longer than what is replaced
		case control(r):
			to = append(to, '?')
		default:
			to = append(to, b[:n]...)
		}
		b = b[n:]
	}
	return to
}

// appendRune appends the character of a reference.
func appendRune(to []byte, r rune) []byte {
	if r != '\r' && control(r) || !utf8.ValidRune(r) {
		r = utf8.RuneError
	}
	return utf8.AppendRune(to, r)
}

// reference is the character that a reference stands for.
func reference(name []byte) (rune, bool) {
	switch string(name) {
	case "amp":
		return '&', true
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	digits, ok := bytes.CutPrefix(name, []byte("#"))
	base := 10
	if hex, isHex := bytes.CutPrefix(digits, []byte("x")); isHex {
		digits, base = hex, 16
	}
	n, err := strconv.ParseUint(string(digits), base, 31)
	return rune(n), ok && err == nil && n <= utf8.MaxRune
}
