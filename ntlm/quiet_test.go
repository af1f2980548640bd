package ntlm

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// Whatever a sign-in ends with, its error has nothing of the password, nor of what
// is sent in its place.
func TestErrorsHoldNoPassword(t *testing.T) {
	const password = "Hemligt-lösen:42"
	for what, answer := range map[string]func(w http.ResponseWriter, r *http.Request){
		"refused":         func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) },
		"hung up":         func(w http.ResponseWriter, _ *http.Request) { hangUp(w) },
		"no challenge":    func(w http.ResponseWriter, r *http.Request) { echoed(w, r, "") },
		"its own message": func(w http.ResponseWriter, r *http.Request) { echoed(w, r, r.Header.Get("Authorization")) },
		"no header": func(w http.ResponseWriter, r *http.Request) {
			if c, _, err := w.(http.Hijacker).Hijack(); err == nil {
				_, _ = c.Write([]byte("nothing\r\n\r\n"))
				_ = c.Close()
			}
		},
	} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			for _, scheme := range []string{"NTLM", "Negotiate", "Basic"} {
				w.Header().Add("WWW-Authenticate", scheme)
			}
			answer(w, r)
		}))
		for _, scheme := range []string{"", NTLM, Negotiate, Basic} {
			_, err := status(t, quick(Credential{`EXAMPLE\monitor`, password}, Options{Scheme: scheme, Basic: true}), s.URL)
			if err == nil {
				t.Errorf("%s by %q: no error", what, scheme)
				continue
			}
			// A message of NTLM, the name with the password of Basic, and both in the clear.
			for _, word := range []string{"Hemligt", "lösen", "TlRMTVNTUA", "NTLMSSP", "YII", "RVhBTVBMRVxtb25pdG9y"} {
				if strings.Contains(err.Error(), word) {
					t.Errorf("%s by %q: %v", what, scheme, err)
				}
			}
		}
		s.Close()
	}
}

// echoed refuses, with the caller's own message as a challenge.
func echoed(w http.ResponseWriter, _ *http.Request, message string) {
	if message != "" {
		w.Header().Set("WWW-Authenticate", message)
	}
	w.WriteHeader(http.StatusUnauthorized)
}
