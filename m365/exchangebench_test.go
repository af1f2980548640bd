package m365_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/telefonist/telefonist/m365"
)

// BenchmarkAvailability answers for 100 people of an office of 10,000, nine
// days each: what a client's own measurement pays for this server.
func BenchmarkAvailability(b *testing.B) {
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	for _, filled := range []bool{false, true} {
		name := map[bool]string{false: "empty", true: "office"}[filled]
		b.Run(name, func(b *testing.B) {
			tenant := m365.New(m365.Options{People: 10_000, Seed: 1, Now: func() time.Time { return now }})
			if filled {
				tenant.OpenOffice(0)
			}
			x := m365.NewExchange(tenant, m365.ExchangeOptions{All: true, Accounts: []m365.ExchangeAccount{{User: monitor, Password: password}}})
			must(b, x.Grant(monitor, m365.RightLimitedDetails))
			var addresses []string
			for _, p := range staff(tenant) {
				addresses = append(addresses, p.Mail)
			}
			size := 0
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				from := i * 100 % (len(addresses) - 100)
				body := soap("Exchange2013_SP1", "", freeBusy("Detailed", "2026-11-23T00:00:00", "2026-12-02T00:00:00", addresses[from:from+100]...))
				r := httptest.NewRequest(http.MethodPost, "/EWS/Exchange.asmx", strings.NewReader(body))
				r.SetBasicAuth(monitor, password)
				w := httptest.NewRecorder()
				if x.ServeHTTP(w, r); w.Code != http.StatusOK || strings.Count(w.Body.String(), "NoError") != 100 {
					b.Fatalf("%d %.300s", w.Code, w.Body)
				}
				size += w.Body.Len()
			}
			b.ReportMetric(float64(size)/float64(b.N)/100, "B/mailbox")
		})
	}
}
