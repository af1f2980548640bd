package ews

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"
)

// availabilityOf is an answer for n mailboxes of so many events each, as Exchange
// writes one.
func availabilityOf(n, events int) []byte {
	const types = ` xmlns="http://schemas.microsoft.com/exchange/services/2006/types"`
	var b bytes.Buffer
	b.WriteString(`<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header/>` +
		`<s:Body xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema"><GetUserAvailabilityResponse xmlns="http://schemas.microsoft.com/exchange/services/2006/messages"><FreeBusyResponseArray>`)
	for range n {
		b.WriteString(`<FreeBusyResponse><ResponseMessage ResponseClass="Success"><ResponseCode>NoError</ResponseCode></ResponseMessage><FreeBusyView>` +
			`<FreeBusyViewType` + types + `>DetailedMerged</FreeBusyViewType><MergedFreeBusy` + types + `>` + string(bytes.Repeat([]byte("0"), 336)) + `</MergedFreeBusy><CalendarEventArray` + types + `>`)
		for i := range events {
			day := i%7 + 15
			fmt.Fprintf(&b, `<CalendarEvent><StartTime>2026-06-%dT08:00:00</StartTime><EndTime>2026-06-%dT09:00:00</EndTime><BusyType>Busy</BusyType><CalendarEventDetails>`+
				`<ID>0000000027D2D3E4F5A6B7C8D9E0F1A2B3C4D5E60700%04dA2B3C4D5E6F7A8B9C0D1E2F3A4B5C6D7E8F90000</ID><Subject>Möte &amp; fika nr %d</Subject><Location>Rum %d</Location>`+
				`<IsMeeting>true</IsMeeting><IsRecurring>false</IsRecurring><IsException>false</IsException><IsReminderSet>true</IsReminderSet><IsPrivate>false</IsPrivate></CalendarEventDetails></CalendarEvent>`, day, day, i, i, i)
		}
		b.WriteString(`</CalendarEventArray></FreeBusyView></FreeBusyResponse>`)
	}
	b.WriteString(`</FreeBusyResponseArray></GetUserAvailabilityResponse></s:Body></s:Envelope>`)
	return b.Bytes()
}

// decodeAvailability reads an answer for 100 mailboxes.
func decodeAvailability(body []byte) (events int, err error) {
	a := (&Client{cfg: Config{MaxAnswer: 64 << 20, Now: time.Now}}).answer("GetUserAvailability", &http.Response{StatusCode: 200, Body: io.NopCloser(bytes.NewReader(body))})
	r := &availabilityReader{first: true, last: true, zone: time.UTC, answers: make([]AvailabilityAnswer, 100), event: func(int, *BusyEvent) { events++ }}
	return events, a.documents(r.read)
}

// TestDecodingAllocatesLittle is a bound on what every event costs, of which an
// organization has a million in a sweep.
func TestDecodingAllocatesLittle(t *testing.T) {
	body := availabilityOf(100, 40)
	allocs := testing.AllocsPerRun(3, func() {
		if n, err := decodeAvailability(body); n != 4000 || err != nil {
			t.Fatalf("%d events, %v", n, err)
		}
	})
	if per := allocs / 4000; per > 3 {
		t.Errorf("%.1f allocations for each event", per)
	}
}

func BenchmarkAvailability(b *testing.B) {
	body := availabilityOf(100, 40)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	var events int
	for b.Loop() {
		n, err := decodeAvailability(body)
		if err != nil {
			b.Fatal(err)
		}
		events += n
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(events), "ns/event")
}

func BenchmarkCalendarView(b *testing.B) {
	var body bytes.Buffer
	body.WriteString(`<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><m:FindItemResponse xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages" xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types">` +
		`<m:ResponseMessages><m:FindItemResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode><m:RootFolder TotalItemsInView="900" IncludesLastItemInRange="true"><t:Items>`)
	for i := range 900 {
		fmt.Fprintf(&body, `<t:CalendarItem><t:ItemId Id="AAMkADkzNjJjODUzLWZhMDMtNDVkMS05ZDdjLWVmMDlkYjQ1Zjc4MwFRAAgI%06dAAEYAAAAAUkllSq5hlEyRPjFSL6H4JQcA2RgAmUKUoEqcjZHsWHtm+wAAAAABDQAA2RgAmUKUoEqcjZHsWHtm+wAADRhWMAAAEA==" ChangeKey="DwAAABYAAADZGACZQpSgSpyNkexYe2b7AAANGFYw"/>`+
			`<t:Subject>Möte &amp; fika nr %d</t:Subject><t:Sensitivity>Normal</t:Sensitivity><t:UID>040000008200E00074C5B7101A82E00800000000%08d</t:UID><t:Start>2026-06-19T08:00:00Z</t:Start><t:End>2026-06-19T09:00:00Z</t:End>`+
			`<t:IsAllDayEvent>false</t:IsAllDayEvent><t:LegacyFreeBusyStatus>Busy</t:LegacyFreeBusyStatus><t:Location>Rum %d</t:Location><t:IsMeeting>true</t:IsMeeting><t:IsCancelled>false</t:IsCancelled><t:IsRecurring>false</t:IsRecurring>`+
			`<t:CalendarItemType>Single</t:CalendarItemType><t:MyResponseType>Accept</t:MyResponseType><t:TimeZone>(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna</t:TimeZone><t:StartTimeZone Name="(UTC+01:00) Amsterdam" Id="W. Europe Standard Time"/></t:CalendarItem>`, i, i, i, i)
	}
	body.WriteString(`</t:Items></m:RootFolder></m:FindItemResponseMessage></m:ResponseMessages></m:FindItemResponse></s:Body></s:Envelope>`)
	b.SetBytes(int64(body.Len()))
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		a := (&Client{cfg: Config{MaxAnswer: 64 << 20, Now: time.Now}}).answer(findItem, &http.Response{StatusCode: 200, Body: io.NopCloser(bytes.NewReader(body.Bytes()))})
		v := &viewReader{to: time.Unix(1e10, 0), seen: map[uint64]struct{}{}, item: func(*Item) { n++ }}
		if err := a.documents(v.read); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/event")
}
