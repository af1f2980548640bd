package phonebook

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/telefonist/telefonist/pbx"
)

func sub(id string, pairs ...string) pbx.Subscriber {
	s := pbx.Subscriber{ID: id, Fields: pbx.Fields{}}
	for i := 0; i < len(pairs); i += 2 {
		s.Fields[pbx.Field(pairs[i])] = pairs[i+1]
	}
	return s
}

func each(all ...pbx.Subscriber) iter.Seq2[pbx.Subscriber, error] {
	return func(yield func(pbx.Subscriber, error) bool) {
		for _, s := range all {
			if !yield(s, nil) {
				return
			}
		}
	}
}

// bookOf is a book with one organization, "org", in Sweden.
func bookOf(all ...pbx.Subscriber) *Book {
	return New(func(context.Context, string) iter.Seq2[pbx.Subscriber, error] { return each(all...) }, exempel, Options{})
}

func exempel(context.Context, string) (About, error) {
	return About{Name: "Exempel AB", Country: "SE"}, nil
}

func ids(t *testing.T, b *Book, query string, who Audience) []string {
	t.Helper()
	r, err := b.Search(t.Context(), "org", query, who, 100)
	if err != nil {
		t.Fatal(err)
	}
	if r.Total != len(r.Entries) {
		t.Errorf("%q: %d in all, but %d entries", query, r.Total, len(r.Entries))
	}
	var found []string
	for _, s := range r.Entries {
		found = append(found, s.ID)
	}
	return found
}

func TestSearch(t *testing.T) {
	b := bookOf(
		sub("oberg", "displayName", "Åsa Öberg", "extension", "101", "mail", "asa.oberg@exempel.se", "department", "Försäljning",
			"title", "Säljchef", "mobile", "+46701234567"),
		sub("sjoberg", "displayName", "Bo Sjöberg", "extension", "1014", "business", "+46812345678;ext=77", "department", "Växel"),
		sub("oesterlund", "firstName", "Øyvind", "lastName", "Österlund-Asp", "extension", "0220", "department", "Teknik", "city", "Malmö"),
		sub("obrien", "displayName", "Åsa O'Brien", "mails", "info@exempel.se\nasa@exempel.com", "company", "Partner AB"),
		sub("asa", "displayName", "Asa Berg", "department", "Öberg & Co", "mobile", "+4532123456"),
		sub("kirill", "displayName", "Кирилл Иванов", "office", "Rum 101"),
	)
	for _, c := range []struct {
		query string
		want  []string
	}{
		{"oberg", []string{"oberg", "sjoberg", "asa"}}, // a word, a part, a department
		{"ÖBERG", []string{"oberg", "sjoberg", "asa"}},
		{"berg", []string{"asa", "sjoberg", "oberg"}}, // whole word, then parts by name
		{"asa", []string{"asa", "obrien", "oberg", "oesterlund"}[:3]},
		{"åsa öb", []string{"obrien", "oberg", "asa"}},
		{"öberg åsa", []string{"oberg", "asa"}},
		{"öberg, åsa", []string{"oberg", "asa"}},
		{"oyvind", []string{"oesterlund"}},
		{"österlund-asp", []string{"oesterlund"}},
		{"osterlund asp", []string{"oesterlund"}},
		{"o'brien", []string{"obrien"}},
		{"obrien", []string{"obrien"}},
		{"sälj", []string{"oberg"}},
		{"åsa försälj", []string{"oberg"}},
		{"åsa växel", nil},
		{"101", []string{"oberg", "sjoberg", "kirill"}}, // the extension, its beginning, a room
		{"0220", []string{"oesterlund"}},
		{"45 67", []string{"oberg", "sjoberg"}}, // a number's end before its middle
		{"070-123 45 67", []string{"oberg"}},
		{"+46 (0)70 123 45 67", []string{"oberg"}},
		{"0046701234567", []string{"oberg"}},
		{"070", []string{"oberg"}}, // a national number's beginning
		{"004670", []string{"oberg"}},
		{"+45 32", []string{"asa"}},
		{"åsa 070 12", []string{"oberg"}},
		{"77", []string{"sjoberg"}},
		{"asa.oberg@exempel.se", []string{"oberg"}},
		{"@exempel.com", []string{"obrien"}},
		{"exempel", []string{"obrien", "oberg"}},
		{"partner", []string{"obrien"}},
		{"malmo", []string{"oesterlund"}},
		{"иван", []string{"kirill"}},
		{"finns inte", nil},
		{"???", nil},
		{"\t\n\v", nil},
		{"", []string{"asa", "sjoberg", "obrien", "oberg", "oesterlund", "kirill"}},
	} {
		if diff := cmp.Diff(c.want, ids(t, b, c.query, Everybody)); diff != "" {
			t.Errorf("%q: %s", c.query, diff)
		}
	}
}

func TestSearchLimitsButCountsAll(t *testing.T) {
	var all []pbx.Subscriber
	for i := range 700 {
		all = append(all, sub(fmt.Sprint(i), "displayName", fmt.Sprintf("Anna %03d", i)))
	}
	b := bookOf(all...)
	for limit, want := range map[int]int{0: 20, 7: 7, 5000: 500} {
		r, err := b.Search(t.Context(), "org", "ann", Everybody, limit)
		if err != nil || len(r.Entries) != want || r.Total != 700 || r.Entries[6].ID != "6" {
			t.Errorf("limit %d: %d of %d, %v", limit, len(r.Entries), r.Total, err)
		}
	}
}

func TestWhoSeesWhat(t *testing.T) {
	b := bookOf(
		sub("open", "displayName", "Anna Open", "attendant", "+46701111111", "mobile", "+46702222222", "primary", "attendant"),
		sub("hidden", "displayName", "Anna Hidden", "hidden", "true", "mobile", "+46703333333"),
		sub("protected", "displayName", "Anna Protected", "protected", "true", "mobile", "+46704444444"),
	)
	for who, want := range map[Audience][]string{
		Everybody: {"open"}, Attendant: {"open"}, Administrator: {"hidden", "open", "protected"},
	} {
		if diff := cmp.Diff(want, ids(t, b, "anna", who)); diff != "" {
			t.Errorf("%v: %s", who, diff)
		}
	}
	for who, want := range map[Audience]int{Everybody: 0, Attendant: 1, Administrator: 1} {
		if got := len(ids(t, b, "070-111 11 11", who)); got != want {
			t.Errorf("%v finds %d by the number for attendants", who, got)
		}
		if _, err := b.Lookup(t.Context(), "org", "0701111111", who); (err == nil) != (want == 1) {
			t.Errorf("%v looks up the number for attendants: %v", who, err)
		}
	}
	for number, sees := range map[string]Audience{"0702222222": Everybody, "0703333333": Administrator, "0704444444": Administrator} {
		for who := Everybody; who <= Administrator; who++ {
			if _, err := b.Lookup(t.Context(), "org", number, who); (err == nil) != (who >= sees) {
				t.Errorf("%v looks up %s: %v", who, number, err)
			}
		}
	}
	r, err := b.Search(t.Context(), "org", "open", Everybody, 1)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sub("open", "displayName", "Anna Open", "mobile", "+46702222222"), r.Entries[0]); diff != "" {
		t.Error(diff)
	}
}

// What an audience may not see makes no difference whatever to its answers.
func TestHiddenEntriesLeaveNoTrace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(rapid.Custom(drawEntry), 0, 8).Draw(t, "entries")
		var seen []pbx.Subscriber
		for i := range all {
			all[i].ID = fmt.Sprint(i)
			if !all[i].Hidden() {
				visible := all[i].With(pbx.Fields{pbx.Attendant: ""})
				if visible.Get(pbx.Primary) == string(pbx.Attendant) {
					visible = visible.With(pbx.Fields{pbx.Primary: ""})
				}
				seen = append(seen, visible)
			}
		}
		about := About{Name: "Exempel AB", Country: "SE"}
		whole, err := newIndex(each(all...), about)
		if err != nil {
			t.Fatal(err)
		}
		open, err := newIndex(each(seen...), about)
		if err != nil {
			t.Fatal(err)
		}
		query := drawQuery(t)
		if diff := cmp.Diff(open.search(query, Administrator, 5), whole.search(query, Everybody, 5)); diff != "" {
			t.Fatalf("search %q: %s", query, diff)
		}
		want, wantErr := open.lookup(query, Administrator)
		got, err := whole.lookup(query, Everybody)
		if diff := cmp.Diff(want, got); diff != "" || err != wantErr {
			t.Fatalf("look-up %q: %v, %v, %s", query, wantErr, err, diff)
		}
	})
}

// The scan finds just those lines that hold every term.
func TestSearchFindsWhatReadingEachLineFinds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(rapid.Custom(drawEntry), 0, 20).Draw(t, "entries")
		for i := range all {
			all[i].ID = fmt.Sprint(i)
		}
		x, err := newIndex(each(all...), About{Country: "SE"})
		if err != nil {
			t.Fatal(err)
		}
		query := drawQuery(t)
		want := 0
		for i := range x.lines {
			matches := true
			for _, term := range terms(query, "SE") {
				matches = matches && slices.ContainsFunc(term.spellings, func(s []byte) bool {
					return strings.Contains(string(x.text[x.lines[i].start:x.lines[i].end]), string(s))
				})
			}
			if matches {
				want++
			}
		}
		r := x.search(query, Administrator, 100)
		if r.Total != want || len(r.Entries) != want {
			t.Fatalf("%q: %d, %d entries, want %d", query, r.Total, len(r.Entries), want)
		}
	})
}

func drawEntry(t *rapid.T) pbx.Subscriber {
	s := pbx.Subscriber{Fields: pbx.Fields{}}
	for f, values := range map[pbx.Field][]string{
		pbx.DisplayName: {"Anna", "Åsa Öberg", "Bo 12", "Öberg, Bo-Åsa"},
		pbx.Extension:   {"12", "120", "0123"},
		pbx.Mobile:      {"+46701234567", "+4681234567;ext=12", "12"},
		pbx.Attendant:   {"+46701234567", "+4681234567", "12"},
		pbx.Department:  {"Anna", "Växel 12"},
		pbx.Company:     {"Exempel", "Annat"},
		pbx.Mail:        {"anna@x.se", "bo@x.se"},
		pbx.Primary:     {"attendant", "mobile"},
		pbx.Hidden:      {"true"},
		pbx.Protected:   {"true"},
	} {
		chosen := rapid.SampledFrom(append(values, "", "")).Draw(t, string(f))
		if chosen != "" {
			s.Fields[f] = chosen
		}
	}
	return s
}

func drawQuery(t *rapid.T) string {
	words := []string{"a", "ann", "åsa", "o", "berg", "12", "2", "0123", "08-123 45 67", "070-1234567", "+4681234567;ext=12", "x", "@x", "växel"}
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 1, 2).Draw(t, "query"), " ")
}

// crowd makes n people with names, numbers and departments as they are.
func crowd(n int) []pbx.Subscriber {
	r := rand.New(rand.NewPCG(1, 2))
	pick := func(s string) string { all := strings.Fields(s); return all[r.IntN(len(all))] }
	all := make([]pbx.Subscriber, n)
	for i := range all {
		first := pick("Anna Åsa Eva Maria Karin Lars Anders Johan Per Björn Örjan Göran Märta Zlatan Youssef Wilhelmina José Bo Ann-Sofie")
		last := pick("Öberg Berg Sjöberg Lindström Åkesson Andersson Johansson Nilsson Ek Björklund Håkansson") +
			pick("- - - -Ström -Lund -Ek -Wallin") + pick("a b c d e f g h i j k l m n o p q r s t")
		all[i] = sub(fmt.Sprint(i),
			"displayName", first+" "+last, "firstName", first, "lastName", last,
			"extension", fmt.Sprint(100000+i),
			"mail", fmt.Sprintf("%s.%s%d@exempel.se", strings.ToLower(first), strings.ToLower(last), i),
			"business", fmt.Sprintf("+468%07d", 1000000+i), "mobile", fmt.Sprintf("+4670%07d", r.IntN(10_000_000)),
			"department", pick("Försäljning Ekonomi IT Växel Kundtjänst Lager Ledning Juridik"),
			"title", pick("Säljare Ekonom Tekniker Chef Assistent Controller"), "company", "Exempel AB",
			"office", "Rum "+pick("1 2 3 4 5 6 7"), "city", pick("Stockholm Malmö Göteborg Umeå"))
	}
	return all
}

// The answer of a search among 100,000, over what people type letter by letter.
func BenchmarkSearch(b *testing.B) {
	book := bookOf(crowd(100_000)...)
	if _, err := book.get(b.Context(), "org"); err != nil {
		b.Fatal(err)
	}
	var queries []string
	for _, whole := range []string{"åsa öberg", "öberg växel", "070-123 45", "sjöberg", "4711", "karin malmö", "finns inte", "jose.ek@ex", "björn 08-1"} {
		for i := range whole {
			if i > 0 {
				queries = append(queries, whole[:i])
			}
		}
		queries = append(queries, whole)
	}
	var took []time.Duration
	best := slices.Repeat([]time.Duration{time.Hour}, len(queries)) // of each query: what it takes on an idle machine
	for i := 0; b.Loop(); i++ {
		start := time.Now()
		if _, err := book.Search(b.Context(), "org", queries[i%len(queries)], Attendant, 20); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(start))
		best[i%len(queries)] = min(best[i%len(queries)], took[i])
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "median-ms")
	b.ReportMetric(float64(slices.Max(best[:min(len(best), len(took))]).Microseconds())/1000, "slowest-query-ms")
}

func BenchmarkLookup(b *testing.B) {
	book := bookOf(crowd(100_000)...)
	if _, err := book.get(b.Context(), "org"); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if hit, err := book.Lookup(b.Context(), "org", "08-104 71 10", Everybody); err != nil || hit.Shared {
			b.Fatal(hit, err)
		}
	}
}

func BenchmarkIndex(b *testing.B) {
	all := crowd(100_000)
	for b.Loop() {
		x, err := newIndex(each(all...), About{Country: "SE"})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(x.size())/1e6, "MB")
	}
}
