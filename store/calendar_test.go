package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
)

// office is a house whose calendars are read: Anna and Bo, each with a subscriber.
type office struct {
	house
	subscribers map[string]string // by person
}

func newOffice(t *testing.T) office {
	t.Helper()
	o := office{newHouse(t), map[string]string{}}
	ctx := t.Context()
	o.ok(o.PutConnection(ctx, organization.Connection{Source: o.source}, 0))
	for i, p := range []string{"anna", "bo"} {
		s := must(o.AddSubscriber(ctx, pbx.Subscriber{Fields: pbx.Fields{pbx.DisplayName: p, pbx.Extension: []string{"100", "101"}[i]}}))(t)
		o.subscribers[p] = s.ID
		o.ok(o.PutLinks(ctx, []Link{{Register: Builtin, Subscriber: s.ID, Source: o.source, Person: p, Replicator: o.replicator, State: Linked}}))
	}
	o.ok(o.Enroll(ctx, o.source, []Enrolled{{Person: "anna", EntraID: "anna", Address: "anna@example.se", Name: "Anna"},
		{Person: "bo", EntraID: "bo", Address: "bo@example.se", Name: "Bo"}}))
	return o
}

// meeting is a day on which the person is in a meeting from one hour to another.
func meeting(person string, generation int64, from, to time.Time) DayRow {
	meet := activity.State{Key: activity.Meeting, Since: from, Until: to, Back: activity.Back{Kind: activity.BackTime, At: to}}
	free := activity.State{Key: activity.Available, Open: true}
	first, last := from.Add(-24*time.Hour), to.Add(48*time.Hour)
	return DayRow{Person: person, Generation: generation, DueAt: to.Add(24 * time.Hour), Day: activity.Day{From: first, To: last,
		Spans: []activity.Span{{From: first, To: from, State: free}, {From: from, To: to, State: meet}, {From: to, To: last, State: free}}}}
}

func TestOneMeetingFromTheMailboxToTheBoard(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	due := must(o.DueMailboxes(ctx, begun, 9))(t)
	if len(due) != 2 || due[0].Cause != "new" {
		t.Fatalf("due: %+v", due)
	}
	m := must(o.Mailbox(ctx, "anna"))(t)
	day := must(o.Day(ctx, "anna"))(t)
	if !day.Stale || m.Health.State != calendar.Never {
		t.Errorf("new: %+v %+v", m, day)
	}
	from, to := begun.Add(2*time.Hour), begun.Add(3*time.Hour)
	agenda := []calendar.Event{{Key: "e", Start: from, End: to, ShowAs: calendar.Busy}}
	row := meeting("anna", day.Generation, from, to)
	lost := must(o.SaveReadings(ctx, []ReadingRow{{Person: "anna", Generation: m.Generation, Wakes: m.Wakes, ReadAt: begun,
		Health: calendar.Health{State: calendar.Fine}, DueAt: begun.Add(5 * time.Minute), CoversFrom: begun, CoversTo: to,
		Hash: []byte("hash"), Agenda: agenda, Day: &row}}))(t)
	if len(lost) > 0 {
		t.Fatal("lost", lost)
	}
	m = must(o.Mailbox(ctx, "anna"))(t)
	if d := cmp.Diff(agenda, m.Agenda); d != "" || m.Health.State != calendar.Fine || !m.DueAt.Equal(begun.Add(5*time.Minute)) {
		t.Errorf("mailbox %+v %s", m, d)
	}
	tellings := must(o.DueTellings(ctx, begun.Add(5*time.Second), Place{}, 9))(t)
	if len(tellings) != 2 {
		t.Fatalf("tellings: %+v", tellings)
	}
	var rows []ToldRow
	for _, telling := range tellings {
		if telling.Person == "anna" {
			if span, ok := telling.Day.At(from); !ok || !span.State.Same(row.Spans[1].State) || !telling.Day.Next(from).Equal(to) {
				t.Errorf("day: %+v %v", span, ok)
			}
			telling.Told, telling.ToldAt, telling.Late = row.Spans[1].State, from, 3*time.Millisecond
		}
		telling.DueAt = to
		rows = append(rows, ToldRow{TellingState: telling.TellingState, Kind: Changed})
	}
	if stale := must(o.SaveTold(ctx, rows))(t); stale != 0 {
		t.Error("stale", stale)
	}
	board, _, err := o.Board(ctx, BoardFilter{}, "", 9)
	o.ok(err)
	if len(board) != 2 || board[0].Person != "anna" || !board[0].Told.Same(row.Spans[1].State) || board[1].Told.Key != "" {
		t.Errorf("board %+v", board)
	}
	if at := must(o.NextTellingDue(ctx))(t); !at.Equal(to) {
		t.Error("next telling", at)
	}
}
