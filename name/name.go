// Package name compares and sorts the names of people and things in the ways a
// person who looks for somebody does: without accents, without regard to the
// order of first name and surname, and, in lists, in the Swedish alphabet, where
// å, ä and ö come last.
//
//	name.Fold("Öberg")        // "oberg"
//	name.Match("Oberg, Åsa")  // "asa oberg", as for "Åsa Öberg"
//	name.Key("Åberg")         // sorts, as bytes, after name.Key("Zetterberg")
package name

import (
	"slices"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"
)

// letters that do not come apart into a plain letter and an accent.
var letters = strings.NewReplacer(
	"ß", "ss", "ø", "o", "æ", "ae", "œ", "oe", "đ", "d", "ð", "d", "þ", "th",
	"ł", "l", "ħ", "h", "ŧ", "t", "ı", "i", "ŋ", "n", "ĸ", "k",
)

// Fold is s in lower case, without accents, in ASCII where the letters are
// Latin: "Øyvind Strauß" gives "oyvind strauss". Ligatures and full-width forms
// become plain letters. Spaces and punctuation stay. Folding twice changes
// nothing more.
func Fold(s string) string {
	if plain(s) {
		return strings.ToLower(s)
	}
	apart := norm.NFKD.String(strings.ToLower(norm.NFKD.String(strings.ToValidUTF8(s, "\uFFFD"))))
	bare := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, apart)
	return letters.Replace(bare)
}

func plain(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// Words are the folded words of s, in their order. An apostrophe
// belongs to its word ("O'Brien" is "obrien"); everything else that is neither
// letter nor digit divides.
func Words(s string) []string {
	s = strings.Map(func(r rune) rune {
		switch r {
		case '\'', '’', '‘', 'ʼ', '´', '`':
			return -1
		}
		return r
	}, s)
	return strings.FieldsFunc(Fold(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// Match is the key under which two ways of writing the same name are one: its
// folded words, sorted, a space between. Two people may well share it, so equal
// keys suggest and never prove. It is "" where s holds no word.
func Match(s string) string {
	words := Words(s)
	slices.Sort(words)
	return strings.Join(words, " ")
}

// A Collator keeps scratch space and serves one caller at a time.
var collators = sync.Pool{New: func() any {
	return collate.New(language.MustParse("sv-u-co-reformed"), collate.Numeric)
}}

// Key is the sort key of s in the Swedish alphabet: å, ä, ö last, w apart from
// v, case and foreign accents only where nothing else differs, digits by their
// value ("Rum 2" before "Rum 10"). Compare keys as bytes. It is not text and
// cannot be turned back into s.
func Key(s string) []byte {
	c := collators.Get().(*collate.Collator)
	defer collators.Put(c)
	var buf collate.Buffer
	return slices.Clone(c.KeyFromString(&buf, strings.ToValidUTF8(s, "\uFFFD")))
}
