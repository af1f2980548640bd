package m365

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// controlRoutes is the control API; doc.go describes it.
func (s *Server) controlRoutes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /control/tenants", s.controlTenants)
	mux.HandleFunc("POST /control/tenants", s.controlAddTenant)
	mux.HandleFunc("GET /control/faults", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, 200, s.Faults()) })
	mux.HandleFunc("POST /control/faults", s.controlFault)
	mux.HandleFunc("DELETE /control/faults", func(w http.ResponseWriter, _ *http.Request) { s.ClearFaults(); done(w) })
	mux.HandleFunc("GET /control/requests", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, 200, s.Requests()) })
	mux.HandleFunc("DELETE /control/requests", func(w http.ResponseWriter, _ *http.Request) { s.ResetRequests(); done(w) })

	at := func(pattern string, do func(*Tenant, http.ResponseWriter, *http.Request)) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			t := s.tenant(r.PathValue("tenant"))
			if t == nil {
				refuseControl(w, http.StatusNotFound, "no such tenant")
				return
			}
			do(t, w, r)
		})
	}
	at("GET /control/tenants/{tenant}", func(t *Tenant, w http.ResponseWriter, _ *http.Request) { writeJSON(w, 200, t.describe()) })
	at("GET /control/tenants/{tenant}/people", func(t *Tenant, w http.ResponseWriter, _ *http.Request) { writeJSON(w, 200, t.People()) })
	at("POST /control/tenants/{tenant}/people", controlAddPerson)
	at("GET /control/tenants/{tenant}/people/{id}", controlPerson)
	at("PATCH /control/tenants/{tenant}/people/{id}", controlChangePerson)
	at("POST /control/tenants/{tenant}/people/{id}/{action}", controlMovePerson)
	at("GET /control/tenants/{tenant}/groups", func(t *Tenant, w http.ResponseWriter, _ *http.Request) { writeJSON(w, 200, t.Groups()) })
	at("POST /control/tenants/{tenant}/groups", controlAddGroup)
	at("PATCH /control/tenants/{tenant}/groups/{id}", controlChangeGroup)
	at("DELETE /control/tenants/{tenant}/groups/{id}", func(t *Tenant, w http.ResponseWriter, r *http.Request) {
		finish(w, t.DeleteGroup(r.PathValue("id"), r.URL.Query().Has("purge")))
	})
	at("GET /control/tenants/{tenant}/groups/{id}/members", func(t *Tenant, w http.ResponseWriter, r *http.Request) {
		writeJSON(w, 200, t.Members(r.PathValue("id")))
	})
	at("PUT /control/tenants/{tenant}/groups/{id}/members/{member}", func(t *Tenant, w http.ResponseWriter, r *http.Request) {
		finish(w, t.AddMember(r.PathValue("id"), r.PathValue("member")))
	})
	at("DELETE /control/tenants/{tenant}/groups/{id}/members/{member}", func(t *Tenant, w http.ResponseWriter, r *http.Request) {
		finish(w, t.RemoveMember(r.PathValue("id"), r.PathValue("member")))
	})
	at("POST /control/tenants/{tenant}/drift", controlDrift)
	at("POST /control/tenants/{tenant}/expire", func(t *Tenant, w http.ResponseWriter, _ *http.Request) { t.Expire(); done(w) })
	at("POST /control/tenants/{tenant}/roles", controlRoles)
	at("POST /control/tenants/{tenant}/secrets", controlSecret)
	at("POST /control/tenants/{tenant}/apps", controlAddApp)
	at("POST /control/tenants/{tenant}/lifecycle", s.controlLifecycle)
	calendarControl(at)
	officeControl(at)
	s.exchangeControl(mux)
	return mux
}

func (s *Server) serveControl(w http.ResponseWriter, r *http.Request) { s.control.ServeHTTP(w, r) }

func done(w http.ResponseWriter) { w.WriteHeader(http.StatusNoContent) }

func refuseControl(w http.ResponseWriter, status int, text string) {
	writeJSON(w, status, map[string]string{"error": text})
}

// finish answers 204, or the error.
func finish(w http.ResponseWriter, err error) {
	switch {
	case err == nil:
		done(w)
	case errors.Is(err, ErrUnknown):
		refuseControl(w, http.StatusNotFound, err.Error())
	default:
		refuseControl(w, http.StatusBadRequest, err.Error())
	}
}

// take reads a JSON body over v; a name v does not know is an error. An empty
// body leaves v as it is.
func take[T any](w http.ResponseWriter, r *http.Request, v *T) bool {
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, 4<<20))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil && !errors.Is(err, io.EOF) {
		refuseControl(w, http.StatusBadRequest, fmt.Sprintf("control: body: %v", err))
		return false
	}
	return true
}

// description is a tenant as the control API shows it.
type description struct {
	ID       string   `json:"id"`
	Domain   string   `json:"domain"`
	Name     string   `json:"name"`
	ClientID string   `json:"clientId"`
	Secret   string   `json:"secret"`
	SecretID string   `json:"secretId"`
	Roles    []string `json:"roles"`
	People   int      `json:"people"`
	Groups   int      `json:"groups"`
}

func (t *Tenant) describe() description {
	first := t.firstSecret()
	t.mu.RLock()
	defer t.mu.RUnlock()
	d := description{
		ID: t.ID, Domain: t.Domain, Name: t.Name, ClientID: t.ClientID, Secret: first.value, SecretID: first.id, Roles: []string{},
		People: t.people.live, Groups: t.groups.live,
	}
	if p := t.principals[t.ClientID]; p != nil {
		d.Roles = append(d.Roles, p.roles...)
	}
	return d
}

func (s *Server) controlTenants(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	tenants := append([]*Tenant(nil), s.tenants...)
	s.mu.Unlock()
	list := []description{}
	for _, t := range tenants {
		list = append(list, t.describe())
	}
	writeJSON(w, http.StatusOK, list)
}

func (s *Server) controlAddTenant(w http.ResponseWriter, r *http.Request) {
	var o struct {
		People int    `json:"people"`
		Seed   uint64 `json:"seed"`
		Name   string `json:"name"`
		Domain string `json:"domain"`
	}
	if !take(w, r, &o) {
		return
	}
	t := New(Options{People: o.People, Seed: o.Seed, Name: o.Name, Domain: o.Domain})
	if s.tenant(t.ID) != nil || s.tenant(t.Domain) != nil {
		refuseControl(w, http.StatusConflict, "a tenant of this seed or domain is here already")
		return
	}
	s.Add(t)
	writeJSON(w, http.StatusCreated, t.describe())
}

func (s *Server) controlFault(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Fault
		Delay string `json:"delay"` // in place of Fault's, which counts nanoseconds
	}
	if !take(w, r, &asked) {
		return
	}
	delay, err := time.ParseDuration(cmp.Or(asked.Delay, "0"))
	if err != nil || !asked.Kind.known() {
		refuseControl(w, http.StatusBadRequest, "no such kind of fault, or its delay is none")
		return
	}
	asked.Fault.Delay = delay
	s.Fault(asked.Fault)
	done(w)
}

func controlAddPerson(t *Tenant, w http.ResponseWriter, r *http.Request) {
	p := Person{AccountEnabled: true}
	if take(w, r, &p) {
		writeJSON(w, http.StatusCreated, map[string]string{"id": t.AddPerson(p)})
	}
}

func controlPerson(t *Tenant, w http.ResponseWriter, r *http.Request) {
	p, err := t.Person(r.PathValue("id"))
	if err != nil {
		finish(w, err)
		return
	}
	writeJSON(w, http.StatusOK, p)
}

func controlChangePerson(t *Tenant, w http.ResponseWriter, r *http.Request) {
	p, err := t.Person(r.PathValue("id"))
	if err != nil {
		finish(w, err)
		return
	}
	if take(w, r, &p) {
		finish(w, t.ChangePerson(p.ID, func(old *Person) { *old = p }))
	}
}

func controlMovePerson(t *Tenant, w http.ResponseWriter, r *http.Request) {
	do := map[string]func(string) error{
		"disable": t.Disable, "enable": t.Enable, "delete": t.SoftDelete, "restore": t.Restore, "purge": t.Purge,
	}[r.PathValue("action")]
	if do == nil {
		refuseControl(w, http.StatusNotFound, "no such action")
		return
	}
	finish(w, do(r.PathValue("id")))
}

func controlAddGroup(t *Tenant, w http.ResponseWriter, r *http.Request) {
	g := Group{SecurityEnabled: true}
	if take(w, r, &g) {
		writeJSON(w, http.StatusCreated, map[string]string{"id": t.AddGroup(g)})
	}
}

func controlChangeGroup(t *Tenant, w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	for _, g := range t.Groups() {
		if g.ID == id {
			if take(w, r, &g) {
				finish(w, t.ChangeGroup(id, func(old *Group) { *old = g }))
			}
			return
		}
	}
	refuseControl(w, http.StatusNotFound, "no such group")
}

func controlDrift(t *Tenant, w http.ResponseWriter, r *http.Request) {
	asked := struct {
		N int `json:"n"`
	}{1}
	if take(w, r, &asked) {
		writeJSON(w, http.StatusOK, t.Drift(min(asked.N, 10_000)))
	}
}

func controlRoles(t *Tenant, w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Grant    []string `json:"grant"`
		Unlisted []string `json:"unlisted"`
		Revoke   []string `json:"revoke"`
	}
	if !take(w, r, &asked) {
		return
	}
	t.Grant(asked.Grant...)
	t.GrantUnlisted(asked.Unlisted...)
	t.Revoke(asked.Revoke...)
	done(w)
}

func controlSecret(t *Tenant, w http.ResponseWriter, r *http.Request) {
	asked := struct {
		Until time.Time `json:"until"`
	}{t.now().AddDate(2, 0, 0)}
	if !take(w, r, &asked) {
		return
	}
	id, value := t.App(t.ClientID).AddSecret(asked.Until)
	writeJSON(w, http.StatusCreated, map[string]string{"id": id, "value": value})
}

func controlAddApp(t *Tenant, w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Name         string   `json:"name"`
		MultiTenant  bool     `json:"multiTenant"`
		RedirectURIs []string `json:"redirectUris"`
		Roles        []string `json:"roles"`
	}
	if !take(w, r, &asked) {
		return
	}
	app := t.AddApp(App{Name: asked.Name, MultiTenant: asked.MultiTenant, RedirectURIs: asked.RedirectURIs, RequiredRoles: asked.Roles})
	_, value := app.AddSecret(t.now().AddDate(2, 0, 0))
	writeJSON(w, http.StatusCreated, map[string]string{"clientId": app.ClientID, "secret": value})
}

func (s *Server) controlLifecycle(t *Tenant, w http.ResponseWriter, r *http.Request) {
	asked := struct {
		Event     string   `json:"event"`
		Mailboxes []string `json:"mailboxes"`
	}{Event: "reauthorizationRequired"}
	if !take(w, r, &asked) {
		return
	}
	if asked.Event == "reauthorizationRequired" {
		s.RequireReauthorization(t, asked.Mailboxes...)
	} else {
		s.Lifecycle(t, asked.Event, asked.Mailboxes...)
	}
	done(w)
}
