package m365

import (
	"errors"
	"net/http"
	"slices"
	"time"
)

// calendarControl is the control API's part about calendars; doc.go describes
// it.
func calendarControl(at func(string, func(*Tenant, http.ResponseWriter, *http.Request))) {
	at("GET /control/tenants/{tenant}/people/{id}/events", controlEvents)
	at("POST /control/tenants/{tenant}/people/{id}/events", controlAddEvent)
	at("GET /control/tenants/{tenant}/people/{id}/events/{event}", controlEvent)
	at("PATCH /control/tenants/{tenant}/people/{id}/events/{event}", controlChangeEvent)
	at("DELETE /control/tenants/{tenant}/people/{id}/events/{event}", func(t *Tenant, w http.ResponseWriter, r *http.Request) {
		finish(w, t.DeleteEvent(r.PathValue("id"), r.PathValue("event")))
	})
	at("POST /control/tenants/{tenant}/people/{id}/events/{event}/respond", controlRespond)
	at("GET /control/tenants/{tenant}/people/{id}/mailbox", controlMailbox)
	at("PATCH /control/tenants/{tenant}/people/{id}/mailbox", controlChangeMailbox)
	at("GET /control/tenants/{tenant}/policy", func(t *Tenant, w http.ResponseWriter, _ *http.Request) { writeJSON(w, 200, t.policyNow()) })
	at("PUT /control/tenants/{tenant}/policy", controlPolicy)
}

// controlEvents lists what the calendar shows from ?from up to ?to (RFC 3339),
// by default from a day ago for eight days.
func controlEvents(t *Tenant, w http.ResponseWriter, r *http.Request) {
	from := t.now().AddDate(0, 0, -1)
	to := from.AddDate(0, 0, 8)
	for name, at := range map[string]*time.Time{"from": &from, "to": &to} {
		text := r.URL.Query().Get(name)
		if text == "" {
			continue
		}
		parsed, err := bound(text)
		if err != nil {
			refuseControl(w, http.StatusBadRequest, err.Error())
			return
		}
		*at = parsed
	}
	list, err := t.Events(r.PathValue("id"), from, to)
	if err != nil {
		finish(w, err)
		return
	}
	if list == nil {
		list = []Event{}
	}
	writeJSON(w, http.StatusOK, list)
}

func controlAddEvent(t *Tenant, w http.ResponseWriter, r *http.Request) {
	var e Event
	if !take(w, r, &e) {
		return
	}
	id, err := t.AddEvent(r.PathValue("id"), e)
	if err != nil {
		finish(w, err)
		return
	}
	writeJSON(w, http.StatusCreated, map[string]string{"id": id})
}

func controlEvent(t *Tenant, w http.ResponseWriter, r *http.Request) {
	e, err := t.Event(r.PathValue("id"), r.PathValue("event"))
	if err != nil {
		finish(w, err)
		return
	}
	writeJSON(w, http.StatusOK, e)
}

// controlChangeEvent takes the fields that are to change.
func controlChangeEvent(t *Tenant, w http.ResponseWriter, r *http.Request) {
	before, err := t.Event(r.PathValue("id"), r.PathValue("event"))
	if err != nil {
		finish(w, err)
		return
	}
	after := before.clone()
	if !take(w, r, &after) {
		return
	}
	finish(w, t.ChangeEvent(r.PathValue("id"), r.PathValue("event"), func(e *Event) {
		version, day, original := e.version, e.day, e.original
		*e = after
		e.version, e.day, e.original = version, day, original
	}))
}

func controlRespond(t *Tenant, w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Response string `json:"response"`
	}
	if take(w, r, &asked) {
		finish(w, t.Respond(r.PathValue("id"), r.PathValue("event"), asked.Response))
	}
}

func controlMailbox(t *Tenant, w http.ResponseWriter, r *http.Request) {
	m, err := t.Mailbox(r.PathValue("id"))
	if err != nil {
		finish(w, err)
		return
	}
	writeJSON(w, http.StatusOK, m)
}

func controlChangeMailbox(t *Tenant, w http.ResponseWriter, r *http.Request) {
	m, err := t.Mailbox(r.PathValue("id"))
	if err != nil {
		finish(w, err)
		return
	}
	if take(w, r, &m) {
		finish(w, t.ChangeMailbox(r.PathValue("id"), func(old *Mailbox) { *old = m }))
	}
}

// policyText is what Exchange was told of the app, as the control API shows it.
type policyText struct {
	AccessPolicy *string             `json:"accessPolicy,omitempty"` // a group's id; "" = none
	RBAC         map[string][]string `json:"rbac,omitempty"`         // roles by group
	Delay        string              `json:"delay,omitempty"`        // "30m": how long a change takes
}

func (t *Tenant) policyNow() policyText {
	t.cal.mu.RLock()
	defer t.cal.mu.RUnlock()
	p := &t.cal.policy
	restrict := p.restrict
	text := policyText{AccessPolicy: &restrict, RBAC: map[string][]string{}, Delay: p.delay.String()}
	for _, s := range p.scopes {
		text.RBAC[s.group] = append(text.RBAC[s.group], s.role)
	}
	return text
}

// controlPolicy sets what it is given; a group under rbac without roles loses
// those it had.
func controlPolicy(t *Tenant, w http.ResponseWriter, r *http.Request) {
	var asked policyText
	if !take(w, r, &asked) {
		return
	}
	groups := sortedKeys(asked.RBAC)
	if asked.AccessPolicy != nil && *asked.AccessPolicy != "" {
		groups = append(groups, *asked.AccessPolicy)
	}
	if !t.haveGroups(groups) {
		finish(w, ErrUnknown)
		return
	}
	if asked.Delay != "" {
		d, err := time.ParseDuration(asked.Delay)
		if err != nil || d < 0 {
			finish(w, errors.New("delay must be a duration like 30m"))
			return
		}
		t.PolicyDelay(d)
	}
	if asked.AccessPolicy != nil {
		t.AccessPolicy(*asked.AccessPolicy)
	}
	for _, group := range sortedKeys(asked.RBAC) {
		t.RBAC(group, asked.RBAC[group]...)
	}
	done(w)
}

func (t *Tenant) haveGroups(ids []string) bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return !slices.ContainsFunc(ids, func(id string) bool {
		g, err := t.findGroup(id)
		return err != nil || g.state != live
	})
}
