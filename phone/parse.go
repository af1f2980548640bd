package phone

import (
	"errors"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// ErrEmpty is returned for text in which nothing stands.
var ErrEmpty = errors.New("phone: empty")

// Reason says why a text could not be read as one number. Its text is a key for
// the sentence shown to a person.
type Reason string

// The reasons of a [ParseError].
const (
	Letters     Reason = "letters"      // letters or signs that no number has
	TwoNumbers  Reason = "two"          // more than one number in the text
	TooShort    Reason = "short"        // too few digits to be a whole number
	TooLong     Reason = "long"         // too many digits
	NoAreaCode  Reason = "areacode"     // looks like a number written without its area code
	Ambiguous   Reason = "ambiguous"    // two different numbers could be meant
	NoCountry   Reason = "country"      // a national number, and the country is unknown
	NotAssigned Reason = "not-assigned" // in no number plan: mistyped or invented
)

// ParseError tells what was typed and why it is not a number. Its text leaves
// out Raw, which may be anything a person typed, so that it can be logged.
type ParseError struct {
	Raw    string
	Reason Reason
}

// Error says why, not what was typed.
func (e *ParseError) Error() string { return "phone: unreadable number: " + string(e.Reason) }

const (
	noRegion     = "ZZ" // libphonenumber's name for no country
	maxRaw       = 200  // bytes; nothing longer is one number
	maxDigits    = 15   // E.164 §6.2.1
	maxExtension = 7
	maxShort     = 6
)

// Parse reads raw as someone in country (ISO 3166-1 alpha-2) means it. Accepted
// are international, national and short numbers in any usual punctuation and
// any width of digit, "tel:" URIs, and an extension after the number in the
// words of several languages. A country code without its "+" is understood
// where the text can be read in no other way.
//
// The error is [ErrEmpty] or a [*ParseError].
func Parse(raw, country string) (Number, error) {
	if len(raw) > maxRaw {
		return "", &ParseError{raw, TooLong}
	}
	text := normalize(raw)
	if text == "" {
		return "", ErrEmpty
	}
	n, reason := parse(text, canonicalCountry(country))
	if reason != "" {
		return "", &ParseError{raw, reason}
	}
	return n, nil
}

// ParseExtension reads the number of an extension alone: 1 to 7 digits, spaces
// allowed, zeros in front kept. The error is as Parse's.
func ParseExtension(raw string) (string, error) {
	text := normalize(raw)
	if text == "" {
		return "", ErrEmpty
	}
	digits := strings.ReplaceAll(text, " ", "")
	switch {
	case !allDigits(digits):
		return "", &ParseError{raw, Letters}
	case len(digits) > maxExtension:
		return "", &ParseError{raw, TooLong}
	}
	return digits, nil
}

// Lookup reads what a telephone, a trunk or a searching person gives as a
// number: as Parse, and also the user part of a "sip:" address. It is for
// finding, so no reason is given.
func Lookup(raw, country string) (Number, bool) {
	n, err := Parse(sipUser(raw), country)
	return n, err == nil
}

// Keys lists the texts under which n is found, the most exact first: with its
// extension, then without.
func (n Number) Keys() []string {
	switch {
	case n == "":
		return nil
	case n.Extension() == "":
		return []string{string(n)}
	}
	return []string{string(n), n.E164()}
}

func parse(text, country string) (Number, Reason) {
	text, ext := cutExtension(text)
	if moreThanOne(text) {
		return "", TwoNumbers
	}
	if text == "" && ext != "" {
		return short(ext)
	}
	plus, digits, reason := strip(text)
	if reason != "" {
		return "", reason
	}
	n, reason := read(plus, digits, country, text)
	if len(n) > len("+")+maxDigits { // Germany's plan has room for more than E.164
		n, reason = "", TooLong
	}
	if reason == "" && ext != "" {
		if n.Short() {
			return "", TwoNumbers
		}
		n += Number(extParam + ext)
	}
	if reason != "" && joined(text, country) {
		reason = TwoNumbers
	}
	return n, reason
}

// read decides what the digits are. text is what they were typed as.
func read(plus bool, digits, country, text string) (Number, Reason) {
	switch {
	case plus:
		return international(strings.TrimPrefix(digits, "00"), text)
	case strings.HasPrefix(digits, "00"):
		return international(digits[2:], text)
	case country == "" || !KnownCountry(country):
		return withoutCountry(digits, text)
	}
	trunk := phonenumbers.GetNddPrefixForRegion(country, true)
	n, abroad, reason := national(digits, country)
	if reason == "" && (abroad || trunk == "" || trunk == "1" || strings.HasPrefix(digits, trunk)) {
		return n, ""
	}
	if s, why := shortHere(digits, country, text); why == "" {
		return s, ""
	}
	if strings.HasPrefix(digits, "0") {
		return "", reason
	}
	return bare(digits, text, country, n)
}

// bare reads digits that begin neither with "+" nor with the country's trunk
// prefix: a country code without its plus, or a mobile number that lost its
// first zero in a spreadsheet. Other numbers without the zero could as well be
// local ones without their area code. A country code must show as one: six digits
// before a hyphen are the beginning of an identity or company number.
func bare(digits, text, country string, home Number) (Number, Reason) {
	if home != "" && !mobile(home) {
		home = ""
	}
	var away Number
	if first := len(leadingDigits(text)); first <= 5 || first == len(digits) {
		away, _ = international(digits, digits)
	}
	switch {
	case home != "" && away != "" && home != away:
		return "", Ambiguous
	case home != "":
		return home, ""
	case away != "":
		return away, ""
	case len(digits) > maxDigits:
		return "", TooLong
	case phonenumbers.GetNddPrefixForRegion(country, true) == "0":
		return "", NoAreaCode
	}
	return "", length(digits)
}

func withoutCountry(digits, text string) (Number, Reason) {
	if n, reason := short(compact(digits, text)); reason == "" {
		return n, ""
	}
	if n, reason := international(digits, text); reason == "" {
		return n, ""
	}
	return "", NoCountry
}

// international reads digits that follow a "+". A zero in brackets, "+46 (0)8",
// is dropped by the number plan where the country has such a trunk prefix, kept
// where the zero is dialled (Italy), and dropped here where neither fits.
func international(digits, text string) (Number, Reason) {
	if strings.HasPrefix(digits, "0") { // no country code does
		return "", length(digits)
	}
	if n, ok := directly(digits); ok {
		return n, ""
	}
	parsed, err := phonenumbers.Parse("+"+digits, noRegion)
	if err == nil && phonenumbers.IsValidNumber(parsed) {
		return e164(parsed), ""
	}
	if before, after, found := strings.Cut(text, "(0)"); found && !strings.Contains(after, "(0)") {
		_, digits, reason := strip(before + after)
		if reason == "" {
			return international(strings.TrimPrefix(digits, "00"), before+after)
		}
	}
	return "", length(digits)
}

// national reads digits as dialled in country. abroad tells that they begin with
// the country's own prefix for calls abroad, such as 011 in North America.
func national(digits, country string) (n Number, abroad bool, reason Reason) {
	if p, ok := plans[country]; ok {
		if n, ok := p.home(digits); ok {
			return n, false, ""
		}
	}
	parsed, err := phonenumbers.ParseAndKeepRawInput(digits, country)
	if err != nil || !phonenumbers.IsValidNumber(parsed) {
		return "", false, length(digits)
	}
	abroad = parsed.GetCountryCodeSource() == phonenumbers.PhoneNumber_FROM_NUMBER_WITH_IDD
	return e164(parsed), abroad, ""
}

func e164(parsed *phonenumbers.PhoneNumber) Number {
	return Number(phonenumbers.Format(parsed, phonenumbers.E164))
}

func mobile(n Number) bool {
	parsed, err := phonenumbers.Parse(string(n), noRegion)
	return err == nil && phonenumbers.GetNumberType(parsed) == phonenumbers.MOBILE
}

// short reads an internal number. One that begins with 0 would be an outside
// line or what people type for "none".
func short(digits string) (Number, Reason) {
	switch {
	case len(digits) > maxShort:
		return "", TooLong
	case digits == "" || digits[0] == '0':
		return "", TooShort
	}
	return Number(digits), ""
}

// shortHere reads a short number: an internal one, or one of the country's own
// however it is spaced. Six digits in groups are a local number without its
// area code.
func shortHere(digits, country, text string) (Number, Reason) {
	n, reason := short(digits)
	if reason != "" || compact(digits, text) != "" {
		return n, reason
	}
	parsed, err := phonenumbers.Parse(digits, country)
	if err == nil && phonenumbers.IsValidShortNumberForRegion(parsed, country) {
		return n, ""
	}
	return "", NoAreaCode
}

// compact is digits if they were typed as one internal number is: without
// anything between, or at most five of them with spaces; else "".
func compact(digits, text string) string {
	if text == digits || len(digits) < maxShort && strings.ReplaceAll(text, " ", "") == digits {
		return digits
	}
	return ""
}

func length(digits string) Reason {
	switch {
	case len(digits) < 7:
		return TooShort
	case len(digits) > maxDigits:
		return TooLong
	}
	return NotAssigned
}
