package exchange_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/calendar/exchange"
)

const (
	head = `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header>` +
		`<h:ServerVersionInfo MajorVersion="15" MinorVersion="2" MajorBuildNumber="1748" MinorBuildNumber="10" Version="V2017_07_11" xmlns:h="http://schemas.microsoft.com/exchange/services/2006/types"/></s:Header>` +
		`<s:Body xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages" xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types">`
	tail = `</s:Body></s:Envelope>`
)

// busyMailbox is one answer of availability with n events.
func busyMailbox(n int) []byte {
	var b bytes.Buffer
	b.WriteString(`<m:FreeBusyResponse><m:ResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode></m:ResponseMessage><m:FreeBusyView><t:FreeBusyViewType>DetailedMerged</t:FreeBusyViewType><t:MergedFreeBusy>`)
	b.Write(bytes.Repeat([]byte("0"), 36*48))
	b.WriteString(`</t:MergedFreeBusy><t:CalendarEventArray>`)
	for i := range n {
		fmt.Fprintf(&b, `<t:CalendarEvent><t:StartTime>2026-11-%02[1]dT09:%02[2]d:00</t:StartTime><t:EndTime>2026-11-%02[1]dT10:00:00</t:EndTime><t:BusyType>Busy</t:BusyType>`+
			`<t:CalendarEventDetails><t:ID>00000000B9A2C3%08[2]d</t:ID><t:Subject>MOT: Avstämning %[2]d</t:Subject><t:Location>Storstugan</t:Location><t:IsMeeting>true</t:IsMeeting>`+
			`<t:IsRecurring>false</t:IsRecurring><t:IsException>false</t:IsException><t:IsReminderSet>true</t:IsReminderSet><t:IsPrivate>false</t:IsPrivate></t:CalendarEventDetails></t:CalendarEvent>`, 20+i%10, i%60)
	}
	b.WriteString(`</t:CalendarEventArray></m:FreeBusyView></m:FreeBusyResponse>`)
	return b.Bytes()
}

// calendarOf is a view of a calendar with n events.
func calendarOf(n int) []byte {
	var b bytes.Buffer
	b.WriteString(head + `<m:FindItemResponse><m:ResponseMessages><m:FindItemResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>` +
		`<m:RootFolder TotalItemsInView="60" IncludesLastItemInRange="true"><t:Items>`)
	for i := range n {
		fmt.Fprintf(&b, `<t:CalendarItem><t:ItemId Id="AAMkADRmNzU2YWY4LTQ0NGYtNDZjMi1iYTE0LTE3ZWQ2ZDdkNTZlNABGAAAAAAD%08[1]d" ChangeKey="DwAAABYAAADx"/>`+
			`<t:Subject>MOT: Avstämning %[1]d</t:Subject><t:Sensitivity>Normal</t:Sensitivity><t:UID>040000008200E00074C5B7101A82E00800000000DA2B357D94B5D201%08[1]d</t:UID>`+
			`<t:Start>2026-11-%02[2]dT09:00:00Z</t:Start><t:End>2026-11-%02[2]dT10:00:00Z</t:End><t:IsAllDayEvent>false</t:IsAllDayEvent><t:LegacyFreeBusyStatus>Busy</t:LegacyFreeBusyStatus>`+
			`<t:Location>Storstugan</t:Location><t:IsMeeting>true</t:IsMeeting><t:IsCancelled>false</t:IsCancelled><t:IsRecurring>false</t:IsRecurring><t:CalendarItemType>Single</t:CalendarItemType>`+
			`<t:MyResponseType>Organizer</t:MyResponseType><t:TimeZone>(UTC+01:00) Amsterdam, Berlin, Bern, Rom, Stockholm, Wien</t:TimeZone><t:StartTimeZone Id="W. Europe Standard Time"/></t:CalendarItem>`, i, 20+i%10)
	}
	b.WriteString(`</t:Items></m:RootFolder></m:FindItemResponseMessage></m:ResponseMessages></m:FindItemResponse>` + tail)
	return b.Bytes()
}

// canned is a server that says no to everything but availability, or lets be
// impersonated; its own work is little more than writing.
func canned(b *testing.B, view []byte) (s *exchange.Source, requests *atomic.Int64) {
	one, requests := busyMailbox(20), &atomic.Int64{}
	no := func(op string) string {
		return head + `<m:` + op + `Response><m:ResponseMessages><m:` + op + `ResponseMessage ResponseClass="Error"><m:MessageText>Access is denied.</m:MessageText>` +
			`<m:ResponseCode>ErrorAccessDenied</m:ResponseCode></m:` + op + `ResponseMessage></m:ResponseMessages></m:` + op + `Response>` + tail
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "" {
			w.Header().Set("WWW-Authenticate", "Basic")
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		requests.Add(1)
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "text/xml; charset=utf-8")
		switch {
		case bytes.Contains(body, []byte("<m:FindItem")) && view != nil:
			_, _ = w.Write(view)
		case bytes.Contains(body, []byte("<m:FindItem")):
			_, _ = io.WriteString(w, no("FindItem"))
		case bytes.Contains(body, []byte("<m:GetFolder")):
			_, _ = io.WriteString(w, no("GetFolder"))
		default:
			_, _ = io.WriteString(w, head+`<m:GetUserAvailabilityResponse><m:FreeBusyResponseArray>`)
			for range bytes.Count(body, []byte("<t:MailboxData>")) {
				_, _ = w.Write(one)
			}
			_, _ = io.WriteString(w, `</m:FreeBusyResponseArray></m:GetUserAvailabilityResponse>`+tail)
		}
	}))
	b.Cleanup(server.Close)
	s, err := exchange.Open(exchange.Settings{URL: server.URL + "/EWS/Exchange.asmx", User: "monitor", Password: password}, exchange.Options{Country: "SE", AtOnce: 8, Now: time.Now})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(s.Close)
	return s, requests
}

func manyMailboxes(n int) []calendar.Mailbox {
	list := make([]calendar.Mailbox, n)
	keep := &calendar.Keep{Words: []string{"budget", "lön", "VAB"}, Categories: []string{"Röd"}}
	for i := range list {
		list[i] = calendar.Mailbox{Person: strconv.Itoa(i), Address: "p" + strconv.Itoa(i) + "@foretag.se", Zone: stockholm, Keep: keep}
	}
	return list
}

// readAll reads mailboxes a hundred at a time, as they are in a pass, and says what
// of the heap was used at the most.
func readAll(b *testing.B, s *exchange.Source, list []calendar.Mailbox, events int) (peak uint64) {
	for some := range slices.Chunk(list, 100) {
		for _, r := range s.Read(b.Context(), some, window) {
			if r.Health.State != calendar.Fine || len(r.Events) != events {
				b.Fatal(len(r.Events), r.Health)
			}
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		peak = max(peak, m.HeapInuse)
	}
	return peak
}

// BenchmarkAvailability reads 10,000 mailboxes of 20 events that were never read
// before, of which nothing but availability is allowed.
func BenchmarkAvailability(b *testing.B) {
	list := manyMailboxes(10_000)
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		s, requests := canned(b, nil)
		b.StartTimer()
		peak := readAll(b, s, list, 20)
		b.ReportMetric(float64(requests.Load()), "requests")
		b.ReportMetric(float64(peak)/1e6, "MB-heap")
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/10_000, "ns/mailbox")
}

// BenchmarkView reads 2,000 calendars of 60 events, eight at a time.
func BenchmarkView(b *testing.B) {
	s, requests := canned(b, calendarOf(60))
	list := manyMailboxes(2000)
	for i := range list {
		list[i].Way.Kind = calendar.Impersonation
	}
	b.ReportAllocs()
	for b.Loop() {
		requests.Store(0)
		peak := readAll(b, s, list, 60)
		b.ReportMetric(float64(requests.Load()), "requests")
		b.ReportMetric(float64(peak)/1e6, "MB-heap")
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/2000, "ns/mailbox")
}
