package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"strings"
	"testing"

	"github.com/telefonist/telefonist/m365"
)

// So many of a hundred mailboxes are on the server as were asked for, and the
// account that is printed signs in there.
func TestSimulatedExchange(t *testing.T) {
	for _, c := range []struct {
		chosen      string
		version     string
		share, want int // of the 50 mailboxes
		rights      string
	}{
		{"", "2007", 100, 50, "fullaccess"},
		{"", "SE", 100, 50, "limiteddetails"},
		{"", "2016", 30, 15, "limiteddetails"},
		{"impersonation", "2016", 0, 0, "impersonation"},
	} {
		tenant := m365.New(m365.Options{People: -1})
		for i := range 50 {
			mail := strings.Repeat("a", i+1) + "@" + tenant.Domain
			tenant.AddPerson(m365.Person{DisplayName: mail, Mail: mail, UserPrincipalName: mail, Purpose: "user", AccountEnabled: true})
		}
		server := m365.NewServer(tenant)
		if err := server.Start("127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
		defer server.Close()
		command := simulatedExchange{Exchange: c.version, ExchangeShare: c.share, ExchangeRights: c.chosen}
		x, err := command.add(server, tenant)
		if err != nil {
			t.Fatal(err)
		}
		moved := 0
		for _, p := range tenant.People() {
			if m, err := tenant.Mailbox(p.ID); err != nil {
				t.Error(err)
			} else if m.State == m365.OnPremises {
				moved++
			}
		}
		if moved != c.want {
			t.Errorf("%s: %d%% of 50 mailboxes are %d, want %d", c.version, c.share, moved, c.want)
		}
		var out bytes.Buffer
		x.print(&out, "ca.pem", command)
		for _, part := range []string{x.url, x.user, x.password, "ca.pem", c.rights} {
			if !strings.Contains(out.String(), part) {
				t.Errorf("%s: %q is not told:\n%s", c.version, part, &out)
			}
		}
		for password, want := range map[string]int{x.password: http.StatusOK, "fel": http.StatusUnauthorized} {
			if got := visit(t, server, x.url, x.user, password); got != want {
				t.Errorf("%s: with %q it answers %d, want %d", c.version, password, got, want)
			}
		}
	}
	if _, err := (simulatedExchange{Exchange: "SE", ExchangeShare: 101}).add(nil, nil); err == nil {
		t.Error("101% of the mailboxes are taken for a share")
	}
	if x, err := (simulatedExchange{}).add(nil, nil); x != nil || err != nil {
		t.Errorf("unasked there is %v, %v", x, err)
	}
}

// visit opens a server's page by Basic and HTTP/1.1.
func visit(t *testing.T, server *m365.Server, url, user, password string) int {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(server.CA())
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}} // without HTTP/2, as it has settings of TLS
	defer transport.CloseIdleConnections()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth(user, password)
	answer, err := (&http.Client{Transport: transport}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	return answer.StatusCode
}
