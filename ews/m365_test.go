package ews_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telefonist/telefonist/ews"
	"github.com/telefonist/telefonist/m365"
)

// signedIn is a transport that signs in as the simulated server's account.
type signedIn struct{ http.RoundTripper }

func (s signedIn) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.SetBasicAuth(`EXEMPEL\monitor`, "Hemligt!23")
	return s.RoundTripper.RoundTrip(r)
}

// simulated is a server of a version that its account may read all of.
type simulated struct {
	*testing.T
	tenant *m365.Tenant
	client *ews.Client
	person m365.Person
	a      ews.Access
}

var day = at("2026-06-15T00:00:00+02:00")

func simulate(t *testing.T, version m365.ExchangeVersion) *simulated {
	t.Helper()
	s := &simulated{T: t, tenant: m365.New(m365.Options{Seed: 3, People: 4})}
	people := s.tenant.People()
	s.person = people[slices.IndexFunc(people, func(p m365.Person) bool { return p.Purpose == "user" })]
	x := m365.NewExchange(s.tenant, m365.ExchangeOptions{Version: version, All: true, FindLimit: 3, Minute: time.Hour,
		Accounts: []m365.ExchangeAccount{{User: "monitor", Password: "Hemligt!23", Mailbox: "monitor@" + s.tenant.Domain}}})
	s.do(x.GrantImpersonation("monitor", "*"))
	server := httptest.NewServer(x)
	t.Cleanup(server.Close)
	var err error
	s.client, err = ews.New(ews.Config{URL: server.URL + "/EWS/Exchange.asmx", HTTP: &http.Client{Transport: signedIn{server.Client().Transport}}})
	s.do(err)
	s.a = ews.Access{Impersonate: s.person.Mail}
	for _, e := range []m365.Event{
		{Subject: "Möte & fika", Location: "Åre", Start: day.Add(9 * time.Hour), End: day.Add(10 * time.Hour)},
		{Subject: "Läkare", Sensitivity: "private", Start: day.Add(11 * time.Hour), End: day.Add(12 * time.Hour)},
		{Subject: "Hemma", ShowAs: "workingElsewhere", Start: day.Add(34 * time.Hour), End: day.Add(35 * time.Hour)},
		{Subject: "Semester", ShowAs: "oof", AllDay: true, Zone: "Europe/Stockholm", Start: day.AddDate(0, 0, 2), End: day.AddDate(0, 0, 4)},
	} {
		s.add(e)
	}
	return s
}

func (s *simulated) do(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *simulated) add(e m365.Event) {
	s.Helper()
	_, err := s.tenant.AddEvent(s.person.ID, e)
	s.do(err)
}

// line is an event as the calendar and availability alike have it.
func line(start, end time.Time, subject []byte) string {
	return start.UTC().Format("2 15:04") + "–" + end.UTC().Format("2 15:04") + " " + string(subject)
}

// TestSimulatedServers asks all there is of a server of each version.
func TestSimulatedServers(t *testing.T) {
	for version, newest := range map[m365.ExchangeVersion]ews.Version{
		m365.Exchange2007SP1: ews.Exchange2007SP1, m365.Exchange2010SP2: ews.Exchange2010SP2, m365.Exchange2013SP1: ews.Exchange2013SP1,
		m365.Exchange2016: ews.Exchange2016, m365.Exchange2019: ews.Exchange2016, m365.ExchangeSE: ews.Exchange2016,
	} {
		t.Run(string(version), func(t *testing.T) {
			s := simulate(t, version)
			v, info, err := s.client.Probe(t.Context(), s.a)
			if v != newest || err != nil || info.Newest() != newest {
				t.Fatalf("%v by %v (%s): %v", v, info, info.Product(), err)
			}
			s.a.Version = v
			f, err := s.client.Folder(t.Context(), s.a)
			if !f.Rights.Read || f.ID.ID == "" || err != nil {
				t.Errorf("%+v, %v", f, err)
			}
			s.reads()
			s.changes(f.ID)
			if _, err := s.client.OOF(t.Context(), s.a); err != nil {
				t.Error(err)
			}
			zones, err := s.client.TimeZones(t.Context(), s.a, "W. Europe Standard Time")
			if old := v < ews.Exchange2010; old != errors.Is(err, ews.ErrOlder) || !old && (err != nil || len(zones) != 1) {
				t.Errorf("%+v, %v", zones, err)
			}
			s.streams()
		})
	}
}

// reads holds the calendar view against availability, which know the same.
func (s *simulated) reads() {
	from, to := day, day.AddDate(0, 0, 7)
	var view, busy []string
	s.do(s.client.CalendarView(s.Context(), s.a, from, to, func(i *ews.Item) {
		if i.AllDay {
			if first, after := i.Dates(nil); first.Day() != 17 || after.Day() != 19 {
				s.Errorf("%s is from %v to %v", i.Subject, first, after)
			}
		}
		subject := i.Subject
		if i.Sensitivity != ews.Normal {
			subject = nil
		}
		view = append(view, line(i.Start, i.End, subject))
	}))
	answers, err := s.client.Availability(s.Context(), ews.AvailabilityQuery{Access: s.a, Addresses: []string{s.person.Mail}, From: from, To: to, Detailed: true},
		func(_ int, e *ews.BusyEvent) { busy = append(busy, line(e.Start, e.End, e.Subject)) })
	s.do(err)
	s.do(answers[0].Err)
	slices.Sort(view)
	slices.Sort(busy)
	want := []string{"15 07:00–15 08:00 Möte & fika", "15 09:00–15 10:00 ", "16 08:00–16 09:00 Hemma", "16 22:00–18 22:00 Semester"}
	if diff := cmp.Diff(want, view); diff != "" {
		s.Errorf("the view:\n%s", diff)
	}
	if diff := cmp.Diff(want, busy); diff != "" || answers[0].View != ews.ViewDetailed {
		s.Errorf("availability, %s:\n%s", answers[0].View, diff)
	}
}

func (s *simulated) changes(folder ews.FolderID) {
	state := ""
	for more := true; more; {
		var err error
		state, _, more, err = s.client.Changes(s.Context(), s.a, folder, state)
		s.do(err)
	}
	for _, want := range []bool{false, true} {
		if want {
			s.add(m365.Event{Subject: "Nytt", Start: day.AddDate(0, 1, 0), End: day.AddDate(0, 1, 0).Add(time.Hour)})
		}
		if _, changed, _, err := s.client.Changes(s.Context(), s.a, folder, state); changed != want || err != nil {
			s.Errorf("changed %v, %v", changed, err)
		}
	}
}

func (s *simulated) streams() {
	g := s.client.Group(s.person.Mail)
	id, err := g.Subscribe(s.Context(), s.a, ews.FolderID{})
	if s.a.Version < ews.Exchange2010SP1 {
		if !errors.Is(err, ews.ErrOlder) {
			s.Error(err)
		}
		return
	}
	s.do(err)
	told := make(chan ews.StreamEvent, 100)
	ends := make(chan error, 1)
	go func() {
		ends <- g.Stream(s.Context(), s.a, []string{id}, 1, func(e ews.StreamEvent) { told <- e })
	}()
	if e := <-told; e.Kind != ews.Opened {
		s.Errorf("first %v", e)
	}
	s.add(m365.Event{Subject: "Nytt igen", Start: day.AddDate(0, 1, 0), End: day.AddDate(0, 1, 0).Add(time.Hour)})
	e := <-told
	for e.Kind == ews.Beat {
		e = <-told
	}
	if e.Subscription != id || e.Kind != ews.Created {
		s.Errorf("told %v", e)
	}
	s.do(g.Unsubscribe(s.Context(), s.a, id))
	var said *ews.Error
	if err := g.Stream(s.Context(), s.a, []string{id}, 1, func(ews.StreamEvent) {}); !errors.As(err, &said) || !said.Lapsed() || !slices.Equal(said.Subscriptions, []string{id}) {
		s.Errorf("of an ended one: %v", err)
	}
}
