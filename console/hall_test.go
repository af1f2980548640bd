package console_test

import (
	"context"
	"html"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/telefonist/telefonist/console"
	"github.com/telefonist/telefonist/desk"
	"github.com/telefonist/telefonist/drivers"
	"github.com/telefonist/telefonist/graph"
	"github.com/telefonist/telefonist/m365"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/reconcile"
	"github.com/telefonist/telefonist/seal"
	"github.com/telefonist/telefonist/store"
)

// hall is a server with two customers, and a Microsoft where the operator has an
// application and two companies have their tenants.
type hall struct {
	*testing.T
	desk       *desk.Desk
	url        string
	sim        *m365.Server
	app        *m365.App
	alfa, beta *m365.Tenant
	first      organization.ID
	second     organization.ID
	operator   *desk.Caller
	ahead      atomic.Int64 // how far our clock is, as a time.Duration
}

func openHall(t *testing.T) *hall {
	t.Helper()
	h := &hall{T: t}
	now := func() time.Time { return time.Now().Add(time.Duration(h.ahead.Load())) }
	home := m365.New(m365.Options{People: -1, Seed: 1, Name: "Operatören AB"})
	h.alfa = m365.New(m365.Options{People: 40, Seed: 2, Name: "Alfa Åkeri AB"})
	h.beta = m365.New(m365.Options{People: 30, Seed: 3, Name: "Beta Bageri AB"})
	h.sim = m365.NewServer(home, h.alfa, h.beta)
	h.ok(h.sim.Start("127.0.0.1:0"))
	t.Cleanup(func() { h.sim.Close() })

	log := slog.New(slog.DiscardHandler)
	st := have(store.Open(t.Context(), "", store.Options{Log: log, Now: now}))(t)
	t.Cleanup(func() { st.Close() })
	key, _, err := seal.New()
	h.ok(err)
	server := httptest.NewUnstartedServer(nil)
	h.url = "http://" + server.Listener.Addr().String()
	h.app = home.AddApp(m365.App{Name: "Växeln", MultiTenant: true, RedirectURIs: []string{h.url + console.CallbackPath}, RequiredRoles: m365.DefaultRoles})
	_, secret := h.app.AddSecret(time.Now().AddDate(1, 0, 0))

	d := &drivers.Drivers{Store: st, Unseal: key.Open, Dial: (&net.Dialer{}).DialContext, Now: time.Now, Clouds: map[string]drivers.Cloud{"sim": {
		Cloud:     graph.Cloud{Name: "sim", Login: h.sim.URL(), Graph: h.sim.URL(), CA: h.sim.CA()},
		AppClient: h.app.ClientID, AppSecret: secret, Trusted: true,
	}}}
	r := &reconcile.Reconciler{Store: st, Log: log, Now: now, OpenSource: d.Source, OpenRegister: d.Register}
	h.desk = &desk.Desk{Store: st, Log: log, Now: now, Kinds: d.Kinds(), Reconcile: r, Seal: key.Seal, Unseal: key.Open, PublicURL: h.url}
	h.desk.Consent = signInOf(t, d, h.url)
	pages := &console.Console{Desk: h.desk, Log: log, Now: now, Sessions: st, PublicURL: h.url, SignIn: []string{h.sim.URL()}}
	server.Config.Handler = pages.Handler()
	server.Start()
	t.Cleanup(server.Close)

	h.operator = h.desk.As(desk.AtSocket())
	h.first = have(h.operator.AddOrganization(t.Context(), desk.NewOrganization{Number: "1", Name: "Kund Ett"}))(t).ID
	h.second = have(h.operator.AddOrganization(t.Context(), desk.NewOrganization{Number: "2", Name: "Kund Två"}))(t).ID
	return h
}

// signInOf is what the main package wires.
func signInOf(t *testing.T, d *drivers.Drivers, public string) desk.MicrosoftSignIn {
	t.Helper()
	s := have(d.SignIn("sim", public+console.CallbackPath))(t)
	return desk.MicrosoftSignIn{
		Clouds:     []string{"sim"},
		URL:        func(_, state, nonce, verifier string) string { return s.URL(state, nonce, verifier) },
		ConsentURL: func(_, tenant, state string) string { return s.ConsentURL(tenant, state) },
		Tenant: func(ctx context.Context, _, code, nonce, verifier string) (string, error) {
			return s.Tenant(ctx, code, nonce, verifier)
		},
		Connected: func(ctx context.Context, cloud, tenant string) (desk.Tenant, error) {
			c, err := d.Connected(ctx, cloud, tenant)
			return desk.Tenant{ID: c.Tenant, Name: c.Name, Domain: c.Domain, People: c.People, Kind: drivers.Entra, Settings: c.Settings}, err
		},
	}
}

func have[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func (h *hall) ok(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

// link gives a colleague of an organization a link.
func (h *hall) link(org organization.ID) string {
	h.Helper()
	address, _, err := h.operator.In(org).AddConnectLink(h.Context(), desk.NewConnectLink{Colleague: "Karin", Days: 7, Language: "sv"})
	h.ok(err)
	return address
}

// sources are an organization's connections.
func (h *hall) sources(org organization.ID) []desk.SourceState {
	h.Helper()
	return have(h.operator.In(org).Sources(h.Context()))(h.T)
}

func (h *hall) nothing(org organization.ID) {
	h.Helper()
	if all := h.sources(org); len(all) != 0 {
		h.Errorf("something was connected: %+v", all)
	}
}

// browser is somebody's, with his cookies; redirects are followed by hand.
type browser struct {
	*hall
	http *http.Client
}

func (h *hall) browser() *browser {
	h.Helper()
	client := h.sim.Client()
	return &browser{h, &http.Client{
		Transport: client.Transport, Jar: have(cookiejar.New(nil))(h.T),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// seen is what a page showed, or where it led.
type seen struct {
	status int
	body   string
	to     string
}

func (b *browser) do(method, address string, form url.Values) seen {
	b.Helper()
	if strings.HasPrefix(address, "/") {
		address = b.url + address
	}
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r := have(http.NewRequestWithContext(b.Context(), method, address, body))(b.T)
	r.Header.Set("Accept-Language", "sv")
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res := have(b.http.Do(r))(b.T)
	defer res.Body.Close()
	text := have(io.ReadAll(res.Body))(b.T)
	return seen{res.StatusCode, html.UnescapeString(string(text)), res.Header.Get("Location")}
}

func (b *browser) get(address string) seen { b.Helper(); return b.do("GET", address, nil) }

// goesTo fails where a page did not lead on.
func (b *browser) goesTo(s seen, prefix string) string {
	b.Helper()
	if !strings.HasPrefix(s.to, prefix) {
		b.Fatalf("got %d to %q, want to go to %s; the page:\n%s", s.status, s.to, prefix, main(s.body))
	}
	return s.to
}

// shows fails where a page is not as it should be.
func (b *browser) shows(s seen, status int, texts ...string) {
	b.Helper()
	for _, text := range texts {
		if s.status != status || !strings.Contains(s.body, text) {
			b.Fatalf("got %d to %q, want %d with %q; the page:\n%s", s.status, s.to, status, text, main(s.body))
		}
	}
}

// main is a page without what is the same on each.
func main(page string) string {
	_, rest, _ := strings.Cut(page, "<main")
	text, _, _ := strings.Cut(rest, "</main>")
	return text
}

// begin presses the button of a link's page, and is sent to sign in.
func (b *browser) begin(link string) string {
	b.Helper()
	b.shows(b.get(link), http.StatusOK, "Logga in med Microsoft")
	return b.goesTo(b.do("POST", link+"/microsoft", url.Values{"cloud": {"sim"}}), b.sim.URL()+"/organizations/")
}

// pick chooses an account at Microsoft and is sent back.
func (b *browser) pick(page, account string) string {
	b.Helper()
	return b.goesTo(b.do("POST", page, url.Values{"user": {account}, "action": {"accept"}}), b.url+console.CallbackPath)
}

// signIn opens a session of a user who chooses his password now.
func (b *browser) signIn(word, email string) {
	b.Helper()
	const password = "en lång mening om växlar"
	have(b.desk.AcceptInvitation(b.Context(), word, desk.NewPassword{Email: email, Name: email, Password: password}))(b.T)
	b.goesTo(b.do("POST", "/sign-in", url.Values{"email": {email}, "password": {password}}), "/")
}
