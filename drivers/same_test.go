package drivers

import (
	"cmp"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the same rules on every machine

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/graph"
	"github.com/telefonist/telefonist/m365"
	"github.com/telefonist/telefonist/organization"
)

// graph connects the same tenant through Microsoft Graph.
func (c *customer) graph() (id string) {
	c.Helper()
	server := m365.NewServer(c.tenant)
	c.must(server.Start("127.0.0.1:0"))
	c.Cleanup(func() { _ = server.Close() })
	c.drivers.Clouds = map[string]Cloud{"simulated": {Trusted: true, Cloud: graph.Cloud{Name: "simulated", Login: server.URL(), Graph: server.URL(), CA: server.CA()}}}
	s, err := c.store.In(c.org).AddSource(c.Context(), organization.Source{Name: "Entra", Kind: Entra, Settings: map[string]string{
		"cloud": "simulated", "tenant": c.tenant.ID, "client": c.tenant.ClientID}})
	c.must(err)
	c.password(c.org, s.ID, c.tenant.Secret())
	return s.ID
}

// events are all kinds of what stands in a calendar.
func (c *customer) events(person, colleague string) {
	c.Helper()
	at := func(day, hour int) time.Time { return time.Date(2026, 3, day, hour, 0, 0, 0, stockholm) }
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	c.must(err)
	me := c.tenant
	p, err := me.Person(person)
	c.must(err)
	for _, e := range []m365.Event{
		{Subject: "SEM: i fjällen", Location: "Åre & Duved <1>", Start: at(23, 9), End: at(23, 10), ShowAs: "oof", Categories: []string{"Röd", "Blå"}, Body: "never"},
		{Subject: "Läkare: knä", Location: "Sahlgrenska", Start: at(24, 9), End: at(24, 10), Sensitivity: "private"},
		{Subject: "Budget", Start: at(24, 12), End: at(24, 13), ShowAs: "free", Sensitivity: "personal"},
		{Subject: "Hemma", Start: at(25, 8), End: at(25, 17), ShowAs: "workingElsewhere"},
		{Subject: "Kanske", Start: at(26, 8), End: at(26, 17), ShowAs: "tentative", Sensitivity: "confidential"},
		{Subject: "Ledig", AllDay: true, Start: at(27, 0), End: at(30, 0), ShowAs: "oof"}, // the clock is put forward in it
		{Subject: "I Tokyo", AllDay: true, Zone: "Tokyo Standard Time", ShowAs: "busy",
			Start: time.Date(2026, 3, 31, 0, 0, 0, 0, tokyo), End: time.Date(2026, 4, 1, 0, 0, 0, 0, tokyo)},
		{Subject: "MOT; med kunden", Start: at(31, 9), End: at(31, 10), Attendees: []string{colleague}},
		{Subject: "Veckomöte", Start: at(23, 13), End: at(23, 14), Recurrence: &m365.Recurrence{Type: "weekly", Interval: 1, Days: []string{"monday"}}},
		{Subject: "Långt", Start: at(20, 12), End: time.Date(2026, 5, 20, 12, 0, 0, 0, stockholm)},
	} {
		_, err := me.AddEvent(person, e)
		c.must(err)
	}
	for i, answer := range []string{"accepted", "tentativelyAccepted", ""} {
		_, err := me.AddEvent(colleague, m365.Event{Subject: "Kallelse", Start: at(30, 9+i), End: at(30, 10+i), Attendees: []string{p.Mail}, Responses: map[string]string{p.Mail: answer}})
		c.must(err)
	}
	_, err = me.AddEvent(person, m365.Event{Subject: "Inställt", Start: at(30, 15), End: at(30, 16), Organizer: "chef@exempel.se", Cancelled: true, Response: "accepted"})
	c.must(err)
}

var stockholm = func() *time.Location {
	l, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		panic(err)
	}
	return l
}()

// agenda reads a mailbox whole, its events without their keys.
func (c *customer) agenda(source string, m calendar.Mailbox) []calendar.Event {
	c.Helper()
	open, err := c.drivers.Calendar(c.Context(), c.org, source)
	c.must(err)
	m.Zone = stockholm
	m.Keep = &calendar.Keep{Words: []string{"budget"}, Categories: []string{"röd"}, Prefixes: []string{"SEM", "MOT"}, Subject: true, Place: true, Note: true}
	r := open.Reader.Read(c.Context(), []calendar.Mailbox{m}, calendar.Window{From: time.Date(2026, 3, 1, 0, 0, 0, 0, stockholm), To: time.Date(2026, 6, 1, 0, 0, 0, 0, stockholm)})[0]
	if r.Health.State != calendar.Fine {
		c.Fatalf("%+v", r.Health)
	}
	seen := map[string]bool{}
	for i, e := range r.Events {
		if len(e.Key) != 16 || seen[e.Key] {
			c.Errorf("key %q", e.Key)
		}
		seen[e.Key] = true
		r.Events[i].Key = ""
	}
	inOrder(r.Events)
	return r.Events
}

// TestTheSameAsGraph reads one person's calendar through Graph and through an
// Exchange server of every version, by every way, and says what differs.
func TestTheSameAsGraph(t *testing.T) {
	for _, v := range m365.ExchangeVersions() {
		t.Run(string(v), func(t *testing.T) {
			c := newCustomer(t, m365.ExchangeOptions{Version: v}, m365.NoTLS)
			addresses := c.addresses(2)
			who, err := c.tenant.Person(c.tenant.People()[0].ID)
			c.must(err)
			for _, p := range c.tenant.People() {
				if p.Mail == addresses[0] {
					who = p
				}
			}
			c.events(who.ID, addresses[1])
			want := c.agenda(c.graph(), calendar.Mailbox{EntraID: who.ID, Address: who.Mail})
			if len(want) < 20 {
				t.Fatalf("%d events through Graph", len(want))
			}
			id := c.connect(c.org, monitorsPassword, nil)
			m := calendar.Mailbox{Address: who.Mail}
			c.must(c.x.GrantImpersonation("monitor", "*"))
			if d := gocmp.Diff(differing(want, v, calendar.Impersonation), c.agenda(id, m)); d != "" {
				t.Errorf("as the owner (-graph +exchange):\n%s", d)
			}
			c.must(c.x.GrantImpersonation("monitor", ""))
			for right, kind := range map[m365.ExchangeRight]calendar.WayKind{
				m365.RightFullAccess: calendar.FullAccess, m365.RightReviewer: calendar.Reviewer,
				m365.RightLimitedDetails: calendar.Details, m365.RightTimes: calendar.Times,
			} {
				c.must(c.x.Grant("monitor", right))
				other := c.connect(c.org, monitorsPassword, nil)
				if d := gocmp.Diff(differing(want, v, kind), c.agenda(other, m)); d != "" {
					t.Errorf("%s (-graph +exchange):\n%s", kind, d)
				}
			}
		})
	}
}

// differing is what a server of a version shows by a way, of what Graph shows.
func differing(all []calendar.Event, v m365.ExchangeVersion, kind calendar.WayKind) (shown []calendar.Event) {
	year, _, _ := strings.Cut(string(v), "_")
	old := year == "2007" || year == "2010"
	for _, e := range all {
		if old && e.ShowAs == calendar.Elsewhere {
			e.ShowAs = calendar.ShowUnknown // nobody had thought of it yet
		}
		if kind == calendar.Reviewer && year == "2007" && e.Sensitivity == calendar.Private {
			continue // it hides what is private from everybody else
		}
		if kind == calendar.Details || kind == calendar.Times {
			e.Response, e.Cancelled, e.Categories = "", false, nil
			if e.First == "2026-03-31" { // of another zone: all that is seen is its midnights
				e.Start, e.End, e.First, e.After = at("2026-03-30T15:00:00Z"), at("2026-03-31T15:00:00Z"), "", ""
			}
			if e.Others != calendar.No {
				e.Own = calendar.Unknown
			}
		}
		if kind == calendar.Details && e.Sensitivity != calendar.Private { // the one mark that is told
			switch e.Sensitivity {
			case calendar.Personal:
				e.Subject, e.Words = "Budget", []string{"budget"}
			case calendar.Confidential:
				e.Subject = "Kanske"
			}
			e.Sensitivity = calendar.Normal
		}
		if kind == calendar.Times {
			e = calendar.Event{Start: e.Start, End: e.End, First: e.First, After: e.After, ShowAs: e.ShowAs}
		}
		shown = append(shown, e)
	}
	inOrder(shown)
	return shown
}

func at(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}

// inOrder sorts events by when they are and what is seen of them.
func inOrder(all []calendar.Event) {
	slices.SortFunc(all, func(a, b calendar.Event) int {
		return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.First, b.First), a.End.Compare(b.End), cmp.Compare(a.ShowAs, b.ShowAs))
	})
}
