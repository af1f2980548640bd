// Package phone reads telephone numbers as people type them and writes them as
// a country's people expect to see them.
//
// A [Number] is canonical text that can be stored, compared and used as a map
// key: an E.164 number ("+4681234567"), one with an extension in the manner of
// RFC 3966 ("+4681234567;ext=12"), or a short number, which is either internal
// ("12") or a country's own ("1177"). [Parse] makes one from any usual spelling:
//
//	n, err := phone.Parse("08-123 45 67 ankn 12", "SE") // +4681234567;ext=12
//	n.National("SE")                                    // 08-123 45 67 x12
//	n.National("DE")                                    // +46 8 123 45 67 x12
//
// Parse would rather refuse than guess. What it refuses is a [*ParseError] that
// says why, so that a person can be told what to correct; nothing typed is ever
// rounded off to the nearest number.
//
// Number plans come from libphonenumber's metadata (github.com/nyaruka/phonenumbers).
package phone

import (
	"slices"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// Number is a telephone number in canonical text: "+" and 7 to 15 digits
// (E.164), the same followed by ";ext=" and 1 to 7 digits (RFC 3966 §5.3), or a
// short number of 1 to 6 digits that does not begin with 0. The zero value is no
// number. Two Numbers are the same number when they are equal.
type Number string

const extParam = ";ext="

// E164 is the number without its extension, "+" and digits; "" for a short one.
func (n Number) E164() string {
	if n.Short() {
		return ""
	}
	main, _, _ := strings.Cut(string(n), extParam)
	return main
}

// Extension is the extension's digits, "" where there is none. A short number
// is not its own extension.
func (n Number) Extension() string {
	_, ext, _ := strings.Cut(string(n), extParam)
	return ext
}

// Short reports whether n can only be dialled where it belongs: an internal
// number or a country's short one, such as 1177.
func (n Number) Short() bool { return n != "" && n[0] != '+' }

// Tail is the last k digits, extension left out; all of them where there are
// fewer than k.
func (n Number) Tail(k int) string {
	digits := strings.TrimPrefix(n.main(), "+")
	return digits[len(digits)-min(max(k, 0), len(digits)):]
}

// National is n as someone in country (ISO 3166-1 alpha-2) writes it:
// "08-123 45 67" at home, "+46 8 123 45 67" abroad or where country is unknown.
// An extension follows as " x12". Parse reads it back to n in that country.
func (n Number) National(country string) string {
	if n == "" || n.Short() {
		return string(n)
	}
	parsed, err := phonenumbers.Parse(n.E164(), noRegion)
	if err != nil {
		return string(n)
	}
	country = canonicalCountry(country)
	text := phonenumbers.Format(parsed, phonenumbers.INTERNATIONAL)
	if int(parsed.GetCountryCode()) == CallingCode(country) {
		if home := phonenumbers.Format(parsed, phonenumbers.NATIONAL); readsBack(home, country, n) {
			text = home
		}
	}
	if ext := n.Extension(); ext != "" {
		text += " x" + ext
	}
	return text
}

// readsBack reports whether the national form names the same number again. A
// few numbers (local rate, services) are written nationally without the trunk
// prefix and would be taken for something else.
func readsBack(home, country string, n Number) bool {
	again, err := Parse(home, country)
	return err == nil && string(again) == n.main()
}

func (n Number) main() string {
	main, _, _ := strings.Cut(string(n), extParam)
	return main
}

// LastDigits makes an extension of the last k digits of n, the usual way where
// a company owns a series: ("+4681234567", 3) gives "567". It is "" when n has
// no k digits or k is not 1 to 7.
func LastDigits(n Number, k int) string {
	if tail := n.Tail(k); 1 <= k && k <= maxExtension && len(tail) == k {
		return tail
	}
	return ""
}

// Countries lists the ISO 3166-1 alpha-2 codes whose number plans are known,
// sorted.
func Countries() []string {
	var codes []string
	for code := range phonenumbers.GetSupportedRegions() {
		codes = append(codes, code)
	}
	slices.Sort(codes)
	return codes
}

// KnownCountry reports whether code, in either case, is one of [Countries].
func KnownCountry(code string) bool {
	return phonenumbers.GetSupportedRegions()[canonicalCountry(code)]
}

// CallingCode is a country's calling code, 46 for "SE"; 0 if it is not known.
func CallingCode(country string) int {
	return phonenumbers.GetCountryCodeForRegion(canonicalCountry(country))
}

func canonicalCountry(code string) string {
	return strings.ToUpper(strings.TrimSpace(code))
}
