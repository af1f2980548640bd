//go:build peers

package exchange

import (
	"fmt"
	"testing"

	"github.com/telefonist/telefonist/m365"
)

// TestBothServers has some mailboxes in Microsoft 365 and some on an own server. Whose
// is where is set nowhere; it is found, and found again when they move.
func TestBothServers(t *testing.T) {
	t.Parallel()
	r := reading{m365.Exchange2016, ntlm, impersonation}
	s := openServers(t, m365.ExchangeOptions{}, []m365.ExchangeVersion{r.version}, r.account())
	s.grant(r)
	var people []m365.Person
	for i := range 6 {
		p := s.hire(fmt.Sprintf("Person %d", i), m365.Event{Subject: "Mässa", Start: hour(-1), End: hour(5), ShowAs: "oof"})
		if people = append(people, p); i%2 == 1 {
			must(t, s.tenant.ChangeMailbox(p.ID, func(m *m365.Mailbox) { m.State = m365.OnPremises }))
		}
	}
	c := openProgram(t, s.settings()).add("hybrid", always)
	graph := c.readGraph(s.tenant)
	server := c.readExchange(s.at(r.version, r.signin, r.account()))

	reads := func(i int, source string) func() string {
		return func() string {
			m := c.mailboxes()[people[i].DisplayName]
			if m.Health != "fine" || m.Source != source || m.Home != graph || (m.Way != nil) != (source == server) {
				return fmt.Sprintf("%+v, and it should be read by %s", m, source)
			}
			if state := c.board()[m.Name]; state.Activity != "out" {
				return fmt.Sprintf("%s is %+v", m.Name, state)
			}
			return ""
		}
	}
	for i := range people {
		until(t, "each mailbox is found where it is", reads(i, []string{graph, server}[i%2]))
	}

	// One moves to the cloud, one from it, and in their calendars something changes.
	must(t, s.tenant.ChangeMailbox(people[0].ID, func(m *m365.Mailbox) { m.State = m365.OnPremises }))
	must(t, s.tenant.ChangeMailbox(people[1].ID, func(m *m365.Mailbox) { m.State = m365.Live }))
	for _, i := range []int{0, 1} {
		_, err := s.tenant.AddEvent(people[i].ID, m365.Event{Subject: "SEM: Kreta", Start: hour(-2), End: hour(20), ShowAs: "oof"})
		must(t, err)
		must(t, c.ReadMailbox(c.Context(), people[i].ID)) // as a sweep does within minutes
	}
	for i, source := range []string{server, graph} {
		until(t, "what has moved is followed", func() string {
			m := c.mailboxes()[people[i].DisplayName]
			if state := c.board()[m.Name]; m.Source != source || m.Health != "fine" || state.Activity != "holiday" {
				return fmt.Sprintf("%+v, %+v", m, state)
			}
			return ""
		})
	}
	for i, source := range []string{2: graph, 3: server, 4: graph, 5: server} {
		if source == "" {
			continue
		}
		if why := reads(i, source)(); why != "" {
			t.Error(why)
		}
	}
	connections, err := c.Connections(t.Context())
	must(t, err)
	for _, is := range connections {
		if is.Off || is.Group != "" || is.Mailboxes["fine"] != 3 {
			t.Errorf("%+v", is)
		}
	}
}
