package telefonist_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/language"
)

// What the guides to Exchange say is known of an event by each way of reading, and
// what comes of it: see "What differs" in docs/exchange.en.md. The columns of both
// tables, after the words: everything, details, times.
const columns = 3

// cells are the words of the first table in English.
var cells = map[string]string{
	"ja": "yes", "nej": "no", "från midnatt": "from midnight", "inte privata": "not private", "ingen inbjuden": "nobody invited",
}

// known is one column of the first table: what is known of each fact.
type known map[string]string

// TestDocsExchangeTables wants both guides to say the same, and the second table to
// be what the rules make of events of which no more is known than the first one
// says.
func TestDocsExchangeTables(t *testing.T) {
	english, swedish := knowledge(t, "docs/exchange.en.md"), knowledge(t, "docs/exchange.sv.md")
	if diff := cmp.Diff(english, swedish); diff != "" {
		t.Errorf("what is known, -English +Swedish:\n%s", diff)
	}
	for file, tag := range map[string]string{"docs/exchange.en.md": language.English, "docs/exchange.sv.md": language.Swedish} {
		rows := table(t, file, "outcomes")
		if len(rows) < 15 {
			t.Errorf("%s: %d outcomes", file, len(rows))
		}
		words := language.For(tag)
		for _, row := range rows {
			for i, of := range english {
				want := "–"
				if key := outcome(t, activity.Preset(code(row[0])), strings.Fields(code(row[1])), of); key != activity.Available {
					want = words.T("activity." + string(key))
				}
				if got := row[len(row)-columns+i]; got != want {
					t.Errorf("%s: %s by %s, column %d: the guide says %q, the rules %q", file, row[1], row[0], i+1, got, want)
				}
			}
		}
	}
}

// TestDocsExchangeVersions wants both guides to say the same of the servers' ages;
// the Swedish one is held to a simulated server of each.
func TestDocsExchangeVersions(t *testing.T) {
	english, swedish := ages(t, "docs/exchange.en.md", language.English), ages(t, "docs/exchange.sv.md", language.Swedish)
	if diff := cmp.Diff(english, swedish); diff != "" {
		t.Errorf("what differs by age, -English +Swedish:\n%s", diff)
	}
	if len(english) < 4 {
		t.Errorf("%d rows", len(english))
	}
}

// ages is the third table without its words: rights as in English, activities by key.
func ages(t *testing.T, file, tag string) (rows [][]string) {
	t.Helper()
	words := language.For(tag)
	names := map[string]string{"–": "–"}
	for _, a := range activity.Nine() {
		names[words.T("activity."+string(a.Key))] = string(a.Key)
	}
	for _, row := range table(t, file, "versions") {
		if len(row) != 8 {
			t.Fatalf("%s: %q", file, row)
		}
		right := row[1]
		if right == "alla" {
			right = "all"
		}
		line := []string{row[0], right, row[2]} // and the fourth says the third in words
		for _, cell := range row[4:] {
			key, ok := names[cell]
			if !ok {
				t.Errorf("%s: no activity is called %q", file, cell)
			}
			line = append(line, key)
		}
		rows = append(rows, line)
	}
	return rows
}

// TestDocsExchangeMarks wants both guides to say which marks availability leaves out.
func TestDocsExchangeMarks(t *testing.T) {
	for file, marks := range map[string][]string{
		"docs/exchange.en.md": {"*personal*", "*confidential*"},
		"docs/exchange.sv.md": {"*personlig*", "*konfidentiell*"},
	} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, mark := range marks {
			if !strings.Contains(string(text), mark) {
				t.Errorf("%s does not speak of %s", file, mark)
			}
		}
	}
}

// knowledge is the first table by column.
func knowledge(t *testing.T, file string) []known {
	t.Helper()
	all := make([]known, columns)
	for i := range all {
		all[i] = known{}
		for _, row := range table(t, file, "facts") {
			cell := row[len(row)-columns+i]
			if english, ok := cells[cell]; ok {
				cell = english
			}
			all[i][code(row[0])] = cell
		}
	}
	return all
}

// table is the Markdown table below a comment, without its head.
func table(t *testing.T, file, name string) (rows [][]string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, after, ok := strings.Cut(string(text), "<!-- "+name+" -->\n\n")
	if !ok {
		t.Fatalf("%s has no table %s", file, name)
	}
	for line := range strings.Lines(after) {
		if !strings.HasPrefix(line, "|") {
			break
		}
		row := strings.Split(strings.Trim(line, "| \n"), " | ")
		rows = append(rows, row)
	}
	return rows[2:]
}

func code(cell string) string { return strings.Trim(cell, "`") }

// outcome is what a preset makes of an event that is told in words, where of each
// fact is known what a column says.
func outcome(t *testing.T, preset activity.Preset, told []string, of known) activity.Key {
	t.Helper()
	is := func(word string) bool { return slices.Contains(told, word) }
	from := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	e := calendar.Raw{Event: calendar.Event{
		Key: "e", Start: from, End: from.AddDate(0, 0, 1), ShowAs: calendar.ShowAs(told[0]), Sensitivity: calendar.Normal,
		Own: calendar.KnownBool(is("own")), Others: calendar.KnownBool(is("others")),
	}}
	if is("allday") {
		e.Start, e.End, e.First, e.After = time.Time{}, time.Time{}, calendar.DateOf(from), calendar.DateOf(e.End)
	} else {
		e.Start, e.End = from.Add(9*time.Hour), from.Add(15*time.Hour)
	}
	if is("private") {
		e.Sensitivity = calendar.Private
	}
	for _, word := range told {
		if word == strings.ToUpper(word) {
			e.Subject = word + ": more"
		}
	}
	if of["subject"] == "no" || of["subject"] == "not private" && e.Private() {
		e.Subject = ""
	}
	if of["private"] == "no" {
		e.Sensitivity = ""
	}
	if of["own"] == "no" || of["own"] == "nobody invited" && is("others") {
		e.Own = calendar.Unknown
	}
	if of["others"] == "no" {
		e.Others = calendar.Unknown
	}
	rules := preset.Rules(activity.Nine(), nil)
	kept, ok := activity.Keep(rules).Event(e)
	if !ok {
		t.Fatalf("%q is not kept", told)
	}
	day := activity.Make(activity.Input{
		From: from, To: from.AddDate(0, 0, 1), Known: from.AddDate(0, 0, 1), Zone: time.UTC, Set: activity.Nine(), Calendar: true,
		Events: []calendar.Event{kept}, Rules: activity.Compile(nil, nil, nil, rules), PrivateAs: calendar.StatusOnly,
	})
	span, ok := day.At(from.Add(12 * time.Hour))
	if !ok {
		t.Fatalf("%q: no activity", told)
	}
	return span.State.Key
}
