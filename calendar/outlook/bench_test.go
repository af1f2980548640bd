package outlook_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/calendar/outlook"
	"github.com/telefonist/telefonist/graph"
)

// page is a calendar view of n events with four people invited to each.
func page(n int) []byte {
	var b bytes.Buffer
	b.WriteString(`{"@odata.context":"x","value":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"@odata.etag":"W/\"ZlnW4RIAV06KYYwlrfNZvQAAKGWwbw==\"","id":"AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0AVlnW4RIAV06KYYwlrfNZvQ%08dAAA=",`+
			`"categories":[],"originalStartTimeZone":"W. Europe Standard Time","iCalUId":"040000008200E00074C5B7101A82E00800000000DA2B357D94B5D20100000000000000001000%08[1]d",`+
			`"subject":"MOT: Avstämning %[1]d","sensitivity":"normal","isAllDay":false,"isCancelled":false,"isOrganizer":true,"seriesMasterId":null,"showAs":"busy","type":"singleInstance",`+
			`"responseStatus":{"response":"organizer","time":"0001-01-01T00:00:00Z"},"start":{"dateTime":"2026-11-%02[2]dT09:00:00.0000000","timeZone":"UTC"},`+
			`"end":{"dateTime":"2026-11-%02[2]dT10:00:00.0000000","timeZone":"UTC"},"location":{"displayName":"Storstugan","locationType":"default","uniqueId":"Storstugan","uniqueIdType":"private"},"attendees":[`, i, 1+i%28)
		for j := range 4 {
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

// BenchmarkRead reads 1,000 mailboxes of 60 events, a hundred a call, over TLS;
// the server's work, little more than writing, is in it.
func BenchmarkRead(b *testing.B) {
	body := page(60)
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/token"):
			_, _ = io.WriteString(w, `{"token_type":"Bearer","expires_in":3599,"access_token":"x"}`)
			return
		case !strings.HasSuffix(r.URL.Path, "/$batch"):
			fmt.Fprintf(w, `{"issuer":"https://%[1]s/x/v2.0","authorization_endpoint":"https://%[1]s/a","token_endpoint":"https://%[1]s/x/oauth2/v2.0/token"}`, r.Host)
			return
		}
		asked, _ := io.ReadAll(r.Body)
		_, _ = io.WriteString(w, `{"responses":[`)
		for i := range bytes.Count(asked, []byte(`"id":`)) {
			if i > 0 {
				_, _ = io.WriteString(w, ",")
			}
			_, _ = io.WriteString(w, `{"id":"`+strconv.Itoa(i)+`","status":200,"headers":{},"body":`)
			_, _ = w.Write(body)
			_, _ = io.WriteString(w, `}`)
		}
		_, _ = io.WriteString(w, `]}`)
	}))
	defer server.Close()
	c, err := graph.New(graph.Config{Cloud: graph.Cloud{Login: server.URL, Graph: server.URL}, Tenant: "11111111-2222-3333-4444-555555555555",
		ClientID: "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", Credentials: []graph.Credential{{Secret: "x"}}, Transport: server.Client().Transport})
	if err != nil {
		b.Fatal(err)
	}
	source := outlook.Source{Client: c, Country: "SE", Now: time.Now}
	mailboxes := make([]calendar.Mailbox, 100)
	for i := range mailboxes {
		mailboxes[i] = calendar.Mailbox{EntraID: strconv.Itoa(i), Zone: stockholm, Keep: &calendar.Keep{Words: []string{"budget", "lön", "VAB"}, Categories: []string{"Röd"}}}
	}
	b.ReportAllocs()
	for b.Loop() {
		for range 10 {
			for _, r := range source.Read(b.Context(), mailboxes, window) {
				if r.Health.State != calendar.Fine || len(r.Events) != 60 {
					b.Fatal(r.Health)
				}
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/mailbox")
}
