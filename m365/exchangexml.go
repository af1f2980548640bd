package m365

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The namespaces of SOAP and of Exchange Web Services.
const (
	soapSpace     = "http://schemas.xmlsoap.org/soap/envelope/"
	messagesSpace = "http://schemas.microsoft.com/exchange/services/2006/messages"
	typesSpace    = "http://schemas.microsoft.com/exchange/services/2006/types"
	errorsSpace   = "http://schemas.microsoft.com/exchange/services/2006/errors"
)

// element is one of a request.
type element struct {
	space, name string
	attrs       []xml.Attr
	text        string
	inside      []*element
}

const deepestElement = 64

// parseXML reads a document. Entities but XML's own five are refused.
func parseXML(r io.Reader) (*element, error) {
	d := xml.NewDecoder(r)
	var open []*element
	for {
		token, err := d.Token()
		if err != nil {
			return nil, fmt.Errorf("m365: request: %w", err)
		}
		switch token := token.(type) {
		case xml.Directive:
			return nil, errors.New("m365: request: a document type is not allowed")
		case xml.StartElement:
			if len(open) == deepestElement {
				return nil, errors.New("m365: request: too deep")
			}
			e := &element{space: token.Name.Space, name: token.Name.Local, attrs: token.Attr}
			if n := len(open); n > 0 {
				open[n-1].inside = append(open[n-1].inside, e)
			}
			open = append(open, e)
		case xml.CharData:
			if n := len(open); n > 0 && len(open[n-1].inside) == 0 {
				open[n-1].text += string(token)
			}
		case xml.EndElement:
			if len(open) == 1 {
				return open[0], nil
			}
			open = open[:len(open)-1]
		}
	}
}

// child is the first element of a name inside e; nil where there is none, as
// for a nil e.
func (e *element) child(path ...string) *element {
	for _, name := range path {
		if e == nil {
			return nil
		}
		var found *element
		for _, c := range e.inside {
			if c.name == name {
				found = c
				break
			}
		}
		e = found
	}
	return e
}

// all are the elements inside e, none of a nil e.
func (e *element) all() []*element {
	if e == nil {
		return nil
	}
	return e.inside
}

// value is the text of what path leads to.
func (e *element) value(path ...string) string {
	if e = e.child(path...); e == nil {
		return ""
	}
	return strings.TrimSpace(e.text)
}

// number is the value of what path leads to, or otherwise where there is none.
func (e *element) number(otherwise int, path ...string) int {
	if n, err := strconv.Atoi(e.value(path...)); err == nil {
		return n
	}
	return otherwise
}

func (e *element) attr(name string) string {
	if e == nil {
		return ""
	}
	for _, a := range e.attrs {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}

// markup is XML being written.
type markup []byte

// open begins an element; attributes come as name and value.
func (m *markup) open(tag string, attrs ...string) {
	m.begin(tag, attrs)
	*m = append(*m, '>')
}

// empty is an element with attributes alone.
func (m *markup) empty(tag string, attrs ...string) {
	m.begin(tag, attrs)
	*m = append(*m, ' ', '/', '>')
}

func (m *markup) begin(tag string, attrs []string) {
	b := append(append(*m, '<'), tag...)
	for i := 0; i+1 < len(attrs); i += 2 {
		b = append(append(append(b, ' '), attrs[i]...), '=', '"')
		b = append(appendEscaped(b, attrs[i+1]), '"')
	}
	*m = b
}

func (m *markup) close(tag string) {
	*m = append(append(append(*m, '<', '/'), tag...), '>')
}

// text is an element with text inside.
func (m *markup) text(tag, value string, attrs ...string) {
	if value == "" {
		m.empty(tag, attrs...)
		return
	}
	m.open(tag, attrs...)
	*m = appendEscaped(*m, value)
	m.close(tag)
}

func (m *markup) flag(tag string, value bool) { m.text(tag, strconv.FormatBool(value)) }

func (m *markup) count(tag string, n int) { m.text(tag, strconv.Itoa(n)) }

// appendEscaped writes text as Exchange does: control characters, too, become
// references, though XML 1.0 knows no such characters.
func appendEscaped(b []byte, text string) []byte {
	last := 0
	for i := 0; i < len(text); {
		c, width := text[i], 1
		escaped := ""
		switch {
		case c == '&':
			escaped = "&amp;"
		case c == '<':
			escaped = "&lt;"
		case c == '>':
			escaped = "&gt;"
		case c == '"':
			escaped = "&quot;"
		case c == '\r' || c < ' ' && c != '\t' && c != '\n':
			escaped = "&#x" + strings.ToUpper(strconv.FormatInt(int64(c), 16)) + ";"
		case c >= utf8.RuneSelf:
			var r rune
			if r, width = utf8.DecodeRuneInString(text[i:]); r == utf8.RuneError && width == 1 {
				escaped = "\uFFFD"
			}
		}
		if escaped != "" {
			b = append(append(b, text[last:i]...), escaped...)
			last = i + width
		}
		i += width
	}
	return append(b, text[last:]...)
}
