package m365

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// ExchangeOptions say what kind of server an Exchange is.
type ExchangeOptions struct {
	Version ExchangeVersion // "" = Exchange2019
	Domain  string          // its NetBIOS name; "" = EXEMPEL
	// Accounts are who may sign in.
	Accounts []ExchangeAccount
	// Basic and NTLM are the ways of signing in that it offers; neither = Basic.
	Basic, NTLM bool
	// Protection is Extended Protection: off, allow or require; "" = off.
	Protection string
	// Lockout is how many bad passwords in a row lock an account; 0 = any number.
	Lockout int

	// All puts every mailbox of the tenant on this server. Without it those are
	// here whose Mailbox.State is OnPremises.
	All bool
	// WindowDays is the longest window of GetUserAvailability; 0 = 42.
	WindowDays int
	// FindLimit is how many items FindItem answers with at most; 0 = 1000.
	FindLimit int
	// Concurrency is how many calls an account may have going on, and Hanging
	// how many of them may stream; 0 = what the version has, negative = any.
	Concurrency, Hanging int
	// Affinity is among how many mailbox servers subscriptions are spread from
	// 2013 on: one is found only by who sends the cookies that lead to its
	// server. 0 = there is one server, which needs none.
	Affinity int
	// HeartBeat is how often a stream shows that it lives; 0 = 45 s.
	HeartBeat time.Duration
	// Minute is how long a minute of a stream's ConnectionTimeout is; 0 = one.
	Minute time.Duration
}

// ExchangeAccount is somebody who may sign in to an Exchange.
type ExchangeAccount struct {
	User     string `json:"user"` // without domain, as in "monitor"
	Password string `json:"password"`
	// Mailbox is the address of his own mailbox, which is empty where nobody in
	// the tenant has it; "" = he has none, and can't open those of others but
	// by impersonation.
	Mailbox string `json:"mailbox,omitempty"`
}

// Exchange is a customer's own Exchange server with the people and calendars
// of a tenant, over Exchange Web Services. It is an http.Handler for POST of
// …/EWS/Exchange.asmx. Its methods may be called at any time.
type Exchange struct {
	t       *Tenant
	opts    ExchangeOptions
	release release

	logins *exchangeLogins // has a lock of its own

	listener atomic.Pointer[exchangeListener]

	feed *exchangeFeed // as well

	mu     sync.Mutex // not held while the tenant is asked
	rights exchangeRights
	faults []*ExchangeFault
	moves  map[string]time.Time // by person: until when the mailbox is being moved away
	olds   map[string]ewsSchema // by person: mailboxes on an older server
	busy   map[string]int       // calls going on, by account
	hung   map[string]int       // streams among them
	log    []ExchangeRequest
	counts map[string]int // calls by operation
}

// NewExchange makes a server for the mailboxes of t.
func NewExchange(t *Tenant, o ExchangeOptions) *Exchange {
	if _, known := releases[o.Version]; !known {
		o.Version = Exchange2019
	}
	if o.Domain == "" {
		o.Domain = "EXEMPEL"
	}
	if !o.NTLM {
		o.Basic = true
	}
	o.WindowDays, o.FindLimit = orDefault(o.WindowDays, 42), orDefault(o.FindLimit, 1000)
	x := &Exchange{
		t: t, opts: o, release: releases[o.Version], rights: newExchangeRights(), feed: newExchangeFeed(),
		logins: newExchangeLogins(o.Domain, t.Domain, o.Lockout, o.Accounts),
		moves:  map[string]time.Time{}, olds: map[string]ewsSchema{}, busy: map[string]int{}, hung: map[string]int{}, counts: map[string]int{},
	}
	t.ownServer.Store(true)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.notify = append(t.notify, x.feed.changed)
	return x
}

// AddExchange serves x at URL()/name/EWS/Exchange.asmx, and the first that is
// added at URL()/EWS/Exchange.asmx, too. name must be no tenant's id or domain.
func (s *Server) AddExchange(name string, x *Exchange) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.exchanges = append(s.exchanges, namedExchange{strings.ToLower(name), x})
}

// namedExchange is an Exchange under its name on a Server.
type namedExchange struct {
	name string
	*Exchange
}

// exchange is the server that a path leads to; nil where it leads elsewhere.
func (s *Server) exchange(path string) *Exchange {
	parts := splitPath(strings.ToLower(path))
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.exchanges) == 0 {
		return nil
	}
	if parts[0] == "ews" {
		return s.exchanges[0].Exchange
	}
	for _, x := range s.exchanges {
		if len(parts) > 1 && parts[0] == x.name && parts[1] == "ews" {
			return x.Exchange
		}
	}
	return nil
}

// ServeHTTP answers calls of Exchange Web Services.
func (x *Exchange) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.ToLower(r.URL.Path)
	if strings.HasSuffix(path, "/ews/genericerrorpage.htm") {
		x.page(w, http.StatusOK, "An error occurred", "An unexpected error occurred and your request couldn't be handled.")
		return
	}
	if !strings.HasSuffix(path, "/ews/exchange.asmx") {
		x.page(w, http.StatusNotFound, "404 - File or directory not found.", "The resource you are looking for might have been removed.")
		return
	}
	account, ok := x.authenticate(w, r)
	if !ok {
		return
	}
	if r.Method != http.MethodPost {
		x.page(w, http.StatusOK, "Service", "You have created a service.")
		return
	}
	x.serve(w, r, account)
}

// page is what people see in a browser.
func (x *Exchange) page(w http.ResponseWriter, status int, title, text string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<!DOCTYPE html>\n<html><head><title>%s</title></head><body><h2>%s</h2><p>%s</p></body></html>\n", title, title, text)
}
