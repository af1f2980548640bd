package m365

import (
	"slices"
	"time"
)

// policy is what Exchange lets an app do in which mailboxes, beside what Entra
// granted tenant-wide.
type policy struct {
	restrict string // the group of an application access policy; "" = none
	scopes   []scope
	delay    time.Duration // how long Exchange goes on with what it knows
	stale    *policy       // what it went by until
	until    time.Time
}

// scope is one role assignment of RBAC for Applications.
type scope struct {
	role  string // as of Graph: Calendars.Read
	group string
}

// AccessPolicy restricts all apps to the mailboxes of a group, as an
// application access policy (New-ApplicationAccessPolicy, RestrictAccess)
// does: others are refused with "Access to OData is disabled." whatever was
// granted. It covers Calendars.Read, Calendars.ReadWrite and MailboxSettings,
// not Calendars.ReadBasic. "" lifts it.
func (t *Tenant) AccessPolicy(group string) {
	t.setPolicy(func(p *policy) { p.restrict = group })
}

// RBAC assigns apps roles in the mailboxes of a group, as RBAC for
// Applications does: "Calendars.Read" for Exchange's role "Application
// Calendars.Read". No token shows them, and they come on top of what is
// granted tenant-wide: Revoke that for the group to be a limit. No role takes
// all of the group's away.
func (t *Tenant) RBAC(group string, roles ...string) {
	t.setPolicy(func(p *policy) {
		if len(roles) == 0 {
			p.scopes = slices.DeleteFunc(p.scopes, func(s scope) bool { return s.group == group })
		}
		for _, role := range roles {
			if s := (scope{role, group}); !slices.Contains(p.scopes, s) {
				p.scopes = append(p.scopes, s)
			}
		}
	})
}

// PolicyDelay is how long AccessPolicy and RBAC take to act from now on:
// Exchange caches 30 minutes to 2 hours. 0, as at the start, is at once.
func (t *Tenant) PolicyDelay(d time.Duration) {
	t.cal.mu.Lock()
	defer t.cal.mu.Unlock()
	t.cal.policy.delay = d
}

func (t *Tenant) setPolicy(f func(*policy)) {
	now := t.now()
	t.cal.mu.Lock()
	defer t.cal.mu.Unlock()
	p := &t.cal.policy
	if p.delay > 0 {
		before := *p.at(now)
		before.scopes, before.stale = slices.Clone(before.scopes), nil
		p.stale, p.until = &before, now.Add(p.delay)
	}
	f(p)
}

// at is what Exchange goes by at an instant.
func (p *policy) at(now time.Time) *policy {
	if p.stale != nil && now.Before(p.until) {
		return p.stale
	}
	return p
}
