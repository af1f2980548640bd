package console

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/organization"
)

func TestHoursAsTheyAreTyped(t *testing.T) {
	for text, want := range map[string]string{
		"":                         "",
		"8-17":                     "8:00–17:00",
		"8–12, 13–16.30":           "8:00–12:00, 13:00–16:30",
		"08:00 - 12:00;13-17":      "8:00–12:00, 13:00–17:00",
		"22-6":                     "22:00–6:00",
		"0-24":                     "0:00–24:00",
		"7\u00a0–\u00a015:45, ":    "7:00–15:45",
		"8":                        "?",
		"åtta till fem":            "?",
		"8-25":                     "?",
		"8:60-17":                  "?",
		"-17":                      "?",
		"8-12 13-17":               "?",
		"8:00-12:00, 13:00-17:000": "?",
	} {
		got := "?"
		if shifts, ok := readShifts(text); ok {
			got = shiftsText(shifts)
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	night, _ := readShifts("22-6")
	if want := []activity.Shift{{From: 22 * 60, To: 30 * 60}}; !cmp.Equal(night, want) {
		t.Errorf("a night: got %v, want %v", night, want)
	}
}

func TestMove(t *testing.T) {
	for _, tc := range []struct {
		from, to int
		want     string
	}{{0, 2, "bcad"}, {3, 0, "dabc"}, {1, 2, "acbd"}, {2, 1, "acbd"}, {1, 1, "abcd"}, {0, 4, "abcd"}, {-1, 2, "abcd"}, {9, 0, "abcd"}} {
		all := strings.Split("abcd", "")
		move(all, tc.from, tc.to)
		if got := strings.Join(all, ""); got != tc.want {
			t.Errorf("%d to %d: got %s, want %s", tc.from, tc.to, got, tc.want)
		}
	}
}

func TestKeyOfAnOwnActivity(t *testing.T) {
	set := append(activity.Nine(), activity.Activity{Key: "jour"})
	for name, want := range map[string]activity.Key{
		"Jour": "jour2", "Åker tåg!": "akertag", "外出": "own", "Möte": "mote", "1:a linjen": "alinjen", "Lunch": "lunch2",
	} {
		if got := keyFor(name, set); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

// The tester answers as reading the same event from a calendar would.
func TestTester(t *testing.T) {
	c := organization.DefaultCalendar()
	c.Rules = []activity.Rule{
		{ID: "off", If: activity.Condition{Word: "tandläkare"}, Then: activity.Lunch, Off: true},
		{ID: "dentist", If: activity.Condition{Word: "tandläkare"}, Then: activity.Out, Phone: activity.Open},
		{ID: "coffee", If: activity.Condition{Category: "Fika"}},
	}
	c.Groups = []organization.Group{{ID: "g", Rules: []activity.Rule{{ID: "ours", If: activity.Condition{Prefix: "MOT"}, Then: activity.Busy}}}}
	now := time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		name, rule string
		test       testView
		want       activity.Key
		because    activity.Because
		open       bool
	}{
		{name: "prefix", test: testView{Subject: "mot: Budget", ShowAs: calendar.Free}, rule: "prefix/meeting", want: activity.Meeting},
		{name: "semicolon", test: testView{Subject: "MOT; Budget"}, rule: "prefix/meeting", want: activity.Meeting, open: true},
		{name: "own word, its rule opens", test: testView{Subject: "Till Tandläkare Ek"}, rule: "dentist", want: activity.Out, open: true},
		{name: "private words are not read", test: testView{Subject: "Tandläkare", Private: true, ShowAs: calendar.Busy}, rule: "status/busy", want: activity.Busy},
		{name: "private prefix", test: testView{Subject: "SJU: Tandläkare", Private: true}, rule: "prefix/sick", want: activity.Sick},
		{name: "somebody else's holiday", test: testView{Subject: "SEM: Anna", Invited: true, ShowAs: calendar.Free}, rule: "status/free", because: activity.NoOpinion, want: activity.Available, open: true},
		{name: "with others", test: testView{ShowAs: calendar.Busy, Others: true}, rule: "status/busy-others", want: activity.Meeting},
		{name: "declined", test: testView{Subject: "MOT: Budget", Response: calendar.Declined}, because: activity.WasDeclined, want: activity.Available, open: true},
		{name: "no opinion by category", test: testView{Category: "fika", ShowAs: calendar.Busy}, rule: "coffee", because: activity.NoOpinion, want: activity.Available, open: true},
		{name: "nothing", test: testView{Subject: "Hej", ShowAs: calendar.Free, AllDay: true}, because: activity.NoRule, want: activity.Available, open: true},
		{name: "the group's first", test: testView{Subject: "MOT: Budget", Group: "g"}, rule: "ours", want: activity.Busy},
	} {
		got := tc.test.ask(c, now)
		rule := ""
		if got.Rule != nil {
			rule = got.Rule.ID
		}
		if got.Activity.Key != tc.want || got.Open != tc.open || got.Of != tc.because || rule != tc.rule {
			t.Errorf("%s: got %s by %q (%q), open %v; want %s by %q (%q), open %v", tc.name, got.Activity.Key, rule, got.Of, got.Open, tc.want, tc.rule, tc.because, tc.open)
		}
	}
}
