package language

import (
	"testing"
	"time"
)

func TestFor(t *testing.T) {
	for tag, want := range map[string]string{"": "sv", "sv": "sv", "sv-SE": "sv", "SV_se": "sv", "en-GB": "en", "fr": "en"} {
		if got := For(tag).Tag(); got != want {
			t.Errorf("%q: got %q, want %q", tag, got, want)
		}
	}
}

func TestMatch(t *testing.T) {
	for header, want := range map[string]string{
		"":                                  "sv",
		"sv-SE,sv;q=0.9,en;q=0.8":           "sv",
		"en-US,en;q=0.9,sv;q=0.8":           "en",
		"de-DE,de;q=0.9,sv;q=0.5,en;q=0.3":  "sv",
		"fr-FR":                             "en",
		"da, en-gb;q=0.8":                   "en",
		"en;q=0.2, sv;q=0.7":                "sv",
		"*":                                 "sv",
		"not a header at all ;;;; q=banana": "sv",
	} {
		if got := Match(header).Tag(); got != want {
			t.Errorf("%q: got %q, want %q", header, got, want)
		}
	}
}

func TestT(t *testing.T) {
	sv, en := For("sv"), For("en")
	cases := []struct{ got, want string }{
		{sv.T("do.approve"), "Godkänn"},
		{en.T("do.approve"), "Approve"},
		{sv.T("people.count", Count("n", 1)), "1 person"},
		{sv.T("people.count", Count("n", 0)), "0 personer"},
		{sv.T("people.count", Count("n", 12500)), "12\u00a0500 personer"},
		{en.T("people.count", Count("n", 1)), "1 person"},
		{en.T("people.count", Count("n", 12500)), "12,500 people"},
		{sv.T("people.count", Facts(map[string]string{"n": "1"})...), "1 person"},
		{sv.T("people.count"), "{n} personer"},
		{sv.T("page.round", Text("n", "7")), "Körning 7"},
		{sv.T("time.ago", Text("span", "{n}")), "för {n} sedan"}, // a fact is not read for facts
		{sv.T("no.such"), "⟦no.such⟧"},
	}
	for _, c := range cases {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
	if !sv.Has("do.approve") || sv.Has("no.such") {
		t.Error("Has is wrong")
	}
}

func TestNumbers(t *testing.T) {
	cases := []struct {
		n      int
		sv, en string
	}{
		{0, "0", "0"},
		{999, "999", "999"},
		{1234, "1234", "1,234"},
		{12345, "12\u00a0345", "12,345"},
		{1234567, "1\u00a0234\u00a0567", "1,234,567"},
		{-12345, "−12\u00a0345", "−12,345"},
	}
	for _, c := range cases {
		if sv, en := For("sv").Number(c.n), For("en").Number(c.n); sv != c.sv || en != c.en {
			t.Errorf("%d: got %q and %q", c.n, sv, en)
		}
	}
	if sv, en := For("sv").Percent(5), For("en").Percent(5); sv != "5\u00a0%" || en != "5%" {
		t.Errorf("got %q and %q", sv, en)
	}
	if sv, en := For("sv").Decimal(1.25, 1), For("en").Decimal(1.25, 2); sv != "1,2" || en != "1.25" {
		t.Errorf("got %q and %q", sv, en)
	}
}

func TestList(t *testing.T) {
	for _, c := range []struct {
		items []string
		want  string
	}{
		{nil, ""}, {[]string{"a"}, "a"}, {[]string{"a", "b"}, "a och b"}, {[]string{"a", "b", "c"}, "a, b och c"},
	} {
		if got := For("sv").List(c.items); got != c.want {
			t.Errorf("%q: got %q", c.items, got)
		}
	}
	if got := For("en").List([]string{"a", "b", "c"}); got != "a, b and c" {
		t.Errorf("got %q", got)
	}
}

func TestDates(t *testing.T) {
	sv, en := For("sv"), For("en")
	stockholm := time.FixedZone("", 3600)
	now := time.Date(2026, 11, 21, 14, 5, 0, 0, stockholm)
	at := func(month time.Month, day, hour, minute int) time.Time {
		return time.Date(2026, month, day, hour, minute, 0, 0, stockholm)
	}
	cases := []struct{ got, want string }{
		{sv.Date(now), "21 november 2026"},
		{en.Date(now), "21 November 2026"},
		{sv.Date(time.Time{}), ""},
		{sv.Weekday(now), "lördag"},
		{sv.When(at(11, 21, 8, 5), now), "i dag 08:05"},
		{en.When(at(11, 21, 8, 5), now), "today 08:05"},
		{sv.When(at(11, 20, 23, 59), now), "i går 23:59"},
		{sv.When(at(11, 22, 0, 0), now), "i morgon 00:00"},
		{sv.When(at(8, 12, 9, 30), now), "12 augusti 09:30"},
		{sv.When(at(8, 12, 9, 30).AddDate(-1, 0, 0), now), "12 augusti 2025 09:30"},
		{sv.When(at(11, 21, 0, 30), now.UTC()), "i dag 00:30"}, // the day is that of t's zone
		{sv.When(time.Time{}, now), ""},
		{sv.Ago(now.Add(-3*time.Minute), now), "för 3 minuter sedan"},
		{sv.Ago(now.Add(-time.Hour), now), "för 1 timme sedan"},
		{sv.Ago(now.Add(-50*time.Hour), now), "för 2 dagar sedan"},
		{sv.Ago(now.Add(-time.Second), now), "nyss"},
		{sv.Ago(now.Add(3*time.Minute), now), "om 3 minuter"},
		{sv.Since(now.Add(-3*time.Minute), now), "sedan 3 minuter"},
		{en.Ago(now.Add(-3*time.Minute), now), "3 minutes ago"},
		{en.Since(now.Add(-3*time.Minute), now), "for 3 minutes"},
		{sv.Span(1500 * time.Millisecond), "1 sekund"},
	}
	for _, c := range cases {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}
