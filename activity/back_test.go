package activity

import (
	"testing"
	"time"

	"github.com/telefonist/telefonist/calendar"
)

func TestBack(t *testing.T) {
	none := func(*Input) {}
	hours := func(in *Input) { in.Hours = eightToFive() }
	closing := func(in *Input) { in.Hours, in.OffHours = eightToFive(), Gone }
	for name, c := range map[string]struct {
		events []calendar.Event
		with   func(*Input)
		at     string
		want   string
	}{
		"a meeting, then lunch": {[]calendar.Event{event("m", "10:00", "11:00", others), event("l", "11:00", "12:00", titled("LUN:"))}, none,
			tuesday + "10:30", "meeting till 11:00 back 12:00"},
		"nine minutes between": {[]calendar.Event{event("a", "10:00", "11:00"), event("b", "11:09", "12:00")}, none,
			tuesday + "10:30", "busy till 11:00 back 12:00"},
		"ten minutes between": {[]calendar.Event{event("a", "10:00", "11:00"), event("b", "11:10", "12:00")}, none,
			tuesday + "10:30", "busy till 11:00 back 11:00"},
		"to the end of hours": {[]calendar.Event{event("a", "16:00", "16:55")}, hours, tuesday + "16:30", "busy till 16:55 back 11-25 08:00"},
		"over the evening":    {[]calendar.Event{event("a", "16:00", "19:00")}, hours, tuesday + "16:30", "busy till 19:00 back 11-25 08:00"},
		"gone for the day":    {nil, closing, tuesday + "18:00", "gone till 11-25 08:00 back 11-25 08:00"},
		"home at night":       {[]calendar.Event{event("h", "17:00", "20:00", titled("HEM:"))}, closing, tuesday + "18:00", "gone till 11-25 08:00 back 11-25 08:00"},
		"opened at night":     {[]calendar.Event{event("s", "17:00", "20:00", titled("UTE; ring"))}, closing, tuesday + "18:00", "gone till 11-25 08:00 back 11-25 08:00"},
		"sick at night, opened": {[]calendar.Event{event("s", "17:00", "20:00", titled("SJU; ring"))}, closing, tuesday + "18:00",
			"sick till 11-25 08:00 back 11-25 08:00"},
		"a whole day":              {[]calendar.Event{days("e", "2026-11-24", "2026-11-25")}, none, tuesday + "10:00", "out till 11-25 00:00 back on 11-25"},
		"a whole day, with hours":  {[]calendar.Event{days("e", "2026-11-24", "2026-11-25")}, hours, tuesday + "10:00", "out till 11-25 00:00 back 11-25 08:00"},
		"Friday, never Saturday":   {[]calendar.Event{days("e", "2026-11-24", "2026-11-28")}, none, tuesday + "10:00", "out till 11-28 00:00 back on 11-30"},
		"Friday, with hours":       {[]calendar.Event{days("e", "2026-11-24", "2026-11-28")}, hours, tuesday + "10:00", "out till 11-28 00:00 back 11-30 08:00"},
		"as far as is known":       {[]calendar.Event{days("e", "2026-11-24", "2026-12-29")}, none, tuesday + "10:00", "out till 12-29 00:00 back not before 12-29"},
		"further than is known":    {[]calendar.Event{days("e", "2026-11-24", "2027-01-18")}, hours, tuesday + "10:00", "out till 01-18 00:00 back not before 01-18"},
		"open by a semicolon":      {[]calendar.Event{event("m", "10:00", "11:00", titled("MOT; ring"))}, none, tuesday + "10:30", "meeting+ till 11:00"},
		"till further notice":      {nil, func(in *Input) { in.Choice = Choice{Activity: Out, From: at(tuesday + "09:00")} }, tuesday + "10:00", "out back who knows"},
		"and with hours":           {nil, func(in *Input) { closing(in); in.Choice = Choice{Activity: Out, From: at(tuesday + "09:00")} }, tuesday + "22:00", "out back who knows"},
		"replies without an end":   {nil, func(in *Input) { in.Replies.On, in.OnReplies = true, Out }, tuesday + "10:00", "out back who knows"},
		"replies and hours":        {nil, func(in *Input) { closing(in); in.Replies.On, in.OnReplies = true, Out }, tuesday + "10:00", "out till 17:00 back who knows"},
		"chosen open, after hours": {nil, func(in *Input) { closing(in); in.Choice = Choice{Activity: Available, From: at(tuesday + "18:00")} }, tuesday + "19:00", "available+"},
		"nobody knows":             {nil, none, tuesday + "10:00", "available+"},
	} {
		in := office(c.events...)
		c.with(&in)
		if got := says(stateAt(t, in, at(c.at))); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestMidsommarafton(t *testing.T) {
	e := calendar.Event{Key: "e", Start: at("2026-06-18 15:00"), End: at("2026-06-18 18:00"), ShowAs: calendar.Busy}
	in := office(e)
	in.From, in.To, in.Known = at("2026-06-18 00:00"), at("2026-06-21 00:00"), at("2026-07-20 00:00")
	in.Hours, in.OffHours = eightToFive(), Gone
	for when, want := range map[string]string{
		"2026-06-18 16:00": "busy till 06-18 17:00 back 06-22 08:00", // a Thursday; back on Monday
		"2026-06-19 10:00": "gone till 06-22 08:00 back 06-22 08:00",
		"2026-06-18 10:00": "available+ till 06-18 15:00",
	} {
		if got := says(stateAt(t, in, at(when))); got != want {
			t.Errorf("%s: %s, want %s", when, got, want)
		}
	}
}

func TestNextFreeForAttendants(t *testing.T) {
	in := office(event("a", "10:00", "11:00"), event("b", "11:20", "12:00"))
	in.Hours = eightToFive()
	for _, c := range []struct {
		clock    string
		least    time.Duration
		from, to string
	}{
		{"09:00", 30 * time.Minute, "09:00", "10:00"},
		{"10:30", 10 * time.Minute, "11:00", "11:20"},
		{"10:30", 30 * time.Minute, "12:00", "17:00"},
		{"17:30", 10 * time.Minute, "11-25 08:00", "11-25 17:00"},
	} {
		f := NextFree(in, at(tuesday+c.clock), c.least)
		if short(f.From) != c.from || short(f.To) != c.to || f.Kind != BackTime {
			t.Errorf("%s for %s: %s to %s, %s", c.clock, c.least, short(f.From), short(f.To), f.Kind)
		}
	}
	in.Choice = Choice{Activity: Out, From: in.From}
	if f := NextFree(in, at(tuesday+"10:00"), time.Minute); f.Kind != BackUnknown {
		t.Errorf("%+v", f)
	}
}
