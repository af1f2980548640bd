package activity

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telefonist/telefonist/calendar"
)

// What users of other products complain of, as far as it is a matter of what a
// calendar means.

func TestMovedOccurrenceLeavesNoGhost(t *testing.T) { // 9: ids that embed the date
	moved := event("series-1", "14:00", "15:00")
	for clock, want := range map[string]Key{"10:30": Available, "14:30": Busy} {
		if s := state(t, office(moved), clock); s.Key != want {
			t.Errorf("%s: %s, want %s", clock, s.Key, want)
		}
	}
}

func TestPrivateIgnoredStatusOrEverything(t *testing.T) { // 14
	secret := event("e", "10:00", "11:00", titled("UTE: läkaren"), private, func(e *calendar.Event) {
		e.Subject, e.Place, e.Note, e.Words = "UTE: läkaren", "Sahlgrenska", "läkaren", []string{"läkaren"}
	})
	for as, want := range map[calendar.PrivateAs]State{
		calendar.Ignore:     {Key: Available, Open: true},
		calendar.StatusOnly: {Key: Out},
		"":                  {Key: Out},
		calendar.Everything: {Key: Home, Open: true, Subject: "UTE: läkaren", Place: "Sahlgrenska"},
	} {
		in := office(secret)
		in.PrivateAs = as
		in.Rules = append([]Rule{{ID: "word", If: Condition{Word: "Läkaren"}, Then: Home}}, in.Rules...)
		got := state(t, in, "10:30")
		if got = (State{Key: got.Key, Open: got.Open, Subject: got.Subject, Place: got.Place, Note: got.Note}); !cmp.Equal(got, want) {
			t.Errorf("%q: %+v, want %+v", as, got, want)
		}
	}
}

func TestIllnessIsNotSaidOutside(t *testing.T) { // 15
	in := office(event("e", "10:00", "11:00", titled("SJU: feber"), func(e *calendar.Event) { e.Subject, e.Note, e.Place = "SJU: feber", "feber", "hemma" }))
	s := state(t, in, "10:30")
	if s.Key != Sick || s.Subject+s.Note+s.Place != "" {
		t.Errorf("inside: %+v", s)
	}
	if out := s.Outward(in.Set); out.Key != Out || out.Public.Key != Out {
		t.Errorf("outside: %+v", out)
	}
}

func TestIllnessAndAbsenceSideBySideAreOneOutside(t *testing.T) {
	in := office(event("e", "08:00", "12:00", titled("SJU: feber")), event("f", "12:00", "17:00", titled("UTE: mässa")))
	d := Make(in).Outward(in.Set)
	if len(d.Spans) != 3 || says(d.Spans[1].State) != "out till 17:00 back 17:00" {
		t.Errorf("%d spans, %s", len(d.Spans), says(d.Spans[1].State))
	}
}

func TestManualChoiceStandsAndDoesNotComeBack(t *testing.T) { // 16
	in := office(event("e", "10:00", "11:00"), event("f", "11:00", "12:00", others))
	in.Choice = Choice{Activity: Lunch, From: at(tuesday + "10:15"), Until: at(tuesday + "10:45"), At: at(tuesday + "10:15"), By: "p-karin"}
	for _, c := range []struct{ clock, want string }{
		{"10:10", "busy till 10:15 back 12:00"},
		{"10:20", "lunch till 10:45 back 12:00"},
		{"10:50", "busy till 11:00 back 12:00"},
		{"11:30", "meeting till 12:00 back 12:00"},
	} {
		if got := says(state(t, in, c.clock)); got != c.want {
			t.Errorf("%s: %s, want %s", c.clock, got, c.want)
		}
	}
	if s := state(t, in, "10:20"); !s.Manual || s.By != "p-karin" {
		t.Errorf("who set it is lost: %+v", s)
	}
	in.Choice, in.Silences = Return(in, at(tuesday+"10:20"))
	if got := says(state(t, in, "10:30")); got != "busy till 11:00 back 12:00" {
		t.Errorf("back from lunch: %s", got)
	}
	in.Choice, in.Silences = Return(in, at(tuesday+"10:30"))
	for clock, want := range map[string]string{"10:20": "busy till 10:30 back 10:30", "10:40": "available+ till 11:00", "11:30": "meeting till 12:00 back 12:00"} {
		if got := says(state(t, in, clock)); got != want {
			t.Errorf("back early, %s: %s, want %s", clock, got, want)
		}
	}
	in.Events[0].Start, in.Events[0].End = at(tuesday+"14:00"), at(tuesday+"15:00")
	if got := says(state(t, in, "14:30")); got != "busy till 15:00 back 15:00" {
		t.Errorf("the silenced event was moved: %s", got)
	}
}

func TestReturnFromRepliesAndHours(t *testing.T) {
	in := office(event("e", "10:00", "11:00"))
	in.Hours, in.OffHours = eightToFive(), Gone
	_, in.Silences = Return(in, at(tuesday+"18:00"))
	for clock, want := range map[string]string{"07:00": "gone till 08:00 back 08:00", "18:30": "available+ till 11-25 17:00"} {
		if got := says(state(t, in, clock)); got != want {
			t.Errorf("%s: %s, want %s", clock, got, want)
		}
	}
	in.Silences, in.Replies, in.OnReplies = nil, calendar.Replies{On: true}, Out
	_, in.Silences = Return(in, at(tuesday+"09:00"))
	for clock, want := range map[string]Key{"08:30": Out, "09:30": Available, "10:30": Busy, "18:00": Gone} {
		if got := state(t, in, clock).Key; got != want {
			t.Errorf("with replies, %s: %s, want %s", clock, got, want)
		}
	}
	if got := stateAt(t, in, at("2026-11-25 09:00")).Key; got != Out {
		t.Errorf("the day after: %s", got)
	}
}

func TestLongMeetingHoldingAShorter(t *testing.T) { // 17: it ended with the shorter one
	in := office(event("long", "10:00", "12:00", others), event("short", "10:30", "11:00", others))
	for _, clock := range []string{"10:15", "10:45", "11:00", "11:59"} {
		if got := says(state(t, in, clock)); got != "meeting till 12:00 back 12:00" {
			t.Errorf("%s: %s", clock, got)
		}
	}
}

func TestBackToBackHasNoGap(t *testing.T) { // 17: four minutes of it, at 10:15
	in := office(event("a", "09:30", "10:15", others), event("b", "10:15", "11:00", others))
	d := Make(in)
	if len(d.Spans) != 3 {
		t.Errorf("%d spans", len(d.Spans))
	}
	if got := says(state(t, in, "10:00")); got != "meeting till 11:00 back 11:00" {
		t.Error(got)
	}
}

func TestDeletingOneEventFreesNobodyInAnother(t *testing.T) { // 17
	if got := says(state(t, office(event("other", "10:00", "11:00")), "10:30")); got != "busy till 11:00 back 11:00" {
		t.Error(got)
	}
}

func TestAllDayTentativeAndElsewhere(t *testing.T) { // 19
	today, tomorrow := calendar.Date("2026-11-24"), calendar.Date("2026-11-25")
	for name, c := range map[string]struct {
		event calendar.Event
		want  Key
	}{
		"a holiday that Outlook shows as free": {days("e", today, tomorrow, shown(calendar.Free), titled("SEM: fjällen")), Holiday},
		"a birthday":                           {days("e", today, tomorrow, shown(calendar.Free)), Available},
		"a colleague's holiday":                {days("e", today, tomorrow, titled("SEM: Anna"), invited), Available},
		"out all day":                          {days("e", today, tomorrow), Out},
		"out all day, who knows whose":         {days("e", today, tomorrow, func(e *calendar.Event) { e.Own = calendar.Unknown }), Available},
		"tentative":                            {event("e", "10:00", "11:00", shown(calendar.Tentative)), Available},
		"elsewhere":                            {event("e", "10:00", "11:00", shown(calendar.Elsewhere)), Home},
		"a value that is new":                  {event("e", "10:00", "11:00", shown("deepWork")), Available},
	} {
		if s := state(t, office(c.event), "10:30"); s.Key != c.want {
			t.Errorf("%s: %s, want %s", name, s.Key, c.want)
		}
	}
}

func TestExplicitRuleMatchesAllDayFree(t *testing.T) {
	in := office(days("e", "2026-11-24", "2026-11-25", shown(calendar.Free)))
	in.Rules = append([]Rule{{ID: "own", If: Condition{ShowAs: calendar.Free, AllDay: MustBe}, Then: Home}}, in.Rules...)
	if s := state(t, in, "10:30"); s.Key != Home {
		t.Errorf("%s", s.Key)
	}
	in.Rules = ByStatus.Rules(in.Set, map[calendar.ShowAs]Key{calendar.Free: Holiday})
	if s := state(t, in, "10:30"); s.Key != Available {
		t.Errorf("by the preset, whatever free means: %s", s.Key)
	}
}

func TestClocksChange(t *testing.T) { // 20: an hour off, and all-day in the mailbox's zone
	for _, c := range []struct {
		zone        string
		first       calendar.Date
		hours, days time.Duration
	}{
		{"Europe/Stockholm", "2026-03-29", 23, 1}, {"Europe/Stockholm", "2026-10-25", 25, 1},
		{"Europe/Amsterdam", "2026-03-29", 23, 1}, {"Europe/Amsterdam", "2026-10-25", 25, 1},
		{"America/New_York", "2026-03-08", 23, 1}, {"America/New_York", "2026-11-01", 25, 1},
	} {
		z := zone(c.zone)
		in := office(days("e", c.first, c.first.Add(1)))
		in.Zone, in.Hours = z, eightToFive()
		in.From, in.To = c.first.Add(-2).Midnight(z), c.first.Add(3).Midnight(z)
		var out time.Duration
		for _, s := range Make(in).Spans {
			if s.State.Key == Out {
				out += s.To.Sub(s.From)
			}
		}
		if out != c.hours*time.Hour {
			t.Errorf("%s %s: out for %s", c.zone, c.first, out)
		}
		// The Monday after begins at eight by the clock on the wall.
		s := stateAt(t, in, c.first.Midnight(z).Add(12*time.Hour))
		if back := s.Back.At.In(z).Format("2006-01-02 15:04"); back != string(c.first.Add(1))+" 08:00" {
			t.Errorf("%s %s: back %s", c.zone, c.first, back)
		}
	}
}

func TestDeclinedAndCancelledDoNotCount(t *testing.T) {
	in := office(event("d", "10:00", "11:00", invited, func(e *calendar.Event) { e.Response = calendar.Declined }),
		event("c", "10:00", "11:00", others, func(e *calendar.Event) { e.Cancelled = true }),
		event("n", "13:00", "14:00", invited, func(e *calendar.Event) { e.Response = calendar.NotResponded }))
	if s := state(t, in, "10:30"); s.Key != Available {
		t.Errorf("%s", s.Key)
	}
	if s := state(t, in, "13:30"); s.Key != Meeting {
		t.Errorf("not answered: %s", s.Key)
	}
	why := Explain(in, at(tuesday+"10:30"))
	if why.Layer != ByDefault || len(why.Passed) != 2 || why.Passed[0].Because != WasCancelled || why.Passed[1].Because != WasDeclined {
		t.Errorf("%+v", why)
	}
}

func TestSharedSubjectIsDroppedWhenItsEventEnds(t *testing.T) {
	a := event("a", "10:00", "11:00", others)
	a.Subject, a.Place = "Budget", "Vasa"
	in := office(a, event("b", "11:00", "12:00", others))
	if s := state(t, in, "10:30"); s.Subject != "Budget" || s.Place != "Vasa" || says(s) != "meeting till 12:00 back 12:00" {
		t.Errorf("%+v", s)
	}
	if s := state(t, in, "11:00"); s.Subject != "" || s.Place != "" {
		t.Errorf("%+v", s)
	}
}

func TestCalendarOff(t *testing.T) {
	in := office(event("e", "10:00", "11:00"))
	in.Calendar, in.Replies, in.OnReplies = false, calendar.Replies{On: true}, Out
	in.Choice = Choice{Activity: Lunch, From: at(tuesday + "12:00"), Until: at(tuesday + "13:00")}
	for clock, want := range map[string]Key{"10:30": Available, "12:30": Lunch, "13:30": Available} {
		if s := state(t, in, clock); s.Key != want {
			t.Errorf("%s: %s, want %s", clock, s.Key, want)
		}
	}
	if p := Explain(in, at(tuesday+"10:30")).Passed; len(p) != 1 || p[0].Because != CalendarOff {
		t.Errorf("%+v", p)
	}
}
