package desk

import (
	"testing"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/reconcile"
)

// TestRestOfDay is when a choice for the rest of the day ends, in Stockholm.
func TestRestOfDay(t *testing.T) {
	nights := &activity.Hours{Week: [7][]activity.Shift{{{From: 22 * 60, To: 30 * 60}}}} // from Monday to Tuesday
	office := activity.OfficeHours(8*60, 17*60)
	for _, tc := range []struct {
		hours     *activity.Hours
		now, want string // UTC
	}{
		{nil, "2026-11-23T09:12:00Z", "2026-11-23T23:00:00Z"},
		{nil, "2026-11-28T09:12:00Z", "2026-11-28T23:00:00Z"}, // a Saturday
		{&office, "2026-11-23T09:12:00Z", "2026-11-23T16:00:00Z"},
		{&office, "2026-11-23T18:00:00Z", "2026-11-23T23:00:00Z"}, // the shift has ended
		{nights, "2026-11-23T22:30:00Z", "2026-11-24T05:00:00Z"},
		{nights, "2026-11-24T02:00:00Z", "2026-11-24T05:00:00Z"}, // past midnight
	} {
		o := newOffice(t)
		ctx := t.Context()
		o.must(o.desk.Store.In(o.org).SavePreference(ctx, bo, organization.Person{Hours: tc.hours}, 0))
		now, err := time.Parse(time.RFC3339, tc.now)
		o.must(err)
		o.now = now.Add(123456 * time.Nanosecond)
		_, err = o.as(User, organization.Administrator, "").Choose(ctx, bo, NewChoice{Activity: activity.Out, Lasts: RestOfDay})
		o.must(err)
		kept, err := o.desk.Store.In(o.org).Choice(ctx, bo)
		o.must(err)
		if got := kept.Choice.Until.UTC().Format(time.RFC3339); got != tc.want {
			t.Errorf("at %s: it ends %s, want %s", tc.now, got, tc.want)
		}
		if !kept.Choice.From.Equal(now) || !kept.Choice.At.Equal(now) {
			t.Errorf("at %s: set %s from %s, want whole milliseconds", tc.now, kept.Choice.At, kept.Choice.From)
		}
	}
}

// TestDayIsToday where no instants are given.
func TestDayIsToday(t *testing.T) {
	o := newOffice(t)
	o.now = time.Date(2026, 11, 23, 23, 30, 0, 0, time.UTC) // Tuesday in Stockholm
	v := o.as(User, organization.Administrator, "")
	midnight := time.Date(2026, 11, 23, 23, 0, 0, 0, time.UTC)
	for _, tc := range []struct{ from, to, wantFrom, wantTo time.Time }{
		{time.Time{}, time.Time{}, midnight, midnight.Add(24 * time.Hour)},
		{midnight.Add(-time.Hour), time.Time{}, midnight.Add(-time.Hour), midnight},
		{time.Time{}, midnight.Add(time.Hour), midnight, midnight.Add(time.Hour)},
	} {
		d, err := v.Day(t.Context(), anna, tc.from, tc.to)
		o.must(err)
		if !d.From.Equal(tc.wantFrom) || !d.To.Equal(tc.wantTo) {
			t.Errorf("from %s to %s: got %s to %s", tc.from, tc.to, d.From, d.To)
		}
	}
}

// TestForgottenOnTheBoard is when the board asks about a choice without an end: after
// eight hours of the person's working time, not of the clock.
func TestForgottenOnTheBoard(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	office := activity.OfficeHours(8*60, 17*60)
	o.must(o.desk.Store.In(o.org).SavePreference(ctx, bo, organization.Person{Hours: &office}, 0))
	o.now = time.Date(2026, 11, 27, 14, 0, 0, 0, time.UTC) // Friday 15:00 in Stockholm
	v := o.as(User, organization.Administrator, "")
	_, err := v.Choose(ctx, bo, NewChoice{Activity: activity.Out, Lasts: OpenEnded})
	o.must(err)
	o.tell()
	for _, tc := range []struct {
		now  string
		want bool
	}{
		{"2026-11-27T15:00:00Z", false},
		{"2026-11-28T14:00:00Z", false}, // a day by the clock, and Saturday
		{"2026-11-30T12:59:00Z", false}, // Monday, 13:59
		{"2026-11-30T13:00:00Z", true},  // two hours on Friday and six today
	} {
		o.now, err = time.Parse(time.RFC3339, tc.now)
		o.must(err)
		page, err := v.Board(ctx, BoardFilter{})
		o.must(err)
		for _, r := range page.Rows {
			if want := tc.want && r.Person == bo; r.Forgotten != want {
				t.Errorf("%s: %s is forgotten: %t", tc.now, r.Name, r.Forgotten)
			}
		}
		d, err := v.Day(ctx, bo, time.Time{}, time.Time{})
		o.must(err)
		row, err := v.Activity(ctx, bo)
		o.must(err)
		if d.Forgotten != tc.want || row.Forgotten != tc.want || len(page.Rows) == 0 {
			t.Errorf("%s: his day says %t, his row %t, of %d rows", tc.now, d.Forgotten, row.Forgotten, len(page.Rows))
		}
	}
}

// tell computes the days that are due and tells what follows.
func (o *office) tell() {
	o.Helper()
	o.must((reconcile.Days{Reconciler: o.desk.Reconcile}).Run(o.Context()))
	clock := &reconcile.Clock{Reconciler: o.desk.Reconcile}
	_, err := clock.Tick(o.Context())
	o.must(err)
	clock.Idle()
}
