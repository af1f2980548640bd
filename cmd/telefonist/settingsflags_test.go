package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/telefonist/telefonist/client"
	"github.com/telefonist/telefonist/language"
)

func testSession() *session {
	return &session{terminal: &terminal{in: strings.NewReader("")}, words: language.For(language.English)}
}

// What is not given stays as it was.
func TestFlagsLieOverSettings(t *testing.T) {
	settings := client.Settings{
		Scope:   client.Scope{Everybody: true, Conditions: []client.Condition{{Field: "city", Operator: "is", Value: "Lund"}}},
		Mapping: []client.Rule{{From: "mail", To: "mail", When: "always"}, {From: "city", To: "city", When: "always"}},
		Country: "SE", New: "offer", Contacts: true,
		Limits: client.Limits{Left: client.Limit{Count: 5, Percent: 5}},
	}
	schedule := client.Schedule{Mode: "nightly", From: 60, To: 300, Zone: "Europe/Stockholm"}
	no := false
	f := settingsFlags{
		Group:     []string{"8089A8DF-ea0c-4587-8014-84e68f7f320b"},
		Condition: []string{"department is Inköp och lager", "mail notEmpty"},
		Map:       []string{"mobilePhone=mobile", "userPrincipalName=mail:whenEmpty"}, Unmap: []string{"city"},
		Extension: "number:businessPhones:4", Contacts: &no, LimitChanged: "20/10%", Window: "23:30-04:00",
	}
	if err := f.over(t.Context(), testSession(), nil, "", &settings, &schedule); err != nil {
		t.Fatal(err)
	}
	want := client.Settings{
		Scope: client.Scope{Groups: f.Group, Conditions: []client.Condition{
			{Field: "department", Operator: "is", Value: "Inköp och lager"}, {Field: "mail", Operator: "notEmpty"}}},
		Mapping: []client.Rule{{From: "userPrincipalName", To: "mail", When: "whenEmpty"}, {From: "mobilePhone", To: "mobile", When: "always"}},
		Country: "SE", New: "offer", Extension: client.ExtensionRule{From: "number", Field: "businessPhones", Digits: 4},
		Limits: client.Limits{Left: client.Limit{Count: 5, Percent: 5}, Changed: client.Limit{Count: 20, Percent: 10}},
	}
	if diff := cmp.Diff(want, settings); diff != "" {
		t.Error(diff)
	}
	if want := (client.Schedule{Mode: "nightly", From: 23*60 + 30, To: 240, Zone: "Europe/Stockholm"}); schedule != want {
		t.Errorf("schedule: got %v, want %v", schedule, want)
	}
}

func TestFlagsThatCantBeUnderstood(t *testing.T) {
	for _, f := range []settingsFlags{
		{Extension: "nextFree"}, {Extension: "field"}, {Extension: "none:1"}, {Extension: "number:mail:x"}, {Extension: "any"},
		{LimitLeft: "5"}, {LimitLeft: "5/x%"}, {LimitChanged: "%"}, {Window: "1-5"}, {Window: "01:00"},
		{Map: []string{"mobilePhone"}}, {Map: []string{"=mobile"}}, {Map: []string{"mobilePhone="}},
	} {
		err := f.over(t.Context(), testSession(), nil, "", &client.Settings{}, &client.Schedule{})
		if err == nil || !strings.Contains(err.Error(), "can't be understood") {
			t.Errorf("%+v: got %v", f, err)
		}
		if !f.given() {
			t.Errorf("%+v counts as not given", f)
		}
	}
	if (settingsFlags{}).given() {
		t.Error("nothing counts as given")
	}
}
