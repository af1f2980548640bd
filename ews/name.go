package ews

import "bytes"

// space is one of the namespaces that answers are made of. Prefixes are the
// server's own choice and never looked at, and many answers have none.
type space uint8

const (
	unknownSpace space = iota
	soap
	messages
	types
	faults
)

func spaceOf(uri []byte) space {
	switch string(uri) {
	case "http://schemas.xmlsoap.org/soap/envelope/":
		return soap
	case "http://schemas.microsoft.com/exchange/services/2006/messages":
		return messages
	case "http://schemas.microsoft.com/exchange/services/2006/types":
		return types
	case "http://schemas.microsoft.com/exchange/services/2006/errors":
		return faults
	}
	return unknownSpace
}

// attribute cuts the first attribute off, its value's references unread; name
// is nil where there is none.
func attribute(b []byte) (name, value, rest []byte, ok bool) {
	b = trimLeft(b)
	if len(b) == 0 {
		return nil, nil, nil, true
	}
	n, _ := nameLen(b)
	eq := trimLeft(b[n:])
	if n == 0 || len(eq) == 0 || eq[0] != '=' {
		return nil, nil, nil, false
	}
	name = b[:n]
	after := trimLeft(eq[1:])
	if len(after) < 2 || after[0] != '"' && after[0] != '\'' {
		return nil, nil, nil, false
	}
	end := bytes.IndexByte(after[1:], after[0])
	if end < 0 {
		return nil, nil, nil, false
	}
	return name, after[1 : end+1], after[end+2:], true
}

// nameBytes are those that names are made of, the colon aside; which of the
// letters beyond ASCII may be in one isn't looked at.
var nameBytes = func() (is [256]bool) {
	for c := range is {
		is[c] = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '.' || c >= 0x80
	}
	return is
}()

// nameLen is how long the name at the head of b is, and where its colon stands,
// -1 for none; 0 where there is no proper name.
func nameLen(b []byte) (n, colon int) {
	colon = -1
	for n < len(b) && (nameBytes[b[n]] || b[n] == ':') {
		if b[n] == ':' {
			if colon >= 0 {
				return 0, -1
			}
			colon = n
		}
		n++
	}
	if n == 0 || colon == 0 || colon == n-1 || !begins(b[0]) || colon > 0 && !begins(b[colon+1]) {
		return 0, -1
	}
	return n, colon
}

// begins is true for what a name may begin with.
func begins(c byte) bool { return c > '9' && nameBytes[c] }

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

func trimLeft(b []byte) []byte {
	for len(b) > 0 && isSpace(b[0]) {
		b = b[1:]
	}
	return b
}

func trimRight(b []byte) []byte {
	for len(b) > 0 && isSpace(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}
