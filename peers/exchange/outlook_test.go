//go:build peers

package exchange

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/telefonist/telefonist/m365"
)

// TestMeetingIsTold has a meeting made in Outlook. Where the server tells of changes it
// shows on the board long before a sweep would come upon it, which takes longer than
// this test has patience; else when it is read next. The program is killed, the meeting
// ends meanwhile, and the board is right again.
func TestMeetingIsTold(t *testing.T) {
	t.Parallel()
	told := []reading{{m365.Exchange2010SP2, basic, impersonation}, {m365.Exchange2013SP1, ntlm, owner}, {m365.ExchangeSE, ntlm, impersonation}}
	swept := []reading{{m365.Exchange2007SP1, basic, owner}, {m365.Exchange2019, basic, details}}
	var users []string
	for _, r := range append(told, swept...) {
		users = append(users, r.account())
	}
	s := openServers(t, m365.ExchangeOptions{All: true}, m365.ExchangeVersions(), users...)
	must(t, s.graph.StartPages("127.0.0.1:0"))
	anna := s.hire("Anna Öberg")
	s.hire(colleague)
	p := openProgram(t, s.settings())
	var heard, unheard, all []*reader
	for _, r := range append(told, swept...) {
		s.grant(r)
		c := &reader{p.add(r.String(), office), r}
		c.set(always)
		c.register(s.tenant.People())
		c.readExchange(s.at(r.version, r.signin, r.account()))
		if len(heard) < len(told) {
			heard = append(heard, c)
		} else {
			unheard = append(unheard, c)
		}
		all = append(all, c)
	}
	for _, c := range all {
		c.read(2, wayOf[c.right])
		c.shows("available")
	}
	for _, c := range heard {
		until(t, c.name+" is listened to", func() string {
			if s.exchange[c.version].Count("Subscribe") == 0 {
				return "nobody subscribes"
			}
			return ""
		})
	}

	meeting := s.meet(anna, "SEM: Fjällen")
	for _, c := range heard {
		c.shows("holiday")
		if m := c.mailboxes()[anna.DisplayName]; m.Heard.IsZero() {
			t.Errorf("%s: nobody told of it: %+v", c.name, m)
		}
	}
	for _, c := range unheard {
		must(t, c.ReadMailbox(t.Context(), c.people[anna.DisplayName])) // as a sweep does within minutes
		c.shows("holiday")
	}

	p.kill()
	must(t, s.tenant.DeleteEvent(anna.ID, meeting))
	p.start()
	for _, c := range unheard {
		must(t, c.ReadMailbox(t.Context(), c.people[anna.DisplayName]))
	}
	for _, c := range all {
		c.shows("available")
	}
	s.meet(anna, "SEM: Alperna")
	for _, c := range heard {
		c.shows("holiday")
	}
}

// shows waits until the board says what Anna is doing.
func (c *customer) shows(activity string) {
	c.Helper()
	until(c.T, c.name+" shows her as "+activity, func() string {
		if state := c.board()["Anna Öberg"]; state.Activity != activity {
			return fmt.Sprintf("%+v", state)
		}
		return ""
	})
}

// meet makes an appointment that begins now by the form of the simulated Outlook, and
// returns its id.
func (s *servers) meet(p m365.Person, subject string) string {
	s.Helper()
	res, err := http.PostForm(s.graph.OutlookURL(s.tenant)+"/"+p.ID+"/now", url.Values{"subject": {subject}, "for": {"30m"}})
	must(s.T, err)
	defer res.Body.Close()
	events, err := s.tenant.Events(p.ID, time.Now().Add(-time.Minute), time.Now().Add(time.Minute))
	must(s.T, err)
	if res.StatusCode != http.StatusOK || len(events) != 1 {
		s.Fatalf("Outlook answers %s, and %d events stand there", res.Status, len(events))
	}
	return events[0].ID
}
