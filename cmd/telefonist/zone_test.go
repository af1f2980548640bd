package main

import (
	"testing"
	"time"

	"github.com/telefonist/telefonist/client"
	"github.com/telefonist/telefonist/language"
)

// TestTimesAreTheOrganizations wherever the command runs.
func TestTimesAreTheOrganizations(t *testing.T) {
	s := &session{words: language.For(language.Swedish)}
	s.tellIn("Pacific/Auckland")
	want := time.Date(2031, 7, 2, 3, 0, 0, 0, time.UTC)
	for _, text := range []string{"2031-07-02 15:00", "2031-07-02T15:00", "2031-07-02T05:00:00+02:00"} {
		if got, err := s.moment(text); err != nil || !got.Equal(want) {
			t.Errorf("%s: got %s, %v, want %s", text, got, err, want)
		}
	}
	there := time.Now().In(s.where())
	if got, err := s.moment("15:00"); err != nil || got.Format("15:04") != "15:00" || got.Location() != s.where() || got.Sub(there).Abs() > 25*time.Hour {
		t.Errorf("15:00: got %s, %v", got, err)
	}
	if got := s.when(want); got != "2 juli 2031 15:00" {
		t.Errorf("when: got %q", got)
	}
	if got := s.date(time.Date(2031, 7, 1, 13, 0, 0, 0, time.UTC)); got != "2031-07-02" {
		t.Errorf("date: got %q", got)
	}
	if s.tellIn(""); s.where().String() != "Pacific/Auckland" {
		t.Errorf("none: got %s", s.where())
	}
}

func TestForwardTo(t *testing.T) {
	s := &session{words: language.For(language.Swedish)}
	for _, tc := range []struct {
		text string
		want *client.Forward
		said string
	}{
		{"", nil, ""},
		{"Voicemail", &client.Forward{Kind: "voicemail"}, "Samtal till röstbrevlådan"},
		{"08-123 45 67", &client.Forward{Kind: "number", To: "08-123 45 67"}, "Samtal till 08-123 45 67"},
		{"+4681234567", &client.Forward{Kind: "number", To: "+4681234567"}, "Samtal till +4681234567"},
		{"201", &client.Forward{Kind: "number", To: "201"}, "Samtal till 201"},
		{"00000000-0000-0000-0000-000000000001", &client.Forward{Kind: "colleague", To: "00000000-0000-0000-0000-000000000001"}, "Samtal till en kollega"},
	} {
		got, err := s.forwardTo(t.Context(), nil, tc.text)
		if err != nil || (got == nil) != (tc.want == nil) || got != nil && *got != *tc.want || s.forwarded(got) != tc.said {
			t.Errorf("%q: got %+v, %q, %v", tc.text, got, s.forwarded(got), err)
		}
	}
}
