package m365

import (
	"strings"
	"sync"
)

// addresses finds people by how they are written to. It is made anew when it
// is asked after a change of any person.
type addresses struct {
	mu    sync.Mutex
	asOf  int            // people and changes of people it knows of
	names map[string]int // lower-cased user principal name → place
	mails map[string]int // lower-cased mail address → place
}

// up brings a up to date with the live people. a.mu is held, and the tenant's.
func (a *addresses) up(people *collection[Person]) {
	asOf := len(people.items) + len(people.log)
	if a.names != nil && a.asOf == asOf {
		return
	}
	a.asOf, a.names, a.mails = asOf, map[string]int{}, map[string]int{}
	for i, r := range people.items {
		if r.state != live {
			continue
		}
		enter(a.names, r.value.UserPrincipalName, i)
		enter(a.mails, r.value.Mail, i)
	}
}

// enter notes a place under a text, unless that is empty or taken.
func enter(places map[string]int, text string, i int) {
	text = strings.ToLower(text)
	if _, taken := places[text]; !taken && text != "" {
		places[text] = i
	}
}

// byName is the live account with a user principal name. mu is held.
func (t *Tenant) byName(name string) *record[Person] {
	t.addresses.mu.Lock()
	defer t.addresses.mu.Unlock()
	t.addresses.up(t.people)
	if i, ok := t.addresses.names[strings.ToLower(name)]; ok {
		return t.people.items[i]
	}
	return nil
}

// byAddress is the live account with an id, a user principal name or a mail
// address. mu is held.
func (t *Tenant) byAddress(who string) *record[Person] {
	if r, ok := t.people.get(strings.ToLower(who)); ok && r.state == live {
		return r
	}
	if r := t.byName(who); r != nil {
		return r
	}
	t.addresses.mu.Lock()
	defer t.addresses.mu.Unlock()
	if i, ok := t.addresses.mails[strings.ToLower(who)]; ok {
		return t.people.items[i]
	}
	return nil
}
