package pbxtest

import (
	"fmt"
	"maps"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/plan"
)

// office is a directory and what ties it to a register, kept as a round keeps it.
type office struct {
	register pbx.Register
	settings directory.Settings
	people   []directory.Person
	ties     map[string]plan.Tied // by person
}

// planAgain carries plans out and demands that nothing be left to plan: for new
// people, for people who were there already, after changes, and after an undo.
func planAgain(t *testing.T, r pbx.Register) {
	o := &office{register: r, settings: settings(), ties: map[string]plan.Tied{}}
	for i := range 40 {
		o.people = append(o.people, person(i))
	}
	there := make1(t, r, "", pbx.Fields{pbx.DisplayName: "Nr. 3", pbx.Mail: "nr3@exempel.se", pbx.Extension: "7", pbx.Note: "för hand"})
	made := o.round(t)
	if got := made.Changes[0]; got.Kind != pbx.Link || got.Subscriber != there.ID || len(made.Changes) != 40 {
		t.Errorf("%d changes, the first is %s of %q; want 40 that begin by linking %q", len(made.Changes), got.Kind, got.Subscriber, there.ID)
	}
	before := held(t, r)
	for i := range o.people {
		fields := maps.Clone(o.people[i].Fields)
		switch i % 4 {
		case 0:
			fields[directory.DisplayName] += " Öström"
		case 1:
			delete(fields, directory.MobilePhone) // clearing there clears here
		case 2:
			fields[directory.ShowInAddressList] = "false"
		}
		o.people[i].Fields = fields
	}
	changed := o.round(t)
	if len(changed.Changes) != 30 {
		t.Errorf("%d changes for 30 people", len(changed.Changes))
	}
	for _, c := range changed.Changes {
		if diff := gocmp.Diff(c.Before, only(before[c.Subscriber].Fields, c.After)); diff != "" {
			t.Errorf("%s was not as the plan says: %s", c.Name, diff)
		}
	}
	if got := held(t, r)[there.ID].Get(pbx.Note); got != "för hand" {
		t.Errorf("what nobody mapped is now %q", got)
	}
}

// round plans, applies, and demands an empty plan.
func (o *office) round(t *testing.T) plan.Plan {
	t.Helper()
	p := plan.Make(o.input(t))
	for i, result := range applyAll(t.Context(), o.register, p.Changes) {
		c := p.Changes[i]
		if result.Err != nil {
			t.Fatalf("%s of %s: %v", c.Kind, c.Name, result.Err)
		}
		tie := o.ties[c.Person]
		tie.Person, tie.Subscriber, tie.Held = c.Person, result.Subscriber, true
		tie.Written = pbx.Subscriber{Fields: tie.Written}.With(c.After).Fields
		o.ties[c.Person] = tie
	}
	again := plan.Make(o.input(t))
	again.Ledger = nil // corrections of the ledger send nothing
	if !again.Empty() {
		t.Fatalf("planned again: %d changes, %d lost, %d leavers: %+v", len(again.Changes), len(again.Lost), len(again.Leavers), again.Changes)
	}
	return p
}

// input lays the directory beside what the register says now.
func (o *office) input(t *testing.T) plan.Input {
	t.Helper()
	in := plan.Input{
		Now: time.Date(2026, 11, 21, 3, 0, 0, 0, time.UTC), Source: "entra", Settings: o.settings, Whole: true, People: o.people,
		InUse: map[string]bool{}, NewKey: func(person string) string { return "new-" + person },
	}
	entries := held(t, o.register)
	for _, s := range entries {
		in.InUse[s.Get(pbx.Extension)] = true
	}
	for _, tie := range o.ties {
		tie.Subscriber, tie.Held = entries[tie.Subscriber.ID], true
		in.Tied = append(in.Tied, tie)
		delete(entries, tie.Subscriber.ID)
	}
	for _, s := range entries {
		in.Unlinked = append(in.Unlinked, s)
	}
	return in
}

// settings create everybody, with the next free extension and each field that
// can be mapped.
func settings() directory.Settings {
	s := directory.DefaultSettings()
	s.New, s.SureLinks = directory.Create, true
	s.Extension = directory.ExtensionRule{From: directory.NextFree, Start: 100}
	s.ContactURL = "https://exempel.se/?vem={mail}&nummer={number}"
	s.Mapping = append(s.Mapping,
		directory.Rule{From: directory.MobilePhone, To: string(pbx.Mobile), When: directory.Always},
		directory.Rule{From: directory.BusinessPhones, To: string(pbx.Business), When: directory.WhenEmpty},
		directory.Rule{From: directory.Department, To: string(pbx.Department), When: directory.Always},
		directory.Rule{From: directory.JobTitle, To: string(pbx.Title), When: directory.Never},
		directory.Rule{From: directory.ProxyAddresses, To: string(pbx.Mails), When: directory.Always})
	return s
}

func person(i int) directory.Person {
	return directory.Person{ID: fmt.Sprintf("person-%02d", i), Fields: map[directory.Field]string{
		directory.DisplayName:       fmt.Sprintf("Nr. %d Åkesson", i),
		directory.GivenName:         "  Åsa\u00a0",
		directory.Surname:           "O'Åkesson",
		directory.Mail:              fmt.Sprintf("nr%d@exempel.se", i),
		directory.UserPrincipalName: fmt.Sprintf("nr%d@exempel.se", i),
		directory.ProxyAddresses:    fmt.Sprintf("SMTP:nr%d@exempel.se\nsmtp:n%d@exempel.se", i, i),
		directory.MobilePhone:       fmt.Sprintf("070-123 45 %02d", i),
		directory.BusinessPhones:    fmt.Sprintf("08-123 45 %02d ankn %d", i, i),
		directory.Department:        "Sälj & inköp \u2013 norr",
		directory.JobTitle:          "Chef",
		directory.AccountEnabled:    "true",
		directory.UserType:          "Member",
		directory.Licensed:          "true",
	}}
}

// only keeps the values of the fields that are named, "" for what is absent.
func only(fields, names pbx.Fields) pbx.Fields {
	kept := pbx.Fields{}
	for f := range names {
		kept[f] = fields[f]
	}
	return kept
}
