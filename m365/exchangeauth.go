package m365

import (
	"crypto/subtle"
	"net/http"
)

// authenticate finds out who calls, by Basic. Where it can't, it has answered.
func (x *Exchange) authenticate(w http.ResponseWriter, r *http.Request) (*ExchangeAccount, bool) {
	user, password, given := r.BasicAuth()
	if given && x.opts.Basic {
		a := x.logins.prove("", user, func(known string) bool { return subtle.ConstantTimeCompare([]byte(known), []byte(password)) == 1 })
		if a != nil {
			return a, true
		}
	}
	w.Header().Set("WWW-Authenticate", `Basic realm="`+r.Host+`"`)
	w.WriteHeader(http.StatusUnauthorized)
	return nil, false
}
