package pbx

import (
	"bytes"
	"errors"
	"io"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"pgregory.net/rapid"
)

func TestReadCSVAsSpreadsheetsWriteIt(t *testing.T) {
	want := []Row{
		{Line: 2, Fields: Fields{Extension: "101", DisplayName: "Åsa Öberg", Mobile: "+46701234567", Department: "Sälj; inköp"}},
		{Line: 3, Fields: Fields{Extension: "102", DisplayName: `Bo "Bosse" Ek`, Mobile: "", Department: "Växel"}},
	}
	semicolons := "Anknytning;Namn;Mobil;Avdelning\r\n" +
		"101;Åsa Öberg;070-123 45 67;\"Sälj; inköp\"\r\n" +
		"102;\"Bo \"\"Bosse\"\" Ek\";;Växel\r\n"
	commas := "ext,Full Name,Cell phone,Dept.\n101,Åsa Öberg,070-123 45 67,Sälj; inköp\n102,Bo \"Bosse\" Ek,,Växel"
	western, err := charmap.Windows1252.NewEncoder().String(semicolons)
	if err != nil {
		t.Fatal(err)
	}
	wide, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(strings.ReplaceAll(commas, ",", "\t"))
	if err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string]string{
		"UTF-8":                semicolons,
		"UTF-8 with BOM":       "\uFEFF" + semicolons,
		"Windows-1252":         western,
		"commas, English, \\n": commas,
		"tabs, UTF-16":         wide,
		"old Mac line ends":    strings.ReplaceAll(semicolons, "\r\n", "\r"),
		"blank lines":          semicolons + "\r\n;;;\r\n   ;\r\n",
	} {
		rows, problems, err := ReadCSV(strings.NewReader(file), "SE")
		if err != nil || len(problems) > 0 {
			t.Errorf("%s: %v, %v", name, problems, err)
		}
		if diff := cmp.Diff(want, rows); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestReadCSVNamedSeparatorAndMissingCells(t *testing.T) {
	rows, problems, err := ReadCSV(strings.NewReader("sep=|\r\nNamn|Telefon|Titel\r\nAnna|08-123 456 70\r\n"), "SE")
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	want := []Row{{Line: 3, Fields: Fields{DisplayName: "Anna", Business: "+46812345670"}}}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Error(diff)
	}
}

func TestReadCSVListsWhatItCannotRead(t *testing.T) {
	file := strings.Join([]string{
		"Id;Anknytning;Namn;Mobil;E-post;Dold;Visas först;Skostorlek;Namn", // 1
		"a;101;Anna;0701234567;anna@x.se;ja;Mobil;38",                      // 2
		"b;102;Bo;4,67012E+10;bo@x.se;nej;;",                               // 3: the number is left out
		`c;103;"Cecilia;0701234568;c@x.se;;;`,                              // 4: the quote never ends
		"d;fyra;David;;d@x.se;;;",                                          // 5: no extension, no row
		"e;101;Eva;;;;;",                                                   // 6: has Anna's extension
		"a;106;Frida;;;;;",                                                 // 7: has Anna's id
		";;;;;;;",                                                          // 8
		";;;;;;;39",                                                        // 9: nobody
		"g;107;Gun;;gun;kanske;Skostorlek;",                                // 10
		"h;108;Hans;;;;;;;extra",                                           // 11
		"i;109;Ida;;;;;",                                                   // 12
	}, "\r\n")
	rows, problems, err := ReadCSV(strings.NewReader(file), "SE")
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, r := range rows {
		ids = append(ids, r.ID)
	}
	if want := []string{"a", "b", "g", "i"}; !slices.Equal(ids, want) {
		t.Errorf("rows %v, want %v", ids, want)
	}
	if _, found := rows[1].Fields[Mobile]; found {
		t.Error("a number that could not be read is said to be empty")
	}
	if diff := cmp.Diff(Fields{Extension: "101", DisplayName: "Anna", Mobile: "+46701234567", Mail: "anna@x.se", Hidden: "true",
		Primary: "mobile"}, rows[0].Fields); diff != "" {
		t.Error(diff)
	}
	args := func(pairs ...string) map[string]string {
		m := map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			m[pairs[i]] = pairs[i+1]
		}
		return m
	}
	want := []Problem{
		{Line: 1, Reason: Reason{"column", args("name", "Skostorlek")}},
		{Line: 1, Reason: Reason{"columnTwice", args("name", "Namn")}},
		{Line: 3, Field: Mobile, Name: "Bo", Reason: Reason{"number", args("value", "4,67012E+10", "reason", "letters")}},
		{Line: 4, Skip: true, Reason: Reason{Code: "quotes"}},
		{Line: 5, Field: Extension, Name: "David", Skip: true, Reason: Reason{"extension", args("value", "fyra", "reason", "letters")}},
		{Line: 6, Name: "Eva", Skip: true, Reason: Reason{"twice", args("first", "2")}},
		{Line: 7, Name: "Frida", Skip: true, Reason: Reason{"twice", args("first", "2")}},
		{Line: 9, Skip: true, Reason: Reason{Code: "nobody"}},
		{Line: 10, Field: Mail, Name: "Gun", Reason: Reason{"mail", args("value", "gun")}},
		{Line: 10, Field: Hidden, Name: "Gun", Reason: Reason{"yesno", args("value", "kanske")}},
		{Line: 10, Field: Primary, Name: "Gun", Reason: Reason{"primary", args("value", "Skostorlek")}},
		{Line: 11, Skip: true, Reason: Reason{"cells", args("value", "h")}},
	}
	if diff := cmp.Diff(want, problems); diff != "" {
		t.Error(diff)
	}
}

func TestReadCSVStrayQuoteSpoilsItsLineOnly(t *testing.T) {
	file := "Namn;Titel\n\"Anna;Chef\nBo;\"Tekniker\"\n\"Eva\"x;Säljare\n\"Två\nrader\";VD\nUlf;x\n"
	rows, problems, err := ReadCSV(strings.NewReader(file), "SE")
	if err != nil {
		t.Fatal(err)
	}
	got := map[int]string{}
	for _, r := range rows {
		got[r.Line] = r.Fields[DisplayName]
	}
	if diff := cmp.Diff(map[int]string{3: "Bo", 5: "Två\nrader", 7: "Ulf"}, got); diff != "" {
		t.Error(diff)
	}
	if len(problems) != 2 || problems[0].Line != 2 || problems[1].Line != 4 {
		t.Errorf("problems: %v", problems)
	}
}

func TestReadCSVRefusesWholeFiles(t *testing.T) {
	if _, _, err := ReadCSV(io.LimitReader(endless{}, MaxCSV+10), "SE"); !errors.Is(err, ErrCSVTooLarge) {
		t.Errorf("too large: %v", err)
	}
	for _, file := range []string{"", "\n\n", "Skostorlek;Ögonfärg\n38;blå\n", "\"Namn\n"} {
		if _, _, err := ReadCSV(strings.NewReader(file), "SE"); !errors.Is(err, ErrCSVHeader) {
			t.Errorf("%q: %v", file, err)
		}
	}
	broken := errors.New("broken")
	if _, _, err := ReadCSV(io.MultiReader(strings.NewReader("Namn\n"), failing{broken}), "SE"); !errors.Is(err, broken) {
		t.Errorf("reader's error: %v", err)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestHeadingsNameOneFieldEach(t *testing.T) {
	owner := map[string]Field{}
	for _, h := range headers {
		for _, name := range append([]string{h.sv, h.en}, h.others...) {
			name = bareHeading(name)
			if other, taken := owner[name]; taken && other != h.field {
				t.Errorf("%q names both %s and %s", name, other, h.field)
			}
			owner[name] = h.field
		}
		if wantsGuard(h.sv) || wantsGuard(h.en) {
			t.Errorf("the heading of %s would be guarded", h.field)
		}
	}
	for _, f := range append(Writable(), Extension, Hidden, Protected, Primary, ContactURL) {
		if !slices.Contains(Columns(), f) {
			t.Errorf("no column for %s", f)
		}
	}
}

func TestWriteCSV(t *testing.T) {
	var out bytes.Buffer
	err := WriteCSV(&out, each(
		Subscriber{ID: "s1", Fields: Fields{DisplayName: "Åsa Öberg", Extension: "0123", Mobile: "+46701234567", Hidden: "true"}},
		Subscriber{ID: "s2", Fields: Fields{DisplayName: "=1+1", Note: "rad 1\nrad; \"2\"", Primary: "mobile"}},
	), "sv", []Field{DisplayName, Extension, Mobile, Note, Primary, Hidden})
	if err != nil {
		t.Fatal(err)
	}
	want := "\uFEFFNamn;Anknytning;Mobil;Anteckning;Visas först;Dold;Id\r\n" +
		"Åsa Öberg;'0123;'+46701234567;;;ja;s1\r\n" +
		"'=1+1;;;\"rad 1\nrad; \"\"2\"\"\";Mobil;;s2\r\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestWriteCSVReportsErrors(t *testing.T) {
	broken := errors.New("broken")
	list := func(yield func(Subscriber, error) bool) { yield(Subscriber{}, broken) }
	if err := WriteCSV(io.Discard, list, "en", nil); !errors.Is(err, broken) {
		t.Errorf("list: %v", err)
	}
	many := make([]Subscriber, 1000)
	if err := WriteCSV(full{broken}, each(many...), "en", nil); !errors.Is(err, broken) {
		t.Errorf("writer: %v", err)
	}
}

type full struct{ err error }

func (f full) Write([]byte) (int, error) { return 0, f.err }

// Formulas, in every disguise that programs are known to see through.
func TestNoCellRunsAsFormula(t *testing.T) {
	for _, value := range []string{
		"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u00a0=1", "\u200b=1", "'=1", "''=1", "＝1", "＋1", "－1", "＠1", "−1",
		"=cmd|' /C calc'!A0", `=HYPERLINK("http://x","y")`, "\t", "\r\n=1",
	} {
		cell := guard(value)
		if !strings.HasPrefix(cell, "'") || unguard(cell) != value {
			t.Errorf("%q is written %q and read %q", value, cell, unguard(cell))
		}
	}
	for _, value := range []string{"", "Anna", "O'Brien", "'t Hart", "d'=", "2", "0", "070-1", "anna@x.se", "a=b"} {
		if guard(value) != value || unguard(value) != value {
			t.Errorf("%q is written %q and read %q", value, guard(value), unguard(value))
		}
	}
}

func TestCSVRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var want []Subscriber
		for i := range rapid.IntRange(1, 4).Draw(t, "subscribers") {
			want = append(want, drawSubscriber(t, i))
		}
		lang := rapid.SampledFrom([]string{"sv", "en"}).Draw(t, "lang")
		columns := rapid.Permutation(Columns()).Draw(t, "columns")
		checkRoundTrip(t, want, lang, columns)
	})
}

type fataler interface{ Fatalf(string, ...any) }

func checkRoundTrip(t fataler, want []Subscriber, lang string, columns []Field) {
	var file bytes.Buffer
	if err := WriteCSV(&file, each(want...), lang, columns); err != nil {
		t.Fatalf("write: %v", err)
	}
	rows, problems, err := ReadCSV(bytes.NewReader(file.Bytes()), "SE")
	if err != nil || len(problems) > 0 {
		t.Fatalf("read: %v, %v\n%s", problems, err, file.String())
	}
	var got []Subscriber
	for _, r := range rows {
		got = append(got, r.Subscriber())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("%s\n%s", diff, file.String())
	}
}

// drawSubscriber makes one that has odd text wherever text is free.
func drawSubscriber(t *rapid.T, i int) Subscriber {
	odd := rapid.Custom(func(t *rapid.T) string {
		head := rapid.SampledFrom([]string{"", "", "=", "+", "-", "@", "\t", "\r", "\n", "'", "''", "'=", " ", "\"", "0", ";", "\uFEFF"}).Draw(t, "head")
		text := head + rapid.String().Draw(t, "text")
		return strings.NewReplacer("\x00", "", "\uFFFD", "").Replace(text)
	})
	s := Subscriber{ID: "s" + string(rune('0'+i)), Fields: Fields{DisplayName: "Anna"}}
	for _, f := range Columns() {
		if !rapid.Bool().Draw(t, string(f)) {
			continue
		}
		value := odd.Draw(t, "value of "+string(f))
		switch {
		case f == Extension:
			value = string(rune('1'+i)) + rapid.StringMatching(`[0-9]{0,6}`).Draw(t, "extension")
		case f.IsNumber():
			value = rapid.SampledFrom([]string{"+46701234567", "+4681234567;ext=12", "1177", "42", "+4532123456"}).Draw(t, "number")
		case f == Mail:
			value = rapid.StringMatching(`[=+\-]?[a-zåö.']{1,9}@[a-z.]{1,9}`).Draw(t, "mail")
		case f == Mails:
			value = strings.ReplaceAll(value, "\r\n", "\n")
		case f == Hidden, f == Protected:
			value = "true"
		case f == Primary:
			value = string(rapid.SampledFrom(Numbers()).Draw(t, "primary"))
		}
		if strings.TrimSpace(value) != "" {
			s.Fields[f] = value
		}
	}
	return s
}

func each(subscribers ...Subscriber) iter.Seq2[Subscriber, error] {
	return func(yield func(Subscriber, error) bool) {
		for _, s := range subscribers {
			if !yield(s, nil) {
				return
			}
		}
	}
}

func FuzzCSV(f *testing.F) {
	f.Add([]byte("Anknytning;Namn;Mobil\r\n101;Åsa;070-123 45 67\r\n"))
	f.Add([]byte("\xEF\xBB\xBFname,ext\n\"a\"\"b\",1\n\"x\ny\",2\n"))
	f.Add([]byte("sep=\t\nNamn\tDold\n'=1\tja\n\"\n"))
	f.Add([]byte("Namn;Avdelning\n\xC5sa;V\xE4xel\n"))
	f.Add([]byte("\xFF\xFEN\x00a\x00m\x00n\x00\n\x00A\x00"))
	f.Fuzz(func(t *testing.T, file []byte) {
		rows, _, err := ReadCSV(bytes.NewReader(file), "SE")
		if err != nil {
			return
		}
		var subscribers []Subscriber
		for _, r := range rows {
			if r.ID == "" && len(r.Subscriber().Fields) == 0 || r.Line < 2 {
				t.Fatalf("a row of nothing: %+v", r)
			}
			subscribers = append(subscribers, r.Subscriber())
		}
		checkRoundTrip(t, subscribers, "sv", nil)
	})
}

func BenchmarkReadCSV(b *testing.B) {
	var file bytes.Buffer
	s := Subscriber{ID: "s", Fields: Fields{DisplayName: "Åsa Öberg", Mobile: "+46701234567", Department: "Sälj", Mail: "asa.oberg@exempel.se"}}
	if err := WriteCSV(&file, each(slices.Repeat([]Subscriber{s}, 1)...), "sv", nil); err != nil {
		b.Fatal(err)
	}
	head, line, _ := strings.Cut(file.String(), "\r\n")
	text := head + "\r\n" + strings.Repeat(strings.TrimSuffix(line, "s\r\n")+"\r\n", 10_000)
	for b.Loop() {
		if rows, problems, err := ReadCSV(strings.NewReader(text), "SE"); err != nil || len(rows) != 10_000 {
			b.Fatal(len(rows), problems, err)
		}
	}
}
