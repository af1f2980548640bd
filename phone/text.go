package phone

import (
	"regexp"
	"strings"
)

// normalize brings what keyboards, Word and web pages make of a number back to
// ASCII: full-width signs, every kind of space and hyphen, invisible marks,
// quotation marks around it. Digits written small or in circles stay: they are
// footnotes, not parts of a number.
func normalize(raw string) string {
	text := strings.Map(ascii, raw)
	text = strings.Trim(text, " \n'\"")
	if text != "" && foreign(rune(text[0])) {
		text = text[len(labels.FindString(text)):]
	}
	return strings.Trim(text, " \n")
}

// foreign reports whether r is no part of a number as people punctuate it.
func foreign(r rune) bool {
	return !('0' <= r && r <= '9' || strings.ContainsRune("+-() ./\n", r))
}

func ascii(r rune) rune {
	switch {
	case r >= 0xFF01 && r <= 0xFF5E: // full-width forms of ASCII
		return ascii(r - 0xFEE0)
	case r == '\u00A0', r >= 0x2000 && r <= 0x200A, r == '\u202F', r == '\u205F', r == '\u3000', r == '\t':
		return ' '
	case r >= 0x2010 && r <= 0x2015, r == '\u2212', r == '\uFE58', r == '\uFE63':
		return '-'
	case r == '\u00AD', r >= 0x200B && r <= 0x200F, r >= 0x202A && r <= 0x202E, r >= 0x2060 && r <= 0x2069, r == '\uFEFF':
		return -1
	case r == '\r', r == '\v', r == '\f', r == '\u0085', r == '\u2028', r == '\u2029':
		return '\n'
	}
	return r
}

var (
	labels = regexp.MustCompile(`(?i)^(?:telefon|phone|mobile|mobil|mob|tel|tfn|tlf|puh)\b[.: ]*`)

	// The extension's digits at the end, after a word for it in Swedish, English,
	// Dutch, German, Norwegian, Danish or Finnish, or after RFC 3966's ";ext=".
	extension = regexp.MustCompile(`(?i)(?:;ext=|[,;]?\s*(?:(?:^|[^\pL])(?:` +
		`anknytning|ankn|ank|extension|extn|ext|toestelnummer|toestel|tst|durchwahl|nebenstelle|apparat|app|dw|` +
		`internnummer|internt|intern|int|lokalnummer|lokalt|lokal|lok|linjenummer|alanumero|alanro)|x|#)[.:]*)` +
		`\s*-?\s*(\d{1,7})$`)

	between = regexp.MustCompile(`(?i)[,;|&\n/]|\b(?:eller|och|samt|or|and|of|en|und|oder|og|tai|ja)\b`)
	sipURI  = regexp.MustCompile(`(?i)^\s*(?:"[^"]*"\s*)?<?sips?:([^@;>]+)`)
)

// cutExtension takes the extension off the end of text.
func cutExtension(text string) (main, ext string) {
	if !strings.ContainsFunc(text, foreign) {
		return text, ""
	}
	at := extension.FindStringSubmatchIndex(text)
	if at == nil {
		return text, ""
	}
	start := at[0]
	for start < at[2] && (text[start] >= '0' && text[start] <= '9' || text[start] == ')') {
		start++ // the sign before the word belongs to the number
	}
	return strings.TrimRight(text[:start], " ,"), text[at[2]:at[3]]
}

// moreThanOne reports whether two or more parts of the text are long enough to
// be numbers by themselves.
func moreThanOne(text string) bool {
	if !strings.ContainsFunc(text, func(r rune) bool { return foreign(r) || r == '/' || r == '\n' }) {
		return false
	}
	whole := 0
	for _, part := range between.Split(text, -1) {
		if len(digitsOf(part)) >= 6 {
			whole++
		}
	}
	return whole > 1
}

// joined reports whether text is two numbers with nothing but a space between.
func joined(text, country string) bool {
	for i, r := range text {
		if r != ' ' || len(digitsOf(text[:i])) < 6 || len(digitsOf(text[i:])) < 6 {
			continue
		}
		if _, reason := one(text[:i], country); reason != "" {
			continue
		}
		if _, reason := one(strings.TrimSpace(text[i:]), country); reason == "" {
			return true
		}
	}
	return false
}

func one(text, country string) (Number, Reason) {
	plus, digits, reason := strip(text)
	if reason != "" {
		return "", reason
	}
	return read(plus, digits, country, text)
}

// strip takes the punctuation away and tells whether a "+" stood in front.
func strip(text string) (plus bool, digits string, reason Reason) {
	digits = digitsOf(text)
	plus = strings.HasPrefix(strings.TrimLeft(text, "( "), "+")
	pluses := strings.Count(text, "+")
	switch {
	case strings.ContainsFunc(text, foreign), pluses > 1, pluses == 1 && !plus, !brackets(text), !slash(text):
		return false, "", Letters
	case digits == "":
		return false, "", TooShort
	}
	return plus, digits, ""
}

// brackets reports whether each "(" is closed before the next opens and no
// digits stand in brackets at the end, which would be an extension or a note.
func brackets(text string) bool {
	open := false
	for _, r := range text {
		if r == '(' && open || r == ')' && !open {
			return false
		}
		open = open != (r == '(' || r == ')')
	}
	return !open && !(strings.HasSuffix(text, ")") && strings.Contains(text, "("))
}

// slash reports whether a "/" stands, if at all, once and between area code and
// number. "123 45 67/68" are two numbers.
func slash(text string) bool {
	before, after, found := strings.Cut(text, "/")
	if !found {
		return true
	}
	groups := strings.FieldsFunc(strings.TrimSpace(before), func(r rune) bool { return r == ' ' || r == '-' || r == '.' })
	international := strings.HasPrefix(before, "+") || strings.HasPrefix(before, "00")
	return len(digitsOf(after)) >= 4 && !strings.Contains(after, "/") &&
		(len(groups) == 1 && len(digitsOf(before)) <= 6 || international && len(groups) <= 3 && len(digitsOf(before)) <= 9)
}

func sipUser(raw string) string {
	if m := sipURI.FindStringSubmatch(raw); m != nil {
		return m[1]
	}
	return raw
}

func digitsOf(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

// leadingDigits are the digits before anything else, a bracket in front left out.
func leadingDigits(text string) string {
	text = strings.TrimLeft(text, "( ")
	return text[:len(text)-len(strings.TrimLeft(text, "0123456789"))]
}

func allDigits(s string) bool { return s != "" && digitsOf(s) == s }
