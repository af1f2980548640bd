// Package outlook reads calendars in Microsoft 365, through Microsoft Graph,
// as [calendar.Source] has it.
//
//	source := outlook.Source{Client: client, Country: "SE", Now: time.Now}
//	for i, r := range source.Read(ctx, mailboxes, window) {
//		if r.Health.State == calendar.Fine {
//			replace(mailboxes[i], r.Events) // all that stands in the window
//		}
//	}
//
// Everything goes through batches that all callers of a client share; how many
// are under way at a time is the client's to say. Calls made at the same time
// cost fewer batches than one after the other.
package outlook

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"
	"time"

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/calendar/zone"
	"github.com/telefonist/telefonist/graph"
)

// Source is the mailboxes of one tenant. It is safe for concurrent use.
type Source struct {
	Client *graph.Client
	// Country is the organization's (ISO 3166-1, "SE"): it says which zone of
	// IANA's a Windows name means. "" takes the usual one.
	Country string
	Now     func() time.Time
}

var _ calendar.Source = Source{}

// Connection is the source with all that can be asked of it.
func (s Source) Connection() calendar.Connection {
	return calendar.Connection{Reader: s, Settings: s.Settings, Subscribe: s.Subscribe, Renew: s.Renew, Unsubscribe: s.Unsubscribe}
}

// Read reads the window of each mailbox, whole or not at all. What isn't kept
// by a mailbox's Keep is gone when it returns. Events come by start and key, so
// that what hasn't changed reads the same.
func (s Source) Read(ctx context.Context, mailboxes []calendar.Mailbox, w calendar.Window) []calendar.Reading {
	views := make([]graph.View, 0, len(mailboxes))
	at := make([]int, 0, len(mailboxes)) // whose view it is
	readings := make([]calendar.Reading, len(mailboxes))
	for i, m := range mailboxes {
		user := cmp.Or(m.EntraID, m.Address)
		if user == "" {
			readings[i].Health.State = calendar.NoMailbox
			continue
		}
		views, at = append(views, graph.View{User: user, Start: w.From, End: w.To}), append(at, i)
	}
	agendas := graph.CalendarViews(ctx, s.Client, views, func(view int, e *graph.Event) (calendar.Event, bool) {
		m := &mailboxes[at[view]]
		r, ok := s.raw(e, m)
		if !ok {
			return calendar.Event{}, false
		}
		if m.Keep == nil {
			return calendar.Keep{}.Event(r)
		}
		return m.Keep.Event(r)
	})
	for view, a := range agendas {
		r := calendar.Reading{Health: s.health(a.Err)}
		if r.Health.State == calendar.Fine {
			r.Events = a.Kept
			order(r.Events)
		}
		readings[at[view]] = r
	}
	return readings
}

// order sorts events by when they begin, then by key.
func order(events []calendar.Event) {
	slices.SortFunc(events, func(a, b calendar.Event) int {
		return cmp.Or(a.Start.Compare(b.Start), strings.Compare(string(a.First), string(b.First)), strings.Compare(a.Key, b.Key))
	})
}

// raw makes of an event what [calendar.Keep] looks at. False is an event whose
// times can't be told, which Graph doesn't send.
func (s Source) raw(e *graph.Event, m *calendar.Mailbox) (calendar.Raw, bool) {
	r := calendar.Raw{Subject: string(e.Subject), Place: string(e.Place), Event: calendar.Event{
		Key: key(e.ID), ShowAs: showAs(e.ShowAs), Sensitivity: sensitivity(e.Sensitivity), Response: response(e.Response),
		Cancelled: e.Cancelled, Own: own(e), Others: others(e),
	}}
	for _, c := range e.Categories {
		r.Categories = append(r.Categories, string(c))
	}
	ok := true
	if e.AllDay {
		r.First, r.After, ok = s.dates(e, m)
	} else {
		r.Start, r.End, ok = s.times(e, m)
	}
	return r, ok
}

// times are when an event begins and ends. UTC was asked for; should the answer
// be in another zone, and in one that nobody knows, it is taken for the
// mailbox's.
func (s Source) times(e *graph.Event, m *calendar.Mailbox) (start, end time.Time, ok bool) {
	named := func(name string) (*time.Location, bool) {
		if l, ok := zone.LoadIn(name, s.Country); ok {
			return l, true
		}
		return m.Zone, m.Zone != nil
	}
	start, begins := e.Start.At(named)
	end, ends := e.End.At(named)
	if end.Before(start) {
		end = start
	}
	return start, end, begins && ends
}

// dates are an all-day event's first day and the day after its last. Graph
// hands out midnights that hang nowhere, whichever zone is asked for; where
// they aren't midnights they are instants, midnights in the event's own zone,
// or, where that has no name, in the mailbox's.
func (s Source) dates(e *graph.Event, m *calendar.Mailbox) (first, after calendar.Date, ok bool) {
	first, ok = s.date(e.Start, e, m)
	after, ends := s.date(e.End, e, m)
	if after <= first {
		after = first.Add(1)
	}
	return first, after, ok && ends
}

func (s Source) date(d graph.DateTime, e *graph.Event, m *calendar.Mailbox) (calendar.Date, bool) {
	if d.Clock.IsZero() {
		return "", false
	}
	if d.Clock.Truncate(24 * time.Hour).Equal(d.Clock) {
		return calendar.DateOf(d.Clock), true
	}
	t, ok := d.At(func(name string) (*time.Location, bool) { return zone.LoadIn(name, s.Country) })
	if !ok {
		t = d.Clock
	}
	l, ok := zone.LoadIn(e.Zone, s.Country)
	if !ok {
		l = m.Zone
	}
	if l == nil {
		l = time.UTC
	}
	// The nearest midnight: a zone that isn't quite the event's is hours off.
	return calendar.DateOf(t.In(l).Add(12 * time.Hour)), true
}

// key is short for an event's id, of which there are many and which are long.
func key(id []byte) string {
	sum := sha256.Sum256(id)
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

// own says whether the mailbox's owner made the event.
func own(e *graph.Event) calendar.Known {
	switch {
	case e.Organizer || e.Response == string(calendar.Organizer):
		return calendar.Yes
	case e.Response == "":
		return calendar.Unknown // the answer says nothing of whose it is
	}
	return calendar.No
}

// others says whether anybody else is invited: whoever is invited himself isn't
// alone, also where the list of the others is hidden.
func others(e *graph.Event) calendar.Known {
	switch {
	case e.Invited > 0 || own(e) == calendar.No:
		return calendar.Yes
	case e.Invited < 0:
		return calendar.Unknown
	}
	return calendar.No
}

func showAs(said string) calendar.ShowAs {
	switch s := calendar.ShowAs(said); s {
	case calendar.Free, calendar.Tentative, calendar.Busy, calendar.OutOfOffice, calendar.Elsewhere:
		return s
	}
	return calendar.ShowUnknown
}

// sensitivity takes what is unknown for private.
func sensitivity(said string) calendar.Sensitivity {
	switch s := calendar.Sensitivity(said); s {
	case "", calendar.Normal, calendar.Personal, calendar.Private, calendar.Confidential:
		return s
	}
	return calendar.Private
}

func response(said string) calendar.Response {
	switch r := calendar.Response(said); r {
	case calendar.Organizer, calendar.Accepted, calendar.TentativeAccepted, calendar.Declined, calendar.NotResponded, calendar.NoResponse:
		return r
	}
	return calendar.ResponseUnknown
}
