package m365

import (
	"context"
	"fmt"
	"html/template"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// The "Outlook" of the simulation: plain pages under /outlook/ on which a
// person looks into any mailbox, makes meetings, moves and cancels them,
// answers invitations and sets automatic replies. There is no sign-in: like
// the control API they are for whoever sits at the machine. They answer only
// to names that strangers' pages can't take (addresses, localhost, the host of
// Start), and take forms only from themselves.

// outlookRoutes are the pages. {tenant} is an id or a domain, {person} an id.
func (s *Server) outlookRoutes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /outlook/style.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		fmt.Fprint(w, outlookStyle)
	})
	mux.HandleFunc("GET /outlook/{$}", s.outlookTenants)
	mux.HandleFunc("GET /outlook", s.outlookTenants)
	mux.HandleFunc("GET /outlook/{tenant}", s.atDesk((*outlookDesk).people))
	at := func(pattern string, do func(*outlookDesk)) {
		method, path, _ := strings.Cut(pattern, " ")
		mux.HandleFunc(method+" /outlook/{tenant}/{person}"+path, s.atDesk(func(d *outlookDesk) {
			if d.open() {
				do(d)
			}
		}))
	}
	at("GET ", (*outlookDesk).calendar)
	at("GET /new", (*outlookDesk).newMeeting)
	at("POST /new", (*outlookDesk).makeMeeting)
	at("POST /now", (*outlookDesk).meetNow)
	at("GET /event", (*outlookDesk).meeting)
	at("POST /event", (*outlookDesk).changeMeeting)
	at("POST /replies", (*outlookDesk).setReplies)
	return s.guarded(mux)
}

// guarded lets in those who ask for a host of ours, and forms from our own
// pages, and tells browsers to load nothing else.
func (s *Server) guarded(next http.Handler) http.Handler {
	crossOrigin := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if !s.ourHost(r.Host) || crossOrigin.Check(r) != nil {
			http.Error(w, "not from there", http.StatusForbidden)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
		next.ServeHTTP(w, r)
	})
}

// ourHost says whether nobody else's name was led to our address.
func (s *Server) ourHost(hostport string) bool {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	own, _ := url.Parse(s.url)
	return host == "localhost" || net.ParseIP(strings.Trim(host, "[]")) != nil || own != nil && own.Hostname() != "" && strings.EqualFold(host, own.Hostname())
}

// StartPages serves the Outlook pages without TLS as well, so that a browser
// shows them without a warning of our certificate. addr must be on loopback;
// port 0 picks one.
func (s *Server) StartPages(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
		return fmt.Errorf("m365: pages: %q is no address on loopback", addr)
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("m365: pages: listen: %w", err)
	}
	pages := &http.Server{Handler: s.outlook, ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	s.mu.Lock()
	s.pages = "http://" + listener.Addr().String()
	s.mu.Unlock()
	s.work.Go(func() { pages.Serve(listener) })
	context.AfterFunc(s.ctx, func() { pages.Close() })
	return nil
}

// OutlookURL is where the Outlook pages of a tenant are: where StartPages
// listens, else where Start does.
func (s *Server) OutlookURL(t *Tenant) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.pages
	if at == "" {
		at = s.url
	}
	return at + "/outlook/" + t.Domain
}

// outlookDesk is one request for a page.
type outlookDesk struct {
	w      http.ResponseWriter
	r      *http.Request
	t      *Tenant
	lang   string
	person Person
	box    Mailbox
	loc    *time.Location
}

// atDesk finds the tenant and the language.
func (s *Server) atDesk(do func(*outlookDesk)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		t := s.tenant(r.PathValue("tenant"))
		if t == nil {
			http.NotFound(w, r)
			return
		}
		d := &outlookDesk{w: w, r: r, t: t, lang: outlookLanguage(w, r), loc: time.UTC}
		if err := r.ParseForm(); err != nil {
			http.Error(w, "no form", http.StatusBadRequest)
			return
		}
		do(d)
	}
}

// outlookLanguage is the one chosen, kept in a cookie, or the browser's.
func outlookLanguage(w http.ResponseWriter, r *http.Request) string {
	if chosen := r.URL.Query().Get("lang"); chosen == "sv" || chosen == "en" {
		http.SetCookie(w, &http.Cookie{Name: "outlook-lang", Value: chosen, Path: "/outlook", HttpOnly: true, SameSite: http.SameSiteLaxMode})
		return chosen
	}
	if c, err := r.Cookie("outlook-lang"); err == nil && c.Value == "en" {
		return "en"
	} else if err == nil {
		return "sv"
	}
	if accepts := r.Header.Get("Accept-Language"); accepts == "" || strings.Contains(accepts, "sv") {
		return "sv"
	}
	return "en"
}

// open finds the mailbox; where there is none it says so.
func (d *outlookDesk) open() bool {
	p, err := d.t.livePerson(d.r.PathValue("person"))
	if err != nil {
		http.NotFound(d.w, d.r)
		return false
	}
	d.person, d.box = p, d.t.mailbox(&p)
	if loc, ok := d.box.place(d.box.Zone); ok {
		d.loc = loc
	}
	if d.t.inUse(&d.box) {
		return true
	}
	d.show(http.StatusOK, "closed", string(d.box.State))
	return false
}

// here is the address of the mailbox, or of a page of it.
func (d *outlookDesk) here(page string) string {
	return "/outlook/" + d.t.Domain + "/" + d.person.ID + page
}

func (d *outlookDesk) now() time.Time { return d.t.now().In(d.loc) }

// say is a text in the language of the page.
func (d *outlookDesk) say(key string) string { return outlookSay(d.lang, key) }

// outlookPage is what every page has.
type outlookPage struct {
	Lang   string
	Tenant *Tenant
	Person *Person
	Here   string // the mailbox
	Other  string // this page in the other language
	Data   any
}

func (d *outlookDesk) show(status int, name string, data any) {
	other := *d.r.URL
	query := other.Query()
	query.Set("lang", map[string]string{"sv": "en", "en": "sv"}[d.lang])
	other.RawQuery = query.Encode()
	page := outlookPage{Lang: d.lang, Tenant: d.t, Other: other.RequestURI(), Data: data}
	if d.r.Method != http.MethodGet {
		page.Other = ""
	}
	if d.person.ID != "" {
		page.Person, page.Here = &d.person, d.here("")
	}
	d.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	d.w.WriteHeader(status)
	outlookPages[d.lang].ExecuteTemplate(d.w, name, page)
}

func (s *Server) outlookTenants(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	tenants := slices.Clone(s.tenants)
	s.mu.Unlock()
	if len(tenants) == 1 {
		http.Redirect(w, r, "/outlook/"+tenants[0].Domain, http.StatusSeeOther)
		return
	}
	lang := outlookLanguage(w, r)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	outlookPages[lang].ExecuteTemplate(w, "tenants", outlookPage{Lang: lang, Data: tenants})
}

// mostFound is how many people a search shows.
const mostFound = 40

// people is the page on which a mailbox is picked.
func (d *outlookDesk) people() {
	asked := d.r.Form.Get("q")
	d.show(http.StatusOK, "people", struct {
		Asked  string
		Found  []Person
		Domain string
	}{asked, d.t.search(asked, mostFound), d.t.Domain})
}

// search finds live accounts all words of a text occur in.
func (t *Tenant) search(text string, most int) []Person {
	wanted := strings.Fields(strings.ToLower(text))
	t.mu.RLock()
	defer t.mu.RUnlock()
	var found []Person
	t.people.page(0, func(r *record[Person]) bool {
		p := &r.value
		in := strings.ToLower(strings.Join([]string{p.DisplayName, p.Mail, p.JobTitle, p.Department}, " "))
		if p.Purpose != "" && !slices.ContainsFunc(wanted, func(word string) bool { return !strings.Contains(in, word) }) {
			found = append(found, *p)
		}
		return len(found) < most
	})
	return found
}

// outlookButtons is what the buttons of an event need to know.
type outlookButtons struct {
	Here, View string
	Row        any
}

var outlookPages = func() map[string]*template.Template {
	pages := map[string]*template.Template{}
	for _, lang := range []string{"sv", "en"} {
		pages[lang] = template.Must(template.New("").Funcs(template.FuncMap{
			"say":  func(key string) string { return outlookSay(lang, key) },
			"wrap": func(here, view string, row any) outlookButtons { return outlookButtons{here, view, row} },
		}).Parse(outlookTemplates))
	}
	return pages
}()
