package exchange

import (
	"context"
	"slices"
	"time"

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/calendar/zone"
	"github.com/telefonist/telefonist/ews"
)

// Settings asks for working hours, which availability shows everybody, and for
// automatic replies where the account may act as the owner; their texts are never
// asked for. The zone is one whose clock goes as the mailbox's does.
func (s *Source) Settings(ctx context.Context, mailboxes []calendar.Mailbox) []calendar.Settings {
	r := s.reading(ctx, mailboxes, calendar.Window{})
	out := make([]calendar.Settings, len(mailboxes))
	asked := make([]bool, len(mailboxes))
	err := r.begin()
	for i, m := range mailboxes {
		asked[i] = m.Address != "" && err == nil
		out[i].Health = r.out[i].Health
	}
	for some := range slices.Chunk(indexes(asked), ews.MaxAddresses) {
		r.weeks(some, out)
	}
	r.each(func(i int) bool { return asked[i] && out[i].Health.State == calendar.Fine }, func(i int) {
		out[i].Replies, out[i].Health = r.replies(i)
	})
	return out
}

// weeks asks for working hours.
func (r *reading) weeks(some []int, out []calendar.Settings) {
	q := ews.AvailabilityQuery{Access: ews.Access{Version: r.server.version}, From: r.now, To: r.now.Add(24 * time.Hour)}
	for _, i := range some {
		q.Addresses = append(q.Addresses, r.mailboxes[i].Address)
	}
	answers, err := r.client.Availability(r.ctx, q, func(int, *ews.BusyEvent) {})
	if err != nil {
		r.note(err)
	}
	for n, i := range some {
		if err != nil {
			out[i].Health = r.health(err)
			continue
		}
		if out[i].Health = r.health(answers[n].Err); answers[n].Err == nil && answers[n].Hours != nil {
			out[i].Zone, out[i].Hours = r.week(answers[n].Hours, r.mailboxes[i].Zone)
		}
	}
}

// week is what working hours say: the zone they are in, where it is the one that
// is known, and the hours on the clock of that.
func (s *Source) week(h *ews.WorkingHours, known *time.Location) (string, calendar.Hours) {
	var out calendar.Hours
	for n, p := range h.Periods {
		if n == 0 || p.From < out.From {
			out.From = p.From
		}
		out.To = max(out.To, p.To)
		for _, d := range p.Days {
			if !slices.Contains(out.Days, d) {
				out.Days = append(out.Days, d)
			}
		}
	}
	if out.To == 0 && len(out.Days) > 0 {
		out.To = 24 * 60 // until midnight
	}
	local, now := s.local(h.Zone, known), s.options.Now()
	name := ""
	if local != nil {
		name = local.String()
	} else if theirs, ok := location(h.Zone); ok && known != nil {
		if ahead := (offset(now, known) - offset(now, theirs)) / 60; out.From+ahead >= 0 && out.To+ahead <= 24*60 {
			out.From, out.To = out.From+ahead, out.To+ahead
		}
	}
	if out.From >= out.To {
		return name, calendar.Hours{} // nobody works so
	}
	return name, out
}

// local is a zone whose clock goes as a rule says: that which is known before all,
// else one of where most people live; nil where none does. Exchange tells the rule
// alone, never the zone's name.
func (s *Source) local(rule ews.ZoneRule, known *time.Location) *time.Location {
	type asked struct {
		ews.ZoneRule
		known *time.Location
	}
	if found, ok := s.zones.Load(asked{rule, known}); ok {
		return found.(*time.Location)
	}
	var found *time.Location
	if theirs, ok := location(rule); ok {
		now := s.options.Now()
		if known != nil && sameClock(known, theirs, now) {
			found = known
		}
		for _, name := range usual {
			if l, ok := zone.Load(name); ok && found == nil && sameClock(l, theirs, now) {
				found = l
			}
		}
	}
	if found != nil { // else a server could have us keep any number
		s.zones.Store(asked{rule, known}, found)
	}
	return found
}

// usual are zones of which each has a clock of its own.
var usual = []string{
	"Europe/Stockholm", "Europe/Helsinki", "Europe/London", "UTC", "Europe/Istanbul", "Atlantic/Reykjavik", "Atlantic/Azores", "America/New_York",
	"America/Chicago", "America/Denver", "America/Los_Angeles", "America/Phoenix", "America/Halifax", "America/Sao_Paulo", "Africa/Lagos",
	"Africa/Johannesburg", "Asia/Dubai", "Asia/Karachi", "Asia/Kolkata", "Asia/Bangkok", "Asia/Singapore", "Asia/Tokyo", "Australia/Sydney",
	"Australia/Brisbane", "Australia/Adelaide", "Pacific/Auckland", "Pacific/Honolulu",
}

func location(z ews.ZoneRule) (*time.Location, bool) {
	return zone.Rule{Offset: z.Offset, Daylight: z.Daylight, ToStandard: change(z.ToStandard), ToDaylight: change(z.ToDaylight)}.Location()
}

func change(c ews.ZoneChange) zone.Change {
	return zone.Change{Month: c.Month, Nth: c.Nth, Weekday: c.Weekday, Time: c.Time}
}

func offset(t time.Time, l *time.Location) int {
	_, seconds := t.In(l).Zone()
	return seconds
}

// sameClock is true where two zones show the same time all through a year.
func sameClock(a, b *time.Location, from time.Time) bool {
	for week := range 53 {
		if t := from.AddDate(0, 0, 7*week); offset(t, a) != offset(t, b) {
			return false
		}
	}
	return true
}

// replies asks for automatic replies where the account reads the mailbox as its
// owner does. As one that has full access it mostly may not; that is no trouble of
// the mailbox's.
func (r *reading) replies(i int) (calendar.Replies, calendar.Health) {
	m, fine := &r.mailboxes[i], calendar.Health{State: calendar.Fine}
	access := ews.Access{Version: r.server.version}
	switch m.Way.Kind {
	case calendar.Impersonation:
		access.Impersonate = m.Address
	case calendar.FullAccess:
		access.Mailbox = m.Address
	default:
		return calendar.Replies{}, fine
	}
	if t := r.stopped(); t != nil {
		return calendar.Replies{}, r.Source.away(t)
	}
	if !r.absence.take(r.ctx, r.now, m.Way.Kind == calendar.Impersonation) {
		return calendar.Replies{}, fine
	}
	oof, err := r.client.OOF(r.ctx, access)
	r.absence.settle(outcomeOf(err, "", ""), words(err), r.now)
	switch {
	case denied(err):
		return calendar.Replies{}, fine
	case err != nil:
		r.note(err)
		return calendar.Replies{}, r.health(err)
	}
	if oof.On && !oof.To.IsZero() && !oof.To.After(oof.From) {
		oof.On = false
	}
	return calendar.Replies{On: oof.On, From: oof.From, To: oof.To}, fine
}
