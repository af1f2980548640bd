package console

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/telefonist/telefonist/desk"
	"github.com/telefonist/telefonist/organization"
)

// Console serves the pages. All fields but Sign must be set.
type Console struct {
	Desk     *desk.Desk
	Log      *slog.Logger
	Now      func() time.Time
	Sessions scs.CtxStore
	// PublicURL is where others reach this server; cookies are Secure where it is
	// https.
	PublicURL string
	// Proxies are whose X-Forwarded-For is believed.
	Proxies []netip.Prefix
	// SignIn are the origins of Microsoft's sign-in pages that a form may lead to.
	SignIn []string

	sessions *scs.SessionManager
}

// What a session holds.
const (
	sessionEmail   = "email"
	sessionStamp   = "stamp" // of the password that was used
	sessionFlashes = "flashes"
)

// sessionLasts is how long one stays signed in: a working day. There is no idle
// timeout beside it, which would have every request write the session, and one
// that began earlier undo what another has just written.
const sessionLasts = 12 * time.Hour

// Handler answers every address of [routes].
func (c *Console) Handler() http.Handler {
	c.sessions = scs.New()
	c.sessions.Store = c.Sessions
	c.sessions.HashTokenInStore = true
	c.sessions.Lifetime = sessionLasts
	c.sessions.Cookie.Name = "telefonist"
	c.sessions.Cookie.SameSite = http.SameSiteLaxMode
	c.sessions.Cookie.Secure = c.secure()
	c.sessions.ErrorFunc = func(w http.ResponseWriter, r *http.Request, err error) {
		c.Log.ErrorContext(r.Context(), "session", "error", err)
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
	}

	mux := http.NewServeMux()
	mux.HandleFunc("GET /static/{hash}/{name}", serveAsset)
	for _, r := range routes() {
		mux.Handle(r.pattern, c.sessions.LoadAndSave(c.answer(r)))
	}
	mux.Handle("/", c.sessions.LoadAndSave(c.answer(route{"/", anyone, func(*page) error { return desk.ErrNotFound }})))
	return c.headers(http.NewCrossOriginProtection().Handler(mux))
}

func (c *Console) secure() bool { return strings.HasPrefix(c.PublicURL, "https://") }

// headers sets what every answer carries.
func (c *Console) headers(next http.Handler) http.Handler {
	forms := strings.Join(append([]string{"'self'"}, c.SignIn...), " ")
	csp := "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
		"connect-src 'self'; form-action " + forms + "; frame-ancestors 'none'; base-uri 'none'"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", csp)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		if c.secure() {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// maxBody bounds what a form may post; the largest is a CSV of subscribers.
const maxBody = 32 << 20

// answer makes the page of a request, finds out who asks, and lets the route's
// handler answer.
func (c *Console) answer(route route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		p := c.newPage(w, r)
		err := p.enter(route.who)
		if err == nil {
			err = p.readForm()
		}
		if err == nil {
			err = route.do(p)
		}
		if err != nil {
			p.fail(err)
		}
	})
}

// inMemory is how much of an uploaded file is kept there; the rest lies on disk.
const inMemory = 1 << 20

// readForm reads what was posted, so that handlers find it whole.
func (p *page) readForm() error {
	err := p.r.ParseMultipartForm(inMemory)
	var tooLarge *http.MaxBytesError
	switch {
	case err == nil, errors.Is(err, http.ErrNotMultipart):
		return nil
	case errors.As(err, &tooLarge):
		return err
	}
	return errUnreadable
}

// errUnreadable is a request whose form makes no sense.
var errUnreadable = errors.New("unreadable form")

// errSignIn sends whoever has not signed in to the page where one does.
var errSignIn = errors.New("not signed in")

// enter finds the actor and, in an organization, what the frame shows of it.
func (p *page) enter(who audience) error {
	switch who {
	case anyone:
		return nil
	case herself:
		return p.enterHerself()
	}
	email := p.c.sessions.GetString(p.ctx(), sessionEmail)
	if email == "" {
		return errSignIn
	}
	actor, err := p.c.Desk.ActorOf(p.ctx(), email, p.c.sessions.GetString(p.ctx(), sessionStamp))
	if errors.Is(err, desk.ErrNotFound) || errors.Is(err, desk.ErrWrong) {
		return errSignIn
	}
	if err != nil {
		return err
	}
	p.actor, p.user = actor, user{actor.Name, actor.ID}
	p.prefer(actor.Language)
	if who == inside {
		return p.openOrganization(organization.ID(p.r.PathValue("org")))
	}
	return nil
}

// from is the caller's address, for slowing down those who guess: of the last
// proxy that is ours, who it says it spoke to.
func (c *Console) from(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && c.trusted(host); i-- {
		if next := strings.TrimSpace(hops[i]); next != "" {
			host = next
		}
	}
	return host
}

func (c *Console) trusted(host string) bool {
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	for _, prefix := range c.Proxies {
		if prefix.Contains(addr.Unmap()) {
			return true
		}
	}
	return false
}

func (p *page) ctx() context.Context { return p.r.Context() }
