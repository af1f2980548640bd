//go:build peers

package exchange

import (
	"fmt"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/telefonist/telefonist/client"
	"github.com/telefonist/telefonist/m365"
)

// TestRightIsTakenAway from one person's mailbox, and given back: at its next reading
// that person's page says so, and nothing else changes. The reading that a sweep would
// come to within minutes is asked for by hand.
func TestRightIsTakenAway(t *testing.T) {
	t.Parallel()
	all := []reading{{m365.Exchange2010SP2, ntlm, reviewer}, {m365.Exchange2019, basic, impersonation}, {m365.Exchange2007SP1, basic, owner}}
	var users []string
	for _, r := range all {
		users = append(users, r.account())
	}
	s := openServers(t, m365.ExchangeOptions{All: true}, m365.ExchangeVersions(), users...)
	for _, name := range []string{"Anna Öberg", colleague, "Gun Ek"} {
		s.hire(name, m365.Event{Subject: "Projekt", Start: hour(-1), End: hour(5)},
			m365.Event{Subject: "Mässa", Start: at(1, 9, 0), End: at(1, 12, 0), ShowAs: "oof"})
	}
	group := s.tenant.AddGroup(m365.Group{DisplayName: "Telefoni", MailNickname: "telefoni", SecurityEnabled: true})
	for _, p := range s.tenant.People() {
		must(t, s.tenant.AddMember(group, p.ID))
	}
	p := openProgram(t, s.settings())
	for _, r := range all {
		x := s.exchange[r.version]
		s.grant(r)
		if r.right == impersonation {
			must(t, x.GrantImpersonation(r.account(), group))
		}
		c := &reader{p.add(r.String(), func(set *client.CalendarSettings) { office(set); set.Preset = "status" }), r}
		c.register(s.tenant.People())
		source := c.readExchange(s.at(r.version, r.signin, r.account()))
		c.read(3, wayOf[r.right])
		c.losesRight(s, source, group)
	}
}

// losesRight takes Anna's away: first all but that everybody may see when she is busy,
// then that as well.
func (c *reader) losesRight(s *servers, source, group string) {
	c.Helper()
	anna, x := "Anna Öberg", s.exchange[c.version]
	person, err := s.tenant.Person("anna--berg@" + s.tenant.Domain)
	must(c.T, err)
	set := func(right m365.ExchangeRight) {
		must(c.T, x.Grant(c.account(), right, person.ID))
		if c.right == impersonation {
			change := s.tenant.RemoveMember
			if right == "" {
				change = s.tenant.AddMember
			}
			_ = change(group, person.ID) // who is no member any more is none
		}
	}
	until(c.T, c.name+" knows hours", func() string { return lacksHours(c.days()) })
	before, boxes, board := c.days(), c.others(anna), c.board()

	set(m365.RightTimes)
	c.becomes(anna, "read by times", func(m client.Mailbox) bool {
		return m.Health == "fine" && m.Way.Kind == times && m.Way.Refused != "" && m.Way.Better != "" && m.Way.Since.After(m.Read.Add(-time.Minute))
	})
	c.stand("times alone", before, boxes, board)

	set(m365.RightNone)
	c.becomes(anna, "denied", func(m client.Mailbox) bool {
		return m.Health == "denied" && m.Sentence != "" && m.Cure != nil && m.Cure.Text != "" && m.Way.Better != ""
	})
	c.stand("nothing", before, boxes, board)

	set("")
	_, err = c.CheckCalendar(c.Context(), source, client.Proof{Inside: person.Mail}) // tries at once what is tried within the hour
	must(c.T, err)
	c.becomes(anna, "read as before", func(m client.Mailbox) bool { return m.Health == "fine" && m.Way.Kind == wayOf[c.right] })
	c.stand("it back", before, boxes, board)
}

// becomes has all mailboxes read until one is as it should be.
func (c *reader) becomes(name, what string, good func(client.Mailbox) bool) {
	c.Helper()
	until(c.T, fmt.Sprintf("%s: %s is %s", c.name, name, what), func() string {
		for _, m := range c.mailboxes() {
			must(c.T, c.ReadMailbox(c.Context(), m.Person))
		}
		m := c.mailboxes()[name]
		if m.Way != nil && good(m) {
			return ""
		}
		return fmt.Sprintf("%+v %+v %+v", m, m.Way, m.Cure)
	})
}

// days are the timelines of everybody.
func (c *customer) days() map[string][]span {
	c.Helper()
	all := map[string][]span{}
	for name := range c.people {
		all[name] = timeline(c.day(name, at(-1, 0, 0), at(6, 0, 0)))
		for i := range all[name] {
			all[name][i].Subject, all[name][i].Place = "", "" // of times nothing else is known
		}
	}
	return all
}

func lacksHours(days map[string][]span) string {
	for name, spans := range days {
		known := false
		for _, s := range spans {
			known = known || s.Layer == "hours"
		}
		if !known {
			return name + " has none"
		}
	}
	return ""
}

// others are the mailboxes of everybody else, but for when they were read.
func (c *customer) others(but string) map[string]client.Mailbox {
	c.Helper()
	all := c.mailboxes()
	delete(all, but)
	for name, m := range all {
		m.Read, m.Heard, m.Due = time.Time{}, time.Time{}, time.Time{}
		all[name] = m
	}
	return all
}

// stand wants nothing else to have changed.
func (c *reader) stand(after string, before map[string][]span, boxes map[string]client.Mailbox, board map[string]client.State) {
	c.Helper()
	if diff := gocmp.Diff(before, c.days()); diff != "" {
		c.Errorf("%s: with %s the days differ:\n%s", c.name, after, diff)
	}
	if diff := gocmp.Diff(boxes, c.others("Anna Öberg")); diff != "" {
		c.Errorf("%s: with %s others' mailboxes differ:\n%s", c.name, after, diff)
	}
	now := c.board()
	for name, was := range board {
		if is := now[name]; is.Activity != was.Activity || !is.Until.Equal(was.Until) {
			c.Errorf("%s: with %s %s is %+v, and was %+v", c.name, after, name, is, was)
		}
	}
}
