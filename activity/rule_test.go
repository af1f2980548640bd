package activity

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/telefonist/telefonist/calendar"
)

func TestConditions(t *testing.T) {
	e := event("e", "10:00", "11:00", titled("LUN: med Åsa"), func(e *calendar.Event) {
		e.Words, e.Categories, e.Response, e.Own, e.Others = []string{"Åsa"}, []string{"Röd kategori"}, calendar.Accepted, calendar.No, calendar.Unknown
	})
	for name, c := range map[string]struct {
		is   Condition
		want bool
	}{
		"nothing asked":          {Condition{}, true},
		"prefix":                 {Condition{Prefix: "lun"}, true},
		"another prefix":         {Condition{Prefix: "SEM"}, false},
		"word":                   {Condition{Word: "åsa"}, true},
		"another word":           {Condition{Word: "Åsele"}, false},
		"category":               {Condition{Category: "röd kategori"}, true},
		"another category":       {Condition{Category: "Röd"}, false},
		"show-as":                {Condition{ShowAs: calendar.Busy}, true},
		"another show-as":        {Condition{ShowAs: calendar.Free}, false},
		"not all day":            {Condition{AllDay: MustNot}, true},
		"all day":                {Condition{AllDay: MustBe}, false},
		"not private":            {Condition{Private: MustNot}, true},
		"private":                {Condition{Private: MustBe}, false},
		"own":                    {Condition{Own: MustBe}, false},
		"invited":                {Condition{Own: MustNot}, true},
		"others, unknown":        {Condition{Others: MustBe}, false},
		"no others, unknown":     {Condition{Others: MustNot}, false},
		"response":               {Condition{Response: calendar.Accepted}, true},
		"another response":       {Condition{Response: calendar.NotResponded}, false},
		"in the group":           {Condition{Group: "g1"}, true},
		"in another group":       {Condition{Group: "g2"}, false},
		"all of several":         {Condition{Prefix: "LUN", Own: MustNot, Group: "g1"}, true},
		"all but one of several": {Condition{Prefix: "LUN", Own: MustBe, Group: "g1"}, false},
	} {
		in := office(e)
		in.Groups = map[string]bool{"g1": true}
		in.Rules = []Rule{{ID: "r", If: c.is, Then: Home}}
		if got := state(t, in, "10:30").Key == Home; got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestFirstRuleThatMatchesDecides(t *testing.T) {
	e := event("e", "10:00", "11:00", titled("LUN; snart"))
	for name, c := range map[string]struct {
		rules []Rule
		want  string
	}{
		"in their order":       {[]Rule{{If: Condition{ShowAs: calendar.Busy}, Then: Meeting}, {If: Condition{Prefix: "LUN"}, Then: Lunch}}, "meeting till 11:00 back 11:00"},
		"no opinion decides":   {[]Rule{{If: Condition{ShowAs: calendar.Busy}}, {If: Condition{Prefix: "LUN"}, Then: Lunch}}, "available+"},
		"off is passed over":   {[]Rule{{If: Condition{ShowAs: calendar.Busy}, Then: Meeting, Off: true}, {If: Condition{Prefix: "LUN"}, Then: Lunch}}, "lunch+ till 11:00"},
		"an activity gone":     {[]Rule{{If: Condition{ShowAs: calendar.Busy}, Then: "deleted"}}, "available+"},
		"the rule's telephone": {[]Rule{{If: Condition{ShowAs: calendar.Busy}, Then: Meeting, Phone: Open}}, "meeting+ till 11:00"},
		"closed by the rule":   {[]Rule{{If: Condition{ShowAs: calendar.Busy}, Then: Home, Phone: Closed}}, "home till 11:00 back 11:00"},
		"opened by the event":  {[]Rule{{If: Condition{Prefix: "LUN"}, Then: Lunch, Phone: Closed}}, "lunch+ till 11:00"},
	} {
		in := office(e)
		in.Rules = c.rules
		if got := says(state(t, in, "10:30")); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestWhyAndWhatItBeat(t *testing.T) {
	in := office(event("a", "09:00", "12:00"), event("m", "10:00", "11:00", others), event("l", "10:00", "10:45", titled("LUN:")))
	in.Replies, in.OnReplies = calendar.Replies{On: true, From: at("2026-11-23 00:00"), To: at("2026-11-24 10:15")}, Busy
	want := Why{Layer: ByCalendar, Event: "m", From: at(tuesday + "10:00"), To: at(tuesday + "11:00"), Rule: "status/busy-others", Beaten: []Claim{
		{Layer: ByCalendar, Activity: Lunch, Event: "l", Rule: "prefix/lunch", From: at(tuesday + "10:00"), To: at(tuesday + "10:45")},
		{Layer: ByCalendar, Activity: Busy, Event: "a", Rule: "status/busy", From: at(tuesday + "09:00"), To: at(tuesday + "12:00")},
		{Layer: ByReplies, Activity: Busy, From: at("2026-11-23 00:00"), To: at("2026-11-24 10:15")},
	}}
	if diff := cmp.Diff(want, Explain(in, at(tuesday+"10:10"))); diff != "" {
		t.Error(diff)
	}
	s, _ := Make(in).At(at(tuesday + "10:10"))
	if diff := cmp.Diff(want, s.Why); diff != "" {
		t.Error(diff)
	}
}

func TestEqualRanks(t *testing.T) {
	noted := func(s string) func(*calendar.Event) { return func(e *calendar.Event) { e.Note = s } }
	for name, c := range map[string]struct {
		events []calendar.Event
		want   string
	}{
		"the later start": {[]calendar.Event{event("a", "09:00", "11:00", noted("first")), event("b", "10:00", "12:00", noted("second"))}, "second"},
		"the shorter":     {[]calendar.Event{event("a", "10:00", "11:00", noted("short")), event("b", "10:00", "12:00", noted("long"))}, "short"},
		"always the same": {[]calendar.Event{event("b", "10:00", "11:00", noted("b")), event("a", "10:00", "11:00", noted("a"))}, "a"},
	} {
		if got := state(t, office(c.events...), "10:30").Note; got != c.want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestOrganizationReorders(t *testing.T) {
	in := office(event("l", "11:00", "13:00", titled("LUN:")), event("m", "12:00", "14:00", others))
	if got := state(t, in, "12:30").Key; got != Meeting {
		t.Errorf("usually %s", got)
	}
	lunch, _ := in.Set.Find(Lunch)
	in.Set = in.Set.With(Set{lunch})
	if got := state(t, in, "12:30").Key; got != Lunch {
		t.Errorf("reordered %s", got)
	}
}

func TestCompileAndKeep(t *testing.T) {
	person, first, second := Rule{ID: "p", If: Condition{Word: "Jour"}}, Rule{ID: "g1", If: Condition{Category: "Röd"}}, Rule{ID: "g2", If: Condition{Word: "jour"}}
	org, off := Rule{ID: "o", If: Condition{Prefix: "JOU"}}, Rule{ID: "off", If: Condition{Word: "av"}, Off: true}
	rules := Compile([]Rule{person, off}, [][]Rule{{first}, nil, {second}}, []Rule{org}, ByPrefix.Rules(Nine(), nil))
	var ids []string
	for _, r := range rules {
		ids = append(ids, r.ID)
	}
	want := []string{"p", "g1", "g2", "o", "prefix/sick", "prefix/holiday", "prefix/gone", "prefix/out", "prefix/meeting", "prefix/lunch", "prefix/busy", "prefix/home"}
	if diff := cmp.Diff(want, ids); diff != "" {
		t.Error(diff)
	}
	keep := calendar.Keep{Words: []string{"Jour"}, Categories: []string{"Röd"}, Prefixes: []string{"JOU", "SJU", "SEM", "SLU", "UTE", "MOT", "LUN", "UPP", "HEM"}}
	if diff := cmp.Diff(keep, Keep(append(rules, off))); diff != "" {
		t.Error(diff)
	}
	if NoPreset.Rules(Nine(), nil) != nil {
		t.Error("none has rules")
	}
}
