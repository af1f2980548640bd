package drivers

import (
	"encoding/pem"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/m365"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/seal"
	"github.com/telefonist/telefonist/store"
)

// customer is an organization with a simulated Exchange server of its own.
type customer struct {
	*testing.T
	drivers *Drivers
	store   *store.Store
	key     *seal.Key
	org     organization.ID
	tenant  *m365.Tenant
	x       *m365.Exchange
}

const monitorsPassword = "Hemligt!23"

func newCustomer(t *testing.T, o m365.ExchangeOptions, way m365.ExchangeTLS) *customer {
	t.Helper()
	c := &customer{T: t, tenant: m365.New(m365.Options{Seed: 5, People: 12, Roles: []string{"Calendars.Read", "MailboxSettings.Read"}})}
	id := c.tenant.AddPerson(m365.Person{DisplayName: "Monitor", Mail: "monitor@" + c.tenant.Domain, UserPrincipalName: "monitor@" + c.tenant.Domain,
		Purpose: "user", AccountEnabled: true, UserType: "Member"})
	monitor, err := c.tenant.Person(id)
	c.must(err)
	o.All = true
	o.Accounts = []m365.ExchangeAccount{{User: "monitor", Password: monitorsPassword, Mailbox: monitor.Mail}}
	c.x = m365.NewExchange(c.tenant, o)
	c.must(c.x.Start("127.0.0.1:0", way))
	t.Cleanup(func() { _ = c.x.Close() })
	c.key, _, err = seal.New()
	c.must(err)
	c.store, err = store.Open(t.Context(), "", store.Options{Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	c.must(err)
	t.Cleanup(func() { _ = c.store.Close() })
	c.org = c.organization("Kontoret AB")
	c.drivers = &Drivers{Store: c.store, Unseal: c.key.Open, Now: time.Now, Dial: Guard([]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")})}
	return c
}

func (c *customer) must(err error) {
	c.Helper()
	if err != nil {
		c.Fatal(err)
	}
}

func (c *customer) organization(name string) organization.ID {
	c.Helper()
	o, err := c.store.AddOrganization(c.Context(), organization.Organization{Name: name, Settings: organization.DefaultSettings()})
	c.must(err)
	return o.ID
}

// connect adds the server as a source of an organization's.
func (c *customer) connect(org organization.ID, password string, more map[string]string) (id string) {
	c.Helper()
	settings := map[string]string{"url": c.x.URL(), "user": `EXEMPEL\monitor`, "ca": string(c.x.CA())}
	for k, v := range more {
		if settings[k] = v; v == "" {
			delete(settings, k)
		}
	}
	s, err := c.store.In(org).AddSource(c.Context(), organization.Source{Name: "Exchange", Kind: Exchange, Settings: settings})
	c.must(err)
	c.password(org, s.ID, password)
	return s.ID
}

func (c *customer) password(org organization.ID, id, password string) {
	c.Helper()
	o := c.store.In(org)
	known, err := o.Credentials(c.Context(), id)
	c.must(err)
	for _, k := range known {
		c.must(o.DeleteCredential(c.Context(), id, k.ID))
	}
	sealed, err := c.key.Seal([]byte(password), organization.Sealed(org, id, string(organization.Secret)))
	c.must(err)
	_, err = o.AddCredential(c.Context(), id, organization.Credential{ID: store.NewID(), Kind: organization.Secret}, sealed)
	c.must(err)
}

func (c *customer) addresses(n int) (all []string) {
	for _, p := range c.tenant.People() {
		if p.Purpose == "user" && len(all) < n {
			all = append(all, p.Mail)
		}
	}
	return all
}

// read reads a mailbox through a source.
func (c *customer) read(org organization.ID, id string) (calendar.Reading, error) {
	c.Helper()
	open, err := c.drivers.Calendar(c.Context(), org, id)
	if err != nil {
		return calendar.Reading{}, err
	}
	now := time.Now()
	return open.Reader.Read(c.Context(), []calendar.Mailbox{{Address: c.addresses(1)[0], Zone: time.UTC}}, calendar.Window{From: now, To: now.Add(24 * time.Hour)})[0], nil
}

// TestOneSourceNeverServesAnothers is a wrong password at a server where a
// connection stands open that the right one has signed in.
func TestOneSourceNeverServesAnothers(t *testing.T) {
	for _, way := range []m365.ExchangeTLS{m365.ModernTLS, m365.NoTLS} {
		c := newCustomer(t, m365.ExchangeOptions{NTLM: true, Basic: true, Lockout: 3}, way)
		other := c.organization("Grannen AB")
		for _, signIn := range []string{"ntlm", "basic"} {
			c.must(c.x.Unlock("monitor"))
			right := c.connect(c.org, monitorsPassword, map[string]string{"signin": signIn})
			wrong := c.connect(other, "gissning", map[string]string{"signin": signIn})
			for range 3 {
				if r, err := c.read(c.org, right); err != nil || r.Health.State != calendar.Fine {
					t.Fatalf("%s: with the right password: %+v, %v", signIn, r.Health, err)
				}
				r, err := c.read(other, wrong)
				if err == nil && (r.Health.State != calendar.NoSource || r.Events != nil) {
					t.Errorf("%s: with a wrong password: %+v", signIn, r)
				}
			}
			var trouble *directory.Trouble
			if _, err := c.read(other, wrong); !errors.As(err, &trouble) || trouble.Code != "exchange.refused" {
				t.Errorf("%s: %v", signIn, err)
			}
			if tries, locked, err := c.x.BadPasswords("monitor"); err != nil || tries > 1 || locked {
				t.Errorf("%s: the password was tried %d times, locked %v, %v", signIn, tries, locked, err)
			}
			// The right one is taken at once when it is given.
			c.password(other, wrong, monitorsPassword)
			if r, err := c.read(other, wrong); err != nil || r.Health.State != calendar.Fine {
				t.Errorf("%s: with the password corrected: %+v, %v", signIn, r.Health, err)
			}
		}
	}
}

func TestExchangeSettings(t *testing.T) {
	kind := (&Drivers{}).Kinds()[1]
	good := map[string]string{"url": "https://mail.foretag.se/EWS/Exchange.asmx", "user": `FORETAG\monitor`}
	for _, c := range []struct{ field, value, code string }{
		{"url", "", "required"},
		{"url", "mail.foretag.se", "url"},
		{"url", "http://mail.foretag.se/EWS/Exchange.asmx", "https"},
		{"url", "http://127.0.0.1:8081/ex/EWS/Exchange.asmx", ""},
		{"url", "https://mail.foretag.se/owa", "path"},
		{"url", "https://mail.foretag.se/ews/exchange.asmx", ""},
		{"url", "https://monitor:pw@mail.foretag.se/EWS/Exchange.asmx", "url"},
		{"url", "https://mail.foretag.se/EWS/Exchange.asmx?x=1", "url"},
		{"url", "https://outlook.office365.com/EWS/Exchange.asmx", "online"},
		{"url", "https://OUTLOOK.Office365.com./EWS/Exchange.asmx", "online"},
		{"url", "outlook.office365.com", "online"},
		{"url", "https://outlook.com/EWS/Exchange.asmx", "online"},
		{"url", "https://eur01.outlook.office.com/EWS/Exchange.asmx", "online"},
		{"url", "https://mailoutlook.com/EWS/Exchange.asmx", ""},
		{"user", "", "required"},
		{"user", "monitor@foretag.se", ""},
		{"user", "monitor", ""},
		{"user", `\monitor`, "user"},
		{"user", `A\B\c`, "user"},
		{"signin", "kerberos", "option"},
		{"ca", "not PEM", "certificate"},
		{"fingerprint", strings.Repeat("AB:", 31) + "AB", ""},
		{"fingerprint", strings.Repeat("ab", 20), "sha1"},
		{"fingerprint", strings.Repeat("ab", 31), "fingerprint"},
		{"oldTLS", "no", "option"},
	} {
		settings := map[string]string{}
		for k, v := range good {
			settings[k] = v
		}
		settings[c.field] = c.value
		err := kind.Parse(settings)
		var wrong *organization.FieldError
		if errors.As(err, &wrong) != (c.code != "") || wrong != nil && *wrong != (organization.FieldError{Field: c.field, Code: c.code}) {
			t.Errorf("%s %q: %v, want %q", c.field, c.value, err, c.code)
		}
	}
}

func TestWhatHindersAServer(t *testing.T) {
	c := newCustomer(t, m365.ExchangeOptions{NTLM: true}, m365.ModernTLS)
	old := newCustomer(t, m365.ExchangeOptions{Version: m365.Exchange2007SP1, Basic: true}, m365.OldTLS)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	c.must(err)
	c.must(l.Close())
	named := httptest.NewTLSServer(http.NotFoundHandler()) // its certificate is for example.com
	named.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	defer named.Close()
	namedCA := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: named.Certificate().Raw}))
	for name, w := range map[string]struct {
		at       *customer
		settings map[string]string
		code     string
	}{
		"fine":                   {c, nil, ""},
		"nobody's certificate":   {c, map[string]string{"ca": ""}, "exchange.authority"},
		"another certificate":    {c, map[string]string{"fingerprint": strings.Repeat("ab", 32)}, "exchange.fingerprint"},
		"another name":           {c, map[string]string{"url": strings.Replace(named.URL, "127.0.0.1", "localhost", 1) + "/EWS/Exchange.asmx", "ca": namedCA}, "exchange.name"},
		"nobody there":           {c, map[string]string{"url": "https://" + l.Addr().String() + "/EWS/Exchange.asmx"}, "exchange.unreachable"},
		"no such name":           {c, map[string]string{"url": "https://mail.invalid/EWS/Exchange.asmx"}, "exchange.dns"},
		"a private address":      {c, map[string]string{"url": "https://169.254.169.254/EWS/Exchange.asmx"}, "exchange.never"},
		"Basic is not offered":   {c, map[string]string{"signin": "basic"}, "exchange.scheme"},
		"not where Exchange is":  {c, map[string]string{"url": strings.Replace(c.x.URL(), "EWS", "OWA", 1)}, "exchange.notExchange"},
		"Exchange Online":        {c, map[string]string{"url": "https://outlook.office365.com/EWS/Exchange.asmx"}, "exchange.online"},
		"an old server":          {old, nil, "exchange.tls"},
		"an old server, allowed": {old, map[string]string{"oldTLS": "yes", "ca": ""}, "exchange.sha1"},
	} {
		t.Run(name, func(t *testing.T) {
			id := w.at.connect(w.at.org, monitorsPassword, w.settings)
			var trouble *directory.Trouble
			r, err := w.at.read(w.at.org, id)
			if w.code == "" {
				if err != nil || r.Health.State != calendar.Fine {
					t.Fatalf("%+v, %v", r.Health, err)
				}
				return
			}
			if err == nil {
				if r.Health.State != calendar.NoSource || r.Health.Sentence == "" {
					t.Errorf("read: %+v", r.Health)
				}
				_, err = w.at.drivers.Calendar(t.Context(), w.at.org, id)
			}
			if !errors.As(err, &trouble) || trouble.Code != w.code {
				t.Errorf("opened: %v, want %s", err, w.code)
			}
			check := w.at.drivers.CheckExchange(t.Context(), w.at.org, id, w.at.addresses(1))
			if last := check.Lines[len(check.Lines)-1]; check.OK() || last.Code != w.code {
				t.Errorf("checked: %+v, want %s", check.Lines, w.code)
			}
		})
	}
}

func TestCheckExchange(t *testing.T) {
	c := newCustomer(t, m365.ExchangeOptions{NTLM: true, Basic: true}, m365.ModernTLS)
	addresses := c.addresses(3)
	c.must(c.x.Grant("monitor", m365.RightReviewer, addresses[0]))
	c.must(c.x.Grant("monitor", m365.RightNone, addresses[2]))
	id := c.connect(c.org, monitorsPassword, nil)
	result := c.drivers.CheckExchange(t.Context(), c.org, id, addresses)
	var got []string
	for _, l := range result.Lines {
		got = append(got, l.Subject+" "+string(l.Outcome)+" "+l.Code)
	}
	want := []string{
		"tls ok tried.tls", "certificate ok tried.certificate", "signin ok tried.signin", "version ok tried.version", "clock ok tried.clock",
		"impersonation ok tried.noImpersonation", "delegate ok tried.reviewer", "availability ok tried.details",
		"impersonation ok tried.noImpersonation", "delegate ok tried.noDelegate", "availability warn tried.times",
		"impersonation ok tried.noImpersonation", "delegate ok tried.noDelegate", "availability fail tried.noAvailability",
		"throttling ok tried.calm",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	open, err := c.drivers.Source(t.Context(), c.org, id)
	if err != nil || open.Reader != nil || open.Check == nil {
		t.Errorf("%+v, %v", open, err)
	}
	for address, state := range map[string]calendar.State{addresses[0]: calendar.Fine, addresses[1]: calendar.Fine, addresses[2]: calendar.Denied, "nobody@elsewhere.example": calendar.NoMailbox} {
		if h := c.drivers.Probe(t.Context(), c.org, id, address); h.State != state {
			t.Errorf("%s: %+v, want %s", address, h, state)
		}
	}
}

// TestARefusedAccountIsTriedByHand is an account that was locked from elsewhere: a
// check finds it let in again, and then it is read by.
func TestARefusedAccountIsTriedByHand(t *testing.T) {
	c := newCustomer(t, m365.ExchangeOptions{Basic: true}, m365.ModernTLS)
	c.must(c.x.Disable("monitor", true))
	id := c.connect(c.org, monitorsPassword, nil)
	if r, err := c.read(c.org, id); err != nil || r.Health.State != calendar.NoSource {
		t.Fatalf("disabled: %+v, %v", r.Health, err)
	}
	c.must(c.x.Disable("monitor", false))
	var trouble *directory.Trouble
	if _, err := c.read(c.org, id); !errors.As(err, &trouble) || trouble.Code != "exchange.refused" {
		t.Errorf("it is not asked again by itself: %v", err)
	}
	c.drivers.CheckExchange(t.Context(), c.org, id, c.addresses(1))
	if r, err := c.read(c.org, id); err != nil || r.Health.State != calendar.Fine {
		t.Errorf("after the check: %+v, %v", r.Health, err)
	}
}

// TestTheOnlyOrganizationReachesItsOwnNetwork: where there are two, the operator
// has to allow it.
func TestTheOnlyOrganizationReachesItsOwnNetwork(t *testing.T) {
	c := newCustomer(t, m365.ExchangeOptions{}, m365.NoTLS)
	for address, is := range map[string]bool{
		"10.9.8.7": true, "192.168.1.2": true, "172.20.1.1": true, "fd12::1": true,
		"127.0.0.1": false, "::1": false, "169.254.169.254": false, "100.64.0.1": false, "fd00:ec2::254": false, "fe80::1": false,
	} {
		refused := judge(netip.MustParseAddr(address), nil)
		if got := c.drivers.ownNetwork(t.Context(), refused); got != is || is != (judge(netip.MustParseAddr(address), own) == nil) {
			t.Errorf("%s: %v, want %v", address, got, is)
		}
	}
	c.organization("Grannen AB")
	refused := judge(netip.MustParseAddr("10.9.8.7"), nil)
	if c.drivers.ownNetwork(t.Context(), refused) || !strings.Contains(refused.Error(), `networks: {allow: ["10.9.8.7/32"]}`) {
		t.Errorf("two organizations: %v", refused)
	}
	c.drivers.Dial = Guard(nil)
	if _, err := c.drivers.dial(t.Context(), "tcp", "10.9.8.7:443"); !errors.As(err, new(*Refused)) {
		t.Errorf("two organizations: %v", err)
	}
}
