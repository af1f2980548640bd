package activity

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telefonist/telefonist/calendar"
)

func TestYearOfFreeDays(t *testing.T) {
	for country, want := range map[string][]calendar.Date{
		"SE": {"2026-01-01", "2026-01-06", "2026-04-03", "2026-04-04", "2026-04-05", "2026-04-06", "2026-05-01", "2026-05-14", "2026-05-24", "2026-06-06",
			"2026-06-19", "2026-06-20", "2026-10-31", "2026-12-24", "2026-12-25", "2026-12-26", "2026-12-31"},
		"NO": {"2026-01-01", "2026-04-02", "2026-04-03", "2026-04-05", "2026-04-06", "2026-05-01", "2026-05-14", "2026-05-17", "2026-05-24", "2026-05-25", "2026-12-25", "2026-12-26"},
		"NL": {"2026-01-01", "2026-04-03", "2026-04-06", "2026-04-27", "2026-05-14", "2026-05-25", "2026-12-25", "2026-12-26"},
		"DE": {"2026-01-01", "2026-04-03", "2026-04-06", "2026-05-01", "2026-05-14", "2026-05-25", "2026-10-03", "2026-12-25", "2026-12-26"},
		"GB": {"2026-01-01", "2026-04-03", "2026-04-06", "2026-05-04", "2026-05-25", "2026-08-31", "2026-12-25", "2026-12-26", "2026-12-28"},
		"":   nil,
	} {
		var got []calendar.Date
		for _, d := range (FreeDays{Country: country}).Year(2026) {
			got = append(got, d.Date)
			if d.In("sv") == "" || d.In("en") == "" || d.In("nl") != d.In("en") {
				t.Errorf("%s %s is called %q and %q", country, d.Date, d.In("sv"), d.In("en"))
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", country, diff)
		}
	}
	for _, c := range Countries() {
		if len(observed[c]) == 0 {
			t.Errorf("%s has no holidays", c)
		}
	}
}

func TestHalfDaysAndOwnDays(t *testing.T) {
	f := FreeDays{Country: "SE", Halves: true, HalfEnds: 13 * 60, Own: []FreeDay{
		{Date: "2026-05-15", Name: "Klämdag"}, {Date: "2026-06-05", Name: "Planeringsdag", Ends: 15 * 60}, {Date: "2026-12-31", Name: "Inventering", Ends: 24 * 60}}}
	for date, want := range map[calendar.Date]struct {
		name string
		ends int
		free bool
	}{
		"2026-01-05": {"Trettondagsafton", 13 * 60, true},
		"2026-04-02": {"Skärtorsdagen", 13 * 60, true},
		"2026-04-30": {"Valborgsmässoafton", 13 * 60, true},
		"2026-10-30": {"Allhelgonaafton", 13 * 60, true},
		"2026-06-19": {"Midsommarafton", 0, true},
		"2026-12-24": {"Julafton", 0, true},
		"2026-05-15": {"Klämdag", 0, true},
		"2026-06-05": {"Planeringsdag", 15 * 60, true},
		"2026-12-31": {"Inventering", 24 * 60, true},
		"2026-11-24": {"", 0, false},
		"no date":    {"", 0, false},
	} {
		d, free := f.On(date)
		if d.In("sv") != want.name || d.Ends != want.ends || free != want.free {
			t.Errorf("%s: %q ends %d, %v", date, d.In("sv"), d.Ends, free)
		}
		if listed := slices.ContainsFunc(f.Year(2026), func(l FreeDay) bool { return l.Date == date && l.Ends == d.Ends }); listed != want.free {
			t.Errorf("%s is listed: %v", date, listed)
		}
	}
	f.Halves = false
	if d, free := f.On("2026-04-02"); free || d.Ends != 0 {
		t.Errorf("half a day counts: %+v", d)
	}
	f.Halves, f.HalfEnds = true, 0
	if d, _ := f.On("2026-04-02"); d.Ends != noon {
		t.Errorf("half a day ends at %d", d.Ends)
	}
}

func TestWorking(t *testing.T) {
	night := Hours{Week: [7][]Shift{4: {{22 * 60, 30 * 60}}}} // Fridays, until six on Saturday
	odd := OfficeHours(8*60, 17*60)
	odd.Odd = &[7][]Shift{0: {{12 * 60, 20 * 60}}}
	free := FreeDays{Country: "SE", Halves: true}
	for _, c := range []struct {
		hours *Hours
		at    string
		want  bool
	}{
		{eightToFive(), "2026-11-24 07:59", false},
		{eightToFive(), "2026-11-24 08:00", true},
		{eightToFive(), "2026-11-24 16:59", true},
		{eightToFive(), "2026-11-24 17:00", false},
		{eightToFive(), "2026-11-28 10:00", false}, // Saturday
		{eightToFive(), "2026-06-19 10:00", false}, // midsommarafton
		{eightToFive(), "2026-04-02 11:59", true},  // skärtorsdagen
		{eightToFive(), "2026-04-02 12:00", false},
		{nil, "2026-11-24 03:00", true}, // a Tuesday of which nothing is known
		{nil, "2026-11-28 10:00", false},
		{nil, "2026-04-02 12:00", false},
		{&night, "2026-11-27 21:59", false},
		{&night, "2026-11-27 22:00", true},
		{&night, "2026-11-28 05:59", true},
		{&night, "2026-11-28 06:00", false},
		{&night, "2026-06-20 03:00", false}, // the shift would have begun on midsommarafton
		{&odd, "2026-11-23 09:00", true},    // week 48
		{&odd, "2026-11-30 09:00", false},   // week 49
		{&odd, "2026-11-30 19:59", true},
		{&odd, "2026-12-01 09:00", false},
		{&odd, "2027-01-04 19:00", true}, // week 1, after 53
		{&Hours{}, "2026-11-24 10:00", false},
	} {
		w := Worktime{Hours: c.hours, Free: free, Zone: stockholm}
		if got := w.Working(at(c.at)); got != c.want {
			t.Errorf("%s: %v", c.at, got)
		}
	}
}

// On the night on which clocks change a shift is as long as clocks on the wall say.
func TestShiftsOverTheChangeOfClocks(t *testing.T) {
	h := Hours{Week: [7][]Shift{5: {{22 * 60, 30 * 60}}}} // Saturdays
	for _, c := range []struct {
		zone, start string
		long        time.Duration
	}{
		{"Europe/Stockholm", "2026-03-28 22:00", 7 * time.Hour}, {"Europe/Stockholm", "2026-10-24 22:00", 9 * time.Hour},
		{"Europe/Amsterdam", "2026-03-28 22:00", 7 * time.Hour}, {"Europe/Amsterdam", "2026-10-24 22:00", 9 * time.Hour},
		{"America/New_York", "2026-03-07 22:00", 7 * time.Hour}, {"America/New_York", "2026-10-31 22:00", 9 * time.Hour},
	} {
		w := Worktime{Hours: &h, Zone: zone(c.zone)}
		if s := w.spell(in(w.Zone, c.start)); !s.working || s.To.Sub(s.From) != c.long {
			t.Errorf("%s from %s: %s", c.zone, c.start, s.To.Sub(s.From))
		}
	}
}

func TestWhoseHours(t *testing.T) {
	own, group, all := OfficeHours(1, 2), OfficeHours(3, 4), OfficeHours(5, 6)
	outlook := FromOutlook(calendar.Hours{Days: []time.Weekday{time.Sunday, time.Monday}, From: 7, To: 8})
	if outlook == nil || len(outlook.Week[6]) != 1 || len(outlook.Week[0]) != 1 || len(outlook.Week[1]) != 0 {
		t.Errorf("%+v", outlook)
	}
	if h := FromOutlook(calendar.Hours{}); h != nil {
		t.Errorf("%+v", h)
	}
	if FirstHours(&own, &group, outlook, &all) != &own || FirstHours(nil, nil, &group, outlook) != &group || FirstHours(nil, outlook, &all) != outlook || FirstHours(nil) != nil {
		t.Error("the first that says something counts")
	}
}

func TestEndsOfAChoice(t *testing.T) {
	night := Hours{Week: [7][]Shift{1: {{8 * 60, 12 * 60}, {13 * 60, 17 * 60}}, 2: {{22 * 60, 30 * 60}}}}
	w := Worktime{Hours: &night, Zone: stockholm}
	for clock, want := range map[string]string{"10:00": "17:00", "12:30": "17:00", "16:59": "17:00", "17:00": "11-25 00:00", "06:00": "17:00"} {
		if got := short(w.RestOfDay(at(tuesday + clock))); got != want {
			t.Errorf("the rest of the day at %s ends %s, want %s", clock, got, want)
		}
	}
	if got := w.RestOfDay(at("2026-11-26 03:00")); !got.Equal(at("2026-11-26 06:00")) {
		t.Errorf("the night ends %s", got)
	}
	for clock, want := range map[string]string{"14:59": "15:00", "15:00": "11-25 15:00"} {
		if got := short(w.Till(at(tuesday+clock), 15*60)); got != want {
			t.Errorf("till 15 at %s is %s, want %s", clock, got, want)
		}
	}
}

func TestForgottenChoice(t *testing.T) {
	for set, ask := range map[string]string{
		"2026-11-24 10:00": "2026-11-25 10:00",
		"2026-11-27 15:00": "2026-11-30 15:00", // a Friday
		"2026-06-18 09:30": "2026-06-22 09:30", // before midsommarafton
		"2026-11-28 20:00": "2026-11-30 20:00", // a Saturday
	} {
		for _, h := range []*Hours{nil, eightToFive()} {
			w := Worktime{Hours: h, Free: FreeDays{Country: "SE"}, Zone: stockholm}
			if got := w.Forgotten(Choice{Activity: Out, From: at(set), At: at(set)}); !got.Equal(at(ask)) {
				t.Errorf("set %s, asked %s, want %s", set, got, ask)
			}
			if got := w.Forgotten(Choice{Activity: Out, From: at(set), Until: at(ask)}); !got.IsZero() {
				t.Errorf("asked %s about what has an end", got)
			}
		}
	}
	if got := (Worktime{}).Forgotten(Choice{}); !got.IsZero() {
		t.Errorf("asked %s about nothing", got)
	}
}
