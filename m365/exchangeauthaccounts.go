package m365

import (
	"fmt"
	"strings"
	"sync"
)

// exchangeLogins are the accounts of the domain that a server belongs to.
type exchangeLogins struct {
	netbios, dns string
	lockout      int // bad passwords in a row that lock an account, 0 = never

	mu   sync.Mutex
	held map[string]*exchangeLogin // by bare name, in lower case
}

type exchangeLogin struct {
	account          ExchangeAccount
	password         string
	bad              int // bad passwords since the last good one
	locked, disabled bool
}

func newExchangeLogins(netbios, dns string, lockout int, accounts []ExchangeAccount) *exchangeLogins {
	l := &exchangeLogins{netbios: netbios, dns: dns, lockout: lockout, held: map[string]*exchangeLogin{}}
	for _, a := range accounts {
		_, name := splitAccount(a.User)
		l.held[strings.ToLower(name)] = &exchangeLogin{account: a, password: a.Password}
	}
	return l
}

// splitAccount takes DOMAIN\name and name@domain apart.
func splitAccount(s string) (domain, name string) {
	if domain, name, ok := strings.Cut(s, `\`); ok {
		return domain, name
	}
	if at := strings.LastIndexByte(s, '@'); at >= 0 {
		return s[at+1:], s[:at]
	}
	return "", s
}

// find is the login of a name in any of the forms that Windows takes, with the
// domain in the name or beside it; nil where there is none. l.mu is held.
func (l *exchangeLogins) find(domain, user string) *exchangeLogin {
	if domain == "" || strings.ContainsRune(user, '@') {
		domain, user = splitAccount(user)
	}
	if domain != "" && !strings.EqualFold(domain, l.netbios) && !strings.EqualFold(domain, l.dns) {
		return nil
	}
	return l.held[strings.ToLower(user)]
}

// prove lets an account in whose password satisfies knows, and counts where it
// does not. To whom is refused, nothing tells why.
func (l *exchangeLogins) prove(domain, user string, knows func(password string) bool) *ExchangeAccount {
	l.mu.Lock()
	defer l.mu.Unlock()
	login := l.find(domain, user)
	if login == nil {
		return nil
	}
	if !knows(login.password) {
		login.bad++
		login.locked = login.locked || l.lockout > 0 && login.bad >= l.lockout
		return nil
	}
	if login.locked || login.disabled {
		return nil
	}
	login.bad = 0
	return &login.account
}

// change lets f edit a login.
func (l *exchangeLogins) change(user string, f func(*exchangeLogin)) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	login := l.find("", user)
	if login == nil {
		return fmt.Errorf("m365: account %q: %w", clip(user), ErrUnknown)
	}
	f(login)
	return nil
}

// SetPassword changes an account's password. Connections on which it has
// signed in by NTLM stay signed in, as they do with IIS.
func (x *Exchange) SetPassword(user, password string) error {
	return x.logins.change(user, func(l *exchangeLogin) { l.password = password })
}

// Disable lets an account in no more, or again.
func (x *Exchange) Disable(user string, disabled bool) error {
	return x.logins.change(user, func(l *exchangeLogin) { l.disabled = disabled })
}

// Unlock lets an account in again that too many bad passwords have locked
// (ExchangeOptions.Lockout), and forgets them.
func (x *Exchange) Unlock(user string) error {
	return x.logins.change(user, func(l *exchangeLogin) { l.bad, l.locked = 0, false })
}

// BadPasswords is how many wrong passwords an account was tried with since it
// last signed in, and whether that has locked it.
func (x *Exchange) BadPasswords(user string) (tries int, locked bool, err error) {
	err = x.logins.change(user, func(l *exchangeLogin) { tries, locked = l.bad, l.locked })
	return tries, locked, err
}
