package plan

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/pbx"
)

func person(id string, pairs ...string) directory.Person {
	p := directory.Person{ID: id, Fields: map[directory.Field]string{}}
	for i := 0; i < len(pairs); i += 2 {
		p.Fields[directory.Field(pairs[i])] = pairs[i+1]
	}
	return p
}

func entry(id string, pairs ...string) pbx.Subscriber {
	s := pbx.Subscriber{ID: id, Fields: pbx.Fields{}}
	for i := 0; i < len(pairs); i += 2 {
		s.Fields[pbx.Field(pairs[i])] = pairs[i+1]
	}
	return s
}

func anna() directory.Person {
	return person("anna", "givenName", "Anna", "surname", "Öberg", "displayName", "Anna Öberg", "mail", "anna@example.se", "accountEnabled", "true", "licensed", "true")
}

// heldLikeAnna is an entry as the default mapping leaves it.
func heldLikeAnna(id string) pbx.Subscriber {
	return entry(id, "firstName", "Anna", "lastName", "Öberg", "displayName", "Anna Öberg", "mail", "anna@example.se")
}

func input(people ...directory.Person) Input {
	n := 0
	return Input{
		Now:      time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC),
		Source:   "entra",
		Settings: directory.DefaultSettings(),
		Whole:    true,
		People:   people,
		NewKey:   func(p string) string { n++; return fmt.Sprintf("key-%s-%d", p, n) },
	}
}

func kinds(p Plan) []string {
	var out []string
	for _, c := range p.Changes {
		out = append(out, string(c.Kind)+" "+c.Person+" "+c.Subscriber)
	}
	return out
}

func standing(p Plan, id string) Standing {
	for _, s := range p.Standings {
		if s.Person == id {
			return s
		}
	}
	return Standing{}
}

func TestNewPeopleAreOfferedOrCreated(t *testing.T) {
	in := input(anna())
	if p := Make(in); len(p.Changes) != 0 || standing(p, "anna").State != Offered {
		t.Errorf("offer: got %v, %v", kinds(p), standing(p, "anna"))
	}
	in.Settings.New = directory.Create
	p := Make(in)
	if diff := cmp.Diff([]string{"create anna "}, kinds(p)); diff != "" {
		t.Fatal(diff)
	}
	want := pbx.Fields{"firstName": "Anna", "lastName": "Öberg", "displayName": "Anna Öberg", "mail": "anna@example.se"}
	if diff := cmp.Diff(want, p.Changes[0].After); diff != "" {
		t.Error(diff)
	}
	if p.Changes[0].Key == "" || p.Changes[0].Reason.Code != "new" {
		t.Errorf("create carries no key or reason: %+v", p.Changes[0])
	}
}

func TestLinkedPersonIsFollowed(t *testing.T) {
	in := input(anna())
	held := heldLikeAnna("s1")
	in.Tied = []Tied{{Person: "anna", Subscriber: held, Held: true, Written: held.Fields}}
	if p := Make(in); !p.Empty() {
		t.Errorf("nothing changed, yet %+v", p)
	}
	in.People[0].Fields[directory.Surname] = "Östberg"
	p := Make(in)
	want := []pbx.Change{{Kind: pbx.Update, Person: "anna", Name: "Anna Öberg", Subscriber: "s1",
		Reason: pbx.Reason{Code: "changed"}, Before: pbx.Fields{"lastName": "Öberg"}, After: pbx.Fields{"lastName": "Östberg"}}}
	if diff := cmp.Diff(want, p.Changes); diff != "" {
		t.Error(diff)
	}
}

func TestWantedEqualsHeldOnlyCorrectsTheLedger(t *testing.T) {
	in := input(anna())
	in.Tied = []Tied{{Person: "anna", Subscriber: heldLikeAnna("s1"), Held: true, Written: pbx.Fields{"lastName": "Olsson"}}}
	p := Make(in)
	if len(p.Changes) != 0 || len(p.Ledger) != 1 || p.Ledger[0].Written[pbx.LastName] != "Öberg" {
		t.Errorf("want a corrected ledger and nothing sent, got %+v", p)
	}
}

func TestPolicies(t *testing.T) {
	for _, c := range []struct {
		when       directory.When
		entra, has string
		want       string
		written    bool
	}{
		{directory.Always, "Chef", "Säljare", "Chef", true},
		{directory.Always, "", "Säljare", "", true}, // clearing there clears here
		{directory.Always, "Chef", "Chef", "", false},
		{directory.WhenEmpty, "Chef", "Säljare", "", false},
		{directory.WhenEmpty, "Chef", "", "Chef", true},
		{directory.WhenEmpty, "", "Säljare", "", false},
		{directory.Never, "Chef", "", "", false},
		{directory.Never, "", "Säljare", "", false},
	} {
		in := input(anna())
		in.People[0].Fields[directory.JobTitle] = c.entra
		in.Settings.Mapping = directory.Mapping{{From: directory.JobTitle, To: "title", When: c.when}}
		in.Tied = []Tied{{Person: "anna", Subscriber: entry("s1", "title", c.has), Held: true}}
		p := Make(in)
		got, written := "", false
		if len(p.Changes) == 1 {
			got, written = p.Changes[0].After[pbx.Title], true
		}
		if got != c.want || written != c.written {
			t.Errorf("%s %q over %q: wrote %v %q, want %v %q", c.when, c.entra, c.has, written, got, c.written, c.want)
		}
	}
}

func TestUnreadableNumberNeverOverwritesAGoodOne(t *testing.T) {
	in := input(anna())
	in.People[0].Fields[directory.MobilePhone] = "fråga Kalle"
	in.Settings.Mapping = directory.Mapping{{From: directory.MobilePhone, To: "mobile", When: directory.Always}}
	in.Tied = []Tied{{Person: "anna", Subscriber: entry("s1", "mobile", "+46701234567"), Held: true, Written: pbx.Fields{"mobile": "+46701234567"}}}
	p := Make(in)
	if len(p.Changes) != 0 {
		t.Errorf("wrote %v", kinds(p))
	}
	problems := standing(p, "anna").Problems
	if len(problems) != 1 || problems[0].Args["raw"] != "fråga Kalle" || problems[0].Args["number"] != "+46701234567" {
		t.Errorf("problems = %+v, want the number as typed and the one that is kept", problems)
	}
}

func TestLeaversWaitAndStayAsTheyAre(t *testing.T) {
	held := heldLikeAnna("s1")
	changed := func(pairs ...string) directory.Person {
		p := anna()
		p.Fields[directory.Surname] = "Ny"
		for i := 0; i < len(pairs); i += 2 {
			p.Fields[directory.Field(pairs[i])] = pairs[i+1]
		}
		return p
	}
	for name, c := range map[string]struct {
		people []directory.Person
		gone   map[string]directory.GoneReason
		groups []string
		whole  bool
		want   Left
	}{
		"disabled":     {people: []directory.Person{changed("accountEnabled", "false")}, whole: true, want: Disabled},
		"soft-deleted": {gone: map[string]directory.GoneReason{"anna": directory.SoftDeleted}, want: SoftDeleted},
		"purged":       {gone: map[string]directory.GoneReason{"anna": directory.Purged}, want: Purged},
		"out of scope": {people: []directory.Person{changed()}, groups: []string{"g"}, whole: true, want: OutOfScope},
		"missing":      {whole: true, want: Missing},
		"not read":     {whole: false, want: Present},
	} {
		t.Run(name, func(t *testing.T) {
			in := input(c.people...)
			in.Whole, in.Gone = c.whole, c.gone
			if c.groups != nil {
				in.Settings.Scope = directory.Scope{Groups: c.groups}
			}
			in.Tied = []Tied{{Person: "anna", Subscriber: held, Held: true, Written: held.Fields}}
			p := Make(in)
			if len(p.Changes) != 0 {
				t.Errorf("a leaver was written to: %v", kinds(p))
			}
			got := Present
			if len(p.Leavers) == 1 {
				got = p.Leavers[0].Is
			}
			if got != c.want {
				t.Errorf("left = %q, want %q", got, c.want)
			}
		})
	}
}

func TestSameObjectComingBackAttachesByItself(t *testing.T) {
	in := input(anna())
	held := heldLikeAnna("s1")
	in.Tied = []Tied{{Person: "anna", Subscriber: held, Held: true, Written: held.Fields, Left: SoftDeleted}}
	p := Make(in)
	if len(p.Leavers) != 1 || p.Leavers[0].Is != Present || standing(p, "anna").State != Linked {
		t.Errorf("got %+v, %v", p.Leavers, standing(p, "anna"))
	}
}

func TestNewObjectWithAnOldAddressIsOnlyASuggestion(t *testing.T) {
	in := input(anna())
	in.Settings.SureLinks, in.Settings.New = true, directory.Create
	in.Leaving = []pbx.Subscriber{heldLikeAnna("s1")}
	p := Make(in)
	s := standing(p, "anna")
	if len(p.Changes) != 0 || s.State != Offered || len(s.Suggestions) != 1 || s.Suggestions[0].Sure || s.Suggestions[0].Reason.Args["other"] != "true" {
		t.Errorf("got %v, %+v", kinds(p), s)
	}
}

func TestMatching(t *testing.T) {
	mobile := directory.Rule{From: directory.MobilePhone, To: "mobile", When: directory.Always}
	for name, c := range map[string]struct {
		entries []pbx.Subscriber
		reasons []string
		sure    bool
	}{
		"mail":             {[]pbx.Subscriber{entry("a", "mail", "ANNA@example.se")}, []string{"mail"}, true},
		"two with mail":    {[]pbx.Subscriber{entry("a", "mail", "anna@example.se"), entry("b", "mail", "anna@example.se")}, []string{"mail", "mail"}, false},
		"number":           {[]pbx.Subscriber{entry("a", "business", "+46701234567")}, []string{"number"}, false},
		"name, order-free": {[]pbx.Subscriber{entry("a", "displayName", "Oberg, Anna")}, []string{"name"}, false},
		"nothing":          {[]pbx.Subscriber{entry("a", "displayName", "Bo Ek")}, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			in := input(anna())
			in.People[0].Fields[directory.MobilePhone] = "070-123 45 67"
			in.Settings.Mapping = append(in.Settings.Mapping, mobile)
			in.Unlinked = c.entries
			var reasons []string
			sure := false
			for _, s := range standing(Make(in), "anna").Suggestions {
				reasons = append(reasons, s.Reason.Code)
				sure = sure || s.Sure
			}
			if diff := cmp.Diff(c.reasons, reasons); diff != "" || sure != c.sure {
				t.Errorf("suggestions %s sure %v, want %v", diff, sure, c.sure)
			}
			in.Settings.SureLinks = true
			if linked := len(Make(in).Changes) == 1; linked != c.sure {
				t.Errorf("linked %v, want %v", linked, c.sure)
			}
		})
	}
}

func TestNumberOfTheReceptionIsNoMatchKey(t *testing.T) {
	in := input(anna(), person("bo", "displayName", "Bo Ek", "businessPhones", "08-123 45 00"))
	in.People[0].Fields[directory.BusinessPhones] = "08-123 45 00"
	in.Settings.Mapping = directory.Mapping{{From: directory.BusinessPhones, To: "business", When: directory.Always}}
	in.Unlinked = []pbx.Subscriber{entry("reception", "business", "+4681234500", "displayName", "Receptionen")}
	for _, s := range Make(in).Standings {
		if len(s.Suggestions) != 0 {
			t.Errorf("%s is offered %v by a number that several have", s.Person, s.Suggestions)
		}
	}
}

func TestExtensions(t *testing.T) {
	rule := func(r directory.ExtensionRule) Input {
		in := input(anna())
		in.People[0].Fields[directory.BusinessPhones] = "08-123 45 67"
		in.People[0].Fields["extensionAttribute1"] = "4711"
		in.Settings.New, in.Settings.Extension = directory.Create, r
		in.InUse = map[string]bool{"100": true, "101": true}
		return in
	}
	for name, c := range map[string]struct {
		rule directory.ExtensionRule
		want string
	}{
		"none":      {directory.ExtensionRule{}, ""},
		"field":     {directory.ExtensionRule{From: directory.FromField, Field: "extensionAttribute1"}, "4711"},
		"number":    {directory.ExtensionRule{From: directory.FromNumber, Field: directory.BusinessPhones, Digits: 4}, "4567"},
		"next free": {directory.ExtensionRule{From: directory.NextFree, Start: 100}, "102"},
	} {
		t.Run(name, func(t *testing.T) {
			p := Make(rule(c.rule))
			if len(p.Changes) != 1 || p.Changes[0].After[pbx.Extension] != c.want {
				t.Errorf("got %+v, want extension %q", p.Changes, c.want)
			}
		})
	}
	t.Run("taken", func(t *testing.T) {
		in := rule(directory.ExtensionRule{From: directory.FromField, Field: "extensionAttribute1"})
		in.InUse["4711"] = true
		p := Make(in)
		if problems := standing(p, "anna").Problems; len(problems) != 1 || problems[0].Code != "extensionTaken" {
			t.Errorf("problems = %v", problems)
		}
	})
	t.Run("no contacts", func(t *testing.T) {
		in := rule(directory.ExtensionRule{})
		in.Settings.Contacts = false
		p := Make(in)
		if s := standing(p, "anna"); len(p.Changes) != 0 || s.State != Outside || s.Why.Code != "noExtension" {
			t.Errorf("got %v, %+v", kinds(p), s)
		}
	})
}

func TestSeveralEntriesOfOnePersonKeepTheirExtensions(t *testing.T) {
	in := input(anna())
	in.People[0].Fields["extensionAttribute1"] = "4711"
	in.Settings.Extension = directory.ExtensionRule{From: directory.FromField, Field: "extensionAttribute1"}
	desk, dect := heldLikeAnna("desk"), heldLikeAnna("dect")
	desk.Fields[pbx.Extension], dect.Fields[pbx.Extension] = "100", "200"
	in.Tied = []Tied{{Person: "anna", Subscriber: desk, Held: true, Written: desk.Fields}, {Person: "anna", Subscriber: dect, Held: true, Written: dect.Fields}}
	if p := Make(in); len(p.Changes) != 0 {
		t.Errorf("wrote %+v", p.Changes)
	}
}

func TestElsewhereIgnoredAndOutside(t *testing.T) {
	in := input(anna(), person("bo", "displayName", "Bo"), person("gäst", "userType", "Guest"))
	in.Elsewhere = map[string]string{"anna": "Norge"}
	in.Ignored = map[string]bool{"bo": true}
	p := Make(in)
	for id, want := range map[string]State{"anna": Elsewhere, "bo": Ignored, "gäst": Outside} {
		if got := standing(p, id).State; got != want {
			t.Errorf("%s: %s, want %s", id, got, want)
		}
	}
	if got := standing(p, "gäst").Why.Code; got != "guest" {
		t.Errorf("why = %q", got)
	}
}

func TestEntryRemovedInTheSwitchboardIsNotMadeAgain(t *testing.T) {
	in := input(anna())
	in.Settings.New = directory.Create
	in.Tied = []Tied{{Person: "anna", Subscriber: pbx.Subscriber{ID: "s1"}, Held: false}}
	p := Make(in)
	if len(p.Changes) != 0 || len(p.Lost) != 1 || standing(p, "anna").State != Ignored {
		t.Errorf("got %v, lost %v, %v", kinds(p), p.Lost, standing(p, "anna"))
	}
}

func TestHold(t *testing.T) {
	limits := directory.DefaultSettings().Limits
	leavers := func(n int) Plan {
		var p Plan
		for i := range n {
			p.Leavers = append(p.Leavers, Leaver{Person: fmt.Sprint(i), Is: Disabled})
		}
		return p
	}
	renames := func(n int) Plan {
		var p Plan
		for i := range n {
			p.Changes = append(p.Changes, pbx.Change{Kind: pbx.Update, Person: fmt.Sprint(i), Before: pbx.Fields{"lastName": "A"}, After: pbx.Fields{"lastName": ""}})
		}
		return p
	}
	titles := Plan{}
	for i := range 500 {
		titles.Changes = append(titles.Changes, pbx.Change{Kind: pbx.Update, Person: fmt.Sprint(i), Before: pbx.Fields{"title": "A"}, After: pbx.Fields{"title": "B"}})
	}
	back := Plan{Leavers: []Leaver{{Person: "1", Was: Disabled, Is: Present}}}
	for _, c := range []struct {
		name   string
		plan   Plan
		linked int
		want   int
	}{
		{"5 leave of 10", leavers(5), 10, 0},
		{"6 leave of 10", leavers(6), 10, 1},
		{"10 leave of 200", leavers(10), 200, 0},
		{"11 leave of 200", leavers(11), 200, 1},
		{"10 renamed of 20", renames(10), 20, 0},
		{"11 renamed of 20", renames(11), 20, 1},
		{"titles never hold", titles, 500, 0},
		{"coming back never holds", back, 1, 0},
	} {
		if got := Hold(c.plan, limits, c.linked); len(got) != c.want {
			t.Errorf("%s: held %v, want %d reasons", c.name, got, c.want)
		}
	}
}
