package phone

import (
	"testing"

	"github.com/nyaruka/phonenumbers"
	"pgregory.net/rapid"
)

// What is read directly is what libphonenumber's parser reads.
func TestPlansReadAsTheParserDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		country := rapid.SampledFrom([]string{"SE", "NL", "DE", "GB", "FI", "NO", "DK"}).Draw(t, "country")
		digits := plans[country].trunk + rapid.StringMatching(`[0-9]{2,14}`).Draw(t, "digits")
		if n, ok := plans[country].home(digits); ok {
			parsed, err := phonenumbers.Parse(digits, country)
			if err != nil || e164(parsed) != n {
				t.Fatalf("%s in %s: got %s, the parser %s, %v", digits, country, n, e164(parsed), err)
			}
		}
		abroad := phonenumbers.GetCountryCodeForRegion(country)
		digits = string(plans[country].number(digits)[1:])
		if n, ok := directly(digits); ok {
			parsed, err := phonenumbers.Parse("+"+digits, noRegion)
			if err != nil || e164(parsed) != n || int(parsed.GetCountryCode()) != abroad {
				t.Fatalf("+%s: got %s, the parser %s, %v", digits, n, e164(parsed), err)
			}
		}
	})
}

func TestPlansKnowTheirCodes(t *testing.T) {
	for country, p := range plans {
		if want := CallingCode(country); int(p.code) != want {
			t.Errorf("%s: %d, want %d", country, p.code, want)
		}
		if want := phonenumbers.GetNddPrefixForRegion(country, true); p.trunk != want {
			t.Errorf("%s: trunk prefix %q, want %q", country, p.trunk, want)
		}
	}
}
