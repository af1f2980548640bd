package zone

import (
	"os"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the same rules on every machine

	"github.com/google/go-cmp/cmp"
)

func TestLoad(t *testing.T) {
	for _, c := range []struct{ name, country, want string }{
		{"W. Europe Standard Time", "", "Europe/Berlin"},
		{"W. Europe Standard Time", "SE", "Europe/Stockholm"},
		{"w. europe standard time", "se", "Europe/Stockholm"},
		{" W. EUROPE STANDARD TIME ", "NL", "Europe/Amsterdam"},
		{"W. Europe Standard Time", "US", "Europe/Berlin"}, // not there: the default
		{"W. Europe Standard Time", "DE", "Europe/Berlin"},
		{"W. Europe Standard Time", "001", "Europe/Berlin"},
		{"Romance Standard Time", "ES", "Europe/Madrid"},
		{"FLE Standard Time", "FI", "Europe/Helsinki"},
		{"GMT Standard Time", "", "Europe/London"},
		{"Eastern Standard Time", "", "America/New_York"},
		{"UTC-11", "", "Etc/GMT+11"},
		{"UTC", "SE", "UTC"},
		{"utc", "", "UTC"},
		{"tzone://Microsoft/Utc", "", "UTC"},
		{"Europe/Stockholm", "", "Europe/Stockholm"},
		{"America/Argentina/Buenos_Aires", "SE", "America/Argentina/Buenos_Aires"},
		{"tzone://Microsoft/Custom", "SE", ""},
		{"Customized Time Zone", "", ""},
		{"Mitteleuropäische Zeit", "", ""},
		{"(UTC+01:00) Amsterdam, Berlin, Bern, Rom, Stockholm, Wien", "", ""},
		{"Local", "", ""},
		{"", "SE", ""},
		{"/SE", "SE", ""},
		{"../../etc/passwd", "", ""},
		{"Europe/Atlantis", "", ""},
	} {
		got := ""
		if l, ok := LoadIn(c.name, c.country); ok {
			got = l.String()
		}
		if got != c.want {
			t.Errorf("%q in %q is %q, want %q", c.name, c.country, got, c.want)
		}
	}
	if _, ok := Load("W. Europe Standard Time/SE"); ok {
		t.Error("a key of the table is taken for a name")
	}
}

func TestEveryZoneOfTheTableLoads(t *testing.T) {
	for key, iana := range windows {
		name, territory, _ := strings.Cut(key, "/")
		if l, ok := LoadIn(name, territory); !ok || l.String() != iana && iana != "Etc/UTC" && iana != "Etc/GMT" {
			t.Errorf("%s: %v, want %s", key, l, iana)
		}
	}
}

// moved is what CLDR 48 says otherwise than CLDR 41 did, of the first zone of
// each name and territory.
var moved = map[string]string{
	"Central Asia Standard Time/001":      "Asia/Almaty → Asia/Bishkek",
	"Central Asia Standard Time/KZ":       "Asia/Almaty → Asia/Bishkek", // Kazakhstan left it: the default is left
	"Mountain Standard Time/MX":           "America/Ojinaga → America/Ciudad_Juarez",
	"Mountain Standard Time (Mexico)/001": "America/Chihuahua → America/Mazatlan",
	"Mountain Standard Time (Mexico)/MX":  "America/Chihuahua → America/Mazatlan",
	"Central Standard Time/ZZ":            "CST6CDT → America/Chicago", // these four are aliases since tzdata 2024b
	"Eastern Standard Time/ZZ":            "EST5EDT → America/New_York",
	"Mountain Standard Time/ZZ":           "MST7MDT → America/Denver",
	"Pacific Standard Time/ZZ":            "PST8PDT → America/Los_Angeles",
	"Hawaiian Standard Time/UM":           "Pacific/Johnston → Pacific/Honolulu",
}

// TestTableAgainstCLDR41 compares with testdata/cldr-41.tsv, which is CLDR 41's
// windowsZones.xml: Windows' name, territory, IANA's names.
func TestTableAgainstCLDR41(t *testing.T) {
	text, err := os.ReadFile("testdata/cldr-41.tsv")
	if err != nil {
		t.Fatal(err)
	}
	differs, names := map[string]string{}, map[string]bool{}
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n")[1:] {
		row := strings.Split(line, "\t")
		names[row[0]] = true
		old, _, _ := strings.Cut(row[2], " ")
		now, ok := IANA(row[0], row[1])
		if old == "Etc/UTC" || old == "Etc/GMT" {
			old = now // said in other words
		}
		if !ok || now != old {
			differs[row[0]+"/"+row[1]] = old + " → " + now
		}
	}
	if d := cmp.Diff(moved, differs); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if len(names) != 139 {
		t.Errorf("%d names in the file, want 139", len(names))
	}
	for key := range windows {
		if name, territory, _ := strings.Cut(key, "/"); territory == "" && !has(names, name) {
			t.Errorf("%s is new: has Windows a new zone?", name)
		}
	}
}

func has(names map[string]bool, lower string) bool {
	for n := range names {
		if strings.ToLower(n) == lower {
			return true
		}
	}
	return false
}

func TestRule(t *testing.T) {
	last, two := 5, 2*time.Hour
	sweden := Rule{Offset: time.Hour, Daylight: time.Hour,
		ToDaylight: Change{time.March, last, time.Sunday, two}, ToStandard: Change{time.October, last, time.Sunday, 3 * time.Hour}}
	pacific := Rule{Offset: -8 * time.Hour, Daylight: time.Hour,
		ToDaylight: Change{time.March, 2, time.Sunday, two}, ToStandard: Change{time.November, 1, time.Sunday, two}}
	sydney := Rule{Offset: 10 * time.Hour, Daylight: time.Hour,
		ToDaylight: Change{time.October, 1, time.Sunday, two}, ToStandard: Change{time.April, 1, time.Sunday, 3 * time.Hour}}
	for name, c := range map[string]struct {
		rule Rule
		same string
	}{
		"Sweden":  {sweden, "Europe/Stockholm"},
		"Pacific": {pacific, "America/Los_Angeles"},
		"Sydney":  {sydney, "Australia/Sydney"},
		"India":   {Rule{Offset: 5*time.Hour + 30*time.Minute}, "Asia/Kolkata"},
		"Azores":  {Rule{Offset: -time.Hour}, "Atlantic/Cape_Verde"},
	} {
		l, ok := c.rule.Location()
		if !ok {
			t.Fatalf("%s: no location", name)
		}
		same, err := time.LoadLocation(c.same)
		if err != nil {
			t.Fatal(err)
		}
		for at := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC); at.Year() < 2029; at = at.Add(30 * time.Minute) {
			if got, want := at.In(l).Format(time.DateTime), at.In(same).Format(time.DateTime); got != want {
				t.Fatalf("%s: %v is %s, want %s", name, at, got, want)
			}
		}
	}
	for name, r := range map[string]Rule{
		"no change": {Offset: time.Hour, Daylight: time.Hour},
		"day off":   {Offset: 24 * time.Hour},
		"month 13":  {Daylight: time.Hour, ToDaylight: Change{13, 1, 0, 0}, ToStandard: Change{10, 1, 0, 0}},
		"weekday":   {Daylight: time.Hour, ToDaylight: Change{3, 1, 7, 0}, ToStandard: Change{10, 1, 0, 0}},
	} {
		if _, ok := r.Location(); ok {
			t.Errorf("%s: a location", name)
		}
	}
}
