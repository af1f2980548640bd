package outlook_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/m365"
)

func TestSettings(t *testing.T) {
	w := newWorld(t, 30)
	week := []time.Weekday{1, 2, 3, 4, 5}
	begin := day(23, 16, 0)
	change := func(who int, f func(*m365.Mailbox)) {
		t.Helper()
		if err := w.tenant.ChangeMailbox(w.staff[who].ID, f); err != nil {
			t.Fatal(err)
		}
	}
	change(1, func(m *m365.Mailbox) {
		m.Zone = "GTB Standard Time" // Helsinki's clock, and hours set on Stockholm's
		m.Hours = m365.Hours{Days: []string{"monday", "wednesday"}, Start: "07:30", End: "12:00", Zone: "W. Europe Standard Time"}
		m.Replies = m365.Replies{Status: "scheduled", Start: begin, End: begin.AddDate(0, 0, 14), Internal: "SECRET"}
	})
	change(2, func(m *m365.Mailbox) {
		m.Zone = "Europe/Amsterdam"
		m.Hours.Custom = &m365.CustomZone{Bias: -60, DaylightBias: -60,
			Standard: m365.Transition{Month: 10, Occurrence: 5, Day: "sunday", Time: "03:00"}, Daylight: m365.Transition{Month: 3, Occurrence: 5, Day: "sunday", Time: "02:00"}}
		m.Replies = m365.Replies{Status: "alwaysEnabled"}
	})
	change(3, func(m *m365.Mailbox) { m.State = m365.OnPremises })
	got := w.source.Settings(t.Context(), append(w.mailboxes(4), calendar.Mailbox{}))
	fine := calendar.Health{State: calendar.Fine}
	want := []calendar.Settings{
		{Health: fine, Zone: "Europe/Stockholm", Hours: calendar.Hours{Days: week, From: 8 * 60, To: 17 * 60}},
		{Health: fine, Zone: "Europe/Bucharest", Hours: calendar.Hours{Days: []time.Weekday{1, 3}, From: 8*60 + 30, To: 13 * 60},
			Replies: calendar.Replies{On: true, From: begin.UTC(), To: begin.AddDate(0, 0, 14).UTC()}},
		{Health: fine, Zone: "Europe/Amsterdam", Hours: calendar.Hours{Days: week, From: 8 * 60, To: 17 * 60}, Replies: calendar.Replies{On: true}},
	}
	if d := cmp.Diff(want, got[:3]); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if got[3].Health.State != calendar.NoMailbox || got[4].Health.State != calendar.NoMailbox {
		t.Errorf("without a mailbox: %+v", got[3:])
	}
	w.tenant.Revoke("MailboxSettings.Read")
	w.source.Client = w.client()
	if got := w.source.Settings(t.Context(), w.mailboxes(1)); got[0].Health.State != calendar.Denied {
		t.Errorf("without the permission: %+v", got)
	}
}

func TestSubscriptions(t *testing.T) {
	w := newWorld(t, 60)
	address := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if token := r.URL.Query().Get("validationToken"); token != "" {
			rw.Header().Set("Content-Type", "text/plain")
			_, _ = io.WriteString(rw, token)
		}
	}))
	defer address.Close()
	mailboxes := w.mailboxes(25)
	if err := w.tenant.ChangeMailbox(w.staff[24].ID, func(m *m365.Mailbox) { m.State = m365.NoMailbox }); err != nil {
		t.Fatal(err)
	}
	var asked []calendar.Subscription
	for _, m := range mailboxes {
		asked = append(asked, calendar.Subscription{Mailbox: m, URL: address.URL, State: "s3cret"})
	}
	connection := w.source.Connection()
	made := connection.Subscribe(t.Context(), asked)
	for i, a := range made[:24] {
		if a.Outcome != calendar.Stands || a.ID == "" || a.Expires.Before(time.Now().Add(6*24*time.Hour)) {
			t.Fatalf("%d: %+v", i, a)
		}
		asked[i].ID = a.ID
	}
	if made[24].Outcome != calendar.Refused {
		t.Errorf("without a mailbox: %+v", made[24])
	}
	if again := connection.Subscribe(t.Context(), asked[:1]); again[0].Outcome != calendar.Taken {
		t.Errorf("a second time: %+v", again[0])
	}
	unreachable := asked[23]
	unreachable.URL = strings.Replace(address.URL, "http://", "https://", 1) // no TLS there
	unreachable.Mailbox = calendar.Mailbox{EntraID: w.staff[25].ID}
	if a := connection.Subscribe(t.Context(), []calendar.Subscription{unreachable}); a[0].Outcome != calendar.Unreachable {
		t.Errorf("where nobody listens: %+v", a[0])
	}
	renewed := connection.Renew(t.Context(), []calendar.Subscription{asked[0], {ID: "00000000-0000-4000-8000-000000000000"}})
	if renewed[0].Outcome != calendar.Stands || renewed[0].ID != asked[0].ID || renewed[1].Outcome != calendar.Gone {
		t.Errorf("renewed %+v", renewed)
	}
	w.server.Fault(m365.Fault{Kind: m365.Throttled, RetryAfter: "60", Times: m365.Forever, Path: "/subscriptions"})
	if a := connection.Renew(t.Context(), asked[:1]); a[0].Outcome != calendar.Later || a[0].Wait != time.Minute {
		t.Errorf("throttled: %+v", a[0])
	}
	w.server.ClearFaults()
	ended := connection.Unsubscribe(t.Context(), asked[:3])
	ended = append(ended, connection.Unsubscribe(t.Context(), asked[:1])...)
	if slices.ContainsFunc(ended, func(a calendar.Answer) bool { return a.Outcome != calendar.Stands }) {
		t.Errorf("ended %+v", ended)
	}
	if n := w.server.Subscriptions(w.tenant); n != 21 {
		t.Errorf("%d stand, want 21", n)
	}
	w.tenant.Revoke("Calendars.Read")
	w.source.Client = w.client()
	if a := w.source.Subscribe(t.Context(), asked[:1]); a[0].Outcome != calendar.Refused {
		t.Errorf("without the permission: %+v", a[0])
	}
}
