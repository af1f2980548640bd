package desk

import (
	"context"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/calendar"
)

// Seen is an activity as the one who asks may see it. What he may not see has
// been left out or put behind [activity.Out] before it came here.
type Seen struct {
	activity.State
	// Activity is that of State.Key, with the organization's own names.
	Activity activity.Activity
	// Public is what callers know it as.
	Public activity.Activity
	// Outward is true for one who gets the names that callers get.
	Outward bool
	// Zone is that in which its times are told.
	Zone *time.Location
}

// BoardRow is a person on the board (hänvisningstavlan).
type BoardRow struct {
	Person     string // the id in people/{id}
	Subscriber string
	Name       string
	Extension  string
	Number     string // the first a caller would dial, E.164
	Department string
	Seen       Seen
	Since      time.Time // since when the board says so
	Live       bool      // told to switchboards, else test mode
	Hidden     bool
	Health     calendar.State
	ReadAt     time.Time // when the calendar was last read
	Forgotten  bool      // set by hand without an end, and older than a working day
}

// BoardFilter chooses rows.
type BoardFilter struct {
	Search   string
	Activity activity.Key // as the one who asks sees it
	After    string       // Next of the page before
	Limit    int
}

// BoardPage is a page of the board, by name.
type BoardPage struct {
	Rows   []BoardRow
	Next   string                 // "" on the last page
	Counts map[activity.Key]int64 // of all, as callers know it
	Test   int64                  // how many stand in test mode
}

// Known is false where nothing has been told yet.
func (s Seen) Known() bool { return s.Key != "" }

// Board reads a page of what everybody is doing, by name. Hidden people are seen
// as in the phone book. A token below administrator sees what callers may know, of
// those who are in service.
func (v *Visit) Board(ctx context.Context, f BoardFilter) (BoardPage, error) {
	if err := v.may(ctx, "Board"); err != nil {
		return BoardPage{}, err
	}
	return v.board(ctx, f)
}

// Activity is one person's row of the board.
func (v *Visit) Activity(ctx context.Context, person string) (BoardRow, error) {
	if err := v.mayPerson(ctx, "Activity", person); err != nil {
		return BoardRow{}, err
	}
	return v.boardRow(ctx, person)
}

// ActivityNames are the organization's activities in their order of rank, as the
// one who asks may know them: who sees outside names gets no sensitive one.
func (v *Visit) ActivityNames(ctx context.Context) (activity.Set, error) {
	if err := v.may(ctx, "ActivityNames"); err != nil {
		return nil, err
	}
	return v.activityNames(ctx)
}

// WatchActivities tells of changes of the board from now on, until ctx ends: that
// there were any, at most one signal a second. Whoever hears it reads again.
func (v *Visit) WatchActivities(ctx context.Context) (<-chan struct{}, error) {
	if err := v.may(ctx, "WatchActivities"); err != nil {
		return nil, err
	}
	return v.watchActivities(ctx)
}

// BoardSince are the rows of which something was told since then, in no order.
func (v *Visit) BoardSince(ctx context.Context, since time.Time) ([]BoardRow, error) {
	if err := v.may(ctx, "BoardSince"); err != nil {
		return nil, err
	}
	return v.boardSince(ctx, since)
}
