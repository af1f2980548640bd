package phone_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"
	"pgregory.net/rapid"

	"github.com/telefonist/telefonist/phone"
)

var (
	canonical = regexp.MustCompile(`^(\+[1-9][0-9]{4,14}(;ext=[0-9]{1,7})?|[1-9][0-9]{0,5})$`)
	countries = []string{"SE", "NO", "NL", "DE", "GB", "DK", "FI", "US"}
)

// anyNumber draws numbers that their country's plan holds, with and without an
// extension.
func anyNumber(t *rapid.T) phone.Number {
	country := rapid.SampledFrom(countries).Draw(t, "of")
	digits := rapid.StringMatching(`[1-9][0-9]{4,10}`).Draw(t, "digits")
	parsed, err := phonenumbers.Parse(digits, country)
	if err != nil || !phonenumbers.IsValidNumber(parsed) {
		parsed = phonenumbers.GetExampleNumberForType(country, rapid.SampledFrom([]phonenumbers.PhoneNumberType{
			phonenumbers.FIXED_LINE, phonenumbers.MOBILE, phonenumbers.TOLL_FREE,
			phonenumbers.SHARED_COST, phonenumbers.VOIP, phonenumbers.UAN,
		}).Draw(t, "type"))
	}
	if parsed == nil {
		return "1177"
	}
	n := phone.Number(phonenumbers.Format(parsed, phonenumbers.E164))
	if rapid.Bool().Draw(t, "extended") {
		n += phone.Number(";ext=" + rapid.StringMatching(`[0-9]{1,7}`).Draw(t, "extension"))
	}
	return n
}

func TestWrittenNumbersReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := anyNumber(t)
		country := rapid.SampledFrom(append(countries, "IT", "")).Draw(t, "read in")
		if got, err := phone.Parse(string(n), country); got != n {
			t.Fatalf("%q in %q reads as %q, %v", n, country, got, err)
		}
		if got, err := phone.Parse(n.National(country), country); got != n {
			t.Fatalf("%q in %q is written %q, which reads as %q, %v", n, country, n.National(country), got, err)
		}
	})
}

// However a number is punctuated, its digits decide.
func TestPunctuationDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := anyNumber(t)
		if n.Short() {
			return
		}
		separator := rapid.SampledFrom([]string{"", " ", "-", ".", " - ", "\u00a0", "–"})
		var typed strings.Builder
		typed.WriteString("+")
		for _, digit := range n.E164()[1:] {
			typed.WriteRune(digit)
			typed.WriteString(separator.Draw(t, "separator"))
		}
		if got, err := phone.Parse(typed.String(), "SE"); string(got) != n.E164() {
			t.Fatalf("%q reads as %q, %v", typed.String(), got, err)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, c := range spellings {
		f.Add(c.raw, c.country)
	}
	f.Add("+46;ext=;ext=12", "SE")
	f.Add("((((0)8)", "SE")
	f.Add("+(0)(0)(0)", "SE")
	f.Add("\xff\xfe+46", "\x00")
	f.Fuzz(func(t *testing.T, raw, country string) {
		n, err := phone.Parse(raw, country)
		if err != nil {
			var refused *phone.ParseError
			if n != "" || !errors.Is(err, phone.ErrEmpty) && !errors.As(err, &refused) {
				t.Fatalf("%q in %q: %q with error %v", raw, country, n, err)
			}
			return
		}
		if !canonical.MatchString(string(n)) {
			t.Fatalf("%q in %q: %q is not canonical", raw, country, n)
		}
		if again, err := phone.Parse(string(n), country); again != n {
			t.Fatalf("%q in %q: %q reads as %q, %v", raw, country, n, again, err)
		}
		if again, err := phone.Parse(n.National(country), country); again != n {
			t.Fatalf("%q in %q: %q is written %q and reads as %q, %v", raw, country, n, n.National(country), again, err)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	for _, raw := range []string{"08-123 45 67", "+46 (0)70 123 45 67", "+4681234567", "08-123 45 67 ankn 12", "(212) 555-0123"} {
		b.Run(raw, func(b *testing.B) {
			country := "SE"
			if raw[0] == '(' {
				country = "US"
			}
			for b.Loop() {
				if _, err := phone.Parse(raw, country); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkNational(b *testing.B) {
	for b.Loop() {
		phone.Number("+4681234567").National("SE")
	}
}
