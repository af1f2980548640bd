//go:build !race

package reconcile_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/m365"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/reconcile"
	"github.com/telefonist/telefonist/store"
)

func TestAMailboxIsFoundWhereverItIs(t *testing.T) {
	p := newPlant(t, 2, true, nil)
	exchange := p.server(organization.Connection{})
	anna, bo := p.people[0], p.people[1]
	p.cloud.holds(p.address(anna), calendar.AsApplication, p.time(monday, "10:00"), p.time(monday, "11:00"))
	p.cloud.says(p.address(bo), calendar.OnServer)
	exchange.holds(p.address(bo), calendar.Times, p.time(monday, "12:00"), p.time(monday, "13:00"))
	p.settles()
	p.wantsIn(anna, p.cloud, calendar.Fine)
	m := p.wantsIn(bo, exchange, calendar.Fine)
	if m.Home != p.source || m.Way.Kind != calendar.Times || !m.WaySince.Equal(p.now) || m.Sought != nil || !m.Live {
		t.Errorf("bo's mailbox is %+v", m)
	}
	if n := exchange.times(p.address(anna)); n > 0 {
		t.Errorf("the server was asked %d times for somebody who is in the cloud", n)
	}
	p.at("10:00")
	p.wantsTold(anna, "meeting until 11:00")
	p.at("12:30")
	p.wantsTold(bo, "meeting until 13:00")
}

func TestAMailboxThatIsMovedIsFollowed(t *testing.T) {
	p := newPlant(t, 1, true, nil)
	exchange := p.server(organization.Connection{})
	anna := p.people[0]
	address := p.address(anna)
	exchange.holds(address, calendar.Impersonation, p.time(monday, "10:00"), p.time(monday, "11:00"))
	p.settles()
	p.wantsIn(anna, exchange, calendar.Fine)
	p.at("10:00")
	p.wantsTold(anna, "meeting until 11:00")

	// Under way it is nowhere: what is known of it stands.
	exchange.says(address, calendar.OnServer)
	p.cloud.says(address, calendar.NoMailbox)
	exchange.times(address)
	p.cloud.times(address)
	p.passes(10 * time.Minute)
	m := p.wantsIn(anna, exchange, calendar.OnServer)
	p.wantsTold(anna, "meeting until 11:00")
	if len(m.Agenda) != 1 || len(m.Sought) != 2 || m.Health.Sentence != "onServer" {
		t.Errorf("while it is moved the mailbox is %+v", m)
	}
	if a, b := exchange.times(address), p.cloud.times(address); a != 1 || b != 1 {
		t.Errorf("asked %d and %d times, want once each", a, b)
	}
	p.passes(30 * time.Minute)
	if a, b := exchange.times(address), p.cloud.times(address); a != 0 || b != 0 {
		t.Errorf("asked %d and %d times half an hour later, want not yet", a, b)
	}
	p.cloud.holds(address, calendar.AsApplication, p.time(monday, "14:00"), p.time(monday, "15:00"))
	p.passes(2 * time.Hour)
	m = p.wantsIn(anna, p.cloud, calendar.Fine)
	if m.Way.Kind != calendar.AsApplication || m.Way.Server != "2016" || m.Tries != 0 {
		t.Errorf("after the move the mailbox is %+v", m)
	}
	p.at("14:00")
	p.wantsTold(anna, "meeting until 15:00")
}

func TestARightThatIsTakenAwayMovesNobody(t *testing.T) {
	p := newPlant(t, 1, true, nil)
	exchange := p.server(organization.Connection{})
	anna := p.people[0]
	address := p.address(anna)
	exchange.holds(address, calendar.Reviewer, p.time(monday, "10:00"), p.time(monday, "11:00"))
	p.settles()
	p.cloud.times(address)
	exchange.says(address, calendar.Denied)
	p.passes(10 * time.Minute)
	m := p.wantsIn(anna, exchange, calendar.Denied)
	if m.Way.Kind != calendar.Reviewer || len(m.Agenda) != 1 || p.cloud.times(address) > 0 {
		t.Errorf("the mailbox is %+v", m)
	}
}

// One that was lost is found though the connection that it was last seen in can't be
// asked, or has nothing but trouble.
func TestAMailboxIsSoughtPastTrouble(t *testing.T) {
	for _, trouble := range []calendar.State{calendar.Failed, calendar.Throttled, calendar.Denied, calendar.NoSource} {
		p := newPlant(t, 1, true, nil)
		exchange := p.server(organization.Connection{})
		anna := p.people[0]
		address := p.address(anna)
		exchange.says(address, trouble) // asked second
		p.settles()
		if m := p.box(anna); m.Source != exchange.source || m.Health.State != trouble {
			t.Errorf("%s: %s", trouble, m.Health.State)
		}
		p.cloud.holds(address, calendar.AsApplication, p.time(monday, "10:00"), p.time(monday, "11:00"))
		p.passes(25 * time.Hour)
		p.wantsIn(anna, p.cloud, calendar.Fine)
	}
}

func TestAConnectionThatIsOffIsNotAsked(t *testing.T) {
	p := newPlant(t, 1, true, nil)
	exchange := p.server(organization.Connection{Off: true})
	anna := p.people[0]
	p.settles()
	p.wantsIn(anna, p.cloud, calendar.NoMailbox)
	if exchange.times(p.address(anna)) > 0 {
		t.Error("it was asked")
	}
	exchange.holds(p.address(anna), calendar.Times, p.time(monday, "10:00"), p.time(monday, "11:00"))
	c, err := p.org.Connection(p.ctx, exchange.source)
	p.must(err)
	c.Off = false
	p.must(p.org.PutConnection(p.ctx, c.Connection, c.Generation))
	p.passes(2 * time.Hour)
	p.wantsIn(anna, exchange, calendar.Fine)
	p.must(p.org.DeleteConnection(p.ctx, exchange.source))
	p.cloud.holds(p.address(anna), calendar.AsApplication, p.time(monday, "10:30"), p.time(monday, "11:00"))
	p.settles()
	p.wantsIn(anna, p.cloud, calendar.Fine)
}

func TestPeopleOfTheRegisterAlone(t *testing.T) {
	p := newPlant(t, 0, false, func(c *organization.Calendar) {
		c.Groups = []organization.Group{{Source: organization.Local, ID: "Lager", Name: "Lager", Rules: []activity.Rule{
			{ID: "lager", If: activity.Condition{ShowAs: calendar.Busy}, Then: activity.Out}}}}
	})
	exchange := p.server(organization.Connection{Live: organization.Live{Groups: []string{"Lager"}}})
	anna, annas := p.byHand("anna", "Lager")
	bo, bos := p.byHand("bo", "Kontor")
	_, err := p.org.AddSubscriber(p.ctx, pbx.Subscriber{Fields: pbx.Fields{pbx.DisplayName: "Fax"}}) // no address: nobody
	p.must(err)
	for _, address := range []string{annas, bos} {
		exchange.holds(address, calendar.Times, p.time(monday, "10:00"), p.time(monday, "11:00"))
	}
	p.settles()
	if m := p.wantsIn(anna, exchange, calendar.Fine); m.Home != organization.Local || m.Name != "anna" || !m.Live {
		t.Errorf("anna's mailbox is %+v", m)
	}
	if p.wantsIn(bo, exchange, calendar.Fine).Live {
		t.Error("bo is live, whose department is not")
	}
	p.at("10:00")
	p.wantsTold(anna, "out until 11:00")
	p.wantsTold(bo, "meeting until 11:00")
	all, _, err := p.org.Mailboxes(p.ctx, store.MailboxFilter{}, "", 10)
	p.must(err)
	if len(all) != 2 {
		t.Errorf("%d mailboxes", len(all))
	}

	row, err := p.org.Subscriber(p.ctx, bo)
	p.must(err)
	row.Fields[pbx.Department] = "Lager"
	p.must(p.org.UpdateSubscriber(p.ctx, row))
	p.settles()
	p.wantsTold(bo, "out until 11:00")
	p.must(p.org.DeleteSubscriber(p.ctx, bo))
	p.settles()
	if _, err := p.org.Mailbox(p.ctx, bo); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the mailbox of an entry that is gone: %v", err)
	}
}

// An entry that is linked takes with it what somebody set for himself, and what is
// known of his day; and gets it back.
func TestWhatIsKeptOfAnEntryFollowsItsPerson(t *testing.T) {
	p := newPlant(t, 1, true, nil)
	exchange := p.server(organization.Connection{Live: organization.Live{All: true}})
	entry, address := p.byHand("cia", "Lager")
	exchange.holds(address, calendar.Times, p.time(monday, "10:00"), p.time(monday, "17:00"))
	p.settles()
	p.at("10:00")
	p.wantsTold(entry, "meeting until 17:00")
	choose := func(person string, key activity.Key) {
		t.Helper()
		p.must(p.reconciler.Choose(p.ctx, p.org.ID(), person, func(_ reconcile.Known, _ activity.Span, c *store.ChoiceState) bool {
			c.Choice = activity.Choice{Activity: key, From: p.now, At: p.now}
			return true
		}))
	}
	choose(entry, activity.Lunch)
	p.must(p.org.SavePreference(p.ctx, entry, organization.Person{Language: "en"}, 0))
	token, err := p.org.AddPersonToken(p.ctx, store.PersonToken{Person: entry, Name: "knapp"}, "hash")
	p.must(err)
	p.settles()
	p.wantsTold(entry, "lunch")

	cia := p.hire("Cia", "Ek", nil)
	p.tenantRead()
	link := store.Link{Register: store.Builtin, Subscriber: entry, Source: p.source, Person: cia, Replicator: p.replicator, State: store.Linked}
	p.must(p.org.PutLinks(p.ctx, []store.Link{link}))
	p.cloud.holds(p.address(cia), calendar.AsApplication, p.time(monday, "10:00"), p.time(monday, "16:00"))
	p.must(p.reconciler.Enroll(p.ctx, p.org.ID()))
	if m := p.box(cia); len(m.Agenda) != 1 || m.Home != p.source || m.Source != p.source {
		t.Errorf("before it was read again her mailbox is %+v", m)
	}
	p.settles()
	p.wantsIn(cia, p.cloud, calendar.Fine)
	p.wantsTold(cia, "lunch")
	preference, err := p.org.Preference(p.ctx, cia)
	p.must(err)
	tokens, err := p.org.PersonTokens(p.ctx, cia)
	p.must(err)
	if preference.Language != "en" || len(tokens) != 1 || tokens[0].ID != token.ID {
		t.Errorf("carried: %+v, %+v", preference, tokens)
	}
	if left, err := p.org.Tellings(p.ctx, entry); err != nil || len(left) > 0 {
		t.Errorf("the entry is still told of by itself: %v, %v", left, err)
	}

	choose(cia, activity.Gone)
	p.must(p.org.DeleteLink(p.ctx, store.Builtin, entry))
	p.settles()
	p.wantsTold(entry, "gone")
	preference, err = p.org.Preference(p.ctx, entry)
	p.must(err)
	tokens, err = p.org.PersonTokens(p.ctx, entry)
	p.must(err)
	if preference.Language != "en" || len(tokens) != 1 {
		t.Errorf("given back: %+v, %+v", preference, tokens)
	}
	p.wantsIn(entry, exchange, calendar.Fine)
}

// The way from an Exchange server to Microsoft 365: a replicator links the entries to
// people by their address, the directory's own connection takes over whom the server's
// had in service, and the server's is taken away. Rules, choices and what stands in
// the switchboard stay from the first step to the last.
func TestTheWayFromAServerToMicrosoft365(t *testing.T) {
	for what, live := range map[string]func(entry string) organization.Live{
		"all":          func(string) organization.Live { return organization.Live{All: true} },
		"a department": func(string) organization.Live { return organization.Live{Groups: []string{"Lager"}} },
		"a person":     func(entry string) organization.Live { return organization.Live{People: []string{entry}} },
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			p := newPlant(t, 0, false, func(c *organization.Calendar) {
				c.Groups = []organization.Group{{Source: organization.Local, ID: "Lager", Name: "Lager", Rules: []activity.Rule{
					{ID: "lager", If: activity.Condition{ShowAs: calendar.Busy}, Then: activity.Out}}}}
			})
			p.attached()
			cia, address := p.byHand("Cia Ek", "Lager")
			dag, dags := p.byHand("Dag Ek", "Lager")
			served := live(cia)
			exchange := p.server(organization.Connection{})
			c, err := p.org.Connection(p.ctx, exchange.source)
			p.must(err)
			c.Live = served
			p.must(p.org.PutConnection(p.ctx, c.Connection, c.Generation))
			for _, a := range []string{address, dags} {
				exchange.holds(a, calendar.Times, p.time(monday, "10:00"), p.time(monday, "17:00"))
			}
			p.settles()
			p.at("10:00")
			p.must(p.reconciler.Choose(p.ctx, p.org.ID(), dag, func(_ reconcile.Known, _ activity.Span, c *store.ChoiceState) bool {
				c.Choice = activity.Choice{Activity: activity.Lunch, From: p.now, At: p.now}
				return true
			}))
			p.settles()
			stands := func(step, cia, dag string) {
				t.Helper()
				p.wantsTold(cia, "out until 17:00")
				p.wantsTold(dag, "lunch")
				want := activity.Lunch
				if len(served.People) > 0 {
					want = "" // he is in test mode all the way
				}
				if key, _ := p.board.of("Cia Ek"); key != activity.Out {
					t.Errorf("%s: the switchboard says %q of her", step, key)
				}
				if key, _ := p.board.of("Dag Ek"); key != want {
					t.Errorf("%s: the switchboard says %q of him, want %q", step, key, want)
				}
			}
			stands("by the server", cia, dag)

			entries := map[string]string{}
			person := func(given, mail string) string {
				return p.hire(given, "Ek", func(m *m365.Person) { m.Mail, m.UserPrincipalName, m.Department = mail, mail, "Lager" })
			}
			her, him := person("Cia", address), person("Dag", dags)
			p.run(store.ByHand, true)
			for _, id := range []string{her, him} { // both are known by their address
				found := p.standing(id).Suggestions
				if len(found) != 1 || !found[0].Sure {
					t.Fatalf("suggested: %+v", found)
				}
				p.decide(reconcile.Decision{Do: reconcile.DoLink, Person: id, Subscriber: found[0].Subscriber})
			}
			for id, l := range p.links() {
				entries[id] = l.Subscriber
			}
			if entries[her] != cia || entries[him] != dag || len(entries) != 2 {
				t.Fatalf("linked: %v", entries)
			}
			p.settles()
			stands("linked", her, him)

			cloud := p.connect(p.source, organization.Connection{Live: served})
			for _, a := range []string{address, dags} {
				cloud.holds(a, calendar.AsApplication, p.time(monday, "10:00"), p.time(monday, "17:00"))
			}
			p.passes(25 * time.Minute)
			stands("with both", her, him)
			p.must(p.org.DeleteConnection(p.ctx, exchange.source))
			p.settles()
			p.must(p.reconciler.ReadAgain(p.ctx, p.org.ID(), nil, reconcile.CauseByHand))
			p.settles()
			p.wantsIn(her, cloud, calendar.Fine)
			stands("by Microsoft 365", her, him)
		})
	}
}

// tenantRead reads the directory without anything else.
func (p *plant) tenantRead() {
	p.Helper()
	p.reset(func(r *organization.Replicator) { r.Settings.New = "offer" })
	p.run(store.ByHand, true)
}

func TestAServerAloneReadsTheDirectorysPeople(t *testing.T) {
	p := newPlant(t, 1, false, nil)
	exchange := p.server(organization.Connection{Live: organization.Live{People: []string{p.people[0]}}})
	exchange.holds(p.address(p.people[0]), calendar.FullAccess, p.time(monday, "10:00"), p.time(monday, "11:00"))
	p.settles()
	if m := p.wantsIn(p.people[0], exchange, calendar.Fine); m.Home != p.source || !m.Live {
		t.Errorf("%+v", m)
	}
}

// A reading that found nothing changed says nothing of days that it did not read
// before, nor of what is wanted since.
func TestWhatHasNotChangedIsNotReadWhole(t *testing.T) {
	p := newPlant(t, 1, false, nil)
	exchange := p.server(organization.Connection{})
	anna := p.people[0]
	address := p.address(anna)
	exchange.holds(address, calendar.Impersonation, p.time(monday, "10:00"), p.time(monday, "11:00"))
	r := exchange.boxes[address]
	r.Way.Mark = "state 1"
	exchange.in(address, r)
	p.settles()
	covered := p.box(anna).CoversTo
	r.Same = true
	exchange.in(address, r)
	exchange.times(address)
	p.passes(time.Hour)
	if m := p.box(anna); !m.ReadAt.Equal(p.now) || len(m.Agenda) != 1 || !m.CoversTo.Equal(covered) || exchange.times(address) != 1 {
		t.Errorf("after a reading that was the same: %+v", m)
	}
	p.settings(func(c *organization.Calendar) {
		c.Rules = []activity.Rule{{ID: "x", If: activity.Condition{Word: "vab"}, Then: activity.Sick}}
	})
	p.passes(time.Minute)
	if n := exchange.times(address); n != 2 {
		t.Errorf("where more is wanted it was asked %d times, want once and once whole", n)
	}
	p.passes(24 * time.Hour)
	if m := p.box(anna); !m.CoversTo.After(covered) || exchange.times(address) != 2 {
		t.Errorf("a day later: covers to %v, before %v", m.CoversTo, covered)
	}
}

func TestAvailabilityIsAskedForByTheHundred(t *testing.T) {
	p := newPlant(t, 0, false, nil)
	exchange := p.server(organization.Connection{})
	for i := range 250 {
		_, address := p.byHand(fmt.Sprintf("p%03d", i), "")
		exchange.holds(address, calendar.Times, p.time(monday, "10:00"), p.time(monday, "11:00"))
	}
	p.settles()
	all, _, err := p.org.Mailboxes(p.ctx, store.MailboxFilter{}, "", 300)
	p.must(err)
	for i, m := range all[:30] { // some are read by themselves now and then
		p.comes(p.now.Add(time.Duration(i) * time.Second))
		p.must(p.org.WakeMailboxes(p.ctx, []string{m.Person}, p.now, reconcile.CauseByHand))
		p.settles()
	}
	for range 5 {
		p.comes(p.now.Add(10 * time.Second))
		p.settles()
	}
	exchange.sizes = nil
	until := p.now.Add(3 * 5 * time.Minute)
	for p.now.Before(until) {
		p.comes(p.now.Add(10 * time.Second))
		p.must(p.reconciler.Pass(p.ctx, p.org.ID(), exchange.source))
	}
	if n := len(exchange.sizes); n > 3*3+1 {
		t.Errorf("three sweeps of 250 mailboxes took %d requests: %v", n, exchange.sizes)
	}
}
