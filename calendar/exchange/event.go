package exchange

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/calendar/zone"
	"github.com/telefonist/telefonist/ews"
)

// busyEvent makes of a time in somebody's availability what [calendar.Keep] looks
// at. Without details nobody knows whose it is or who is invited, and with them
// only whether it is a meeting.
func busyEvent(e *ews.BusyEvent, local *time.Location) calendar.Raw {
	r := calendar.Raw{Event: calendar.Event{Start: e.Start, End: e.End, ShowAs: showAs(e.Show)}}
	if first, after, ok := days(e.Start, e.End, local); ok && !e.Merged {
		r.Start, r.End, r.First, r.After = time.Time{}, time.Time{}, first, after
	}
	r.Key = spanKey(e)
	if !e.Details {
		return r
	}
	r.Subject, r.Place = string(e.Subject), string(e.Location)
	if r.Sensitivity = calendar.Normal; e.Private {
		r.Sensitivity = calendar.Private
	}
	if r.Others = calendar.KnownBool(e.Meeting); !e.Meeting {
		r.Own = calendar.Yes // nobody but the owner makes appointments in a calendar, as a rule
	}
	return r
}

// item makes of an event in a calendar what [calendar.Keep] looks at.
func (s *Source) item(i *ews.Item, m *calendar.Mailbox) calendar.Raw {
	r := calendar.Raw{Subject: string(i.Subject), Place: string(i.Location), Event: calendar.Event{
		Key: key("i", string(i.ID)), Start: i.Start, End: i.End, ShowAs: showAs(i.Show), Sensitivity: sensitivity(i.Sensitivity),
		Response: response(i.Response), Cancelled: i.Cancelled, Own: own(i), Others: calendar.KnownBool(i.Meeting),
	}}
	for _, c := range i.Categories {
		r.Categories = append(r.Categories, string(c))
	}
	if i.AllDay {
		made, ok := zone.LoadIn(i.Zone, s.options.Country)
		if !ok {
			made = m.Zone
		}
		first, after := i.Dates(made)
		r.Start, r.End = time.Time{}, time.Time{}
		r.First, r.After = calendar.DateOf(first), calendar.DateOf(after)
	}
	return r
}

// own says whether the mailbox's owner made an event.
func own(i *ews.Item) calendar.Known {
	switch i.Response {
	case ews.Organizer:
		return calendar.Yes
	case ews.Accepted, ews.TentativelySo, ews.Declined, ews.NoResponse:
		return calendar.No
	}
	if !i.Meeting {
		return calendar.Yes
	}
	return calendar.Unknown
}

// sensitivity takes what is unknown for private.
func sensitivity(s ews.Sensitivity) calendar.Sensitivity {
	switch s {
	case ews.Normal, "":
		return calendar.Normal
	case ews.Personal:
		return calendar.Personal
	case ews.Confidential:
		return calendar.Confidential
	}
	return calendar.Private
}

func response(r ews.Response) calendar.Response {
	switch r {
	case ews.Organizer:
		return calendar.Organizer
	case ews.Accepted:
		return calendar.Accepted
	case ews.TentativelySo:
		return calendar.TentativeAccepted
	case ews.Declined:
		return calendar.Declined
	case ews.NoResponse:
		return calendar.NotResponded
	}
	return calendar.ResponseUnknown
}

// days are the dates of a time from midnight to midnight, which is all that
// availability shows of an all-day event.
func days(start, end time.Time, local *time.Location) (first, after calendar.Date, ok bool) {
	if local == nil {
		local = time.UTC
	}
	first, after = calendar.DateOf(start.In(local)), calendar.DateOf(end.In(local))
	return first, after, first < after && first.Midnight(local).Equal(start) && after.Midnight(local).Equal(end)
}

// spanKey names an event of somebody's availability: by its id, which those of a
// series share, and else by when it is.
func spanKey(e *ews.BusyEvent) string {
	switch at := strconv.FormatInt(e.Start.Unix(), 36); {
	case len(e.ID) == 0:
		return key("t", at, strconv.FormatInt(e.End.Unix(), 36))
	case e.Recurring:
		return key("s", string(e.ID), at)
	}
	return key("i", string(e.ID))
}

// key is short for a name that is long.
func key(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

// order sorts events by when they begin, then by key, so that what hasn't changed
// reads the same, and tells apart those that have the same key: two appointments at
// the same time of which nothing but the time is known.
func order(events []calendar.Event) {
	slices.SortStableFunc(events, func(a, b calendar.Event) int {
		return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.First, b.First), cmp.Compare(a.Key, b.Key), cmp.Compare(a.ShowAs, b.ShowAs))
	})
	seen := make(map[string]int, len(events))
	for i := range events {
		k := events[i].Key
		if seen[k]++; seen[k] > 1 {
			events[i].Key = key(k, strconv.Itoa(seen[k]))
		}
	}
}

// showAs is Exchange's word in Graph's; there is no opinion where it is unknown.
func showAs(s ews.Show) calendar.ShowAs {
	switch s {
	case ews.Free:
		return calendar.Free
	case ews.Tentative:
		return calendar.Tentative
	case ews.Busy:
		return calendar.Busy
	case ews.OutOfOffice:
		return calendar.OutOfOffice
	case ews.Elsewhere:
		return calendar.Elsewhere
	}
	return calendar.ShowUnknown
}

// kept is what a mailbox's Keep lets through.
func kept(m *calendar.Mailbox, r calendar.Raw) (calendar.Event, bool) {
	if m.Keep == nil {
		return calendar.Keep{}.Event(r)
	}
	return m.Keep.Event(r)
}
