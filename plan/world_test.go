package plan

import (
	"fmt"
	"maps"
	"slices"

	"pgregory.net/rapid"

	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/pbx"
)

// world is a directory, a register and what ties them, kept in memory as a round
// keeps them in the store.
type world struct {
	settings  directory.Settings
	people    []directory.Person
	gone      map[string]directory.GoneReason
	members   directory.Membership
	elsewhere map[string]string
	ignored   map[string]bool
	register  map[string]pbx.Subscriber
	ties      map[string]Tied // by entry
	made      int
}

var (
	words   = []string{"", "Anna", "Bo", "Öberg", "O'Ek", "anna@x.se", "bo@x.se", "eva@x.se", "070-123 45 67", "08-123 45 67", "101", "102", "?!"}
	targets = append([]pbx.Field{pbx.Mobile, pbx.Business, pbx.Fax, pbx.Mail, pbx.DisplayName, pbx.Title, pbx.UserName, pbx.EmployeeID}, pbx.FirstName, pbx.LastName)
	sources = []directory.Field{directory.GivenName, directory.Surname, directory.DisplayName, directory.Mail, directory.MobilePhone,
		directory.BusinessPhones, directory.JobTitle, directory.Manager, directory.EmployeeID, "extensionAttribute1"}
	whens = []directory.When{directory.Always, directory.Always, directory.WhenEmpty, directory.Never}
)

func word(t *rapid.T) string { return rapid.SampledFrom(words).Draw(t, "word") }

func drawSettings(t *rapid.T) directory.Settings {
	s := directory.Settings{Country: "SE", Limits: directory.DefaultSettings().Limits}
	s.Scope.Everybody = rapid.Bool().Draw(t, "everybody")
	s.Scope.Groups = []string{"g"}
	if rapid.Bool().Draw(t, "excludes") {
		s.Scope.Exclude = []string{"x"}
	}
	if rapid.Bool().Draw(t, "lets in") {
		s.Scope.LetIn = []directory.Kind{directory.Disabled, directory.Guest}
	}
	if rapid.Bool().Draw(t, "has a condition") {
		s.Scope.Conditions = []directory.Condition{{Field: directory.JobTitle, Operator: directory.IsNot, Value: word(t)}}
	}
	for _, to := range rapid.Permutation(targets).Draw(t, "targets")[:rapid.IntRange(0, 6).Draw(t, "rules")] {
		s.Mapping = append(s.Mapping, directory.Rule{From: rapid.SampledFrom(sources).Draw(t, "from"), To: string(to),
			When: rapid.SampledFrom(whens).Draw(t, "when")})
	}
	s.Extension = rapid.SampledFrom([]directory.ExtensionRule{{}, {From: directory.FromField, Field: "extensionAttribute1"},
		{From: directory.FromNumber, Field: directory.BusinessPhones, Digits: 3}, {From: directory.NextFree, Start: 100}}).Draw(t, "extension")
	s.Contacts = rapid.Bool().Draw(t, "contacts")
	s.New = rapid.SampledFrom([]directory.NewPeople{directory.Offer, directory.Create}).Draw(t, "new")
	s.SureLinks = rapid.Bool().Draw(t, "sure links")
	s.ContactURL = rapid.SampledFrom([]string{"", "https://x.se/?{mail}"}).Draw(t, "contact url")
	return s
}

func drawPerson(t *rapid.T, id string) directory.Person {
	p := directory.Person{ID: id, Fields: map[directory.Field]string{}}
	for _, f := range sources {
		if v := word(t); v != "" {
			p.Fields[f] = v
		}
	}
	p.Fields[directory.UserPrincipalName] = id + "@x.se"
	p.Fields[directory.AccountEnabled] = rapid.SampledFrom([]string{"true", "true", "true", "false"}).Draw(t, "enabled")
	p.Fields[directory.ShowInAddressList] = rapid.SampledFrom([]string{"true", "", "false"}).Draw(t, "shown")
	return p
}

func drawWorld(t *rapid.T) *world {
	w := &world{settings: drawSettings(t), gone: map[string]directory.GoneReason{}, elsewhere: map[string]string{}, ignored: map[string]bool{},
		members: directory.Membership{"g": {}, "x": {}}, register: map[string]pbx.Subscriber{}, ties: map[string]Tied{}}
	for i := range rapid.IntRange(0, 8).Draw(t, "people") {
		id := fmt.Sprintf("p%d", i)
		w.members["g"][id] = rapid.IntRange(0, 3).Draw(t, "member") > 0
		w.members["x"][id] = rapid.IntRange(0, 5).Draw(t, "excluded") == 0
		switch rapid.IntRange(0, 9).Draw(t, "fate") {
		case 0:
			w.gone[id] = rapid.SampledFrom([]directory.GoneReason{directory.SoftDeleted, directory.Purged, directory.Missing}).Draw(t, "gone")
			continue
		case 1:
			w.elsewhere[id] = "Norge"
		case 2:
			w.ignored[id] = true
		case 3:
			continue // never read
		}
		w.people = append(w.people, drawPerson(t, id))
	}
	extensions := rapid.Permutation([]string{"", "", "", "100", "101", "102", "567", "4567"}).Draw(t, "extensions")
	for i := range rapid.IntRange(0, 8).Draw(t, "entries") {
		s := pbx.Subscriber{ID: fmt.Sprintf("s%d", i), Fields: pbx.Fields{}}
		for _, f := range append([]pbx.Field{pbx.Note}, targets...) {
			if v := word(t); v != "" && (!f.IsNumber() || v[0] == '0') {
				s.Fields[f] = v
				if f.IsNumber() {
					s.Fields[f] = "+46" + v[1:3] + "1234567"
				}
			}
		}
		if extensions[i] != "" {
			s.Fields[pbx.Extension] = extensions[i]
		}
		w.register[s.ID] = s
		if rapid.Bool().Draw(t, "tied") {
			w.tie(t, s)
		}
	}
	return w
}

// tie ties an entry to somebody whom no other replicator has, with any ledger.
func (w *world) tie(t *rapid.T, s pbx.Subscriber) {
	person := fmt.Sprintf("p%d", rapid.IntRange(0, 8).Draw(t, "person"))
	if w.elsewhere[person] != "" {
		return
	}
	tie := Tied{Person: person, Subscriber: s, Written: pbx.Fields{}, Left: rapid.SampledFrom([]Left{Present, Present, Disabled, Missing}).Draw(t, "left")}
	for _, f := range slices.Sorted(maps.Keys(s.Fields)) {
		if rapid.Bool().Draw(t, "written") {
			tie.Written[f] = s.Fields[f]
		}
	}
	switch rapid.IntRange(0, 9).Draw(t, "tie") {
	case 0: // removed in the switchboard
		delete(w.register, s.ID)
	case 1: // a create was begun and made
		s.Key = "key-" + person + "-" + s.ID
		w.register[s.ID] = s
		tie.Creating, tie.Left = true, Present
	case 2: // a create was begun and not made
		delete(w.register, s.ID)
		tie.Subscriber = pbx.Subscriber{ID: "key-" + person + "-" + s.ID, Key: "key-" + person + "-" + s.ID}
		tie.Creating, tie.Left = true, Present
		w.ties[tie.Subscriber.ID] = tie
		return
	}
	w.ties[s.ID] = tie
}

// input lays the world out for a plan.
func (w *world) input() Input {
	in := Input{Source: "entra", Settings: w.settings, Whole: true, People: w.people, Gone: w.gone, Membership: w.members,
		Managers: map[string]string{}, Elsewhere: w.elsewhere, Ignored: w.ignored, InUse: map[string]bool{}, Shared: map[string]bool{},
		NewKey: func(person string) string { return fmt.Sprintf("key-%s-%d", person, w.made) }}
	seen := map[string]bool{}
	for _, id := range slices.Sorted(maps.Keys(w.register)) {
		s := w.register[id]
		if e := s.Get(pbx.Extension); e != "" {
			in.InUse[e] = true
		}
		for n := range OwnNumbers(s.Fields) {
			in.Shared[n] = seen[n]
			seen[n] = true
		}
		if _, tied := w.ties[id]; !tied {
			in.Unlinked = append(in.Unlinked, s)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(w.ties)) {
		tie := w.ties[id]
		if s, ok := w.register[id]; ok {
			tie.Subscriber, tie.Held = s, true
		}
		in.Tied = append(in.Tied, tie)
	}
	return in
}

// apply carries a plan out, each change in its order.
func (w *world) apply(t *rapid.T, p Plan) (applied []pbx.Change) {
	for _, c := range p.Changes {
		if c.Kind == pbx.Create {
			c.Subscriber = w.create(c)
		} else {
			held, ok := w.register[c.Subscriber]
			if !ok {
				t.Fatalf("%s of %q, which is not there", c.Kind, c.Subscriber)
			}
			w.register[c.Subscriber] = held.With(c.After)
		}
		tie := w.ties[c.Subscriber]
		tie.Person, tie.Subscriber, tie.Creating = c.Person, w.register[c.Subscriber], false
		tie.Written = pbx.Subscriber{Fields: tie.Written}.With(nil).Fields
		maps.Copy(tie.Written, c.After)
		w.ties[c.Subscriber] = tie
		applied = append(applied, c)
	}
	for _, l := range p.Leavers {
		tie := w.ties[l.Subscriber]
		tie.Left = l.Is
		w.ties[l.Subscriber] = tie
	}
	for _, k := range p.Ledger {
		tie := w.ties[k.Subscriber]
		tie.Written = k.Written
		w.ties[k.Subscriber] = tie
	}
	for _, l := range p.Lost {
		delete(w.ties, l.Subscriber.ID)
		if !l.Creating && !w.tied(l.Person) {
			w.ignored[l.Person] = true
		}
	}
	return applied
}

func (w *world) tied(person string) bool {
	for _, tie := range w.ties {
		if tie.Person == person {
			return true
		}
	}
	return false
}

// create finds the entry of a key, or makes one.
func (w *world) create(c pbx.Change) string {
	tie := w.ties[c.Key]
	delete(w.ties, c.Key)
	for id, s := range w.register {
		if s.Key == c.Key {
			w.register[id] = s.With(c.After)
			return id
		}
	}
	w.made++
	id := fmt.Sprintf("made-%d", w.made)
	w.register[id] = pbx.Subscriber{ID: id, Key: c.Key}.With(c.After)
	w.ties[id] = tie
	return id
}
