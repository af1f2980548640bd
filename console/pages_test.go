package console_test

import (
	"bufio"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/telefonist/telefonist/console"
	"github.com/telefonist/telefonist/desk"
	"github.com/telefonist/telefonist/organization"
)

// user lets somebody into an organization and signs him in.
func (h *hall) user(org organization.ID, email string, role organization.Role) *browser {
	h.Helper()
	invited := have(h.operator.In(org).AddUser(h.Context(), desk.NewUser{Email: email, Name: email, Role: role}))(h.T)
	b := h.browser()
	b.signIn(invited.Word, email)
	return b
}

// at fills an organization into a pattern, and things that aren't there.
func at(pattern string, org organization.ID) (method, path string) {
	method, path, _ = strings.Cut(strings.ReplaceAll(pattern, "{org}", string(org)), " ")
	return method, strings.ReplaceAll(regexp.MustCompile(`\{\w+\}`).ReplaceAllString(path, "x"), "{$}", "")
}

func TestPagesNeedASession(t *testing.T) {
	h := openHall(t)
	b := h.browser()
	for _, pattern := range append(console.Patterns(true), console.Patterns(false)...) {
		method, path := at(pattern, h.first)
		got := b.do(method, path, url.Values{})
		want := "/sign-in"
		if strings.HasPrefix(path, "/me") {
			want = "/person" // where a link is asked for
		}
		if got.status != http.StatusSeeOther || !strings.HasPrefix(got.to, want) {
			t.Errorf("%s: %d to %q, want %s", pattern, got.status, got.to, want)
		}
	}
}

// Whoever belongs to one customer learns nothing of another, not even that he is
// there.
func TestPagesOfAnotherOrganizationAreNotThere(t *testing.T) {
	h := openHall(t)
	b := h.user(h.first, "asa@example.se", organization.Administrator)
	for _, pattern := range console.Patterns(true) {
		for _, org := range []organization.ID{h.second, "nobody"} {
			method, path := at(pattern, org)
			if got := b.do(method, path, url.Values{}); got.status != http.StatusNotFound || strings.Contains(got.body, "Kund Två") {
				t.Errorf("%s of %s: %d, want 404", pattern, org, got.status)
			}
		}
	}
}

func TestAttendantSeesWhatHeMay(t *testing.T) {
	h := openHall(t)
	b := h.user(h.first, "kim@example.se", organization.Attendant)
	org := "/o/" + string(h.first) + "/"
	page := b.get(org + "subscribers")
	b.shows(page, http.StatusOK, "Växelanvändare")
	for _, hidden := range []string{org + "settings", org + "users", org + "connect", org + "audit", org + "rounds", org + "subscribers/new", org + "subscribers/import"} {
		if strings.Contains(page.body, `href="`+hidden+`"`) {
			t.Errorf("the page of an attendant leads to %s", hidden)
		}
		if got := b.get(hidden); got.status != http.StatusForbidden {
			t.Errorf("%s: %d, want 403", hidden, got.status)
		}
	}
	for _, link := range regexp.MustCompile(`href="(/o/[^"]*)"`).FindAllStringSubmatch(page.body, -1) {
		if got := b.get(link[1]); got.status != http.StatusOK {
			t.Errorf("the page of an attendant leads to %s: %d", link[1], got.status)
		}
	}
	if got := b.do("POST", org+"settings", url.Values{"name": {"Min"}}); got.status != http.StatusForbidden {
		t.Errorf("an attendant saves settings: %d", got.status)
	}
}

// A session that was in the browser before is worth nothing after signing in, and
// one that was signed out is worth nothing at all.
func TestSessions(t *testing.T) {
	h := openHall(t)
	b := h.browser()
	b.do("POST", "/sign-in", url.Values{"email": {"asa@example.se"}, "password": {"fel"}})
	u := have(url.Parse(h.url))(t)
	invited := have(h.operator.In(h.first).AddUser(t.Context(), desk.NewUser{Email: "asa@example.se", Name: "Åsa", Role: organization.Administrator}))(t)
	b.signIn(invited.Word, "asa@example.se")
	before := b.http.Jar.Cookies(u)
	b.shows(b.get("/o/"+string(h.first)+"/"), http.StatusOK, "Kund Ett")
	b.goesTo(b.do("POST", "/sign-in", url.Values{"email": {"asa@example.se"}, "password": {"en lång mening om växlar"}}), "/")
	after := b.http.Jar.Cookies(u)
	if len(before) != 1 || len(after) != 1 || before[0].Value == after[0].Value {
		t.Errorf("signing in kept the session: %v, %v", before, after)
	}
	b.goesTo(b.do("POST", "/sign-out", url.Values{}), "/sign-in")
	b.http.Jar.SetCookies(u, after)
	b.goesTo(b.get("/o/"+string(h.first)+"/"), "/sign-in")
}

// A right that is taken away is gone at the next click.
func TestRightTakenAway(t *testing.T) {
	h := openHall(t)
	b := h.user(h.first, "asa@example.se", organization.Administrator)
	b.shows(b.get("/o/"+string(h.first)+"/settings"), http.StatusOK, "Inställningar")
	h.ok(h.operator.In(h.first).RemoveUser(t.Context(), "asa@example.se"))
	if got := b.get("/o/" + string(h.first) + "/settings"); got.status == http.StatusOK {
		t.Error("a user who was removed still sees the settings")
	}
}

func TestHeaders(t *testing.T) {
	h := openHall(t)
	res := have(h.browser().http.Get(h.url + "/sign-in"))(t)
	res.Body.Close()
	csp := res.Header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'self';", "style-src 'self';", "connect-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} {
		if !strings.Contains(csp, want) {
			t.Errorf("the policy %q has no %s", csp, want)
		}
	}
	for name, want := range map[string]string{"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"} {
		if got := res.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// A form on another site posts nothing here.
func TestOtherSitesPostNothing(t *testing.T) {
	h := openHall(t)
	r := have(http.NewRequest("POST", h.url+"/sign-in", strings.NewReader("email=a")))(t)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	res := have(h.browser().http.Do(r))(t)
	res.Body.Close()
	if res.StatusCode != http.StatusForbidden {
		t.Errorf("a post from another site: %d, want 403", res.StatusCode)
	}
}

// The browser's language, then the one of the account, then the one chosen here.
func TestLanguages(t *testing.T) {
	h := openHall(t)
	b := h.browser()
	b.shows(b.get("/sign-in"), http.StatusOK, `<html lang="sv"`)
	b.goesTo(b.do("POST", "/preferences", url.Values{"language": {"en"}, "next": {"//evil.example"}}), "/")
	b.shows(b.get("/sign-in"), http.StatusOK, `<html lang="en"`, "Sign in")
	b.do("POST", "/preferences", url.Values{"theme": {"dark"}})
	b.shows(b.get("/sign-in"), http.StatusOK, `data-bs-theme="dark"`)
}

var inline = regexp.MustCompile(`(?i)<[^>]+\s(style|on[a-z]+)\s*=|<script(?:[^>]*[^>s])?>[^<]|javascript:`)

// No page holds what the security policy would refuse, none says a key in place
// of a text, and none ever shows a secret.
func TestPagesAreClean(t *testing.T) {
	h := openHall(t)
	b := h.user(h.first, "asa@example.se", organization.Administrator)
	org := "/o/" + string(h.first) + "/"
	const secret = "Qx18Q~mycket-hemligt-varde-som-aldrig-syns"
	v := h.operator.In(h.first)
	source := have(v.AddSource(t.Context(), desk.NewSource{Name: "Entra", Kind: "entra", Settings: map[string]string{
		"cloud": "sim", "tenant": h.alfa.ID, "client": h.alfa.ClientID}}))(t)
	have(v.AddSecret(t.Context(), source.ID, secret, h.desk.Now().AddDate(0, 6, 0)))(t)
	replicator := have(v.AddReplicator(t.Context(), desk.NewReplicator{Name: "Alla <b>", Source: source.ID}))(t)
	entry := have(v.AddSubscriber(t.Context(), map[string]string{"displayName": `Åsa "<script>" Öberg`, "extension": "101"}))(t)
	for _, path := range []string{
		"", "people", "people?state=left", "subscribers", "subscribers/new", "subscribers/" + entry.ID, "subscribers/import", "rounds",
		"replicators", "replicators/" + replicator.ID, "replicators/" + replicator.ID + "/scope", "replicators/" + replicator.ID + "/fields",
		"connect", "connect/" + source.ID, "notifications?show=preview", "users", "audit", "settings",
	} {
		page := b.get(org + path)
		switch {
		case page.status != http.StatusOK:
			t.Errorf("%s: %d", path, page.status)
		case strings.Contains(page.body, "⟦"):
			t.Errorf("%s says a key: %s", path, page.body[strings.Index(page.body, "⟦"):][:40])
		case strings.Contains(page.body, secret) || strings.Contains(page.body, secret[:8]):
			t.Errorf("%s shows the secret", path)
		}
	}
	raw := have(b.http.Get(h.url + org + "replicators"))(t)
	defer raw.Body.Close()
	for lines := bufio.NewScanner(raw.Body); lines.Scan(); {
		if found := inline.FindString(lines.Text()); found != "" || strings.Contains(lines.Text(), "Alla <b>") {
			t.Errorf("a page holds %q", found)
		}
	}
}

// A page that is open is told of what changes.
func TestLive(t *testing.T) {
	h := openHall(t)
	b := h.user(h.first, "asa@example.se", organization.Administrator)
	res := have(b.http.Get(h.url + "/o/" + string(h.first) + "/live"))(t)
	defer res.Body.Close()
	if kind := res.Header.Get("Content-Type"); kind != "text/event-stream" {
		t.Fatalf("got %q", kind)
	}
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, 1<<20)
	until := func(text string) {
		t.Helper()
		for lines.Scan() {
			if strings.HasPrefix(lines.Text(), "data: ") && strings.Contains(lines.Text(), text) {
				return
			}
		}
		t.Fatalf("the stream ended without %q: %v", text, lines.Err())
	}
	until("Börja med att ansluta Entra ID")
	v := h.operator.In(h.first)
	have(v.AddSource(t.Context(), desk.NewSource{Name: "Entra", Kind: "entra", Settings: map[string]string{
		"cloud": "sim", "tenant": h.alfa.ID, "client": h.alfa.ClientID}}))(t)
	until("Entra ID är anslutet")
}
