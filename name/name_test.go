package name_test

import (
	"bytes"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/telefonist/telefonist/name"
)

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"Öberg":          "oberg",
		"O\u0308berg":    "oberg", // as macOS writes it
		"ÅSA Ährlund":    "asa ahrlund",
		"Øyvind Strauß":  "oyvind strauss",
		"Æther Đorđević": "aether dordevic",
		"Łukasz Žižka":   "lukasz zizka",
		"Þóra Guðmunds":  "thora gudmunds",
		"İpek Işık":      "ipek isik",
		"Núñez, José":    "nunez, jose",
		"ﬁnn":            "finn",
		"ＡＢＣ":            "abc",
		"Anna\u200bLena": "annalena",
		"Зоя":            "зоя",
		"":               "",
		"O'Brien":        "o'brien",
	} {
		if got := name.Fold(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestFoldIsStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		once := name.Fold(s)
		if twice := name.Fold(once); twice != once {
			t.Fatalf("%q folds to %q, then to %q", s, once, twice)
		}
	})
}

func TestWords(t *testing.T) {
	for in, want := range map[string][]string{
		"Anna-Karin  Öberg":    {"anna", "karin", "oberg"},
		"O’Brien, J.R.":        {"obrien", "j", "r"},
		"Rum 12 (Söder)":       {"rum", "12", "soder"},
		"van der Berg/Inkoop":  {"van", "der", "berg", "inkoop"},
		"anna.berg@example.se": {"anna", "berg", "example", "se"},
		" - ":                  {},
	} {
		if diff := cmp.Diff(want, name.Words(in)); diff != "" {
			t.Errorf("%q: %s", in, diff)
		}
	}
}

func TestMatch(t *testing.T) {
	same := [][]string{
		{"Åsa Öberg", "Oberg, Asa", "ÖBERG Åsa", "öberg åsa"},
		{"Anna-Karin O'Brien", "OBrien Anna Karin", "O’Brien, Anna‑Karin"},
		{"Jörg Weiß", "Weiss, Jorg"},
	}
	for _, group := range same {
		for _, s := range group {
			if got, want := name.Match(s), name.Match(group[0]); got != want {
				t.Errorf("%q is %q, %q is %q", s, got, group[0], want)
			}
		}
	}
	if a, b := name.Match("Anna Berg"), name.Match("Anna Bergs"); a == b {
		t.Errorf("different names share %q", a)
	}
	if got := name.Match("--"); got != "" {
		t.Errorf("no words give %q", got)
	}
}

func TestKeySortsAsInSwedish(t *testing.T) {
	want := []string{
		"", "Al Zed", "Alberg", "André", "Anna Berg", "Anna Bergs", "Rum 2", "Rum 10",
		"Vinter", "Vsson", "Wallin", "Zetterberg", "Åberg", "Ågren", "Äng", "Öberg", "Östman",
	}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, func(a, b string) int { return bytes.Compare(name.Key(a), name.Key(b)) })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestKeyServesManyAtOnce(t *testing.T) {
	want := name.Key("Åsa Öberg")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 100 {
				name.Key("någon annan")
				if got := name.Key("Åsa Öberg"); !bytes.Equal(got, want) {
					t.Errorf("got %x, want %x", got, want)
				}
			}
		})
	}
	all.Wait()
}

func BenchmarkKey(b *testing.B) {
	for b.Loop() {
		name.Key("Anna-Karin Öberg")
	}
}

func BenchmarkMatch(b *testing.B) {
	for b.Loop() {
		name.Match("Anna-Karin Öberg")
	}
}
