package pbx

import (
	"errors"
	"slices"
	"strings"
	"unicode"

	"github.com/telefonist/telefonist/phone"
)

// parseCell makes a field's value of what stands in a cell. code says what is
// wrong with it, "" for nothing; detail is the finer reason of a number.
func parseCell(f Field, cell, country string) (value, code, detail string) {
	cell = unguard(cell)
	switch {
	case len(cell) > maxCell:
		return "", "long", ""
	case strings.ContainsRune(cell, '\uFFFD') || strings.ContainsRune(cell, 0):
		return "", "characters", ""
	case strings.TrimSpace(cell) == "":
		return "", "", ""
	case f == Extension:
		value, err := phone.ParseExtension(unformula(cell))
		return value, "extension", detailOf(err)
	case f.IsNumber():
		value, err := phone.Parse(unformula(cell), country)
		return string(value), "number", detailOf(err)
	case f == Hidden, f == Protected:
		return truth(cell)
	case f == Primary:
		if number, known := columnFor(cell); known && (number.IsNumber() || number == Extension) {
			return string(number), "", ""
		}
		return "", "primary", ""
	case f == Mail:
		if name, host, found := strings.Cut(cell, "@"); !found || name == "" || host == "" || strings.ContainsAny(cell, " \t\n,;") {
			return "", "mail", ""
		}
	case f == Mails:
		cell = strings.ReplaceAll(cell, "\r\n", "\n")
	}
	return cell, "", ""
}

// formatCell is the inverse of parseCell.
func formatCell(f Field, value, lang string) string {
	switch {
	case value == "":
		return ""
	case f == Primary:
		return guard(heading(Field(value), lang))
	case f != Hidden && f != Protected:
		return guard(value)
	case value == "true" && lang == "sv":
		return "ja"
	case value == "true":
		return "yes"
	}
	return ""
}

// detailOf is nil's "", and for what phone could not read its reason.
func detailOf(err error) string {
	var unread *phone.ParseError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &unread):
		return string(unread.Reason)
	}
	return "empty"
}

func truth(cell string) (value, code, detail string) {
	switch strings.ToLower(strings.TrimSpace(cell)) {
	case "ja", "j", "yes", "y", "true", "sant", "1", "x":
		return "true", "", ""
	case "nej", "n", "no", "false", "falskt", "0":
		return "", "", ""
	}
	return "", "yesno", ""
}

// unformula takes ="0701234567" apart, which some programs write to keep Excel
// from calculating with a number.
func unformula(cell string) string {
	if inner, found := strings.CutPrefix(cell, `="`); found && strings.HasSuffix(inner, `"`) {
		return strings.TrimSuffix(inner, `"`)
	}
	return cell
}

// guard puts an apostrophe before what a spreadsheet would run as a formula
// (https://owasp.org/www-community/attacks/CSV_Injection) or would not keep as
// text: +46… and 0123 lose their beginning, numbers of twelve digits their end.
// [unguard] gives exactly the value back, also for one that begins with
// apostrophes itself.
func guard(value string) string {
	if wantsGuard(value) {
		return "'" + value
	}
	return value
}

func unguard(cell string) string {
	if value, found := strings.CutPrefix(cell, "'"); found && wantsGuard(value) {
		return value
	}
	return cell
}

func wantsGuard(value string) bool {
	value = strings.TrimLeft(value, "'")
	if value == "" {
		return false
	}
	if strings.ContainsRune("\t\r\n", rune(value[0])) {
		return true
	}
	bare := strings.TrimLeftFunc(value, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) })
	if first := []rune(bare + " ")[0]; slices.Contains([]rune("=+-@＝＋－＠−"), first) {
		return true
	}
	digits := strings.TrimFunc(value, unicode.IsSpace)
	return allDigits(digits) && (digits[0] == '0' && len(digits) > 1 || len(digits) > 11)
}

func allDigits(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
}
