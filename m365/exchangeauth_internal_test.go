package m365

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// caller is a client of one connection.
type caller struct {
	t      *testing.T
	x      *Exchange
	client *http.Client
}

func startExchange(t *testing.T, o ExchangeOptions, way ExchangeTLS) *Exchange {
	t.Helper()
	o.Accounts = []ExchangeAccount{{User: "monitor", Password: "Lösen 1"}, {User: "anna", Password: "Lösen 2"}}
	x := NewExchange(New(Options{People: -1, Domain: "exempel.example"}), o)
	if err := x.Start("127.0.0.1:0", way); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.Close() })
	return x
}

func connect(t *testing.T, x *Exchange) *caller {
	t.Helper()
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(x.CA())
	transport := &http.Transport{MaxConnsPerHost: 1, TLSClientConfig: &tls.Config{RootCAs: pool}}
	t.Cleanup(transport.CloseIdleConnections)
	return &caller{t, x, &http.Client{Transport: transport}}
}

// again is c with connections of its own, by its settings of now.
func (c *caller) again() *caller {
	transport := c.client.Transport.(*http.Transport).Clone()
	c.t.Cleanup(transport.CloseIdleConnections)
	return &caller{c.t, c.x, &http.Client{Transport: transport}}
}

// ask gets the service's page with an Authorization, and what is answered.
func (c *caller) ask(authorization string) (status int, ways []string, persistent bool) {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), http.MethodGet, c.x.URL(), nil)
	if err != nil {
		c.t.Fatal(err)
	}
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	answer, err := c.client.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		c.t.Fatal(err)
	}
	return answer.StatusCode, answer.Header.Values("WWW-Authenticate"), answer.Header.Get("Persistent-Auth") == "true"
}

// signIn does the three legs by scheme and returns the last one's status.
func (c *caller) signIn(scheme string, a asked) int {
	c.t.Helper()
	status, ways, _ := c.ask(scheme + " " + base64.StdEncoding.EncodeToString(negotiateMessage()))
	if status != http.StatusUnauthorized || len(ways) != 1 {
		c.t.Fatalf("the first leg is answered %d %v", status, ways)
	}
	given, token, _ := strings.Cut(ways[0], " ")
	challenge, err := base64.StdEncoding.DecodeString(token)
	if err != nil || given != scheme || ntlmType(challenge) != 2 {
		c.t.Fatalf("the challenge is %q", ways[0])
	}
	status, _, _ = c.ask(scheme + " " + base64.StdEncoding.EncodeToString(a.authenticateMessage(c.t, challenge)))
	return status
}

func TestSchemesOffered(t *testing.T) {
	for _, c := range []struct {
		o    ExchangeOptions
		want []string
	}{
		{ExchangeOptions{}, []string{"Basic"}},
		{ExchangeOptions{NTLM: true}, []string{"Negotiate", "NTLM"}},
		{ExchangeOptions{NTLM: true, Basic: true}, []string{"Negotiate", "NTLM", "Basic"}},
	} {
		status, ways, _ := connect(t, startExchange(t, c.o, NoTLS)).ask("")
		for i, way := range ways {
			ways[i], _, _ = strings.Cut(way, " ")
		}
		if status != http.StatusUnauthorized || !slices.Equal(ways, c.want) {
			t.Errorf("%+v: %d %v, want 401 %v", c.o, status, ways, c.want)
		}
	}
}

func TestNamesAndPasswords(t *testing.T) {
	x := startExchange(t, ExchangeOptions{NTLM: true, Basic: true}, NoTLS)
	for _, c := range []struct {
		domain, user, password string
		want                   int
	}{
		{"EXEMPEL", "monitor", "Lösen 1", 200},
		{"exempel", "MONITOR", "Lösen 1", 200},
		{"exempel.example", "monitor", "Lösen 1", 200},
		{"", "monitor", "Lösen 1", 200},
		{"", "monitor@exempel.example", "Lösen 1", 200},
		{"", "monitor@exempel", "Lösen 1", 200},
		{"", "monitor@annat.example", "Lösen 1", 401},
		{"ANNAT", "monitor", "Lösen 1", 401},
		{"EXEMPEL", "monitor", "lösen 1", 401},
		{"EXEMPEL", "monitor", "Lösen 2", 401},
		{"EXEMPEL", "monitor", "", 401},
		{"EXEMPEL", "", "", 401},
		{"EXEMPEL", "ingen", "Lösen 1", 401},
	} {
		a := asked{domain: c.domain, user: c.user, password: c.password, mic: true, exchange: true}
		for _, scheme := range []string{"NTLM", "Negotiate"} {
			if got := connect(t, x).signIn(scheme, a); got != c.want {
				t.Errorf("%s as %s\\%s %q: %d, want %d", scheme, c.domain, c.user, c.password, got, c.want)
			}
		}
		name := c.user
		if c.domain != "" {
			name = c.domain + `\` + c.user
		}
		basic := "Basic " + base64.StdEncoding.EncodeToString([]byte(name+":"+c.password))
		latin1 := "Basic " + base64.StdEncoding.EncodeToString([]byte(strings.ReplaceAll(name+":"+c.password, "ö", "\xf6")))
		for _, authorization := range []string{basic, latin1} {
			if got, _, persistent := connect(t, x).ask(authorization); got != c.want || persistent {
				t.Errorf("%s as %s %q: %d, want %d", authorization, name, c.password, got, c.want)
			}
		}
	}
}

// A connection is whose it was first, whatever it carries later; another one
// is nobody's.
func TestConnectionStaysSignedIn(t *testing.T) {
	x := startExchange(t, ExchangeOptions{NTLM: true, Basic: true}, NoTLS)
	c := connect(t, x)
	if got := c.signIn("NTLM", asked{domain: "EXEMPEL", user: "monitor", password: "Lösen 1"}); got != 200 {
		t.Fatalf("signing in: %d", got)
	}
	if err := x.SetPassword("monitor", "Lösen 3"); err != nil {
		t.Fatal(err)
	}
	for _, authorization := range []string{"", "Basic " + base64.StdEncoding.EncodeToString([]byte("anna:fel")), "NTLM x"} {
		if got, _, persistent := c.ask(authorization); got != 200 || !persistent {
			t.Errorf("then %q: %d, persistent %v", authorization, got, persistent)
		}
	}
	if got, _, _ := connect(t, x).ask(""); got != 401 {
		t.Errorf("on another connection: %d", got)
	}
	if got := connect(t, x).signIn("NTLM", asked{user: "monitor", password: "Lösen 1"}); got != 401 {
		t.Errorf("the old password on another connection: %d", got)
	}
	if got := connect(t, x).signIn("NTLM", asked{user: "monitor", password: "Lösen 3"}); got != 200 {
		t.Errorf("the new password on another connection: %d", got)
	}
}

// A challenge is good for one answer, on its own connection.
func TestAnswersCannotBeReplayed(t *testing.T) {
	x := startExchange(t, ExchangeOptions{NTLM: true}, NoTLS)
	c, other := connect(t, x), connect(t, x)
	negotiate := "NTLM " + base64.StdEncoding.EncodeToString(negotiateMessage())
	_, ways, _ := c.ask(negotiate)
	other.ask(negotiate)
	challenge, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(ways[0], "NTLM "))
	if err != nil {
		t.Fatal(err)
	}
	right := asked{user: "monitor", password: "Lösen 1"}
	answer := "NTLM " + base64.StdEncoding.EncodeToString(right.authenticateMessage(t, challenge))
	wrong := asked{user: "monitor", password: "fel"}
	if got, _, _ := other.ask(answer); got != 401 {
		t.Errorf("on another connection: %d", got)
	}
	if got, _, _ := c.ask("NTLM " + base64.StdEncoding.EncodeToString(wrong.authenticateMessage(t, challenge))); got != 401 {
		t.Errorf("a wrong answer: %d", got)
	}
	if got, _, _ := c.ask(answer); got != 401 {
		t.Errorf("the right answer to a challenge that was answered: %d", got)
	}
	old := right
	old.sent = time.Now().Add(-40 * time.Hour)
	if got := connect(t, x).signIn("NTLM", old); got != 401 {
		t.Errorf("an answer of the day before yesterday: %d", got)
	}
}

func TestLockout(t *testing.T) {
	x := startExchange(t, ExchangeOptions{NTLM: true, Basic: true, Lockout: 3}, NoTLS)
	right, wrong := asked{user: "monitor", password: "Lösen 1"}, asked{user: "monitor", password: "fel"}
	try := func(a asked, want, tries int, locked bool) {
		t.Helper()
		got := connect(t, x).signIn("NTLM", a)
		n, is, err := x.BadPasswords("monitor")
		if err != nil || got != want || n != tries || is != locked {
			t.Errorf("%q: %d after %d tries, locked %v, %v; want %d, %d, %v", a.password, got, n, is, err, want, tries, locked)
		}
	}
	try(wrong, 401, 1, false)
	try(wrong, 401, 2, false)
	try(right, 200, 0, false) // forgets them
	try(wrong, 401, 1, false)
	connect(t, x).ask("Basic " + base64.StdEncoding.EncodeToString([]byte("monitor:fel")))
	try(wrong, 401, 3, true)
	try(right, 401, 3, true)
	if err := x.Unlock("monitor"); err != nil {
		t.Fatal(err)
	}
	try(right, 200, 0, false)
	if err := x.Disable("monitor", true); err != nil {
		t.Fatal(err)
	}
	try(right, 401, 0, false)
	if err := x.Disable("ingen", true); err == nil {
		t.Error("nobody was disabled")
	}
}

func TestExtendedProtection(t *testing.T) {
	for _, protection := range []string{"off", "allow", "require"} {
		secure := startExchange(t, ExchangeOptions{NTLM: true, Protection: protection}, ModernTLS)
		plain := startExchange(t, ExchangeOptions{NTLM: true, Protection: protection}, NoTLS)
		shown, err := x509.ParseCertificate(secure.Certificate())
		if err != nil {
			t.Fatal(err)
		}
		right := channelBindings(shown)
		for _, c := range []struct {
			name     string
			x        *Exchange
			bindings []byte
			target   string
			passes   string // the modes in which it does
		}{
			{"right bindings", secure, right, "", "off allow require"},
			{"wrong bindings", secure, []byte("sixteen  letters"), "", "off"},
			{"zeros for bindings", secure, make([]byte, 16), "", "off allow"},
			{"no bindings", secure, nil, "HTTP/127.0.0.1", "off allow"},
			{"no TLS, right service", plain, nil, "http/127.0.0.1", "off allow require"},
			{"no TLS, wrong service", plain, nil, "HTTP/annan.example", "off"},
			{"no TLS, no service", plain, right, "", "off allow"},
		} {
			want := map[bool]int{true: 200, false: 401}[strings.Contains(c.passes, protection)]
			a := asked{user: "monitor", password: "Lösen 1", bindings: c.bindings, target: c.target, mic: true}
			if got := connect(t, c.x).signIn("NTLM", a); got != want {
				t.Errorf("%s, %s: %d, want %d", protection, c.name, got, want)
			}
		}
	}
}

// A renewed certificate has other bindings.
func TestRenewedCertificate(t *testing.T) {
	x := startExchange(t, ExchangeOptions{NTLM: true, Protection: "require"}, ModernTLS)
	before, err := x509.ParseCertificate(x.Certificate())
	if err != nil {
		t.Fatal(err)
	}
	if err := x.Renew(); err != nil {
		t.Fatal(err)
	}
	after, err := x509.ParseCertificate(x.Certificate())
	if err != nil {
		t.Fatal(err)
	}
	for certificate, want := range map[*x509.Certificate]int{before: 401, after: 200} {
		a := asked{user: "monitor", password: "Lösen 1", bindings: channelBindings(certificate)}
		if got := connect(t, x).signIn("NTLM", a); got != want {
			t.Errorf("bindings of %v: %d, want %d", certificate.SerialNumber, got, want)
		}
	}
}

// An old server speaks TLS 1.0 alone, tells no time, and is trusted by its
// certificate's fingerprint or not at all.
func TestOldServer(t *testing.T) {
	x := startExchange(t, ExchangeOptions{Version: Exchange2007SP1, NTLM: true}, OldTLS)
	c := connect(t, x)
	config := c.client.Transport.(*http.Transport).TLSClientConfig
	if _, err := c.client.Get(x.URL()); err == nil {
		t.Error("a client of today gets an answer")
	}
	config.MinVersion, config.InsecureSkipVerify = tls.VersionTLS10, true
	config.CipherSuites = []uint16{tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA}
	a := asked{domain: "EXEMPEL", user: "monitor", password: "Lösen 1", sent: time.Now()}
	if got := c.again().signIn("NTLM", a); got != 200 {
		t.Errorf("with TLS 1.0: %d", got)
	}
}

// A connection that many requests share at once is nobody's.
func TestHTTP2IsRefused(t *testing.T) {
	s := NewServer()
	x := NewExchange(New(Options{People: -1}), ExchangeOptions{NTLM: true})
	s.AddExchange("mail", x)
	if err := s.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	answer, err := s.Client().Get(s.URL() + "/mail/EWS/Exchange.asmx")
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.ProtoMajor != 2 || answer.StatusCode != http.StatusHTTPVersionNotSupported {
		t.Errorf("%s %d, want HTTP/2.0 505", answer.Proto, answer.StatusCode)
	}
}
