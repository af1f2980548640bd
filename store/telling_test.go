package store

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
)

// tellings tells how tellings stand, as "switchboard subscriber's person".
func (o office) tellings() []string {
	o.Helper()
	names := map[string]string{Builtin: Builtin}
	for _, b := range must(o.Switchboards(o.Context()))(o) {
		names[b.ID] = b.Name
	}
	var list []string
	for _, person := range []string{"anna", "bo", "cilla"} {
		for _, t := range must(o.Tellings(o.Context(), person))(o) {
			line := names[t.Switchboard] + " " + t.Person
			if t.Leaving {
				line += " leaving"
			}
			if t.Live {
				line += " live"
			}
			if t.Paused {
				line += " paused"
			}
			if t.Told.Key != "" {
				line += " " + string(t.Told.Key)
			}
			list = append(list, line)
		}
	}
	slices.Sort(list)
	return list
}

func (o office) tellingsAre(want ...string) {
	o.Helper()
	if d := cmp.Diff(want, o.tellings()); d != "" {
		o.Error("tellings (-want +got):", d)
	}
}

// tell tells everything that is due: a meeting, or, where it is leaving, nothing
// any more.
func (o office) tell() {
	o.Helper()
	var rows []ToldRow
	for _, t := range must(o.DueTellings(o.Context(), o.clock.at, Place{}, 99))(o) {
		row := ToldRow{t.TellingState, Changed}
		row.Told, row.ToldAt, row.DueAt, row.Receipt = activity.State{Key: activity.Meeting}, o.clock.at, time.Time{}, "receipt"
		if t.Leaving {
			row.Kind, row.Told, row.Receipt = Forgotten, activity.State{Key: activity.Available, Open: true}, ""
		}
		rows = append(rows, row)
	}
	if stale := must(o.SaveTold(o.Context(), rows))(o); stale > 0 {
		o.Error(stale, "were stale")
	}
}

func TestEachSubscriberOfAPersonIsToldInEachSwitchboard(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	o.tellingsAre("builtin anna", "builtin bo")
	sip := must(o.PutSwitchboard(ctx, organization.Switchboard{Name: "sip", Kind: "presence", Register: Builtin}, []byte("sealed"), 0))(t)
	o.ok(func() error {
		_, err := o.PutSwitchboard(ctx, organization.Switchboard{Name: "other", Kind: "presence", Register: "another"}, nil, 0)
		return err
	}())
	o.tellingsAre("builtin anna", "builtin bo", "sip anna", "sip bo")

	second := must(o.AddSubscriber(ctx, pbx.Subscriber{Fields: pbx.Fields{pbx.DisplayName: "Anna hemma"}}))(t)
	o.ok(o.PutLinks(ctx, []Link{{Register: Builtin, Subscriber: second.ID, Source: o.source, Person: "anna", State: Linked}}))
	o.ok(o.AlignTellings(ctx, []string{"anna"}))
	o.tellingsAre("builtin anna", "builtin anna", "builtin bo", "sip anna", "sip anna", "sip bo")
	o.tell()
	before := must(o.Tellings(ctx, "anna"))(t)
	o.ok(o.AlignTellings(ctx, nil))
	if d := cmp.Diff(before, must(o.Tellings(ctx, "anna"))(t)); d != "" {
		t.Error("where nothing changed, rows did:", d)
	}

	// The second one becomes Bo's: what it was told stands until Bo's is told.
	o.ok(o.PutLinks(ctx, []Link{{Register: Builtin, Subscriber: second.ID, Source: o.source, Person: "bo", State: Linked}}))
	o.ok(o.AlignTellings(ctx, []string{"anna", "bo"}))
	o.tellingsAre("builtin anna meeting", "builtin bo meeting", "builtin bo meeting", "sip anna meeting", "sip bo meeting", "sip bo meeting")
	if due := must(o.DueTellings(ctx, o.clock.at, Place{}, 9))(t); len(due) != 2 || due[0].Subscriber != second.ID {
		t.Errorf("due: %+v", due)
	}
	o.tell()
	// Bo loses it: it is taken back, and then gone.
	o.ok(o.DeleteLink(ctx, Builtin, second.ID))
	o.ok(o.AlignTellings(ctx, []string{"bo"}))
	o.tellingsAre("builtin anna meeting", "builtin bo leaving meeting", "builtin bo meeting", "sip anna meeting", "sip bo leaving meeting", "sip bo meeting")
	o.tell()
	o.tellingsAre("builtin anna meeting", "builtin bo meeting", "sip anna meeting", "sip bo meeting")

	state := must(o.Switchboard(ctx, sip.ID))(t)
	state.Paused = true
	o.ok(func() error { _, err := o.PutSwitchboard(ctx, state.Switchboard, nil, state.Generation); return err }())
	o.tellingsAre("builtin anna meeting", "builtin bo meeting", "sip anna paused meeting", "sip bo paused meeting")
	o.ok(o.SaveDays(ctx, []DayRow{meeting("anna", must(o.Day(ctx, "anna"))(t).Generation, begun, begun.Add(time.Hour))}))
	if due := must(o.DueTellings(ctx, o.clock.at, Place{}, 9))(t); len(due) != 1 || due[0].Switchboard != Builtin {
		t.Errorf("due beside the paused: %+v", due)
	}
	_, err := o.PutSwitchboard(ctx, state.Switchboard, nil, state.Generation)
	o.is(err, ErrConflict)
	state = must(o.Switchboard(ctx, sip.ID))(t)
	state.Paused = false
	o.ok(func() error { _, err := o.PutSwitchboard(ctx, state.Switchboard, nil, state.Generation); return err }())
	if due := must(o.DueTellings(ctx, o.clock.at, Place{}, 9))(t); len(due) != 3 {
		t.Errorf("due after the pause: %+v", due)
	}
	o.ok(o.DeleteSwitchboard(ctx, sip.ID))
	o.tellingsAre("builtin anna meeting", "builtin bo meeting")
}

func TestWhoIsNoLongerReadIsTakenBackAndKeepsHisChoice(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	o.ok(o.SaveChoice(ctx, ChoiceState{Person: "bo", Choice: activity.Choice{Activity: activity.Lunch, At: begun}}, nil))
	o.ok(o.SavePreference(ctx, "bo", organization.Person{Language: "nl"}, 0))
	o.tell()
	anna := Enrolled{Person: "anna", EntraID: "anna", Address: "anna@example.se", Name: "Anna", Live: true}
	o.ok(o.Enroll(ctx, o.source, []Enrolled{anna}))
	o.tellingsAre("builtin anna live meeting", "builtin bo leaving meeting")
	_, err := o.Mailbox(ctx, "bo")
	o.is(err, ErrNotFound)
	_, err = o.Day(ctx, "bo")
	o.is(err, ErrNotFound)
	if board, _, _ := o.Board(ctx, BoardFilter{}, "", 9); len(board) != 1 {
		t.Errorf("board: %+v", board)
	}
	// He comes back before it was taken back: then it is not.
	bo := Enrolled{Person: "bo", EntraID: "bo", Name: "Bo"}
	loaded := must(o.DueTellings(ctx, begun, Place{}, 9))(t)
	o.ok(o.Enroll(ctx, o.source, []Enrolled{anna, bo}))
	for _, l := range loaded {
		if l.Leaving {
			l.Told, l.ToldAt, l.Receipt = activity.State{Key: activity.Available}, begun, ""
			if stale := must(o.SaveTold(ctx, []ToldRow{{l.TellingState, Forgotten}}))(t); stale != 1 {
				t.Error("stale", stale)
			}
		}
	}
	o.tellingsAre("builtin anna live meeting", "builtin bo available")
	if due := must(o.DueTellings(ctx, begun, Place{}, 9))(t); len(due) != 2 {
		t.Errorf("due: %+v", due)
	}
	o.ok(o.DeleteConnection(ctx, o.source))
	o.tellingsAre("builtin anna leaving live meeting", "builtin bo leaving available")
	o.tell()
	o.tellingsAre()
	if c, p := must(o.Choice(ctx, "bo"))(t), must(o.Preference(ctx, "bo"))(t); c.Choice.Activity != activity.Lunch || p.Language != "nl" {
		t.Errorf("choice %+v, preference %+v", c, p)
	}
}

// A customer that is erased while the clock tells takes nobody else's along.
func TestAnErasedCustomerHindersNobody(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	var rows []ToldRow
	for i, d := range must(o.DueTellings(ctx, begun, Place{}, 9))(t) {
		d.Told, d.ToldAt, d.DueAt = activity.State{Key: activity.Lunch}, begun, time.Time{}
		if i == 0 {
			d.Organization = "erased"
		}
		rows = append(rows, ToldRow{d.TellingState, Changed})
	}
	must(o.SaveTold(ctx, rows))(t)
	if counts := must(o.BoardCounts(ctx))(t); counts[activity.Lunch] != 1 {
		t.Errorf("counts %v", counts)
	}
}

func TestLiveIsSaidOfPeople(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	o.tell()
	o.ok(o.SetLive(ctx, []string{"anna"}, true))
	o.ok(o.SetLive(ctx, []string{"anna", "bo"}, true))
	o.tellingsAre("builtin anna live meeting", "builtin bo live meeting")
	o.tell()
	o.ok(o.SetLive(ctx, []string{"bo"}, true))
	if due := must(o.DueTellings(ctx, begun, Place{}, 9))(t); len(due) > 0 {
		t.Errorf("due where nothing changed: %+v", due)
	}
	o.ok(o.SetLive(ctx, []string{"bo"}, false))
	if due := must(o.DueTellings(ctx, begun, Place{}, 9))(t); len(due) != 1 || due[0].Person != "bo" || must(o.Mailbox(ctx, "bo"))(t).Live {
		t.Errorf("due: %+v", due)
	}
}

// Whatever comes between loading tellings and saving what was told: what was told
// last is what stands there, nothing that was made due meanwhile is forgotten, and
// the history has every change.
func TestStaleToldLosesNothing(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	times := 0
	rapid.Check(t, func(r *rapid.T) {
		times++
		o.clock.pass(time.Hour)
		o.ok(o.Retell(ctx, Builtin, true))
		person := "anna"
		woken, told, changes := true, activity.State{}, 0
		var loaded *TellingState
		wokenSince := false
		began := o.clock.at
		for i := range rapid.IntRange(1, 20).Draw(r, "steps") {
			o.clock.pass(time.Second)
			switch rapid.IntRange(0, 3).Draw(r, "step") {
			case 0: // the day changes
				generation := must(o.Day(ctx, person))(t).Generation
				o.ok(o.SaveDays(ctx, []DayRow{meeting(person, generation, o.clock.at, o.clock.at.Add(time.Hour))}))
				woken, wokenSince = true, true
			case 1: // the clock loads
				if due := o.dueOf(person); due != nil {
					loaded, wokenSince = due, false
				}
			default: // and saves
				if loaded == nil {
					continue
				}
				told = activity.State{Key: activity.Meeting, Note: fmt.Sprint(times, i)}
				row := ToldRow{*loaded, Changed}
				row.Told, row.ToldAt, row.DueAt, row.Receipt = told, o.clock.at, o.clock.at.Add(time.Hour), fmt.Sprint(i)
				stale := must(o.SaveTold(ctx, []ToldRow{row}))(t)
				if (stale > 0) != wokenSince {
					r.Fatalf("%d stale, woken since it was loaded: %v", stale, wokenSince)
				}
				changes++
				woken, loaded = wokenSince, nil
			}
			have := must(o.Tellings(ctx, person))(t)[0]
			if !have.Told.Same(told) {
				r.Fatalf("told %q, kept %q", told.Note, have.Told.Note)
			}
			if due := !have.DueAt.IsZero() && !have.DueAt.After(o.clock.at); due != woken {
				r.Fatalf("due %v at %v, woken %v", have.DueAt, o.clock.at, woken)
			}
		}
		if history := must(o.ToldBetween(ctx, person, began, o.clock.at.Add(time.Second), 99))(t); len(history) != changes {
			r.Fatalf("%d changes, %d lines of history", changes, len(history))
		}
	})
}

func (o office) dueOf(person string) *TellingState {
	for _, t := range must(o.DueTellings(o.Context(), o.clock.at, Place{}, 9))(o) {
		if t.Person == person {
			return &t.TellingState
		}
	}
	return nil
}

// A page begins where the one before ended, also among those due at one instant.
func TestDueTellingsArePaged(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	for i := range 5 {
		o.ok(func() error {
			_, err := o.PutSwitchboard(ctx, organization.Switchboard{Name: fmt.Sprint(i), Register: Builtin}, nil, 0)
			return err
		}())
	}
	seen := map[string]bool{}
	for at := (Place{}); ; {
		page := must(o.DueTellings(ctx, o.clock.at, at, 5))(t)
		if len(page) == 0 {
			break
		}
		for _, p := range page {
			seen[p.Switchboard+p.Subscriber] = true
		}
		at = page[len(page)-1].After()
	}
	if len(seen) != 12 {
		t.Errorf("%d of 12 were seen", len(seen))
	}
}

func TestRefusedTellingsAreListedAndToldAgain(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	for _, d := range must(o.DueTellings(ctx, begun, Place{}, 9))(t) {
		d.DueAt, d.Receipt = time.Time{}, "etag"
		if d.Person == "bo" {
			d.Answer, d.Tries = pbx.Reason{Code: "address", Args: map[string]string{"extension": "101"}}, 3
		}
		if stale := must(o.SaveTold(ctx, []ToldRow{{d.TellingState, Tried}}))(t); stale > 0 {
			t.Error("stale")
		}
	}
	failing, next, err := o.TellingsOf(ctx, Builtin, true, 0, 1)
	o.ok(err)
	if len(failing) != 1 || next == 0 || failing[0].Answer.Code != "address" || failing[0].Tries != 3 || failing[0].Receipt != "etag" {
		t.Errorf("failing %+v, next %d", failing, next)
	}
	if more, next, _ := o.TellingsOf(ctx, Builtin, true, next, 1); len(more) > 0 || next != 0 {
		t.Errorf("then %+v", more)
	}
	if c := must(o.TellingCounts(ctx))(t)[Builtin]; c.Tellings != 2 || c.Failing != 1 {
		t.Errorf("counts %+v", c)
	}
	if m := must(o.Metrics(ctx))(t); m.Tellings != 2 || m.FailingTellings != 1 || m.DueTellings != 0 || m.Mailboxes["never"] != 2 || m.DueMailboxes != 2 {
		t.Errorf("metrics %+v", m)
	}
	o.ok(o.Retell(ctx, Builtin, false))
	if due := must(o.DueTellings(ctx, begun, Place{}, 9))(t); len(due) != 1 || due[0].Person != "bo" || due[0].Tries != 0 || due[0].Receipt != "etag" {
		t.Errorf("due %+v", due)
	}
	o.ok(o.Retell(ctx, Builtin, true))
	if due := must(o.DueTellings(ctx, begun, Place{}, 9))(t); len(due) != 2 || due[0].Receipt+due[1].Receipt != "" {
		t.Errorf("due anew %+v", due)
	}
}

func TestWhatStoodAtTen(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	say := func(key activity.Key) {
		d := o.dueOf("anna")
		d.Told, d.ToldAt, d.DueAt = activity.State{Key: key, Subject: "hemligt", Place: "rum 5", Note: "åter"}, o.clock.at, o.clock.at.Add(time.Second)
		must(o.SaveTold(ctx, []ToldRow{{*d, Changed}}))(t)
	}
	say(activity.Meeting)
	o.clock.pass(time.Hour)
	say(activity.Lunch)
	o.clock.pass(time.Hour)
	say(activity.Available)
	at := func(when time.Time) string {
		text := ""
		for _, w := range must(o.ToldAt(ctx, "anna", when))(t) {
			if w.State.Subject+w.State.Place != "" || w.State.Note != "åter" {
				t.Errorf("kept %+v", w.State)
			}
			text += string(w.State.Key)
		}
		return text
	}
	for when, want := range map[time.Duration]string{-time.Second: "", 0: "meeting", 59 * time.Minute: "meeting", time.Hour: "lunch", 5 * time.Hour: "available"} {
		if got := at(begun.Add(when)); got != want {
			t.Errorf("%v later: got %q, want %q", when, got, want)
		}
	}
	o.ok(o.PurgeTold(ctx, begun.Add(90*time.Minute)))
	if got := at(begun.Add(30*time.Minute)) + at(begun.Add(90*time.Minute)); got != "lunch" {
		t.Errorf("after the purge: %q", got)
	}
	o.ok(o.Enroll(ctx, o.source, nil))
	o.tell() // takes back, which is the last that is told
	o.ok(o.PurgeTold(ctx, begun.Add(90*24*time.Hour)))
	if left := must(o.ToldBetween(ctx, "anna", time.Time{}, o.clock.at.Add(time.Hour), 9))(t); len(left) > 0 {
		t.Errorf("left of one who is told no more: %+v", left)
	}
}

func TestTheBoardIsSearchedFilteredAndCounted(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	d := o.dueOf("anna")
	inside := activity.State{Key: activity.Sick, Back: activity.Back{Kind: activity.BackDay, At: begun.Add(24 * time.Hour)}}
	d.Told, d.Inside, d.ToldAt, d.DueAt = activity.State{Key: activity.Out}, inside, begun, begun.Add(time.Hour)
	must(o.SaveTold(ctx, []ToldRow{{*d, Changed}}))(t)
	for _, tc := range []struct {
		filter BoardFilter
		want   []string
	}{
		{BoardFilter{}, []string{"anna", "bo"}},
		{BoardFilter{Text: "BO"}, []string{"bo"}},
		{BoardFilter{Text: "100"}, []string{"anna"}},
		{BoardFilter{Activity: activity.Out}, []string{"anna"}},
		{BoardFilter{Activity: activity.Sick}, nil}, // nobody finds the sick
	} {
		var got []string
		for after := ""; ; {
			page, next, err := o.Board(ctx, tc.filter, after, 1)
			o.ok(err)
			for _, row := range page {
				got = append(got, row.Person)
			}
			if after = next; next == "" {
				break
			}
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%+v: got %v, want %v", tc.filter, got, tc.want)
		}
	}
	if diff := cmp.Diff(map[activity.Key]int64{activity.Out: 1, "": 1}, must(o.BoardCounts(ctx))(t)); diff != "" {
		t.Error(diff)
	}
	rows := must(o.BoardOf(ctx, []string{o.subscribers["anna"], "nobody"}))(t)
	if len(rows) != 1 || !rows[0].Inside.Same(inside) || rows[0].Told.Key != activity.Out || rows[0].Subscriber.Get(pbx.Extension) != "100" ||
		rows[0].Health != "never" || !rows[0].ToldAt.Equal(begun) {
		t.Errorf("rows: %+v", rows)
	}
	if subs := must(o.SubscribersOf(ctx, []string{o.subscribers["bo"], "nobody"}))(t); len(subs) != 1 || subs[0].Name() != "bo" {
		t.Errorf("subscribers: %+v", subs)
	}
}
