package calendar_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/telefonist/telefonist/calendar"
)

func TestKeptAgainIsNeverMore(t *testing.T) {
	full := calendar.Event{Key: "1", Prefix: "SEM", Mark: ":", Words: []string{"Lunch", "kund"}, Categories: []string{"Resa"},
		Subject: "SEM: Lunch med kund", Place: "Oslo", Note: "Lunch med kund"}
	private := full
	private.Sensitivity = calendar.Private
	bare := calendar.Event{Key: "1", Prefix: "SEM", Mark: ":", Sensitivity: calendar.Private}
	none := calendar.Event{Key: "1", Sensitivity: calendar.Private}
	noNote := private
	noNote.Note = "" // which a private event never has
	all := calendar.Keep{Words: []string{"LUNCH", "kund"}, Categories: []string{"resa"}, Subject: true, Place: true, Note: true, Private: calendar.Everything}
	some := calendar.Event{Key: "1", Prefix: "SEM", Mark: ":", Words: []string{"Lunch"}, Place: "Oslo"}
	for name, c := range map[string]struct {
		keep calendar.Keep
		have calendar.Event
		want calendar.Event
		kept bool
	}{
		"everything":                {all, full, full, true},
		"a word and the place":      {calendar.Keep{Words: []string{"lunch"}, Place: true}, full, some, true},
		"nothing comes back":        {all, bare, bare, true},
		"private as status":         {calendar.Keep{Words: all.Words, Prefixes: []string{"sem"}, Subject: true, Private: calendar.StatusOnly}, private, bare, true},
		"private, no rule for SEM":  {calendar.Keep{Prefixes: []string{"LUN"}}, private, none, true},
		"private as any other":      {all, private, noNote, true},
		"private as if not there":   {calendar.Keep{Private: calendar.Ignore}, private, calendar.Event{}, false},
		"only private ones go away": {calendar.Keep{Private: calendar.Ignore, Words: all.Words, Categories: all.Categories, Subject: true, Place: true, Note: true}, full, full, true},
	} {
		got, kept := c.keep.Again(c.have)
		if kept != c.kept {
			t.Errorf("%s: kept %v, want %v", name, kept, c.kept)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", name, diff)
		}
	}
	if over := full.Over(); over.Subject != "" || over.Place != "" || over.Note != "" || over.Prefix != "SEM" {
		t.Errorf("over: %+v", over)
	}
}
