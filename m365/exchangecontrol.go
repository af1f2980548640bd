package m365

import (
	"cmp"
	"fmt"
	"net/http"
	"time"
)

// exchangeControl is the control API's part about Exchange servers; doc.go
// describes it.
func (s *Server) exchangeControl(mux *http.ServeMux) {
	mux.HandleFunc("GET /control/exchange", s.controlExchanges)
	mux.HandleFunc("POST /control/exchange", s.controlAddExchange)
	at := func(pattern string, do func(*Exchange, http.ResponseWriter, *http.Request)) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if x := s.exchange(r.PathValue("name") + "/ews"); x != nil {
				do(x, w, r)
				return
			}
			refuseControl(w, http.StatusNotFound, "no such Exchange")
		})
	}
	at("GET /control/exchange/{name}/requests", func(x *Exchange, w http.ResponseWriter, _ *http.Request) { writeJSON(w, 200, x.Requests()) })
	at("DELETE /control/exchange/{name}/requests", func(x *Exchange, w http.ResponseWriter, _ *http.Request) { x.ResetRequests(); done(w) })
	at("GET /control/exchange/{name}/faults", func(x *Exchange, w http.ResponseWriter, _ *http.Request) { writeJSON(w, 200, x.Faults()) })
	at("POST /control/exchange/{name}/faults", controlExchangeFault)
	at("DELETE /control/exchange/{name}/faults", func(x *Exchange, w http.ResponseWriter, _ *http.Request) { x.ClearFaults(); done(w) })
	at("POST /control/exchange/{name}/rights", controlRights)
	at("POST /control/exchange/{name}/accounts", controlAccount)
	at("POST /control/exchange/{name}/mailboxes", controlMove)
	at("POST /control/exchange/{name}/forget", controlForget)
}

// exchangeText is a server as the control API shows it.
type exchangeText struct {
	Name          string          `json:"name"`
	Tenant        string          `json:"tenant"` // its id
	Version       ExchangeVersion `json:"version"`
	Domain        string          `json:"domain"`
	Path          string          `json:"path"` // of the service
	Subscriptions int             `json:"subscriptions"`
}

func (s *Server) controlExchanges(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	servers := append([]namedExchange(nil), s.exchanges...)
	s.mu.Unlock()
	list := []exchangeText{}
	for _, x := range servers {
		n, _ := x.Subscriptions()
		list = append(list, exchangeText{x.name, x.t.ID, x.opts.Version, x.opts.Domain, "/" + x.name + "/EWS/Exchange.asmx", n})
	}
	writeJSON(w, http.StatusOK, list)
}

// controlAddExchange makes one more server for a tenant's mailboxes.
func (s *Server) controlAddExchange(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Name     string            `json:"name"`
		Tenant   string            `json:"tenant"` // id or domain
		Version  ExchangeVersion   `json:"version"`
		Domain   string            `json:"domain"`
		Accounts []ExchangeAccount `json:"accounts"`
		Basic    bool              `json:"basic"`
		NTLM     bool              `json:"ntlm"`
		All      bool              `json:"all"`
	}
	if !take(w, r, &asked) {
		return
	}
	t := s.tenant(asked.Tenant)
	_, known := releases[cmp.Or(asked.Version, Exchange2019)]
	switch {
	case t == nil:
		refuseControl(w, http.StatusNotFound, "no such tenant")
	case !known:
		refuseControl(w, http.StatusBadRequest, "no such version")
	case asked.Name == "" || s.exchange(asked.Name+"/ews") != nil || s.tenant(asked.Name) != nil:
		refuseControl(w, http.StatusConflict, "it needs a name of its own")
	default:
		s.AddExchange(asked.Name, NewExchange(t, ExchangeOptions{
			Version: asked.Version, Domain: asked.Domain, Accounts: asked.Accounts, Basic: asked.Basic, NTLM: asked.NTLM, All: asked.All,
		}))
		w.WriteHeader(http.StatusCreated)
	}
}

func controlExchangeFault(x *Exchange, w http.ResponseWriter, r *http.Request) {
	var asked struct {
		ExchangeFault
		BackOff string `json:"backOff"` // these in place of ExchangeFault's, which count nanoseconds
		Delay   string `json:"delay"`
		For     string `json:"for"`
	}
	if !take(w, r, &asked) {
		return
	}
	for text, to := range map[*string]*time.Duration{
		&asked.BackOff: &asked.ExchangeFault.BackOff, &asked.Delay: &asked.ExchangeFault.Delay, &asked.For: &asked.ExchangeFault.For,
	} {
		d, err := time.ParseDuration(cmp.Or(*text, "0"))
		if err != nil {
			finish(w, fmt.Errorf("m365: no duration: %q", clip(*text)))
			return
		}
		*to = d
	}
	finish(w, x.Fault(asked.ExchangeFault))
}

// controlRights sets what an account may do, or without a user everybody.
func controlRights(x *Exchange, w http.ResponseWriter, r *http.Request) {
	var asked struct {
		User        string         `json:"user"`
		Right       *ExchangeRight `json:"right"`       // "" takes it back
		Mailboxes   []string       `json:"mailboxes"`   // none = all
		Impersonate *string        `json:"impersonate"` // a group's id, "*" or ""
	}
	if !take(w, r, &asked) {
		return
	}
	var err error
	switch {
	case asked.Right != nil && asked.User == "":
		err = x.GrantEverybody(*asked.Right)
	case asked.Right != nil:
		err = x.Grant(asked.User, *asked.Right, asked.Mailboxes...)
	}
	if err == nil && asked.Impersonate != nil {
		err = x.GrantImpersonation(asked.User, *asked.Impersonate)
	}
	finish(w, err)
}

// controlAccount changes an account that may sign in.
func controlAccount(x *Exchange, w http.ResponseWriter, r *http.Request) {
	var asked struct {
		User     string  `json:"user"`
		Password *string `json:"password"`
		Disabled *bool   `json:"disabled"`
		Unlock   bool    `json:"unlock"`
	}
	if !take(w, r, &asked) {
		return
	}
	var err error
	if asked.Password != nil {
		err = x.SetPassword(asked.User, *asked.Password)
	}
	if err == nil && asked.Disabled != nil {
		err = x.Disable(asked.User, *asked.Disabled)
	}
	if err == nil && asked.Unlock {
		err = x.Unlock(asked.User)
	}
	finish(w, err)
}

// controlMove moves a mailbox away, or back, or behind an older server.
func controlMove(x *Exchange, w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Mailbox string          `json:"mailbox"`
		Move    string          `json:"move"` // how long it takes, "1m"
		Back    bool            `json:"back"`
		Version ExchangeVersion `json:"version"`
	}
	if !take(w, r, &asked) {
		return
	}
	var err error
	if asked.Move != "" {
		var lasting time.Duration
		if lasting, err = time.ParseDuration(asked.Move); err == nil {
			err = x.Move(asked.Mailbox, lasting)
		}
	}
	if err == nil && asked.Back {
		err = x.MoveBack(asked.Mailbox)
	}
	if err == nil && asked.Version != "" {
		err = x.Older(asked.Version, asked.Mailbox)
	}
	finish(w, err)
}

// controlForget ends what clients rely on.
func controlForget(x *Exchange, w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Subscriptions bool `json:"subscriptions"`
		SyncStates    bool `json:"syncStates"`
		Streams       bool `json:"streams"` // breaks their connections
	}
	if !take(w, r, &asked) {
		return
	}
	if asked.Subscriptions {
		x.ForgetSubscriptions()
	}
	if asked.SyncStates {
		x.ForgetSyncStates()
	}
	if asked.Streams {
		x.DropStreams()
	}
	done(w)
}
