//go:build peers

package exchange

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/telefonist/telefonist/m365"
	"github.com/telefonist/telefonist/peers/apache"
)

// The ways of signing in, and the rights an account has by its name.
const (
	basic, ntlm = "basic", "ntlm"

	impersonation = "impersonation"
	owner         = string(m365.RightFullAccess)
	reviewer      = string(m365.RightReviewer)
	details       = string(m365.RightLimitedDetails)
	times         = string(m365.RightTimes)
)

const password = "Hemligt!23å"

// servers are Microsoft 365 and an Exchange of each version that was asked for, all
// with the same mailboxes.
type servers struct {
	*testing.T
	tenant   *m365.Tenant
	graph    *m365.Server
	exchange map[m365.ExchangeVersion]*m365.Exchange
	apache   *apache.Server
}

// openServers runs them. Every account named user may sign in everywhere.
func openServers(t *testing.T, o m365.ExchangeOptions, versions []m365.ExchangeVersion, users ...string) *servers {
	t.Helper()
	s := &servers{T: t, tenant: m365.New(m365.Options{People: -1, Seed: 17}), exchange: map[m365.ExchangeVersion]*m365.Exchange{}}
	s.tenant.Grant("Calendars.Read", "MailboxSettings.Read")
	s.graph = m365.NewServer(s.tenant)
	must(t, s.graph.Start("127.0.0.1:0"))
	t.Cleanup(func() { s.graph.Close() })
	o.Domain = apache.Domain
	for _, u := range users {
		o.Accounts = append(o.Accounts, m365.ExchangeAccount{User: u, Password: password, Mailbox: u + "@" + s.tenant.Domain})
	}
	for _, v := range versions {
		o.Version = v
		x := m365.NewExchange(s.tenant, o)
		must(t, x.Start("127.0.0.1:0", m365.ModernTLS))
		t.Cleanup(func() { x.Close() })
		s.exchange[v] = x
	}
	s.openApache(users)
	return s
}

// openApache puts Apache before all of them, which wants NTLM. What it lets through
// goes on to the server that the first part of the path names, as whom it signed in.
func (s *servers) openApache(users []string) {
	t := s.T
	t.Helper()
	behind, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	relay := &http.Server{Handler: http.HandlerFunc(s.relay)}
	go func() { _ = relay.Serve(behind) }()
	t.Cleanup(func() { relay.Close() })
	o := apache.Options{Backend: "http://" + behind.Addr().String() + "/", TLS: true}
	for _, u := range users {
		o.Users = append(o.Users, apache.User{Name: u, Password: password})
	}
	s.apache, err = apache.Start(t.Context(), o)
	must(t, err)
	t.Cleanup(func() {
		if err := s.apache.Stop(); err != nil {
			t.Error(err)
		}
	})
}

func (s *servers) relay(w http.ResponseWriter, r *http.Request) {
	version, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	x, ok := s.exchange[m365.ExchangeVersion(version)]
	_, user, signedIn := strings.Cut(r.Header.Get("X-Remote-User"), `\`)
	if !ok || !signedIn {
		http.NotFound(w, r)
		return
	}
	r.SetBasicAuth(user, password)
	x.ServeHTTP(w, r)
}

// at are the settings of a source that reads a server by a way of signing in.
func (s *servers) at(v m365.ExchangeVersion, signin, user string) map[string]string {
	x := s.exchange[v]
	if signin == ntlm {
		return map[string]string{"url": s.apache.URL + "/" + string(v) + "/EWS/Exchange.asmx", "user": apache.Domain + `\` + user, "ca": string(s.apache.Certificate)}
	}
	return map[string]string{"url": x.URL(), "user": user, "ca": string(x.CA()), "signin": basic}
}

// settings are what the program can't be told by a flag.
func (s *servers) settings() string {
	s.Helper()
	ca := filepath.Join(s.TempDir(), "ca.pem")
	must(s.T, os.WriteFile(ca, s.graph.CA(), 0o600))
	return fmt.Sprintf("log: {level: warn}\nnetworks: {allow: [127.0.0.0/8]}\nclouds: {simulated: {login: %[1]q, graph: %[1]q, ca: %[2]q}}\n", s.graph.URL(), ca)
}
