package console_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/telefonist/telefonist/console"
	"github.com/telefonist/telefonist/desk"
	"github.com/telefonist/telefonist/m365"
	"github.com/telefonist/telefonist/organization"
)

// come goes all the way to the question, as an account; edit may alter what the
// consent's redirect brings back.
func (b *browser) come(link, account string, edit func(url.Values)) (confirm string) {
	b.Helper()
	consent := b.goesTo(b.get(b.pick(b.begin(link), account)), b.sim.URL())
	return b.goesTo(b.get(edited(b.T, b.pick(consent, account), edit)), "/microsoft/confirm/")
}

// edited is an address with other values.
func edited(t *testing.T, address string, edit func(url.Values)) string {
	t.Helper()
	u := have(url.Parse(address))(t)
	q := u.Query()
	if edit != nil {
		edit(q)
	}
	u.RawQuery = q.Encode()
	return u.String()
}

func yes() url.Values { return url.Values{"answer": {"yes"}} }

// account is somebody in a tenant with a directory role, "" for an ordinary one.
func account(t *testing.T, tenant *m365.Tenant, role string) string {
	t.Helper()
	all := tenant.People()
	i := slices.IndexFunc(all, func(p m365.Person) bool { return p.Role == role && p.AccountEnabled && p.UserType != "Guest" })
	if i < 0 {
		t.Fatalf("nobody has the role %q", role)
	}
	return all[i].UserPrincipalName
}

const globalAdministrator = "Global Administrator"

func (h *hall) admin(tenant *m365.Tenant) string { return account(h.T, tenant, globalAdministrator) }

func TestColleagueConnectsByConsent(t *testing.T) {
	h := openHall(t)
	b, link := h.browser(), h.link(h.first)
	confirm := b.come(link, h.admin(h.alfa), nil)
	b.shows(b.get(confirm), http.StatusOK, "Är det här rätt företag? Alfa Åkeri AB ("+h.alfa.Domain+", 40 personer)")
	h.nothing(h.first)
	done := b.do("POST", confirm, yes())
	b.shows(done, http.StatusOK, "Alfa Åkeri AB")
	if strings.Contains(done.body, "går ut") {
		t.Error("a colleague is told to watch over the operator's secret")
	}
	all := h.sources(h.first)
	if len(all) != 1 || all[0].Tenant != h.alfa.ID || all[0].Settings["tenant"] != h.alfa.ID || all[0].Settings["client"] != h.app.ClientID ||
		all[0].Checked == nil || !all[0].Checked.OK() || len(all[0].Credentials) != 0 {
		t.Errorf("connected: %+v", all)
	}
	b.shows(b.get(link), http.StatusGone, "gäller inte längre")
	b.shows(b.do("POST", confirm, yes()), http.StatusGone, "gäller inte längre")
	if n := len(h.sources(h.first)); n != 1 {
		t.Errorf("answered twice: %d connections", n)
	}
	entries := have(h.operator.In(h.first).Audit(t.Context(), "tenant.connect", 0, 10))(t)
	if len(entries) != 1 || entries[0].Role != organization.Link || entries[0].Detail["tenant"] != h.alfa.ID {
		t.Errorf("audit: %+v", entries)
	}
}

// Whoever holds the browser can write another customer's tenant into the redirect.
func TestTenantOfTheRedirectIsNeverUsed(t *testing.T) {
	h := openHall(t)
	h.beta.GrantTo(h.app.ClientID, m365.DefaultRoles...) // Beta is the operator's customer, too
	other := func(q url.Values) { q.Set("tenant", h.beta.ID) }
	b := h.browser()
	confirm := b.come(h.link(h.first), h.admin(h.alfa), other)
	page := b.get(confirm)
	b.shows(page, http.StatusOK, "Alfa Åkeri AB")
	if strings.Contains(page.body, "Beta") {
		t.Error("the other company is shown")
	}
	b.shows(b.do("POST", confirm, yes()), http.StatusOK, "Alfa Åkeri AB")
	if all := h.sources(h.first); len(all) != 1 || all[0].Tenant != h.alfa.ID || all[0].Settings["tenant"] != h.alfa.ID {
		t.Errorf("connected: %+v", all)
	}
}

// Without ever consenting, and with another customer's tenant in the redirect.
func TestMadeUpConsentGetsNothing(t *testing.T) {
	h := openHall(t)
	h.beta.GrantTo(h.app.ClientID, m365.DefaultRoles...)
	b := h.browser()
	signIn := b.begin(h.link(h.first))
	state := have(url.Parse(signIn))(t).Query().Get("state")
	b.goesTo(b.get(b.pick(signIn, h.admin(h.alfa))), h.sim.URL())
	made := console.CallbackPath + "?" + url.Values{"admin_consent": {"True"}, "tenant": {h.beta.ID}, "state": {state}}.Encode()
	confirm := b.goesTo(b.get(made), "/microsoft/confirm/")
	b.shows(b.get(confirm), http.StatusUnprocessableEntity, "Försök igen")
	if s := b.do("POST", confirm, yes()); s.status != http.StatusConflict {
		t.Errorf("answered %d", s.status)
	}
	h.nothing(h.first)
}

// A guest who signs in at the tenant itself proves a tenant that is not his: it
// must not be enough.
func TestGuestGetsNothing(t *testing.T) {
	h := openHall(t)
	guest := ""
	for _, p := range h.alfa.People() {
		if p.UserType == "Guest" && p.AccountEnabled {
			guest = p.UserPrincipalName
		}
	}
	if guest == "" {
		t.Fatal("nobody is a guest")
	}
	b := h.browser()
	signIn := b.begin(h.link(h.first))
	if s := b.do("POST", signIn, url.Values{"user": {guest}, "action": {"accept"}}); s.to != "" {
		t.Errorf("a guest signed in where everybody signs in at home: %q", s.to)
	}
	for _, consented := range []bool{false, true} {
		if consented {
			h.alfa.GrantTo(h.app.ClientID, m365.DefaultRoles...)
		}
		b := h.browser()
		signIn := strings.Replace(b.begin(h.link(h.first)), "/organizations/", "/"+h.alfa.ID+"/", 1)
		state := have(url.Parse(signIn))(t).Query().Get("state")
		b.goesTo(b.get(b.pick(signIn, guest)), h.sim.URL())
		confirm := b.goesTo(b.get(console.CallbackPath+"?admin_consent=True&state="+state), "/microsoft/confirm/")
		if consented { // the application could read Alfa before: an operator decides
			b.shows(b.get(confirm), http.StatusOK, "Alfa Åkeri AB")
			b.shows(b.do("POST", confirm, yes()), http.StatusOK, "Väntar på operatören")
		} else {
			b.shows(b.get(confirm), http.StatusUnprocessableEntity, "Försök igen")
		}
		h.nothing(h.first)
	}
}

func TestSignInIsRefused(t *testing.T) {
	for _, tc := range []struct {
		name string
		do   func(h *hall, b *browser, link string) seen
		code int
		text string
	}{
		{"in another browser", func(h *hall, b *browser, link string) seen {
			back := b.pick(b.begin(link), h.admin(h.alfa))
			other := h.browser()
			other.begin(h.link(h.first)) // he has a session of his own
			return other.get(back)
		}, http.StatusGone, "annan webbläsare"},
		{"without a session", func(h *hall, b *browser, link string) seen {
			return h.browser().get(b.pick(b.begin(link), h.admin(h.alfa)))
		}, http.StatusGone, "annan webbläsare"},
		{"twice", func(h *hall, b *browser, link string) seen {
			back := b.pick(b.begin(link), h.admin(h.alfa))
			b.goesTo(b.get(back), h.sim.URL())
			return b.get(back)
		}, http.StatusGone, "redan använts"},
		{"the consent twice", func(h *hall, b *browser, link string) seen {
			back := b.pick(b.goesTo(b.get(b.pick(b.begin(link), h.admin(h.alfa))), h.sim.URL()), h.admin(h.alfa))
			b.goesTo(b.get(back), "/microsoft/confirm/")
			return b.get(back)
		}, http.StatusGone, "redan använts"},
		{"with another nonce", func(h *hall, b *browser, link string) seen {
			page := edited(h.T, b.begin(link), func(q url.Values) { q.Set("nonce", "hers") })
			return b.get(b.pick(page, h.admin(h.alfa)))
		}, http.StatusUnprocessableEntity, "kunde inte bekräftas"},
		{"with another's code", func(h *hall, b *browser, link string) seen {
			theirs := have(url.Parse(h.browser().victim(h)))(h.T).Query().Get("code")
			mine := b.pick(b.begin(link), h.admin(h.alfa))
			return b.get(edited(h.T, mine, func(q url.Values) { q.Set("code", theirs) }))
		}, http.StatusUnprocessableEntity, "kunde inte bekräftas"},
		{"with a state made up", func(h *hall, b *browser, link string) seen {
			b.begin(link)
			return b.get(console.CallbackPath + "?code=x&state=y")
		}, http.StatusGone, "gäller inte längre"},
		{"cancelled", func(h *hall, b *browser, link string) seen {
			return b.get(b.goesTo(b.do("POST", b.begin(link), url.Values{"action": {"cancel"}}), h.url))
		}, http.StatusUnprocessableEntity, "avbröts"},
		{"declined at the consent", func(h *hall, b *browser, link string) seen {
			consent := b.goesTo(b.get(b.pick(b.begin(link), h.admin(h.alfa))), h.sim.URL())
			back := b.goesTo(b.do("POST", consent, url.Values{"action": {"cancel"}}), h.url)
			if !strings.Contains(back, "admin_consent=True") || !strings.Contains(back, "error=") {
				h.Fatalf("not the odd redirect: %s", back)
			}
			return b.get(back)
		}, http.StatusUnprocessableEntity, "sade nej till medgivandet"},
		{"too late", func(h *hall, b *browser, link string) seen {
			back := b.pick(b.begin(link), h.admin(h.alfa))
			h.ahead.Store(int64(61 * time.Minute))
			return b.get(back)
		}, http.StatusGone, "gäller inte längre"},
		{"after the link was revoked", func(h *hall, b *browser, link string) seen {
			back := b.pick(b.begin(link), h.admin(h.alfa))
			l := have(h.operator.In(h.first).ConnectLinks(h.Context()))(h.T)[0]
			h.ok(h.operator.In(h.first).RevokeConnectLink(h.Context(), l.ID))
			return b.get(back)
		}, http.StatusGone, "gäller inte längre"},
		{"by a link that has expired", func(h *hall, b *browser, link string) seen {
			h.ahead.Store(int64(8 * 24 * time.Hour))
			return b.do("POST", link+"/microsoft", url.Values{"cloud": {"sim"}})
		}, http.StatusGone, "gäller inte längre"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := openHall(t)
			b := h.browser()
			b.shows(tc.do(h, b, h.link(h.first)), tc.code, tc.text)
			h.nothing(h.first)
		})
	}
}

// victim signs in as Beta's administrator in a browser of his own, whose way back
// somebody got hold of.
func (b *browser) victim(h *hall) string {
	h.Helper()
	return b.pick(b.begin(h.link(h.second)), h.admin(h.beta))
}

// A link whose consent was declined is still good.
func TestDeclinedConsentCanBeGivenAfterAll(t *testing.T) {
	h := openHall(t)
	b, link := h.browser(), h.link(h.first)
	consent := b.goesTo(b.get(b.pick(b.begin(link), h.admin(h.alfa))), h.sim.URL())
	b.get(b.goesTo(b.do("POST", consent, url.Values{"action": {"cancel"}}), h.url))
	confirm := b.come(link, h.admin(h.alfa), nil)
	b.get(confirm)
	b.shows(b.do("POST", confirm, url.Values{"answer": {"no"}}), http.StatusOK, "Inget har anslutits")
	h.nothing(h.first)
	h.alfa.Uninstall(h.app.ClientID)
	confirm = b.come(link, h.admin(h.alfa), nil)
	b.get(confirm)
	b.do("POST", confirm, yes())
	if len(h.sources(h.first)) != 1 {
		t.Error("not connected")
	}
}

func TestTenantOfAnotherOrganizationWaitsForTheOperator(t *testing.T) {
	h := openHall(t)
	for _, org := range []organization.ID{h.first, h.second} {
		b := h.browser()
		confirm := b.come(h.link(org), h.admin(h.alfa), nil)
		b.get(confirm)
		done := b.do("POST", confirm, yes())
		if org == h.second {
			b.shows(done, http.StatusOK, "Väntar på operatören")
		}
	}
	h.nothing(h.second)
	invited := have(h.operator.AddOperator(t.Context(), desk.NewUser{Email: "op@example.se", Name: "Olle"}))(t)
	b := h.browser()
	b.signIn(invited.Word, "op@example.se")
	b.shows(b.get("/organizations"), http.StatusOK, h.alfa.Domain)
	b.shows(b.get("/operators"), http.StatusOK, "Kund Ett", "Kund Två", h.alfa.Domain)
	waiting := have(h.operator.TenantsWaiting(t.Context()))(t)
	if len(waiting) != 1 || waiting[0].Organization != h.second || !slices.Equal(waiting[0].Others, []string{"Kund Ett"}) {
		t.Fatalf("waiting: %+v", waiting)
	}
	form := url.Values{"answer": {"yes"}, "id": {waiting[0].ID}, "organization": {string(h.second)}}
	if s := h.browser().do("POST", "/operators/tenants", form); !strings.HasPrefix(s.to, "/sign-in") {
		t.Errorf("a stranger approved: %+v", s)
	}
	h.nothing(h.second)
	b.goesTo(b.do("POST", "/operators/tenants", form), "/o/"+string(h.second)+"/connect/")
	if all := h.sources(h.second); len(all) != 1 || all[0].Tenant != h.alfa.ID {
		t.Errorf("approved: %+v", all)
	}
	if left := have(h.operator.TenantsWaiting(t.Context()))(t); len(left) != 0 {
		t.Errorf("still waiting: %+v", left)
	}
}

func TestAdministratorConnectsByConsent(t *testing.T) {
	h := openHall(t)
	at := "/o/" + string(h.first) + "/connect"
	invited := have(h.operator.In(h.first).AddUser(t.Context(), desk.NewUser{Email: "a@kund.se", Name: "Anna", Role: organization.Administrator}))(t)
	b := h.browser()
	b.signIn(invited.Word, "a@kund.se")
	b.shows(b.get(at), http.StatusOK, "Logga in med Microsoft")
	begin := b.goesTo(b.do("POST", at+"/microsoft", url.Values{"cloud": {"sim"}}), h.sim.URL())
	consent := b.goesTo(b.get(b.pick(begin, h.admin(h.alfa))), h.sim.URL())
	confirm := b.goesTo(b.get(b.pick(consent, h.admin(h.alfa))), "/microsoft/confirm/")
	b.shows(b.get(confirm), http.StatusOK, "40 personer")
	source := b.goesTo(b.do("POST", confirm, yes()), at+"/")
	b.shows(b.get(source), http.StatusOK, "Ansluten med medgivande")
}

func TestConsentIsGreyedWithTheReason(t *testing.T) {
	h := openHall(t)
	link := h.link(h.first)
	path := strings.TrimPrefix(link, h.url)
	h.desk.PublicURL = ""
	h.browser().shows(h.browser().get(path), http.StatusOK, "public-url", "<fieldset disabled")
	h.desk.PublicURL, h.desk.Consent.Clouds = h.url, nil
	h.browser().shows(h.browser().get(path), http.StatusOK, "inget eget program", "<fieldset disabled")
	if s := h.browser().do("POST", path+"/microsoft", url.Values{"cloud": {"sim"}}); s.status != http.StatusNotImplemented {
		t.Errorf("offered all the same: %d", s.status)
	}
}

// With the least permission the company is still known by its domain.
func TestCompanyIsKnownWithoutReadingTheOrganization(t *testing.T) {
	h := openHall(t)
	h.app.RequiredRoles = []string{"User.Read.All"}
	b := h.browser()
	confirm := b.come(h.link(h.first), h.admin(h.alfa), nil)
	b.shows(b.get(confirm), http.StatusOK, "Är det här rätt företag? "+h.alfa.Domain+" ("+h.alfa.Domain+", 40 personer)")
	b.do("POST", confirm, yes())
	if all := h.sources(h.first); len(all) != 1 || all[0].Tenant != h.alfa.ID {
		t.Errorf("connected: %+v", all)
	}
}
