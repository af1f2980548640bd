package console

import (
	"encoding/gob"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/telefonist/telefonist/desk"
	"github.com/telefonist/telefonist/language"
	"github.com/telefonist/telefonist/organization"
)

// page is one request on its way to one answer: who asks, in which language, in
// which organization. Handlers and templates hang on it.
type page struct {
	c *Console
	w http.ResponseWriter
	r *http.Request

	lang  *language.Printer
	tag   string // the language's tag
	theme string // "auto", "light", "dark"

	actor    desk.Actor
	user     user
	visit    *desk.Visit
	org      organization.Organization
	places   []organization.Organization // where the actor may go
	customer desk.Customer               // org, with the generation of its settings
	about    desk.Here
	unread   int
	flashed  []flash
	zone     *time.Location
}

type user struct{ Name, Email string }

// flash is a sentence for the next page that this browser shows.
type flash struct{ Tone, Text string }

func init() { gob.Register([]flash{}) } // sessions are kept as gob

// tongues are the languages one can switch to, by their own names.
var tongues = []option{{Value: "sv", Label: "Svenska"}, {Value: "en", Label: "English"}}

// The cookies of choices that belong to the browser and not to the account.
const (
	languageCookie = "language"
	themeCookie    = "theme"
)

func (c *Console) newPage(w http.ResponseWriter, r *http.Request) *page {
	p := &page{c: c, w: w, r: r, theme: "auto", zone: defaultZone()}
	if t, err := r.Cookie(themeCookie); err == nil && (t.Value == "light" || t.Value == "dark") {
		p.theme = t.Value
	}
	p.speak(language.Match(r.Header.Get("Accept-Language")))
	if t, err := r.Cookie(languageCookie); err == nil && isTongue(t.Value) {
		p.speak(language.For(t.Value))
	}
	return p
}

func isTongue(tag string) bool {
	for _, t := range tongues {
		if t.Value == tag {
			return true
		}
	}
	return false
}

func (p *page) speak(l *language.Printer) { p.lang, p.tag = l, l.Tag() }

// prefer takes the language of an account or a link, unless the browser has
// chosen one here.
func (p *page) prefer(tag string) {
	if _, err := p.r.Cookie(languageCookie); err != nil && tag != "" {
		p.speak(language.For(tag))
	}
}

// defaultZone is where times are told as long as no organization says otherwise.
func defaultZone() *time.Location {
	zone, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		return time.UTC
	}
	return zone
}

// T is a text in the reader's language; facts are pairs of name and value,
// where whole numbers decide between the forms for one and for many.
func (p *page) T(key string, facts ...any) string { return p.lang.T(key, arguments(facts)...) }

func arguments(facts []any) []language.Arg {
	var args []language.Arg
	for i := 0; i+1 < len(facts); i += 2 {
		name, _ := facts[i].(string)
		switch v := facts[i+1].(type) {
		case int:
			args = append(args, language.Count(name, v))
		case int64:
			args = append(args, language.Count(name, int(v)))
		case string:
			args = append(args, language.Text(name, v))
		}
	}
	return args
}

// or is the text of key, or of the other where there is none for it: codes come
// from many hands, and a page says something sensible of those it doesn't know.
func (p *page) or(key, other string, facts ...any) string {
	if p.lang.Has(key) {
		return p.T(key, facts...)
	}
	return p.T(other, facts...)
}

func (p *page) now() time.Time { return p.c.Now().In(p.zone) }

func (p *page) moment(t time.Time) string { return p.lang.When(t.In(p.zone), p.now()) }

func (p *page) date(t time.Time) string { return p.lang.Date(t.In(p.zone)) }

func (p *page) number(n int) string { return p.lang.Number(n) }

func (p *page) operator() bool { return p.actor.Operator() }

// url is an address within the organization.
func (p *page) url(path string) string { return "/o/" + string(p.org.ID) + "/" + path }

// query is an address of the organization with its query, empty values left out.
func (p *page) query(path string, pairs ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	if len(q) == 0 {
		return p.url(path)
	}
	return p.url(path) + "?" + q.Encode()
}

// here is the address to come back to after a choice of language or theme.
func (p *page) here() string {
	if p.r.Method == http.MethodGet {
		return p.r.URL.RequestURI()
	}
	return p.r.URL.Path
}

// form is a posted value without the spaces around it.
func (p *page) form(name string) string { return strings.TrimSpace(p.r.FormValue(name)) }

// htmx is true where a script asks for a part of the page.
func (p *page) htmx() bool { return p.r.Header.Get("HX-Request") == "true" }

// show answers with a page.
func (p *page) show(status int, body templ.Component) error {
	h := p.w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", p.tag)
	p.w.WriteHeader(status)
	return body.Render(p.ctx(), p.w)
}

// ok shows a page as it should be.
func (p *page) ok(body templ.Component) error {
	p.takeFlashes()
	return p.show(http.StatusOK, body)
}

// again shows a form whose values were refused.
func (p *page) again(body templ.Component) error {
	return p.show(http.StatusUnprocessableEntity, body)
}

// to sends the browser on after a change.
func (p *page) to(address string) error {
	http.Redirect(p.w, p.r, address, http.StatusSeeOther)
	return nil
}

// say puts a sentence on the next page.
func (p *page) say(t tone, key string, facts ...any) { p.sayText(t, p.T(key, facts...)) }

func (p *page) sayText(t tone, text string) {
	all, _ := p.c.sessions.Get(p.ctx(), sessionFlashes).([]flash)
	p.c.sessions.Put(p.ctx(), sessionFlashes, append(all, flash{string(t), text}))
}

func (p *page) takeFlashes() {
	all, _ := p.c.sessions.Pop(p.ctx(), sessionFlashes).([]flash)
	p.flashed = append(p.flashed, all...)
}

// themeNow is the theme for a page without script; app.js follows the system
// where it is auto.
func (p *page) themeNow() string {
	if p.theme == "dark" {
		return "dark"
	}
	return "light"
}

func (p *page) nextTheme() string {
	return map[string]string{"auto": "light", "light": "dark", "dark": "auto"}[p.theme]
}

func themeIcon(theme string) string {
	return map[string]string{"auto": "sun-moon", "light": "sun", "dark": "moon"}[theme]
}

const brandMark = `<svg viewBox="0 0 32 32" aria-hidden="true" focusable="false"><rect width="32" height="32" rx="8" fill="#0054a6"/><g fill="none" stroke="#fff" stroke-width="2.5" stroke-linecap="round" stroke-linejoin="round"><path d="M8 10.5 16 16l8-5.5"/><path d="M16 16v8"/></g><g fill="#fff"><circle cx="8" cy="10" r="3"/><circle cx="24" cy="10" r="3"/><circle cx="16" cy="24" r="3"/></g></svg>`

// preferences keeps a choice of language or theme in this browser.
func preferences(p *page) error {
	if l := p.form("language"); isTongue(l) {
		p.keep(languageCookie, l)
	}
	switch t := p.form("theme"); t {
	case "light", "dark", "auto":
		p.keep(themeCookie, t)
	}
	return p.to(local(p.form("next")))
}

func (p *page) keep(cookie, value string) {
	http.SetCookie(p.w, &http.Cookie{
		Name: cookie, Value: value, Path: "/", MaxAge: 365 * 24 * 60 * 60,
		HttpOnly: true, Secure: p.c.secure(), SameSite: http.SameSiteLaxMode,
	})
}

// local is the address where it leads to this server, else the first page.
func local(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(address, "/") || strings.HasPrefix(address, "//") || strings.Contains(address, "\\") {
		return "/"
	}
	return address
}
