package outlook

import (
	"cmp"
	"context"
	"time"

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/calendar/zone"
	"github.com/telefonist/telefonist/graph"
)

// Settings asks for zone, hours and automatic replies; the replies' texts are
// dropped as they arrive. Each mailbox that may not be asked says so: no token
// tells, where the permission is given in Exchange.
func (s Source) Settings(ctx context.Context, mailboxes []calendar.Mailbox) []calendar.Settings {
	out := make([]calendar.Settings, len(mailboxes))
	users := make([]string, 0, len(mailboxes))
	at := make([]int, 0, len(mailboxes))
	for i, m := range mailboxes {
		user := cmp.Or(m.EntraID, m.Address)
		if user == "" {
			out[i].Health.State = calendar.NoMailbox
			continue
		}
		users, at = append(users, user), append(at, i)
	}
	for n, m := range s.Client.MailboxSettings(ctx, users) {
		out[at[n]] = s.settings(&m, mailboxes[at[n]].Zone)
	}
	return out
}

func (s Source) settings(m *graph.MailboxSettings, known *time.Location) calendar.Settings {
	out := calendar.Settings{Health: s.health(m.Err)}
	if out.Health.State != calendar.Fine {
		return out
	}
	local := known
	if l, ok := zone.LoadIn(cmp.Or(m.Zone, m.Hours.Zone), s.Country); ok {
		out.Zone, local = l.String(), l
	}
	out.Hours = s.hours(&m.Hours, local)
	switch m.Replies.Status {
	case "alwaysEnabled":
		out.Replies.On = true
	case "scheduled":
		named := func(name string) (*time.Location, bool) { return zone.LoadIn(name, s.Country) }
		from, begins := m.Replies.Start.At(named)
		to, ends := m.Replies.End.At(named)
		out.Replies = calendar.Replies{On: begins && ends && to.After(from), From: from, To: to}
	}
	return out
}

// hours are the working hours on the mailbox's clock, which is today's where
// they were set on another.
func (s Source) hours(h *graph.WorkingHours, local *time.Location) calendar.Hours {
	out := calendar.Hours{Days: h.Days, From: int(h.Start.Minutes()), To: int(h.End.Minutes())}
	if out.To == 0 {
		out.To = 24 * 60 // until midnight
	}
	if from, ok := s.zoneOf(h); ok && local != nil {
		_, theirs := s.Now().In(from).Zone()
		_, ours := s.Now().In(local).Zone()
		if ahead := (ours - theirs) / 60; out.From+ahead >= 0 && out.To+ahead <= 24*60 {
			out.From, out.To = out.From+ahead, out.To+ahead
		}
	}
	if out.From >= out.To {
		return calendar.Hours{} // nobody works so
	}
	return out
}

// zoneOf is the zone of the working hours.
func (s Source) zoneOf(h *graph.WorkingHours) (*time.Location, bool) {
	if c := h.Custom; c != nil {
		return zone.Rule{Offset: c.Offset, Daylight: c.Daylight, ToStandard: change(c.ToStandard), ToDaylight: change(c.ToDaylight)}.Location()
	}
	return zone.LoadIn(h.Zone, s.Country)
}

func change(c graph.ZoneChange) zone.Change {
	return zone.Change{Month: c.Month, Nth: c.Nth, Weekday: c.Weekday, Time: c.Time}
}
