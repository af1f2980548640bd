package phone_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/telefonist/telefonist/phone"
)

// spellings are numbers as they stand in directories, by country, and what they
// are. The Swedish ones are from the series that PTS sets aside for fiction
// where such a series exists.
var spellings = []struct {
	country, raw string
	want         phone.Number
}{
	{"SE", "08-123 45 67", "+4681234567"},
	{"SE", "+46 (0)8-123 45 67", "+4681234567"},
	{"SE", "(+46) 8 123 45 67", "+4681234567"},
	{"SE", "+46-8-123 45 67", "+4681234567"},
	{"SE", "+46.8.123.45.67", "+4681234567"},
	{"SE", "+46 08 123 45 67", "+4681234567"},
	{"SE", "0046 8 123 45 67", "+4681234567"},
	{"SE", "+0046 8 123 45 67", "+4681234567"},
	{"SE", "0046 (0)8 123 45 67", "+4681234567"},
	{"SE", "08/123 45 67", "+4681234567"},
	{"SE", "08 / 123 45 67", "+4681234567"},
	{"SE", "(08) 123 45 67", "+4681234567"},
	{"SE", "08–123 45 67", "+4681234567"},
	{"SE", "08\u00a0123\u202f45\u00a067", "+4681234567"},
	{"SE", "０８－１２３ ４５ ６７", "+4681234567"},
	{"SE", "＋４６８１２３４５６７", "+4681234567"},
	{"SE", "\u202a+46 8 123 45 67\u202c", "+4681234567"},
	{"SE", "'0701234567", "+46701234567"},
	{"SE", "tel:+46-8-123-45-67", "+4681234567"},
	{"SE", "tel:+4681234567;ext=12", "+4681234567;ext=12"},
	{"SE", "Tel. 08-123 45 67", "+4681234567"},
	{"SE", "Mobil: 070-123 45 67", "+46701234567"},
	{"SE", "46 8 123 45 67", "+4681234567"},
	{"SE", "070-1234567", "+46701234567"},
	{"SE", "701234567", "+46701234567"}, // a spreadsheet took the zero
	{"SE", "+46 (0)70 123 45 67", "+46701234567"},
	{"SE", "070-1234567 ankn 12", "+46701234567;ext=12"},
	{"SE", "070-1234567 ankn. 12", "+46701234567;ext=12"},
	{"SE", "070-1234567, ankn 12", "+46701234567;ext=12"},
	{"SE", "08-123 45 67 anknytning 1234", "+4681234567;ext=1234"},
	{"SE", "08-123 45 67ankn12", "+4681234567;ext=12"},
	{"SE", "08-123 45 67 x12", "+4681234567;ext=12"},
	{"SE", "08-123 45 67x12", "+4681234567;ext=12"},
	{"SE", "08-123 45 67 ext. 012", "+4681234567;ext=012"},
	{"SE", "08-123 45 67 #12", "+4681234567;ext=12"},
	{"SE", "(08)1234567 EXT:12", "+4681234567;ext=12"},
	{"SE", "31 20 123 4567", "+31201234567"},
	{"SE", "+31 20 123 4567", "+31201234567"},
	{"SE", "47 22 12 34 56", "+4722123456"},
	{"SE", "4722123456", "+4722123456"},
	{"SE", "4670-123 45 67", "+46701234567"},
	{"SE", "12", "12"},
	{"SE", "1001", "1001"},
	{"SE", "12 34", "1234"},
	{"SE", "ankn 12", "12"},
	{"SE", "ankn: 1234", "1234"},
	{"SE", "x12", "12"},
	{"SE", "#12", "12"},
	{"SE", "112", "112"},
	{"SE", "1177", "1177"},
	{"SE", "116 117", "116117"},
	{"SE", "123456", "123456"},
	{"se", "08-123 45 67", "+4681234567"},

	{"NO", "22 12 34 56", "+4722123456"},
	{"NO", "+47 22 12 34 56", "+4722123456"},
	{"NO", "+47 (0)22 12 34 56", "+4722123456"},
	{"NO", "4722123456", "+4722123456"},
	{"NO", "412 34 567", "+4741234567"},
	{"NO", "02345", "+4702345"},
	{"NO", "22 12 34 56 linjenummer 12", "+4722123456;ext=12"},
	{"NO", "113", "113"},

	{"NL", "020-123 4567", "+31201234567"},
	{"NL", "(020) 123 45 67", "+31201234567"},
	{"NL", "+31 (0)20 123 4567", "+31201234567"},
	{"NL", "31 20 123 4567", "+31201234567"},
	{"NL", "06-12345678", "+31612345678"},
	{"NL", "612345678", "+31612345678"},
	{"NL", "020 123 4567 toestel 12", "+31201234567;ext=12"},
	{"NL", "toestel 204", "204"},

	{"DE", "030 123456", "+4930123456"},
	{"DE", "030/123456", "+4930123456"},
	{"DE", "+49 (0)30 / 12 34 56", "+4930123456"},
	{"DE", "+49 (0) 30 123456", "+4930123456"},
	{"DE", "089/123456-12", "+498912345612"}, // in Germany the extension is dialled through
	{"DE", "089 123456-0 Durchwahl -12", "+49891234560;ext=12"},
	{"DE", "0151 23456789", "+4915123456789"},
	{"DE", "Durchwahl -12", "12"},

	{"GB", "020 7946 0123", "+442079460123"},
	{"GB", "+44 (0) 20 7946 0123", "+442079460123"},
	{"GB", "(020) 7946 0123 ext 12", "+442079460123;ext=12"},
	{"GB", "07400 123456", "+447400123456"},
	{"GB", "999", "999"},

	{"DK", "32 12 34 56", "+4532123456"},
	{"DK", "+45 32 12 34 56", "+4532123456"},
	{"DK", "45 32 12 34 56", "+4532123456"},
	{"DK", "46 8 123 45 67", "+4681234567"},

	{"FI", "09 123 4567", "+35891234567"},
	{"FI", "+358 (0)9 123 4567", "+35891234567"},
	{"FI", "040 123 4567", "+358401234567"},
	{"FI", "09 123 4567 alanro 12", "+35891234567;ext=12"},

	{"US", "(212) 555-0123", "+12125550123"},
	{"US", "212-555-0123 x12", "+12125550123;ext=12"},
	{"US", "1-212-555-0123", "+12125550123"},
	{"US", "011 46 8 123 45 67", "+4681234567"},
	{"US", "0046 8 123 45 67", "+4681234567"},
	{"US", "31 20 123 4567", "+31201234567"},
	{"US", "911", "911"},

	{"IT", "06 1234 5678", "+390612345678"},
	{"SE", "+39 06 1234 5678", "+390612345678"},
	{"SE", "+39 (0)6 1234 5678", "+390612345678"},
	{"SE", "+39 (0)347 123 4567", "+393471234567"},

	{"", "+46 8 123 45 67", "+4681234567"},
	{"", "0046 8 123 45 67", "+4681234567"},
	{"", "46 8 123 45 67", "+4681234567"},
	{"", "1234", "1234"},
	{"XX", "+46 8 123 45 67", "+4681234567"},
}

func TestParse(t *testing.T) {
	for _, c := range spellings {
		got, err := phone.Parse(c.raw, c.country)
		if err != nil || got != c.want {
			t.Errorf("%s %q: got %q, %v; want %q", c.country, c.raw, got, err, c.want)
		}
	}
}

func TestWhatIsReadReadsBack(t *testing.T) {
	for _, c := range spellings {
		if got, err := phone.Parse(string(c.want), c.country); got != c.want {
			t.Errorf("%s: canonical %q reads as %q, %v", c.country, c.want, got, err)
		}
		national := c.want.National(c.country)
		if got, err := phone.Parse(national, c.country); got != c.want {
			t.Errorf("%s: %q, written %q, reads as %q, %v", c.country, c.want, national, got, err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	cases := []struct {
		country, raw string
		want         phone.Reason
	}{
		{"SE", "saknas", phone.Letters},
		{"SE", "08-123 45 6O", phone.Letters},
		{"SE", "0800-TELEFON", phone.Letters},
		{"SE", "08-123 45 67 fax 12", phone.Letters},
		{"SE", "08-123 45 67 vx", phone.Letters},
		{"SE", "08-123 45 67²", phone.Letters},
		{"SE", "08-123 45 67 (12)", phone.Letters},
		{"SE", "08-123 45 67)", phone.Letters},
		{"SE", "08-123 45 67/68", phone.Letters},
		{"SE", "08+1234567", phone.Letters},
		{"SE", "++46 8 123 45 67", phone.Letters},
		{"SE", "*21*0701234567#", phone.Letters},
		{"SE", "4,67012E+10", phone.Letters},
		{"SE", "tel:1234;phone-context=example.com", phone.Letters},
		{"SE", "anna@example.com", phone.Letters},
		{"SE", "08-123 45 67 / 070-123 45 67", phone.TwoNumbers},
		{"SE", "08-1234567/070-1234567", phone.TwoNumbers},
		{"SE", "08-123 45 67, 070-123 45 67", phone.TwoNumbers},
		{"SE", "08-123 45 67; 070-123 45 67", phone.TwoNumbers},
		{"SE", "08-123 45 67 eller 070-123 45 67", phone.TwoNumbers},
		{"SE", "08-123 45 67\n070-123 45 67", phone.TwoNumbers},
		{"SE", "08-123 45 67 070-123 45 67", phone.TwoNumbers},
		{"SE", "08-123 45 67 / 070-123 45 67 ankn 12", phone.TwoNumbers},
		{"SE", "1001 ankn 12", phone.TwoNumbers},
		{"SE", "-", phone.TooShort},
		{"SE", "0", phone.TooShort},
		{"SE", "000", phone.TooShort},
		{"SE", "08-12", phone.TooShort},
		{"SE", "+46", phone.TooShort},
		{"SE", "ankn 0", phone.TooShort},
		{"SE", "0701234567012345678", phone.TooLong},
		{"SE", "070-123 45 678", phone.NotAssigned},
		{"SE", "+46 1001", phone.TooShort},
		{"SE", "+0701234567", phone.NotAssigned},
		{"SE", "+999 123 45 67", phone.NotAssigned},
		{"SE", "812 34 56", phone.NoAreaCode}, // a Stockholm number, or Motala without its code
		{"SE", "12 34 56", phone.NoAreaCode},
		{"SE", "31201234", phone.NoAreaCode},
		{"SE", "811010-1234", phone.NoAreaCode},  // an identity number, or +81 10 101 234
		{"SE", "120123-45678", phone.NoAreaCode}, // or +1 201 234 5678
		{"FI", "46 8 123 45 67", phone.Ambiguous},
		{"", "08-123 45 67", phone.NoCountry},
		{"XX", "08-123 45 67", phone.NoCountry},
		{"US", "555-0123", phone.NotAssigned},
	}
	for _, c := range cases {
		got, err := phone.Parse(c.raw, c.country)
		var refused *phone.ParseError
		if !errors.As(err, &refused) {
			t.Errorf("%s %q: got %q, %v; want reason %q", c.country, c.raw, got, err, c.want)
			continue
		}
		if refused.Reason != c.want || refused.Raw != c.raw {
			t.Errorf("%s %q: refused as %q with %q; want %q", c.country, c.raw, refused.Reason, refused.Raw, c.want)
		}
	}
	for _, raw := range []string{"", " ", "\u00a0\u200b", "\n\t"} {
		if _, err := phone.Parse(raw, "SE"); !errors.Is(err, phone.ErrEmpty) {
			t.Errorf("%q: got %v, want ErrEmpty", raw, err)
		}
	}
}

func TestNational(t *testing.T) {
	cases := []struct {
		n             phone.Number
		country, want string
	}{
		{"+4681234567", "SE", "08-123 45 67"},
		{"+4681234567;ext=12", "SE", "08-123 45 67 x12"},
		{"+4681234567", "NO", "+46 8 123 45 67"},
		{"+4681234567", "", "+46 8 123 45 67"},
		{"+46701234567", "SE", "070-123 45 67"},
		{"+31201234567", "SE", "+31 20 123 4567"},
		{"+31201234567", "NL", "020 123 4567"},
		{"+4722123456", "NO", "22 12 34 56"},
		{"+4532123456", "DK", "32 12 34 56"},
		{"+12125550123", "US", "(212) 555-0123"},
		{"+12125550123", "CA", "(212) 555-0123"},
		{"1177", "SE", "1177"},
		{"", "SE", ""},
	}
	for _, c := range cases {
		if got := c.n.National(c.country); got != c.want {
			t.Errorf("%q in %q: got %q, want %q", c.n, c.country, got, c.want)
		}
	}
}

func TestParts(t *testing.T) {
	full, short := phone.Number("+4681234567;ext=12"), phone.Number("1177")
	if full.E164() != "+4681234567" || full.Extension() != "12" || full.Short() {
		t.Errorf("%q: %q, %q, %v", full, full.E164(), full.Extension(), full.Short())
	}
	if short.E164() != "" || short.Extension() != "" || !short.Short() {
		t.Errorf("%q: %q, %q, %v", short, short.E164(), short.Extension(), short.Short())
	}
	if none := phone.Number(""); none.Short() || none.E164() != "" || none.Keys() != nil || none.Tail(3) != "" {
		t.Errorf("the zero Number is not empty in all its parts")
	}
	if got := full.Keys(); !slices.Equal(got, []string{"+4681234567;ext=12", "+4681234567"}) {
		t.Errorf("keys %q", got)
	}
	if got := short.Keys(); !slices.Equal(got, []string{"1177"}) {
		t.Errorf("keys %q", got)
	}
	tails := []struct {
		n    phone.Number
		k    int
		tail string
		last string
	}{
		{full, 3, "567", "567"},
		{full, 7, "1234567", "1234567"},
		{full, 99, "4681234567", ""},
		{full, 0, "", ""},
		{full, -1, "", ""},
		{"+4681230012", 4, "0012", "0012"},
		{short, 2, "77", "77"},
		{short, 5, "1177", ""},
	}
	for _, c := range tails {
		if tail, last := c.n.Tail(c.k), phone.LastDigits(c.n, c.k); tail != c.tail || last != c.last {
			t.Errorf("%q, %d: tail %q, last digits %q", c.n, c.k, tail, last)
		}
	}
}

func TestParseExtension(t *testing.T) {
	for raw, want := range map[string]string{"12": "12", " 00 12 ": "0012", "1234567": "1234567", "１２": "12"} {
		if got, err := phone.ParseExtension(raw); err != nil || got != want {
			t.Errorf("%q: got %q, %v; want %q", raw, got, err, want)
		}
	}
	for raw, want := range map[string]phone.Reason{"12a": phone.Letters, "+12": phone.Letters, "12345678": phone.TooLong} {
		_, err := phone.ParseExtension(raw)
		var refused *phone.ParseError
		if !errors.As(err, &refused) || refused.Reason != want {
			t.Errorf("%q: got %v, want %q", raw, err, want)
		}
	}
	if _, err := phone.ParseExtension(" "); !errors.Is(err, phone.ErrEmpty) {
		t.Errorf("blank: got %v", err)
	}
}

func TestLookup(t *testing.T) {
	for _, raw := range []string{
		"+4681234567", "0046812 34 567", "08-123 45 67", "4681234567", "tel:+46-8-1234567",
		"sip:+4681234567@pbx.example.se;user=phone", `"Anna" <sip:081234567@10.0.0.1>`,
	} {
		if got, ok := phone.Lookup(raw, "SE"); !ok || got != "+4681234567" {
			t.Errorf("%q: got %q, %v", raw, got, ok)
		}
	}
	for _, raw := range []string{"", "anonymous", "sip:anonymous@anonymous.invalid", "sip:anna@example.se"} {
		if got, ok := phone.Lookup(raw, "SE"); ok {
			t.Errorf("%q: got %q", raw, got)
		}
	}
}

func TestCountries(t *testing.T) {
	codes := phone.Countries()
	if len(codes) < 200 || !slices.IsSorted(codes) {
		t.Errorf("%d countries, sorted %v", len(codes), slices.IsSorted(codes))
	}
	for _, code := range []string{"SE", "se", " NO ", "NL", "DE", "GB", "DK", "FI", "US"} {
		if !phone.KnownCountry(code) || phone.CallingCode(code) == 0 {
			t.Errorf("%q is unknown", code)
		}
	}
	for _, code := range []string{"", "XX", "ZZ", "SWE", "46"} {
		if phone.KnownCountry(code) || phone.CallingCode(code) != 0 {
			t.Errorf("%q is known", code)
		}
	}
}
