package pbx

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// decode makes UTF-8 with \n or \r\n line ends of what a spreadsheet saved:
// UTF-8 or UTF-16 with a byte order mark, UTF-8 without, else Windows-1252.
func decode(data []byte) ([]byte, error) {
	var fallback encoding.Encoding = charmap.Windows1252
	if utf8.Valid(data) {
		fallback = encoding.Nop
	}
	text, _, err := transform.Bytes(unicode.BOMOverride(fallback.NewDecoder()), data)
	if err != nil {
		return nil, err
	}
	if bytes.IndexByte(text, '\n') < 0 {
		text = bytes.ReplaceAll(text, []byte("\r"), []byte("\n"))
	}
	return text, nil
}

// lines walks the records of a decoded file. A record may span lines where a
// cell in quotes does; one that is not well quoted is given up at the end of its
// first line, so that a stray quotation mark never swallows the next row.
type lines struct {
	rest  []byte
	comma byte
	line  int // of the record last returned, 1 the first
	next  int
}

func newLines(text []byte) *lines {
	l := &lines{rest: text, next: 1}
	first, rest, _ := bytes.Cut(text, []byte("\n"))
	if mark, found := strings.CutPrefix(string(bytes.TrimRight(first, "\r")), "sep="); found && len(mark) == 1 && strings.Contains(";,\t|", mark) {
		l.comma, l.rest, l.next = mark[0], rest, 2 // Excel's own way to name the separator
		return l
	}
	l.comma = ';'
	for _, c := range []byte(",\t") {
		if bytes.Count(first, []byte{c}) > bytes.Count(first, []byte{l.comma}) {
			l.comma = c
		}
	}
	return l
}

// more reports whether there is another record.
func (l *lines) more() bool { return len(l.rest) > 0 }

// record returns the next record; ok is false where its quotation marks don't
// fit together.
func (l *lines) record() (cells []string, ok bool) {
	l.line = l.next
	text := l.rest
	for {
		cell, after, ok := l.cell(text)
		if !ok {
			_, l.rest, _ = bytes.Cut(l.rest, []byte("\n"))
			l.next++
			return nil, false
		}
		cells = append(cells, cell)
		if len(after) > 0 && after[0] == l.comma {
			text = after[1:]
			continue
		}
		after = bytes.TrimPrefix(bytes.TrimPrefix(after, []byte("\r")), []byte("\n"))
		l.next += max(1, bytes.Count(l.rest[:len(l.rest)-len(after)], []byte("\n")))
		l.rest = after
		return cells, true
	}
}

// cell reads one cell; after begins with the separator or the line's end. A cell
// in quotes is taken as it stands, another without the space around it.
func (l *lines) cell(text []byte) (cell string, after []byte, ok bool) {
	bare := bytes.TrimLeft(text, " ")
	if len(bare) == 0 || bare[0] != '"' {
		end := bytes.IndexAny(text, string([]byte{l.comma, '\n'}))
		if end < 0 {
			end = len(text)
		}
		return string(bytes.TrimSpace(text[:end])), text[end:], true
	}
	var value strings.Builder
	for text = bare[1:]; ; text = text[1:] {
		end := bytes.IndexByte(text, '"')
		if end < 0 || end > maxQuoted {
			return "", nil, false
		}
		value.Write(text[:end])
		if text = text[end+1:]; len(text) == 0 || text[0] != '"' {
			break
		}
		value.WriteByte('"')
	}
	text = bytes.TrimLeft(text, " ")
	ended := len(text) == 0 || text[0] == l.comma || text[0] == '\n' || bytes.HasPrefix(text, []byte("\r\n"))
	return value.String(), text, ended
}
