package desk

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/phone"
)

func TestReplicatorSettings(t *testing.T) {
	group := "11111111-2222-3333-4444-555555555555"
	for _, tc := range []struct {
		name   string
		change func(*directory.Settings)
		field  string // of the fault; "" for none
	}{
		{"the defaults", func(*directory.Settings) {}, ""},
		{"nobody", func(s *directory.Settings) { s.Scope = directory.Scope{} }, "settings.scope.groups"},
		{"a group", func(s *directory.Settings) { s.Scope = directory.Scope{Groups: []string{group}} }, ""},
		{"a group by name", func(s *directory.Settings) { s.Scope.Groups = []string{"Sälj"} }, "settings.scope.groups"},
		{"in and out", func(s *directory.Settings) { s.Scope.Groups, s.Scope.Exclude = []string{group}, []string{group} }, "settings.scope.exclude"},
		{"a condition", func(s *directory.Settings) {
			s.Scope.Conditions = []directory.Condition{{Field: directory.City, Operator: directory.Is, Value: "Åre"}}
		}, ""},
		{"a condition on nothing", func(s *directory.Settings) {
			s.Scope.Conditions = []directory.Condition{{Field: "shoeSize", Operator: directory.Is, Value: "1"}}
		}, "settings.scope.conditions[0].field"},
		{"a comparison with nothing", func(s *directory.Settings) {
			s.Scope.Conditions = []directory.Condition{{Field: directory.City, Operator: directory.Contains}}
		}, "settings.scope.conditions[0].value"},
		{"empty needs no value", func(s *directory.Settings) {
			s.Scope.Conditions = []directory.Condition{{Field: directory.City, Operator: directory.Empty}}
		}, ""},
		{"a kind that is none", func(s *directory.Settings) { s.Scope.LetIn = []directory.Kind{"robot"} }, "settings.scope.letIn"},
		{"one field twice", func(s *directory.Settings) {
			s.Mapping = directory.Mapping{{From: directory.City, To: "city", When: directory.Always}, {From: directory.Country, To: "city", When: directory.Always}}
		}, "settings.mapping[1].to"},
		{"a replicator must not protect", func(s *directory.Settings) {
			s.Mapping = directory.Mapping{{From: directory.City, To: string(pbx.Protected), When: directory.Always}}
		}, "settings.mapping[0].to"},
		{"a country that is none", func(s *directory.Settings) { s.Country = "XX" }, "settings.country"},
		{"a contact page", func(s *directory.Settings) { s.ContactURL = "https://crm.example/?nr={number}&m={mail}" }, ""},
		{"a script", func(s *directory.Settings) { s.ContactURL = "javascript:alert({number})" }, "settings.contactUrl"},
		{"an unknown placeholder", func(s *directory.Settings) { s.ContactURL = "https://crm.example/{secret}" }, "settings.contactUrl"},
		{"an extension from a field", func(s *directory.Settings) {
			s.Extension = directory.ExtensionRule{From: directory.FromField, Field: directory.EmployeeID}
		}, ""},
		{"one from nowhere", func(s *directory.Settings) { s.Extension = directory.ExtensionRule{From: directory.FromField} }, "settings.extension.field"},
		{"the last nine digits", func(s *directory.Settings) {
			s.Extension = directory.ExtensionRule{From: directory.FromNumber, Field: directory.MobilePhone, Digits: 9}
		}, "settings.extension.digits"},
		{"no way with new people", func(s *directory.Settings) { s.New = "" }, "settings.new"},
		{"more than all", func(s *directory.Settings) { s.Limits.Left.Percent = 101 }, "settings.limits.left.percent"},
	} {
		s := directory.DefaultSettings()
		tc.change(&s)
		var bad faults
		bad.replicatorSettings(s)
		err := bad.err()
		if tc.field == "" && err != nil || tc.field != "" && !invalidIn(err, tc.field) {
			t.Errorf("%s: got %v, want a fault in %q", tc.name, err, tc.field)
		}
	}
}

func TestOrganizationSettings(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(*organization.Settings)
		field  string
	}{
		{"the defaults", func(*organization.Settings) {}, ""},
		{"no language", func(s *organization.Settings) { s.Language = "" }, "settings.language"},
		{"kept for ever", func(s *organization.Settings) { s.Retention.Rounds = 100_000 }, "settings.retention.rounds"},
		{"the removed outlive their rounds", func(s *organization.Settings) { s.Retention.Removed = 91 }, "settings.retention.removed"},
		{"no zone", func(s *organization.Settings) { s.Template.Schedule.Zone = "Mars/Olympus" }, "settings.template.schedule.zone"},
		{"the server's zone", func(s *organization.Settings) { s.Template.Schedule.Zone = "Local" }, "settings.template.schedule.zone"},
		{"no address", func(s *organization.Settings) { s.Notify.Emails = []string{"Åsa <asa@example.se>"} }, "settings.notify.emails"},
	} {
		s := organization.DefaultSettings()
		tc.change(&s)
		var bad faults
		bad.organizationSettings(s)
		err := bad.err()
		if tc.field == "" && err != nil || tc.field != "" && !invalidIn(err, tc.field) {
			t.Errorf("%s: got %v, want a fault in %q", tc.name, err, tc.field)
		}
	}
}

// FuzzSettings reads anything as a replicator's settings: what is accepted can be
// kept, read again the same, and judged by.
func FuzzSettings(f *testing.F) {
	good, err := json.Marshal(directory.DefaultSettings())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`{"scope":{"groups":["11111111-2222-3333-4444-555555555555"],"conditions":[{"field":"city","operator":"is","value":"Åre\u0000"}]},"new":"create"}`))
	f.Add([]byte(`{"scope":{"everybody":true},"contactUrl":"https://{number}","new":"offer","extension":{"from":"number","field":"mobilePhone","digits":4}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var s directory.Settings
		if json.Unmarshal(text, &s) != nil {
			return
		}
		var bad faults
		bad.replicatorSettings(s)
		if bad.err() != nil {
			return
		}
		kept, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(kept), `\u0000`) {
			t.Errorf("accepted a NUL: %s", kept)
		}
		var again directory.Settings
		if err := json.Unmarshal(kept, &again); err != nil {
			t.Fatal(err)
		}
		bad = nil
		bad.replicatorSettings(again)
		if err := bad.err(); err != nil {
			t.Errorf("refused after it was kept: %v", err)
		}
		if s.Country != "" && !phone.KnownCountry(s.Country) {
			t.Errorf("accepted the country %q", s.Country)
		}
		again.Scope.Judge(directory.Person{ID: "x"}, directory.Membership{})
	})
}

// FuzzConnectForm gives anything as a colleague's form: it is refused as a fault
// of the form that does not repeat the secret, or it is whole.
func FuzzConnectForm(f *testing.F) {
	f.Add("entra", "global", "a.example", "11111111-2222-3333-4444-555555555555", "abc8Q~abcdefghijklmnop", "")
	f.Add("entra", "global", "", "x", "", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----")
	f.Add("ldap", "\x00", "å", "x", "11111111-2222-3333-4444-555555555555", "x")
	v := (&Desk{Kinds: testKinds, Now: (&clock{}).Now}).As(actorOf(organization.Link)).In(home)
	f.Fuzz(func(t *testing.T, kind, cloud, tenant, client, secret, certificate string) {
		in := ConnectValues{Kind: kind, Settings: map[string]string{"cloud": cloud, "tenant": tenant, "client": client}, Secret: secret, Certificate: certificate}
		err := v.checkValues(in)
		if err == nil {
			if kind != "entra" || tenant == "" || client == "" || (secret == "") == (certificate == "") || isGUID(secret) {
				t.Errorf("accepted %+v", in)
			}
			return
		}
		var bad *Invalid
		if !errors.As(err, &bad) {
			t.Fatalf("no fault of the form: %v", err)
		}
		if len(secret) > 12 && strings.Contains(err.Error(), secret) {
			t.Errorf("the error repeats the secret: %v", err)
		}
	})
}
