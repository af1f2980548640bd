package graph

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// largePage is a page of n users with what a switchboard reads of them, about
// 1.2 kB each, two in a hundred of them removed.
func largePage(n int, link string) []byte {
	var b bytes.Buffer
	b.WriteString(`{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#users",` + link + `,"value":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		id := fmt.Sprintf("%08x-1111-2222-3333-444455556666", i)
		if i%50 == 49 {
			fmt.Fprintf(&b, `{"id":%q,"@removed":{"reason":"changed"}}`, id)
			continue
		}
		fmt.Fprintf(&b, `{"id":%q,"displayName":"Åsa Öberg %[2]d","givenName":"Åsa","surname":"Öberg %[2]d","mail":"asa.oberg%[2]d@exempel.se",`+
			`"userPrincipalName":"asa.oberg%[2]d@exempel.se","accountEnabled":true,"userType":"Member","jobTitle":"Handläggare",`+
			`"department":"Ekonomi %[3]d","companyName":"Exempel AB","officeLocation":"Göteborg plan %[3]d","city":"Göteborg","country":"Sverige",`+
			`"usageLocation":"SE","preferredLanguage":"sv-SE","employeeId":"%[2]d","employeeType":"Tillsvidare","mobilePhone":"+46 70 123 %02[3]d 45",`+
			`"faxNumber":null,"businessPhones":["+46 31 123 %[2]d"],"showInAddressList":null,`+
			`"proxyAddresses":["SMTP:asa.oberg%[2]d@exempel.se","smtp:asa%[2]d@exempel.onmicrosoft.com"],`+
			`"assignedLicenses":[{"disabledPlans":[],"skuId":"6fd2c87f-b296-42f0-b197-1e91e994b900"}],`+
			`"onPremisesExtensionAttributes":{"extensionAttribute1":"4%[2]d","extensionAttribute2":null,"extensionAttribute3":null,"extensionAttribute4":null,`+
			`"extensionAttribute5":null,"extensionAttribute6":null,"extensionAttribute7":null,"extensionAttribute8":null,"extensionAttribute9":null,`+
			`"extensionAttribute10":null,"extensionAttribute11":null,"extensionAttribute12":null,"extensionAttribute13":null,"extensionAttribute14":null,"extensionAttribute15":null}}`,
			id, i, i%17)
	}
	b.WriteString(`]}`)
	return b.Bytes()
}

// BenchmarkDecode reads a page of 999 users from memory; ns/user is its goal.
func BenchmarkDecode(b *testing.B) {
	page := largePage(999, `"@odata.deltaLink":"x"`)
	b.SetBytes(int64(len(page)))
	b.ReportAllocs()
	for b.Loop() {
		var p Page[User]
		err := decodeBody(readCloser(page), func(d *decoder) error {
			p.Items = make([]User, 0, 999)
			return d.page(&p.NextLink, &p.DeltaLink, &p.Count, func() error {
				p.Items = append(p.Items, User{})
				return d.object(&p.Items[len(p.Items)-1].Object, nil)
			})
		})
		if err != nil || len(p.Items) != 999 {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/999, "ns/user")
}

// BenchmarkUsers reads 20,000 users over TLS in pages of 200, as Microsoft
// sends them; the server's work, little more than writing, is in it.
func BenchmarkUsers(b *testing.B) {
	c := newFake(b, pagesOf(100, 200)).client(b)
	for b.Loop() {
		n := 0
		for page, err := range c.Users(b.Context(), "", nil) {
			if err != nil {
				b.Fatal(err)
			}
			n += len(page.Items)
		}
		if n != 20_000 {
			b.Fatalf("%d users", n)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/20_000, "ns/user")
}

// TestMemoryFollowsThePageNotTheDirectory reads 16,000 people and looks at what
// stays in memory early and late in the round.
func TestMemoryFollowsThePageNotTheDirectory(t *testing.T) {
	const last = 80
	c := newFake(t, pagesOf(last, 200)).client(t)
	var early, late uint64
	n := 0
	for _, err := range c.Users(t.Context(), "", nil) {
		if err != nil {
			t.Fatal(err)
		}
		switch n++; n {
		case 20:
			early = inUse()
		case last:
			late = inUse()
		}
	}
	if n != last || late > early+1<<20 {
		t.Errorf("%d pages; in use %d kB early, %d kB late", n, early>>10, late>>10)
	}
}

func inUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// pagesOf answers with n pages of size users each, the last with a deltaLink.
// The first of each page differs, or it would be taken for a circle.
func pagesOf(n, size int) http.HandlerFunc {
	const mark = `"LINK","value":[`
	head, tail, _ := strings.Cut(string(largePage(size-1, `"LINK"`)), mark)
	return func(w http.ResponseWriter, r *http.Request) {
		at, _ := strconv.Atoi(r.URL.Query().Get("$skiptoken"))
		link := `"@odata.nextLink":"https://` + r.Host + `/v1.0/users/delta?$skiptoken=` + strconv.Itoa(at+1) + `"`
		if at+1 == n {
			link = `"@odata.deltaLink":"https://` + r.Host + `/v1.0/users/delta?$deltatoken=z"`
		}
		_, _ = io.WriteString(w, head+link+`,"value":[{"id":"first-of-`+strconv.Itoa(at)+`"},`)
		_, _ = io.WriteString(w, tail)
	}
}

// eventPage is a page of n events as Outlook answers what [CalendarViews]
// selects, with six people invited to each: about 2.2 kB.
func eventPage(n int) []byte {
	var b bytes.Buffer
	b.WriteString(`{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#users('x')/calendarView(id,subject)","value":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"@odata.etag":"W/\"ZlnW4RIAV06KYYwlrfNZvQAAKGWwbw==\"","id":"AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0AVlnW4RIAV06KYYwlrfNZvQ%08dAAA=",`+
			`"categories":["Kundmöte"],"originalStartTimeZone":"W. Europe Standard Time","iCalUId":"040000008200E00074C5B7101A82E00800000000DA2B357D94B5D20100000000000000001000%08d",`+
			`"subject":"MOT: Avstämning %[1]d","sensitivity":"normal","isAllDay":false,"isCancelled":false,"isOrganizer":true,"seriesMasterId":null,"showAs":"busy","type":"singleInstance",`+
			`"responseStatus":{"response":"organizer","time":"0001-01-01T00:00:00Z"},"start":{"dateTime":"2026-11-%02[3]dT09:00:00.0000000","timeZone":"UTC"},`+
			`"end":{"dateTime":"2026-11-%02[3]dT10:00:00.0000000","timeZone":"UTC"},"location":{"displayName":"Storstugan plan %[3]d","locationType":"default","uniqueId":"Storstugan","uniqueIdType":"private"},"attendees":[`,
			i, i, 1+i%28)
		for j := range 6 {
			if j > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, `{"type":"required","status":{"response":"accepted","time":"2026-10-30T08:11:12.1234567Z"},"emailAddress":{"name":"Åsa Öberg %d","address":"asa.oberg%[1]d@exempel.se"}}`, j)
		}
		b.WriteString(`]}`)
	}
	b.WriteString(`]}`)
	return b.Bytes()
}

// BenchmarkEvents reads a page of 1,000 events from memory, keeping of each
// what an agenda would.
func BenchmarkEvents(b *testing.B) {
	type kept struct {
		id         string
		start, end time.Time
	}
	page := eventPage(1000)
	b.SetBytes(int64(len(page)))
	b.ReportAllocs()
	for b.Loop() {
		events := make([]kept, 0, 1000)
		err := decodeBody(readCloser(page), func(d *decoder) error {
			var next, delta string
			var count int64
			return d.page(&next, &delta, &count, func() error {
				err := d.readEvent()
				events = append(events, kept{string(d.event.ID), d.event.Start.Clock, d.event.End.Clock})
				return err
			})
		})
		if err != nil || len(events) != 1000 {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/event")
}

// BenchmarkCalendarViews reads 1,000 mailboxes of 60 events each over TLS; the
// server's work, little more than writing, is in it.
func BenchmarkCalendarViews(b *testing.B) {
	body := eventPage(60)
	c := newFake(b, func(w http.ResponseWriter, r *http.Request) {
		var raw bytes.Buffer
		_, _ = raw.ReadFrom(r.Body)
		_, _ = io.WriteString(w, `{"responses":[`)
		for i := range bytes.Count(raw.Bytes(), []byte(`"id":`)) {
			if i > 0 {
				_, _ = io.WriteString(w, ",")
			}
			fmt.Fprintf(w, `{"id":"%d","status":200,"headers":{"Content-Type":"application/json"},"body":%s}`, i, body)
		}
		_, _ = io.WriteString(w, `]}`)
	}).client(b)
	asked := make([]View, 1000)
	for i := range asked {
		asked[i] = View{User: strconv.Itoa(i), Start: november, End: november.AddDate(0, 0, 36)}
	}
	b.ReportAllocs()
	for b.Loop() {
		for _, a := range CalendarViews(b.Context(), c, asked, func(_ int, e *Event) (string, bool) { return string(e.ID), true }) {
			if a.Err != nil || len(a.Kept) != 60 {
				b.Fatal(a.Err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/mailbox")
}
