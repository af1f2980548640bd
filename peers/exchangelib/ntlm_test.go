//go:build peers

package exchangelib_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/telefonist/telefonist/m365"
	"github.com/telefonist/telefonist/ntlm"
)

// The client and the server of NTLM were written apart from each other, from
// what Microsoft has published.

// trusting are options of a client that trusts ca.
func trusting(ca []byte, o ntlm.Options) ntlm.Options {
	o.Transport = func() *http.Transport {
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM(ca)
		return &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	}
	return o
}

// ask sends size bytes, gets an answer that is none to them, and says how it went.
func ask(ctx context.Context, t *ntlm.Transport, url string, size int) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(make([]byte, size)))
	if err != nil {
		return err
	}
	answer, err := (&http.Client{Transport: t}).Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		return err
	}
	if answer.StatusCode != http.StatusInternalServerError { // a fault: what was sent is not XML
		return fmt.Errorf("answered %s", answer.Status)
	}
	return nil
}

// terminator ends TLS before a server by a certificate of its own, as a load
// balancer does, and returns its address and whom to trust.
func terminator(t *testing.T, f *office) (url string, ca []byte) {
	t.Helper()
	own := httptest.NewUnstartedServer(nil)
	own.StartTLS()
	certificate := own.TLS.Certificates[0]
	own.Close()
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{certificate}})
	must(t, err)
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			outside, err := listener.Accept()
			if err != nil {
				return
			}
			go join(outside, f.address())
		}
	}()
	return "https://" + listener.Addr().String() + "/EWS/Exchange.asmx", encode(certificate.Certificate[0])
}

// join carries what comes from one side to the other, until one of them ends.
func join(outside net.Conn, address string) {
	defer outside.Close()
	inside, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true}) // it stands behind us
	if err != nil {
		return
	}
	defer inside.Close()
	ended := make(chan struct{}, 2)
	for _, way := range [][2]net.Conn{{outside, inside}, {inside, outside}} {
		go func() { _, _ = io.Copy(way[0], way[1]); ended <- struct{}{} }()
	}
	<-ended
}

func TestOurClientWithExtendedProtection(t *testing.T) {
	for _, c := range []struct {
		protection                               string
		bound, unbound, boundBehind, plainBehind bool // pass
	}{
		{"off", true, true, true, true},
		{"allow", true, true, false, true},
		{"require", true, false, false, false},
	} {
		f := open(t, m365.ExchangeOptions{NTLM: true, Protection: c.protection}, m365.ModernTLS)
		behind, ca := terminator(t, f)
		for _, way := range []struct {
			what    string
			url     string
			ca      []byte
			unbound bool
			want    bool
		}{
			{"bound", f.URL(), f.CA(), false, c.bound},
			{"unbound", f.URL(), f.CA(), true, c.unbound},
			{"bound to the wrong certificate", behind, ca, false, c.boundBehind},
			{"unbound, TLS ended before", behind, ca, true, c.plainBehind},
		} {
			for _, scheme := range []string{"", ntlm.NTLM, ntlm.Negotiate} {
				for _, name := range []string{`EXEMPEL\` + user, user + "@" + domain, user} {
					client := ntlm.New(ntlm.Credential{User: name, Password: password}, trusting(way.ca, ntlm.Options{Scheme: scheme, Unbound: way.unbound}))
					err := ask(t.Context(), client, way.url, 10)
					if (err == nil) != way.want || !way.want && !errors.Is(err, ntlm.ErrRefused) {
						t.Errorf("%s, %s by %q as %s: %v, want it to pass: %v", c.protection, way.what, scheme, name, err, way.want)
					}
					client.CloseIdleConnections()
				}
			}
		}
		if tries, _, err := f.BadPasswords(user); err != nil || tries != 0 {
			t.Errorf("%s: %d bad passwords were counted, %v", c.protection, tries, err)
		}
	}
}

// Every version signs in, the oldest without telling the time.
func TestOurClientAtEachVersion(t *testing.T) {
	for _, version := range m365.ExchangeVersions() {
		f := open(t, m365.ExchangeOptions{Version: version, NTLM: true, Protection: "require"}, m365.ModernTLS)
		client := ntlm.New(ntlm.Credential{User: `EXEMPEL\` + user, Password: password}, trusting(f.CA(), ntlm.Options{}))
		if err := ask(t.Context(), client, f.URL(), 10); err != nil {
			t.Errorf("%s: %v", version, err)
		}
	}
}

func TestOurClientUnderLoad(t *testing.T) {
	f := open(t, m365.ExchangeOptions{NTLM: true, Protection: "require"}, m365.ModernTLS)
	for _, connections := range []int{1, 16} {
		client := ntlm.New(ntlm.Credential{User: `EXEMPEL\` + user, Password: password}, trusting(f.CA(), ntlm.Options{Connections: connections}))
		for i, err := range together(300, func(i int) error { return ask(t.Context(), client, f.URL(), 1+i*300) }) {
			if err != nil {
				t.Errorf("over %d connections, request %d: %v", connections, i, err)
			}
		}
		client.CloseIdleConnections()
	}
}

// together does something n times at once and returns how each went.
func together(n int, do func(i int) error) []error {
	went := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { went[i] = do(i) })
	}
	all.Wait()
	return went
}

// A wrong password is sent once, however much is asked, and gets nothing from
// the connections of the right one.
func TestOurClientWithAWrongPasswordBesideTheRightOne(t *testing.T) {
	f := open(t, m365.ExchangeOptions{NTLM: true, Lockout: 3}, m365.ModernTLS)
	right := ntlm.New(ntlm.Credential{User: user, Password: password}, trusting(f.CA(), ntlm.Options{}))
	warm := func() {
		t.Helper()
		for i, err := range together(16, func(int) error { return ask(t.Context(), right, f.URL(), 10) }) {
			if err != nil {
				t.Errorf("with the right password, request %d: %v", i, err)
			}
		}
	}
	warm()
	wrong := ntlm.New(ntlm.Credential{User: user, Password: "fel"}, trusting(f.CA(), ntlm.Options{Connections: 16}))
	for i, err := range together(64, func(int) error { return ask(t.Context(), wrong, f.URL(), 10) }) {
		if !errors.Is(err, ntlm.ErrRefused) {
			t.Errorf("with a wrong password, request %d: %v", i, err)
		}
	}
	if tries, locked, err := f.BadPasswords(user); err != nil || tries != 1 || locked {
		t.Errorf("it was tried %d times, locked %v, %v; want once", tries, locked, err)
	}
	warm()
}

// A password that is changed while connections stand: those go on, new ones
// are refused, and the account is not locked by them.
func TestOurClientWhenThePasswordChanges(t *testing.T) {
	f := open(t, m365.ExchangeOptions{NTLM: true, Lockout: 5}, m365.ModernTLS)
	client := ntlm.New(ntlm.Credential{User: user, Password: password}, trusting(f.CA(), ntlm.Options{}))
	try := func() []error { return together(32, func(int) error { return ask(t.Context(), client, f.URL(), 10) }) }
	for i, err := range try() {
		if err != nil {
			t.Errorf("before, request %d: %v", i, err)
		}
	}
	must(t, f.SetPassword(user, "Annat!23"))
	if err := ask(t.Context(), client, f.URL(), 10); err != nil {
		t.Errorf("on a connection that stands: %v", err)
	}
	client.CloseIdleConnections()
	for i, err := range try() {
		if !errors.Is(err, ntlm.ErrRefused) {
			t.Errorf("after, request %d: %v", i, err)
		}
	}
	if tries, locked, err := f.BadPasswords(user); err != nil || tries > 3 || locked {
		t.Errorf("the old password was tried %d times, locked %v, %v", tries, locked, err)
	}
	renewed := ntlm.New(ntlm.Credential{User: user, Password: "Annat!23"}, trusting(f.CA(), ntlm.Options{}))
	if err := ask(t.Context(), renewed, f.URL(), 10); err != nil {
		t.Errorf("with the new password: %v", err)
	}
}
