package m365

import (
	"io"
	"net/http"
	"strings"
	"unicode/utf8"
)

// authenticate finds out who calls. Where it can't, it has answered: with the
// next step of the way that the caller has begun, or with the ways there are.
//
// As with IIS, a connection that has signed in by NTLM is that account's for
// as long as it lives, whatever its later requests carry.
func (x *Exchange) authenticate(w http.ResponseWriter, r *http.Request) (*ExchangeAccount, bool) {
	if r.ProtoMajor != 1 { // a connection that many requests share at once can't be anybody's
		http.Error(w, "Use HTTP/1.1.", http.StatusHTTPVersionNotSupported)
		return nil, false
	}
	if account := x.signedIn(r); account != nil {
		w.Header().Set("Persistent-Auth", "true")
		return account, true
	}
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	switch scheme = strings.ToLower(scheme); {
	case scheme == "basic" && x.opts.Basic:
		if account := x.basic(r); account != nil {
			return account, true
		}
	case (scheme == "ntlm" || scheme == "negotiate") && x.opts.NTLM:
		c, ok := r.Context().Value(exchangeConnKey{}).(*exchangeConn)
		if !ok {
			http.Error(w, "This server was started without ExchangeConn.", http.StatusInternalServerError)
			return nil, false
		}
		account, challenge := x.handshake(c, r, token)
		if account != nil {
			w.Header().Set("Persistent-Auth", "true")
			return account, true
		}
		if challenge != "" {
			x.unauthorized(w, map[string]string{"ntlm": "NTLM ", "negotiate": "Negotiate "}[scheme]+challenge)
			return nil, false
		}
	}
	x.unauthorized(w, x.schemes(r)...)
	return nil, false
}

// basic takes names and passwords in UTF-8 and in Latin-1: RFC 7617 leaves it
// to the client.
func (x *Exchange) basic(r *http.Request) *ExchangeAccount {
	user, password, given := r.BasicAuth()
	if !given {
		return nil
	}
	return x.logins.prove("", fromLatin1(user), func(right string) bool { return fromLatin1(password) == right })
}

// fromLatin1 is s where it is in UTF-8, else what it means in Latin-1.
func fromLatin1(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	runes := make([]rune, len(s))
	for i := range len(s) {
		runes[i] = rune(s[i])
	}
	return string(runes)
}

// schemes are the ways of signing in, in the order in which IIS names them.
func (x *Exchange) schemes(r *http.Request) []string {
	var out []string
	if x.opts.NTLM {
		out = append(out, "Negotiate", "NTLM")
	}
	if x.opts.Basic {
		out = append(out, `Basic realm="`+r.Host+`"`)
	}
	return out
}

// unauthorized answers 401 with a page, as IIS does: whoever does not read it
// to its end loses the connection.
func (x *Exchange) unauthorized(w http.ResponseWriter, ways ...string) {
	for _, way := range ways {
		w.Header().Add("WWW-Authenticate", way)
	}
	w.Header().Set("Content-Type", "text/html")
	w.Header().Set("X-Powered-By", "ASP.NET")
	w.WriteHeader(http.StatusUnauthorized)
	_, _ = io.WriteString(w, unauthorizedPage)
}

// unauthorizedPage is about as long as that of IIS.
var unauthorizedPage = "<!DOCTYPE html>\r\n<html><head><title>401 - Unauthorized</title></head>\r\n<body>" +
	strings.Repeat("<p>Access is denied due to invalid credentials.</p>\r\n", 24) + "</body></html>\r\n"
