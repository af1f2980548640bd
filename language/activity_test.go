package language

import (
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestStateSaysTheReturn(t *testing.T) {
	stockholm, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 8, 6, 9, 12, 0, 0, stockholm) // a Thursday
	at := func(month time.Month, day, hour, minute int) time.Time {
		return time.Date(2026, month, day, hour, minute, 0, 0, stockholm)
	}
	for _, tc := range []struct {
		kind       string
		back       time.Time
		sv, en, nl string
	}{
		{"", time.Time{}, "Möte", "In a meeting", "In vergadering"},
		{"time", at(8, 6, 14, 0), "Möte, åter 14:00", "In a meeting, back at 14:00", "In vergadering, terug om 14:00"},
		{"time", at(8, 7, 8, 5), "Möte, åter i morgon 8:05", "In a meeting, back tomorrow at 8:05", "In vergadering, terug morgen om 8:05"},
		{"time", at(8, 8, 8, 0), "Möte, åter lördag 8:00", "In a meeting, back Saturday at 8:00", "In vergadering, terug zaterdag om 8:00"},
		{"time", at(8, 12, 8, 0), "Möte, åter onsdag 8:00", "In a meeting, back Wednesday at 8:00", "In vergadering, terug woensdag om 8:00"},
		{"time", at(8, 13, 8, 0), "Möte, åter 13 augusti", "In a meeting, back 13 August", "In vergadering, terug op 13 augustus"},
		{"time", at(8, 5, 8, 0), "Möte, åter 5 augusti", "In a meeting, back 5 August", "In vergadering, terug op 5 augustus"},
		{"day", at(8, 6, 0, 0), "Möte, åter i dag", "In a meeting, back today", "In vergadering, vandaag terug"},
		{"day", at(8, 7, 0, 0), "Möte, åter i morgon", "In a meeting, back tomorrow", "In vergadering, morgen terug"},
		{"day", at(8, 10, 0, 0), "Möte, åter måndag", "In a meeting, back Monday", "In vergadering, maandag terug"},
		{"day", at(9, 1, 0, 0), "Möte, åter 1 september", "In a meeting, back 1 September", "In vergadering, terug op 1 september"},
		{"earliest", at(12, 1, 0, 0), "Möte, åter tidigast 1 december", "In a meeting, back 1 December at the earliest", "In vergadering, op zijn vroegst terug op 1 december"},
		{"unknown", time.Time{}, "Möte, tills vidare", "In a meeting, until further notice", "In vergadering, tot nader bericht"},
		{"time", time.Time{}, "Möte, tills vidare", "In a meeting, until further notice", "In vergadering, tot nader bericht"},
		{"something new", time.Time{}, "Möte, tills vidare", "In a meeting, until further notice", "In vergadering, tot nader bericht"},
	} {
		for tag, want := range map[string]string{"sv": tc.sv, "en-GB": tc.en, "nl_NL": tc.nl} {
			p := ForNotes(tag)
			if got := p.State(p.Activity("meeting", nil), tc.kind, tc.back, now); got != want {
				t.Errorf("%s %s at %s: got %q, want %q", tag, tc.kind, tc.back, got, want)
			}
		}
	}
}

// The day that it is counts in the zone in which the return is told.
func TestStateCountsDaysInItsZone(t *testing.T) {
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 8, 6, 23, 30, 0, 0, time.UTC)
	back := time.Date(2026, 8, 7, 1, 0, 0, 0, time.UTC)
	if got, want := For("sv").State("Möte", "time", back.In(newYork), now), "Möte, åter 21:00"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := For("sv").State("Möte", "time", back, now), "Möte, åter i morgon 1:00"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A day begins where the person is, and is told by its name elsewhere, too.
func TestStateTellsTheDayOfThePerson(t *testing.T) {
	stockholm := zone(t, "Europe/Stockholm")
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, stockholm) // a Sunday
	for _, place := range []string{"Europe/Stockholm", "Europe/Helsinki", "Europe/London", "America/New_York", "Asia/Kolkata"} {
		back := time.Date(2026, 11, 23, 0, 0, 0, 0, zone(t, place)).In(stockholm)
		if got, want := For("sv").State("Möte", "day", back, now), "Möte, åter i morgon"; got != want {
			t.Errorf("%s: got %q, want %q", place, got, want)
		}
	}
}

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	l, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestNamesOfActivities(t *testing.T) {
	sv, nl := ForNotes("sv"), ForNotes("nl")
	own := map[string]string{"sv": "Jour", "en": "On call"}
	for _, tc := range []struct{ got, want string }{
		{sv.Activity("sick", nil), "Sjuk / VAB"},
		{sv.Outside("sick", nil, nil), "Ej på kontoret"},
		{sv.Outside("home", nil, nil), "Tillgänglig"},
		{sv.Outside("home", nil, map[string]string{"sv": "Distans"}), "Tillgänglig"},
		{sv.Outside("sick", nil, map[string]string{"sv": "Frånvaro"}), "Ej på kontoret"},
		{sv.Activity("home", map[string]string{"sv": "Distans"}), "Distans"},
		{sv.Outside("meeting", nil, map[string]string{"sv": "Sammanträde"}), "Sammanträde"},
		{sv.Outside("meeting", map[string]string{"sv": "Upptagen"}, map[string]string{"sv": "Sammanträde"}), "Upptagen"},
		{sv.Activity("oncall", own), "Jour"},
		{sv.Outside("oncall", nil, own), "Jour"},
		{nl.Activity("oncall", own), "Jour"},
		{nl.Activity("oncall", nil), "oncall"},
		{For("nl").Activity("meeting", nil), "In a meeting"}, // pages are not in Dutch
	} {
		if tc.got != tc.want {
			t.Errorf("got %q, want %q", tc.got, tc.want)
		}
	}
}

// A sick person's outside name is that of somebody who is out, in every language.
func TestSickIsOutOutside(t *testing.T) {
	for _, tag := range NoteTags() {
		p := ForNotes(tag)
		if got, want := p.Outside("sick", nil, nil), p.Outside("out", nil, nil); got != want {
			t.Errorf("%s: got %q, want %q", tag, got, want)
		}
	}
}

// What callers can be told is there in Dutch, and says the same facts.
func TestNotesAreThereInDutch(t *testing.T) {
	keys := 0
	for key, forms := range strs[Swedish] {
		family, _, _ := strings.Cut(key, ".")
		dutch := strs[Dutch][key]
		if family != "activity" && family != "note" && family != "month" && family != "weekday" {
			continue
		}
		keys++
		if len(dutch) != 1 || len(forms) != 1 || strings.Join(facts(dutch[0]), "") != strings.Join(facts(forms[0]), "") {
			t.Errorf("%s: got %s in Dutch", key, strconv.Quote(strings.Join(dutch, "|")))
		}
	}
	if keys < 40 {
		t.Errorf("got %d keys of notes", keys)
	}
}
