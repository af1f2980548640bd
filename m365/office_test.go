package m365_test

import (
	"context"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/telefonist/telefonist/m365"
)

// openOffice makes a tenant of so many people whose office is open, at an instant.
func openOffice(people int, now time.Time, speed float64) (*m365.Tenant, *m365.Office) {
	tenant := m365.New(m365.Options{People: people, Seed: 1, Now: func() time.Time { return now }})
	return tenant, tenant.OpenOffice(speed)
}

var (
	stockholm, _ = time.LoadLocation("Europe/Stockholm")
	tuesdayNoon  = time.Date(2026, 11, 24, 12, 0, 0, 0, stockholm)
	sameEvents   = cmp.Options{cmpopts.IgnoreUnexported(m365.Event{}), cmpopts.EquateEmpty()}
)

// on are the events of everybody on a day.
func on(t *testing.T, tenant *m365.Tenant, year int, month time.Month, day int) map[string][]m365.Event {
	t.Helper()
	from := time.Date(year, month, day, 0, 0, 0, 0, stockholm)
	return between(t, tenant, from, from.AddDate(0, 0, 1))
}

func between(t *testing.T, tenant *m365.Tenant, from, to time.Time) map[string][]m365.Event {
	t.Helper()
	all := map[string][]m365.Event{}
	for _, p := range tenant.People() {
		if events, err := tenant.Events(p.ID, from, to); err == nil {
			all[p.ID] = events
		}
	}
	return all
}

// count counts events of which is true, of whole days or not.
func count(all map[string][]m365.Event, is func(m365.Event) bool) int {
	n := 0
	for _, events := range all {
		for _, e := range events {
			if is(e) {
				n++
			}
		}
	}
	return n
}

func TestTheSameDayIsAlwaysTheSame(t *testing.T) {
	a, _ := openOffice(90, tuesdayNoon, 1)
	b, _ := openOffice(90, tuesdayNoon.AddDate(0, 2, 3), 1) // asked some months later
	days := []time.Time{tuesdayNoon, tuesdayNoon.AddDate(0, -5, 0), tuesdayNoon.AddDate(1, 1, 7)}
	slices.Reverse(days)
	for _, day := range days {
		from, to := day.Add(-36*time.Hour), day.Add(36*time.Hour)
		one := between(t, a, from, to)
		if diff := cmp.Diff(one, between(t, a, from, to), sameEvents); diff != "" {
			t.Fatalf("%v asked twice:\n%s", day, diff)
		}
		if diff := cmp.Diff(one, between(t, b, from, to), sameEvents); diff != "" {
			t.Fatalf("%v in another process:\n%s", day, diff)
		}
	}
	c := m365.New(m365.Options{People: 90, Seed: 2})
	c.OpenOffice(1)
	if len(on(t, c, 2026, 11, 24)) == 0 || cmp.Equal(on(t, a, 2026, 11, 24), on(t, c, 2026, 11, 24), sameEvents) {
		t.Error("another seed makes the same office")
	}
}

// What is asked in pieces is what is asked at once, and every event can be
// asked for by its id.
func TestADayIsPartOfItsMonth(t *testing.T) {
	tenant, _ := openOffice(60, tuesdayNoon, 1)
	from := time.Date(2026, 11, 9, 0, 0, 0, 0, stockholm)
	to := from.AddDate(0, 0, 28)
	for _, p := range tenant.People() {
		month, err := tenant.Events(p.ID, from, to)
		if err != nil {
			continue
		}
		var ids []string
		for _, e := range month {
			ids = append(ids, e.ID)
			if same, err := tenant.Event(p.ID, e.ID); err != nil || !same.Start.Equal(e.Start) || same.Subject != e.Subject {
				t.Fatalf("%q of %v by its id: %+v, %v", e.Subject, e.Start, same, err)
			}
		}
		var pieces []string
		for day := from; day.Before(to); day = day.AddDate(0, 0, 1) {
			part, _ := tenant.Events(p.ID, day, day.AddDate(0, 0, 1))
			for _, e := range part {
				pieces = append(pieces, e.ID)
			}
		}
		slices.Sort(ids)
		slices.Sort(pieces)
		if diff := cmp.Diff(slices.Compact(ids), slices.Compact(pieces)); diff != "" {
			t.Fatalf("%s: the month and its days differ:\n%s", p.DisplayName, diff)
		}
	}
}

// prefixed says whether a subject begins with a prefix, in any spelling.
func prefixed(prefix string) func(m365.Event) bool {
	return func(e m365.Event) bool { return strings.HasPrefix(strings.ToUpper(e.Subject), prefix) }
}

// A Tuesday in November of an office of two hundred, and the five working days
// around it for what is rarer.
func TestATuesdayOfTwoHundred(t *testing.T) {
	tenant, _ := openOffice(200, tuesdayNoon, 1)
	day, week := on(t, tenant, 2026, 11, 24), between(t, tenant, time.Date(2026, 11, 23, 0, 0, 0, 0, stockholm), time.Date(2026, 11, 28, 0, 0, 0, 0, stockholm))
	meeting := func(e m365.Event) bool { return !e.AllDay && len(e.Attendees) > 0 && !e.Cancelled }
	for name, c := range map[string]struct {
		of       map[string][]m365.Event
		is       func(m365.Event) bool
		min, max int
	}{
		"timed":       {day, func(e m365.Event) bool { return !e.AllDay }, 600, 1300},
		"meetings":    {day, meeting, 400, 1000},
		"at nine":     {day, func(e m365.Event) bool { return e.Start.In(stockholm).Format("15:04") == "09:00" }, 50, 250},
		"stand-ups":   {day, func(e m365.Event) bool { return strings.Contains(e.Subject, "tand-up") }, 40, 150},
		"1:1":         {week, func(e m365.Event) bool { return strings.HasPrefix(e.Subject, "1:1") }, 60, 300},
		"occurrences": {day, func(e m365.Event) bool { return e.Type == "occurrence" }, 100, 500},
		"exceptions":  {week, func(e m365.Event) bool { return e.Type == "exception" }, 10, 150},
		"LUN:":        {day, prefixed("LUN:"), 10, 60},
		"Lunch":       {day, func(e m365.Event) bool { return e.Subject == "Lunch" }, 30, 110},
		"SEM:":        {day, prefixed("SEM:"), 3, 60},
		"own SEM: left free": {week, func(e m365.Event) bool {
			return prefixed("SEM:")(e) && e.AllDay && e.Organizer == "" && e.ShowAs == "free"
		}, 2, 30},
		"SJU:":              {week, prefixed("SJU:"), 3, 50},
		"VAB":               {week, func(e m365.Event) bool { return strings.Contains(strings.ToUpper(e.Subject), "VAB") }, 1, 30},
		"HEM:":              {week, prefixed("HEM:"), 10, 100},
		"working elsewhere": {day, func(e m365.Event) bool { return e.ShowAs == "workingElsewhere" && e.AllDay }, 3, 40},
		"UTE: with a place": {week, func(e m365.Event) bool { return prefixed("UTE:")(e) && e.Location != "" }, 10, 100},
		"SLU:":              {week, prefixed("SLU:"), 3, 60},
		"MOT; open":         {week, prefixed("MOT;"), 3, 60},
		"MOT:":              {week, prefixed("MOT:"), 20, 400},
		"UPP:":              {week, prefixed("UPP:"), 5, 80},
		"tentative holds":   {week, func(e m365.Event) bool { return e.ShowAs == "tentative" && e.Organizer == "" }, 15, 120},
		"doctor, private":   {week, func(e m365.Event) bool { return e.Sensitivity == "private" && e.Subject == "Läkare" }, 1, 30},
		"confidential":      {week, func(e m365.Event) bool { return e.Sensitivity == "confidential" }, 5, 120},
		"cancelled":         {week, func(e m365.Event) bool { return e.Cancelled }, 10, 200},
		"declined":          {week, func(e m365.Event) bool { return e.Response == m365.Declined }, 2, 80},
		"unanswered":        {day, func(e m365.Event) bool { return e.Response == "notResponded" }, 30, 300},
		"from outside":      {week, func(e m365.Event) bool { return strings.HasSuffix(e.Organizer, "@partner.example") }, 10, 150},
		"in rooms":          {day, func(e m365.Event) bool { return strings.HasPrefix(e.Location, "Konferensrum") && e.Organizer == "" }, 10, 120},
		"Kundbesök":         {week, func(e m365.Event) bool { return slices.Contains(e.Categories, "Kundbesök") }, 15, 150},
		"zone of their own": {week, func(e m365.Event) bool { return e.Zone == "tzone://Microsoft/Custom" }, 2, 80},
		"unknown show-as":   {week, func(e m365.Event) bool { return e.ShowAs == "unknown" || e.ShowAs == "outOfSpace" }, 1, 20},
		"English": {week, func(e m365.Event) bool {
			return slices.Contains([]string{"Sprint review", "Status update", "Daily stand-up", "Lunch & learn"}, e.Subject)
		}, 5, 300},
		"whole days of weeks": {day, func(e m365.Event) bool { return e.AllDay && e.End.Sub(e.Start) >= 5*24*time.Hour }, 3, 150},
	} {
		if n := count(c.of, c.is); n < c.min || n > c.max {
			t.Errorf("%s: %d, not %d to %d", name, n, c.min, c.max)
		}
	}
	overlapping, adjoining := 0, 0
	for _, events := range day {
		for i := range events {
			for j := range events[:i] {
				a, b := events[j], events[i]
				if a.AllDay || b.AllDay {
					continue
				}
				if a.End.Equal(b.Start) {
					adjoining++
				} else if b.Start.Before(a.End) {
					overlapping++
				}
			}
		}
	}
	if adjoining < 60 || overlapping < 100 {
		t.Errorf("%d back to back, %d on top of each other", adjoining, overlapping)
	}
}

func TestTheYearOfASwedishOffice(t *testing.T) {
	tenant, _ := openOffice(200, tuesdayNoon, 1)
	busy := func(month time.Month, day int) int {
		return count(on(t, tenant, 2026, month, day), func(e m365.Event) bool { return !e.AllDay && len(e.Attendees) > 0 && e.ShowAs == "busy" })
	}
	usual := busy(time.November, 24)
	for name, d := range map[string]struct {
		month time.Month
		day   int
		most  int // percent of the usual
	}{
		"Saturday": {time.November, 21, 1}, "midsommarafton": {time.June, 19, 6}, "Kristi himmelsfärdsdag": {time.May, 14, 1},
		"the squeezed day after": {time.May, 15, 30}, "annandag påsk": {time.April, 6, 1}, "Tuesday of week 30": {time.July, 21, 20},
		"julafton": {time.December, 24, 3}, "nyårsafton": {time.December, 31, 1}, "mellandag": {time.December, 29, 25},
		"Friday": {time.November, 27, 80},
	} {
		if n := busy(d.month, d.day); n*100 > usual*d.most {
			t.Errorf("%s: %d meetings where a Tuesday has %d", name, n, usual)
		}
	}
	summer := on(t, tenant, 2026, time.July, 15)
	off := 0
	for _, events := range summer {
		if slices.ContainsFunc(events, func(e m365.Event) bool { return e.AllDay && e.Organizer == "" && e.End.Sub(e.Start) > 10*24*time.Hour }) {
			off++
		}
	}
	sent := count(summer, func(e m365.Event) bool { return prefixed("SEM:")(e) && e.Organizer != "" && len(e.Attendees) > 3 })
	if sent < 100 || sent > 3000 {
		t.Errorf("%d holidays of colleagues stand in the calendars in the middle of July", sent)
	}
	if off < len(summer)*50/100 || off > len(summer)*90/100 {
		t.Errorf("%d of %d are on holiday in the middle of July", off, len(summer))
	}
}

// A meeting is the same in the calendars of all who are in it.
func TestAMeetingStandsWithAll(t *testing.T) {
	tenant, _ := openOffice(200, tuesdayNoon, 1)
	all := on(t, tenant, 2026, 11, 24)
	copies := map[string][]m365.Event{} // by UID
	for id, events := range all {
		if p, _ := tenant.Person(id); p.Purpose != "user" {
			continue
		}
		for _, e := range events {
			if !e.AllDay {
				copies[e.UID] = append(copies[e.UID], e)
			}
		}
	}
	shared := 0
	for _, c := range copies {
		for _, e := range c[1:] {
			shared++
			if !e.Start.Equal(c[0].Start) || !e.End.Equal(c[0].End) || !slices.Equal(e.Attendees, c[0].Attendees) {
				t.Errorf("%q at %v with %q, and %q at %v with %q", c[0].Subject, c[0].Start, c[0].Attendees, e.Subject, e.Start, e.Attendees)
			}
		}
		owners := slices.DeleteFunc(slices.Clone(c), func(e m365.Event) bool { return e.Organizer != "" })
		if len(owners) > 1 {
			t.Errorf("%q has %d organizers", c[0].Subject, len(owners))
		}
	}
	if shared < 200 {
		t.Errorf("only %d copies", shared)
	}
}

func TestMailboxesOfAnOffice(t *testing.T) {
	tenant, _ := openOffice(1000, tuesdayNoon, 1)
	seen := map[string]int{}
	for _, p := range tenant.People() {
		m, err := tenant.Mailbox(p.ID)
		if err != nil {
			t.Fatal(err)
		}
		seen[string(m.State)]++
		seen[m.Zone]++
		seen["replies "+m.Replies.Status]++
		if p.Purpose == "user" && len(m.Hours.Days) == 4 {
			seen["four days"]++
		}
		if m.Hours.Custom != nil {
			seen["custom zone"]++
		}
	}
	for name, least := range map[string]int{
		"live": 800, "none": 40, "onPremises": 10, "W. Europe Standard Time": 500, "Europe/Amsterdam": 20, "Eastern Standard Time": 5,
		"FLE Standard Time": 5, "GMT Standard Time": 20, "Europe/Stockholm": 5, "replies scheduled": 20, "replies alwaysEnabled": 1,
		"replies disabled": 500, "four days": 50, "custom zone": 3,
	} {
		if seen[name] < least {
			t.Errorf("%s: %d, fewer than %d", name, seen[name], least)
		}
	}
}

func TestARoomShowsWhoBookedIt(t *testing.T) {
	tenant, _ := openOffice(200, tuesdayNoon, 1)
	booked, names := 0, map[string]string{}
	for _, p := range tenant.People() {
		names[p.Mail] = p.DisplayName
	}
	for _, p := range tenant.People() {
		if p.Purpose != "room" {
			continue
		}
		events, err := tenant.Events(p.ID, time.Date(2026, 11, 24, 0, 0, 0, 0, stockholm), time.Date(2026, 11, 25, 0, 0, 0, 0, stockholm))
		if err != nil {
			t.Fatal(err)
		}
		for i, e := range events {
			booked++
			if e.Subject != names[e.Organizer] || e.Location != p.DisplayName {
				t.Errorf("%s: %q of %q at %q", p.DisplayName, e.Subject, e.Organizer, e.Location)
			}
			if i > 0 && e.Start.Before(events[i-1].End) {
				t.Errorf("%s is booked twice at %v", p.DisplayName, e.Start)
			}
		}
	}
	if booked < 5 {
		t.Errorf("%d bookings", booked)
	}
}

// The office itself is some bytes a person, whatever stands in calendars.
func TestAnOfficeHoldsNoEvents(t *testing.T) {
	const people = 20_000
	tenant := m365.New(m365.Options{People: people, Seed: 1, Now: func() time.Time { return tuesdayNoon }})
	before := heap()
	tenant.OpenOffice(1)
	for _, p := range tenant.People()[:300] {
		tenant.Events(p.ID, tuesdayNoon.AddDate(0, 0, -1), tuesdayNoon.AddDate(0, 0, 36))
	}
	if grown := int64(heap()) - int64(before); grown > 300*people {
		t.Errorf("the office takes %d bytes a person", grown/people)
	}
	runtime.KeepAlive(tenant)
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// Sixty times faster, an office of three hundred turns every few seconds from
// about eight to four o'clock of the fast day, at any second of the minute.
func TestAFastDayTurnsAllTheTime(t *testing.T) {
	now := time.Date(2026, 11, 21, 22, 13, 7, 0, stockholm) // a Saturday night
	tenant, _ := openOffice(300, now, 60)
	const day, days = 11 * time.Minute, 3
	turns, seconds := map[time.Time]bool{}, map[int]bool{}
	for _, events := range between(t, tenant, now, now.Add(days*day)) {
		for _, e := range events {
			if strings.HasPrefix(e.Subject, "Jour:") { // of shared mailboxes, which stand still
				continue
			}
			if e.AllDay || e.End.Sub(e.Start) > day+time.Second || e.Start.Before(now) {
				t.Fatalf("%q from %v to %v", e.Subject, e.Start, e.End)
			}
			turns[e.Start], turns[e.End], seconds[e.Start.Second()] = true, true, true
		}
	}
	if len(seconds) < 55 {
		t.Errorf("events begin at %d different seconds of the minute", len(seconds))
	}
	for k := range days {
		from := now.Add(time.Duration(k)*day + 75*time.Second)
		last, longest, n := from, time.Duration(0), 0
		for at := from; at.Before(from.Add(8 * time.Minute)); at = at.Add(time.Second) {
			if turns[at.UTC()] {
				longest, last = max(longest, at.Sub(last)), at
				n++
			}
		}
		if longest > 30*time.Second || n < 8*60/5 {
			t.Errorf("day %d turned %d times in 8 minutes, with %v between", k, n, longest)
		}
	}
	if n := count(between(t, tenant, now, now.AddDate(0, 0, 36)), func(m365.Event) bool { return true }); n > 300*400 {
		t.Errorf("%d events stand in the calendars", n)
	}
}

// What has been shown of a fast day stays so while it is lived, hours later as
// well, and days go on coming.
func TestFastDaysFollowEachOther(t *testing.T) {
	now := tuesdayNoon
	tenant := m365.New(m365.Options{People: 40, Seed: 1, Now: func() time.Time { return now }})
	tenant.OpenOffice(60)
	for range 12 {
		soon := between(t, tenant, now, now.Add(20*time.Minute))
		if n := count(soon, func(m365.Event) bool { return true }); n < 40 {
			t.Fatalf("at %v only %d events stand ahead", now, n)
		}
		now = now.Add(15 * time.Minute)
		for id, events := range soon {
			for _, e := range events {
				if again, err := tenant.Event(id, e.ID); err != nil || !again.Start.Equal(e.Start) || again.Subject != e.Subject {
					t.Fatalf("%q of %v became %+v, %v", e.Subject, e.Start, again, err)
				}
			}
		}
	}
}

func TestAnOfficeDrifts(t *testing.T) {
	for _, speed := range []float64{1, 60} {
		now := time.Date(2026, 11, 24, 9, 16, 0, 0, stockholm)
		clock := func() time.Time { return now }
		a, b := m365.New(m365.Options{People: 100, Seed: 1, Now: clock}), m365.New(m365.Options{People: 100, Seed: 1, Now: clock})
		one, two := a.OpenOffice(speed), b.OpenOffice(speed)
		now = now.Add(4 * time.Minute)
		before := between(t, a, now.Add(-time.Hour), now.Add(8*time.Hour))
		done := one.Drift(100)
		if again := two.Drift(100); len(done) != 100 || !slices.Equal(done, again) {
			t.Fatalf("speed %v: drift differs: %s", speed, cmp.Diff(done, again))
		}
		after := between(t, a, now.Add(-time.Hour), now.Add(8*time.Hour))
		if cmp.Equal(before, after, sameEvents) {
			t.Errorf("speed %v: drift changed nothing", speed)
		}
		if diff := cmp.Diff(after, between(t, b, now.Add(-time.Hour), now.Add(8*time.Hour)), sameEvents); diff != "" {
			t.Errorf("speed %v: the same drift led elsewhere:\n%s", speed, diff)
		}
		for _, kind := range []string{"bjuder in", "flyttar", "ställer in", "svarar", "sjuk", "drar ut", "från och med nu", "automatiska svar"} {
			if !slices.ContainsFunc(done, func(s string) bool { return strings.Contains(s, kind) }) {
				t.Errorf("speed %v: nobody %s in %q", speed, kind, done)
			}
		}
	}
}

// BenchmarkOffice reads 37 days of one mailbox after another.
func BenchmarkOffice(b *testing.B) {
	tenant, _ := openOffice(1000, tuesdayNoon, 1)
	people := tenant.People()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		tenant.Events(people[i%len(people)].ID, tuesdayNoon.AddDate(0, 0, -1), tuesdayNoon.AddDate(0, 0, 36))
	}
}

func TestAnOfficeLivesUntilItIsClosed(t *testing.T) {
	_, office := openOffice(30, tuesdayNoon, 60)
	ctx, cancel := context.WithCancel(t.Context())
	said := 0
	office.Live(ctx, time.Millisecond, func(string) {
		if said++; said == 3 {
			cancel()
		}
	})
	if said < 3 {
		t.Errorf("it said %d things", said)
	}
}

func TestControlOfAnOffice(t *testing.T) {
	w := start(t, m365.Options{People: 30, Seed: 1, Now: func() time.Time { return tuesdayNoon }})
	at := "/control/tenants/" + w.tenant.Domain + "/office"
	if a := w.do("POST", at+"/drift", `{}`); a.status != 409 {
		t.Errorf("drift before the office is open: %d %s", a.status, a.body)
	}
	if a := w.do("POST", at, `{"speed":30}`); a.status != 204 {
		t.Fatalf("opening: %d %s", a.status, a.body)
	}
	var done []string
	if w.do("POST", at+"/drift", `{"n":3}`).decode(t, &done); len(done) != 3 {
		t.Errorf("drift: %q", done)
	}
	if n := count(between(t, w.tenant, tuesdayNoon, tuesdayNoon.Add(22*time.Minute)), func(m365.Event) bool { return true }); n < 50 {
		t.Errorf("%d events in the first fast day", n)
	}
}
