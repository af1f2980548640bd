package m365_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/telefonist/telefonist/m365"
)

// BenchmarkDelta is a full round of 100,000 people without the network: what
// the simulator itself costs a measurement of somebody else.
func BenchmarkDelta(b *testing.B) {
	tenant := m365.New(m365.Options{People: 100_000, Seed: 1})
	server := m365.NewServer(tenant)
	defer server.Close()
	token := bearer(b, server, tenant)
	const selects = "id,displayName,givenName,surname,mail,userPrincipalName,accountEnabled,userType,department,jobTitle,companyName," +
		"officeLocation,city,country,businessPhones,mobilePhone,faxNumber,employeeId,usageLocation,proxyAddresses,assignedLicenses"
	for b.Loop() {
		next, pages := "https://graph.example/v1.0/users/delta?$select="+selects, 0
		var bytes int64
		for ; strings.Contains(next, "$select") || strings.Contains(next, "$skiptoken"); pages++ {
			r := httptest.NewRequest(http.MethodGet, next, nil)
			r.Header.Set("Authorization", "Bearer "+token)
			w := httptest.NewRecorder()
			server.ServeHTTP(w, r)
			bytes += int64(w.Body.Len())
			next = link(w.Body.Bytes())
		}
		b.SetBytes(bytes)
		if pages != 500 {
			b.Fatalf("%d pages", pages)
		}
	}
}

// link is a page's link, found without decoding the page.
func link(body []byte) string {
	head := string(body[:min(len(body), 4096)])
	i := strings.Index(head, `Link":"`)
	if i < 0 {
		return ""
	}
	rest := head[i+len(`Link":"`):]
	return rest[:strings.IndexByte(rest, '"')]
}

func bearer(b *testing.B, server *m365.Server, tenant *m365.Tenant) string {
	b.Helper()
	form := fmt.Sprintf("grant_type=client_credentials&client_id=%s&client_secret=%s&scope=https://graph.microsoft.com/.default", tenant.ClientID, tenant.Secret())
	r := httptest.NewRequest(http.MethodPost, "https://graph.example/"+tenant.ID+"/oauth2/v2.0/token", strings.NewReader(form))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	server.ServeHTTP(w, r)
	var got struct {
		Token string `json:"access_token"`
	}
	if body, err := io.ReadAll(w.Body); err != nil || json.Unmarshal(body, &got) != nil || got.Token == "" {
		b.Fatalf("no token: %s", body)
	}
	return got.Token
}

// BenchmarkNew is the making of a large tenant.
func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		m365.New(m365.Options{People: 100_000, Seed: 1})
	}
}
