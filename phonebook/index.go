package phonebook

import (
	"bytes"
	"cmp"
	"iter"
	"slices"
	"strings"

	"github.com/telefonist/telefonist/name"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/phone"
)

// index is one organization's subscribers, in the order of their names. In text
// each has a line of folded words:
//
//	names and extension TAB other numbers, mail, department … VT numbers for attendants NL
type index struct {
	about  About
	text   []byte
	packed []byte // the fields of each, see pack
	lines  []line

	// one has the entry of each number that a single entry holds, several the
	// entries of the others. A number with an extension is also found, under
	// withExtension, by the number alone.
	one     map[string]holder
	several map[string][]holder
}

// line is where an entry stands in text and packed.
type line struct {
	start, head, common, end uint32 // of text: up to TAB, VT and NL
	packed                   uint32
	hidden                   bool
}

// holder is an entry's place among the lines, doubled, and 1 more where only
// attendants know that the number is its.
type holder int32

func (h holder) entry() int          { return int(h >> 1) }
func (h holder) attendantOnly() bool { return h&1 == 1 }

// searched are the fields that a search finds besides names, extension, numbers
// and mail addresses.
var searched = []pbx.Field{pbx.Title, pbx.Department, pbx.Company, pbx.Office, pbx.City}

// draft is an entry before all are sorted.
type draft struct {
	key       []byte
	line      line // within text and packed as they were written
	packedEnd int
}

func newIndex(subscribers iter.Seq2[pbx.Subscriber, error], about About) (*index, error) {
	var text, packed []byte
	var drafts []draft
	known := folded{}
	for s, err := range subscribers {
		if err != nil {
			return nil, err
		}
		d := draft{key: name.Key(s.Name()), line: line{start: uint32(len(text)), packed: uint32(len(packed)), hidden: s.Hidden()}}
		text = known.appendLine(text, s, &d.line)
		packed = pack(packed, s)
		d.packedEnd = len(packed)
		drafts = append(drafts, d)
	}
	slices.SortFunc(drafts, func(a, b draft) int {
		return cmp.Or(bytes.Compare(a.key, b.key), cmp.Compare(a.line.start, b.line.start))
	})
	x := &index{
		about: about, text: make([]byte, 0, len(text)), packed: make([]byte, 0, len(packed)), lines: make([]line, len(drafts)),
		one: make(map[string]holder, len(drafts)), several: map[string][]holder{},
	}
	for i, d := range drafts {
		move := uint32(len(x.text)) - d.line.start // modulo 2³², as the sums below
		x.lines[i] = line{start: uint32(len(x.text)), head: d.line.head + move, common: d.line.common + move,
			end: d.line.end + move, packed: uint32(len(x.packed)), hidden: d.line.hidden}
		x.text = append(x.text, text[d.line.start:d.line.end+1]...)
		x.packed = append(x.packed, packed[d.line.packed:d.packedEnd]...)
	}
	for i := range x.lines {
		x.hold(i)
	}
	return x, nil
}

// hold notes the numbers of an entry.
func (x *index) hold(i int) {
	s := x.entry(i, Administrator)
	noted := map[string]bool{}
	note := func(key string, h holder) {
		if noted[key] {
			return
		}
		noted[key] = true
		if first, taken := x.one[key]; taken {
			x.several[key] = []holder{first, h}
			delete(x.one, key)
		} else if all := x.several[key]; all != nil {
			x.several[key] = append(all, h)
		} else {
			x.one[key] = h
		}
	}
	for _, f := range []pbx.Field{pbx.Extension, pbx.Business, pbx.Mobile, pbx.Other, pbx.Fax, pbx.Attendant} {
		n := phone.Number(s.Get(f))
		if n == "" {
			continue
		}
		h := holder(i << 1)
		if f == pbx.Attendant {
			h++ // last, so that a number known otherwise stays known
		}
		note(string(n), h)
		if n.Extension() != "" {
			note(withExtension(n), h)
		}
	}
}

func withExtension(n phone.Number) string { return n.E164() + ";" }

// folded remembers the words of titles, departments and places, of which there
// are few.
type folded map[string]string

func (known folded) words(s string) string {
	words, found := known[s]
	if !found {
		words = strings.Join(name.Words(s), " ")
		known[s] = words
	}
	return words
}

// appendLine writes the line of s and where it begins and ends.
func (known folded) appendLine(text []byte, s pbx.Subscriber, l *line) []byte {
	words := name.Words(names(s))
	for i, w := range words {
		if slices.Index(words, w) == i {
			text = append(append(text, w...), ' ')
		}
	}
	text = append(text, digits(s.Get(pbx.Extension))...)
	l.head = uint32(len(text))
	text = append(text, '\t')
	for _, f := range pbx.Numbers() {
		if n := s.Get(f); n != "" && f != pbx.Attendant {
			text = append(append(text, number(n)...), ' ')
		}
	}
	for _, mail := range append([]string{s.Get(pbx.Mail)}, strings.Fields(s.Get(pbx.Mails))...) {
		if mail != "" {
			text = append(append(text, clean(name.Fold(mail))...), ' ')
		}
	}
	for _, f := range searched {
		if v := s.Get(f); v != "" {
			text = append(append(text, known.words(v)...), ' ')
		}
	}
	l.common = uint32(len(text))
	text = append(text, '\v')
	text = append(text, number(s.Get(pbx.Attendant))...)
	l.end = uint32(len(text))
	return append(text, '\n')
}

// names are all that s is called.
func names(s pbx.Subscriber) string {
	display, both := s.Get(pbx.DisplayName), s.Get(pbx.FirstName)+" "+s.Get(pbx.LastName)
	if display == both {
		return display
	}
	return display + " " + both
}

// number is a number's digits, those of its extension apart.
func number(n string) string {
	main, ext, _ := strings.Cut(n, ";ext=")
	return strings.TrimRight(digits(main)+" "+digits(ext), " ")
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

// clean keeps the signs that divide the text out of it.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, s)
}

// visible is the part of a line that the audience may search: the names, and
// what follows them.
func (x *index) visible(i int, who Audience) (head, rest []byte) {
	l := x.lines[i]
	end := l.end
	if who == Everybody {
		end = l.common
	}
	return x.text[l.start:l.head], x.text[l.head:end]
}

// size is about what the index takes in memory, in bytes.
func (x *index) size() int {
	const aLine, aNumber = 24, 64
	n := cap(x.text) + cap(x.packed) + aLine*len(x.lines) + aNumber*len(x.one) + 4<<10
	for _, all := range x.several {
		n += aNumber + 4*cap(all)
	}
	return n
}
