package ews_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telefonist/telefonist/ews"
)

// asked is the zone and the window in a request, shortly:
// "-60 std 0 10/5 Sunday 03:00:00 dst -60 3/5 Sunday 02:00:00 2026-06-19T00:00:00 …".
func asked(body string) string {
	one := func(tag string) string {
		m := regexp.MustCompile(`<t:` + tag + `>(.*?)</t:` + tag + `>`).FindStringSubmatch(body)
		return m[1]
	}
	change := func(tag string) string {
		m := regexp.MustCompile(`<t:Bias>(.*?)</t:Bias><t:Time>(.*?)</t:Time><t:DayOrder>(.*?)</t:DayOrder><t:Month>(.*?)</t:Month><t:DayOfWeek>(.*?)<`).
			FindStringSubmatch(one(tag))
		return fmt.Sprintf("%s %s/%s %s %s", m[1], m[4], m[3], m[5], m[2])
	}
	return fmt.Sprintf("%s std %s dst %s, %s to %s", one("Bias"), change("StandardTime"), change("DaylightTime"), one("StartTime"), one("EndTime"))
}

// TestZones is how a zone is sent: by its rule of that year wherever that says
// for all of the window what the zone does and no hour is there twice; as UTC
// else, which says the same instants.
func TestZones(t *testing.T) {
	const none = " std 0 1/1 Monday 00:00:00 dst 0 12/5 Sunday 00:00:00, "
	for name, c := range map[string]struct{ zone, from, to, want string }{
		"Sweden":                   {"Europe/Stockholm", "2026-06-19T00:00:00+02:00", "2026-06-26T00:00:00+02:00", "-60 std 0 10/5 Sunday 03:00:00 dst -60 3/5 Sunday 02:00:00, 2026-06-19T00:00:00 to 2026-06-26T00:00:00"},
		"put forward":              {"Europe/Stockholm", "2026-03-20T00:00:00+01:00", "2026-04-10T00:00:00+02:00", "-60 std 0 10/5 Sunday 03:00:00 dst -60 3/5 Sunday 02:00:00, 2026-03-20T00:00:00 to 2026-04-10T00:00:00"},
		"put back":                 {"Europe/Stockholm", "2026-10-20T00:00:00+02:00", "2026-10-30T00:00:00+01:00", "0" + none + "2026-10-19T22:00:00 to 2026-10-29T23:00:00"},
		"over New Year":            {"Europe/Stockholm", "2026-12-20T00:00:00+01:00", "2027-01-20T00:00:00+01:00", "-60 std 0 10/5 Sunday 03:00:00 dst -60 3/5 Sunday 02:00:00, 2026-12-20T00:00:00 to 2027-01-20T00:00:00"},
		"Ireland":                  {"Europe/Dublin", "2026-06-19T00:00:00+01:00", "2026-06-26T00:00:00+01:00", "0 std 0 10/5 Sunday 02:00:00 dst -60 3/5 Sunday 01:00:00, 2026-06-19T00:00:00 to 2026-06-26T00:00:00"},
		"America":                  {"America/New_York", "2026-06-19T00:00:00-04:00", "2026-06-20T00:00:00-04:00", "300 std 0 11/1 Sunday 02:00:00 dst -60 3/2 Sunday 02:00:00, 2026-06-19T00:00:00 to 2026-06-20T00:00:00"},
		"the south":                {"Australia/Sydney", "2026-01-19T00:00:00+11:00", "2026-01-20T00:00:00+11:00", "-600 std 0 4/1 Sunday 03:00:00 dst -60 10/1 Sunday 02:00:00, 2026-01-19T00:00:00 to 2026-01-20T00:00:00"},
		"half an hour":             {"Australia/Lord_Howe", "2026-01-19T00:00:00+11:00", "2026-01-20T00:00:00+11:00", "-630 std 0 4/1 Sunday 02:00:00 dst -30 10/1 Sunday 02:00:00, 2026-01-19T00:00:00 to 2026-01-20T00:00:00"},
		"no summer time":           {"Asia/Kolkata", "2026-06-19T00:00:00+05:30", "2026-06-20T00:00:00+05:30", "-330" + none + "2026-06-19T00:00:00 to 2026-06-20T00:00:00"},
		"UTC":                      {"UTC", "2026-06-19T00:00:00Z", "2026-06-20T00:00:00Z", "0" + none + "2026-06-19T00:00:00 to 2026-06-20T00:00:00"},
		"summer time but Ramadan":  {"Africa/Casablanca", "2014-06-20T00:00:00+01:00", "2014-06-21T00:00:00+01:00", "0" + none + "2014-06-19T23:00:00 to 2014-06-20T23:00:00"},
		"a zone that was given up": {"Europe/Istanbul", "2016-06-19T00:00:00+03:00", "2016-06-20T00:00:00+03:00", "0" + none + "2016-06-18T21:00:00 to 2016-06-19T21:00:00"},
		"minutes of old":           {"Europe/Stockholm", "1870-06-19T00:00:00+01:12", "1870-06-20T00:00:00+01:12", "0" + none + "1870-06-18T22:48:00 to 1870-06-19T22:48:00"},
	} {
		t.Run(name, func(t *testing.T) {
			body := ""
			cl := client(t, func(w http.ResponseWriter, r *http.Request) {
				b, _ := io.ReadAll(r.Body)
				body = string(b)
				w.WriteHeader(503)
			})
			_, _ = cl.Availability(t.Context(), ews.AvailabilityQuery{Addresses: []string{"a@example.com"}, From: at(c.from), To: at(c.to), Zone: zone(t, c.zone)},
				func(int, *ews.BusyEvent) {})
			if diff := cmp.Diff(c.want, asked(body)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// available answers each request as if it had the events of a server's calendar
// and returns what was told.
func available(t *testing.T, q ews.AvailabilityQuery, answer func(body string) string) (told []string, answers []ews.AvailabilityAnswer, err error) {
	t.Helper()
	c := client(t, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		_, _ = io.WriteString(w, soapHead+`<GetUserAvailabilityResponse xmlns="http://schemas.microsoft.com/exchange/services/2006/messages"><FreeBusyResponseArray>`+
			answer(string(b))+`</FreeBusyResponseArray></GetUserAvailabilityResponse>`+soapTail)
	})
	answers, err = c.Availability(context.Background(), q, func(i int, e *ews.BusyEvent) {
		told = append(told, strings.TrimSpace(fmt.Sprintf("%d %s %s %s %s", i, e.Start.Format(time.RFC3339), e.End.Format("15:04"), e.Show, e.Subject)))
	})
	return told, answers, err
}

// busy is an answer for one mailbox.
func busy(view, events string) string {
	const types = ` xmlns="http://schemas.microsoft.com/exchange/services/2006/types"`
	return `<FreeBusyResponse><ResponseMessage ResponseClass="Success"><ResponseCode>NoError</ResponseCode></ResponseMessage><FreeBusyView>` +
		`<FreeBusyViewType` + types + `>` + view + `</FreeBusyViewType>` + strings.ReplaceAll(events, "<CalendarEventArray", "<CalendarEventArray"+types) +
		`</FreeBusyView></FreeBusyResponse>`
}

func event(from, to, show, details string) string {
	return `<CalendarEvent><StartTime>` + from + `</StartTime><EndTime>` + to + `</EndTime><BusyType>` + show + `</BusyType>` + details + `</CalendarEvent>`
}

func TestTimesOfAvailability(t *testing.T) {
	q := ews.AvailabilityQuery{Addresses: []string{"a@example.com", "b@example.com", "c@example.com", "d@example.com"}, Zone: zone(t, "Europe/Stockholm"),
		From: at("2026-06-19T00:00:00+02:00"), To: at("2026-06-20T00:00:00+02:00")}
	told, answers, err := available(t, q, func(string) string {
		return busy("Detailed", `<CalendarEventArray>`+
			event("2026-06-19T08:00:00", "2026-06-19T09:00:00", "Busy", "")+
			event("2026-06-19T08:00:00.123", "2026-06-19T09:00:00", "OOF", "")+
			event("2026-06-19T08:00:00Z", "2026-06-19T09:00:00Z", "WorkingElsewhere", "")+
			event("2026-06-19T08:00:00+0100", "2026-06-19T08:00:00-07:00", "Later", "")+
			event("2026-06-19T10:00:00", "2026-06-19T11:00:00", "Busy", `<CalendarEventDetails><ID>AB</ID><Subject>Hemligt</Subject><Location>X</Location><IsPrivate>true</IsPrivate></CalendarEventDetails>`)+
			event("2026-06-19T10:00:00", "2026-06-19T11:00:00", "Busy", `<CalendarEventDetails><Subject>M&amp;S &#x1;<![CDATA[<b>]]></Subject><IsPrivate>false</IsPrivate></CalendarEventDetails>`)+
			`</CalendarEventArray>`) +
			busy("FreeBusy", `<CalendarEventArray/>`) + busy("FreeBusy", "") +
			busy("FreeBusy", `<CalendarEventArray>`+event("2026-06-19T08:00:00", "igår", "Busy", "")+event("2026-06-19T08:00:00", "2026-06-19T09:00:00", "Busy", "")+`</CalendarEventArray>`)
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{
		"0 2026-06-19T06:00:00Z 07:00 Busy", "0 2026-06-19T06:00:00Z 07:00 OOF", "0 2026-06-19T08:00:00Z 09:00 WorkingElsewhere",
		"0 2026-06-19T07:00:00Z 15:00 Later", "0 2026-06-19T08:00:00Z 09:00 Busy", "0 2026-06-19T08:00:00Z 09:00 Busy M&S \ufffd<b>",
		"3 2026-06-19T06:00:00Z 07:00 Busy"}, told); diff != "" {
		t.Error(diff)
	}
	if answers[0].View != ews.ViewDetailed || answers[0].Err != nil || answers[1].Err != nil || answers[2].Err != nil || answers[3].Err == nil {
		t.Errorf("%+v", answers)
	}
}

func TestMergedFreeBusy(t *testing.T) {
	q := ews.AvailabilityQuery{Addresses: []string{"a@example.com"}, From: at("2026-06-19T08:00:00Z"), To: at("2026-06-19T14:00:00Z")}
	merged := func(view string) string {
		return busy(view, `<MergedFreeBusy xmlns="http://schemas.microsoft.com/exchange/services/2006/types">002213344500</MergedFreeBusy>`)
	}
	for name, c := range map[string]struct{ view, major, want string }{
		"2019":                {"MergedOnly", "15", "Busy Tentative OOF WorkingElsewhere NoData"},
		"2010":                {"MergedOnly", "14", "Busy Tentative OOF NoData NoData"},
		"with events besides": {"FreeBusyMerged", "15", ""},
	} {
		body := strings.Replace(soapHead, `MajorVersion="15"`, `MajorVersion="`+c.major+`"`, 1) +
			`<m:GetUserAvailabilityResponse` + spaces + ` xmlns="http://schemas.microsoft.com/exchange/services/2006/messages"><FreeBusyResponseArray>` +
			merged(c.view) + `</FreeBusyResponseArray></m:GetUserAvailabilityResponse>` + soapTail
		var shows, times []string
		_, err := serve(t, 200, []byte(body)).Availability(t.Context(), q, func(_ int, e *ews.BusyEvent) {
			shows = append(shows, string(e.Show))
			times = append(times, e.Start.Format("15:04")+"–"+e.End.Format("15:04"))
			if !e.Merged {
				t.Errorf("%s: it doesn't say that it is merged", name)
			}
		})
		if err != nil || strings.Join(shows, " ") != c.want {
			t.Errorf("%s: %v, %v", name, shows, err)
		}
		if c.want != "" && strings.Join(times, " ") != "09:00–10:00 10:00–10:30 10:30–11:30 11:30–12:30 12:30–13:00" {
			t.Errorf("%s: %v", name, times)
		}
	}
}

// TestLongWindows are several calls, of at most 42 days each, and what is in two
// of them is told once.
func TestLongWindows(t *testing.T) {
	q := ews.AvailabilityQuery{Addresses: []string{"a@example.com"}, From: at("2026-01-01T00:00:00Z"), To: at("2026-04-01T00:00:00Z")}
	all := [][2]string{{"2025-12-31T23:00:00Z", "2026-01-01T01:00:00Z"}, {"2026-02-11T23:00:00Z", "2026-02-12T01:00:00Z"},
		{"2026-02-12T00:00:00Z", "2026-02-12T01:00:00Z"}, {"2026-02-11T23:00:00Z", "2026-02-12T00:00:00Z"}, {"2026-02-01T00:00:00Z", "2026-03-31T00:00:00Z"}}
	var windows []string
	told, _, err := available(t, q, func(body string) string {
		window := asked(body)
		window = window[strings.Index(window, ", ")+2:]
		windows = append(windows, window)
		from, to, _ := strings.Cut(window, " to ")
		events := ""
		for _, e := range all { // as a server that takes both ends into the window
			if !at(e[0]).After(at(to+"Z")) && !at(e[1]).Before(at(from+"Z")) {
				events += event(e[0], e[1], "Busy", "")
			}
		}
		return busy("FreeBusy", `<CalendarEventArray>`+events+`</CalendarEventArray>`)
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"2026-01-01T00:00:00 to 2026-02-12T00:00:00", "2026-02-12T00:00:00 to 2026-03-26T00:00:00", "2026-03-26T00:00:00 to 2026-04-01T00:00:00"}, windows); diff != "" {
		t.Error(diff)
	}
	if len(told) != len(all) {
		t.Errorf("of %d events %d were told: %v", len(all), len(told), told)
	}
}

func TestAvailabilityOfSome(t *testing.T) {
	q := ews.AvailabilityQuery{Addresses: []string{"a@example.com", "b@example.com", "c@example.com"}, From: at("2026-06-19T00:00:00Z"), To: at("2026-06-20T00:00:00Z")}
	failed := func(code string) string {
		return `<FreeBusyResponse><ResponseMessage ResponseClass="Error"><MessageText>Nej.</MessageText><ResponseCode>` + code + `</ResponseCode></ResponseMessage></FreeBusyResponse>`
	}
	one := busy("FreeBusy", `<CalendarEventArray>`+event("2026-06-19T08:00:00", "2026-06-19T09:00:00", "Busy", "")+`</CalendarEventArray>`)
	told, answers, err := available(t, q, func(string) string {
		return failed("ErrorNoFreeBusyAccess") + one + failed("ErrorMailRecipientNotFound")
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, a := range answers {
		got = append(got, fmt.Sprint(a.Err))
	}
	if diff := cmp.Diff([]string{"ews: GetUserAvailability: ErrorNoFreeBusyAccess: Nej.", "<nil>", "ews: GetUserAvailability: ErrorMailRecipientNotFound: Nej."}, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"1 2026-06-19T08:00:00Z 09:00 Busy"}, told); diff != "" {
		t.Error(diff)
	}
	if _, _, err := available(t, q, func(string) string { return one + one }); err == nil || !strings.Contains(err.Error(), "2 of 3") {
		t.Errorf("an answer is missing: %v", err)
	}
	q.Addresses = make([]string, ews.MaxAddresses+1)
	if _, _, err := available(t, q, func(string) string { return "" }); err == nil {
		t.Error("it asked for 101")
	}
}
