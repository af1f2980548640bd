package calendar_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/telefonist/telefonist/calendar"
)

// drawEvent draws an event of any kind that a driver may hand over.
func drawEvent(t *rapid.T) calendar.Event {
	text := rapid.OneOf(rapid.Just(""), rapid.StringN(0, 12, -1))
	list := rapid.Custom(func(t *rapid.T) []string {
		var all []string
		for n := rapid.IntRange(0, 2).Draw(t, "n"); n > 0; n-- {
			all = append(all, text.Draw(t, "of list"))
		}
		return all
	})
	e := calendar.Event{
		Key:         text.Draw(t, "key"),
		ShowAs:      rapid.SampledFrom([]calendar.ShowAs{"", "free", "tentative", "busy", "oof", "workingElsewhere", "focus"}).Draw(t, "show"),
		Sensitivity: rapid.SampledFrom([]calendar.Sensitivity{"", "normal", "personal", "private", "confidential", "secret"}).Draw(t, "sensitivity"),
		Response:    rapid.SampledFrom([]calendar.Response{"", "organizer", "accepted", "tentativelyAccepted", "declined", "notResponded", "none", "later"}).Draw(t, "response"),
		Own:         rapid.SampledFrom([]calendar.Known{calendar.Yes, calendar.No, calendar.Unknown}).Draw(t, "own"),
		Others:      rapid.SampledFrom([]calendar.Known{calendar.Yes, calendar.No, calendar.Unknown}).Draw(t, "others"),
		Cancelled:   rapid.Bool().Draw(t, "cancelled"),
		Prefix:      text.Draw(t, "prefix"), Mark: rapid.SampledFrom([]string{"", ":", ";"}).Draw(t, "mark"),
		Words: list.Draw(t, "words"), Categories: list.Draw(t, "categories"),
		Subject: text.Draw(t, "subject"), Place: text.Draw(t, "place"), Note: text.Draw(t, "note"),
	}
	instant := rapid.Custom(func(t *rapid.T) time.Time {
		return time.UnixMilli(rapid.Int64Range(-1<<46, 1<<46).Draw(t, "ms")).UTC()
	})
	switch rapid.IntRange(0, 3).Draw(t, "times") {
	case 0:
		e.First = calendar.Date("2026-01-01").Add(rapid.IntRange(-20_000, 20_000).Draw(t, "first"))
		e.After = e.First.Add(rapid.IntRange(0, 400).Draw(t, "days"))
	case 1: // as a broken answer might leave it: without times
	default:
		e.Start, e.End = instant.Draw(t, "start"), instant.Draw(t, "end")
	}
	return e
}

func TestAgendaComesBackAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := rapid.SliceOfN(rapid.Custom(drawEvent), 0, 6).Draw(t, "events")
		got, err := calendar.ParseAgenda(calendar.AppendAgenda(nil, events))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(events, got, cmpEmpty); diff != "" {
			t.Fatal(diff)
		}
		shuffled := rapid.Permutation(events).Draw(t, "shuffled")
		if !bytes.Equal(calendar.Hash(events), calendar.Hash(shuffled)) {
			t.Fatal("the hash depends on the order")
		}
		if len(events) > 0 && bytes.Equal(calendar.Hash(events), calendar.Hash(events[1:])) {
			t.Fatal("the hash does not see an event go")
		}
	})
}

// cmpEmpty holds no events for the same however that is written.
var cmpEmpty = cmp.Transformer("none", func(e []calendar.Event) []calendar.Event {
	if len(e) == 0 {
		return nil
	}
	return e
})

func plainAgenda(n int) []calendar.Event {
	events := make([]calendar.Event, n)
	at := time.Date(2026, 11, 16, 7, 30, 0, 0, time.UTC)
	for i := range events {
		at = at.Add(time.Duration(30+15*(i%5)) * time.Minute)
		events[i] = calendar.Event{Key: fmt.Sprintf("%016d", i), Start: at, End: at.Add(time.Hour), ShowAs: calendar.Busy,
			Sensitivity: calendar.Normal, Response: calendar.Accepted, Own: calendar.No, Others: calendar.Yes}
	}
	return events
}

func TestPlainEventsAreSmall(t *testing.T) {
	if n := len(calendar.AppendAgenda(nil, plainAgenda(300))); n > 300*40 {
		t.Errorf("300 plain events take %d bytes", n)
	}
}

func TestDamagedAgendas(t *testing.T) {
	whole := calendar.AppendAgenda(nil, plainAgenda(3))
	for n := 1; n < len(whole); n++ {
		if _, err := calendar.ParseAgenda(whole[:n]); err == nil {
			t.Errorf("cut off after %d of %d bytes, it was read", n, len(whole))
		}
	}
	if _, err := calendar.ParseAgenda(append(whole, 0)); err == nil {
		t.Error("with a byte too many it was read")
	}
	if _, err := calendar.ParseAgenda([]byte(`[{"k":"json"}]`)); err == nil {
		t.Error("another form was read")
	}
}

func FuzzParseAgenda(f *testing.F) {
	f.Add([]byte{})
	f.Add(calendar.AppendAgenda(nil, plainAgenda(3)))
	f.Add(calendar.AppendAgenda(nil, []calendar.Event{{Key: "k", First: "2026-06-19", After: "2026-06-20", ShowAs: "new", Words: []string{"jour"}}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		events, err := calendar.ParseAgenda(b)
		if err != nil {
			return
		}
		again, err := calendar.ParseAgenda(calendar.AppendAgenda(nil, events))
		if err != nil || len(again) != len(events) {
			t.Fatalf("what was read cannot be read again: %v", err)
		}
	})
}

func BenchmarkAgenda(b *testing.B) {
	events := plainAgenda(300)
	stored := calendar.AppendAgenda(nil, events)
	b.Run("append", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			calendar.AppendAgenda(nil, events)
		}
	})
	b.Run("parse", func(b *testing.B) {
		b.ReportAllocs()
		b.ReportMetric(float64(len(stored))/300, "B/event")
		for b.Loop() {
			if _, err := calendar.ParseAgenda(stored); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("hash", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			calendar.Hash(events)
		}
	})
}
