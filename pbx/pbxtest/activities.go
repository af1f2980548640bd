package pbxtest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/pbx"
)

// Now is the time at which the [Activities] suite tells: a Saturday, 12:30 in
// Stockholm.
var Now = time.Date(2026, 11, 21, 11, 30, 0, 0, time.UTC)

// Switchboard is what [Activities] looks at: one that shows nothing yet.
type Switchboard struct {
	// Open connects to it, each time anew, as after a restart of ours, with [Now]
	// as the time.
	Open func(t *testing.T) pbx.Activities
	// Await waits until good is true of what it shows of a subscriber, seen from
	// outside, and returns that; it fails the test if that does not come. "" is
	// nothing. What is shown has the note's text in it.
	Await func(t *testing.T, s pbx.Subscriber, good func(shown string) bool) string
	// Forget makes it lose what it was told, as its own restart does; nil where it
	// keeps everything.
	Forget func(t *testing.T)
}

// Activities checks that what open returns, each time a switchboard of its own,
// is told as [pbx.Activities] promises. The subscribers have a display name, an
// extension from 101 on, and a mail address.
func Activities(t *testing.T, open func(t *testing.T) Switchboard) {
	for _, test := range []struct {
		name string
		run  func(t *testing.T, s Switchboard)
	}{
		{"the nine are shown with their return, until taken back", theNine},
		{"a sick person is out of the office, byte for byte", sickIsOut},
		{"callers are told in the organization's language", languages},
		{"an activity of the organization's own", ownActivity},
		{"an open telephone is the switchboard's routing alone", openFlag},
		{"telling again changes nothing", tellAgain},
		{"a restart of ours leaves one activity", restart},
		{"a receipt from elsewhere does no harm", foreignReceipt},
		{"taking back what does not stand does nothing", takeBackNothing},
		{"a switchboard that forgot is told again", forgetful},
		{"each of many has her own", manyAtOnce},
		{"who cannot be told of harms no other", nobodyToTell},
		{"a cancelled context ends it", cancelledTelling},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

// Subscriber is the suite's n:th, from 0.
func Subscriber(n int) pbx.Subscriber {
	return pbx.Subscriber{ID: fmt.Sprintf("s%d", n), Fields: pbx.Fields{pbx.DisplayName: fmt.Sprintf("Åsa Öberg %d", n),
		pbx.Extension: fmt.Sprint(101 + n), pbx.Mail: fmt.Sprintf("asa.oberg.%d@exempel.se", n)}}
}

// outward is a state as it leaves us, until and back at 14:00 in Stockholm.
func outward(set activity.Set, key activity.Key) activity.State {
	two := time.Date(2026, 11, 21, 13, 0, 0, 0, time.UTC)
	s := activity.State{Key: key, Since: Now, Until: two, Language: "sv", Zone: "Europe/Stockholm"}
	if a, _ := set.Find(key); a.Open {
		s.Open = true
	} else {
		s.Back = activity.Back{Kind: activity.BackTime, At: two}
	}
	return s.Outward(set)
}

func available() activity.State {
	return activity.State{Key: activity.Available, Open: true, Language: "sv", Zone: "Europe/Stockholm"}.Outward(activity.Nine())
}

// tell tells of the first subscriber, and checks what every answer must be.
func tell(t *testing.T, a pbx.Activities, s pbx.Subscriber, state activity.State, receipt string) string {
	t.Helper()
	next, again, err := a.SetActivity(t.Context(), s, state, receipt)
	if err != nil {
		t.Fatalf("tell %s: %v", state.Key, err)
	}
	if !again.IsZero() && !again.After(Now) {
		t.Errorf("%s is to be told again at %v, which is past", state.Key, again)
	}
	if state.Key == activity.Available && (next != "" || !again.IsZero()) {
		t.Errorf("taken back, but the receipt is %q, to be told again at %v", next, again)
	}
	return next
}

func nothing(shown string) bool { return shown == "" }

func has(text string) func(string) bool {
	return func(shown string) bool { return strings.Contains(shown, text) }
}

func theNine(t *testing.T, s Switchboard) {
	a, anna, receipt := s.Open(t), Subscriber(0), ""
	for _, c := range []struct {
		key  activity.Key
		note string
	}{
		{activity.Meeting, "Möte, åter 14:00"}, {activity.Lunch, "Lunch, åter 14:00"}, {activity.Busy, "Upptagen, åter 14:00"},
		{activity.Out, "Ej på kontoret, åter 14:00"}, {activity.Holiday, "Semester, åter 14:00"}, {activity.Gone, "Gått för dagen, åter 14:00"},
		{activity.Sick, "Ej på kontoret, åter 14:00"}, {activity.Home, "Tillgänglig"},
	} {
		receipt = tell(t, a, anna, outward(activity.Nine(), c.key), receipt)
		s.Await(t, anna, has(c.note))
	}
	tell(t, a, anna, available(), receipt)
	s.Await(t, anna, nothing)
}

func sickIsOut(t *testing.T, s Switchboard) {
	a, anna := s.Open(t), Subscriber(0)
	receipt := tell(t, a, anna, outward(activity.Nine(), activity.Out), "")
	out := s.Await(t, anna, has("Ej på kontoret"))
	receipt = tell(t, a, anna, outward(activity.Nine(), activity.Meeting), receipt)
	s.Await(t, anna, has("Möte"))
	sick := outward(activity.Nine(), activity.Sick)
	receipt = tell(t, a, anna, sick, receipt)
	if shown := s.Await(t, anna, has("Ej på kontoret")); shown != out {
		t.Errorf("sick shows %q, out of the office %q", shown, out)
	}
	tell(t, a, anna, available(), receipt)
}

func languages(t *testing.T, s Switchboard) {
	a, anna, receipt := s.Open(t), Subscriber(0), ""
	for _, c := range []struct{ language, zone, note string }{
		{"en", "Europe/London", "In a meeting, back at 13:00"}, {"nl", "Europe/Amsterdam", "In vergadering, terug om 14:00"},
		{"sv", "Europe/Helsinki", "Möte, åter 15:00"},
	} {
		meeting := outward(activity.Nine(), activity.Meeting)
		meeting.Language, meeting.Zone = c.language, c.zone
		receipt = tell(t, a, anna, meeting, receipt)
		s.Await(t, anna, has(c.note))
	}
}

func ownActivity(t *testing.T, s Switchboard) {
	set := activity.Nine().With(activity.Set{{Key: "course", RPID: "presentation", Names: map[string]string{"sv": "Kurs hos <Å & Ö>"},
		Outside: map[string]string{"sv": "Utbildning <\"A\" & 'Ö'>"}}})
	tell(t, s.Open(t), Subscriber(0), outward(set, "course"), "")
	s.Await(t, Subscriber(0), has(`Utbildning <"A" & 'Ö'>, åter 14:00`))
}

func openFlag(t *testing.T, s Switchboard) {
	a, anna := s.Open(t), Subscriber(0)
	closed := outward(activity.Nine(), activity.Meeting)
	receipt := tell(t, a, anna, closed, "")
	before := s.Await(t, anna, has("Möte"))
	lunch := tell(t, a, anna, outward(activity.Nine(), activity.Lunch), receipt)
	s.Await(t, anna, has("Lunch"))
	open := closed
	open.Open = true
	tell(t, a, anna, open, lunch)
	if after := s.Await(t, anna, has("Möte")); after != before {
		t.Errorf("with an open telephone it shows %q, else %q", after, before)
	}
}

func tellAgain(t *testing.T, s Switchboard) {
	a, anna := s.Open(t), Subscriber(0)
	meeting := outward(activity.Nine(), activity.Meeting)
	receipt := tell(t, a, anna, meeting, "")
	once := s.Await(t, anna, has("Möte"))
	for range 3 {
		receipt = tell(t, a, anna, meeting, receipt)
	}
	if again := s.Await(t, anna, has("Möte")); again != once {
		t.Errorf("told again it shows %q, before %q", again, once)
	}
	tell(t, a, anna, available(), receipt)
	s.Await(t, anna, nothing)
}

func restart(t *testing.T, s Switchboard) {
	anna := Subscriber(0)
	receipt := tell(t, s.Open(t), anna, outward(activity.Nine(), activity.Meeting), "")
	s.Await(t, anna, has("Möte"))
	receipt = tell(t, s.Open(t), anna, outward(activity.Nine(), activity.Holiday), receipt)
	s.Await(t, anna, func(shown string) bool { return has("Semester")(shown) && !has("Möte")(shown) })
	tell(t, s.Open(t), anna, available(), receipt)
	s.Await(t, anna, nothing)
}

func foreignReceipt(t *testing.T, s Switchboard) {
	a, anna := s.Open(t), Subscriber(0)
	for _, receipt := range []string{"x", "{", "{}", `{"address":"sip:101@x"}`, "\x00", "a.1.2.3.4", strings.Repeat("å", 5000)} {
		next := tell(t, a, anna, outward(activity.Nine(), activity.Meeting), receipt)
		s.Await(t, anna, has("Möte"))
		tell(t, a, anna, available(), next)
		s.Await(t, anna, nothing)
	}
}

func takeBackNothing(t *testing.T, s Switchboard) {
	a, anna := s.Open(t), Subscriber(0)
	tell(t, a, anna, available(), "")
	receipt := tell(t, a, anna, outward(activity.Nine(), activity.Meeting), "")
	s.Await(t, anna, has("Möte"))
	for range 3 {
		tell(t, a, anna, available(), receipt)
	}
	s.Await(t, anna, nothing)
}

func forgetful(t *testing.T, s Switchboard) {
	if s.Forget == nil {
		return
	}
	a, anna, meeting := s.Open(t), Subscriber(0), outward(activity.Nine(), activity.Meeting)
	receipt := tell(t, a, anna, meeting, "")
	s.Await(t, anna, has("Möte"))
	s.Forget(t)
	receipt = tell(t, a, anna, meeting, receipt)
	s.Await(t, anna, has("Möte"))
	s.Forget(t)
	tell(t, a, anna, available(), receipt)
	s.Await(t, anna, nothing)
}

func manyAtOnce(t *testing.T, s Switchboard) {
	const people = 60
	a := s.Open(t)
	keys := []activity.Key{activity.Meeting, activity.Lunch, activity.Holiday}
	notes := []string{"Möte", "Lunch", "Semester"}
	var running sync.WaitGroup
	for n := range people {
		running.Go(func() {
			receipt := ""
			for turn := range keys {
				next, _, err := a.SetActivity(t.Context(), Subscriber(n), outward(activity.Nine(), keys[(n+turn)%3]), receipt)
				if err != nil {
					t.Errorf("subscriber %d: %v", n, err)
					return
				}
				receipt = next
			}
		})
	}
	running.Wait()
	for _, n := range []int{0, 1, 2, people - 1} {
		s.Await(t, Subscriber(n), has(notes[(n+2)%3]))
	}
}

func nobodyToTell(t *testing.T, s Switchboard) {
	a, meeting := s.Open(t), outward(activity.Nine(), activity.Meeting)
	_, _, err := a.SetActivity(t.Context(), pbx.Subscriber{ID: "nobody"}, meeting, "")
	var no *pbx.Refusal
	if err != nil && !errors.As(err, &no) {
		t.Errorf("a subscriber without fields: %v, want a refusal or nothing", err)
	}
	tell(t, a, Subscriber(0), meeting, "")
	s.Await(t, Subscriber(0), has("Möte"))
}

func cancelledTelling(t *testing.T, s Switchboard) {
	a, anna := s.Open(t), Subscriber(0)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := a.SetActivity(ctx, anna, outward(activity.Nine(), activity.Meeting), ""); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	receipt := tell(t, a, anna, outward(activity.Nine(), activity.Lunch), "")
	s.Await(t, anna, has("Lunch"))
	tell(t, a, anna, available(), receipt)
}
