package phone

import (
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// A plan is a country whose own numbers are dialled with nothing but its trunk
// prefix in front and without any rule that rewrites them. A valid number of
// such a country can be taken apart without libphonenumber's parser, which costs
// several times what the check against the number plan does; and a directory has
// hundreds of thousands of numbers.
type plan struct {
	code  int32
	trunk string
}

var plans = map[string]plan{
	"SE": {46, "0"}, "NL": {31, "0"}, "DE": {49, "0"}, "GB": {44, "0"}, "FI": {358, "0"},
	"NO": {47, ""}, "DK": {45, ""},
}

// home reads digits as dialled within the country of the plan.
func (p plan) home(digits string) (Number, bool) {
	rest, ok := strings.CutPrefix(digits, p.trunk)
	return p.number(rest), ok && p.valid(rest)
}

// directly reads country code and national number if they are a valid number of
// one of the plans. Where it says no, the parser has the last word.
func directly(digits string) (Number, bool) {
	for _, p := range plans {
		if rest, ok := strings.CutPrefix(digits, strconv.Itoa(int(p.code))); ok {
			rest = strings.TrimPrefix(rest, p.trunk) // the zero of "+46 (0)8"
			return p.number(rest), p.valid(rest)
		}
	}
	return "", false
}

func (p plan) number(rest string) Number { return Number("+" + strconv.Itoa(int(p.code)) + rest) }

func (p plan) valid(rest string) bool {
	if rest == "" || rest[0] == '0' || len(rest) > maxDigits {
		return false
	}
	national, err := strconv.ParseUint(rest, 10, 64)
	return err == nil && phonenumbers.IsValidNumber(&phonenumbers.PhoneNumber{CountryCode: &p.code, NationalNumber: &national})
}
