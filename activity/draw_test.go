package activity

import (
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/telefonist/telefonist/calendar"
)

// step is between the times that are drawn.
const step = 5 * time.Minute

// drawTime draws a time around the three days that are computed, more often within
// them.
func drawTime(t *rapid.T, in Input, label string) time.Time {
	return in.From.Add(time.Duration(rapid.IntRange(-200, 1200).Draw(t, label)) * step)
}

var (
	drawnZones = []*time.Location{stockholm, zone("Europe/Amsterdam"), zone("America/New_York")}
	// The days include changes of clocks, midsommarafton and Christmas.
	drawnDays = []calendar.Date{"2026-11-24", "2026-03-28", "2026-10-24", "2026-03-07", "2026-10-31", "2026-06-18", "2026-12-23"}
	subjects  = []string{"", "Rapport", "SEM: Anna", "SJU: hemma", "LUN; med Åsa", "MOT: styrelsen", "HEM: hemma", "SLU:", "UPP; ring", "UTE: mässa"}
)

func drawEvent(t *rapid.T, in Input, key string) calendar.Event {
	e := calendar.Event{
		Key:         key,
		ShowAs:      rapid.SampledFrom([]calendar.ShowAs{calendar.Busy, calendar.Busy, calendar.OutOfOffice, calendar.Elsewhere, calendar.Free, calendar.Tentative, ""}).Draw(t, "show"),
		Sensitivity: rapid.SampledFrom([]calendar.Sensitivity{"", "", "", calendar.Private}).Draw(t, "sensitivity"),
		Response:    rapid.SampledFrom([]calendar.Response{calendar.Accepted, calendar.Accepted, calendar.Accepted, calendar.Declined}).Draw(t, "response"),
		Own:         rapid.SampledFrom([]calendar.Known{calendar.Yes, calendar.Yes, calendar.No, calendar.Unknown}).Draw(t, "own"),
		Others:      rapid.SampledFrom([]calendar.Known{calendar.Yes, calendar.No, calendar.Unknown}).Draw(t, "others"),
		Cancelled:   rapid.IntRange(0, 9).Draw(t, "cancelled") == 0,
	}
	e.Prefix, e.Mark, e.Note = calendar.SplitPrefix(rapid.SampledFrom(subjects).Draw(t, "subject"))
	e.Subject = rapid.SampledFrom([]string{"", "Budget"}).Draw(t, "shared")
	if rapid.IntRange(0, 5).Draw(t, "all day") == 0 {
		e.First = calendar.DateOf(drawTime(t, in, "first").In(in.Zone))
		e.After = e.First.Add(rapid.IntRange(1, 4).Draw(t, "days"))
		return e
	}
	e.Start = drawTime(t, in, "start")
	e.End = e.Start.Add(time.Duration(rapid.IntRange(0, 60).Draw(t, "length")) * step)
	return e
}

func drawHours(t *rapid.T) *Hours {
	switch rapid.IntRange(0, 4).Draw(t, "hours") {
	case 0:
		return nil
	case 1:
		return eightToFive()
	case 2: // with a break, and no Fridays in odd weeks
		var h, odd Hours
		for d := range 5 {
			h.Week[d] = []Shift{{8 * 60, 12 * 60}, {13 * 60, 17 * 60}}
		}
		odd.Week = h.Week
		odd.Week[4] = nil
		h.Odd = &odd.Week
		return &h
	case 3: // nights
		var h Hours
		for d := range 7 {
			h.Week[d] = []Shift{{22 * 60, 30 * 60}}
		}
		return &h
	}
	return &Hours{} // never
}

// drawInput draws everything that a day follows from.
func drawInput(t *rapid.T) Input {
	in := Input{Zone: rapid.SampledFrom(drawnZones).Draw(t, "zone"), Set: Nine(), Calendar: rapid.IntRange(0, 9).Draw(t, "calendar") > 0}
	day := rapid.SampledFrom(drawnDays).Draw(t, "day")
	in.From, in.To = day.Midnight(in.Zone).UTC(), day.Add(3).Midnight(in.Zone).UTC()
	in.Known = in.From.AddDate(0, 0, rapid.IntRange(1, 30).Draw(t, "known"))
	in.Rules = ByBoth.Rules(in.Set, nil)
	in.FreeDays = FreeDays{Country: "SE", Halves: rapid.Bool().Draw(t, "halves")}
	for i := range rapid.IntRange(0, 8).Draw(t, "events") {
		in.Events = append(in.Events, drawEvent(t, in, key(i)))
	}
	in.PrivateAs = rapid.SampledFrom([]calendar.PrivateAs{"", calendar.StatusOnly, calendar.Ignore, calendar.Everything}).Draw(t, "private")
	in.Hours = drawHours(t)
	in.OffHours = rapid.SampledFrom([]Key{"", Gone}).Draw(t, "off hours")
	if rapid.IntRange(0, 3).Draw(t, "replies") == 0 {
		in.OnReplies, in.Replies.On = Out, true
		if rapid.Bool().Draw(t, "timed") {
			in.Replies.From = drawTime(t, in, "from")
			in.Replies.To = in.Replies.From.Add(time.Duration(rapid.IntRange(1, 300).Draw(t, "replies last")) * step)
		}
	}
	if rapid.IntRange(0, 3).Draw(t, "choice") == 0 {
		in.Choice = Choice{Activity: rapid.SampledFrom([]Key{Available, Meeting, Sick, Home}).Draw(t, "chosen"), From: drawTime(t, in, "chosen from"),
			Phone: rapid.SampledFrom([]Phone{AsActivity, Open, Closed}).Draw(t, "phone"), Note: rapid.SampledFrom([]string{"", "strax"}).Draw(t, "note")}
		in.Choice.At = in.Choice.From
		if rapid.Bool().Draw(t, "ends") {
			in.Choice.Until = in.Choice.From.Add(time.Duration(rapid.IntRange(1, 200).Draw(t, "choice lasts")) * step)
		}
	}
	if len(in.Events) > 0 && rapid.IntRange(0, 3).Draw(t, "silence") == 0 {
		e := in.Events[0]
		from, to := e.Span(in.Zone)
		in.Silences = []Silence{{Event: e.Key, From: from.Add(step), Until: to}}
	}
	return in
}

// oracle says what stands at t in the plainest way: it asks all at each instant.
func oracle(in Input, t time.Time) (Key, bool) {
	if c := in.Choice; c.Stands(t) {
		return c.Activity, in.opens(c.Activity, c.Phone)
	}
	type proposal struct {
		key      Key
		open     bool
		from, to time.Time
		id       string
	}
	var all []proposal
	for i := range in.Events {
		e := &in.Events[i]
		from, to := e.Span(in.Zone)
		rule, not := in.judge(e)
		if not != "" || t.Before(from) || !t.Before(to) || len(in.Silences) > 0 && in.Silences[0].Event == e.Key && !t.Before(in.Silences[0].From) {
			continue
		}
		open := in.opens(rule.Then, rule.Phone) || rule.If.Prefix != "" && e.Mark == ";"
		all = append(all, proposal{rule.Then, open, from, to, "calendar" + e.Key})
	}
	if in.Calendar && in.OnReplies != "" && in.Replies.Stands(t) {
		all = append(all, proposal{in.OnReplies, in.opens(in.OnReplies, ""), in.Replies.From, orNever(in.Replies.To), "replies"})
	}
	shut := in.OffHours != "" && in.Hours != nil && !works(in, t)
	if shut {
		s := in.Worktime().spell(t)
		all = append(all, proposal{in.OffHours, false, s.From, s.To, "hours"})
	}
	if len(all) == 0 {
		return Available, true
	}
	won := slices.MinFunc(all, func(a, b proposal) int {
		for _, n := range []int{in.Set.Rank(a.key) - in.Set.Rank(b.key), b.from.Compare(a.from), a.to.Compare(b.to)} {
			if n != 0 {
				return n
			}
		}
		return slices.Compare([]byte(a.id), []byte(b.id))
	})
	return won.key, won.open && !shut
}

// works says whether t is working time by looking at clocks on the wall alone.
func works(in Input, t time.Time) bool {
	local := t.In(in.Zone)
	for _, ago := range []int{0, 1} {
		y, m, d := local.Date()
		date := time.Date(y, m, d-ago, 12, 0, 0, 0, time.UTC)
		minute := local.Hour()*60 + local.Minute() + ago*24*60
		free, isFree := in.FreeDays.On(calendar.DateOf(date))
		if isFree && free.Ends == 0 {
			continue
		}
		week := OfficeHours(0, 24*60)
		if in.Hours != nil {
			week = *in.Hours
			if _, n := date.ISOWeek(); in.Hours.Odd != nil && n%2 == 1 {
				week.Week = *in.Hours.Odd
			}
		}
		for _, s := range week.Week[(date.Weekday()+6)%7] {
			if isFree {
				s.To = min(s.To, free.Ends)
			}
			if minute >= s.From && minute < s.To {
				return true
			}
		}
	}
	return false
}
