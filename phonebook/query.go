package phonebook

import (
	"strconv"
	"strings"

	"github.com/telefonist/telefonist/name"
	"github.com/telefonist/telefonist/phone"
)

// term is one thing that must be found, in either of two spellings. Digits of a
// number are found with the number's beginning or end before its middle.
type term struct {
	spellings [][]byte // the likelier first
	common    []byte   // what all of them end with
	number    bool
}

func word(s string) term {
	return term{spellings: [][]byte{[]byte(s)}, common: []byte(s)}
}

// maxTerms bounds the work of a question; further words are not looked at.
const maxTerms = 8

// terms takes a question apart. Digits that stand together, however they are
// spaced, are one number; what has an @ is one address; the rest are words.
func terms(query, country string) []term {
	var all []term
	var digits []string // a number's parts, so far
	flush := func() {
		if len(digits) > 0 {
			all = append(all, numberTerm(strings.Join(digits, " "), country))
			digits = nil
		}
	}
	if len(query) > 500 {
		query = query[:500]
	}
	for _, w := range strings.Fields(name.Fold(query)) {
		if numeric(w) {
			digits = append(digits, w)
			continue
		}
		flush()
		if strings.Contains(w, "@") {
			all = append(all, word(clean(w)))
			continue
		}
		for _, w := range name.Words(w) {
			all = append(all, word(w))
		}
	}
	flush()
	return all[:min(len(all), maxTerms)]
}

// numeric is true for a part of a number as people write them.
func numeric(word string) bool {
	return strings.ContainsAny(word, "0123456789") && strings.Trim(word, "0123456789+-()./") == ""
}

// numberTerm finds digits as they stand, and, since the register has numbers in
// international form, what they stand for in country.
func numberTerm(text, country string) term {
	d := digits(text)
	t := word(d)
	t.number = true
	abroad := international(text, d, country)
	if common := commonEnd(abroad, d); common != "" && abroad != d {
		t.spellings, t.common = [][]byte{[]byte(abroad), []byte(d)}, []byte(common)
	}
	return t
}

// international is what a number, or the beginning of one, is after the "+"; ""
// where that can't be told.
func international(text, digits, country string) string {
	if n, ok := phone.Lookup(text, country); ok && !n.Short() {
		return n.E164()[1:]
	}
	if abroad, found := strings.CutPrefix(digits, "00"); found {
		return abroad
	}
	home, found := strings.CutPrefix(digits, "0")
	if code := phone.CallingCode(country); found && code != 0 && home != "" {
		return strconv.Itoa(code) + home
	}
	return ""
}

func commonEnd(a, b string) string {
	n := 0
	for n < min(len(a), len(b)) && a[len(a)-1-n] == b[len(b)-1-n] {
		n++
	}
	return a[len(a)-n:]
}
