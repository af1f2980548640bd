package desk

import (
	"context"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/organization"
)

// CalendarSettings are how an organization's calendars become activities.
type CalendarSettings struct {
	organization.Calendar
	Generation int64
	// Preset are the rules that the preset adds after the organization's own.
	Preset []activity.Rule
	// Servers are the Exchange servers that calendars are read from; for [Visit.Guide]
	// alone.
	Servers []ServerReading
}

// ServerReading is how calendars are read from an Exchange server of their own.
type ServerReading struct {
	Account string             // which it is asked as
	Ways    []calendar.WayKind // in which mailboxes are read at present, the best first
}

// CalendarSettings reads them.
func (v *Visit) CalendarSettings(ctx context.Context) (CalendarSettings, error) {
	if err := v.may(ctx, "CalendarSettings"); err != nil {
		return CalendarSettings{}, err
	}
	return v.calendarSettings(ctx)
}

// Guide is what the pages for staff are made from: how one writes in Outlook, and
// what we read, keep and show. Tokens below administrator have no use for it.
func (v *Visit) Guide(ctx context.Context) (CalendarSettings, error) {
	if err := v.may(ctx, "Guide"); err != nil {
		return CalendarSettings{}, err
	}
	if v.actor.Kind == Token && v.Role() != organization.Administrator && !v.actor.Operator() {
		return CalendarSettings{}, ErrForbidden
	}
	s, err := v.calendarSettings(ctx)
	if err == nil {
		s.Servers, err = v.servers(ctx)
	}
	return s, err
}

// SaveCalendarSettings changes them, whole. generation is what
// [Visit.CalendarSettings] gave, else [ErrChanged]. Every day is computed anew.
func (v *Visit) SaveCalendarSettings(ctx context.Context, s organization.Calendar, generation int64) (CalendarSettings, error) {
	if err := v.may(ctx, "SaveCalendarSettings"); err != nil {
		return CalendarSettings{}, err
	}
	return v.saveCalendarSettings(ctx, s, generation)
}

// Trial is what other settings would have made of the days behind and would make
// of those ahead that we hold.
type Trial struct {
	From, To time.Time
	// People are those for whom something would differ, the most minutes first, at
	// most 200; Differ counts all of them, and Same those with no difference.
	People       []TriedPerson
	Differ, Same int
	Minutes      int // of all who differ
	// Unread are words and categories that no mailbox has been read for yet: what
	// they would find is not in the trial. Reread is how many mailboxes that is.
	Unread []string
	Reread int
	// Closing counts whose telephones hours and replies would close.
	Closing Closing
}

// TriedPerson is a person for whom something would differ.
type TriedPerson struct {
	Person, Name string
	Minutes      int
	Differences  []Difference
}

// Difference is a time for which something else would be told.
type Difference struct {
	From, To      time.Time
	Before, After Seen
}

// Closing counts the people whose telephones something new would close.
type Closing struct {
	People   int // of how many
	Hours    Closed
	Replies  Closed
	LastWeek time.Time // since when
}

// Closed counts people: those whose open telephone would be closed now, and those
// for whom it would have been at some time last week.
type Closed struct{ Now, LastWeek int }

// TryCalendarSettings says what settings would do before they are saved; nothing
// is changed. people limits it to some, nil asks for all whose calendars are read.
func (v *Visit) TryCalendarSettings(ctx context.Context, s organization.Calendar, people []string) (Trial, error) {
	if err := v.may(ctx, "TryCalendarSettings"); err != nil {
		return Trial{}, err
	}
	return v.tryCalendarSettings(ctx, s, people)
}

// WouldClose answers what is asked before hours or automatic replies are switched
// on: how many telephones they would close now, and how many last week.
func (v *Visit) WouldClose(ctx context.Context, s organization.Calendar) (Closing, error) {
	if err := v.may(ctx, "WouldClose"); err != nil {
		return Closing{}, err
	}
	return v.wouldClose(ctx, s)
}
