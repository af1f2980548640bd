package activity

import (
	"strconv"
	"testing"
	"time"

	"github.com/telefonist/telefonist/calendar"
)

var stockholm = zone("Europe/Stockholm")

func zone(name string) *time.Location {
	z, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return z
}

// at is a time in Stockholm, "2026-11-24 10:00".
func at(s string) time.Time { return in(stockholm, s) }

func in(z *time.Location, s string) time.Time {
	if s == "" {
		return time.Time{}
	}
	t, err := time.ParseInLocation("2006-01-02 15:04", s, z)
	if err != nil {
		panic(err)
	}
	return t.UTC()
}

// tuesday is the day on which most of the tests take place: an ordinary one.
const tuesday = "2026-11-24 "

// event is one of the person's own on tuesday, shown as busy, "10:00" to "11:00".
func event(key, from, to string, with ...func(*calendar.Event)) calendar.Event {
	e := calendar.Event{Key: key, Start: at(tuesday + from), End: at(tuesday + to), ShowAs: calendar.Busy, Own: calendar.Yes, Others: calendar.No}
	for _, f := range with {
		f(&e)
	}
	return e
}

// days is one of the person's own from a day up to another, as out of office.
func days(key string, first, after calendar.Date, with ...func(*calendar.Event)) calendar.Event {
	e := calendar.Event{Key: key, First: first, After: after, ShowAs: calendar.OutOfOffice, Own: calendar.Yes, Others: calendar.No}
	for _, f := range with {
		f(&e)
	}
	return e
}

func shown(s calendar.ShowAs) func(*calendar.Event) {
	return func(e *calendar.Event) { e.ShowAs = s }
}

// titled gives an event the prefix that its subject has, "LUN: med Eva".
func titled(subject string) func(*calendar.Event) {
	return func(e *calendar.Event) { e.Prefix, e.Mark, _ = calendar.SplitPrefix(subject) }
}

func invited(e *calendar.Event) {
	e.Own, e.Others, e.Response = calendar.No, calendar.Yes, calendar.Accepted
}
func others(e *calendar.Event)  { e.Others = calendar.Yes }
func private(e *calendar.Event) { e.Sensitivity = calendar.Private }

// office is the input of a person in Stockholm over three days from tuesday on,
// with the presets for prefixes and show-as, without hours.
func office(events ...calendar.Event) Input {
	return Input{
		From: at(tuesday + "00:00"), To: at("2026-11-27 00:00"), Zone: stockholm, Set: Nine(),
		Calendar: true, Events: events, Known: at("2026-12-29 00:00"),
		Rules: ByBoth.Rules(Nine(), nil), FreeDays: FreeDays{Country: "SE"},
	}
}

// eightToFive are hours as most have them.
func eightToFive() *Hours {
	h := OfficeHours(8*60, 17*60)
	return &h
}

// state is what stands at a time of tuesday's.
func state(t *testing.T, in Input, clock string) State {
	t.Helper()
	return stateAt(t, in, at(tuesday+clock))
}

func stateAt(t *testing.T, in Input, when time.Time) State {
	t.Helper()
	s, ok := Make(in).At(when)
	if !ok {
		t.Fatalf("%s lies outside the day", when)
	}
	return s.State
}

// says is a state in short: "meeting till 11:00 back 11:00", with a "+" for an
// open telephone.
func says(s State) string {
	text := string(s.Key)
	if s.Open {
		text += "+"
	}
	if !s.Until.IsZero() {
		text += " till " + short(s.Until)
	}
	switch s.Back.Kind {
	case BackTime:
		text += " back " + short(s.Back.At)
	case BackDay:
		text += " back on " + s.Back.At.In(stockholm).Format("01-02")
	case BackEarliest:
		text += " back not before " + s.Back.At.In(stockholm).Format("01-02")
	case BackUnknown:
		text += " back who knows"
	}
	return text
}

func short(t time.Time) string {
	t = t.In(stockholm)
	if calendar.DateOf(t) == "2026-11-24" {
		return t.Format("15:04")
	}
	return t.Format("01-02 15:04")
}

func key(n int) string { return "e" + strconv.Itoa(n) }
