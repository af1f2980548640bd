package m365

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// ErrUnknown says that the tenant has no such person or group.
var ErrUnknown = errors.New("m365: no such object")

// change is what subscriptions are told.
type change struct {
	set   string // "users", "groups" or "events"
	owner string // of an event: the person whose calendar it stands in
	id    string
	kind  string // "created", "updated" or "deleted"
	etag  string // of an event
}

// next is the number of the change about to be made. Callers hold mu.
func (t *Tenant) next() uint64 {
	t.seq++
	return t.seq
}

func (t *Tenant) tell(set, id, kind string) {
	for _, f := range t.notify {
		f(change{set: set, id: id, kind: kind})
	}
}

// AddPerson makes an account and returns its id. What p leaves empty of id,
// user principal name, mail nickname, user type and creation date is filled in.
func (t *Tenant) AddPerson(p Person) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if p.ID == "" {
		p.ID = newGUID(t.rand)
	}
	if p.UserPrincipalName == "" {
		local := "person-" + p.ID[:8]
		if p.GivenName+p.Surname != "" {
			local = mailPart(p.GivenName, p.Surname) + "-" + p.ID[:4]
		}
		p.UserPrincipalName = local + "@" + t.Domain
	}
	if p.MailNickname == "" {
		p.MailNickname, _, _ = strings.Cut(p.UserPrincipalName, "@")
	}
	if p.UserType == "" {
		p.UserType = "Member"
	}
	if p.CreatedDateTime.IsZero() {
		p.CreatedDateTime = t.now()
	}
	r := t.people.add(p.ID, p, t.next())
	t.tell("users", p.ID, "updated")
	t.dynamic(r)
	return p.ID
}

// ChangePerson lets f edit a copy of a person and takes it over. Who is meant
// may be named by id or user principal name, as in Graph; ErrUnknown if
// nobody is. The id can't be changed. f must not call the tenant's methods.
func (t *Tenant) ChangePerson(who string, f func(*Person)) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	r, err := t.findPerson(who)
	if err != nil {
		return err
	}
	t.changePerson(r, f)
	return nil
}

func (t *Tenant) changePerson(r *record[Person], f func(*Person)) {
	p := r.value
	p.BusinessPhones, p.ProxyAddresses = slices.Clone(p.BusinessPhones), slices.Clone(p.ProxyAddresses)
	p.OtherMails, p.ImAddresses, p.Licenses = slices.Clone(p.OtherMails), slices.Clone(p.ImAddresses), slices.Clone(p.Licenses)
	if p.ExtensionAttributes != nil {
		own := *p.ExtensionAttributes
		p.ExtensionAttributes = &own
	}
	f(&p)
	p.ID = r.id
	if p.Manager != r.value.Manager {
		p.formerManager = r.value.Manager
	}
	if t.people.replace(r, p, t.next()) {
		t.tell("users", p.ID, "updated")
		t.dynamic(r)
	}
}

// findPerson finds an account by id or user principal name, soft-deleted ones
// by id alone.
func (t *Tenant) findPerson(who string) (*record[Person], error) {
	if r, ok := t.people.get(strings.ToLower(who)); ok {
		return r, nil
	}
	if strings.Contains(who, "@") {
		if r := t.byName(who); r != nil {
			return r, nil
		}
	}
	return nil, fmt.Errorf("person %q: %w", clip(who), ErrUnknown)
}

func clip(s string) string {
	if len(s) <= 64 {
		return s
	}
	s = s[:64]
	for !utf8.ValidString(s) {
		s = s[:len(s)-1]
	}
	return s
}

// Person is an account as it is now, soft-deleted or not.
func (t *Tenant) Person(who string) (Person, error) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	r, err := t.findPerson(who)
	if err != nil {
		return Person{}, err
	}
	return r.value, nil
}

// People are the live accounts in the order of their making.
func (t *Tenant) People() []Person {
	t.mu.RLock()
	defer t.mu.RUnlock()
	list := make([]Person, 0, t.people.live)
	t.people.page(0, func(r *record[Person]) bool {
		list = append(list, r.value)
		return true
	})
	return list
}

// Disable sets accountEnabled to false.
func (t *Tenant) Disable(who string) error {
	return t.ChangePerson(who, func(p *Person) { p.AccountEnabled = false })
}

// Enable sets accountEnabled to true.
func (t *Tenant) Enable(who string) error {
	return t.ChangePerson(who, func(p *Person) { p.AccountEnabled = true })
}

// SoftDelete moves an account to the deleted items, from where Restore brings
// it back. Its group memberships survive, as they do in Entra.
func (t *Tenant) SoftDelete(who string) error {
	return t.movePerson(who, live, softDeleted)
}

// Restore brings a soft-deleted account back; it keeps its id.
func (t *Tenant) Restore(id string) error { return t.movePerson(id, softDeleted, live) }

// Purge deletes an account for good, soft-deleted before or not.
func (t *Tenant) Purge(id string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	r, err := t.findPerson(id)
	if err != nil {
		return err
	}
	t.purge(r)
	return nil
}

func (t *Tenant) movePerson(who string, from, to lifetime) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	r, err := t.findPerson(who)
	if err != nil {
		return err
	}
	if r.state != from {
		return fmt.Errorf("person %q is in another state: %w", clip(who), ErrUnknown)
	}
	r.value.DeletedDateTime = time.Time{}
	if to == softDeleted {
		r.value.DeletedDateTime = t.now()
		t.bin = append(t.bin, r)
	}
	t.people.move(r, to, t.next())
	t.tell("users", r.id, "updated")
	t.dynamic(r)
	return nil
}

// purge also ends the memberships and the reports that pointed at r.
func (t *Tenant) purge(r *record[Person]) {
	t.people.move(r, purged, t.next())
	for _, g := range t.groups.items {
		t.setMember(g, r.id, false, true)
	}
	for _, other := range t.people.items {
		if other.state == live && other.value.Manager == r.id {
			t.changePerson(other, func(p *Person) { p.Manager = "" })
		}
	}
	r.value = Person{ID: r.id}
	t.tell("users", r.id, "deleted")
}

// sweep purges what has lain among the deleted items for its 30 days.
func (t *Tenant) sweep(now time.Time) {
	t.mu.RLock()
	due := len(t.bin) > 0 && (t.bin[0].state != softDeleted || now.Sub(t.bin[0].value.DeletedDateTime) > restorable)
	t.mu.RUnlock()
	if !due {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for len(t.bin) > 0 {
		r := t.bin[0]
		if r.state == softDeleted && now.Sub(r.value.DeletedDateTime) <= restorable {
			return
		}
		t.bin = t.bin[1:]
		if r.state == softDeleted {
			t.purge(r)
		}
	}
}
