package m365

import (
	"slices"
	"strings"
)

// impersonate makes the caller who the header names.
func (c *ewsCall) impersonate(header *element) error {
	sid := header.child("ConnectingSID")
	if len(sid.all()) != 1 {
		return &ewsFault{code: "ErrorInvalidExchangeImpersonationHeaderData", text: "ExchangeImpersonation SOAP header must be present for this type of OAuth token.", noInfo: true}
	}
	kind, who := sid.inside[0].name, sid.value(sid.inside[0].name)
	if kind == "SmtpAddress" && c.schema < schema2010 {
		return c.invalid("The element 'ConnectingSID' in namespace '" + typesSpace + "' has invalid child element 'SmtpAddress' in namespace '" + typesSpace + "'.")
	}
	if who == "" {
		return &ewsFault{code: "ErrorInvalidExchangeImpersonationHeaderData", text: "The impersonation principal name or SID is invalid.", noInfo: true}
	}
	c.asks(who)
	p, found := c.x.connecting(kind, who)
	switch {
	case !found && kind == "PrincipalName":
		return &ewsFault{code: "ErrorInvalidUserPrincipalName", text: "The user principal name (UPN) is invalid.", noInfo: true}
	case !found || c.x.state(&p) == elsewhere:
		return &ewsFault{code: "ErrorNonExistentMailbox", text: "The SMTP address has no mailbox associated with it.", noInfo: true}
	}
	group := c.x.impersonation(c.account.User)
	switch {
	case group == "" && c.x.release.schema < schema2010:
		return &ewsFault{code: "ErrorImpersonationDenied", text: "The server to which the application is connected cannot impersonate the requested user due to insufficient permission.", noInfo: true}
	case group == "" || group != everyMailbox && !c.x.t.isIn(group, p.ID, true):
		return &ewsFault{code: "ErrorImpersonateUserDenied", text: "The account does not have permission to impersonate the requested user.", noInfo: true}
	}
	c.caller, c.acting = &p, true
	err := c.reach(&p)
	if refused, ok := err.(*ewsError); ok { // there is no message yet to put it in
		return &ewsFault{code: refused.code, text: refused.text, values: refused.values, noInfo: true}
	}
	return err
}

// connecting is whom a ConnectingSID of some kind means. A PrimarySmtpAddress
// must be just that; a SmtpAddress may be any of somebody's.
func (x *Exchange) connecting(kind, who string) (Person, bool) {
	p, found := x.recipient(who)
	switch {
	case !found:
		return p, false
	case kind == "PrimarySmtpAddress":
		return p, strings.EqualFold(p.address(), who)
	case kind == "SmtpAddress":
		return p, true
	case kind == "PrincipalName":
		return p, strings.EqualFold(p.UserPrincipalName, who)
	}
	return p, false // SIDs are nobody's here
}

// recipient is who has an address, be it his primary one or not.
func (x *Exchange) recipient(address string) (Person, bool) {
	if !strings.Contains(address, "@") {
		return Person{}, false
	}
	if p, err := x.t.livePerson(address); err == nil {
		return p, true
	}
	x.t.mu.RLock()
	defer x.t.mu.RUnlock()
	for _, r := range x.t.people.items {
		if r.state == live && slices.ContainsFunc(r.value.ProxyAddresses, func(proxy string) bool {
			kind, own, _ := strings.Cut(proxy, ":")
			return strings.EqualFold(kind, "smtp") && strings.EqualFold(own, address)
		}) {
			return r.value, true
		}
	}
	return Person{}, false
}

// whereabouts say where a person's mailbox is.
type whereabouts int

const (
	elsewhere whereabouts = iota // none, or not on this server
	here
)

func (x *Exchange) state(p *Person) whereabouts {
	if strings.HasPrefix(p.ID, ownMailbox) {
		return here
	}
	m := x.t.mailbox(p)
	if m.State != OnPremises && (m.State != Live || !x.opts.All) || x.moved(p, &m) {
		return elsewhere
	}
	return here
}

// right is what the caller may do in a person's mailbox.
func (c *ewsCall) right(p *Person) ExchangeRight {
	switch {
	case c.caller != nil && c.caller.ID == p.ID:
		return RightFullAccess
	case c.acting: // what he was granted himself is not simulated
		return c.x.rightOf("", p.ID)
	}
	return c.x.rightOf(c.account.User, p.ID)
}
