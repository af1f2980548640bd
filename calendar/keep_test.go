package calendar_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/telefonist/telefonist/calendar"
)

func TestSplitPrefix(t *testing.T) {
	for _, c := range []struct{ subject, prefix, mark, rest string }{
		{"SEM: i fjällen", "SEM", ":", "i fjällen"},
		{"sem:i fjällen", "SEM", ":", "i fjällen"},
		{" Lun ; med Åsa ", "LUN", ";", "med Åsa"},
		{"MOT:", "MOT", ":", ""},
		{"MÖT: styrelsen", "MÖT", ":", "styrelsen"},
		{"öäå: på ö", "ÖÄÅ", ":", "på ö"},
		{"MO\u0308T: som macOS skriver", "MÖT", ":", "som macOS skriver"},
		// What is before an answer is none.
		{"SV: SEM: Anna", "SEM", ":", "Anna"},
		{"SV: VB: RE: FW: Fwd: LUN; hos Öst", "LUN", ";", "hos Öst"},
		{"re:re:Re: sv: UTE: mässa", "UTE", ":", "mässa"},
		{"AW: WG: HEM: Handwerker", "HEM", ":", "Handwerker"},
		{"SV: om mötet i går", "", "", ""},
		{"SV:", "", "", ""},
		{"SV; är ett prefix", "SV", ";", "är ett prefix"},
		// 2 to 8 letters, and letters alone.
		{"M: möte", "", "", ""},
		{"Ja: nej", "JA", ":", "nej"},
		{"Workshop: strategi", "WORKSHOP", ":", "strategi"},
		{"Workshops: strategi", "", "", ""},
		{"kl 10:30 hos kunden", "", "", ""},
		{"10:30", "", "", ""},
		{"T2: projekt", "", "", ""},
		{"Lunch med Eva: boka bord", "", "", ""},
		{"A-B: möte", "", "", ""},
		{"👋🏽: hej", "", "", ""},
		{"SEM", "", "", ""},
		{"", "", "", ""},
		{":", "", "", ""},
		{": SEM: Anna", "", "", ""},
		{"\xff\xfe: trasigt", "", "", ""},
		{"SEM: se http://sj.se; ring", "SEM", ":", "se http://sj.se; ring"},
	} {
		prefix, mark, rest := calendar.SplitPrefix(c.subject)
		if prefix != c.prefix || mark != c.mark || rest != c.rest {
			t.Errorf("%q: %q %q %q, want %q %q %q", c.subject, prefix, mark, rest, c.prefix, c.mark, c.rest)
		}
	}
}

func TestKeep(t *testing.T) {
	raw := calendar.Raw{Event: calendar.Event{Key: "1", ShowAs: calendar.Busy, Prefix: "LEFT", Note: "over"}, Subject: "SV: lun: Tårtan hos VÄSTKUSTENS kök", Place: " Kafé Ö ", Categories: []string{"Röd kategori", "Kund"}}
	all := calendar.Keep{Words: []string{"västkustens", "Tårta", "hos vastkustens", "VAB"}, Categories: []string{"röd kategori", "Resa"},
		Prefixes: []string{"SEM", "LUN"}, Subject: true, Place: true, Note: true}
	with := func(k calendar.Keep, f func(*calendar.Keep)) calendar.Keep { f(&k); return k }
	everything := calendar.Event{Key: "1", ShowAs: calendar.Busy, Prefix: "LUN", Mark: ":",
		Words: []string{"västkustens", "hos vastkustens"}, Categories: []string{"röd kategori"},
		Subject: "SV: lun: Tårtan hos VÄSTKUSTENS kök", Place: "Kafé Ö", Note: "Tårtan hos VÄSTKUSTENS kök"}
	marked := func(e calendar.Event, s calendar.Sensitivity) calendar.Event { e.Sensitivity = s; return e }
	bare := calendar.Event{Key: "1", ShowAs: calendar.Busy, Prefix: "LUN", Mark: ":"}
	noNote := everything
	noNote.Note = ""
	for name, c := range map[string]struct {
		as   calendar.Sensitivity
		keep calendar.Keep
		want calendar.Event
		kept bool
	}{
		"everything":              {"", all, everything, true},
		"normal":                  {calendar.Normal, all, marked(everything, calendar.Normal), true},
		"nothing shared":          {"", calendar.Keep{}, bare, true},
		"private":                 {calendar.Private, all, marked(bare, calendar.Private), true},
		"personal is private":     {calendar.Personal, all, marked(bare, calendar.Personal), true},
		"confidential is private": {calendar.Confidential, all, marked(bare, calendar.Confidential), true},
		"unknown is private":      {"topSecret", all, marked(bare, "topSecret"), true},
		"private, no rule for it": {calendar.Private, with(all, func(k *calendar.Keep) { k.Prefixes = []string{"SEM"} }), calendar.Event{Key: "1", ShowAs: calendar.Busy, Sensitivity: calendar.Private}, true},
		"private as status":       {calendar.Private, with(all, func(k *calendar.Keep) { k.Private = calendar.StatusOnly }), marked(bare, calendar.Private), true},
		"private as any other":    {calendar.Private, with(all, func(k *calendar.Keep) { k.Private = calendar.Everything }), marked(noNote, calendar.Private), true},
		"private ignored":         {calendar.Private, with(all, func(k *calendar.Keep) { k.Private = calendar.Ignore }), calendar.Event{}, false},
		"others not ignored":      {calendar.Normal, with(all, func(k *calendar.Keep) { k.Private = calendar.Ignore }), marked(everything, calendar.Normal), true},
	} {
		r := raw
		r.Sensitivity = c.as
		got, kept := c.keep.Event(r)
		if kept != c.kept {
			t.Errorf("%s: kept %v, want %v", name, kept, c.kept)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", name, diff)
		}
	}
}

func TestWordsAreWholeWords(t *testing.T) {
	for _, c := range []struct {
		word, subject string
		found         bool
	}{
		{"jour", "Jour i helgen", true},
		{"jour", "jour", true},
		{"jour", "Helgjour", false},
		{"jour", "journal", false},
		{"jour", "(jour)", true},
		{"jour", "beredskap/jour", true},
		{"VAB", "vab i dag", true},
		{"kök", "Nytt KÖK!", true},
		{"kök", "kök\u0308et", false},
		{"ledig dag", "En  ledig, dag", true},
		{"ledig dag", "ledig hel dag", false},
		{"!", "!", false},
		{"", "vad som helst", false},
	} {
		e, _ := calendar.Keep{Words: []string{c.word}}.Event(calendar.Raw{Subject: c.subject})
		if found := len(e.Words) == 1; found != c.found {
			t.Errorf("%q in %q: %v, want %v", c.word, c.subject, found, c.found)
		}
	}
}

// Whatever somebody has written, what is not shared is in nothing that is kept.
func TestNothingOfTheTextSurvives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		letters := rapid.StringMatching(`[a-zåäö]{9,14}`) // too long for a prefix
		secret := []string{letters.Draw(t, "subject"), letters.Draw(t, "place"), letters.Draw(t, "category")}
		prefix := rapid.SampledFrom([]string{"", "SEM: ", "sv: LUN; ", "Läkare: "}).Draw(t, "prefix")
		r := calendar.Raw{Subject: prefix + secret[0], Place: secret[1], Categories: []string{secret[2]}}
		r.Sensitivity = rapid.SampledFrom([]calendar.Sensitivity{calendar.Normal, calendar.Private}).Draw(t, "sensitivity")
		k := calendar.Keep{Prefixes: []string{"SEM", "LUN"}, Private: rapid.SampledFrom([]calendar.PrivateAs{"", calendar.StatusOnly, calendar.Everything}).Draw(t, "private")}
		if r.Sensitivity == calendar.Private && k.Private != calendar.Everything { // then sharing is no matter
			k.Subject, k.Place, k.Note = true, true, true
			k.Words, k.Categories = []string{secret[0]}, []string{secret[2]}
		}
		e, _ := k.Event(r)
		data, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		data = append(data, calendar.AppendAgenda(nil, []calendar.Event{e})...)
		if r.Sensitivity == calendar.Private && k.Private != calendar.Everything {
			secret = append(secret, "Läkare")
		}
		for _, s := range secret {
			if strings.Contains(strings.ToLower(string(data)), strings.ToLower(s)) {
				t.Fatalf("%q is kept in %s", s, data)
			}
		}
	})
}

func TestBeyond(t *testing.T) {
	old := calendar.Keep{Words: []string{"jour"}, Categories: []string{"Röd"}, Prefixes: []string{"SEM"}, Place: true, Private: calendar.StatusOnly}
	for name, c := range map[string]struct{ now, want calendar.Keep }{
		"the same":     {old, calendar.Keep{}},
		"less":         {calendar.Keep{Private: calendar.Ignore}, calendar.Keep{}},
		"another case": {calendar.Keep{Words: []string{"JOUR"}}, calendar.Keep{}},
		"more": {calendar.Keep{Words: []string{"jour", "vab"}, Categories: []string{"Blå"}, Prefixes: []string{"LUN"}, Subject: true, Place: true, Private: calendar.Everything},
			calendar.Keep{Words: []string{"vab"}, Categories: []string{"Blå"}, Prefixes: []string{"LUN"}, Subject: true, Private: calendar.Everything}},
	} {
		got := c.now.Beyond(old)
		if diff := cmp.Diff(c.want, got, cmp.Transformer("none", func(s []string) []string { return append([]string(nil), s...) })); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", name, diff)
		}
		if got.Nothing() != (name != "more") {
			t.Errorf("%s: nothing %v", name, got.Nothing())
		}
	}
}

func TestStricter(t *testing.T) {
	for _, c := range []struct{ a, b, want calendar.PrivateAs }{
		{calendar.Everything, calendar.StatusOnly, calendar.StatusOnly},
		{calendar.StatusOnly, calendar.Ignore, calendar.Ignore},
		{calendar.Everything, "", calendar.Everything},
		{"", "", ""},
	} {
		if got := c.a.Stricter(c.b); got != c.want {
			t.Errorf("%q and %q: %q", c.a, c.b, got)
		}
		if got := c.b.Stricter(c.a); got != c.want {
			t.Errorf("%q and %q: %q", c.b, c.a, got)
		}
	}
}

func FuzzKeep(f *testing.F) {
	for _, s := range []string{"", "SEM: i fjällen", "SV: VB: LUN; x", "\xff:", "Läkare: knä", ":;:;", "MO\u0308T:"} {
		f.Add(s, true)
	}
	f.Fuzz(func(t *testing.T, subject string, private bool) {
		prefix, mark, rest := calendar.SplitPrefix(subject)
		if (prefix == "") != (mark == "") || prefix == "" && rest != "" {
			t.Fatalf("%q %q %q", prefix, mark, rest)
		}
		if n := len([]rune(prefix)); n == 1 || n > 8 {
			t.Fatalf("prefix %q", prefix)
		}
		if again, _, _ := calendar.SplitPrefix(prefix + mark); prefix != "" && again != prefix && mark == ";" {
			t.Fatalf("%q of %q", again, prefix)
		}
		r := calendar.Raw{Subject: subject, Event: calendar.Event{Sensitivity: calendar.Normal}}
		if private {
			r.Sensitivity = calendar.Private
		}
		e, kept := calendar.Keep{}.Event(r)
		if !kept || private && e.Prefix+e.Mark != "" || e.Subject+e.Note+e.Place != "" {
			t.Fatalf("%v %+v", kept, e)
		}
	})
}
