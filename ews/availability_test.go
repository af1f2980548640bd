package ews_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telefonist/telefonist/ews"
)

// serve answers every request with a status and a body.
func serve(t testing.TB, status int, body []byte) *ews.Client {
	t.Helper()
	return client(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/xml; charset=utf-8")
		w.WriteHeader(status)
		_, _ = w.Write(body)
	})
}

func client(t testing.TB, h http.HandlerFunc) *ews.Client {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	c, err := ews.New(ews.Config{URL: s.URL + "/EWS/Exchange.asmx", HTTP: s.Client()})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func file(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/examples/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func at(s string) time.Time {
	v, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return v
}

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	l, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestAvailabilityOf2007(t *testing.T) {
	c := serve(t, 200, file(t, "msdocs-getuseravailability-operation-02-resp.xml"))
	var events []ews.BusyEvent
	answers, err := c.Availability(t.Context(), ews.AvailabilityQuery{
		Addresses: []string{"user1@example.com", "user2@example.com"},
		From:      at("2006-10-16T00:00:00-07:00"), To: at("2006-10-17T00:00:00-07:00"),
		Zone: zone(t, "America/Los_Angeles"), Detailed: true,
	}, func(i int, e *ews.BusyEvent) {
		keep := *e
		keep.ID, keep.Subject, keep.Location = []byte{byte('0' + i)}, []byte(string(e.Subject)), []byte(string(e.Location))
		events = append(events, keep)
	})
	if err != nil {
		t.Fatal(err)
	}
	pacific := &ews.WorkingHours{
		Zone: ews.ZoneRule{Offset: -8 * time.Hour, Daylight: time.Hour,
			ToStandard: ews.ZoneChange{Month: time.October, Nth: 5, Weekday: time.Sunday, Time: 2 * time.Hour},
			ToDaylight: ews.ZoneChange{Month: time.April, Nth: 1, Weekday: time.Sunday, Time: 2 * time.Hour}},
		Periods: []ews.WorkingPeriod{{Days: []time.Weekday{1, 2, 3, 4, 5}, From: 480, To: 1020}},
	}
	if diff := cmp.Diff([]ews.AvailabilityAnswer{{View: ews.ViewDetailed, Hours: pacific}, {View: ews.ViewFreeBusy, Hours: pacific}}, answers); diff != "" {
		t.Error(diff)
	}
	event := func(of, from, to, subject, place string, show ews.Show, details bool) ews.BusyEvent {
		return ews.BusyEvent{ID: []byte(of), Start: at("2006-10-16T" + from + ":00Z"), End: at("2006-10-16T" + to + ":00Z"),
			Subject: []byte(subject), Location: []byte(place), Show: show, Details: details}
	}
	if diff := cmp.Diff([]ews.BusyEvent{
		event("0", "13:00", "13:30", "Meet with Contoso Account Executives", "", ews.Busy, true),
		event("0", "14:00", "15:00", "Pick up my groceries", "", ews.Busy, true),
		event("0", "16:40", "17:10", "Meet with doctor", "Kirkland", ews.Busy, true),
		event("1", "16:00", "17:00", "", "", ews.Tentative, false),
	}, events); diff != "" {
		t.Error(diff)
	}
}
