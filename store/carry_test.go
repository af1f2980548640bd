package store

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/store/internal/db"
)

// furnishCarried says that what a has was an entry's.
func furnishCarried(f full) full {
	f.ok(f.Org.write(f.Context(), "carry", Choices, func(w *writing) error {
		return w.PutCarried(f.Context(), db.PutCarriedParams{Organization: f.id, Subscriber: f.subscriber, Person: "a"})
	}))
	return f
}

// localCalls asks for another's register and homes, and carries.
func localCalls(ctx context.Context, o Org) map[string]func() result {
	return map[string]func() result{
		"Homes":      func() result { return answer(o.Homes(ctx)) },
		"Registered": func() result { return answer(o.Registered(ctx)) },
		"Carry":      func() result { return answer(o.Carry(ctx)) },
		"Carried":    func() result { return answer(o.Carried(ctx)) },
	}
}

// entry is somebody local, with a choice, a preference, a token and a mailbox that
// was read.
func (o office) entry(name string) (id string) {
	o.Helper()
	ctx := o.Context()
	id = must(o.AddSubscriber(ctx, pbx.Subscriber{Fields: pbx.Fields{pbx.DisplayName: name, pbx.Mail: name + "@example.se", pbx.Department: "Lager"}}))(o).ID
	o.ok(o.Enroll(ctx, organization.Local, []Enrolled{{Person: id, Address: name + "@example.se", Name: name, Live: true, Sources: []string{o.source}}}))
	o.save(o.read(id, "one", calendar.Event{Key: "e", Start: begun, End: begun.Add(time.Hour), ShowAs: calendar.Busy}))
	o.ok(o.SaveChoice(ctx, ChoiceState{Person: id, Choice: activity.Choice{Activity: activity.Lunch, At: begun}}, nil))
	o.ok(o.SavePreference(ctx, id, organization.Person{Language: "en"}, 0))
	must(o.AddPersonToken(ctx, PersonToken{Person: id, Name: "knapp"}, "hash of "+name))(o)
	return id
}

func TestSomebodyLocalIsToldOfAsTheEntryHeIs(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	id := o.entry("lisa")
	tellings := must(o.Tellings(ctx, id))(t)
	if len(tellings) != 1 || tellings[0].Switchboard != Builtin || tellings[0].Subscriber != id || !tellings[0].Live {
		t.Errorf("tellings: %+v", tellings)
	}
	people := must(o.PeopleByIDs(ctx, organization.Local, []string{id, "anna"}))(t)
	links := must(o.LinksByPersons(ctx, organization.Local, []string{id, "anna"}))(t)
	if len(people) != 1 || people[0].Name() != "lisa" || people[0].Get("mail") != "lisa@example.se" || len(links) != 1 || links[0].Subscriber != id {
		t.Errorf("%+v, %+v", people, links)
	}
	if _, err := o.Person(ctx, organization.Local, "anna"); err == nil {
		t.Error("somebody of the directory is local")
	}
	for _, e := range must(o.Registered(ctx))(t) {
		if local := e.Source == organization.Local; local != (e.ID == id) {
			t.Errorf("%+v", e)
		}
	}
	if homes := must(o.Homes(ctx))(t); len(homes) != 2 || !slices.Contains(homes, organization.Local) {
		t.Errorf("homes: %v", homes)
	}
	o.ok(o.PurgePeople(ctx, o.source, begun.AddDate(1, 0, 0))) // who stands in the register stands somewhere
	if c := must(o.Choice(ctx, id))(t); c.Choice.Activity != activity.Lunch {
		t.Error("a local person's choice was forgotten as a stranger's")
	}
}

func TestWhatIsCarriedComesBack(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	id := o.entry("lisa")
	o.ok(o.SavePreference(ctx, "bo", organization.Person{Delegates: []string{"anna", id}}, 0))
	o.ok(o.PutLinks(ctx, []Link{{Register: Builtin, Subscriber: id, Source: o.source, Person: "lisa", State: Linked}}))
	for range 2 { // the second time there is nothing to do
		o.ok(o.Carry(ctx))
	}
	m := must(o.Mailbox(ctx, "lisa"))(t)
	if m.Home != o.source || len(m.Agenda) != 1 || !must(o.Day(ctx, "lisa"))(t).Stale {
		t.Errorf("her mailbox: %+v", m)
	}
	if c := must(o.Choice(ctx, "lisa"))(t); c.Choice.Activity != activity.Lunch {
		t.Errorf("her choice: %+v", c)
	}
	if p := must(o.Preference(ctx, "bo"))(t); !slices.Equal(p.Delegates, []string{"anna", "lisa"}) {
		t.Errorf("whom bo trusts: %v", p.Delegates)
	}
	if was := must(o.Carried(ctx))(t); len(was) != 1 || was["lisa"] != id {
		t.Errorf("carried: %v", was)
	}
	o.ok(o.SavePreference(ctx, "lisa", organization.Person{Language: "sv"}, must(o.Preference(ctx, "lisa"))(t).Generation))
	must(o.AddPersonToken(ctx, PersonToken{Person: "lisa", Name: "egen"}, "hash of her own"))(t)
	o.ok(o.DeleteLink(ctx, Builtin, id))
	o.ok(o.Carry(ctx))
	back := must(o.Mailbox(ctx, id))(t)
	if back.Home != organization.Local || len(back.Agenda) != 1 || must(o.Choice(ctx, id))(t).Choice.Activity != activity.Lunch ||
		must(o.Preference(ctx, id))(t).Language != "sv" {
		t.Errorf("given back: %+v", back)
	}
	mine, hers := must(o.PersonTokens(ctx, id))(t), must(o.PersonTokens(ctx, "lisa"))(t)
	if len(mine) != 1 || mine[0].Name != "knapp" || len(hers) != 1 || hers[0].Name != "egen" {
		t.Errorf("tokens: %+v and %+v", mine, hers)
	}
	if p := must(o.Preference(ctx, "bo"))(t); !slices.Equal(p.Delegates, []string{"anna", id}) {
		t.Errorf("whom bo trusts: %v", p.Delegates)
	}
}

func TestNothingIsCarriedOverWhatAPersonHas(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	id := o.entry("lisa")
	o.ok(o.SaveChoice(ctx, ChoiceState{Person: "anna", Choice: activity.Choice{Activity: activity.Gone, At: begun}}, nil))
	o.ok(o.PutLinks(ctx, []Link{{Register: Builtin, Subscriber: id, Source: o.source, Person: "anna", State: Linked}}))
	o.ok(o.Carry(ctx))
	if c := must(o.Choice(ctx, "anna"))(t); c.Choice.Activity != activity.Gone {
		t.Errorf("her choice: %+v", c)
	}
	if c := must(o.Choice(ctx, id))(t); c.Choice.Activity != activity.Lunch {
		t.Errorf("the entry's: %+v", c)
	}
	o.ok(o.DeleteLink(ctx, Builtin, id))
	o.ok(o.Carry(ctx))
	if must(o.Choice(ctx, "anna"))(t).Choice.Activity != activity.Gone || must(o.Choice(ctx, id))(t).Choice.Activity != activity.Lunch {
		t.Error("what each had has changed")
	}
	if p := must(o.Preference(ctx, id))(t); p.Language != "en" {
		t.Errorf("the entry's preference: %+v", p)
	}
}

func TestAConnectionThatGoesLeavesOthersPeopleToOthers(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	server := must(o.AddSource(ctx, organization.Source{Name: "Exchange", Kind: organization.Exchange}))(t).ID
	o.ok(o.PutConnection(ctx, organization.Connection{Source: server}, 0))
	id := o.entry("lisa")
	rows := []ReadingRow{o.read("anna", "a", calendar.Event{Key: "e", Start: begun, End: begun.Add(time.Hour)}), o.read(id, "")}
	for i := range rows {
		rows[i].Source, rows[i].Way = server, calendar.Way{Kind: calendar.Reviewer, Server: "2016"}
	}
	o.save(rows...)
	o.ok(o.DeleteConnection(ctx, server))
	for _, person := range []string{"anna", id} {
		if m := must(o.Mailbox(ctx, person))(t); m.Source != o.source || len(m.Agenda) != 1 || m.Way != (calendar.Way{}) || m.DueAt.After(o.clock.at) {
			t.Errorf("%s: %+v", person, m)
		}
	}
	o.ok(o.DeleteConnection(ctx, o.source))
	if all, _, err := o.Mailboxes(ctx, MailboxFilter{}, "", 9); err != nil || len(all) > 0 {
		t.Errorf("left: %v, %v", all, err)
	}
}

// A customer whose calendars are read for the first time holds up nobody.
func TestEachConnectionsMailboxesAreDueByThemselves(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	server := must(o.AddSource(ctx, organization.Source{Name: "Exchange", Kind: organization.Exchange}))(t).ID
	o.ok(o.PutConnection(ctx, organization.Connection{Source: server}, 0))
	row := o.read("bo", "b")
	row.Source, row.Way.Kind, row.DueAt = server, calendar.Times, begun.Add(time.Minute)
	o.save(row)
	o.ok(o.WakeMailboxes(ctx, []string{"anna"}, begun, "sweep"))
	due := must(o.DueMailboxes(ctx, begun.Add(time.Hour), 1))(t)
	if len(due) != 2 || due[0].Person != "anna" || due[1].Person != "bo" || due[1].Source != server || due[1].Way != calendar.Times {
		t.Errorf("due: %+v", due)
	}
	o.ok(o.HeardMailboxes(ctx, []string{"bo"}, begun))
	if due := must(o.DueMailboxes(ctx, begun.Add(time.Hour), 1))(t); len(due) != 2 {
		t.Errorf("twice: %+v", due)
	}
}
