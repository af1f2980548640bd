package ews_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/telefonist/telefonist/ews"
)

// TestRecordedAvailability is what servers have been seen to answer, and what
// Microsoft says they do.
func TestRecordedAvailability(t *testing.T) {
	for _, c := range []struct {
		file, zone string
		mailboxes  int
		want       []string
	}{
		{"viewpoint-freebusy-calendar_event_array.xml", "Europe/Stockholm", 1, []string{
			"0 2013-05-15 10:00–11:00 Busy any subject, any location", "0 is Detailed, <nil>"}},
		{"viewpoint-freebusy-empty_response.xml", "UTC", 1, []string{"0 is Detailed, <nil>"}},
		{"viewpoint-freebusy-error_invalid_smtp_address.xml", "UTC", 1, []string{
			"0 is None, ews: GetUserAvailability: ErrorInvalidSmtpAddress: E-mail address <>SMTP:foobar is not a valid SMTP address."}},
		{"msdocs-how-to-get-free-busy-information-02-resp.xml", "America/Los_Angeles", 2, []string{
			"0 2014-02-13 16:00–18:00 Free , ", "0 2014-02-13 19:00–20:00 Busy , ", "1 2014-02-12 08:00–08:00 Free , ",
			"1 2014-02-13 16:00–18:00 Free , ", "1 2014-02-13 19:00–20:00 Busy , ", "1 2014-02-13 23:00–00:00 Tentative , ",
			"0 is FreeBusy, <nil> 480–1020", "1 is FreeBusy, <nil> 540–1020"}},
	} {
		var got []string
		answers, err := serve(t, 200, file(t, c.file)).Availability(t.Context(), ews.AvailabilityQuery{
			Addresses: make([]string, c.mailboxes), Zone: zone(t, c.zone), From: at("2014-02-12T00:00:00Z"), To: at("2014-02-14T00:00:00Z"),
		}, func(i int, e *ews.BusyEvent) {
			got = append(got, fmt.Sprintf("%d %s–%s %s %s, %s", i, e.Start.Format("2006-01-02 15:04"), e.End.Format("15:04"), e.Show, e.Subject, e.Location))
		})
		if err != nil {
			t.Errorf("%s: %v", c.file, err)
		}
		for i, a := range answers {
			hours := ""
			if a.Hours != nil {
				hours = fmt.Sprintf(" %d–%d", a.Hours.Periods[0].From, a.Hours.Periods[0].To)
			}
			got = append(got, fmt.Sprintf("%d is %s, %v%s", i, a.View, a.Err, hours))
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s:\n%s", c.file, diff)
		}
	}
}

func TestRecordedFaults(t *testing.T) {
	for name, want := range map[string]string{
		"kde-errorserverbusy.xml": "ErrorServerBusy MaxConcurrency 1m0s 15.1.225.42",
		"ewsrs-soap-L389.xml":     "ErrorExceededConnectionCount MaxConcurrency 10s ",
		"ewsrs-soap-L468.xml":     "ErrorServerBusy  25ms ",
	} {
		for _, status := range []int{200, 500} {
			_, err := serve(t, status, file(t, name)).Folder(t.Context(), ews.Access{})
			var e *ews.Error
			if !errors.As(err, &e) || fmt.Sprint(e.Code, " ", e.Policy, " ", e.RetryAfter(), " ", e.Server) != want || !e.Temporary() {
				t.Errorf("%s with %d: %v, %+v", name, status, err, e)
			}
		}
	}
}

// TestManyAtOnce share a client, and never more than it may is under way.
func TestManyAtOnce(t *testing.T) {
	var now, most atomic.Int32
	c := client(t, func(w http.ResponseWriter, r *http.Request) {
		n := now.Add(1)
		defer now.Add(-1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		b, _ := io.ReadAll(r.Body)
		_, rest, _ := strings.Cut(string(b), "<t:EmailAddress>")
		address, _, _ := strings.Cut(rest, "<")
		start := at("2026-06-19T08:00:00Z").AddDate(0, 0, len(address)%3).Format("2006-01-02T15:04:05Z")
		_, _ = io.WriteString(w, found("", item(address, start, start, "<t:Subject>"+address+"</t:Subject>")))
	})
	var all sync.WaitGroup
	for i := range 64 {
		all.Go(func() {
			address := fmt.Sprintf("person%d@example.com", i*i*i)
			got := ""
			err := c.CalendarView(t.Context(), ews.Access{Mailbox: address}, at("2026-06-01T00:00:00Z"), at("2026-07-01T00:00:00Z"), func(i *ews.Item) { got += string(i.Subject) })
			if got != address || err != nil {
				t.Errorf("for %s: %q, %v", address, got, err)
			}
		})
	}
	all.Wait()
	if most.Load() > 4 {
		t.Errorf("%d at once", most.Load())
	}
}
